package domain

import "time"

// AgeGroup is a group that a person belongs to by age on a named reference date. The birth date is stored, never the
// group (domain.md 9).
type AgeGroup string

// The groups. Boys and girls alone are found by confirmed status and age; see [UnaccompaniedBufetat].
const (
	ChildGroup             AgeGroup = "child"
	AdultGroup             AgeGroup = "adult"
	IndividualInterview    AgeGroup = "individual_interview"
	NoCourse               AgeGroup = "norco_none"
	ChildCourse            AgeGroup = "norco_child"
	AdultCourse            AgeGroup = "norco_adult"
	CourseReporting        AgeGroup = "norco_reporting"
	Kindergarten           AgeGroup = "kindergarten"
	CompulsorySchool       AgeGroup = "compulsory_school"
	Youth16to19            AgeGroup = "youth_16_19"
	UpperSecondary         AgeGroup = "upper_secondary"
	UnaccompaniedBufetat   AgeGroup = "unaccompanied_bufetat"
	UnaccompaniedIMDi      AgeGroup = "unaccompanied_imdi"
	IntroductionProgramme  AgeGroup = "introduction_programme"
	MayBeOfferedProgramme  AgeGroup = "may_be_offered_programme"
	NorwegianTraining      AgeGroup = "norwegian_training"
	Elderly                AgeGroup = "elderly"
	LiteracyAsked          AgeGroup = "literacy_asked"
	EverWorkedAsked        AgeGroup = "ever_worked_asked"
	CivilStatusAsked       AgeGroup = "civil_status_asked"
	IndividualInterviewAge          = 15 // "above 14": sources differ between 14 and 15 (domain.md 5)
)

// ReferenceDate names the date on which an age is computed.
type ReferenceDate string

// The reference dates.
const (
	OnInterview  ReferenceDate = "interview"
	OnDecision   ReferenceDate = "decision" // the entry permit
	OnCourse     ReferenceDate = "course"
	OnSettlement ReferenceDate = "settlement"
)

// AgeRule tells which ages belong to a group, both ends included, and on which date.
type AgeRule struct {
	Group           AgeGroup
	Youngest        int
	Oldest          int // noLimit when there is none
	Reference       ReferenceDate
	IfUnaccompanied bool
}

const noLimit = 200

// AgeRules is the table of domain.md 9. The groups that a question of domain.md 7 asks for stand at its end.
var AgeRules = []AgeRule{
	{ChildGroup, 0, 17, OnInterview, false},
	{AdultGroup, 18, noLimit, OnInterview, false},
	{IndividualInterview, IndividualInterviewAge, noLimit, OnInterview, false},
	{NoCourse, 0, 7, OnCourse, false},
	{ChildCourse, 8, 15, OnCourse, false},
	{AdultCourse, 16, noLimit, OnCourse, false},
	{CourseReporting, 8, noLimit, OnSettlement, false},
	{Kindergarten, 1, 5, OnSettlement, false},
	{CompulsorySchool, 6, 15, OnSettlement, false},
	{Youth16to19, 16, 19, OnSettlement, false},
	{UpperSecondary, 16, 18, OnSettlement, false},
	{UnaccompaniedBufetat, 0, 14, OnDecision, true},
	{UnaccompaniedIMDi, 15, 17, OnDecision, true},
	{IntroductionProgramme, 18, 55, OnDecision, false},
	{MayBeOfferedProgramme, 56, noLimit, OnDecision, false},
	{NorwegianTraining, 18, 67, OnDecision, false},
	{Elderly, 65, noLimit, OnSettlement, false},
	{LiteracyAsked, 8, noLimit, OnInterview, false},
	{EverWorkedAsked, 15, noLimit, OnInterview, false},
	{CivilStatusAsked, 15, noLimit, OnInterview, false},
}

// Membership says whether a person belongs to a group. Unclear means that a border lies inside the range of possible
// ages: ask, and record which side (domain.md 8.4).
type Membership byte

// The three answers.
const (
	Outside Membership = iota
	Inside
	Unclear
)

// Member tells whether somebody born on the date belongs to the group on the day. Unclear when the birth date is unknown.
func (r AgeRule) Member(birth PartialDate, at time.Time) Membership {
	if birth.IsZero() {
		return Unclear
	}
	least, greatest := birth.AgeRange(at)
	switch {
	case greatest < r.Youngest || least > r.Oldest:
		return Outside
	case least >= r.Youngest && greatest <= r.Oldest:
		return Inside
	default:
		return Unclear
	}
}

// RuleOf finds the rule of a group in [AgeRules].
func RuleOf(g AgeGroup) (AgeRule, bool) {
	for _, r := range AgeRules {
		if r.Group == g {
			return r, true
		}
	}
	return AgeRule{}, false
}

// In tells whether somebody born on the date belongs to the group on the day.
func (g AgeGroup) In(birth PartialDate, at time.Time) Membership {
	r, ok := RuleOf(g)
	if !ok {
		return Outside
	}
	return r.Member(birth, at)
}

// AgeGroups lists the groups that a person belongs to on a reference date, and those where it is unclear.
func AgeGroups(birth PartialDate, reference ReferenceDate, at time.Time, unaccompanied bool) (inside, unclear []AgeGroup) {
	for _, r := range AgeRules {
		if r.Reference != reference || r.IfUnaccompanied && !unaccompanied {
			continue
		}
		switch r.Member(birth, at) {
		case Inside:
			inside = append(inside, r.Group)
		case Unclear:
			unclear = append(unclear, r.Group)
		}
	}
	return inside, unclear
}

// FiveYearBand gives the display band of an age: "0–4", "5–9" … "60–64", "65+" (domain.md 9).
func FiveYearBand(age int) string {
	if age >= 65 {
		return "65+"
	}
	from := max(age, 0) / 5 * 5
	return digits(from) + "–" + digits(from+4)
}
