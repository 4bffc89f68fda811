package codelist

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"feltbok/internal/domain"
)

// Edition is one issue of a list by headquarters: the whole list, with the codes that have ended.
type Edition struct {
	Name    string
	Version string // see domain.CompareVersions
	// ValidFrom is the first day on which it is used, YYYY-MM-DD.
	ValidFrom string
	// Key tells two editions of one version apart, the same on every machine; the larger one goes first.
	Key     string
	Entries []Entry
}

// compareEditions orders editions by version; of two with the same version the one that is used from a later day is the newer.
func compareEditions(a, b Edition) int {
	return cmp.Or(domain.CompareVersions(a.Version, b.Version), cmp.Compare(a.ValidFrom, b.ValidFrom), cmp.Compare(a.Key, b.Key))
}

// Lists are the code lists in use on a day: those of the program, with the editions of headquarters laid over them. The nil
// Lists are the program's own alone, of which codes with an end are never offered.
//
// What a code says is decided by the newest edition that has it, and a code that any edition has stays known: two machines
// with the same editions show the same, in whatever order they came, and no edition takes a code away from old records.
type Lists struct {
	day      string
	editions map[string][]Edition // the newest first, those in use only
	merged   sync.Map             // name → func() (*list, error)
}

// Over lays editions over the program's lists as they are used on a day; later ones wait.
func Over(editions []Edition, on time.Time) *Lists {
	x := &Lists{day: on.Format(time.DateOnly), editions: map[string][]Edition{}}
	for _, e := range editions {
		if e.ValidFrom <= x.day {
			x.editions[e.Name] = append(x.editions[e.Name], e)
		}
	}
	for _, of := range x.editions {
		slices.SortFunc(of, func(a, b Edition) int { return compareEditions(b, a) })
	}
	return x
}

// open returns a list, made once.
func (x *Lists) open(name string) (*list, error) {
	if x == nil || len(x.editions[name]) == 0 {
		return open(name)
	}
	once, ok := x.merged.Load(name)
	if !ok {
		once, _ = x.merged.LoadOrStore(name, sync.OnceValues(func() (*list, error) { return x.merge(name) }))
	}
	return once.(func() (*list, error))()
}

// merge lays the editions of one list over the program's own.
func (x *Lists) merge(name string) (*list, error) {
	layers := make([][]Entry, 0, len(x.editions[name])+1)
	for _, e := range x.editions[name] {
		layers = append(layers, e.Entries)
	}
	if own, err := open(name); err == nil {
		layers = append(layers, own.entries)
	}
	var entries []Entry
	known := map[string]bool{}
	for _, layer := range layers {
		for _, e := range layer {
			if !known[e.Code] {
				known[e.Code] = true
				entries = append(entries, e)
			}
		}
	}
	l, err := newList(entries)
	if err != nil {
		return nil, fmt.Errorf("code list %q: %w", name, err)
	}
	l.version = x.editions[name][0].Version
	return l, nil
}

// offers reports whether a code may be chosen.
func (x *Lists) offers(e Entry) bool {
	if x == nil {
		return e.ValidTo == ""
	}
	return e.validOn(x.day)
}

// Names lists the names of all lists, sorted.
func (x *Lists) Names() []string {
	names := Names()
	if x == nil {
		return names
	}
	names = slices.AppendSeq(names, maps.Keys(x.editions))
	slices.Sort(names)
	return slices.Compact(names)
}

// Exists reports whether there is a list of that name that can be read.
func (x *Lists) Exists(name string) bool {
	_, err := x.open(name)
	return err == nil
}

// Label returns the text of a code in "nb", "nn" or "en". A code that the list does not have comes back as it is, so that
// a record from a newer program stays readable.
func (x *Lists) Label(name, code, lang string) string {
	if e, ok := x.Find(name, code); ok {
		return e.In(lang)
	}
	return code
}

// Find returns the entry of a code, ended or not.
func (x *Lists) Find(name, code string) (Entry, bool) {
	l, err := x.open(name)
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
func (x *Lists) Has(name, code string) bool {
	_, ok := x.Find(name, code)
	return ok
}

// Known reports what [Lists.Exists] does, in the words of feltbok/internal/form/xlsform.
func (x *Lists) Known(name string) bool { return x.Exists(name) }

// Valid reports whether the list has the code on a day.
func (x *Lists) Valid(name, code string, on time.Time) bool {
	e, ok := x.Find(name, code)
	return ok && e.validOn(on.Format(time.DateOnly))
}

// Entries returns the whole list in the order it is shown, ended codes included. Nil when there is no such list.
func (x *Lists) Entries(name string) []Entry {
	l, err := x.open(name)
	if err != nil {
		return nil
	}
	return slices.Clone(l.entries)
}

// Version names the edition of a list: what headquarters calls the newest one in use, or for a list of the program's own a
// text that changes exactly when the content does. "" when there is no such list.
func (x *Lists) Version(name string) string {
	l, err := x.open(name)
	if err != nil {
		return ""
	}
	return l.version
}
