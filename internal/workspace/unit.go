package workspace

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Unit is many objects that are written together and can be taken back together: one transaction, of which the caller keeps which
// lines it wrote. [ImportMark.Lines] takes them back at headquarters, [Workspace.Withdraw] on a machine in the field.
type Unit struct {
	Writes []Write
	// Progress is told how many objects are done, on the goroutine that writes. May be nil.
	Progress func(done, total int)
	// Also is run in the same transaction, after the writes, with the lines that they made. May be nil.
	Also func(tx *register.Tx, lines map[domain.Compartment]LineSet) error

	lines map[domain.Compartment]LineSet
}

// Lines are those that the unit wrote, by compartment; known once [Workspace.SetUnit] has returned.
func (u *Unit) Lines() map[domain.Compartment]LineSet { return u.lines }

// SetUnit is [Workspace.SetMany] for a unit. A context that ends before the commit undoes all of it.
func (w *Workspace) SetUnit(ctx context.Context, u *Unit) ([]*Record, error) {
	u.lines = map[domain.Compartment]LineSet{}
	records, changes, err := w.setMany(ctx, u.Writes, u)
	if err != nil {
		return nil, err
	}
	seen := map[uuid.UUID]bool{}
	var told []Change
	for _, change := range changes { // one word for each case is enough
		if !seen[change.Case] {
			seen[change.Case] = true
			told = append(told, Change{Case: change.Case, Import: true})
		}
	}
	w.notify(told)
	return records, nil
}

func (u *Unit) step(ctx context.Context, done, total int) error {
	if u == nil {
		return nil
	}
	if u.Progress != nil {
		u.Progress(done, total)
	}
	return ctx.Err()
}

func (u *Unit) note(line *oplog.Line) {
	if u == nil {
		return
	}
	if u.lines[line.Compartment] == nil {
		u.lines[line.Compartment] = LineSet{}
	}
	u.lines[line.Compartment].Add(line.Name())
}

func (u *Unit) finish(tx *register.Tx) error {
	if u == nil || u.Also == nil {
		return nil
	}
	return u.Also(tx, u.lines)
}

// ObjectsAndRemoved returns all objects of a type as [Workspace.Objects] does, those that somebody removed among them. Only for
// types whose reading needs no record: compartments open and case.
func (w *Workspace) ObjectsAndRemoved(ctx context.Context, t domain.Type) ([]*Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	info, ok := domain.Info(t)
	if !ok || info.Compartment != domain.Open && info.Compartment != domain.Case {
		return nil, fault.Newf("E-FORM", string(t), "not a type of open or case")
	}
	if !w.reg.Holds(domain.RingOf(info.Compartment)) {
		return nil, nil
	}
	var out []*Record
	for object, err := range w.reg.Objects(ctx, info.Compartment, filterTypes([]domain.Type{t})) {
		if err != nil {
			return nil, err
		}
		out = append(out, newRecord(object))
	}
	sortRecords(out)
	return out, nil
}
