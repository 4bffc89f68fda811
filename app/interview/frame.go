package interview

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// railWidth is the width of the list of sections in points at 100 %.
const railWidth = 270

// lowest is the height, in touch targets, of a window that is low for its text.
const lowest = 12

// newFrame puts the header above, the sections at the left and the questions beside them; below ui.Breakpoint points of width (at 100 %)
// the picker stands above the questions instead of the sections.
func newFrame(header, rail, picker, middle fyne.CanvasObject) *fyne.Container {
	under, beside := canvas.NewRectangle(theme.Color(theme.ColorLine)), canvas.NewRectangle(theme.Color(theme.ColorLine))
	return &fyne.Container{Layout: &frameLayout{under: theme.ColorLine}, Objects: []fyne.CanvasObject{header, under, rail, beside, picker, middle}}
}

// frameLayout keeps the colour of the line below the header: the accent's above the pane with the keyboard.
type frameLayout struct {
	under fyne.ThemeColorName
	// over: something else than questions is on screen, such as what is missing. It leads back by itself, so that in a low window the
	// picker leaves its room to it.
	over bool
}

func (*frameLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, objects[0].MinSize().Height+theme.Size(theme.SizeTouch)*3)
}

func (l *frameLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	header, under, rail, beside, picker, middle := objects[0], objects[1].(*canvas.Rectangle), objects[2], objects[3].(*canvas.Rectangle), objects[4], objects[5]
	under.FillColor, beside.FillColor = theme.Color(l.under), theme.Color(theme.ColorLine)
	thick := float32(1)
	if l.under != theme.ColorLine {
		thick = markHeight
	}
	header.Resize(fyne.NewSize(size.Width, header.MinSize().Height)) // the width first: its height follows from it
	height := header.MinSize().Height
	header.Resize(fyne.NewSize(size.Width, height))
	header.Move(fyne.NewPos(0, 0))
	under.Move(fyne.NewPos(0, height))
	under.Resize(fyne.NewSize(size.Width, thick))
	top := height + markHeight
	left := float32(0)
	if size.Width*44 < ui.Breakpoint*theme.Size(theme.SizeTouch) { // larger text needs more room
		rail.Hide()
		beside.Hide()
		need := picker.MinSize().Height
		if picker.Show(); l.over && size.Height < lowest*theme.Size(theme.SizeTouch) {
			picker.Hide()
			need = 0
		}
		picker.Move(fyne.NewPos(0, top))
		picker.Resize(fyne.NewSize(size.Width, need))
		top += need
	} else {
		picker.Hide()
		rail.Show()
		beside.Show()
		width := min(railWidth*theme.Size(theme.SizeTouch)/44, size.Width*0.36)
		rail.Move(fyne.NewPos(0, top))
		rail.Resize(fyne.NewSize(width, size.Height-top))
		beside.Move(fyne.NewPos(width, top))
		beside.Resize(fyne.NewSize(1, size.Height-top))
		left = width + 1
	}
	middle.Move(fyne.NewPos(left, top))
	middle.Resize(fyne.NewSize(max(size.Width-left, 0), max(size.Height-top, 0)))
}

// fillLayout gives every object all the space.
type fillLayout struct{}

func (fillLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

func (fillLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}
