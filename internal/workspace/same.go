package workspace

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
)

// What is the same for several of a family is copied by one key, never by itself, and what was copied says so until the person has
// confirmed it: mother tongue and nationality are usually shared, and sometimes not.

// Same is what may be the same for somebody as for another person of the case.
type Same struct {
	// Person and Name are those it is taken from. The name is for the screen only.
	Person uuid.UUID
	Name   string
	// Answers are by field, marked as copied.
	Answers map[string]domain.Answer
}

// sameInFamily are the person fields that a household usually shares, sameOfSiblings those that children of it share besides.
var (
	sameInFamily = []string{
		"nationalities", "stateless", "country_of_origin", "mother_tongue", "interpreter_language_1", "interpreter_language_2", "interpreter_dialect",
		"household",
	}
	sameOfSiblings = []string{"family_name", "father_name", "grandfather_name", "mother_name", "birth_country"}
	// sameInSets are fields of other question sets that siblings usually share.
	sameInSets = map[string][]string{"child": {"lives_with", "instruction_language"}}
	siblings   = []string{"son", "daughter"}
)

// Copied reports whether an answer was copied from another person of the family and nobody has confirmed it.
func Copied(a domain.Answer) bool {
	return a.HasValue() && a.Reason == domain.ReasonCopied && a.Verification == domain.Unverified
}

func copied(a domain.Answer) domain.Answer {
	return domain.Answer{Value: a.Value, Source: domain.FromFamily, Verification: domain.Unverified, Reason: domain.ReasonCopied}
}

// Same proposes what somebody may have in common with the rest of the case: of a brother or sister when there is one, else of the person
// written about last. self is left out and may be new; relation is the one to the principal applicant, "" while it is not known: then it is
// taken for that of the person written about last. ok is false when there is nobody.
func (f *CaseFile) Same(self uuid.UUID, relation string) (same Same, ok bool) {
	persons := slices.DeleteFunc(f.Records("person"), func(r *Record) bool { return r.ID() == self })
	return sameAs(persons, relation)
}

func sameAs(persons []*Record, relation string) (Same, bool) {
	slices.SortFunc(persons, func(a, b *Record) int { // identifiers of what a list made do not follow time
		x, _ := a.Written()
		y, _ := b.Written()
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(b.ID().String(), a.ID().String()))
	})
	if len(persons) == 0 {
		return Same{}, false
	}
	if relation == "" {
		relation = persons[0].Text("relation_to_pa")
	}
	from, fields := persons[0], sameInFamily
	if slices.Contains(siblings, relation) {
		if at := slices.IndexFunc(persons, func(r *Record) bool { return slices.Contains(siblings, r.Text("relation_to_pa")) }); at >= 0 {
			from, fields = persons[at], slices.Concat(sameInFamily, sameOfSiblings)
		}
	}
	same := Same{Person: from.ID(), Name: domain.DisplayName(from.Answer), Answers: map[string]domain.Answer{}}
	for _, field := range fields {
		if answer := from.Answer(field); answer.HasValue() {
			same.Answers[field] = copied(answer)
		}
	}
	return same, true
}

// Same proposes what the person of a section may have in common with the rest of the family: answers to visible questions of the section
// that nothing is answered to yet. Empty when there is nothing to copy.
func (s *InterviewSession) Same(section int) Same {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, instance := s.sections[section], s.instances[section]
	var same Same
	switch {
	case s.closed != nil || at.Set.Subject != "person":
		return Same{}
	case at.Set.Object == "person":
		persons := slices.Clone(s.people)
		for i, person := range persons {
			if fresh := s.records[person.ID()]; fresh != nil {
				persons[i] = fresh
			}
		}
		relation := instance.Answer(form.Path{Name: "relation_to_pa"}).Text()
		persons = slices.DeleteFunc(persons, func(r *Record) bool { return r.ID() == at.Subject })
		if relation == "" { // unlike on a new sheet, the person written about last says nothing about this one
			relation = "unknown"
		}
		same, _ = sameAs(persons, relation)
	default:
		same = s.sameInSet(section)
	}
	for field := range same.Answers {
		path := form.Path{Name: field}
		if !instance.Has(path) || !instance.Visible(path) || instance.ReadOnly(path) || !instance.Answer(path).Empty() {
			delete(same.Answers, field)
		}
	}
	return same
}

// sameInSet takes from the nearest section before, of the same question set, what siblings share.
func (s *InterviewSession) sameInSet(section int) Same {
	at := s.sections[section]
	for i := section - 1; i >= 0; i-- {
		other := s.sections[i]
		if other.Set.ID != at.Set.ID || other.Subject == at.Subject {
			continue
		}
		same := Same{Person: other.Subject, Name: other.Name, Answers: map[string]domain.Answer{}}
		for _, field := range sameInSets[at.Set.ID] {
			if answer := s.instances[i].Answer(form.Path{Name: field}); answer.HasValue() {
				same.Answers[field] = copied(answer)
			}
		}
		return same
	}
	return Same{}
}

// interpreterStays are the fields about an interpreter that do not change from one conversation to the next. What must be asked and declared
// each time is not among them: confidentiality, ties, and whether the person accepts (domain.md 7.7).
var interpreterStays = []string{"mode", "language_from", "language_to", "interpreter_ref", "provider", "register_category", "gender"}

// LastInterpreter gives what this user wrote last, in another interview, about an interpreter, as far as it stays the same; empty when
// there is nothing. Fault: V-LOCKED.
func (s *InterviewSession) LastInterpreter(ctx context.Context) (map[string]domain.Answer, error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if !w.reg.Holds(domain.RingOf(domain.Case)) {
		return nil, nil
	}
	var newest *Record
	var written oplog.HLC
	for object, err := range w.reg.Objects(ctx, domain.Case, filterTypes([]domain.Type{"interpreter_use"})) {
		if err != nil {
			return nil, err
		}
		record := newRecord(object)
		at, by := record.Written()
		if !record.Deleted() && by == w.me.User && record.Subject() != s.id && at > written {
			newest, written = record, at
		}
	}
	if newest == nil {
		return nil, nil
	}
	answers := map[string]domain.Answer{}
	for _, field := range interpreterStays {
		if answer := newest.Answer(field); answer.HasValue() {
			answers[field] = domain.Answer{Value: answer.Value}
		}
	}
	return answers, nil
}
