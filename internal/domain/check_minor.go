package domain

import "time"

// minorRules are the rules on children without parents (domain.md 7.19, 9). X4 and X5 stand with the numbered ones.
var minorRules = []string{
	"MINOR_ADULT", "MINOR_AGE", "MINOR_BEST_INTEREST", "MINOR_DATE", "MINOR_ESCORT_APART", "MINOR_ESCORT_CHILD", "MINOR_ESCORT_PARENT",
	"MINOR_ESCORT_SELF", "MINOR_GUARDIAN", "MINOR_SOON_15", "MINOR_SOON_18", "MINOR_STATUS",
}

// permitMonths is how long an entry permit lasts: a child may change its age group before it travels (domain.md 7.22).
const permitMonths = 6

// ChildMayBeAlone reports whether it must be asked of a child if it is unaccompanied: nobody in the case is on record as its parent,
// or it was recorded before. It is asked too often rather than once too seldom, for what is missing about accompanying adults is
// dear (domain.md 7.19). A step-parent or a spouse has no parental responsibility. False for whoever is 18 or more for certain.
func ChildMayBeAlone(view CaseView, person ObjectView, day time.Time) bool {
	c := newCaseRules(view, day)
	return c.in(ChildGroup, person, day) != Outside && (len(c.about("minor", person.ID())) > 0 || c.parentless(person))
}

// parentless reports whether no parent of a person is in the case any more.
func (c *caseRules) parentless(child ObjectView) bool {
	for _, p := range c.distinctParents(child) {
		if !c.left(p) {
			return false
		}
	}
	return true
}

// minorStatus: the status is explicit, dated and belongs to the minimum record (domain.md 5, 7.19).
func (c *caseRules) minorStatus() {
	for _, p := range c.persons {
		if c.left(p) || c.in(ChildGroup, p, c.interviewDay()) != Inside || !c.parentless(p) {
			continue
		}
		if !answeredIn(c.about("minor", p.ID()))("confirmed_unaccompanied") {
			c.report("MINOR_STATUS", Error, p, "")
		}
	}
	for _, m := range c.view.Objects("minor") {
		if m.Answer("confirmed_unaccompanied").Answered() && !m.Answer("status_date").Answered() {
			c.report("MINOR_DATE", Error, m, "status_date")
		}
	}
}

// minors applies the rules on those who are recorded as unaccompanied.
func (c *caseRules) minors() {
	for _, m := range c.view.Objects("minor") {
		child := c.byID[m.Answer("about").Text()]
		if child == nil || c.left(child) || !m.Answer("confirmed_unaccompanied").Bool() {
			continue
		}
		c.minorAge(m, child)
		if !m.Answer("guardian_abroad_name").Answered() {
			c.report("MINOR_GUARDIAN", Warning, m, "guardian_abroad_name")
		}
		if m.Answer("best_interest_document").Text() == "none" {
			c.report("MINOR_BEST_INTEREST", Warning, m, "best_interest_document")
		}
		c.escort(m, child)
	}
}

func (c *caseRules) minorAge(m, child ObjectView) {
	born, err := ParsePartialDate(child.Answer("birth").Text())
	if err != nil {
		return // the missing birth date is told where it is missing
	}
	day := c.interviewDay()
	switch ChildGroup.In(born, day) {
	case Outside:
		c.report("MINOR_ADULT", Warning, m, "confirmed_unaccompanied")
		return
	case Unclear:
		c.report("MINOR_AGE", Warning, m, "confirmed_unaccompanied")
		return
	}
	later := day.AddDate(0, permitMonths, 0)
	switch {
	case ChildGroup.In(born, later) != Inside:
		c.report("MINOR_SOON_18", Information, m, "")
	case UnaccompaniedBufetat.In(born, day) != UnaccompaniedBufetat.In(born, later):
		c.report("MINOR_SOON_15", Information, m, "")
	}
}

// escort checks the accompanying adult: grown, not the child itself, without parental responsibility, and where the child wants to live.
func (c *caseRules) escort(m, child ObjectView) {
	adult := c.byID[m.Answer("accompanying_person").Text()]
	if adult == nil {
		return
	}
	if adult.ID() == child.ID() {
		c.report("MINOR_ESCORT_SELF", Error, m, "accompanying_person")
		return
	}
	if adult.Answer("birth").HasValue() && c.in(AdultGroup, adult, c.interviewDay()) != Inside {
		c.report("MINOR_ESCORT_CHILD", Warning, m, "accompanying_person")
	}
	together := adult.Answer("household").Text() == child.Answer("household").Text()
	for _, p := range c.distinctParents(child) {
		if p.ID() == adult.ID() && !together { // in one household X4 says it
			c.report("MINOR_ESCORT_PARENT", Error, m, "accompanying_person")
		}
	}
	if m.Answer("wish_to_live_with").Bool() && !together {
		c.report("MINOR_ESCORT_APART", Warning, m, "wish_to_live_with")
	}
}
