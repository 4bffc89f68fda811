package storetest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/internal/store"
)

// Rows get other keys where they stand: an operation keeps its number, an object its position, and no other row changes.
func resealed(t *testing.T, f Fixture) {
	mustAppend(t, f, 1, 3)
	mustUpdate(t, f, func(w store.Writer) error {
		for n := range byte(3) {
			for part := range uint32(2) {
				if err := w.PutChunk(store.Chunk{Blob: row(n), Part: part, Compartment: domain.Compartment(2 + n%2), Body: []byte{n}}); err != nil {
					return err
				}
			}
			if err := w.PutObject(store.Object{Row: row(n), Compartment: domain.Case, Head: []byte{n}, Body: bytes.Repeat([]byte{n}, 700)}); err != nil {
				return err
			}
		}
		return nil
	})
	positions := func() (all []int64) {
		mustView(t, f, func(r store.Reader) error {
			for _, o := range collect(t, r.ObjectsFrom(domain.Case, 0, 9), keep) {
				all = append(all, o.Position)
			}
			return nil
		})
		return all
	}
	before := positions()
	changed := operation(2, 2)
	changed.Row, changed.Head, changed.Body = row(50), []byte("head"), []byte("body")
	object := store.Object{Row: row(60), Compartment: domain.Case, Head: []byte("head"), Body: bytes.Repeat([]byte("b"), 5000)}
	mustUpdate(t, f, func(w store.Writer) error {
		elsewhere, absent := changed, changed
		elsewhere.Compartment, absent.Seq = domain.Special, 9
		for name, err := range map[string]error{
			"operation of another compartment": w.ResealOperation(elsewhere),
			"operation that is not there":      w.ResealOperation(absent),
			"object that is not there":         w.ResealObject(row(9), object),
		} {
			if !errors.Is(err, store.ErrAbsent) {
				t.Errorf("%s: %v", name, err)
			}
		}
		return errors.Join(w.ResealOperation(changed), w.ResealObject(row(1), object))
	})
	mustView(t, f, func(r store.Reader) error {
		for seq := int64(1); seq <= 3; seq++ {
			want := operation(seq, byte(seq))
			if seq == 2 {
				want = changed
			}
			got, err := r.Operation(seq)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("operation %d: %v\n%s", seq, err, diff)
			}
		}
		got, err := r.Object(row(60))
		if diff := cmp.Diff(object, got); diff != "" || err != nil {
			t.Errorf("object: %v\n%s", err, diff)
		}
		if _, err := r.Object(row(1)); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("object under its old row id: %v", err)
		}
		same := func(id [16]byte) [16]byte { return id }
		if diff := cmp.Diff([][16]byte{row(0), row(2)}, collect(t, r.Blobs(domain.Case), same)); diff != "" {
			t.Errorf("attachments:\n%s", diff)
		}
		if diff := cmp.Diff([][16]byte{row(1)}, collect(t, r.Blobs(domain.Special), same)); diff != "" {
			t.Errorf("attachments of special:\n%s", diff)
		}
		number := func(part uint32) uint32 { return part }
		if diff := cmp.Diff([]uint32{0, 1}, collect(t, r.Parts(row(1)), number)); diff != "" {
			t.Errorf("chunks of an attachment:\n%s", diff)
		}
		if parts := collect(t, r.Parts(row(9)), number); len(parts) != 0 {
			t.Errorf("an attachment that is not there has chunks %v", parts)
		}
		return nil
	})
	if diff := cmp.Diff(before, positions()); diff != "" {
		t.Errorf("positions:\n%s", diff)
	}
}
