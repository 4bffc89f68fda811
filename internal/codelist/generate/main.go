// Command generate writes the code lists that follow standards of others: assets/codelists/country.csv (ISO 3166-1 alpha-3),
// assets/codelists/language.csv (ISO 639-3), assets/codelists/municipality.csv (Statistics Norway's standard 131) and
// assets/codelists/occupation.csv (Statistics Norway's STYRK-08 and the ILO's ISCO-08). Names of countries and languages come
// from the Unicode locale data in golang.org/x/text; countries.csv and languages.csv beside this file put right what is out of
// date there, and add own names and spellings. municipalities.csv holds the numbers and names of municipalities since 2020,
// occupations.csv the groups of occupations, each with the standard that it is from.
//
// It also writes the names of countries and languages for the person interviewed, assets/second/names/*.csv, from the same locale
// data.
//
// Run it with `go generate ./internal/codelist`. A code once written is never removed: the result is under version
// control, and a code that a new run would drop is an error.
package main

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed countries.csv languages.csv municipalities.csv occupations.csv
var curated embed.FS

// row is one line of a code list.
type row struct {
	code, nb, nn, en string
	from, to         string // first and last day, empty when open
	also             []string
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: generate LISTS NAMES")
	}
	for name, rows := range map[string]func() ([]row, error){"country": countries, "language": languages, "municipality": municipalities, "occupation": occupations} {
		list, err := rows()
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		if err := write(filepath.Join(os.Args[1], name+".csv"), list); err != nil {
			log.Fatal(err)
		}
	}
	if err := secondNames(os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

// write replaces the file, after checking that no code it had is lost.
func write(path string, list []row) error {
	old, err := os.ReadFile(path)
	if err == nil {
		table, err := csv.NewReader(bytes.NewReader(old)).ReadAll()
		if err != nil {
			return err
		}
		for _, line := range table[1:] {
			if !slices.ContainsFunc(list, func(r row) bool { return r.code == line[0] }) {
				return fmt.Errorf("%s: the code %q would be lost", path, line[0])
			}
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.Write([]string{"code", "nb", "nn", "en", "valid_from", "valid_to", "also"}); err != nil {
		return err
	}
	for _, r := range list {
		if err := w.Write([]string{r.code, capital(r.nb), capital(r.nn), capital(r.en), r.from, r.to, strings.Join(distinct(r.also), ";")}); err != nil {
			return err
		}
	}
	w.Flush()
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// capital writes the first letter large, as in every other list.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// distinct drops empty and repeated words and keeps the order.
func distinct(words []string) []string {
	var kept []string
	for _, word := range words {
		if word = strings.TrimSpace(word); word != "" && !slices.Contains(kept, word) {
			kept = append(kept, word)
		}
	}
	return kept
}

// readCurated reads one of the files beside this program; every line has the number of columns of the first.
func readCurated(name string) ([][]string, error) {
	content, err := curated.ReadFile(name)
	if err != nil {
		return nil, err
	}
	table, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return table[1:], nil
}
