// Package codelist holds the code lists of the field (domain.md 15): countries, languages, occupations, education,
// municipalities and all the small lists of choices, each with labels in bokmål, nynorsk and English.
//
// [Label] gives the text of a code, [Lookup] finds codes by what a person types, [Entries] gives a whole list in the
// order it is shown. A list is one file, assets/codelists/<list>.csv. A code once used is never given another meaning and
// never removed; it ends by valid_to and stays readable for old records (domain.md 15.0).
//
// Headquarters issues later editions of lists without a new program: [Over] lays them over the program's own, and a record
// is shown by the [Lists] of the workspace that it lies in.
//
// The package reads embedded files only. Everything in it is safe for concurrent use.
package codelist

//go:generate go run ./generate ../../assets/codelists ../../assets/second/names

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
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

// parse reads the text of a list as it stands in the assets.
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
	entries := make([]Entry, 0, len(table)-1)
	for i, row := range table[1:] {
		e, err := entryOf(row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		entries = append(entries, e)
	}
	return newList(entries)
}

// entryOf reads one row, its cells in the order of [columns]; it must have a code and all three labels.
func entryOf(row []string) (Entry, error) {
	e := Entry{Code: row[0], Label: row[1], ValidFrom: row[4], ValidTo: row[5], labels: [3]string{row[1], row[2], row[3]}}
	for _, label := range e.labels {
		if e.Code == "" || strings.TrimSpace(label) == "" {
			return Entry{}, errors.New("a code needs a label in each language")
		}
	}
	for _, day := range []string{e.ValidFrom, e.ValidTo} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return Entry{}, err
		}
	}
	if e.ValidFrom != "" && e.ValidTo != "" && e.ValidTo < e.ValidFrom {
		return Entry{}, errors.New("the code ends before it begins")
	}
	for _, word := range strings.Split(row[6], ";") {
		if word = strings.TrimSpace(word); word != "" {
			e.Also = append(e.Also, word)
		}
	}
	return e, nil
}

// newList indexes entries; a code must not stand twice.
func newList(entries []Entry) (*list, error) {
	l := &list{byCode: make(map[string]int, len(entries)), entries: entries}
	for i, e := range entries {
		if _, twice := l.byCode[e.Code]; twice {
			return nil, fmt.Errorf("row %d: the code %q stands twice", i+2, e.Code)
		}
		l.byCode[e.Code] = i
	}
	l.index = sync.OnceValue(func() index { return buildIndex(l.entries) })
	return l, nil
}

// Names lists the names of the program's code lists, sorted.
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

// Shipped are the lists that travel inside the program. The functions of this package without a receiver ask them.
func Shipped() *Lists { return nil }

// Exists is [Lists.Exists] of the program's own lists.
func Exists(name string) bool { return Shipped().Exists(name) }

// Label is [Lists.Label] of the program's own lists.
func Label(name, code, lang string) string { return Shipped().Label(name, code, lang) }

// Find is [Lists.Find] in the program's own lists.
func Find(name, code string) (Entry, bool) { return Shipped().Find(name, code) }

// Has is [Lists.Has] of the program's own lists.
func Has(name, code string) bool { return Shipped().Has(name, code) }

// Entries is [Lists.Entries] of the program's own lists.
func Entries(name string) []Entry { return Shipped().Entries(name) }

// Version is [Lists.Version] of the program's own lists.
func Version(name string) string { return Shipped().Version(name) }

// Lookup is [Lists.Lookup] in the program's own lists.
func Lookup(name, text, lang string, limit int) []Entry {
	return Shipped().Lookup(name, text, lang, limit)
}
