package workspace

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Incoming is one verified line of a bundle, with the verdict of the exchange.
type Incoming struct {
	Bytes []byte
	Line  *oplog.Line
	Hash  [32]byte
	Link  [32]byte
	// Code is empty for a visible line; else the reason why it is stored but invisible (security.md 6.5, level L).
	Code string
	// Reach is whose lines a redaction may name.
	Reach Reach
}

// Batch is what one import brings, in an order in which each chain ascends.
type Batch struct {
	Import uuid.UUID
	Lines  []Incoming
	// Also is run in the same transaction, for counters, documents and receipts, with what the lines did. May be nil.
	Also func(*register.Tx, *Applied) error
	// Details asks for [Applied.Differences].
	Details bool
}

// Applied counts what an import did, per compartment.
type Applied struct {
	New, Known, Quarantined map[domain.Compartment]int
	// Stubs counts new lines that came, or were stored, without their bytes; Late those of them that came with bytes after
	// their case had been erased, by case (security.md 5.5).
	Stubs map[domain.Compartment]int
	Late  map[uuid.UUID]int
	// Erased are the orders to erase that the import carried out.
	Erased []register.Erasure
	// Refused counts redactions by the code for which they reduce nothing, where the lines that they name told so.
	Refused map[string]int
	// Doubles names the lines of which this machine and headquarters hold two with one name: new issues of another line came, or
	// were here (security.md 6.7). Both count.
	Doubles map[domain.Compartment]LineSet
	// Conflicts counts fields in conflict after the import that were not before.
	Conflicts int
	// Objects counts the objects that the new lines touch.
	Objects map[domain.Type]int
	Cases   []uuid.UUID
	// Types counts the same by type of line; Differences are the fields that look different afterwards, in a fixed order.
	Types       map[TypeKey]*TypeCount
	Differences []Difference
}

// TypeKey names what a line writes: a type of object, or for lines that write none, or none that can be seen, their kind.
type TypeKey struct {
	Compartment domain.Compartment
	Type        string
}

// TypeCount counts the lines of one type by what becomes of them, and the fields that change.
type TypeCount struct {
	New, Known, Stubs int
	// Quarantined counts by reason code. Replaced counts fields whose standing value makes way for another, Conflicts those that
	// hold several values afterwards and did not before.
	Quarantined         map[string]int
	Replaced, Conflicts int
}

func (a *Applied) of(c domain.Compartment, t string) *TypeCount {
	key := TypeKey{c, t}
	if a.Types[key] == nil {
		a.Types[key] = &TypeCount{Quarantined: map[string]int{}}
	}
	return a.Types[key]
}

// ofLine counts a line under the type that it writes, or under its kind.
func (a *Applied) ofLine(line *oplog.Line) *TypeCount {
	name := string(line.Type)
	if name == "" {
		name = string(line.Kind)
	}
	return a.of(line.Compartment, name)
}

func newApplied() *Applied {
	return &Applied{
		New: map[domain.Compartment]int{}, Known: map[domain.Compartment]int{}, Quarantined: map[domain.Compartment]int{}, Objects: map[domain.Type]int{},
		Stubs: map[domain.Compartment]int{}, Late: map[uuid.UUID]int{}, Types: map[TypeKey]*TypeCount{},
		Doubles: map[domain.Compartment]LineSet{}, Refused: map[string]int{},
	}
}

// errRehearsed ends the transaction of a rehearsal without writing.
var errRehearsed = errors.New("rehearsed")

// Apply stores the lines of a bundle and brings the objects up to date, in one transaction: all or nothing. A line that
// is known already changes nothing; one with another content under a known name is E-FORK. With rehearse nothing is written
// and the counts are those that a real run would give.
func (w *Workspace) Apply(ctx context.Context, batch Batch, rehearse bool) (*Applied, error) {
	applied, changes, err := w.apply(ctx, batch, rehearse)
	if err != nil {
		return nil, err
	}
	w.notify(changes)
	return applied, nil
}

func (w *Workspace) apply(ctx context.Context, batch Batch, rehearse bool) (*Applied, []Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, nil, err
	}
	if err := w.scanConflicts(ctx); err != nil {
		return nil, nil, err
	}
	run := w.applying()
	run.details = batch.Details
	run.readOrders(batch.Lines)
	if err := run.readRedactions(ctx, batch.Lines); err != nil {
		return nil, nil, err
	}
	if err := run.readMarks(ctx, batch.Lines); err != nil {
		return nil, nil, err
	}
	if err := run.readScopes(ctx, batch.Lines); err != nil {
		return nil, nil, err
	}
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		if err := run.run(tx, batch); err != nil {
			return err
		}
		if rehearse {
			return errRehearsed
		}
		if batch.Also != nil {
			return batch.Also(tx, run.applied)
		}
		return nil
	})
	if rehearse && errors.Is(err, errRehearsed) {
		return run.applied, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	changes := run.finish()
	if len(run.orders) > 0 {
		if run.applied.Erased, err = w.obey(ctx); err != nil {
			return nil, nil, err // what came is stored; the next unlock carries the order out
		}
		for id := range run.orders {
			changes = append(changes, Change{Case: id, Object: id, Type: "case", Import: true})
		}
	}
	return run.applied, changes, nil
}

// scope is where a data key reaches: a case in a compartment; in open everything.
type scope struct {
	compartment domain.Compartment
	id          uuid.UUID
}

func scopeOf(line *oplog.Line) scope {
	if line.Compartment == domain.Open || line.Kind == oplog.KindErase {
		return scope{compartment: line.Compartment} // an order outlives the keys of its case
	}
	return scope{line.Compartment, line.Case}
}

// objectKey tells objects apart. Identifiers are unique but for the marks of an import, one in each compartment.
type objectKey struct {
	compartment domain.Compartment
	id          uuid.UUID
}

// applying is the state of one change of what is visible: an import, or a word of headquarters on one.
type applying struct {
	w       *Workspace
	tx      *register.Tx
	applied *Applied
	details bool
	objects map[objectKey]*oplog.Object
	before  map[objectKey]snapshot // of the objects that may change
	dropped map[objectKey]*oplog.Object
	// rebuild holds the plain writes of every scope that has, or gets, invisible lines: there the incremental rule does not
	// hold, for a write may replace another through an invisible one (security.md 7.1).
	rebuild   map[scope][]oplog.Visible
	invisible map[domain.Compartment]map[oplog.Name]hidden // quarantined by this change
	revealed  map[domain.Compartment]map[oplog.Name]bool   // and no longer quarantined
	marks     map[domain.Compartment]map[uuid.UUID]mark    // marks that it makes or changes
	verdicts  map[domain.Compartment]verdict               // of the compartments with such marks
	stubs     map[domain.Compartment]stubMarks
	taken     map[domain.Compartment]map[uuid.UUID]LineSet // lines of which this change takes a new issue in
	orders    map[uuid.UUID]oplog.Name                     // cases that the batch orders to erase, and that are not erased yet
	times     []oplog.HLC
	reducing
}

func (w *Workspace) applying() *applying {
	return &applying{
		w: w, applied: newApplied(), objects: map[objectKey]*oplog.Object{}, before: map[objectKey]snapshot{}, dropped: map[objectKey]*oplog.Object{},
		rebuild: map[scope][]oplog.Visible{}, invisible: map[domain.Compartment]map[oplog.Name]hidden{}, revealed: map[domain.Compartment]map[oplog.Name]bool{},
		marks: map[domain.Compartment]map[uuid.UUID]mark{}, verdicts: map[domain.Compartment]verdict{},
		reducing: newReducing(), stubs: map[domain.Compartment]stubMarks{}, taken: map[domain.Compartment]map[uuid.UUID]LineSet{}, orders: map[uuid.UUID]oplog.Name{},
	}
}

// readOrders finds the orders to erase among the lines that are not in quarantine. The line in open stands for those in
// the other compartments.
func (a *applying) readOrders(lines []Incoming) {
	for i := range lines {
		line := lines[i].Line
		if line.Kind != oplog.KindErase || lines[i].Code != "" {
			continue
		}
		if _, gone := a.w.reg.Erased(line.Case); gone {
			continue
		}
		if _, known := a.orders[line.Case]; !known || line.Compartment == domain.Open {
			a.orders[line.Case] = line.Name()
		}
	}
}

// erasedBy is the order that a case was, or is about to be, destroyed by.
func (a *applying) erasedBy(caseID uuid.UUID) (order oplog.Name, before, gone bool) {
	if caseID == uuid.Nil {
		return oplog.Name{}, false, false
	}
	if order, gone := a.w.reg.Erased(caseID); gone {
		return order, true, true
	}
	order, gone = a.orders[caseID]
	return order, false, gone
}

func (a *applying) run(tx *register.Tx, batch Batch) error {
	a.tx = tx
	for i := range batch.Lines {
		if err := a.line(batch.Import, &batch.Lines[i]); err != nil {
			return err
		}
	}
	if err := a.settle(); err != nil {
		return err
	}
	if len(a.orders) > 0 {
		if err := noteOrders(tx, a.orders); err != nil {
			return err
		}
	}
	return a.saveInvisible()
}

func (a *applying) line(importID uuid.UUID, in *Incoming) error {
	line := in.Line
	entry := register.Entry{
		Bytes: in.Bytes, Compartment: line.Compartment, Name: line.Name(), Type: line.Type, Scope: scopeOf(line).id,
		Hash: in.Hash, Link: in.Link, Import: importID, At: line.HLC.Time(),
	}
	order, before, gone := a.erasedBy(scopeOf(line).id)
	why := line.Why
	if gone {
		why = whyErased(order)
	} else if why == "" {
		why = a.whyReduced(line)
	}
	if why != "" {
		entry.Bytes = nil
	}
	err := a.tx.Append(entry)
	if errors.Is(err, register.ErrKnown) {
		a.applied.Known[line.Compartment]++
		a.applied.ofLine(line).Known++
		return nil
	}
	if errors.Is(err, register.ErrFork) {
		return fault.New("E-FORK", line.Name().String(), err)
	}
	if err != nil {
		return err
	}
	a.applied.New[line.Compartment]++
	count := a.applied.ofLine(line)
	count.New++
	a.times = append(a.times, line.HLC)
	if why != "" {
		a.markStub(why, line.Compartment, line.Name())
		a.applied.Stubs[line.Compartment]++
		count.Stubs++
		if before {
			a.applied.Late[line.Case]++
		}
		return nil
	}
	if in.Code != "" {
		a.hide(line, in.Code)
	}
	if line.Kind != oplog.KindSet && line.Kind != oplog.KindRedact {
		return nil
	}
	if a.w.outside(line.Name()) {
		return nil
	}
	if writes, ok := a.rebuild[scopeOf(line)]; ok {
		a.rebuild[scopeOf(line)] = append(writes, oplog.Visible{Line: line, Visible: a.visible(line)})
		return nil
	}
	if line.Kind == oplog.KindRedact || !a.visible(line) { // a mark in sealed, whose scopes are not made anew
		return nil
	}
	return a.set(line)
}
