// Package clock gives the time of day as a value that tests can replace.
package clock

import "time"

// Clock tells the time. Implementations are safe for concurrent use.
type Clock interface {
	// Now returns the current time. Callers strip the monotonic part (time.Time.Round(0)) before storing it
	// and keep it for measuring durations (security.md pitfall 10).
	Now() time.Time
}

// System is the machine's clock.
type System struct{}

// Now returns time.Now.
func (System) Now() time.Time { return time.Now() }

// Fixed always tells the same time.
type Fixed time.Time

// Now returns the fixed time.
func (f Fixed) Now() time.Time { return time.Time(f) }

// Func adapts a function to a Clock.
type Func func() time.Time

// Now calls the function.
func (f Func) Now() time.Time { return f() }
