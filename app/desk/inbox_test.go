package desk_test

import (
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/desk"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

// mustInbox is headquarters with a folder: a good file of each laptop and a tampered one.
func mustInbox(t *testing.T, lang string, slot int) (*exchangetest.Installation, *placetest.Stage, *desk.Inbox) {
	t.Helper()
	in := exchangetest.Install(t)
	in.Caseload(t)
	folder := t.TempDir()
	target := workspace.Target{Type: "person", ID: in.Person, Case: in.Case}
	for i, m := range in.Laptops {
		exchangetest.Write(t, m, target, map[string]domain.Answer{"birth": exchangetest.Text([]string{"1991", "1992"}[i])})
		exchangetest.Write(t, m, workspace.Target{Type: "health", Case: in.Case, Subject: in.Person}, map[string]domain.Answer{"note": exchangetest.Text("tre")})
		exchangetest.Export(t, m, "hq", folder)
	}
	content, err := os.ReadFile(exchangetest.Export(t, in.Laptops[0], "hq", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(filepath.Join(folder, "tampered.feltbok"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if slot != 0 {
		in.HQ.Unlock(t, slot)
	}
	st := placetest.New(t, in.HQ.WS, in.HQ.Dir, lang)
	st.Window.Resize(fyne.NewSize(1280, 800))
	b := desk.NewInbox(st.Session).(*desk.Inbox)
	st.Show(b)
	b.Drives().Type(folder)
	return in, st, b
}

// TestInbox_BadFileStopsNoOther: pains.md row 11.
func TestInbox_BadFileStopsNoOther(t *testing.T) {
	in, st, b := mustInbox(t, "nb", 0)
	if !st.Says("Avvist · E-AGE") || !st.Says("1 fil kan ikke tas inn. Den stopper ikke de andre.") {
		t.Fatalf("verdicts: %q", st.Words())
	}
	if n := in.HQ.WS.Register().Count(domain.Case); n == 0 {
		t.Fatal("no caseload")
	}
	before := in.HQ.WS.Register().Count(domain.Case)
	b.OpenSender("laptop-a")
	for _, part := range []string{"Ekte og hel", "laptop-a", "Saksopplysninger", "Særlige hensyn og helse", "Fra felt"} {
		if !st.Says(part) {
			t.Errorf("preview without %q: %q", part, st.Words())
		}
	}
	if after := in.HQ.WS.Register().Count(domain.Case); after != before {
		t.Error("looking must change nothing")
	}
	st.Tap(t, "Ta inn alle 2")
	st.NoFaults(t)
	if after := in.HQ.WS.Register().Count(domain.Case); after <= before {
		t.Errorf("%d lines after the import, %d before", after, before)
	}
	conflicts, err := in.HQ.WS.Conflicts(t.Context())
	if err != nil || len(conflicts) == 0 {
		t.Errorf("the two births must be a conflict: %v, %v", conflicts, err)
	}
	b.View("log")
	if b.Length() != 2 || !st.Says("Tatt inn") {
		t.Errorf("log of %d: %q", b.Length(), st.Words())
	}
}

func TestInbox_SameFilesAgain(t *testing.T) {
	_, st, b := mustInbox(t, "nb", 0)
	st.Tap(t, "Ta inn alle 2")
	b.Enter()
	if !st.Says("Tatt inn før") || st.Says("Ta inn alle 2") {
		t.Errorf("the second time: %q", st.Words())
	}
}

// TestInbox_PartWaitsForItsUser: a settlement caseworker takes the file in; the special part waits for somebody who may read it.
func TestInbox_PartWaitsForItsUser(t *testing.T) {
	in, st, b := mustInbox(t, "nb", 2)
	b.OpenSender("laptop-a")
	if !st.Says("venter på en bruker") {
		t.Errorf("the preview must say what waits: %q", st.Words())
	}
	st.Tap(t, "Ta inn alle 2")
	st.NoFaults(t)
	b.View("waiting")
	if b.Length() != 2 || !st.Says("Saksbehandler særlige behov") {
		t.Fatalf("%d rows wait: %q", b.Length(), st.Words())
	}
	in.HQ.Unlock(t, 0)
	again := placetest.New(t, in.HQ.WS, in.HQ.Dir, "nb")
	again.Window.Resize(fyne.NewSize(1280, 800))
	box := desk.NewInbox(again.Session).(*desk.Inbox)
	again.Show(box)
	box.View("waiting")
	again.Tap(t, "Ta inn det jeg kan åpne")
	again.NoFaults(t)
	if in.HQ.WS.Register().Count(domain.Special) == 0 {
		t.Error("the special part must be in the register now")
	}
}

func TestInbox_QuarantineSaysWhyAndWho(t *testing.T) {
	in := exchangetest.Install(t)
	in.Caseload(t)
	st := placetest.New(t, in.HQ.WS, in.HQ.Dir, "en")
	st.Window.Resize(fyne.NewSize(1280, 800))
	b := desk.NewInbox(st.Session).(*desk.Inbox)
	st.Show(b)
	b.View("quarantine")
	if !st.Says("Nothing is held back") {
		t.Errorf("empty quarantine: %q", st.Words())
	}
	b.Hold("laptop-a", "E-ROLE", "case", 3)
	for _, part := range []string{"E-ROLE", "laptop-a", "3 changes", "caseworker can lift it", "Case data"} {
		if !st.Says(part) {
			t.Errorf("quarantine without %q: %q", part, st.Words())
		}
	}
}

func TestInbox_ThreeLanguages(t *testing.T) {
	in, _, _ := mustInbox(t, "nb", 0)
	folder := t.TempDir()
	exchangetest.Export(t, in.Laptops[0], "hq", folder)
	for _, lang := range i18n.Languages {
		st := placetest.New(t, in.HQ.WS, in.HQ.Dir, lang)
		b := desk.NewInbox(st.Session).(*desk.Inbox)
		st.Show(b)
		b.Drives().Type(folder)
		for _, view := range []string{"files", "waiting", "quarantine", "log"} {
			b.View(view)
			st.NoKeys(t)
		}
		b.Hold("laptop-a", "E-FORM", "special", 1)
		st.NoKeys(t)
		st.Window.Resize(fyne.NewSize(640, 560))
		st.NoKeys(t)
		st.NoFaults(t)
	}
	if _, err := exchange.StatusOf(t.Context(), in.HQ.WS); err != nil {
		t.Error(err)
	}
}
