package register

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// batch is how many bodies are read in one go. Between batches the register is free for others, so that whoever reads an
// iteration may read and write meanwhile.
const batch = 128

// Objects gives the current objects of a compartment that pass the filter, in no particular order. Only those are
// opened; the others cost nothing. Objects that are written during the iteration may or may not be seen.
func (r *Register) Objects(ctx context.Context, c domain.Compartment, f Filter) iter.Seq2[*oplog.Object, error] {
	return scan(ctx, r, c, f, (*sealedBody).object)
}

// sealedBody is the body of an object that was read and not opened, with all that opening needs.
type sealedBody struct {
	place vault.Place
	key   vault.Key
	body  []byte
	state *oplog.Object // of an object that waits for its row, instead of all others
}

// waits gives an object that waits for its row in the place of its body.
func (w *waitingObject) body() sealedBody { return sealedBody{state: w.state.Copy()} }

func (r *ring) sealed(id uuid.UUID, row vault.RowID, head rowHead, body []byte) sealedBody {
	key := &r.data[head.key]
	return sealedBody{key: key.Key, body: body, place: vault.Place{Vault: id, Compartment: r.compartment(), Table: vault.ObjectTable, Head: vault.ObjectHead{
		Key: key.ID, Row: row, Type: head.number, Revision: head.revision, Body: head.tag,
	}}}
}

func (s *sealedBody) open() ([]byte, error) {
	if s.state != nil {
		return s.state.Encode()
	}
	defer s.key.Clear()
	return vault.OpenBody(&s.key, &s.place, s.body)
}

func (s *sealedBody) object() (*oplog.Object, error) {
	if s.state != nil {
		return s.state, nil
	}
	plain, err := s.open()
	if err != nil {
		return nil, err
	}
	object, err := oplog.DecodeObject(plain) // keeps parts of plain
	if err != nil {
		return nil, fault.New("V-ROW", s.place.Compartment.String(), err)
	}
	return object, nil
}

// scan reads the objects that pass the filter in batches, and opens one batch on all processors while the next is read.
func scan[T any](ctx context.Context, r *Register, c domain.Compartment, f Filter, open func(*sealedBody) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		next, err := r.source(c, f)
		if err != nil {
			yield(none, err)
			return
		}
		type result struct {
			bodies []sealedBody
			more   bool
			err    error
		}
		ahead := make(chan result, 1)
		read := func() {
			bodies, more, err := next(ctx)
			ahead <- result{bodies, more, err}
		}
		go read()
		for more := true; more; {
			got := <-ahead
			if more = got.more && got.err == nil; more {
				go read()
			}
			opened, err := openAll(got.bodies, open)
			if err == nil {
				err = got.err
			}
			for _, item := range opened {
				if !yield(item, nil) {
					if more {
						<-ahead // nothing may still read when the iteration has ended
					}
					return
				}
			}
			if err != nil {
				if more {
					<-ahead
				}
				yield(none, err)
				return
			}
		}
	}
}

// openAll opens bodies on all processors and returns the results in order, up to the first that fails.
func openAll[T any](bodies []sealedBody, open func(*sealedBody) (T, error)) ([]T, error) {
	const few = 8 // not worth a goroutine
	results := make([]T, len(bodies))
	failures := make([]error, len(bodies))
	var taken atomic.Int64
	work := func() {
		for {
			from := int(taken.Add(few)) - few
			if from >= len(bodies) {
				return
			}
			for i := from; i < min(from+few, len(bodies)); i++ {
				results[i], failures[i] = open(&bodies[i])
			}
		}
	}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(bodies)/few) - 1 {
		workers.Go(work)
	}
	work()
	workers.Wait()
	if i := slices.IndexFunc(failures, func(err error) bool { return err != nil }); i >= 0 {
		return results[:i], failures[i]
	}
	return results, nil
}

// A source gives the next bodies, and whether there may be more. It is called by one goroutine at a time.
type source func(context.Context) (bodies []sealedBody, more bool, err error)

// source picks rows by their heads.
func (r *Register) source(c domain.Compartment, f Filter) (source, error) {
	numbers := map[uint16]bool{}
	for _, t := range f.Types {
		info, ok := domain.Info(t)
		if !ok {
			return nil, fault.Newf("E-FORM", string(t), "unknown type")
		}
		numbers[info.Number] = true
	}
	r.memory.RLock()
	defer r.memory.RUnlock()
	if r.locked {
		return nil, ErrLocked
	}
	held := r.held(c)
	if held == nil {
		return nil, ErrNotHeld
	}
	if len(numbers) == 0 && f.Case == nil {
		return r.byPosition(c, nil), nil
	}
	var places []int32
	if f.Case != nil {
		places = held.byScope[*f.Case]
	}
	var chosen []vault.RowID
	choose := func(row vault.RowID, head rowHead) {
		if (f.Case == nil || slices.Contains(places, head.key)) && (len(numbers) == 0 || numbers[head.number]) {
			chosen = append(chosen, row)
		}
	}
	for row, head := range held.objects {
		if held.waiting[row] == nil {
			choose(row, head)
		}
	}
	for row, object := range held.waiting {
		choose(row, object.head)
	}
	// Many rows are read fastest as they lie, few by their keys.
	if len(chosen) <= batch || len(chosen)*4 < len(held.objects) {
		return r.byKey(c, chosen), nil
	}
	wanted := make(map[vault.RowID]bool, len(chosen))
	for _, row := range chosen {
		wanted[row] = true
	}
	return r.byPosition(c, wanted), nil
}

func (r *Register) byKey(c domain.Compartment, rows []vault.RowID) source {
	return func(ctx context.Context) (bodies []sealedBody, more bool, err error) {
		part := rows[:min(batch, len(rows))]
		rows = rows[len(part):]
		err = r.viewObjects(ctx, c, func(reader store.Reader, held *ring) error {
			for _, row := range part {
				row = held.follow(row)
				if object := held.waiting[row]; object != nil {
					bodies = append(bodies, object.body())
					continue
				}
				head, ok := held.objects[row]
				if !ok { // dropped meanwhile
					continue
				}
				stored, err := reader.Object(row)
				if err != nil {
					return rowError(c, err)
				}
				bodies = append(bodies, held.sealed(r.vault.header.Vault, row, head, stored.Body))
			}
			return nil
		})
		return bodies, len(rows) > 0, err
	}
}

// byPosition reads the rows of a compartment as they lie; nil wants all of them.
func (r *Register) byPosition(c domain.Compartment, wanted map[vault.RowID]bool) source {
	var position int64
	var given map[vault.RowID]bool // objects without a row: one that they get meanwhile is not given again
	return func(ctx context.Context) (bodies []sealedBody, more bool, err error) {
		bodies = make([]sealedBody, 0, batch)
		err = r.viewObjects(ctx, c, func(reader store.Reader, held *ring) error {
			wanted = held.followAll(wanted)
			if given == nil {
				given = map[vault.RowID]bool{}
				for row, object := range held.waiting {
					if _, stored := held.objects[row]; !stored && (wanted == nil || wanted[row]) {
						given[row] = true
						bodies = append(bodies, object.body())
					}
				}
			}
			given = held.followAll(given)
			for stored, err := range reader.ObjectsFrom(c, position, batch) {
				if err != nil {
					return err
				}
				position, more = stored.Position, true
				row := vault.RowID(stored.Row)
				if wanted != nil && !wanted[row] || given[row] {
					continue
				}
				if object := held.waiting[row]; object != nil {
					bodies = append(bodies, object.body())
					continue
				}
				head, ok := held.objects[row]
				if !ok && r.ReadOnly() { // a damaged row
					continue
				}
				if !ok { // a row that came after unlocking, and not from here
					return fault.Newf("V-ROOT", c.String(), "unknown row")
				}
				bodies = append(bodies, held.sealed(r.vault.header.Vault, row, head, stored.Body))
			}
			return nil
		})
		return bodies, more, err
	}
}

// viewObjects reads while no transaction can change rows or heads.
func (r *Register) viewObjects(ctx context.Context, c domain.Compartment, fn func(store.Reader, *ring) error) error {
	r.rows.RLock()
	defer r.rows.RUnlock()
	if r.locked { // changes under rows only
		return ErrLocked
	}
	held := r.held(c)
	if held == nil {
		return ErrNotHeld
	}
	return r.vault.engine.View(ctx, func(reader store.Reader) error { return fn(reader, held) })
}
