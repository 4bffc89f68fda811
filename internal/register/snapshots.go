package register

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/store"
)

// snapshotPrefix begins the names of the copies that an upgrade makes of the register before it changes anything.
const snapshotPrefix = "before-v"

// settle makes final what a change of keys or an erasure took away: in the register itself, and in the copies that an
// upgrade left in the folder of backups, which still hold the erased case and open with the old passphrases.
func (v *Vault) settle(ctx context.Context) error {
	return errors.Join(v.engine.Finalise(ctx), v.dropSnapshots())
}

func (v *Vault) dropSnapshots() error {
	folder := filepath.Join(v.dir, backupFolder)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.New("V-DISK", folder, err)
	}
	var failures error
	dropped := false
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !strings.HasPrefix(entry.Name(), snapshotPrefix) {
			continue
		}
		dropped = true
		failures = errors.Join(failures, store.Shred(filepath.Join(folder, entry.Name())))
	}
	if dropped {
		failures = errors.Join(failures, fsx.SyncFolder(folder))
	}
	if failures != nil {
		return fault.New("V-DISK", folder, failures)
	}
	return nil
}
