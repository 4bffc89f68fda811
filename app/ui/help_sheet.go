package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// Keys writes a shortcut as people read it: "Ctrl+Shift+L".
func (s Shortcut) Keys(texts *i18n.Texts) string {
	var parts []string
	if s.Modifier&fyne.KeyModifierControl != 0 {
		parts = append(parts, "Ctrl")
	}
	if s.Modifier&fyne.KeyModifierAlt != 0 {
		parts = append(parts, "Alt")
	}
	if s.Modifier&fyne.KeyModifierShift != 0 {
		parts = append(parts, texts.T("ui.key.shift"))
	}
	name := string(s.Key)
	switch s.Key {
	case fyne.KeyReturn, fyne.KeyEnter:
		name = "Enter"
	case fyne.KeyEscape:
		name = "Esc"
	case fyne.KeySpace:
		name = texts.T("ui.key.space")
	case fyne.KeyUp:
		name = "↑"
	case fyne.KeyDown:
		name = "↓"
	case fyne.KeyLeft:
		name = "←"
	case fyne.KeyRight:
		name = "→"
	case fyne.KeyPageUp:
		name = "PgUp"
	case fyne.KeyPageDown:
		name = "PgDn"
	}
	return strings.Join(append(parts, name), "+")
}

// ShortcutGroup is a titled part of the help sheet.
type ShortcutGroup struct {
	Title     string
	Shortcuts []Shortcut
}

// WidgetKeys are the keys that the kit's own widgets understand, for the help sheet.
func WidgetKeys(texts *i18n.Texts) ShortcutGroup {
	group := ShortcutGroup{Title: texts.T("ui.help.fields")}
	for _, line := range []struct {
		key      fyne.KeyName
		modifier fyne.KeyModifier
		text     string
	}{
		{fyne.KeyTab, 0, "ui.help.tab"},
		{fyne.KeyTab, fyne.KeyModifierShift, "ui.help.back"},
		{fyne.KeyReturn, 0, "ui.help.enter"},
		{"1–9", 0, "ui.help.digits"},
		{fyne.KeyName(texts.T("ui.key.letters")), 0, "ui.help.letters"},
		{fyne.KeySpace, 0, "ui.help.space"},
		{fyne.KeyDown, 0, "ui.help.down"},
		{fyne.KeyReturn, fyne.KeyModifierControl, "ui.help.done"},
		{fyne.KeyDelete, 0, "ui.help.clear"},
		{fyne.KeyEscape, 0, "ui.help.escape"},
	} {
		group.Shortcuts = append(group.Shortcuts, Shortcut{Key: line.key, Modifier: line.modifier, Text: texts.T(line.text)})
	}
	return group
}

// ShowHelp opens the sheet of shortcuts.
func ShowHelp(window fyne.Window, texts *i18n.Texts, groups ...ShortcutGroup) *Dialog {
	var dialog *Dialog
	parts := Stack(theme.SizeGapWide)
	for _, group := range groups {
		if len(group.Shortcuts) == 0 {
			continue
		}
		var rows []KeyValue
		for _, s := range group.Shortcuts {
			if s.Text != "" {
				rows = append(rows, KeyValue{Key: s.Keys(texts), Value: s.Text})
			}
		}
		parts.Add(Strong(group.Title))
		parts.Add(KeyValues(rows...))
	}
	closing := NewButton(texts.T("ui.close"), func() { dialog.Close() })
	closing.OnEscape = func() { dialog.Close() }
	parts.Add(Row(theme.SizeGap, Spacer(), closing))
	dialog = ShowDialog(window, texts.T("ui.help.title"), 640, parts, closing, nil)
	return dialog
}
