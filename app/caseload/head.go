package caseload

import "fyne.io/fyne/v2"

// headLayout stands a head above a body. The head gets its width first, for chips and wrapped words know their height only then.
type headLayout struct{}

func (headLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	head, body := objects[0].MinSize(), objects[1].MinSize()
	// The body scrolls: what it cannot get of its least height does no harm.
	return fyne.NewSize(min(max(head.Width, body.Width), 320), head.Height)
}

func (headLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	head, body := objects[0], objects[1]
	head.Move(fyne.NewPos(0, 0))
	head.Resize(fyne.NewSize(size.Width, head.MinSize().Height))
	height := head.MinSize().Height
	head.Resize(fyne.NewSize(size.Width, height))
	body.Move(fyne.NewPos(0, height))
	body.Resize(fyne.NewSize(size.Width, max(size.Height-height, 0)))
}

// tallLayout gives what is in it a height of so many points at least.
type tallLayout float32

func (l tallLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := objects[0].MinSize()
	return fyne.NewSize(least.Width, max(least.Height, float32(l)))
}

func (tallLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }
