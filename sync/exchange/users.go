package exchange

import (
	"context"
	"crypto/ed25519"
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// UserRequest describes a further user of a machine that is enrolled.
type UserRequest struct {
	User workspace.NewUser
	// KDF is the cost of the passphrase; zero for that of the installation.
	KDF  vault.KDF
	Out  string // file to write; empty: a random name
	Lang string // of the words
}

// RequestedUser is what the new user reads out to headquarters.
type RequestedUser struct {
	User  uuid.UUID `json:"user"`
	Slot  string    `json:"slot"`
	Rings []string  `json:"rings"` // that the user reads until headquarters answers
	File  string    `json:"file"`
	Words []string  `json:"words"`
	// Draft is the folder with what others must still sign before the missions know the user.
	Draft string `json:"draft,omitempty"`
}

// RequestUser makes a slot for a further user and the file with which the machine asks headquarters to sign the user in
// (security.md 4.4, 8.4). The answer is taken in by [Accept], which also gives the user the rings of the role. At
// headquarters people are signed in with the keys of the installation instead. Faults: E-ENROL, E-ROLE, V-WEAK, V-EXISTS,
// E-FILE.
func RequestUser(ctx context.Context, ws *workspace.Workspace, o UserRequest) (*RequestedUser, error) {
	// The machine must be signed in; whoever asks need not be, as after a restore by recovery, when all users' keys are new.
	if ws.Node().Certificate == nil || ws.Trust() == nil {
		return nil, fault.New("E-ENROL", "", nil)
	}
	if ws.Me().HQ {
		return nil, fault.Newf("E-ROLE", "user", "headquarters signs its own people in")
	}
	out := o.Out
	if out == "" {
		out = bundle.NewFileName()
	}
	out, err := outputPath(out)
	if err != nil {
		return nil, err
	}
	inbox, err := inboxes(ws)
	if err != nil {
		return nil, err
	}
	kdf := o.KDF
	if kdf == (vault.KDF{}) {
		kdf = ws.Cost()
	}
	added, err := ws.AddUser(ctx, o.User, kdf)
	if err != nil {
		return nil, err
	}
	defer added.Identity.Clear()
	request, err := writeRequest(ctx, ws, ws.Trust(), added.Identity, inbox, out, ws.Now())
	if err != nil {
		return nil, fileFault(ctx, out, err)
	}
	requested := &RequestedUser{User: added.User, Slot: added.Slot, Rings: ringNames(added.Rings), File: out, Words: request.Words(o.Lang)}
	return requested, nil
}

// HQUser describes a further user of headquarters.
type HQUser struct {
	User       workspace.NewUser
	Keys       string // folder made by [InitRoot]
	Passphrase []byte // of the keys
	KDF        vault.KDF
	// Draft is the folder for mission directories that somebody else must sign too; empty: refuse (T-FEW).
	Draft string
}

// AddHQUser makes a slot for a further user of headquarters and signs the user in with the keys of the installation: the
// certificate, and the next version of every mission directory, so that the machines of the missions know who orders. The
// user gets the rings of the role that the caller holds; a holder of the others gives them by
// [workspace.Workspace.GrantRings]. Whatever fails, no slot stays. Faults: E-ROLE, E-ENROL, V-WEAK, V-EXISTS, V-PASS for the keys.
func AddHQUser(ctx context.Context, ws *workspace.Workspace, o HQUser) (*RequestedUser, error) {
	if !Enrolled(ws) {
		return nil, fault.New("E-ENROL", "", nil)
	}
	if !ws.Me().HQ {
		return nil, fault.Newf("E-ROLE", "user", "not at headquarters")
	}
	keys, err := trust.LoadKeys(o.Keys, o.Passphrase)
	if err != nil {
		return nil, err
	}
	defer keys.Clear()
	kdf := o.KDF
	if kdf == (vault.KDF{}) {
		kdf = ws.Cost()
	}
	o.User.Signed = true
	added, err := ws.AddUser(ctx, o.User, kdf)
	if err != nil {
		return nil, err
	}
	defer added.Identity.Clear()
	signed, err := signIn(ctx, ws, keys, o.User, added, o.Draft)
	if err != nil {
		_, undone := ws.RemoveUser(ctx, added.Slot)
		return nil, errors.Join(err, undone)
	}
	ws.Audit("enrol", "", added.User)
	return &RequestedUser{User: added.User, Slot: added.Slot, Rings: ringNames(added.Rings), Words: []string{}, Draft: signed.Draft}, nil
}

// signIn certifies a new user of headquarters and puts the user into every mission's directory.
func signIn(ctx context.Context, ws *workspace.Workspace, keys *trust.Keys, user workspace.NewUser, added *workspace.AddedUser, draft string) (*Signed, error) {
	if err := checkAuthority(keys, ws.Trust()); err != nil {
		return nil, err
	}
	now := ws.Now()
	certificate, err := trust.IssueUser(keys.CA, trust.UserSpec{
		ID: added.User, Key: added.Identity.Sign.Public().(ed25519.PublicKey), From: now.Add(-clockLag), Until: now.Add(hqCertificate),
		Roles: map[uuid.UUID][]domain.Role{ws.Node().Register: {user.Role}},
	})
	if err != nil {
		return nil, err
	}
	if err := ws.SetCertificate(ctx, added.User, certificate); err != nil {
		return nil, err
	}
	var docs []trust.Document
	for _, mission := range ws.Trust().Missions() {
		doc, err := nextMission(ws, ApproveOptions{Mission: mission.ID}, now, func(m *trust.Mission) {
			name := trust.UserName(added.User)
			m.Users = slices.DeleteFunc(m.Users, func(u trust.MissionUser) bool { return u.User == name })
			m.Users = append(m.Users, trust.MissionUser{
				Alias: user.Alias, Recipients: []string{added.Identity.Age.Recipient().String()}, Roles: []string{string(user.Role)}, Serial: certificate.Serial, User: name,
			})
		})
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	if len(docs) == 0 {
		return &Signed{Taken: true}, ws.Reload()
	}
	return propose(ctx, ws, Ceremony{Draft: draft}, keys, docs...)
}

// inboxOf is what a machine may be sent after one of its users was signed in: the compartments of the user's role, and those
// that it had for its other users as long as their recipients are the same.
func inboxOf(request trust.Inboxes, role domain.Role, known *trust.Node) trust.Inboxes {
	inbox := trust.Inboxes{}
	if known != nil {
		maps.Copy(inbox, known.Inbox)
		maps.DeleteFunc(inbox, func(compartment, recipient string) bool {
			asked, again := request[compartment]
			return again && asked != recipient
		})
	}
	for _, ring := range role.Rings() {
		if recipient := request[ring.String()]; recipient != "" {
			inbox[ring.String()] = recipient
		}
	}
	return inbox
}

// usersOf are the people of a machine after one more was signed in on it.
func usersOf(known *trust.Node, user string) []string {
	users := []string{user}
	if known != nil {
		users = append(users, known.Users...)
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// recipientsOf are a user's recipients after a request: the new one and, of a user who works on other machines too, those
// there (security.md 8.2).
func recipientsOf(known *trust.MissionUser, recipient string) []string {
	recipients := []string{recipient}
	if known != nil {
		for _, other := range known.Recipients {
			if other != recipient && len(recipients) < maxRecipients {
				recipients = append(recipients, other)
			}
		}
	}
	return recipients
}

// maxRecipients is the limit of security.md 8.2.
const maxRecipients = 4
