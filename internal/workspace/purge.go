package workspace

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// whyPurged is what a stub says of a line that its machine removed after headquarters had merged it (security.md 5.5).
const whyPurged = "purged"

// Superseded lists own lines of a case that nothing stands on any more, oldest first: each field that they wrote was written
// over since, and what they stood on themselves is a stub or nothing. Only such a line can go without anything older rising
// again when records are made anew from their lines (security.md 7.1). Boxes are left alone: their fields are nobody's to see.
func (w *Workspace) Superseded(ctx context.Context, caseID uuid.UUID) (map[domain.Compartment][]oplog.Name, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	out := map[domain.Compartment][]oplog.Name{}
	for _, c := range domain.AllCompartments {
		if c == domain.Open || c.Boxed() || !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		going := map[oplog.Name]bool{}
		for stored, err := range w.reg.CaseLines(ctx, c, caseID) {
			if err != nil {
				return nil, err
			}
			line, err := oplog.Parse(stored.Bytes)
			if err != nil || line.Kind != oplog.KindSet || line.Device != w.node.Device || !w.visible(line) {
				continue
			}
			object, err := w.reg.Object(ctx, c, line.Object)
			if err != nil {
				return nil, err
			}
			if object != nil && !standsIn(object, line) && w.standsOnNothing(c, line, going) {
				going[line.Name()] = true
				out[c] = append(out[c], line.Name())
			}
		}
	}
	return out, nil
}

func standsIn(object *oplog.Object, line *oplog.Line) bool {
	for field := range line.Set {
		if state := object.Fields[field]; state != nil {
			for _, head := range state.Heads {
				if head.Name == line.Name() {
					return true
				}
			}
		}
	}
	return false
}

func (w *Workspace) standsOnNothing(c domain.Compartment, line *oplog.Line, going map[oplog.Name]bool) bool {
	for _, parents := range line.Parents {
		for _, name := range parents {
			if !going[name] && w.stubs[c].why(name) != whyPurged {
				return false
			}
		}
	}
	return true
}

// Purge reduces lines of a case to stubs. With whole, the records of the case and its attachments go too. The caller has made sure that
// headquarters has merged every line (sync/exchange.Purge). Faults: V-LOCKED, E-CASE when a line is not of the case.
func (w *Workspace) Purge(ctx context.Context, caseID uuid.UUID, lines map[domain.Compartment][]oplog.Name, whole bool) error {
	if err := w.purge(ctx, caseID, lines, whole); err != nil {
		return err
	}
	w.notify([]Change{{Case: caseID, Object: caseID, Type: "case"}})
	return nil
}

func (w *Workspace) purge(ctx context.Context, caseID uuid.UUID, lines map[domain.Compartment][]oplog.Name, whole bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	if err := w.refuseWrites(); err != nil {
		return err
	}
	if caseID == uuid.Nil {
		return fault.New("E-CASE", "", nil)
	}
	marks := map[domain.Compartment]stubMarks{}
	gone := map[objectKey]*oplog.Object{}
	for c, names := range lines {
		marks[c] = stubMarks{}
		for _, name := range names {
			marks[c].add(whyPurged, name)
		}
		if !whole || c.Boxed() {
			continue
		}
		for object, err := range w.reg.Objects(ctx, c, register.Filter{Case: &caseID}) {
			if err != nil {
				return err
			}
			gone[objectKey{c, object.ID}] = object
		}
	}
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		for c, names := range lines {
			for _, name := range names {
				if err := tx.Blank(c, name); err != nil {
					return err
				}
			}
			if err := saveStubs(tx, c, w.stubs[c].join(marks[c])); err != nil {
				return err
			}
		}
		for key, object := range gone {
			if err := tx.DropObject(key.compartment, key.id); err != nil {
				return err
			}
			if err := dropFiles(tx, object); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for c := range lines {
		w.stubs[c] = w.stubs[c].join(marks[c])
	}
	for key, object := range gone {
		w.forgetObject(key, object)
	}
	w.noteLocked("purge", "case", caseID)
	return nil
}
