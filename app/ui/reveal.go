package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
)

// Insider is a widget that lets what gets the keyboard be found inside it, so that pages scroll there.
type Insider interface{ Inside() []fyne.CanvasObject }

// reveal scrolls the page so that an object is on screen: called when it gets the keyboard, for the toolkit scrolls only
// for the pointer. Objects that are not found, in widgets that are no [Insider], are left to their place.
func reveal(object fyne.CanvasObject) {
	c := canvasOf(object)
	if c == nil {
		return
	}
	if top := c.Overlays().Top(); top != nil {
		find(top, object)
		return
	}
	if content := c.Content(); content != nil {
		find(content, object)
	}
}

// find returns where an object stands inside another, after scrolling there.
func find(in, object fyne.CanvasObject) (at fyne.Position, found bool) {
	if in == nil || !in.Visible() {
		return at, false
	}
	if in == object {
		return at, true
	}
	if scroll, ok := in.(*container.Scroll); ok {
		if at, found = find(scroll.Content, object); found {
			scrollTo(scroll, at, object.Size())
			return at.Add(scroll.Content.Position()), true
		}
		return at, false
	}
	for _, child := range inside(in) {
		if at, found = find(child, object); found {
			return at.Add(child.Position()), true
		}
	}
	return at, false
}

func inside(object fyne.CanvasObject) []fyne.CanvasObject {
	switch object := object.(type) {
	case *fyne.Container:
		return object.Objects
	case Insider:
		return object.Inside()
	}
	return nil
}

// scrollTo brings a part of the content into view with some space around, its beginning when it is too high.
func scrollTo(scroll *container.Scroll, at fyne.Position, size fyne.Size) {
	offset := scroll.Offset
	offset.Y = offsetFor(offset.Y, scroll.Size().Height, at.Y, size.Height)
	if scroll.Direction == container.ScrollBoth {
		offset.X = offsetFor(offset.X, scroll.Size().Width, at.X, size.Width)
	}
	if offset != scroll.Offset {
		scroll.ScrollToOffset(offset)
	}
}

// offsetFor is the offset along one axis at which a stretch is on screen.
func offsetFor(offset, room, start, length float32) float32 {
	gap := theme.Size(theme.SizeGapWide)
	if start+length+gap > offset+room {
		offset = start + length + gap - room
	}
	if start-gap < offset {
		offset = max(start-gap, 0)
	}
	return offset
}

// Inside is what stands on the area.
func (p *Panel) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{p.Content} }

// Inside is the input and what surrounds it.
func (f *Field) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{f.content} }

// Inside is the two panes.
func (s *SplitLayout) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{s.List, s.Detail} }

// Inside is the box.
func (l *dialogLayer) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{l.box} }
