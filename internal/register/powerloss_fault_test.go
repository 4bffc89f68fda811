package register_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/store/crashdisk"
)

// changing are the calls that change a file.
var changing = []crashdisk.Kind{crashdisk.Write, crashdisk.Truncate, crashdisk.Sync}

// diskFaults are the ways in which a disk refuses: for one call, or from one call on until the operation has ended.
var diskFaults = []struct {
	name, code string
	failure    crashdisk.Failure
}{
	{"full once", "V-SPACE", crashdisk.Failure{Kinds: []crashdisk.Kind{crashdisk.Write}, Code: crashdisk.Full}},
	{"full", "V-SPACE", crashdisk.Failure{Kinds: []crashdisk.Kind{crashdisk.Write}, Code: crashdisk.Full, Lasting: true}},
	{"broken once", "V-DISK", crashdisk.Failure{Kinds: changing, Code: crashdisk.InputOutputError}},
	{"broken", "V-DISK", crashdisk.Failure{Kinds: changing, Code: crashdisk.InputOutputError, Lasting: true}},
}

// faultOperation is an operation that every call of the disk interrupts once.
type faultOperation struct {
	name string
	run  func(*powerHistory) error
	// prepare, which may be nil, makes what the operation works on, before each time.
	prepare func(*powerHistory)
	// whole reports that the change may stand although the operation failed: only what makes it final, after the commit,
	// did not succeed. Memory and file then agree on the new state.
	whole bool
	// every has every call fail also in a short run; a long one does so for all operations.
	every bool
}

func faultOperations() []faultOperation {
	aCase := func(h *powerHistory) { h.do("import", func() error { return h.load(4) }) }
	return []faultOperation{
		{name: "save", run: func(h *powerHistory) error { return h.saveTo(h.writers[0]) }, every: true},
		{name: "import", run: func(h *powerHistory) error { return h.load(12) }},
		{name: "attachment", run: func(h *powerHistory) error { return h.attachTo(h.writers[0]) }}, // beginning a chain must not fail
		{name: "rotation", run: func(h *powerHistory) error { return h.register.Rotate(background, domain.RingCase) }, whole: true},
		{name: "erasure", run: (*powerHistory).erase, prepare: aCase, whole: true},
		{name: "reseal", run: (*powerHistory).reseal, prepare: (*powerHistory).storeRows, whole: true},
		{name: "backup", run: (*powerHistory).backup},
	}
}

// A disk that is full or broken at any single call gives the operation its fault and changes nothing: neither in memory nor
// in the file, also if the power goes right then. The register works on afterwards.
func TestDiskFault_AtEveryCall(t *testing.T) {
	for _, operation := range faultOperations() {
		for _, disk := range diskFaults {
			t.Run(operation.name+" "+disk.name, func(t *testing.T) {
				h := mustFaulty(t)
				image := mustFolder(t)
				at := 1
				for n := 1; h.failAt(at, operation, disk.failure, disk.code, image); n++ {
					at++
					if !operation.every && os.Getenv(powerCutsVariable) == "" {
						at += at / 3
					}
					if n%30 == 0 { // what was saved between would make the operation longer and longer
						h.mustReopen()
						h.end()
						h = mustFaulty(t)
					}
				}
				if at < 10 {
					t.Errorf("only %d calls", at-1)
				}
				h.mustReopen()
				h.end()
			})
		}
	}
}

func mustFaulty(t *testing.T) *powerHistory {
	t.Helper()
	h := mustHistory(t, powerSeed)
	for range 3 {
		h.save()
	}
	return h
}

// mustReopen compares what is in memory with what is in the file.
func (h *powerHistory) mustReopen() {
	h.t.Helper()
	unproven := func(e register.Erasure) bool { return !e.Proven }
	if slices.ContainsFunc(h.register.Erasures(), unproven) { // the next unlock looks through the files again
		h.must(h.register.Lock())
		h.register = h.mustOpen()
		if slices.ContainsFunc(h.register.Erasures(), unproven) {
			h.t.Error("an erasure stays unproven on a disk that works again")
		}
	}
	want := h.mustState()
	h.must(h.register.Kill()) // locking would write the rows that are behind
	h.register = h.mustOpen()
	if h.mustState() != want {
		h.t.Error("the file differs from what was in memory")
	}
	h.mustAgree()
}

// failAt runs an operation whose call number at fails, and reports whether it has so many.
func (h *powerHistory) failAt(at int, operation faultOperation, failure crashdisk.Failure, code, image string) (more bool) {
	h.t.Helper()
	if operation.prepare != nil {
		operation.prepare(h)
	}
	before := h.mustState()
	failure.At = at
	h.disk.Fail(failure)
	err := operation.run(h)
	reached := h.disk.Calls() >= at
	h.disk.Fail(crashdisk.Failure{})
	after := h.mustState()
	switch {
	case err == nil:
		// SQLite writes the log back after some commits. If that fails the log stays, and nothing is lost.
		h.mustAgree()
	case !reached:
		h.t.Fatalf("call %d: failed without a fault of the disk: %v", at, err)
	case fault.Code(err) != code && (!operation.whole || fault.Code(err) != "V-ERASE"):
		h.t.Errorf("call %d: %v, want %s", at, err, code)
	case fault.Code(err) == "V-ERASE" && after == before:
		h.t.Errorf("call %d: %v, and nothing was changed", at, err)
	case after != before && !operation.whole:
		h.t.Errorf("call %d: failed with %v and changed the register", at, err)
	}
	h.mustSurvive(at, image, after)
	if !reached {
		return false
	}
	h.save() // works on, and agrees with the model
	return true
}

// mustSurvive cuts the power right after a failed operation: the state is that in memory, or the whole operation was written
// before its sync failed and is there.
func (h *powerHistory) mustSurvive(at int, dir string, state [32]byte) {
	h.t.Helper()
	h.player.Advance(h.disk.Position())
	i := powerImage{who: &h.who, files: h.player.Image(rand.New(rand.NewPCG(uint64(at), 4))), allowed: [][32]byte{state}}
	v, err := i.judge(dir)
	if v == powerGood {
		return
	}
	if i.other {
		return
	}
	h.t.Errorf("call %d: power loss after the fault: %v", at, err)
}

// A disk that is full or broken at any call of an upgrade leaves the register as it was or upgraded, and the next unlock
// upgrades it.
func TestDiskFault_AtEveryCallOfAnUpgrade(t *testing.T) {
	who := oldUser(t)
	upgraded := mustUpgrade(t, who)
	want := upgraded.mustState()
	upgraded.end()
	for _, disk := range diskFaults {
		t.Run(disk.name, func(t *testing.T) {
			codes := map[string]int{}
			for at, reached := 1, true; reached; {
				h := newHistory(t, powerSeed, filepath.Join("testdata", "schema1"), who)
				h.watch()
				failure := disk.failure
				failure.At = at
				h.disk.Fail(failure)
				_, r, _, err := who.open(h.dir)
				reached = h.disk.Calls() >= at
				h.disk.Fail(crashdisk.Failure{})
				if err != nil {
					code := fault.Code(err)
					if codes[code]++; code != disk.code && code != "V-UPGRADE" {
						t.Errorf("call %d: %v", at, err)
					}
					_, r, _, err = who.open(h.dir)
					h.must(err)
				}
				h.register = r
				if h.mustState() != want {
					t.Errorf("call %d: another state afterwards", at)
				}
				h.end()
				if at++; os.Getenv(powerCutsVariable) == "" {
					at += at / 3
				}
			}
			if len(codes) == 0 {
				t.Error("no call failed")
			}
			t.Log(codes)
		})
	}
}

// A read that fails or is cut short while the vault is opened is V-DISK or V-DAMAGED; nothing is changed, and the vault opens
// when the disk reads again.
func TestDiskFault_AtEveryReadOfUnlock(t *testing.T) {
	for _, disk := range []struct {
		name string
		code func(crashdisk.Kind) int32
	}{{"error", crashdisk.InputOutputError}, {"short", crashdisk.ShortRead}} {
		t.Run(disk.name, func(t *testing.T) {
			h := mustHistory(t, powerSeed)
			for range 5 {
				h.save()
			}
			want := h.mustState()
			content := mustFiles(t, h.dir)
			h.must(h.register.Lock())
			mustPutFiles(t, h.dir, content) // with a log, as after a power loss
			codes := map[string]int{}
			for at, reached := 1, true; reached; at++ {
				mustPutFiles(t, h.dir, content)
				h.disk.Fail(crashdisk.Failure{Kinds: []crashdisk.Kind{crashdisk.Read}, At: at, Lasting: true, Code: disk.code})
				v, r, _, err := h.who.open(h.dir)
				reached = h.disk.Calls() >= at
				h.disk.Fail(crashdisk.Failure{})
				if err == nil {
					if state, err := stateOf(r); err != nil || state != want {
						t.Errorf("read %d: opened with another state, %v", at, err)
					}
					h.must(v.Close())
					continue
				}
				codes[fault.Code(err)]++
				// SQLite takes a page that was cut short for zeros. Where only sealed bytes stood, their seal tells.
				if code := fault.Code(err); code != "V-DISK" && code != "V-DAMAGED" && code != "V-HEADER" {
					t.Errorf("read %d: %v", at, err)
				}
				if v, r, _, err = h.who.open(h.dir); err != nil {
					t.Fatalf("read %d: not after a failed opening: %v", at, err)
				}
				if state, err := stateOf(r); err != nil || state != want {
					t.Errorf("read %d: another state after a failed opening, %v", at, err)
				}
				h.must(v.Close())
			}
			if len(codes) == 0 {
				t.Error("no read failed")
			}
			t.Log(codes)
			h.register = h.mustOpen()
			h.end()
		})
	}
}

// mustFiles reads the files of a register while it is open.
func mustFiles(t *testing.T, dir string) crashdisk.Image {
	t.Helper()
	files := crashdisk.Image{}
	for _, name := range []string{store.FileName, store.FileName + "-wal"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	return files
}

// mustPutFiles brings a closed register to an earlier state of its files.
func mustPutFiles(t *testing.T, dir string, files crashdisk.Image) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, store.FileName+"-wal")); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := files.Write(dir); err != nil {
		t.Fatal(err)
	}
}
