package register

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// A headerChange works on a copy of the header inside a transaction. Ring keys that it replaces stand in keys until the
// commit.
type headerChange struct {
	register     *Register
	writer       store.Writer
	header       *vault.Header
	keys         map[domain.Ring]*vault.Key
	content, mac []byte // as written
}

// changeHeader changes the header and the rows that belong to it in one transaction, then makes final what the change
// removed (security.md 4.3, 4.4).
func (r *Register) changeHeader(ctx context.Context, fn func(*headerChange) error) error {
	r.rows.Lock()
	defer r.rows.Unlock()
	err := r.transact(ctx, func(tx *Tx) error {
		change, err := tx.changeHeader()
		if err != nil {
			return err
		}
		return fn(change)
	})
	if err != nil {
		return err
	}
	return r.vault.settle(ctx)
}

// changeHeader begins a change of the header in this transaction, or returns the one that was begun. After a rotation no
// new data key may be made for that ring in the same transaction.
func (tx *Tx) changeHeader() (*headerChange, error) {
	if tx.header == nil {
		header, err := vault.ParseHeader(tx.register.vault.content)
		if err != nil {
			return nil, err
		}
		tx.header = &headerChange{register: tx.register, writer: tx.writer, header: header, keys: map[domain.Ring]*vault.Key{}}
	}
	return tx.header, nil
}

// put writes the changed header, without the removed slots that no ring lists any more.
func (c *headerChange) put() error {
	c.header.Slots = slices.DeleteFunc(c.header.Slots, func(s *vault.Slot) bool {
		return s.Kind == vault.RemovedSlot && !slices.ContainsFunc(c.header.Rings, func(e *vault.RingEntry) bool { return e.Reads(s.ID) })
	})
	err := putHeader(c.writer, c.header, c.key(domain.RingOpen), sha256.Sum256(c.register.vault.content))
	if err == nil {
		c.content, c.mac, err = c.writer.Header()
	}
	return err
}

// apply brings memory to the header that was committed.
func (c *headerChange) apply() {
	r := c.register
	r.vault.header, r.vault.content, r.vault.mac = c.header, c.content, c.mac
	for number, held := range r.rings {
		held.entry = c.header.Ring(number)
		if key := c.keys[number]; key != nil {
			held.key = *key
			held.keys = vault.DeriveRingKeys(key, c.header.Vault, number)
		}
	}
}

func (c *headerChange) clear() {
	for _, key := range c.keys {
		key.Clear()
	}
}

// key is the key of a held ring as the change leaves it.
func (c *headerChange) key(number domain.Ring) *vault.Key {
	if key := c.keys[number]; key != nil {
		return key
	}
	return &c.register.rings[number].key
}

// reseal gives a held ring to readers: with the same key, or with a new one.
func (c *headerChange) reseal(number domain.Ring, readers []vault.SlotID, rotate bool) error {
	i := slices.IndexFunc(c.header.Rings, func(e *vault.RingEntry) bool { return e.Ring == number })
	if i < 0 || c.register.rings[number] == nil {
		return fmt.Errorf("%s: %w", number, ErrNotHeld)
	}
	old := c.header.Rings[i]
	slots := make([]*vault.Slot, len(readers))
	for i, id := range readers {
		slots[i] = c.header.Slot(id)
	}
	id, generation := old.ID, old.Generation
	if rotate {
		key := vault.NewKey()
		previous := c.key(number)
		id, generation = vault.NewRingID(), old.Generation+1
		if err := c.rewrap(old, previous, &key, id); err != nil {
			return err
		}
		c.keys[number] = &key
	}
	entry, err := vault.SealRing(c.header.Vault, c.header.Training, number, id, generation, c.key(number), slots)
	if err != nil {
		return err
	}
	c.header.Rings[i] = entry
	return nil
}

// rewrap seals all data keys of a ring, the system key among them, under its new key.
func (c *headerChange) rewrap(old *vault.RingEntry, oldKey, newKey *vault.Key, id vault.RingID) error {
	opener, sealer := vault.DeriveRingKeys(oldKey, c.header.Vault, old.Ring), vault.DeriveRingKeys(newKey, c.header.Vault, old.Ring)
	defer opener.Clear()
	defer sealer.Clear()
	var rows []store.DataKey
	for row, err := range c.writer.DataKeys(old.Ring) {
		if err != nil {
			return err
		}
		key, err := vault.OpenDataKey(&opener.Wrap, c.header.Vault, old.Ring, old.ID, vault.KeyID(row.ID), row.Wrapped)
		if err != nil {
			return err
		}
		wrapped, err := vault.SealDataKey(&sealer.Wrap, c.header.Vault, old.Ring, id, &key)
		key.Key.Clear()
		if err != nil {
			return err
		}
		rows = append(rows, store.DataKey{ID: row.ID, Ring: row.Ring, Wrapped: wrapped})
	}
	for _, row := range rows {
		if err := c.writer.PutDataKey(row); err != nil {
			return err
		}
	}
	return nil
}

// Rotate gives a held ring a new key for the same readers. Rows of other rings stay as they are, byte for byte.
func (r *Register) Rotate(ctx context.Context, number domain.Ring) error {
	return r.changeHeader(ctx, func(c *headerChange) error {
		entry := c.header.Ring(number)
		if entry == nil {
			return fmt.Errorf("%s: %w", number, ErrNotHeld)
		}
		return c.reseal(number, c.present(entry.Readers), true)
	})
}

// present leaves out readers who were removed.
func (c *headerChange) present(readers []vault.SlotID) []vault.SlotID {
	return slices.DeleteFunc(slices.Clone(readers), func(id vault.SlotID) bool {
		slot := c.header.Slot(id)
		return slot == nil || slot.Kind == vault.RemovedSlot
	})
}

// newUserSlot makes a slot for somebody who comes to an existing vault; V-WEAK.
func (r *Register) newUserSlot(user UserSpec, kdf *vault.KDF) (*vault.Slot, error) {
	if err := vault.CheckPassphrase(user.Passphrase, user.Label); err != nil {
		return nil, err
	}
	if !slices.Contains(user.Rings, domain.RingOpen) {
		return nil, fmt.Errorf("user %q needs the ring of open", user.Label)
	}
	return newSlot(r.VaultID(), user, kdf)
}

// AddUser makes a slot for a user and adds it to rings, all of which the caller must hold. The slot's id is returned.
// Whether the user may read them is for the caller to judge by the mission directory (security.md 4.4).
func (r *Register) AddUser(ctx context.Context, user UserSpec, kdf vault.KDF) (string, error) {
	slot, err := r.newUserSlot(user, &kdf)
	if err != nil {
		return "", err
	}
	err = r.changeHeader(ctx, func(c *headerChange) error {
		if len(c.header.Slots) >= vault.MaxSlots {
			return fmt.Errorf("vault has %d slots already", len(c.header.Slots))
		}
		c.header.Slots = append(c.header.Slots, slot)
		for _, number := range slices.Compact(slices.Sorted(slices.Values(user.Rings))) {
			entry := c.header.Ring(number)
			if entry == nil {
				return fmt.Errorf("%s: %w", number, ErrNotHeld)
			}
			if err := c.reseal(number, append(slices.Clone(entry.Readers), slot.ID), false); err != nil {
				return err
			}
		}
		return nil
	})
	return slot.ID.String(), err
}

// RemoveUser takes a slot's box away at once and rotates every ring of it that the caller holds. Rings that the caller
// does not hold still list the slot until a holder unlocks; [Vault.Unlock] rotates those first. One cannot remove
// oneself, nor HQ recovery.
func (r *Register) RemoveUser(ctx context.Context, slot string) error {
	return r.changeHeader(ctx, func(c *headerChange) error {
		removed := c.header.SlotNamed(slot)
		if removed == nil || removed.Kind != vault.PassphraseSlot {
			return fault.Newf("V-PASS", slot, "vault has no such user")
		}
		if removed.ID == r.slot {
			return errors.New("a user cannot remove the own slot")
		}
		removed.Remove()
		return c.rotateRemoved()
	})
}

// rotateRemoved rotates the held rings that list removed slots.
func (c *headerChange) rotateRemoved() error {
	for _, entry := range slices.Clone(c.header.Rings) {
		remaining := c.present(entry.Readers)
		if len(remaining) == len(entry.Readers) || c.register.rings[entry.Ring] == nil {
			continue
		}
		if err := c.reseal(entry.Ring, remaining, true); err != nil {
			return err
		}
	}
	return nil
}

// pendingRotation reports whether a held ring still lists a removed slot.
func (r *Register) pendingRotation() bool {
	for _, held := range r.rings {
		for _, id := range held.entry.Readers {
			if slot := r.vault.header.Slot(id); slot != nil && slot.Kind == vault.RemovedSlot {
				return true
			}
		}
	}
	return false
}

// ChangePassphrase seals the own identity under a new passphrase. V-PASS when the old one is wrong, V-WEAK when the new
// one is. No ring changes, so any user can do it (security.md 4.3).
func (r *Register) ChangePassphrase(ctx context.Context, old, passphrase []byte, kdf vault.KDF) error {
	if err := vault.CheckPassphrase(passphrase); err != nil {
		return err
	}
	return r.changeHeader(ctx, func(c *headerChange) error {
		i := slices.IndexFunc(c.header.Slots, func(s *vault.Slot) bool { return s.ID == r.slot })
		identity, err := c.header.Slots[i].Open(c.header.Vault, old)
		if err != nil {
			return err
		}
		defer identity.Clear()
		return c.header.Slots[i].Change(c.header.Vault, identity, passphrase, kdf)
	})
}
