package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// keys lists the window's own shortcuts, for registering and for the help sheet, so that the sheet cannot say anything else than what
// is in force. Lock and cover hold also while a dialog is open; the others don't. Plain ones have no modifier: function keys, and
// letters outside fields of words.
func (s *Shell) keys(t *i18n.Texts) (always, pages, plain []ui.Shortcut) {
	plain = []ui.Shortcut{
		{Key: fyne.KeyF1, Text: t.T("shell.keys.help"), Do: s.Help},
		{Key: "?", Text: t.T("shell.keys.help_letter"), Do: s.Help},
		{Key: "/", Text: t.T("shell.keys.search_all"), Do: s.searchAll},
	}
	always = []ui.Shortcut{
		{Key: fyne.KeyL, Modifier: fyne.KeyModifierControl, Text: t.T("shell.keys.cover"), Do: s.Cover},
		{Key: fyne.KeyL, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift, Text: t.T("shell.keys.lock"), Do: s.Panic},
	}
	pages = []ui.Shortcut{
		{Key: fyne.KeyK, Modifier: fyne.KeyModifierControl, Text: t.T("shell.keys.search"), Do: s.search},
		{Key: fyne.KeyK, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift, Text: t.T("shell.keys.search_all"), Do: s.searchAll},
	}
	for i, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9} {
		pages = append(pages, ui.Shortcut{Key: key, Modifier: fyne.KeyModifierControl, Do: func() { s.openNumber(i) }})
	}
	return always, pages, plain
}

// registerKeys tells the window its shortcuts, once.
func (s *Shell) registerKeys() {
	always, pages, plain := s.keys(s.texts)
	for _, key := range always {
		s.add(key, func() bool { return s.guard.State() != Locked })
	}
	for _, key := range pages {
		s.add(key, s.onPage)
	}
	press := func(name fyne.KeyName) {
		for _, key := range plain {
			if key.Key == name && s.onPage() {
				key.Do()
				return
			}
		}
	}
	s.o.Window.Canvas().SetOnTypedKey(func(event *fyne.KeyEvent) {
		if len(event.Name) > 1 { // letters come as letters
			press(event.Name)
		}
	})
	s.o.Window.Canvas().SetOnTypedRune(func(letter rune) { press(fyne.KeyName(letter)) })
}

// onPage tells whether a place is on screen and has no dialog above it.
func (s *Shell) onPage() bool {
	return s.guard.State() == Open && len(s.o.Window.Canvas().Overlays().List()) == 0
}

func (s *Shell) add(key ui.Shortcut, when func() bool) {
	shortcut := custom(key)
	s.handlers[shortcut.ShortcutName()] = func() {
		if when() {
			key.Do()
		}
	}
	s.o.Window.Canvas().AddShortcut(shortcut, s.TypedShortcut)
}

// TypedShortcut does what a shortcut of the window stands for; an unknown one does nothing.
func (s *Shell) TypedShortcut(shortcut fyne.Shortcut) {
	ui.NoteActivity()
	if handle := s.handlers[shortcut.ShortcutName()]; handle != nil {
		handle()
	}
}

func custom(key ui.Shortcut) *desktop.CustomShortcut {
	return &desktop.CustomShortcut{KeyName: key.Key, Modifier: key.Modifier}
}

// showKeys puts a place's own shortcuts in force.
func (s *Shell) showKeys(place ui.Place) {
	s.hideKeys()
	own, ok := place.(ui.Shortcutter)
	if !ok {
		return
	}
	s.shown = own.Shortcuts()
	for _, key := range s.shown {
		if key.Do != nil {
			s.add(key, s.onPage)
		}
	}
}

func (s *Shell) hideKeys() {
	for _, key := range s.shown {
		if key.Do != nil {
			s.o.Window.Canvas().RemoveShortcut(custom(key))
			delete(s.handlers, custom(key).ShortcutName())
		}
	}
	s.shown = nil
}

// openNumber opens the place with a number in the rail.
func (s *Shell) openNumber(i int) {
	if rail := railEntries(s.period.entries); i < len(rail) {
		s.Go(rail[i].ID)
	}
}

// search goes to the place's own search field, or to that of the caseload.
func (s *Shell) search() {
	p := s.period
	if place, ok := p.places[p.current].(ui.Searcher); ok {
		place.FocusSearch()
		return
	}
	for _, id := range []string{"caseload", "inbox"} {
		if s.entry(id) == nil {
			continue
		}
		s.Go(id)
		if place, ok := p.places[id].(ui.Searcher); ok {
			place.FocusSearch()
			return
		}
	}
}

// Help opens the sheet of shortcuts.
func (s *Shell) Help() {
	if !s.onPage() {
		return
	}
	t := s.texts
	always, pages, plain := s.keys(t)
	everywhere := ui.ShortcutGroup{Title: t.T("shell.keys.everywhere"), Shortcuts: append(plain, always...)}
	rail := railEntries(s.period.entries)
	place := 0
	for _, key := range pages {
		if key.Text == "" { // opens a place by its number
			if place >= len(rail) {
				continue
			}
			key.Text = t.T(rail[place].TitleKey)
			place++
		}
		everywhere.Shortcuts = append(everywhere.Shortcuts, key)
	}
	here := ui.ShortcutGroup{Title: t.T("shell.keys.here"), Shortcuts: s.shown}
	ui.ShowHelp(s.o.Window, t, here, everywhere, ui.WidgetKeys(t))
}
