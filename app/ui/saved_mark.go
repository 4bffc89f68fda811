package ui

import (
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// SavedState tells how the latest answer fares.
type SavedState struct {
	Stage SavedStage
	// At is the time of the latest save; used by SavedAt.
	At time.Time
}

// SavedStage is a stage of saving.
type SavedStage int

// The stages. NothingYet shows nothing.
const (
	NothingYet SavedStage = iota
	Saving
	SavedAt
	NotSaved
)

// SavedMark shows a SavedState in words with an icon: saving …, saved 12:03, not saved.
type SavedMark struct {
	widget.BaseWidget
	texts   *i18n.Texts
	icon    *Icon
	words   *Text
	content *fyne.Container
	state   SavedState
}

// NewSavedMark makes a mark that shows nothing yet.
func NewSavedMark(texts *i18n.Texts) *SavedMark {
	m := &SavedMark{texts: texts, icon: NewIcon("saved", theme.ColorMuted), words: newText(&Text{TextSize: fynetheme.SizeNameCaptionText})}
	m.icon.Times = 0.85
	m.content = Row(theme.SizeGapTight, m.icon, m.words)
	m.content.Hide()
	m.ExtendBaseWidget(m)
	return m
}

// Put shows a state.
func (m *SavedMark) Put(s SavedState) {
	m.state = s
	name, color, words := "saved", theme.ColorSuccess, ""
	switch s.Stage {
	case Saving:
		name, color, words = "saving", theme.ColorMuted, m.texts.T("ui.saved.saving")
	case SavedAt:
		words = m.texts.T("ui.saved.at", "Time", s.At.Local().Format("15:04"))
	case NotSaved:
		name, color, words = "error", theme.ColorError, m.texts.T("ui.saved.not")
	}
	m.words.Words, m.words.Color = words, color
	m.icon.Set(name, color)
	m.content.Hidden = words == ""
	m.words.Refresh()
	m.content.Refresh()
	m.Refresh()
}

// State returns what is shown.
func (m *SavedMark) State() SavedState { return m.state }

// CreateRenderer is for the toolkit.
func (m *SavedMark) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(m.content) }

// QuietClock shows the time of day, to the minute, in small quiet letters.
type QuietClock struct {
	Text
	loop Loop
	now  func() time.Time
	stop func()
}

// NewQuietClock makes a clock that goes until Stop or until the loop closes.
func NewQuietClock(loop Loop, now func() time.Time) *QuietClock {
	c := &QuietClock{loop: loop, now: now}
	c.Color, c.TextSize = theme.ColorMuted, fynetheme.SizeNameCaptionText
	c.ExtendBaseWidget(c)
	c.tick()
	return c
}

func (c *QuietClock) tick() {
	at := c.now()
	c.Words = at.Local().Format("15:04")
	c.Refresh()
	c.stop = c.loop.After(time.Minute-time.Duration(at.Second())*time.Second, c.tick)
}

// Stop ends it.
func (c *QuietClock) Stop() { c.stop() }
