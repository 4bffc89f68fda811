package today

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/workspace"
)

// sitting is a family's time with the mission.
type sitting struct {
	workspace.CaseSummary
	start, end time.Time
	// interviewer is the alias on the slot's staff card; mine tells that it is this user's.
	interviewer string
	mine        bool
}

func (s sitting) day() string { return s.start.Format(time.DateOnly) }

// plan is the mission's days. It knows no widgets.
type plan struct {
	sittings []sitting // by time
	days     []string  // YYYY-MM-DD with a sitting, in order
	today    string    // in the mission's own time zone
	// day is the one shown; always one of days, or today when there are none.
	day string
	// onlyMine leaves out other interviewers' families.
	onlyMine bool
}

// put takes the cases anew. cards maps staff cards to aliases, me is this user's alias. The day shown stays when it can.
func (p *plan) put(cases []workspace.CaseSummary, cards map[uuid.UUID]string, me string, now time.Time) {
	p.sittings, p.days, p.today = nil, nil, now.Format(time.DateOnly)
	for _, c := range cases {
		if c.Slot == nil {
			continue
		}
		start, err := time.Parse(time.RFC3339, c.Slot.Start)
		if err != nil {
			continue
		}
		one := sitting{CaseSummary: c, start: start}
		one.end, _ = time.Parse(time.RFC3339, c.Slot.End)
		if card, err := uuid.Parse(c.Slot.Interviewer); err == nil {
			one.interviewer = cards[card]
			one.mine = one.interviewer != "" && one.interviewer == me
		}
		p.sittings = append(p.sittings, one)
	}
	slices.SortStableFunc(p.sittings, func(a, b sitting) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.Slot.Room, b.Slot.Room), cmp.Compare(a.Number, b.Number))
	})
	for _, one := range p.sittings {
		if !slices.Contains(p.days, one.day()) {
			p.days = append(p.days, one.day())
		}
	}
	if len(p.sittings) > 0 {
		p.today = now.In(p.sittings[0].start.Location()).Format(time.DateOnly)
	}
	if !slices.Contains(p.days, p.day) {
		p.day = p.nextDay()
	}
}

// nextDay is today when it has sittings, else the next day that has, else the last one.
func (p *plan) nextDay() string {
	for _, day := range p.days {
		if day >= p.today {
			return day
		}
	}
	if len(p.days) > 0 {
		return p.days[len(p.days)-1]
	}
	return p.today
}

// step goes to the day with sittings before (-1) or after (+1) the one shown; false at the end.
func (p *plan) step(by int) bool {
	at := slices.Index(p.days, p.day) + by
	if at < 0 || at >= len(p.days) || p.day == "" {
		return false
	}
	p.day = p.days[at]
	return true
}

// canStep tells whether step would go anywhere.
func (p *plan) canStep(by int) bool {
	at := slices.Index(p.days, p.day) + by
	return len(p.days) > 0 && at >= 0 && at < len(p.days)
}

// others reports whether the plan has families of this user as well as of other interviewers, so that a choice makes sense.
func (p *plan) others() bool {
	var mine, theirs bool
	for _, one := range p.sittings {
		mine, theirs = mine || one.mine, theirs || !one.mine
	}
	return mine && theirs
}

// shown lists the sittings of the day, and how many of them are over.
func (p *plan) shown() (list []sitting, over int) {
	for _, one := range p.sittings {
		if one.day() != p.day || p.onlyMine && !one.mine {
			continue
		}
		list = append(list, one)
		switch one.Slot.Status {
		case "done", "no_show", "cancelled", "moved":
			over++
		}
	}
	return list, over
}

// current is the sitting that runs at a moment or comes next that day; -1 when the day is over or another one.
func (p *plan) current(list []sitting, now time.Time) int {
	for i, one := range list {
		if one.day() == p.today && now.Before(one.end) && (one.Slot.Status == "planned" || one.Slot.Status == "started") {
			return i
		}
	}
	return -1
}
