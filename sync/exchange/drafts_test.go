package exchange_test

import (
	"os"
	"path/filepath"
	"testing"

	"feltbok/sync/exchange"
)

// TestDrafts_InAFolder: a draft is found in the folder and directly below it, what is half signed comes before what is known or
// damaged, and other folders are none.
func TestDrafts_InAFolder(t *testing.T) {
	in := mustInstall(t)
	stick := t.TempDir()
	c := in.ceremony()
	c.Draft = filepath.Join(stick, "next")
	if _, err := exchange.NextRoot(c, 1, []string{filepath.Join(c.Keys, "root.pub")}, today); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"broken/directory.json": "{}", "pictures/a.json": "{}", "note.txt": "x"} {
		path := filepath.Join(stick, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := exchange.Drafts(in.hq.ws, stick)
	if err != nil || len(found) != 2 {
		t.Fatalf("found %+v, %v", found, err)
	}
	if d := found[0]; filepath.Base(d.Folder) != "next" || !d.Complete() || d.Known {
		t.Errorf("the draft: %+v", d)
	}
	if d := found[1]; d.Problem == nil || d.Complete() {
		t.Errorf("the damaged one: %+v", d)
	}
	itself, err := exchange.Drafts(in.hq.ws, c.Draft)
	if err != nil || len(itself) != 1 || itself[0].Folder != c.Draft {
		t.Errorf("the folder itself: %+v, %v", itself, err)
	}
	if _, err := exchange.Take(t.Context(), in.hq.ws, in.ceremony(), c.Draft); err != nil {
		t.Fatal(err)
	}
	if itself, err = exchange.Drafts(in.hq.ws, c.Draft); err != nil || !itself[0].Known {
		t.Errorf("after it was taken in: %+v, %v", itself, err)
	}
	_, err = exchange.Drafts(in.hq.ws, filepath.Join(stick, "pulled"))
	if err == nil {
		t.Error("a folder that is gone holds drafts")
	}
	// Names for new drafts never meet what is there.
	first, err := exchange.NewDraftFolder(stick, "next")
	if err != nil || filepath.Base(first) != "next-2" {
		t.Errorf("%q, %v", first, err)
	}
}
