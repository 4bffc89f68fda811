package workspace

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/register"
)

// TravelLock puts the workspace under travel lock and closes it (security.md 4.8): from then on no passphrase opens it,
// only the code does, see [Release]. When it fails before that, the workspace stays open and nothing has changed.
func (w *Workspace) TravelLock(ctx context.Context, code TravelCode) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	w.noteLocked("travel-lock", "", uuid.Nil)
	if err := w.flushAudit(ctx); err != nil {
		return err
	}
	err := w.reg.TravelLock(ctx, code)
	if err != nil && w.reg.Identity() != nil {
		return err // still open
	}
	w.drop()
	return err
}

// Wipe closes the workspace and destroys it: keys first, then every file of its folder (security.md 4.8). What is not
// anywhere else is lost, so the caller has asked sync/exchange.CrossingOf before, or the user twice. A wipe that was
// interrupted is ended by [Wipe].
func (w *Workspace) Wipe(ctx context.Context, progress func(step string)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	w.audit = nil // goes with the rest
	dir := w.dir
	err := w.reg.Lock()
	w.drop()
	if err != nil {
		return err
	}
	return register.Wipe(ctx, dir, progress)
}

// drop forgets everything that was open, after the register was locked.
func (w *Workspace) drop() {
	w.search.Clear()
	clear(w.entries)
	clear(w.conflicts)
	clear(w.tips)
	clear(w.subscribers)
	w.node.wipe()
	w.reg = nil
}
