package casefile_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/interview"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/demo"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestClosed_NoTraceWithoutTheRing: whoever does not hold compartment special finds nothing of the closed part, neither in the case
// file nor in the interview: no text, no key, no letter left out. The words looked for are those that an entitled user sees.
func TestClosed_NoTraceWithoutTheRing(t *testing.T) {
	laptop := missiontest.Laptop(t)
	c := missiontest.Story(t, "one_name")
	woman := c.Persons[0]
	if _, err := laptop.Set(t.Context(), workspace.Target{Type: "health", Case: c.ID, Subject: woman}, map[string]domain.Answer{
		"mobility": domain.TextAnswer("wheelchair_full"), "note": domain.TextAnswer("Kanarifugl"),
	}); err != nil {
		t.Fatal(err)
	}
	id, err := laptop.StartInterview(t.Context(), c.ID, woman, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := exchange.Export(t.Context(), laptop, exchange.ExportOptions{To: []string{demo.HQ}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	caseworker := missiontest.Caseworker(t)
	if _, err := exchange.Import(t.Context(), caseworker, sent.File, nil); err != nil {
		t.Fatal(err)
	}

	traces := tracesOf(t)
	look := func(where string, w fyne.Window) {
		t.Helper()
		words := strings.Join(missiontest.Words(w.Canvas()), "|")
		for _, trace := range traces {
			if strings.Contains(words, trace) {
				t.Errorf("%s says %q", where, trace)
			}
		}
	}
	s := open(t, caseworker, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb", c.ID)
	for section := 1; section <= 6; section++ {
		s.choose(section)
		look("the case file", s.Window)
	}
	session, _, told := missiontest.Session(caseworker, s.Window, "nb")
	p := interview.New(session)
	s.Window.SetContent(p.Content())
	s.Window.Resize(missiontest.Big)
	p.Enter(id)
	if len(told.Faults) > 0 {
		t.Fatal(told.Faults)
	}
	look("the interview", s.Window)
	opened, err := caseworker.Interview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for i := range opened.Sections() {
		p.Enter(id, workspace.Place{Section: i})
		look("the interview", s.Window)
	}
	keys := map[fyne.KeyName]func(){}
	for _, key := range p.(ui.Shortcutter).Shortcuts() {
		for _, trace := range traces {
			if strings.Contains(key.Text, trace) {
				t.Errorf("a key says %q", key.Text)
			}
		}
		if key.Modifier == fyne.KeyModifierAlt && key.Do != nil {
			keys[key.Key] = key.Do
		}
	}
	if keys[fyne.KeyL] != nil {
		t.Error("a key leads into the closed part")
	}
	keys[fyne.KeyG]()
	look("the list of what is missing", s.Window)
	p.Leave()
	if caseworker.AsksClosed() || len(opened.ClosedPersons()) > 0 {
		t.Error("there is a closed part for a settlement caseworker")
	}
	if left, err := opened.ClosedLeft(t.Context()); left || err != nil {
		t.Errorf("the closed part is called unfinished: %v, %v", left, err)
	}
	if _, err := opened.OpenClosed(t.Context(), woman); err == nil {
		t.Error("a settlement caseworker opens the closed part")
	}
}

// tracesOf lists what must not be said: the name of the closed part and the titles and questions of its sets.
func tracesOf(t *testing.T) []string {
	t.Helper()
	texts := i18n.For("nb")
	traces := []string{texts.T("interview.closed"), "lukkede del", "Kanarifugl", "Rullestol"}
	for _, id := range []string{"special", "health", "unhcr_needs", "child_special", "minor_special", "sensitive"} {
		set, ok := form.ByID(id)
		if !ok {
			t.Fatalf("no set %q", id)
		}
		traces = append(traces, set.Title.In("nb"))
		for _, item := range set.Flat() {
			if label := item.Label.In("nb"); item.Kind.Asked() && len(label) > 10 {
				traces = append(traces, label)
			}
		}
	}
	return traces
}

// TestClosed_CaseFilePageSpeaksThreeLanguages also draws it.
func TestClosed_CaseFilePageSpeaksThreeLanguages(t *testing.T) {
	ws := missiontest.Laptop(t)
	c := missiontest.Story(t, "wheelchair")
	for i, lang := range i18n.Languages {
		size, variant, percent := missiontest.Big, theme.Light, 100
		if i == 1 {
			size, variant = missiontest.Small, theme.Dark
		}
		if i == 2 {
			size, percent = missiontest.Small, 200
		}
		w := missiontest.Window(t, variant, percent, size)
		s := open(t, ws, w, lang, c.ID)
		s.choose(4)
		missiontest.Shoot(t, w, "casefile-needs-"+lang)
		s.press(i18n.For(lang).T("casefile.closed.title"))
		missiontest.Shoot(t, w, "casefile-closed-"+lang)
		for _, words := range s.Words() {
			if strings.Contains(words, "⟦") {
				t.Errorf("%s: %s", lang, words)
			}
		}
		// Escape leads back, and the keyboard to the way in.
		s.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if button, ok := s.Window.Canvas().Focused().(*ui.Button); !ok || button.Icon != "lock" {
			t.Errorf("%s: after Escape the keyboard is at %T", lang, s.Window.Canvas().Focused())
		}
	}
}
