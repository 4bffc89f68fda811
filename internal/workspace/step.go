package workspace

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// StepInterview takes an interview from where it stands to another status (domain.md 7.6). What stood side by side, because machines
// had not met, is settled by the step. A reason is needed to send back somebody else's interview and to amend one that is locked;
// sent back, it becomes a remark on the interview, amended, an entry in its list. Faults: D-STATUS, D-ROLE, E-ROLE for somebody
// else's interview, E-VALUE without the reason, E-OPEN while errors stand or warnings wait for an answer, E-CASE.
func (w *Workspace) StepInterview(ctx context.Context, id uuid.UUID, to domain.InterviewStatus, reason string) (*Record, error) {
	r, err := w.Get(ctx, "interview", id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fault.New("E-CASE", "interview", nil)
	}
	me, from := w.Me(), InterviewStatus(r)
	if err := domain.InterviewTransition(from, to, me.Role); err != nil {
		return nil, err
	}
	own := w.OwnInterview(r)
	if !own && me.Role != domain.MLD {
		return nil, fault.Newf("E-ROLE", "interview.status", "of another interviewer")
	}
	reason = domain.NormaliseText(reason)
	returns := to == domain.Draft && !own
	if reason == "" && (returns || to == domain.Amended) {
		return nil, fault.Newf("E-VALUE", "interview.status", "no reason given")
	}
	if to == domain.Reviewed || to == domain.Locked {
		if err := w.refuseOpen(ctx, r); err != nil {
			return nil, err
		}
	}
	step := Write{Target: Target{Type: "interview", ID: id, Case: r.Case()}, Answers: map[string]domain.Answer{"status": {Value: string(to)}}}
	writes := []Write{step}
	switch {
	case returns:
		step.Answers["returned"] = domain.Answer{Value: true}
		writes = append(writes, remarkWrite(r.Case(), "interview", id, "", reason, uuid.Nil))
	case r.Answer("returned").Bool():
		step.Answers["returned"] = domain.Answer{Value: false}
	}
	if to == domain.Amended {
		entry := map[string]string{"by": me.User.String(), "at": w.Now().Format(time.RFC3339), "what": "", "why": reason}
		step.Answers["amendments"] = domain.Answer{Value: append(slices.Clone(r.Answer("amendments").Rows()), entry)}
	}
	records, err := w.SetMany(ctx, writes)
	if err != nil {
		return nil, err
	}
	return records[0], nil
}

// Returned reports whether an interview was sent back by the lead and has not been handed in again.
func Returned(r *Record) bool {
	return InterviewStatus(r) == domain.Draft && r.Answer("returned").Bool()
}

// refuseOpen keeps an interview from being called reviewed while something about it is open: an error of the case that concerns it,
// or a warning that nobody answered. Special matters count too, for whoever may read them.
func (w *Workspace) refuseOpen(ctx context.Context, interview *Record) error {
	review, err := w.ReviewCase(ctx, interview.Case(), Part{Compartment: domain.Special})
	if err != nil {
		return err
	}
	for _, p := range review.Problems {
		if p.Open() && review.Concerns(p.Problem, interview) {
			return fault.New("E-OPEN", "", nil)
		}
	}
	return nil
}

// refuseStep judges a write to the status of an interview, by whichever way it comes; taking the own step back is no step. Faults:
// D-STATUS, D-ROLE, E-AMEND.
func (w *Workspace) refuseStep(p *preparedWrite, before *Record) error {
	status, ok := p.Answers["status"]
	if p.info.Type != "interview" || !ok || p.takesBack {
		return nil
	}
	from, to := InterviewStatus(before), domain.InterviewStatus(status.Text())
	if to == "" {
		to = domain.Draft
	}
	if err := domain.InterviewTransition(from, to, w.me.Role); err != nil {
		return err
	}
	if from != to && to == domain.Amended && !domain.Amends(p.Answers["amendments"]) {
		return fault.New("E-AMEND", "interview", nil)
	}
	return nil
}

// StepCase takes a case from one status to another (domain.md 4), with the reason where the step wants one. Conditions that can be
// seen in the case are checked: the minimum record, the reading back, a reason, a decision date. Faults: D-STATUS, D-ROLE, E-VALUE
// without the reason, E-STEP with the condition that does not hold, E-CASE.
func (w *Workspace) StepCase(ctx context.Context, id uuid.UUID, to domain.Status, reason string) (*Record, error) {
	file, err := w.OpenCase(ctx, id)
	if err != nil {
		return nil, err
	}
	from := domain.Status(file.Case().Text("status"))
	if err := domain.Transition(from, to, w.Me().Role); err != nil {
		return nil, err
	}
	reason = domain.NormaliseText(reason)
	answers := map[string]domain.Answer{"status": {Value: string(to)}, "status_date": {Value: w.Now().Format(time.DateOnly)}}
	switch condition := domain.ConditionOf(from, to); condition {
	case domain.ReasonGiven, domain.ReasonAndDate:
		if reason == "" {
			return nil, fault.Newf("E-VALUE", "case.status_reason", "no reason given")
		}
	case domain.MinimumRecordAndRead:
		if err := w.refuseHalf(ctx, file); err != nil {
			return nil, err
		}
	case domain.MissionChosen:
		if file.Case().Reference("mission") == uuid.Nil {
			return nil, fault.New("E-STEP", string(condition), nil)
		}
	case domain.DecisionDate:
		if !slices.ContainsFunc(file.Records("decision"), func(r *Record) bool { return r.Answer("decision_date").HasValue() }) {
			return nil, fault.New("E-STEP", string(condition), nil)
		}
	}
	if reason != "" || file.Case().Answer("status_reason").HasValue() {
		answers["status_reason"] = textOrNothing(reason)
	}
	return w.Set(ctx, Target{Type: "case", ID: id, Case: id}, answers)
}

func textOrNothing(text string) domain.Answer {
	if text == "" {
		return domain.Answer{}
	}
	return domain.Answer{Value: text}
}

// refuseHalf keeps a case from being called mapped while an interview is not handed in, was not read back without a reason, or lacks
// part of the minimum record (domain.md 5).
func (w *Workspace) refuseHalf(ctx context.Context, file *CaseFile) error {
	interviews := file.Interviews()
	half := len(interviews) == 0
	for _, interview := range interviews {
		read := interview.Answer("read_back_done").Bool() || strings.TrimSpace(interview.Text("read_back_reason")) != ""
		if InterviewStatus(interview) == domain.Draft || !read {
			half = true
			break
		}
		session, err := w.Interview(ctx, interview.ID())
		if fault.Code(err) == "E-FORM" {
			continue // begun with question sets of another version: its minimum cannot be counted here
		}
		if err != nil {
			return err
		}
		half = half || session.Total().MinimumMissing > 0
	}
	if half {
		return fault.New("E-STEP", string(domain.MinimumRecordAndRead), nil)
	}
	return nil
}
