package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/internal/store"
)

// operationsLate: whatever comes with a late operation and after it, the transaction is all or nothing, as with Append.
func operationsLate(t *testing.T, f Fixture) {
	mustAppend(t, f, 1, 1)
	mustUpdate(t, f, func(w store.Writer) error { return w.PutSystem(values("before")...) })
	stopped := errors.New("stopped")
	ended, end := context.WithCancel(background)
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		want  error
		value string // what the last transaction that was committed put
		fn    func(store.Writer) error
	}{
		{"with two values", background, nil, "two", late(2, "two")},
		{"alone", background, nil, "two", func(w store.Writer) error { return w.AppendLate(operation(3, 3)) }},
		{"with one value", background, nil, "two", func(w store.Writer) error {
			return errors.Join(w.AppendLate(operation(4, 4)), w.PutSystem(values("one")[0]))
		}},
		{"read again", background, nil, "read", func(w store.Writer) error {
			if err := late(5, "read")(w); err != nil {
				return err
			}
			read, err := w.Operation(5)
			if !cmp.Equal(read, operation(5, 5)) || w.NextSeq() != 6 {
				t.Errorf("read %+v, next is %d", read, w.NextSeq())
			}
			value, _ := w.System(2, 1)
			if string(value) != "read" {
				t.Errorf("value is %q", value)
			}
			return err
		}},
		{"another after it", background, nil, "seven", func(w store.Writer) error {
			return errors.Join(late(6, "six")(w), w.AppendLate(operation(7, 7)), w.PutSystem(values("seven")...))
		}},
		{"a row before it", background, nil, "eight", func(w store.Writer) error {
			return errors.Join(w.PutObject(store.Object{Row: row(1), Compartment: domain.Case, Head: []byte{1}, Body: []byte{1}}), late(8, "eight")(w))
		}},
		{"nothing at all", background, nil, "eight", func(store.Writer) error { return nil }},
		{"stopped", background, stopped, "eight", func(w store.Writer) error { return errors.Join(late(9, "stopped")(w), stopped) }},
		{"context ended", ended, context.Canceled, "eight", func(w store.Writer) error {
			end()
			return late(9, "ended")(w)
		}},
		{"out of order", background, store.ErrSequence, "eight", late(10, "order")},
		{"known row", background, store.ErrKnown, "eight", func(w store.Writer) error {
			return errors.Join(w.AppendLate(operation(9, 1)), w.PutSystem(values("known")...))
		}},
		{"known row, read again", background, store.ErrKnown, "eight", func(w store.Writer) error {
			if err := w.AppendLate(operation(9, 1)); err != nil {
				return err
			}
			_, err := w.Operation(1)
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := f.Update(tt.ctx, tt.fn); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			mustView(t, f, func(r store.Reader) error {
				value, err := r.System(1, 15)
				if string(value) != "ledger "+tt.value {
					t.Errorf("value is %q, want that of %s", value, tt.value)
				}
				return err
			})
		})
	}
	f = f.Reopen(t)
	mustView(t, f, func(r store.Reader) error {
		if r.NextSeq() != 9 {
			t.Errorf("next is %d", r.NextSeq())
		}
		for n := byte(1); n < 9; n++ {
			if o, err := r.Operation(int64(n)); err != nil || !cmp.Equal(o, operation(int64(n), n)) {
				t.Errorf("operation %d: %+v, %v", n, o, err)
			}
		}
		for _, want := range values("eight") {
			if value, err := r.System(want.Ring, want.Name); err != nil || !cmp.Equal(value, want.Value) {
				t.Errorf("value %d of ring %d: %q, %v", want.Name, want.Ring, value, err)
			}
		}
		return nil
	})
}

func values(value string) []store.SystemValue {
	return []store.SystemValue{{Ring: 2, Name: 1, Value: []byte(value)}, {Ring: 1, Name: 15, Value: []byte("ledger " + value)}}
}

func late(n byte, value string) func(store.Writer) error {
	return func(w store.Writer) error {
		return errors.Join(w.AppendLate(operation(int64(n), n)), w.PutSystem(values(value)...))
	}
}
