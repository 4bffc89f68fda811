package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
)

// columns puts two cards beside each other while each has 400 points, else below each other.
func columns(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(&columnsLayout{}, left, right)
}

type columnsLayout struct{ width float32 }

func (l *columnsLayout) beside(width float32) bool {
	return width >= 800*theme.Size(theme.SizeTouch)/44+theme.Size(theme.SizeGapWide)
}

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	wide := max(left.Width, right.Width)
	if l.beside(l.width) {
		return fyne.NewSize(wide, max(left.Height, right.Height))
	}
	return fyne.NewSize(wide, left.Height+right.Height+theme.Size(theme.SizeGapWide))
}

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	gap := theme.Size(theme.SizeGapWide)
	if l.beside(size.Width) {
		width := (size.Width - gap) / 2
		for i, o := range objects {
			o.Move(fyne.NewPos(float32(i)*(width+gap), 0))
			o.Resize(fyne.NewSize(width, size.Height))
		}
		return
	}
	at := float32(0)
	for _, o := range objects {
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height)) // the width first: wrapped words then know their height
		o.Move(fyne.NewPos(0, at))
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		at += o.MinSize().Height + gap
	}
}
