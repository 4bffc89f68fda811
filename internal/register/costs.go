package register

import (
	"context"
	"slices"

	"feltbok/internal/vault"
)

// RaiseCosts seals the own identity anew under the same passphrase when its slot costs a guesser less than headquarters
// asks for by now (security.md 4.2), and reports whether it did. A slot that costs more keeps what it has. V-PASS when the
// passphrase is not that of the slot: nothing changes then.
func (r *Register) RaiseCosts(ctx context.Context, passphrase []byte, least vault.KDF) (raised bool, err error) {
	slot := r.vault.header.Slot(r.slot)
	if slot == nil || slot.KDF == slot.KDF.AtLeast(least) {
		return false, nil
	}
	err = r.changeHeader(ctx, func(c *headerChange) error {
		i := slices.IndexFunc(c.header.Slots, func(s *vault.Slot) bool { return s.ID == r.slot })
		slot := c.header.Slots[i]
		identity, err := slot.Open(c.header.Vault, passphrase)
		if err != nil {
			return err
		}
		defer identity.Clear()
		return slot.Change(c.header.Vault, identity, passphrase, slot.KDF.AtLeast(least))
	})
	return err == nil, err
}
