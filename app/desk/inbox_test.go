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

// written are a good file of each laptop and a tampered one, in the folder stick.
var written = &exchangetest.Scene{Prepare: func(t testing.TB, in *exchangetest.Installation) {
	in.Caseload(t)
	folder := filepath.Join(in.Dir, "stick")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
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
}}

// mustInbox is headquarters with that folder, opened by the user of a slot, and the other machines that are named.
func mustInbox(t *testing.T, lang string, slot int, others ...string) (*exchangetest.Installation, *placetest.Stage, *desk.Inbox) {
	t.Helper()
	in := written.Copy(t, others...)
	in.HQ.Unlock(t, slot)
	st := placetest.New(t, in.HQ.WS, in.HQ.Dir, lang)
	st.Window.Resize(fyne.NewSize(1280, 800))
	b := desk.NewInbox(st.Session).(*desk.Inbox)
	st.Show(b)
	b.Drives().Type(filepath.Join(in.Dir, "stick"))
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
	b.View("imports")
	if b.Length() != 2 || !st.Says("Tatt inn") {
		t.Errorf("imports %d: %q", b.Length(), st.Words())
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
	in := exchangetest.Caseload.Copy(t, "hq")
	st := placetest.New(t, in.HQ.WS, in.HQ.Dir, "en")
	st.Window.Resize(fyne.NewSize(1280, 800))
	b := desk.NewInbox(st.Session).(*desk.Inbox)
	st.Show(b)
	b.View("quarantine")
	if !st.Says("Nothing is held back") {
		t.Errorf("empty quarantine: %q", st.Words())
	}
	line := exchange.QuarantinedLine{Compartment: "case", Code: "E-ROLE", Device: "laptop-a", Ways: []string{exchange.WayLift, exchange.WayDirectory}, Lifters: []domain.Role{domain.HQC}}
	own := line
	own.MayLift = true
	b.Hold(line, line, line)
	for _, part := range []string{"E-ROLE", "laptop-a", "3 changes", "can be let through by", "newer directory", "Case data"} {
		if !st.Says(part) {
			t.Errorf("quarantine without %q: %q", part, st.Words())
		}
	}
	if st.Button("Let them count …") != nil {
		t.Error("who may not lift is offered to")
	}
	b.Hold(line, own)
	st.Tap(t, "Let them count …")
	if !st.Says("1 change becomes visible") || !st.Says("1 more can only be let through by another role") || !st.Button("Let them count").Disabled() {
		t.Errorf("the question: %q", st.Words())
	}
	b.Reason("spoke")
	if st.Button("Let them count").Disabled() {
		t.Error("it cannot be answered with a reason")
	}
}

// A refused file that is kept can be tried again and thrown away, and says why it is here.
func TestInbox_KeptFile(t *testing.T) {
	in, _, _ := mustInbox(t, "nb", 0)
	st := placetest.New(t, in.HQ.WS, in.HQ.Dir, "nb")
	b := desk.NewInbox(st.Session).(*desk.Inbox)
	st.Show(b)
	kept := filepath.Join(in.HQ.Dir, "quarantine", "01J8000000000000000000000.feltbok")
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, []byte("no package"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Enter()
	b.View("quarantine")
	st.Tap(t, "Prøv filen på nytt")
	if b.View("quarantine"); b.Length() != 1 {
		t.Error("a file that is refused again is gone")
	}
	b.OpenRow(0)
	st.Tap(t, "Kast filen …")
	if _, err := os.Stat(kept); err != nil {
		t.Fatal("thrown away before the question was answered")
	}
	st.Tap(t, "Kast filen")
	if _, err := os.Stat(kept); err == nil {
		t.Error("the file is still there")
	}
	if b.View("quarantine"); b.Length() != 0 {
		t.Errorf("%q", st.Words())
	}
}

func TestInbox_ThreeLanguages(t *testing.T) {
	in, _, _ := mustInbox(t, "nb", 0, "laptop-a")
	folder := t.TempDir()
	exchangetest.Export(t, in.Laptops[0], "hq", folder)
	for _, lang := range i18n.Languages {
		st := placetest.New(t, in.HQ.WS, in.HQ.Dir, lang)
		b := desk.NewInbox(st.Session).(*desk.Inbox)
		st.Show(b)
		b.Drives().Type(folder)
		for _, view := range []string{"files", "waiting", "quarantine", "imports"} {
			b.View(view)
			st.NoKeys(t)
		}
		ways := []string{exchange.WayLift, exchange.WayUpdate, exchange.WayDirectory, exchange.WayEpoch, exchange.WaySender, exchange.WayNone}
		b.Hold(exchange.QuarantinedLine{Compartment: "special", Code: "E-FORM", Device: "laptop-a", Ways: ways, MayLift: true})
		st.NoKeys(t)
		b.Lift()
		st.NoKeys(t)
		st.Window.Resize(fyne.NewSize(640, 560))
		st.NoKeys(t)
		st.NoFaults(t)
	}
	if _, err := exchange.StatusOf(t.Context(), in.HQ.WS); err != nil {
		t.Error(err)
	}
}
