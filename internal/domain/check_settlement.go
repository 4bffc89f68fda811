package domain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The rules of domain.md 8.5 about what comes after the interview: decision, agreement, settlement, advice, and what was told in
// confidence.

// settled is when a person came to the municipality; ok is false for somebody who has not.
func (c *caseRules) settled(person ObjectView) (arrival ObjectView, on time.Time, ok bool) {
	for _, a := range c.about("arrival", person.ID()) {
		if day, err := time.Parse(time.DateOnly, a.Answer("settled_date").Text()); err == nil {
			return a, day, true
		}
	}
	return nil, time.Time{}, false
}

// agreements lists the requests of a household that a municipality said yes to and nobody took back.
func (c *caseRules) agreements(household string) []ObjectView {
	var found []ObjectView
	for _, r := range c.view.Objects("request") {
		if r.Answer("household").Text() == household && r.Answer("answer").Text() == "accepted" && !r.Answer("withdrawn_at").HasValue() {
			found = append(found, r)
		}
	}
	return found
}

// X18: nobody is settled before the agreement was made.
func (c *caseRules) settledAfterAgreement() {
	for _, p := range c.persons {
		arrival, on, ok := c.settled(p)
		if !ok {
			continue
		}
		// Of several agreements the first one counts: a household that was moved had one before.
		var first time.Time
		for _, r := range c.agreements(p.Answer("household").Text()) {
			if made, ok := agreementDay(r); ok && (first.IsZero() || made.Before(first)) {
				first = made
			}
		}
		if !first.IsZero() && on.Before(first) {
			c.report("X18", Error, arrival, "settled_date")
		}
	}
}

// agreementDay is the day on which an agreement was made: its own date, else the day of the answer.
func agreementDay(request ObjectView) (time.Time, bool) {
	if day, err := time.Parse(time.DateOnly, request.Answer("agreed_date").Text()); err == nil {
		return day, true
	}
	if at, err := time.Parse(time.RFC3339, request.Answer("answered_at").Text()); err == nil {
		return startOfDay(at), true
	}
	return time.Time{}, false
}

// X19: settlement counts for each member (domain.md 16, pitfall 18). Who left the case or did not arrive, with a reason, is none.
func (c *caseRules) settledTogether() {
	for _, h := range c.view.Objects("household") {
		any := h.Answer("status").Text() == string(Bosatt)
		var without []ObjectView
		for _, p := range c.persons {
			if p.Answer("household").Text() != h.ID().String() || c.left(p) || p.Answer("status").Text() == string(Frafalt) {
				continue
			}
			_, _, settled := c.settled(p)
			any = any || settled
			explained := slices.ContainsFunc(c.about("arrival", p.ID()), func(a ObjectView) bool { return a.Answer("not_arrived_reason").HasValue() })
			if !settled && !explained {
				without = append(without, p)
			}
		}
		if any && len(without) > 0 {
			c.report("X19", Error, h, "", "Count", strconv.Itoa(len(without)))
		}
	}
}

// X20: allowed, and worth knowing for the report on the quota.
func (c *caseRules) quotaYear() {
	for _, m := range c.view.Objects("mission") {
		for _, q := range c.view.Objects("quota_year") {
			year, ok := q.Answer("year").Int()
			if !ok || q.ID().String() != m.Answer("quota_year").Text() {
				continue
			}
			for _, p := range c.persons {
				if arrival, on, settled := c.settled(p); settled && int64(on.Year()) != year {
					c.report("X20", Information, arrival, "settled_date", "Quota", strconv.FormatInt(year, 10), "Year", strconv.Itoa(on.Year()))
				}
			}
		}
	}
}

// X23: advice is given before UDI decides (domain.md 7.21).
func (c *caseRules) adviceInTime() {
	var decided time.Time
	for _, d := range c.view.Objects("decision") {
		if day, err := time.Parse(time.DateOnly, d.Answer("decision_date").Text()); err == nil && (decided.IsZero() || day.Before(decided)) {
			decided = day
		}
	}
	for _, a := range c.view.Objects("advice") {
		sent, err := time.Parse(time.RFC3339, a.Answer("sent_at").Text())
		if err == nil && !decided.IsZero() && startOfDay(sent).After(decided) {
			c.report("X23", Warning, a, "sent_at")
		}
	}
}

// X25: the permit must still be valid on the day proposed for the settlement.
func (c *caseRules) permitLongEnough() {
	for _, r := range c.view.Objects("request") {
		if r.Answer("withdrawn_at").HasValue() || r.Answer("answer").Text() == "declined" {
			continue
		}
		proposed, ok := proposedDay(r)
		if !ok {
			continue
		}
		for _, d := range c.view.Objects("decision") {
			person, known := c.byID[d.Answer("about").Text()]
			until, valid := permitEnd(d)
			if known && valid && person.Answer("household").Text() == r.Answer("household").Text() && until.Before(proposed) {
				c.report("X25", Error, d, "permit_valid_to")
			}
		}
	}
}

// proposedDay is the first day of the week that was proposed for the settlement (ISO 8601).
func proposedDay(request ObjectView) (time.Time, bool) {
	week := request.Answer("proposed_week").Text()
	if !isoWeek.MatchString(week) {
		return time.Time{}, false
	}
	var year, number int
	if _, err := fmt.Sscanf(week, "%d-W%d", &year, &number); err != nil {
		return time.Time{}, false
	}
	january := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // always in week 1
	monday := january.AddDate(0, 0, -(int(january.Weekday())+6)%7)
	return monday.AddDate(0, 0, 7*(number-1)), true
}

// permitEnd is the last day of the permit: the extension counts when there is one.
func permitEnd(decision ObjectView) (time.Time, bool) {
	for _, field := range []string{"extended_to", "permit_valid_to"} {
		if day, err := time.Parse(time.DateOnly, decision.Answer(field).Text()); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

// SettlementYears tells which municipality each household of a case was settled in, and when, for rule X26, whose list of
// municipalities is not known here. The object of each is the request.
func SettlementYears(view CaseView, today time.Time) []Settlement {
	c := newCaseRules(view, today)
	var found []Settlement
	for _, r := range c.view.Objects("request") {
		if r.Answer("answer").Text() != "accepted" || r.Answer("withdrawn_at").HasValue() || !r.Answer("municipality").HasValue() {
			continue
		}
		for _, p := range c.persons {
			if _, on, ok := c.settled(p); ok && p.Answer("household").Text() == r.Answer("household").Text() {
				found = append(found, Settlement{Request: r.ID(), Municipality: r.Answer("municipality").Text(), On: on})
				break
			}
		}
	}
	return found
}

// Settlement is one household in one municipality.
type Settlement struct {
	Request      uuid.UUID
	Municipality string    // code
	On           time.Time // the day of one of its members
}

// X27: what the family does not know is shared with nobody (domain.md 7.16).
func (c *caseRules) sharedAgainstWish() {
	for _, s := range c.view.Objects("sensitive") {
		shared := slices.ContainsFunc(s.Answer("may_be_shared_with").List(), func(code string) bool { return code != "nobody" })
		if s.Answer("known_to_family").Text() == "no" && shared {
			c.report("X27", Error, s, "may_be_shared_with")
		}
	}
}

// CheckOrientation applies the rules about courses (X21, X22) to what the view holds of courses, lessons, enrolments and
// attendance. A course whose dates or hours cannot be read is passed over. The problems come in the order of the objects.
func CheckOrientation(view CaseView) []Problem {
	c := &caseRules{view: view}
	courses, lessons := map[string]ObjectView{}, map[string]ObjectView{}
	for _, o := range view.Objects("course") {
		courses[o.ID().String()] = o
	}
	for _, o := range view.Objects("lesson") {
		lessons[o.ID().String()] = o
	}
	c.attended(courses, lessons)
	c.enrolledTwice(courses)
	return c.problems
}

// X21: attendance lies on a day of the course, and nobody attends more hours than were planned.
func (c *caseRules) attended(courses, lessons map[string]ObjectView) {
	minutes := map[[2]string]int64{}
	told := map[[2]string]bool{}
	for _, a := range c.view.Objects("attendance") {
		lesson := lessons[a.Answer("session").Text()]
		if lesson == nil || a.Answer("state").Text() == "absent" || a.Answer("state").Text() == "excused" {
			continue
		}
		id := lesson.Answer("course").Text()
		course := courses[id]
		if course == nil {
			continue
		}
		if first, last, ok := courseDays(course); ok {
			day, err := time.Parse(time.DateOnly, lesson.Answer("date").Text())
			if err == nil && (day.Before(first) || day.After(last)) {
				c.report("X21", Error, a, "session")
			}
		}
		key := [2]string{a.Answer("person").Text(), id}
		attended, ok := a.Answer("minutes_attended").Int()
		if !ok {
			attended = int64(hours(lesson.Answer("hours").Text()) * 60)
		}
		minutes[key] += attended
		if planned := hours(course.Answer("planned_hours").Text()); planned > 0 && float64(minutes[key]) > planned*60 && !told[key] {
			told[key] = true
			c.report("X21_HOURS", Error, a, "minutes_attended", "Planned", course.Answer("planned_hours").Text())
		}
	}
}

// hours reads decimal hours, with a point or a comma; 0 for what is no number.
func hours(text string) float64 {
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil {
		return 0
	}
	return n
}

func courseDays(course ObjectView) (first, last time.Time, ok bool) {
	first, errFirst := time.Parse(time.DateOnly, course.Answer("start_date").Text())
	last, errLast := time.Parse(time.DateOnly, course.Answer("end_date").Text())
	return first, last, errFirst == nil && errLast == nil
}

// X22: nobody is enrolled in two courses that overlap. Who declined or did not come is enrolled in none.
func (c *caseRules) enrolledTwice(courses map[string]ObjectView) {
	enrolments := c.view.Objects("enrolment")
	counts := func(e ObjectView) bool {
		return e.Answer("status").Text() != "declined" && e.Answer("status").Text() != "no_show"
	}
	for i, later := range enrolments {
		for _, earlier := range enrolments[:i] {
			if !counts(later) || !counts(earlier) || later.Answer("person").Text() == "" || later.Answer("person").Text() != earlier.Answer("person").Text() {
				continue
			}
			one, other := courses[earlier.Answer("course").Text()], courses[later.Answer("course").Text()]
			if one == nil || other == nil || one.ID() == other.ID() {
				continue
			}
			from, to, ok := courseDays(one)
			begins, ends, too := courseDays(other)
			if ok && too && !begins.After(to) && !ends.Before(from) {
				c.report("X22", Error, later, "course")
				break
			}
		}
	}
}
