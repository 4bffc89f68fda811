package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"feltbok/internal/fsx"
	"feltbok/sync/exchange/route"
)

// How many kills TestKill makes, from which seed it draws the moments, and the file for the report; .ci/kill.sh sets them.
const (
	killsVariable  = "FELTBOK_KILLS"
	killSeed       = "FELTBOK_KILL_SEED"
	killReport     = "FELTBOK_KILL_REPORT"
	defaultKills   = 6 // one of each command
	defaultSeed    = 20261122
	sampledRounds  = 5  // in every one of so many rounds of a command the user opens the end state by passphrase
	measuredRounds = 60 // after so many rounds the usual times are measured anew
	measurements   = 3  // of which the longest counts; a run of a few kills makes one
)

var (
	errLost  = errors.New("an acknowledged line is lost")
	errMixed = errors.New("a record holds another's values")
)

// killTally counts the kills of one operation by where they landed.
type killTally struct {
	// Before: no byte was written yet. Within: bytes were written, the change is not there. After: the change is wholly
	// there, the command had not said so. Ended: the command was done before the kill, which then is none.
	Before, Within, After, Ended int
	// Lost, Mixed and Broken are what must not be: saves that are gone, values at another record, anything else.
	Lost, Mixed, Broken int
	// Litter counts rounds after which a sealed copy that nothing refers to lies in inbox/.
	Litter int
}

func (t killTally) kills() int { return t.Before + t.Within + t.After }

// usualTimes are how long a command takes undisturbed, and until it has written its first byte.
type usualTimes struct{ whole, first time.Duration }

// TestKill kills the real program at random moments (pains.md rows 1 and 2, security.md 11). After each kill the vault must be
// whole, everything that was acknowledged must be there byte for byte, the command wholly done or not at all, and the
// command run again must succeed.
func TestKill(t *testing.T) {
	wanted, seed := number(t, killsVariable, defaultKills), number(t, killSeed, defaultSeed)
	program := mustFind(t)
	k := mustKillScene(t)
	random := rand.New(rand.NewPCG(uint64(seed), 1))
	began := time.Now()
	kills := 0
	for round := 0; kills < wanted; round++ {
		if round > 3*wanted+100 {
			t.Fatalf("%d kills in %d rounds: the commands end too early", kills, round)
		}
		o := k.operations[round%len(k.operations)]
		if o.usual.whole == 0 || round/len(k.operations)%measuredRounds == 0 {
			o.usual = k.measure(t, program, o, min(measurements, 1+wanted/measuredRounds))
		}
		k.round(t, program, o, random, round)
		kills = 0
		for _, o := range k.operations {
			kills += o.tally.kills()
		}
		if round%50 == 49 || kills == wanted {
			t.Logf("%d kills in %d rounds, %v", kills, round+1, time.Since(began).Round(time.Second))
			k.report(t, seed, time.Since(began))
		}
	}
	for _, o := range k.operations {
		t.Logf("%-16s %+v", o.name, o.tally)
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(variable), strconv.Itoa(otherwise)))
	if err != nil || n < 1 {
		t.Fatalf("%s is no number", variable)
	}
	return n
}

// mustFind gives the program that the stories run too: the commands of this source as a process of their own.
func mustFind(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("feltbokctl")
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// child starts an operation of a round.
func (k *killScene) child(t *testing.T, program string, o *killOperation, work string) (child *exec.Cmd, says *bytes.Buffer) {
	t.Helper()
	child, says = exec.Command(program, k.words(o.machine, work, o.name, o.args(work)...)...), &bytes.Buffer{}
	child.Stderr = says
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child, says
}

// written reports whether a running command has written its first byte.
func (o *killOperation) written(work string) bool {
	if info, err := os.Stat(filepath.Join(work, o.machine, "vault.db-wal")); err == nil && info.Size() > 0 {
		return true
	}
	for _, folder := range []string{filepath.Join(work, "out"), filepath.Join(work, o.machine, "inbox")} {
		if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
			return true
		}
	}
	return false
}

// measure runs an operation undisturbed some times and takes the longest.
func (k *killScene) measure(t *testing.T, program string, o *killOperation, times int) (usual usualTimes) {
	t.Helper()
	for range times {
		work := t.TempDir()
		k.mustPrepare(t, o, work)
		began := time.Now()
		child, says := k.child(t, program, o, work)
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		var first time.Duration
		for running := true; running; {
			select {
			case err := <-ended:
				if running = false; err != nil {
					t.Fatalf("%s undisturbed: %v %s", o.name, err, says)
				}
			case <-time.After(time.Millisecond):
				if first == 0 && o.written(work) {
					first = time.Since(began)
				}
			}
		}
		whole := time.Since(began)
		usual.whole, usual.first = max(usual.whole, whole), max(usual.first, cmp.Or(first, whole))
		mustRemove(t, work)
	}
	return usual
}

func mustRemove(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// round kills one command. In every second round of an operation the moment is drawn over the whole usual duration, in the
// others over the time from its first written byte on.
func (k *killScene) round(t *testing.T, program string, o *killOperation, random *rand.Rand, round int) {
	t.Helper()
	work := t.TempDir()
	defer mustRemove(t, work)
	k.mustPrepare(t, o, work)
	whole, writing := o.usual.whole, max(o.usual.whole-o.usual.first, time.Millisecond)
	fromWriting := round/len(k.operations)%2 == 1
	moment := time.Duration(random.Int64N(int64(whole)))
	if fromWriting {
		moment = time.Duration(random.Int64N(int64(writing)))
	}
	child, says := k.child(t, program, o, work)
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	var err error
	running := true
	wait := func(until <-chan time.Time) {
		select {
		case err = <-ended:
			running = false
		case <-until:
		}
	}
	for fromWriting && running && !o.written(work) {
		wait(time.After(200 * time.Microsecond))
	}
	if running {
		wait(time.After(moment))
	}
	if running {
		_ = child.Process.Kill() // it may have ended this moment
		err = <-ended
	}
	what := fmt.Sprintf("round %d, %s killed after %v (from the first byte: %v)", round, o.name, moment, fromWriting)
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.Exited()) {
		o.tally.Broken++
		t.Errorf("%s: it failed by itself: %v %s", what, err, says)
		return
	}
	sampled := (round%len(k.operations)+round/len(k.operations))%sampledRounds == 0 // one command of each five rounds
	k.judge(t, o, what, work, err == nil, sampled)
}

// judge looks at what a kill left, runs the command again and looks once more.
func (k *killScene) judge(t *testing.T, o *killOperation, what, work string, acknowledged, sampled bool) {
	t.Helper()
	bad := func(count *int, format string, args ...any) {
		t.Helper()
		*count++
		t.Errorf("%s: %s", what, fmt.Sprintf(format, args...))
	}
	untouched := maps.Equal(o.files, filesOf(t, filepath.Join(work, o.machine))) && len(filesOf(t, filepath.Join(work, "out"))) == 0
	now, err := k.picture(t, o.machine, work, o.before)
	switch {
	case errors.Is(err, errLost):
		bad(&o.tally.Lost, "%v", err)
	case errors.Is(err, errMixed):
		bad(&o.tally.Mixed, "%v", err)
	case err != nil:
		bad(&o.tally.Broken, "the vault is not whole: %v", err)
		return
	case now.records != o.before.records && now.records != o.after.records:
		bad(&o.tally.Broken, "neither before nor after")
	}
	done := o.isDone(now, work)
	switch {
	case acknowledged:
		if o.tally.Ended++; !done {
			bad(&o.tally.Lost, "the command said that it was done")
		}
	case done:
		o.tally.After++
	case untouched:
		o.tally.Before++
	default:
		o.tally.Within++
	}
	parts := partsIn(t, filepath.Join(work, "out"))
	if _, err := ctl(k.words(o.machine, work, o.name, o.args(work)...)...); err != nil {
		bad(&o.tally.Broken, "run again: %v", err)
		return
	}
	if o.name == "bundle export" {
		k.judgeBundles(t, o, what, work, parts, sampled || done && !acknowledged)
	}
	if len(filesOf(t, filepath.Join(work, o.machine, "inbox"))) > 0 {
		o.tally.Litter++
	}
	end, err := k.picture(t, o.machine, work, now)
	if err != nil || end.records != o.after.records || !o.isDone(end, work) {
		bad(&o.tally.Broken, "after running it again: %v, as undisturbed: %v", err, end.records == o.after.records)
	}
	if !sampled {
		return
	}
	want := k.mustListUndisturbed(t, o)
	if listed, err := k.listed(o.machine, work); err != nil || listed != want {
		bad(&o.tally.Broken, "by passphrase: %v, listed as undisturbed: %v", err, listed == want)
	}
}

func partsIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	for name := range filesOf(t, dir) {
		if strings.HasSuffix(name, fsx.PartSuffix) {
			names = append(names, name)
		}
	}
	return names
}

// judgeBundles checks that nobody takes a part file for a bundle, and that headquarters can take in every finished file that
// the interrupted and the repeated command left, whichever comes first.
func (k *killScene) judgeBundles(t *testing.T, o *killOperation, what, work string, parts []string, importing bool) {
	t.Helper()
	found, err := route.Bundles(filepath.Join(work, "out"))
	if err != nil || len(found) == 0 {
		o.tally.Broken++
		t.Errorf("%s: %d bundles on the stick, %v", what, len(found), err)
		return
	}
	for _, f := range found {
		if strings.HasSuffix(f.Name, fsx.PartSuffix) || slices.Contains(parts, f.Name) {
			o.tally.Broken++
			t.Errorf("%s: %s is offered as a bundle", what, f.Name)
		}
	}
	if !importing {
		return
	}
	mustCopyTree(t, filepath.Join(work, "hq"), k.path("hq"))
	var files []string
	for _, f := range found {
		files = append(files, f.Path)
	}
	if _, err := ctl(k.words("hq", work, "bundle import", files...)...); err != nil {
		o.tally.Broken++
		t.Errorf("%s: headquarters refuses: %v", what, err)
	}
	if end, err := k.picture(t, "hq", work, k.pictures["hq"]); err != nil || end.records != k.imported.records {
		o.tally.Broken++
		t.Errorf("%s: headquarters: %v, has everything: %v", what, err, end.records == k.imported.records)
	}
}
