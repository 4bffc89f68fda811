package store

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"feltbok/internal/domain"
)

// transaction reads and writes by the prepared statements of the engine whose turn it has.
type transaction struct {
	engine *SQLite
	next   int64
	// What was asked for and is not written yet, while nothing has begun: an operation, and the system values that came after it.
	// Most transactions save one answer and consist of just these; see commit.
	waiting bool
	late    *Operation
	values  []SystemValue
}

var _ Writer = (*transaction)(nil)

// statement gives a prepared statement inside the transaction, which begins now if it has not.
func (t *transaction) statement(text string) (*sql.Stmt, error) {
	if err := t.begin(); err != nil {
		return nil, err
	}
	return t.engine.statement(text)
}

func (t *transaction) run(text string, args ...any) error {
	if err := t.begin(); err != nil {
		return err
	}
	return t.engine.run(text, args...)
}

// begin opens the transaction and writes what waits.
func (t *transaction) begin() error {
	if !t.waiting {
		return nil
	}
	t.waiting = false
	if err := t.engine.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if t.late == nil {
		return nil
	}
	if err := t.append(t.late); err != nil || t.values == nil {
		return err
	}
	return t.PutSystem(t.values...)
}

// commit makes the writes durable.
func (t *transaction) commit() error {
	if t.waiting && t.late != nil && t.values != nil {
		return known(t.engine.saveOne(t.late, &t.values[0], &t.values[1]))
	}
	if t.waiting && t.late == nil {
		return nil
	}
	if err := t.begin(); err != nil {
		return err
	}
	return t.engine.run("COMMIT")
}

// rollBack undoes what has begun.
func (t *transaction) rollBack() {
	if !t.waiting {
		// After some errors SQLite has rolled back by itself; then this fails and nothing is open either.
		_ = t.engine.run("ROLLBACK")
	}
}

// row runs a query for at most one row; [ErrAbsent] when there is none.
func (t *transaction) row(text string, args []any, into ...any) error {
	s, err := t.statement(text)
	if err != nil {
		return err
	}
	err = s.QueryRow(args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrAbsent
	}
	return err
}

// rows runs a query and calls each for every row until it returns false.
func (t *transaction) rows(text string, args []any, each func(*sql.Rows) (more bool, err error)) (err error) {
	s, err := t.statement(text)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if more, err := each(rows); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// Header implements [Reader].
func (t *transaction) Header() (json, mac []byte, err error) {
	err = t.row("SELECT json, mac FROM header WHERE id=1", nil, &json, &mac)
	return json, mac, err
}

// DataKeys implements [Reader].
func (t *transaction) DataKeys(ring domain.Ring) iter.Seq2[DataKey, error] {
	return func(yield func(DataKey, error) bool) {
		var id, wrapped sql.RawBytes
		ended := false
		err := t.rows("SELECT key_id, wrapped FROM data_key WHERE ring=? ORDER BY key_id", []any{int64(ring)}, func(rows *sql.Rows) (bool, error) {
			if err := rows.Scan(&id, &wrapped); err != nil {
				return false, err
			}
			key, err := id16(id)
			if err != nil {
				return false, err
			}
			ended = !yield(DataKey{ID: key, Ring: ring, Wrapped: wrapped}, nil)
			return !ended, nil
		})
		if err != nil && !ended {
			yield(DataKey{}, err)
		}
	}
}

// Operations implements [Reader].
func (t *transaction) Operations(after int64) iter.Seq2[OperationHead, error] {
	return func(yield func(OperationHead, error) bool) {
		var row, head sql.RawBytes
		var seq, compartment int64
		ended := false
		err := t.rows("SELECT seq, compartment, row_id, head FROM operation WHERE seq>? ORDER BY seq", []any{after}, func(rows *sql.Rows) (bool, error) {
			if err := rows.Scan(&seq, &compartment, &row, &head); err != nil {
				return false, err
			}
			id, err := id16(row)
			if err != nil {
				return false, err
			}
			ended = !yield(OperationHead{Seq: seq, Compartment: domain.Compartment(compartment), Row: id, Head: head}, nil)
			return !ended, nil
		})
		if err != nil && !ended {
			yield(OperationHead{}, err)
		}
	}
}

// Operation implements [Reader].
func (t *transaction) Operation(seq int64) (Operation, error) {
	o := Operation{OperationHead: OperationHead{Seq: seq}}
	var row []byte
	var compartment int64
	err := t.row("SELECT compartment, row_id, head, body FROM operation WHERE seq=?", []any{seq}, &compartment, &row, &o.Head, &o.Body)
	if err != nil {
		return Operation{}, err
	}
	o.Compartment = domain.Compartment(compartment)
	o.Row, err = id16(row)
	return o, err
}

// Objects implements [Reader].
func (t *transaction) Objects() iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		var row, head sql.RawBytes
		var compartment int64
		ended := false
		err := t.rows("SELECT row_id, compartment, head FROM object", nil, func(rows *sql.Rows) (bool, error) {
			if err := rows.Scan(&row, &compartment, &head); err != nil {
				return false, err
			}
			id, err := id16(row)
			if err != nil {
				return false, err
			}
			ended = !yield(Object{Row: id, Compartment: domain.Compartment(compartment), Head: head}, nil)
			return !ended, nil
		})
		if err != nil && !ended {
			yield(Object{}, err)
		}
	}
}

// Object implements [Reader].
func (t *transaction) Object(row [16]byte) (Object, error) {
	o := Object{Row: row}
	var compartment int64
	err := t.row("SELECT compartment, head, body FROM object WHERE row_id=?", []any{row[:]}, &compartment, &o.Head, &o.Body)
	o.Compartment = domain.Compartment(compartment)
	return o, err
}

// ObjectsFrom implements [Reader]. The bodies are not copied: this driver gives each row memory of its own, and the
// conformance suite would notice if that changed. Copying them is a third of the cost of a scan.
func (t *transaction) ObjectsFrom(c domain.Compartment, position int64, limit int) iter.Seq2[PlacedObject, error] {
	return func(yield func(PlacedObject, error) bool) {
		var row, body sql.RawBytes
		var place int64
		ended := false
		const text = "SELECT rowid, row_id, body FROM object WHERE compartment=? AND rowid>? ORDER BY rowid LIMIT ?"
		err := t.rows(text, []any{int64(c), position, limit}, func(rows *sql.Rows) (bool, error) {
			if err := rows.Scan(&place, &row, &body); err != nil {
				return false, err
			}
			id, err := id16(row)
			if err != nil {
				return false, err
			}
			ended = !yield(PlacedObject{Object: Object{Row: id, Compartment: c, Body: body}, Position: place}, nil)
			return !ended, nil
		})
		if err != nil && !ended {
			yield(PlacedObject{}, err)
		}
	}
}

// Chunk implements [Reader].
func (t *transaction) Chunk(blob [16]byte, part uint32) (Chunk, error) {
	c := Chunk{Blob: blob, Part: part}
	var compartment int64
	err := t.row("SELECT compartment, body FROM attachment_chunk WHERE blob_id=? AND part=?", []any{blob[:], int64(part)}, &compartment, &c.Body)
	c.Compartment = domain.Compartment(compartment)
	return c, err
}

// System implements [Reader].
func (t *transaction) System(ring domain.Ring, name int64) (value []byte, err error) {
	err = t.row("SELECT value FROM system_value WHERE ring=? AND name=?", []any{int64(ring), name}, &value)
	return value, err
}

// SystemValues implements [Reader].
func (t *transaction) SystemValues() iter.Seq2[SystemValue, error] {
	return func(yield func(SystemValue, error) bool) {
		var ring, name int64
		var value sql.RawBytes
		ended := false
		err := t.rows("SELECT ring, name, value FROM system_value ORDER BY ring, name", nil, func(rows *sql.Rows) (bool, error) {
			if err := rows.Scan(&ring, &name, &value); err != nil {
				return false, err
			}
			ended = !yield(SystemValue{Ring: domain.Ring(ring), Name: name, Value: value}, nil)
			return !ended, nil
		})
		if err != nil && !ended {
			yield(SystemValue{}, err)
		}
	}
}

// NextSeq implements [Reader].
func (t *transaction) NextSeq() int64 { return t.next }

// Append implements [Writer].
func (t *transaction) Append(o Operation) error {
	if err := t.follows(&o); err != nil {
		return err
	}
	err := t.append(&o)
	if err == nil {
		t.next++
	}
	return err
}

// AppendLate implements [Writer].
func (t *transaction) AppendLate(o Operation) error {
	if !t.waiting || t.late != nil {
		return t.Append(o)
	}
	if err := t.follows(&o); err != nil {
		return err
	}
	t.late = &o
	t.next++
	return nil
}

func (t *transaction) follows(o *Operation) error {
	if o.Seq != t.next {
		return fmt.Errorf("operation %d, expected %d: %w", o.Seq, t.next, ErrSequence)
	}
	return nil
}

func (t *transaction) append(o *Operation) error {
	return known(t.run("INSERT INTO operation(seq, compartment, row_id, head, body) VALUES(?,?,?,?,?)",
		o.Seq, int64(o.Compartment), o.Row[:], o.Head, present(o.Body)))
}

// known is [ErrKnown] for what SQLite says of a row id that exists, and any other error as it is.
func known(err error) error {
	if err != nil && isUnique(err) {
		return ErrKnown
	}
	return err
}

// Blank implements [Writer].
func (t *transaction) Blank(row [16]byte, head []byte) error {
	return t.changeOne("UPDATE operation SET head=?, body=x'' WHERE row_id=?", head, row[:])
}

// PutHeader implements [Writer].
func (t *transaction) PutHeader(json, mac []byte, was [32]byte) error {
	old, _, err := t.Header()
	if err != nil && !errors.Is(err, ErrAbsent) {
		return err
	}
	if hash := sha256.Sum256(old); (err == nil && hash != was) || (err != nil && was != [32]byte{}) {
		return ErrStale
	}
	return t.run("INSERT INTO header(id, json, mac) VALUES(1,?,?) ON CONFLICT(id) DO UPDATE SET json=excluded.json, mac=excluded.mac", json, mac)
}

// PutDataKey implements [Writer].
func (t *transaction) PutDataKey(k DataKey) error {
	return t.run("INSERT INTO data_key(key_id, ring, wrapped) VALUES(?,?,?) ON CONFLICT(key_id) DO UPDATE SET ring=excluded.ring, wrapped=excluded.wrapped",
		k.ID[:], int64(k.Ring), k.Wrapped)
}

// DropDataKey implements [Writer].
func (t *transaction) DropDataKey(id [16]byte) error {
	return t.changeOne("DELETE FROM data_key WHERE key_id=?", id[:])
}

// PutObject implements [Writer].
func (t *transaction) PutObject(o Object) error {
	return t.run("INSERT INTO object(row_id, compartment, head, body) VALUES(?,?,?,?) ON CONFLICT(row_id) DO UPDATE SET compartment=excluded.compartment, head=excluded.head, body=excluded.body",
		o.Row[:], int64(o.Compartment), o.Head, present(o.Body))
}

// DropObject implements [Writer].
func (t *transaction) DropObject(row [16]byte) error {
	return t.run("DELETE FROM object WHERE row_id=?", row[:])
}

// PutChunk implements [Writer].
func (t *transaction) PutChunk(c Chunk) error {
	return t.run("INSERT INTO attachment_chunk(blob_id, part, compartment, body) VALUES(?,?,?,?) ON CONFLICT(blob_id, part) DO UPDATE SET compartment=excluded.compartment, body=excluded.body",
		c.Blob[:], int64(c.Part), int64(c.Compartment), present(c.Body))
}

// DropBlob implements [Writer].
func (t *transaction) DropBlob(blob [16]byte) error {
	return t.run("DELETE FROM attachment_chunk WHERE blob_id=?", blob[:])
}

// PutSystem implements [Writer].
func (t *transaction) PutSystem(values ...SystemValue) error {
	if len(values) == 0 {
		return nil
	}
	if t.waiting && t.late != nil && t.values == nil && len(values) == 2 {
		t.values = values
		return nil
	}
	args := make([]any, 0, 3*len(values))
	for _, v := range values {
		args = append(args, int64(v.Ring), v.Name, v.Value)
	}
	return t.run("INSERT INTO system_value(ring, name, value) VALUES(?,?,?)"+strings.Repeat(",(?,?,?)", len(values)-1)+
		" ON CONFLICT(ring, name) DO UPDATE SET value=excluded.value", args...)
}

// changeOne runs a change that must meet exactly one row; [ErrAbsent] when it meets none.
func (t *transaction) changeOne(text string, args ...any) error {
	s, err := t.statement(text)
	if err != nil {
		return err
	}
	result, err := s.Exec(args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, ErrAbsent)
	}
	return nil
}

// present turns a nil slice into an empty one, which SQLite stores as an empty blob and not as NULL.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func id16(b []byte) (id [16]byte, err error) {
	if len(b) != len(id) {
		return id, fmt.Errorf("row id of %d bytes", len(b))
	}
	return [16]byte(b), nil
}
