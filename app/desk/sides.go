package desk

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// sides shows the standing values beside each other. The whole of it is one stop of the Tab key: 1 to 9 choose a value, left and
// right go from one to the next, up and down go to the conflict before and after, Enter goes on.
type sides struct {
	widget.BaseWidget
	texts *i18n.Texts
	// OnChoose is told the value chosen, from 0.
	OnChoose func(index int)
	// OnMove is told to go to another conflict: -1 or 1.
	OnMove func(by int)
	// OnEnter is called for Enter, OnEscape for Escape.
	OnEnter, OnEscape func()

	values  []side
	chosen  int // -1: none
	enabled bool
	focused bool
	cards   []*sideCard
	content *fyne.Container
}

var _ fyne.Focusable = (*sides)(nil)

func newSides(t *i18n.Texts) *sides {
	s := &sides{texts: t, chosen: -1, content: ui.Columns(2, 252)}
	s.ExtendBaseWidget(s)
	return s
}

// put shows the values of another conflict, none chosen.
func (s *sides) put(values []side, enabled bool) {
	s.values, s.enabled, s.chosen = values, enabled, -1
	s.cards, s.content.Objects = nil, nil
	for i, v := range values {
		card := newSideCard(s, i, v)
		s.cards = append(s.cards, card)
		s.content.Add(card)
	}
	s.mark()
}

// choose marks a value; -1 none.
func (s *sides) choose(index int) {
	if !s.enabled || index >= len(s.values) {
		return
	}
	s.chosen = index
	s.mark()
	if s.OnChoose != nil {
		s.OnChoose(index)
	}
}

// clear takes the choice back without calling back: another answer is being written.
func (s *sides) clear() {
	s.chosen = -1
	s.mark()
}

func (s *sides) mark() {
	for i, card := range s.cards {
		card.show(i == s.chosen, s.focused && (i == s.chosen || s.chosen < 0 && i == 0))
	}
	s.Refresh()
}

// TypedKey moves and chooses.
func (s *sides) TypedKey(event *fyne.KeyEvent) {
	ui.NoteActivity()
	switch event.Name {
	case fyne.KeyUp:
		s.OnMove(-1)
	case fyne.KeyDown:
		s.OnMove(1)
	case fyne.KeyLeft:
		s.choose(max(s.chosen-1, 0))
	case fyne.KeyRight:
		s.choose(min(s.chosen+1, len(s.values)-1))
	case fyne.KeyReturn, fyne.KeyEnter:
		s.OnEnter()
	case fyne.KeyEscape:
		s.OnEscape()
	}
}

// TypedRune chooses by digit.
func (s *sides) TypedRune(r rune) {
	ui.NoteActivity()
	if r >= '1' && r <= '9' {
		s.choose(int(r - '1'))
	}
}

// FocusGained shows where the keyboard is.
func (s *sides) FocusGained() { s.focused = true; s.mark() }

// FocusLost hides it.
func (s *sides) FocusLost() { s.focused = false; s.mark() }

// CreateRenderer is for the toolkit.
func (s *sides) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.content) }

// sideCard is one value. It can be tapped, but the group has the keyboard.
type sideCard struct {
	widget.BaseWidget
	group  *sides
	index  int
	panel  *ui.Panel
	picked *ui.Badge
}

func newSideCard(s *sides, index int, v side) *sideCard {
	t := s.texts
	c := &sideCard{group: s, index: index, picked: ui.NewBadge(ui.Info, "ok", t.T("desk.conflict.chosen"))}
	head := ui.Row(theme.SizeGap, ui.NewBadge(ui.Neutral, "keyboard", strconv.Itoa(index+1)), c.picked, ui.Spacer())
	if index == 0 {
		head.Add(ui.NewBadge(ui.Neutral, "", t.T("desk.conflict.shown")))
	}
	rows := []ui.KeyValue{
		{Key: t.T("desk.conflict.who"), Value: v.who},
		{Key: t.T("desk.conflict.when"), Value: when(t, v.at)},
	}
	if v.device != "" {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.conflict.device"), Value: v.device})
	}
	for _, fact := range []struct{ key, value string }{{"desk.conflict.source", v.source}, {"desk.conflict.verification", v.verification}, {"desk.conflict.note", v.reason}} {
		if fact.value != "" {
			rows = append(rows, ui.KeyValue{Key: t.T(fact.key), Value: fact.value})
		}
	}
	value := ui.Reading(v.words)
	value.Bold = true
	parts := ui.Stack(theme.SizeGap, head, value, ui.KeyValues(rows...))
	if v.suspect {
		parts.Add(ui.Row(theme.SizeGap, ui.NewBadge(ui.Warning, "clock", t.T("desk.conflict.suspect")), ui.Spacer()))
	}
	c.panel = ui.Card(parts)
	c.ExtendBaseWidget(c)
	return c
}

// Tapped chooses the value.
func (c *sideCard) Tapped(*fyne.PointEvent) {
	ui.NoteActivity()
	ui.Focus(c.group)
	c.group.choose(c.index)
}

// Cursor shows that the card can be pressed.
func (c *sideCard) Cursor() desktop.Cursor {
	if c.group.enabled {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

func (c *sideCard) show(chosen, keyboard bool) {
	c.panel.Fill, c.panel.Line = theme.ColorSurface, theme.ColorLine
	if chosen {
		c.panel.Fill, c.panel.Line = theme.ColorAccentTint, theme.ColorAccent
	}
	if keyboard {
		c.panel.Line = theme.ColorFocusRing
	}
	c.picked.Hidden = !chosen
	c.panel.Refresh()
}

// CreateRenderer is for the toolkit.
func (c *sideCard) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.panel) }
