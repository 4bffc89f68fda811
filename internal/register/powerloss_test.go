package register_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"feltbok/internal/store"
	"feltbok/internal/store/crashdisk"
)

const (
	// powerCutsVariable sets the number of images; without it a short share is run.
	powerCutsVariable = "FELTBOK_POWERCUTS"
	// powerSeedVariable sets the seed, which fixes the operations, the cut points and what arrives. Keys and nonces
	// stay random.
	powerSeedVariable = "FELTBOK_POWERCUTS_SEED"

	// powerControlsVariable sets the number of images of each control.
	powerControlsVariable = "FELTBOK_POWERCUTS_CONTROLS"

	shortPowerCuts     = 200
	shortPowerControls = 30
	powerSeed          = 20261122
	// imagesPerHistory is after how many images a new history is recorded.
	imagesPerHistory = 1000
)

// powerVerdict is what an image turned out to be.
type powerVerdict int

const (
	powerGood    powerVerdict = iota
	powerLost                 // a whole earlier state: an acknowledged operation is missing
	powerCorrupt              // does not open, fails a check, or shows a state that never was
)

// powerTally counts verdicts by operation.
type powerTally struct {
	mutex sync.Mutex
	all   map[string]*[3]int
	kept  int // images kept for inspection
}

func (y *powerTally) add(operation string, v powerVerdict) {
	y.mutex.Lock()
	defer y.mutex.Unlock()
	if y.all[operation] == nil {
		y.all[operation] = &[3]int{}
	}
	y.all[operation][v]++
}

func (y *powerTally) total() (sum [3]int) {
	for _, counts := range y.all {
		for v, n := range counts {
			sum[v] += n
		}
	}
	return sum
}

// String is a table in Markdown.
func (y *powerTally) String() string {
	var b strings.Builder
	line := func(name string, counts [3]int) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", name, counts[powerGood]+counts[powerLost]+counts[powerCorrupt], counts[powerCorrupt], counts[powerLost])
	}
	b.WriteString("| Cut during | Images | Corrupt | Lost acknowledged |\n| --- | --- | --- | --- |\n")
	names := make([]string, 0, len(y.all))
	for name := range y.all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		line(name, *y.all[name])
	}
	line("all", y.total())
	return b.String()
}

// powerCut is one moment of a power loss.
type powerCut struct {
	position  int
	operation string
	seed      uint64
}

// powerImage is one disk after a power loss, with the states that it may show.
type powerImage struct {
	powerCut
	who     *opener
	files   crashdisk.Image
	allowed [][32]byte // acknowledged before the cut, and what was in flight
	before  [][32]byte // earlier ones
	gone    [][]byte   // what no file may hold any more
	other   bool       // set when the image opened with all checks and showed another state
}

// powerWeights make cuts more frequent during some operations.
var powerWeights = map[string]int{"save": 5, "import": 2}

// images builds n images of a history, for each operation about as many or by its weight, and gives them to each.
func (h *powerHistory) images(n int, seed uint64, each func(powerImage)) {
	random := rand.New(rand.NewPCG(seed, 2))
	byOperation := map[string][]powerStep{}
	var operations []string
	for _, s := range h.steps {
		if byOperation[s.operation] == nil {
			operations = append(operations, slices.Repeat([]string{s.operation}, max(1, powerWeights[s.operation]))...)
		}
		byOperation[s.operation] = append(byOperation[s.operation], s)
	}
	cuts := make([]powerCut, n)
	for i := range cuts {
		operation := operations[random.IntN(len(operations))]
		s := byOperation[operation][random.IntN(len(byOperation[operation]))]
		cuts[i] = powerCut{position: s.begin + random.IntN(s.end-s.begin+1), operation: operation, seed: random.Uint64()}
	}
	slices.SortStableFunc(cuts, func(a, b powerCut) int { return cmp.Compare(a.position, b.position) })
	player := h.disk.Play()
	for _, c := range cuts {
		player.Advance(c.position)
		states := [][32]byte{h.first}
		acknowledged := 0
		for _, s := range h.steps {
			if s.end <= c.position || s.begin < c.position {
				states = append(states, s.state)
			}
			if s.end <= c.position {
				acknowledged++
			}
		}
		var gone [][]byte
		for _, r := range h.erased {
			if r.from <= c.position {
				gone = append(gone, r.keys...)
			}
		}
		each(powerImage{powerCut: c, who: &h.who, gone: gone, files: player.Image(rand.New(rand.NewPCG(c.seed, 3))), allowed: states[acknowledged:], before: states[:acknowledged]})
	}
}

// clearFolder empties the folder of an image.
func clearFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
	}
	return err
}

// judge opens an image with the engine as it is delivered and compares what it shows with the history.
func (i *powerImage) judge(dir string) (powerVerdict, error) {
	if err := clearFolder(dir); err != nil {
		return powerCorrupt, err
	}
	files := crashdisk.Image{}
	for name, content := range i.files {
		if strings.HasPrefix(name, store.FileName) || i.operation == "upgrade" { // which begins with a copy
			files[name] = content
		}
	}
	if err := files.Write(dir); err != nil {
		return powerCorrupt, err
	}
	for name, content := range files {
		if slices.ContainsFunc(i.gone, func(key []byte) bool { return bytes.Contains(content, key) }) {
			return powerCorrupt, fmt.Errorf("a key of an erased case is back in %s", name)
		}
	}
	v, r, found, err := i.who.open(dir)
	if err != nil {
		return powerCorrupt, err
	}
	// The vault is closed and the register not locked: locking collects garbage, which takes longer than all the rest.
	defer v.Close()
	if err := v.EngineIntegrity(background); err != nil {
		return powerCorrupt, err
	}
	if i.seed%16 == 0 {
		if _, err := r.Check(background); err != nil {
			return powerCorrupt, err
		}
	}
	state, err := stateOf(r)
	state = foundAs(found, state)
	switch {
	case err != nil:
		return powerCorrupt, err
	case slices.Contains(i.allowed, state):
		return powerGood, nil
	case slices.Contains(i.before, state):
		return powerLost, errors.New("an acknowledged operation is missing")
	}
	i.other = true
	return powerCorrupt, errors.New("shows a state that never was")
}

// judgeAll judges n images of a history with two workers.
func (h *powerHistory) judgeAll(n int, seed uint64, y *powerTally, report func(powerImage, powerVerdict, error)) {
	queue := make(chan powerImage, 4)
	var workers sync.WaitGroup
	for range 2 {
		dir := mustFolder(h.t)
		workers.Go(func() {
			for i := range queue {
				v, err := i.judge(dir)
				y.add(i.operation, v)
				if v != powerGood {
					report(i, v, err)
				}
			}
		})
	}
	h.images(n, seed, func(i powerImage) { queue <- i })
	close(queue)
	workers.Wait()
}

// Whenever the power goes, the register opens with all checks, shows a state that it had, and misses nothing that was
// acknowledged (security.md 10.1).
func TestPowerLoss_NothingAcknowledgedIsLost(t *testing.T) {
	n, seed := mustNumber(t, powerCutsVariable, shortPowerCuts), uint64(mustNumber(t, powerSeedVariable, powerSeed))
	y := &powerTally{all: map[string]*[3]int{}}
	began := time.Now()
	upgrade := mustUpgrade(t, oldUser(t))
	for round := uint64(0); n > 0; round++ {
		report := func(i powerImage, v powerVerdict, err error) {
			t.Errorf("seed %d, cut at call %d during %s: verdict %d: %v; kept in %s", seed+round, i.position, i.operation, v, err, y.keep(i.files))
		}
		h := mustHistory(t, seed+round)
		h.live(60)
		recorded := time.Since(began)
		share := min(n, imagesPerHistory)
		few := share / 20 // about as many as of each other operation
		h.judgeAll(share-2*few, seed+round, y, report)
		upgrade.judgeAll(few, seed+round, y, report)
		again := h.recovery()
		again.judgeAll(few, seed+round, y, report)
		again.end()
		n -= share
		h.end()
		if round == 0 {
			t.Logf("first history: %d operations, %d calls, recorded in %v; %d images in %v", len(h.steps), h.disk.Position(), recorded, share, time.Since(began)-recorded)
		}
		if round%10 == 9 {
			t.Logf("%v: %v", time.Since(began).Round(time.Second), y.total())
		}
	}
	upgrade.end()
	t.Logf("seed %d, %v\n%s", seed, time.Since(began).Round(time.Second), y)
}

// keep writes the first images that fail to a folder that stays.
func (y *powerTally) keep(files crashdisk.Image) string {
	y.mutex.Lock()
	defer y.mutex.Unlock()
	if y.kept++; y.kept > 5 {
		return "no folder"
	}
	dir, err := os.MkdirTemp("", "feltbok-powerloss-failed-")
	if err == nil {
		err = files.Write(dir)
	}
	if err != nil {
		return err.Error()
	}
	return dir
}

func mustNumber(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}
