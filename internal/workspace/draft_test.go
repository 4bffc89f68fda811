package workspace_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// What is half typed survives the lock, lies sealed in the folder, and goes with its case (pains.md rows 1 and 9).
func TestDrafts(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	id, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	const canary = "Kanarifugl 4711 <&> "
	draft := workspace.Draft{Set: "identity", Subject: person, Path: form.Path{Name: "name_called"}, Text: canary, Over: `"x<y"`}
	keep := func(drafts ...workspace.Draft) {
		t.Helper()
		session, err := m.ws.Interview(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.KeepDrafts(t.Context(), drafts); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, drafts ...workspace.Draft) {
		t.Helper()
		session, err := m.ws.Interview(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := session.Drafts()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(drafts, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	want("at first")
	lines := lineCount(m)
	keep(draft, workspace.Draft{Set: "no such set", Subject: person, Text: "x"})
	m.as(t, 0)
	want("after lock", draft)
	if lineCount(m) != lines {
		t.Errorf("%d lines became %d: a draft is no answer", lines, lineCount(m))
	}
	m.lock(t)
	err = filepath.WalkDir(m.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte("Kanarifugl")) {
			t.Errorf("%s holds the draft in the clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m.unlock(t, 0)
	keep()
	want("when taken back")
	keep(draft)
	if err := m.ws.DropDrafts(t.Context(), person); err != nil { // no case
		t.Fatal(err)
	}
	want("after another case went", draft)
	if err := m.ws.DropDrafts(t.Context(), caseID); err != nil {
		t.Fatal(err)
	}
	want("after the case went")
}
