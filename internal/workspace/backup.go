package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"feltbok/internal/fault"
	"feltbok/internal/register"
)

// CheckReport says what [Workspace.Check] went through.
type CheckReport = register.CheckReport

// Backup copies the register, as sealed as it is, to a new file and compares the copy (security.md 10.3). The copy opens
// with the same passphrases. Nothing is overwritten. Faults: V-EXISTS when the file is there, V-BACKUP when the copy differs,
// E-FILE when the folder cannot be written, V-LOCKED.
func (w *Workspace) Backup(ctx context.Context, path string) error {
	reg := w.Register()
	if reg == nil {
		return fault.New("V-LOCKED", "", nil)
	}
	switch _, err := os.Stat(path); {
	case err == nil:
		return fault.New("V-EXISTS", filepath.Base(path), nil)
	case !errors.Is(err, fs.ErrNotExist):
		return fault.New("E-FILE", filepath.Base(path), err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fault.New("E-FILE", filepath.Base(filepath.Dir(path)), err)
	}
	if err := reg.Backup(ctx, path); err != nil {
		return err
	}
	w.Audit("backup", "", uuid.Nil)
	return nil
}

// Check proves the whole register anew: file, keys, roots, ledger and every body of the rings that the user holds. It
// writes nothing. The first thing that does not fit is the error.
func (w *Workspace) Check(ctx context.Context) (CheckReport, error) {
	reg := w.Register()
	if reg == nil {
		return CheckReport{}, fault.New("V-LOCKED", "", nil)
	}
	return reg.Check(ctx)
}
