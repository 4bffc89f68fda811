package workspace

import (
	"context"

	"github.com/google/uuid"
)

// DropDrafts is what erasing a case does first.
func (w *Workspace) DropDrafts(ctx context.Context, caseID uuid.UUID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dropDrafts(ctx, caseID)
}
