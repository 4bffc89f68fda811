package caseload_test

import (
	"fmt"
	"os"
	"testing"

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

// screen is the place in a window of its own.
type screen struct{ *missiontest.Screen }

func open(t *testing.T, ws *workspace.Workspace, w fyne.Window, lang string, args ...any) *screen {
	t.Helper()
	return &screen{missiontest.Open(t, ws, w, lang, caseload.New, args...)}
}

func (s *screen) find(text string) {
	s.T.Helper()
	s.Place.(ui.Searcher).FocusSearch()
	focused := s.Window.Canvas().Focused().(*ui.SearchField)
	focused.SetText(text)
	s.Settle()
}

func TestCaseload_Screens(t *testing.T) {
	ws := missiontest.Laptop(t)
	for _, look := range missiontest.Looks {
		s := open(t, ws, look.Window(t), look.Lang)
		s.Check("caseload", look)
		s.find("blåbærsyltetøyglass")
		s.find("")
		s.key(fyne.KeyO)
		s.Check("caseload-order", look)
	}
}

// key presses one of the place's own keys with Ctrl.
func (s *screen) key(name fyne.KeyName) {
	s.T.Helper()
	for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
		if key.Modifier == fyne.KeyModifierControl && key.Key == name {
			key.Do()
			s.Settle()
			return
		}
	}
	s.T.Fatalf("no shortcut Ctrl+%s", name)
}

func (s *screen) table() *ui.Table {
	s.T.Helper()
	var found *ui.Table
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if table, ok := o.(*ui.Table); ok {
			found = table
		}
	})
	if found == nil {
		s.T.Fatal("no table is shown")
	}
	return found
}

func (s *screen) rows() int { s.T.Helper(); return s.table().Length() }

func laptopScreen(t *testing.T) (*screen, *workspace.Workspace) {
	t.Helper()
	ws := missiontest.Laptop(t)
	return open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb"), ws
}

func TestSearch_NativeScriptFromLatin(t *testing.T) {
	s, ws := laptopScreen(t)
	c := missiontest.Plan.Cases[3]
	_, err := ws.Set(t.Context(), workspace.Target{Type: "person", Case: c.ID}, map[string]domain.Answer{"name_native_script": domain.TextAnswer("مریم تستی")})
	if err != nil {
		t.Fatal(err)
	}
	s.Settle()
	for _, typed := range []string{"maryam testi", "Mariam", "مریم"} {
		s.find(typed)
		if s.rows() < 1 {
			t.Fatalf("%q finds nobody", typed)
		}
		if !s.Says("Treff: مریم تستی") {
			t.Errorf("%q does not say whom it found in the family", typed)
		}
		if !s.Says(c.Number) {
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
	if !s.Says(fmt.Sprintf("Kartlagt (%d)", mapped)) || !s.Says(fmt.Sprintf("%d saker", len(cases))) {
		t.Error("the counts are not shown")
	}
	var chips *ui.Chips
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.Chips); ok {
			chips = c
		}
	})
	chips.TypedRune('4') // mine today, received, scheduled, mapped
	if got := s.rows(); got != mapped {
		t.Errorf("%d rows, want %d", got, mapped)
	}
	if want := fmt.Sprintf("%d av %d saker", mapped, len(cases)); !s.Says(want) {
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
	c := s.Window.Canvas()
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if c.Focused() != s.table().Focusable() {
		t.Fatal("Down does not go from the search to the list")
	}
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(s.Told.Went) != 1 || s.Told.Went[0].Place != "casefile" || s.Told.Went[0].Args[0] != want.ID {
		t.Fatalf("Enter led to %v", s.Told.Went)
	}
	// Enter in the search field opens the best hit, also before the pause is over.
	s.find("")
	s.Place.(ui.Searcher).FocusSearch()
	field := c.Focused().(*ui.SearchField)
	field.SetText(missiontest.Plan.Cases[6].Number)
	field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(s.Told.Went) != 2 || s.Told.Went[1].Args[0] != missiontest.Plan.Cases[6].ID {
		t.Fatalf("Enter in the search led to %v", s.Told.Went)
	}
}

func TestEmpty_SaysWhatToDo(t *testing.T) {
	s, _ := laptopScreen(t)
	s.find("blåbærsyltetøyglass")
	if !s.Says("Ingen saker passer") {
		t.Fatalf("no hits are not explained; the page says %q", missiontest.Words(s.Window.Canvas()))
	}
	missiontest.Button(t, s.Window.Canvas(), "Vis alle saker").OnTapped()
	if s.rows() != missiontest.Cases {
		t.Errorf("%d rows after taking the search away", s.rows())
	}
}

// What is sealed leaves no trace here: every word on the canvas is the same before and after, and no search finds it (security.md 2.2).
func TestSealed_LeavesNoTrace(t *testing.T) {
	s, ws := laptopScreen(t)
	before := missiontest.Words(s.Window.Canvas())
	c := missiontest.Plan.Cases[0]
	_, err := ws.Set(t.Context(), workspace.Target{Type: "sealed_note", Case: c.ID, Subject: c.Persons[1]}, map[string]domain.Answer{
		"topic": domain.TextAnswer("safety"), "note": domain.TextAnswer("Kanarifugl i bur"),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Settle()
	s.Place.Leave()
	s.Place.Enter()
	s.Settle()
	if diff := cmp.Diff(before, missiontest.Words(s.Window.Canvas())); diff != "" {
		t.Errorf("the case list changed (-before +after):\n%s", diff)
	}
	s.find("Kanarifugl")
	if s.Says(c.Number) {
		t.Error("a search finds the sealed entry")
	}
}

// TestCaseload_NotYetAtHeadquarters: the list says where the work is, Today's way in shows what is not safe yet, and
// headquarters, which has everything, is spared it.
func TestCaseload_NotYetAtHeadquarters(t *testing.T) {
	s, _ := laptopScreen(t)
	if !s.Says("Bare på denne maskinen") || !s.Says("Ikke framme ved hovedkontoret (") {
		t.Error("the list does not say what is on this machine only")
	}
	all := s.rows()
	s.Place.Enter(caseload.Away)
	if got := s.rows(); got == 0 || got >= all {
		t.Errorf("%d of %d cases are away", got, all)
	}
	hq := open(t, missiontest.HQ(t), missiontest.Window(t, theme.Light, 100, missiontest.Big), "nb")
	if hq.Says("Bare på denne maskinen") || hq.Says("Ikke framme ved hovedkontoret") {
		t.Error("headquarters is told that its work is not at headquarters")
	}
}
