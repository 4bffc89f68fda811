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
	// Ended: nothing is begun with it any more; what was begun with it is still opened with it.
	Ended bool
}

// Sets are the question sets of a register: those of the program and the editions that headquarters issued. Every version
// stays, because an interview is opened with the one that it was held with (pains.md row 20). The nil Sets are the program's own.
type Sets struct {
	day      string
	ids      []string             // of the sets of an interview, in its order
	foreign  []string             // of the forms that others made, by id
	editions map[string][]Edition // by id, the newest first
}

// With puts editions of headquarters beside the sets of the program; on says which day it is. An edition goes before a set
// of the program with the same version. A form of others under the id of a set of an interview does not count.
func With(editions []Edition, on time.Time) (*Sets, error) {
	own, err := embedded()
	if err != nil {
		return nil, err
	}
	s := &Sets{day: on.Format(time.DateOnly), editions: map[string][]Edition{}}
	for _, set := range own {
		s.editions[set.ID] = append(s.editions[set.ID], Edition{Set: set})
	}
	for _, foreign := range []bool{false, true} {
		for _, e := range editions {
			if e.Set.Foreign == foreign && (!foreign || !s.asks(e.Set.ID)) {
				s.editions[e.Set.ID] = append(s.editions[e.Set.ID], e)
			}
		}
	}
	for id, of := range s.editions {
		slices.SortFunc(of, func(a, b Edition) int {
			return cmp.Or(domain.CompareVersions(b.Set.Version, a.Set.Version), cmp.Compare(b.ValidFrom, a.ValidFrom), cmp.Compare(b.Key, a.Key))
		})
		if of[0].Set.Foreign {
			s.foreign = append(s.foreign, id)
		} else {
			s.ids = append(s.ids, id)
		}
	}
	slices.Sort(s.foreign)
	slices.SortFunc(s.ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.editions[a][0].Set.Order, s.editions[b][0].Set.Order), cmp.Compare(a, b))
	})
	return s, nil
}

// asks reports whether there is a set of an interview with an id.
func (s *Sets) asks(id string) bool {
	return slices.ContainsFunc(s.editions[id], func(e Edition) bool { return !e.Set.Foreign })
}

// own are the program's sets alone; nothing when they cannot be read.
func own() *Sets {
	s, err := With(nil, time.Time{})
	if err != nil {
		return &Sets{}
	}
	return s
}

// IDs lists the identifiers of all sets of an interview, those whose only editions begin later among them, in the order of the interview.
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
		if e.ValidFrom <= day && !e.Ended {
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

// Forms returns the forms that others made and that are in use today, by id.
func (s *Sets) Forms() []*Set {
	var sets []*Set
	if s == nil {
		return nil
	}
	for _, id := range s.foreign {
		if set, ok := s.ByID(id); ok {
			sets = append(sets, set)
		}
	}
	return sets
}

// Foreign reports whether an id is that of a form that others made.
func (s *Sets) Foreign(id string) bool { return s != nil && slices.Contains(s.foreign, id) }

// All returns the sets of an interview that are in use today, in its order.
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
// must not look like the answer to another (pains.md row 20). A form of others must be known in that very version, for what its
// questions mean nothing else tells.
func (s *Sets) Knows(id, version string) bool {
	of := s.Editions(id)
	if len(of) > 0 && of[0].Set.Foreign {
		_, ok := s.Version(id, version)
		return ok
	}
	return len(of) > 0 && domain.CompareVersions(version, of[0].Set.Version) <= 0
}
