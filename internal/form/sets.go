package form

import (
	"cmp"
	"slices"
	"time"

	"feltbok/internal/domain"
)

// Edition is one version of a question set.
type Edition struct {
	Set *Set
	// ValidFrom is the first day on which new interviews use it, YYYY-MM-DD; empty for a set of the program's own.
	ValidFrom string
	// Key tells two editions of one version apart, the same on every machine; the larger one goes first.
	Key string
}

// Sets are the question sets of a register: those of the program and the editions that headquarters issued. Every version
// stays, because an interview is opened with the one that it was held with (pains.md row 20). The nil Sets are the program's own.
type Sets struct {
	day      string
	ids      []string             // in the order of the interview
	editions map[string][]Edition // by id, the newest first
}

// With puts editions of headquarters beside the sets of the program; on says which day it is. An edition goes before a set
// of the program with the same version.
func With(editions []Edition, on time.Time) (*Sets, error) {
	own, err := embedded()
	if err != nil {
		return nil, err
	}
	s := &Sets{day: on.Format(time.DateOnly), editions: map[string][]Edition{}}
	for _, set := range own {
		s.editions[set.ID] = append(s.editions[set.ID], Edition{Set: set})
	}
	for _, e := range editions {
		s.editions[e.Set.ID] = append(s.editions[e.Set.ID], e)
	}
	for id, of := range s.editions {
		slices.SortFunc(of, func(a, b Edition) int {
			return cmp.Or(domain.CompareVersions(b.Set.Version, a.Set.Version), cmp.Compare(b.ValidFrom, a.ValidFrom), cmp.Compare(b.Key, a.Key))
		})
		s.ids = append(s.ids, id)
	}
	slices.SortFunc(s.ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.editions[a][0].Set.Order, s.editions[b][0].Set.Order), cmp.Compare(a, b))
	})
	return s, nil
}

// own are the program's sets alone; nothing when they cannot be read.
func own() *Sets {
	s, err := With(nil, time.Time{})
	if err != nil {
		return &Sets{}
	}
	return s
}

// IDs lists the identifiers of all sets, those whose only editions begin later among them, in the order of the interview.
func (s *Sets) IDs() []string {
	if s == nil {
		s = own()
	}
	return slices.Clone(s.ids)
}

// Editions lists every known edition of a set, the newest first.
func (s *Sets) Editions(id string) []Edition {
	if s == nil {
		s = own()
	}
	return slices.Clone(s.editions[id])
}

// On finds the edition of a set that an interview of a day is held with, YYYY-MM-DD: the newest one that has begun.
func (s *Sets) On(id, day string) (*Set, bool) {
	for _, e := range s.Editions(id) {
		if e.ValidFrom <= day {
			return e.Set, true
		}
	}
	return nil, false
}

// ByID finds the edition of a set that is in use today.
func (s *Sets) ByID(id string) (*Set, bool) {
	if s == nil {
		return ByID(id)
	}
	return s.On(id, s.day)
}

// Version finds one edition of a set; of several with the same version the one that goes first.
func (s *Sets) Version(id, version string) (*Set, bool) {
	for _, e := range s.Editions(id) {
		if e.Set.Version == version {
			return e.Set, true
		}
	}
	return nil, false
}

// All returns the sets in use today, in the order of the interview.
func (s *Sets) All() []*Set {
	var sets []*Set
	for _, id := range s.IDs() {
		if set, ok := s.ByID(id); ok {
			sets = append(sets, set)
		}
	}
	return sets
}

// Knows reports whether a set is known in a version or a later one: an answer to a question that this program cannot show
// must not look like the answer to another (pains.md row 20).
func (s *Sets) Knows(id, version string) bool {
	of := s.Editions(id)
	return len(of) > 0 && domain.CompareVersions(version, of[0].Set.Version) <= 0
}
