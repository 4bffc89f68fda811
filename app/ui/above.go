package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
)

// Above stands a head above rows that scroll by themselves. Where the head would leave them less than leastRows, as with large text in a
// low window, both scroll together, and the rows are nearly as high as the page.
func Above(head, rows fyne.CanvasObject) *container.Scroll {
	l := &aboveLayout{}
	l.content = container.New(l, head, rows)
	l.page = container.NewVScroll(l.content)
	return l.page
}

// leastRows is the least height of the rows below a head, and peek what of the head stays on screen above rows that were scrolled to,
// both in touch targets: the pointer needs something to scroll back on.
const (
	leastRows = 4
	peek      = 0.75
)

type aboveLayout struct {
	page    *container.Scroll
	content *fyne.Container
}

// needed is the height of both. An empty list that says why it is empty may need more than its share.
func (l *aboveLayout) needed(head, rows fyne.CanvasObject) float32 {
	touch := theme.Size(theme.SizeTouch)
	above, page, least := head.MinSize().Height, l.page.Size().Height, rows.MinSize().Height
	if page-above >= max(leastRows*touch, least) {
		return page
	}
	return max(above+max(page-peek*touch, leastRows*touch/2, least), page)
}

func (l *aboveLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := max(objects[0].MinSize().Width, objects[1].MinSize().Width)
	// What of the rows is too wide is cut off by themselves: it must not widen the page.
	return fyne.NewSize(min(width, Breakpoint/3), l.needed(objects[0], objects[1]))
}

func (l *aboveLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	head, rows := objects[0], objects[1]
	for range 2 { // the width first: chips and wrapped words then know their height
		head.Resize(fyne.NewSize(size.Width, head.MinSize().Height))
	}
	if needed := l.needed(head, rows); needed > size.Height+0.5 {
		l.content.Resize(fyne.NewSize(size.Width, needed))
		return
	}
	above := head.Size().Height
	head.Move(fyne.NewPos(0, 0))
	rows.Move(fyne.NewPos(0, above))
	rows.Resize(fyne.NewSize(size.Width, max(size.Height-above, 0)))
}
