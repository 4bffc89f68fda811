package workspace

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

func filterTypes(types []domain.Type) register.Filter { return register.Filter{Types: types} }

func filterCase(id uuid.UUID) register.Filter { return register.Filter{Case: &id} }

func sortBy(records []*Record, key func(*Record) string) {
	slices.SortFunc(records, func(a, b *Record) int { return strings.Compare(key(a), key(b)) })
}

// Conflict is a field with several standing values: nobody has replaced any of them.
type Conflict struct {
	Record *Record
	Field  string
	Heads  []Head
}

type conflictEntry struct {
	compartment domain.Compartment
	caseID      uuid.UUID
	fields      []string
}

func (w *Workspace) rememberConflicts(object *oplog.Object) {
	if fields := visibleConflicts(object); len(fields) > 0 && !IsMark(object.Type) { // two words on an import: [exchange] shows them
		w.conflicts[object.ID] = conflictEntry{object.Compartment, object.Case, fields}
	} else {
		delete(w.conflicts, object.ID)
	}
}

// visibleConflicts lists the fields that somebody has to decide on: of a removed object only the removal itself.
func visibleConflicts(object *oplog.Object) []string {
	fields := conflictsOf(object)
	if !deleted(object) {
		return fields
	}
	return slices.DeleteFunc(fields, func(name string) bool { return name != fieldDeleted })
}

func conflictsIn(r *Record) []Conflict {
	var out []Conflict
	for _, field := range visibleConflicts(r.object) {
		out = append(out, Conflict{Record: r, Field: field, Heads: r.Heads(field)})
	}
	return out
}

// Conflicts lists every conflict that the user may read, by case. The first call in an unlock period reads through the
// whole register; later ones know what changed.
func (w *Workspace) Conflicts(ctx context.Context) ([]Conflict, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if err := w.scanConflicts(ctx); err != nil {
		return nil, err
	}
	var out []Conflict
	var reads []auditEvent
	for id, found := range w.conflicts {
		object, err := w.reg.Object(ctx, found.compartment, id)
		if err != nil {
			return nil, err
		}
		if object == nil || !w.mayRead(newRecord(object)) {
			continue
		}
		if found := conflictsIn(newRecord(object)); len(found) > 0 {
			out = append(out, found...)
			reads = append(reads, w.firstRead(object)...)
		}
	}
	if err := w.commitReads(ctx, reads); err != nil {
		return nil, err
	}
	sortConflicts(out)
	return out, nil
}

func (w *Workspace) scanConflicts(ctx context.Context) error {
	if w.scanned {
		return nil
	}
	for _, c := range domain.AllCompartments {
		if c.Boxed() || !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		for object, err := range w.reg.Objects(ctx, c, register.Filter{}) {
			if err != nil {
				return err
			}
			w.rememberConflicts(object)
		}
	}
	w.scanned = true
	return nil
}

func sortConflicts(conflicts []Conflict) {
	slices.SortFunc(conflicts, func(a, b Conflict) int {
		return cmp.Or(
			strings.Compare(a.Record.Case().String(), b.Record.Case().String()),
			strings.Compare(string(a.Record.Type()), string(b.Record.Type())),
			strings.Compare(a.Record.ID().String(), b.Record.ID().String()),
			strings.Compare(a.Field, b.Field))
	})
}

// Resolve decides a conflict: an ordinary write whose parents are all standing values, with the reason for the choice
// (security.md 7.1). The values not taken stay in the log. Faults: E-CONFLICT when the field has no conflict any more or
// the reason is empty.
func (w *Workspace) Resolve(ctx context.Context, c Conflict, take domain.Answer, reason string) (*Record, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, fault.Newf("E-CONFLICT", describe(c.Record.Type(), c.Field), "no reason given")
	}
	now, err := w.current(ctx, c.Record)
	if err != nil {
		return nil, err
	}
	if now == nil || !now.Conflicted(c.Field) {
		return nil, fault.Newf("E-CONFLICT", describe(c.Record.Type(), c.Field), "nothing to decide")
	}
	take.Reason = strings.TrimSpace(reason)
	target := Target{
		Type: now.Type(), ID: now.ID(), Case: now.Case(),
		Seen: map[string][]oplog.Name{c.Field: now.Seen(c.Field)},
	}
	record, err := w.Set(ctx, target, map[string]domain.Answer{c.Field: take})
	if err == nil {
		w.Audit("resolve", now.Type(), now.ID())
	}
	return record, err
}

// current reads an object again, a sealed one from its boxes.
func (w *Workspace) current(ctx context.Context, r *Record) (*Record, error) {
	if !r.Compartment().Boxed() {
		return w.Get(ctx, r.Type(), r.ID())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	objects, err := w.openBoxes(ctx, r.Case())
	if err != nil || objects[r.ID()] == nil {
		return nil, err
	}
	return newRecord(objects[r.ID()]), nil
}
