package schedule

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// interest looks whether those who are to work with the family may, and can talk with it (domain.md 5, 7.7, X14, X15).
func (c *checking) interest() {
	s := c.slot
	for _, tie := range c.plan.Ties {
		if tie.Case != s.Case || s.Case == uuid.Nil {
			continue
		}
		if tie.Interviewer != uuid.Nil && tie.Interviewer == s.Interviewer {
			c.report("INTERVIEWER_TIED", domain.Error, "interviewer")
		}
		if tie.Interpreter != "" && strings.EqualFold(tie.Interpreter, s.Interpreter) {
			c.report("INTERPRETER_TIED", domain.Error, "interpreter")
		}
	}
	if slices.ContainsFunc(c.plan.Refusals, func(r Refusal) bool {
		return r.Case == s.Case && s.Case != uuid.Nil && s.Interpreter != "" && strings.EqualFold(r.Interpreter, s.Interpreter)
	}) {
		c.report("INTERPRETER_REFUSED", domain.Warning, "interpreter")
	}
	if s.Ours() && s.Waits() {
		c.speech()
		c.wishes()
	}
}

// speech looks whether everybody who is interviewed alone has a language in common with the interpreter, or with the interviewer.
func (c *checking) speech() {
	family := c.plan.Family(c.slot.Case)
	if family == nil {
		return
	}
	var need []Person
	official := c.plan.Interviewer(c.slot.Interviewer)
	for _, person := range family.members(c.slot.Household) {
		if person.Alone && len(person.Languages) > 0 && (official == nil || !intersects(person.Languages, official.Languages)) {
			need = append(need, person)
		}
	}
	interpreter := c.plan.Interpreter(c.slot.Interpreter)
	switch {
	case len(need) == 0:
		return
	case c.slot.Interpreter == "":
		c.report("INTERPRETER_MISSING", domain.Warning, "interpreter")
		return
	case interpreter == nil:
		c.report("INTERPRETER_UNKNOWN", domain.Information, "interpreter", "Code", c.slot.Interpreter)
		return
	}
	language, dialect := 0, 0
	for _, person := range need {
		switch {
		case !intersects(person.Languages, interpreter.Languages):
			language++
		case person.Dialect != "" && len(interpreter.Dialects) > 0 && !slices.ContainsFunc(interpreter.Dialects, func(d string) bool { return sameDialect(d, person.Dialect) }):
			dialect++
		}
	}
	if language > 0 {
		c.report("INTERPRETER_LANGUAGE", domain.Warning, "interpreter", "Code", interpreter.Code, "Count", count(language))
	}
	if dialect > 0 {
		c.report("INTERPRETER_DIALECT", domain.Warning, "interpreter", "Code", interpreter.Code, "Count", count(dialect))
	}
}

// wishes compares the interpreter with what the family has asked for, where that has been read. What the wish is stays unsaid: the plan
// hangs on walls. Where nothing is known of the interpreter's gender or origin the wish counts as not met, so that somebody asks.
func (c *checking) wishes() {
	interpreter := c.plan.Interpreter(c.slot.Interpreter)
	if c.slot.Interpreter == "" || c.slot.Case == uuid.Nil {
		return
	}
	if interpreter == nil {
		interpreter = &Interpreter{Code: c.slot.Interpreter}
	}
	family := c.plan.Family(c.slot.Case)
	origin, other := false, false
	for _, wish := range c.plan.Wishes {
		if wish.Case != c.slot.Case || family != nil && !slices.ContainsFunc(family.members(c.slot.Household), func(p Person) bool { return p.ID == wish.Person }) {
			continue
		}
		origin = origin || interpreter.Origin != "" && (wish.NotCountry == interpreter.Origin ||
			slices.Contains(wish.Codes, "not_same_country") && slices.Contains(wish.Own, interpreter.Origin))
		other = other || c.unmet(wish, interpreter)
	}
	if origin {
		c.report("X15", domain.Warning, "interpreter")
	}
	if other {
		c.report("INTERPRETER_WISH", domain.Warning, "interpreter")
	}
}

// unmet reports whether the interpreter does not fit a wish, or nobody can tell; a known origin is the business of X15.
func (c *checking) unmet(wish Wish, interpreter *Interpreter) bool {
	asksOrigin := wish.NotCountry != ""
	for _, code := range wish.Codes {
		switch code {
		case "female", "male":
			if interpreter.Gender != code {
				return true
			}
		case "phone_only":
			if interpreter.Mode != "phone" && !c.slot.Remote {
				return true
			}
		case "not_same_group":
			return true // nothing on record answers that: somebody has to ask
		case "not_same_country":
			asksOrigin = true
		}
	}
	return asksOrigin && interpreter.Origin == ""
}

func intersects(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}

// sameDialect compares two dialects as people write them: "Sudanesisk" and "sudanesisk arabisk" are the same.
func sameDialect(a, b string) bool {
	a, b = strings.ToLower(strings.TrimSpace(a)), strings.ToLower(strings.TrimSpace(b))
	return a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a))
}
