package exchange_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/exchange"
	"feltbok/app/ui"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// mustShow puts the place of a machine on screen with a folder chosen.
func mustShow(t *testing.T, m *exchangetest.Machine, lang, folder string) (*placetest.Stage, *exchange.Place) {
	t.Helper()
	st := placetest.New(t, m.WS, m.Dir, lang)
	p := exchange.New(st.Session).(*exchange.Place)
	st.Show(p)
	if folder != "" {
		p.Drives().Type(folder)
	}
	return st, p
}

// TestThread walks a file from a laptop to headquarters and the receipt back, all through the widgets.
func TestThread(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a")
	a := in.Laptops[0]
	exchangetest.Write(t, a, workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"birth_place": exchangetest.Text("Byen")})
	folder := t.TempDir()

	st, _ := mustShow(t, a, "nb", folder)
	if !st.Says("ligger bare på denne maskinen") || !st.Says("2 endringer") {
		t.Fatalf("before the file: %q", st.Words())
	}
	st.Tap(t, "Lag fil")
	st.NoFaults(t)
	files, _ := filepath.Glob(filepath.Join(folder, "*.feltbok"))
	if len(files) != 1 || !st.Says(filepath.Base(files[0])) {
		t.Fatalf("files %v; the result must name the file", files)
	}
	if !st.Says("Filen er sendt først når kvitteringen er her.") || st.Says("Alt du har skrevet, er tatt inn") {
		t.Errorf("a file that was made must not look as if it had arrived: %q", st.Words())
	}

	if _, err := delivery.Import(t.Context(), in.HQ.WS, files[0], nil); err != nil {
		t.Fatal(err)
	}
	back := t.TempDir()
	hq, _ := mustShow(t, in.HQ, "nb", back)
	if !hq.Says("laptop-a") || !hq.Says("Ikke hørt fra") {
		t.Errorf("the board must show both devices: %q", hq.Words())
	}
	hq.Tap(t, "Lag fil til alle")
	hq.NoFaults(t)
	if files, _ := filepath.Glob(filepath.Join(back, "*.feltbok")); len(files) != 2 {
		t.Fatalf("%d files for two devices", len(files))
	}

	st, p := mustShow(t, a, "nb", back)
	opened := false
	for row := range 2 { // one of the two files is for the other laptop
		p.OpenRow(row)
		if opened = st.Says("Ekte og hel"); opened {
			break
		}
		if !st.Says("E-AGE") {
			t.Errorf("a file for another machine must say E-AGE: %q", st.Words())
		}
	}
	if !opened || !st.Says("Følger med") {
		t.Fatalf("the preview must show the receipt: %q", st.Words())
	}
	st.Tap(t, "Ta inn filen")
	st.NoFaults(t)
	if !st.Says("Tatt inn") || !st.Says("Alt du har skrevet, er tatt inn ved hovedkontoret.") {
		t.Errorf("after the receipt: %q", st.Words())
	}
}

// TestReceive_TamperedFileShowsItsCodeAndChangesNothing: pains.md rows 4, 11.
func TestReceive_TamperedFileShowsItsCodeAndChangesNothing(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a")
	a := in.Laptops[0]
	folder := t.TempDir()
	file := exchangetest.Export(t, in.HQ, "laptop-a", folder)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-200] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	before := a.WS.Register().Count(domain.Case)
	st, p := mustShow(t, a, "nb", folder)
	p.OpenRow(0)
	if !st.Says("Ikke tatt inn · E-AGE") || !st.Says("Ingenting på denne maskinen er endret.") {
		t.Errorf("the code and what it means must be on screen: %q", st.Words())
	}
	if st.Says("Ta inn filen") {
		t.Error("a refused file must not offer to be taken in")
	}
	if after := a.WS.Register().Count(domain.Case); after != before {
		t.Errorf("%d lines instead of %d", after, before)
	}
}

// TestReceive_SameFileAgainSaysSo: pains.md row 12.
func TestReceive_SameFileAgainSaysSo(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a")
	a := in.Laptops[0]
	folder := t.TempDir()
	exchangetest.Write(t, in.HQ, workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"birth_place": exchangetest.Text("Byen")})
	exchangetest.Export(t, in.HQ, "laptop-a", folder)
	st, p := mustShow(t, a, "en", folder)
	p.OpenRow(0)
	st.Tap(t, "Take the file in")
	st.NoFaults(t)
	before := a.WS.Register().Count(domain.Case)
	p.OpenRow(0)
	if !st.Says("Taken in before") || st.Says("Take the file in") {
		t.Errorf("the second time: %q", st.Words())
	}
	if after := a.WS.Register().Count(domain.Case); after != before {
		t.Errorf("%d lines instead of %d", after, before)
	}
}

// TestReceive_StalePreviewIsRefused: what is taken in is what was shown.
func TestReceive_StalePreviewIsRefused(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a")
	a := in.Laptops[0]
	folder := t.TempDir()
	target := workspace.Target{Type: "person", ID: in.Person, Case: in.Case}
	exchangetest.Write(t, in.HQ, target, map[string]domain.Answer{"birth_place": exchangetest.Text("Byen")})
	exchangetest.Export(t, in.HQ, "laptop-a", folder)
	st, p := mustShow(t, a, "nb", folder)
	p.OpenRow(0)
	exchangetest.Write(t, a, target, map[string]domain.Answer{"birth": exchangetest.Text("1991")})
	st.Tap(t, "Ta inn filen")
	if len(st.Faults) != 1 || !st.Says("E-PLAN") {
		t.Errorf("faults %v; want E-PLAN on screen", st.Faults)
	}
	record, err := a.WS.Get(t.Context(), "person", in.Person)
	if err != nil || record.Text("birth_place") != "" {
		t.Errorf("birth place %q, %v; nothing may be taken in", record.Text("birth_place"), err)
	}
}

func TestEnrol_WordsAndAnswer(t *testing.T) {
	in := exchangetest.Install(t, "none")
	m, answer := in.Asking(t, 0)
	st, p := mustShow(t, m, "nb", "")
	words, err := delivery.RequestWords(m.WS, "nb")
	if err != nil || len(words) != 8 {
		t.Fatalf("words %q, %v", words, err)
	}
	if !st.Says("Maskinen er ikke innrullert") || !st.Says(words[0]) || !st.Says(words[7]) || st.Says("Lag fil") {
		t.Fatalf("before the answer: %q", st.Words())
	}
	folder := t.TempDir()
	content, err := os.ReadFile(answer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "answer.feltbok"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	p.Drives().Type(folder)
	p.OpenRow(0)
	st.NoFaults(t)
	if !delivery.Enrolled(m.WS) || !st.Says("Lag fil") {
		t.Errorf("after the answer: %q", st.Words())
	}
}

func TestSend_NoFolderOrReadOnlyDriveOffersNothing(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	st, p := mustShow(t, in.Laptops[0], "nb", "")
	if p.CanSend() {
		t.Error("no folder: the button must be off")
	}
	p.Drives().Type(filepath.Join(t.TempDir(), "pulled"))
	if p.CanSend() || !st.Says("«pulled»") {
		t.Errorf("a folder that is gone must be named: %q", st.Words())
	}
}

func TestSentence(t *testing.T) {
	now := exchangetest.Today
	status := func(total, file, stored, merged int) *delivery.Status {
		return &delivery.Status{Own: delivery.Progress{Total: total, InBundle: file, Stored: stored, Merged: merged}, OldestUnsent: now.Add(-26 * time.Hour).Format(time.RFC3339)}
	}
	tests := []struct {
		name    string
		status  *delivery.Status
		receipt bool
		level   ui.Level
		part    string
	}{
		{"nothing", status(0, 0, 0, 0), false, ui.Neutral, "Nothing has been written"},
		{"unsent", status(5, 3, 0, 0), false, ui.Warning, "2 changes are on this machine only. Make a file tonight. The oldest was written 1 day ago."},
		{"in a file, no receipt ever", status(5, 5, 0, 0), false, ui.Info, "sent only when the receipt is here"},
		{"in a file, older receipt", status(5, 5, 3, 3), true, ui.Info, "2 changes are in a file"},
		{"stored", status(5, 5, 5, 3), true, ui.Info, "2 changes have arrived and wait"},
		{"merged", status(5, 5, 5, 5), true, ui.Success, "Everything you have written"},
		{"brought by a colleague", status(5, 3, 5, 5), true, ui.Success, "Everything you have written"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			level, words := exchange.Sentence(i18n.For("en"), tc.status, tc.receipt, now)
			if level != tc.level || !strings.Contains(words, tc.part) {
				t.Errorf("got %v %q, want %v %q", level, words, tc.level, tc.part)
			}
		})
	}
}

// TestLanguagesAndSizes boots the place of each kind of machine in three languages and two sizes.
func TestLanguagesAndSizes(t *testing.T) {
	in := exchangetest.Conflict.Copy(t, "hq", "laptop-a")
	asking, _ := in.Asking(t, 0)
	folder := t.TempDir()
	exchangetest.Export(t, in.HQ, "laptop-a", folder)
	for _, lang := range i18n.Languages {
		for _, m := range []*exchangetest.Machine{in.HQ, in.Laptops[0], asking} {
			st, p := mustShow(t, m, lang, folder)
			for _, size := range []fyne.Size{{Width: 1280, Height: 800}, {Width: 640, Height: 560}} {
				st.Window.Resize(size)
				st.NoKeys(t)
			}
			if m == in.Laptops[0] {
				p.OpenRow(0)
				st.NoKeys(t)
			}
			for _, key := range p.Shortcuts() {
				if strings.Contains(key.Text, "⟦") {
					t.Errorf("%s: %s", lang, key.Text)
				}
			}
			st.NoFaults(t)
		}
	}
}
