package codelist_test

import (
	"slices"
	"testing"

	"feltbok/internal/codelist"
)

// STYRK-08 and ISCO-08 are there whole, at all four levels (domain.md 15.4): 582 groups of the one, and the 43 of the other
// that Norway has put together with their neighbours.
func TestOccupation_Whole(t *testing.T) {
	var levels [5]int
	for _, e := range codelist.Entries("occupation") {
		if len(e.Code) > 4 {
			t.Fatalf("%q has more than four digits", e.Code)
		}
		levels[len(e.Code)]++
		for above := 1; above < len(e.Code); above++ {
			if !codelist.Has("occupation", e.Code[:above]) {
				t.Errorf("%s has no group %s", e.Code, e.Code[:above])
			}
		}
		if len(e.Code) < 4 && !slices.ContainsFunc(codelist.Entries("occupation"), func(below codelist.Entry) bool {
			return len(below.Code) == 4 && below.Code[:len(e.Code)] == e.Code
		}) {
			t.Errorf("the group %s has no occupation", e.Code)
		}
	}
	if want := [5]int{0, 10, 44, 131, 440}; levels != want {
		t.Errorf("%v groups of 0 to 4 digits, want %v", levels, want)
	}
}

// Every occupation is found by its name in each of the three languages.
func TestOccupation_FoundByName(t *testing.T) {
	for _, e := range codelist.Entries("occupation") {
		if len(e.Code) != 4 {
			continue
		}
		for _, lang := range []string{"nb", "nn", "en"} {
			found := codelist.Lookup("occupation", e.In(lang), lang, 3)
			if !slices.ContainsFunc(found, func(f codelist.Entry) bool { return f.Code == e.Code }) {
				t.Errorf("%s is not found by %q (%s): %v", e.Code, e.In(lang), lang, labels(found))
			}
		}
	}
}

// The titles are those of the standards, where they were wrong from memory once.
func TestOccupation_Titles(t *testing.T) {
	for code, want := range map[string][2]string{
		"4131": {"Stenografer mv.", "Typists and word processing operators"},
		"4132": {"Dataregistrerere", "Data entry clerks"},
		"4323": {"Transportfunksjonærer", "Transport clerks"},
		"6114": {"Kombinasjonsbrukere, nyttevekster", "Mixed crop growers"},
		"2267": {"Ergoterapeuter", "Occupational therapists"},
		"3439": {"Andre yrker innen estetiske fag", "Other artistic and cultural occupations"},
		"1113": {"Ledere i lokalsamfunn", "Traditional chiefs and heads of villages"},
		"0000": {"Uoppgitt / yrker som ikke kan identifiseres", "Unstated or unidentifiable occupations"},
	} {
		if got := [2]string{codelist.Label("occupation", code, "nb"), codelist.Label("occupation", code, "en")}; got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
}
