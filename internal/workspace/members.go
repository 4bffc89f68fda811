package workspace

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// HouseholdTalk is the type of the interview with the household together.
const HouseholdTalk = "household"

// TalkKind is the type of the interview that fits a person's age on a day (domain.md 5 and 9): an adult's when the birth is not known.
func TalkKind(person *Record, day time.Time) string {
	birth, err := domain.ParsePartialDate(person.Text("birth"))
	switch {
	case err != nil:
		return "individual_adult"
	case domain.IndividualInterview.In(birth, day) == domain.Outside:
		return "child_talk"
	case domain.AdultGroup.In(birth, day) == domain.Inside:
		return "individual_adult"
	default:
		return "individual_youth"
	}
}

// Member is one with whom the family's interviews are held: the household together, or a person.
type Member struct {
	// Person is zero for the household.
	Person uuid.UUID
	// Name is for the screen only; empty for the household.
	Name string
	// Kind is the type of the interview.
	Kind string
	// Interview is the newest of that type, zero when none was begun; Status its status.
	Interview uuid.UUID
	Status    string
}

// Members lists with whom interviews are held in a case: the household first, then everybody who is old enough to be interviewed alone,
// the principal applicant first, and children with whom a talk was begun. Faults: V-LOCKED.
func (w *Workspace) Members(_ context.Context, caseID uuid.UUID) ([]Member, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	e := w.entries[caseID]
	if e == nil {
		return nil, nil
	}
	var persons, interviews []*Record
	for _, object := range e.objects {
		if deleted(object) {
			continue
		}
		switch object.Type {
		case "person":
			persons = append(persons, newRecord(object))
		case "interview":
			interviews = append(interviews, newRecord(object))
		}
	}
	sortPersons(persons)
	slices.SortFunc(interviews, func(a, b *Record) int { return strings.Compare(b.ID().String(), a.ID().String()) }) // the newest first
	now := w.now.Now()
	members := []Member{{Kind: HouseholdTalk}}
	for _, person := range persons {
		members = append(members, Member{Person: person.ID(), Name: domain.DisplayName(person.Answer), Kind: TalkKind(person, now)})
	}
	for i := range members {
		m := &members[i]
		at := slices.IndexFunc(interviews, func(r *Record) bool { return r.Reference("about") == m.Person && r.Text("type") == m.Kind })
		if at >= 0 {
			m.Interview, m.Status = interviews[at].ID(), interviews[at].Text("status")
		}
	}
	return slices.DeleteFunc(members, func(m Member) bool { return m.Kind == "child_talk" && m.Interview == uuid.Nil }), nil
}
