package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/sync/trust"
)

// partnerCompartments are those that a partner's machines hold besides the audit log.
var partnerCompartments = []domain.Compartment{domain.Open, domain.Orientation}

// outside reports whether a stored line is no part of the register's own record: at headquarters what a partner was told, and
// what a partner wrote. Only headquarters' new issue of an answer counts (security.md 6.9).
func (w *Workspace) outside(name oplog.Name) bool {
	switch {
	case !w.me.HQ:
		return false
	case name.Device == w.node.Device:
		return strings.HasPrefix(w.audienceOf(name.Epoch), partnerPrefix)
	}
	return w.partners[name.Device]
}

// Projected is an object as a partner is told of it: with identifiers that mean nothing elsewhere.
type Projected struct {
	Type     domain.Type
	ID, Case uuid.UUID
	Values   map[string]json.RawMessage
	// Heads are, by field, the writes that stand in the register. An answer of the partner that is among them is not replaced by what
	// the partner is told: the two stand beside each other until somebody decides.
	Heads map[string][]oplog.Name
}

// Told is what a partner was told so far.
type Told struct {
	// Objects are by identifier, those that were withdrawn included.
	Objects map[uuid.UUID]*oplog.Object
	// Lines are by name; they say what the partner saw when it answered.
	Lines map[oplog.Name]*oplog.Line
}

// Standing reports whether the partner knows an object of the type and was not told that it is gone.
func (t *Told) Standing(id uuid.UUID, of domain.Type) bool {
	object := t.Objects[id]
	return object != nil && object.Type == of && !deleted(object)
}

// Told reads what headquarters has told a partner. Fault V-LOCKED.
func (w *Workspace) Told(ctx context.Context, partner uuid.UUID) (*Told, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	return w.told(ctx, partner)
}

func (w *Workspace) told(ctx context.Context, partner uuid.UUID) (*Told, error) {
	told := &Told{Lines: map[oplog.Name]*oplog.Line{}}
	var lines []oplog.Visible
	for _, c := range partnerCompartments {
		for _, state := range w.reg.Chains(c) {
			if state.Chain.Device != w.node.Device || w.audienceOf(state.Chain.Epoch) != PartnerAudience(partner) {
				continue
			}
			for stored, err := range w.reg.Lines(ctx, state.Chain, 1, state.Have.Last()) {
				if err != nil {
					return nil, err
				}
				if line, err := oplog.Parse(stored.Bytes); err == nil && line.Kind == oplog.KindSet {
					lines = append(lines, oplog.Visible{Line: line, Visible: true})
					told.Lines[line.Name()] = line
				}
			}
		}
	}
	told.Objects = oplog.Rebuild(lines)
	return told, nil
}

// sees gives the objects as the partner's machines show them, as far as headquarters can know: from what it was told and what it wrote,
// also where that is in quarantine here.
func (w *Workspace) sees(ctx context.Context, partner uuid.UUID, told *Told) (map[uuid.UUID]*oplog.Object, error) {
	var lines []oplog.Visible
	for _, line := range told.Lines {
		lines = append(lines, oplog.Visible{Line: line, Visible: true})
	}
	directory, ok := w.tr.Mission(partner)
	if !ok {
		return oplog.Rebuild(lines), nil
	}
	for _, c := range partnerCompartments {
		for _, state := range w.reg.Chains(c) {
			if _, member := directory.Node(trust.DeviceName(state.Chain.Device)); !member {
				continue
			}
			for stored, err := range w.reg.Lines(ctx, state.Chain, 1, state.Have.Last()) {
				if err != nil {
					return nil, err
				}
				if line, err := oplog.Parse(stored.Bytes); err == nil && line.Kind == oplog.KindSet && told.Objects[line.Object] != nil {
					lines = append(lines, oplog.Visible{Line: line, Visible: true})
				}
			}
		}
	}
	return oplog.Rebuild(lines), nil
}

// Tell brings what a partner is told up to date: it writes what differs from what the partner was told before, or shows, and
// withdraws what is not among the objects any more. What the partner answered and the register replaced, took back or never took is
// named as replaced, else the partner would see a conflict that nobody else has. The lines name no source, and come in the order of the projected identifiers, so that
// two partners cannot join their lists. It returns how many lines were written. Faults: E-ROLE, V-READONLY, V-SPACE, V-LOCKED.
func (w *Workspace) Tell(ctx context.Context, partner uuid.UUID, objects []Projected) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return 0, err
	}
	if !w.me.HQ {
		return 0, fault.Newf("E-ROLE", "", "only headquarters tells a partner")
	}
	told, err := w.told(ctx, partner)
	if err != nil {
		return 0, err
	}
	seen, err := w.sees(ctx, partner, told)
	if err != nil {
		return 0, err
	}
	lines := news(told, seen, objects)
	if len(lines) == 0 {
		return 0, nil
	}
	if err := w.refuseWrites(); err != nil {
		return 0, err
	}
	var wr *writing
	err = w.reg.Update(ctx, func(tx *register.Tx) error {
		wr = w.begin(tx)
		for _, line := range lines {
			if err := wr.append(PartnerAudience(partner), line, scopeOf(line).id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	wr.commit()
	return len(lines), nil
}

// news are the lines that say what a partner does not know yet; seen is what it shows.
func news(told *Told, seen map[uuid.UUID]*oplog.Object, objects []Projected) (lines []*oplog.Line) {
	wanted := map[uuid.UUID]bool{}
	write := func(p Projected) {
		info, _ := domain.Info(p.Type)
		line := &oplog.Line{
			Kind: oplog.KindSet, Compartment: info.Compartment, Case: p.Case, Object: p.ID, Type: p.Type,
			Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
		}
		if info.Compartment == domain.Open {
			line.Case = uuid.Nil
		}
		for field, value := range p.Values {
			if parents, differs := replacedBy(shown(told.Objects[p.ID], field), shown(seen[p.ID], field), value, p.Heads[field]); differs {
				line.Set[field] = value
				if len(parents) > 0 {
					line.Parents[field] = parents
				}
			}
		}
		if len(line.Set) > 0 {
			lines = append(lines, line)
		}
	}
	for _, p := range objects {
		wanted[p.ID] = true
		if object := seen[p.ID]; object != nil && deleted(object) {
			p.Values[fieldDeleted] = json.RawMessage("false")
		}
		write(p)
	}
	for id, object := range told.Objects {
		if !wanted[id] && !deleted(object) {
			write(Projected{Type: object.Type, ID: id, Case: object.Case, Values: map[string]json.RawMessage{fieldDeleted: json.RawMessage("true")}})
		}
	}
	slices.SortFunc(lines, func(a, b *oplog.Line) int { return bytes.Compare(a.Object[:], b.Object[:]) })
	return lines
}

// shown is a field of an object; nil when there is none.
func shown(object *oplog.Object, field string) *oplog.Field {
	if object == nil {
		return nil
	}
	return object.Fields[field]
}

// replacedBy gives what a partner's next value of a field replaces, and whether the partner must be told of it: it was told
// otherwise, or it shows something else that stands no more in the register.
func replacedBy(told, seen *oplog.Field, value json.RawMessage, stands []oplog.Name) (parents []oplog.Name, differs bool) {
	last := told.Value()
	differs = told.Conflict() || !bytes.Equal(last, value) && (last != nil || !bytes.Equal(value, []byte("null")))
	parents = told.Names()
	if seen != nil {
		for _, head := range seen.Heads {
			if !slices.Contains(stands, head.Name) {
				parents = append(parents, head.Name)
				differs = differs || !bytes.Equal(head.Value, value)
			}
		}
	}
	slices.SortFunc(parents, oplog.Name.Compare)
	return slices.Compact(parents), differs
}

// IssueAnswers issues what a partner answered anew, as part of the register's own record: translate gives each line the
// identifiers that its objects have here, or nil when it cannot. The partner's line is the source, so an answer counts once, and
// is taken back with the import that brought it. It returns how many lines were written. Faults: V-READONLY, V-SPACE, V-LOCKED.
func (w *Workspace) IssueAnswers(ctx context.Context, partner *trust.Mission, translate func(*oplog.Line) *oplog.Line) (int, error) {
	n, changes, err := w.issueAnswers(ctx, partner, translate)
	if err != nil {
		return 0, err
	}
	w.notify(changes)
	return n, nil
}

func (w *Workspace) issueAnswers(ctx context.Context, partner *trust.Mission, translate func(*oplog.Line) *oplog.Line) (int, []Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return 0, nil, err
	}
	if err := w.scanConflicts(ctx); err != nil {
		return 0, nil, err
	}
	lines, passed, err := w.answersOf(ctx, partner, translate)
	if err != nil || len(lines) == 0 {
		return 0, nil, err
	}
	if err := w.refuseWrites(); err != nil {
		return 0, nil, err
	}
	run := w.applying()
	var incoming []Incoming
	for _, line := range lines {
		incoming = append(incoming, Incoming{Line: line})
	}
	if err := run.readScopes(ctx, incoming); err != nil {
		return 0, nil, err
	}
	var wr *writing
	err = w.reg.Update(ctx, func(tx *register.Tx) error {
		wr, run.tx = w.begin(tx), tx
		for _, line := range lines {
			s := scopeOf(line)
			if err := wr.append(AudienceHQ, line, s.id); err != nil {
				return err
			}
			if writes, ok := run.rebuild[s]; ok {
				run.rebuild[s] = append(writes, oplog.Visible{Line: line, Visible: run.visible(line)})
			} else if err := run.set(line); err != nil {
				return err
			}
		}
		if err := run.settle(); err != nil {
			return err
		}
		if err := run.saveInvisible(); err != nil {
			return err
		}
		return wr.noteIssued(AudienceHQ, passed)
	})
	if err != nil {
		return 0, nil, err
	}
	wr.commit()
	return len(lines), run.finish(), nil
}

// answersOf translates the lines of a partner that were not issued yet.
func (w *Workspace) answersOf(ctx context.Context, partner *trust.Mission, translate func(*oplog.Line) *oplog.Line) (out []*oplog.Line, passed map[domain.Compartment]LineSet, err error) {
	passed = map[domain.Compartment]LineSet{}
	for _, c := range partnerCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		issued, err := w.readIssued(c)
		if err != nil {
			return nil, nil, err
		}
		passed[c] = LineSet{}
		for _, state := range w.reg.Chains(c) {
			if _, member := partner.Node(trust.DeviceName(state.Chain.Device)); !member {
				continue
			}
			for _, run := range state.Have.Minus(issued[AudienceHQ][state.Chain.Key()]) {
				for stored, err := range w.reg.Lines(ctx, state.Chain, run[0], run[1]) {
					if err != nil {
						return nil, nil, err
					}
					line, err := oplog.Parse(stored.Bytes)
					if err != nil || line.Kind != oplog.KindSet || w.hides(c, stored.Name) {
						continue
					}
					again := translate(line)
					if again == nil {
						continue
					}
					again.Source = []oplog.Name{line.Name()}
					passed[c].Add(stored.Name)
					out = append(out, again)
				}
			}
		}
	}
	return out, passed, nil
}
