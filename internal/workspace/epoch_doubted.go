package workspace

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Pending gives the lines that may have a double and still wait to be written anew: for this user's next change of epoch, or for
// their author. closed counts the chains of rings that the user does not hold, of which nobody can tell.
func (w *Workspace) Pending(from map[oplog.Chain]uint64) (lines map[oplog.Chain]oplog.Intervals, closed int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, 0, err
	}
	for chain := range from {
		if chain.Compartment != domain.Audit && !w.reg.Holds(domain.RingOf(chain.Compartment)) {
			closed++
		}
	}
	d := &doubted{w: w, lines: map[domain.Compartment]map[oplog.Name]*oplog.Line{}}
	if err := d.read(context.Background(), from); err != nil {
		return nil, 0, err
	}
	lines = map[oplog.Chain]oplog.Intervals{}
	for chain, numbers := range d.others {
		lines[chain] = slices.Clone(numbers)
	}
	for _, line := range d.fresh {
		numbers := lines[line.Chain()]
		numbers.Add(line.N)
		lines[line.Chain()] = numbers
	}
	return lines, closed, nil
}

// doubted is what may have a double, by compartment and name; fresh are those that are still visible, each behind those that it
// replaced.
type doubted struct {
	w     *Workspace
	lines map[domain.Compartment]map[oplog.Name]*oplog.Line
	fresh []*oplog.Line
	// others are visible sealed lines that only another user of this machine can write anew.
	others map[oplog.Chain]oplog.Intervals
	// certain are the other lines that were written in this vault; standing are those of them that nothing has replaced yet,
	// in the fields of objects that fresh lines write.
	certain  map[domain.Compartment]map[oplog.Name]*oplog.Line
	standing []standing
	anew     map[domain.Compartment]map[oplog.Name]oplog.Name // the names under which fresh lines were written again
	boxes    map[uuid.UUID]map[uuid.UUID]*oplog.Object        // by case: sealed objects before the change
}

// standing is a line with the fields in which its values are heads.
type standing struct {
	line   *oplog.Line
	fields []string
}

// read collects the lines in doubt, in the order of their numbers.
func (d *doubted) read(ctx context.Context, from map[oplog.Chain]uint64) error {
	w := d.w
	for chain, first := range from {
		c := chain.Compartment
		if c == domain.Audit || chain.Device != w.node.Device || !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		if d.lines[c] == nil {
			d.lines[c] = map[oplog.Name]*oplog.Line{}
		}
		for stored, err := range w.reg.Lines(ctx, chain, first, w.tipOf(chain)) {
			if err != nil {
				return err
			}
			line, err := d.own(stored)
			if err != nil {
				return err
			}
			if line == nil {
				if d.ofAnother(stored) {
					if d.others == nil {
						d.others = map[oplog.Chain]oplog.Intervals{}
					}
					numbers := d.others[chain]
					numbers.Add(stored.Name.N)
					d.others[chain] = numbers
				}
				continue
			}
			d.lines[c][line.Name()] = line
			if _, gone := w.reg.Erased(line.Case); !gone && !w.hides(c, line.Name()) {
				d.fresh = append(d.fresh, line)
			}
		}
	}
	slices.SortFunc(d.fresh, func(a, b *oplog.Line) int {
		if a.HLC != b.HLC {
			return int(min(max(int64(a.HLC)-int64(b.HLC), -1), 1))
		}
		return a.Name().Compare(b.Name())
	})
	d.sortByParents()
	return nil
}

// sortByParents puts each line behind those that it replaced: the clocks of two copies need not agree.
func (d *doubted) sortByParents() {
	fresh := map[*oplog.Line]bool{}
	for _, line := range d.fresh {
		fresh[line] = true
	}
	var sorted []*oplog.Line
	var put func(*oplog.Line)
	put = func(line *oplog.Line) {
		if !fresh[line] {
			return
		}
		delete(fresh, line)
		for _, names := range line.Parents {
			for _, name := range names {
				put(d.lines[line.Compartment][name])
			}
		}
		sorted = append(sorted, line)
	}
	for _, line := range d.fresh {
		put(line)
	}
	d.fresh = sorted
}

// own reads a write of this machine that the user can open; nil when it is none.
func (d *doubted) own(stored register.StoredLine) (*oplog.Line, error) {
	line, err := oplog.Parse(stored.Bytes)
	if stored.Bytes == nil || err != nil {
		return nil, nil // a stub says nothing that could be said again
	}
	switch line.Kind {
	case oplog.KindSet:
		return line, nil
	case oplog.KindBox:
		open, ok, err := d.w.unseal(line)
		if err != nil || !ok || line.By != d.w.me.User {
			return nil, err
		}
		open.Kind = oplog.KindBox
		return open, nil
	}
	return nil, nil
}

// ofAnother reports whether a line is a visible box that another user wrote on this machine.
func (d *doubted) ofAnother(stored register.StoredLine) bool {
	line, err := oplog.Parse(stored.Bytes)
	if stored.Bytes == nil || err != nil || line.Kind != oplog.KindBox || line.By == d.w.me.User {
		return false
	}
	_, gone := d.w.reg.Erased(line.Case)
	return !gone && !d.w.hides(line.Compartment, line.Name())
}

// readCertain collects the lines that were written in this vault itself, not brought by an import, and are not in doubt.
func (d *doubted) readCertain(ctx context.Context) error {
	d.certain = map[domain.Compartment]map[oplog.Name]*oplog.Line{}
	for c := range d.lines {
		d.certain[c] = map[oplog.Name]*oplog.Line{}
		for _, state := range d.w.reg.Chains(c) {
			if state.Chain.Device != d.w.node.Device {
				continue
			}
			for stored, err := range d.w.reg.Lines(ctx, state.Chain, 1, state.Have.Last()) {
				if err != nil {
					return err
				}
				if stored.Import != uuid.Nil || d.lines[c][stored.Name] != nil {
					continue
				}
				line, err := d.own(stored)
				if err != nil {
					return err
				}
				if line != nil {
					d.certain[c][stored.Name] = line
				}
			}
		}
	}
	return nil
}

// readStanding finds the heads among the certain lines, in the objects that fresh lines write, in the order of their names.
func (d *doubted) readStanding(ctx context.Context) error {
	objects := map[objectKey]*oplog.Object{}
	for _, line := range d.fresh {
		key := objectKey{line.Compartment, line.Object}
		if _, known := objects[key]; known {
			continue
		}
		if err := d.openBoxes(ctx, line); err != nil {
			return err
		}
		object, err := d.boxes[line.Case][line.Object], error(nil)
		if !line.Compartment.Boxed() {
			if object, err = d.w.reg.Object(ctx, line.Compartment, line.Object); err != nil {
				return err
			}
		}
		objects[key] = object
	}
	for c, lines := range d.certain {
		for _, line := range lines {
			object := objects[objectKey{c, line.Object}]
			if object == nil {
				continue
			}
			at := standing{line: line}
			for field := range line.Set {
				if slices.Contains(object.Fields[field].Names(), line.Name()) {
					at.fields = append(at.fields, field)
				}
			}
			if len(at.fields) > 0 {
				d.standing = append(d.standing, at)
			}
		}
	}
	slices.SortFunc(d.standing, func(a, b standing) int {
		if a.line.Compartment != b.line.Compartment {
			return int(a.line.Compartment) - int(b.line.Compartment)
		}
		return a.line.Name().Compare(b.line.Name())
	})
	return nil
}

func (w *Workspace) tipOf(chain oplog.Chain) uint64 {
	for _, state := range w.reg.Chains(chain.Compartment) {
		if state.Chain == chain {
			return state.Have.Last()
		}
	}
	return 0
}

// openBoxes reads the sealed objects of a line's case, whose readers the new line gets too.
func (d *doubted) openBoxes(ctx context.Context, line *oplog.Line) error {
	if !line.Compartment.Boxed() || d.boxes[line.Case] != nil {
		return nil
	}
	objects, err := d.w.openBoxes(ctx, line.Case)
	d.boxes[line.Case] = objects
	return err
}
