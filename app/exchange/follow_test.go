package exchange_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"feltbok/sync/exchange/exchangetest"
	"feltbok/sync/exchange/route"
)

// A file that somebody puts into the folder shows by itself, once it is whole; a stick that is pulled out is no longer
// offered, and one that comes is taken.
func TestFollow_WhatArrivesAndWhatIsPulledShows(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	folder, stick := t.TempDir(), t.TempDir()
	st, p := mustShow(t, in.Laptops[0], "nb", "")
	drives := []route.Drive{{Path: folder, Label: "Mappe"}}
	p.Drives().List = func(...string) []route.Drive { return drives }
	p.Drives().Look()
	name := "01J8000000000000000000000.feltbok"
	path := filepath.Join(folder, name)
	put := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	st.Loop.Advance(3 * time.Second)
	put("the first half")
	st.Loop.Advance(3 * time.Second)
	put("the first half and the second")
	st.Loop.Advance(3 * time.Second)
	if st.Says(name) {
		t.Fatal("a file that is still being copied is offered")
	}
	st.Loop.Advance(3 * time.Second)
	if !st.Says(name) {
		t.Fatalf("the file does not show: %q", st.Words())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	st.Loop.Advance(6 * time.Second)
	if st.Says(name) {
		t.Error("a file that is gone is offered")
	}

	drives = []route.Drive{{Path: stick, Label: "STICK"}}
	st.Loop.Advance(3 * time.Second)
	if p.Drives().Path() != stick || !st.Says("STICK") {
		t.Errorf("the stick that came is not taken: %q", p.Drives().Path())
	}
	drives = nil
	st.Loop.Advance(3 * time.Second)
	if p.Drives().Path() != "" || p.CanSend() {
		t.Errorf("the stick that was pulled out is offered: %q", p.Drives().Path())
	}

	p.Leave()
	drives = []route.Drive{{Path: stick, Label: "STICK"}}
	st.Loop.Advance(9 * time.Second)
	if p.Drives().Path() != "" {
		t.Error("it looks on after the place was left")
	}
}
