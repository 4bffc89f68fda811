package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
)

// Columns puts objects beside each other, count in a row, equally wide and each row as high as its highest, while each gets
// at least so many points at 100 %; else all stand below each other, for two and one look like a mistake.
func Columns(count int, least float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{count: count, least: least}, objects...)
}

type columnsLayout struct {
	count int
	least float32
	width float32 // of the latest layout; zero is not known yet
}

func (l *columnsLayout) inRow(width float32) int {
	gap, count := theme.Size(theme.SizeGapWide), float32(l.count)
	if width < count*l.least*theme.Size(theme.SizeTouch)/44+(count-1)*gap {
		return 1
	}
	return l.count
}

// each lays the objects out, or only measures them, and returns the height of all.
func (l *columnsLayout) each(objects []fyne.CanvasObject, width float32, place bool) float32 {
	gap := theme.Size(theme.SizeGapWide)
	row := l.inRow(width)
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

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var wide float32
	for _, o := range objects {
		wide = max(wide, o.MinSize().Width)
	}
	return fyne.NewSize(wide, l.each(objects, l.width, false))
}

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.each(objects, size.Width, true)
}
