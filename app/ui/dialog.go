package ui

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// Dialog is a box over the page that keeps everything else from keyboard and pointer until it closes. Escape closes it.
type Dialog struct {
	layer    *dialogLayer
	scroll   *container.Scroll
	canvas   fyne.Canvas
	onClosed func()
}

// ShowDialog opens a box with a title and content at most points wide (at 100 %). first, which may be nil, gets the keyboard.
// Widgets of the kit inside should have OnEscape set to Close.
func ShowDialog(window fyne.Window, title string, points float32, content fyne.CanvasObject, first fyne.Focusable, closed func()) *Dialog {
	return showDialog(window.Canvas(), title, points, content, first, closed)
}

func showDialog(c fyne.Canvas, title string, points float32, content fyne.CanvasObject, first fyne.Focusable, closed func()) *Dialog {
	scroll := container.NewVScroll(content)
	heading := Subheading(title)
	box := &Panel{Fill: theme.ColorSurface, Line: theme.ColorLine, Radius: fynetheme.SizeNameDialogRadius, Gap: theme.SizeGapSection, Content: container.NewBorder(Stack(theme.SizeGapWide, heading, Spacer()), nil, nil, nil, scroll)}
	box.ExtendBaseWidget(box)
	d := &Dialog{canvas: c, scroll: scroll, onClosed: closed, layer: &dialogLayer{box: box, heading: heading, content: content, points: points, veil: canvas.NewRectangle(color.Transparent)}}
	d.layer.ExtendBaseWidget(d.layer)
	c.Overlays().Add(d.layer)
	d.layer.Resize(c.Size())
	if first != nil {
		c.Focus(first)
	}
	return d
}

// Refresh gives the box the height that its content has come to need.
func (d *Dialog) Refresh() {
	if d.layer != nil {
		d.layer.Refresh()
	}
}

// Close takes the box away.
func (d *Dialog) Close() {
	if d.layer == nil {
		return
	}
	d.canvas.Overlays().Remove(d.layer)
	d.layer = nil
	if d.onClosed != nil {
		d.onClosed()
	}
}

// dialogLayer covers the window and keeps the box in its middle, as high as its content needs and the window allows.
type dialogLayer struct {
	widget.BaseWidget
	box     *Panel
	heading *Text
	content fyne.CanvasObject
	points  float32
	veil    *canvas.Rectangle
}

// Tapped swallows taps beside the box.
func (l *dialogLayer) Tapped(*fyne.PointEvent) { touch() }

func (l *dialogLayer) CreateRenderer() fyne.WidgetRenderer { return &dialogRenderer{l} }

type dialogRenderer struct{ layer *dialogLayer }

func (r *dialogRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *dialogRenderer) Layout(size fyne.Size) {
	l := r.layer
	l.veil.Resize(size)
	l.veil.FillColor = theme.Color(fynetheme.ColorNameShadow)
	gap := theme.Size(theme.SizeGapSection)
	width := min(size.Width-2*theme.Size(theme.SizeGapWide), l.points*theme.Size(theme.SizeTouch)/44)
	inner := width - 2*gap
	l.heading.Resize(fyne.NewSize(inner, l.heading.MinSize().Height)) // widths first: wrapped words then know their height
	l.content.Resize(fyne.NewSize(inner, l.content.MinSize().Height))
	l.content.Resize(fyne.NewSize(inner, l.content.MinSize().Height))
	height := l.heading.MinSize().Height + theme.Size(theme.SizeGapWide) + theme.Size(fynetheme.SizeNamePadding) + l.content.MinSize().Height + 2*gap
	height = min(height, size.Height-2*theme.Size(theme.SizeGapWide))
	l.box.Resize(fyne.NewSize(width, height))
	top := (size.Height - height) / 2
	if theme.Touch() { // the keyboard on the screen comes from below
		top = min(top, theme.Size(theme.SizeGapWide))
	}
	l.box.Move(fyne.NewPos((size.Width-width)/2, top))
}

func (r *dialogRenderer) Refresh() {
	r.layer.box.Refresh()
	r.Layout(r.layer.Size())
	canvas.Refresh(r.layer)
}

func (r *dialogRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.layer.veil, r.layer.box}
}

func (r *dialogRenderer) Destroy() {}

// Reasons says whether a question asks for a reason.
type Reasons int

// No reason, one that may be left out, one that must be given.
const (
	NoReason Reasons = iota
	ReasonOptional
	ReasonRequired
)

// Question is a question before something that cannot be taken back lightly.
type Question struct {
	Title string
	// Text says what will happen and what stays safe.
	Text string
	// Yes is the label of the button that does it; empty means "OK".
	Yes string
	// No is the label of the button that does not; empty means "Cancel".
	No string
	// Danger colours the button as one that removes or ends something.
	Danger bool
	Reason Reasons
	// OnYes is called with the reason (trimmed; empty when none is asked for or given).
	OnYes func(reason string)
	// OnNo, when set, is called when the answer is no.
	OnNo func()
}

// Confirm asks a Question. The keyboard starts at the reason or else at "no", never at the button that does it.
func Confirm(window fyne.Window, texts *i18n.Texts, q Question) *Dialog {
	var dialog *Dialog
	answered := false
	word := func(own, usual string) string {
		if own != "" {
			return own
		}
		return texts.T(usual)
	}
	reason := NewTextArea(texts.T("ui.confirm.reason"), 2)
	yes := NewPrimary(word(q.Yes, "ui.ok"), func() {
		answered = true
		text := strings.TrimSpace(reason.Text)
		dialog.Close()
		if q.OnYes != nil {
			q.OnYes(text)
		}
	})
	if q.Danger {
		yes.Kind = Danger
	}
	no := NewButton(word(q.No, "ui.cancel"), func() { dialog.Close() })
	parts := Stack(theme.SizeGapWide, Paragraph(q.Text))
	first := fyne.Focusable(no)
	if q.Reason != NoReason {
		label := texts.T("ui.confirm.reason_label")
		field := NewField(label, reason)
		if q.Reason == ReasonRequired {
			field.SetRequired(texts.T("ui.required"))
			yes.Disable()
			reason.OnEdit = func(text string) {
				if strings.TrimSpace(text) == "" {
					yes.Disable()
				} else {
					yes.Enable()
				}
			}
		}
		parts.Add(field)
		first = reason
		reason.OnDone = func() {
			if !yes.Disabled() {
				yes.OnTapped()
			}
		}
	}
	parts.Add(Row(theme.SizeGap, Spacer(), no, yes))
	escape := func() { dialog.Close() }
	yes.OnEscape, no.OnEscape, reason.OnEscape = escape, escape, escape
	dialog = ShowDialog(window, q.Title, 520, parts, first, func() {
		if !answered && q.OnNo != nil {
			q.OnNo()
		}
	})
	return dialog
}
