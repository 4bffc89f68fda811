package trust

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Formats of the signed documents (security.md 8.1, 8.2).
const (
	formatRoot      = "feltbok-root/1"
	formatDirectory = "feltbok-directory/1"
	formatMission   = "feltbok-mission/1"
)

// Root names the keys on which everything else rests (root.json, security.md 8.1).
type Root struct {
	Expires   time.Time `json:"expires"`
	Format    string    `json:"format"`
	Issued    time.Time `json:"issued"`
	Keys      []string  `json:"keys"`      // "ssh-ed25519 AAAA…" or "sk-ssh-ed25519@openssh.com AAAA…"
	Threshold int       `json:"threshold"` // how many of Keys must sign
	Training  bool      `json:"training"`
	Version   uint64    `json:"version"`
}

// Fingerprint is SHA-256 of a root document; that of the first root is printed at HQ and compared at enrolment.
func Fingerprint(root Document) [32]byte { return sha256.Sum256(root.Bytes) }

func (r *Root) check() error {
	if err := checkHead(r.Format, formatRoot, r.Version, false, false); err != nil {
		return err
	}
	if err := checkTime(r.Issued, r.Expires); err != nil {
		return err
	}
	if len(r.Keys) == 0 || len(r.Keys) > MaxSignatures || r.Threshold < 1 || r.Threshold > len(r.Keys) {
		return fmt.Errorf("threshold %d of %d keys", r.Threshold, len(r.Keys))
	}
	return checkKeys(r.Keys)
}

// checkKeys wants distinct Ed25519 keys, on a token or not, in their only spelling.
func checkKeys(keys []string) error {
	for i, text := range keys {
		key, err := parsePublic(text)
		if err != nil {
			return err
		}
		if key.Type() != algorithmNormal && key.Type() != algorithmToken {
			return fmt.Errorf("key of type %s", key.Type())
		}
		if slices.Contains(keys[:i], text) {
			return errors.New("one key stands twice")
		}
	}
	return nil
}

// Kinds of roster keys.
const (
	RosterAdmin   = "admin"   // held by an administrator
	RosterContent = "content" // held by HQC or HQS: no reader of content is enrolled without it when the threshold is 2
)

// RosterKey may sign mission directories.
type RosterKey struct {
	Key  string `json:"key"`  // as in [Root]
	Kind string `json:"kind"` // RosterAdmin or RosterContent
}

// Reading names the recipients of boxed lines at HQ (security.md 2.1).
type Reading struct {
	Audit  string `json:"audit"`
	Sealed string `json:"sealed"`
}

// Policy holds the limits that HQ sets for all machines.
type Policy struct {
	CaseloadLimit int    `json:"caseload_limit"` // cases on one field device at a time
	CoverMinutes  int    `json:"cover_minutes"`  // idle minutes before the screen is covered, 1–10
	KDFMemoryKiB  uint32 `json:"kdf_m_kib"`      // lowest cost of a passphrase, security.md 4.2
	KDFThreads    uint8  `json:"kdf_p"`
	KDFTime       uint32 `json:"kdf_t"`
	LockMinutes   int    `json:"lock_minutes"` // idle minutes before the register is locked, 1–30
	UpdateFloor   string `json:"update_floor"` // lowest version of the program that may take part
	Words         int    `json:"words"`        // words of a generated passphrase, at least 5
}

// DefaultPolicy is what a new installation starts with (security.md 4.2, 4.6).
func DefaultPolicy() Policy {
	return Policy{CaseloadLimit: 60, CoverMinutes: 2, KDFMemoryKiB: 64 << 10, KDFThreads: 4, KDFTime: 3, LockMinutes: 15, UpdateFloor: "0.1.0", Words: 6}
}

func (p Policy) check() error {
	switch {
	case p.CaseloadLimit < 1, p.CoverMinutes < 1 || p.CoverMinutes > 10, p.LockMinutes < 1 || p.LockMinutes > 30,
		p.KDFMemoryKiB < 64<<10 || p.KDFMemoryKiB > 1<<20, p.KDFTime < 1 || p.KDFTime > 10,
		p.KDFThreads < 1 || p.KDFThreads > 8, p.Words < 5 || p.Words > 12:
		return errors.New("policy is out of its limits")
	}
	return checkText(p.UpdateFloor, 32)
}

// Directory names the authorities and recipients of one installation (directory.json, security.md 8.1).
type Directory struct {
	CA               []string    `json:"ca"`        // current, then next: "ssh-ed25519 AAAA…"
	Enrolment        string      `json:"enrolment"` // recipient of enrolment requests
	Expires          time.Time   `json:"expires"`
	Format           string      `json:"format"`
	Issued           time.Time   `json:"issued"`
	MissionThreshold int         `json:"mission_threshold"` // 1, or 2: one admin and one content key
	Policy           Policy      `json:"policy"`
	Reading          Reading     `json:"reading"`
	Recovery         string      `json:"recovery"` // recipient of the recovery kit
	Register         uuid.UUID   `json:"register"`
	RosterKeys       []RosterKey `json:"roster_keys"`
	Training         bool        `json:"training"`
	Version          uint64      `json:"version"`
}

func (d *Directory) check(training bool) error {
	if err := checkHead(d.Format, formatDirectory, d.Version, d.Training, training); err != nil {
		return err
	}
	if err := checkTime(d.Issued, d.Expires); err != nil {
		return err
	}
	if len(d.CA) == 0 || len(d.CA) > 2 || len(d.RosterKeys) == 0 || len(d.RosterKeys) > 32 {
		return errors.New("number of authorities or roster keys")
	}
	if d.Register == uuid.Nil {
		return errors.New("no register")
	}
	keys := slices.Clone(d.CA)
	for _, text := range d.CA {
		key, err := parsePublic(text)
		if err != nil || key.Type() != algorithmNormal {
			return errors.New("authority is not an Ed25519 key")
		}
	}
	kinds := map[string]bool{}
	for _, entry := range d.RosterKeys {
		if entry.Kind != RosterAdmin && entry.Kind != RosterContent {
			return errors.New("roster key of unknown kind")
		}
		kinds[entry.Kind] = true
		keys = append(keys, entry.Key)
	}
	if err := checkKeys(keys); err != nil { // distinct over authorities and both kinds, so no key counts twice
		return err
	}
	if d.MissionThreshold != 1 && (d.MissionThreshold != 2 || len(kinds) != 2) {
		return errors.New("mission threshold is neither 1 nor one admin and one content key")
	}
	for _, recipient := range []string{d.Enrolment, d.Recovery, d.Reading.Audit, d.Reading.Sealed} {
		if err := checkRecipient(recipient); err != nil {
			return err
		}
	}
	return d.Policy.check()
}

// Values of [Node.Status].
const (
	NodeActive  = "active"
	NodeClosed  = "closed"  // handed in: nothing is sent to it any more
	NodeRevoked = "revoked" // its certificates are withdrawn: nothing is sent to it, and it has no inbox
)

// Values of [Revocation.Kind].
const (
	RevokedDevice = "device"
	RevokedUser   = "user"
)

// Mission is the directory of one mission or partner, so that a device learns of no other mission's staff
// (mission-<uuid>.json, security.md 8.2).
type Mission struct {
	// Certificates are those issued for the mission and not run out, as authorized_keys lines: what a revocation finds its
	// serials in, what a new authority certifies anew, and where a machine finds its own new one.
	Certificates []string      `json:"certificates,omitempty"`
	Expires      time.Time     `json:"expires"`
	Format       string        `json:"format"`
	Centre       MissionHQ     `json:"hq"` // see [Mission.HQ]
	ID           uuid.UUID     `json:"mission"`
	Nodes        []Node        `json:"nodes"`
	Partner      *Partner      `json:"partner,omitempty"` // nil in the directory of a mission
	Revoked      []Revocation  `json:"revoked"`
	Training     bool          `json:"training"`
	Users        []MissionUser `json:"users"`
	Version      uint64        `json:"version"`
}

// Partner is somebody outside who is told of the roster of a mission, and answers: listed fields only (security.md 6.9).
type Partner struct {
	Answers domain.FieldList `json:"answers"` // what it may answer
	Mission uuid.UUID        `json:"mission"` // whose roster it is told of
	Name    string           `json:"name"`
	Sends   domain.FieldList `json:"sends"` // what it is told
}

// check holds the lists, and that nothing but `open` and `orientation` can reach the partner's machines and people.
func (p *Partner) check(m *Mission) error {
	if p.Mission == uuid.Nil || p.Mission == m.ID || len(p.Sends) == 0 || p.Answers == nil {
		return errors.New("partner: a member is empty")
	}
	if err := errors.Join(checkText(p.Name, 64), p.Sends.Check(nil), p.Answers.Check(p.Sends)); err != nil {
		return err
	}
	for _, node := range m.Nodes {
		for _, c := range []domain.Compartment{domain.Case, domain.Special, domain.Sealed} {
			if node.Inbox.For(c) != "" {
				return errors.New("partner: a machine with an inbox for what no partner is told")
			}
		}
	}
	for _, user := range m.Users {
		for _, role := range user.Roles {
			if r := domain.Role(role); r.Works(domain.SideField) && !r.Works(domain.SideHQ) && !slices.Contains(domain.PartnerRoles, r) {
				return errors.New("partner: somebody with a role of the mission")
			}
		}
	}
	return nil
}

// MissionHQ names HQ's recipients in a mission.
type MissionHQ struct {
	Inbox     Inboxes `json:"inbox"`
	Recipient string  `json:"recipient"`
}

// Node is a device of the mission.
type Node struct {
	Alias     string  `json:"alias"`
	Inbox     Inboxes `json:"inbox"` // only the compartments that it may be sent
	Node      string  `json:"node"`  // "device:<uuid>"
	Recipient string  `json:"recipient"`
	Status    string  `json:"status"` // NodeActive, NodeClosed or NodeRevoked
	// Users are the people who were signed in on it, "user:<uuid>" in ascending order: a sealed entry goes to the machines of
	// those who are named in it, and to no other.
	Users []string `json:"users,omitempty"`
}

// MissionUser is a person of the mission by alias.
type MissionUser struct {
	Alias      string   `json:"alias"`
	Recipients []string `json:"recipients"` // at most 4: the user's own recipient, one for each vault
	Roles      []string `json:"roles"`
	Serial     uint64   `json:"serial"` // of the user's certificate
	User       string   `json:"user"`   // "user:<uuid>"
}

// Revocation withdraws a certificate from a moment on.
type Revocation struct {
	Cut    time.Time `json:"cut"`  // last trusted moment
	Kind   string    `json:"kind"` // RevokedDevice or RevokedUser
	Reason string    `json:"reason"`
	Serial uint64    `json:"serial"`
}

// HQ returns HQ's recipients in the mission.
func (m *Mission) HQ() MissionHQ { return m.Centre }

// Node returns the device of that name, "device:<uuid>".
func (m *Mission) Node(name string) (*Node, bool) {
	for i := range m.Nodes {
		if m.Nodes[i].Node == name {
			node := m.Nodes[i]
			return &node, true
		}
	}
	return nil, false
}

// User returns the person with that id, given as UUID or "user:<uuid>".
func (m *Mission) User(id string) (*MissionUser, bool) {
	for i := range m.Users {
		if m.Users[i].User == id || m.Users[i].User == prefixUser+id {
			user := m.Users[i]
			return &user, true
		}
	}
	return nil, false
}

// UserAlias returns the alias of a person of the mission, or "" when the mission does not know the id.
func (m *Mission) UserAlias(id string) string {
	if user, ok := m.User(id); ok {
		return user.Alias
	}
	return ""
}

func (m *Mission) check(training bool) error {
	if err := checkHead(m.Format, formatMission, m.Version, m.Training, training); err != nil {
		return err
	}
	if err := checkTime(m.Expires); err != nil {
		return err
	}
	if m.ID == uuid.Nil || m.Nodes == nil || m.Users == nil || m.Revoked == nil {
		return errors.New("a member is empty")
	}
	if err := m.checkCertificates(); err != nil {
		return err
	}
	if m.Partner != nil {
		if err := m.Partner.check(m); err != nil {
			return err
		}
	}
	if err := errors.Join(checkRecipient(m.Centre.Recipient), m.Centre.Inbox.check()); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, node := range m.Nodes {
		if _, ok := ParseDeviceName(node.Node); !ok || seen[node.Node] {
			return errors.New("name of a node")
		}
		seen[node.Node] = true
		if !slices.Contains([]string{NodeActive, NodeClosed, NodeRevoked}, node.Status) || node.Status == NodeRevoked && len(node.Inbox) > 0 {
			return errors.New("status of a node")
		}
		if !slices.IsSorted(node.Users) || len(node.Users) > maxNodeUsers {
			return errors.New("users of a node")
		}
		for _, user := range node.Users {
			if _, ok := ParseUserName(user); !ok {
				return errors.New("name of a user of a node")
			}
		}
		if err := errors.Join(checkText(node.Alias, 64), checkRecipient(node.Recipient), node.Inbox.check()); err != nil {
			return err
		}
	}
	for _, user := range m.Users {
		if err := user.check(); err != nil {
			return err
		}
		if seen[user.User] {
			return errors.New("a user stands twice")
		}
		seen[user.User] = true
	}
	for _, entry := range m.Revoked {
		if entry.Serial == 0 || entry.Serial > MaxSerial || entry.Kind != RevokedDevice && entry.Kind != RevokedUser {
			return errors.New("serial or kind of a revocation")
		}
		if err := errors.Join(checkTime(entry.Cut), checkText(entry.Reason, 200)); err != nil {
			return err
		}
	}
	return nil
}

// maxNodeUsers is the number of slots that a vault has room for (security.md 4.3).
const maxNodeUsers = 64

// maxUserRecipients is the limit of security.md 8.2.
const maxUserRecipients = 4

func (u MissionUser) check() error {
	if _, ok := ParseUserName(u.User); !ok {
		return errors.New("name of a user")
	}
	if u.Serial == 0 || u.Serial > MaxSerial {
		return errors.New("serial of a user")
	}
	if u.Roles == nil || u.Recipients == nil || len(u.Recipients) > maxUserRecipients {
		return errors.New("roles or recipients of a user")
	}
	for i, role := range u.Roles {
		if !domain.Role(role).Valid() || slices.Contains(u.Roles[:i], role) {
			return errors.New("role of a user")
		}
	}
	for _, recipient := range u.Recipients {
		if err := checkRecipient(recipient); err != nil {
			return err
		}
	}
	return checkText(u.Alias, 64)
}
