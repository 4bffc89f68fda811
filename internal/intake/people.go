package intake

import (
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
)

// caseRows are the rows of one case.
type caseRows struct {
	key, number string
	rows        []*personRow
	answer      map[string]domain.Answer
	column      map[string]string
}

func (c *caseRows) failed() bool { return slices.ContainsFunc(c.rows, (*personRow).failed) }

// group puts the rows of a list together by case, in the order in which the cases come, and judges what rows say of each other.
func group(rows []*personRow) []*caseRows {
	var cases []*caseRows
	index := map[string]*caseRows{}
	numbers := map[string]*personRow{}
	for _, r := range rows {
		if number := r.answer["unhcr_individual_no"].Text(); number != "" {
			if first := numbers[number]; first != nil {
				r.say(about(twicePerson, domain.Error, individualNo, strconv.Itoa(first.number)))
			} else {
				numbers[number] = r
			}
		}
		if r.key == "" {
			continue
		}
		c := index[r.key]
		if c == nil {
			c = &caseRows{key: r.key, number: r.caseNo, answer: map[string]domain.Answer{}, column: r.column}
			index[r.key], cases = c, append(cases, c)
		}
		c.take(r)
	}
	return cases
}

func about(code string, severity domain.Severity, field, other string) Issue {
	i := issue(code, severity)
	i.Field, i.Other = field, other
	return i
}

// take adds a row to its case.
func (c *caseRows) take(r *personRow) {
	for field, answer := range r.ofCase {
		first, said := c.answer[field]
		if !said {
			c.answer[field] = answer
			continue
		}
		if field != "unhcr_case_no" && !sameValue(first, answer) {
			i := about(caseDiffers, domain.Error, "case."+field, strconv.Itoa(c.said(field)))
			i.Value = shorten(answer.Text())
			r.say(i)
		}
	}
	principal := r.answer["relation_to_pa"].Text() == "principal_applicant"
	for _, other := range c.rows {
		switch {
		case principal && other.answer["relation_to_pa"].Text() == "principal_applicant":
			r.say(about(twicePrincipal, domain.Error, "person.relation_to_pa", strconv.Itoa(other.number)))
			principal = false
		case r.answer["unhcr_individual_no"].Text() == "" && other.answer["unhcr_individual_no"].Text() == "" && identity(r.get) == identity(other.get):
			r.say(about(twicePerson, domain.Error, "", strconv.Itoa(other.number)))
		}
	}
	c.rows = append(c.rows, r)
}

// said is the row that first said something about the case.
func (c *caseRows) said(field string) int {
	for _, r := range c.rows {
		if _, ok := r.ofCase[field]; ok {
			return r.number
		}
	}
	return 0
}

func (r *personRow) get(field string) domain.Answer { return r.answer[field] }

// identity is what two rows about one person without a number have in common: names, birth and sex, however they are spelt.
func identity(get func(field string) domain.Answer) string {
	var parts []string
	for _, field := range []string{"given_names", "family_name", "name_native_script", "birth", "sex"} {
		parts = append(parts, codelist.Fold(get(field).Text()))
	}
	return strings.Join(parts, "|")
}

// sameValue reports whether two answers say the same, whatever is known about them.
func sameValue(a, b domain.Answer) bool {
	x, errX := domain.Answer{Value: a.Value, Missing: a.Missing}.Encode()
	y, errY := domain.Answer{Value: b.Value, Missing: b.Missing}.Encode()
	return errX == nil && errY == nil && string(x) == string(y)
}

// kin says which relation record follows from a relation to the principal applicant: person_b is `kind` of person_a. Turned means
// that the principal applicant is person_b. Who is whose mother among the others is not in a list, and is asked.
var kin = map[string]struct {
	kind   string
	turned bool
}{
	"spouse": {"spouse", false}, "partner": {"cohabitant", false},
	"son": {"parent", true}, "daughter": {"parent", true}, "stepchild": {"step_parent", true}, "foster_child": {"caregiver", true}, "other_child_in_care": {"caregiver", true},
	"father": {"parent", false}, "mother": {"parent", false}, "step_parent": {"step_parent", false}, "brother": {"sibling", false}, "sister": {"sibling", false},
	"grandparent": {"grandparent", false}, "grandchild": {"grandparent", true}, "uncle_aunt": {"uncle_aunt", false}, "niece_nephew": {"uncle_aunt", true}, "cousin": {"cousin", false},
}
