package exchange_test

import (
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

// TestCleanup_OnlyAfterTheReceipt: what would go and why it stays are on screen, and only headquarters' word lets it go
// (security.md 6.8; pains.md row 4).
func TestCleanup_OnlyAfterTheReceipt(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a")
	a := in.Laptops[0]
	target := workspace.Target{Type: "person", ID: in.Person, Case: in.Case}
	for _, place := range []string{"Byen", "Landsbyen", "Elva"} {
		exchangetest.Write(t, a, target, map[string]domain.Answer{"birth_place": exchangetest.Text(place)})
	}
	st, _ := mustShow(t, a, "nb", "")
	st.Tap(t, "Se hva som kan fjernes")
	if !st.Says("Må bli") || !st.Says("3 linjer fra deg er ikke i registeret") || st.Button("Fjern fra maskinen") != nil || st.Button("Fjern i 1 sak") != nil {
		t.Fatalf("before the receipt: %q", st.Words())
	}
	exchangetest.Send(t, a, "hq", in.HQ)
	exchangetest.Send(t, in.HQ, a.Name, a)
	st.Tap(t, "Utveksling")
	if !st.Says("Alt du har skrevet, er tatt inn ved hovedkontoret.") {
		t.Fatalf("the way back: %q", st.Words())
	}
	st.Tap(t, "Se hva som kan fjernes")
	if !st.Says("2 linjer kan gå") || !st.Says("I registeret") {
		t.Fatalf("after the receipt: %q", st.Words())
	}
	before := a.WS.Register().Count(domain.Case)
	st.Tap(t, "Fjern i 1 sak")
	if !st.Says("2 linjer i 1 sak mister innholdet her.") {
		t.Fatalf("nothing is said before it goes: %q", st.Words())
	}
	st.TapLast(t, "Avbryt")
	if again, err := delivery.PreviewPurge(t.Context(), a.WS, in.Case, false); err != nil || again.Lines["case"] != 2 {
		t.Fatalf("removed although the answer was no: %+v, %v", again, err)
	}
	st.Tap(t, "Fjern i 1 sak")
	st.TapLast(t, "Fjern fra maskinen")
	st.NoFaults(t)
	if !st.Says("Ingenting er erstattet") || len(st.Notes) == 0 || st.Notes[len(st.Notes)-1] != "Fjernet i 1 sak." {
		t.Errorf("afterwards %q, notes %q", st.Words(), st.Notes)
	}
	if a.WS.Register().Count(domain.Case) != before {
		t.Error("lines are gone with their hashes: the chain must stay whole")
	}
	if record, err := a.WS.Get(t.Context(), "person", in.Person); err != nil || record.Text("birth_place") != "Elva" {
		t.Errorf("what holds now is gone: %v", err)
	}
	st.Choose("Hele saker")
	if !st.Says("Kommisjonen er ikke over.") || st.Button("Fjern fra maskinen") != nil {
		t.Errorf("a whole case during the mission: %q", st.Words())
	}
}

// TestCarry_TakeAlongAndLetGo: files of others are taken along as they are and laid where one goes; one's own are not, and
// nothing is let go without a question (security.md 5.6).
func TestCarry_TakeAlongAndLetGo(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a", "laptop-b")
	a, b := in.Laptops[0], in.Laptops[1]
	folder, onward := t.TempDir(), t.TempDir()
	exchangetest.Export(t, b, "hq", folder)
	exchangetest.Export(t, a, "hq", folder)
	exchangetest.Export(t, in.HQ, a.Name, folder)
	st, p := mustShow(t, a, "nb", folder)
	if !st.Says("Ingen filer er med.") || !st.Button("Legg dem i mappen").Disabled() {
		t.Fatalf("before: %q", st.Words())
	}
	st.Tap(t, "Ta med filene herfra")
	st.NoFaults(t)
	if !st.Says("1 fil er med") || !st.Says("Ukjent avsender") || !st.Says("Underveis") || st.Notes[len(st.Notes)-1] != "1 fil er tatt med." {
		t.Fatalf("one file of the three is for others: %q, %q", st.Words(), st.Notes)
	}
	st.Tap(t, "Ta med filene herfra")
	if st.Notes[len(st.Notes)-1] != "Ingen nye filer for andre ligger her." {
		t.Errorf("a second time: %q", st.Notes)
	}
	p.Drives().Type(onward)
	st.Tap(t, "Legg dem i mappen")
	st.NoFaults(t)
	laid, _ := filepath.Glob(filepath.Join(onward, "*.feltbok"))
	if len(laid) != 1 {
		t.Fatalf("%d files laid out", len(laid))
	}
	if _, err := delivery.Import(t.Context(), in.HQ.WS, laid[0], nil); err != nil {
		t.Errorf("headquarters cannot take in what the courier brought: %v", err)
	}
	st.Tap(t, "Slipp den")
	if !st.Says("Ingen kvittering sier at den er framme.") {
		t.Errorf("no question: %q", st.Words())
	}
	st.TapLast(t, "Slipp den")
	st.NoFaults(t)
	if !st.Says("Ingen filer er med.") {
		t.Errorf("it is still carried: %q", st.Words())
	}
	// A file that is not for this machine can be taken along from where it was refused.
	one := t.TempDir()
	exchangetest.Export(t, b, "hq", one)
	p.Drives().Type(one)
	p.OpenRow(0)
	st.Tap(t, "Ta den med")
	st.NoFaults(t)
	if !st.Says("1 fil er med") || st.Says("E-AGE") {
		t.Errorf("taken along from the refusal: %q", st.Words())
	}
}

// TestCleanup_LanguagesAndPictures boots the page in three languages and two sizes.
func TestCleanup_LanguagesAndPictures(t *testing.T) {
	in := exchangetest.Conflict.Copy(t, "laptop-a", "laptop-b")
	folder := t.TempDir()
	exchangetest.Export(t, in.Laptops[1], "hq", folder)
	for _, lang := range i18n.Languages {
		st, _ := mustShow(t, in.Laptops[0], lang, folder)
		st.Tap(t, st.Texts.T("exchange.carry.collect"))
		pages := []string{"exchange-carry", "exchange-cleanup"}
		for i, page := range pages {
			if i == 1 {
				st.Tap(t, st.Texts.T("exchange.purge.open"))
				st.Choose(st.Texts.T("exchange.purge.mode_whole"))
			}
			for _, size := range []fyne.Size{{Width: 640, Height: 560}, {Width: 1280, Height: 800}} {
				st.Window.Resize(size)
				st.NoKeys(t)
			}
			if pictures := os.Getenv("FELTBOK_SCREENS"); pictures != "" && lang == "nb" {
				st.Capture(t, filepath.Join(pictures, page))
			}
		}
		st.NoFaults(t)
	}
}
