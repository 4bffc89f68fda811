package crashdisk_test

import (
	"bytes"
	"context"
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"feltbok/internal/fault"
	"feltbok/internal/store"
	"feltbok/internal/store/crashdisk"
)

var background = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustStore makes a register and watches it, opened.
func mustStore(t *testing.T, options ...crashdisk.Option) (string, *crashdisk.Disk, *store.SQLite) {
	t.Helper()
	dir := t.TempDir()
	must(t, store.Create(background, dir, func(store.Writer) error { return nil }))
	disk, err := crashdisk.Watch(dir, options...)
	must(t, err)
	t.Cleanup(disk.Close)
	engine, err := store.Open(background, dir)
	must(t, err)
	t.Cleanup(func() { must(t, engine.Close()) })
	return dir, disk, engine
}

func put(engine *store.SQLite, name int64, value []byte) error {
	return engine.Update(background, func(w store.Writer) error {
		return w.PutSystem(store.SystemValue{Ring: 1, Name: name, Value: value})
	})
}

// names lists the values that an image shows, opened by the engine alone.
func names(t *testing.T, files crashdisk.Image) (all []int64, err error) {
	t.Helper()
	dir := t.TempDir()
	must(t, files.Write(dir))
	engine, err := store.Open(background, dir)
	if err != nil {
		return nil, err
	}
	defer func() { must(t, engine.Close()) }()
	if err := engine.Integrity(background); err != nil {
		return nil, err
	}
	err = engine.View(background, func(r store.Reader) error {
		for value, err := range r.SystemValues() {
			if err != nil {
				return err
			}
			all = append(all, value.Name)
		}
		return nil
	})
	return all, err
}

// An image at the end of a transaction shows it, one before its first call does not, and those between show one or the
// other, both of them now and then.
func TestImage_BeforeWithinAndAfterACommit(t *testing.T) {
	_, disk, engine := mustStore(t)
	must(t, put(engine, 1, make([]byte, 5000)))
	begin := disk.Position()
	must(t, put(engine, 2, make([]byte, 5000)))
	end := disk.Position()
	if end-begin < 3 {
		t.Fatalf("%d calls", end-begin)
	}
	player, random := disk.Play(), rand.New(rand.NewPCG(1, 1))
	seen := map[int]int{}
	for position := begin; position <= end; position++ {
		player.Advance(position)
		for range 5 {
			got, err := names(t, player.Image(random))
			must(t, err)
			if !slices.Equal(got, []int64{1}) && !slices.Equal(got, []int64{1, 2}) || (position == begin && len(got) != 1) || (position == end && len(got) != 2) {
				t.Errorf("call %d of %d to %d: %v", position, begin, end, got)
			}
			if position < end {
				seen[len(got)]++
			}
		}
	}
	if seen[1] == 0 {
		t.Error("no image lacks the transaction")
	}
}

// Without a sync the last transaction is missing in some images, and some do not open.
func TestImage_LyingDiskLoses(t *testing.T) {
	_, disk, engine := mustStore(t, crashdisk.Lying())
	for name := range int64(20) {
		must(t, put(engine, name, make([]byte, 3000)))
	}
	player, random := disk.Play(), rand.New(rand.NewPCG(1, 1))
	player.Advance(disk.Position())
	failed, fewer := 0, 0
	for range 40 {
		switch got, err := names(t, player.Image(random)); {
		case err != nil:
			failed++
		case len(got) < 20:
			fewer++
		}
	}
	if fewer == 0 {
		t.Errorf("%d images do not open, none shows fewer values", failed)
	}
}

// The weaker setting is put in place unnoticed: the store reads full back, and no commit is synced.
func TestSynchronous_IsReplacedUnnoticed(t *testing.T) {
	syncs := map[string]int{}
	for _, value := range []string{"", "NORMAL", "OFF"} {
		var options []crashdisk.Option
		if value != "" {
			options = append(options, crashdisk.Synchronous(value))
		}
		_, disk, engine := mustStore(t, options...)
		must(t, put(engine, 1, make([]byte, 100)))
		disk.Fail(crashdisk.Failure{Kinds: []crashdisk.Kind{crashdisk.Sync}})
		for n := range byte(10) {
			must(t, put(engine, 1, []byte{n}))
		}
		syncs[value] = disk.Calls()
	}
	if syncs[""] < 10 || syncs["NORMAL"] != 0 || syncs["OFF"] != 0 {
		t.Errorf("syncs of ten commits: %v", syncs)
	}
}

// A call that is told to fail does, the others do not.
func TestFail_OneCall(t *testing.T) {
	_, disk, engine := mustStore(t)
	disk.Fail(crashdisk.Failure{Kinds: []crashdisk.Kind{crashdisk.Write}, At: 3, Code: crashdisk.Full})
	if err := put(engine, 1, make([]byte, 9000)); fault.Code(err) != "V-SPACE" {
		t.Errorf("got %v", err)
	}
	if disk.Calls() < 3 {
		t.Errorf("%d calls", disk.Calls())
	}
	must(t, put(engine, 1, make([]byte, 9000)))
}

// Folders that nobody watches are left alone, also inside a process that watches others.
func TestWatch_OtherFoldersAreNotRecorded(t *testing.T) {
	_, disk, _ := mustStore(t)
	before := disk.Position()
	other := t.TempDir()
	must(t, store.Create(background, other, func(w store.Writer) error {
		return w.PutSystem(store.SystemValue{Ring: 1, Name: 1, Value: []byte("x")})
	}))
	if disk.Position() != before {
		t.Error("another folder was recorded")
	}
}

// What is left of one unsynced write are whole sectors of it, in all ways, and nothing else.
func TestImage_TornSectors(t *testing.T) {
	dir := t.TempDir()
	start := bytes.Repeat([]byte{1}, 4096)
	must(t, os.WriteFile(filepath.Join(dir, "f"), start, 0o600))
	disk, err := crashdisk.Watch(dir)
	must(t, err)
	defer disk.Close()
	disk.Record("f", 100, bytes.Repeat([]byte{2}, 3000))
	player, random := disk.Play(), rand.New(rand.NewPCG(1, 1))
	player.Advance(1)
	seen := map[string]bool{}
	for range 40_000 {
		left := player.Image(random)["f"]
		if len(left) != 4096 {
			t.Fatalf("%d bytes", len(left))
		}
		pattern := ""
		for i := 0; i < len(left); i += 512 {
			from, to := max(i, 100), min(i+512, 3100)
			if from >= to {
				continue
			}
			if written := bytes.Count(left[from:to], []byte{2}); written == to-from {
				pattern += "x"
			} else if written == 0 {
				pattern += "-"
			} else {
				t.Fatalf("a sector is torn itself: %d of %d", written, to-from)
			}
		}
		seen[pattern] = true
	}
	for _, want := range []string{"xxxxxxx", "-------", "xxx----", "----xxx", "x-x-x-x"} {
		if !seen[want] {
			t.Errorf("%s never happens", want)
		}
	}
	if len(seen) != 128 {
		t.Errorf("%d ways, want all 128", len(seen))
	}
}

// No program contains this package: only files of tests import it.
func TestGuard_OnlyTestsImport(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	checked, tests := 0, 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "testdata" || (strings.HasPrefix(name, ".") && path != root)) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		checked++
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if imported != "feltbok/internal/store/crashdisk" {
				continue
			}
			if !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s imports %s", path, imported)
			}
			tests++
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if checked < 100 || tests == 0 {
		t.Errorf("looked at %d files, %d of them use the package", checked, tests)
	}
}
