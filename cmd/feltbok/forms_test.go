package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/uuid"

	"feltbok/app/shell"
	"feltbok/app/ui"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/sync/exchange/exchangetest"
)

// issueForm lets the administrator issue a form that others made, of a class, about a person.
func issueForm(t *testing.T, in *exchangetest.Installation, id string, class domain.Class) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), id)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "survey.csv"), []byte("type,name,label\ntext,what,What happened?\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in.HQ.Unlock(t, 3)
	set, err := in.HQ.WS.OpenForm(folder, form.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	object, _ := domain.ResponseType(class)
	if set, err = form.Addressed(set, object, "person"); err != nil {
		t.Fatal(err)
	}
	p, err := in.HQ.WS.PrepareForm(set, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.HQ.WS.Publish(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// buttons finds the buttons on a window by their words.
func buttons(window fyne.Window, words string) (found []*ui.Button) {
	for _, o := range test.LaidOutObjects(window.Content()) {
		if b, ok := o.(*ui.Button); ok && strings.HasPrefix(b.Text, words) && b.Visible() {
			found = append(found, b)
		}
	}
	return found
}

// TestForms_InTheCaseFile: a form in use stands in the case file, is begun for a person and goes on from there; one on special matters stands
// on the closed page only.
func TestForms_InTheCaseFile(t *testing.T) {
	in := exchangetest.Conflict.Copy(t, "hq")
	issueForm(t, in, "visit", domain.P2)
	issueForm(t, in, "harm", domain.P3)
	in.HQ.Unlock(t, slots[domain.HQS])
	entry := slices.IndexFunc(places(), func(e shell.Entry) bool { return e.ID == "casefile" })
	st := placetest.New(t, in.HQ.WS, "folder", "nb")
	var went []any
	st.Session.Go = func(place string, args ...any) { went = append([]any{place}, args...) }
	place := places()[entry].Build(st.Session)
	st.Window.SetContent(place.Content())
	st.Window.Resize(fyne.NewSize(1280, 800))
	place.Enter(in.Case)
	settle := func() { st.Loop.Advance(2 * time.Second) }
	settle()
	says := func(word string) bool { return strings.Contains(strings.Join(st.Words(), "\n"), word) }
	test.Tap(buttons(st.Window, "Skjema")[0])
	settle()
	if !says("visit") || says("harm") {
		t.Errorf("the ordinary page: %q", st.Words())
	}
	begin := buttons(st.Window, "Fyll ut")
	if len(begin) == 0 {
		t.Fatal("nothing to fill in")
	}
	test.Tap(begin[0])
	settle()
	if len(went) != 2 || went[0] != "interview" {
		t.Fatalf("went to %v", went)
	}
	response := went[1].(uuid.UUID)
	if record, err := in.HQ.WS.Response(t.Context(), response); err != nil || record.Type() != "form_response" || record.Text("version") != "1" {
		t.Fatalf("%v, %v", record, err)
	}
	if !says("Begynt") || !says("Skjema (1)") && !says("Skjema 1") || len(buttons(st.Window, "Fortsett")) != 1 {
		t.Errorf("begun: %q", st.Words())
	}
	for _, key := range place.(ui.Shortcutter).Shortcuts() {
		if key.Text == st.Session.Texts.T("casefile.section.needs") {
			key.Do()
		}
	}
	settle()
	test.Tap(buttons(st.Window, st.Session.Texts.T("casefile.closed.title"))[0])
	settle()
	if says("visit") || !says("harm") {
		t.Errorf("the closed page: %q", st.Words())
	}
}
