package store

import (
	"context"
	"os"

	"feltbok/internal/fault"
)

// copyMode opens a file that nobody writes: SQLite takes no lock on it, looks for no log and leaves no file beside it.
const copyMode = "ro&immutable=1"

// copySettings guard the reader of a file that may come from anywhere.
var copySettings = []setting{
	{"temp_store", "MEMORY", "2"},
	{"mmap_size", "0", "0"},
	{"trusted_schema", "OFF", "0"},
	{"cell_size_check", "ON", "1"},
	{"query_only", "ON", "1"},
}

// OpenCopy opens a backup for reading only: no lock is taken, no byte of the file is changed, and nothing appears beside it.
// V-MISSING without the file, V-DAMAGED when it is no register, V-BACKUP when a log lies beside it: then it is not a backup
// but a register in use, whose latest changes are in the log.
func OpenCopy(ctx context.Context, path string) (*SQLite, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, explain(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.Newf("V-MISSING", path, "not a file")
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return nil, fault.Newf("V-BACKUP", path, "a log of unwritten changes lies beside the file")
	}
	return open(ctx, path, copyMode)
}

// prepareCopy judges the file and sets up the connection of a reader.
func (e *SQLite) prepareCopy(ctx context.Context) error {
	for _, s := range copySettings {
		if _, err := e.conn.ExecContext(ctx, "PRAGMA "+s.name+"="+s.value); err != nil {
			return err
		}
	}
	return e.checkVersion(ctx)
}
