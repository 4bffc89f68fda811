package domain

import (
	"slices"
	"strconv"
	"time"
)

// The rules of domain.md 8.5 and 7.5 that look at one record, or at a record and its neighbour.

// firstUpperSecondary is the ISCED level from which field, documents and completion are required (domain.md 7.10).
const firstUpperSecondary = 3

// X8
func (c *caseRules) educationDetails() {
	for _, e := range c.view.Objects("education") {
		level, err := strconv.Atoi(e.Answer("level").Text())
		if err != nil || level < firstUpperSecondary || level > 8 {
			continue // 9 is "unstated"
		}
		for _, field := range []string{"field", "documents", "completed"} {
			if !e.Answer(field).Answered() {
				c.report("X8", Error, e, field)
				break
			}
		}
	}
}

// X9: who wants to go on in a regulated profession is asked whether recognition is wished.
func (c *caseRules) recognition() {
	for _, p := range c.persons {
		goesOn := slices.ContainsFunc(c.about("work", p.ID()), func(w ObjectView) bool { return w.Answer("wants_to_continue").Bool() })
		if !goesOn {
			continue
		}
		for _, e := range c.about("education", p.ID()) {
			if e.Answer("regulated_profession").Bool() && !e.Answer("recognition_wish").Answered() {
				c.report("X9", Warning, e, "recognition_wish")
			}
		}
	}
}

// X10
func (c *caseRules) healthDocumented() {
	for _, h := range c.view.Objects("health") {
		if !hasHealthNeed(h) {
			continue
		}
		if !h.Answer("documentation").Answered() {
			c.report("X10", Error, h, "documentation")
			continue
		}
		summary := slices.ContainsFunc(c.view.Objects("daily_life_need"), func(d ObjectView) bool {
			return d.Answer("about").Text() == h.Answer("about").Text() && d.Answer("daily_life_summary").Answered()
		})
		if !summary {
			c.report("X10", Error, h, "")
		}
	}
}

func hasHealthNeed(h ObjectView) bool {
	other := func(field, none string) bool {
		text := h.Answer(field).Text()
		return text != "" && text != none
	}
	return h.Answer("urgent_before_travel").Bool() || other("mobility", "walks_freely") || other("senses", "none") || other("care_need", "none") ||
		other("needs_specialist_service", "none") || other("mental_health_support", "none_expressed") || h.Answer("torture_or_war_injury").Bool()
}

// X11
func (c *caseRules) wheelchair() {
	for _, h := range c.view.Objects("health") {
		if h.Answer("mobility").Text() != "wheelchair_full" {
			continue
		}
		met := slices.ContainsFunc(c.view.Objects("dwelling_need"), func(d ObjectView) bool {
			needs := d.Answer("dwelling_needs").List()
			return d.Answer("about").Text() == h.Answer("about").Text() && slices.Contains(needs, "step_free_access") && slices.Contains(needs, "adapted_bathroom")
		})
		if !met {
			c.report("X11", Warning, h, "mobility")
		}
	}
}

// longFamilyTime is the time with one family beyond which a warning is given (X13).
const longFamilyTime = 180 * time.Minute

// X13
func (c *caseRules) interviewTimes() {
	var total time.Duration
	for _, i := range c.interviews {
		length, ok := span(i.Answer("start").Text(), i.Answer("end").Text())
		if ok && length <= 0 {
			c.report("X13", Warning, i, "end")
			continue
		}
		total += length
		for _, pause := range i.Answer("pauses").Rows() {
			if pause, ok := span(pause["start"], pause["end"]); ok && pause > 0 {
				total -= pause
			}
		}
	}
	if total > longFamilyTime {
		c.report("X13_LONG", Warning, c.caseObject(), "", "Minutes", strconv.Itoa(int(total.Minutes())))
	}
}

func span(start, end string) (time.Duration, bool) {
	from, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return 0, false
	}
	to, err := time.Parse(time.RFC3339, end)
	if err != nil {
		return 0, false
	}
	return to.Sub(from), true
}

// X14: never a child, a relative or a fellow applicant as interpreter (Interpreter Act § 4); an emergency needs its reason.
func (c *caseRules) interpreterTie() {
	for _, u := range c.view.Objects("interpreter_use") {
		switch u.Answer("tie").Text() {
		case "child", "family_member", "fellow_applicant":
			if !u.Answer("exception_reason").HasValue() {
				c.report("X14", Error, u, "tie")
			}
		}
	}
}

// X15
func (c *caseRules) interpreterOrigin() {
	for _, s := range c.view.Objects("interpreter_special") {
		origin, use := s.Answer("origin_country").Text(), s.Answer("about").Text()
		if origin == "" {
			continue
		}
		var present []string
		for _, i := range c.interviewsOfUse(use) {
			present = slices.Concat(present, i.Answer("persons_present").List(), i.Answer("about").List())
		}
		for _, w := range c.view.Objects("person_special") {
			if c.avoids(w, origin) && slices.Contains(present, w.Answer("about").Text()) {
				c.report("X15", Warning, s, "origin_country")
				break
			}
		}
	}
}

// avoids reports whether a person asked not to have an interpreter from a country: that one by name, or the person's own.
func (c *caseRules) avoids(wish ObjectView, country string) bool {
	if wish.Answer("interpreter_wish_not_country").Text() == country {
		return true
	}
	person := c.byID[wish.Answer("about").Text()]
	return person != nil && slices.Contains(wish.Answer("interpreter_wish").List(), "not_same_country") &&
		(slices.Contains(person.Answer("nationalities").List(), country) || person.Answer("country_of_origin").Text() == country)
}

// interviewsOfUse lists the interviews in which an interpreter was used: the one whose row the use is, and those that name it.
func (c *caseRules) interviewsOfUse(use string) []ObjectView {
	parent := ""
	for _, u := range c.view.Objects("interpreter_use") {
		if u.ID().String() == use {
			parent = u.Answer("parent").Text()
		}
	}
	var found []ObjectView
	for _, i := range c.interviews {
		if i.ID().String() == parent || i.Answer("interpreter_use").Text() == use {
			found = append(found, i)
		}
	}
	return found
}

func (c *caseRules) names() {
	for _, p := range c.persons {
		if !p.Answer("family_name").HasValue() && !p.Answer("given_names").HasValue() {
			c.report("NAME_MISSING", Error, p, "given_names")
		}
	}
}

func (c *caseRules) nationality() {
	for _, p := range c.persons {
		listed, stateless := p.Answer("nationalities"), p.Answer("stateless")
		switch {
		case stateless.Bool() && slices.ContainsFunc(listed.List(), func(code string) bool { return code != "XXA" }):
			c.report("STATELESS", Error, p, "nationalities")
		case !stateless.Bool() && !listed.Answered():
			c.report("NATIONALITY", Error, p, "nationalities")
		}
	}
}

func (c *caseRules) categories() {
	for _, o := range c.cases {
		if first := o.Answer("submission_cat_primary").Text(); first != "" && first == o.Answer("submission_cat_secondary").Text() {
			c.report("CATEGORIES", Error, o, "submission_cat_secondary")
		}
	}
}

// periods that must not end before they start.
var periods = []struct {
	t          Type
	start, end string
}{
	{"mission", "start_date", "end_date"},
	{"education", "start", "end"},
	{"work", "start", "end"},
	{"relation", "since", "until"},
	{"decision", "permit_valid_from", "permit_valid_to"},
}

func (c *caseRules) periods() {
	for _, period := range periods {
		for _, o := range c.view.Objects(period.t) {
			start, errStart := ParsePartialDate(o.Answer(period.start).Text())
			end, errEnd := ParsePartialDate(o.Answer(period.end).Text())
			if errStart == nil && errEnd == nil && end.Last().Before(start.First()) {
				c.report("END_BEFORE_START", Error, o, period.end)
			}
		}
	}
}

// youngestParent is the number of years between parent and child below which a warning is given (domain.md 7.5).
const youngestParent = 12

func (c *caseRules) relations() {
	for _, r := range c.view.Objects("relation") {
		if a := r.Answer("person_a").Text(); a != "" && a == r.Answer("person_b").Text() {
			c.report("RELATION_SELF", Error, r, "person_b")
		}
	}
	for _, child := range c.persons {
		born, err := ParsePartialDate(child.Answer("birth").Text())
		if err != nil {
			continue
		}
		for _, parent := range c.parents(child) {
			bornParent, err := ParsePartialDate(parent.Answer("birth").Text())
			// The greatest possible difference is what must be too small, for a partial date gives the benefit of the doubt.
			if err == nil && bornParent.First().AddDate(youngestParent, 0, 0).After(born.Last()) {
				c.report("PARENT_AGE", Warning, child, "birth", "Years", strconv.Itoa(youngestParent))
				break
			}
		}
	}
	for _, p := range c.persons {
		others := map[string]bool{}
		for _, r := range c.spouses(p) {
			others[r.Answer("person_a").Text()], others[r.Answer("person_b").Text()] = true, true
		}
		if len(others) > 2 { // a marriage entered twice is one
			c.report("POLYGAMY", Warning, p, "")
		}
	}
}
