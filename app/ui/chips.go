package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/internal/i18n"
)

// ChipsLimit is the most options that Chips are meant for; use a PickEntry above it.
const ChipsLimit = 20

// Chips offers a few options, of which one or several can be chosen. The whole group is one stop of the Tab key: arrows
// move, Space and Enter choose, the digits 1 to 9 choose directly, letters go to the option that begins with them, Delete clears.
type Chips struct {
	widget.DisableableWidget
	// OnChosen is called with the codes chosen, in the order of the options.
	OnChosen func(codes []string)
	// OnDone is called after a digit or Enter chose in a group of one choice, and for Enter in a group of several of which something is
	// chosen already: go to the next question.
	OnDone func()
	// OnEscape, when set, is called for Escape.
	OnEscape func()

	options []Choice
	multi   bool
	chosen  map[string]bool
	chips   []*chip
	at      int
	ahead   TypeAhead
	focused bool
}

var _ fyne.Focusable = (*Chips)(nil)

// NewChips makes a group; multi allows several choices.
func NewChips(options []Choice, multi bool) *Chips {
	c := &Chips{multi: multi, chosen: map[string]bool{}}
	c.ExtendBaseWidget(c)
	c.SetOptions(options)
	return c
}

// NewYesNo makes a group of the two codes "yes" and "no".
func NewYesNo(texts *i18n.Texts) *Chips {
	return NewChips([]Choice{{Code: "yes", Label: texts.T("ui.yes")}, {Code: "no", Label: texts.T("ui.no")}}, false)
}

// SetOptions replaces the options; choices that are no longer offered stay chosen, so that nothing is lost silently, but are not shown.
func (c *Chips) SetOptions(options []Choice) {
	c.options = options
	c.chips = nil
	for i, option := range options {
		chip := &chip{group: c, index: i, text: NewText(option.Label)}
		chip.ExtendBaseWidget(chip)
		c.chips = append(c.chips, chip)
	}
	c.at = min(c.at, max(len(options)-1, 0))
	c.Refresh()
}

// Chosen returns the codes chosen, in the order of the options.
func (c *Chips) Chosen() []string {
	var codes []string
	for _, option := range c.options {
		if c.chosen[option.Code] {
			codes = append(codes, option.Code)
		}
	}
	return codes
}

// Put marks codes as chosen without calling back.
func (c *Chips) Put(codes ...string) {
	clear(c.chosen)
	for _, code := range codes {
		if code != "" {
			c.chosen[code] = true
		}
	}
	if !c.focused {
		c.at = max(slices.IndexFunc(c.options, func(o Choice) bool { return c.chosen[o.Code] }), 0)
	}
	c.Refresh()
}

// choose turns an option on (or, if several are allowed or it was on already, off).
func (c *Chips) choose(index int) {
	if c.Disabled() || index < 0 || index >= len(c.options) {
		return
	}
	code := c.options[index].Code
	was := c.chosen[code]
	if !c.multi {
		clear(c.chosen)
	}
	if was {
		delete(c.chosen, code)
	} else {
		c.chosen[code] = true
	}
	c.at = index
	c.changed()
}

func (c *Chips) changed() {
	c.Refresh()
	if c.OnChosen != nil {
		c.OnChosen(c.Chosen())
	}
}

func (c *Chips) done() {
	if !c.multi && len(c.Chosen()) == 1 && c.OnDone != nil {
		c.OnDone()
	}
}

// answered tells that Enter means "done": of several choices something is chosen, and Space takes the others.
func (c *Chips) answered() bool { return c.multi && c.OnDone != nil && len(c.Chosen()) > 0 }

// TypedKey moves and chooses.
func (c *Chips) TypedKey(event *fyne.KeyEvent) {
	if windowKey(c, event) {
		return
	}
	if event.Name == fyne.KeyEscape {
		escape(c, c.OnEscape, event)
		return
	}
	last := len(c.options) - 1
	if c.Disabled() || last < 0 {
		return
	}
	c.ahead.Key(event.Name)
	switch event.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		c.at = max(c.at-1, 0)
	case fyne.KeyRight, fyne.KeyDown:
		c.at = min(c.at+1, last)
	case fyne.KeyHome:
		c.at = 0
	case fyne.KeyEnd:
		c.at = last
	case fyne.KeySpace:
		c.choose(c.at)
	case fyne.KeyReturn, fyne.KeyEnter:
		switch {
		case c.answered():
			c.OnDone()
			return
		case !c.multi && c.chosen[c.options[c.at].Code]:
			c.done()
			return
		}
		c.choose(c.at)
		c.done()
	case fyne.KeyDelete, fyne.KeyBackspace:
		if len(c.chosen) > 0 {
			clear(c.chosen)
			c.changed()
		}
	}
	c.Refresh()
}

// TypedRune chooses by digit and moves by letters.
func (c *Chips) TypedRune(r rune) {
	if WindowRune(c, r) || c.Disabled() {
		return
	}
	if r >= '1' && r <= '9' {
		index := int(r - '1')
		if index < len(c.options) {
			c.choose(index)
			c.done()
		}
		return
	}
	if index := c.ahead.Next(r, c.at, len(c.options), func(i int) string { return c.options[i].Label }); index >= 0 {
		c.at = index
		c.Refresh()
	}
}

// FocusGained shows where the keyboard is.
func (c *Chips) FocusGained() { c.focused = true; c.Refresh(); reveal(c) }

// FocusLost hides it.
func (c *Chips) FocusLost() { c.focused = false; c.Refresh() }

// CreateRenderer is for the toolkit.
func (c *Chips) CreateRenderer() fyne.WidgetRenderer {
	c.ExtendBaseWidget(c)
	return &chipsRenderer{chips: c, flow: &flowLayout{gap: theme.SizeGap}}
}

type chipsRenderer struct {
	chips *Chips
	flow  *flowLayout
}

func (r *chipsRenderer) MinSize() fyne.Size {
	return r.flow.MinSize(r.Objects()).Max(fyne.NewSize(0, theme.Size(theme.SizeTouch)))
}
func (r *chipsRenderer) Layout(size fyne.Size) { r.flow.Layout(r.Objects(), size) }

func (r *chipsRenderer) Refresh() {
	for _, chip := range r.chips.chips {
		chip.Refresh()
	}
	if r.flow.width > 0 {
		r.Layout(r.chips.Size())
	}
	canvas.Refresh(r.chips)
}

func (r *chipsRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.chips.chips))
	for i, chip := range r.chips.chips {
		objects[i] = chip
	}
	return objects
}

func (r *chipsRenderer) Destroy() {}

// chip is one option. It can be tapped, but the group has the keyboard.
type chip struct {
	widget.BaseWidget
	group *Chips
	index int
	text  *Text
}

func (c *chip) Tapped(*fyne.PointEvent) {
	touch()
	if !c.group.Disabled() {
		focusOn(c.group)
		c.group.choose(c.index)
	}
}

func (c *chip) CreateRenderer() fyne.WidgetRenderer {
	r := &chipRenderer{chip: c, box: canvas.NewRectangle(color.Transparent), mark: canvas.NewRectangle(color.Transparent), tick: canvas.NewImageFromResource(nil), ring: newFocusRing()}
	r.tick.FillMode = canvas.ImageFillContain
	r.update()
	return r
}

type chipRenderer struct {
	chip      *chip
	box, mark *canvas.Rectangle
	tick      *canvas.Image
	ring      focusRing
}

func (r *chipRenderer) markSize() float32 { return theme.Size(fynetheme.SizeNameText) * 1.05 }

func (r *chipRenderer) MinSize() fyne.Size {
	pad := theme.Size(fynetheme.SizeNameInnerPadding)
	text := r.chip.text.MinSize()
	return fyne.NewSize(text.Width+r.markSize()+3.2*pad, max(theme.Size(theme.SizeTouch), text.Height+pad))
}

func (r *chipRenderer) Layout(size fyne.Size) {
	pad, mark := theme.Size(fynetheme.SizeNameInnerPadding), r.markSize()
	r.box.Resize(size)
	r.ring.place(size)
	r.mark.Move(fyne.NewPos(1.1*pad, (size.Height-mark)/2))
	r.mark.Resize(fyne.NewSquareSize(mark))
	r.tick.Move(r.mark.Position().AddXY(mark*0.1, mark*0.1))
	r.tick.Resize(fyne.NewSquareSize(mark * 0.8))
	r.chip.text.Move(fyne.NewPos(1.1*pad+mark+0.8*pad, 0))
	r.chip.text.Resize(fyne.NewSize(max(size.Width-mark-3*pad, 0), size.Height))
}

func (r *chipRenderer) update() {
	group := r.chip.group
	on := group.chosen[group.options[r.chip.index].Code]
	fill, line, ink, width := theme.ColorInput, theme.ColorInputLine, theme.ColorInk, float32(1)
	if on {
		fill, line, width = theme.ColorAccentTint, theme.ColorAccent, 1.5
	}
	if group.Disabled() {
		ink, line = fynetheme.ColorNameDisabled, fynetheme.ColorNameDisabled
		if !on {
			fill = fynetheme.ColorNameDisabledButton
		}
	}
	r.box.FillColor, r.box.StrokeColor, r.box.StrokeWidth = theme.Color(fill), theme.Color(line), width
	r.box.CornerRadius = theme.Size(fynetheme.SizeNameInputRadius)
	r.chip.text.Color, r.chip.text.Bold = ink, on
	r.mark.CornerRadius = r.markSize() / 2 // a round mark: one choice; a square one: several
	if group.multi {
		r.mark.CornerRadius = 4
	}
	r.mark.FillColor, r.mark.StrokeColor, r.mark.StrokeWidth = color.Transparent, theme.Color(theme.ColorInputLine), 1.5
	r.tick.Hidden = !on
	if on {
		r.mark.FillColor, r.mark.StrokeColor = theme.Color(line), theme.Color(line)
		r.tick.Resource = theme.NewIcon("ok").In(theme.ColorOnAccent)
	}
	r.ring.show(group.focused && group.at == r.chip.index, fynetheme.SizeNameInputRadius)
}

func (r *chipRenderer) Refresh() {
	r.update()
	r.chip.text.Refresh()
	r.tick.Refresh()
	r.Layout(r.chip.Size())
	canvas.Refresh(r.chip)
}

func (r *chipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.mark, r.tick, r.chip.text, r.ring.Rectangle}
}

func (r *chipRenderer) Destroy() {}
