package register

import (
	"context"
	"iter"

	"feltbok/internal/domain"
	"feltbok/internal/vault"
)

// Bodies is for measuring: the opened bodies of objects, not parsed.
func (r *Register) Bodies(ctx context.Context, c domain.Compartment, f Filter) iter.Seq2[[]byte, error] {
	return scan(ctx, r, c, f, (*sealedBody).open)
}

// Identify is the first half of Unlock, up to the end of the key derivation.
func (v *Vault) Identify(slot string, passphrase []byte) (*vault.Identity, error) {
	return v.header.SlotNamed(slot).Open(v.header.Vault, passphrase)
}

// Load is the second half of Unlock.
func (v *Vault) Load(ctx context.Context, slot string, identity *vault.Identity) (*Register, error) {
	return v.load(ctx, v.header.SlotNamed(slot), identity)
}

// PlantCanary is what an upgrade does to a vault without a canary.
func PlantCanary(tx *Tx) error { return tx.plantCanary() }
