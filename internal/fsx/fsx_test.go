package fsx_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"feltbok/internal/fsx"
)

func mustRead(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func mustList(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteFile_ReplacesTheWholeContent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.db")
	for _, content := range []string{"a longer first content", "short", ""} {
		if err := fsx.WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got := mustRead(t, path); got != content {
			t.Errorf("got %q, want %q", got, content)
		}
	}
	if names := mustList(t, dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestWriteFile_OnlyTheOwnerMayRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps access lists instead of mode bits")
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := fsx.WriteFile(path, []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o, want 600", info.Mode().Perm())
	}
}

func TestWriteAtomic_FailedWriteLeavesTheOldContent(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := fsx.WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stick pulled")
	err := fsx.WriteAtomic(path, func(w io.Writer) error {
		if _, err := w.Write(bytes.Repeat([]byte("n"), 1<<16)); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want the writer's own error", err)
	}
	if got := mustRead(t, path); got != "old" {
		t.Errorf("the old content is gone: %q", got)
	}
	if names := mustList(t, dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestWriteAtomic_ReaderNeverSeesAPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	err := fsx.WriteAtomic(path, func(w io.Writer) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the final path exists while the file is being written: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, path); got != "half" {
		t.Errorf("got %q", got)
	}
}

func TestWriteAtomic_TakesOverAPartLeftByACrash(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path+fsx.PartSuffix, []byte("a longer rest of a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fsx.WriteFile(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, path); got != "new" {
		t.Errorf("got %q", got)
	}
	if names := mustList(t, dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestWriteAtomic_MissingFolder(t *testing.T) {
	err := fsx.WriteFile(filepath.Join(t.TempDir(), "none", "f"), nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
}

func TestWriteAtomic_TargetIsAFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := fsx.WriteFile(path, []byte("x")); err == nil {
		t.Error("want an error")
	}
	if names := mustList(t, dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	content := bytes.Repeat([]byte("sealed"), 50_000)
	if err := os.WriteFile(from, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fsx.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, to); got != string(content) {
		t.Errorf("the copy has %d bytes, want %d equal ones", len(got), len(content))
	}
	if err := fsx.Copy(filepath.Join(dir, "third"), filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "third")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a failed copy made a file")
	}
}

func TestFreeBytes(t *testing.T) {
	free, err := fsx.FreeBytes(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if free <= 0 {
		t.Errorf("got %d", free)
	}
	if _, err := fsx.FreeBytes(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing folder must be an error")
	}
}

func TestSyncFolder_Missing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has nothing to flush")
	}
	if err := fsx.SyncFolder(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("want an error")
	}
}
