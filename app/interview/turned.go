package interview

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/second"
)

// The turned screen is what the family may see: the points that are explained at the start, and what is read back. It covers the whole
// window, so that no counter, no list of sections, no other name and no message of the program is beside it, and it takes every key: only
// the one that turned it turns it back, and the corner covers the screen, which asks for the PIN.

// turn turns the screen. The closed part is left before.
func (p *Place) turn() {
	if p.session == nil {
		return
	}
	p.leaveClosed()
	from := p.view
	p.s.Window.Canvas().Unfocus()
	p.store()
	p.pair.turn(p, true)
	other := p.secondLanguage()
	pages := []fyne.CanvasObject{p.scriptPage(other)}
	if facts := p.readBackParts(other); len(facts) > 0 {
		title := pair(ui.Heading(p.t.T("interview.turned.facts")), otherHeading(other, "read_back"))
		pages = append(pages, p.turnedPage(other, append([]fyne.CanvasObject{title}, facts...)...))
	}
	screen := newTurned(pages)
	c := p.s.Window.Canvas()
	screen.back = func() {
		c.Overlays().Remove(screen)
		p.pair.turn(p, false)
		if from == viewReadBack {
			p.showView(from)
			return
		}
		p.backToQuestions()
	}
	screen.cover = func() {
		screen.back()
		if p.s.Cover != nil {
			p.s.Cover()
		}
	}
	screen.corner = newTool("cover", p.t.T("interview.turned.cover"), screen.cover)
	screen.before = newTool("back", p.t.T("interview.turned.before"), func() { screen.show(screen.at - 1) })
	screen.after = newTool("forward", p.t.T("interview.turned.after"), func() { screen.show(screen.at + 1) })
	c.Overlays().Add(screen)
	screen.Resize(c.Size())
	screen.show(0)
	c.Focus(screen)
}

func otherHeading(other *second.Texts, word string) fyne.CanvasObject {
	if other == nil {
		return nil
	}
	return directed(other, ui.Heading(other.Words[word]))
}

// scriptPage says the points that are explained at the start, in large letters.
func (p *Place) scriptPage(other *second.Texts) fyne.CanvasObject {
	var lines []fyne.CanvasObject
	for _, entry := range ui.Lists().Entries("information_given") {
		var beside fyne.CanvasObject
		if other != nil {
			beside = directed(other, large(other.Points[entry.Code]))
		}
		lines = append(lines, ui.Row(theme.SizeGapWide, ui.NewIcon("info", theme.ColorAccent), ui.Stretch(pair(large(entry.In(p.t.Lang())), beside))))
	}
	return p.turnedPage(other, ui.Card(lines...))
}

func (p *Place) turnedPage(other *second.Texts, parts ...fyne.CanvasObject) fyne.CanvasObject {
	if warning := p.notApproved(other); warning != nil {
		parts = append(parts, warning)
	}
	return container.NewVScroll(ui.Inset(theme.SizeGapSection, ui.Stack(theme.SizeGapWide, parts...)))
}

// turned is the turned screen: one widget over the whole window that takes all keys.
type turned struct {
	widget.BaseWidget
	pages []fyne.CanvasObject
	at    int

	back, cover           func()
	corner, before, after *tool
	ground                *canvas.Rectangle
}

var (
	_ fyne.Focusable    = (*turned)(nil)
	_ fyne.Tabbable     = (*turned)(nil)
	_ fyne.Shortcutable = (*turned)(nil)
	_ fyne.Tappable     = (*turned)(nil)
)

func newTurned(pages []fyne.CanvasObject) *turned {
	w := &turned{pages: pages, ground: canvas.NewRectangle(color.Transparent)}
	w.ExtendBaseWidget(w)
	return w
}

// show brings a page on screen.
func (w *turned) show(page int) {
	w.at = min(max(page, 0), len(w.pages)-1)
	for i, object := range w.pages {
		if i == w.at {
			object.Show()
		} else {
			object.Hide()
		}
	}
	w.before.Hidden, w.after.Hidden = w.at == 0, w.at == len(w.pages)-1
	w.Refresh()
}

// TypedKey turns pages and scrolls; every other key does nothing.
func (w *turned) TypedKey(event *fyne.KeyEvent) {
	ui.NoteActivity()
	scroll := w.pages[w.at].(*container.Scroll)
	step := theme.Size(theme.SizeTouch) * 2
	switch event.Name {
	case fyne.KeyRight, fyne.KeyPageDown, fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		w.show(w.at + 1)
	case fyne.KeyLeft, fyne.KeyPageUp:
		w.show(w.at - 1)
	case fyne.KeyDown:
		scroll.ScrollToOffset(fyne.NewPos(0, scroll.Offset.Y+step))
	case fyne.KeyUp:
		scroll.ScrollToOffset(fyne.NewPos(0, max(scroll.Offset.Y-step, 0)))
	}
}

// TypedRune does nothing: neither search nor help opens here.
func (w *turned) TypedRune(rune) { ui.NoteActivity() }

// TypedShortcut turns the screen back, and covers or locks it; nothing else.
func (w *turned) TypedShortcut(s fyne.Shortcut) {
	ui.NoteActivity()
	key, ok := s.(*desktop.CustomShortcut)
	switch {
	case !ok:
	case key.KeyName == fyne.KeyT && key.Modifier == fyne.KeyModifierAlt:
		w.back()
	case key.KeyName == fyne.KeyL && key.Modifier&fyne.KeyModifierControl != 0: // cover and lock hold everywhere
		if c, ok := fyne.CurrentApp().Driver().CanvasForObject(w).(fyne.Shortcutable); ok {
			c.TypedShortcut(s)
		}
	}
}

// AcceptsTab keeps Tab from leading anywhere.
func (w *turned) AcceptsTab() bool { return true }

// Tapped takes the keyboard back.
func (w *turned) Tapped(*fyne.PointEvent) {
	ui.NoteActivity()
	ui.Focus(w)
}

// FocusGained and FocusLost change nothing on screen.
func (w *turned) FocusGained() {}

// FocusLost changes nothing on screen.
func (w *turned) FocusLost() {}

// CreateRenderer is for the toolkit.
func (w *turned) CreateRenderer() fyne.WidgetRenderer { return &turnedRenderer{w} }

type turnedRenderer struct{ screen *turned }

func (r *turnedRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *turnedRenderer) Layout(size fyne.Size) {
	w := r.screen
	w.ground.FillColor = theme.Color(theme.ColorPaper)
	w.ground.Resize(size)
	foot := w.corner.MinSize().Height
	for _, page := range w.pages {
		page.Move(fyne.NewPos(0, 0))
		page.Resize(fyne.NewSize(size.Width, size.Height-foot))
	}
	gap := theme.Size(theme.SizeGap)
	place := func(t *tool, left float32) {
		t.Resize(t.MinSize())
		t.Move(fyne.NewPos(left, size.Height-foot))
	}
	place(w.corner, size.Width-w.corner.MinSize().Width-gap)
	place(w.before, gap)
	place(w.after, gap+w.before.MinSize().Width+gap)
}

func (r *turnedRenderer) Refresh() {
	r.Layout(r.screen.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *turnedRenderer) Objects() []fyne.CanvasObject {
	w := r.screen
	return append(append([]fyne.CanvasObject{w.ground}, w.pages...), w.corner, w.before, w.after)
}

func (r *turnedRenderer) Destroy() {}
