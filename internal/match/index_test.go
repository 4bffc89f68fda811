package match_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"feltbok/internal/match"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func id(n int) (id uuid.UUID) {
	id[14], id[15] = byte(n>>8), byte(n)
	return id
}

func named(names ...string) []match.Text {
	var texts []match.Text
	for _, n := range names {
		texts = append(texts, match.Text{Kind: "name", Value: n})
	}
	return texts
}

// people are invented; each has a line number as id.
var people = [][]string{
	{"Test Mappe"},
	{"Testine Mappesen"},
	{"Mohammed Prøve", "محمد"},
	{"فاطمة الحسن"},
	{"عبدالرحمن"},
	{"Олександр Тестенко"},
	{"Галина"},
	{"ሰላም ትግስት"},
	{"အောင်ဆန်းခင်"},
	{"Abu Bakr Al-Hassan"},
	{"Øystein Åsen"},
	{"Yuliia"},
	{"200-24C00001"},
	{"رضا"},
	{"O'Test Abdulrahman"},
	{"Layla"},
}

func filled() *match.Index {
	x := new(match.Index)
	for i, names := range people {
		x.Add(id(i), named(names...))
	}
	return x
}

func TestIndex_Search(t *testing.T) {
	cases := []struct {
		name, query string
		want        []int // the first of the results, in order
	}{
		{"whole word before beginning", "test", []int{0, 1}},
		{"beginning", "testi", []int{1}},
		{"all words count", "test mappe", []int{0, 1}},
		{"order of words", "mappe test", []int{0, 1}},
		{"one word without a match", "test xyzzy", nil},
		{"case and accents", "OYSTEIN asen", []int{10}},
		{"as Norwegians type it", "øystein åsen", []int{10}},
		{"double a", "aasen", []int{10}},
		{"one wrong letter", "mapte", []int{0, 1}},
		{"one letter missing", "mppe", []int{0, 1}},
		{"one too many", "maappe", []int{0, 1}},
		{"two exchanged", "mpape", []int{0, 1}},
		{"an error while typing", "oeksan", []int{5}},
		{"no error in short words", "tst", nil},
		{"two errors are too many", "mxxpe", nil},
		{"Latin finds Arabic", "fatima", []int{3}},
		{"Latin beginning finds Arabic", "fati", []int{3}},
		{"article aside", "hassan", []int{9, 3}},
		{"article written together", "alhassan", []int{9, 3}},
		{"Arabic finds Latin", "محمد", []int{2}},
		{"other spelling of the same name", "Muhamad", []int{2}},
		{"Arabic letters of another key board", "فاطمه", []int{3}},
		{"compound name by its parts", "abdul rahman", []int{14, 4}},
		{"compound name in Arabic, apart", "عبد الرحمن", []int{4, 14}},
		{"Persian reading", "reza", []int{13}},
		{"Arabic reading", "rida", []int{13}},
		{"Latin finds Ukrainian", "oleksandr", []int{5}},
		{"the Russian reading too", "galina", []int{6}},
		{"the Ukrainian reading", "halyna", []int{6}},
		{"Cyrillic finds Latin", "юлия", []int{11}},
		{"Latin finds Ethiopic", "selam", []int{7}},
		{"vowels left out in Ethiopic", "tigist", []int{7}},
		{"Ethiopic finds itself", "ትግ", []int{7}},
		{"Latin finds Burmese", "aung san", []int{8}},
		{"a later syllable", "khin", []int{8}},
		{"Burmese finds itself", "အောင်", []int{8}},
		{"number with separators", "200-24c00001", []int{12}},
		{"number without separators", "20024C0", []int{12}},
		{"a number by its second part", "24c", []int{12}},
		{"no typing errors in numbers", "24c10001", nil},
		{"apostrophe left out", "otest", []int{14}},
		{"apostrophe as typed", "o’test", []int{14}},
		{"nothing", "", nil},
		{"only signs", " -'", nil},
	}
	x := filled()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := match.IDs(x.Search(c.query, 10))
			if len(c.want) == 0 && len(got) > 0 || len(got) < len(c.want) {
				t.Fatalf("%q finds %v, want %v", c.query, numbers(got), c.want)
			}
			for i, n := range c.want {
				if got[i] != id(n) {
					t.Fatalf("%q finds %v, want %v first", c.query, numbers(got), c.want)
				}
			}
		})
	}
}

func numbers(ids []uuid.UUID) (list []int) {
	for _, id := range ids {
		list = append(list, int(id[14])<<8|int(id[15]))
	}
	return list
}

func TestIndex_Kind(t *testing.T) {
	x := new(match.Index)
	x.Add(id(1), []match.Text{{Kind: "name", Value: "Test Mappe"}, {Kind: "case_number", Value: "200-24C00001"}})
	if got := x.Search("200-24", 5); len(got) != 1 || got[0].Kind != "case_number" || got[0].Grade != match.Beginning {
		t.Errorf("got %+v", got)
	}
	if got := x.Search("mappe", 5); len(got) != 1 || got[0].Kind != "name" || got[0].Grade != match.Whole {
		t.Errorf("got %+v", got)
	}
}

func TestIndex_AddAgainReplaces(t *testing.T) {
	x := filled()
	x.Add(id(0), named("Prøve Linje"))
	if got := numbers(match.IDs(x.Search("test", 10))); slices.Contains(got, 0) {
		t.Errorf("still found by its old name: %v", got)
	}
	if got := numbers(match.IDs(x.Search("linje", 10))); !slices.Equal(got, []int{0}) {
		t.Errorf("got %v", got)
	}
	if x.Len() != len(people) {
		t.Errorf("%d things, want %d", x.Len(), len(people))
	}
}

func TestIndex_RemoveAndClear(t *testing.T) {
	x := filled()
	x.Remove(id(0))
	x.Remove(id(999))
	if got := numbers(match.IDs(x.Search("test", 10))); slices.Contains(got, 0) || !slices.Contains(got, 1) {
		t.Errorf("got %v", got)
	}
	x.Clear()
	if got := x.Search("test", 10); got != nil || x.Len() != 0 {
		t.Errorf("after Clear: %v, %d things", got, x.Len())
	}
	x.Add(id(3), named("Test"))
	if got := numbers(match.IDs(x.Search("test", 10))); !slices.Equal(got, []int{3}) {
		t.Errorf("filled again: %v", got)
	}
}

func TestIndex_Limit(t *testing.T) {
	x := new(match.Index)
	for i := range 300 {
		x.Add(id(i), named("Test Mappe"))
	}
	for _, limit := range []int{1, 7, 299, 300, 1000} {
		got := numbers(match.IDs(x.Search("te", limit)))
		if len(got) != min(limit, 300) || !slices.IsSorted(got) {
			t.Errorf("limit %d: %v", limit, got)
		}
	}
	if got := x.Search("te", 0); got != nil {
		t.Errorf("limit 0: %v", got)
	}
}

// TestIndex_Model compares the index, under random additions and removals, with a plain walk over all texts.
func TestIndex_Model(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("abß")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		x := new(match.Index)
		model := make(map[int][]string)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			n := rapid.IntRange(0, 8).Draw(t, "id")
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				x.Remove(id(n))
				delete(model, n)
			} else {
				words := rapid.SliceOfN(letters, 0, 3).Draw(t, "words")
				x.Add(id(n), named(strings.Join(words, " ")))
				model[n] = words
			}
			query := rapid.SliceOfN(letters, 1, 2).Draw(t, "query")
			got := numbers(match.IDs(x.Search(strings.Join(query, " "), 100)))
			for n, words := range model {
				near := true
				for _, q := range query {
					q = match.Fold(q)
					near = near && slices.ContainsFunc(words, func(w string) bool {
						return strings.HasPrefix(match.Fold(w), q) || len(q) >= 4 && nearPrefix(q, match.Fold(w))
					})
				}
				if near && !slices.Contains(got, n) {
					t.Fatalf("%q: %d (%q) is missing in %v", query, n, words, got)
				}
			}
			for _, n := range got {
				if _, ok := model[n]; !ok {
					t.Fatalf("%q finds %d, which is not there", query, n)
				}
			}
		}
		if x.Len() != len(model) {
			t.Fatalf("%d things, want %d", x.Len(), len(model))
		}
	})
}

// nearPrefix says by trying every change whether some beginning of word is one error away from q.
func nearPrefix(q, word string) bool {
	r := []rune(q)
	for i := range len(r) + 1 {
		var changed []string
		if i < len(r) {
			changed = append(changed, string(r[:i])+string(r[i+1:]))
			for _, c := range word {
				changed = append(changed, string(r[:i])+string(c)+string(r[i+1:]))
			}
		}
		if i+1 < len(r) {
			changed = append(changed, string(r[:i])+string(r[i+1])+string(r[i])+string(r[i+2:]))
		}
		for _, c := range word {
			changed = append(changed, string(r[:i])+string(c)+string(r[i:]))
		}
		for _, c := range changed {
			if strings.HasPrefix(word, c) {
				return true
			}
		}
	}
	return false
}

func TestIndex_Concurrent(t *testing.T) {
	x := new(match.Index)
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := range 200 {
				x.Add(id(g*50+i%50), named("Test Mappe", "محمد"))
				x.Search("test mohammed", 5)
				x.Remove(id(g*50 + i%50))
			}
		})
	}
	wait.Wait()
	if x.Len() != 0 {
		t.Errorf("%d things left", x.Len())
	}
}
