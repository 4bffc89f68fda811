package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"feltbok/internal/store"
)

// Looking through the main file must not cost SQLite its locks: the system drops all of a program's locks on a file when the
// program closes any handle of it.
func TestFind_KeepsTheLocks(t *testing.T) {
	dir := t.TempDir()
	mustCreate(t, dir)
	e := mustOpen(t, dir)
	must(t, e.Finalise(background))
	info, err := os.Stat(filepath.Join(dir, store.FileName))
	must(t, err)
	inode := fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino)
	locks := func() (held []string) {
		all, err := os.ReadFile("/proc/locks")
		must(t, err)
		for line := range strings.Lines(string(all)) {
			if strings.Contains(line, inode) && strings.Contains(line, fmt.Sprintf(" %d ", os.Getpid())) {
				held = append(held, line)
			}
		}
		return held
	}
	before := locks()
	if len(before) == 0 {
		t.Skip("the system does not tell who holds which lock")
	}
	var some store.Remains
	some.Add(make([]byte, 64))
	for range 2 {
		_, err := e.Find(background, &some)
		must(t, err)
	}
	if after := locks(); len(after) != len(before) {
		t.Errorf("%d locks before, %d after", len(before), len(after))
	}
}
