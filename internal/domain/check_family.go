package domain

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// familyRules are the rules on households, relations and ages that domain.md 7.4, 7.5, 8.4 and 9 state without a number. Those on
// unaccompanied minors stand beside them in minorRules.
var familyRules = []string{
	"AGE_18_UNCLEAR", "BIRTH_JANUARY", "CARER_MINOR", "CHILD_CONSENT", "CIVIL_STATUS", "GRANDPARENT_AGE", "HOUSEHOLD_NONE", "LEFT_DATE", "PARENTS_ALIKE",
	"PARENTS_MANY", "RELATION_CIRCLE", "RELATION_CONTRADICTS", "RELATION_GONE", "RELATION_TWICE", "SEX_ROLE", "TOGETHER_APART", "TOGETHER_NOT",
}

// family applies familyRules and minorRules.
func (c *caseRules) family() {
	for _, rule := range []func(){
		c.relationEnds, c.relationPairs, c.relationCircle, c.parentsAlike, c.grandparents, c.rolesAndSex, c.civilStatus, c.carers, c.households,
		c.leaving, c.adulthood, c.januaryFirst, c.absentParents, c.minorStatus, c.minors,
	} {
		rule()
	}
}

// relationEnds: a relation names two persons who are in the case.
func (c *caseRules) relationEnds() {
	for _, r := range c.view.Objects("relation") {
		for _, end := range []string{"person_a", "person_b"} {
			if id := r.Answer(end).Text(); id != "" && c.byID[id] == nil {
				c.report("RELATION_GONE", Warning, r, end)
			}
		}
	}
}

// pairKind puts relation types together that say the same, seen from either end, or that cannot be true of one pair together.
func pairKind(kind string) string {
	switch kind {
	case "spouse", "cohabitant", "fiance":
		return "couple"
	case "parent", "child":
		return "descent"
	case "sibling", "half_sibling":
		return "siblings"
	case "step_parent", "grandparent":
		return kind
	}
	return "" // can stand beside anything: cousins marry, aunts foster
}

// relationPairs: one pair is on record once, and not as two things that exclude each other.
func (c *caseRules) relationPairs() {
	type pair [2]string
	kinds, types := map[pair][]string{}, map[pair][]string{}
	for _, r := range c.view.Objects("relation") {
		a, b, kind := r.Answer("person_a").Text(), r.Answer("person_b").Text(), r.Answer("type").Text()
		if a == "" || b == "" || a == b || kind == "" || r.Answer("until").HasValue() {
			continue
		}
		both := pair{min(a, b), max(a, b)}
		said := kind + a
		switch kind {
		case "child": // the same as a parent from the other end
			said = "parent" + b
		case "spouse", "cohabitant", "fiance", "sibling", "half_sibling", "cousin", "other":
			said = kind
		}
		group := pairKind(kind)
		switch {
		case slices.Contains(types[both], said):
			c.report("RELATION_TWICE", Warning, r, "type")
		case group != "" && slices.ContainsFunc(kinds[both], func(k string) bool { return k != group }):
			c.report("RELATION_CONTRADICTS", Warning, r, "type")
		}
		types[both] = append(types[both], said)
		if group != "" {
			kinds[both] = append(kinds[both], group)
		}
	}
}

// relationCircle: nobody is his or her own ancestor. One report is enough to find the circle.
func (c *caseRules) relationCircle() {
	for _, p := range c.persons {
		seen := map[uuid.UUID]bool{}
		queue := c.parents(p)
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			if at.ID() == p.ID() {
				c.report("RELATION_CIRCLE", Error, p, "")
				return
			}
			if !seen[at.ID()] {
				seen[at.ID()] = true
				queue = append(queue, c.parents(at)...)
			}
		}
	}
}

// parentsAlike: more than two parents, or two of one sex, is mostly a step-parent or a co-wife entered as parent. It can be right.
func (c *caseRules) parentsAlike() {
	for _, child := range c.persons {
		parents := c.distinctParents(child)
		if len(parents) > 2 {
			c.report("PARENTS_MANY", Warning, child, "", "Count", strconv.Itoa(len(parents)))
			continue
		}
		if len(parents) == 2 {
			sex := parents[0].Answer("sex").Text()
			if (sex == "female" || sex == "male") && sex == parents[1].Answer("sex").Text() {
				c.report("PARENTS_ALIKE", Warning, child, "")
			}
		}
	}
}

// distinctParents are the recorded parents, each once.
func (c *caseRules) distinctParents(child ObjectView) []ObjectView {
	var found []ObjectView
	for _, p := range c.parents(child) {
		if p.ID() != child.ID() && !slices.ContainsFunc(found, func(o ObjectView) bool { return o.ID() == p.ID() }) {
			found = append(found, p)
		}
	}
	return found
}

// grandparents: two generations are at least twice as far apart as one.
func (c *caseRules) grandparents() {
	for _, r := range c.view.Objects("relation") {
		young, old := c.byID[r.Answer("person_a").Text()], c.byID[r.Answer("person_b").Text()]
		if r.Answer("type").Text() != "grandparent" || young == nil || old == nil {
			continue
		}
		born, err := ParsePartialDate(young.Answer("birth").Text())
		bornBefore, errBefore := ParsePartialDate(old.Answer("birth").Text())
		if err == nil && errBefore == nil && bornBefore.First().AddDate(2*youngestParent, 0, 0).After(born.Last()) {
			c.report("GRANDPARENT_AGE", Warning, r, "type", "Years", strconv.Itoa(2*youngestParent))
		}
	}
}

// sexOfRole is the sex that a relation to the principal applicant says by its word.
var sexOfRole = map[string]string{
	"son": "male", "father": "male", "brother": "male", "daughter": "female", "mother": "female", "sister": "female",
}

func (c *caseRules) rolesAndSex() {
	for _, p := range c.persons {
		said, recorded := sexOfRole[p.Answer("relation_to_pa").Text()], p.Answer("sex").Text()
		if said != "" && (recorded == "female" || recorded == "male") && said != recorded {
			c.report("SEX_ROLE", Warning, p, "relation_to_pa")
		}
	}
}

// civilStatus: whoever has a spouse is not unmarried, divorced or widowed.
func (c *caseRules) civilStatus() {
	for _, p := range c.persons {
		switch p.Answer("civil_status").Text() {
		case "single", "divorced", "widowed":
			if slices.ContainsFunc(c.spouses(p), func(r ObjectView) bool { return c.bothHere(r) }) {
				c.report("CIVIL_STATUS", Warning, p, "civil_status")
			}
		}
	}
}

// bothHere reports whether both persons of a relation are in the case and have not left it.
func (c *caseRules) bothHere(r ObjectView) bool {
	for _, end := range []string{"person_a", "person_b"} {
		if p := c.byID[r.Answer(end).Text()]; p == nil || c.left(p) {
			return false
		}
	}
	return true
}

// carers: who is under 18 cannot have the care of another child in Norway; the municipality must know (domain.md 7.5, 7.19).
func (c *caseRules) carers() {
	for _, r := range c.view.Objects("relation") {
		kind := r.Answer("type").Text()
		cares := kind == "caregiver" || r.Answer("care_responsibility").Bool() && !slices.Contains([]string{"child", "spouse", "cohabitant", "fiance"}, kind)
		carer := c.byID[r.Answer("person_b").Text()]
		if cares && carer != nil && c.bothHere(r) && carer.Answer("birth").HasValue() && c.in(ChildGroup, carer, c.interviewDay()) == Inside {
			c.report("CARER_MINOR", Warning, r, "person_b")
		}
	}
}

// households: everybody has one, and couples stand where they are to live.
func (c *caseRules) households() {
	homes := map[string]bool{}
	for _, h := range c.view.Objects("household") {
		homes[h.ID().String()] = true
	}
	for _, p := range c.persons {
		if len(homes) > 0 && !c.left(p) && !homes[p.Answer("household").Text()] {
			c.report("HOUSEHOLD_NONE", Warning, p, "household")
		}
	}
	for _, r := range c.view.Objects("relation") {
		if !c.bothHere(r) {
			continue
		}
		one, other := c.byID[r.Answer("person_a").Text()].Answer("household").Text(), c.byID[r.Answer("person_b").Text()].Answer("household").Text()
		switch r.Answer("living_together_in_norway").Text() {
		case "yes":
			if one != other && homes[one] && homes[other] {
				c.report("TOGETHER_APART", Warning, r, "living_together_in_norway")
			}
		case "no":
			if one == other && homes[one] && r.Answer("person_a").Text() != r.Answer("person_b").Text() {
				c.report("TOGETHER_NOT", Warning, r, "living_together_in_norway")
			}
		}
	}
}

// leaving: a death or a departure needs its day, for it decides the size of the household (domain.md 7.4).
func (c *caseRules) leaving() {
	for _, p := range c.persons {
		if c.left(p) && !p.Answer("left_case_date").Answered() {
			c.report("LEFT_DATE", Warning, p, "left_case_date")
		}
	}
}

// adulthood: whether somebody is a child must not stay open; ask, and record which side (domain.md 8.4).
func (c *caseRules) adulthood() {
	for _, p := range c.persons {
		if !c.left(p) && p.Answer("birth").HasValue() && c.in(AdultGroup, p, c.interviewDay()) == Unclear {
			c.report("AGE_18_UNCLEAR", Warning, p, "birth", "Age", "18")
		}
	}
}

// januaryFirst: 1 January is what officials write who do not know; it is kept, and called estimated (domain.md 8.4, pitfall 3).
func (c *caseRules) januaryFirst() {
	for _, p := range c.persons {
		born, err := ParsePartialDate(p.Answer("birth").Text())
		if err == nil && born.Month == int(time.January) && born.Day == 1 && p.Answer("birth_certainty").Text() == "exact" {
			c.report("BIRTH_JANUARY", Information, p, "birth_certainty")
		}
	}
}

// absentParents: a child who comes with one parent needs the other one's word, or the reason why there is none (domain.md 7.18).
func (c *caseRules) absentParents() {
	for _, o := range c.view.Objects("child") {
		child := c.byID[o.Answer("about").Text()]
		if child == nil || c.left(child) || c.in(ChildGroup, child, c.interviewDay()) == Outside {
			continue
		}
		switch o.Answer("lives_with").Text() {
		case "mother", "father":
			consent := o.Answer("absent_parent_consents")
			if !consent.Answered() && consent.Missing != NotApplicable { // the other parent may be dead
				c.report("CHILD_CONSENT", Warning, o, "absent_parent_consents")
			}
		}
	}
}
