package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
)

// Align says where lines stand.
type Align int

const (
	// AlignNatural puts left-to-right text at the left and right-to-left text at the right.
	AlignNatural Align = iota
	AlignLeft
	AlignRight
	AlignCenter
)

// Text shows words in any script of the program: Latin, Cyrillic, Arabic, Ethiopic, Myanmar, also mixed in one line, in the
// right order and at the right side. It takes the place of the toolkit's label. Change the fields and call Refresh, or use SetText.
type Text struct {
	widget.BaseWidget

	Words string
	// TextSize is a text size of the theme; empty means body text.
	TextSize fyne.ThemeSizeName
	// Color is a text colour of the theme; empty means ink.
	Color fyne.ThemeColorName
	Bold  bool
	// Wrap breaks lines to the width given by the layout.
	Wrap bool
	// Shorten cuts a single line with an ellipsis to the width given by the layout.
	Shorten bool
	// Shorter are other ways to say a shortened line, each shorter than the one before: the first that fits is shown. An empty one at the
	// end shows nothing rather than a piece of a word.
	Shorter []string
	Align   Align
}

// ScriptText is the name under which the design speaks of text in native scripts; every Text can do it.
type ScriptText = Text

// NewText shows words on one line per line break.
func NewText(words string) *Text { return newText(&Text{Words: words}) }

// Paragraph shows words in lines as wide as the layout allows.
func Paragraph(words string) *Text { return newText(&Text{Words: words, Wrap: true}) }

// Strong shows words in bold.
func Strong(words string) *Text { return newText(&Text{Words: words, Bold: true}) }

// Muted shows secondary words, wrapped, in small quiet letters.
func Muted(words string) *Text {
	return newText(&Text{Words: words, Wrap: true, Color: theme.ColorMuted, TextSize: fynetheme.SizeNameCaptionText})
}

// Heading shows the title of a page.
func Heading(words string) *Text {
	return newText(&Text{Words: words, Bold: true, Wrap: true, TextSize: fynetheme.SizeNameHeadingText})
}

// Subheading shows the title of a part of a page.
func Subheading(words string) *Text {
	return newText(&Text{Words: words, Bold: true, Wrap: true, TextSize: fynetheme.SizeNameSubHeadingText})
}

// Reading shows words for the interviewee to read: large, wrapped, right-aligned when right-to-left.
func Reading(words string) *Text {
	return newText(&Text{Words: words, Wrap: true, TextSize: theme.SizeReading})
}

func newText(t *Text) *Text {
	t.ExtendBaseWidget(t)
	return t
}

// SetText shows other words.
func (t *Text) SetText(words string) {
	if t.Words != words {
		t.Words = words
		t.Refresh()
	}
}

// AccessibilityLabel is the words.
func (t *Text) AccessibilityLabel() string { return t.Words }

// AccessibilityRole is text.
func (t *Text) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer is for the toolkit.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	t.ExtendBaseWidget(t)
	return &textRenderer{text: t}
}

func (t *Text) points() float32 {
	if t.TextSize == "" {
		return theme.Size(fynetheme.SizeNameText)
	}
	return theme.Size(t.TextSize)
}

func (t *Text) style() fyne.TextStyle { return fyne.TextStyle{Bold: t.Bold} }

func (t *Text) measure(words string) float32 {
	return fyne.MeasureText(words, t.points(), t.style()).Width
}

// fitting is the longest way to say a shortened line that fits the width, else the shortest.
func (t *Text) fitting(width float32) string {
	words := t.Words
	for _, shorter := range t.Shorter {
		if width <= 0 || t.measure(words) <= width {
			break
		}
		words = shorter
	}
	return words
}

type textRenderer struct {
	text    *Text
	objects []fyne.CanvasObject
	width   float32 // that lines were broken to
	height  float32
}

// lines breaks the words for a width; zero is "not known yet".
func (r *textRenderer) lines(width float32) []string {
	switch {
	case r.text.Shorten:
		return []string{shorten(r.text.fitting(width), width, r.text.measure)}
	case r.text.Wrap:
		return breakLines(r.text.Words, width, r.text.measure)
	default:
		return breakLines(r.text.Words, 0, r.text.measure)
	}
}

func (r *textRenderer) lineHeight() float32 {
	return fyne.MeasureText("A", r.text.points(), r.text.style()).Height
}

func (r *textRenderer) MinSize() fyne.Size {
	t := r.text
	if t.Wrap || t.Shorten {
		width := t.points() * 2
		if t.Shorten {
			width = min(width, t.measure(t.Words))
			if n := len(t.Shorter); n > 0 && t.Shorter[n-1] == "" {
				width = 0
			}
		}
		count := 1
		if t.Wrap && r.width > 0 {
			count = len(r.lines(r.width))
		}
		return fyne.NewSize(width, float32(count)*r.lineHeight())
	}
	var width float32
	lines := r.lines(0)
	for _, line := range lines {
		width = max(width, t.measure(line))
	}
	return fyne.NewSize(width, float32(len(lines))*r.lineHeight())
}

func (r *textRenderer) Layout(size fyne.Size) {
	if size.Width == r.width && size.Height == r.height && r.objects != nil {
		return
	}
	r.width, r.height = size.Width, size.Height
	r.place()
}

// place makes the pieces of text for the width and puts them where they belong.
func (r *textRenderer) place() {
	t := r.text
	r.objects = r.objects[:0]
	if t.Words == "" {
		return
	}
	points, style, ink := t.points(), t.style(), t.ink()
	height := r.lineHeight()
	lines := r.lines(r.width)
	top := float32(0)
	if spare := r.height - float32(len(lines))*height; spare > 0 && !t.Wrap {
		top = spare / 2 // a single line stands in the middle of its row
	}
	for _, line := range lines {
		rtl := rightToLeft(t.Words)
		runs := visualRuns(line, rtl)
		widths := make([]float32, len(runs))
		var whole float32
		for i, piece := range runs {
			widths[i] = t.measure(piece.drawable())
			whole += widths[i]
		}
		left := float32(0)
		switch spare := r.width - whole; {
		case t.Align == AlignCenter:
			left = spare / 2
		case t.Align == AlignRight, t.Align == AlignNatural && rtl:
			left = spare
		}
		left = max(left, 0)
		for i, piece := range runs {
			object := &canvas.Text{Text: piece.drawable(), Color: ink, TextSize: points, TextStyle: style}
			object.Move(fyne.NewPos(left, top))
			object.Resize(fyne.NewSize(widths[i], height))
			r.objects = append(r.objects, object)
			left += widths[i]
		}
		top += height
	}
}

func (t *Text) ink() color.Color {
	name := t.Color
	if name == "" {
		name = theme.ColorInk
	}
	return theme.Color(name)
}

func (r *textRenderer) Refresh() {
	r.place()
	canvas.Refresh(r.text)
}

func (r *textRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *textRenderer) Destroy() {}
