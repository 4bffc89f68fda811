package workspace

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// ReviewedProblem is a broken rule and, for a warning, why it may stand.
type ReviewedProblem struct {
	domain.Problem
	// Answer is the record that holds the reason; nil while nobody answered the warning as it is told now.
	Answer *Record
}

// Open reports whether the problem holds the review up: an error, or a warning that waits for its answer.
func (p ReviewedProblem) Open() bool {
	return p.Severity == domain.Error || p.Severity == domain.Warning && p.Answer == nil
}

// Reason is why a warning may stand; "" without an answer.
func (p ReviewedProblem) Reason() string {
	if p.Answer == nil {
		return ""
	}
	return p.Answer.Text("reason")
}

// Thread is a remark with what was answered to it, in the order of writing.
type Thread struct {
	First   *Record
	Answers []*Record
	Settled bool
}

// Review is what the evening review of a family looks at.
type Review struct {
	File     *CaseFile
	Problems []ReviewedProblem // the worst first
	Threads  []Thread          // unsettled ones first, each part by time
}

// ReviewCase reads a case for the review, with the parts that are named; without any nothing of health and sensitive matters is
// read, counted or hinted at. Faults are those of [Workspace.OpenCase].
func (w *Workspace) ReviewCase(ctx context.Context, id uuid.UUID, parts ...Part) (*Review, error) {
	file, err := w.OpenCase(ctx, id, parts...)
	if err != nil {
		return nil, err
	}
	r := &Review{File: file}
	special := slices.ContainsFunc(parts, func(p Part) bool { return p.Compartment == domain.Special })
	for _, problem := range w.Lists().CheckCase(file, w.Now()) {
		if !special && slices.Contains(SpecialRules, problem.Rule) {
			continue
		}
		r.Problems = append(r.Problems, ReviewedProblem{problem, r.answerTo(problem)})
	}
	slices.SortStableFunc(r.Problems, func(a, b ReviewedProblem) int { return int(b.Severity) - int(a.Severity) })
	r.Threads = threadsOf(slices.Concat(file.Records("remark"), file.Records("special_remark")))
	return r, nil
}

// SpecialRules are the rules on plain records that speak of a special matter: a spouse under 18 raises a protection flag (domain.md
// 7.5). They are heard of with the special part only.
var SpecialRules = []string{"X6"}

// reviewType is the type in which something about a record is said: it lies no lower than the record.
func reviewType(plain domain.Type, concerns domain.Type) domain.Type {
	info, ok := domain.Info(concerns)
	switch {
	case ok && info.Compartment.Boxed():
		return "sealed_" + plain
	case ok && !domain.Case.MayName(info.Compartment):
		return "special_" + plain
	}
	return plain
}

// typeToAnswer is where the answer to a problem is kept.
func typeToAnswer(p domain.Problem) domain.Type {
	if slices.Contains(SpecialRules, p.Rule) {
		return "special_warning_answer"
	}
	return reviewType("warning_answer", p.Type)
}

// answerTo finds the answer to a warning as it is told now.
func (r *Review) answerTo(p domain.Problem) *Record {
	if p.Severity != domain.Warning {
		return nil
	}
	record := r.File.Get(warningID(r.File.ID(), p))
	if record == nil || record.Text("told") != p.Told() || strings.TrimSpace(record.Text("reason")) == "" {
		return nil
	}
	return record
}

// warningSpace is the name space of the answers to warnings. Fixed for ever: two machines must arrive at the same object.
var warningSpace = uuid.MustParse("1c8b3d0a-52f7-5c19-8f5e-0f0f7f2d6b41")

// warningID is the identifier of the answer to a warning, the same on every machine.
func warningID(caseID uuid.UUID, p domain.Problem) uuid.UUID {
	return uuid.NewSHA1(warningSpace, []byte(strings.Join([]string{caseID.String(), p.Rule, p.Object.String(), string(p.Type), p.Field}, "/")))
}

// AnswerWarning stores why a warning may stand, as it is told now; another answer to the same warning is replaced, and an empty reason
// takes the answer back. Faults: E-VALUE for anything but a warning, E-ROLE.
func (w *Workspace) AnswerWarning(ctx context.Context, caseID uuid.UUID, p domain.Problem, reason string) (*Record, error) {
	if p.Severity != domain.Warning {
		return nil, fault.Newf("E-VALUE", p.Rule, "only a warning can be answered")
	}
	t := typeToAnswer(p)
	answers := map[string]domain.Answer{"reason": textOrNothing(domain.NormaliseText(reason))}
	for field, text := range map[string]string{
		"rule": p.Rule, "concerns": p.Object.String(), "concerns_type": string(p.Type), "field": p.Field, "told": p.Told(),
	} {
		if text != "" {
			answers[field] = domain.Answer{Value: text}
		}
	}
	return w.Set(ctx, Target{Type: t, ID: warningID(caseID, p), Case: caseID, Subject: caseID}, answers)
}

// remarkWrite makes a remark; the object of a thread is repeated in its answers, so that each stands for itself.
func remarkWrite(caseID uuid.UUID, t domain.Type, object uuid.UUID, field, text string, answers uuid.UUID) Write {
	write := Write{Target: Target{Type: reviewType("remark", t), Case: caseID, Subject: caseID}, Answers: map[string]domain.Answer{
		"concerns": {Value: object.String()}, "concerns_type": {Value: string(t)}, "text": {Value: text},
	}}
	if field != "" {
		write.Answers["field"] = domain.Answer{Value: field}
	}
	if answers != uuid.Nil {
		write.Answers["answers"] = domain.Answer{Value: answers.String()}
	}
	return write
}

// Remark says something about an object of a case, or about one field of it; about a sealed entry [Workspace.RemarkSealed] does. Faults: E-VALUE without words, E-FORM for an unknown field, E-ROLE.
func (w *Workspace) Remark(ctx context.Context, caseID uuid.UUID, t domain.Type, object uuid.UUID, field, text string) (*Record, error) {
	info, ok := domain.Info(t)
	if !ok || info.Compartment.Boxed() {
		return nil, fault.Newf("E-FORM", string(t), "no remarks on this type")
	}
	if _, known := info.Field(field); field != "" && !known {
		return nil, fault.Newf("E-FORM", describe(t, field), "unknown field")
	}
	return w.say(ctx, remarkWrite(caseID, t, object, field, domain.NormaliseText(text), uuid.Nil))
}

// Reply answers a remark; a reply to a reply joins the same thread.
func (w *Workspace) Reply(ctx context.Context, to *Record, text string) (*Record, error) {
	first := to.ID()
	if of := to.Reference("answers"); of != uuid.Nil {
		first = of
	}
	object, _ := uuid.Parse(to.Text("concerns"))
	return w.say(ctx, remarkWrite(to.Case(), domain.Type(to.Text("concerns_type")), object, to.Text("field"), domain.NormaliseText(text), first))
}

func (w *Workspace) say(ctx context.Context, write Write) (*Record, error) {
	if write.Answers["text"].Text() == "" {
		return nil, fault.Newf("E-VALUE", describe(write.Target.Type, "text"), "nothing said")
	}
	return w.Set(ctx, write.Target, write.Answers)
}

// SettleThread ends a thread, or takes it up again.
func (w *Workspace) SettleThread(ctx context.Context, first *Record, settled bool) error {
	_, err := w.Set(ctx, Target{Type: first.Type(), ID: first.ID(), Case: first.Case()}, map[string]domain.Answer{"settled": {Value: settled}})
	return err
}

// threadsOf orders remarks. An answer whose first remark is not here, or was removed, begins a thread of its own: no word is lost.
func threadsOf(remarks []*Record) []Thread {
	slices.SortStableFunc(remarks, func(a, b *Record) int {
		if x, y := writtenAt(a), writtenAt(b); x != y {
			return int(min(max(int64(x)-int64(y), -1), 1))
		}
		return strings.Compare(a.ID().String(), b.ID().String())
	})
	at := map[uuid.UUID]int{}
	var threads []Thread
	for _, own := range []bool{true, false} {
		for _, r := range remarks {
			i, found := at[r.Reference("answers")]
			if first := r.Reference("answers") == uuid.Nil; first != own {
				continue
			}
			if found {
				threads[i].Answers = append(threads[i].Answers, r)
				continue
			}
			at[r.ID()] = len(threads)
			threads = append(threads, Thread{First: r, Settled: r.Answer("settled").Bool()})
		}
	}
	slices.SortStableFunc(threads, func(a, b Thread) int {
		switch {
		case a.Settled == b.Settled:
			return 0
		case a.Settled:
			return 1
		}
		return -1
	})
	return threads
}

// writtenAt is when the words of a remark were written.
func writtenAt(r *Record) oplog.HLC {
	if heads := r.Heads("text"); len(heads) > 0 {
		return heads[0].HLC
	}
	return 0
}

// Concerns reports whether a problem belongs to an interview: it is about the interview, one of its interpreters, or the person who was
// interviewed alone. What is about the case as a whole, or a household, belongs to the interview of the household.
func (r *Review) Concerns(p domain.Problem, interview *Record) bool {
	person := interview.Reference("about")
	if p.Object == interview.ID() || p.Object == person && person != uuid.Nil {
		return true
	}
	record := r.File.Get(p.Object)
	if record == nil {
		return person == uuid.Nil
	}
	switch record.Type() {
	case "case", "household":
		return person == uuid.Nil
	case "relation":
		return person == uuid.Nil || record.Reference("person_a") == person || record.Reference("person_b") == person
	}
	subject := record.Subject()
	return subject == interview.ID() || subject == person && person != uuid.Nil
}

// LateWrites counts the objects of an interview that were written after it was locked by somebody in the field who did not know of the
// lock: the answers count, and the lead is told (domain.md 13).
func (r *Review) LateWrites(interview *Record) int {
	person := interview.Reference("about")
	locked := oplog.HLC(0)
	for _, head := range interview.Heads("status") {
		if head.Answer.Text() == string(domain.Locked) {
			locked = max(locked, head.HLC)
		}
	}
	if locked == 0 || person == uuid.Nil {
		return 0
	}
	late := 0
	for _, record := range r.File.objects {
		if at, _ := record.Written(); domain.Lockable(record.Type()) && record.Subject() == person && at > locked {
			late++
		}
	}
	return late
}
