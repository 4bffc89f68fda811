package interview

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// tickList offers long sentences below each other, of which one or several can be chosen: what chips are for short
// words. One stop of the Tab key: Up, Down and letters move, Space and Enter choose, the digits 1 to 9 choose directly.
type tickList struct {
	widget.DisableableWidget
	onChosen func(codes []string)
	onDone   func()

	options []ui.Choice
	multi   bool
	chosen  map[string]bool
	lines   []*tickLine
	at      int
	ahead   ui.TypeAhead
	focused bool
}

var _ fyne.Focusable = (*tickList)(nil)

func newTickList(options []ui.Choice, multi bool) *tickList {
	l := &tickList{options: options, multi: multi, chosen: map[string]bool{}}
	for i, option := range options {
		line := &tickLine{list: l, index: i, words: ui.Paragraph(option.Label)}
		line.ExtendBaseWidget(line)
		l.lines = append(l.lines, line)
	}
	l.ExtendBaseWidget(l)
	return l
}

// put marks codes as chosen without calling back.
func (l *tickList) put(codes ...string) {
	clear(l.chosen)
	for _, code := range codes {
		l.chosen[code] = true
	}
	l.Refresh()
}

// codes returns the codes chosen, in the order of the options.
func (l *tickList) codes() []string {
	var codes []string
	for _, option := range l.options {
		if l.chosen[option.Code] {
			codes = append(codes, option.Code)
		}
	}
	return codes
}

func (l *tickList) choose(index int) {
	if l.Disabled() || index < 0 || index >= len(l.options) {
		return
	}
	code := l.options[index].Code
	was := l.chosen[code]
	if !l.multi {
		clear(l.chosen)
	}
	if was {
		delete(l.chosen, code)
	} else {
		l.chosen[code] = true
	}
	l.at = index
	l.Refresh()
	if l.onChosen != nil {
		l.onChosen(l.codes())
	}
}

// done goes on to the next question once one line is chosen where only one can be.
func (l *tickList) done() {
	if !l.multi && len(l.codes()) == 1 && l.onDone != nil {
		l.onDone()
	}
}

// TypedKey moves and chooses.
func (l *tickList) TypedKey(event *fyne.KeyEvent) {
	ui.NoteActivity()
	l.ahead.Key(event.Name)
	switch event.Name {
	case fyne.KeyUp, fyne.KeyLeft:
		l.at = max(l.at-1, 0)
	case fyne.KeyDown, fyne.KeyRight:
		l.at = min(l.at+1, len(l.options)-1)
	case fyne.KeyHome:
		l.at = 0
	case fyne.KeyEnd:
		l.at = len(l.options) - 1
	case fyne.KeySpace:
		l.choose(l.at)
	case fyne.KeyReturn, fyne.KeyEnter:
		if l.multi && l.onDone != nil {
			l.onDone()
			return
		}
		if l.multi || !l.chosen[l.options[l.at].Code] {
			l.choose(l.at)
		}
		l.done()
	default:
		if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil && c.OnTypedKey() != nil {
			c.OnTypedKey()(event) // function keys belong to the window
		}
	}
	l.Refresh()
}

// TypedRune chooses by digit and goes to the line that begins with what is typed.
func (l *tickList) TypedRune(r rune) {
	if ui.WindowRune(l, r) {
		return
	}
	if r >= '1' && r <= '9' {
		l.choose(int(r - '1'))
		l.done()
		return
	}
	if at := l.ahead.Next(r, l.at, len(l.options), func(i int) string { return l.options[i].Label }); at >= 0 {
		l.at = at
		l.Refresh()
	}
}

// FocusGained shows where the keyboard is.
func (l *tickList) FocusGained() { l.focused = true; l.Refresh() }

// FocusLost hides it.
func (l *tickList) FocusLost() { l.focused = false; l.Refresh() }

// CreateRenderer is for the toolkit.
func (l *tickList) CreateRenderer() fyne.WidgetRenderer {
	objects := make([]fyne.CanvasObject, len(l.lines))
	for i, line := range l.lines {
		objects[i] = line
	}
	return &tickListRenderer{l, ui.Stack("", objects...)}
}

type tickListRenderer struct {
	list    *tickList
	content *fyne.Container
}

func (r *tickListRenderer) MinSize() fyne.Size           { return r.content.MinSize() }
func (r *tickListRenderer) Layout(size fyne.Size)        { r.content.Resize(size) }
func (r *tickListRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.content} }
func (r *tickListRenderer) Destroy()                     {}

func (r *tickListRenderer) Refresh() {
	for _, line := range r.list.lines {
		line.Refresh()
	}
	canvas.Refresh(r.list)
}

// tickLine is one sentence.
type tickLine struct {
	widget.BaseWidget
	list  *tickList
	index int
	words *ui.Text
}

func (l *tickLine) Tapped(*fyne.PointEvent) {
	ui.NoteActivity()
	if !l.list.Disabled() {
		ui.Focus(l.list)
		l.list.choose(l.index)
	}
}

func (l *tickLine) CreateRenderer() fyne.WidgetRenderer {
	r := &tickLineRenderer{line: l, mark: canvas.NewRectangle(color.Transparent), tick: canvas.NewImageFromResource(nil), ring: canvas.NewRectangle(color.Transparent)}
	r.tick.FillMode = canvas.ImageFillContain
	r.update()
	return r
}

type tickLineRenderer struct {
	line       *tickLine
	mark, ring *canvas.Rectangle
	tick       *canvas.Image
}

func (r *tickLineRenderer) sizes() (pad, mark float32) {
	return theme.Size(fynetheme.SizeNameInnerPadding), theme.Size(fynetheme.SizeNameText) * 1.25
}

func (r *tickLineRenderer) MinSize() fyne.Size {
	pad, mark := r.sizes()
	words := r.line.words.MinSize()
	return fyne.NewSize(words.Width+mark+2.6*pad, max(words.Height+pad, theme.Size(theme.SizeTouch)))
}

func (r *tickLineRenderer) Layout(size fyne.Size) {
	pad, mark := r.sizes()
	r.ring.Resize(size)
	left := mark + 1.6*pad
	width := size.Width - left - pad
	words := r.line.words
	if words.Size().Width != width {
		words.Resize(fyne.NewSize(width, words.MinSize().Height)) // the width first: wrapped words then know their height
	}
	height := words.MinSize().Height
	words.Resize(fyne.NewSize(width, height))
	words.Move(fyne.NewPos(left, (size.Height-height)/2))
	r.mark.Resize(fyne.NewSquareSize(mark))
	r.mark.Move(fyne.NewPos(0.6*pad, (size.Height-mark)/2))
	r.tick.Resize(fyne.NewSquareSize(mark * 0.8))
	r.tick.Move(r.mark.Position().AddXY(mark*0.1, mark*0.1))
}

func (r *tickLineRenderer) update() {
	list := r.line.list
	on := list.chosen[list.options[r.line.index].Code]
	r.mark.CornerRadius = 5
	if !list.multi {
		_, mark := r.sizes()
		r.mark.CornerRadius = mark / 2
	}
	r.mark.FillColor, r.mark.StrokeColor, r.mark.StrokeWidth = theme.Color(theme.ColorInput), theme.Color(theme.ColorInputLine), 1.5
	r.tick.Hidden = !on
	r.line.words.Color = theme.ColorInk
	if on {
		r.mark.FillColor, r.mark.StrokeColor = theme.Color(theme.ColorAccent), theme.Color(theme.ColorAccent)
		r.tick.Resource = theme.NewIcon("ok").In(theme.ColorOnAccent)
	}
	if list.Disabled() {
		r.line.words.Color = fynetheme.ColorNameDisabled
	}
	r.ring.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.ring.StrokeWidth = 0
	if list.focused && list.at == r.line.index {
		r.ring.StrokeColor, r.ring.StrokeWidth = theme.Color(theme.ColorFocusRing), theme.Size(theme.SizeRing)
	}
}

func (r *tickLineRenderer) Refresh() {
	r.update()
	r.line.words.Refresh()
	r.tick.Refresh()
	r.ring.Refresh()
	canvas.Refresh(r.line)
}

func (r *tickLineRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.mark, r.tick, r.line.words, r.ring}
}

func (r *tickLineRenderer) Destroy() {}
