package workspace

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Withdrawn says what [Workspace.Withdraw] did, or would do.
type Withdrawn struct {
	// Objects were made by the unit and are removed, Fields are values that give way to what stood before.
	Objects int `json:"objects"`
	Fields  int `json:"fields"`
	// Stay are objects and fields that keep what the unit brought, because somebody has built on it.
	Stay int `json:"stay"`
}

// Withdraw takes back what a unit of this machine wrote, by ordinary writes: an object that the unit made is emptied and removed, a
// value that it replaced stands again. What somebody has built on stays, and with it the whole of a case that the unit made. It is
// for machines in the field; headquarters says it once for everybody by a mark (security.md 7.2). With rehearse nothing is
// written. also is run in the same transaction; may be nil. Faults: those of [Workspace.SetMany].
func (w *Workspace) Withdraw(ctx context.Context, lines map[domain.Compartment]LineSet, rehearse bool, also func(tx *register.Tx) error) (*Withdrawn, error) {
	run := &withdrawing{w: w, lines: lines, made: map[uuid.UUID]bool{}, built: map[uuid.UUID]bool{}, cases: map[uuid.UUID]bool{}, first: map[uuid.UUID]bool{}}
	for _, c := range []domain.Compartment{domain.Open, domain.Case} {
		if err := run.read(ctx, c); err != nil {
			return nil, err
		}
	}
	if err := run.plan(ctx); err != nil {
		return nil, err
	}
	if rehearse {
		return &run.out, nil
	}
	unit := &Unit{Writes: run.writes}
	if also != nil {
		unit.Also = func(tx *register.Tx, _ map[domain.Compartment]LineSet) error { return also(tx) }
	}
	_, err := w.SetUnit(ctx, unit)
	return &run.out, err
}

type withdrawing struct {
	w      *Workspace
	lines  map[domain.Compartment]LineSet
	wrote  []*oplog.Line      // what the unit wrote, in order
	made   map[uuid.UUID]bool // objects that did not exist before
	built  map[uuid.UUID]bool // objects that somebody else has written, or that something of somebody else's is about
	cases  map[uuid.UUID]bool // cases that the unit made and that hold something of somebody else's
	first  map[uuid.UUID]bool // objects whose first line was read
	writes []Write
	out    Withdrawn
}

// read reads the lines of the unit.
func (r *withdrawing) read(ctx context.Context, c domain.Compartment) error {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	if err := r.w.open(); err != nil {
		return err
	}
	if !r.w.reg.Holds(domain.RingOf(c)) {
		return nil
	}
	scopes := map[uuid.UUID]bool{}
	for _, key := range slices.Sorted(maps.Keys(r.lines[c])) {
		chain, err := oplog.ParseChainKey(c, key)
		if err != nil {
			return err
		}
		for _, run := range r.lines[c][key] {
			for stored, err := range r.w.reg.Lines(ctx, chain, run[0], run[1]) {
				if err != nil {
					return err
				}
				if line, err := oplog.Parse(stored.Bytes); err == nil && line.Kind == oplog.KindSet {
					r.wrote = append(r.wrote, line)
					scopes[line.Case] = true
				}
			}
		}
	}
	for scope := range scopes {
		for stored, err := range r.w.reg.CaseLines(ctx, c, scope) {
			if err != nil {
				return err
			}
			line, err := oplog.Parse(stored.Bytes)
			if err != nil || line.Kind != oplog.KindSet {
				continue
			}
			own := r.lines[c].has(line.Name())
			if !r.first[line.Object] {
				r.first[line.Object], r.made[line.Object] = true, own
			}
			r.built[line.Object] = r.built[line.Object] || !own
		}
	}
	return nil
}

func (r *withdrawing) plan(ctx context.Context) error {
	if err := r.keep(ctx); err != nil {
		return err
	}
	done := map[uuid.UUID]bool{}
	for _, line := range r.wrote {
		record, err := r.w.Get(ctx, line.Type, line.Object)
		if err != nil {
			return err
		}
		switch {
		case record == nil || done[line.Object] || record.Deleted() && (r.made[line.Object] || line.Set[fieldDeleted] == nil):
		case !r.made[line.Object]:
			err = r.restore(ctx, record, line)
		case r.built[line.Object] || r.cases[line.Case]:
			r.out.Stay++
			done[line.Object] = true
		default:
			r.remove(record)
			done[line.Object] = true
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keep finds what others have added about the objects of the unit, in every compartment that the user holds.
func (r *withdrawing) keep(ctx context.Context) error {
	seen := map[uuid.UUID]bool{}
	for _, line := range r.wrote {
		if line.Case == uuid.Nil || seen[line.Case] {
			continue
		}
		seen[line.Case] = true
		parts := r.reaches(line.Case)
		if parts == nil {
			continue
		}
		file, err := r.w.OpenCase(ctx, line.Case, parts...)
		if err != nil {
			return err
		}
		made := r.made[line.Case]
		for id, object := range file.objects {
			if object.Deleted() || r.made[id] && !r.built[id] {
				continue
			}
			r.built[object.Subject()] = true
			r.cases[line.Case] = r.cases[line.Case] || made
		}
		r.cases[line.Case] = r.cases[line.Case] || made && len(file.sealed) > 0
	}
	return nil
}

// reaches names the parts of a case in which something about the objects made in it may stand; nil when none was made, or only remarks,
// which nothing is about. What is not needed is not opened: opening is recorded.
func (r *withdrawing) reaches(caseID uuid.UUID) []Part {
	for _, line := range r.wrote {
		if line.Case == caseID && r.made[line.Object] && line.Type != "remark" {
			return Everything
		}
	}
	return nil
}

// remove empties and removes an object that the unit made.
func (r *withdrawing) remove(record *Record) {
	answers := map[string]domain.Answer{}
	for _, field := range record.Fields() {
		if r.w.me.Role.MayWrite(record.Type(), field) {
			answers[field] = domain.Answer{}
		}
	}
	answers[fieldDeleted] = domain.Answer{Value: true}
	r.out.Objects++
	r.writes = append(r.writes, Write{Target: Target{Type: record.Type(), ID: record.ID(), Case: record.Case()}, Answers: answers})
}

// restore brings back what stood in the fields of a line before it.
func (r *withdrawing) restore(ctx context.Context, record *Record, line *oplog.Line) error {
	answers, seen := map[string]domain.Answer{}, map[string][]oplog.Name{}
	for field := range line.Set {
		heads := record.Heads(field)
		mine := slices.IndexFunc(heads, func(h Head) bool { return h.Name == line.Name() })
		if mine < 0 {
			r.out.Stay++
			continue
		}
		answer := domain.Answer{}
		if len(heads) > 1 { // the value was set beside another, which goes on standing alone
			answer = heads[(mine+1)%len(heads)].Answer
		} else if parents := line.Parents[field]; len(parents) > 0 {
			before, known, err := r.before(ctx, line, parents[0], field)
			if err != nil {
				return err
			}
			if !known {
				r.out.Stay++
				continue
			}
			answer = before
		}
		if domain.IsApproval(record.Type(), field) {
			answer = domain.Answer{} // the one before was of other words, and may be somebody else's
		}
		answers[field], seen[field] = answer, []oplog.Name{line.Name()}
	}
	if len(answers) > 0 {
		r.out.Fields += len(answers)
		r.writes = append(r.writes, Write{
			Target: Target{Type: record.Type(), ID: record.ID(), Case: record.Case(), Seen: seen}, Answers: answers,
			takesBack: line.By == r.w.me.User && line.Device == r.w.me.Device,
		})
	}
	return nil
}

// before reads what an earlier line said of a field; known is false when it is here no more.
func (r *withdrawing) before(ctx context.Context, line *oplog.Line, name oplog.Name, field string) (answer domain.Answer, known bool, err error) {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	if err := r.w.open(); err != nil {
		return domain.Answer{}, false, err
	}
	earlier, err := r.w.readLine(ctx, name.Chain(line.Compartment), name.N)
	if err == nil && earlier == nil {
		earlier, err = r.w.readIssue(ctx, line.Compartment, line.Case, name)
	}
	if err != nil || earlier == nil {
		return domain.Answer{}, false, err
	}
	raw, known := earlier.Set[field]
	if !known {
		return domain.Answer{}, false, nil
	}
	answer, err = domain.DecodeAnswer(raw)
	return answer, err == nil, err
}

// readIssue reads the line of a case that says a write again which came to this machine in no other way; nil when there is none.
func (w *Workspace) readIssue(ctx context.Context, c domain.Compartment, scope uuid.UUID, name oplog.Name) (*oplog.Line, error) {
	for stored, err := range w.reg.CaseLines(ctx, c, scope) {
		if err != nil {
			return nil, err
		}
		if line, err := oplog.Parse(stored.Bytes); err == nil && line.Origin() == name {
			return line, nil
		}
	}
	return nil, nil
}
