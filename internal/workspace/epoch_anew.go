package workspace

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// WriteAnew writes in a new epoch what own lines from the given numbers on say and nobody on this machine has replaced since,
// and hides the old ones with E-FORK (security.md 6.7). Whoever else names such a line may mean the copy's, so that does not count
// as replaced: the value then stands beside the other one until somebody decides. Of their names there may be a second line elsewhere, by a copy of this machine, so
// no line may go on naming them: the new ones name what the old ones stood on before. The epochs must have been replaced.
//
// A line in a ring that nobody with it has unlocked waits; so does a sealed one of another author. What this user did is not
// done twice. A sealed entry is written anew to its author, headquarters and those whose answers it holds; who else was named
// as a reader does not stand in a box. Audit lines cannot be opened and stay as they are.
func (w *Workspace) WriteAnew(ctx context.Context, from map[oplog.Chain]uint64) error {
	changes, err := w.writeAnew(ctx, from)
	if err != nil {
		return err
	}
	w.notify(changes)
	return nil
}

// Pending reports whether lines that may have a double still wait to be written anew, or cannot be judged by this user.
func (w *Workspace) Pending(from map[oplog.Chain]uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open() != nil {
		return true
	}
	d := &doubted{w: w, lines: map[domain.Compartment]map[oplog.Name]*oplog.Line{}}
	for chain := range from {
		if chain.Compartment != domain.Audit && !w.reg.Holds(domain.RingOf(chain.Compartment)) {
			return true
		}
	}
	return d.read(context.Background(), from) != nil || len(d.fresh) > 0
}

// doubted is what may have a double, by compartment and name; fresh are those that are still visible.
type doubted struct {
	w     *Workspace
	lines map[domain.Compartment]map[oplog.Name]*oplog.Line
	fresh []*oplog.Line
	named map[naming]bool
	boxes map[uuid.UUID]map[uuid.UUID]*oplog.Object // by case: sealed objects before the change
}

// naming is a write that was replaced by one that was made in this vault.
type naming struct {
	compartment domain.Compartment
	object      uuid.UUID
	field       string
	write       oplog.Name
}

func (w *Workspace) writeAnew(ctx context.Context, from map[oplog.Chain]uint64) ([]Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	d := &doubted{w: w, lines: map[domain.Compartment]map[oplog.Name]*oplog.Line{}, boxes: map[uuid.UUID]map[uuid.UUID]*oplog.Object{}}
	if err := d.read(ctx, from); err != nil || len(d.fresh) == 0 {
		return nil, err
	}
	if err := w.refuseWrites(); err != nil {
		return nil, err
	}
	if err := d.readOwn(ctx); err != nil {
		return nil, err
	}
	if err := w.scanConflicts(ctx); err != nil {
		return nil, err
	}
	var anew []*oplog.Line
	for _, line := range d.fresh {
		again, err := d.again(ctx, line)
		if err != nil {
			return nil, err
		}
		if again != nil {
			anew = append(anew, again)
		}
	}
	run := w.applying()
	var hiding []Incoming
	for _, line := range d.fresh {
		run.hide(line, "E-FORK")
		hiding = append(hiding, Incoming{Line: line, Code: "E-FORK"})
	}
	if err := run.readScopes(ctx, hiding); err != nil {
		return nil, err
	}
	var wr *writing
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		wr, run.tx = w.begin(tx), tx
		for _, line := range anew {
			if err := d.write(wr, run, line); err != nil {
				return err
			}
		}
		if err := run.settle(); err != nil {
			return err
		}
		return run.saveInvisible()
	})
	if err != nil {
		return nil, err
	}
	wr.commit()
	return run.finish(), nil
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
	return nil
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

// readOwn collects what was replaced in this vault itself: by lines that no import brought.
func (d *doubted) readOwn(ctx context.Context) error {
	d.named = map[naming]bool{}
	for c := range d.lines {
		for _, state := range d.w.reg.Chains(c) {
			if state.Chain.Device != d.w.node.Device {
				continue
			}
			for stored, err := range d.w.reg.Lines(ctx, state.Chain, 1, state.Have.Last()) {
				if err != nil {
					return err
				}
				if stored.Import != uuid.Nil {
					continue
				}
				line, err := d.own(stored)
				if err != nil {
					return err
				}
				if line == nil {
					continue
				}
				for field, names := range line.Parents {
					for _, name := range names {
						d.named[naming{c, line.Object, field, name}] = true
					}
				}
			}
		}
	}
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

// again makes the line that says what of a line in doubt still stands; nil when nothing does.
func (d *doubted) again(ctx context.Context, line *oplog.Line) (*oplog.Line, error) {
	if err := d.openBoxes(ctx, line); err != nil {
		return nil, err
	}
	out := &oplog.Line{
		Kind: line.Kind, By: line.By, Compartment: line.Compartment, Case: line.Case, Form: line.Form, Object: line.Object, Type: line.Type,
		Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
	}
	out.Epoch = line.Epoch // tells the audience; the new one takes its place when it is written
	for field, value := range line.Set {
		if d.named[naming{line.Compartment, line.Object, field, line.Name()}] {
			continue
		}
		out.Set[field] = value
		if parents := d.parents(line, field, map[oplog.Name]bool{}); len(parents) > 0 {
			slices.SortFunc(parents, oplog.Name.Compare)
			out.Parents[field] = slices.Compact(parents)
		}
	}
	if len(out.Set) == 0 {
		return nil, nil
	}
	return out, nil
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

// parents are the writes that a line in doubt stood on, through others in doubt.
func (d *doubted) parents(line *oplog.Line, field string, seen map[oplog.Name]bool) (out []oplog.Name) {
	for _, name := range line.Parents[field] {
		if seen[name] {
			continue
		}
		seen[name] = true
		if before := d.lines[line.Compartment][name]; before != nil {
			out = append(out, d.parents(before, field, seen)...)
			continue
		}
		out = append(out, name)
	}
	return out
}

// write gives the line its place in the new epoch.
func (d *doubted) write(wr *writing, run *applying, line *oplog.Line) error {
	audience := d.w.audienceOf(line.Epoch)
	if audience == "" {
		audience = MissionAudience(d.w.me.Mission)
	}
	s := scopeOf(line)
	if line.Kind == oplog.KindBox {
		info, _ := domain.Info(line.Type)
		p := &preparedWrite{Write: Write{Target: Target{Type: line.Type, ID: line.Object, Case: line.Case}}, info: info}
		recipients, err := d.w.sealedReaders(p, d.boxes[line.Case][line.Object])
		if err != nil {
			return err
		}
		inner := oplog.Inner{Type: line.Type, Object: line.Object, Form: line.Form, Set: line.Set, Parents: line.Parents}
		return wr.appendBoxed(audience, &oplog.Line{Kind: oplog.KindBox, By: line.By, Compartment: line.Compartment, Case: line.Case}, inner, s.id, recipients)
	}
	if err := wr.append(audience, line, s.id); err != nil {
		return err
	}
	run.rebuild[s] = append(run.rebuild[s], oplog.Visible{Line: line, Visible: true})
	return nil
}
