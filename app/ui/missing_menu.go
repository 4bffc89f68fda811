package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// MissingCodes are the ways of having no answer, in the order of the menu (domain.md 7): domain.Missing holds the same.
var MissingCodes = []string{"unknown", "declined", "not_asked", "not_applicable"}

// MissingMenu is the small button at a field that says why there is no answer: does not know, declined, not asked, not applicable,
// with an optional reason. When one is set, the button shows it in words.
type MissingMenu struct {
	widget.BaseWidget
	// OnPick is called with a code of MissingCodes, or "" when it was taken back, and the reason (may be empty).
	OnPick func(code, reason string)

	texts        *i18n.Texts
	button       *Button
	code, reason string
	dialog       *Dialog
}

// NewMissingMenu makes a menu with nothing set.
func NewMissingMenu(texts *i18n.Texts) *MissingMenu {
	m := &MissingMenu{texts: texts}
	m.button = NewQuiet("missing", "", m.open)
	m.ExtendBaseWidget(m)
	m.Put("", "")
	return m
}

// Put sets code and reason without calling back.
func (m *MissingMenu) Put(code, reason string) {
	m.code, m.reason = code, reason
	m.button.Label = m.texts.T("ui.missing.menu")
	m.button.Text = ""
	if code != "" {
		m.button.Text = m.texts.T("ui.missing." + code)
	}
	m.button.Refresh()
	m.Refresh()
}

// Code returns the code set, "" for none.
func (m *MissingMenu) Code() string { return m.code }

// Reason returns the reason set.
func (m *MissingMenu) Reason() string { return m.reason }

// Disable makes the menu read-only.
func (m *MissingMenu) Disable() { m.button.Disable() }

// Enable ends Disable.
func (m *MissingMenu) Enable() { m.button.Enable() }

// Disabled tells whether the menu is read-only.
func (m *MissingMenu) Disabled() bool { return m.button.Disabled() }

func (m *MissingMenu) open() {
	c := canvasOf(m)
	if c == nil {
		return
	}
	options := make([]Choice, len(MissingCodes))
	for i, code := range MissingCodes {
		options[i] = Choice{Code: code, Label: m.texts.T("ui.missing." + code)}
	}
	chips := NewChips(options, false)
	chips.Put(m.code)
	reason := NewTextField(m.texts.T("ui.missing.reason"))
	reason.Put(m.reason)
	finish := func() {
		code := ""
		if chosen := chips.Chosen(); len(chosen) == 1 {
			code = chosen[0]
		}
		text := reason.Text
		if code == "" {
			text = ""
		}
		m.close()
		m.Put(code, text)
		if m.OnPick != nil {
			m.OnPick(code, text)
		}
	}
	done := NewPrimary(m.texts.T("ui.ok"), finish)
	cancel := NewButton(m.texts.T("ui.cancel"), m.close)
	chips.OnDone = func() { c.Focus(reason) }
	reason.OnDone = finish
	reason.OnEscape, done.OnEscape, cancel.OnEscape, chips.OnEscape = m.close, m.close, m.close, m.close
	content := Stack(theme.SizeGapWide, chips, reason, Row(theme.SizeGap, Spacer(), cancel, done))
	m.dialog = showDialog(c, m.texts.T("ui.missing.title"), 480, content, chips, nil)
}

func (m *MissingMenu) close() {
	if m.dialog != nil {
		m.dialog.Close()
		m.dialog = nil
	}
}

// CreateRenderer is for the toolkit.
func (m *MissingMenu) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(m.button) }
