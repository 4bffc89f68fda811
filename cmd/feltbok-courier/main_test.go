package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	laptop, share := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(laptop, "a.feltbok"), []byte("sealed"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "file://" + filepath.ToSlash(share)
	for _, test := range []struct {
		args         []string
		code         int
		stdout, fail string
	}{
		{[]string{"push", laptop, address}, 0, "carried 1, left out 0", ""},
		{[]string{"push", laptop, address}, 0, "carried 0, left out 0", ""},
		{[]string{"pull", address, t.TempDir()}, 0, "carried 1, left out 0", ""},
		{[]string{"--lang", "nb", "push", filepath.Join(laptop, "gone"), address}, 3, "", "E-PULLED: «gone» er ikke tilgjengelig lenger"},
		{[]string{"push", laptop, "nowhere://x"}, 3, "", "E-FILE: "},
		{[]string{"push", laptop}, 2, "", "Usage:"},
		{[]string{"--every", "-1s", "push", laptop, address}, 2, "", "Usage:"},
		{[]string{"--help"}, 0, "Usage:", ""},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), test.args, &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.fail) {
			t.Errorf("%q: exit %d\n%s%s", test.args, code, stdout.String(), stderr.String())
		}
	}
}

// With --every it goes on: what comes later is carried too, until it is told to stop.
func TestRun_GoesOn(t *testing.T) {
	laptop, share := t.TempDir(), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan int)
	var stdout, stderr bytes.Buffer
	go func() {
		ended <- run(ctx, []string{"--every", "10ms", "push", laptop, "file://" + filepath.ToSlash(share)}, &stdout, &stderr)
	}()
	if err := os.WriteFile(filepath.Join(laptop, "late.feltbok"), []byte("sealed"), 0o600); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(share, "late.feltbok")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("never carried")
		}
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
