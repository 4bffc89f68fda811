package workspace

import (
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// InterviewStatus tells where an interview stands, also when machines that had not met took it different ways
// ([domain.StandingStatus]).
func InterviewStatus(r *Record) domain.InterviewStatus {
	var heads []domain.InterviewStatus
	for _, head := range r.Heads("status") {
		heads = append(heads, domain.InterviewStatus(head.Answer.Text()))
	}
	return domain.StandingStatus(heads...)
}

// fieldRoles are those whose work is the interview. Headquarters may correct a record afterwards, under its own name.
var fieldRoles = []domain.Role{domain.INT, domain.REM, domain.MLD}

// refuseClosed keeps a record as it was reviewed: what an interview that is reviewed or locked holds changes only after it was
// opened again, with a reason when it was locked (domain.md 3.4, 7.6). Fault E-LOCKED.
func (w *Workspace) refuseClosed(p *preparedWrite, before *Record) error {
	switch {
	case p.info.Type == "interview":
		if !InterviewStatus(before).Closed() || stepOnly(p.Answers) {
			return nil
		}
		return fault.New("E-LOCKED", "interview", nil)
	case p.info.Type == "interpreter_use":
		if w.closedInterview(before.Case(), func(i *Record) bool { return i.ID() == subjectOf(p, before) }) {
			return fault.New("E-LOCKED", "interview", nil)
		}
	case domain.Lockable(p.info.Type) && slices.Contains(fieldRoles, w.me.Role):
		person := subjectOf(p, before)
		if person != uuid.Nil && w.closedInterview(before.Case(), func(i *Record) bool { return i.Reference("about") == person }) {
			return fault.New("E-LOCKED", string(p.info.Type), nil)
		}
	}
	return nil
}

func subjectOf(p *preparedWrite, before *Record) uuid.UUID {
	if subject := before.Subject(); subject != uuid.Nil {
		return subject
	}
	return p.Target.Subject
}

// closedInterview reports whether interviews of a kind are all closed, and there is one.
func (w *Workspace) closedInterview(caseID uuid.UUID, wanted func(*Record) bool) bool {
	e := w.entries[caseID]
	if e == nil {
		return false
	}
	found := false
	for _, object := range e.objects {
		if object.Type != "interview" || deleted(object) {
			continue
		}
		record := newRecord(object)
		if !wanted(record) {
			continue
		}
		if !InterviewStatus(record).Closed() {
			return false
		}
		found = true
	}
	return found
}

// stepOnly reports whether a write to an interview only takes it a step.
func stepOnly(answers map[string]domain.Answer) bool {
	for name := range answers {
		if name != "status" && name != "amendments" && name != "returned" && name != fieldDeleted {
			return false
		}
	}
	return true
}
