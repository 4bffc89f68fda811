package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
)

// SQLite is the engine for a register that one program at a time has open.
type SQLite struct {
	path string
	lock *flock.Flock
	db   *sql.DB
	conn *sql.Conn // the one connection, taken for as long as the engine is open

	// turn holds one token; who has it may use conn and statements. A channel, so that waiting can be cancelled.
	turn       chan struct{}
	statements map[string]*sql.Stmt // by their text
	saver      saver
	next       int64   // the next number of an operation
	version    int     // of the tables in the file
	around     *around // set when the file is read around damage
	closed     bool
	raw        *os.File // the main file beside SQLite, opened when it was first looked through

	grownMutex sync.Mutex
	grown      chan struct{} // closed when operations were added, and then taken away; nil while nobody waits for that
}

// Open takes the lock of the register in a folder and opens its file. V-MISSING without one, V-BUSY when another program
// has it open, V-PRAGMA when SQLite does not take the settings, V-DAMAGED when the file is not a register.
func Open(ctx context.Context, dir string) (*SQLite, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err != nil {
		return nil, explain(dir, err)
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	if err := finishPutBack(path); err != nil {
		return nil, errors.Join(explain(dir, err), lock.Close())
	}
	e, err := open(ctx, path, "rw")
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	e.lock = lock
	return e, nil
}

// Create makes an empty register in an existing folder, lets fill write its first content, and only then gives the file
// its name: a register that exists is complete. V-EXISTS when there is one already.
func Create(ctx context.Context, dir string, fill func(Writer) error) error {
	return create(ctx, dir, func(e *SQLite) error { return e.Update(ctx, fill) })
}

func create(ctx context.Context, dir string, fill func(*SQLite) error) (err error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); err == nil {
		return fault.Newf("V-EXISTS", dir, "folder has a register already")
	}
	lock, err := takeLock(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	part := path + fsx.PartSuffix
	if err := removeAll(part, part+"-wal", part+"-journal"); err != nil {
		return explain(dir, err)
	}
	// An empty file of our own, since SQLite would let the group read.
	if err := os.WriteFile(part, nil, 0o600); err != nil {
		return explain(dir, err)
	}
	e, err := open(ctx, part, "rwc")
	if err != nil {
		return errors.Join(err, removeAll(part))
	}
	err = fill(e)
	if err == nil {
		err = e.Finalise(ctx)
	}
	// Closing the only connection writes the log back and removes it, so that one file remains to be renamed.
	if err = errors.Join(err, e.Close()); err != nil {
		return errors.Join(err, removeAll(part, part+"-wal"))
	}
	if err := os.Rename(part, path); err != nil {
		return explain(dir, err)
	}
	return fsx.SyncFolder(dir)
}

func removeAll(paths ...string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Lock keeps other programs away from the register in a folder until release is called: V-BUSY.
func Lock(dir string) (release func() error, err error) {
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	return lock.Close, nil
}

func takeLock(dir string) (*flock.Flock, error) {
	// Opened for writing, so that a folder on a read-only medium is noticed here and not at the first save.
	lock := flock.New(filepath.Join(dir, LockName), flock.SetFlag(os.O_CREATE|os.O_RDWR))
	taken, err := lock.TryLock()
	if err != nil {
		return nil, explain(dir, errors.Join(err, lock.Close()))
	}
	if !taken {
		return nil, errors.Join(fault.Newf("V-BUSY", dir, "another program has the register open"), lock.Close())
	}
	return lock, nil
}

func open(ctx context.Context, path, mode string) (e *SQLite, err error) {
	name, err := sourceName(path, mode)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, explain(path, err)
	}
	db.SetMaxOpenConns(1)
	e = &SQLite{path: path, db: db, turn: make(chan struct{}, 1), statements: map[string]*sql.Stmt{}}
	defer func() {
		if err != nil {
			err = errors.Join(explain(path, err), e.closeFile())
			e = nil
		}
	}()
	if e.conn, err = db.Conn(ctx); err != nil {
		return e, err
	}
	if err = e.prepare(ctx, mode); err != nil {
		return e, err
	}
	err = e.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq),0)+1 FROM operation").Scan(&e.next)
	if err != nil && codeOfError(err) != "V-DAMAGED" { // then whoever reads the rows meets the damage
		return e, err
	}
	err = nil
	e.turn <- struct{}{}
	return e, nil
}

// prepare applies the settings and reads them back. A file that is no register is refused before anything in it changes.
func (e *SQLite) prepare(ctx context.Context, mode string) error {
	if mode == copyMode {
		return e.prepareCopy(ctx)
	}
	if strings.HasSuffix(mode, aroundMark) {
		return e.prepareAround(ctx)
	}
	if mode == "ro" {
		return e.checkVersion(ctx)
	}
	for i, s := range settings {
		if i == settingsBeforeReading && mode == "rw" {
			if err := e.checkVersion(ctx); err != nil {
				return err
			}
		}
		if _, err := e.conn.ExecContext(ctx, "PRAGMA "+s.name+"="+s.value); err != nil {
			return err
		}
	}
	if mode == "rwc" {
		if err := e.createTables(ctx); err != nil {
			return err
		}
	}
	if _, err := e.conn.ExecContext(ctx, saving); err != nil {
		return err
	}
	return e.checkSettings(ctx)
}

func (e *SQLite) createTables(ctx context.Context) error {
	script := fmt.Sprintf("BEGIN IMMEDIATE; PRAGMA application_id=%d; PRAGMA user_version=%d; %s COMMIT;", applicationID, SchemaVersion, schema)
	_, err := e.conn.ExecContext(ctx, script)
	e.version = SchemaVersion
	return err
}

func (e *SQLite) checkVersion(ctx context.Context) error {
	var application, version int
	if err := e.conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return err
	}
	if err := e.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if application != applicationID || version < 1 {
		return fault.Newf("V-DAMAGED", e.path, "file is not a register")
	}
	if version > SchemaVersion {
		return fault.Newf("V-VERSION", e.path, "register has version %d, this program knows %d", version, SchemaVersion)
	}
	e.version = version
	return nil
}

func (e *SQLite) checkSettings(ctx context.Context) error {
	for _, s := range settings {
		var value string
		if err := e.conn.QueryRowContext(ctx, "PRAGMA "+s.name).Scan(&value); err != nil {
			return err
		}
		if !strings.EqualFold(value, s.readBack) {
			return fault.Newf("V-PRAGMA", e.path, "%s is %s and should be %s", s.name, value, s.readBack)
		}
	}
	return nil
}

// take waits for the turn; give must follow.
func (e *SQLite) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-e.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	if e.closed {
		e.give()
		return os.ErrClosed
	}
	return nil
}

func (e *SQLite) give() { e.turn <- struct{}{} }

// View implements [Engine]. Nobody else can write while it has the turn, so no transaction is needed (G3).
func (e *SQLite) View(ctx context.Context, fn func(Reader) error) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	t := &transaction{engine: e, next: e.next}
	if e.around != nil {
		return explain(e.path, fn(&aroundReader{t, e.around}))
	}
	return explain(e.path, fn(t))
}

// Update implements [Engine].
func (e *SQLite) Update(ctx context.Context, fn func(Writer) error) error {
	return e.update(ctx, func(t *transaction) error { return fn(t) })
}

func (e *SQLite) update(ctx context.Context, fn func(*transaction) error) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	if e.around != nil {
		return fault.Newf("V-SALVAGE", filepath.Dir(e.path), "a damaged register is not written")
	}
	t := &transaction{engine: e, next: e.next, waiting: true}
	done := false
	defer func() {
		if !done {
			t.rollBack()
		}
	}()
	if err := fn(t); err != nil {
		return explain(e.path, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.commit(); err != nil {
		return explain(e.path, err)
	}
	done = true
	if t.next != e.next {
		e.next = t.next
		e.wake()
	}
	return nil
}

// wake has whoever follows the operations look again.
func (e *SQLite) wake() {
	e.grownMutex.Lock()
	defer e.grownMutex.Unlock()
	if e.grown != nil {
		close(e.grown)
		e.grown = nil
	}
}

// Tail implements [Engine].
func (e *SQLite) Tail(ctx context.Context, after int64, fn func(seq int64) error) error {
	for {
		e.grownMutex.Lock()
		if e.grown == nil {
			e.grown = make(chan struct{})
		}
		grown := e.grown
		e.grownMutex.Unlock()
		if err := e.take(ctx); err != nil {
			return err
		}
		next := e.next
		e.give()
		for after+1 < next { // numbers have no gaps (G5)
			after++
			if err := fn(after); err != nil {
				return err
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Finalise implements [Engine]: with secure_delete on, what was dropped is gone once the log is empty (security.md 3.7).
func (e *SQLite) Finalise(ctx context.Context) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	if e.around != nil {
		return fault.Newf("V-SALVAGE", filepath.Dir(e.path), "a damaged register is not written")
	}
	var busy, log, done int
	if err := e.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
		return explain(e.path, err)
	}
	if busy != 0 {
		return fault.Newf("V-BUSY", e.path, "the log could not be written back")
	}
	return explain(e.path, e.settleLog(ctx))
}

// Close implements [Engine].
func (e *SQLite) Close() error {
	<-e.turn
	defer e.give()
	if e.closed {
		return nil
	}
	e.closed = true
	e.wake()
	return e.closeFile()
}

func (e *SQLite) closeFile() error {
	err := e.closeSaver()
	for _, statement := range e.statements {
		err = errors.Join(err, statement.Close())
	}
	if e.conn != nil {
		err = errors.Join(err, e.conn.Close())
	}
	if e.db != nil {
		err = errors.Join(err, e.db.Close())
	}
	if e.raw != nil {
		err = errors.Join(err, e.raw.Close())
	}
	if e.lock != nil {
		err = errors.Join(err, e.lock.Close())
	}
	return err
}

// statement prepares a statement once. Transactions are never interrupted halfway by a context: they are checked
// before the commit, and watching a context costs more than most statements.
func (e *SQLite) statement(text string) (*sql.Stmt, error) {
	if s := e.statements[text]; s != nil {
		return s, nil
	}
	s, err := e.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	e.statements[text] = s
	return s, nil
}

func (e *SQLite) run(text string, args ...any) error {
	s, err := e.statement(text)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return err
}
