package workspace

import (
	"testing"
	"time"

	"feltbok/internal/vault"
	"feltbok/sync/trust"
)

func TestPolicy_BoundsAndDefaults(t *testing.T) {
	const m = time.Minute
	for _, c := range []struct {
		name        string
		cover, lock int // of the directory; zero: no directory
		hq          bool
		want        [2]time.Duration
	}{
		{"no directory, field", 0, 0, false, [2]time.Duration{2 * m, 15 * m}},
		{"no directory, headquarters", 0, 0, true, [2]time.Duration{2 * m, 10 * m}},
		{"stricter than usual", 1, 5, false, [2]time.Duration{m, 5 * m}},
		{"stricter at headquarters", 1, 5, true, [2]time.Duration{m, 5 * m}},
		{"loosest", 10, 30, false, [2]time.Duration{10 * m, 30 * m}},
		{"loosest at headquarters", 10, 30, true, [2]time.Duration{10 * m, 10 * m}},
		{"beyond the bounds", 60, 600, false, [2]time.Duration{10 * m, 30 * m}},
		{"below the bounds", -3, -1, false, [2]time.Duration{m, m}},
		{"lock before cover", 8, 2, false, [2]time.Duration{8 * m, 8 * m}},
	} {
		var signed *trust.Policy
		if c.cover != 0 {
			signed = &trust.Policy{CoverMinutes: c.cover, LockMinutes: c.lock}
		}
		if got := policyOf(signed, c.hq); got.Cover != c.want[0] || got.Lock != c.want[1] {
			t.Errorf("%s: cover %v, lock %v, want %v", c.name, got.Cover, got.Lock, c.want)
		}
	}
	costs := policyOf(&trust.Policy{CoverMinutes: 2, LockMinutes: 15, KDFMemoryKiB: 1, KDFTime: 5, KDFThreads: 1}, false).KDF
	if want := (vault.KDF{MemoryKiB: 64 << 10, Time: 5, Threads: 4}); costs != want {
		t.Errorf("costs %+v, want the floor where the directory is below it: %+v", costs, want)
	}
}
