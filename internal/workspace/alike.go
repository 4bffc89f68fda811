package workspace

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/match"
)

// Typed is what has been typed of a person so far. Any of it may be empty.
type Typed struct {
	Given, Family, Native string
	// Birth is a date in whole or in part, as it is stored.
	Birth string
}

// Alike is a person in the register who may be the one that is being typed. Nothing is decided by it: whoever types decides.
type Alike struct {
	Person, Case  uuid.UUID
	Name, Native  string
	Number, Birth string // of the case; as stored
	// Likeness of the names is between 0 and 1.
	Likeness float64
}

const (
	alikeFrom  = 0.86 // likeness of names from which a person is shown
	birthApart = 15   // years between births from which alike names are two persons
	letters    = 3    // of a word that it takes to look for it
	comparedOf = 40   // persons that each word of a name brings to be compared
)

// Alike lists persons whose names are like the one typed, in any spelling and script, the most alike first and at most limit of
// them (pains.md row 13). It needs two words of a name, or one and a birth. self, which may be zero, is left out. The index in memory
// is looked through, so it is fast enough to be called while somebody types. Fault: V-LOCKED.
func (w *Workspace) Alike(_ context.Context, self uuid.UUID, typed Typed, limit int) ([]Alike, error) {
	name := strings.TrimSpace(typed.Given + " " + typed.Family)
	spoken := strings.Fields(name + " " + typed.Native)
	if len(spoken) == 0 || len(spoken) == 1 && typed.Birth == "" {
		return nil, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	found := map[uuid.UUID]bool{}
	for _, word := range append(spoken, name) {
		if utf8.RuneCountInString(word) < letters {
			continue
		}
		for _, hit := range w.search.Search(word, comparedOf) {
			found[hit.ID] = true
		}
	}
	delete(found, self)
	var out []Alike
	for _, e := range w.entries {
		for id := range found {
			object, here := e.objects[id]
			if !here || object.Type != "person" || deleted(object) || e.objects[object.Case] == nil || deleted(e.objects[object.Case]) {
				continue
			}
			person := newRecord(object)
			likeness := likenessOf(typed, name, person)
			if likeness < alikeFrom || apart(typed.Birth, person.Text("birth")) {
				continue
			}
			out = append(out, Alike{
				Person: id, Case: object.Case, Name: domain.DisplayName(person.Answer), Native: person.Text("name_native_script"),
				Number: newRecord(e.objects[object.Case]).Text("unhcr_case_no"), Birth: person.Text("birth"), Likeness: likeness,
			})
		}
	}
	slices.SortFunc(out, func(a, b Alike) int {
		return cmp.Or(cmp.Compare(b.Likeness, a.Likeness), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Person.String(), b.Person.String()))
	})
	return out[:min(len(out), limit)], nil
}

// likenessOf compares what is typed with the ways in which a person's name is written, and takes the best.
func likenessOf(typed Typed, name string, person *Record) float64 {
	known := []string{person.Text("given_names") + " " + person.Text("family_name"), person.Text("name_native_script")}
	known = append(known, person.Answer("other_spellings").List()...)
	best := 0.0
	for _, mine := range []string{name, typed.Native} {
		for _, theirs := range known {
			best = max(best, match.Similarity(mine, theirs))
		}
	}
	return best
}

// apart reports whether two births are too far from each other for one person. A birth that is missing or not understood is not.
func apart(a, b string) bool {
	x, errX := domain.ParsePartialDate(a)
	y, errY := domain.ParsePartialDate(b)
	return errX == nil && errY == nil && !x.IsZero() && !y.IsZero() && (x.Year-y.Year > birthApart || y.Year-x.Year > birthApart)
}
