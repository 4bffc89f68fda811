package trust

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// Prefixes of principals in certificates and of names in manifests and directories (security.md 8.3).
const (
	prefixDevice  = "device:"
	prefixUser    = "user:"
	prefixMission = "mission:"
	prefixHQ      = "hq:"
	prefixRole    = "role:"
)

// NodeHQ is how HQ is addressed in bundles and mission directories, whichever of its machines takes the bundle in.
const NodeHQ = "hq"

// MaxSerial is the highest serial number of a certificate: the highest integer that JSON keeps exactly, less one.
const MaxSerial = 1<<53 - 1

// DeviceName returns "device:<uuid>", a device as principal, sender and addressee.
func DeviceName(id uuid.UUID) string { return prefixDevice + id.String() }

// UserName returns "user:<uuid>", a user as principal.
func UserName(id uuid.UUID) string { return prefixUser + id.String() }

// HQName returns "hq:<uuid of the register>", the principal that signs receipts.
func HQName(register uuid.UUID) string { return prefixHQ + register.String() }

// ParseDeviceName is the reverse of [DeviceName]; only the exact spelling is taken.
func ParseDeviceName(s string) (uuid.UUID, bool) { return parseName(prefixDevice, s) }

// ParseUserName is the reverse of [UserName].
func ParseUserName(s string) (uuid.UUID, bool) { return parseName(prefixUser, s) }

func parseName(prefix, s string) (uuid.UUID, bool) {
	text, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text || id == uuid.Nil {
		return uuid.Nil, false
	}
	return id, true
}

// Device is what a device certificate proves.
type Device struct {
	ID       uuid.UUID
	HQ       bool        // the certificate names our register: a machine of HQ
	Mission  uuid.UUID   // the first of Missions; zero when there is none
	Missions []uuid.UUID // missions that the device takes part in
	Serial   uint64
}

// Name returns "device:<uuid>".
func (d Device) Name() string { return DeviceName(d.ID) }

// In reports whether the certificate names the mission. A machine of HQ is in every mission.
func (d Device) In(mission uuid.UUID) bool { return d.HQ || slices.Contains(d.Missions, mission) }

// User is what a user certificate proves.
type User struct {
	ID     uuid.UUID
	Roles  map[uuid.UUID][]domain.Role // by mission; the key may also be the register: a role in every mission
	Serial uint64

	register uuid.UUID
}

// Name returns "user:<uuid>".
func (u User) Name() string { return UserName(u.ID) }

// RolesIn returns the roles that the certificate gives in a mission, those for the whole register included.
func (u User) RolesIn(mission uuid.UUID) []domain.Role {
	roles := slices.Clone(u.Roles[mission])
	if mission != u.register {
		roles = append(roles, u.Roles[u.register]...)
	}
	return roles
}

// DeviceSpec says what a device certificate shall state.
type DeviceSpec struct {
	ID       uuid.UUID
	Key      ed25519.PublicKey
	Missions []uuid.UUID
	Register uuid.UUID // set for a machine of HQ only
	Serial   uint64    // 0: a random one
	From     time.Time
	Until    time.Time // mission end + 30 days (security.md 8.3)
}

// UserSpec says what a user certificate shall state.
type UserSpec struct {
	ID     uuid.UUID
	Key    ed25519.PublicKey
	Roles  map[uuid.UUID][]domain.Role // by mission, or by register for a role in every mission
	Serial uint64                      // 0: a random one
	From   time.Time
	Until  time.Time
}

// IssueDevice makes the certificate of a device, signed by a certificate authority of the directory.
func IssueDevice(ca ed25519.PrivateKey, spec DeviceSpec) (*ssh.Certificate, error) {
	principals := []string{DeviceName(spec.ID)}
	for _, mission := range spec.Missions {
		principals = append(principals, prefixMission+mission.String())
	}
	if spec.Register != uuid.Nil {
		principals = append(principals, HQName(spec.Register))
	}
	return issue(ca, spec.ID, spec.Key, principals, spec.Serial, spec.From, spec.Until)
}

// IssueUser makes the certificate of a user, signed by a certificate authority of the directory.
func IssueUser(ca ed25519.PrivateKey, spec UserSpec) (*ssh.Certificate, error) {
	principals := []string{UserName(spec.ID)}
	for mission, roles := range spec.Roles {
		for _, role := range roles {
			principals = append(principals, prefixRole+string(role)+"@"+mission.String())
		}
	}
	slices.Sort(principals[1:])
	return issue(ca, spec.ID, spec.Key, principals, spec.Serial, spec.From, spec.Until)
}

func issue(ca ed25519.PrivateKey, id uuid.UUID, key ed25519.PublicKey, principals []string, serial uint64, from, until time.Time) (*ssh.Certificate, error) {
	if id == uuid.Nil || len(key) != ed25519.PublicKeySize || len(ca) != ed25519.PrivateKeySize || !from.Before(until) {
		return nil, errors.New("issue certificate: id, key, authority and a time span are needed")
	}
	authority, err := ssh.NewSignerFromKey(ca)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	if serial == 0 {
		serial = newSerial()
	}
	cert := &ssh.Certificate{
		Key: public, Serial: serial, CertType: ssh.UserCert, KeyId: principals[0], ValidPrincipals: principals,
		ValidAfter: uint64(from.Unix()), ValidBefore: uint64(until.Unix()),
	}
	if err := cert.SignCert(rand.Reader, authority); err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	return cert, nil
}

// newSerial draws a serial number at random, so that numbers of several authorities do not meet and tell nothing.
func newSerial() uint64 {
	var b [8]byte
	for {
		rand.Read(b[:])
		if n := binary.BigEndian.Uint64(b[:]) & MaxSerial; n != 0 {
			return n
		}
	}
}

// Revoked is the cause inside an E-REVOKED fault.
type Revoked struct {
	Serial uint64
	Cut    time.Time // last trusted moment: what was first seen later is not taken
	Reason string
}

// Error says which certificate was revoked and when.
func (r *Revoked) Error() string {
	return fmt.Sprintf("certificate %d is revoked from %s on", r.Serial, r.Cut.Format(time.RFC3339))
}

// Device judges a device certificate: our authority, user type, Ed25519, exactly the principals that a device may have,
// no options, valid at the time, and not revoked with a cut-off before it (security.md 8.3, pitfall 1). at is the later of
// now and the time floor, or for a held file the moment it was first seen. Faults: E-CERT, E-REVOKED (cause [*Revoked]).
func (t *Trust) Device(cert *ssh.Certificate, at time.Time) (Device, error) {
	var d Device
	if err := t.checkCertificate(cert, at); err != nil {
		return Device{}, err
	}
	id, ok := ParseDeviceName(cert.KeyId)
	if !ok {
		return Device{}, fault.Newf("E-CERT", "", "not the certificate of a device")
	}
	d.ID, d.Serial = id, cert.Serial
	for _, principal := range cert.ValidPrincipals[1:] {
		if mission, ok := parseName(prefixMission, principal); ok {
			d.Missions = append(d.Missions, mission)
			continue
		}
		if register, ok := parseName(prefixHQ, principal); ok && register == t.directory.value.Register {
			d.HQ = true
			continue
		}
		return Device{}, fault.Newf("E-CERT", cert.KeyId, "a principal that no device may have")
	}
	if len(d.Missions) > 0 {
		d.Mission = d.Missions[0]
	}
	if err := t.checkRevoked(RevokedDevice, cert, at); err != nil {
		return Device{}, err
	}
	return d, nil
}

// User judges a user certificate in the same way as [Trust.Device] judges a device's.
func (t *Trust) User(cert *ssh.Certificate, at time.Time) (User, error) {
	if err := t.checkCertificate(cert, at); err != nil {
		return User{}, err
	}
	id, ok := ParseUserName(cert.KeyId)
	if !ok {
		return User{}, fault.Newf("E-CERT", "", "not the certificate of a user")
	}
	u := User{ID: id, Serial: cert.Serial, Roles: map[uuid.UUID][]domain.Role{}, register: t.directory.value.Register}
	for _, principal := range cert.ValidPrincipals[1:] {
		text, ok := strings.CutPrefix(principal, prefixRole)
		role, mission, cut := strings.Cut(text, "@")
		id, known := parseName("", mission)
		if !ok || !cut || !known || !domain.Role(role).Valid() {
			return User{}, fault.Newf("E-CERT", cert.KeyId, "a principal that no user may have")
		}
		u.Roles[id] = append(u.Roles[id], domain.Role(role))
	}
	if err := t.checkRevoked(RevokedUser, cert, at); err != nil {
		return User{}, err
	}
	return u, nil
}

func (t *Trust) checkCertificate(cert *ssh.Certificate, at time.Time) error {
	refuse := func(format string, args ...any) error { return fault.Newf("E-CERT", "", format, args...) }
	if cert == nil {
		return refuse("no certificate")
	}
	if t == nil || t.directory.value == nil {
		return refuse("no directory names a certificate authority yet")
	}
	switch {
	case cert.Key == nil || cert.Key.Type() != algorithmNormal:
		return refuse("certificate for a key that is not Ed25519")
	case cert.CertType != ssh.UserCert:
		return refuse("not a user certificate")
	case len(cert.ValidPrincipals) == 0:
		return refuse("certificate names nobody, which would mean everybody")
	case cert.KeyId != cert.ValidPrincipals[0]:
		return refuse("key id is not the first principal")
	case len(cert.CriticalOptions) != 0 || len(cert.Extensions) != 0:
		return refuse("certificate carries options")
	case cert.Serial == 0 || cert.Serial > MaxSerial:
		return refuse("serial number out of range")
	case cert.SignatureKey == nil || cert.SignatureKey.Type() != algorithmNormal:
		return refuse("authority is not an Ed25519 key")
	}
	if len(slices.Compact(slices.Sorted(slices.Values(cert.ValidPrincipals)))) != len(cert.ValidPrincipals) {
		return refuse("a principal stands twice")
	}
	authority := cert.SignatureKey.Marshal()
	if !slices.ContainsFunc(t.authorities, func(key []byte) bool { return bytes.Equal(key, authority) }) {
		return refuse("signed by an authority that is not ours")
	}
	// CheckCert verifies the authority's signature, the time and the principal; that the authority is ours and the list of
	// principals is not empty was checked above, for CheckCert does not.
	checker := ssh.CertChecker{Clock: func() time.Time { return at }}
	if err := checker.CheckCert(cert.KeyId, cert); err != nil {
		return fault.New("E-CERT", cert.KeyId, err)
	}
	return nil
}

func (t *Trust) checkRevoked(kind string, cert *ssh.Certificate, at time.Time) error {
	for _, mission := range t.missions {
		for _, entry := range mission.value.Revoked {
			if entry.Serial == cert.Serial && entry.Kind == kind && at.After(entry.Cut) {
				return fault.New("E-REVOKED", cert.KeyId, &Revoked{Serial: entry.Serial, Cut: entry.Cut, Reason: entry.Reason})
			}
		}
	}
	return nil
}

// ParseCertificate reads a certificate in the form of an authorized_keys line without comment.
func ParseCertificate(line string) (*ssh.Certificate, error) {
	public, err := parsePublic(line)
	if err != nil {
		return nil, err
	}
	cert, ok := public.(*ssh.Certificate)
	if !ok {
		return nil, errors.New("a key, not a certificate")
	}
	return cert, nil
}

// PublicText writes a key or certificate as an authorized_keys line without comment and line end.
func PublicText(key ssh.PublicKey) string {
	return strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(key)), "\n")
}

// parsePublic is the reverse of [PublicText]; only its exact spelling is taken.
func parsePublic(line string) (ssh.PublicKey, error) {
	if len(line) > MaxSignature {
		return nil, errors.New("public key: too long")
	}
	key, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	if len(rest) != 0 || PublicText(key) != line {
		return nil, errors.New("public key: not in its only spelling")
	}
	return key, nil
}

// ed25519Public takes the raw key out of an SSH key of type ssh-ed25519.
func ed25519Public(key ssh.PublicKey) (ed25519.PublicKey, bool) {
	if key == nil || key.Type() != algorithmNormal {
		return nil, false
	}
	holder, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return nil, false
	}
	raw, ok := holder.CryptoPublicKey().(ed25519.PublicKey)
	return raw, ok
}
