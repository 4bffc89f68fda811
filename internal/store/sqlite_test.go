package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/store"
	"feltbok/internal/store/storetest"
)

var background = context.Background()

func nothing(store.Writer) error { return nil }

func mustCreate(t testing.TB, dir string) {
	t.Helper()
	if err := store.Create(background, dir, nothing); err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t testing.TB, dir string) *store.SQLite {
	t.Helper()
	e, err := store.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestSQLite_Conformance(t *testing.T) {
	var fixture func(testing.TB, string) storetest.Fixture
	fixture = func(t testing.TB, dir string) storetest.Fixture {
		e := mustOpen(t, dir)
		return storetest.Fixture{
			Engine: e,
			Reopen: func(t testing.TB) storetest.Fixture {
				t.Helper()
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				return fixture(t, dir)
			},
			Opened: func(t testing.TB, path string) store.Engine {
				t.Helper()
				other := t.TempDir()
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(other, store.FileName), content, 0o600); err != nil {
					t.Fatal(err)
				}
				return mustOpen(t, other)
			},
		}
	}
	storetest.Run(t, func(t testing.TB) storetest.Fixture {
		dir := t.TempDir()
		mustCreate(t, dir)
		return fixture(t, dir)
	})
}

func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// The write-ahead log's index stays on the heap, also while rows are written, and a second opener is refused.
func TestSQLite_FilesAndLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder with ? % # and æøå")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, dir)
	if got := strings.Join(files(t, dir), " "); got != "lock vault.db" {
		t.Errorf("after creation: %s", got)
	}
	e := mustOpen(t, dir)
	if err := e.Update(background, func(w store.Writer) error {
		return w.PutSystem(store.SystemValue{Ring: 1, Name: 1, Value: []byte("x")})
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(files(t, dir), " "); got != "lock vault.db vault.db-wal" {
		t.Errorf("while open: %s", got)
	}
	if _, err := store.Open(background, dir); fault.Code(err) != "V-BUSY" {
		t.Errorf("second opener: %v", err)
	}
	if err := store.Create(background, dir, nothing); fault.Code(err) != "V-EXISTS" {
		t.Errorf("creating over it: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(files(t, dir), " "); got != "lock vault.db" {
		t.Errorf("after closing: %s", got)
	}
	if info, err := os.Stat(filepath.Join(dir, store.FileName)); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0) {
		t.Errorf("file mode %v, %v", info.Mode(), err)
	}
	mustOpen(t, dir)
}

func TestCreate_FailureLeavesNoRegister(t *testing.T) {
	dir := t.TempDir()
	failure := errors.New("enough")
	if err := store.Create(background, dir, func(store.Writer) error { return failure }); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(files(t, dir), " "); got != "lock" {
		t.Errorf("left behind: %s", got)
	}
	mustCreate(t, dir)
}

func edit(t testing.TB, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestOpen_RefusesOtherFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		want   string
		break_ func(t *testing.T, dir string)
	}{
		"missing":         {"V-MISSING", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, store.FileName))) }},
		"empty":           {"V-DAMAGED", func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, store.FileName), 0)) }},
		"no database":     {"V-DAMAGED", func(t *testing.T, dir string) { overwrite(t, dir, 0, bytes.Repeat([]byte("no "), 100)) }},
		"broken schema":   {"V-DAMAGED", func(t *testing.T, dir string) { overwrite(t, dir, 100, bytes.Repeat([]byte{0xff}, 300)) }},
		"foreign program": {"V-DAMAGED", func(t *testing.T, dir string) { edit(t, dir, "PRAGMA application_id=1") }},
		"newer version": {"V-VERSION", func(t *testing.T, dir string) {
			edit(t, dir, fmt.Sprintf("PRAGMA user_version=%d", store.SchemaVersion+1))
		}},
		"other page size": {"V-PRAGMA", func(t *testing.T, dir string) {
			edit(t, dir, "PRAGMA journal_mode=DELETE", "PRAGMA page_size=8192", "VACUUM")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustCreate(t, dir)
			tt.break_(t, dir)
			if e, err := store.Open(background, dir); fault.Code(err) != tt.want || e != nil {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if name != "missing" {
				mustUnlocked(t, dir)
			}
		})
	}
}

// mustUnlocked fails when a refused opening kept the lock.
func mustUnlocked(t *testing.T, dir string) {
	t.Helper()
	must(t, os.Remove(filepath.Join(dir, store.FileName)))
	mustCreate(t, dir)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func overwrite(t testing.TB, dir string, at int64, content []byte) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, store.FileName), os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(content, at)
	must(t, errors.Join(err, f.Close()))
}

// What was dropped is in no file once deletions are final, and was there before.
func TestFinalise_DroppedKeysAreGone(t *testing.T) {
	dir := t.TempDir()
	mustCreate(t, dir)
	e := mustOpen(t, dir)
	secret := bytes.Repeat([]byte("wrapped key 4711 "), 8)
	id := [16]byte{1}
	must(t, e.Update(background, func(w store.Writer) error {
		return errors.Join(w.PutDataKey(store.DataKey{ID: id, Ring: 2, Wrapped: secret}), w.PutObject(store.Object{Row: id, Compartment: domain.Case, Head: secret, Body: bytes.Repeat(secret, 100)}))
	}))
	if !contains(t, dir, secret) {
		t.Fatal("the scan does not find what is there")
	}
	must(t, e.Update(background, func(w store.Writer) error { return errors.Join(w.DropDataKey(id), w.DropObject(id)) }))
	must(t, e.Finalise(background))
	if contains(t, dir, secret) {
		t.Error("a dropped key is still in a file")
	}
}

func contains(t testing.TB, dir string, what []byte) bool {
	t.Helper()
	for _, name := range files(t, dir) {
		content, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if bytes.Contains(content, what) {
			return true
		}
	}
	return false
}

func TestCheckFile_FindsDifferences(t *testing.T) {
	dir := t.TempDir()
	mustCreate(t, dir)
	e := mustOpen(t, dir)
	must(t, e.Update(background, func(w store.Writer) error {
		for n := range byte(50) {
			if err := w.PutObject(store.Object{Row: [16]byte{n}, Compartment: domain.Case, Head: []byte{n}, Body: bytes.Repeat([]byte{n + 1}, 3000)}); err != nil {
				return err
			}
		}
		return nil
	}))
	out := t.TempDir()
	path := filepath.Join(out, store.FileName)
	must(t, e.Copy(background, path))
	good, err := store.CheckFile(background, path)
	must(t, err)
	if good["object"].Rows != 50 || len(good) != 7 {
		t.Errorf("digest %+v", good)
	}
	if got := strings.Join(files(t, out), " "); got != store.FileName {
		t.Errorf("files beside the copy: %s", got)
	}
	content, err := os.ReadFile(path)
	must(t, err)
	at := bytes.Index(content, bytes.Repeat([]byte{7}, 100))
	content[at] ^= 1
	must(t, os.WriteFile(path, content, 0o600))
	if got, err := store.CheckFile(background, path); err == nil && got["object"] == good["object"] {
		t.Error("a flipped bit passes")
	}
}

const childVariable = "FELTBOK_STORE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		e, err := store.Open(background, dir)
		fmt.Println(fault.Code(err))
		if err == nil {
			_, _ = io.Copy(io.Discard, os.Stdin) // holds the register until the parent lets go
			_ = e.Close()
		}
		return
	}
	os.Exit(m.Run())
}

// Two programs: the second gets V-BUSY, and the register is free again when the first was killed.
func TestOpen_TwoPrograms(t *testing.T) {
	dir := t.TempDir()
	mustCreate(t, dir)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+dir)
	in, err := child.StdinPipe()
	must(t, err)
	defer in.Close()
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	var code string
	if _, err := fmt.Fscanln(out, &code); code != "" {
		t.Fatalf("first program: %q, %v", code, err)
	}
	if _, err := store.Open(background, dir); fault.Code(err) != "V-BUSY" {
		t.Errorf("second program: %v", err)
	}
	must(t, child.Process.Kill())
	_ = child.Wait()
	mustOpen(t, dir)
}
