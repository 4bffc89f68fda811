package shell

import (
	"time"

	"feltbok/internal/secret"
)

// The toolkit keeps the renderers of widgets that left the window, and with them everything that the widgets refer to, for a
// minute after they were drawn last. It lets go of them only when something is drawn, and looks at most every ten seconds.
const (
	keptFor   = 65 * time.Second
	looksEach = 11 * time.Second
)

// sweepAgain draws the locked window anew when the toolkit's time is up, and then removes what it let go of (security.md 4.7).
// Somebody who has unlocked meanwhile is not disturbed: the next lock sweeps.
func (s *Shell) sweepAgain() {
	locked := func(do func()) func() {
		return func() {
			if s.period == nil {
				do()
			}
		}
	}
	draw := locked(func() { s.o.Window.Canvas().Refresh(s.root) })
	s.loop.After(keptFor, draw)
	s.loop.After(keptFor+looksEach, draw)
	s.loop.After(keptFor+2*looksEach, locked(secret.Sweep))
}
