package travel

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
)

// columns shares the width equally among cards of one height, as many in a row as have so many points each at 100 %.
type columns struct {
	least float32
	width float32 // of the latest layout; zero is not known yet
}

func (l *columns) inRow(count int, width float32) int {
	gap := theme.Size(theme.SizeGapWide)
	fit := int((width + gap) / (l.least*theme.Size(theme.SizeTouch)/44 + gap))
	if fit < count { // all beside each other or all below each other: two and one look like a mistake
		return 1
	}
	return count
}

func (l *columns) each(objects []fyne.CanvasObject, width float32, place bool) float32 {
	gap := theme.Size(theme.SizeGapWide)
	row := l.inRow(len(objects), width)
	wide := (width - gap*float32(row-1)) / float32(row)
	var y float32
	for first := 0; first < len(objects); first += row {
		members := objects[first:min(first+row, len(objects))]
		var tall float32
		for _, o := range members {
			if place {
				o.Resize(fyne.NewSize(wide, o.MinSize().Height)) // the width first: wrapped words then know their height
			}
			tall = max(tall, o.MinSize().Height)
		}
		for i, o := range members {
			if place {
				o.Move(fyne.NewPos(float32(i)*(wide+gap), y))
				o.Resize(fyne.NewSize(wide, tall))
			}
		}
		y += tall + gap
	}
	return max(y-gap, 0)
}

// MinSize is for the toolkit.
func (l *columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var wide float32
	for _, o := range objects {
		wide = max(wide, o.MinSize().Width)
	}
	return fyne.NewSize(wide, l.each(objects, l.width, false))
}

// Layout is for the toolkit.
func (l *columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.each(objects, size.Width, true)
}
