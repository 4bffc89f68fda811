// Package bench measures the program's own work beside a plain baseline in the same run and gives the figures of
// design.md 6, most of them as ratios.
//
// [Run] makes what it needs in a temporary folder (a training register of invented people) and removes it. Figures depend on
// the machine and its load; the ratios depend on them much less, which is why they are what counts.
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Result is one row.
type Result struct {
	Name     string `json:"name"`
	Measured string `json:"measured"`
	Goal     string `json:"goal"`
	Against  string `json:"against"` // what it is measured against, and the two figures
}

// sizes says how much each measurement works on, so that a test can run all of them in a moment.
type sizes struct {
	saves               int // answers saved
	records, perCase    int // sealed records opened, and how many lie in one case
	unlockCases         int // of five persons
	unlocks             int // how many times they are unlocked
	searched            int // persons
	questions, relevant int // of the question set, and how many of them have a condition
	operations, packs   int // in a bundle, and how many times it is made
	importCases         int // of five persons
	objects, writes     int // merged: objects, and field writes to them
	devices, perDevice  int // that headquarters takes in files from, and how many operations each sends
}

// full are the sizes that the goals of design.md 6 speak of.
var full = sizes{
	saves: 400, records: 20_000, perCase: 4, unlockCases: 1_000, unlocks: 3, searched: 50_000, questions: 551, relevant: 420, operations: 5_000, packs: 3,
	importCases: 1_000, objects: 12_000, writes: 600_000, devices: 8, perDevice: 1_500,
}

// row is one measurement. dir is an empty folder that it may fill.
type row struct {
	name string
	run  func(ctx context.Context, dir string, n sizes) ([]Result, error)
}

var rows = []row{
	{"save", saveAnswer},
	{"open", openRecords},
	{"unlock", unlockList},
	{"search", searchNames},
	{"form", openForm},
	{"bundle", writeBundle},
	{"import", importCases},
	{"devices", importDevices},
	{"merge", mergeWrites},
}

// Names lists the measurements.
func Names() []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.name
	}
	return names
}

// Options change how much is measured. Zero leaves what is usual.
type Options struct {
	// Devices and Operations are for "devices": how many machines send files, and how many operations each.
	Devices, Operations int
	// Persons is for "unlock" and "search": how many are in the register.
	Persons int
}

// personsPerCase is how many persons each case has that is made for a measurement.
const personsPerCase = 5

// Run measures the rows named, or all of them, telling which one begins.
func Run(ctx context.Context, names []string, o Options, begins func(name string)) ([]Result, error) {
	n := full
	n.devices, n.perDevice = cmp.Or(o.Devices, n.devices), cmp.Or(o.Operations, n.perDevice)
	if o.Persons > 0 {
		n.unlockCases, n.searched = max(o.Persons/personsPerCase, 1), o.Persons
	}
	return measure(ctx, names, n, begins)
}

func measure(ctx context.Context, names []string, n sizes, begins func(name string)) ([]Result, error) {
	for _, name := range names {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("no measurement is called %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	var results []Result
	for _, r := range rows {
		if len(names) > 0 && !slices.Contains(names, r.name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		begins(r.name)
		dir, err := os.MkdirTemp("", "feltbok-bench-")
		if err != nil {
			return nil, err
		}
		measured, err := r.run(ctx, dir, n)
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return nil, fmt.Errorf("measure %s: %w", r.name, err)
		}
		results = append(results, measured...)
	}
	return results, nil
}

// ratio is a row that compares two durations.
func ratio(name string, ours, plain time.Duration, goal, against string) Result {
	return Result{
		Name: name, Measured: fmt.Sprintf("%.2f ×", float64(ours)/float64(plain)), Goal: goal,
		Against: fmt.Sprintf("%s (%s against %s)", against, short(ours), short(plain)),
	}
}

func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", float64(d.Nanoseconds())/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d.Nanoseconds())/1e6)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// count writes a number with a comma at the thousands: 20,000.
func count(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func percentile95(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)*95/100]
}
