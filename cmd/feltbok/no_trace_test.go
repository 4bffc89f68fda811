package main

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/app/shell"
	"feltbok/app/ui"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// whispered stands in every entry that the reader may not see.
const whispered = "hviskeord"

// slots of headquarters by role: the settlement caseworker holds the ring of neither special nor sealed.
var slots = map[domain.Role]int{domain.HQS: 0, domain.HQC: 2}

// whisper lets the caseworker for special needs write an entry of every closed type about the person, with a conflict in
// each: whatever counts entries, changes or conflicts has something to count.
func whisper(t *testing.T, in *exchangetest.Installation) {
	t.Helper()
	wrote := map[domain.Compartment]int{}
	for _, info := range domain.Types() {
		closed := info.Compartment == domain.Special || info.Compartment == domain.Sealed
		field := slices.IndexFunc(info.Fields, func(f domain.Field) bool {
			return (f.Kind == domain.Text || f.Kind == domain.LongText) && domain.HQS.MayWrite(info.Type, f.Name)
		})
		if !closed || field < 0 || !domain.HQS.MayCreate(info.Type) || info.Subject != "person" && !info.Questions {
			continue
		}
		name := info.Fields[field].Name
		if info.Questions { // a response to a form of class special, or a row of one
			name = domain.QuestionField("note")
		}
		target := workspace.Target{Type: info.Type, Case: in.Case, Subject: in.Person}
		if info.Rows {
			target.ID = uuid.New()
		}
		for _, end := range []string{" én", " to"} {
			exchangetest.Write(t, in.HQ, target, map[string]domain.Answer{name: exchangetest.Text(whispered + end)})
			target.Seen = map[string][]oplog.Name{name: {}}
			wrote[info.Compartment]++
		}
	}
	file, err := in.HQ.WS.OpenCase(t.Context(), in.Case, workspace.Everything...)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range file.Sealed() {
		remark, err := in.HQ.WS.RemarkSealed(t.Context(), file, entry, whispered+" om den")
		if err == nil {
			_, err = in.HQ.WS.RemarkSealed(t.Context(), file, remark, whispered+" som svar")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(file.Sealed()) == 0 || wrote[domain.Special] < 4 || wrote[domain.Sealed] < 2 {
		t.Fatalf("too little was written to prove anything: %v", wrote)
	}
}

// shown is what a role reads on every place of the program, and after every key of that place: by place and key.
func shown(t *testing.T, in *exchangetest.Installation, role domain.Role) map[string][]string {
	t.Helper()
	at := exchangetest.Today.Add(8 * time.Hour)
	in.HQ.SetNow(at)
	in.HQ.Unlock(t, slots[role])
	if got := in.HQ.WS.Me().Role; got != role {
		t.Fatalf("the role is %s, want %s", got, role)
	}
	sameFolder := strings.NewReplacer(in.Dir, "folder")
	words := map[string][]string{}
	look := func(entry shell.Entry, key int) (more bool) {
		st := placetest.New(t, in.HQ.WS, "folder", "nb")
		place := entry.Build(st.Session)
		st.Window.SetContent(place.Content())
		place.Enter(in.Case, in.Person)
		name := entry.ID
		var keys []ui.Shortcut
		if with, ok := place.(ui.Shortcutter); ok {
			keys = with.Shortcuts()
		}
		if key >= 0 && key < len(keys) && keys[key].Do != nil {
			name += ", " + keys[key].Text
			keys[key].Do()
		}
		st.Loop.Advance(2 * time.Second)
		in.HQ.SetNow(at)
		for _, word := range append(st.Words(), st.Notes...) {
			words[name] = append(words[name], sameFolder.Replace(word))
		}
		place.Leave()
		return key+1 < len(keys)
	}
	for _, entry := range places() {
		if entry.Roles != nil && !slices.Contains(entry.Roles, role) {
			continue
		}
		for key := -1; look(entry, key); key++ { // at first without any
		}
	}
	for _, part := range []string{whispered, whispered[:4], "Test", "Mappe"} {
		hits, err := in.HQ.WS.Search(t.Context(), part, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range hits {
			words["search for "+part] = append(words["search for "+part], hit.Title+" "+hit.Detail)
		}
		said, err := in.HQ.WS.SearchAnswers(t.Context(), part, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range said {
			words["search for "+part] = append(words["search for "+part], one.Words+" "+one.Name+" "+one.Field)
		}
	}
	return words
}

// TestSealed_NoTraceOnAnyPlace: two headquarters with the same past, and in one of them much is written about a person in
// the compartments special and sealed. A settlement caseworker sees the same words on every place of both, whatever the key:
// no text, no count, no gap (domain.md 16, pitfall 6).
func TestSealed_NoTraceOnAnyPlace(t *testing.T) {
	without, with := exchangetest.Conflict.Copy(t, "hq"), exchangetest.Conflict.Copy(t, "hq")
	whisper(t, with)
	want, got := shown(t, without, domain.HQC), shown(t, with, domain.HQC)
	if len(want) < 30 {
		t.Errorf("only %d views were looked at: %q", len(want), slices.Sorted(maps.Keys(want)))
	}
	for _, view := range slices.Sorted(maps.Keys(want)) {
		if d := cmp.Diff(want[view], got[view]); d != "" {
			t.Errorf("%s differs:\n%s", view, d)
		}
	}
	if !strings.Contains(strings.Join(want["casefile"], "\n"), "Mappe") {
		t.Errorf("the case file is empty: %q", want["casefile"])
	}
	for view, words := range got {
		if _, ok := want[view]; !ok {
			t.Errorf("%s is only where the entries are", view)
		}
		if strings.Contains(strings.Join(words, "\n"), whispered) {
			t.Errorf("%s shows them", view)
		}
	}
	// The same walk finds them for whoever may read them, so it looks where they would be.
	open := shown(t, with, domain.HQS)
	for view, words := range open {
		if !strings.Contains(strings.Join(words, "\n"), whispered) {
			delete(open, view)
		}
	}
	if open["conflicts"] == nil {
		t.Errorf("the caseworker for special needs reads them on %q, not among the conflicts", slices.Sorted(maps.Keys(open)))
	}
}
