package schedule

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Rules lists every rule that this package reports, besides X15 of package domain.
var Rules = []string{
	"SLOT_TIMES", "SLOT_LONG", "SLOT_OUTSIDE", "SLOT_OFFSET", "SLOT_ROOM", "SLOT_INTERPRETER", "SLOT_INTERVIEWER", "SLOT_AGENCIES", "SLOT_FAMILY",
	"SLOT_PERSON", "SLOT_PAUSE", "SLOT_LUNCH", "SLOT_PRAYER", "SLOT_BREAK", "SLOT_ORDER", "SLOT_SEQUENCE", "SLOT_WAIT", "SLOT_REASON", "SLOT_PART",
	"SLOT_NOBODY", "SLOT_NOT_MET", "INTERVIEWER_TIED", "INTERPRETER_TIED", "INTERPRETER_REFUSED", "INTERPRETER_MISSING", "INTERPRETER_UNKNOWN",
	"INTERPRETER_LANGUAGE", "INTERPRETER_DIALECT", "INTERPRETER_WISH", "LOAD_FAMILIES", "LOAD_HOURS", "LOAD_STRETCH", "LOAD_PAUSES", "LOAD_REST", "LOAD_WEEK",
}

// Check applies all rules to the slots of a local day (YYYY-MM-DD), or to all slots when day is "". The problems come by slot, those of
// two slots at both, then those of interviewers. They hold times, rooms, codes and aliases, no name and no answer of a family.
func (p *Plan) Check(day string) []domain.Problem {
	var problems []domain.Problem
	for _, s := range p.Slots {
		if day == "" || s.Day() == day {
			problems = append(problems, p.Problems(s)...)
		}
	}
	return append(problems, p.loadProblems(day)...)
}

// Problems applies the rules about one slot as given, against all other slots of the plan.
func (p *Plan) Problems(s Slot) []domain.Problem {
	c := &checking{plan: p, slot: s}
	c.form()
	if !s.Holds() {
		return c.problems
	}
	for _, other := range p.Slots {
		if other.ID != s.ID && other.Holds() {
			c.against(other)
		}
	}
	c.breaks()
	c.agencies()
	c.interest()
	return c.problems
}

// checking is one slot while its rules are applied.
type checking struct {
	plan     *Plan
	slot     Slot
	problems []domain.Problem
}

func (c *checking) report(rule string, severity domain.Severity, field string, args ...string) {
	c.problems = append(c.problems, problem(rule, severity, "slot", c.slot.ID, field, args...))
}

func problem(rule string, severity domain.Severity, t domain.Type, object uuid.UUID, field string, args ...string) domain.Problem {
	found := domain.Problem{Rule: rule, Severity: severity, Type: t, Object: object, Field: field}
	for i := 0; i+1 < len(args); i += 2 {
		if found.Args == nil {
			found.Args = make(map[string]string)
		}
		found.Args[args[i]] = args[i+1]
	}
	return found
}

// form looks at what the slot says of itself.
func (c *checking) form() {
	s, limits := c.slot, c.plan.Limits
	switch {
	case !s.End.After(s.Start):
		c.report("SLOT_TIMES", domain.Error, "end")
	case s.Ours() && s.Holds():
		if total := c.plan.planned(s); total > limits.Longest {
			c.report("SLOT_LONG", domain.Warning, "end", "Minutes", minutes(total), "Limit", minutes(limits.Longest))
		}
	}
	first, last := c.plan.First, c.plan.Last
	if first != "" && s.Day() < first || last != "" && s.Day() > last {
		c.report("SLOT_OUTSIDE", domain.Warning, "date")
	}
	if (s.Status == NoShow || s.Status == Moved || s.Status == Cancelled) && s.Reason == "" {
		c.report("SLOT_REASON", domain.Warning, "reason")
	}
	if s.Part == "moved_all" && s.Status != Moved {
		c.report("SLOT_PART", domain.Warning, "part_of_family")
	}
	if !s.Holds() || !s.Waits() {
		return
	}
	family := c.plan.Family(s.Case)
	switch {
	case s.Case == uuid.Nil:
		c.report("SLOT_NOBODY", domain.Information, "case")
	case family != nil && !family.Interview:
		c.report("SLOT_NOT_MET", domain.Warning, "case")
	}
}

// planned is what our agency plans with the slot's family on its day, this slot included as it is given.
func (p *Plan) planned(s Slot) time.Duration {
	total := s.End.Sub(s.Start)
	for _, other := range p.Slots {
		if other.ID != s.ID && other.Ours() && other.Holds() && s.Case != uuid.Nil && other.Case == s.Case && other.Household == s.Household && other.Day() == s.Day() {
			total += other.End.Sub(other.Start)
		}
	}
	return total
}

// against looks at one other slot.
func (c *checking) against(other Slot) {
	s := c.slot
	sameInterviewer := s.Interviewer != uuid.Nil && s.Interviewer == other.Interviewer
	sameInterpreter := s.Interpreter != "" && strings.EqualFold(s.Interpreter, other.Interpreter)
	if !s.Overlaps(other) {
		if sameInterviewer || sameInterpreter {
			c.pause(other, sameInterviewer)
		}
		return
	}
	when := []string{"Hours", other.Hours(), "Room", other.Room}
	if s.Room != "" && strings.EqualFold(strings.TrimSpace(s.Room), strings.TrimSpace(other.Room)) {
		c.report("SLOT_ROOM", domain.Warning, "room", when...)
	}
	if sameInterviewer {
		c.report("SLOT_INTERVIEWER", domain.Warning, "interviewer", when...)
	}
	if sameInterpreter {
		c.report("SLOT_INTERPRETER", domain.Warning, "interpreter", when...)
	}
	switch {
	case !c.plan.share(s, other):
	case s.Case != other.Case:
		c.report("SLOT_PERSON", domain.Warning, "case", when...)
	case agency(s) != agency(other):
		c.report("SLOT_AGENCIES", domain.Warning, "agency", append(when, "Agency", agency(other))...)
	default:
		c.report("SLOT_FAMILY", domain.Warning, "case", when...)
	}
}

// pause tells when an interviewer or interpreter has too little time between two slots.
func (c *checking) pause(other Slot, interviewer bool) {
	gap := c.slot.Start.Sub(other.End)
	if gap < 0 {
		return // said at the later slot
	}
	if gap < c.plan.Limits.Pause {
		field := "interpreter"
		if interviewer {
			field = "interviewer"
		}
		c.report("SLOT_PAUSE", domain.Information, field, "Hours", other.Hours(), "Minutes", minutes(gap))
	}
	if apart := offset(c.slot.Start) != offset(other.Start); apart && c.slot.Day() == other.Day() {
		c.report("SLOT_OFFSET", domain.Warning, "start", "Hours", other.Hours())
	}
}

func offset(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}

func agency(s Slot) string {
	if s.Agency == "" {
		return Our
	}
	return s.Agency
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d.Minutes())) }

// share reports whether somebody would have to be in two places: the slots have a person in common, also one who was registered
// twice. Two households of one case may be met at the same time.
func (p *Plan) share(a, b Slot) bool {
	if a.Case == uuid.Nil || b.Case == uuid.Nil {
		return false
	}
	one, other := p.Family(a.Case), p.Family(b.Case)
	if one == nil || other == nil {
		return a.Case == b.Case && (a.Household == b.Household || a.Household == uuid.Nil || b.Household == uuid.Nil)
	}
	if a.Case == b.Case && (a.Household == uuid.Nil || b.Household == uuid.Nil || a.Household == b.Household) {
		return true
	}
	here := map[uuid.UUID]bool{}
	for _, person := range one.members(a.Household) {
		here[p.human(person.ID)] = true
	}
	return slices.ContainsFunc(other.members(b.Household), func(person Person) bool { return here[p.human(person.ID)] })
}

// human is one identifier for all that were given to the same human being.
func (p *Plan) human(id uuid.UUID) uuid.UUID {
	least, open := id, []uuid.UUID{id}
	seen := map[uuid.UUID]bool{id: true}
	for len(open) > 0 {
		at := open[0]
		open = open[1:]
		if at.String() < least.String() {
			least = at
		}
		for _, pair := range p.Same {
			for i, one := range pair {
				if other := pair[1-i]; one == at && !seen[other] {
					seen[other] = true
					open = append(open, other)
				}
			}
		}
	}
	return least
}

// breaks looks whether the slot runs into a time at which nobody is interviewed. Breaks are local time, on each day that the slot
// touches, also those that last past midnight.
func (c *checking) breaks() {
	zone := c.slot.Start.Location()
	for _, b := range c.plan.Breaks {
		for day := Clock(0).On(c.slot.Day(), zone).AddDate(0, 0, -1); !day.After(c.slot.End); day = day.AddDate(0, 0, 1) {
			if !b.On(day.Weekday()) {
				continue
			}
			date := day.Format(time.DateOnly)
			from, to := b.Start.On(date, zone), b.End.On(date, zone)
			if b.End <= b.Start {
				to = to.AddDate(0, 0, 1)
			}
			if c.slot.Start.Before(to) && from.Before(c.slot.End) {
				rule := map[string]string{"lunch": "SLOT_LUNCH", "prayer": "SLOT_PRAYER"}[b.Kind]
				if rule == "" {
					rule = "SLOT_BREAK"
				}
				c.report(rule, domain.Warning, "start", "Hours", b.Start.String()+"–"+b.End.String())
				break
			}
		}
	}
}

// agencies looks at the order in which the agencies meet the family that day, and at how long it waits between them (domain.md 7.2).
func (c *checking) agencies() {
	s := c.slot
	if s.Case == uuid.Nil {
		return
	}
	for _, other := range c.plan.Slots {
		if other.ID == s.ID || !other.Holds() || other.Day() != s.Day() || !c.plan.share(s, other) || agency(other) == agency(s) {
			continue
		}
		mine, theirs := slices.Index(s.Sequence, agency(s)), slices.Index(s.Sequence, agency(other))
		if len(s.Sequence) > 0 && len(other.Sequence) > 0 && !slices.Equal(s.Sequence, other.Sequence) {
			c.report("SLOT_SEQUENCE", domain.Warning, "agency_sequence", "Agency", agency(other))
		} else if mine >= 0 && theirs >= 0 && (mine < theirs) != s.Start.Before(other.Start) {
			c.report("SLOT_ORDER", domain.Warning, "start", "Agency", agency(other), "Order", strings.Join(s.Sequence, ", "), "Hours", other.Hours())
		}
	}
	if before, ok := c.plan.before(s); ok {
		if wait := s.Start.Sub(before.End); wait > c.plan.Limits.Wait {
			c.report("SLOT_WAIT", domain.Information, "start", "Agency", agency(before), "Minutes", minutes(wait))
		}
	}
}

// before is the slot of another agency with the same family that ended last before this one began, on the same day.
func (p *Plan) before(s Slot) (latest Slot, ok bool) {
	for _, other := range p.Slots {
		if other.ID == s.ID || !other.Holds() || other.Day() != s.Day() || other.End.After(s.Start) || !p.share(s, other) {
			continue
		}
		if !ok || other.End.After(latest.End) {
			latest, ok = other, true
		}
	}
	return latest, ok && agency(latest) != agency(s)
}
