package shell_test

import (
	"testing"
	"time"

	"feltbok/app/shell"
)

func TestGuard(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(d time.Duration) shell.Instant { return shell.Instant{Wall: start.Add(d), Monotonic: d} }
	const m = time.Minute
	type step struct {
		do    string
		at    time.Duration
		skew  time.Duration // wall clock against monotonic clock
		want  shell.State
		cause shell.Cause
	}
	for _, c := range []struct {
		name  string
		pin   bool
		steps []step
	}{
		{"cover after two idle minutes, lock after fifteen", true, []step{
			{"tick", 1 * m, 0, shell.Open, ""}, {"tick", 2 * m, 0, shell.Covered, shell.ByIdle}, {"tick", 14 * m, 0, shell.Covered, ""}, {"tick", 15 * m, 0, shell.Locked, shell.ByIdle},
		}},
		{"activity keeps it open", true, []step{
			{"tick", 90 * time.Second, 0, shell.Open, ""}, {"active", 100 * time.Second, 0, shell.Open, ""}, {"tick", 200 * time.Second, 0, shell.Open, ""}, {"tick", 220 * time.Second, 0, shell.Covered, shell.ByIdle},
		}},
		{"the PIN lifts the cover and starts the idle time anew", true, []step{
			{"cover", 1 * m, 0, shell.Covered, ""}, {"tick", 5 * m, 0, shell.Covered, ""}, {"uncover", 5 * m, 0, shell.Open, ""}, {"tick", 6 * m, 0, shell.Open, ""}, {"tick", 7 * m, 0, shell.Covered, shell.ByIdle},
		}},
		{"activity under cover does not put off the lock", true, []step{
			{"cover", 1 * m, 0, shell.Covered, ""}, {"active", 10 * m, 0, shell.Covered, ""}, {"tick", 15 * m, 0, shell.Locked, shell.ByIdle},
		}},
		{"without a PIN idle time locks", false, []step{{"tick", 1 * m, 0, shell.Open, ""}, {"tick", 2 * m, 0, shell.Locked, shell.ByIdle}}},
		{"without a PIN Ctrl+L locks", false, []step{{"cover", 1 * m, 0, shell.Locked, ""}}},
		{"a sleep shows as a jump of the wall clock", true, []step{{"tick", 5 * time.Second, 0, shell.Open, ""}, {"tick", 10 * time.Second, 61 * time.Second, shell.Locked, shell.ByClock}}},
		{"a clock set back", true, []step{{"tick", 5 * time.Second, -2 * time.Hour, shell.Locked, shell.ByClock}}},
		{"a small correction of the clock", true, []step{{"tick", 5 * time.Second, 59 * time.Second, shell.Open, ""}, {"tick", 10 * time.Second, 59 * time.Second, shell.Open, ""}}},
		{"a jump under cover", true, []step{{"cover", 5 * time.Second, 0, shell.Covered, ""}, {"tick", 10 * time.Second, time.Hour, shell.Locked, shell.ByClock}}},
		{"a locked guard stays locked", true, []step{{"lock", 0, 0, shell.Locked, ""}, {"active", 1 * m, 0, shell.Locked, ""}, {"uncover", 1 * m, 0, shell.Locked, ""}, {"cover", 1 * m, 0, shell.Locked, ""}, {"tick", 1 * m, 0, shell.Locked, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := shell.NewGuard()
			if g.State() != shell.Locked {
				t.Fatalf("a new guard is in state %v, want Locked", g.State())
			}
			g.Unlocked(at(0), shell.Limits{Cover: 2 * m, Lock: 15 * m, Jump: m}, c.pin)
			for i, s := range c.steps {
				now := at(s.at)
				now.Wall = now.Wall.Add(s.skew)
				var cause shell.Cause
				switch s.do {
				case "tick":
					_, cause = g.Tick(now)
				case "active":
					g.Active(now)
				case "cover":
					g.Cover(now)
				case "uncover":
					g.Uncover(now)
				case "lock":
					g.Lock()
				}
				if g.State() != s.want || cause != s.cause {
					t.Fatalf("step %d (%s at %v): state %v, cause %q; want %v, %q", i, s.do, s.at, g.State(), cause, s.want, s.cause)
				}
			}
		})
	}
}
