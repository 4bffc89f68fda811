package workspace

import (
	"context"

	"feltbok/internal/domain"
	"feltbok/internal/form"
)

// MayRetract reports whether this user can take back something of what the field of a question said: past are its answers, as
// [InterviewSession.History] gives them. raise tells that it can be moved to a sealed note about a person.
func (s *InterviewSession) MayRetract(section int, path form.Path, past []Past) (may, raise bool) {
	s.mu.Lock()
	target := s.target(section, path)
	s.mu.Unlock()
	me := s.w.Me()
	side := domain.SideField
	if me.HQ {
		side = domain.SideHQ
	}
	info, _ := domain.Info(target.Type)
	if !Withdrawable(target.Type, path.Name) || !me.Role.MayMake(domain.LineRedact, info.Compartment, side) {
		return false, false
	}
	others := false
	for _, one := range past {
		own := one.By == me.User || me.HQ && me.Role.MayRedactAll()
		may, others = may || own, others || !own
	}
	_, about := s.aboutPerson(target)
	return may, may && !others && about && s.w.Holds(domain.Sealed) && me.Role.MayWrite("sealed_note", "note")
}

// aboutPerson gives the person that a target is about.
func (s *InterviewSession) aboutPerson(target Target) (note Target, ok bool) {
	person := target.Subject
	if target.Type == "person" {
		person = target.ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.people {
		if one.ID() == person {
			return Target{Type: "sealed_note", Case: s.caseID, Subject: person}, true
		}
	}
	return Target{}, false
}

// Retract takes back what this user wrote into the field of a question, see [Workspace.Retract]. With a note it stands in a sealed entry
// about the same person from now on, for its author and headquarters, in the same transaction.
func (s *InterviewSession) Retract(ctx context.Context, section int, path form.Path, reason domain.RedactionReason, note string, rehearse bool) (*Retracted, error) {
	s.mu.Lock()
	target := s.target(section, path)
	s.mu.Unlock()
	r := Retraction{Type: target.Type, ID: target.ID, Field: path.Name, Reason: reason}
	if sealed, ok := s.aboutPerson(target); ok && note != "" {
		r.Raise = &Write{Target: sealed, Answers: map[string]domain.Answer{"note": domain.TextAnswer(note)}}
	}
	return s.w.Retract(ctx, r, rehearse)
}

// Withdrawals lists what was withdrawn in the case of the interview, in the compartment of a question.
func (s *InterviewSession) Withdrawals(ctx context.Context, section int, path form.Path) ([]Withdrawal, error) {
	s.mu.Lock()
	target := s.target(section, path)
	s.mu.Unlock()
	info, _ := domain.Info(target.Type)
	return s.w.Withdrawals(ctx, s.caseID, info.Compartment)
}
