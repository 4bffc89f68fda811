package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/demo"
)

const demoCases, demoSeed = 24, 7

// TestDemo makes the same demo twice: same seed, same people and answers, whatever the keys and times.
func TestDemo(t *testing.T) {
	t.Parallel()
	type made struct {
		dir     string
		summary demoSummary
		records string
	}
	var demos [2]made
	for i := range demos {
		dir := filepath.Join(t.TempDir(), "demo")
		demos[i].dir = dir
		out, err := ctl("demo", "--dir", dir, "--cases", fmt.Sprint(demoCases), "--seed", fmt.Sprint(demoSeed), "--json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &demos[i].summary); err != nil {
			t.Fatal(err)
		}
		demos[i].records = everything(t, dir)
		if i == 0 {
			judgeDemo(t, dir, demos[i].summary)
		}
	}
	a, b := demos[0].summary, demos[1].summary
	a.Dir, a.Seconds, b.Dir, b.Seconds = "", 0, "", 0
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the summaries differ (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(strings.Split(demos[0].records, "\n"), strings.Split(demos[1].records, "\n")); diff != "" {
		t.Errorf("the records differ (-first +second):\n%.3000s", diff)
	}
}

// everything is all records that headquarters' special-needs caseworker reads, who reads every compartment with records.
func everything(t *testing.T, dir string) string {
	t.Helper()
	out, err := ctl("record", "list", "--json", "--workspace", filepath.Join(dir, "hq"), "--passphrase-file", filepath.Join(dir, "passphrases", "hq.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var records []map[string]any
	if err := json.Unmarshal(out, &records); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, record := range records {
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, projected.ReplaceAllString(string(text), "projected"))
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

// projected are identifiers that come of a key of this demo's headquarters: those on the roster of the course.
var projected = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// judgeDemo checks what a demo promises: headquarters holds every operation, the planted conflicts are found, one of them
// is decided, the figures name nobody, and a second demo does not go on top.
func judgeDemo(t *testing.T, dir string, summary demoSummary) {
	t.Helper()
	plan := demo.Mission(demoSeed, demoCases)
	if !summary.Complete {
		t.Error("headquarters lacks operations")
	}
	if summary.Conflicts != len(plan.Conflicts) || len(plan.Conflicts) < 2 {
		t.Errorf("%d conflicts found, %d planted", summary.Conflicts, len(plan.Conflicts))
	}
	hq := []string{"--workspace", filepath.Join(dir, "hq"), "--passphrase-file", filepath.Join(dir, "passphrases", "hq.txt"), "--json"}
	out, err := ctl(append([]string{"conflict", "list"}, hq...)...)
	if err != nil {
		t.Fatal(err)
	}
	var standing []conflictJSON
	if err := json.Unmarshal(out, &standing); err != nil {
		t.Fatal(err)
	}
	if len(standing) != len(plan.Conflicts)-1 {
		t.Errorf("%d conflicts left, want %d: one is decided", len(standing), len(plan.Conflicts)-1)
	}
	for _, found := range standing {
		planted := slices.ContainsFunc(plan.Conflicts, func(c demo.Conflict) bool {
			return c.Object == found.ID && c.Field == found.Field && c.Case == found.Case && c.Type == found.Type
		})
		if !planted || len(found.Values) != 2 {
			t.Errorf("not planted: %+v", found)
		}
	}
	figures, err := os.ReadFile(filepath.Join(dir, "out", "mission.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range plan.Caseload {
		if name := record.Set["family_name"].Text(); name != "" && bytes.Contains(figures, []byte(name)) {
			t.Errorf("the figures hold the name %s", name)
		}
	}
	if _, err := ctl(append([]string{"log", "verify"}, hq...)...); err != nil {
		t.Error(err)
	}
	before := listing(t, dir)
	var says bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--dir", dir, "--cases", "1"}, io.Discard, &says); code != exitRefused || !strings.HasPrefix(says.String(), "V-EXISTS: ") {
		t.Errorf("a second demo in the folder: exit %d, %s", code, says.String())
	}
	if diff := cmp.Diff(before, listing(t, dir)); diff != "" {
		t.Errorf("the refused demo changed the folder:\n%s", diff)
	}
}

// listing is every file in a folder with its size and time.
func listing(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		out = append(out, fmt.Sprint(path, info.Size(), info.ModTime()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// trigger runs a function when a text is written through it.
type trigger struct {
	text string
	do   func()
}

func (w trigger) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(w.text)) {
		w.do()
	}
	return len(b), nil
}

// TestDemo_Stopped: a demo that is stopped leaves no half mission behind.
func TestDemo_Stopped(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"missing", "empty"} {
		dir := filepath.Join(t.TempDir(), "demo")
		if folder == "empty" {
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var said bytes.Buffer
		says := io.MultiWriter(&said, trigger{"2/7", cancel})
		if code := run(ctx, []string{"demo", "--dir", dir, "--cases", "1"}, io.Discard, says); code != exitFailed {
			t.Errorf("exit %d: %s", code, said.String())
		}
		entries, err := os.ReadDir(dir)
		if len(entries) != 0 || os.IsNotExist(err) != (folder == "missing") {
			t.Errorf("%s folder: %v left, %v", folder, entries, err)
		}
	}
}
