package exchange

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Renewal says what the next directory changes, besides lasting sixty more days. Whatever is empty stays as it is.
type Renewal struct {
	Ceremony
	CA        []string            // files with the authorities' public keys: the current one, then the next
	Roster    map[string][]string // files with roster keys by kind, trust.RosterAdmin or trust.RosterContent; a kind named is replaced
	Threshold int                 // 2: mission directories need one admin and one content key
}

// Renew makes the next directory of the installation, signed by enough root keys (security.md 8.1). When roster keys or the
// threshold change, the mission directories are made anew under them in the same step, for those that the new keys did not
// sign would not count any more. Faults: T-EXPIRED when the root has run out, T-THRESHOLD, T-FEW, T-PEOPLE, E-FILE, E-ROLE.
func Renew(ctx context.Context, ws *workspace.Workspace, r Renewal) (*Signed, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	now, _ := ws.JudgeTime()
	t := ws.Trust()
	if root := t.Root(); now.After(root.Expires) {
		return nil, fault.Newf("T-EXPIRED", trust.NameRoot, "ran out %s", root.Expires.Format(time.DateOnly))
	}
	authorities, err := publicKeys(r.CA)
	if err != nil {
		return nil, err
	}
	roster := map[string][]string{}
	for kind, files := range r.Roster {
		if roster[kind], err = publicKeys(files); err != nil {
			return nil, err
		}
	}
	doc, err := t.NextDirectory(now, func(d *trust.Directory) {
		if len(authorities) > 0 {
			d.CA = authorities
		}
		for _, kind := range []string{trust.RosterAdmin, trust.RosterContent} {
			if len(roster[kind]) == 0 {
				continue
			}
			d.RosterKeys = slices.DeleteFunc(d.RosterKeys, func(k trust.RosterKey) bool { return k.Kind == kind })
			for _, key := range roster[kind] {
				d.RosterKeys = append(d.RosterKeys, trust.RosterKey{Key: key, Kind: kind})
			}
		}
		if r.Threshold != 0 {
			d.MissionThreshold = r.Threshold
		}
	})
	if err != nil {
		return nil, err
	}
	next := []trust.Document{doc}
	if len(roster) > 0 || r.Threshold != 0 {
		for _, mission := range t.Missions() {
			doc, err := nextMission(ws, ApproveOptions{Mission: mission.ID}, now, func(*trust.Mission) {})
			if err != nil {
				return nil, err
			}
			next = append(next, doc)
		}
	}
	keys, err := r.loadKeys()
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	return propose(ctx, ws, r.Ceremony, keys, next...)
}

func publicKeys(files []string) ([]string, error) {
	var keys []string
	for _, file := range files {
		key, err := trust.ReadPublic(file)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Certify issues new certificates for the keys that headquarters, its users, and the machines and users of all missions have,
// by the authority at hand, and lets those of authorities that do not count any more go (security.md 8.5: "devices keep their
// keys, get new certificates"). They travel in the mission directories. Faults: T-CA when the key at hand is no authority of
// the directory, T-FEW, E-ROLE.
func Certify(ctx context.Context, ws *workspace.Workspace, c Ceremony) (*Signed, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	keys, err := c.loadKeys()
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	t := ws.Trust()
	if err := checkAuthority(keys, t); err != nil {
		return nil, err
	}
	now, _ := ws.JudgeTime()
	node := ws.Node()
	own, err := recertifyNode(keys.CA, &node, now)
	if err != nil {
		return nil, err
	}
	// Headquarters' own certificates hold at once: its authority stands in the directory already.
	if err := keepNode(ctx, ws, &node, nil); err != nil {
		return nil, err
	}
	var next []trust.Document
	for _, mission := range t.Missions() {
		certificates, err := recertifyMission(keys.CA, mission, own, now)
		if err != nil {
			return nil, err
		}
		doc, err := nextMission(ws, ApproveOptions{Mission: mission.ID}, now, func(m *trust.Mission) {
			m.AddCertificates(now, certificates...)
			m.DropForeign(t.Directory())
			for i := range m.Users {
				for _, cert := range slices.Concat(own, certificates) {
					if cert.KeyId == m.Users[i].User {
						m.Users[i].Serial = cert.Serial
					}
				}
			}
		})
		if err != nil {
			return nil, err
		}
		next = append(next, doc)
	}
	if len(next) == 0 {
		return &Signed{Taken: true, Documents: []string{}, Signings: []trust.Signing{}}, nil
	}
	return propose(ctx, ws, c, keys, next...)
}

// recertifyNode gives headquarters and its users new certificates.
func recertifyNode(ca ed25519.PrivateKey, node *workspace.Node, now time.Time) (own []*ssh.Certificate, err error) {
	until := now.Add(hqCertificate)
	if node.Certificate, err = trust.Recertify(ca, node.Certificate, now.Add(-clockLag), until); err != nil {
		return nil, err
	}
	own = append(own, node.Certificate)
	node.Users = slices.Clone(node.Users)
	for i := range node.Users {
		card := &node.Users[i]
		if card.Certificate == nil {
			continue
		}
		if card.Certificate, err = trust.Recertify(ca, card.Certificate, now.Add(-clockLag), until); err != nil {
			return nil, err
		}
		own = append(own, card.Certificate)
	}
	return own, nil
}

// recertifyMission gives each key of a mission's machines and users a new certificate that ends when the old one did.
// Revoked ones get none, nor do those of headquarters, which have theirs.
func recertifyMission(ca ed25519.PrivateKey, mission *trust.Mission, own []*ssh.Certificate, now time.Time) ([]*ssh.Certificate, error) {
	newest := map[string]trust.Issued{}
	var order []string
	for _, issued := range mission.Issued() {
		ours := slices.ContainsFunc(own, func(cert *ssh.Certificate) bool { return cert.KeyId == issued.Name })
		if ours || issued.Revoked != nil || !issued.Until.After(now) {
			continue
		}
		key := issued.Name + " " + trust.PublicText(issued.Certificate.Key)
		before, known := newest[key]
		if !known {
			order = append(order, key)
		}
		if !known || issued.From.After(before.From) {
			newest[key] = issued
		}
	}
	var certificates []*ssh.Certificate
	for _, key := range order {
		cert, err := trust.Recertify(ca, newest[key].Certificate, now.Add(-clockLag), newest[key].Until)
		if err != nil {
			return nil, err
		}
		certificates = append(certificates, cert)
	}
	return certificates, nil
}

// NewIdentity gives headquarters new identities for one mission: outer layer, and an inbox for each compartment that the
// mission has one for. Files written from then on do not open with the old ones; files under way still do, and other missions
// keep theirs (security.md 8.5). Faults: T-RING when the user lacks the ring of a compartment, E-TO for an unknown mission,
// T-FEW, E-ROLE.
func NewIdentity(ctx context.Context, ws *workspace.Workspace, c Ceremony, mission uuid.UUID) (*Signed, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	known, err := missionOf(ws, mission)
	if err != nil {
		return nil, err
	}
	keys, err := c.loadKeys()
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	fresh, err := freshIdentities(ws, known)
	if err != nil {
		return nil, err
	}
	now, _ := ws.JudgeTime()
	doc, err := nextMission(ws, ApproveOptions{Mission: known.ID}, now, func(m *trust.Mission) { m.Centre = fresh.centre() })
	if err != nil {
		return nil, err
	}
	// The private halves are kept before anybody learns of the public ones.
	if err := fresh.keep(ctx, ws); err != nil {
		return nil, err
	}
	return propose(ctx, ws, c, keys, doc)
}

// missionIdentities are headquarters' identities for a mission.
type missionIdentities struct {
	outer *age.HybridIdentity
	inbox map[domain.Compartment]*age.HybridIdentity
}

func freshIdentities(ws *workspace.Workspace, mission *trust.Mission) (*missionIdentities, error) {
	fresh := &missionIdentities{inbox: map[domain.Compartment]*age.HybridIdentity{}}
	var err error
	if fresh.outer, err = age.GenerateHybridIdentity(); err != nil {
		return nil, err
	}
	for _, c := range domain.AllCompartments {
		if mission.Centre.Inbox.For(c) == "" {
			continue
		}
		if !ws.Register().Holds(domain.RingOf(c)) {
			return nil, fault.Newf("T-RING", c.String(), "the user does not hold the ring")
		}
		if fresh.inbox[c], err = age.GenerateHybridIdentity(); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

func (f *missionIdentities) centre() trust.MissionHQ {
	inbox := trust.Inboxes{}
	for c, identity := range f.inbox {
		inbox[c.String()] = identity.Recipient().String()
	}
	return trust.MissionHQ{Inbox: inbox, Recipient: f.outer.Recipient().String()}
}

// stored is what keeping the identities writes: they stand behind those that are there, for other missions go on with theirs,
// and what is under way still opens.
func (f *missionIdentities) stored(ws *workspace.Workspace) (node workspace.Node, inboxes map[domain.Ring][]byte, err error) {
	node, inboxes = ws.Node(), map[domain.Ring][]byte{}
	node.Outer = append(slices.Clone(node.Outer), f.outer)
	for c, identity := range f.inbox {
		texts := []string{}
		have, err := ws.Inbox(c)
		if err != nil {
			return node, nil, err
		}
		for _, old := range append(have, identity) {
			texts = append(texts, old.String())
		}
		if inboxes[domain.RingOf(c)], err = json.Marshal(texts); err != nil {
			return node, nil, err
		}
	}
	return node, inboxes, nil
}

// keep stores the identities.
func (f *missionIdentities) keep(ctx context.Context, ws *workspace.Workspace) error {
	node, inboxes, err := f.stored(ws)
	if err != nil {
		return err
	}
	return keepNode(ctx, ws, &node, inboxes)
}

// keepNode stores this machine's record, and more of its keys, beside the directories that it has.
func keepNode(ctx context.Context, ws *workspace.Workspace, node *workspace.Node, inboxes map[domain.Ring][]byte) error {
	done, err := ws.Turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	t := ws.Trust()
	err = ws.Register().Update(ctx, func(tx *register.Tx) error {
		for ring, value := range inboxes {
			if err := tx.SetSystem(ring, register.SystemInbox, value); err != nil {
				return err
			}
		}
		return ws.SetTrust(tx, t, node)
	})
	if err != nil {
		return err
	}
	return ws.Reload()
}
