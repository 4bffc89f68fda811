package shell

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// rail is the strip at the left with the places. It is one stop of the Tab key: Up and Down move, Enter opens. Below ui.Breakpoint points of
// window width it shows icons only.
type rail struct {
	widget.BaseWidget
	items   []*railItem
	onOpen  func(id string)
	at      int
	ahead   ui.TypeAhead
	current string
	focused bool
	slim    bool
	scroll  *container.Scroll // holds the rail: with large text not every place has room
}

func newRail(entries []Entry, title func(key string) string, open func(id string)) *rail {
	r := &rail{onOpen: open}
	for i, e := range entries {
		item := &railItem{rail: r, index: i, id: e.ID, title: title(e.TitleKey), icon: ui.NewIcon(e.Icon, theme.ColorInk), words: ui.NewText(title(e.TitleKey)), key: ui.NewText("")}
		item.words.Shorten = true
		item.key.Color, item.key.TextSize = theme.ColorMuted, fynetheme.SizeNameCaptionText
		if i < 9 {
			item.key.Words = fmt.Sprintf("%d", i+1)
		}
		item.ExtendBaseWidget(item)
		r.items = append(r.items, item)
	}
	r.ExtendBaseWidget(r)
	r.scroll = container.NewVScroll(r)
	return r
}

// reveal scrolls as far as needed for the item with the mark of the keyboard to be seen whole.
func (r *rail) reveal() {
	step := railStep()
	top := float32(r.at) * step
	y := min(max(r.scroll.Offset.Y, top+step-r.scroll.Size().Height), top)
	if y != r.scroll.Offset.Y {
		r.scroll.ScrollToOffset(fyne.NewPos(0, y))
	}
}

// railStep is the height of an item and the gap below it, in points.
func railStep() float32 { return theme.Size(theme.SizeTouch) + 4 }

// show marks the place on screen; an inner place leaves the mark where it was.
func (r *rail) show(id string) {
	for i, item := range r.items {
		if item.id == id {
			r.current, r.at = id, i
		}
	}
	r.reveal()
	r.Refresh()
}

func (r *rail) setSlim(slim bool) {
	if r.slim != slim {
		r.slim = slim
		r.Refresh()
	}
}

func (r *rail) FocusGained() { r.focused = true; r.reveal(); r.Refresh() }
func (r *rail) FocusLost()   { r.focused = false; r.Refresh() }

// TypedRune goes to the place that begins with what is typed.
func (r *rail) TypedRune(letter rune) {
	if ui.WindowRune(r, letter) {
		return
	}
	if at := r.ahead.Next(letter, r.at, len(r.items), func(i int) string { return r.items[i].title }); at >= 0 {
		r.at = at
		r.Refresh()
	}
}

func (r *rail) TypedKey(event *fyne.KeyEvent) {
	ui.NoteActivity()
	r.ahead.Key(event.Name)
	switch event.Name {
	case fyne.KeyUp:
		r.at = max(r.at-1, 0)
	case fyne.KeyDown:
		r.at = min(r.at+1, len(r.items)-1)
	case fyne.KeyHome:
		r.at = 0
	case fyne.KeyEnd:
		r.at = len(r.items) - 1
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		r.onOpen(r.items[r.at].id)
	default: // function keys belong to the window
		if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil && c.OnTypedKey() != nil {
			c.OnTypedKey()(event)
		}
	}
	r.reveal()
	r.Refresh()
}

func (r *rail) CreateRenderer() fyne.WidgetRenderer { return &railRenderer{r} }

type railRenderer struct{ rail *rail }

func (r *railRenderer) MinSize() fyne.Size {
	touch := theme.Size(theme.SizeTouch)
	width := touch * 4.5
	if r.rail.slim {
		width = touch * 1.3
	}
	return fyne.NewSize(width, float32(len(r.rail.items))*railStep())
}

func (r *railRenderer) Layout(size fyne.Size) {
	gap := theme.Size(theme.SizeGap)
	height := theme.Size(theme.SizeTouch)
	for i, item := range r.rail.items {
		item.Move(fyne.NewPos(gap, float32(i)*railStep()))
		item.Resize(fyne.NewSize(size.Width-2*gap, height))
	}
}

func (r *railRenderer) Refresh() {
	for _, item := range r.rail.items {
		item.Refresh()
	}
	r.Layout(r.rail.Size())
	canvas.Refresh(r.rail)
}

func (r *railRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.rail.items))
	for i, item := range r.rail.items {
		objects[i] = item
	}
	return objects
}

func (r *railRenderer) Destroy() {}

// railItem is one place. The rail has the keyboard, not the item.
type railItem struct {
	widget.BaseWidget
	rail      *rail
	index     int
	id, title string
	icon      *ui.Icon
	words     *ui.Text
	key       *ui.Text
}

func (i *railItem) Tapped(*fyne.PointEvent) {
	ui.NoteActivity()
	i.rail.onOpen(i.id)
}

func (i *railItem) CreateRenderer() fyne.WidgetRenderer {
	r := &railItemRenderer{item: i, box: canvas.NewRectangle(color.Transparent), bar: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type railItemRenderer struct {
	item           *railItem
	box, bar, ring *canvas.Rectangle
}

func (r *railItemRenderer) MinSize() fyne.Size {
	return fyne.NewSquareSize(theme.Size(theme.SizeTouch))
}

func (r *railItemRenderer) Layout(size fyne.Size) {
	pad, icon := theme.Size(fynetheme.SizeNameInnerPadding), r.item.icon.MinSize().Width
	r.box.Resize(size)
	r.ring.Resize(size)
	r.bar.Move(fyne.NewPos(0, size.Height*0.22))
	r.bar.Resize(fyne.NewSize(4, size.Height*0.56))
	left := pad + 2
	if r.item.rail.slim {
		left = (size.Width - icon) / 2
	}
	r.item.icon.Move(fyne.NewPos(left, (size.Height-icon)/2))
	r.item.icon.Resize(fyne.NewSquareSize(icon))
	left += icon + pad
	key := r.item.key.MinSize().Width
	r.item.words.Move(fyne.NewPos(left, 0))
	r.item.words.Resize(fyne.NewSize(max(size.Width-left-key-pad, 0), size.Height))
	r.item.key.Move(fyne.NewPos(size.Width-key-pad, 0))
	r.item.key.Resize(fyne.NewSize(key, size.Height))
}

func (r *railItemRenderer) Refresh() {
	rail := r.item.rail
	here := rail.current == r.item.id
	ink := theme.ColorInk
	r.box.FillColor, r.bar.FillColor = color.Transparent, color.Transparent
	if here {
		ink = theme.ColorAccent
		r.box.FillColor, r.bar.FillColor = theme.Color(theme.ColorAccentTint), theme.Color(theme.ColorAccent)
	}
	radius := theme.Size(fynetheme.SizeNameButtonRadius)
	r.box.CornerRadius, r.ring.CornerRadius, r.bar.CornerRadius = radius, radius, 2
	r.ring.StrokeWidth = 0
	if rail.focused && rail.at == r.item.index {
		r.ring.StrokeColor, r.ring.StrokeWidth = theme.Color(theme.ColorFocusRing), theme.Size(theme.SizeRing)
	}
	r.item.icon.Color, r.item.words.Color, r.item.words.Bold = ink, ink, here
	r.item.words.Hidden, r.item.key.Hidden = rail.slim, rail.slim
	r.item.icon.Refresh()
	r.item.words.Refresh()
	r.Layout(r.item.Size())
	canvas.Refresh(r.item)
}

func (r *railItemRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.bar, r.item.icon, r.item.words, r.item.key, r.ring}
}

func (r *railItemRenderer) Destroy() {}
