package workspace

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// hide keeps a stored line out of every record, with the reason.
func (a *applying) hide(line *oplog.Line, code string) {
	if a.invisible[line.Compartment] == nil {
		a.invisible[line.Compartment] = map[oplog.Name]hidden{}
	}
	a.invisible[line.Compartment][line.Name()] = hidden{Code: code, Case: scopeOf(line).id}
	if a.lifts(line, code) {
		return
	}
	a.applied.Quarantined[line.Compartment]++
	a.applied.ofLine(line).Quarantined[code]++
}

// verdict is what all marks of a compartment say after this change.
func (a *applying) verdict(c domain.Compartment) verdict {
	if v, ok := a.verdicts[c]; ok {
		return v
	}
	return a.w.verdicts[c]
}

func (a *applying) lifts(line *oplog.Line, code string) bool {
	return liftable(code) && a.verdict(line.Compartment).lifted.has(line.Name())
}

// visible reports whether a line counts after this change.
func (a *applying) visible(line *oplog.Line) bool {
	if a.w.outside(line.Name()) {
		return false
	}
	if line.Kind == oplog.KindRedact && a.redactions(line.Compartment)[line.Name()] == nil {
		return false
	}
	mark, ok := a.invisible[line.Compartment][line.Name()]
	if !ok && !a.revealed[line.Compartment][line.Name()] {
		mark, ok = a.w.invisible[line.Compartment][line.Name()]
	}
	if ok && !a.lifts(line, mark.Code) {
		return false
	}
	return !a.verdict(line.Compartment).excludes(line)
}

// readMarks works out what the marks among the lines will say, before anything is written: it decides which lines count.
func (a *applying) readMarks(ctx context.Context, lines []Incoming) error {
	objects := map[objectKey]*oplog.Object{}
	for i := range lines {
		line := lines[i].Line
		if line.Kind != oplog.KindSet || !IsMark(line.Type) || lines[i].Code != "" || a.w.reg.Known(line.Compartment, line.Name()) {
			continue
		}
		key := objectKey{line.Compartment, line.Object}
		object := objects[key]
		if object == nil {
			var err error
			if object, err = a.w.reg.Object(ctx, line.Compartment, line.Object); err != nil {
				return err
			}
			if object == nil {
				object = &oplog.Object{}
			}
		}
		object.Apply(line, nil)
		objects[key] = object
	}
	for key, object := range objects {
		a.mark(key.compartment, key.id, readMark(object))
	}
	return nil
}

func (a *applying) mark(c domain.Compartment, id uuid.UUID, m mark) {
	if a.marks[c] == nil {
		a.marks[c] = map[uuid.UUID]mark{}
	}
	a.marks[c][id] = m
	a.verdicts[c] = verdictOf(a.w.marks[c], a.marks[c])
}

// scopesOf are the scopes of the lines of a set that are stored here.
func (w *Workspace) scopesOf(c domain.Compartment, lines LineSet) (scopes []scope) {
	for key, numbers := range lines {
		chain, err := oplog.ParseChainKey(c, key)
		if err != nil {
			continue
		}
		for _, id := range w.reg.ScopesOf(chain, numbers) {
			if c == domain.Open {
				id = uuid.Nil
			}
			scopes = append(scopes, scope{c, id})
		}
	}
	for id, taken := range w.taken[c] {
		if taken.meets(lines) {
			scopes = append(scopes, scope{c, id})
		}
	}
	return scopes
}

// readScopes reads the writes of the scopes that must be computed from the log: those that the change reaches and that hold
// lines which do not count, before it or after. It runs before the transaction, for the engine has a single connection.
func (a *applying) readScopes(ctx context.Context, lines []Incoming) error {
	if err := a.readLifted(ctx, nil); err != nil {
		return err
	}
	touched := map[scope]bool{}
	special, err := a.readDoubles(ctx, lines)
	if err != nil {
		return err
	}
	for i := range lines {
		s := scopeOf(lines[i].Line)
		touched[s] = true
		if lines[i].Code != "" || a.verdict(s.compartment).excludes(lines[i].Line) {
			special[s] = true
		}
	}
	for _, s := range a.redactedScopes() {
		special[s] = true
	}
	for c := range a.blanks {
		for _, r := range a.redacted[c] {
			touched[scope{c, r.Case}] = true
		}
	}
	for c, names := range a.w.invisible {
		for name, mark := range names {
			s := scope{c, mark.Case}
			special[s] = true
			if a.revealed[c][name] {
				touched[s] = true
			}
		}
	}
	for _, c := range markCompartments {
		before, after := a.w.verdicts[c], a.verdict(c)
		for _, s := range a.w.scopesOf(c, after.excluded) {
			special[s] = true
		}
		changed := LineSet{}
		for _, sets := range [][2]LineSet{{before.excluded, after.excluded}, {after.excluded, before.excluded}, {before.lifted, after.lifted}, {after.lifted, before.lifted}} {
			changed = changed.join(sets[0].without(sets[1]))
		}
		for _, s := range a.w.scopesOf(c, changed) {
			touched[s], special[s] = true, true
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
			if line, err := oplog.Parse(stored.Bytes); err == nil && (line.Kind == oplog.KindSet || line.Kind == oplog.KindRedact) && !a.w.outside(stored.Name) {
				writes = append(writes, oplog.Visible{Line: line, Visible: a.visible(line)})
			}
		}
		a.rebuild[s] = writes
	}
	return nil
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
	if object.Apply(line, a.seen(line)) {
		a.take(line)
	}
	return nil
}

func (a *applying) load(line *oplog.Line) (*oplog.Object, error) {
	key := objectKey{line.Compartment, line.Object}
	if object, ok := a.objects[key]; ok {
		return object, nil
	}
	object, err := a.tx.Object(line.Compartment, line.Object)
	if err != nil {
		return nil, err
	}
	if object == nil {
		object = &oplog.Object{ID: line.Object, Type: line.Type, Case: line.Case, Compartment: line.Compartment, Fields: map[string]*oplog.Field{}}
	}
	a.before[key] = snapshotOf(object)
	a.objects[key] = object
	return object, nil
}

func (a *applying) rebuildScopes() error {
	for s, writes := range a.rebuild {
		built := oplog.Rebuild(writes)
		for _, write := range writes {
			if write.Visible && write.Line.Kind == oplog.KindSet {
				a.take(write.Line)
			}
			key := objectKey{s.compartment, write.Line.Object}
			if _, there := a.before[key]; there || write.Line.Object == uuid.Nil {
				continue
			}
			old, err := a.tx.Object(s.compartment, key.id)
			if err != nil {
				return err
			}
			object := built[key.id]
			if same, err := equalObjects(old, object); err != nil || same {
				if err != nil {
					return err
				}
				continue
			}
			a.before[key] = snapshotOf(old)
			if object == nil { // no write of it counts any more
				a.dropped[key] = old
				continue
			}
			a.objects[key] = object
		}
	}
	return nil
}

// equalObjects compares two states of an object; nil is none.
func equalObjects(old, object *oplog.Object) (bool, error) {
	if old == nil || object == nil {
		return old == object, nil
	}
	before, err := old.Encode()
	if err != nil {
		return false, err
	}
	after, err := object.Encode()
	return bytes.Equal(before, after), err
}

// settle stores every object that is different now, and counts.
func (a *applying) settle() error {
	if err := a.rebuildScopes(); err != nil {
		return err
	}
	for key, object := range a.objects {
		if err := a.tx.PutObject(object); err != nil {
			return err
		}
		a.applied.Objects[object.Type]++
		a.compare(key, object, object)
	}
	for key, old := range a.dropped {
		if err := a.tx.DropObject(key.compartment, key.id); err != nil {
			return err
		}
		a.applied.Objects[old.Type]++
		a.compare(key, old, nil)
	}
	sortDifferences(a.applied.Differences)
	return a.reduce()
}

// compare counts what a change does to one object; now is nil when nothing of it is left.
func (a *applying) compare(key objectKey, object, now *oplog.Object) {
	if object.Case != uuid.Nil && !slices.Contains(a.applied.Cases, object.Case) {
		a.applied.Cases = append(a.applied.Cases, object.Case)
	}
	before := a.before[key]
	count := a.applied.of(object.Compartment, string(object.Type))
	count.Replaced += before.replaced(now)
	if now == nil {
		now = &oplog.Object{}
	}
	if !IsMark(object.Type) {
		if more := len(visibleConflicts(now)) - before.conflicts; more > 0 {
			a.applied.Conflicts += more
			count.Conflicts += more
		}
	}
	if a.details && !IsMark(object.Type) {
		a.applied.Differences = append(a.applied.Differences, before.differences(object, now)...)
	}
}

// quarantine is the list of a compartment after this change.
func (a *applying) quarantine(c domain.Compartment) map[oplog.Name]hidden {
	names := map[oplog.Name]hidden{}
	for name, mark := range a.w.invisible[c] {
		if !a.revealed[c][name] {
			names[name] = mark
		}
	}
	for name, mark := range a.invisible[c] {
		names[name] = mark
	}
	return names
}

// saveInvisible writes the quarantine into system value 18 of the rings in which it is different now, and what new issues
// stand for.
func (a *applying) saveInvisible() error {
	if err := a.saveTaken(); err != nil {
		return err
	}
	for _, c := range domain.AllCompartments {
		if len(a.invisible[c])+len(a.revealed[c]) == 0 {
			continue
		}
		if err := saveHidden(a.tx, c, a.quarantine(c)); err != nil {
			return err
		}
	}
	return nil
}

// finish makes the workspace's memory follow the commit.
func (a *applying) finish() []Change {
	for _, c := range domain.AllCompartments {
		if len(a.invisible[c])+len(a.revealed[c]) > 0 {
			a.w.invisible[c] = a.quarantine(c)
		}
	}
	for c, marks := range a.marks {
		a.w.setMarks(c, marks)
	}
	for c := range a.taken {
		a.w.taken[c] = a.allTaken(c)
	}
	a.finishReduced()
	for _, at := range a.times {
		a.w.clock.Observe(at)
	}
	cases := map[uuid.UUID]bool{}
	for _, object := range a.objects {
		a.w.remember(object)
		cases[object.Case] = true
	}
	for key, old := range a.dropped {
		a.w.forgetObject(key, old)
		cases[old.Case] = true
	}
	a.w.renewIssued()
	var changes []Change
	for id := range cases {
		changes = append(changes, Change{Case: id, Import: true})
	}
	return changes
}

// forgetObject takes an object of which nothing counts any more out of lists, search and conflicts.
func (w *Workspace) forgetObject(key objectKey, old *oplog.Object) {
	w.noteIssuedObject(old.Type)
	delete(w.conflicts, key.id)
	w.search.Remove(key.id)
	if e := w.entries[old.Case]; e != nil {
		delete(e.objects, key.id)
		if key.id == old.Case {
			e.mission = uuid.Nil
		}
		if len(e.objects) == 0 {
			delete(w.entries, old.Case)
		}
	}
}

// Rejudge takes lines out of the quarantine for which a newer program, or a newer directory, has found no fault, those with an
// empty code; what they write counts from now on. The others stay, for the reason given now.
func (w *Workspace) Rejudge(ctx context.Context, lines []Quarantined) error {
	changes, err := w.rejudge(ctx, lines)
	if err != nil {
		return err
	}
	w.notify(changes)
	return nil
}

func (w *Workspace) rejudge(ctx context.Context, lines []Quarantined) ([]Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if err := w.refuseWrites(); err != nil {
		return nil, err
	}
	if err := w.scanConflicts(ctx); err != nil {
		return nil, err
	}
	run := w.applying()
	reach := map[lineKey]Reach{}
	for _, line := range lines {
		c := line.Compartment
		reach[lineKey{c, line.Name}] = line.Reach
		mark, known := w.invisible[c][line.Name]
		switch {
		case !known || mark.Code == line.Code:
		case line.Code == "":
			if run.revealed[c] == nil {
				run.revealed[c] = map[oplog.Name]bool{}
			}
			run.revealed[c][line.Name] = true
		default:
			if run.invisible[c] == nil {
				run.invisible[c] = map[oplog.Name]hidden{}
			}
			run.invisible[c][line.Name] = hidden{Code: line.Code, Case: mark.Case}
		}
	}
	if err := run.readLifted(ctx, reach); err != nil {
		return nil, err
	}
	if err := run.readScopes(ctx, nil); err != nil {
		return nil, err
	}
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		run.tx = tx
		if err := run.settle(); err != nil {
			return err
		}
		return run.saveInvisible()
	})
	if err != nil {
		return nil, err
	}
	return run.finish(), nil
}
