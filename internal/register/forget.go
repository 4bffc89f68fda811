package register

import (
	"context"

	"feltbok/internal/domain"
	"feltbok/internal/store"
)

// Forget has all that this transaction takes away from now on be in no file afterwards: lines that [Tx.Blank] reduces, attachments
// that go, and the rows of objects that are written anew or dropped. After the commit the files are looked through for their sealed
// bytes, as after an erasure (security.md 3.7). Until that was done a note of it stays, and the next unlock does it.
func (tx *Tx) Forget() {
	if tx.gone == nil {
		tx.gone = &store.Remains{}
	}
}

// keepRemains adds the rows of objects that change to what goes for ever, and notes all of that until it is proven.
func (tx *Tx) keepRemains() error {
	if tx.gone == nil {
		return nil
	}
	for _, c := range tx.changes {
		if c == nil {
			continue
		}
		if _, stood := c.ring.values[SystemDrafts]; stood && c.values[SystemDrafts] != nil {
			sealed, err := tx.writer.System(c.ring.ring, SystemDrafts)
			if err != nil {
				return rowError(c.ring.compartment(), err)
			}
			tx.gone.Add(sealed)
		}
		if !c.direct {
			continue
		}
		for row := range c.objects {
			if _, exists := c.ring.objects[row]; !exists {
				continue
			}
			stored, err := tx.writer.Object(row)
			if err != nil {
				return rowError(c.ring.compartment(), err)
			}
			tx.gone.Add(stored.Body)
		}
	}
	if tx.gone.Len() == 0 {
		return nil
	}
	before, err := tx.System(domain.RingOpen, SystemRemains)
	if err != nil {
		return err
	}
	return tx.setSystem(domain.RingOpen, SystemRemains, tx.gone.AppendPieces(before, maxBodyPieces))
}

// Unproven reports whether the files have still to be looked through for something that was taken away for ever.
func (r *Register) Unproven() bool {
	r.rows.RLock()
	defer r.rows.RUnlock()
	noted, err := r.remains()
	return err == nil && len(noted) > 0
}

// remains reads the note. The caller holds r.rows, or nobody else has the register yet.
func (r *Register) remains() (noted []byte, err error) {
	if r.locked {
		return nil, ErrLocked
	}
	err = r.vault.engine.View(context.Background(), func(reader store.Reader) (err error) {
		noted, err = r.rings[domain.RingOpen].readValue(reader, r.vault.header.Vault, SystemRemains)
		return err
	})
	return noted, err
}

// proveForgotten looks for what transactions took away; gone are pieces that the note may not have room for. The caller holds r.rows.
func (r *Register) proveForgotten(ctx context.Context, gone *store.Remains) error {
	noted, err := r.remains()
	if err != nil || len(noted) == 0 {
		return err
	}
	if gone == nil {
		gone = &store.Remains{}
	}
	gone.AddPieces(noted)
	if err := r.prove(ctx, gone); err != nil {
		return err
	}
	return eraseFault(r.transact(ctx, func(tx *Tx) error { return tx.setSystem(domain.RingOpen, SystemRemains, nil) }))
}
