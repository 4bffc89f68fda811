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

// WriteAnew writes in a new epoch what own lines from the given numbers on say, and hides the old ones with E-FORK
// (security.md 6.7): also what a later line replaced, for headquarters shall know of every save. Of the old names there may be a
// second line elsewhere, by a copy of this machine, so no new line names them: it names the new line of what it replaced, or
// what that one stood on. What replaced a line in doubt and is not in doubt itself is said once more, so that the old value does
// not rise again; that holds for what was written on this machine only. Whoever else names such a line may mean the copy's, so
// the value then stands beside the other one until somebody decides. The epochs must have been replaced.
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

func (w *Workspace) writeAnew(ctx context.Context, from map[oplog.Chain]uint64) ([]Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	d := &doubted{w: w, lines: map[domain.Compartment]map[oplog.Name]*oplog.Line{}, boxes: map[uuid.UUID]map[uuid.UUID]*oplog.Object{}}
	if err := d.read(ctx, from); err != nil {
		return nil, err
	}
	redactions, err := d.redactionsAnew(ctx, from)
	if err != nil || len(d.fresh)+len(redactions) == 0 {
		return nil, err
	}
	if err := w.refuseWrites(); err != nil {
		return nil, err
	}
	if err := d.readCertain(ctx); err != nil {
		return nil, err
	}
	if err := w.scanConflicts(ctx); err != nil {
		return nil, err
	}
	if err := d.readStanding(ctx); err != nil {
		return nil, err
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
	err = w.reg.Update(ctx, func(tx *register.Tx) error {
		wr, run.tx = w.begin(tx), tx
		if err := d.writeAll(wr, run); err != nil {
			return err
		}
		for _, line := range redactions {
			if err := d.redactAnew(wr, run, line); err != nil {
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

// writeAll writes the fresh lines anew, and then once more what replaced one of them and is not in doubt.
func (d *doubted) writeAll(wr *writing, run *applying) error {
	d.anew = map[domain.Compartment]map[oplog.Name]oplog.Name{}
	for c := range d.lines {
		d.anew[c] = map[oplog.Name]oplog.Name{}
	}
	for _, line := range d.fresh {
		again := emptyCopy(line)
		for field, value := range line.Set {
			again.Set[field] = value
			setParents(again, field, d.parents(line, field, map[oplog.Name]bool{}))
		}
		name, err := d.write(wr, run, again)
		if err != nil {
			return err
		}
		d.anew[line.Compartment][line.Name()] = name
	}
	for _, at := range d.standing {
		again := emptyCopy(at.line)
		for _, field := range at.fields {
			if names := d.below(at.line, field, map[oplog.Name]bool{}); len(names) > 0 {
				again.Set[field] = at.line.Set[field]
				setParents(again, field, append(names, at.line.Name()))
			}
		}
		if len(again.Set) == 0 {
			continue
		}
		if _, err := d.write(wr, run, again); err != nil {
			return err
		}
	}
	return nil
}

// emptyCopy is a line that is to write the same object for the same author, without its values.
func emptyCopy(line *oplog.Line) *oplog.Line {
	out := &oplog.Line{
		Kind: line.Kind, By: line.By, Compartment: line.Compartment, Case: line.Case, Form: line.Form, Object: line.Object, Type: line.Type,
		Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
	}
	out.Epoch = line.Epoch // tells the audience; the new one takes its place when it is written
	return out
}

func setParents(line *oplog.Line, field string, parents []oplog.Name) {
	if len(parents) > 0 {
		slices.SortFunc(parents, oplog.Name.Compare)
		line.Parents[field] = slices.Compact(parents)
	}
}

// parents are what a line in doubt stands on when it is written anew: of lines in doubt their new names, or what they stood on.
func (d *doubted) parents(line *oplog.Line, field string, seen map[oplog.Name]bool) (out []oplog.Name) {
	for _, name := range line.Parents[field] {
		if seen[name] {
			continue
		}
		seen[name] = true
		if again, ok := d.anew[line.Compartment][name]; ok {
			out = append(out, again)
		} else if before := d.lines[line.Compartment][name]; before != nil {
			out = append(out, d.parents(before, field, seen)...)
		} else {
			out = append(out, name)
			if before := d.certain[line.Compartment][name]; before != nil {
				out = append(out, d.below(before, field, seen)...)
			}
		}
	}
	return out
}

// below are the new names of the lines in doubt that a line replaced, directly or through others written in this vault.
func (d *doubted) below(line *oplog.Line, field string, seen map[oplog.Name]bool) (out []oplog.Name) {
	for _, name := range line.Parents[field] {
		if seen[name] {
			continue
		}
		seen[name] = true
		if again, ok := d.anew[line.Compartment][name]; ok {
			out = append(out, again)
			continue
		}
		for _, own := range []map[domain.Compartment]map[oplog.Name]*oplog.Line{d.lines, d.certain} {
			if before := own[line.Compartment][name]; before != nil {
				out = append(out, d.below(before, field, seen)...)
			}
		}
	}
	return out
}

// write gives the line its place in the new epoch.
func (d *doubted) write(wr *writing, run *applying, line *oplog.Line) (oplog.Name, error) {
	audience := d.w.audienceOf(line.Epoch)
	if audience == "" {
		audience = d.w.home()
	}
	s := scopeOf(line)
	if line.Kind == oplog.KindBox {
		info, _ := domain.Info(line.Type)
		p := &preparedWrite{Write: Write{Target: Target{Type: line.Type, ID: line.Object, Case: line.Case}}, info: info}
		recipients, err := d.w.sealedReaders(p, d.boxes[line.Case][line.Object])
		if err != nil {
			return oplog.Name{}, err
		}
		inner := oplog.Inner{Type: line.Type, Object: line.Object, Form: line.Form, Set: line.Set, Parents: line.Parents}
		box := &oplog.Line{Kind: oplog.KindBox, By: line.By, Compartment: line.Compartment, Case: line.Case}
		err = wr.appendBoxed(audience, box, inner, s.id, recipients)
		return box.Name(), err
	}
	if err := wr.append(audience, line, s.id); err != nil {
		return oplog.Name{}, err
	}
	run.rebuild[s] = append(run.rebuild[s], oplog.Visible{Line: line, Visible: true})
	return line.Name(), nil
}
