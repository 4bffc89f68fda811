package desk_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/app/desk"
	"feltbok/app/ui/placetest"
	"feltbok/internal/i18n"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

// birth is what headquarters shows as the person's date of birth; "" when there is none.
func birth(t *testing.T, in *exchangetest.Installation) string {
	t.Helper()
	person, err := in.HQ.WS.Get(t.Context(), "person", in.Person)
	if err != nil || person == nil {
		t.Fatal(person, err)
	}
	return person.Answer("birth").Text()
}

// mustImports takes both files in and shows the list of what was taken in.
func mustImports(t *testing.T, slot int) (*exchangetest.Installation, *placetest.Stage, *desk.Inbox) {
	t.Helper()
	in, st, b := mustInbox(t, "nb", 0)
	st.Tap(t, "Ta inn alle 2")
	st.NoFaults(t)
	if slot != 0 {
		in.HQ.Unlock(t, slot)
		st = placetest.New(t, in.HQ.WS, in.HQ.Dir, "nb")
		b = desk.NewInbox(st.Session).(*desk.Inbox)
		st.Show(b)
	}
	b.View("imports")
	if b.Length() != 2 {
		t.Fatalf("%d imports", b.Length())
	}
	return in, st, b
}

// A file is taken back with a reason, after a look at what that does, and brought in again (pains.md row 22).
func TestImports_TakenBackAndBroughtInAgain(t *testing.T) {
	in, st, b := mustImports(t, 0)
	before := birth(t, in)
	if before == "" {
		t.Fatal("nothing to take back")
	}
	conflicts := func() int {
		list, err := in.HQ.WS.Conflicts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if conflicts() == 0 {
		t.Fatal("both laptops wrote the same field, and nothing is in conflict")
	}
	b.OpenImport("laptop-a")
	if !st.Says("Det filen brakte, gjelder.") || !st.Says("laptop-a") {
		t.Fatalf("%q", st.Words())
	}
	st.Tap(t, "Ta filen tilbake …")
	for _, part := range []string{"slutter å gjelde", "Ingenting slettes", "Si hvorfor"} {
		if !st.Says(part) {
			t.Errorf("the question lacks %q: %q", part, st.Words())
		}
	}
	if !st.Button("Ta filen tilbake").Disabled() {
		t.Error("it can be done without a reason")
	}
	b.Reason("wrong_file")
	st.Tap(t, "Ta filen tilbake")
	st.NoFaults(t)
	if n := conflicts(); n != 0 {
		t.Errorf("%d conflicts with a file that was taken back", n)
	}
	b.View("imports")
	b.OpenImport("laptop-a")
	if !st.Says("Tatt tilbake") || !st.Says("Feil fil") {
		t.Fatalf("%q", st.Words())
	}

	st.Tap(t, "Ta filen inn igjen …")
	b.Reason("mistake")
	st.Tap(t, "Ta filen inn igjen")
	st.NoFaults(t)
	if conflicts() == 0 || birth(t, in) != before {
		t.Errorf("not as before: %q, %d conflicts", birth(t, in), conflicts())
	}
	b.OpenImport("laptop-a")
	if !st.Says("Det filen brakte, gjelder.") {
		t.Errorf("%q", st.Words())
	}
}

// Going to another row or view takes the question back, and so does Cancel.
func TestImports_QuestionIsTakenBack(t *testing.T) {
	_, st, b := mustImports(t, 0)
	for name, away := range map[string]func(){
		"cancel":       func() { st.Tap(t, "Avbryt") },
		"another view": func() { b.View("files"); b.Views("files"); b.Views("imports") },
		"another row":  func() { b.OpenImport("laptop-b"); b.OpenImport("laptop-a") },
	} {
		b.OpenImport("laptop-a")
		st.Tap(t, "Ta filen tilbake …")
		away()
		if st.Button("Ta filen tilbake") != nil {
			t.Errorf("%s: the question still stands", name)
		}
	}
}

// A user who may not take files back sees the list and no button.
func TestImports_OthersOnlyLook(t *testing.T) {
	_, st, b := mustImports(t, 1)
	b.OpenImport("laptop-a")
	if st.Button("Ta filen tilbake …") != nil || !st.Says("Bare saksbehandlere") {
		t.Errorf("%q", slices.Compact(st.Words()))
	}
}

// Every state of an import, and the question, have their words in all languages.
func TestImports_ThreeLanguages(t *testing.T) {
	in, _, _ := mustImports(t, 0)
	for _, lang := range i18n.Languages {
		st := placetest.New(t, in.HQ.WS, in.HQ.Dir, lang)
		b := desk.NewInbox(st.Session).(*desk.Inbox)
		st.Show(b)
		b.View("imports")
		for _, e := range []exchange.ImportEntry{
			{State: exchange.ImportStands, Lines: map[string]int{"case": 3}, Held: []string{"special"}, File: "x.feltbok"},
			{State: exchange.ImportUndone, Lines: map[string]int{"case": 3}, Out: map[string]int{"case": 3}, Reason: "x", By: "A"},
			{State: exchange.ImportUndoing, Waiting: []string{"special"}, Mine: []string{"special"}},
			{State: exchange.ImportRestoring, Waiting: []string{"special"}},
			{State: exchange.ImportStands, Contested: []string{"case"}},
		} {
			b.PutImport(e)
			st.NoKeys(t)
		}
		for _, redo := range []bool{false, true} {
			b.Question(redo, &exchange.UndoPlan{
				Lines: map[string]int{"case": 2}, Waiting: []string{"special"}, Conflicts: 2, Stays: map[string]int{"erase": 1}, Sealed: 1,
				Fields: make([]exchange.FieldChange, 50), Later: make([]exchange.FieldChange, 1), Cases: make([]uuid.UUID, 2),
			})
			st.NoKeys(t)
		}
	}
}
