package store

import (
	"database/sql"
	"iter"

	"feltbok/internal/domain"
)

// Blobs implements [Reader].
func (t *transaction) Blobs(c domain.Compartment) iter.Seq2[[16]byte, error] {
	return func(yield func([16]byte, error) bool) {
		var blob sql.RawBytes
		ended := false
		err := t.rows("SELECT DISTINCT blob_id FROM attachment_chunk WHERE compartment=? ORDER BY blob_id", []any{int64(c)}, func(rows *sql.Rows) (bool, error) {
			if err := rows.Scan(&blob); err != nil {
				return false, err
			}
			id, err := id16(blob)
			if err != nil {
				return false, err
			}
			ended = !yield(id, nil)
			return !ended, nil
		})
		if err != nil && !ended {
			yield([16]byte{}, err)
		}
	}
}

// Parts implements [Reader].
func (t *transaction) Parts(blob [16]byte) iter.Seq2[uint32, error] {
	return func(yield func(uint32, error) bool) {
		var part int64
		ended := false
		err := t.rows("SELECT part FROM attachment_chunk WHERE blob_id=? ORDER BY part", []any{blob[:]}, func(rows *sql.Rows) (bool, error) {
			if err := rows.Scan(&part); err != nil {
				return false, err
			}
			ended = !yield(uint32(part), nil)
			return !ended, nil
		})
		if err != nil && !ended {
			yield(0, err)
		}
	}
}

// ResealOperation implements [Writer].
func (t *transaction) ResealOperation(o Operation) error {
	return t.changeOne("UPDATE operation SET row_id=?, head=?, body=? WHERE seq=? AND compartment=?", o.Row[:], o.Head, present(o.Body), o.Seq, int64(o.Compartment))
}

// ResealObject implements [Writer].
func (t *transaction) ResealObject(was [16]byte, o Object) error {
	return t.changeOne("UPDATE object SET row_id=?, head=?, body=? WHERE row_id=? AND compartment=?", o.Row[:], o.Head, present(o.Body), was[:], int64(o.Compartment))
}
