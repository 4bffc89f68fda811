package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// TextField takes text on one line or several. Tab always goes to the next field; in a field of several lines Enter
// makes a new line, Ctrl+Enter ends it and Ctrl+Tab puts a tab. Shortcuts that the field has no use for reach the window.
type TextField struct {
	widget.Entry

	// OnEdit is called after each keystroke.
	OnEdit func(text string)
	// OnCommit is called with the text when the field is left, at Enter or at Ctrl+Enter, if it changed since the last time.
	OnCommit func(text string)
	// OnDone is called after OnCommit for Enter (one line) or Ctrl+Enter: go to the next question.
	OnDone func()
	// OnEscape, when set, is called for Escape.
	OnEscape func()
	// OnKey, when set, sees keys first; true means it has dealt with the key.
	OnKey func(*fyne.KeyEvent) bool
	// OnFocus, when set, is called when the field gains or loses the keyboard.
	OnFocus func(gained bool)

	self      fyne.Focusable // the widget on the canvas, which may be one built on this
	allow     func(r rune) bool
	committed string
	hasFocus  bool
}

// NewTextField makes a field of one line.
func NewTextField(placeholder string) *TextField { return newTextField(placeholder, 1) }

// NewTextArea makes a field that shows the given number of lines and breaks long ones.
func NewTextArea(placeholder string, lines int) *TextField {
	return newTextField(placeholder, max(lines, 2))
}

func newTextField(placeholder string, lines int) *TextField {
	f := &TextField{}
	f.setUp(f, placeholder)
	if lines > 1 {
		f.MultiLine = true
		f.Wrapping = fyne.TextWrapWord
		f.SetMinRowsVisible(lines)
	}
	return f
}

// setUp prepares a field that is, or is part of, the widget self.
func (f *TextField) setUp(self interface {
	fyne.Widget
	fyne.Focusable
}, placeholder string,
) {
	f.self = self
	f.ExtendBaseWidget(self)
	f.PlaceHolder = placeholder
	f.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	f.Entry.OnChanged = func(text string) {
		if f.OnEdit != nil {
			f.OnEdit(text)
		}
	}
}

// Put puts a text into the field without calling OnEdit or OnCommit. A field with the keyboard is left alone when it
// already shows the text, so that its undo history lives.
func (f *TextField) Put(text string) {
	f.committed = text
	if f.Text == text {
		return
	}
	edit := f.OnEdit
	f.OnEdit = nil
	f.SetText(text)
	f.OnEdit = edit
}

// Commit calls OnCommit now if the text changed since the last time.
func (f *TextField) Commit() {
	if f.Text == f.committed {
		return
	}
	f.committed = f.Text
	if f.OnCommit != nil {
		f.OnCommit(f.Text)
	}
}

// AcceptsTab is false: Tab is for going on.
func (f *TextField) AcceptsTab() bool { return false }

// TypedKey handles Enter and Escape besides the usual.
func (f *TextField) TypedKey(event *fyne.KeyEvent) {
	if windowKey(f.self.(fyne.CanvasObject), event) || f.OnKey != nil && f.OnKey(event) {
		return
	}
	switch event.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if !f.MultiLine {
			f.done()
			return
		}
	case fyne.KeyEscape:
		escape(f.self.(fyne.CanvasObject), f.OnEscape, event)
		return
	}
	f.Entry.TypedKey(event)
}

func (f *TextField) done() {
	if f.Disabled() {
		return
	}
	f.Commit()
	if f.OnDone != nil {
		f.OnDone()
	}
}

// TypedRune adds a letter, unless the field takes only certain ones.
func (f *TextField) TypedRune(r rune) {
	touch()
	if f.allow == nil || f.allow(r) {
		f.Entry.TypedRune(r)
	}
}

// TypedShortcut keeps what an entry can do and passes the rest on to the window.
func (f *TextField) TypedShortcut(s fyne.Shortcut) {
	touch()
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok {
		f.entryShortcut(s, s)
		return
	}
	switch custom.KeyName {
	case fyne.KeyZ:
		if custom.Modifier == fyne.KeyModifierControl|fyne.KeyModifierShift { // what many know beside Ctrl+Y
			f.entryShortcut(&fyne.ShortcutRedo{}, s)
			return
		}
		passOn(f.self.(fyne.CanvasObject), s)
	case fyne.KeyReturn, fyne.KeyEnter:
		f.done()
	case fyne.KeyTab:
		if f.MultiLine && custom.Modifier == fyne.KeyModifierControl && !f.Disabled() {
			f.Entry.TypedRune('\t')
		}
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyHome, fyne.KeyEnd:
		f.Entry.TypedShortcut(s)
	default:
		passOn(f.self.(fyne.CanvasObject), s)
	}
}

// entryShortcut lets the entry do what it can. An undo or redo that finds no letters any more goes on to the window as it came, where the
// answers of the field have a history of their own.
func (f *TextField) entryShortcut(s, came fyne.Shortcut) {
	before := f.Text
	f.Entry.TypedShortcut(s)
	switch s.(type) {
	case *fyne.ShortcutUndo, *fyne.ShortcutRedo:
		if f.Text == before {
			passOn(f.self.(fyne.CanvasObject), came)
		}
	}
}

// FocusGained shows the ring.
func (f *TextField) FocusGained() {
	touch()
	f.hasFocus = true
	f.Entry.FocusGained()
	yield(f.self.(fyne.CanvasObject), true)
	reveal(f.self.(fyne.CanvasObject))
	if f.OnFocus != nil {
		f.OnFocus(true)
	}
}

// FocusLost commits the text and hides the ring.
func (f *TextField) FocusLost() {
	f.hasFocus = false
	f.Entry.FocusLost()
	yield(f.self.(fyne.CanvasObject), false)
	f.Commit()
	if f.OnFocus != nil {
		f.OnFocus(false)
	}
}

// CreateRenderer is for the toolkit.
func (f *TextField) CreateRenderer() fyne.WidgetRenderer {
	return newRinged(f.Entry.CreateRenderer(), func() bool { return f.hasFocus && !f.Disabled() })
}

// ringed draws the focus ring over another widget's drawing.
type ringed struct {
	fyne.WidgetRenderer
	ring    focusRing
	focused func() bool
	objects []fyne.CanvasObject
}

func newRinged(inner fyne.WidgetRenderer, focused func() bool) *ringed {
	return &ringed{WidgetRenderer: inner, ring: newFocusRing(), focused: focused}
}

func (r *ringed) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.place(size)
}

func (r *ringed) Refresh() {
	r.ring.show(r.focused(), fynetheme.SizeNameInputRadius)
	r.WidgetRenderer.Refresh()
}

func (r *ringed) Objects() []fyne.CanvasObject {
	r.objects = append(append(r.objects[:0], r.WidgetRenderer.Objects()...), r.ring.Rectangle)
	return r.objects
}
