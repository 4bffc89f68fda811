//go:build unix

package store_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"feltbok/internal/fault"
	"feltbok/internal/store"
)

// A folder that cannot be written gives V-READONLY at once. Root may write everywhere, so that the attempt is then made by
// a copy of the test program under another user.
func TestOpen_ReadOnlyFolder(t *testing.T) {
	root, err := os.MkdirTemp("", "feltbok-readonly-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(root)) })
	dir := filepath.Join(root, "vault")
	must(t, os.Mkdir(dir, 0o700))
	mustCreate(t, dir)
	must(t, os.Remove(filepath.Join(dir, store.LockName)))
	for path, mode := range map[string]os.FileMode{root: 0o755, dir: 0o555, filepath.Join(dir, store.FileName): 0o444} {
		must(t, os.Chmod(path, mode))
	}
	t.Cleanup(func() { must(t, os.Chmod(dir, 0o700)) })
	if os.Getuid() != 0 {
		if _, err := store.Open(background, dir); fault.Code(err) != "V-READONLY" {
			t.Errorf("got %v", err)
		}
		return
	}
	program := filepath.Join(root, "program")
	content, err := os.ReadFile(os.Args[0])
	must(t, err)
	must(t, os.WriteFile(program, content, 0o755))
	child := exec.Command(program)
	child.Dir = root
	child.Env = append(os.Environ(), childVariable+"="+dir)
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := child.Output()
	must(t, err)
	if got := strings.TrimSpace(string(out)); got != "V-READONLY" {
		t.Errorf("got %q", got)
	}
}
