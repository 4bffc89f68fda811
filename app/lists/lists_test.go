package lists_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/lists"
	"feltbok/app/ui"
	"feltbok/app/ui/placetest"
	"feltbok/internal/codelist"
	"feltbok/internal/form"
	"feltbok/internal/form/xlsform"
	"feltbok/internal/i18n"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// slotADM is the administrator of the headquarters in exchangetest.
const slotADM = 3

func mustShow(t *testing.T, m *exchangetest.Machine, lang, folder string) (*placetest.Stage, *lists.Place) {
	t.Helper()
	ui.UseLists(m.WS.Lists)
	t.Cleanup(func() { ui.UseLists(nil) })
	st := placetest.New(t, m.WS, m.Dir, lang)
	p := lists.New(st.Session).(*lists.Place)
	st.Show(p)
	if folder != "" {
		p.Drives().Type(folder)
	}
	return st, p
}

// mustFile writes a list as it is in use into a folder, without the rows of some codes and with more rows.
func mustFile(t *testing.T, m *exchangetest.Machine, folder, list string, without []string, more ...[]string) {
	t.Helper()
	file, err := os.Create(filepath.Join(folder, list+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := csv.NewWriter(file)
	rows := [][]string{codelist.Columns()}
	for _, row := range codelist.Rows(m.WS.Lists().Entries(list)) {
		var cells []string
		for _, column := range codelist.Columns() {
			cells = append(cells, row[column])
		}
		if !slices.Contains(without, cells[0]) {
			rows = append(rows, cells)
		}
	}
	if err := w.WriteAll(append(rows, more...)); err != nil {
		t.Fatal(err)
	}
}

// TestIssue_ListIsSeenFirst: the administrator sees what an edition changes before it is issued, and what is wrong with a file; on
// a laptop it shows with the import that brought it, and nothing can be issued there.
func TestIssue_ListIsSeenFirst(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a")
	in.HQ.Unlock(t, slotADM)
	folder := t.TempDir()
	mustFile(t, in.HQ, folder, "travel_docs", []string{"expired"})
	mustFile(t, in.HQ, folder, "language", nil, []string{"xpr", "Prøvespråk", "Prøvespråk", "Sample language", "", "", ""})
	st, _ := mustShow(t, in.HQ, "nb", folder)
	if !st.Says("Arbeid") || !st.Says("fra programmet") {
		t.Fatalf("the program's own sets do not show: %q", st.Words())
	}
	st.Choose("Kodelister")
	st.Tap(t, "Send ut ny utgave")
	st.TapCard(t, "travel_docs.csv")
	if !st.Says("Koden «expired» er i bruk og mangler") || st.Button("Send ut") != nil {
		t.Fatalf("a list without a code in use: %q", st.Words())
	}
	st.Tap(t, "Velg noe annet")
	st.TapCard(t, "language.csv")
	if !st.Says("Nye koder (1)") || !st.Says("xpr Prøvespråk") || in.HQ.WS.Lists().Has("language", "xpr") {
		t.Fatalf("the preview: %q", st.Words())
	}
	st.Tap(t, "Send ut")
	st.NoFaults(t)
	if !in.HQ.WS.Lists().Has("language", "xpr") || !st.Says("i bruk") || !st.Says("er sendt ut herfra") {
		t.Fatalf("after it was issued: %q", st.Words())
	}
	in.HQ.Unlock(t, 0)
	exchangetest.Send(t, in.HQ, "laptop-a", in.Laptops[0])
	st, _ = mustShow(t, in.Laptops[0], "nb", "")
	st.Choose("Kodelister")
	if !st.Says("datapakke fra hovedkontoret") || !st.Says("Prøvespråk") && !st.Says("language") || st.Button("Send ut ny utgave") != nil && st.Button("Send ut ny utgave").Visible() {
		t.Errorf("on the laptop: %q", st.Words())
	}
	if st.Button("Trekk tilbake") != nil {
		t.Error("an edition can be withdrawn in the field")
	}
	// Back at headquarters it is taken back, after a question.
	in.HQ.Unlock(t, slotADM)
	st, _ = mustShow(t, in.HQ, "nb", "")
	st.Choose("Kodelister")
	st.Tap(t, "Trekk tilbake")
	if !st.Says("Svar som er gitt, blir stående") {
		t.Fatalf("no question: %q", st.Words())
	}
	st.TapLast(t, "Trekk tilbake")
	if in.HQ.WS.Lists().Has("language", "xpr") || !st.Says("trukket tilbake") {
		t.Errorf("after the withdrawal: %q", st.Words())
	}
}

// TestIssue_QuestionSet: a folder with the tables of a question set is offered, its faults are said with the row, and its title shows.
func TestIssue_QuestionSet(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	in.HQ.Unlock(t, slotADM)
	folder := t.TempDir()
	for name, version := range map[string]string{"work": "2", "everyday": "1"} {
		set, _ := form.ByID(name)
		changed := *set
		changed.Version = version
		mustTables(t, filepath.Join(folder, name), &changed)
	}
	for lang, words := range map[string][]string{"nb": {"Send ut ny utgave", "Send ut", "Versjon «1» er ikke nyere"}, "nn": {"Send ut ny utgåve", "Send ut", "Versjon «1» er ikkje nyare"}, "en": {"Issue a new edition", "Issue", "Version “1” is not newer"}} {
		st, _ := mustShow(t, in.HQ, lang, folder)
		st.Tap(t, words[0])
		st.TapCard(t, "everyday")
		if !st.Says(words[2]) {
			t.Fatalf("%s: an older version: %q", lang, st.Words())
		}
	}
	st, p := mustShow(t, in.HQ, "nb", folder)
	for _, key := range p.Shortcuts() {
		if key.Key == fyne.KeyN {
			key.Do()
		}
	}
	st.TapCard(t, "work")
	if !st.Says("Arbeid") {
		t.Fatalf("the preview: %q", st.Words())
	}
	st.Tap(t, "Send ut")
	st.NoFaults(t)
	if set, _ := in.HQ.WS.Sets().ByID("work"); set.Version != "2" {
		t.Errorf("version %s is in use", set.Version)
	}
	if texts := i18n.For("nb"); !st.Says(texts.T("lists.older_interviews")) {
		t.Errorf("%q", st.Words())
	}
}

// mustTables writes the tables of a question set into a folder.
func mustTables(t *testing.T, folder string, set *form.Set) {
	t.Helper()
	tables, err := xlsform.Write(set)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"survey": tables.Survey, "choices": tables.Choices, "settings": tables.Settings} {
		if err := os.WriteFile(filepath.Join(folder, name+".csv"), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
