package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ObjectView is one object of a case as its reader may see it.
type ObjectView interface {
	ID() uuid.UUID
	Type() Type
	Answer(field string) Answer
}

// CaseView gives the objects of one case that the reader may see, deleted ones left out. A reader without a ring sees no
// object of that compartment, and the rules about it are then silent.
type CaseView interface {
	Objects(Type) []ObjectView
}

// CheckCase applies the rules that look at several fields or records of one case (domain.md 7.5, 8.5). today stands in
// for the interview date as long as no interview has begun. The problems come in the order of the rules and, within one,
// of the objects.
func CheckCase(view CaseView, today time.Time) []Problem {
	c := newCaseRules(view, today)
	for _, rule := range []func(){
		c.principalApplicant, c.householdPresent, c.caseSize, c.unaccompanied, c.accompanied, c.minorSpouse, c.interpreterLanguage,
		c.educationDetails, c.recognition, c.healthDocumented, c.wheelchair, c.interviewTimes, c.interpreterTie, c.interpreterOrigin,
		c.individualInterviews, c.mapping, c.names, c.nationality, c.categories, c.periods, c.relations,
		c.settledAfterAgreement, c.settledTogether, c.quotaYear, c.adviceInTime, c.permitLongEnough, c.sharedAgainstWish, c.family,
	} {
		rule()
	}
	return c.problems
}

// caseRules holds one case while its rules are applied.
type caseRules struct {
	view       CaseView
	today      time.Time
	interviews []ObjectView
	persons    []ObjectView
	byID       map[string]ObjectView
	cases      []ObjectView
	problems   []Problem
}

func newCaseRules(view CaseView, today time.Time) *caseRules {
	c := &caseRules{
		view: view, today: today, interviews: view.Objects("interview"), persons: view.Objects("person"),
		cases: view.Objects("case"), byID: make(map[string]ObjectView),
	}
	for _, p := range c.persons {
		c.byID[p.ID().String()] = p
	}
	return c
}

func (c *caseRules) report(rule string, s Severity, o ObjectView, field string, args ...string) {
	p := Problem{Rule: rule, Severity: s, Field: field}
	if o != nil {
		p.Type, p.Object = o.Type(), o.ID()
	}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = make(map[string]string)
		}
		p.Args[args[i]] = args[i+1]
	}
	c.problems = append(c.problems, p)
}

// caseObject is where a problem of the whole case is reported; nil when the case object cannot be seen.
func (c *caseRules) caseObject() ObjectView {
	if len(c.cases) == 0 {
		return nil
	}
	return c.cases[0]
}

// interviewed reports whether the case is one that IMDi meets; a dossier case has no interviews to be incomplete
// (domain.md 4, pitfall 16).
func (c *caseRules) interviewed() bool {
	for _, o := range c.cases {
		switch o.Answer("channel").Text() {
		case "dossier", "dossier_emergency", "dossier_medical":
			return false
		}
	}
	return true
}

// interviewDay is the day of the first interview of the case that has begun, else today.
func (c *caseRules) interviewDay() time.Time {
	var day time.Time
	for _, i := range c.interviews {
		if start, err := time.Parse(time.RFC3339, i.Answer("start").Text()); err == nil && (day.IsZero() || start.Before(day)) {
			day = start
		}
	}
	if day.IsZero() {
		return c.today
	}
	return day
}

func (c *caseRules) in(g AgeGroup, person ObjectView, at time.Time) Membership {
	birth, _ := ParsePartialDate(person.Answer("birth").Text())
	return g.In(birth, at)
}

// about returns the objects of a type whose subject is the given one.
func (c *caseRules) about(t Type, subject uuid.UUID) []ObjectView {
	info, _ := Info(t)
	var found []ObjectView
	for _, o := range c.view.Objects(t) {
		if o.Answer(info.SubjectField()).Text() == subject.String() {
			found = append(found, o)
		}
	}
	return found
}

func (c *caseRules) left(person ObjectView) bool { return person.Answer("left_case").HasValue() }

// absent reports whether it is on record that the person did not come to the interview.
func (c *caseRules) absent(person ObjectView) bool {
	return strings.HasPrefix(person.Answer("present_at_interview").Text(), "no_")
}

// X1
func (c *caseRules) principalApplicant() {
	var count int
	for _, p := range c.persons {
		if p.Answer("relation_to_pa").Text() == "principal_applicant" && !c.left(p) {
			count++
		}
	}
	if len(c.persons) > 0 && count != 1 {
		c.report("X1", Error, c.caseObject(), "", "Count", strconv.Itoa(count))
	}
}

// X2
func (c *caseRules) householdPresent() {
	if !c.interviewed() {
		return
	}
	for _, h := range c.view.Objects("household") {
		var members, present, explained int
		for _, p := range c.persons {
			if p.Answer("household").Text() != h.ID().String() {
				continue
			}
			members++
			if p.Answer("present_at_interview").Text() == "yes" {
				present++
			} else if c.absent(p) {
				explained++
			}
		}
		if present == 0 && (members == 0 || explained < members) && !h.Answer("absence_reason").Answered() {
			c.report("X2", Error, h, "absence_reason")
		}
	}
}

// X3
func (c *caseRules) caseSize() {
	for _, o := range c.cases {
		stated, ok := o.Answer("case_size_rrf").Int()
		if ok && stated != int64(len(c.persons)) && !o.Answer("case_size_reason").HasValue() {
			c.report("X3", Warning, o, "case_size_rrf", "Stated", strconv.FormatInt(stated, 10), "Count", strconv.Itoa(len(c.persons)))
		}
	}
}

// X4: the same household must not hold a grown parent of a child that is recorded as alone.
func (c *caseRules) unaccompanied() {
	for _, m := range c.view.Objects("minor") {
		child, ok := c.byID[m.Answer("about").Text()]
		if !ok || !m.Answer("confirmed_unaccompanied").Bool() {
			continue
		}
		for _, parent := range c.parents(child) {
			if parent.Answer("household").Text() == child.Answer("household").Text() && c.in(AdultGroup, parent, c.interviewDay()) == Inside {
				c.report("X4", Error, m, "confirmed_unaccompanied")
				break
			}
		}
	}
}

// parents finds the recorded parents of a person, by relations and by relation to the principal applicant.
func (c *caseRules) parents(child ObjectView) []ObjectView {
	var found []ObjectView
	id := child.ID().String()
	for _, r := range c.view.Objects("relation") {
		a, b, kind := r.Answer("person_a").Text(), r.Answer("person_b").Text(), r.Answer("type").Text()
		if parent := c.byID[b]; a == id && kind == "parent" && parent != nil {
			found = append(found, parent)
		}
		if parent := c.byID[a]; b == id && kind == "child" && parent != nil {
			found = append(found, parent)
		}
	}
	own := child.Answer("relation_to_pa").Text()
	for _, p := range c.persons {
		role := p.Answer("relation_to_pa").Text()
		if role == "principal_applicant" && (own == "son" || own == "daughter") || own == "principal_applicant" && (role == "father" || role == "mother") {
			found = append(found, p)
		}
	}
	return found
}

// X5
func (c *caseRules) accompanied() {
	for _, m := range c.view.Objects("minor") {
		speaksOf := m.Answer("care_by_accompanying_now").Bool() || m.Answer("wish_to_live_with").Bool() || m.Answer("relation_documented").Bool() ||
			m.Answer("relation_to_accompanying").HasValue() || m.Answer("accompanying_named").HasValue()
		named := m.Answer("accompanying_named").HasValue() && m.Answer("relation_to_accompanying").Answered()
		if speaksOf && !m.Answer("accompanying_person").HasValue() && !named {
			c.report("X5", Error, m, "accompanying_person")
		}
	}
}

// spouses lists the active spouse relations of a person (domain.md 7.5).
func (c *caseRules) spouses(person ObjectView) []ObjectView {
	id := person.ID().String()
	var found []ObjectView
	for _, r := range c.view.Objects("relation") {
		if r.Answer("type").Text() == "spouse" && !r.Answer("until").HasValue() && (r.Answer("person_a").Text() == id || r.Answer("person_b").Text() == id) {
			found = append(found, r)
		}
	}
	return found
}

// X6
func (c *caseRules) minorSpouse() {
	for _, p := range c.persons {
		married := slices.Contains([]string{"married", "religiously_married", "cohabitant"}, p.Answer("civil_status").Text()) ||
			p.Answer("relation_to_pa").Text() == "spouse" || len(c.spouses(p)) > 0
		if married && p.Answer("birth").HasValue() && c.in(ChildGroup, p, c.interviewDay()) != Outside {
			c.report("X6", Warning, p, "civil_status")
		}
	}
}

// X7: whoever is interviewed alone needs an interpreting language, or an interview that states the shared language.
func (c *caseRules) interpreterLanguage() {
	for _, i := range c.interviews {
		if i.Answer("interpreter_needed").Text() == "no" && !i.Answer("shared_language").Answered() {
			c.report("X7", Error, i, "shared_language")
		}
	}
	if !c.interviewed() {
		return
	}
	for _, p := range c.persons {
		if c.left(p) || c.in(IndividualInterview, p, c.interviewDay()) == Outside || p.Answer("interpreter_language_1").Answered() {
			continue
		}
		shared := slices.ContainsFunc(c.interviewsWith(p), func(i ObjectView) bool {
			return i.Answer("interpreter_needed").Text() == "no" && i.Answer("shared_language").Answered()
		})
		if !shared {
			c.report("X7", Error, p, "interpreter_language_1")
		}
	}
}

// interviewsWith lists the interviews of a person, alone or among others.
func (c *caseRules) interviewsWith(person ObjectView) []ObjectView {
	id := person.ID().String()
	var found []ObjectView
	for _, i := range c.interviews {
		if i.Answer("about").Text() == id || slices.Contains(i.Answer("persons_present").List(), id) {
			found = append(found, i)
		}
	}
	return found
}

// X16: everyone above the limit is interviewed individually, also inside a family (domain.md 5).
func (c *caseRules) individualInterviews() {
	if !c.interviewed() || len(c.interviews) == 0 {
		return
	}
	for _, p := range c.persons {
		if c.left(p) || c.absent(p) || slices.ContainsFunc(c.interviewsWith(p), func(i ObjectView) bool { return isIndividual(i, p) }) {
			continue
		}
		switch c.in(IndividualInterview, p, c.interviewDay()) {
		case Inside:
			c.report("X16", Error, p, "", "Age", strconv.Itoa(IndividualInterviewAge))
		case Unclear:
			c.report("X16_UNCLEAR", Warning, p, "birth", "Age", strconv.Itoa(IndividualInterviewAge))
		}
	}
}

// isIndividual reports whether the interview is one with the person alone. A remote interview counts when it is about
// the person.
func isIndividual(interview, person ObjectView) bool {
	switch interview.Answer("type").Text() {
	case "individual_adult", "individual_youth":
		return true
	case "follow_up", "remote":
		return interview.Answer("about").Text() == person.ID().String()
	}
	return false
}

// X17: languages, education, work and other competence are mapped for everyone of the programme's age (Integration Act
// § 6). The permit's date decides the age; before it, the interview's.
func (c *caseRules) mapping() {
	if !c.interviewed() || len(c.interviews) == 0 {
		return
	}
	for _, p := range c.persons {
		if c.left(p) || c.absent(p) || c.in(IntroductionProgramme, p, c.interviewDay()) != Inside {
			continue
		}
		if missing := c.unmapped(p); missing != "" {
			// The type names what is missing; the object is the person.
			c.problems = append(c.problems, Problem{Rule: "X17", Severity: Error, Type: missing, Object: p.ID()})
		}
	}
}

// unmapped names the first part of the mapping that has nothing on record for the person, or "".
func (c *caseRules) unmapped(person ObjectView) Type {
	id := person.ID()
	competence := answeredIn(c.about("competence", id))
	switch {
	case len(c.about("language", id)) == 0:
		return "language"
	case len(c.about("education", id)) == 0 && !competence("has_completed_upper_secondary", "school_years_total"):
		return "education"
	case len(c.about("work", id)) == 0 && !competence("ever_worked"):
		return "work"
	case !competence("driving_licence", "digital_phone", "digital_message", "digital_search", "digital_form", "digital_office", "informal_skills",
		"informal_skills_other", "courses", "volunteering"):
		return "competence"
	}
	return ""
}

// answeredIn returns a function that tells whether any of the objects has an answer in any of the given fields.
func answeredIn(objects []ObjectView) func(fields ...string) bool {
	return func(fields ...string) bool {
		for _, o := range objects {
			for _, f := range fields {
				if o.Answer(f).Answered() {
					return true
				}
			}
		}
		return false
	}
}
