package workspace

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/vault"
	"feltbok/sync/trust"
)

// Login is a user who can unlock this machine, or whose slot is gone while rings wait for somebody to rotate them.
type Login struct {
	Slot  string
	Label string
	// User is zero, and Role empty, for a slot whose user nothing on this machine names.
	User  uuid.UUID
	Role  domain.Role
	Rings []domain.Ring
	// Me is the user who is unlocked. Enrolled: headquarters has signed the user in on this machine.
	Me, Enrolled bool
	// Removed: the slot opens nothing any more; Rings are those that still wait for the rotation (security.md 4.4).
	Removed bool
}

// Users lists the users of this machine in the order of their slots.
func (w *Workspace) Users() ([]Login, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []Login
	for _, reader := range w.reg.Readers() {
		login := Login{Slot: reader.Slot, Label: reader.Label, Rings: reader.Rings, Me: reader.Slot == w.reg.Slot(), Removed: reader.Removed}
		if card, ok := w.cardOf(reader); ok {
			login.User, login.Role, login.Enrolled = card.User, card.Role, card.Certificate != nil
		}
		out = append(out, login)
	}
	return out, nil
}

// cardOf finds whose slot it is: the card says so, or the mission directory names the slot's recipient, or the label does.
func (w *Workspace) cardOf(reader register.Reader) (UserCard, bool) {
	if reader.Slot == w.reg.Slot() {
		return w.node.Card(w.me.User)
	}
	for _, card := range w.node.Users {
		if card.Slot == reader.Slot {
			return card, true
		}
	}
	if w.tr != nil {
		for _, mission := range w.tr.Missions() {
			for _, user := range mission.Users {
				id, ok := trust.ParseUserName(user.User)
				if ok && slices.Contains(user.Recipients, reader.Recipient) {
					return w.node.Card(id)
				}
			}
		}
	}
	for _, card := range w.node.Users {
		if card.Slot == "" && card.User != w.me.User && card.Alias == reader.Label {
			return card, true
		}
	}
	return UserCard{}, false
}

// Candidate is somebody whom the mission directory lets work here and who has no slot on this machine.
type Candidate struct {
	User  uuid.UUID
	Alias string
	Role  domain.Role
}

// Candidates lists whom [Workspace.AddUser] may give all rings of the role at once. On a field machine nobody of
// headquarters is one, and the reverse.
func (w *Workspace) Candidates() ([]Candidate, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []Candidate
	for _, mission := range w.missions() {
		for _, user := range mission.Users {
			id, ok := trust.ParseUserName(user.User)
			if _, here := w.node.Card(id); !ok || here {
				continue
			}
			for _, role := range user.Roles {
				if role := domain.Role(role); worksHere(role, w.me.HQ) {
					out = append(out, Candidate{User: id, Alias: user.Alias, Role: role})
					break
				}
			}
		}
	}
	return out, nil
}

func worksHere(role domain.Role, hq bool) bool {
	switch role {
	case domain.INT, domain.MLD, domain.NCO, domain.NFA:
		return !hq
	case domain.REM:
		return true
	}
	return hq
}

func (w *Workspace) missions() []*trust.Mission {
	if w.tr == nil {
		return nil
	}
	if !w.me.HQ {
		if mission, ok := w.tr.Mission(w.me.Mission); ok {
			return []*trust.Mission{mission}
		}
		return nil
	}
	return w.tr.Missions()
}

// common are the rings that every user holds, whatever the role (security.md 2.3).
var common = []domain.Ring{domain.RingOpen, domain.RingAudit}

// permitted are the rings that the mission directory lets a user read in a role. A user whom it does not name gets no more
// than every user has.
func (w *Workspace) permitted(user uuid.UUID, role domain.Role) []domain.Ring {
	for _, mission := range w.missions() {
		if entry, ok := mission.User(trust.UserName(user)); ok && slices.Contains(entry.Roles, string(role)) {
			return role.Rings()
		}
	}
	return common
}

// AddedUser is a new user of this machine. Its identity is for the request to headquarters and the caller's to clear.
type AddedUser struct {
	User     uuid.UUID
	Slot     string
	Rings    []domain.Ring
	Identity *vault.Identity
}

// Cost is how dear each guess of a passphrase is made on this machine: 256 MiB of memory, the floor in a training world
// (security.md 4.2).
func (w *Workspace) Cost() vault.KDF {
	if w.Me().Training {
		return vault.TestKDF
	}
	return vault.DefaultKDF
}

// AddUser makes a slot for a user. Somebody who stands in the mission directory with the role gets the rings of the role
// that the caller holds; anybody else gets open and audit, and the rest by [Workspace.GrantRings] after headquarters has
// signed the user in. Faults: V-WEAK, V-EXISTS for a label that is taken or a user who is here, E-VALUE, E-ROLE.
func (w *Workspace) AddUser(ctx context.Context, user NewUser, kdf vault.KDF) (*AddedUser, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if !user.Role.Valid() || !worksHere(user.Role, w.me.HQ) {
		return nil, fault.Newf("E-ROLE", string(user.Role), "role does not work on this machine")
	}
	if user.Alias == "" {
		return nil, fault.Newf("E-VALUE", "label", "empty")
	}
	for _, reader := range w.reg.Readers() {
		if reader.Label == user.Alias && !reader.Removed {
			return nil, fault.Newf("V-EXISTS", user.Alias, "label is taken")
		}
	}
	if user.ID == uuid.Nil {
		user.ID = uuid.New()
	}
	if _, here := w.node.Card(user.ID); here {
		return nil, fault.Newf("V-EXISTS", user.Alias, "user has a slot here")
	}
	identity, err := vault.NewIdentity(user.ID)
	if err != nil {
		return nil, err
	}
	var rings []domain.Ring
	may := w.permitted(user.ID, user.Role)
	if user.Signed {
		may = user.Role.Rings()
	}
	for _, ring := range may {
		if w.reg.Holds(ring) {
			rings = append(rings, ring)
		}
	}
	// The card first: a user without a slot opens nothing, a slot without a card could not be used.
	node := w.node
	node.Users = append(slices.Clone(node.Users), UserCard{User: user.ID, Alias: user.Alias, Role: user.Role})
	if err := w.saveNode(ctx, &node); err != nil {
		return nil, err
	}
	slot, err := w.reg.AddUser(ctx, register.UserSpec{Identity: identity, Label: user.Alias, Passphrase: user.Passphrase, Rings: rings}, kdf)
	if err != nil {
		node.Users = node.Users[:len(node.Users)-1]
		return nil, joinFaults(err, w.saveNode(ctx, &node))
	}
	node.Users[len(node.Users)-1].Slot = slot
	if err := w.saveNode(ctx, &node); err != nil {
		return nil, err
	}
	w.noteLocked("user-add", "", user.ID)
	return &AddedUser{User: user.ID, Slot: slot, Rings: rings, Identity: identity}, nil
}

// joinFaults keeps the first error the one that a person sees.
func joinFaults(first, second error) error {
	if second == nil {
		return first
	}
	return fmt.Errorf("%w (and: %w)", first, second)
}

func (w *Workspace) saveNode(ctx context.Context, node *Node) error {
	if err := w.reg.Update(ctx, node.save); err != nil {
		return err
	}
	w.node = *node
	return nil
}

// GrantRings gives every user of this machine the rings that the mission directory permits, the caller holds and the user
// lacks. It returns the labels of those who got any.
func (w *Workspace) GrantRings(ctx context.Context) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var granted []string
	for _, reader := range w.reg.Readers() {
		card, ok := w.cardOf(reader)
		if !ok || reader.Removed || !w.named(card, reader.Recipient) {
			continue
		}
		var rings []domain.Ring
		for _, ring := range w.permitted(card.User, card.Role) {
			if w.reg.Holds(ring) && !slices.Contains(reader.Rings, ring) {
				rings = append(rings, ring)
			}
		}
		if len(rings) == 0 {
			continue
		}
		if err := w.reg.AddReader(ctx, reader.Slot, rings); err != nil {
			return granted, err
		}
		w.noteLocked("user-grant", "", card.User)
		granted = append(granted, reader.Label)
	}
	return granted, nil
}

// named reports whether the mission directory names the recipient of a slot as the user's own: nobody gets a ring on the
// word of a card.
func (w *Workspace) named(card UserCard, recipient string) bool {
	for _, mission := range w.missions() {
		if entry, ok := mission.User(trust.UserName(card.User)); ok && slices.Contains(entry.Recipients, recipient) {
			return true
		}
	}
	return false
}

// SetCertificate stores what headquarters signed for a user of this machine. Fault E-CASE for somebody who is none.
func (w *Workspace) SetCertificate(ctx context.Context, user uuid.UUID, certificate *ssh.Certificate) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	node := w.node
	node.Users = slices.Clone(node.Users)
	for i := range node.Users {
		if node.Users[i].User == user {
			node.Users[i].Certificate = certificate
			return w.saveNode(ctx, &node)
		}
	}
	return fault.New("E-CASE", "", nil)
}

// RemoveUser takes a user's slot away at once and gives every ring of it that the caller holds a new key. The rings
// returned wait for a user who holds them, whose next unlock does it (security.md 4.4). Faults: V-PASS for a slot that is
// not there, E-VALUE for the own one.
func (w *Workspace) RemoveUser(ctx context.Context, slot string) (waiting []domain.Ring, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if slot == w.reg.Slot() {
		return nil, fault.Newf("E-VALUE", "user", "nobody removes the own slot")
	}
	var gone uuid.UUID
	for _, reader := range w.reg.Readers() {
		if reader.Slot == slot {
			if card, ok := w.cardOf(reader); ok {
				gone = card.User
			}
		}
	}
	if err := w.reg.RemoveUser(ctx, slot); err != nil {
		return nil, err
	}
	for _, reader := range w.reg.Readers() {
		if reader.Slot == slot {
			waiting = reader.Rings
		}
	}
	w.noteLocked("user-remove", "", gone)
	node := w.node
	node.Users = slices.DeleteFunc(slices.Clone(node.Users), func(card UserCard) bool { return card.User == gone && gone != uuid.Nil })
	return waiting, w.saveNode(ctx, &node)
}

// ChangePassphrase seals the own identity under a new passphrase. Faults: V-PASS when the old one is wrong, V-WEAK.
func (w *Workspace) ChangePassphrase(ctx context.Context, old, passphrase []byte, kdf vault.KDF) error {
	reg := w.Register()
	if reg == nil {
		return fault.New("V-LOCKED", "", nil)
	}
	if err := reg.ChangePassphrase(ctx, old, passphrase, kdf); err != nil {
		return err
	}
	w.Audit("passphrase", "", uuid.Nil)
	return nil
}

// HeldRings lists the rings of the unlocked user.
func (w *Workspace) HeldRings() []domain.Ring {
	reg := w.Register()
	if reg == nil {
		return nil
	}
	return slices.DeleteFunc(reg.Rings(), func(ring domain.Ring) bool { return !reg.Holds(ring) })
}

// Rotate gives rings new keys for the same readers; none named means all that the user holds. With reseal the data keys
// are new too and every row is sealed anew, which also shuts out whoever copied keys while entitled (security.md 4.4);
// progress, which may be nil, then counts the rows of each ring. Fault E-ROLE for a ring that is not held.
func (w *Workspace) Rotate(ctx context.Context, rings []domain.Ring, reseal bool, progress func(ring domain.Ring, done, total int)) ([]domain.Ring, error) {
	reg := w.Register()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	if len(rings) == 0 {
		rings = w.HeldRings()
	}
	for _, ring := range rings {
		if !reg.Holds(ring) {
			return nil, fault.Newf("E-ROLE", ring.String(), "ring not held")
		}
	}
	var done []domain.Ring
	for _, ring := range rings {
		err := error(nil)
		if reseal {
			err = reg.Reseal(ctx, ring, func(rows, total int) {
				if progress != nil {
					progress(ring, rows, total)
				}
			})
		} else {
			err = reg.Rotate(ctx, ring)
		}
		if err != nil {
			return done, err
		}
		done = append(done, ring)
	}
	w.Audit("rotate", "", uuid.Nil)
	return done, nil
}
