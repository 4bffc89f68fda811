package trust

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/fault"
)

const (
	formatRequest = "feltbok-request/1"
	formatGrant   = "feltbok-grant/1"

	// maxRequestUsers keeps the signatures of the device and of each user within .sig1 to .sig9.
	maxRequestUsers = MaxSignatures - 1
)

// Request is what a new device asks HQ to certify (kind enrol-request, security.md 8.4): public parts only. It is signed by
// the device key and by every user's key, so that nobody can have another's key certified as his own.
type Request struct {
	App       string        `json:"app"`
	Device    string        `json:"device"` // "device:<uuid>"
	Format    string        `json:"format"`
	Inbox     Inboxes       `json:"inbox"`
	Key       string        `json:"key"`       // the device's, "ssh-ed25519 AAAA…"
	Nonce     string        `json:"nonce"`     // 32 hex digits
	Recipient string        `json:"recipient"` // of the outer layer
	Training  bool          `json:"training"`
	Users     []RequestUser `json:"users"` // 1 to 8
}

// RequestUser is a person of the device that asks for a certificate.
type RequestUser struct {
	Key       string `json:"key"` // "ssh-ed25519 AAAA…"
	Recipient string `json:"recipient"`
	User      string `json:"user"` // "user:<uuid>"
}

// RequestSpec holds what a request is made from; the private keys sign and stay with the device.
type RequestSpec struct {
	App       string
	Device    uuid.UUID
	DeviceKey ed25519.PrivateKey
	Recipient string
	Inbox     Inboxes
	Training  bool
	Users     []RequestUserSpec
}

// RequestUserSpec is one user of a [RequestSpec].
type RequestUserSpec struct {
	User      uuid.UUID
	Key       ed25519.PrivateKey
	Recipient string
}

// NewRequest makes a request with a fresh nonce, and the document request.json with its signatures: the device's first,
// then the users' in order.
func NewRequest(spec RequestSpec) (Document, Request, error) {
	var nonce [16]byte
	rand.Read(nonce[:])
	request := Request{
		App: spec.App, Device: DeviceName(spec.Device), Format: formatRequest, Inbox: spec.Inbox, Nonce: hex.EncodeToString(nonce[:]),
		Recipient: spec.Recipient, Training: spec.Training, Users: []RequestUser{},
	}
	if request.Inbox == nil {
		request.Inbox = Inboxes{}
	}
	key, err := publicText(spec.DeviceKey)
	if err != nil {
		return Document{}, Request{}, fmt.Errorf("request: device: %w", err)
	}
	request.Key = key
	signers := []ed25519.PrivateKey{spec.DeviceKey}
	for _, user := range spec.Users {
		key, err := publicText(user.Key)
		if err != nil {
			return Document{}, Request{}, fmt.Errorf("request: user: %w", err)
		}
		request.Users = append(request.Users, RequestUser{Key: key, Recipient: user.Recipient, User: UserName(user.User)})
		signers = append(signers, user.Key)
	}
	if err := request.check(); err != nil {
		return Document{}, Request{}, fmt.Errorf("request: %w", err)
	}
	content, err := EncodeStrict(request)
	if err != nil {
		return Document{}, Request{}, fmt.Errorf("request: %w", err)
	}
	doc := Document{Name: NameRequest, Bytes: content}
	for _, signer := range signers {
		signature, err := Sign(signer, nil, NamespaceRequest, content)
		if err != nil {
			return Document{}, Request{}, fmt.Errorf("request: %w", err)
		}
		doc.Signatures = append(doc.Signatures, signature)
	}
	return doc, request, nil
}

// ParseRequest reads a request and checks its form and that each key in it signed it. That the request comes from the
// person it claims is for people to compare: see [Request.Words]. The fault is E-DOC.
func ParseRequest(doc Document) (Request, error) {
	var request Request
	if err := DecodeStrict(doc.Bytes, &request); err != nil {
		return Request{}, documentFault(doc.Name, err)
	}
	if err := request.check(); err != nil {
		return Request{}, documentFault(doc.Name, err)
	}
	signed, err := doc.signers(NamespaceRequest)
	if err != nil {
		return Request{}, documentFault(doc.Name, err)
	}
	wanted := []string{request.Key}
	for _, user := range request.Users {
		wanted = append(wanted, user.Key)
	}
	if len(signed) != len(wanted) {
		return Request{}, documentFault(doc.Name, errors.New("number of signatures"))
	}
	for i, text := range wanted {
		if PublicText(signed[i]) != text {
			return Request{}, documentFault(doc.Name, errors.New("a key did not sign the request"))
		}
	}
	return request, nil
}

func (r *Request) check() error {
	if r.Format != formatRequest {
		return errors.New("format of a request")
	}
	if _, ok := ParseDeviceName(r.Device); !ok {
		return errors.New("name of the device")
	}
	nonce, err := hex.DecodeString(r.Nonce)
	if err != nil || len(nonce) != 16 || hex.EncodeToString(nonce) != r.Nonce {
		return errors.New("nonce")
	}
	if len(r.Users) == 0 || len(r.Users) > maxRequestUsers {
		return fmt.Errorf("%d users", len(r.Users))
	}
	keys, seen := []string{r.Key}, map[string]bool{}
	for _, user := range r.Users {
		if _, ok := ParseUserName(user.User); !ok || seen[user.User] {
			return errors.New("name of a user")
		}
		seen[user.User] = true
		keys = append(keys, user.Key)
		if err := checkRecipient(user.Recipient); err != nil {
			return err
		}
	}
	if err := checkKeys(keys); err != nil {
		return err
	}
	for _, text := range keys {
		if key, err := parsePublic(text); err != nil || key.Type() != algorithmNormal {
			return errors.New("a key is not Ed25519")
		}
	}
	return errors.Join(checkText(r.App, 32), checkRecipient(r.Recipient), r.Inbox.check())
}

// DeviceID returns the device's id.
func (r Request) DeviceID() uuid.UUID {
	id, _ := ParseDeviceName(r.Device)
	return id
}

// DeviceKey returns the device's public key, nil in a request that was not checked.
func (r Request) DeviceKey() ed25519.PublicKey { return rawKey(r.Key) }

// ID returns the user's id.
func (u RequestUser) ID() uuid.UUID {
	id, _ := ParseUserName(u.User)
	return id
}

// PublicKey returns the user's public key, nil in a request that was not checked.
func (u RequestUser) PublicKey() ed25519.PublicKey { return rawKey(u.Key) }

func rawKey(text string) ed25519.PublicKey {
	key, err := parsePublic(text)
	if err != nil {
		return nil
	}
	raw, _ := ed25519Public(key)
	return raw
}

// Digest is SHA-256(public parts ‖ nonce16): the canonical JSON of the request with an empty nonce, then the nonce.
func (r Request) Digest() [32]byte {
	nonce, _ := hex.DecodeString(r.Nonce)
	r.Nonce = ""
	public, err := EncodeStrict(r)
	if err != nil {
		return [32]byte{} // only a request that was not checked
	}
	return sha256.Sum256(append(public[:len(public)-1], nonce...))
}

// Serial is the serial number of the certificate that an approval of the request gives to a name, in a mission, for a role and
// until a moment: always the same one, because an approval may have to be repeated after somebody else signed the mission's
// directory.
func (r Request) Serial(name string, mission uuid.UUID, role string, until time.Time) uint64 {
	digest := r.Digest()
	sum := sha256.Sum256(fmt.Appendf(nil, "serial %x %s %s %s %d", digest, name, mission, role, until.Unix()))
	return max(1, binary.BigEndian.Uint64(sum[:8])&MaxSerial)
}

// Words returns the eight words, 11 bits each, that the device shows and HQ compares by voice or on the spot. lang is "nb",
// "nn" or "en"; both sides must use the same.
func (r Request) Words(lang string) []string {
	digest := r.Digest()
	return Words(lang, digest[:], 8)
}

// Grant is HQ's answer to a request (kind enrol): the certificates. It is signed by an HQ machine's certificate.
type Grant struct {
	Certificate string      `json:"certificate"` // the device's
	Device      string      `json:"device"`      // "device:<uuid>"
	Format      string      `json:"format"`
	Issued      time.Time   `json:"issued"` // becomes the device's time floor
	Mission     uuid.UUID   `json:"mission"`
	Request     string      `json:"request"` // [Request.Digest] in hex
	Training    bool        `json:"training"`
	Users       []GrantUser `json:"users"` // in the order of the request
}

// GrantUser holds the certificate of one user of the request.
type GrantUser struct {
	Certificate string `json:"certificate"`
	User        string `json:"user"` // "user:<uuid>"
}

// GrantSpec holds what a grant is made from.
type GrantSpec struct {
	Request Request
	Mission uuid.UUID
	Issued  time.Time
	Device  *ssh.Certificate
	Users   []*ssh.Certificate // in the order of Request.Users
	Key     ed25519.PrivateKey // of the HQ machine that signs
	Cert    *ssh.Certificate
}

// NewGrant makes the document grant.json.
func NewGrant(spec GrantSpec) (Document, Grant, error) {
	digest := spec.Request.Digest()
	grant := Grant{
		Device: spec.Request.Device, Format: formatGrant, Issued: Seconds(spec.Issued), Mission: spec.Mission,
		Request: hex.EncodeToString(digest[:]), Training: spec.Request.Training, Users: []GrantUser{},
	}
	if spec.Device == nil || spec.Cert == nil || len(spec.Users) != len(spec.Request.Users) {
		return Document{}, Grant{}, errors.New("grant: a certificate is missing")
	}
	grant.Certificate = PublicText(spec.Device)
	for i, cert := range spec.Users {
		grant.Users = append(grant.Users, GrantUser{Certificate: PublicText(cert), User: spec.Request.Users[i].User})
	}
	content, err := EncodeStrict(grant)
	if err != nil {
		return Document{}, Grant{}, fmt.Errorf("grant: %w", err)
	}
	signature, err := Sign(spec.Key, spec.Cert, NamespaceGrant, content)
	if err != nil {
		return Document{}, Grant{}, fmt.Errorf("grant: %w", err)
	}
	return Document{Name: NameGrant, Bytes: content, Signatures: [][]byte{signature}}, grant, nil
}

// Granted is a grant that was walked from the root to the device's own keys.
type Granted struct {
	Grant  Grant
	Device *ssh.Certificate
	Users  []*ssh.Certificate // in the order of the request
}

// Grant checks HQ's answer to an own request: signed by one of HQ's machines, for this very request, with certificates by
// our authority for our own keys (security.md 8.4). at is now; a machine whose clock stands before Issued is judged at
// Issued. Faults: E-DOC, E-WORLD, and those of [Trust.Device].
func (t *Trust) Grant(doc Document, request Request, at time.Time) (*Granted, error) {
	refuse := func(why string) (*Granted, error) { return nil, fault.Newf("E-DOC", doc.Name, "%s", why) }
	var grant Grant
	if err := DecodeStrict(doc.Bytes, &grant); err != nil {
		return nil, fault.New("E-DOC", doc.Name, err)
	}
	digest := request.Digest()
	switch {
	case grant.Format != formatGrant || checkTime(grant.Issued) != nil:
		return refuse("format")
	case grant.Training != t.Training() || grant.Training != request.Training:
		return nil, documentFault(doc.Name, errWorld)
	case grant.Request != hex.EncodeToString(digest[:]) || grant.Device != request.Device || len(grant.Users) != len(request.Users):
		return refuse("the answer to another request")
	}
	if grant.Issued.After(at) {
		at = grant.Issued
	}
	signed, err := doc.signers(NamespaceGrant)
	if err != nil {
		return nil, fault.New("E-DOC", doc.Name, err)
	}
	cert, _ := signed[0].(*ssh.Certificate)
	if signer, err := t.Device(cert, at); err != nil {
		return nil, err
	} else if !signer.HQ || len(signed) != 1 {
		return refuse("not signed by a machine of HQ")
	}
	granted := &Granted{Grant: grant}
	own, err := t.ownCertificate(grant.Certificate, request.Key)
	if err != nil {
		return nil, fault.New("E-DOC", doc.Name, err)
	}
	device, err := t.Device(own, at)
	if err != nil {
		return nil, err
	}
	if device.Name() != request.Device || !device.In(grant.Mission) {
		return refuse("certificate of another device or mission")
	}
	granted.Device = own
	for i, entry := range grant.Users {
		own, err := t.ownCertificate(entry.Certificate, request.Users[i].Key)
		if err != nil {
			return nil, fault.New("E-DOC", doc.Name, err)
		}
		user, err := t.User(own, at)
		if err != nil {
			return nil, err
		}
		if user.Name() != request.Users[i].User || entry.User != user.Name() {
			return refuse("certificate of another user")
		}
		granted.Users = append(granted.Users, own)
	}
	return granted, nil
}

func (t *Trust) ownCertificate(text, key string) (*ssh.Certificate, error) {
	cert, err := ParseCertificate(text)
	if err != nil {
		return nil, err
	}
	if PublicText(cert.Key) != key {
		return nil, errors.New("certificate for a key that is not our own")
	}
	return cert, nil
}
