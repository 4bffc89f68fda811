package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

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
}

// Batch is what one import brings, in an order in which each chain ascends.
type Batch struct {
	Import uuid.UUID
	Lines  []Incoming
	// Also is run in the same transaction, for counters, documents and receipts. May be nil.
	Also func(*register.Tx) error
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
	// Conflicts counts fields in conflict after the import that were not before.
	Conflicts int
	// Objects counts the objects that the new lines touch.
	Objects map[domain.Type]int
	Cases   []uuid.UUID
}

func newApplied() *Applied {
	return &Applied{
		New: map[domain.Compartment]int{}, Known: map[domain.Compartment]int{}, Quarantined: map[domain.Compartment]int{}, Objects: map[domain.Type]int{},
		Stubs: map[domain.Compartment]int{}, Late: map[uuid.UUID]int{},
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
	run := &applying{
		w: w, applied: newApplied(), objects: map[uuid.UUID]*oplog.Object{}, before: map[uuid.UUID]int{}, rebuild: map[scope][]oplog.Visible{},
		invisible: map[domain.Compartment]map[oplog.Name]hidden{}, stubs: map[domain.Compartment]stubMarks{}, orders: map[uuid.UUID]oplog.Name{},
	}
	run.readOrders(batch.Lines)
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
			return batch.Also(tx)
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

// hidden says why a stored line is invisible, and whose it is.
type hidden struct {
	Code string    `json:"code"`
	Case uuid.UUID `json:"case"`
}

// applying is the state of one Apply.
type applying struct {
	w       *Workspace
	tx      *register.Tx
	applied *Applied
	objects map[uuid.UUID]*oplog.Object
	before  map[uuid.UUID]int // conflicts of an object before the import
	// rebuild holds the plain writes of every scope that has, or gets, invisible lines: there the incremental rule does not
	// hold, for a write may replace another through an invisible one (security.md 7.1).
	rebuild   map[scope][]oplog.Visible
	invisible map[domain.Compartment]map[oplog.Name]hidden
	stubs     map[domain.Compartment]stubMarks
	orders    map[uuid.UUID]oplog.Name // cases that the batch orders to erase, and that are not erased yet
	times     []oplog.HLC
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

// readScopes reads the writes of the scopes that must be computed from the log. It runs before the transaction, for the
// engine has a single connection.
func (a *applying) readScopes(ctx context.Context, lines []Incoming) error {
	touched, special := map[scope]bool{}, map[scope]bool{}
	for i := range lines {
		s := scopeOf(lines[i].Line)
		touched[s] = true
		if lines[i].Code != "" {
			special[s] = true
		}
	}
	for c, names := range a.w.invisible {
		for _, mark := range names {
			special[scope{c, mark.Case}] = true
		}
	}
	for s := range special {
		if _, _, gone := a.erasedBy(s.id); gone || !touched[s] || s.compartment.Boxed() {
			continue
		}
		writes := []oplog.Visible{}
		for stored, err := range a.w.reg.CaseLines(ctx, s.compartment, s.id) {
			if err != nil {
				return err
			}
			if line, err := oplog.Parse(stored.Bytes); err == nil && line.Kind == oplog.KindSet {
				writes = append(writes, oplog.Visible{Line: line, Visible: !a.w.isInvisible(s.compartment, line.Name())})
			}
		}
		a.rebuild[s] = writes
	}
	return nil
}

func (a *applying) run(tx *register.Tx, batch Batch) error {
	a.tx = tx
	for i := range batch.Lines {
		if err := a.line(batch.Import, &batch.Lines[i]); err != nil {
			return err
		}
	}
	if err := a.rebuildScopes(); err != nil {
		return err
	}
	for _, object := range a.objects {
		if err := tx.PutObject(object); err != nil {
			return err
		}
		a.applied.Objects[object.Type]++
		if more := len(visibleConflicts(object)) - a.before[object.ID]; more > 0 {
			a.applied.Conflicts += more
		}
		if object.Case != uuid.Nil && !slices.Contains(a.applied.Cases, object.Case) {
			a.applied.Cases = append(a.applied.Cases, object.Case)
		}
	}
	for c, marks := range a.stubs {
		if err := saveStubs(tx, c, a.w.stubs[c].join(marks)); err != nil {
			return err
		}
	}
	if len(a.orders) > 0 {
		if err := noteOrders(tx, a.orders); err != nil {
			return err
		}
	}
	if len(a.invisible) > 0 {
		return a.saveInvisible()
	}
	return nil
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
	}
	if why != "" {
		entry.Bytes = nil
	}
	err := a.tx.Append(entry)
	if errors.Is(err, register.ErrKnown) {
		a.applied.Known[line.Compartment]++
		return nil
	}
	if errors.Is(err, register.ErrFork) {
		return fault.New("E-FORK", line.Name().String(), err)
	}
	if err != nil {
		return err
	}
	a.applied.New[line.Compartment]++
	a.times = append(a.times, line.HLC)
	if why != "" {
		if a.stubs[line.Compartment] == nil {
			a.stubs[line.Compartment] = stubMarks{}
		}
		a.stubs[line.Compartment].add(why, line.Name())
		a.applied.Stubs[line.Compartment]++
		if before {
			a.applied.Late[line.Case]++
		}
		return nil
	}
	if in.Code != "" {
		a.hide(line, in.Code)
	}
	if line.Kind != oplog.KindSet {
		return nil
	}
	if writes, ok := a.rebuild[scopeOf(line)]; ok {
		a.rebuild[scopeOf(line)] = append(writes, oplog.Visible{Line: line, Visible: in.Code == ""})
		return nil
	}
	return a.set(line)
}

// hide keeps a stored line out of every record, with the reason.
func (a *applying) hide(line *oplog.Line, code string) {
	if a.invisible[line.Compartment] == nil {
		a.invisible[line.Compartment] = map[oplog.Name]hidden{}
	}
	a.invisible[line.Compartment][line.Name()] = hidden{Code: code, Case: scopeOf(line).id}
	a.applied.Quarantined[line.Compartment]++
}

func (a *applying) set(line *oplog.Line) error {
	object, err := a.load(line)
	if err != nil {
		return err
	}
	if object.Type != line.Type || object.Case != line.Case {
		a.hide(line, "E-OP")
		return nil
	}
	object.Apply(line, seenBefore(a.tx, line))
	return nil
}

func (a *applying) load(line *oplog.Line) (*oplog.Object, error) {
	if object, ok := a.objects[line.Object]; ok {
		return object, nil
	}
	object, err := a.tx.Object(line.Compartment, line.Object)
	if err != nil {
		return nil, err
	}
	if object == nil {
		object = &oplog.Object{ID: line.Object, Type: line.Type, Case: line.Case, Compartment: line.Compartment, Fields: map[string]*oplog.Field{}}
	}
	a.before[object.ID] = len(visibleConflicts(object))
	a.objects[object.ID] = object
	return object, nil
}

func (a *applying) rebuildScopes() error {
	for s, writes := range a.rebuild {
		for id, object := range oplog.Rebuild(writes) {
			old, err := a.tx.Object(s.compartment, id)
			if err != nil {
				return err
			}
			if same, err := equalObjects(old, object); err != nil || same {
				if err != nil {
					return err
				}
				continue
			}
			if old != nil {
				a.before[id] = len(visibleConflicts(old))
			}
			a.objects[id] = object
		}
	}
	return nil
}

// equalObjects compares two states of an object.
func equalObjects(old, object *oplog.Object) (bool, error) {
	if old == nil {
		return false, nil
	}
	before, err := old.Encode()
	if err != nil {
		return false, err
	}
	after, err := object.Encode()
	return bytes.Equal(before, after), err
}

// finish makes the workspace's memory follow the commit.
func (a *applying) finish() []Change {
	for c, names := range a.invisible {
		if a.w.invisible[c] == nil {
			a.w.invisible[c] = map[oplog.Name]hidden{}
		}
		for name, mark := range names {
			a.w.invisible[c][name] = mark
		}
	}
	for c, marks := range a.stubs {
		a.w.stubs[c] = a.w.stubs[c].join(marks)
	}
	for _, at := range a.times {
		a.w.clock.Observe(at)
	}
	seen := map[uuid.UUID]bool{}
	var changes []Change
	for _, object := range a.objects {
		a.w.remember(object)
		if !seen[object.Case] {
			seen[object.Case] = true
			changes = append(changes, Change{Case: object.Case, Import: true})
		}
	}
	return changes
}

// Quarantined is a line that is stored but invisible, and why.
type Quarantined struct {
	Compartment domain.Compartment
	Name        oplog.Name
	Code        string
}

// Quarantine lists the lines that are stored but invisible.
func (w *Workspace) Quarantine() []Quarantined {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Quarantined
	for c, names := range w.invisible {
		for name, mark := range names {
			out = append(out, Quarantined{c, name, mark.Code})
		}
	}
	slices.SortFunc(out, func(a, b Quarantined) int {
		if a.Compartment != b.Compartment {
			return int(a.Compartment) - int(b.Compartment)
		}
		return a.Name.Compare(b.Name)
	})
	return out
}

func (w *Workspace) isInvisible(c domain.Compartment, n oplog.Name) bool {
	_, ok := w.invisible[c][n]
	return ok
}

// saveInvisible writes the marks into system value 18 of the ring they belong to.
func (a *applying) saveInvisible() error {
	for c, names := range a.invisible {
		marks := map[string]hidden{}
		for name, mark := range a.w.invisible[c] {
			marks[name.String()] = mark
		}
		for name, mark := range names {
			marks[name.String()] = mark
		}
		stored, err := json.Marshal(marks)
		if err != nil {
			return err
		}
		if err := a.tx.SetSystem(domain.RingOf(c), register.SystemHeld, stored); err != nil {
			return err
		}
	}
	return nil
}

func (w *Workspace) loadInvisible() error {
	for _, c := range domain.AllCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		stored, err := w.reg.System(domain.RingOf(c), register.SystemHeld)
		if err != nil {
			return err
		}
		if stored == nil {
			continue
		}
		var marks map[string]hidden
		if err := json.Unmarshal(stored, &marks); err != nil {
			return fault.New("V-DAMAGED", w.dir, err)
		}
		w.invisible[c] = map[oplog.Name]hidden{}
		for text, mark := range marks {
			name, err := oplog.ParseName(text)
			if err != nil {
				return fault.New("V-DAMAGED", w.dir, err)
			}
			w.invisible[c][name] = mark
		}
	}
	return nil
}
