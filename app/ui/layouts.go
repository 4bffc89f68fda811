package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
)

// Stack puts objects below each other with the gap of a size name (theme.SizeGap and its like) between visible ones.
func Stack(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&stackLayout{gap: gap}, objects...)
}

// Row puts objects beside each other, in the middle of the row's height, each as wide as it must be. One in which something stretches
// (Stretch, Spacer) breaks where there is no room: see rowLayout.
func Row(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&rowLayout{gap: gap}, objects...)
}

// Stretch marks an object of a Row (or Stack) that takes all the space left over.
func Stretch(object fyne.CanvasObject) fyne.CanvasObject {
	return container.New(stretchLayout{}, object)
}

// Spacer is an empty object that takes the space left over in a Row or Stack.
func Spacer() fyne.CanvasObject { return container.New(stretchLayout{}) }

// Middle keeps an object at its own height, in the middle of the height given, as wide as can be.
func Middle(object fyne.CanvasObject) *fyne.Container {
	return container.New(middleLayout{}, object)
}

// Inset puts space of a size name around an object.
func Inset(gap fyne.ThemeSizeName, object fyne.CanvasObject) *fyne.Container {
	return container.New(insetLayout{gap}, object)
}

// Flow puts objects beside each other and begins a new row when the width is used up.
func Flow(gap fyne.ThemeSizeName, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flowLayout{gap: gap}, objects...)
}

// Narrowed keeps an object from growing wider than points (at 100 %), at the left: lines stay readable.
func Narrowed(points float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(narrowLayout{points}, object)
}

// Tall keeps an object at a height of so many touch targets: a list in a dialog has none of its own.
func Tall(targets float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(tallLayout{targets}, object)
}

type tallLayout struct{ targets float32 }

func (l tallLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(objects[0].MinSize().Width, l.targets*theme.Size(theme.SizeTouch))
}

func (tallLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// Page is the usual frame of a place: space around, scrolling, and content below each other.
func Page(objects ...fyne.CanvasObject) *container.Scroll {
	return container.NewVScroll(Inset(theme.SizeGapWide, Stack(theme.SizeGapWide, objects...)))
}

type stretchLayout struct{}

func (stretchLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

func (stretchLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

type middleLayout struct{}

func (middleLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return stretchLayout{}.MinSize(objects)
}

func (middleLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(fyne.NewSize(size.Width, min(o.MinSize().Height, size.Height)))
		height := min(o.MinSize().Height, size.Height)
		o.Resize(fyne.NewSize(size.Width, height))
		o.Move(fyne.NewPos(0, (size.Height-height)/2))
	}
}

func stretches(object fyne.CanvasObject) bool {
	c, ok := object.(*fyne.Container)
	if !ok {
		return false
	}
	_, ok = c.Layout.(stretchLayout)
	return ok
}

type stackLayout struct{ gap fyne.ThemeSizeName }

func (l *stackLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	count := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		need := o.MinSize()
		size.Height += need.Height
		size.Width = max(size.Width, need.Width)
		count++
	}
	size.Height += theme.Size(l.gap) * float32(max(count-1, 0))
	return size
}

func (l *stackLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	takers := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		if o.Size().Width != size.Width { // wrapped text knows its height only once it has its width
			o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		}
		if stretches(o) {
			takers++
		}
	}
	spare := size.Height - l.MinSize(objects).Height
	at := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		tall := o.MinSize().Height
		if takers > 0 && stretches(o) {
			tall = max(tall+spare/float32(takers), 0)
		}
		o.Move(fyne.NewPos(0, at))
		o.Resize(fyne.NewSize(size.Width, tall))
		at += tall + theme.Size(l.gap)
	}
}

type insetLayout struct{ gap fyne.ThemeSizeName }

func (l insetLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return stretchLayout{}.MinSize(objects).Add(fyne.NewSquareSize(2 * theme.Size(l.gap)))
}

func (l insetLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	gap := theme.Size(l.gap)
	for _, o := range objects {
		o.Move(fyne.NewSquareOffsetPos(gap))
		o.Resize(fyne.NewSize(max(size.Width-2*gap, 0), max(size.Height-2*gap, 0)))
	}
}

type narrowLayout struct{ points float32 }

func (l narrowLayout) width() float32 {
	return l.points * theme.Size(fynetheme.SizeNameText) / 16
}

func (l narrowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return stretchLayout{}.MinSize(objects)
}

func (l narrowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(min(size.Width, max(l.width(), o.MinSize().Width)), size.Height))
	}
}

type flowLayout struct {
	gap   fyne.ThemeSizeName
	width float32
}

func (l *flowLayout) rows(objects []fyne.CanvasObject, width float32, place func(o fyne.CanvasObject, at fyne.Position, size fyne.Size)) float32 {
	gap := theme.Size(l.gap)
	var x, y, tall float32
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		size := o.MinSize()
		size.Width = min(size.Width, width)
		if x > 0 && x+size.Width > width {
			x, y, tall = 0, y+tall+gap, 0
		}
		if place != nil {
			place(o, fyne.NewPos(x, y), size)
		}
		x += size.Width + gap
		tall = max(tall, size.Height)
	}
	return y + tall
}

func (l *flowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var widest float32
	for _, o := range objects {
		if o.Visible() {
			widest = max(widest, o.MinSize().Width)
		}
	}
	width := l.width
	if width == 0 {
		width = 1e6 // not laid out yet: one row
	}
	return fyne.NewSize(min(widest, width), l.rows(objects, width, nil))
}

func (l *flowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.rows(objects, size.Width, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
		o.Move(at)
		o.Resize(size)
	})
}
