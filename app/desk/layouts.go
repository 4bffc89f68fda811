package desk

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
)

// pairLayout puts objects two in a row, each row as high as its higher one; below each other when each would get less than 260 points.
type pairLayout struct{ width float32 }

func (l *pairLayout) inRow(width float32) int {
	if width > 0 && width < 520*theme.Size(theme.SizeTouch)/44 {
		return 1
	}
	return 2
}

func (l *pairLayout) each(objects []fyne.CanvasObject, width float32, place bool) float32 {
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
				o.Resize(fyne.NewSize(wide, tall))
				o.Move(fyne.NewPos(float32(i)*(wide+gap), y))
			}
		}
		y += tall + gap
	}
	return max(y-gap, 0)
}

// MinSize is for the toolkit.
func (l *pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var wide float32
	for _, o := range objects {
		wide = max(wide, o.MinSize().Width)
	}
	return fyne.NewSize(wide, l.each(objects, l.width, false))
}

// Layout is for the toolkit.
func (l *pairLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.each(objects, size.Width, true)
}
