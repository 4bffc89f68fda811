package ui

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// CodeEntry takes a code of a fixed length that was read out or written down, and shows it in groups of five, so that eyes
// and voice can compare it. It forgives what people mix up: small and capital letters, O for 0, I and L for 1; spaces
// and dashes are left out. Like every [SecretEntry] it has no undo, no clipboard and no selection, and Clear wipes it.
type CodeEntry struct {
	SecretEntry
	// Length is the number of characters of a whole code.
	Length int
	// Symbols are the characters besides letters and digits that a code may end with.
	Symbols string
	// Name says what the code is, for screen readers.
	Name string
}

var (
	_ fyne.Focusable     = (*CodeEntry)(nil)
	_ fyne.Tappable      = (*CodeEntry)(nil)
	_ desktop.Cursorable = (*CodeEntry)(nil)
)

// NewCodeEntry makes an empty entry for a code of a length.
func NewCodeEntry(name string, length int) *CodeEntry {
	e := &CodeEntry{Length: length, Name: name, Symbols: "*~$="}
	e.secret = make([]byte, 0, secretLimit)
	e.ExtendBaseWidget(e)
	return e
}

// Whole reports whether every character is there.
func (e *CodeEntry) Whole() bool { return e.Len() >= e.Length }

// Copy hands over a copy of the code, which the caller must clear after use. The entry keeps it, to be corrected.
func (e *CodeEntry) Copy() []byte { return append(make([]byte, 0, len(e.secret)), e.secret...) }

// TypedRune adds a character, made what it stands for; what no code holds is left out.
func (e *CodeEntry) TypedRune(r rune) {
	if e.Len() >= e.Length {
		touch()
		return
	}
	if r = forgiven(r, e.Symbols); r != 0 {
		e.SecretEntry.TypedRune(r)
	}
}

// forgiven is the character of the alphabet that a typed one stands for; 0 for none (Crockford's base 32).
func forgiven(r rune, symbols string) rune {
	switch {
	case r >= 'a' && r <= 'z':
		r -= 'a' - 'A'
	case strings.ContainsRune(symbols, r):
		return r
	}
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
		return r
	}
	return 0
}

// Tapped gives the entry the keyboard.
func (e *CodeEntry) Tapped(*fyne.PointEvent) {
	touch()
	if !e.Disabled() {
		focusOn(e)
	}
}

// FocusGained shows ring and cursor.
func (e *CodeEntry) FocusGained() { e.SecretEntry.FocusGained(); reveal(e) }

// AccessibilityLabel is the name, never the code.
func (e *CodeEntry) AccessibilityLabel() string { return e.Name }

// CreateRenderer is for the toolkit.
func (e *CodeEntry) CreateRenderer() fyne.WidgetRenderer {
	e.ExtendBaseWidget(e)
	r := &codeEntryRenderer{entry: e, cells: codeCells{times: 1.15}, ground: canvas.NewRectangle(color.Transparent), cursor: canvas.NewRectangle(color.Transparent), ring: newFocusRing()}
	r.update()
	return r
}

type codeEntryRenderer struct {
	entry  *CodeEntry
	cells  codeCells
	ground *canvas.Rectangle
	cursor *canvas.Rectangle
	ring   focusRing
}

func (r *codeEntryRenderer) MinSize() fyne.Size {
	pad := theme.Size(theme.SizeGap)
	size := r.cells.minSize().Add(fyne.NewSquareSize(2 * pad))
	return size.Max(fyne.NewSquareSize(theme.Size(theme.SizeTouch)))
}

func (r *codeEntryRenderer) Layout(size fyne.Size) {
	pad := theme.Size(theme.SizeGap)
	r.ground.Resize(size)
	r.ring.place(size)
	r.cells.layout(fyne.NewSquareOffsetPos(pad), size.Width-2*pad)
	at, cell := r.cells.place(min(r.entry.Len(), r.entry.Length))
	r.cursor.Move(at.AddXY(-1, cell.Height*0.08))
	r.cursor.Resize(fyne.NewSize(2, cell.Height*0.84))
}

func (r *codeEntryRenderer) update() {
	e := r.entry
	ink, fill := theme.ColorInk, theme.ColorInput
	if e.Disabled() {
		ink, fill = fynetheme.ColorNameDisabled, fynetheme.ColorNameDisabledButton
	}
	r.cells.set(e.secret, e.Length, ink, fill, theme.ColorLine)
	r.ground.FillColor, r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(fill), theme.Color(theme.ColorInputLine), 1
	r.ground.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.cursor.FillColor = color.Transparent
	if e.focused && !e.Disabled() {
		r.cursor.FillColor = theme.Color(theme.ColorAccent)
	}
	r.ring.show(e.focused, fynetheme.SizeNameInputRadius)
}

func (r *codeEntryRenderer) Refresh() {
	r.update()
	r.Layout(r.entry.Size())
	canvas.Refresh(r.entry)
}

func (r *codeEntryRenderer) Objects() []fyne.CanvasObject {
	objects := append([]fyne.CanvasObject{r.ground}, r.cells.objects()...)
	return append(objects, r.cursor, r.ring.Rectangle)
}

// Destroy is called when the entry has left the screen for good, or for a minute.
func (r *codeEntryRenderer) Destroy() { r.entry.wipe() }

// CodeView shows a code once, large, in groups of five. Clear wipes it.
type CodeView struct {
	widget.BaseWidget
	code []byte
}

// NewCodeView shows the letters, digits and symbols of a code; whatever separates its groups is left out.
func NewCodeView(code string) *CodeView {
	v := &CodeView{code: make([]byte, 0, 64)}
	for _, r := range code {
		if r != '-' && r != ' ' && r < 0x80 {
			v.code = append(v.code, byte(r))
		}
	}
	v.ExtendBaseWidget(v)
	return v
}

// Ends reports whether the code ends with the characters given. Of a code that was cleared nothing is the end.
func (v *CodeView) Ends(with []byte) bool {
	return len(with) > 0 && len(v.code) >= len(with) && string(v.code[len(v.code)-len(with):]) == string(with)
}

// Last is how many characters the last group has that people compare: five, with what is left over after the last full group.
func (v *CodeView) Last() int { return codeGroup + len(v.code)%codeGroup }

// Clear wipes the code.
func (v *CodeView) Clear() {
	clear(v.code[:cap(v.code)])
	v.code = v.code[:0]
	v.Refresh()
}

// CreateRenderer is for the toolkit.
func (v *CodeView) CreateRenderer() fyne.WidgetRenderer {
	v.ExtendBaseWidget(v)
	r := &codeViewRenderer{view: v, cells: codeCells{times: 1.9}}
	r.cells.set(v.code, len(v.code), theme.ColorInk, theme.ColorNeutralTint, theme.ColorLine)
	return r
}

type codeViewRenderer struct {
	view  *CodeView
	cells codeCells
}

func (r *codeViewRenderer) MinSize() fyne.Size { return r.cells.minSize() }

func (r *codeViewRenderer) Layout(size fyne.Size) { r.cells.layout(fyne.Position{}, size.Width) }

func (r *codeViewRenderer) Refresh() {
	r.cells.set(r.view.code, len(r.view.code), theme.ColorInk, theme.ColorNeutralTint, theme.ColorLine)
	r.Layout(r.view.Size())
	canvas.Refresh(r.view)
}

func (r *codeViewRenderer) Objects() []fyne.CanvasObject { return r.cells.objects() }

func (r *codeViewRenderer) Destroy() {}
