package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// keys lists the window's own shortcuts, for registering and for the help sheet. Lock and cover hold also while a dialog
// is open; the others don't.
func (s *Shell) keys(t *i18n.Texts) (always, pages []ui.Shortcut) {
	always = []ui.Shortcut{
		{Key: fyne.KeyL, Modifier: fyne.KeyModifierControl, Text: t.T("shell.keys.cover"), Do: s.Cover},
		{Key: fyne.KeyL, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift, Text: t.T("shell.keys.lock"), Do: s.Panic},
	}
	pages = []ui.Shortcut{{Key: fyne.KeyK, Modifier: fyne.KeyModifierControl, Text: t.T("shell.keys.search"), Do: s.search}}
	for i, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9} {
		pages = append(pages, ui.Shortcut{Key: key, Modifier: fyne.KeyModifierControl, Do: func() { s.openNumber(i) }})
	}
	return always, pages
}

// registerKeys tells the window its shortcuts, once.
func (s *Shell) registerKeys() {
	always, pages := s.keys(s.texts)
	for _, key := range always {
		s.add(key, func() bool { return s.guard.State() != Locked })
	}
	for _, key := range pages {
		s.add(key, s.onPage)
	}
	s.o.Window.Canvas().SetOnTypedKey(func(event *fyne.KeyEvent) {
		if event.Name == fyne.KeyF1 && s.onPage() {
			s.Help()
		}
	})
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
	always, pages := s.keys(t)
	everywhere := ui.ShortcutGroup{Title: t.T("shell.keys.everywhere")}
	everywhere.Shortcuts = append(everywhere.Shortcuts, ui.Shortcut{Key: fyne.KeyF1, Text: t.T("shell.keys.help")}, pages[0])
	everywhere.Shortcuts = append(everywhere.Shortcuts, always...)
	for i, e := range railEntries(s.period.entries) {
		if i < 9 {
			everywhere.Shortcuts = append(everywhere.Shortcuts, ui.Shortcut{Key: pages[i+1].Key, Modifier: fyne.KeyModifierControl, Text: t.T(e.TitleKey)})
		}
	}
	here := ui.ShortcutGroup{Title: t.T("shell.keys.here"), Shortcuts: s.shown}
	ui.ShowHelp(s.o.Window, t, here, everywhere, ui.WidgetKeys(t))
}
