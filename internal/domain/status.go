package domain

import (
	"fmt"
	"slices"

	"feltbok/internal/fault"
)

// Status is where a case, a household or a person stands (domain.md 4). From fordelingsklar on the words are those of
// the official register and are kept as they are.
type Status string

// The statuses.
const (
	Received          Status = "received"
	Scheduled         Status = "scheduled"
	InInterview       Status = "in_interview"
	Mapped            Status = "mapped"
	Postponed         Status = "postponed"
	NotMet            Status = "not_met"
	Advised           Status = "advised"
	UnderKartlegging  Status = "under_kartlegging"
	Granted           Status = "granted"
	Refused           Status = "refused"
	Withdrawn         Status = "withdrawn"
	Fordelingsklar    Status = "fordelingsklar"
	Fordelt           Status = "fordelt"
	SoktUt            Status = "søkt_ut"
	Bosatt            Status = "bosatt"
	Trukket           Status = "trukket"
	Frafalt           Status = "frafalt"
	Avslag            Status = "avslag"
	Henlagt           Status = "henlagt"
	AvslattAvKommunen Status = "avslått_av_kommune"
)

// Statuses lists every status in the order of the process.
var Statuses = []Status{
	Received, Scheduled, InInterview, Mapped, Postponed, NotMet, Advised, UnderKartlegging, Granted, Refused,
	Withdrawn, Fordelingsklar, Fordelt, SoktUt, Bosatt, Trukket, Frafalt, Avslag, Henlagt, AvslattAvKommunen,
}

// Condition names what must hold before a transition (domain.md 4, column Condition). The program checks it where the
// records are at hand; the text catalogue has a sentence under "domain.condition." + Condition.
type Condition string

// The conditions.
const (
	Unconditional        Condition = ""
	MissionChosen        Condition = "mission_chosen"
	DossierAndGranted    Condition = "dossier_and_granted"
	MinimumRecordAndRead Condition = "minimum_record_and_read_back"
	DecisionDate         Condition = "decision_date"
	DUFAndNeedsReviewed  Condition = "duf_and_needs_reviewed"
	RequestSent          Condition = "request_sent"
	AgreementDate        Condition = "agreement_date"
	ReasonGiven          Condition = "reason_given"
	SettledDates         Condition = "settled_dates"
	ReasonAndDate        Condition = "reason_and_date"
)

type transition struct {
	from      []Status
	to        []Status
	roles     []Role
	condition Condition
}

// transitions is the table of domain.md 4. The registry words trukket and avslått_av_kommune are stations on the way
// back from fordelt to fordelingsklar; a case may also go back in one step. Only headquarters gives a final word.
var transitions = []transition{
	{[]Status{Received}, []Status{Scheduled}, []Role{HQC, HQS}, MissionChosen},
	{[]Status{Received}, []Status{Fordelingsklar}, []Role{HQC, HQS}, DossierAndGranted},
	{[]Status{Scheduled}, []Status{InInterview, NotMet}, interviewers, Unconditional},
	{[]Status{Scheduled}, []Status{Postponed}, []Role{MLD}, Unconditional},
	// Who was postponed or not met gets a new slot or a remote interview (domain.md 4, step 5).
	{[]Status{Postponed, NotMet}, []Status{Scheduled}, []Role{MLD, HQC, HQS}, Unconditional},
	{[]Status{Postponed, NotMet}, []Status{InInterview}, interviewers, Unconditional},
	{[]Status{InInterview}, []Status{Mapped}, interviewers, MinimumRecordAndRead},
	{[]Status{InInterview}, []Status{Postponed}, []Role{MLD}, Unconditional},
	// The mission lead sends an interview back when the evening review finds something missing.
	{[]Status{Mapped}, []Status{InInterview}, []Role{MLD}, ReasonGiven},
	{[]Status{Mapped}, []Status{Advised}, []Role{MLD}, Unconditional},
	{[]Status{Mapped}, []Status{UnderKartlegging}, []Role{HQC, HQS}, Unconditional},
	{[]Status{Advised}, []Status{UnderKartlegging}, []Role{HQC, HQS}, Unconditional},
	{[]Status{Advised, UnderKartlegging}, []Status{Granted, Refused, Withdrawn}, []Role{HQC, HQS}, DecisionDate},
	{[]Status{Refused}, []Status{Avslag}, []Role{HQC, HQS}, DecisionDate},
	{[]Status{Granted}, []Status{Fordelingsklar}, []Role{HQC, HQS}, DUFAndNeedsReviewed},
	{[]Status{Fordelingsklar}, []Status{Fordelt}, []Role{HQC, HQS}, RequestSent},
	{[]Status{Fordelt}, []Status{SoktUt}, []Role{HQC, HQS}, AgreementDate},
	{[]Status{Fordelt}, []Status{Fordelingsklar, Trukket, AvslattAvKommunen}, []Role{HQC, HQS}, ReasonGiven},
	{[]Status{Trukket, AvslattAvKommunen}, []Status{Fordelingsklar}, []Role{HQC, HQS}, Unconditional},
	{[]Status{SoktUt}, []Status{Fordelingsklar, Trukket}, []Role{HQC, HQS}, ReasonGiven},
	{[]Status{SoktUt}, []Status{Bosatt}, []Role{HQC, HQS}, SettledDates},
}

// ended are the statuses that nothing follows.
var ended = []Status{Bosatt, Frafalt, Henlagt, Avslag, Withdrawn}

// Transition reports with a *fault.Fault whether the role may take a case, household or person from one status to
// another: code D-STATUS when the step does not exist, D-ROLE when it is another role's. Staying is always allowed.
// What must hold besides is told by [ConditionOf].
func Transition(from, to Status, role Role) error {
	if from == to {
		return nil
	}
	t, ok := findTransition(from, to)
	where := string(from) + " → " + string(to)
	if !ok {
		return fault.Newf("D-STATUS", where, "no step leads from %q to %q", from, to)
	}
	if !slices.Contains(t.roles, role) {
		return fault.Newf("D-ROLE", where, "the step is not one for role %q", role)
	}
	return nil
}

// ConditionOf tells what must hold before the step. The empty condition also stands for a step that does not exist.
func ConditionOf(from, to Status) Condition {
	t, _ := findTransition(from, to)
	return t.condition
}

// Next lists the statuses that the role may choose from here, in the order of the process.
func Next(from Status, role Role) []Status {
	var next []Status
	for _, to := range Statuses {
		if to != from && Transition(from, to, role) == nil {
			next = append(next, to)
		}
	}
	return next
}

func findTransition(from, to Status) (transition, bool) {
	for _, t := range transitions {
		if slices.Contains(t.from, from) && slices.Contains(t.to, to) {
			return t, true
		}
	}
	if slices.Contains(Statuses, from) && !slices.Contains(ended, from) && (to == Frafalt || to == Henlagt) {
		return transition{roles: []Role{HQC, HQS}, condition: ReasonAndDate}, true
	}
	return transition{}, false
}

// ParseStatus reads a status code.
func ParseStatus(code string) (Status, error) {
	if slices.Contains(Statuses, Status(code)) {
		return Status(code), nil
	}
	return "", fmt.Errorf("no status is called %q", code)
}
