package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"feltbok/internal/fault"
)

func TestCodeOf(t *testing.T) {
	for result, want := range map[int]string{
		sqlite3.SQLITE_FULL: "V-SPACE", sqlite3.SQLITE_READONLY: "V-READONLY", sqlite3.SQLITE_READONLY_DBMOVED: "V-READONLY", sqlite3.SQLITE_PERM: "V-READONLY",
		sqlite3.SQLITE_IOERR: "V-DISK", sqlite3.SQLITE_IOERR_WRITE: "V-DISK", sqlite3.SQLITE_IOERR_FSYNC: "V-DISK", sqlite3.SQLITE_CANTOPEN: "V-DISK",
		sqlite3.SQLITE_NOTADB: "V-DAMAGED", sqlite3.SQLITE_CORRUPT: "V-DAMAGED", sqlite3.SQLITE_CORRUPT_INDEX: "V-DAMAGED",
		sqlite3.SQLITE_BUSY: "V-BUSY", sqlite3.SQLITE_LOCKED: "V-BUSY", sqlite3.SQLITE_MISUSE: "", sqlite3.SQLITE_CONSTRAINT: "",
	} {
		if got := codeOf(result); got != want {
			t.Errorf("result %d: %q, want %q", result, got, want)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("other"), ""},
		{context.Canceled, ""},
		{fault.New("V-ROW", "", os.ErrPermission), "V-ROW"},
		{fmt.Errorf("a: %w", os.ErrNotExist), "V-MISSING"},
		{fmt.Errorf("a: %w", os.ErrPermission), "V-READONLY"},
		{&os.PathError{Op: "write", Err: syscall.EROFS}, "V-READONLY"},
		{&os.PathError{Op: "write", Err: syscall.ENOSPC}, "V-SPACE"},
	} {
		if got := explain("x", tt.err); fault.Code(got) != tt.want || !errors.Is(got, tt.err) {
			t.Errorf("%v gives %v", tt.err, got)
		}
	}
}

// A full disk stops the transaction with V-SPACE, keeps what was there, and the engine goes on when there is room again.
func TestUpdate_DiskFull(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	if err := Create(ctx, dir, func(Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	e, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	put := func(name int64, size int) error {
		return e.Update(ctx, func(w Writer) error {
			return w.PutSystem(SystemValue{Ring: 1, Name: name, Value: make([]byte, size)})
		})
	}
	limit := func(pages int) {
		t.Helper()
		var got int
		if err := e.conn.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count=%d", pages)).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	if err := put(1, 100); err != nil {
		t.Fatal(err)
	}
	limit(20)
	if err := put(2, 1<<20); fault.Code(err) != "V-SPACE" {
		t.Errorf("got %v", err)
	}
	if err := put(3, 100); err != nil {
		t.Errorf("a small one afterwards: %v", err)
	}
	limit(100_000)
	if err := put(2, 1<<20); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := e.View(ctx, func(r Reader) error {
		for name := int64(1); name <= 3; name++ {
			if _, err := r.System(1, name); err != nil {
				t.Errorf("value %d: %v", name, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Each setting that does not hold is noticed by name.
func TestCheckSettings_EachOne(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	if err := Create(ctx, dir, func(Writer) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]string{
		"synchronous": "NORMAL", "secure_delete": "OFF", "temp_store": "FILE", "mmap_size": "65536", "cache_spill": "ON", "trusted_schema": "ON",
		"cell_size_check": "OFF", "foreign_keys": "OFF", "wal_autocheckpoint": "1000", "locking_mode": "NORMAL", "journal_mode": "DELETE",
	} {
		e, err := Open(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.conn.ExecContext(ctx, "PRAGMA "+name+"="+change); err != nil {
			t.Fatal(err)
		}
		if err := e.checkSettings(ctx); fault.Code(err) != "V-PRAGMA" {
			t.Errorf("%s=%s: %v", name, change, err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
