package schedule

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Load is the work of one interviewer on one local day.
type Load struct {
	Interviewer uuid.UUID
	Day         string
	Families    int
	Time        time.Duration // planned interviews
	First, Last time.Time     // beginning of the first slot, end of the last
	// Stretch is the longest work without a pause of at least [Limits.Pause].
	Stretch time.Duration
	// Pauses are all such pauses of the day together.
	Pauses time.Duration
	Over   bool // more than the limits allow
}

// Loads tells the work of each interviewer on a day (YYYY-MM-DD), or on every day when day is "", in the order of days and aliases.
func (p *Plan) Loads(day string) []Load {
	var loads []Load
	for _, who := range p.Interviewers {
		for _, date := range p.Days() {
			if day != "" && date != day {
				continue
			}
			if load, ok := p.load(who.Card, date); ok {
				loads = append(loads, load)
			}
		}
	}
	slices.SortStableFunc(loads, func(a, b Load) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(p.Interviewer(a.Interviewer).Alias, p.Interviewer(b.Interviewer).Alias))
	})
	return loads
}

func (p *Plan) load(card uuid.UUID, day string) (load Load, ok bool) {
	load = Load{Interviewer: card, Day: day}
	families := map[uuid.UUID]bool{}
	var from, to time.Time // of the stretch that runs
	for _, s := range p.Slots {
		if s.Interviewer != card || !s.Holds() || s.Day() != day {
			continue
		}
		if s.Case == uuid.Nil {
			families[s.ID] = true
		} else {
			families[s.Case] = true
		}
		load.Time += s.End.Sub(s.Start)
		if load.First.IsZero() {
			load.First = s.Start
		}
		if s.End.After(load.Last) {
			load.Last = s.End
		}
		if pause := s.Start.Sub(to); from.IsZero() || pause >= p.Limits.Pause {
			if !from.IsZero() {
				load.Pauses += pause
			}
			from, to = s.Start, s.End
		} else if s.End.After(to) {
			to = s.End
		}
		load.Stretch = max(load.Stretch, to.Sub(from))
	}
	load.Families = len(families)
	load.Over = load.Families > p.Limits.Families || load.Time > p.Limits.Day || load.Stretch > p.Limits.Stretch || p.tooFewPauses(load)
	return load, load.Families > 0
}

// tooFewPauses tells a long day whose pauses together are shorter than the law has them.
func (p *Plan) tooFewPauses(load Load) bool {
	return load.Last.Sub(load.First)-load.Pauses >= p.Limits.Long && load.Pauses < p.Limits.Pauses
}

// loadProblems tells where an interviewer has more than a day holds, works too long without a pause, or rests too little until the
// next day or within the week. Too little rest is told on the day that begins too early, or ends a week without a day off.
func (p *Plan) loadProblems(day string) []domain.Problem {
	var problems []domain.Problem
	report := func(rule string, load Load, args ...string) {
		alias := p.Interviewer(load.Interviewer).Alias
		problems = append(problems, problem(rule, domain.Warning, "staff_card", load.Interviewer, "", append(args, "Interviewer", alias)...))
	}
	for _, load := range p.Loads(day) {
		if load.Families > p.Limits.Families {
			report("LOAD_FAMILIES", load, "Count", count(load.Families), "Limit", count(p.Limits.Families))
		}
		if load.Time > p.Limits.Day {
			report("LOAD_HOURS", load, "Hours", hours(load.Time), "Limit", hours(p.Limits.Day))
		}
		if load.Stretch > p.Limits.Stretch {
			report("LOAD_STRETCH", load, "Hours", hours(load.Stretch))
		}
		if p.tooFewPauses(load) {
			report("LOAD_PAUSES", load, "Minutes", minutes(load.Pauses), "Least", minutes(p.Limits.Pauses))
		}
		if off := p.offDuty(load); off < p.Limits.Weekly {
			report("LOAD_WEEK", load, "Hours", hours(off), "Limit", hours(p.Limits.Weekly))
		}
		if rest, ok := p.rest(load); ok && rest < p.Limits.Rest {
			report("LOAD_REST", load, "Hours", hours(rest), "Limit", hours(p.Limits.Rest))
		}
	}
	return problems
}

// rest is the time between the work before a day and the first slot of that day; false when there was none.
func (p *Plan) rest(load Load) (rest time.Duration, ok bool) {
	for _, s := range p.Slots {
		if s.Interviewer != load.Interviewer || !s.Holds() || s.Day() >= load.Day {
			continue
		}
		if gap := load.First.Sub(s.End); !ok || gap < rest {
			rest, ok = gap, true
		}
	}
	return rest, ok
}

// offDuty is the longest time without work in the seven days that end with the last slot of a day. Time before the mission counts as
// off duty: the plan knows of no other work.
func (p *Plan) offDuty(load Load) (longest time.Duration) {
	end := load.Last.AddDate(0, 0, -7)
	for _, s := range p.Slots {
		if s.Interviewer != load.Interviewer || !s.Holds() || s.Start.After(load.Last) {
			continue
		}
		longest = max(longest, s.Start.Sub(end))
		if s.End.After(end) {
			end = s.End
		}
	}
	return longest
}

func count(n int) string { return strconv.Itoa(n) }

// hours writes a duration as hours with at most one decimal, with the decimal point that the text catalogue's sentences are made for.
func hours(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Round(6*time.Minute))/float64(time.Hour), 'f', -1, 64)
}
