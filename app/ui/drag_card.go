package ui

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
)

// DragCard is a TapCard that can also be pulled onto something else with the pointer. Whatever dragging does must be possible with the
// keyboard too, by OnKey, OnRune or a menu.
type DragCard struct {
	TapCard
	// OnDrag is called while the card is pulled, OnDrop when it is let go, both with the pointer's place in the window.
	OnDrag, OnDrop func(at fyne.Position)

	at     fyne.Position
	pulled bool
}

var _ fyne.Draggable = (*DragCard)(nil)

// NewDragCard makes one.
func NewDragCard(label string, tapped func(), content ...fyne.CanvasObject) *DragCard {
	c := &DragCard{}
	c.make(c, label, tapped, content)
	c.ExtendBaseWidget(c)
	return c
}

// Tighten leaves less space around the content.
func (c *DragCard) Tighten() { c.panel.Gap = theme.SizeGap }

// Mark shows that the card is what something would be dropped on.
func (c *DragCard) Mark(on bool) {
	if c.marked != on {
		c.marked = on
		c.Refresh()
	}
}

// Dragged follows the pointer.
func (c *DragCard) Dragged(event *fyne.DragEvent) {
	touch()
	if c.Disabled() || c.OnDrag == nil {
		return
	}
	c.at, c.pulled = event.AbsolutePosition, true
	c.OnDrag(c.at)
}

// DragEnd lets the card go.
func (c *DragCard) DragEnd() {
	if c.pulled && c.OnDrop != nil {
		c.pulled = false
		c.OnDrop(c.at)
	}
}
