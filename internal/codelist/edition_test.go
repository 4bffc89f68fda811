package codelist_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
)

// mustEntries reads a list with one label for all languages: "code label from to".
func mustEntries(t testing.TB, rows ...[]string) []codelist.Entry {
	t.Helper()
	table := make([]map[string]string, len(rows))
	for i, row := range rows {
		table[i] = map[string]string{"code": row[0], "nb": row[1], "nn": row[1], "en": row[1], "valid_from": row[2], "valid_to": row[3]}
	}
	entries, err := codelist.FromRows(table)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func codesOf(entries []codelist.Entry) (codes []string) {
	for _, e := range entries {
		codes = append(codes, e.Code)
	}
	return codes
}

// What an edition leaves out stays known, what two editions say is decided by the newer one, and the order in which they came
// decides nothing.
func TestOver_NewestSays(t *testing.T) {
	old := codelist.Edition{Name: "sex", Version: "2", ValidFrom: "2026-01-01", Key: "a", Entries: mustEntries(t, []string{"zzz", "Annet", "", ""}, []string{"female", "Dame", "", ""})}
	young := codelist.Edition{Name: "sex", Version: "10", ValidFrom: "2026-01-01", Key: "b", Entries: mustEntries(t, []string{"female", "Kvinne!", "", ""})}
	later := codelist.Edition{Name: "sex", Version: "11", ValidFrom: "2026-07-01", Key: "c", Entries: mustEntries(t, []string{"female", "Senere", "", ""})}
	var seen []string
	for _, editions := range [][]codelist.Edition{{old, young, later}, {later, young, old}} {
		lists := codelist.Over(editions, date("2026-06-01"))
		if got := lists.Label("sex", "female", "nb"); got != "Kvinne!" {
			t.Errorf("female is %q", got)
		}
		if lists.Label("sex", "zzz", "en") != "Annet" || lists.Label("sex", "male", "nb") == "male" {
			t.Error("a code is not known any more")
		}
		if got := lists.Version("sex"); got != "10" {
			t.Errorf("version %q", got)
		}
		codes := codesOf(lists.Entries("sex"))
		if seen == nil {
			seen = codes
		}
		if diff := cmp.Diff(seen, codes); diff != "" {
			t.Errorf("in the other order (-first +second):\n%s", diff)
		}
	}
	if !slices.Equal(seen[:2], []string{"female", "zzz"}) {
		t.Errorf("order %v", seen)
	}
	if got := codelist.Over([]codelist.Edition{later}, date("2026-07-01")).Label("sex", "female", "nb"); got != "Senere" {
		t.Errorf("on its first day: %q", got)
	}
	if codelist.Label("sex", "female", "nb") == "Kvinne!" || codelist.Has("sex", "zzz") {
		t.Error("the program's own list changed")
	}
}

// A code is offered from its first day to its last.
func TestOver_OfferedWhileValid(t *testing.T) {
	e := codelist.Edition{Name: "municipality", Version: "1", Entries: mustEntries(t, []string{"9901", "Prøvedal", "", "2026-06-30"}, []string{"9902", "Prøvenes", "2026-07-01", ""})}
	for day, want := range map[string]string{"2026-06-30": "9901", "2026-07-01": "9902"} {
		found := codelist.Over([]codelist.Edition{e}, date(day)).Lookup("municipality", "prøve", "nb", 0)
		if codes := codesOf(found); !slices.Equal(codes, []string{want}) {
			t.Errorf("%s: %v", day, codes)
		}
	}
}

func TestLists_Compare(t *testing.T) {
	lists := codelist.Over([]codelist.Edition{{Name: "x", Version: "1", Entries: mustEntries(t, []string{"a", "A", "", ""}, []string{"b", "B", "", ""}, []string{"c", "C", "", ""})}}, date("2026-06-01"))
	got := lists.Compare("x", mustEntries(t, []string{"d", "D", "", ""}, []string{"a", "Å", "", ""}, []string{"b", "B", "", "2026-01-01"}))
	if diff := cmp.Diff(codelist.Difference{Added: []string{"d"}, Renamed: []string{"a"}, Ended: []string{"b"}, Lost: []string{"c"}}, got); diff != "" {
		t.Error(diff)
	}
	if !lists.Compare("x", lists.Entries("x")).Empty() {
		t.Error("a list differs from itself")
	}
}

func TestFromTable_Refusals(t *testing.T) {
	headings := []string{"Code", "nb", "nn", "en", "valid_to", "note"}
	for name, c := range map[string]struct {
		headings []string
		rows     [][]string
		row      int // 0: not a row
	}{
		"no english":        {[]string{"code", "nb", "nn"}, [][]string{{"a", "A", "A"}}, 0},
		"no codes":          {headings, nil, 0},
		"label missing":     {headings, [][]string{{"a", "A", "A", "A"}, {"b", "B", "", "B"}}, 2},
		"twice":             {headings, [][]string{{"a", "A", "A", "A"}, {"a", "B", "B", "B"}}, 2},
		"no day":            {headings, [][]string{{"a", "A", "A", "A", "2026-02-30"}}, 1},
		"a space in a code": {headings, [][]string{{"a b", "A", "A", "A"}}, 1},
	} {
		_, err := codelist.FromTable(c.headings, c.rows)
		var row *codelist.RowError
		if err == nil || errors.As(err, &row) != (c.row > 0) || row != nil && row.Row != c.row {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := codelist.FromTable(headings, [][]string{{" a ", "A", "Å", "E", "2026-12-31", "x"}, {"", "", "", "", "", ""}})
	if err != nil || len(entries) != 1 || entries[0].In("nn") != "Å" || entries[0].ValidTo != "2026-12-31" || entries[0].Code != "a" {
		t.Errorf("%+v, %v", entries, err)
	}
}

// What is stored of a list gives the list again.
func TestRows_RoundTrip(t *testing.T) {
	for _, name := range codelist.Names() {
		entries := codelist.Entries(name)
		value, err := domain.Answer{Value: codelist.Rows(entries)}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		answer, err := domain.DecodeAnswer(value)
		if err != nil {
			t.Fatal(err)
		}
		again, err := codelist.FromRows(answer.Rows())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(entries, again, cmp.AllowUnexported(codelist.Entry{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(value) > 128<<10 {
			t.Errorf("%s does not fit into a value: %d bytes", name, len(value))
		}
	}
}

func TestFixed_Exist(t *testing.T) {
	for _, name := range []string{"status", "role", "yes_no"} {
		if !codelist.Fixed(name) || !codelist.Exists(name) {
			t.Errorf("%s", name)
		}
	}
	if codelist.Fixed("municipality") {
		t.Error("municipalities change")
	}
}
