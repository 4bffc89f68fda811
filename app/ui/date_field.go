package ui

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// ParseDate reads what a person typed. value is what to store ("1990", "1990-03", "1990-03-21"), understood is how it is
// said in full ("mars 1990"). An error is shown as the sentence that Texts has for it, else as "date not understood".
type ParseDate func(typed string) (value, understood string, err error)

// DateField takes dates as people type them, whole or in part, and shows below how it understood them. There is no
// calendar to page through: a birth year in 1961 is four keys.
type DateField struct {
	widget.BaseWidget
	// OnDate is called with the value when the field is left, at Enter or at Ctrl+Enter with a date that is understood, or
	// with "" when it was emptied.
	OnDate func(value string)
	// OnDone is called after Enter.
	OnDone func()

	entry      *TextField
	understood *Text
	parse      ParseDate
	texts      *i18n.Texts
	value      string
	content    *fyne.Container
}

// NewDateField makes an empty field.
func NewDateField(texts *i18n.Texts, parse ParseDate) *DateField {
	d := &DateField{entry: NewTextField(texts.T("ui.date.placeholder")), understood: Muted(""), parse: parse, texts: texts}
	d.entry.OnEdit = func(string) { d.read() }
	d.entry.OnCommit = func(string) { d.commit() }
	d.entry.OnDone = func() {
		if d.OnDone != nil {
			d.OnDone()
		}
	}
	d.content = Stack(theme.SizeGapTight, d.entry, d.understood)
	d.understood.Hide()
	d.ExtendBaseWidget(d)
	return d
}

// Entry is the part that takes the keyboard.
func (d *DateField) Entry() *TextField { return d.entry }

// Value returns the value last understood; "" when empty or not understood.
func (d *DateField) Value() string { return d.value }

// Put puts a date into the field without calling back: typed is what stands in it.
func (d *DateField) Put(typed string) {
	d.entry.Put(typed)
	d.read()
}

// Disable makes the field read-only.
func (d *DateField) Disable() { d.entry.Disable() }

// Enable ends Disable.
func (d *DateField) Enable() { d.entry.Enable() }

// Disabled tells whether the field is read-only.
func (d *DateField) Disabled() bool { return d.entry.Disabled() }

func (d *DateField) read() bool {
	typed := d.entry.Text
	if typed == "" {
		d.value = ""
		d.say("", "")
		return true
	}
	value, understood, err := d.parse(typed)
	if err != nil {
		d.value = ""
		d.say(d.texts.T("ui.date.not_understood"), theme.ColorWarning)
		return false
	}
	d.value = value
	d.say(d.texts.T("ui.date.understood", "Date", understood), theme.ColorMuted)
	return true
}

func (d *DateField) say(words string, color fyne.ThemeColorName) {
	d.understood.Words, d.understood.Color, d.understood.TextSize = words, color, fynetheme.SizeNameCaptionText
	if words == "" {
		d.understood.Hide()
	} else {
		d.understood.Show()
	}
	d.understood.Refresh()
	d.Refresh()
}

func (d *DateField) commit() {
	if d.read() && d.OnDate != nil {
		d.OnDate(d.value)
	}
}

// CreateRenderer is for the toolkit.
func (d *DateField) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(d.content) }
