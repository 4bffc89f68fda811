package register

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"filippo.io/age"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

const (
	canaryLabel  = "feltbok/v1/canary\x00"
	canaryRandom = 32
)

// newCanary makes the value of [SystemCanary] for the vault of a header.
func newCanary(header *vault.Header) ([]byte, error) {
	slot := recoverySlot(header)
	if slot == nil {
		return nil, errors.New("vault has no recovery slot")
	}
	plain := slices.Concat([]byte(canaryLabel), header.Vault[:], make([]byte, canaryRandom))
	defer clear(plain)
	random := plain[len(plain)-canaryRandom:]
	rand.Read(random)
	sum := sha256.Sum256(random)
	box, err := vault.SealBox(plain, []string{slot.To})
	if err != nil {
		return nil, err
	}
	return slices.Concat(sum[:], box), nil
}

// plantFirstCanary puts the canary into a register that is being made and counts it in the root of open.
func plantFirstCanary(w store.Writer, header *vault.Header, keys *vault.SystemKeys, root *vault.Root) error {
	value, err := newCanary(header)
	if err != nil {
		return err
	}
	sealed, tag, err := vault.SealSystem(&keys.System, header.Vault, domain.RingOpen, SystemCanary, 1, value)
	if err != nil {
		return err
	}
	root.Sum.Toggle(vault.NewElements(&keys.State).Of(vault.SystemTable, vault.SystemRowID(SystemCanary), 1, tag))
	root.Rows++
	return w.PutSystem(store.SystemValue{Ring: domain.RingOpen, Name: SystemCanary, Value: sealed})
}

// plantCanary gives a vault that was made without a canary one; a vault that has one keeps it.
func (tx *Tx) plantCanary() error {
	old, err := tx.System(domain.RingOpen, SystemCanary)
	if err != nil || len(old) > 0 {
		return err
	}
	value, err := newCanary(tx.register.vault.header)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOpen, SystemCanary, value)
}

// Canary opens the canary with headquarters' recovery identity: R-BOX when it is missing, does not open or is another
// vault's.
func (r *Register) Canary(identity age.Identity) error {
	value, err := r.System(domain.RingOpen, SystemCanary)
	if err != nil {
		return err
	}
	where := r.VaultID().String()
	if len(value) <= sha256.Size {
		return fault.Newf("R-BOX", where, "vault has no canary")
	}
	plain, err := vault.OpenBox(value[sha256.Size:], identity)
	if err != nil {
		return fault.New("R-BOX", where, err)
	}
	defer clear(plain)
	id := r.VaultID()
	random, bound := bytes.CutPrefix(plain, slices.Concat([]byte(canaryLabel), id[:]))
	sum := sha256.Sum256(random)
	if !bound || len(random) != canaryRandom || !bytes.Equal(sum[:], value[:sha256.Size]) {
		return fault.Newf("R-BOX", where, "canary belongs to another vault or was exchanged")
	}
	return nil
}

func recoverySlot(header *vault.Header) *vault.Slot {
	i := slices.IndexFunc(header.Slots, func(s *vault.Slot) bool { return s.Kind == vault.RecoverySlot })
	if i < 0 {
		return nil
	}
	return header.Slots[i]
}

// OpenCopy opens a backup for reading: no lock is taken, no byte of the file changes and nothing appears beside it. What
// a copy still has pending stays pending. V-MISSING, V-BACKUP when a log lies beside the file, V-DAMAGED, V-VERSION, V-HEADER,
// V-TRAVEL.
func OpenCopy(ctx context.Context, file string) (*Vault, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	engine, err := store.OpenCopy(ctx, path)
	if err != nil {
		return nil, err
	}
	v := &Vault{dir: path, engine: engine, clock: clock.System{}, copied: true}
	if err := v.readHeader(ctx); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return v, nil
}

// Recovery is the recipient of headquarters' recovery identity that the header names; empty when it names none.
func (v *Vault) Recovery() string {
	if slot := recoverySlot(v.header); slot != nil {
		return slot.To
	}
	return ""
}

// Recover opens the vault by headquarters' recovery identity, with the same checks as [Vault.Unlock]: V-RING also when the
// identity is not the one that the header names. Rings that do not list recovery stay closed; [Vault.ProveRings] tells.
// The register has no user: it can read everything, and give the vault a new user with [Register.ReplaceUsers].
func (v *Vault) Recover(ctx context.Context, identity *age.HybridIdentity) (*Register, error) {
	slot := recoverySlot(v.header)
	if slot == nil || identity == nil || slot.To != identity.Recipient().String() {
		return nil, fault.Newf("V-RING", domain.RingOpen.String(), "vault is sealed to another recovery identity")
	}
	return v.load(ctx, slot, &vault.Identity{Age: identity})
}

// RingProof says whether headquarters' recovery identity opens one ring of a vault.
type RingProof struct {
	Ring       domain.Ring
	ID         string // 32 hex digits
	Generation uint32
	Readers    int   // recovery included
	Err        error // V-RING, for open also V-HEADER; nil when the ring opens and its MAC holds
}

// ProveRings opens the file of every ring of the header with the recovery identity and checks its MAC, for open also that of
// the header. It goes on after a ring that fails.
func (v *Vault) ProveRings(identity *age.HybridIdentity) []RingProof {
	slot := recoverySlot(v.header)
	proofs := make([]RingProof, 0, len(v.header.Rings))
	for _, entry := range v.header.Rings {
		proof := RingProof{Ring: entry.Ring, ID: fmt.Sprintf("%x", entry.ID[:]), Generation: entry.Generation, Readers: len(entry.Readers)}
		var key vault.Key
		switch {
		case slot == nil || !entry.Reads(slot.ID):
			proof.Err = fault.Newf("V-RING", entry.Ring.String(), "recovery is not among the readers")
		case entry.Ring == domain.RingOpen:
			key, proof.Err = v.header.OpenFirstRing(slot.ID, identity, v.content, v.mac)
		default:
			key, proof.Err = v.header.OpenRing(entry, identity)
		}
		key.Clear()
		proofs = append(proofs, proof)
	}
	return proofs
}

// Integrity runs the engine's own check of the whole file, and looks at what lies between the rows: V-DAMAGED.
func (r *Register) Integrity(ctx context.Context) error {
	r.rows.RLock()
	defer r.rows.RUnlock()
	if r.locked {
		return ErrLocked
	}
	if err := r.noted(r.vault.engine.Integrity(ctx)); err != nil {
		return err
	}
	return r.noted(r.vault.engine.CheckUnused(ctx))
}

// CheckRing opens every body of one held ring, beyond what unlocking proved: V-ROW, V-DAMAGED.
func (r *Register) CheckRing(ctx context.Context, number domain.Ring) (CheckReport, error) {
	r.rows.RLock()
	defer r.rows.RUnlock()
	if r.locked {
		return CheckReport{}, ErrLocked
	}
	held := r.rings[number]
	if held == nil {
		return CheckReport{}, fmt.Errorf("%s: %w", number, ErrNotHeld)
	}
	var report CheckReport
	err := r.noted(r.vault.engine.View(ctx, func(reader store.Reader) error { return r.checkBodies(ctx, reader, held, &report) }))
	return report, err
}

// ReplaceUsers gives a vault that was opened by [Vault.Recover] one user and takes the slots of all others away, for when
// nobody knows a passphrase any more: every ring gets a new key, sealed to recovery and, where the user asks for the ring,
// to the user. One transaction; the new slot is returned. V-WEAK.
func (r *Register) ReplaceUsers(ctx context.Context, user UserSpec, kdf vault.KDF) (string, error) {
	if own := recoverySlot(r.vault.header); own == nil || own.ID != r.slot {
		return "", errors.New("only recovery replaces the users of a vault")
	}
	slot, err := r.newUserSlot(user, &kdf)
	if err != nil {
		return "", err
	}
	err = r.changeHeader(ctx, func(c *headerChange) error {
		for _, old := range c.header.Slots {
			if old.Kind == vault.PassphraseSlot {
				old.Remove()
			}
		}
		c.header.Slots = append(c.header.Slots, slot)
		for _, number := range user.Rings {
			if c.header.Ring(number) == nil {
				return fmt.Errorf("%s: %w", number, ErrNotHeld)
			}
		}
		for _, entry := range slices.Clone(c.header.Rings) {
			readers := c.present(entry.Readers)
			if slices.Contains(user.Rings, entry.Ring) {
				readers = append(readers, slot.ID)
			}
			if err := c.reseal(entry.Ring, readers, true); err != nil {
				return err
			}
		}
		return c.rotateRemoved() // drops the removed slots, which no ring lists any more
	})
	return slot.ID.String(), err
}

// Rings are the rings that a vault has, in the order of their numbers.
func (r *Register) Rings() []domain.Ring {
	r.memory.RLock()
	defer r.memory.RUnlock()
	rings := make([]domain.Ring, 0, len(r.vault.header.Rings))
	for _, entry := range r.vault.header.Rings {
		rings = append(rings, entry.Ring)
	}
	return rings
}
