package exchange

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
)

// stages puts panels with arrows between them: panel, arrow, panel … In a narrow window two panels stand in a row.
func stages(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&stagesLayout{}, objects...)
}

type stagesLayout struct{ width float32 }

// inRow is how many panels stand beside each other.
func (l *stagesLayout) inRow(panels int, width float32) int {
	if width >= float32(panels)*165*theme.Size(theme.SizeTouch)/44 {
		return panels
	}
	return min(2, panels)
}

func (l *stagesLayout) each(objects []fyne.CanvasObject, width float32, place func(o fyne.CanvasObject, at fyne.Position, size fyne.Size)) float32 {
	panels := (len(objects) + 1) / 2
	row := l.inRow(panels, width)
	gap := theme.Size(theme.SizeGap)
	arrow := fyne.NewSize(0, 0)
	if len(objects) > 1 {
		arrow = objects[1].MinSize()
	}
	between := arrow.Width + 2*gap
	wide := (width - between*float32(row-1)) / float32(row)
	var y float32
	for first := 0; first < panels; first += row {
		var tall float32
		for i := first; i < min(first+row, panels); i++ {
			o := objects[2*i]
			if place != nil {
				o.Resize(fyne.NewSize(wide, o.MinSize().Height))
			}
			tall = max(tall, o.MinSize().Height)
		}
		if place != nil {
			for i := first; i < min(first+row, panels); i++ {
				x := float32(i-first) * (wide + between)
				place(objects[2*i], fyne.NewPos(x, y), fyne.NewSize(wide, tall))
				if i > 0 {
					at := fyne.NewPos(x-gap-arrow.Width, y+(tall-arrow.Height)/2)
					if i == first { // the arrow of a new row points into it from the left edge: leave it out
						at = fyne.NewPos(-1000, y)
					}
					place(objects[2*i-1], at, arrow)
				}
			}
		}
		y += tall + gap
	}
	return max(y-gap, 0)
}

func (l *stagesLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(240, l.each(objects, l.width, nil))
}

func (l *stagesLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.each(objects, size.Width, func(o fyne.CanvasObject, at fyne.Position, size fyne.Size) {
		o.Move(at)
		o.Resize(size)
	})
}
