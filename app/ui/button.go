package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// Kind says how much weight a button has.
type Kind int

const (
	// Plain is an ordinary action.
	Plain Kind = iota
	// Primary is the one action that a page is about.
	Primary
	// Quiet is an action without a box until the pointer or the keyboard is on it.
	Quiet
	// Danger removes or ends something.
	Danger
)

// Button is a button with a visible focus ring; Space and Enter press it.
type Button struct {
	widget.DisableableWidget

	Text string
	// Icon is the name of a picture in assets/icons; empty for none.
	Icon string
	Kind Kind
	// Label is what the button does, for screen readers, when it shows an icon only.
	Label string
	// Leading puts icon and text at the left instead of the middle.
	Leading  bool
	OnTapped func()
	// OnEscape, when set, is called for the Escape key: dialogs close so.
	OnEscape func()

	focused, hovered bool
}

var (
	_ fyne.Focusable    = (*Button)(nil)
	_ fyne.Tappable     = (*Button)(nil)
	_ desktop.Hoverable = (*Button)(nil)
	_ fyne.Accessible   = (*Button)(nil)
)

// NewButton makes a Plain button.
func NewButton(text string, tapped func()) *Button {
	return newButton(&Button{Text: text, OnTapped: tapped})
}

// NewPrimary makes the page's main button.
func NewPrimary(text string, tapped func()) *Button {
	return newButton(&Button{Text: text, OnTapped: tapped, Kind: Primary})
}

// NewQuiet makes a button with an icon (may be empty) and a text, without a box.
func NewQuiet(icon, text string, tapped func()) *Button {
	return newButton(&Button{Text: text, Icon: icon, OnTapped: tapped, Kind: Quiet})
}

// NewDanger makes a button that removes or ends something.
func NewDanger(text string, tapped func()) *Button {
	return newButton(&Button{Text: text, OnTapped: tapped, Kind: Danger})
}

// NewIconButton makes a quiet square button; label says what it does.
func NewIconButton(icon, label string, tapped func()) *Button {
	return newButton(&Button{Icon: icon, Label: label, OnTapped: tapped, Kind: Quiet})
}

func newButton(b *Button) *Button {
	b.ExtendBaseWidget(b)
	return b
}

// SetText changes the words.
func (b *Button) SetText(text string) { b.Text = text; b.Refresh() }

// Tapped presses the button.
func (b *Button) Tapped(*fyne.PointEvent) {
	touch()
	if b.Disabled() {
		return
	}
	focusOn(b)
	if b.OnTapped != nil {
		b.OnTapped()
	}
}

// TypedKey presses the button on Space and Enter.
func (b *Button) TypedKey(event *fyne.KeyEvent) {
	if windowKey(b, event) {
		return
	}
	switch event.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if !b.Disabled() && b.OnTapped != nil {
			b.OnTapped()
		}
	case fyne.KeyEscape:
		escape(b, b.OnEscape, event)
	}
}

// TypedRune hands the window its keys and ignores other letters.
func (b *Button) TypedRune(r rune) { WindowRune(b, r) }

// FocusGained shows the ring.
func (b *Button) FocusGained() { b.focused = true; b.Refresh(); reveal(b) }

// FocusLost hides the ring.
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// MouseIn shows that the button can be pressed.
func (b *Button) MouseIn(*desktop.MouseEvent) { touch(); b.hovered = true; b.Refresh() }

// MouseMoved is for the toolkit.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends what MouseIn showed.
func (b *Button) MouseOut() { b.hovered = false; b.Refresh() }

// AccessibilityLabel is the text, or Label for an icon alone.
func (b *Button) AccessibilityLabel() string {
	if b.Text != "" {
		return b.Text
	}
	return b.Label
}

// AccessibilityRole is button.
func (b *Button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer is for the toolkit.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	r := &buttonRenderer{
		button: b, box: canvas.NewRectangle(color.Transparent), veil: canvas.NewRectangle(color.Transparent),
		icon: canvas.NewImageFromResource(nil), text: newText(&Text{Bold: true}), ring: newFocusRing(),
	}
	r.icon.FillMode = canvas.ImageFillContain
	r.update()
	return r
}

type buttonRenderer struct {
	button    *Button
	box, veil *canvas.Rectangle
	icon      *canvas.Image
	text      *Text
	ring      focusRing
}

func (r *buttonRenderer) MinSize() fyne.Size {
	touch, pad := theme.Size(theme.SizeTouch), theme.Size(fynetheme.SizeNameInnerPadding)
	icon := theme.Size(fynetheme.SizeNameInlineIcon)
	if r.button.Text == "" {
		return fyne.NewSquareSize(touch)
	}
	size := r.text.MinSize()
	width := size.Width + 3.2*pad
	if r.button.Icon != "" {
		width = size.Width + icon + 3.4*pad
	}
	return fyne.NewSize(max(width, touch), max(touch, size.Height+pad))
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.box.Resize(size)
	r.veil.Resize(size)
	r.ring.place(size)
	pad, icon := theme.Size(fynetheme.SizeNameInnerPadding), theme.Size(fynetheme.SizeNameInlineIcon)
	text := r.text.MinSize()
	content := text.Width
	if r.button.Icon != "" {
		content += icon
		if r.button.Text != "" {
			content += pad * 0.8
		}
	}
	left := (size.Width - content) / 2
	if r.button.Leading {
		left = pad * 1.2
	}
	if r.button.Icon != "" {
		r.icon.Resize(fyne.NewSquareSize(icon))
		r.icon.Move(fyne.NewPos(left, (size.Height-icon)/2))
		left += icon + pad*0.8
	}
	r.text.Resize(fyne.NewSize(min(text.Width, size.Width-left), text.Height))
	r.text.Move(fyne.NewPos(left, (size.Height-text.Height)/2))
}

func (r *buttonRenderer) update() {
	b := r.button
	fill, ink, line := fynetheme.ColorNameButton, theme.ColorInk, fyne.ThemeColorName("")
	switch b.Kind {
	case Primary:
		fill, ink = theme.ColorAccent, theme.ColorOnAccent
	case Danger:
		fill, ink, line = theme.ColorErrorTint, theme.ColorError, theme.ColorError
	case Quiet:
		fill, ink = "", theme.ColorAccent
	}
	if b.Disabled() {
		ink, line = fynetheme.ColorNameDisabled, ""
		if fill != "" {
			fill = fynetheme.ColorNameDisabledButton
		}
	}
	r.box.FillColor, r.box.StrokeWidth = color.Transparent, 0
	if fill != "" {
		r.box.FillColor = theme.Color(fill)
	}
	if line != "" {
		r.box.StrokeColor, r.box.StrokeWidth = theme.Color(line), 1
	}
	r.veil.FillColor = color.Transparent
	if b.hovered && !b.Disabled() {
		r.veil.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
	radius := theme.Size(fynetheme.SizeNameButtonRadius)
	r.box.CornerRadius, r.veil.CornerRadius = radius, radius
	r.text.Words, r.text.Color = b.Text, ink
	r.icon.Hidden = b.Icon == ""
	if b.Icon != "" {
		r.icon.Resource = theme.NewIcon(b.Icon).In(ink)
	}
	r.ring.show(b.focused, fynetheme.SizeNameButtonRadius)
}

func (r *buttonRenderer) Refresh() {
	r.update()
	r.text.Refresh()
	r.icon.Refresh()
	r.Layout(r.button.Size())
	canvas.Refresh(r.button)
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.veil, r.icon, r.text, r.ring.Rectangle}
}

func (r *buttonRenderer) Destroy() {}
