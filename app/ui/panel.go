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

// Panel is a filled area of the theme with content upon it: cards, strips, the rail.
type Panel struct {
	widget.BaseWidget
	// Fill is a colour of the theme; empty leaves the ground as it is.
	Fill fyne.ThemeColorName
	// Line is the colour of the border; empty for none.
	Line fyne.ThemeColorName
	// Radius is a size name for the corners; empty for square ones.
	Radius fyne.ThemeSizeName
	// Gap is the space between border and content; empty for none.
	Gap     fyne.ThemeSizeName
	Content fyne.CanvasObject
}

// NewPanel makes a square, borderless area.
func NewPanel(fill fyne.ThemeColorName, content fyne.CanvasObject) *Panel {
	p := &Panel{Fill: fill, Content: content}
	p.ExtendBaseWidget(p)
	return p
}

// Card is a rounded surface with a thin border around content.
func Card(content ...fyne.CanvasObject) *Panel {
	p := &Panel{Fill: theme.ColorSurface, Line: theme.ColorLine, Radius: fynetheme.SizeNameCardRadius, Gap: theme.SizeGapWide, Content: Stack(theme.SizeGapWide, content...)}
	p.ExtendBaseWidget(p)
	return p
}

// SectionHeader is the title of a part of a page, with an optional line of explanation and optional actions at the right.
func SectionHeader(title, explanation string, actions ...fyne.CanvasObject) fyne.CanvasObject {
	words := Stack(theme.SizeGapTight, Subheading(title))
	if explanation != "" {
		words.Add(Muted(explanation))
	}
	if len(actions) == 0 {
		return words
	}
	return Row(theme.SizeGap, append([]fyne.CanvasObject{Stretch(words)}, actions...)...)
}

// EmptyState says that there is nothing here, why, and what to do: action may be nil.
func EmptyState(icon, title, text string, action fyne.CanvasObject) fyne.CanvasObject {
	picture := NewIcon(icon, theme.ColorMuted)
	picture.Times = 2.4
	heading := Subheading(title)
	heading.Align = AlignCenter
	words := Paragraph(text)
	words.Align, words.Color = AlignCenter, theme.ColorMuted
	parts := Stack(theme.SizeGap, Row("", Spacer(), picture, Spacer()), heading, words)
	if action != nil {
		parts.Add(Inset(theme.SizeGap, Row("", Spacer(), action, Spacer())))
	}
	return Stack("", Spacer(), Inset(theme.SizeGapSection, parts), Spacer())
}

// KeyValue is one line of a KeyValues list.
type KeyValue struct {
	Key string
	// Value is a text or, when Object is set, ignored.
	Value  string
	Object fyne.CanvasObject
}

// KeyValues lists facts: names in a quiet column, values beside them. Values in any script are shown rightly.
func KeyValues(rows ...KeyValue) *fyne.Container {
	objects := make([]fyne.CanvasObject, 0, 2*len(rows))
	for _, row := range rows {
		key := newText(&Text{Words: row.Key, Color: theme.ColorMuted, Wrap: true})
		value := row.Object
		if value == nil {
			value = newText(&Text{Words: row.Value, Wrap: true, Align: AlignLeft})
		}
		objects = append(objects, key, value)
	}
	return &fyne.Container{Layout: &pairLayout{}, Objects: objects}
}

// pairLayout puts pairs below each other: the first of each in a column of a third, the second in the rest.
type pairLayout struct{}

func (l *pairLayout) columns(width float32) (key, value, gap float32) {
	gap = theme.Size(theme.SizeGapWide)
	key = min(width*0.36, theme.Size(fynetheme.SizeNameText)*15)
	return key, max(width-key-gap, 0), gap
}

func (l *pairLayout) each(objects []fyne.CanvasObject, f func(key, value fyne.CanvasObject, y, height float32)) float32 {
	var y float32
	for i := 0; i+1 < len(objects); i += 2 {
		if !objects[i+1].Visible() {
			continue
		}
		height := max(objects[i].MinSize().Height, objects[i+1].MinSize().Height)
		if f != nil {
			f(objects[i], objects[i+1], y, height)
		}
		y += height + theme.Size(theme.SizeGap)
	}
	return max(y-theme.Size(theme.SizeGap), 0)
}

func (l *pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var width float32
	for i := 1; i < len(objects); i += 2 {
		width = max(width, objects[i].MinSize().Width)
	}
	return fyne.NewSize(width*1.6, l.each(objects, nil))
}

func (l *pairLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	keyWidth, valueWidth, gap := l.columns(size.Width)
	l.each(objects, func(key, value fyne.CanvasObject, _, _ float32) { // widths first: wrapped text then knows its height
		key.Resize(fyne.NewSize(keyWidth, key.MinSize().Height))
		value.Resize(fyne.NewSize(valueWidth, value.MinSize().Height))
	})
	l.each(objects, func(key, value fyne.CanvasObject, y, height float32) {
		key.Move(fyne.NewPos(0, y))
		key.Resize(fyne.NewSize(keyWidth, key.MinSize().Height))
		value.Move(fyne.NewPos(keyWidth+gap, y))
		value.Resize(fyne.NewSize(valueWidth, height))
	})
}

// CreateRenderer is for the toolkit.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	r := &panelRenderer{panel: p, box: canvas.NewRectangle(color.Transparent)}
	r.update()
	return r
}

type panelRenderer struct {
	panel *Panel
	box   *canvas.Rectangle
}

func (r *panelRenderer) gap() float32 {
	if r.panel.Gap == "" {
		return 0
	}
	return theme.Size(r.panel.Gap)
}

func (r *panelRenderer) MinSize() fyne.Size {
	return r.panel.Content.MinSize().Add(fyne.NewSquareSize(2 * r.gap()))
}

func (r *panelRenderer) Layout(size fyne.Size) {
	gap := r.gap()
	r.box.Resize(size)
	r.panel.Content.Move(fyne.NewSquareOffsetPos(gap))
	r.panel.Content.Resize(fyne.NewSize(max(size.Width-2*gap, 0), max(size.Height-2*gap, 0)))
}

func (r *panelRenderer) update() {
	p := r.panel
	r.box.FillColor, r.box.StrokeWidth = color.Transparent, 0
	if p.Fill != "" {
		r.box.FillColor = theme.Color(p.Fill)
	}
	if p.Line != "" {
		r.box.StrokeColor, r.box.StrokeWidth = theme.Color(p.Line), 1
	}
	r.box.CornerRadius = 0
	if p.Radius != "" {
		r.box.CornerRadius = theme.Size(p.Radius)
	}
}

func (r *panelRenderer) Refresh() {
	r.update()
	r.panel.Content.Refresh()
	r.Layout(r.panel.Size())
	canvas.Refresh(r.panel)
}

func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.panel.Content}
}

func (r *panelRenderer) Destroy() {}

// TapCard is a card that opens something: one stop of the Tab key, pressed by Enter, Space or a tap.
type TapCard struct {
	widget.DisableableWidget
	OnTapped func()
	// Label says what it opens, for screen readers.
	Label string
	// OnKey and OnRune, when set, get what is typed first; true means that the card needs not do anything with it.
	OnKey  func(fyne.KeyName) bool
	OnRune func(rune)
	// OnMenu, when set, is called for the second button of the pointer.
	OnMenu func()
	// OnEscape, when set, is called for Escape.
	OnEscape func()

	self             fyne.Focusable // the widget that is on the page: this one, or one that is made of it
	panel            *Panel
	focused, hovered bool
	marked           bool
}

// NewTapCard makes one.
func NewTapCard(label string, tapped func(), content ...fyne.CanvasObject) *TapCard {
	c := &TapCard{}
	c.make(c, label, tapped, content)
	c.ExtendBaseWidget(c)
	return c
}

func (c *TapCard) make(self fyne.Focusable, label string, tapped func(), content []fyne.CanvasObject) {
	c.OnTapped, c.Label, c.self, c.panel = tapped, label, self, Card(content...)
}

// Tapped opens it.
func (c *TapCard) Tapped(*fyne.PointEvent) {
	touch()
	if !c.Disabled() {
		focusOn(c.self)
		c.OnTapped()
	}
}

// TappedSecondary opens the menu where there is one.
func (c *TapCard) TappedSecondary(*fyne.PointEvent) {
	touch()
	if c.OnMenu != nil && !c.Disabled() {
		focusOn(c.self)
		c.OnMenu()
	}
}

// TypedKey opens it on Enter and Space.
func (c *TapCard) TypedKey(event *fyne.KeyEvent) {
	if windowKey(c.self.(fyne.CanvasObject), event) || c.OnKey != nil && c.OnKey(event.Name) {
		return
	}
	switch event.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if !c.Disabled() {
			c.OnTapped()
		}
	case fyne.KeyEscape:
		escape(c.self.(fyne.CanvasObject), c.OnEscape, event)
	}
}

// TypedRune hands the window its keys, and other letters to OnRune.
func (c *TapCard) TypedRune(r rune) {
	if WindowRune(c.self.(fyne.CanvasObject), r) {
		return
	}
	if c.OnRune != nil && !c.Disabled() {
		c.OnRune(r)
	}
}

// FocusGained shows the ring.
func (c *TapCard) FocusGained() { c.focused = true; c.Refresh(); reveal(c.self.(fyne.CanvasObject)) }

// FocusLost hides the ring.
func (c *TapCard) FocusLost() { c.focused = false; c.Refresh() }

// MouseIn shows that the card can be pressed.
func (c *TapCard) MouseIn(*desktop.MouseEvent) { c.hovered = true; c.Refresh() }

// MouseMoved is for the toolkit.
func (c *TapCard) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends what MouseIn showed.
func (c *TapCard) MouseOut() { c.hovered = false; c.Refresh() }

// AccessibilityLabel is Label.
func (c *TapCard) AccessibilityLabel() string { return c.Label }

// AccessibilityRole is button.
func (c *TapCard) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer is for the toolkit.
func (c *TapCard) CreateRenderer() fyne.WidgetRenderer {
	c.ExtendBaseWidget(c.self.(fyne.Widget))
	return &tapCardRenderer{card: c, ring: newFocusRing()}
}

type tapCardRenderer struct {
	card *TapCard
	ring focusRing
}

func (r *tapCardRenderer) MinSize() fyne.Size {
	return r.card.panel.MinSize().Max(fyne.NewSquareSize(theme.Size(theme.SizeTouch)))
}

func (r *tapCardRenderer) Layout(size fyne.Size) {
	r.card.panel.Resize(size)
	r.ring.place(size)
}

func (r *tapCardRenderer) Refresh() {
	r.card.panel.Line, r.card.panel.Fill = theme.ColorLine, theme.ColorSurface
	if r.card.hovered && !r.card.Disabled() {
		r.card.panel.Line = theme.ColorAccent
	}
	if r.card.marked {
		r.card.panel.Line, r.card.panel.Fill = theme.ColorAccent, theme.ColorAccentTint
	}
	r.card.panel.Refresh()
	r.ring.show(r.card.focused, fynetheme.SizeNameCardRadius)
	canvas.Refresh(r.card.self.(fyne.CanvasObject))
}

func (r *tapCardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.card.panel, r.ring.Rectangle}
}

func (r *tapCardRenderer) Destroy() {}
