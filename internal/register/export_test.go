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

// Kill closes the file as the end of the process does: nothing more is written.
func (r *Register) Kill() error { return r.vault.engine.Close() }

// StoreWaiting writes the object rows of a ring that are behind.
func (r *Register) StoreWaiting(ctx context.Context, number domain.Ring) error {
	r.rows.Lock()
	defer r.rows.Unlock()
	return r.storeWaiting(ctx, number)
}

// Waiting counts the objects of a ring whose rows are behind.
func (r *Register) Waiting(number domain.Ring) int {
	r.memory.RLock()
	defer r.memory.RUnlock()
	return len(r.rings[number].waiting)
}

// WaitingValues gives the memory of the values of the objects of a ring whose rows are behind.
func (r *Register) WaitingValues(number domain.Ring) (contents [][]byte) {
	for _, object := range r.rings[number].waiting {
		for _, field := range object.state.Fields {
			for _, head := range field.Heads {
				contents = append(contents, head.Value)
			}
		}
	}
	return contents
}

// MaxBehind is how many operations the rows of a ring may lack.
const MaxBehind = maxBehind

// PlantCanary is what an upgrade does to a vault without a canary.
func PlantCanary(tx *Tx) error { return tx.plantCanary() }
