package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// HoldTime is how long a HoldButton is held until it acts.
const HoldTime = 2 * time.Second

// holdStep is how often the button shows how far it is.
const holdStep = 100 * time.Millisecond

// HoldButton is for what can never be taken back: it acts only when it is held for [HoldTime], with the space bar or the
// pointer. Enter and a short press do nothing, so that no habit and no stray key sets it off. Letting go stops it.
type HoldButton struct {
	widget.DisableableWidget

	Text string
	// OnHeld is called once the button was held long enough.
	OnHeld func()
	// OnEscape, when set, is called for the Escape key.
	OnEscape func()

	loop    Loop
	held    time.Duration
	cancel  func()
	focused bool
}

var (
	_ fyne.Focusable    = (*HoldButton)(nil)
	_ desktop.Keyable   = (*HoldButton)(nil)
	_ desktop.Mouseable = (*HoldButton)(nil)
	_ fyne.Accessible   = (*HoldButton)(nil)
)

// NewHoldButton makes one. loop measures the time.
func NewHoldButton(loop Loop, text string, held func()) *HoldButton {
	b := &HoldButton{Text: text, OnHeld: held, loop: loop}
	b.ExtendBaseWidget(b)
	return b
}

// begin starts the time.
func (b *HoldButton) begin() {
	touch()
	if b.Disabled() || b.cancel != nil {
		return
	}
	b.held = 0
	b.step()
}

func (b *HoldButton) step() {
	b.cancel = b.loop.After(holdStep, func() {
		b.held += holdStep
		if b.held < HoldTime {
			b.step()
			b.Refresh()
			return
		}
		b.end()
		if !b.Disabled() && b.OnHeld != nil {
			b.OnHeld()
		}
	})
}

// end stops the time.
func (b *HoldButton) end() {
	if b.cancel != nil {
		b.cancel()
		b.cancel = nil
	}
	b.held = 0
	b.Refresh()
}

// KeyDown starts the time for the space bar.
func (b *HoldButton) KeyDown(event *fyne.KeyEvent) {
	if event.Name == fyne.KeySpace {
		b.begin()
	}
}

// KeyUp stops it.
func (b *HoldButton) KeyUp(event *fyne.KeyEvent) {
	if event.Name == fyne.KeySpace {
		b.end()
	}
}

// MouseDown starts the time.
func (b *HoldButton) MouseDown(*desktop.MouseEvent) {
	if !b.Disabled() {
		focusOn(b)
	}
	b.begin()
}

// MouseUp stops it.
func (b *HoldButton) MouseUp(*desktop.MouseEvent) { b.end() }

// TypedKey does nothing but Escape: the button is held, not pressed.
func (b *HoldButton) TypedKey(event *fyne.KeyEvent) {
	if windowKey(b, event) {
		return
	}
	if event.Name == fyne.KeyEscape && b.OnEscape != nil {
		b.end()
		b.OnEscape()
	}
}

// TypedRune hands the window its keys and ignores other letters.
func (b *HoldButton) TypedRune(r rune) { WindowRune(b, r) }

// FocusGained shows the ring.
func (b *HoldButton) FocusGained() { b.focused = true; b.Refresh(); reveal(b) }

// FocusLost hides the ring and stops the time.
func (b *HoldButton) FocusLost() { b.focused = false; b.end() }

// AccessibilityLabel is the text.
func (b *HoldButton) AccessibilityLabel() string { return b.Text }

// AccessibilityRole is button.
func (b *HoldButton) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer is for the toolkit.
func (b *HoldButton) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	r := &holdRenderer{button: b, box: canvas.NewRectangle(color.Transparent), bar: canvas.NewRectangle(color.Transparent), text: newText(&Text{Bold: true}), ring: newFocusRing()}
	r.update()
	return r
}

type holdRenderer struct {
	button   *HoldButton
	box, bar *canvas.Rectangle
	text     *Text
	ring     focusRing
}

func (r *holdRenderer) MinSize() fyne.Size {
	touch, pad := theme.Size(theme.SizeTouch), theme.Size(fynetheme.SizeNameInnerPadding)
	size := r.text.MinSize()
	return fyne.NewSize(size.Width+3.2*pad, max(touch, size.Height+pad))
}

func (r *holdRenderer) Layout(size fyne.Size) {
	r.box.Resize(size)
	r.ring.place(size)
	height := max(size.Height*0.14, 4)
	r.bar.Move(fyne.NewPos(3, size.Height-height-3)) // inside the border, below the words
	r.bar.Resize(fyne.NewSize((size.Width-6)*float32(r.button.held)/float32(HoldTime), height))
	text := r.text.MinSize()
	r.text.Resize(fyne.NewSize(min(text.Width, size.Width), text.Height))
	r.text.Move(fyne.NewPos((size.Width-text.Width)/2, (size.Height-text.Height)/2))
}

func (r *holdRenderer) update() {
	b := r.button
	ink, fill := theme.ColorError, theme.ColorErrorTint
	if b.Disabled() {
		ink, fill = fynetheme.ColorNameDisabled, fynetheme.ColorNameDisabledButton
	}
	r.box.FillColor, r.box.StrokeColor, r.box.StrokeWidth = theme.Color(fill), theme.Color(ink), 1
	r.box.CornerRadius = theme.Size(fynetheme.SizeNameButtonRadius)
	r.bar.FillColor, r.bar.CornerRadius, r.bar.Hidden = theme.Color(theme.ColorError), 3, b.held == 0
	r.text.Words, r.text.Color = b.Text, ink
	r.ring.show(b.focused, fynetheme.SizeNameButtonRadius)
}

func (r *holdRenderer) Refresh() {
	r.update()
	r.text.Refresh()
	r.Layout(r.button.Size())
	canvas.Refresh(r.button)
}

func (r *holdRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.bar, r.text, r.ring.Rectangle}
}

func (r *holdRenderer) Destroy() {}
