package workspace

import (
	"context"
	"strings"

	"feltbok/internal/fault"
	"feltbok/internal/register"
)

// CheckReport says what [Workspace.Check] went through.
type CheckReport = register.CheckReport

// Backup copies the register, as sealed as it is, to a new file, compares the copy and notes it on the register of backups
// (security.md 10.3, 10.4). The copy opens with the same passphrases. Nothing is overwritten. Faults: V-EXISTS when the file
// is there, V-BACKUP when the copy differs, E-FILE when the folder cannot be written, V-LOCKED.
func (w *Workspace) Backup(ctx context.Context, path string) error {
	_, err := w.BackupTo(ctx, path, "")
	return err
}

// Check proves the whole register anew: file, keys, roots, ledger and every body of the rings that the user holds. It
// writes nothing. The first thing that does not fit is the error; from then on the workspace writes nothing of its own
// accord either, not even to the audit log, for a damaged file is left as it is.
func (w *Workspace) Check(ctx context.Context) (CheckReport, error) {
	reg := w.Register()
	if reg == nil {
		return CheckReport{}, fault.New("V-LOCKED", "", nil)
	}
	report, err := reg.Check(ctx)
	if strings.HasPrefix(fault.Code(err), "V-") {
		w.mu.Lock()
		w.damaged = true
		w.mu.Unlock()
	}
	return report, err
}
