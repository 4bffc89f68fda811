package register

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/store"
)

// Blobs lists the attachments of a compartment that have chunks.
func (r *Register) Blobs(ctx context.Context, c domain.Compartment) (blobs []uuid.UUID, err error) {
	err = r.vault.engine.View(ctx, func(reader store.Reader) error {
		for blob, err := range reader.Blobs(c) {
			if err != nil {
				return err
			}
			blobs = append(blobs, blob)
		}
		return nil
	})
	return blobs, err
}
