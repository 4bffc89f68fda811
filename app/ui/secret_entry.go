package ui

import (
	"image/color"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// secretLimit is the longest secret in bytes. The buffer has this size from the start, so that typing never moves the
// secret and leaves a copy behind.
const secretLimit = 512

// holding are the entries that hold something, so that locking reaches also what no page remembers. Used on the UI
// goroutine only.
var holding = map[*SecretEntry]bool{}

// ClearSecrets wipes every secret entry of the program: part of locking (security.md 4.6).
func ClearSecrets() {
	for e := range holding {
		e.Clear()
	}
}

// SecretEntry takes a passphrase or PIN. The runes go straight into one byte buffer: there is no undo, no clipboard, no
// selection, no menu and no way to show the secret, and the screen only ever gets dots (security.md 4.7). The buffer is
// wiped by Clear and Take, by [ClearSecrets], and when the toolkit gives up the entry's drawing.
type SecretEntry struct {
	widget.DisableableWidget

	// Placeholder stands in the empty entry.
	Placeholder string
	// Digits takes digits only, for a PIN.
	Digits bool
	// OnChange is called after each change, without the secret.
	OnChange func()
	// OnSubmit is called for Enter; fetch the secret with Take.
	OnSubmit func()
	// OnEscape, when set, is called for Escape instead of clearing the entry.
	OnEscape func()

	secret  []byte
	focused bool
}

var (
	_ fyne.Focusable     = (*SecretEntry)(nil)
	_ fyne.Tappable      = (*SecretEntry)(nil)
	_ desktop.Cursorable = (*SecretEntry)(nil)
)

// NewSecretEntry makes an empty entry.
func NewSecretEntry(placeholder string) *SecretEntry {
	e := &SecretEntry{Placeholder: placeholder, secret: make([]byte, 0, secretLimit)}
	e.ExtendBaseWidget(e)
	return e
}

// Take hands over a copy of the secret, which the caller must clear after use, and empties the entry.
func (e *SecretEntry) Take() []byte {
	taken := append(make([]byte, 0, len(e.secret)), e.secret...)
	e.Clear()
	return taken
}

// Len returns the number of characters typed.
func (e *SecretEntry) Len() int { return utf8.RuneCount(e.secret) }

// Clear wipes the secret.
func (e *SecretEntry) Clear() {
	e.wipe()
	e.changed()
}

func (e *SecretEntry) wipe() {
	clear(e.secret[:cap(e.secret)])
	e.secret = e.secret[:0]
	delete(holding, e)
}

func (e *SecretEntry) changed() {
	e.Refresh()
	if e.OnChange != nil {
		e.OnChange()
	}
}

// TypedRune adds a character as the system composed it: from one key, with AltGr, after a dead key or by an input method.
// One that does not fit whole, that is not allowed or that is no character is left out.
func (e *SecretEntry) TypedRune(r rune) {
	touch()
	if e.Disabled() || e.Digits && (r < '0' || r > '9') || !utf8.ValidRune(r) || unicode.IsControl(r) || len(e.secret)+utf8.RuneLen(r) > cap(e.secret) {
		return
	}
	e.secret = utf8.AppendRune(e.secret, r)
	holding[e] = true
	e.changed()
}

// TypedKey takes Backspace, Enter and Escape.
func (e *SecretEntry) TypedKey(event *fyne.KeyEvent) {
	if windowKey(e, event) || e.Disabled() {
		return
	}
	switch event.Name {
	case fyne.KeyBackspace:
		if len(e.secret) > 0 {
			_, size := utf8.DecodeLastRune(e.secret)
			clear(e.secret[len(e.secret)-size:])
			e.secret = e.secret[:len(e.secret)-size]
			e.changed()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if e.OnSubmit != nil {
			e.OnSubmit()
		}
	case fyne.KeyEscape:
		if e.OnEscape != nil {
			e.OnEscape()
		} else {
			e.Clear()
		}
	}
}

// Tapped gives the entry the keyboard.
func (e *SecretEntry) Tapped(*fyne.PointEvent) {
	if !e.Disabled() {
		focusOn(e)
	}
}

// FocusGained shows ring and cursor.
func (e *SecretEntry) FocusGained() { e.focused = true; e.Refresh(); reveal(e) }

// FocusLost hides ring and cursor. The secret stays until it is taken or cleared.
func (e *SecretEntry) FocusLost() { e.focused = false; e.Refresh() }

// Cursor is the text pointer.
func (e *SecretEntry) Cursor() desktop.Cursor { return desktop.TextCursor }

// AccessibilityLabel is the placeholder, never the secret.
func (e *SecretEntry) AccessibilityLabel() string { return e.Placeholder }

// AccessibilityRole is text.
func (e *SecretEntry) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer is for the toolkit.
func (e *SecretEntry) CreateRenderer() fyne.WidgetRenderer {
	e.ExtendBaseWidget(e)
	r := &secretRenderer{entry: e, box: canvas.NewRectangle(color.Transparent), dots: &canvas.Text{}, cursor: canvas.NewRectangle(color.Transparent), ring: newFocusRing()}
	r.update()
	return r
}

type secretRenderer struct {
	entry  *SecretEntry
	box    *canvas.Rectangle
	dots   *canvas.Text
	cursor *canvas.Rectangle
	ring   focusRing
}

func (r *secretRenderer) MinSize() fyne.Size {
	touch := theme.Size(theme.SizeTouch)
	return fyne.NewSize(touch*4, touch)
}

func (r *secretRenderer) Layout(size fyne.Size) {
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	r.box.Resize(size)
	r.ring.place(size)
	room := size.Width - 2*pad - 4
	if count := r.entry.Len(); count > 0 {
		dot := fyne.MeasureText("•", r.dots.TextSize, fyne.TextStyle{}).Width
		shown := count
		if dot > 0 {
			shown = min(count, max(int(room/dot), 1))
		}
		r.dots.Text = strings.Repeat("•", shown)
	}
	text := fyne.MeasureText(r.dots.Text, r.dots.TextSize, fyne.TextStyle{})
	r.dots.Move(fyne.NewPos(pad, (size.Height-text.Height)/2))
	r.dots.Resize(fyne.NewSize(room, text.Height))
	left := pad
	if r.entry.Len() > 0 {
		left += text.Width + 1
	}
	r.cursor.Move(fyne.NewPos(left, size.Height*0.25))
	r.cursor.Resize(fyne.NewSize(2, size.Height*0.5))
}

func (r *secretRenderer) update() {
	e := r.entry
	r.box.FillColor, r.box.StrokeColor, r.box.StrokeWidth = theme.Color(theme.ColorInput), theme.Color(theme.ColorInputLine), 1
	r.box.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.dots.TextSize, r.dots.Color = theme.Size(fynetheme.SizeNameText), theme.Color(theme.ColorInk)
	if e.Len() == 0 {
		r.dots.Text, r.dots.Color = e.Placeholder, theme.Color(theme.ColorMuted)
	}
	if e.Disabled() {
		r.box.FillColor, r.dots.Color = theme.Color(fynetheme.ColorNameDisabledButton), theme.Color(fynetheme.ColorNameDisabled)
	}
	r.cursor.FillColor = color.Transparent
	if e.focused {
		r.cursor.FillColor = theme.Color(theme.ColorAccent)
	}
	r.ring.show(e.focused, fynetheme.SizeNameInputRadius)
}

func (r *secretRenderer) Refresh() {
	r.update()
	r.Layout(r.entry.Size())
	canvas.Refresh(r.entry)
}

func (r *secretRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.dots, r.cursor, r.ring.Rectangle}
}

// Destroy is called when the entry has left the screen for good, or for a minute.
func (r *secretRenderer) Destroy() { r.entry.wipe() }
