package workspace

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Issuing says which lines headquarters issues anew, and for whom (security.md 5.2).
type Issuing struct {
	// Audience is whose epoch gets them.
	Audience string
	// Lines are the candidates. Those that were issued for the audience before, and those that write nothing or are in
	// quarantine, are passed over.
	Lines map[domain.Compartment]LineSet
	// Wanted chooses among them; nil means all. What it leaves out may be issued another time.
	Wanted func(*oplog.Line) bool
	had    LineSet // what was issued for the audience before, of the compartment in hand
}

// Issue says again, in this machine's epoch for an audience, what lines of other epochs say: the same author, time, values
// and parents, with the line itself as source. In the merge the new line counts under the name of the old one, so whoever gets
// both has one write. It returns how many lines were written. Sealed entries are issued when they are written, to the machines
// of those who are named. Faults: E-ROLE outside of headquarters, V-READONLY, V-SPACE, V-LOCKED.
func (w *Workspace) Issue(ctx context.Context, i Issuing) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return 0, err
	}
	if !w.me.HQ {
		return 0, fault.Newf("E-ROLE", "", "only headquarters issues lines anew")
	}
	var anew []*oplog.Line
	passed := map[domain.Compartment]LineSet{}
	for _, c := range domain.AllCompartments {
		if c == domain.Audit || !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		issued, err := w.readIssued(c)
		if err != nil {
			return 0, err
		}
		passed[c] = LineSet{}
		i.had = issued[i.Audience]
		lines, err := w.issuable(ctx, c, i, i.Lines[c].without(issued[i.Audience]), passed[c])
		if err != nil {
			return 0, err
		}
		anew = append(anew, lines...)
	}
	if len(anew) == 0 {
		return 0, nil // what was passed over is passed over again at little cost
	}
	if err := w.refuseWrites(); err != nil {
		return 0, err
	}
	var wr *writing
	run := w.applying()
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		wr, run.tx = w.begin(tx), tx
		for _, line := range anew {
			if err := wr.append(i.Audience, line, scopeOf(line).id); err != nil {
				return err
			}
			if line.Kind == oplog.KindRedact {
				run.count(line, ReachAll)
			}
		}
		if err := run.reduce(); err != nil {
			return err
		}
		return wr.noteIssued(i.Audience, passed)
	})
	if err != nil {
		return 0, err
	}
	wr.commit()
	run.finishReduced()
	return len(anew), nil
}

// issuable reads the candidates of a compartment and puts into passed what needs no further look.
func (w *Workspace) issuable(ctx context.Context, c domain.Compartment, i Issuing, candidates, passed LineSet) (out []*oplog.Line, err error) {
	for _, key := range slices.Sorted(maps.Keys(candidates)) {
		chain, err := oplog.ParseChainKey(c, key)
		if err != nil {
			return nil, err
		}
		for _, run := range candidates[key] {
			for stored, err := range w.reg.Lines(ctx, chain, run[0], run[1]) {
				if err != nil {
					return nil, err
				}
				line, err := oplog.Parse(stored.Bytes)
				if err == nil && line.Kind == oplog.KindRedact {
					if r := w.redacted[c][stored.Name]; r != nil && (i.Wanted == nil || i.Wanted(line) || i.had.meets(r.Lines)) {
						passed.Add(stored.Name)
						out = append(out, w.reissued(line, i.Audience, r))
					}
					continue // one that does not count may be lifted yet
				}
				if err != nil || line.Kind != oplog.KindSet {
					passed.Add(stored.Name)
					continue
				}
				if w.hides(c, stored.Name) || i.Wanted != nil && !i.Wanted(line) {
					continue
				}
				passed.Add(stored.Name)
				out = append(out, issueOf(line))
			}
		}
	}
	return out, nil
}

// issueOf is the line that says again what a line says; place, epoch and link are still to be given.
func issueOf(line *oplog.Line) *oplog.Line {
	return &oplog.Line{
		Kind: line.Kind, By: line.By, Compartment: line.Compartment, Case: line.Case, HLC: line.HLC, ClockSuspect: line.ClockSuspect,
		Form: line.Form, Object: line.Object, Type: line.Type, Set: line.Set, Parents: line.Parents, Source: []oplog.Name{line.Origin()},
	}
}

// readIssued says which lines were issued anew, by audience.
func (w *Workspace) readIssued(c domain.Compartment) (map[string]LineSet, error) {
	stored, err := w.reg.System(domain.RingOf(c), register.SystemIssued)
	return parseIssued(w.dir, stored, err)
}

func parseIssued(dir string, stored []byte, err error) (map[string]LineSet, error) {
	issued := map[string]LineSet{}
	if err != nil || stored == nil {
		return issued, err
	}
	if err := json.Unmarshal(stored, &issued); err != nil {
		return nil, fault.New("V-DAMAGED", dir, err)
	}
	return issued, nil
}

// noteIssued puts lines on the list of those that were issued for an audience.
func (wr *writing) noteIssued(audience string, lines map[domain.Compartment]LineSet) error {
	for c, passed := range lines {
		if len(passed) == 0 {
			continue
		}
		stored, err := wr.tx.System(domain.RingOf(c), register.SystemIssued)
		issued, err := parseIssued(wr.w.dir, stored, err)
		if err != nil {
			return err
		}
		issued[audience] = issued[audience].join(passed)
		if stored, err = json.Marshal(issued); err != nil {
			return err
		}
		if err := wr.tx.SetSystem(domain.RingOf(c), register.SystemIssued, stored); err != nil {
			return err
		}
	}
	return nil
}

// meets reports whether the sets have a line in common.
func (s LineSet) meets(other LineSet) bool {
	for key, numbers := range s {
		if numbers.Minus(other[key]).Count() < numbers.Count() {
			return true
		}
	}
	return false
}

// seen tells what was taken in before a line, by itself or as a new issue, as [oplog.Object.Apply] asks.
func (a *applying) seen(line *oplog.Line) func(oplog.Name) bool {
	known, s := seenBefore(a.tx, line), scopeOf(line)
	before, now := a.w.taken[s.compartment][s.id], a.taken[s.compartment][s.id]
	return func(n oplog.Name) bool { return known(n) && !a.w.outside(n) || before.has(n) || now.has(n) }
}

// take notes that a new issue stands for a line from now on: the line itself says nothing more when it comes.
func (a *applying) take(line *oplog.Line) {
	name, s := line.Origin(), scopeOf(line)
	if name == line.Name() || a.w.taken[s.compartment][s.id].has(name) {
		return
	}
	if a.taken[s.compartment] == nil {
		a.taken[s.compartment] = map[uuid.UUID]LineSet{}
	}
	if a.taken[s.compartment][s.id] == nil {
		a.taken[s.compartment][s.id] = LineSet{}
	}
	a.taken[s.compartment][s.id].Add(name)
}

// allTaken are the lines of a compartment of which a new issue stands after this change. Those of erased cases go.
func (a *applying) allTaken(c domain.Compartment) map[uuid.UUID]LineSet {
	all := map[uuid.UUID]LineSet{}
	for _, sets := range []map[uuid.UUID]LineSet{a.w.taken[c], a.taken[c]} {
		for id, lines := range sets {
			if _, _, gone := a.erasedBy(id); !gone {
				all[id] = all[id].join(lines)
			}
		}
	}
	return all
}

func (a *applying) saveTaken() error {
	for c := range a.taken {
		stored, err := json.Marshal(a.allTaken(c))
		if err != nil {
			return err
		}
		if err := a.tx.SetSystem(domain.RingOf(c), register.SystemTaken, stored); err != nil {
			return err
		}
	}
	return nil
}

func (w *Workspace) loadTaken() error {
	w.taken = map[domain.Compartment]map[uuid.UUID]LineSet{}
	for _, c := range domain.AllCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		stored, err := w.reg.System(domain.RingOf(c), register.SystemTaken)
		if err != nil {
			return err
		}
		if stored == nil {
			continue
		}
		taken := map[uuid.UUID]LineSet{}
		if err := json.Unmarshal(stored, &taken); err != nil {
			return fault.New("V-DAMAGED", w.dir, err)
		}
		w.taken[c] = taken
	}
	return nil
}
