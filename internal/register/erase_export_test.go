package register

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// EraseUnproven is the first half of Erase: what a program has done that is killed right after the commit.
func (r *Register) EraseUnproven(ctx context.Context, caseID uuid.UUID, operation oplog.Name, also func(*Tx) error) error {
	var gone store.Remains
	return r.transact(ctx, func(tx *Tx) error { return tx.erase(caseID, operation, also, &gone) })
}

// DataKeys gives the data keys of a held ring that are in memory, those of erased cases as zeros.
func (r *Register) DataKeys(number domain.Ring) (keys []vault.Key) {
	for _, key := range r.rings[number].data {
		keys = append(keys, key.Key)
	}
	return keys
}

// UpdateUnproven is Update without the proof after it: what a program has done that is killed right after the commit.
func (r *Register) UpdateUnproven(ctx context.Context, fn func(*Tx) error) error {
	return r.transact(ctx, fn)
}
