package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
)

// Sideways scrolls what is wider than the page from side to side. The wheel goes on moving the page up and down, which the toolkit's own
// sideways scroller would take for itself; with Shift, or on a touch pad, it moves sideways.
type Sideways struct {
	container.Scroll
	page *container.Scroll
}

// NewSideways makes one inside a page; page may be nil.
func NewSideways(content fyne.CanvasObject, page *container.Scroll) *Sideways {
	s := &Sideways{page: page}
	s.Direction, s.Content = container.ScrollHorizontalOnly, content
	s.ExtendBaseWidget(s)
	return s
}

// Scrolled moves sideways, or the page.
func (s *Sideways) Scrolled(event *fyne.ScrollEvent) {
	touch()
	if event.Scrolled.DX == 0 && s.page != nil {
		s.page.Scrolled(event)
		return
	}
	s.Scroll.Scrolled(event)
}

// showColumn brings a column of the content into view.
func (s *Sideways) showColumn(left, width float32) {
	gap, room, x := theme.Size(theme.SizeGapWide), s.Size().Width, s.Offset.X
	if left+width+gap > x+room {
		x = left + width + gap - room
	}
	if left-gap < x {
		x = max(left-gap, 0)
	}
	if x != s.Offset.X {
		s.ScrollToOffset(fyne.NewPos(x, 0))
	}
}
