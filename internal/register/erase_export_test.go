package register

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// PutBlob stores the chunks of an attachment under the data key of a scope.
func (tx *Tx) PutBlob(c domain.Compartment, scope, blob uuid.UUID, content []byte) error {
	changed, err := tx.change(domain.RingOf(c))
	if err != nil {
		return err
	}
	place, err := tx.keyOf(changed, scope, tx.now())
	if err != nil {
		return err
	}
	for part := uint32(0); ; part++ {
		n := min(len(content), vault.ChunkContent)
		last := n == len(content)
		body, err := vault.SealChunk(&changed.key(place).Key, tx.register.vault.header.Vault, c, blob, part, last, content[:n])
		if err != nil {
			return err
		}
		if err := tx.writer.PutChunk(store.Chunk{Blob: blob, Part: part, Compartment: c, Body: body}); err != nil || last {
			return err
		}
		content = content[n:]
	}
}

// Blob opens an attachment with the newest data key of a scope; nil when there is none.
func (r *Register) Blob(ctx context.Context, c domain.Compartment, scope, blob uuid.UUID) (content []byte, err error) {
	held := r.held(c)
	place, _ := held.keyOf(scope)
	err = r.vault.engine.View(ctx, func(reader store.Reader) error {
		for chunk, err := range chunks(reader, blob) {
			if err != nil {
				return err
			}
			plain, err := vault.OpenChunk(&held.data[place].Key, r.VaultID(), c, blob, chunk.Part, vault.LastChunk(chunk.Body), chunk.Body)
			if err != nil {
				return err
			}
			content = append(content, plain...)
		}
		return nil
	})
	return content, err
}

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
