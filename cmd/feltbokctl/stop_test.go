package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// countdown is a context that ends at its nth look at Err: the same moment of the work on every machine.
type countdown struct {
	context.Context
	cancel context.CancelFunc
	looks  atomic.Int64
	at     int64 // 0: never
}

func newCountdown(t *testing.T, at int64) *countdown {
	inner, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return &countdown{Context: inner, cancel: cancel, at: at}
}

func (c *countdown) Err() error {
	if c.looks.Add(1) == c.at {
		c.cancel()
	}
	return c.Context.Err()
}

// TestImport_Stopped stops an import at many moments. Each time either nothing of the file is in the register or all of it,
// the vault is whole, no copy lies about, and the same import afterwards brings everything, receipt included.
func TestImport_Stopped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := install(dir); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	var lines strings.Builder
	for i := range 60 {
		fmt.Fprintf(&lines, `{"type":"person","id":"01930000-0000-7000-8000-0000000002%02x","case":%q,"set":{"given_names":"Stol","family_name":"Test %d"}}`+"\n", i, caseID, i)
	}
	if err := os.WriteFile(at("people.jsonl"), []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][]string{
		{"record", "apply", at("people.jsonl")}, {"bundle", "export", "--to", "hq", "--out", at("field.feltbok")},
	} {
		if _, err := ctl(append(step, "--workspace", at("laptop-a"), "--passphrase-file", at("laptop-a.txt"))...); err != nil {
			t.Fatal(err)
		}
	}
	importing := func(ctx context.Context, copied string) (string, int) {
		var says bytes.Buffer
		code := run(ctx, []string{"bundle", "import", at("field.feltbok"), "--workspace", copied, "--passphrase-file", at("hq.txt")}, io.Discard, &says)
		return says.String(), code
	}
	open := func(copied string) *workspace.Workspace {
		info, err := workspace.Peek(copied)
		if err != nil {
			t.Fatal(err)
		}
		ws, err := workspace.Unlock(t.Context(), copied, info.Users[0].Slot, []byte(passphrases["hq"]), workspace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return ws
	}
	people := func(ws *workspace.Workspace) int {
		persons, err := ws.Objects(t.Context(), "person", uuid.Nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(persons)
	}
	fresh := func(name string) string {
		copied := at(name)
		if err := os.CopyFS(copied, os.DirFS(at("hq"))); err != nil {
			t.Fatal(err)
		}
		return copied
	}

	counting := newCountdown(t, 0)
	if says, code := importing(counting, fresh("whole")); code != exitDone {
		t.Fatal(says)
	}
	looks, stopped := counting.looks.Load(), 0
	for i, moment := range []int64{1, looks * 3 / 10, looks * 6 / 10, looks * 9 / 10, looks - 1, looks} {
		copied := fresh(fmt.Sprint("hq-", i))
		says, code := importing(newCountdown(t, moment), copied)
		if code != exitDone {
			stopped++
			if code != exitFailed || !strings.Contains(says, "stopped before the end") {
				t.Errorf("look %d of %d: exit %d, %s", moment, looks, code, says)
			}
		}
		if left, _ := os.ReadDir(filepath.Join(copied, "inbox")); len(left) != 0 {
			t.Errorf("look %d of %d: %d files left in inbox", moment, looks, len(left))
		}
		ws := open(copied)
		defer ws.Close()
		if n := people(ws); n != 1 && n != 61 {
			t.Errorf("look %d of %d: %d persons are there, which is a part of the file", moment, looks, n)
		}
		if _, err := exchange.Import(t.Context(), ws, at("field.feltbok"), nil); err != nil {
			t.Errorf("look %d of %d: importing again: %v", moment, looks, err)
		}
		if n := people(ws); n != 61 {
			t.Errorf("look %d of %d: %d persons after the second import", moment, looks, n)
		}
		status, err := exchange.StatusOf(t.Context(), ws)
		if err != nil {
			t.Fatal(err)
		}
		for _, device := range status.Devices {
			if device.Alias == "laptop-a" && device.Receipt == 0 {
				t.Errorf("look %d of %d: there is no receipt for the laptop", moment, looks)
			}
		}
		if _, err := ws.Check(t.Context()); err != nil {
			t.Errorf("look %d of %d: %v", moment, looks, err)
		}
		ws.Close()
	}
	if stopped < 3 {
		t.Errorf("only %d imports were stopped", stopped)
	}
}

// TestHelp: the help of every command says how to call it and ends with an example that is that command.
func TestHelp(t *testing.T) {
	seen := map[string]bool{}
	for _, command := range commands {
		if seen[command.name] {
			t.Errorf("%s stands twice", command.name)
		}
		seen[command.name] = true
		var out bytes.Buffer
		if code := run(t.Context(), append(strings.Fields(command.name), "--help"), &out, io.Discard); code != exitDone {
			t.Errorf("%s --help: exit %d", command.name, code)
		}
		text := strings.TrimRight(out.String(), "\n")
		last := text[strings.LastIndex(text, "\n")+1:]
		if !strings.HasPrefix(text, "Usage: feltbokctl "+command.name) || !strings.HasPrefix(last, "Example: feltbokctl "+command.name) {
			t.Errorf("help of %s begins or ends otherwise:\n%s", command.name, text)
		}
	}
}
