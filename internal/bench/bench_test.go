package bench

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// tiny is enough work to run every line of every measurement.
var tiny = sizes{
	saves: 3, records: 9, perCase: 4, unlockCases: 3, unlocks: 1, searched: 200, questions: 30, relevant: 20, operations: 60, packs: 1, importCases: 3, objects: 20,
	writes: 600, devices: 2, perDevice: 2 * linesPerCase,
}

// results is how many rows each measurement prints.
var results = map[string]int{"save": 1, "open": 1, "unlock": 1, "search": 2, "form": 2, "bundle": 1, "import": 2, "devices": 5, "merge": 1}

// TestMeasure runs every measurement once. It judges no time: on a busy machine that would say nothing.
func TestMeasure(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			var begun []string
			got, err := measure(t.Context(), []string{name}, tiny, func(name string) { begun = append(begun, name) })
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(begun, []string{name}) {
				t.Errorf("told that %v began", begun)
			}
			if len(got) != results[name] {
				t.Errorf("%d rows, want %d", len(got), results[name])
			}
			for _, r := range got {
				if r.Name == "" || r.Measured == "" || r.Goal == "" || r.Against == "" || strings.ContainsAny(r.Measured, "NI-") {
					t.Errorf("incomplete or no number: %+v", r)
				}
			}
		})
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 0 {
		t.Errorf("%d folders left behind", len(left))
	}
}

func TestNames_Unique(t *testing.T) {
	names := Names()
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) || len(names) == 0 {
		t.Errorf("%v", names)
	}
}

func TestRun_Refused(t *testing.T) {
	begins := func(name string) { t.Errorf("%s began", name) }
	_, err := Run(t.Context(), []string{"save", "swim"}, Options{}, begins)
	if err == nil || !strings.Contains(err.Error(), `"swim"`) || !strings.Contains(err.Error(), strings.Join(Names(), ", ")) {
		t.Errorf("unknown name: %v", err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(stopped, nil, Options{}, begins); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestFigures(t *testing.T) {
	if got := count(20_000) + " " + count(5) + " " + count(1_234_567) + " " + count(999); got != "20,000 5 1,234,567 999" {
		t.Errorf("count: %s", got)
	}
	times := make([]time.Duration, 100)
	for i := range times {
		times[len(times)-1-i] = time.Duration(i)
	}
	if median(slices.Clone(times)) != 50 || percentile95(times) != 95 {
		t.Error("median or percentile is wrong")
	}
	if got := short(1500*time.Microsecond) + ", " + short(20*time.Microsecond) + ", " + short(2*time.Second); got != "1.5 ms, 20 µs, 2.00 s" {
		t.Errorf("short: %s", got)
	}
	if got := ratio("a", 3*time.Second, 2*time.Second, "g", "b"); got.Measured != "1.50 ×" || got.Against != "b (3.00 s against 2.00 s)" {
		t.Errorf("ratio: %+v", got)
	}
}
