// Package household plans changes to who belongs together: splitting and joining households, moving, births, deaths, absences,
// relations, links to other cases. Each plan is a [Change]: what would be written, and which consequences a person must know before
// saying yes (domain.md 4, 7.3–7.5, pitfall 1). [Family] turns a case into what package kinship draws.
//
// Nothing is written here, and only compartment `case` is read: what is special or sealed can neither show in the picture nor decide
// a consequence (security.md 2.2).
package household

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/kinship"
)

// Write is the share of one object in a change.
type Write struct {
	Type domain.Type
	ID   uuid.UUID
	// Case is the case of the object, when it is another one than the one looked at; else zero.
	Case uuid.UUID
	// Subject is what a new object is about; zero when it exists or stands alone.
	Subject uuid.UUID
	Answers map[string]domain.Answer
}

// Effect is a consequence, told before a change and after it.
type Effect string

// The effects. The sentences stand in the text catalogue under "household.effect.".
const (
	// KeepsAnswers: note, REG number, status and requests to municipalities stay with the household that was there.
	KeepsAnswers Effect = "keeps_answers"
	// NewWithout: the new household begins without status and REG number; headquarters gives it its own.
	NewWithout Effect = "new_without"
	// UDIStays: UDI's reference is the case's and goes on holding for all its households.
	UDIStays Effect = "udi_stays"
	// QuotaSame: the quota counts persons, so that nothing changes.
	QuotaSame Effect = "quota_same"
	// QuotaMedical: a medical case counts as one person, whatever its households.
	QuotaMedical Effect = "quota_medical"
	// TakesNotes: the notes of the household that goes are added to those of the one that stays.
	TakesNotes Effect = "takes_notes"
	// Removed: the household that is left empty is removed.
	Removed Effect = "removed"
	// SlotToo: an interview time names the household and must be looked at.
	SlotToo Effect = "slot_too"
	// CoupleApart: a couple stands in two households afterwards.
	CoupleApart Effect = "couple_apart"
	// ChildApart: a child stands in a household without any of those who are its parents or care for it.
	ChildApart Effect = "child_apart"
	// ChildrenOnly: a household holds nobody who is 18 for certain.
	ChildrenOnly Effect = "children_only"
	// NoParentLeft: a child loses its last parent in the case; ask whether it is unaccompanied.
	NoParentLeft Effect = "no_parent_left"
	// PrincipalLeaves: somebody else must become principal applicant.
	PrincipalLeaves Effect = "principal_leaves"
	// MarriageEnds: the marriage on record ends on the day.
	MarriageEnds Effect = "marriage_ends"
	// OffRoster: headquarters takes the person off the list of the orientation course with the next data package.
	OffRoster Effect = "off_roster"
	// OnRoster: headquarters puts the person on the list; a child under eight attends no course.
	OnRoster Effect = "on_roster"
	// SizeDiffers: the number of persons differs from UNHCR's, and the reason is put in.
	SizeDiffers Effect = "size_differs"
	// OtherCase: the other case, which is on this machine, gets the link back.
	OtherCase Effect = "other_case"
)

// Warns reports whether an effect is one to stop at.
func (e Effect) Warns() bool {
	switch e {
	case CoupleApart, ChildApart, ChildrenOnly, NoParentLeft, PrincipalLeaves, SlotToo:
		return true
	}
	return false
}

// Change is what would be written.
type Change struct {
	Writes  []Write
	Effects []Effect
}

func (c *Change) say(effects ...Effect) {
	for _, e := range effects {
		if !slices.Contains(c.Effects, e) {
			c.Effects = append(c.Effects, e)
		}
	}
}

// Case is a case as its reader sees it.
type Case struct {
	View domain.CaseView
	// Ages is what adult and child are counted on.
	Ages Ages
}

// Ages tells whether somebody is 18 or more, for certain.
type Ages func(person domain.ObjectView) domain.Membership

func (c Case) persons() []domain.ObjectView { return c.View.Objects("person") }

func (c Case) person(id uuid.UUID) domain.ObjectView {
	for _, p := range c.persons() {
		if p.ID() == id {
			return p
		}
	}
	return nil
}

func (c Case) home(id uuid.UUID) domain.ObjectView {
	for _, h := range c.View.Objects("household") {
		if h.ID() == id {
			return h
		}
	}
	return nil
}

func (c Case) record() domain.ObjectView {
	if cases := c.View.Objects("case"); len(cases) > 0 {
		return cases[0]
	}
	return nil
}

// members are those of a household who have not left the case.
func (c Case) members(home uuid.UUID) []domain.ObjectView {
	var found []domain.ObjectView
	for _, p := range c.persons() {
		if reference(p, "household") == home && !left(p) {
			found = append(found, p)
		}
	}
	return found
}

func left(p domain.ObjectView) bool { return p.Answer("left_case").HasValue() }

func reference(o domain.ObjectView, field string) uuid.UUID {
	id, err := uuid.Parse(o.Answer(field).Text())
	if err != nil {
		return uuid.Nil
	}
	return id
}

func ref(id uuid.UUID) domain.Answer { return domain.TextAnswer(id.String()) }

// Family makes what is drawn out of a case.
func Family(view domain.CaseView) kinship.Family {
	c := Case{View: view}
	var f kinship.Family
	gone := map[uuid.UUID]bool{}
	for _, p := range c.persons() {
		gone[p.ID()] = left(p)
		f.Persons = append(f.Persons, kinship.Person{
			ID: p.ID(), Role: p.Answer("relation_to_pa").Text(), Birth: p.Answer("birth").Text(), Home: reference(p, "household"), State: StateOf(p),
		})
	}
	for _, h := range view.Objects("household") {
		f.Homes = append(f.Homes, kinship.Home{ID: h.ID(), Name: h.Answer("name").Text()})
	}
	for _, r := range view.Objects("relation") {
		tie := kinship.Tie{ID: r.ID(), A: reference(r, "person_a"), B: reference(r, "person_b"), Type: r.Answer("type").Text()}
		if tie.A == uuid.Nil || tie.B == uuid.Nil || tie.Type == "" {
			continue
		}
		tie.Ended = r.Answer("until").HasValue() || couple(tie.Type) && (gone[tie.A] || gone[tie.B])
		tie.Care = r.Answer("care_responsibility").Bool() && !couple(tie.Type) && tie.Type != "child"
		f.Ties = append(f.Ties, tie)
	}
	for _, m := range view.Objects("minor") {
		tie := kinship.Tie{A: reference(m, "about"), B: reference(m, "accompanying_person"), Type: "other"}
		if !m.Answer("confirmed_unaccompanied").Bool() || tie.B == uuid.Nil {
			continue
		}
		tie.Care = m.Answer("care_by_accompanying_now").Bool()
		if !slices.ContainsFunc(f.Ties, func(t kinship.Tie) bool { return t.A == tie.A && t.B == tie.B && (t.Care || !tie.Care) }) {
			f.Ties = append(f.Ties, tie)
		}
	}
	return f
}

func couple(kind string) bool { return kind == "spouse" || kind == "cohabitant" || kind == "fiance" }

// StateOf says where a person is, by what is on record.
func StateOf(p domain.ObjectView) kinship.State {
	switch p.Answer("left_case").Text() {
	case "":
	case "dead":
		return kinship.Dead
	case "missing":
		return kinship.Missing
	default:
		return kinship.Gone
	}
	if p.Answer("whereabouts").HasValue() || strings.HasPrefix(p.Answer("present_at_interview").Text(), "no_") {
		return kinship.Elsewhere
	}
	return kinship.Here
}

// SinceRRF says what has become of a person since the lists of UNHCR and UDI, whose first answers listed holds: "new" for whoever stands
// in no list, "changed" when a fact of the list no longer holds, else "".
func SinceRRF(p domain.ObjectView, listed map[string]domain.Answer) string {
	if len(listed) == 0 {
		return "new"
	}
	for _, field := range []string{"given_names", "family_name", "birth", "sex", "relation_to_pa", "household", "nationalities"} {
		then, known := listed[field]
		if now := p.Answer(field); known && (then.Text() != now.Text() || !slices.Equal(then.List(), now.List())) {
			return "changed"
		}
	}
	return ""
}
