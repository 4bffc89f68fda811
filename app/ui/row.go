package ui

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
)

// rowLayout puts objects beside each other. Where that would leave what stretches less than can be read, or push a button out of
// the window, the row breaks: what stretches ends a line, and what comes after it begins the next one. With large text the button of a
// sentence so stands below it. A row in which nothing stretches never breaks.
type rowLayout struct {
	gap   fyne.ThemeSizeName
	width float32 // of the latest layout; zero is not known yet
}

// leastReadable is the width, in letters' heights, below which a sentence stands alone on its line.
const leastReadable = 8

func (l *rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	shown := visibleOf(objects)
	if l.broken(shown, l.width) {
		return fyne.NewSize(l.narrowest(shown), l.lines(shown, l.width, nil))
	}
	size := fyne.NewSize(l.along(shown), 0)
	for _, o := range shown {
		size.Height = max(size.Height, o.MinSize().Height)
	}
	if takersOf(shown) > 0 {
		size.Width = l.narrowest(shown)
	}
	return size
}

func (l *rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	shown := visibleOf(objects)
	if l.broken(shown, size.Width) {
		top := max((size.Height-l.lines(shown, size.Width, nil))/2, 0)
		l.lines(shown, size.Width, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
			o.Move(at.AddXY(0, top))
			o.Resize(size)
		})
		return
	}
	spare, takers := size.Width-l.along(shown), float32(takersOf(shown))
	at := float32(0)
	for _, o := range shown {
		need := o.MinSize()
		long, height := need.Width, min(need.Height, size.Height)
		if stretches(o) {
			long, height = max(long+spare/takers, 0), size.Height
		}
		o.Move(fyne.NewPos(at, (size.Height-height)/2))
		o.Resize(fyne.NewSize(long, height))
		at += long + theme.Size(l.gap)
	}
}

// along is the width of all on one line.
func (l *rowLayout) along(shown []fyne.CanvasObject) float32 {
	width := theme.Size(l.gap) * float32(max(len(shown)-1, 0))
	for _, o := range shown {
		width += o.MinSize().Width
	}
	return width
}

// broken reports whether the row needs more than one line.
func (l *rowLayout) broken(shown []fyne.CanvasObject, width float32) bool {
	takers := takersOf(shown)
	if takers == 0 || width == 0 || len(shown) == 1 {
		return false
	}
	spare := width - l.along(shown)
	if spare < -0.5 {
		return true
	}
	readable := leastReadable * theme.Size(fynetheme.SizeNameText)
	for _, o := range shown {
		if !stretches(o) {
			continue
		}
		if got := o.MinSize().Width + spare/float32(takers); got < readable && got < wished(o) {
			return true
		}
	}
	return false
}

// narrowest is the least width that the row can be broken to.
func (l *rowLayout) narrowest(shown []fyne.CanvasObject) float32 {
	var width, line float32
	for _, o := range shown {
		need := o.MinSize().Width
		width = max(width, need)
		if stretches(o) {
			width, line = max(width, line+need), 0
			continue
		}
		if need <= theme.Size(theme.SizeTouch) { // a picture before the words stays beside them
			line += need + theme.Size(l.gap)
		}
	}
	return width
}

// lines places the objects of a broken row and returns their height.
func (l *rowLayout) lines(shown []fyne.CanvasObject, width float32, place func(o fyne.CanvasObject, at fyne.Position, size fyne.Size)) float32 {
	gap := theme.Size(l.gap)
	var y float32
	var line []fyne.CanvasObject
	var used float32
	end := func() {
		if len(line) == 0 {
			return
		}
		var tall, x float32
		sizes := make([]fyne.Size, len(line))
		for i, o := range line {
			sizes[i] = fyne.NewSize(min(o.MinSize().Width, width), o.MinSize().Height)
			if stretches(o) {
				sizes[i].Width = max(width-used, 0)
				if place != nil { // the width first: wrapped words then know their height
					o.Resize(sizes[i])
					sizes[i].Height = o.MinSize().Height
				}
			}
			tall = max(tall, sizes[i].Height)
		}
		for i, o := range line {
			if place != nil {
				place(o, fyne.NewPos(x, y+(tall-sizes[i].Height)/2), sizes[i])
			}
			x += sizes[i].Width + gap
		}
		y += tall + gap
		line, used = nil, 0
	}
	for _, o := range shown {
		need := o.MinSize().Width
		switch {
		case stretches(o) && wished(o) == 0: // an empty one
			continue
		case stretches(o):
			if len(line) > 0 && width-used < min(leastReadable*theme.Size(fynetheme.SizeNameText), wished(o)) {
				end()
			}
			line = append(line, o)
			end()
		default:
			if len(line) > 0 && used+need > width {
				end()
			}
			line = append(line, o)
			used += need + gap
		}
	}
	end()
	return max(y-gap, 0)
}

func visibleOf(objects []fyne.CanvasObject) []fyne.CanvasObject {
	shown := make([]fyne.CanvasObject, 0, len(objects))
	for _, o := range objects {
		if o.Visible() {
			shown = append(shown, o)
		}
	}
	return shown
}

func takersOf(objects []fyne.CanvasObject) int {
	count := 0
	for _, o := range objects {
		if stretches(o) {
			count++
		}
	}
	return count
}

// wished is the width at which no words of an object would have to wrap. Words that are shortened wish for nothing: they are never a
// reason to break.
func wished(object fyne.CanvasObject) float32 {
	switch object := object.(type) {
	case *Text:
		if object.Shorten {
			return object.MinSize().Width
		}
		var width float32
		for _, line := range breakLines(object.Words, 0, object.measure) {
			width = max(width, object.measure(line))
		}
		return width
	case *fyne.Container:
		around := float32(0)
		switch layout := object.Layout.(type) {
		case stretchLayout, middleLayout, *stackLayout:
		case insetLayout:
			around = 2 * theme.Size(layout.gap)
		default:
			return object.MinSize().Width
		}
		var width float32
		for _, o := range visibleOf(object.Objects) {
			width = max(width, wished(o)+around)
		}
		return width
	}
	return object.MinSize().Width
}
