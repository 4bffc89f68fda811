package intake

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/match"
	"feltbok/internal/workspace"
)

// standing is what the register has of cases and people, by what a list names them by. Removed ones are among it.
type standing struct {
	cases    map[string]*workspace.Record // by key of the number
	numbers  map[uuid.UUID]string         // of cases, as stored
	persons  map[uuid.UUID][]*workspace.Record
	byNumber map[string]*workspace.Record // persons by individual number
	homes    map[uuid.UUID][]*workspace.Record
	related  map[[2]uuid.UUID]bool
	years    map[string][]*workspace.Record // persons by year of birth, for likeness
}

func readStanding(ctx context.Context, ws *workspace.Workspace) (*standing, error) {
	s := &standing{
		cases: map[string]*workspace.Record{}, numbers: map[uuid.UUID]string{}, persons: map[uuid.UUID][]*workspace.Record{}, byNumber: map[string]*workspace.Record{},
		homes: map[uuid.UUID][]*workspace.Record{}, related: map[[2]uuid.UUID]bool{}, years: map[string][]*workspace.Record{},
	}
	for _, read := range []struct {
		t    domain.Type
		take func(*workspace.Record)
	}{{"case", s.takeCase}, {"person", s.takePerson}, {"household", s.takeHome}, {"relation", s.takeRelation}} {
		records, err := ws.ObjectsAndRemoved(ctx, read.t)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			read.take(r)
		}
	}
	return s, nil
}

func (s *standing) takeCase(r *workspace.Record) {
	number := r.Text("unhcr_case_no")
	s.numbers[r.ID()] = number
	key := domain.UNHCRCaseKey(number)
	if old := s.cases[key]; key != "" && (old == nil || old.Deleted()) {
		s.cases[key] = r
	}
}

func (s *standing) takePerson(r *workspace.Record) {
	s.persons[r.Case()] = append(s.persons[r.Case()], r)
	if number := domain.NormaliseUNHCR(r.Text("unhcr_individual_no")); number != "" {
		if old := s.byNumber[number]; old == nil || old.Deleted() {
			s.byNumber[number] = r
		}
	}
	if year := yearOf(r.Text("birth")); year != "" && !r.Deleted() {
		s.years[year] = append(s.years[year], r)
	}
}

func (s *standing) takeHome(r *workspace.Record) {
	if !r.Deleted() {
		s.homes[r.Case()] = append(s.homes[r.Case()], r)
	}
}

func (s *standing) takeRelation(r *workspace.Record) {
	a, b := r.Reference("person_a"), r.Reference("person_b")
	s.related[[2]uuid.UUID{a, b}], s.related[[2]uuid.UUID{b, a}] = true, true
}

func yearOf(birth string) string {
	year, _, _ := strings.Cut(birth, "-")
	return year
}

// likeName is from where on two names are so much alike that a person must look.
const likeName = 0.9

// alike reports whether two descriptions may be of one person: names much alike, birth dates that one day can satisfy, and no other
// sex. It never says that they are (domain.md 16.4).
func alike(a, b func(field string) domain.Answer) bool {
	if x, y := a("sex").Text(), b("sex").Text(); x != "" && y != "" && x != y {
		return false
	}
	if x, y := a("birth").Text(), b("birth").Text(); x == "" || y == "" || !strings.HasPrefix(x, y) && !strings.HasPrefix(y, x) {
		return false
	}
	x, y := domain.DisplayName(a), domain.DisplayName(b)
	return x != "" && y != "" && match.Similarity(x, y) >= likeName
}

func (s *standing) describe(r *workspace.Record) Likely {
	return Likely{Person: r.ID(), Case: r.Case(), Name: domain.DisplayName(r.Answer), Number: s.numbers[r.Case()], Birth: r.Text("birth")}
}

// elsewhere finds somebody much like the person of a row in another case; nil when there is nobody.
func (s *standing) elsewhere(r *personRow, caseID uuid.UUID) *workspace.Record {
	for _, other := range s.years[yearOf(r.answer["birth"].Text())] {
		number := other.Text("unhcr_individual_no")
		if other.Case() != caseID && (number == "" || r.answer["unhcr_individual_no"].Text() == "") && alike(r.get, other.Answer) {
			return other
		}
	}
	return nil
}
