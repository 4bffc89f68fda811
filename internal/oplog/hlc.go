package oplog

import (
	"sync"
	"time"
)

// ahead is how far an observed time may move the own clock beyond the time of day (security.md 7.1).
const ahead = 10 * time.Minute

// Clock gives logical times that rise with every call, whatever the machine's clock does.
// It is safe for concurrent use.
type Clock struct {
	mu   sync.Mutex
	now  func() time.Time
	last HLC
}

// NewClock makes a clock that goes on after last, the newest time this device has given out or observed (0 at first).
func NewClock(now func() time.Time, last HLC) *Clock {
	return &Clock{now: now, last: last}
}

// Tick gives the time for a new operation: later than all earlier ones, and the time of day when that is later still.
func (c *Clock) Tick() HLC {
	c.mu.Lock()
	defer c.mu.Unlock()
	if today := HLCAt(c.now()); today > c.last {
		c.last = today
	} else if c.last != 1<<64-1 {
		c.last++ // the counter runs over into the milliseconds
	}
	return c.last
}

// Observe takes notice of an imported operation's time, so that what is written next stands after it. A time beyond
// now + 10 minutes moves the clock to that limit at most and is reported as suspect; its value counts all the same.
func (c *Clock) Observe(h HLC) (suspect bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := HLCAt(c.now().Add(ahead))
	if h > limit {
		h, suspect = limit, true
	}
	c.last = max(c.last, h)
	return suspect
}

// Last gives the newest time given out or observed; keep it where a restart finds it.
func (c *Clock) Last() HLC {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}
