package today

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
)

// columnsLayout puts the time in a column of its own at the left, so that all times of the day stand below each other; where
// there is little width the time stands above the rest.
type columnsLayout struct{ width float32 }

func newColumns(left, right fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: &columnsLayout{}, Objects: []fyne.CanvasObject{left, right}}
}

// sizes gives the width of the time column and the gap; stacked is true where both stand above each other.
func (l *columnsLayout) sizes(left fyne.CanvasObject, width float32) (column, gap float32, stacked bool) {
	column = max(theme.Size(fynetheme.SizeNameText)*8, left.MinSize().Width)
	return column, theme.Size(theme.SizeGapWide), width > 0 && width < column*3.2
}

func (l *columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	_, gap, stacked := l.sizes(objects[0], l.width)
	if stacked {
		return fyne.NewSize(max(left.Width, right.Width), left.Height+gap/2+right.Height)
	}
	// The least width is that of the stacked form, so that a window can shrink.
	return fyne.NewSize(max(left.Width, right.Width), max(left.Height, right.Height))
}

func (l *columnsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	column, gap, stacked := l.sizes(objects[0], size.Width)
	if stacked {
		objects[0].Resize(fyne.NewSize(size.Width, objects[0].MinSize().Height))
		objects[0].Move(fyne.NewPos(0, 0))
		top := objects[0].MinSize().Height + gap/2
		objects[1].Move(fyne.NewPos(0, top))
		objects[1].Resize(fyne.NewSize(size.Width, max(size.Height-top, 0)))
		return
	}
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(column, objects[0].MinSize().Height))
	objects[1].Move(fyne.NewPos(column+gap, 0))
	objects[1].Resize(fyne.NewSize(max(size.Width-column-gap, 0), size.Height))
}
