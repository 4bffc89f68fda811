package register

import (
	"testing"
	"time"
)

// WithMonotonic replaces the monotonic clock of the process until the test ends.
func WithMonotonic(t testing.TB, now func() time.Duration) {
	old := monotonic
	monotonic = now
	t.Cleanup(func() { monotonic = old })
}

// ForgetTries is what a restart of the process does to the moments of failed tries.
func ForgetTries() {
	triesMutex.Lock()
	defer triesMutex.Unlock()
	clear(triesOf)
}
