package shell

import (
	"time"

	"feltbok/internal/workspace"
)

// State is what the screen shows of the workspace.
type State int

const (
	// Locked: no key in memory, the unlock page is shown.
	Locked State = iota
	// Open: places are shown.
	Open
	// Covered: keys stay in memory, the screen shows nothing, a PIN lifts the cover.
	Covered
)

// Cause says why the state changed, for the note on the unlock page.
type Cause string

// The causes.
const (
	ByUser    Cause = "user"    // Ctrl+L or Ctrl+Shift+L
	ByIdle    Cause = "idle"    // nobody at the keyboard
	ByPIN     Cause = "pin"     // three wrong PINs
	ByClock   Cause = "clock"   // the machine slept, or its clock was changed
	BySystem  Cause = "system"  // the machine goes to sleep, its lid or its screen is locked
	ByClosing Cause = "closing" // the window closes
)

// Limits are the times of security.md 4.6.
type Limits struct {
	// Cover is the idle time until the cover falls: 2 minutes (policy 1 to 10).
	Cover time.Duration
	// Lock is the idle time until lock, and the longest time under cover: 15 minutes in the field, 10 at headquarters (policy 1 to 30).
	Lock time.Duration
	// Jump is how far wall clock and monotonic clock may part between two looks: 60 seconds.
	Jump time.Duration
}

// limitsOf are the limits that headquarters has set for this machine.
func limitsOf(p workspace.Policy) Limits {
	return Limits{Cover: p.Cover, Lock: p.Lock, Jump: time.Minute}
}

// Instant is one look at both clocks. The wall clock may be set and goes on in sleep; the monotonic one only counts time awake.
type Instant struct {
	Wall      time.Time
	Monotonic time.Duration
}

// Guard decides when the cover falls and when to lock. It has no timer and no screen: the shell tells it what happens and does what it says. Not
// safe for concurrent use.
type Guard struct {
	limits  Limits
	state   State
	pin     bool
	last    Instant       // the latest look
	active  time.Duration // monotonic time of the latest sign of the user
	covered time.Duration // monotonic time the cover fell
}

// NewGuard makes a guard of a locked screen.
func NewGuard() *Guard { return &Guard{} }

// State returns the state.
func (g *Guard) State() State { return g.state }

// Unlocked begins an unlock period; pin tells whether the user chose a PIN.
func (g *Guard) Unlocked(now Instant, limits Limits, pin bool) {
	*g = Guard{limits: limits, state: Open, pin: pin, last: now, active: now.Monotonic}
}

// Active notes that the user did something. Under cover it changes nothing: only the PIN counts there.
func (g *Guard) Active(now Instant) {
	if g.state == Open {
		g.active = now.Monotonic
	}
}

// Cover is the user's wish to cover the screen. Without a PIN it locks.
func (g *Guard) Cover(now Instant) State {
	if g.state != Open {
		return g.state
	}
	if !g.pin {
		g.state = Locked
		return g.state
	}
	g.state, g.covered = Covered, now.Monotonic
	return g.state
}

// Uncover lifts the cover after a right PIN.
func (g *Guard) Uncover(now Instant) {
	if g.state == Covered {
		g.state, g.active = Open, now.Monotonic
	}
}

// Lock ends the unlock period.
func (g *Guard) Lock() { g.state = Locked }

// Tick looks at the clocks, at least every few seconds. The state may change to Covered or Locked; cause then says why.
func (g *Guard) Tick(now Instant) (state State, cause Cause) {
	before := g.last
	g.last = now
	if g.state == Locked {
		return Locked, ""
	}
	apart := now.Wall.Round(0).Sub(before.Wall.Round(0)) - (now.Monotonic - before.Monotonic)
	if apart > g.limits.Jump || apart < -g.limits.Jump {
		g.state = Locked
		return Locked, ByClock
	}
	idle := now.Monotonic - g.active
	if idle >= g.limits.Lock || g.state == Covered && now.Monotonic-g.covered >= g.limits.Lock {
		g.state = Locked
		return Locked, ByIdle
	}
	if g.state == Open && idle >= g.limits.Cover {
		return g.Cover(now), ByIdle
	}
	return g.state, ""
}
