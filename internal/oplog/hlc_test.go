package oplog_test

import (
	"testing"
	"time"

	"feltbok/internal/oplog"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestHLC_Forms(t *testing.T) {
	h := oplog.HLC(0x0193f0a2c0de0003)
	if h.String() != "0193f0a2c0de0003" || h.Time() != time.UnixMilli(0x0193f0a2c0de).UTC() {
		t.Errorf("got %s, %s", h, h.Time())
	}
	if got, err := oplog.ParseHLC(h.String()); got != h || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "0193f0a2c0de003", "0193F0A2C0DE0003", "0193f0a2c0de00030", "+193f0a2c0de0003", "0x93f0a2c0de0003", "0193_0a2c0de0003"} {
		if _, err := oplog.ParseHLC(text); err == nil {
			t.Errorf("%q accepted", text)
		}
	}
	if got := oplog.HLCAt(time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)); got != 0 {
		t.Errorf("before 1970: %v", got)
	}
}

func TestClock_Observe(t *testing.T) {
	at := func(d time.Duration) oplog.HLC { return oplog.HLCAt(noon.Add(d)) }
	cases := []struct {
		name    string
		seen    oplog.HLC
		suspect bool
		last    oplog.HLC
	}{
		{"past", at(-time.Hour), false, at(0)},
		{"a little ahead", at(9*time.Minute) + 5, false, at(9*time.Minute) + 5},
		{"exactly at the limit", at(10 * time.Minute), false, at(10 * time.Minute)},
		{"beyond the limit", at(10*time.Minute) + 1, true, at(10 * time.Minute)},
		{"ten years ahead", at(10 * 365 * 24 * time.Hour), true, at(10 * time.Minute)},
		{"the greatest time there is", 1<<64 - 1, true, at(10 * time.Minute)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			clock := oplog.NewClock(func() time.Time { return noon }, at(0))
			if got := clock.Observe(c.seen); got != c.suspect || clock.Last() != c.last {
				t.Errorf("suspect %v, last %v; want %v, %v", got, clock.Last(), c.suspect, c.last)
			}
			if next := clock.Tick(); next <= c.last {
				t.Errorf("the next write stands at %v, not after %v", next, c.last)
			}
		})
	}
}

// TestClock_Rises: whatever the machine's clock does, times rise.
func TestClock_Rises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		clock := oplog.NewClock(func() time.Time { return now }, 0)
		last := oplog.HLC(0)
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(-tenYears, tenYears).Draw(t, "jump")) * time.Millisecond / 4)
			if rapid.Bool().Draw(t, "observe") {
				clock.Observe(oplog.HLC(rapid.Uint64().Draw(t, "seen")))
			}
			next := clock.Tick()
			if next <= last {
				t.Fatalf("%v after %v", next, last)
			}
			last = next
		}
	})
}

func TestClock_CounterRunsOver(t *testing.T) {
	clock := oplog.NewClock(func() time.Time { return noon }, oplog.HLCAt(noon)|0xffff)
	if got := clock.Tick(); got != oplog.HLCAt(noon.Add(time.Millisecond)) {
		t.Errorf("got %v", got)
	}
}
