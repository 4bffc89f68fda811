package register

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// HeaderBytes are the exact bytes of the header and its MAC that the register works with.
func (r *Register) HeaderBytes() []byte {
	r.memory.RLock()
	defer r.memory.RUnlock()
	return bytes.Join([][]byte{r.vault.content, r.vault.mac}, nil)
}

// StoredTries are the counted wrong passphrases of a slot, from the file.
func (r *Register) StoredTries(ctx context.Context) (int, error) {
	tries, err := r.vault.engine.Tries(ctx)
	return tries[r.slot], err
}

// WrappedKeys are the sealed data keys of a scope, as they stand in the file.
func (r *Register) WrappedKeys(ctx context.Context, scope uuid.UUID) (wrapped [][]byte, err error) {
	err = r.vault.engine.View(ctx, func(reader store.Reader) error {
		for number, held := range r.rings {
			for row, err := range reader.DataKeys(number) {
				if err != nil {
					return err
				}
				if place, ok := held.byID[vault.KeyID(row.ID)]; ok && held.data[place].Scope == scope {
					wrapped = append(wrapped, slices.Clone(row.Wrapped))
				}
			}
		}
		return nil
	})
	return wrapped, err
}

// LoadUpgraded is the second half of Unlock, with the upgrade of an older register.
func (v *Vault) LoadUpgraded(ctx context.Context, slot string, identity *vault.Identity) (*Register, error) {
	chosen := v.header.SlotNamed(slot)
	r, err := v.load(ctx, chosen, identity)
	if err != nil {
		return nil, err
	}
	return v.upgraded(ctx, chosen, r)
}

// EngineIntegrity is SQLite's own check of the file alone.
func (v *Vault) EngineIntegrity(ctx context.Context) error { return v.engine.Integrity(ctx) }
