// Package storetest holds every engine of [feltbok/internal/store] to the guarantees of security.md 9.
package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/internal/store"
)

// Fixture is one register under test.
type Fixture struct {
	store.Engine
	// Reopen closes the engine and opens the same register again. The Fixture is replaced by the result.
	Reopen func(testing.TB) Fixture
	// Opened opens a copy that [store.Engine.Copy] wrote; the suite closes it.
	Opened func(t testing.TB, path string) store.Engine
}

// Run runs the suite. newEngine makes an empty register that is closed by t.Cleanup.
func Run(t *testing.T, newEngine func(testing.TB) Fixture) {
	for name, test := range map[string]func(*testing.T, Fixture){
		"bytes in are bytes out":        bytesInOut,
		"all or nothing":                allOrNothing,
		"operations are ordered":        operationsOrdered,
		"operations may be late":        operationsLate,
		"operations are immutable":      operationsImmutable,
		"header compare and swap":       headerSwap,
		"objects in pages":              objectsInPages,
		"rows are replaced and dropped": replacedAndDropped,
		"rows are resealed":             resealed,
		"iterations end early":          iterationsEndEarly,
		"tail misses nothing":           tailMissesNothing,
		"cancelled":                     cancelled,
		"copy":                          copied,
		"closed":                        closed,
	} {
		t.Run(name, func(t *testing.T) { test(t, newEngine(t)) })
	}
}

var background = context.Background()

func row(n byte) (id [16]byte) {
	id[0], id[15] = n, 0xee
	return id
}

func operation(seq int64, n byte) store.Operation {
	return store.Operation{OperationHead: store.OperationHead{Seq: seq, Compartment: domain.Case, Row: row(n), Head: []byte{'h', n}}, Body: bytes.Repeat([]byte{n}, 700)}
}

func mustUpdate(t testing.TB, e store.Engine, fn func(store.Writer) error) {
	t.Helper()
	if err := e.Update(background, fn); err != nil {
		t.Fatal(err)
	}
}

func mustView(t testing.TB, e store.Engine, fn func(store.Reader) error) {
	t.Helper()
	if err := e.View(background, fn); err != nil {
		t.Fatal(err)
	}
}

func mustAppend(t testing.TB, e store.Engine, from, to byte) {
	t.Helper()
	mustUpdate(t, e, func(w store.Writer) error {
		for n := from; n <= to; n++ {
			if err := w.Append(operation(int64(n), n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// collect copies what an iteration gives, since its slices are valid for one step only.
func collect[T any](t testing.TB, seq iter.Seq2[T, error], clone func(T) T) (all []T) {
	t.Helper()
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, clone(item))
	}
	return all
}

func cloneHead(h store.OperationHead) store.OperationHead {
	h.Head = bytes.Clone(h.Head)
	return h
}

func cloneObject(o store.Object) store.Object {
	o.Head, o.Body = bytes.Clone(o.Head), bytes.Clone(o.Body)
	return o
}

// The bodies of pages belong to the caller: not cloned.
func keep(o store.PlacedObject) store.PlacedObject { return o }

func cloneKey(k store.DataKey) store.DataKey {
	k.Wrapped = bytes.Clone(k.Wrapped)
	return k
}

func cloneValue(v store.SystemValue) store.SystemValue {
	v.Value = bytes.Clone(v.Value)
	return v
}

// every has one row in each table, with all byte values in each blob.
func every() (raw []byte, write func(store.Writer) error) {
	for b := range 256 {
		raw = append(raw, byte(b))
	}
	return raw, func(w store.Writer) error {
		o := operation(1, 1)
		o.Head, o.Body = raw, raw
		return errors.Join(
			w.PutHeader(raw, raw[:32], [32]byte{}),
			w.PutDataKey(store.DataKey{ID: row(1), Ring: 8, Wrapped: raw}),
			w.Append(o),
			w.PutObject(store.Object{Row: row(1), Compartment: domain.Audit, Head: raw, Body: raw}),
			w.PutChunk(store.Chunk{Blob: row(1), Part: 1<<32 - 1, Compartment: domain.Special, Body: raw}),
			w.PutSystem(store.SystemValue{Ring: 7, Name: -5, Value: raw}),
		)
	}
}

// G2, G11: everything comes back, byte for byte, also after opening again.
func bytesInOut(t *testing.T, f Fixture) {
	raw, write := every()
	mustUpdate(t, f, write)
	for range 2 {
		mustView(t, f, func(r store.Reader) error {
			json, mac, err := r.Header()
			if err != nil || !bytes.Equal(json, raw) || !bytes.Equal(mac, raw[:32]) {
				t.Errorf("header %x, %x, %v", json, mac, err)
			}
			want := operation(1, 1)
			want.Head, want.Body = raw, raw
			o, err := r.Operation(1)
			if diff := cmp.Diff(want, o); err != nil || diff != "" {
				t.Errorf("operation: %v\n%s", err, diff)
			}
			object, err := r.Object(row(1))
			if diff := cmp.Diff(store.Object{Row: row(1), Compartment: domain.Audit, Head: raw, Body: raw}, object); err != nil || diff != "" {
				t.Errorf("object: %v\n%s", err, diff)
			}
			chunk, err := r.Chunk(row(1), 1<<32-1)
			if diff := cmp.Diff(store.Chunk{Blob: row(1), Part: 1<<32 - 1, Compartment: domain.Special, Body: raw}, chunk); err != nil || diff != "" {
				t.Errorf("chunk: %v\n%s", err, diff)
			}
			value, err := r.System(7, -5)
			if err != nil || !bytes.Equal(value, raw) {
				t.Errorf("system value %x, %v", value, err)
			}
			if diff := cmp.Diff([]store.DataKey{{ID: row(1), Ring: 8, Wrapped: raw}}, collect(t, r.DataKeys(8), cloneKey)); diff != "" {
				t.Errorf("data keys:\n%s", diff)
			}
			if diff := cmp.Diff([]store.SystemValue{{Ring: 7, Name: -5, Value: raw}}, collect(t, r.SystemValues(), cloneValue)); diff != "" {
				t.Errorf("system values:\n%s", diff)
			}
			for name, err := range map[string]error{
				"operation": errorOf(r.Operation(2)), "object": errorOf(r.Object(row(2))), "chunk": errorOf(r.Chunk(row(1), 0)), "system value": errorOf(r.System(1, 1)),
			} {
				if !errors.Is(err, store.ErrAbsent) {
					t.Errorf("absent %s: %v", name, err)
				}
			}
			return nil
		})
		f = f.Reopen(t)
	}
}

func errorOf[T any](_ T, err error) error { return err }

// G1: an error, a panic and a refused row leave nothing behind.
func allOrNothing(t *testing.T, f Fixture) {
	failure := errors.New("enough")
	_, write := every()
	err := f.Update(background, func(w store.Writer) error { return errors.Join(write(w), failure) })
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = f.Update(background, func(w store.Writer) error {
			_ = write(w)
			panic("in the middle")
		})
	}()
	mustView(t, f, func(r store.Reader) error {
		if _, _, err := r.Header(); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("header: %v", err)
		}
		if n := len(collect(t, r.Operations(0), cloneHead)) + len(collect(t, r.Objects(), cloneObject)) + len(collect(t, r.SystemValues(), cloneValue)); n != 0 || r.NextSeq() != 1 {
			t.Errorf("%d rows are left, next is %d", n, r.NextSeq())
		}
		return nil
	})
	mustUpdate(t, f, write)
}

// G5, G7: numbers are dense and in order, and a known operation is refused without harm to the transaction.
func operationsOrdered(t *testing.T, f Fixture) {
	mustAppend(t, f, 1, 3)
	mustUpdate(t, f, func(w store.Writer) error {
		if got := w.NextSeq(); got != 4 {
			t.Errorf("next is %d", got)
		}
		for _, seq := range []int64{0, 3, 5} {
			if err := w.Append(operation(seq, 9)); !errors.Is(err, store.ErrSequence) {
				t.Errorf("number %d: %v", seq, err)
			}
		}
		if err := w.Append(operation(4, 2)); !errors.Is(err, store.ErrKnown) {
			t.Errorf("known operation: %v", err)
		}
		return w.Append(operation(4, 4))
	})
	f = f.Reopen(t)
	mustView(t, f, func(r store.Reader) error {
		for after, want := range map[int64][]int64{0: {1, 2, 3, 4}, 2: {3, 4}, 4: nil} {
			var got []int64
			for _, head := range collect(t, r.Operations(after), cloneHead) {
				got = append(got, head.Seq)
				if want := operation(head.Seq, byte(head.Seq)).OperationHead; !cmp.Equal(head, want) {
					t.Errorf("head %+v, want %+v", head, want)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("after %d: %v, want %v", after, got, want)
			}
		}
		if r.NextSeq() != 5 {
			t.Errorf("next is %d", r.NextSeq())
		}
		return nil
	})
}

// G6: only Blank changes an operation, and only to an empty body.
func operationsImmutable(t *testing.T, f Fixture) {
	mustAppend(t, f, 1, 2)
	mustUpdate(t, f, func(w store.Writer) error {
		if err := w.Blank(row(9), []byte("x")); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("unknown row: %v", err)
		}
		return w.Blank(row(1), []byte("stub"))
	})
	mustView(t, f, func(r store.Reader) error {
		first, err := r.Operation(1)
		if err != nil || string(first.Head) != "stub" || len(first.Body) != 0 || first.Row != row(1) {
			t.Errorf("stub is %+v, %v", first, err)
		}
		second, err := r.Operation(2)
		if err != nil || len(second.Body) != 700 {
			t.Errorf("the other is %+v, %v", second, err)
		}
		return nil
	})
}

// G8: the header is replaced only by those who saw it.
func headerSwap(t *testing.T, f Fixture) {
	put := func(json string, was [32]byte) error {
		return f.Update(background, func(w store.Writer) error { return w.PutHeader([]byte(json), []byte("mac"), was) })
	}
	if err := put("a", sha256.Sum256([]byte("x"))); !errors.Is(err, store.ErrStale) {
		t.Errorf("first header over another: %v", err)
	}
	if err := put("a", [32]byte{}); err != nil {
		t.Fatal(err)
	}
	if err := put("b", [32]byte{}); !errors.Is(err, store.ErrStale) {
		t.Errorf("first header twice: %v", err)
	}
	if err := put("b", sha256.Sum256([]byte("a"))); err != nil {
		t.Errorf("second header: %v", err)
	}
	if err := put("c", sha256.Sum256([]byte("a"))); !errors.Is(err, store.ErrStale) {
		t.Errorf("from an old header: %v", err)
	}
}

// Objects of a compartment are all met once when paged, in the same order each time.
func objectsInPages(t *testing.T, f Fixture) {
	mustUpdate(t, f, func(w store.Writer) error {
		for n := range byte(25) {
			c := domain.Case
			if n%5 == 0 {
				c = domain.Special
			}
			if err := w.PutObject(store.Object{Row: row(n), Compartment: c, Head: []byte{n}, Body: bytes.Repeat([]byte{n}, 6000)}); err != nil {
				return err
			}
		}
		return nil
	})
	mustView(t, f, func(r store.Reader) error {
		seen := map[[16]byte]bool{}
		position := int64(0)
		for pages := 0; ; pages++ {
			page := collect(t, r.ObjectsFrom(domain.Case, position, 7), keep)
			if len(page) == 0 {
				if pages != 3 {
					t.Errorf("%d pages", pages)
				}
				break
			}
			for _, o := range page {
				if seen[o.Row] || o.Position <= position || o.Compartment != domain.Case || !bytes.Equal(o.Body, bytes.Repeat(o.Row[:1], 6000)) {
					t.Errorf("object %x at %d after %d", o.Row, o.Position, position)
				}
				seen[o.Row], position = true, o.Position
			}
		}
		if len(seen) != 20 || len(collect(t, r.Objects(), cloneObject)) != 25 {
			t.Errorf("%d objects seen", len(seen))
		}
		return nil
	})
}

func replacedAndDropped(t *testing.T, f Fixture) {
	_, write := every()
	mustUpdate(t, f, write)
	mustUpdate(t, f, func(w store.Writer) error {
		return errors.Join(
			w.PutObject(store.Object{Row: row(1), Compartment: domain.Case, Head: []byte("new"), Body: nil}),
			w.PutSystem(store.SystemValue{Ring: 7, Name: -5, Value: []byte("new")}),
			w.PutDataKey(store.DataKey{ID: row(1), Ring: 8, Wrapped: []byte("new")}),
			w.PutChunk(store.Chunk{Blob: row(1), Part: 0, Compartment: domain.Special, Body: []byte("new")}),
		)
	})
	mustView(t, f, func(r store.Reader) error {
		object, err := r.Object(row(1))
		if err != nil || string(object.Head) != "new" || len(object.Body) != 0 || object.Compartment != domain.Case {
			t.Errorf("object %+v, %v", object, err)
		}
		if value, err := r.System(7, -5); err != nil || string(value) != "new" {
			t.Errorf("system value %q, %v", value, err)
		}
		return nil
	})
	mustUpdate(t, f, func(w store.Writer) error {
		if err := w.DropDataKey(row(2)); !errors.Is(err, store.ErrAbsent) {
			t.Errorf("unknown data key: %v", err)
		}
		return errors.Join(w.DropObject(row(1)), w.DropObject(row(9)), w.DropBlob(row(1)), w.DropDataKey(row(1)))
	})
	if err := f.Finalise(background); err != nil {
		t.Fatal(err)
	}
	mustView(t, f, func(r store.Reader) error {
		for name, err := range map[string]error{"object": errorOf(r.Object(row(1))), "first chunk": errorOf(r.Chunk(row(1), 0)), "last chunk": errorOf(r.Chunk(row(1), 1<<32-1))} {
			if !errors.Is(err, store.ErrAbsent) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if keys := collect(t, r.DataKeys(8), cloneKey); len(keys) != 0 {
			t.Errorf("data keys %v", keys)
		}
		return nil
	})
}

// An iteration that is broken off frees the engine for what comes next, in the same transaction too.
func iterationsEndEarly(t *testing.T, f Fixture) {
	mustAppend(t, f, 1, 9)
	mustUpdate(t, f, func(w store.Writer) error {
		for head, err := range w.Operations(0) {
			if err != nil {
				return err
			}
			if head.Seq == 2 {
				break
			}
		}
		return w.Append(operation(10, 10))
	})
	mustAppend(t, f, 11, 11)
}

// G9: a tail meets every number once, in order, those from before and those that come while it waits.
func tailMissesNothing(t *testing.T, f Fixture) {
	mustAppend(t, f, 1, 5)
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	seen := make(chan int64)
	result := make(chan error, 1)
	go func() {
		result <- f.Tail(ctx, 2, func(seq int64) error {
			seen <- seq
			return nil
		})
	}()
	for want := int64(3); want <= 12; want++ {
		if want == 6 || want == 10 {
			mustAppend(t, f, byte(want), byte(min(want+3, 12)))
		}
		if got := <-seen; got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	failure := errors.New("enough")
	if err := f.Tail(background, 0, func(int64) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

// A context that ends before the commit undoes the transaction.
func cancelled(t *testing.T, f Fixture) {
	ctx, cancel := context.WithCancel(background)
	err := f.Update(ctx, func(w store.Writer) error {
		defer cancel()
		return w.Append(operation(1, 1))
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := f.View(ctx, func(store.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("view: %v", err)
	}
	mustAppend(t, f, 1, 1)
}

// A copy holds the same rows and is an engine's register itself.
func copied(t *testing.T, f Fixture) {
	raw, write := every()
	mustUpdate(t, f, write)
	path := filepath.Join(t.TempDir(), "copy")
	if err := f.Copy(background, path); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, f, 2, 2)
	other := f.Opened(t, path)
	defer func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}()
	mustView(t, other, func(r store.Reader) error {
		json, _, err := r.Header()
		if err != nil || !bytes.Equal(json, raw) || r.NextSeq() != 2 {
			t.Errorf("copy has header %x, next %d, %v", json, r.NextSeq(), err)
		}
		return nil
	})
	if err := f.Copy(background, path); err == nil {
		t.Error("a copy was written over another")
	}
}

func closed(t *testing.T, f Fixture) {
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := f.Update(background, func(store.Writer) error { return nil }); err == nil {
		t.Error("a closed engine writes")
	}
}
