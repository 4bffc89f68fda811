package simulation_test

import (
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(1000) // what a history makes is soon gone, and there is memory enough
	code := m.Run()
	if prepared.dir != "" {
		os.RemoveAll(prepared.dir)
	}
	os.Exit(code)
}

// number reads a setting from the environment.
func number(t testing.TB, name string, otherwise uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// several plays histories of a level on several processors and gives what they were made of and the failing ones.
func several(l level, seed, n uint64, tell func(*reading), progress func(done uint64, all counts, failed map[uint64]error)) (counts, map[uint64]error) {
	var mu sync.Mutex
	var all counts
	var done uint64
	failed := map[uint64]error{}
	var next atomic.Uint64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := next.Add(1) - 1; i < n; i = next.Add(1) - 1 {
				c, err := run(newHistory(seed+i, l), l.make, tell)
				mu.Lock()
				all.add(c)
				if err != nil {
					failed[seed+i] = err
				}
				if done++; progress != nil {
					progress(done, all, failed)
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return all, failed
}

// tell reports failing histories, the first ones cut down to what matters.
func tell(t *testing.T, l level, failed map[uint64]error) {
	t.Helper()
	for i, seed := range slices.Sorted(maps.Keys(failed)) {
		if i >= 3 {
			t.Errorf("seed %d: %v", seed, failed[seed])
			continue
		}
		t.Error(report(newHistory(seed, l), l.name, failed[seed], func(h *history) error {
			_, err := run(h, l.make, nil)
			return err
		}))
	}
}

func TestReplay(t *testing.T) {
	if os.Getenv("FELTBOK_REPLAY") == "" {
		t.Skip("FELTBOK_REPLAY names no history")
	}
	l, h, err := replayed()
	if err != nil {
		t.Fatal(err)
	}
	c, err := run(h, l.make, nil)
	t.Logf("%s%+v", h, c)
	if err != nil {
		t.Error(err)
	}
}

// TestHistories plays the fixed histories of every day, on the program itself and in memory. FELTBOK_HISTORIES and FELTBOK_SEED
// play others; see .ci/simulate.sh.
func TestHistories(t *testing.T) {
	seed, n := number(t, "FELTBOK_SEED", 20261122), number(t, "FELTBOK_HISTORIES", 200)
	for _, one := range []struct {
		level    string
		n        uint64
		promises func(counts) bool // that the histories are worth something
	}{
		{"light", n, func(c counts) bool {
			return c.saves > 5*c.histories && c.killedInside > 0 && c.decided > 0 && c.erasures > 0
		}},
		{"full", number(t, "FELTBOK_FULL_HISTORIES", max(1, n/200)), func(c counts) bool { return c.imports > 5*c.histories }},
		{"files", number(t, "FELTBOK_FILES_HISTORIES", max(1, n/200)), func(c counts) bool { return c.imports > 5*c.histories && c.attached >= c.histories }},
		{"partners", number(t, "FELTBOK_PARTNER_HISTORIES", max(1, n/200)), func(c counts) bool { return c.imports > 5*c.histories && c.answers >= c.histories }},
	} {
		t.Run(one.level, func(t *testing.T) {
			l, began := levels[one.level], time.Now()
			all, failed := several(l, seed, one.n, nil, func(done uint64, all counts, failed map[uint64]error) {
				if done%100 == 0 || done == one.n || l.name != "light" {
					measured(t, l, seed, done, failed, time.Since(began), all)
				}
			})
			took := time.Since(began)
			tell(t, l, failed)
			if !one.promises(all) {
				t.Errorf("too little happens: %+v", all)
			}
			t.Logf("%d histories, %v each, %+v", all.histories, (took / time.Duration(one.n)).Round(10*time.Microsecond), all)
		})
	}
}

// TestHistories_LastWriterWinsIsCaught proves that the checks bite: with the rule that others use, values vanish, and the first
// few histories say so.
func TestHistories_LastWriterWinsIsCaught(t *testing.T) {
	const n = 30
	_, failed := several(levels["light"], 1, n, lastWriterWins, nil)
	dropped := 0
	for _, err := range failed {
		if strings.Contains(err.Error(), "silently dropped") {
			dropped++
		}
	}
	t.Logf("last-writer-wins: values dropped in %d of %d histories", dropped, n)
	if dropped < n/4 {
		t.Errorf("of %d histories only %d report a dropped value", n, dropped)
	}
}
