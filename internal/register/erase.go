package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
)

// ErrErased says that a case was erased, so that nothing but stubs of its lines is taken in (security.md 5.5).
var ErrErased error = fault.New("V-ERASED", "", errors.New("case was erased"))

// Erasure says what became of one erased case. It names no content.
type Erasure struct {
	Case      uuid.UUID
	Operation oplog.Name // the erase line in open
	At        time.Time  // when this register did it, to the second, UTC
	// Lines and Objects count what was taken away here, in all rings so far.
	Lines, Objects int
	// Done are the rings that hold nothing of the case any more. Pending are those that nobody with the ring has unlocked
	// since: they still do.
	Done, Pending []domain.Ring
	// Proven says that the files were looked through afterwards and nothing of what was erased so far was found.
	Proven bool
}

// caseRings are the rings whose data keys have a case as their scope (security.md 3.4).
var caseRings = []domain.Ring{domain.RingCase, domain.RingSpecial, domain.RingSealed}

// scoped reports whether the scope that a caller gives chooses the data key of a ring.
func scoped(number domain.Ring) bool { return number != domain.RingOpen && number != domain.RingAudit }

// Erase destroys a case (security.md 3.7). In one transaction it first runs also, in which the caller appends the erase
// lines, and then, in every ring that the user holds, deletes the data keys of the case, turns its operations into stubs,
// drops its objects and attachments and rotates the ring for its readers. Rings that are not held are noted, and the next
// holder's [Vault.Unlock] erases the case there before anything else.
//
// Afterwards the files are looked through for every data key and every body that was there before. V-ERASE with the
// Erasure when something is still found or the files could not be made final: the case is then erased and this last step
// is done again by the next unlock, or by erasing again. With any other error nothing has changed.
//
// From the beginning of also on, [Tx.Append] takes lines of the case only as stubs, and its erase lines, which stand
// outside the case. Erasing twice is allowed: also runs, and nothing is done that was done already.
func (r *Register) Erase(ctx context.Context, caseID uuid.UUID, operation oplog.Name, also func(*Tx) error) (Erasure, error) {
	if caseID == uuid.Nil {
		return Erasure{}, errors.New("erase: no case given")
	}
	if _, err := oplog.ParseName(operation.String()); err != nil {
		return Erasure{}, fmt.Errorf("erase: name of the erase line: %w", err)
	}
	r.rows.Lock()
	defer r.rows.Unlock()
	var gone store.Remains
	err := r.transact(ctx, func(tx *Tx) error { return tx.erase(caseID, operation, also, &gone) })
	if err != nil {
		return Erasure{}, err
	}
	// The case is erased: ending the context must not leave its remains in the files.
	err = r.proveErased(context.WithoutCancel(ctx), &gone)
	done, _ := r.erasures.of(caseID)
	return done.exported(), err
}

// Erased returns the erase line of a case that was erased, also while rings are pending.
func (r *Register) Erased(caseID uuid.UUID) (oplog.Name, bool) {
	r.memory.RLock()
	defer r.memory.RUnlock()
	e, ok := r.erasures.of(caseID)
	return e.Operation, ok
}

// Erasures lists the erased cases, the oldest first.
func (r *Register) Erasures() []Erasure {
	r.memory.RLock()
	defer r.memory.RUnlock()
	return r.erasures.exported()
}

// Erased returns the erase line of a case that was erased or is being erased by this transaction.
func (tx *Tx) Erased(caseID uuid.UUID) (oplog.Name, bool) {
	e, ok := tx.known().of(caseID)
	return e.Operation, ok
}

func (tx *Tx) isErased(caseID uuid.UUID) bool {
	_, erased := tx.known().of(caseID)
	return erased
}

// known are the erasures as this transaction has left them.
func (tx *Tx) known() *erasures {
	if tx.erasures != nil {
		return tx.erasures
	}
	return tx.register.erasures // changes under rows only
}

func (tx *Tx) setErasure(e erasure) error {
	tx.erasures = tx.known().with(e)
	value, err := tx.erasures.encode()
	if err != nil {
		return err
	}
	return tx.setSystem(domain.RingOpen, SystemErasures, value)
}

// scopeOf gives the scope of the data key of a new line. Erase lines outlive their case, so they stand outside it.
func (tx *Tx) scopeOf(c *change, e *Entry) (uuid.UUID, error) {
	if !scoped(c.ring.ring) {
		return e.Scope, nil
	}
	if e.Type == "" && bytes.Contains(e.Bytes, []byte(`"t":"erase"`)) {
		line, err := oplog.Parse(e.Bytes)
		if err == nil && line.Kind == oplog.KindErase {
			return uuid.Nil, nil
		}
	}
	if tx.isErased(e.Scope) {
		return uuid.Nil, fmt.Errorf("line %s: %w", e.Name, ErrErased)
	}
	return e.Scope, nil
}

// erase notes a case as erased, runs also, and erases the case in the held rings where that is still to be done. What must
// be in no file afterwards is added to gone.
func (tx *Tx) erase(caseID uuid.UUID, operation oplog.Name, also func(*Tx) error, gone *store.Remains) error {
	e, known := tx.known().of(caseID)
	if !known {
		e.Case, e.Operation, e.At = caseID, operation, tx.now().UTC().Truncate(time.Second)
		for _, number := range caseRings {
			if tx.register.vault.header.Ring(number) != nil {
				e.Pending = append(e.Pending, number)
			}
		}
		if err := tx.setErasure(e); err != nil {
			return err
		}
	}
	if also != nil {
		if err := also(tx); err != nil {
			return err
		}
	}
	var keys, bodies store.Remains
	changed := false
	for _, number := range tx.register.heldRings() {
		held := tx.register.rings[number]
		pending := slices.Contains(e.Pending, number)
		keyed := scoped(number) && len(held.byScope[caseID]) > 0
		if !pending && !keyed {
			continue
		}
		changed = true
		if keyed {
			lines, objects, err := tx.eraseScope(number, caseID, &keys, &bodies, gone)
			if err != nil {
				return err
			}
			e.Lines, e.Objects = e.Lines+lines, e.Objects+objects
		}
		e.done(number)
	}
	if !changed {
		return nil
	}
	e.remains = bodies.AppendPieces(keys.AppendPieces(e.remains, keys.Len()), maxBodyPieces)
	gone.Join(&keys)
	gone.Join(&bodies)
	return tx.setErasure(e)
}

// heldRings lists the rings of the user in their order.
func (r *Register) heldRings() []domain.Ring {
	numbers := make([]domain.Ring, 0, len(r.rings))
	for number := range r.rings {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	return numbers
}

// inOrder lists the same rings: of several that are damaged, the first one speaks, every time.
func (r *Register) inOrder() []*ring {
	var held []*ring
	for _, number := range r.heldRings() {
		held = append(held, r.rings[number])
	}
	return held
}

// eraseScope erases all that stands under the data keys of a scope in one ring, and rotates the ring. The old wrappings of
// the keys that stay are added to others.
func (tx *Tx) eraseScope(number domain.Ring, scope uuid.UUID, keys, bodies, others *store.Remains) (lines, objects int, err error) {
	c, err := tx.direct(number)
	if err != nil {
		return 0, 0, err
	}
	places := slices.Clone(c.ring.byScope[scope])
	named, err := tx.namedBlobs(c, places)
	if err != nil {
		return 0, 0, err
	}
	if lines, err = tx.eraseLines(c, places, bodies); err != nil {
		return 0, 0, err
	}
	if objects, err = tx.eraseObjects(c, places, bodies); err != nil {
		return 0, 0, err
	}
	if err := tx.eraseBlobs(c, places, named, bodies); err != nil {
		return 0, 0, err
	}
	for row, err := range tx.writer.DataKeys(number) {
		if err != nil {
			return 0, 0, err
		}
		if place, ok := c.ring.byID[row.ID]; ok && slices.Contains(places, place) {
			keys.Add(row.Wrapped)
		} else {
			others.Add(row.Wrapped)
		}
	}
	for _, place := range places {
		if err := tx.writer.DropDataKey(c.ring.data[place].ID); err != nil {
			return 0, 0, err
		}
	}
	c.dropped = append(c.dropped, places...)
	header, err := tx.changeHeader()
	if err != nil {
		return 0, 0, err
	}
	return lines, objects, header.reseal(number, header.present(header.header.Ring(number).Readers), true)
}

// scopeLine is an operation under one of the data keys of a scope.
type scopeLine struct {
	name oplog.Name
	head *lineHead
}

// linesUnder lists the operations under some data keys in the order of their arrival.
func (c *change) linesUnder(places []int32) (all []scopeLine) {
	for chain, state := range c.ring.chains {
		for i := range state.heads {
			name := chain.Name(state.heads[i].n)
			if head := c.line(name); slices.Contains(places, head.key) {
				all = append(all, scopeLine{name, head})
			}
		}
	}
	slices.SortFunc(all, func(a, b scopeLine) int { return int(a.head.seq - b.head.seq) })
	return all
}

// eraseLines turns the operations of a scope into stubs that no longer name its key.
func (tx *Tx) eraseLines(c *change, places []int32, bodies *store.Remains) (lines int, err error) {
	for _, f := range c.linesUnder(places) {
		body, err := tx.blank(c, f.name, f.head, noKey)
		if err != nil {
			return 0, err
		}
		if !f.head.stub {
			lines++
		}
		bodies.Add(body)
	}
	return lines, nil
}

func (tx *Tx) eraseObjects(c *change, places []int32, bodies *store.Remains) (objects int, err error) {
	for row, head := range c.ring.objects {
		if !slices.Contains(places, head.key) {
			continue
		}
		stored, err := tx.writer.Object(row)
		if err != nil {
			return 0, rowError(c.ring.compartment(), err)
		}
		bodies.Add(stored.Body)
		if changed := c.objects[row]; changed != nil && changed.plain != nil && !slices.Contains(places, changed.head.key) {
			continue // given to another case by this transaction
		}
		c.drop(row)
		objects++
	}
	for row, changed := range c.objects { // those that have no row yet
		if changed.plain != nil && slices.Contains(places, changed.head.key) {
			c.drop(row)
			objects++
		}
	}
	return objects, nil
}
