// Package fsx writes files so that a reader sees the old content or the new, never a part of either.
//
// Nothing else in the program creates a final path. The contents handed in are sealed already: this package
// never sees plain text of a case.
package fsx

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// PartSuffix ends the name of a file that is still being written. Readers ignore such files.
const PartSuffix = ".part"

// WriteAtomic writes a file with mode 0600 by way of path+".part": write, flush to disk, rename, flush the folder
// (security.md 6.1, 10.2). On error the final path is untouched and the part file is gone.
func WriteAtomic(path string, write func(io.Writer) error) (err error) {
	part := path + PartSuffix
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create %s: %w", filepath.Base(part), err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(file.Close()), ignoreMissing(os.Remove(part)))
		}
	}()
	if err = write(file); err != nil {
		return err
	}
	if err = file.Sync(); err != nil {
		return fmt.Errorf("flush %s: %w", filepath.Base(part), err)
	}
	if err = file.Close(); err != nil {
		return fmt.Errorf("close %s: %w", filepath.Base(part), err)
	}
	if err = os.Rename(part, path); err != nil {
		return fmt.Errorf("rename to %s: %w", filepath.Base(path), err)
	}
	return SyncFolder(filepath.Dir(path))
}

// WriteFile is [WriteAtomic] for content that is in memory.
func WriteFile(path string, content []byte) error {
	return WriteAtomic(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Copy copies a file atomically to a new place.
func Copy(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return WriteAtomic(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
