package store

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"feltbok/internal/fault"
)

// explain gives an error of SQLite or of the file system the reason code that a person needs. Others pass unchanged.
func explain(where string, err error) error {
	if err == nil || fault.Code(err) != "" || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		if code := codeOf(failure.Code()); code != "" {
			return fault.New(code, where, err)
		}
		return err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR): // no folder, or a file where one belongs
		return fault.New("V-MISSING", where, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.New("V-READONLY", where, err)
	case errors.Is(err, syscall.ENOSPC):
		return fault.New("V-SPACE", where, err)
	}
	return err
}

// codeOfError is codeOf for an error of SQLite; "" for others.
func codeOfError(err error) string {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		return codeOf(failure.Code())
	}
	return ""
}

// codeOf maps a result code of SQLite, extended or not, to a reason code; "" when it is none of the disk's.
func codeOf(result int) string {
	switch result & 0xff {
	case sqlite3.SQLITE_FULL:
		return "V-SPACE"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return "V-READONLY"
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return "V-DISK"
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return "V-DAMAGED"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "V-BUSY"
	}
	return ""
}

// isUnique reports whether an insert was refused because its key exists.
func isUnique(err error) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) &&
		(failure.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || failure.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
