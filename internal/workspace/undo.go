package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// ImportMark is what headquarters wants to say of an import (security.md 7.2).
type ImportMark struct {
	Import uuid.UUID
	// Lines are those that count as brought by the import, for what this machine itself wrote as one unit ([Unit.Lines]); nil means
	// those whose sealed heads say so.
	Lines map[domain.Compartment]LineSet
	// Exclude takes back what the import brought; with Restore it is brought in again. At most one of the two.
	Exclude, Restore bool
	// Lift lets quarantined lines of the import stand (security.md 6.5).
	Lift   map[domain.Compartment]LineSet
	Reason string
	// File is the SHA-256 of the file that was imported, in hex.
	File string
	// Mission is whose machines get to know. What it says of lines in special and sealed goes to the machine that wrote them,
	// and nowhere when several did.
	Mission uuid.UUID
	// Also is run in the same transaction with the compartments that were spoken of. May be nil.
	Also func(tx *register.Tx, done []domain.Compartment) error
}

// Marked says what a mark does.
type Marked struct {
	// Done are the compartments that the mark speaks of now; a compartment of the import that is missing waits for a user who
	// holds its ring and may write there.
	Done []domain.Compartment
	// Written is false when all of it was said before.
	Written bool
	*Applied
	// Later are fields that keep their value, because somebody has built on what the import brought; by field, as they stand.
	Later []Difference
	// Stays counts lines that cannot be taken back, by kind: orders to erase, redactions, sign-offs, the beginnings of chains.
	Stays map[oplog.Kind]int
}

// MarkImport takes an import back, brings it in again, or lifts quarantined lines of it, in every compartment that the user
// holds and may write: one operation in each, all in one transaction with the objects that change. What was written since
// stays. With rehearse nothing is written. Faults: E-ROLE, E-VALUE without a reason, E-IMPORT when no line of it is here.
func (w *Workspace) MarkImport(ctx context.Context, m ImportMark, rehearse bool) (*Marked, error) {
	marked, changes, err := w.markImport(ctx, m, rehearse)
	if err != nil {
		return nil, err
	}
	w.notify(changes)
	return marked, nil
}

// marking is one MarkImport.
type marking struct {
	*applying
	m      ImportMark
	marked *Marked
	writes []markWrite
}

type markWrite struct {
	object *oplog.Object
	line   *oplog.Line
}

func (w *Workspace) markImport(ctx context.Context, m ImportMark, rehearse bool) (*Marked, []Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, nil, err
	}
	if err := w.refuseWrites(); err != nil {
		return nil, nil, err
	}
	if !w.me.HQ || !w.me.Role.MayWrite(MarkType(domain.Open), "excluded") {
		return nil, nil, fault.Newf("E-ROLE", string(MarkType(domain.Open)), "role %s", w.me.Role)
	}
	if m.Reason = strings.TrimSpace(m.Reason); m.Reason == "" && !rehearse {
		return nil, nil, fault.Newf("E-VALUE", "reason", "no reason given")
	}
	if err := w.scanConflicts(ctx); err != nil {
		return nil, nil, err
	}
	run := &marking{applying: w.applying(), m: m, marked: &Marked{Done: []domain.Compartment{}, Stays: map[oplog.Kind]int{}}}
	run.details, run.marked.Applied = true, run.applied
	known := false
	for _, c := range markCompartments {
		found, err := run.prepare(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		known = known || found
	}
	if !known {
		return nil, nil, fault.New("E-IMPORT", m.Import.String(), nil)
	}
	run.marked.Written = len(run.writes) > 0
	if err := run.readScopes(ctx, nil); err != nil {
		return nil, nil, err
	}
	return run.commit(ctx, rehearse)
}

// prepare works out what the mark says in one compartment, and reports whether the import brought anything there.
func (r *marking) prepare(ctx context.Context, c domain.Compartment) (bool, error) {
	w := r.w
	if !w.reg.Holds(domain.RingOf(c)) {
		return false, nil
	}
	lines := r.lines(c)
	if len(lines) == 0 {
		return false, nil
	}
	old := w.marks[c][r.m.Import]
	lift := r.m.Lift[c]
	if !w.me.Role.MayWrite(MarkType(c), "excluded") || r.m.Restore && old.lines == nil || !r.m.Exclude && !r.m.Restore && len(lift) == 0 {
		return true, nil
	}
	object, err := w.reg.Object(ctx, c, r.m.Import)
	if err != nil {
		return true, err
	}
	if object == nil {
		object = &oplog.Object{ID: r.m.Import, Type: MarkType(c), Compartment: c, Fields: map[string]*oplog.Field{}}
	}
	now := mark{excluded: r.m.Exclude || !r.m.Restore && old.excluded, lines: old.lines.join(lines), lifted: old.lifted.join(lift)}
	line, err := r.line(object, now, len(lift) > 0)
	if err != nil {
		return true, err
	}
	r.marked.Done = append(r.marked.Done, c)
	if line != nil {
		r.writes = append(r.writes, markWrite{object, line})
		r.mark(c, r.m.Import, now)
	}
	return true, nil
}

// lines are those that the mark speaks of in a compartment.
func (r *marking) lines(c domain.Compartment) LineSet {
	if r.m.Lines != nil {
		return r.m.Lines[c]
	}
	return r.w.linesOf(c, r.m.Import)
}

// line is the operation that makes an object say what is meant; nil when it says so already.
func (r *marking) line(object *oplog.Object, now mark, lifts bool) (*oplog.Line, error) {
	ops, err := now.lines.answer()
	if err != nil {
		return nil, err
	}
	answers := map[string]domain.Answer{"ops": ops}
	if r.m.Exclude || r.m.Restore {
		answers["excluded"] = domain.Answer{Value: now.excluded}
	}
	if lifts {
		if answers["lifted"], err = now.lifted.answer(); err != nil {
			return nil, err
		}
	}
	line := &oplog.Line{
		Kind: oplog.KindSet, Compartment: object.Compartment, Object: object.ID, Type: object.Type,
		Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
	}
	write := func(field string, answer domain.Answer) error {
		value, err := answer.Encode()
		if err != nil {
			return err
		}
		if parents, differs := parentsOf(object, field, value, nil); differs {
			line.Set[field] = value
			if len(parents) > 0 {
				line.Parents[field] = parents
			}
		}
		return nil
	}
	for field, answer := range answers {
		if err := write(field, answer); err != nil {
			return nil, err
		}
	}
	if len(line.Set) == 0 {
		return nil, nil
	}
	return line, errors.Join(write("reason", domain.Answer{Value: r.m.Reason}), write("file", domain.Answer{Value: r.m.File}))
}

func (r *marking) commit(ctx context.Context, rehearse bool) (*Marked, []Change, error) {
	w := r.w
	act := "lift"
	switch {
	case r.m.Exclude:
		act = "undo"
	case r.m.Restore:
		act = "redo"
	}
	if err := r.explain(ctx); err != nil {
		return nil, nil, err
	}
	var wr *writing
	logged := false
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		wr = w.begin(tx)
		r.tx = tx
		if err := r.settle(); err != nil {
			return err
		}
		if rehearse {
			return errRehearsed
		}
		for _, write := range r.writes {
			if err := wr.append(r.audience(write.line.Compartment), write.line, uuid.Nil); err != nil {
				return err
			}
			write.object.Apply(write.line, seenBefore(tx, write.line))
			if err := tx.PutObject(write.object); err != nil {
				return err
			}
		}
		if r.m.Also != nil {
			if err := r.m.Also(tx, r.marked.Done); err != nil {
				return err
			}
		}
		if logged = w.auditReady() && len(r.writes) > 0; logged {
			return wr.appendEvents(append(slices.Clone(w.audit), w.event(act, "", r.m.Import)))
		}
		return nil
	})
	if rehearse && errors.Is(err, errRehearsed) {
		return r.marked, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	wr.commit()
	if logged {
		w.audit = nil
	}
	return r.marked, r.finish(), nil
}

// audience is who gets to know: the mission, but of P3 and P4 lines only the machine that wrote them (security.md 2.3).
func (r *marking) audience(c domain.Compartment) string {
	if c != domain.Special && c != domain.Sealed {
		return r.w.audienceFor(c, r.m.Mission)
	}
	devices := r.lines(c).devices(c)
	if len(devices) != 1 {
		return AudienceHQ
	}
	return DeviceAudience(devices[0])
}

func (s LineSet) devices(c domain.Compartment) (ids []uuid.UUID) {
	for key := range s {
		if chain, err := oplog.ParseChainKey(c, key); err == nil && !slices.Contains(ids, chain.Device) {
			ids = append(ids, chain.Device)
		}
	}
	return ids
}

// DevicesOf lists the machines whose lines an import brought, in the compartments that the user holds.
func (w *Workspace) DevicesOf(id uuid.UUID) (devices []uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg == nil {
		return nil
	}
	for _, c := range markCompartments {
		for _, device := range w.linesOf(c, id).devices(c) {
			if !slices.Contains(devices, device) {
				devices = append(devices, device)
			}
		}
	}
	return devices
}

// linesOf are the lines that an import brought into a compartment.
func (w *Workspace) linesOf(c domain.Compartment, id uuid.UUID) LineSet {
	lines := LineSet{}
	w.eachHead(c, func(stored register.StoredLine) {
		if stored.Import == id {
			lines.Add(stored.Name)
		}
	})
	return lines
}

func (w *Workspace) eachHead(c domain.Compartment, f func(register.StoredLine)) {
	for _, state := range w.reg.Chains(c) {
		for _, run := range state.Have {
			for n := run[0]; n <= run[1]; n++ {
				if stored, ok := w.reg.Head(c, state.Chain.Name(n)); ok {
					f(stored)
				}
			}
		}
	}
}

// explain finds what an undo leaves: values that later work stands on, and lines that nobody can take back.
func (r *marking) explain(ctx context.Context) error {
	if !r.m.Exclude {
		return nil
	}
	for _, write := range r.writes {
		c := write.line.Compartment
		if c.Boxed() {
			continue
		}
		if err := r.explainIn(ctx, c); err != nil {
			return err
		}
	}
	sortDifferences(r.marked.Later)
	return nil
}

func (r *marking) explainIn(ctx context.Context, c domain.Compartment) error {
	lines := r.lines(c)
	written := map[uuid.UUID]map[string]bool{}
	for key, numbers := range lines {
		chain, err := oplog.ParseChainKey(c, key)
		if err != nil {
			return err
		}
		for _, run := range numbers {
			for stored, err := range r.w.reg.Lines(ctx, chain, run[0], run[1]) {
				if err != nil {
					return err
				}
				line, err := oplog.Parse(stored.Bytes)
				switch {
				case err != nil:
				case line.Kind != oplog.KindSet:
					r.marked.Stays[line.Kind]++
				case r.w.visible(line) && !IsMark(line.Type):
					if written[line.Object] == nil {
						written[line.Object] = map[string]bool{}
					}
					for field := range line.Set {
						written[line.Object][field] = true
					}
				}
			}
		}
	}
	for id, fields := range written {
		object, err := r.w.reg.Object(ctx, c, id)
		if err != nil {
			return err
		}
		if object == nil {
			continue
		}
		record := newRecord(object)
		for field := range fields {
			heads := record.Heads(field)
			if slices.ContainsFunc(heads, func(h Head) bool { return lines.has(h.Name) }) || len(heads) == 0 {
				continue // the value of the import itself stands and will go
			}
			r.marked.Later = append(r.marked.Later, Difference{
				Compartment: c, Type: object.Type, Object: id, Case: object.Case, Field: field, Old: heads, New: heads,
			})
		}
	}
	return nil
}

// MarkState is what stands of an import in one compartment.
type MarkState struct {
	Compartment domain.Compartment
	// Lines were brought by the import; Out of them are taken back.
	Lines, Out int
	// Marked: headquarters has spoken of it. Excluded: it is taken back. Contested: both was said, so that it stays taken back
	// until somebody decides (security.md 7.2).
	Marked, Excluded, Contested bool
	Reason                      string
	At                          oplog.HLC
	By                          uuid.UUID
}

// ImportStates tells of every import what stands of it, by import, for the compartments that the user holds.
func (w *Workspace) ImportStates(ctx context.Context) (map[uuid.UUID][]MarkState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	out := map[uuid.UUID][]MarkState{}
	for _, c := range markCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		states := map[uuid.UUID]*MarkState{}
		w.eachHead(c, func(stored register.StoredLine) {
			if stored.Import == uuid.Nil {
				return
			}
			state := states[stored.Import]
			if state == nil {
				state = &MarkState{Compartment: c}
				states[stored.Import] = state
			}
			state.Lines++
			if m := w.marks[c][stored.Import]; m.excluded && m.lines.has(stored.Name) {
				state.Out++
			}
		})
		for id, state := range states {
			if _, marked := w.marks[c][id]; marked {
				object, err := w.reg.Object(ctx, c, id)
				if err != nil {
					return nil, err
				}
				record := newRecord(object)
				state.Marked, state.Excluded, state.Contested = true, w.marks[c][id].excluded, record.Conflicted("excluded")
				state.Reason = record.Text("reason")
				state.At, state.By = record.Written()
			}
			out[id] = append(out[id], *state)
		}
	}
	return out, nil
}
