package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/settings"
	"feltbok/app/ui/placetest"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

func mustShow(t *testing.T, m *exchangetest.Machine, lang string) (*placetest.Stage, *settings.Place) {
	t.Helper()
	st := placetest.New(t, m.WS, m.Dir, lang)
	p := settings.New(st.Session).(*settings.Place)
	st.Show(p)
	return st, p
}

func TestSettings_SaysWhoAndWhom(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a")
	st, _ := mustShow(t, in.Laptops[0], "nb")
	digits := settings.Grouped(exchange.RootFingerprint(in.Laptops[0].WS))
	for _, part := range append([]string{"laptop-a", "Intervjuer", "2026-UGA-01 · Uttak prøve", "Feltbok 0.1.0", "2 minutter", "15 minutter"}, digits...) {
		if !st.Says(part) {
			t.Errorf("not on screen: %q", part)
		}
	}
	if !st.Says("Én person alene kan gjøre") || !st.Says("Rotnøkkelen: ") || !st.Says("Katalogene: ") || st.Says("Gjenopprettingssettet: ") {
		t.Errorf("what one person can do alone, and nothing of a kit that nobody has rehearsed: %q", st.Words())
	}
	hq, _ := mustShow(t, in.HQ, "nb")
	for _, part := range []string{"H · Saksbehandler særlige behov", "P · Personvernombud", "Alle, ved hovedkontoret"} {
		if !hq.Says(part) {
			t.Errorf("headquarters without %q: %q", part, hq.Words())
		}
	}
	st.NoFaults(t)
}

func TestGrouped(t *testing.T) {
	got := settings.Grouped(strings.Repeat("0123456789abcdef", 4))
	if len(got) != 4 || got[0] != "0123 4567 89ab cdef" || settings.Grouped("") != nil {
		t.Errorf("got %q", got)
	}
}

func TestSettings_TextSizeIsShownBeforeItIsUsed(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	st, p := mustShow(t, in.Laptops[0], "en")
	st.Tap(t, "A+")
	if !st.Says("110 %") || p.SampleSize() != 17.6 || len(st.Looks) != 0 {
		t.Errorf("preview: %g points, looks %v", p.SampleSize(), st.Looks)
	}
	st.Tap(t, "Use this size")
	if len(st.Looks) != 1 || st.Looks[0].Percent != 110 {
		t.Errorf("looks %v", st.Looks)
	}
	for range 10 {
		p.Step(1)
	}
	if !st.Says("200 %") {
		t.Error("200 % is the largest")
	}
	for range 10 {
		p.Step(-1)
	}
	if !st.Says("80 %") {
		t.Error("80 % is the smallest")
	}
}

func TestSettings_LanguageAndVariantAreChosenAtOnce(t *testing.T) {
	in := exchangetest.Install(t, "laptop-a")
	st, p := mustShow(t, in.Laptops[0], "nb")
	p.Tap("nn")
	p.Tap("dark")
	p.Tap("dark") // what is in use stays chosen
	if len(st.Looks) != 2 || st.Looks[0].Lang != "nn" || st.Looks[1].Variant != "dark" {
		t.Errorf("looks %+v", st.Looks)
	}
}

// TestBackup_OpensWithTheSamePassphrase makes a copy through the page, lays it into a folder of its own, and unlocks it.
func TestBackup_OpensWithTheSamePassphrase(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	a := in.Laptops[0]
	st, p := mustShow(t, a, "nb")
	folder := t.TempDir()
	p.Drives().Type(folder)
	st.Tap(t, "Ta sikkerhetskopi")
	st.NoFaults(t)
	copies, _ := filepath.Glob(filepath.Join(folder, "feltbok-kopi-laptop-a-*.db"))
	if len(copies) != 1 || !st.Says("er kontrollert mot originalen") {
		t.Fatalf("copies %v: %q", copies, st.Words())
	}
	if err := a.WS.Backup(t.Context(), copies[0]); fault.Code(err) != "V-EXISTS" {
		t.Errorf("a second backup to the same file: %v, want V-EXISTS", err)
	}
	if err := a.WS.Backup(t.Context(), filepath.Join(folder, "gone", "x.db")); fault.Code(err) != "E-FILE" {
		t.Errorf("a backup to no folder: %v, want E-FILE", err)
	}
	restored := t.TempDir()
	content, err := os.ReadFile(copies[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(restored, "vault.db"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := workspace.Peek(restored)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := workspace.Unlock(t.Context(), restored, info.Users[0].Slot, a.Passphrase(), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if cases, err := ws.Cases(t.Context()); err != nil || len(cases) != 1 {
		t.Errorf("cases in the copy: %v, %v", cases, err)
	}
}

func TestCheck_SaysWhatWasOpened(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "laptop-a")
	st, _ := mustShow(t, in.Laptops[0], "nb")
	st.Tap(t, "Kontroller registeret")
	st.NoFaults(t)
	if !st.Says("Alt er helt:") {
		t.Errorf("after the check: %q", st.Words())
	}
	in.Laptops[0].WS.Close()
	st.Tap(t, "Kontroller registeret")
	if len(st.Faults) != 1 || fault.Code(st.Faults[0]) != "V-LOCKED" {
		t.Errorf("faults %v, want V-LOCKED", st.Faults)
	}
}

func TestSettings_ThreeLanguages(t *testing.T) {
	in := exchangetest.Install(t, "hq", "laptop-a")
	asking, _ := in.Asking(t, 0)
	for _, lang := range i18n.Languages {
		for _, m := range []*exchangetest.Machine{in.HQ, in.Laptops[0], asking} {
			st, _ := mustShow(t, m, lang)
			st.NoKeys(t)
			st.Window.Resize(fyne.NewSize(640, 560))
			st.Tap(t, st.Texts.T("settings.keys"))
			st.NoKeys(t)
			st.NoFaults(t)
		}
	}
}
