package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// secondLanguages are the languages of assets/second with their tags in the Unicode locale data. prs and swc stand only where they
// say another name than fa and sw do.
var secondLanguages = []struct{ file, tag, unless string }{
	{"ar", "ar", ""},
	{"es", "es", ""},
	{"fa", "fa", ""},
	{"fr", "fr", ""},
	{"my", "my", ""},
	{"so", "so", ""},
	{"sw", "sw", ""},
	{"ti", "ti", ""},
	{"uk", "uk", ""},
	{"prs", "fa-AF", "fa"},
	{"swc", "sw-CD", "sw"},
}

// regional are codes of languages that the locale data knows as another language of a country.
var regional = map[string]string{"prs": "fa-AF", "swc": "sw-CD"}

// unsaid are codes without a name here: countries that have changed theirs since the locale data, and a language that it knows only
// together with others.
var unsaid = []string{"MKD", "SWZ", "kmr"}

// secondNames writes the names of countries and languages as the person interviewed reads them, one file a language: rows of
// list, code, name (assets/second/README.md). What the locale data has no name for is left out,
// and so is one name for two countries.
func secondNames(folder string) error {
	for _, second := range secondLanguages {
		names, without := namer(second.tag), namer(second.unless)
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		for _, list := range []struct {
			name string
			rows func() ([]row, error)
		}{{"country", countries}, {"language", languages}} {
			rows, err := list.rows()
			if err != nil {
				return err
			}
			said := map[string]int{}
			for _, r := range rows {
				said[names(list.name, r.code)]++
			}
			for _, r := range rows {
				name := names(list.name, r.code)
				if name == "" || name == without(list.name, r.code) || slices.Contains(unsaid, r.code) || list.name == "country" && said[name] > 1 {
					continue
				}
				if err := w.Write([]string{list.name, r.code, name}); err != nil {
					return err
				}
			}
		}
		w.Flush()
		if err := os.WriteFile(filepath.Join(folder, second.file+".csv"), out.Bytes(), 0o644); err != nil {
			return fmt.Errorf("names in %s: %w", second.file, err)
		}
	}
	return nil
}

// namer gives the names that the locale data has in a language itself, "" for others; nothing at all for no language.
func namer(tag string) func(list, code string) string {
	if tag == "" {
		return func(string, string) string { return "" }
	}
	in := language.MustParse(tag)
	regions, bases, tags := display.Regions(in), display.Languages(in), display.Tags(in)
	return func(list, code string) string {
		if list == "country" {
			if region, err := language.ParseRegion(code); err == nil && regions != nil {
				return regions.Name(region)
			}
			return ""
		}
		if known := regional[code]; known != "" && tags != nil {
			return tags.Name(language.MustParse(known))
		}
		if base, err := language.ParseBase(code); err == nil && bases != nil {
			return bases.Name(base)
		}
		return ""
	}
}
