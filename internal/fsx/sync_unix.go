//go:build unix

package fsx

import (
	"errors"
	"os"
	"syscall"
)

// SyncFolder makes a rename or removal in the folder durable. File systems that cannot flush a folder (some sticks)
// are accepted: the rename itself is still atomic there.
func SyncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// FreeBytes returns how many bytes an ordinary user may still write to the file system that holds path.
func FreeBytes(path string) (int64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(path, &stat); err != nil {
		return 0, err
	}
	return int64(stat.Bavail) * int64(stat.Bsize), nil
}
