package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

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
	page := &reader{content: parts, shut: func() { dialog.Close() }}
	page.ExtendBaseWidget(page)
	dialog = ShowDialog(window, texts.T("ui.help.title"), 640, page, page, nil)
	page.scroll = dialog.scroll
	return dialog
}

// reader is a page that is read with the keyboard: arrows and Page keys scroll it, Escape closes it.
type reader struct {
	widget.BaseWidget
	content fyne.CanvasObject
	scroll  *container.Scroll
	shut    func()
}

var _ fyne.Focusable = (*reader)(nil)

func (r *reader) TypedKey(event *fyne.KeyEvent) {
	touch()
	step, page := theme.Size(theme.SizeTouch), r.scroll.Size().Height*0.9
	to := r.scroll.Offset.Y
	switch event.Name {
	case fyne.KeyEscape, fyne.KeyReturn, fyne.KeyEnter, fyne.KeyF1:
		r.shut()
		return
	case fyne.KeyDown:
		to += step
	case fyne.KeyUp:
		to -= step
	case fyne.KeyPageDown, fyne.KeySpace:
		to += page
	case fyne.KeyPageUp:
		to -= page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = r.content.MinSize().Height
	default:
		return
	}
	r.scroll.ScrollToOffset(fyne.NewPos(0, max(to, 0)))
}

func (r *reader) TypedRune(rune) { touch() }
func (r *reader) FocusGained()   {}
func (r *reader) FocusLost()     {}

func (r *reader) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.content) }
