package casefile

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// pageLayout stands a top above a body that takes the rest, and a foot below it when it is shown. The top gets its width
// first: what wraps knows its height only then.
type pageLayout struct{}

func (pageLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(300, 2*theme.Size(theme.SizeTouch))
}

func (pageLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	top, body, foot := objects[0], objects[1], objects[2]
	settle := func(o fyne.CanvasObject) float32 {
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, height))
		return height
	}
	head := settle(top)
	top.Move(fyne.NewPos(0, 0))
	low := float32(0)
	if foot.Visible() {
		low = settle(foot)
		foot.Move(fyne.NewPos(0, size.Height-low))
	}
	body.Move(fyne.NewPos(0, head))
	body.Resize(fyne.NewSize(size.Width, max(size.Height-head-low, 0)))
}

// sideLayout stands a panel at the right of a page from ui.Breakpoint upwards, and over the whole page below it.
type sideLayout struct{ open bool }

func (*sideLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(300, 2*theme.Size(theme.SizeTouch))
}

func (l *sideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	page, panel := objects[0], objects[1]
	covered := l.open && size.Width < ui.Breakpoint*theme.Size(theme.SizeTouch)/44
	visible(page, !covered)
	visible(panel, l.open)
	page.Move(fyne.NewPos(0, 0))
	switch {
	case !l.open:
		page.Resize(size)
	case covered:
		panel.Move(fyne.NewPos(0, 0))
		panel.Resize(size)
	default:
		width := min(430*theme.Size(theme.SizeTouch)/44, size.Width*0.5)
		page.Resize(fyne.NewSize(size.Width-width, size.Height))
		panel.Move(fyne.NewPos(size.Width-width, 0))
		panel.Resize(fyne.NewSize(width, size.Height))
	}
}

func visible(o fyne.CanvasObject, wanted bool) {
	switch {
	case wanted && !o.Visible():
		o.Show()
	case !wanted && o.Visible():
		o.Hide()
	}
}

// touchHigh gives an object at least the height of a button, in the middle of which it stands: for lines with buttons in them.
func touchHigh(o fyne.CanvasObject) fyne.CanvasObject {
	return &fyne.Container{Layout: touchHighLayout{}, Objects: []fyne.CanvasObject{o}}
}

type touchHighLayout struct{}

func (touchHighLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().Max(fyne.NewSize(0, theme.Size(theme.SizeTouch)))
}

func (touchHighLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := min(objects[0].MinSize().Height, size.Height)
	objects[0].Move(fyne.NewPos(0, (size.Height-height)/2))
	objects[0].Resize(fyne.NewSize(size.Width, height))
}

// cardsLayout puts cards beside each other in columns of one width, as many as fit, rows as high as their highest card.
type cardsLayout struct{ width float32 }

// cardWidth is the least width of a person's card in points at 100 %.
const cardWidth = 268

func (l *cardsLayout) each(objects []fyne.CanvasObject, width float32, place func(o fyne.CanvasObject, at fyne.Position, size fyne.Size)) float32 {
	gap := theme.Size(theme.SizeGap)
	least := cardWidth * theme.Size(theme.SizeTouch) / 44
	columns := max(int((width+gap)/(least+gap)), 1)
	wide := min((width-gap*float32(columns-1))/float32(columns), least*1.45)
	var y float32
	for first := 0; first < len(objects); first += columns {
		row := objects[first:min(first+columns, len(objects))]
		var tall float32
		for _, o := range row {
			o.Resize(fyne.NewSize(wide, o.MinSize().Height)) // the width first, for wrapped words
			tall = max(tall, o.MinSize().Height)
		}
		for i, o := range row {
			if place != nil {
				place(o, fyne.NewPos(float32(i)*(wide+gap), y), fyne.NewSize(wide, tall))
			}
		}
		y += tall + gap
	}
	return max(y-gap, 0)
}

func (l *cardsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := float32(200)
	if l.width == 0 {
		var height float32
		for _, o := range objects {
			height = max(height, o.MinSize().Height)
		}
		return fyne.NewSize(least, height)
	}
	return fyne.NewSize(least, l.each(objects, l.width, nil))
}

func (l *cardsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.each(objects, size.Width, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
		o.Move(at)
		o.Resize(size)
	})
}
