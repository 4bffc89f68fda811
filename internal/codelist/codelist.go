// Package codelist holds the code lists of the field (domain.md 15): countries, languages, occupations, education,
// municipalities and all the small lists of choices, each with labels in bokmål, nynorsk and English.
//
// [Label] gives the text of a code, [Lookup] finds codes by what a person types, [Entries] gives a whole list in the
// order it is shown. A list is one file, assets/codelists/<list>.csv. A code once used is never given another meaning and
// never removed; it ends by valid_to and stays readable for old records (domain.md 15.0).
//
// The package reads embedded files only. Everything in it is safe for concurrent use.
package codelist

//go:generate go run ./generate ../../assets/codelists

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"feltbok/assets"
)

// Entry is one code of a list.
type Entry struct {
	Code string
	// Label is the text in the language asked for; of [Entries], in bokmål.
	Label string
	// Also holds other words people use for it: own names, common spellings, synonyms. Never shown as the label.
	Also []string
	// ValidFrom and ValidTo are the first and last day, YYYY-MM-DD; empty when open.
	ValidFrom, ValidTo string

	labels [3]string // nb, nn, en
}

// languages of the labels, in the order of Entry.labels.
var languages = [3]string{"nb", "nn", "en"}

// In returns the label in "nb", "nn" or "en"; bokmål for any other.
func (e Entry) In(lang string) string {
	if i := slices.Index(languages[:], lang); i >= 0 {
		return e.labels[i]
	}
	return e.labels[0]
}

// validOn reports whether the entry is valid on a day YYYY-MM-DD.
func (e Entry) validOn(day string) bool {
	return (e.ValidFrom == "" || e.ValidFrom <= day) && (e.ValidTo == "" || day <= e.ValidTo)
}

// list is one loaded code list.
type list struct {
	entries []Entry
	byCode  map[string]int
	version string
	index   func() index // made at the first search
}

// columns of every file.
var columns = []string{"code", "nb", "nn", "en", "valid_from", "valid_to", "also"}

var loaded sync.Map // name → func() (*list, error)

// open returns a list, read once.
func open(name string) (*list, error) {
	once, ok := loaded.Load(name)
	if !ok {
		once, _ = loaded.LoadOrStore(name, sync.OnceValues(func() (*list, error) { return read(name) }))
	}
	return once.(func() (*list, error))()
}

func read(name string) (*list, error) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return nil, fmt.Errorf("no code list is called %q", name)
	}
	content, err := assets.CodeLists.ReadFile("codelists/" + name + ".csv")
	if err != nil {
		return nil, fmt.Errorf("no code list is called %q: %w", name, err)
	}
	l, err := parse(string(content))
	if err != nil {
		return nil, fmt.Errorf("code list %q: %w", name, err)
	}
	sum := sha256.Sum256(content)
	l.version = hex.EncodeToString(sum[:6])
	return l, nil
}

// parse reads the text of a list; every row must have a code of its own and all three labels.
func parse(content string) (*list, error) {
	reader := csv.NewReader(strings.NewReader(content))
	reader.FieldsPerRecord = len(columns)
	table, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(table) == 0 || !slices.Equal(table[0], columns) {
		return nil, fmt.Errorf("the first row must be %s", strings.Join(columns, ","))
	}
	l := &list{byCode: make(map[string]int, len(table)), entries: make([]Entry, 0, len(table)-1)}
	for i, row := range table[1:] {
		e := Entry{Code: row[0], Label: row[1], ValidFrom: row[4], ValidTo: row[5], labels: [3]string{row[1], row[2], row[3]}}
		for _, label := range e.labels {
			if e.Code == "" || strings.TrimSpace(label) == "" {
				return nil, fmt.Errorf("row %d: a code needs a label in each language", i+2)
			}
		}
		for _, day := range []string{e.ValidFrom, e.ValidTo} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				return nil, fmt.Errorf("row %d: %w", i+2, err)
			}
		}
		for _, word := range strings.Split(row[6], ";") {
			if word = strings.TrimSpace(word); word != "" {
				e.Also = append(e.Also, word)
			}
		}
		if _, twice := l.byCode[e.Code]; twice {
			return nil, fmt.Errorf("row %d: the code %q stands twice", i+2, e.Code)
		}
		l.byCode[e.Code] = len(l.entries)
		l.entries = append(l.entries, e)
	}
	l.index = sync.OnceValue(func() index { return buildIndex(l.entries) })
	return l, nil
}

// Names lists the names of all code lists, sorted.
func Names() []string {
	files, err := fs.Glob(assets.CodeLists, "codelists/*.csv")
	if err != nil {
		panic(err) // the pattern is constant
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(path.Base(file), ".csv")
	}
	return names
}

// Exists reports whether there is a list of that name that can be read.
func Exists(name string) bool {
	_, err := open(name)
	return err == nil
}

// Label returns the text of a code in "nb", "nn" or "en". A code that the list does not have comes back as it is, so that
// a record from a newer program stays readable.
func Label(name, code, lang string) string {
	if e, ok := Find(name, code); ok {
		return e.In(lang)
	}
	return code
}

// Find returns the entry of a code, ended or not.
func Find(name, code string) (Entry, bool) {
	l, err := open(name)
	if err != nil {
		return Entry{}, false
	}
	i, ok := l.byCode[code]
	if !ok {
		return Entry{}, false
	}
	return l.entries[i], true
}

// Has reports whether the list has the code, ended or not.
func Has(name, code string) bool {
	_, ok := Find(name, code)
	return ok
}

// Valid reports whether the list has the code on a day.
func Valid(name, code string, on time.Time) bool {
	e, ok := Find(name, code)
	return ok && e.validOn(on.Format(time.DateOnly))
}

// Entries returns the whole list in the order it is shown, ended codes included. Nil when there is no such list.
func Entries(name string) []Entry {
	l, err := open(name)
	if err != nil {
		return nil
	}
	return slices.Clone(l.entries)
}

// Version names the edition of a list: it changes exactly when the content does. "" when there is no such list.
func Version(name string) string {
	l, err := open(name)
	if err != nil {
		return ""
	}
	return l.version
}
