package interview

import (
	"time"

	"feltbok/app/theme"
)

// part is a stretch of the interview that has its share of the two hours (domain.md 5).
type part string

// The parts of an interview, and how many minutes each may take; adult and child are for each person.
const (
	partStart     part = "start"
	partHousehold part = "household"
	partAdult     part = "adult"
	partChildren  part = "children"
	partSettling  part = "settling"
	partClose     part = "close"
)

var partMinutes = map[part]int{partStart: 10, partHousehold: 10, partAdult: 35, partChildren: 15, partSettling: 10, partClose: 5}

// partOf finds the part that a block of the question sets belongs to.
func partOf(block string) part {
	switch block {
	case "A":
		return partStart
	case "B":
		return partHousehold
	case "H":
		return partChildren
	case "I":
		return partSettling
	case "J":
		return partClose
	default:
		return partAdult // C to G, and the closed part about the person
	}
}

// blockClock measures how long the parts of one interview have been on screen since it was opened. It tells, and hinders nothing.
type blockClock struct {
	now   func() time.Time
	spent map[part]time.Duration
	on    part // "" while nothing is measured
	since time.Time
}

// to goes on to another part; "" stops the clock.
func (c *blockClock) to(next part) {
	now := c.now()
	if c.on != "" {
		if passed := now.Sub(c.since); passed > 0 && passed < 8*time.Hour { // a clock that was set, or a machine that slept
			c.spent[c.on] += passed
		}
	}
	c.on, c.since = next, now
}

// minutes gives how long the part on screen has taken, and about how long it may.
func (c *blockClock) minutes() (used, about int) {
	c.to(c.on)
	return int(c.spent[c.on] / time.Minute), partMinutes[c.on]
}

// clockOf is the clock of the interview, also while the closed part is on screen.
func (p *Place) clockOf() *blockClock {
	if p.outside != nil {
		return p.outside.parts
	}
	return p.parts
}

// goOnMeasuring starts the clock of the part on screen, in a draft.
func (p *Place) goOnMeasuring() {
	sections := p.session.Sections()
	if clock := p.clockOf(); clock != nil && p.section < len(sections) && p.session.Status() == "draft" {
		clock.to(partOf(sections[p.section].Set.Block))
	}
}

// stopMeasuring stops it when the interview leaves the screen.
func (p *Place) stopMeasuring() {
	if clock := p.clockOf(); clock != nil {
		clock.to("")
	}
}

// sayPart renews what the page says of its part: "12 of about 35 min". Quiet, and in another colour once it is over.
func (p *Place) sayPart() {
	clock := p.clockOf()
	if p.page == nil || clock == nil || clock.on == "" {
		return
	}
	used, about := clock.minutes()
	words := p.page.clock
	words.Words, words.Color = p.t.T("interview.clock.part", "Used", used, "About", about), theme.ColorMuted
	if used > about {
		words.Color = theme.ColorWarning
	}
	words.Refresh()
}
