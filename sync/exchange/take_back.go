package exchange

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// Act is a step of the review that its user can still take back: a step of a case or an interview, an approval of advice, a note that
// advice was given to UDI. It can be taken back by the one who took it, on the machine where it was taken, until it is in a file for
// somebody else, or somebody has gone on from it (docs/decisions/0039-beside-and-back.md).
type Act struct {
	Type   domain.Type
	Object uuid.UUID
	Case   uuid.UUID
	// Field is what the act wrote, and Value what it wrote there: a status, the approver, a time.
	Field string
	Value string
	// Returned: the interview was sent back with a reason, which is taken back with it.
	Returned bool
	At       oplog.HLC

	name  oplog.Name
	lines map[domain.Compartment]workspace.LineSet
}

// actFields are by type what an act writes besides its own field, which stands first. A line that writes anything else is no act.
var actFields = []struct {
	of     domain.Type
	fields []string
}{
	{"case", []string{"status", "status_date", "status_reason"}},
	{"interview", []string{"status", "returned", "end"}},
	{"advice", []string{"approved_by", "approved_digest"}},
	{"advice", []string{"sent_at"}},
}

// Acts lists what this user can take back in a case, the newest first. Faults are those of [workspace.Workspace.OpenCase].
func Acts(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID) ([]Act, error) {
	file, err := ws.OpenCase(ctx, caseID)
	if err != nil {
		return nil, err
	}
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	sent := Ranges{}
	for _, out := range counters.Out {
		merge(sent, out.Sent)
	}
	log, err := readCaseLog(ctx, ws, caseID)
	if err != nil {
		return nil, err
	}
	var acts []Act
	for _, record := range slices.Concat([]*workspace.Record{file.Case()}, file.Interviews(), file.Records("advice")) {
		for _, kind := range actFields {
			if kind.of != record.Type() {
				continue
			}
			heads := record.Heads(kind.fields[0])
			if len(heads) != 1 || log.first[record.ID()] == heads[0].Name {
				continue
			}
			act, ok := log.act(file, record, heads[0].Name, kind.fields)
			if !ok {
				continue
			}
			if reason := log.reason(file, act); reason != nil {
				act.Returned = true
				act.lines[domain.Case].Add(reason.Name())
			}
			if len(common(sent, rangesOf(act.lines))) == 0 && !act.built(file) {
				acts = append(acts, act)
			}
		}
	}
	slices.SortFunc(acts, func(a, b Act) int { return cmp.Or(cmp.Compare(b.At, a.At), b.name.Compare(a.name)) })
	return acts, nil
}

// caseLog is what the log holds of a case in compartment case.
type caseLog struct {
	me    workspace.Me
	lines map[oplog.Name]*oplog.Line // by the names under which they count
	first map[uuid.UUID]oplog.Name   // of every object
}

func readCaseLog(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID) (*caseLog, error) {
	log := &caseLog{ws.Me(), map[oplog.Name]*oplog.Line{}, map[uuid.UUID]oplog.Name{}}
	for stored, err := range ws.Register().CaseLines(ctx, domain.Case, caseID) {
		if err != nil {
			return nil, err
		}
		line, err := oplog.Parse(stored.Bytes)
		if err != nil || line.Kind != oplog.KindSet {
			continue
		}
		if _, known := log.first[line.Object]; !known {
			log.first[line.Object] = line.Origin()
		}
		log.lines[line.Origin()] = line
	}
	return log, nil
}

// own gives a line that this user wrote on this machine; nil for any other.
func (l *caseLog) own(name oplog.Name) *oplog.Line {
	if line := l.lines[name]; line != nil && line.Name() == name && line.Device == l.me.Device && line.By == l.me.User {
		return line
	}
	return nil
}

// act makes an act of a line; false when it is none, or does not lead back to one state.
func (l *caseLog) act(file *workspace.CaseFile, record *workspace.Record, name oplog.Name, fields []string) (Act, bool) {
	line := l.own(name)
	if line == nil {
		return Act{}, false
	}
	for field := range line.Set {
		if !slices.Contains(fields, field) {
			return Act{}, false
		}
	}
	value, _ := answerIn(line, fields[0])
	if !value.HasValue() || len(line.Parents[fields[0]]) > 1 || l.tookBack(line, fields[0]) { // several: it settled what two machines had said
		return Act{}, false
	}
	act := Act{
		Type: record.Type(), Object: record.ID(), Case: file.ID(), Field: fields[0], Value: value.Text(), At: line.HLC, name: name,
		lines: map[domain.Compartment]workspace.LineSet{domain.Case: {}},
	}
	act.lines[domain.Case].Add(name)
	return act, act.Type != "interview" || l.leadsBack(line)
}

// tookBack tells whether a line took the own act before it back: then what stood before that stands again, and nothing is to be undone.
func (l *caseLog) tookBack(line *oplog.Line, field string) bool {
	parents := line.Parents[field]
	if len(parents) != 1 {
		return false
	}
	act := l.own(parents[0])
	if act == nil || len(act.Parents[field]) != 1 {
		return false
	}
	stood := l.lines[act.Parents[field][0]]
	return stood != nil && bytes.Equal(stood.Set[field], line.Set[field]) && !l.tookBack(act, field)
}

// leadsBack tells whether the step of an interview may be undone: not into an amendment that it ended, whose entry it would have to
// repeat, nor into a review that was opened again, for anything may have been written since. The ordinary steps lead there.
func (l *caseLog) leadsBack(line *oplog.Line) bool {
	parents := line.Parents["status"]
	if len(parents) != 1 || l.lines[parents[0]] == nil {
		return false
	}
	was, _ := answerIn(l.lines[parents[0]], "status")
	now, _ := answerIn(line, "status")
	before, after := domain.InterviewStatus(was.Text()), domain.InterviewStatus(now.Text())
	return before != domain.Amended && (!before.Closed() || after.Closed())
}

// reason finds the words with which an interview was sent back: the line after the step, in the same transaction.
func (l *caseLog) reason(file *workspace.CaseFile, a Act) *oplog.Line {
	next := a.name
	next.N++
	line := l.own(next)
	if a.Type != "interview" || domain.InterviewStatus(a.Value) != domain.Draft || line == nil || line.Type != "remark" || !file.Get(a.Object).Answer("returned").Bool() {
		return nil
	}
	if remark := file.Get(line.Object); remark == nil || remark.Text("concerns") != a.Object.String() {
		return nil
	}
	return line
}

// built tells whether somebody has answered the reason with which an interview was sent back.
func (a Act) built(file *workspace.CaseFile) bool {
	for _, remark := range file.Records("remark") {
		first := remark.Reference("answers")
		if first == uuid.Nil {
			continue
		}
		if reason := file.Get(first); a.Returned && reason != nil && reason.Text("concerns") == a.Object.String() {
			if at, _ := remark.Written(); at > a.At {
				return true
			}
		}
	}
	return false
}

func rangesOf(lines map[domain.Compartment]workspace.LineSet) Ranges {
	out := Ranges{}
	for c, set := range lines {
		out[c.String()] = map[string]oplog.Intervals{}
		for key, numbers := range set {
			out[c.String()][key] = numbers
		}
	}
	return out
}

// ErrNotUndoable is fault E-UNDO: what is to be taken back is in a file, or somebody has gone on from it.
func ErrNotUndoable() error { return fault.New("E-UNDO", "", nil) }

// TakeBack takes an act back by ordinary writes, so that what stood before stands again and the log keeps both. Fault E-UNDO when it
// cannot be taken back any more.
func TakeBack(ctx context.Context, ws *workspace.Workspace, act Act) error {
	acts, err := Acts(ctx, ws, act.Case)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(acts, func(a Act) bool { return a.name == act.name })
	if at < 0 {
		return ErrNotUndoable()
	}
	plan, err := ws.Withdraw(ctx, acts[at].lines, true, nil)
	if err != nil {
		return err
	}
	if plan.Stay > 0 {
		return ErrNotUndoable()
	}
	_, err = ws.Withdraw(ctx, acts[at].lines, false, nil)
	return err
}
