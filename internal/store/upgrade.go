package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
)

// A migration leads to a version of the tables from the one before it.
type migration struct {
	version int // the one that it results in
	script  string
}

// migrations are all steps from version 1 on, in order. What a step makes must stand in schema with the same text, so that
// a register that was brought here and a new one cannot be told apart.
var migrations = []migration{
	{2, failedTries},
	{3, ""}, // object rows may be behind their operations, which a program of version 2 would not make up for
}

// Version is that of the tables in the file, at most [SchemaVersion].
func (e *SQLite) Version() int { return e.version }

// Upgrade brings the tables to [SchemaVersion] and runs fill on them, all in one transaction: afterwards the file is of the
// new version as a whole, or exactly as it was.
func (e *SQLite) Upgrade(ctx context.Context, fill func(Writer) error) error {
	err := e.update(ctx, func(t *transaction) error {
		if err := t.begin(); err != nil {
			return err
		}
		for _, step := range migrations {
			if step.version <= e.version {
				continue
			}
			if _, err := e.conn.ExecContext(context.Background(), fmt.Sprintf("%s PRAGMA user_version=%d;", step.script, step.version)); err != nil {
				return err
			}
		}
		return fill(t)
	})
	if err == nil {
		e.version = SchemaVersion
	}
	return err
}

// Digests says what every table of the file holds.
func (e *SQLite) Digests(ctx context.Context) (map[string]Digest, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	defer e.give()
	all, err := digests(ctx, e.conn)
	return all, explain(e.path, err)
}

// putBackSuffix ends the name of a whole, flushed copy that takes the place of the register. As soon as it has this name
// it is the register: whoever finds it finishes the exchange.
const putBackSuffix = ".restore"

// PutBack replaces the register by a copy that [SQLite.Copy] made, and goes on with it. The lock stays. A power cut leaves
// the register as it was before, or as in the copy. After an error the engine is closed.
func (e *SQLite) PutBack(ctx context.Context, snapshot string) (err error) {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	if err := fsx.Copy(e.path+putBackSuffix, snapshot); err != nil {
		return explain(e.path, err)
	}
	defer func() {
		if err != nil {
			e.closed = true
			err = errors.Join(explain(e.path, err), e.closeFile())
		}
	}()
	lock := e.lock
	e.lock = nil
	if err := e.closeFile(); err != nil {
		e.lock = lock
		return err
	}
	e.conn, e.db, e.raw, e.lock = nil, nil, nil, lock
	if err := finishPutBack(e.path); err != nil {
		return err
	}
	again, err := open(ctx, e.path, "rw")
	if err != nil {
		return err
	}
	e.db, e.conn, e.statements, e.next, e.version = again.db, again.conn, again.statements, again.next, again.version
	return nil
}

// finishPutBack gives a copy that was to replace the register its name, if there is one. The log belongs to the register
// that goes; it must be gone before, since it would be read into the new one. The caller holds the lock.
func finishPutBack(path string) error {
	if _, err := os.Stat(path + putBackSuffix); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := removeAll(path+"-wal", path+"-journal"); err != nil {
		return err
	}
	if err := fsx.SyncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Rename(path+putBackSuffix, path); err != nil {
		return err
	}
	return fsx.SyncFolder(filepath.Dir(path))
}

// Tries returns how many wrong passphrases of each slot were counted; none in a register of a version without the table.
func (e *SQLite) Tries(ctx context.Context) (tries map[[8]byte]int, err error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	defer e.give()
	if e.version < 2 {
		return nil, nil
	}
	rows, err := e.conn.QueryContext(ctx, "SELECT slot, tries FROM failed_try")
	if err != nil {
		return nil, explain(e.path, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	tries = map[[8]byte]int{}
	for rows.Next() {
		var slot []byte
		var n int
		if err := rows.Scan(&slot, &n); err != nil {
			return nil, err
		}
		if len(slot) != 8 {
			return nil, fault.Newf("V-DAMAGED", e.path, "slot of %d bytes", len(slot))
		}
		tries[[8]byte(slot)] = n
	}
	return tries, explain(e.path, rows.Err())
}

// SetTries stores the count of a slot durably; 0 forgets the slot. A register of a version without the table stays as it
// is.
func (e *SQLite) SetTries(ctx context.Context, slot [8]byte, tries int) error {
	return e.update(ctx, func(t *transaction) error {
		switch {
		case e.version < 2:
			return nil
		case tries == 0:
			return t.run("DELETE FROM failed_try WHERE slot=?", slot[:])
		}
		return t.run("INSERT INTO failed_try(slot, tries) VALUES(?,?) ON CONFLICT(slot) DO UPDATE SET tries=excluded.tries", slot[:], tries)
	})
}
