package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// SearchField is an entry with a glass at its left. It asks once typing pauses for a moment, at once for Enter, and
// Escape empties it. Down goes on to what Results names, usually a Table.
type SearchField struct {
	TextField
	// OnSearch is called with the text to look for; "" shows everything again.
	OnSearch func(text string)
	// Results gets the keyboard for Down.
	Results fyne.Focusable

	pause *Debouncer
}

// NewSearchField makes an empty one.
func NewSearchField(texts *i18n.Texts, loop Loop, search func(text string)) *SearchField {
	s := &SearchField{OnSearch: search}
	s.setUp(s, texts.T("ui.search.placeholder"))
	s.Icon = theme.NewIcon("search").In(theme.ColorMuted)
	s.pause = NewDebouncer(loop, 120*time.Millisecond, func() {
		if s.OnSearch != nil {
			s.OnSearch(s.Text)
		}
	})
	s.OnEdit = func(string) { s.pause.Touch() }
	s.OnDone = s.pause.Flush
	s.OnEscape = func() {
		s.SetText("")
		s.pause.Flush()
	}
	s.OnKey = func(event *fyne.KeyEvent) bool {
		if event.Name == fyne.KeyDown && s.Results != nil {
			s.pause.Flush()
			focusOn(s.Results)
			return true
		}
		return false
	}
	return s
}
