package domain

import (
	"slices"
	"strings"

	"feltbok/internal/fault"
)

// InterviewStatus is where one interview stands (domain.md 7.6).
type InterviewStatus string

// The interview statuses.
const (
	Draft          InterviewStatus = "draft"
	ReadyForReview InterviewStatus = "ready_for_review"
	Reviewed       InterviewStatus = "reviewed"
	Locked         InterviewStatus = "locked"
	Amended        InterviewStatus = "amended"
)

var interviewTransitions = map[[2]InterviewStatus][]Role{
	{Draft, ReadyForReview}:    interviewers,
	{ReadyForReview, Draft}:    interviewers,
	{ReadyForReview, Reviewed}: {MLD},
	{Reviewed, ReadyForReview}: {MLD},
	{Reviewed, Locked}:         {MLD},
	{Locked, Amended}:          {MLD}, // with an entry in `amendments`, see [Amends]
	{Amended, Locked}:          {MLD},
}

// InterviewTransition reports with a *fault.Fault whether the role may take an interview from one status to another; the
// codes are those of [Transition]. An interview without a status is a draft.
func InterviewTransition(from, to InterviewStatus, role Role) error {
	if from == "" {
		from = Draft
	}
	if from == to {
		return nil
	}
	roles, ok := interviewTransitions[[2]InterviewStatus{from, to}]
	where := string(from) + " → " + string(to)
	if !ok {
		return fault.Newf("D-STATUS", where, "no step leads from %q to %q", from, to)
	}
	if !slices.Contains(roles, role) {
		return fault.Newf("D-ROLE", where, "the step is not one for role %q", role)
	}
	return nil
}

// MayEnter reports whether the role may bring an interview into a status at all, wherever it stood: what can be judged of a line
// whose neighbours may not have arrived.
func (r Role) MayEnter(to InterviewStatus) bool {
	for step, roles := range interviewTransitions {
		if step[1] == to && slices.Contains(roles, r) {
			return true
		}
	}
	return false
}

// precedence orders the statuses by which of several that stand side by side counts: first that an amendment is under way, for it
// must be ended; then the lock, which holds against everybody who did not know of it; then what is least finished, for nothing
// counts as looked through when somebody took it up again.
var precedence = []InterviewStatus{Amended, Locked, Draft, ReadyForReview, Reviewed}

// StandingStatus tells which status counts where machines that had not met took an interview different ways (domain.md 13;
// docs/decisions/0033-review-and-advice.md has the table). Without any it is a draft; unknown words are passed over.
func StandingStatus(heads ...InterviewStatus) InterviewStatus {
	for _, status := range precedence {
		if slices.Contains(heads, status) {
			return status
		}
	}
	return Draft
}

// Closed reports whether answers may no longer be given: somebody has looked the interview through, and it was not opened again.
func (s InterviewStatus) Closed() bool { return s == Reviewed || s == Locked }

// Amends reports whether an entry of the interview's field `amendments` says who amended what, when and why.
func Amends(entries Answer) bool {
	rows := entries.Rows()
	if len(rows) == 0 {
		return false
	}
	last := rows[len(rows)-1]
	return last["by"] != "" && last["at"] != "" && strings.TrimSpace(last["why"]) != ""
}

// lockable are the types of which an interview with one person is the record: they do not change in the field while that
// interview is closed.
var lockable = []Type{
	"language", "literacy", "education", "work", "competence", "wish", "dwelling_need", "daily_life_need", "network", "child", "minor",
	"person_special", "health", "unhcr_need", "child_special", "minor_special", "sensitive",
}

// Lockable reports whether an object of the type, about a person, is closed with that person's interview.
func Lockable(t Type) bool { return slices.Contains(lockable, t) }
