package register

import (
	"context"

	"feltbok/internal/vault"
)

// LoadAround is the second half of UnlockReadOnly.
func (v *Vault) LoadAround(ctx context.Context, slot string, identity *vault.Identity) (*Register, []Damage, error) {
	v.reading = true
	r, err := v.loadAround(ctx, v.header.SlotNamed(slot), identity)
	if err != nil {
		return nil, nil, err
	}
	return r, r.damage.list(), nil
}

// SalvageBy is Salvage without the key derivation, for the user with a label.
func SalvageBy(ctx context.Context, from, to, label string, identity *vault.Identity) (SalvageReport, error) {
	return salvage(ctx, from, to, nil, func(v *Vault) (*vault.Slot, *vault.Identity, error) {
		for _, slot := range v.header.Slots {
			if slot.Label == label {
				return slot, identity, nil
			}
		}
		panic("no such user")
	})
}
