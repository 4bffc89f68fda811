package caseload_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"feltbok/app/caseload"
	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

var big = fyne.NewSize(1280, 800)

// screen is the place in a window of its own.
type screen struct {
	t      *testing.T
	place  ui.Place
	window fyne.Window
	loop   *ui.SyncLoop
	told   *missiontest.Told
}

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string) *screen {
	t.Helper()
	session, loop, told := missiontest.Session(ws, w, lang)
	p := caseload.New(session)
	size := w.Canvas().Size()
	w.SetContent(p.Content())
	w.Resize(size)
	p.Enter()
	t.Cleanup(func() {
		for _, err := range told.Faults {
			t.Errorf("fault: %v", err)
		}
	})
	return &screen{t, p, w, loop, told}
}

func (s *screen) find(text string) {
	s.t.Helper()
	s.place.(ui.Searcher).FocusSearch()
	focused := s.window.Canvas().Focused().(*ui.SearchField)
	focused.SetText(text)
	s.loop.Advance(time.Second)
}

func (s *screen) says(text string) bool {
	return slices.ContainsFunc(missiontest.Words(s.window.Canvas()), func(w string) bool { return strings.Contains(w, text) })
}

func TestCaseload_Screens(t *testing.T) {
	ws := missiontest.Laptop(t)
	for _, shot := range []struct {
		name    string
		variant theme.Variant
		percent int
		size    fyne.Size
		lang    string
	}{
		{"caseload-1280-light", theme.Light, 100, big, "nb"},
		{"caseload-1024-dark", theme.Dark, 100, fyne.NewSize(1024, 600), "nn"},
		{"caseload-1024-200", theme.Light, 200, fyne.NewSize(1024, 600), "en"},
		{"caseload-tablet", theme.Light, 100, fyne.NewSize(756, 1180), "nb"},
	} {
		w := missiontest.Window(t, shot.variant, shot.percent, shot.size)
		s := open(t, ws, w, shot.lang)
		if got := w.Canvas().Size(); got != shot.size {
			t.Errorf("%s: the window grew to %v", shot.name, got)
		}
		missiontest.Shoot(t, w, shot.name)
		s.find("blåbærsyltetøyglass")
		s.find("")
		s.key(fyne.KeyO)
		if s.says("⟦") {
			t.Errorf("a text is missing in %s", shot.lang)
		}
	}
}

// key presses one of the place's own keys with Ctrl.
func (s *screen) key(name fyne.KeyName) {
	s.t.Helper()
	for _, key := range s.place.(ui.Shortcutter).Shortcuts() {
		if key.Modifier == fyne.KeyModifierControl && key.Key == name {
			key.Do()
			s.loop.Advance(time.Second)
			return
		}
	}
	s.t.Fatalf("no shortcut Ctrl+%s", name)
}

func (s *screen) table() *ui.Table {
	s.t.Helper()
	var found *ui.Table
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) {
		if table, ok := o.(*ui.Table); ok {
			found = table
		}
	})
	if found == nil {
		s.t.Fatal("no table is shown")
	}
	return found
}

func (s *screen) rows() int { s.t.Helper(); return s.table().Length() }

func laptopScreen(t *testing.T) (*screen, *workspace.Workspace) {
	t.Helper()
	ws := missiontest.Laptop(t)
	return open(t, ws, missiontest.Window(t, theme.Light, 100, big), "nb"), ws
}

func TestSearch_NativeScriptFromLatin(t *testing.T) {
	s, ws := laptopScreen(t)
	c := missiontest.Plan.Cases[3]
	_, err := ws.Set(t.Context(), workspace.Target{Type: "person", Case: c.ID}, map[string]domain.Answer{"name_native_script": domain.TextAnswer("مریم تستی")})
	if err != nil {
		t.Fatal(err)
	}
	s.loop.Advance(time.Second)
	for _, typed := range []string{"maryam testi", "Mariam", "مریم"} {
		s.find(typed)
		if s.rows() < 1 {
			t.Fatalf("%q finds nobody", typed)
		}
		if !s.says("Treff: مریم تستی") {
			t.Errorf("%q does not say whom it found in the family", typed)
		}
		if !s.says(c.Number) {
			t.Errorf("%q does not show the case %s", typed, c.Number)
		}
	}
}

func TestFilter_Counts(t *testing.T) {
	s, ws := laptopScreen(t)
	cases, err := ws.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mapped := 0
	for _, c := range cases {
		if c.Status == domain.Mapped {
			mapped++
		}
	}
	if mapped == 0 || mapped == len(cases) {
		t.Fatalf("%d of %d cases are mapped: nothing to filter", mapped, len(cases))
	}
	if !s.says(fmt.Sprintf("Kartlagt (%d)", mapped)) || !s.says(fmt.Sprintf("%d saker", len(cases))) {
		t.Error("the counts are not shown")
	}
	var chips *ui.Chips
	missiontest.Walk(s.window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.Chips); ok {
			chips = c
		}
	})
	chips.TypedRune('4') // mine today, received, scheduled, mapped
	if got := s.rows(); got != mapped {
		t.Errorf("%d rows, want %d", got, mapped)
	}
	if want := fmt.Sprintf("%d av %d saker", mapped, len(cases)); !s.says(want) {
		t.Errorf("the line %q is missing", want)
	}
	chips.TypedRune('4')
	s.key(fyne.KeyM)
	if got := s.rows(); got != 3 {
		t.Errorf("%d cases are mine today, want 3", got)
	}
}

func TestKeyboard_FindAndOpen(t *testing.T) {
	s, _ := laptopScreen(t)
	want := missiontest.Plan.Cases[5]
	s.find(want.Number)
	c := s.window.Canvas()
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if c.Focused() != s.table().Focusable() {
		t.Fatal("Down does not go from the search to the list")
	}
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(s.told.Went) != 1 || s.told.Went[0].Place != "casefile" || s.told.Went[0].Args[0] != want.ID {
		t.Fatalf("Enter led to %v", s.told.Went)
	}
	// Enter in the search field opens the best hit, also before the pause is over.
	s.find("")
	s.place.(ui.Searcher).FocusSearch()
	field := c.Focused().(*ui.SearchField)
	field.SetText(missiontest.Plan.Cases[6].Number)
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(s.told.Went) != 2 || s.told.Went[1].Args[0] != missiontest.Plan.Cases[6].ID {
		t.Fatalf("Enter in the search led to %v", s.told.Went)
	}
}

func TestEmpty_SaysWhatToDo(t *testing.T) {
	s, _ := laptopScreen(t)
	s.find("blåbærsyltetøyglass")
	if !s.says("Ingen saker passer") {
		t.Fatalf("no hits are not explained; the page says %q", missiontest.Words(s.window.Canvas()))
	}
	missiontest.Button(t, s.window.Canvas(), "Vis alle saker").OnTapped()
	if s.rows() != missiontest.Cases {
		t.Errorf("%d rows after taking the search away", s.rows())
	}
}

// What is sealed leaves no trace here: every word on the canvas is the same before and after, and no search finds it (security.md 2.2).
func TestSealed_LeavesNoTrace(t *testing.T) {
	s, ws := laptopScreen(t)
	before := missiontest.Words(s.window.Canvas())
	c := missiontest.Plan.Cases[0]
	_, err := ws.Set(t.Context(), workspace.Target{Type: "sealed_note", Case: c.ID, Subject: c.Persons[1]}, map[string]domain.Answer{
		"topic": domain.TextAnswer("safety"), "note": domain.TextAnswer("Kanarifugl i bur"),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.loop.Advance(time.Second)
	s.place.Leave()
	s.place.Enter()
	s.loop.Advance(time.Second)
	if diff := cmp.Diff(before, missiontest.Words(s.window.Canvas())); diff != "" {
		t.Errorf("the case list changed (-before +after):\n%s", diff)
	}
	s.find("Kanarifugl")
	if s.says(c.Number) {
		t.Error("a search finds the sealed entry")
	}
}

// TestCaseload_NotYetAtHeadquarters: the list says where the work is, Today's way in shows what is not safe yet, and
// headquarters, which has everything, is spared it.
func TestCaseload_NotYetAtHeadquarters(t *testing.T) {
	s, _ := laptopScreen(t)
	if !s.says("Bare på denne maskinen") || !s.says("Ikke framme ved hovedkontoret (") {
		t.Error("the list does not say what is on this machine only")
	}
	all := s.rows()
	s.place.Enter(caseload.Away)
	if got := s.rows(); got == 0 || got >= all {
		t.Errorf("%d of %d cases are away", got, all)
	}
	hq := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, big), "nb")
	if hq.says("Bare på denne maskinen") || hq.says("Ikke framme ved hovedkontoret") {
		t.Error("headquarters is told that its work is not at headquarters")
	}
}
