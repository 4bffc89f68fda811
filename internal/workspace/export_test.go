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

// ReadsOnRecord counts the P3 and P4 objects whose reading in this unlock period is on record.
func (w *Workspace) ReadsOnRecord() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.auditRead)
}
