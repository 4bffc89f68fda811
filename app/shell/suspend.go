package shell

import "time"

// Watch tells of the machine itself: lock is called on a goroutine of its own before the machine sleeps, when its lid
// closes and when its screen or session is locked, and returns when everything is locked. stop ends the watching. A
// system that tells nothing is no fault: the jump of the wall clock is noticed all the same (security.md 4.6).
type Watch func(lock func()) (stop func())

// lockPatience is how long a sleeping machine waits for the lock at most: a little less than the five seconds that
// systemd grants.
const lockPatience = 4 * time.Second

// watch begins to listen to the machine.
func (s *Shell) watch() {
	begin := s.o.Watch
	if begin == nil {
		begin = watchSystem
	}
	s.unwatch = begin(func() {
		done := make(chan struct{})
		s.loop.Post(func() {
			defer close(done)
			s.Lock(BySystem)
		})
		select {
		case <-done:
		case <-time.After(lockPatience): // the window's goroutine is busy, or gone
		}
	})
}
