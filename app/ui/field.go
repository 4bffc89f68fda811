package ui

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// Field is a question or a field on a page: its label, the words in the interviewee's language, help, the input, a missing
// menu and what is wrong. Only the input is required.
type Field struct {
	widget.BaseWidget

	label, native, hint, problem *Text
	required                     *Text
	problemIcon                  *Icon
	problemRow                   *fyne.Container
	extra                        *fyne.Container
	content                      *fyne.Container
}

// NewField puts a label above an input.
func NewField(label string, input fyne.CanvasObject) *Field {
	f := &Field{
		label: newText(&Text{Words: label, Bold: true, Wrap: true}), native: Reading(""), hint: Muted(""),
		required: newText(&Text{Color: theme.ColorMuted, TextSize: fynetheme.SizeNameCaptionText}),
		problem:  newText(&Text{Wrap: true, TextSize: fynetheme.SizeNameCaptionText}), problemIcon: NewIcon("error", theme.ColorError),
	}
	f.problemRow = Row(theme.SizeGap, f.problemIcon, Stretch(Middle(f.problem)))
	f.extra = Row(theme.SizeGap)
	for _, o := range []fyne.CanvasObject{f.native, f.hint, f.required, f.problemRow, f.extra} {
		o.Hide()
	}
	head := Row(theme.SizeGap, Stretch(Middle(f.label)), f.required, f.extra)
	if label == "" {
		f.label.Hide()
	}
	f.content = Stack(theme.SizeGapTight, head, f.native, f.hint, input, f.problemRow)
	f.ExtendBaseWidget(f)
	return f
}

// SetLabel changes the label.
func (f *Field) SetLabel(words string) { f.set(f.label, words) }

// SetNative shows the question in the interviewee's language, large; "" hides it.
func (f *Field) SetNative(words string) { f.set(f.native, words) }

// SetHint shows help below the label; "" hides it.
func (f *Field) SetHint(words string) { f.set(f.hint, words) }

// SetRequired shows a word such as "required" at the right; "" hides it.
func (f *Field) SetRequired(word string) { f.set(f.required, word) }

// SetExtra puts something small at the right of the label: a MissingMenu, a badge.
func (f *Field) SetExtra(objects ...fyne.CanvasObject) {
	f.extra.Objects = objects
	f.extra.Hidden = len(objects) == 0
	f.extra.Refresh()
	f.Refresh()
}

// SetProblem shows what is wrong below the input; "" hides it. The level is Error or Warning.
func (f *Field) SetProblem(level Level, words string) {
	ink, _, icon := level.colors()
	f.problem.Color, f.problemIcon.Color, f.problemIcon.Name = ink, ink, icon
	f.problem.Words = words
	f.problemRow.Hidden = words == ""
	f.problemRow.Refresh()
	f.Refresh()
}

func (f *Field) set(text *Text, words string) {
	text.Hidden = words == ""
	text.Words = words
	text.Refresh()
	f.Refresh()
}

// CreateRenderer is for the toolkit.
func (f *Field) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.content) }
