package trust

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// maxIssued limits the certificates in one mission directory.
const maxIssued = 4096

// Issued is a certificate in a mission directory.
type Issued struct {
	Name        string // "device:<uuid>" or "user:<uuid>"
	Kind        string // RevokedDevice or RevokedUser, as a revocation would call it
	Serial      uint64
	From, Until time.Time
	Revoked     *Revocation // nil as long as it counts
	Certificate *ssh.Certificate
}

func (m *Mission) checkCertificates() error {
	if len(m.Certificates) > maxIssued {
		return errors.New("number of certificates")
	}
	seen := map[uint64]bool{}
	for _, text := range m.Certificates {
		cert, err := ParseCertificate(text)
		if err != nil {
			return err
		}
		if kindOfName(cert.KeyId) == "" || cert.Serial == 0 || cert.Serial > MaxSerial || seen[cert.Serial] {
			return errors.New("name or serial of a certificate")
		}
		seen[cert.Serial] = true
	}
	return nil
}

// kindOfName is the kind of a revocation for a device's or a user's name, "" for any other text.
func kindOfName(name string) string {
	if _, ok := ParseDeviceName(name); ok {
		return RevokedDevice
	}
	if _, ok := ParseUserName(name); ok {
		return RevokedUser
	}
	return ""
}

// Issued lists the certificates of the mission, in the order in which they were issued.
func (m *Mission) Issued() []Issued {
	var all []Issued
	for _, text := range m.Certificates {
		cert, err := ParseCertificate(text)
		if err != nil {
			continue // checked with the directory
		}
		issued := Issued{
			Name: cert.KeyId, Kind: kindOfName(cert.KeyId), Serial: cert.Serial, Certificate: cert,
			From: time.Unix(int64(cert.ValidAfter), 0).UTC(), Until: time.Unix(int64(cert.ValidBefore), 0).UTC(),
		}
		for i, entry := range m.Revoked {
			if entry.Serial == issued.Serial && entry.Kind == issued.Kind {
				issued.Revoked = &m.Revoked[i]
			}
		}
		all = append(all, issued)
	}
	return all
}

// AddCertificates notes certificates that were issued for the mission; one of the same serial is replaced. Those that have
// run out go, unless they are revoked: a revocation stays tied to its name.
func (m *Mission) AddCertificates(now time.Time, certs ...*ssh.Certificate) {
	var kept []string
	for _, issued := range m.Issued() {
		again := slices.ContainsFunc(certs, func(cert *ssh.Certificate) bool { return cert != nil && cert.Serial == issued.Serial })
		if !again && (issued.Revoked != nil || issued.Until.After(now)) {
			kept = append(kept, PublicText(issued.Certificate))
		}
	}
	for _, cert := range certs {
		if cert != nil {
			kept = append(kept, PublicText(cert))
		}
	}
	m.Certificates = kept
}

// Certificate returns the certificate of that serial.
func (m *Mission) Certificate(serial uint64) (*ssh.Certificate, bool) {
	for _, issued := range m.Issued() {
		if issued.Serial == serial {
			return issued.Certificate, true
		}
	}
	return nil, false
}

// Revoke withdraws every certificate of a device or user from a moment on: what was first seen later is not taken. A device
// loses its inboxes, a user the roles and recipients. An earlier moment replaces a later one, never the reverse. cut is the
// last trusted moment, reason at most 200 bytes. It reports how many certificates it concerns; 0 when nothing changed, because
// all were withdrawn from that moment or an earlier one already.
func (m *Mission) Revoke(name string, cut time.Time, reason string) int {
	cut, kind := Seconds(cut), kindOfName(name)
	serials := map[uint64]bool{}
	for _, issued := range m.Issued() {
		if issued.Name == name {
			serials[issued.Serial] = true
		}
	}
	if user, ok := m.User(name); ok {
		serials[user.Serial] = true
	}
	n := 0
	revoked := slices.Clone(m.Revoked)
	for serial := range serials {
		i := slices.IndexFunc(revoked, func(r Revocation) bool { return r.Serial == serial && r.Kind == kind })
		entry := Revocation{Cut: cut, Kind: kind, Reason: reason, Serial: serial}
		switch {
		case i < 0:
			revoked = append(revoked, entry)
		case cut.Before(revoked[i].Cut):
			revoked[i] = entry
		default:
			continue
		}
		n++
	}
	slices.SortFunc(revoked, func(a, b Revocation) int {
		if c := a.Cut.Compare(b.Cut); c != 0 {
			return c
		}
		return cmp.Compare(a.Serial, b.Serial)
	})
	m.Revoked = revoked
	if m.withdraw(name) && n == 0 {
		n = 1 // its certificates had run out
	}
	return n
}

// withdraw takes from a device or user what a revoked one must not have, and reports whether there was anything.
func (m *Mission) withdraw(name string) (changed bool) {
	m.Nodes, m.Users = slices.Clone(m.Nodes), slices.Clone(m.Users)
	for i := range m.Nodes {
		if node := &m.Nodes[i]; node.Node == name && node.Status != NodeRevoked {
			node.Status, node.Inbox, changed = NodeRevoked, Inboxes{}, true
		}
	}
	for i := range m.Users {
		if user := &m.Users[i]; user.User == name && len(user.Roles)+len(user.Recipients) > 0 {
			user.Roles, user.Recipients, changed = []string{}, []string{}, true
		}
	}
	return changed
}

// RolesOf returns the roles by which lines of a user are judged: those that the directory gives, or of somebody who was
// withdrawn those that the certificates gave. What such a person wrote before remains what it was; a withdrawn user's lines that
// come later are [Trust.Withdrawn]'s matter.
func (m *Mission) RolesOf(user MissionUser) []domain.Role {
	var roles []domain.Role
	add := func(role domain.Role) {
		if role.Valid() && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	for _, role := range user.Roles {
		add(domain.Role(role))
	}
	if len(roles) > 0 {
		return roles
	}
	for _, issued := range m.Issued() {
		if issued.Name != user.User || issued.Revoked == nil {
			continue
		}
		for _, principal := range issued.Certificate.ValidPrincipals {
			if text, ok := strings.CutPrefix(principal, prefixRole); ok {
				role, _, _ := strings.Cut(text, "@")
				add(domain.Role(role))
			}
		}
	}
	return roles
}

// Withdrawn judges the origin of lines that somebody else forwards, "device:<uuid>", or their author, "user:<uuid>": one
// whose certificates are all withdrawn with a cut-off before the moment, which is when the lines were first seen
// (security.md 8.5). The fault is E-REVOKED; nil for everybody else, those unknown included.
func (t *Trust) Withdrawn(name string, at time.Time) error {
	var first *Revocation
	if !t.anyRevoked() {
		return nil
	}
	for _, mission := range t.missions {
		for _, issued := range mission.value.Issued() {
			if issued.Name != name {
				continue
			}
			if issued.Revoked == nil || !at.After(issued.Revoked.Cut) {
				if issued.Until.After(at) {
					return nil // one that counts
				}
				continue
			}
			if first == nil || issued.Revoked.Cut.Before(first.Cut) {
				first = issued.Revoked
			}
		}
	}
	if first == nil {
		return nil
	}
	return fault.New("E-REVOKED", name, &Revoked{Serial: first.Serial, Cut: first.Cut, Reason: first.Reason})
}

func (t *Trust) anyRevoked() bool {
	for _, mission := range t.missions {
		if len(mission.value.Revoked) > 0 {
			return true
		}
	}
	return false
}

// Renewed returns the newest certificate that a mission directory holds for a name and key, when it is newer than the one
// at hand or that one does not count any more: a machine keeps its key and takes its new certificate from there
// (security.md 8.5). nil when there is nothing to take.
func (t *Trust) Renewed(have *ssh.Certificate, at time.Time) *ssh.Certificate {
	if have == nil {
		return nil
	}
	best := have
	if t.judge(have, at) != nil {
		best = nil
	}
	for _, mission := range t.missions {
		for _, issued := range mission.value.Issued() {
			newer := best == nil || issued.Certificate.ValidAfter > best.ValidAfter
			if issued.Name == have.KeyId && newer && PublicText(issued.Certificate.Key) == PublicText(have.Key) && t.judge(issued.Certificate, at) == nil {
				best = issued.Certificate
			}
		}
	}
	if best == have {
		return nil
	}
	return best
}

func (t *Trust) judge(cert *ssh.Certificate, at time.Time) error {
	if kindOfName(cert.KeyId) == RevokedUser {
		_, err := t.User(cert, at)
		return err
	}
	_, err := t.Device(cert, at)
	return err
}

// DropForeign lets certificates go whose authority the directory does not name any more, unless they are revoked.
func (m *Mission) DropForeign(d *Directory) {
	var kept []string
	for _, issued := range m.Issued() {
		if issued.Revoked != nil || slices.Contains(d.CA, PublicText(issued.Certificate.SignatureKey)) {
			kept = append(kept, PublicText(issued.Certificate))
		}
	}
	m.Certificates = kept
}

// Recertify issues a certificate that says what an old one says, for the same key, by another authority or for another time.
func Recertify(ca ed25519.PrivateKey, old *ssh.Certificate, from, until time.Time) (*ssh.Certificate, error) {
	if old == nil {
		return nil, errors.New("recertify: no certificate")
	}
	id, device := ParseDeviceName(old.KeyId)
	if !device {
		id, _ = ParseUserName(old.KeyId)
	}
	key, _ := ed25519Public(old.Key)
	return issue(ca, id, key, slices.Clone(old.ValidPrincipals), 0, from, until)
}
