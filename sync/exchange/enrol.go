package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/vault"
	"feltbok/internal/version"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// RequestOptions describes a new machine that asks to join.
type RequestOptions struct {
	Dir        string // workspace folder to be made
	Trust      string // folder with root.json and directory.json, handed out by headquarters
	Alias      string // of the machine
	Role       domain.Role
	User       string // alias of the user
	Passphrase []byte
	KDF        vault.KDF
	Now        time.Time
	Out        string // file to write
	Lang       string // of the words
}

// Requested is what the person at the new machine reads out to headquarters.
type Requested struct {
	Device uuid.UUID `json:"device"`
	File   string    `json:"file"`
	Words  []string  `json:"words"`
	// Root is the fingerprint of the root that the machine starts from, to be compared with the printed one.
	Root string `json:"root"`
}

// pendingRequest waits in system value 17 for headquarters' answer.
type pendingRequest struct {
	Request []byte `json:"request"`
}

// Request makes the workspace of a new machine and the file with which it asks headquarters for certificates
// (security.md 8.4). Faults: V-EXISTS, V-MISSING, E-DOC, E-FILE.
func Request(ctx context.Context, o RequestOptions) (*Requested, error) {
	t, err := BeginTrust(o.Trust)
	if err != nil {
		return nil, err
	}
	directory := t.Directory()
	if directory == nil {
		return nil, fault.Newf("E-DOC", trust.NameDirectory, "not in the folder")
	}
	_, err = workspace.Create(ctx, workspace.CreateOptions{
		Dir: o.Dir, Training: t.Training(), Alias: o.Alias, Trust: t, Recovery: directory.Recovery, KDF: o.KDF, Created: o.Now,
		Users: []workspace.NewUser{{Alias: o.User, Role: o.Role, Passphrase: o.Passphrase}},
	})
	if err != nil {
		return nil, err
	}
	ws, err := unlockOnly(ctx, o.Dir, o.Passphrase, o.Now)
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	return ask(ctx, ws, o, t)
}

// ask writes the request of an open, unenrolled workspace and remembers it.
func ask(ctx context.Context, ws *workspace.Workspace, o RequestOptions, t *trust.Trust) (*Requested, error) {
	node, identity := ws.Node(), ws.Register().Identity()
	inbox, err := inboxes(ws)
	if err != nil {
		return nil, err
	}
	out := o.Out
	if out == "" {
		out = bundle.NewFileName()
	}
	request, err := writeRequest(ctx, ws, t, identity, inbox, out, o.Now)
	if err != nil {
		return nil, err
	}
	fingerprint := trust.Fingerprint(t.FirstRoot())
	return &Requested{Device: node.Device, File: out, Words: request.Words(o.Lang), Root: hexText(fingerprint[:])}, nil
}

// writeRequest remembers what is asked for one user of this machine, and writes it to a file.
func writeRequest(
	ctx context.Context, ws *workspace.Workspace, t *trust.Trust, user *vault.Identity, inbox trust.Inboxes, out string, created time.Time,
) (request trust.Request, err error) {
	node := ws.Node()
	doc, request, err := trust.NewRequest(trust.RequestSpec{
		App: version.App, Device: node.Device, DeviceKey: node.Key, Recipient: node.Outer[0].Recipient().String(), Inbox: inbox, Training: t.Training(),
		Users: []trust.RequestUserSpec{{User: user.User, Key: user.Sign, Recipient: user.Age.Recipient().String()}},
	})
	if err != nil {
		return request, err
	}
	remembered, err := json.Marshal(pendingRequest{Request: doc.Bytes})
	if err != nil {
		return request, err
	}
	err = ws.Register().Update(ctx, func(tx *register.Tx) error {
		return tx.SetSystem(domain.RingOf(domain.Open), register.SystemPending, remembered)
	})
	if err != nil {
		return request, err
	}
	directory := t.Directory()
	_, err = bundle.Write(ctx, out, bundle.Spec{
		Kind: domain.BundleEnrolRequest, From: trust.DeviceName(node.Device), User: trust.UserName(user.User), Training: t.Training(), App: version.App, Created: created,
		To:        []bundle.Addressee{{Node: trust.NodeHQ, Sequence: 1, Recipients: []string{directory.Enrolment, directory.Recovery}}},
		Documents: []trust.Document{doc}, DeviceKey: node.Key, UserKey: user.Sign,
	}, nil)
	return request, err
}

// inboxes lists the recipients of the rings that the unlocked user holds.
func inboxes(ws *workspace.Workspace) (trust.Inboxes, error) {
	inbox := trust.Inboxes{}
	for _, c := range domain.AllCompartments {
		if c == domain.Audit {
			continue // nobody sends a device an audit log
		}
		identities, err := ws.Inbox(c)
		if err != nil {
			return nil, err
		}
		if len(identities) > 0 {
			inbox[c.String()] = identities[0].Recipient().String()
		}
	}
	return inbox, nil
}

// unlockOnly opens a workspace that has a single user.
func unlockOnly(ctx context.Context, dir string, passphrase []byte, now time.Time) (*workspace.Workspace, error) {
	info, err := workspace.Peek(dir)
	if err != nil {
		return nil, err
	}
	if len(info.Users) == 0 {
		return nil, fault.Newf("V-HEADER", filepath.Base(dir), "no user")
	}
	return workspace.Unlock(ctx, dir, info.Users[0].Slot, bytes.Clone(passphrase), workspace.Options{Clock: fixed(now)})
}

// PendingRequest is an enrolment request that headquarters looks at before it says yes.
type PendingRequest struct {
	Request trust.Request
	Device  uuid.UUID
	User    uuid.UUID
	Words   []string
}

// ReadRequest opens a request file at headquarters and shows the words to compare by voice. Faults: E-AGE, E-KIND, E-SIG,
// E-DOC, E-WORLD.
func ReadRequest(ctx context.Context, ws *workspace.Workspace, path, lang string) (*PendingRequest, error) {
	node := ws.Node()
	if node.Enrolment == nil {
		return nil, fault.Newf("E-ROLE", filepath.Base(path), "not at headquarters")
	}
	now, _ := ws.JudgeTime()
	verified, err := bundle.Verify(ctx, path, bundle.Keyring{Outer: []age.Identity{node.Enrolment}}, bundle.Policy{
		Trust: ws.Trust(), Now: now, Node: "hq", Training: ws.Me().Training, App: version.App,
	})
	if err != nil {
		return nil, err
	}
	if verified.Manifest.Kind != domain.BundleEnrolRequest {
		return nil, fault.Newf("E-KIND", filepath.Base(path), "not an enrolment request")
	}
	request := verified.Request
	if request == nil {
		return nil, fault.Newf("E-DOC", trust.NameRequest, "not in the file")
	}
	return &PendingRequest{Request: *request, Device: request.DeviceID(), User: request.Users[0].ID(), Words: request.Words(lang)}, nil
}

// ApproveOptions says what a machine gets.
type ApproveOptions struct {
	Keys       string // folder made by [InitRoot]
	Passphrase []byte // of the keys
	Mission    uuid.UUID
	Until      time.Time // end of the mission
	Alias      string    // of the machine
	UserAlias  string
	Role       domain.Role
	// Words are the words that the person at the machine read out; they must be those of the request (E-WORDS).
	Words []string
	Lang  string
	// Out is the file to write, or a folder in which a random name is made.
	Out string
	// Parts are the compartments that the machine may be sent, of those that the role may have; nil means all of those. What a
	// machine has for its other users it keeps.
	Parts []domain.Compartment
	// Draft is the folder for the mission directory when somebody else must sign it too (security.md 8.2); empty: refuse.
	Draft string
}

// Approve signs a machine into a mission: certificates, the next mission directory, and the answer file. It may be repeated;
// what has changed is then replaced. When the mission directory needs a signature that is not at hand it is laid out in Draft
// (T-FEW); once [Take] took it in, the same call again writes the answer. Faults: E-WORDS, V-PASS for the keys, T-CA, T-FEW,
// T-PEOPLE.
func Approve(ctx context.Context, ws *workspace.Workspace, pending *PendingRequest, o ApproveOptions) (string, error) {
	if !slices.Equal(normalWords(o.Words), normalWords(pending.Request.Words(o.Lang))) {
		return "", fault.New("E-WORDS", "", nil)
	}
	if ws.Register() == nil {
		return "", fault.New("V-LOCKED", "", nil)
	}
	keys, err := trust.LoadKeys(o.Keys, o.Passphrase)
	if err != nil {
		return "", err
	}
	defer keys.Clear()
	now := ws.Now()
	request := pending.Request
	if err := checkAuthority(keys, ws.Trust()); err != nil {
		return "", err
	}
	if known, ok := ws.Trust().Mission(o.Mission); ok && known.Partner != nil && !slices.Contains(domain.PartnerRoles, o.Role) {
		return "", fault.Newf("E-ROLE", string(o.Role), "no role of a partner")
	}
	device, user, err := issueFor(ws.Trust(), keys, pending, o, now)
	if err != nil {
		return "", err
	}
	t := ws.Trust()
	if known, ok := t.Mission(o.Mission); !ok || !approved(known, pending, o, device, user) {
		doc, err := nextMission(ws, o, now, func(m *trust.Mission) {
			node, _ := m.Node(request.Device)
			inbox := o.inbox(request.Inbox, node)
			users := usersOf(node, request.Users[0].User)
			person, _ := m.User(request.Users[0].User)
			recipients := recipientsOf(person, request.Users[0].Recipient)
			m.Nodes = slices.DeleteFunc(m.Nodes, func(n trust.Node) bool { return n.Node == request.Device })
			m.Nodes = append(m.Nodes, trust.Node{Alias: o.Alias, Inbox: inbox, Node: request.Device, Recipient: request.Recipient, Status: trust.NodeActive, Users: users})
			m.Users = slices.DeleteFunc(m.Users, func(u trust.MissionUser) bool { return u.User == request.Users[0].User })
			m.Users = append(m.Users, trust.MissionUser{
				Alias: o.UserAlias, Recipients: recipients, Roles: []string{string(o.Role)}, Serial: user.Serial, User: request.Users[0].User,
			})
			m.AddCertificates(now, device, user)
		})
		if err != nil {
			return "", err
		}
		signed, err := propose(ctx, ws, Ceremony{Draft: o.Draft}, keys, doc)
		if err != nil {
			return "", err
		}
		if !signed.Taken {
			return "", fault.Newf("T-FEW", signed.Draft, "the mission directory waits for %s", unsigned(signed.Signings))
		}
		t = ws.Trust()
	}
	ws.Audit("enrol", "", pending.Device)
	return answer(ctx, ws, t, pending, o, device, user)
}

// approved reports whether the mission's directory says already what an approval would write.
func approved(m *trust.Mission, pending *PendingRequest, o ApproveOptions, device, user *ssh.Certificate) bool {
	node, known := m.Node(pending.Request.Device)
	person, named := m.User(pending.Request.Users[0].User)
	_, certified := m.Certificate(device.Serial)
	return known && named && certified && node.Alias == o.Alias && node.Status == trust.NodeActive && node.Recipient == pending.Request.Recipient &&
		slices.Contains(node.Users, pending.Request.Users[0].User) &&
		maps.Equal(node.Inbox, o.inbox(pending.Request.Inbox, node)) && person.Serial == user.Serial && person.Alias == o.UserAlias &&
		slices.Equal(person.Roles, []string{string(o.Role)}) && slices.Contains(person.Recipients, pending.Request.Users[0].Recipient)
}

// inbox is what the machine may be sent after the approval.
func (o ApproveOptions) inbox(asked trust.Inboxes, known *trust.Node) trust.Inboxes {
	if o.Parts != nil {
		asked = maps.Clone(asked)
		maps.DeleteFunc(asked, func(name, _ string) bool {
			return !slices.ContainsFunc(o.Parts, func(c domain.Compartment) bool { return c.String() == name })
		})
	}
	return inboxOf(asked, o.Role, known)
}

// checkAuthority holds for whoever issues certificates: the key at hand is one of the directory's authorities.
func checkAuthority(keys *trust.Keys, t *trust.Trust) error {
	if t == nil || t.Directory() == nil || !t.Directory().Authorised(keys.CA) {
		return fault.New("T-CA", "", nil)
	}
	return nil
}

// issueFor makes the certificates that a request asks for. Their serials come from the request, so that an approval that is
// repeated, because somebody else had to sign first, gives the same ones: they are then taken from the mission's directory.
func issueFor(t *trust.Trust, keys *trust.Keys, pending *PendingRequest, o ApproveOptions, now time.Time) (device, user *ssh.Certificate, err error) {
	until := o.Until.Add(certificateSlack)
	spec := trust.DeviceSpec{
		ID: pending.Device, Key: pending.Request.DeviceKey(), Missions: []uuid.UUID{o.Mission}, From: now.Add(-clockLag), Until: until,
		Serial: pending.Request.Serial(pending.Request.Device, o.Mission, string(o.Role), until),
	}
	person := trust.UserSpec{
		ID: pending.User, Key: pending.Request.Users[0].PublicKey(), Roles: map[uuid.UUID][]domain.Role{o.Mission: {o.Role}}, From: now.Add(-clockLag), Until: until,
		Serial: pending.Request.Serial(pending.Request.Users[0].User, o.Mission, string(o.Role), until),
	}
	if known, ok := t.Mission(o.Mission); ok {
		device, _ = known.Certificate(spec.Serial)
		user, _ = known.Certificate(person.Serial)
		if device != nil && user != nil && t.Renewed(device, now) == nil && t.Renewed(user, now) == nil {
			return device, user, nil
		}
	}
	if device, err = trust.IssueDevice(keys.CA, spec); err != nil {
		return nil, nil, err
	}
	user, err = trust.IssueUser(keys.CA, person)
	return device, user, err
}

// nextMission drafts the next version of a mission's directory, or the first one. Without an end in o the mission keeps its own.
func nextMission(ws *workspace.Workspace, o ApproveOptions, now time.Time, change func(*trust.Mission)) (trust.Document, error) {
	mission := trust.Mission{ID: o.Mission, Training: ws.Me().Training}
	if known, ok := ws.Trust().Mission(o.Mission); ok {
		mission = *known
		mission.Nodes, mission.Users = slices.Clone(known.Nodes), slices.Clone(known.Users)
	}
	node, identity := ws.Node(), ws.Register().Identity()
	inbox, err := hqInboxes(ws)
	if err != nil {
		return trust.Document{}, err
	}
	if len(mission.Centre.Inbox) < len(inbox) {
		mission.Centre = trust.MissionHQ{Inbox: inbox, Recipient: node.Outer[0].Recipient().String()}
	}
	certificates := []*ssh.Certificate{node.Certificate}
	for _, card := range node.Users {
		certificates = append(certificates, card.Certificate)
		name := trust.UserName(card.User)
		if slices.ContainsFunc(mission.Users, func(u trust.MissionUser) bool { return u.User == name }) {
			continue
		}
		entry := trust.MissionUser{Alias: card.Alias, Recipients: []string{}, Roles: []string{string(card.Role)}, User: name}
		if card.Certificate != nil {
			entry.Serial = card.Certificate.Serial
		}
		if card.User == identity.User {
			entry.Recipients = []string{identity.Age.Recipient().String()}
		}
		mission.Users = append(mission.Users, entry)
	}
	mission.AddCertificates(now, certificates...)
	mission.Version++
	if !o.Until.IsZero() {
		mission.Expires = trust.Seconds(o.Until.Add(certificateSlack))
	}
	change(&mission)
	return trust.DraftMission(mission)
}

// hqInboxes lists headquarters' recipients, the audit log's included: devices send theirs.
func hqInboxes(ws *workspace.Workspace) (trust.Inboxes, error) {
	inbox, err := inboxes(ws)
	if err != nil {
		return nil, err
	}
	identities, err := ws.Inbox(domain.Audit)
	if err != nil {
		return nil, err
	}
	if len(identities) > 0 {
		inbox[domain.Audit.String()] = identities[0].Recipient().String()
	}
	return inbox, nil
}

// answer writes the enrol file for the new machine.
func answer(ctx context.Context, ws *workspace.Workspace, t *trust.Trust, pending *PendingRequest, o ApproveOptions, device, user *ssh.Certificate) (string, error) {
	node, identity := ws.Node(), ws.Register().Identity()
	card, _ := node.Card(identity.User)
	grant, _, err := trust.NewGrant(trust.GrantSpec{
		Request: pending.Request, Mission: o.Mission, Issued: ws.Now(), Device: device, Users: []*ssh.Certificate{user}, Key: node.Key, Cert: node.Certificate,
	})
	if err != nil {
		return "", err
	}
	out := o.Out
	if info, err := os.Stat(out); out == "" || err == nil && info.IsDir() {
		out = filepath.Join(out, bundle.NewFileName())
	}
	_, err = bundle.Write(ctx, out, bundle.Spec{
		Kind: domain.BundleEnrol, From: trust.DeviceName(node.Device), User: trust.UserName(identity.User), Mission: o.Mission, Training: t.Training(), App: version.App, Created: ws.Now(),
		To:        []bundle.Addressee{{Node: pending.Request.Device, Sequence: 1, Recipients: []string{pending.Request.Recipient, t.Directory().Recovery}}},
		Documents: append(t.DocumentsFor(o.Mission), grant), DeviceKey: node.Key, DeviceCert: node.Certificate, UserKey: identity.Sign, UserCert: card.Certificate,
	}, nil)
	return out, err
}

// Accept takes headquarters' answer in on the new machine: it walks root, directories and certificates to its own keys, and
// from then on belongs to the mission. Faults: E-AGE, E-SIG, E-CERT, E-DOC, E-ENROL when no request is waiting.
func Accept(ctx context.Context, ws *workspace.Workspace, path string) error {
	reg := ws.Register()
	if reg == nil {
		return fault.New("V-LOCKED", "", nil)
	}
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemPending)
	if err != nil {
		return err
	}
	var pending pendingRequest
	if stored == nil || json.Unmarshal(stored, &pending) != nil || len(pending.Request) == 0 {
		return fault.New("E-ENROL", filepath.Base(path), nil)
	}
	var request trust.Request
	if err := trust.DecodeStrict(pending.Request, &request); err != nil {
		return fault.New("V-DAMAGED", filepath.Base(ws.Dir()), err)
	}
	node := ws.Node()
	now, _ := ws.JudgeTime()
	verified, err := bundle.Verify(ctx, path, bundle.Keyring{Outer: identities(node.Outer)}, bundle.Policy{
		Trust: ws.Trust(), Now: now, Node: node.Name(), Training: ws.Me().Training, App: version.App,
		Enrolment: &bundle.Enrolment{Request: request, Root: trust.Fingerprint(ws.Trust().FirstRoot())},
	})
	if err != nil {
		return err
	}
	granted := verified.Grant
	if verified.Manifest.Kind != domain.BundleEnrol || granted == nil {
		return fault.Newf("E-KIND", filepath.Base(path), "not an answer to an enrolment request")
	}
	node.Mission, node.Certificate = granted.Grant.Mission, granted.Device
	mission, ok := verified.Trust.Mission(node.Mission)
	if !ok {
		return fault.Newf("E-DOC", trust.MissionFile(node.Mission), "not in the file")
	}
	for k := range node.Users {
		for _, certificate := range granted.Users {
			if certificate.KeyId == trust.UserName(node.Users[k].User) {
				node.Users[k].Certificate = certificate
				if entry, ok := mission.User(trust.UserName(node.Users[k].User)); ok && entry.Alias != "" {
					node.Users[k].Alias = entry.Alias
				}
			}
		}
	}
	if entry, ok := mission.Node(trust.DeviceName(node.Device)); ok && entry.Alias != "" {
		node.Alias = entry.Alias
	}
	err = reg.Update(ctx, func(tx *register.Tx) error {
		if err := ws.SetTrust(tx, verified.Trust, &node); err != nil {
			return err
		}
		if err := ws.ObserveTime(tx, granted.Grant.Issued); err != nil {
			return err
		}
		return tx.SetSystem(domain.RingOf(domain.Open), register.SystemPending, nil)
	})
	if err != nil {
		return err
	}
	if err := ws.Reload(); err != nil {
		return err
	}
	_, err = ws.GrantRings(ctx) // to a user who was added on this machine and whom headquarters has signed in now
	return err
}

func normalWords(words []string) []string {
	return strings.Fields(strings.ToLower(strings.Join(words, " ")))
}
