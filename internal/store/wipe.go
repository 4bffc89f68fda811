package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
)

// wipedMark begins the file of a register whose content was overwritten. SQLite refuses such a file.
var wipedMark = []byte("feltbok/v1/wiped\n")

// beside are the endings of the files that SQLite and this package lay beside a register's file.
var beside = []string{"-wal", "-journal", "-shm"}

// rings is how many rings a register may have.
const rings = domain.Ring(8)

// Wiped reports whether the file of a register was overwritten by [Wipe], which then was not ended.
func Wiped(dir string) bool {
	start, err := beginning(filepath.Join(dir, FileName), len(wipedMark))
	return err == nil && bytes.Equal(start, wipedMark)
}

// Wipe makes a register useless for ever and removes it (security.md 4.8). It needs no key. First one transaction
// replaces the header by the given one and deletes all wrapped data keys, and a checkpoint makes that final; a file that
// SQLite cannot change is overwritten as it is. Then others is called while the register is still locked, to remove what
// lies around it. The register's own file goes last, so that until then it shows that a wipe was begun: whenever the
// program is stopped, calling Wipe again goes on. An error of others keeps the file. V-MISSING, V-BUSY, V-READONLY.
func Wipe(ctx context.Context, dir string, header []byte, others func() error) error {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err != nil {
		return explain(dir, err)
	}
	lock, err := dropKeys(ctx, dir, header)
	if err != nil {
		return err
	}
	err = stamp(path)
	if err == nil {
		err = others()
	}
	if err = errors.Join(err, lock.Close()); err != nil {
		return explain(dir, err)
	}
	if err := removeAll(filepath.Join(dir, LockName), path); err != nil {
		return explain(dir, err)
	}
	return explain(dir, fsx.SyncFolder(dir))
}

// dropKeys takes the register's lock and deletes its keys by a transaction. Where SQLite cannot do that, the lock is all
// that is taken, and the caller overwrites the file.
func dropKeys(ctx context.Context, dir string, header []byte) (*flock.Flock, error) {
	if Wiped(dir) {
		return takeLock(dir)
	}
	e, err := Open(ctx, dir)
	if err != nil {
		if code := fault.Code(err); code == "V-BUSY" || code == "V-READONLY" || ctx.Err() != nil {
			return nil, err
		}
		return takeLock(dir)
	}
	lock := e.lock
	e.lock = nil // is kept when the engine closes
	err = e.Update(ctx, func(w Writer) error { return replaceByMark(w, header) })
	if err != nil && ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), e.Close(), lock.Close())
	}
	if err == nil {
		// From here on there is no way back, so nothing is given up any more.
		err = e.Finalise(context.WithoutCancel(ctx))
	}
	// What failed by SQLite is done by overwriting the file, whatever its state.
	_ = errors.Join(err, e.Close())
	return lock, nil
}

func replaceByMark(w Writer, header []byte) error {
	old, _, err := w.Header()
	var was [32]byte
	switch {
	case err == nil:
		was = sha256.Sum256(old)
	case !errors.Is(err, ErrAbsent):
		return err
	}
	if err := w.PutHeader(header, []byte{}, was); err != nil {
		return err
	}
	for ring := domain.Ring(1); ring <= rings; ring++ {
		var ids [][16]byte
		for key, err := range w.DataKeys(ring) {
			if err != nil {
				return err
			}
			ids = append(ids, key.ID)
		}
		for _, id := range ids {
			if err := w.DropDataKey(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// stamp overwrites a register's file: first its beginning by the mark, then what SQLite laid beside it, then the rest.
func stamp(path string) error {
	return overwrite(path, func() error {
		for _, ending := range beside {
			if err := Shred(path + ending); err != nil {
				return err
			}
		}
		return nil
	})
}

// overwrite puts the mark at the beginning of a file, calls after, and replaces the rest by zeros, which it then cuts off.
func overwrite(path string, after func() error) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteAt(wipedMark, 0); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := after(); err != nil {
		return err
	}
	return zero(file, int64(len(wipedMark)))
}

// zero overwrites a file from a place on, flushes it, and cuts it there.
func zero(file *os.File, from int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	for left := info.Size() - from; left > 0; {
		n, err := file.Write(zeros[:min(left, int64(len(zeros)))])
		if err != nil {
			return err
		}
		left -= int64(n)
	}
	return errors.Join(file.Sync(), file.Truncate(from), file.Sync())
}

// Shred overwrites a file with zeros, flushes them and removes the file. A missing file is no error. On flash, and on
// file systems that never write in place, old blocks may stay: what is deleted must have been sealed. A copy of a register
// that was overwritten only in part is still one for [IsRegister].
func Shred(path string) error {
	err := overwrite(path, func() error { return nil })
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return removeAll(path)
}

// IsRegister reports whether a file is a register or a copy of one, whatever its name, or lies beside one, or was one and
// is being wiped.
func IsRegister(path string) bool {
	for _, ending := range beside {
		if file, cut := strings.CutSuffix(path, ending); cut && IsRegister(file) {
			return true
		}
	}
	if start, err := beginning(path, len(wipedMark)); err == nil && bytes.Equal(start, wipedMark) {
		return true
	}
	// The application's mark stands at byte 68 of a file of SQLite.
	start, err := beginning(path, 72)
	return err == nil && bytes.HasPrefix(start, []byte("SQLite format 3\x00")) && binary.BigEndian.Uint32(start[68:]) == applicationID
}

func beginning(path string, n int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	start := make([]byte, n)
	_, err = io.ReadFull(file, start)
	return start, err
}
