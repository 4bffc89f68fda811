package shell

import "feltbok/app/ui"

// SweptAfter is how long after a lock the last sweep has been.
const SweptAfter = keptFor + 2*looksEach

// PlaceHeight is how much of the window's height the place on screen has, in points.
func (s *Shell) PlaceHeight() float32 { return s.period.frame.place.Size().Height }

// RailShows reports whether the rail's item of a place is seen whole.
func (s *Shell) RailShows(id string) bool {
	r := s.period.frame.rail
	for i, item := range r.items {
		if item.id == id {
			top := float32(i)*railStep() - r.scroll.Offset.Y
			return top >= 0 && top+item.Size().Height <= r.scroll.Size().Height
		}
	}
	return false
}

// WindowKeys are all keys that the window has by itself.
func WindowKeys(s *Shell) []ui.Shortcut {
	always, pages, plain := s.keys(s.texts)
	return append(append(plain, always...), pages...)
}
