package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
)

// Digest says what a table holds: the number of rows and SHA-256 over the sealed rows in the order of their keys.
type Digest struct {
	Rows int64
	Hash [32]byte
}

// digested are the tables with their columns, each in the order of its key. The rowid of a table without a number of its
// own is not content.
var digested = map[string]string{
	"header":           "SELECT id, json, mac FROM header ORDER BY id",
	"data_key":         "SELECT key_id, ring, wrapped FROM data_key ORDER BY key_id",
	"operation":        "SELECT seq, compartment, row_id, head, body FROM operation ORDER BY seq",
	"object":           "SELECT row_id, compartment, head, body FROM object ORDER BY row_id",
	"attachment_chunk": "SELECT blob_id, part, compartment, body FROM attachment_chunk ORDER BY blob_id, part",
	"system_value":     "SELECT ring, name, value FROM system_value ORDER BY ring, name",
	"failed_try":       "SELECT slot, tries FROM failed_try ORDER BY slot",
}

// tablesSince are the tables that versions after the first added.
var tablesSince = map[string]int{"failed_try": 2}

// Copy implements [Engine] as security.md 10.3: checkpoint, VACUUM INTO a part file, flush, rename; then the copy is
// opened again read-only, checked for integrity and compared with the source row by row. V-BACKUP when it differs, and
// the copy is removed.
func (e *SQLite) Copy(ctx context.Context, path string) error {
	if err := e.Finalise(ctx); err != nil {
		return err
	}
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	if _, err := os.Stat(path); err == nil {
		return fault.Newf("V-EXISTS", path, "there is a file already")
	}
	part := path + fsx.PartSuffix
	if err := removeAll(part); err != nil {
		return explain(path, err)
	}
	if err := e.vacuumInto(ctx, part); err != nil {
		return errors.Join(explain(path, err), removeAll(part))
	}
	source, err := digests(ctx, e.conn)
	if err != nil {
		return errors.Join(explain(e.path, err), removeAll(part))
	}
	copied, err := CheckFile(ctx, part)
	if err == nil && !maps.Equal(source, copied) {
		err = fault.Newf("V-BACKUP", path, "the copy differs from the register")
	}
	if err != nil {
		return errors.Join(err, removeAll(part))
	}
	if err := os.Rename(part, path); err != nil {
		return explain(path, err)
	}
	return fsx.SyncFolder(filepath.Dir(path))
}

func (e *SQLite) vacuumInto(ctx context.Context, part string) error {
	if _, err := e.conn.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return err
	}
	if err := os.Chmod(part, 0o600); err != nil {
		return err
	}
	file, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// CheckFile opens the file of a register or a copy read-only, runs SQLite's integrity check and returns the digest of
// every table; V-DAMAGED when the check finds something.
func CheckFile(ctx context.Context, path string) (_ map[string]Digest, err error) {
	e, err := open(ctx, path, "ro")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := e.integrity(ctx); err != nil {
		return nil, explain(path, err)
	}
	all, err := digests(ctx, e.conn)
	return all, explain(path, err)
}

// Integrity runs SQLite's own check of the file; V-DAMAGED when it finds something.
func (e *SQLite) Integrity(ctx context.Context) error {
	if err := e.take(ctx); err != nil {
		return err
	}
	defer e.give()
	return explain(e.path, e.integrity(ctx))
}

func (e *SQLite) integrity(ctx context.Context) error {
	var result string
	if err := e.conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return fault.Newf("V-DAMAGED", e.path, "integrity check: %s", result)
	}
	return nil
}

func digests(ctx context.Context, conn *sql.Conn) (map[string]Digest, error) {
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return nil, err
	}
	all := make(map[string]Digest, len(digested))
	for table, query := range digested {
		if tablesSince[table] > version {
			continue
		}
		digest, err := digestOf(ctx, conn, query)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", table, err)
		}
		all[table] = digest
	}
	return all, nil
}

func digestOf(ctx context.Context, conn *sql.Conn, query string) (d Digest, err error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return d, err
	}
	values := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	hash := sha256.New()
	var length [8]byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return d, err
		}
		d.Rows++
		for _, value := range values {
			binary.BigEndian.PutUint64(length[:], uint64(len(value)))
			hash.Write(length[:])
			hash.Write(value)
		}
	}
	copy(d.Hash[:], hash.Sum(nil))
	return d, rows.Err()
}
