package interview

import (
	"time"

	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// blockClock measures how long the blocks of one interview have been on screen since it was opened. It tells, and hinders nothing.
type blockClock struct {
	now   func() time.Time
	spent workspace.TimeSpent // by block
	on    string              // the block on screen; "" while nothing is measured
	since time.Time

	// sitting is the record that holds the time of this sitting; zero before anything was stored. kept is how much of it is stored.
	sitting uuid.UUID
	kept    time.Duration
}

// keepEvery is how much new time is worth a write while the interview goes on.
const keepEvery = 5 * time.Minute

// to goes on to another block; "" stops the clock.
func (c *blockClock) to(next string) {
	now := c.now()
	if c.on != "" {
		if passed := now.Sub(c.since); passed > 0 && passed < 8*time.Hour { // a clock that was set, or a machine that slept
			c.spent[c.on] += passed
		}
	}
	c.on, c.since = next, now
}

// minutes gives how long the stage on screen has taken, and about how long it may.
func (c *blockClock) minutes() (used, about int) {
	c.to(c.on)
	stage := workspace.StageOf(c.on)
	return int(c.spent.ByStage()[stage] / time.Minute), stage.Minutes()
}

// clockOf is the clock of the interview, also while the closed part is on screen.
func (p *Place) clockOf() *blockClock {
	if p.outside != nil {
		return p.outside.parts
	}
	return p.parts
}

// goOnMeasuring starts the clock of the block on screen, in a draft. In the closed part the block before it goes on: how long somebody was
// asked there is nobody's to see.
func (p *Place) goOnMeasuring() {
	sections := p.ordinary().Sections()
	clock := p.clockOf()
	if clock == nil || p.inForm() || p.ordinary().Status() != string(domain.Draft) {
		return
	}
	if p.outside == nil && p.section < len(sections) {
		clock.to(sections[p.section].Set.Block)
	}
	if clock.spent.Total()-clock.kept >= keepEvery {
		p.keepTime(clock)
	}
}

// stopMeasuring stops it when the interview leaves the screen, and stores what it says.
func (p *Place) stopMeasuring() {
	if clock := p.clockOf(); clock != nil {
		clock.to("")
		p.keepTime(clock)
	}
}

// keepTime stores the time of this sitting. What cannot be stored now is stored with the next: the figures are for the form, and no
// reason to stop anybody.
func (p *Place) keepTime(clock *blockClock) {
	total := clock.spent.Total()
	if total-clock.kept < time.Second {
		return
	}
	if sitting, err := p.ordinary().KeepTime(backgroundContext, clock.sitting, clock.spent); err == nil {
		clock.sitting, clock.kept = sitting, total
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
