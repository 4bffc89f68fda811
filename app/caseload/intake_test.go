package caseload_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
)

const caseList = "Liste fra UNHCR;;;;;;;\nCase No.;Individual Number;Relationship to PA;Family Name;Given Names;Sex;Date of Birth;Religion;Byen\n" +
	"233-26-00001;233-00000101;PA;Prøve;Mappe;M;15-Mar-1985;x;Adi\n" +
	"233-26-00001;233-00000102;Wife;Prøve;ሙከራ;F;00/03/1990;y;Adi\n" +
	"233-26-00002;233-00000103;PA;Prøve;Skuff;X1;1990;z;Adi\n"

// reading is a headquarters with a list in a folder, the page open.
func reading(t *testing.T, content string) (*screen, *workspace.Workspace, string) {
	t.Helper()
	ws := missiontest.HQ(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "en")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "liste.csv"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s.press("Read in a list …")
	s.choose(folder)
	return s, ws, folder
}

func (s *screen) press(button string) {
	s.T.Helper()
	test.Tap(missiontest.Button(s.T, s.Window.Canvas(), button))
	s.Settle()
}

func (s *screen) choose(folder string) {
	s.T.Helper()
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if picker, ok := o.(*drivepick.Picker); ok {
			picker.Put(folder)
			picker.OnChoose(folder)
		}
	})
	s.Settle()
}

// openFile opens the card of a file.
func (s *screen) openFile(name string) {
	s.T.Helper()
	var card *ui.TapCard
	missiontest.Walk(s.Window.Canvas(), func(o fyne.CanvasObject) {
		if c, ok := o.(*ui.TapCard); ok && c.Label == name {
			card = c
		}
	})
	if card == nil {
		s.T.Fatalf("no card for %s", name)
	}
	card.Tapped(nil)
	s.Settle()
}

func (s *screen) must(words ...string) {
	s.T.Helper()
	for _, w := range words {
		if !s.Says(w) {
			s.T.Errorf("%q is not said", w)
		}
	}
	if s.Says("⟦") {
		s.T.Error("a text is missing")
	}
}

func numbers(t *testing.T, ws *workspace.Workspace) string {
	t.Helper()
	cases, err := ws.Cases(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range cases {
		all = append(all, c.Number)
	}
	return strings.Join(all, " ")
}

func TestIntake_FromFileToCasesAndBack(t *testing.T) {
	s, ws, _ := reading(t, caseList)
	missiontest.Shoot(t, s.Window, "intake-file")
	s.openFile("liste.csv")
	s.must("What do the columns mean?", "headings in row 2", "UNHCR case number", "Øvingsuttak (TESTDATA)")
	missiontest.Shoot(t, s.Window, "intake-columns")

	// The column that nobody knows is told by keyboard alone.
	table := s.table()
	if never, not := table.Cell(7, 2).Badge, table.Cell(8, 2).Badge; never != "Never read" || not != "Not read" {
		t.Errorf("columns are called %q and %q", never, not)
	}
	table.OnOpen(8)
	typed := s.Window.Canvas().Focused().(*ui.PickEntry)
	typed.SetText("Place of st")
	typed.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.press("OK")
	if words := s.table().Cell(8, 2).Text; words != "Place of stay" {
		t.Errorf("the column is read as %q", words)
	}
	s.press("See what would happen")
	s.must("New: 1 case, 2 people", "Left out: 1 case", "is not in the code list", "Row 5")
	missiontest.Shoot(t, s.Window, "intake-preview")
	if strings.Contains(numbers(t, ws), "233-26") {
		t.Error("the preview has written")
	}
	s.press("Take in 1 case")
	s.must("The list is taken in", "New: 1 case, 2 people")
	if got := numbers(t, ws); !strings.Contains(got, "233-26-00001") || strings.Contains(got, "233-26-00002") {
		t.Errorf("cases %s", got)
	}
	persons, err := ws.Objects(context.Background(), "case", uuid.Nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range persons {
		if c.Text("unhcr_case_no") == "233-26-00001" && c.Text("place_of_stay") != "Adi" {
			t.Errorf("place of stay %q", c.Text("place_of_stay"))
		}
	}

	s.press("Take back …")
	s.Window.Canvas().Focused().(*ui.TextField).SetText("feil liste")
	overlay := s.Window.Canvas().Overlays().Top()
	missiontest.WalkObject(overlay, func(o fyne.CanvasObject) {
		if b, ok := o.(*ui.Button); ok && b.Text == "Take back …" {
			test.Tap(b)
		}
	})
	s.Settle()
	s.must("Taken back")
	if strings.Contains(numbers(t, ws), "233-26") {
		t.Error("the cases still stand")
	}
	s.press("Back to the cases")
	s.must("24 cases")
}

func TestIntake_Screens(t *testing.T) {
	ws := missiontest.HQ(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "liste.csv"), []byte(caseList), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, shot := range []struct {
		name, lang string
		variant    theme.Variant
		percent    int
		size       fyne.Size
		open, next string
	}{
		{"1024-dark", "nn", theme.Dark, 100, fyne.NewSize(1024, 600), "Les inn ei liste …", "Sjå kva som skjer"},
		{"1024-200", "nb", theme.Light, 200, fyne.NewSize(1024, 600), "Les inn en liste …", "Se hva som skjer"},
		{"tablet", "nb", theme.Light, 100, fyne.NewSize(756, 1180), "Les inn en liste …", "Se hva som skjer"},
	} {
		w := missiontest.Window(t, shot.variant, shot.percent, shot.size)
		s := open(t, ws, w, shot.lang)
		s.press(shot.open)
		s.choose(folder)
		missiontest.Shoot(t, w, "intake-file-"+shot.name)
		s.openFile("liste.csv")
		missiontest.Shoot(t, w, "intake-columns-"+shot.name)
		s.must()
		if height := s.table().Size().Height; height < 2*theme.Size(theme.SizeTouch) {
			t.Errorf("%s: the columns have %v points", shot.name, height)
		}
		s.press(shot.next)
		missiontest.Shoot(t, w, "intake-preview-"+shot.name)
		s.must()
		if got := w.Canvas().Size(); got != shot.size {
			t.Errorf("%s: the window grew to %v", shot.name, got)
		}
	}
}

func TestIntake_SecondTimeHasNothingToDo(t *testing.T) {
	s, _, _ := reading(t, caseList)
	for range 2 {
		s.openFile("liste.csv")
		s.press("See what would happen")
		if s.Says("New: 0 cases, 0 people") {
			s.must("As before: 1 case", "The very same file was read in")
			if !missiontest.Button(t, s.Window.Canvas(), "Take in 0 cases").Disabled() {
				t.Error("there is nothing to take in, and yet the button works")
			}
			return
		}
		s.press("Take in 1 case")
		s.press("Read in another list")
	}
	t.Error("the second time brings something new")
}

func TestIntake_BadFilesAndEmptyFolders(t *testing.T) {
	s, _, folder := reading(t, "\xff\xfea")
	s.openFile("liste.csv")
	if len(s.Told.Faults) != 1 {
		t.Fatalf("%d faults", len(s.Told.Faults))
	}
	s.must("Read in a list", "liste.csv")
	s.Told.Faults = nil
	s.choose(t.TempDir())
	s.must("There are no lists in this folder")
	s.choose(folder)
	s.press("Save an empty list here …")
	if _, err := intake.Open(filepath.Join(folder, "caseload-empty.csv"), ""); err == nil {
		t.Error("an empty template is read as a list with rows")
	}
	s.must("caseload-empty.csv")
}

func TestIntake_OnlyForThoseWhoMay(t *testing.T) {
	ws := missiontest.Laptop(t)
	s := open(t, ws, missiontest.Window(t, theme.Light, 100, missiontest.Big), "en")
	if s.Says("Read in a list …") {
		t.Error("an interviewer is offered to read a list in")
	}
}

func TestIntake_FiveThousandRows(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	var content strings.Builder
	content.WriteString("Case No.;Individual Number;Relationship to PA;Family Name;Given Names;Sex;Date of Birth\n")
	for i := range 5000 {
		relation := "PA"
		if i%4 > 0 {
			relation = "Son"
		}
		fmt.Fprintf(&content, "233-26-%05d;233-%08d;%s;Prøve%d;Mappe%d;M;19%02d-05-%02d\n", i/4+1, i+1, relation, i/4, i, i%90+10, i%28+1)
	}
	s, ws, _ := reading(t, content.String())
	begun := time.Now()
	s.openFile("liste.csv")
	s.press("See what would happen")
	seen := time.Since(begun)
	s.must("New: 1250 cases, 5000 people")
	begun = time.Now()
	s.press("Take in 1250 cases")
	t.Logf("preview %v, taking in %v", seen.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond))
	s.must("The list is taken in")
	if got := len(strings.Fields(numbers(t, ws))); got != 1250+missiontest.Cases {
		t.Errorf("%d cases", got)
	}
}

// TestIntake_ByKeyboardAlone: the first file has the keyboard once a folder is chosen, and one key goes on from step to step.
func TestIntake_ByKeyboardAlone(t *testing.T) {
	s, ws, _ := reading(t, caseList)
	s.Window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.Settle()
	s.must("What do the columns mean?")
	goOn := func() {
		for _, key := range s.Place.(ui.Shortcutter).Shortcuts() {
			if key.Key == fyne.KeyReturn && key.Modifier == fyne.KeyModifierAlt {
				key.Do()
			}
		}
		s.Settle()
	}
	for _, words := range []string{"Take in 1 case", "The list is taken in", "Read in a list …"} {
		goOn()
		s.must(words)
	}
	if !strings.Contains(numbers(t, ws), "233-26-00001") {
		t.Error("nothing was taken in")
	}
	before := numbers(t, ws)
	goOn() // there is nothing to go on with
	if numbers(t, ws) != before {
		t.Error("the key does something in the case list")
	}
}
