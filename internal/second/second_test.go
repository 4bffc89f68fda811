package second_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"feltbok/internal/codelist"
	"feltbok/internal/second"
)

// scripts are those that the fonts of the program draw (assets/fonts/README.md).
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Arabic, unicode.Ethiopic, unicode.Myanmar, unicode.Common, unicode.Inherited}

// TestAll: every language says the same things, in letters that can be drawn, and serves languages that there are.
func TestAll(t *testing.T) {
	all := second.All()
	if len(all) < 9 {
		t.Fatalf("%d languages", len(all))
	}
	served := map[string]string{}
	for _, texts := range all {
		for name, pair := range map[string][2]map[string]string{
			"question": {all[0].Questions, texts.Questions}, "point": {all[0].Points, texts.Points}, "word": {all[0].Words, texts.Words}, "choice": {all[0].Choices, texts.Choices},
		} {
			if !slices.Equal(slices.Sorted(maps.Keys(pair[0])), slices.Sorted(maps.Keys(pair[1]))) {
				t.Errorf("%s has other texts of %s than %s", texts.Code, name, all[0].Code)
			}
			for key, text := range pair[1] {
				if strings.TrimSpace(text) != text || text == "" {
					t.Errorf("%s %s: %q", texts.Code, key, text)
				}
				for _, r := range text {
					if !unicode.In(r, scripts...) {
						t.Errorf("%s %s holds %q, which no font has", texts.Code, key, r)
					}
				}
			}
		}
		for _, entry := range codelist.Shipped().Entries("information_given") {
			if texts.Points[entry.Code] == "" {
				t.Errorf("%s lacks the point %s", texts.Code, entry.Code)
			}
		}
		for key := range texts.Choices {
			list, code, _ := strings.Cut(key, ".")
			if !codelist.Shipped().Has(list, code) {
				t.Errorf("%s translates %s, which is no choice", texts.Code, key)
			}
		}
		for _, language := range texts.Languages {
			if !codelist.Shipped().Has("language", language) || served[language] != "" {
				t.Errorf("%s serves %s, which is no language or served by %q", texts.Code, language, served[language])
			}
			served[language] = texts.Code
			if found, ok := second.For(language); !ok || found.Code != texts.Code {
				t.Errorf("%s is not found for %s", texts.Code, language)
			}
		}
		if written := strings.IndexFunc(texts.Name, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) >= 0; written != texts.RightToLeft {
			t.Errorf("%s runs the wrong way", texts.Code)
		}
	}
	for _, language := range []string{"apc", "prs", "pes", "tir", "swc", "fra", "spa", "mya", "ukr", "som"} {
		if served[language] == "" {
			t.Errorf("nothing for %s", language)
		}
	}
	if _, ok := second.For("nob"); ok {
		t.Error("Norwegian is a second language")
	}
}

func TestRead_SaysWhichFileIsBroken(t *testing.T) {
	_, err := second.Read(fstest.MapFS{"second/xx.json": {Data: []byte(`{"name":`)}}, "second")
	if err == nil || !strings.Contains(err.Error(), "xx") {
		t.Errorf("%v", err)
	}
}

// TestChoice_Names: each language names the countries and languages that Norway meets most, in its own letters, and Dari its own way.
func TestChoice_Names(t *testing.T) {
	for language, want := range map[string][3]string{
		"apc": {"سوريا", "الكونغو - كينشاسا", "السواحلية"},
		"spa": {"Siria", "República Democrática del Congo", "suajili"},
		"pes": {"سوریه", "کنگو - کینشاسا", "سواحیلی"},
		"prs": {"سوریه", "کانگو - کینشاسا", "سواحلی"},
		"fra": {"Syrie", "Congo-Kinshasa", "swahili"},
		"mya": {"ဆီးရီးယား", "ကွန်ဂို", "ဆွာဟီလီ"},
		"som": {"Suuriya", "Jamhuuriyadda Dimuquraadiga Kongo", ""},
		"swa": {"Syria", "Jamhuri ya Kidemokrasia ya Kongo", "Kiswahili"},
		"swc": {"Syria", "Jamhuri ya Kidemokrasia ya Kongo", "Kiswahili"},
		"tir": {"ሲሪያ", "ኮንጎ", "ሰዋሂሊኛ"},
		"ukr": {"Сирія", "Конго – Кіншаса", "суахілі"},
	} {
		texts, ok := second.For(language)
		if !ok {
			t.Fatal(language)
		}
		if got := [3]string{texts.Choice("country", "SYR"), texts.Choice("country", "COD"), texts.Choice("language", "swh")}; got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
		if texts.Choice("country", "XXA") == "" || texts.Choice("language", "mul") != "" {
			t.Errorf("%s has no word for the stateless, or one for no language", language)
		}
	}
}

// TestChoice_NamesExist: a name is of a code that there is, in letters that can be drawn, and no two countries share one.
func TestChoice_NamesExist(t *testing.T) {
	for _, texts := range second.All() {
		taken, countries := map[string]string{}, 0
		for _, list := range []string{"country", "language"} {
			for _, entry := range codelist.Shipped().Entries(list) {
				name := texts.Choice(list, entry.Code)
				for _, r := range name {
					if !unicode.In(r, scripts...) {
						t.Errorf("%s %s: %q holds %q, which no font has", texts.Code, entry.Code, name, r)
					}
				}
				if list == "country" && name != "" {
					countries++
					if taken[name] != "" {
						t.Errorf("%s calls %s and %s %q", texts.Code, taken[name], entry.Code, name)
					}
					taken[name] = entry.Code
				}
			}
		}
		if countries < 220 {
			t.Errorf("%s names %d countries", texts.Code, countries)
		}
	}
}
