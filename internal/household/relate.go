package household

import (
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Relate makes other the kind of person: kind is a code of the list relation_type. Errors: ErrNobody, ErrSame, ErrKnown.
func (c Case) Relate(id, person uuid.UUID, kind string, other uuid.UUID) (*Change, error) {
	switch {
	case c.person(person) == nil || c.person(other) == nil:
		return nil, ErrNobody
	case person == other:
		return nil, ErrSame
	}
	for _, r := range c.View.Objects("relation") {
		a, b, said := reference(r, "person_a"), reference(r, "person_b"), r.Answer("type").Text()
		if r.Answer("until").HasValue() {
			continue
		}
		straight := a == person && b == other && said == kind
		turned := a == other && b == person && (said == kind && symmetric(kind) || said == "child" && kind == "parent" || said == "parent" && kind == "child")
		if straight || turned {
			return nil, ErrKnown
		}
	}
	return &Change{Writes: []Write{relation(id, person, kind, other)}}, nil
}

func symmetric(kind string) bool {
	return couple(kind) || slices.Contains([]string{"sibling", "half_sibling", "cousin", "other"}, kind)
}

func relation(id, a uuid.UUID, kind string, b uuid.UUID) Write {
	return Write{Type: "relation", ID: id, Answers: map[string]domain.Answer{"person_a": ref(a), "person_b": ref(b), "type": domain.TextAnswer(kind)}}
}

// Partner is the relation of a new partner to somebody.
func Partner(id, person, partner uuid.UUID) Write { return relation(id, person, "spouse", partner) }

// Child is the relation of a new child to one parent.
func Child(id, parent, child uuid.UUID) Write {
	w := relation(id, child, "parent", parent)
	w.Answers["care_responsibility"] = domain.TextAnswer("yes")
	return w
}

// Partners lists those with whom somebody is married or lives now.
func (c Case) Partners(person uuid.UUID) []uuid.UUID {
	var found []uuid.UUID
	for _, r := range c.View.Objects("relation") {
		a, b := reference(r, "person_a"), reference(r, "person_b")
		if !couple(r.Answer("type").Text()) || r.Answer("until").HasValue() || a != person && b != person {
			continue
		}
		other := a
		if a == person {
			other = b
		}
		if p := c.person(other); p != nil && !left(p) && other != person && !slices.Contains(found, other) {
			found = append(found, other)
		}
	}
	return found
}

// NewMember is what a new person means for the case: UNHCR's number of persons no longer fits, and the reason given is put in where
// none stands. Headquarters' list of the orientation course follows.
func (c Case) NewMember(reason string) *Change {
	change := &Change{}
	change.say(OnRoster)
	record := c.record()
	if record == nil {
		return change
	}
	if stated, ok := record.Answer("case_size_rrf").Int(); ok && stated != int64(len(c.persons())+1) {
		change.say(SizeDiffers)
		if !record.Answer("case_size_reason").HasValue() {
			change.Writes = append(change.Writes, Write{Type: "case", ID: record.ID(), Answers: map[string]domain.Answer{"case_size_reason": domain.TextAnswer(reason)}})
		}
	}
	return change
}

// RoleOfChild is the relation to the principal applicant of a child of the given parents; sex decides the word. "" when it does not follow.
func (c Case) RoleOfChild(parents []uuid.UUID, sex string) string {
	word := map[string]string{"female": "daughter", "male": "son"}[sex]
	role := ""
	for _, id := range parents {
		p := c.person(id)
		if p == nil {
			continue
		}
		switch p.Answer("relation_to_pa").Text() {
		case "principal_applicant":
			return word
		case "spouse", "partner":
			role = "stepchild"
		case "son", "daughter":
			role = "grandchild"
		case "brother", "sister":
			role = "niece_nephew"
		case "father", "mother":
			role = map[string]string{"female": "sister", "male": "brother"}[sex]
		case "uncle_aunt":
			role = "cousin"
		}
	}
	return role
}

// RoleOfPartner is the relation to the principal applicant of somebody's partner; "" when it does not follow.
func (c Case) RoleOfPartner(person uuid.UUID) string {
	p := c.person(person)
	if p == nil {
		return ""
	}
	switch p.Answer("relation_to_pa").Text() {
	case "principal_applicant":
		return "spouse"
	case "son", "daughter", "brother", "sister", "stepchild", "foster_child", "grandchild":
		return "in_law"
	case "father", "mother":
		return "step_parent"
	}
	return ""
}

// Link is one other case that this one is linked with.
type Link struct {
	Case   uuid.UUID // zero when the other case is only known by its number
	Number string
	// Relation is a code of the list linked_case_relation. "Must not be near" is never one: that is sealed (domain.md 7.3).
	Relation string
}

// Links lists the linked cases in the order of their numbers.
func Links(record domain.ObjectView) []Link {
	var links []Link
	for _, row := range record.Answer("linked_cases").Rows() {
		id, _ := uuid.Parse(row["case"]) // zero for a case that is only known by its number
		links = append(links, Link{Case: id, Number: row["unhcr_case_no"], Relation: row["relation"]})
	}
	slices.SortStableFunc(links, func(a, b Link) int { return slices.Compare([]byte(a.Number), []byte(b.Number)) })
	return links
}

func linkRows(links []Link) domain.Answer {
	rows := make([]map[string]string, 0, len(links))
	for _, l := range links {
		row := map[string]string{"unhcr_case_no": l.Number, "relation": l.Relation}
		if l.Case != uuid.Nil {
			row["case"] = l.Case.String()
		}
		rows = append(rows, row)
	}
	return domain.Answer{Value: rows}
}

func (l Link) same(other Link) bool {
	return l.Relation == other.Relation && (l.Case == other.Case && l.Case != uuid.Nil || l.Case == uuid.Nil && l.Number == other.Number)
}

// mirrored says how the other case stands to this one.
var mirrored = map[string]string{"adult_child": "relative"}

// AddLink links two cases, both ways when the other one is here; other may be nil. Errors: ErrSame, ErrKnown.
func AddLink(record, other domain.ObjectView, link Link) (*Change, error) {
	if other != nil {
		link.Case, link.Number = other.ID(), other.Answer("unhcr_case_no").Text()
	}
	if link.Case == record.ID() || link.Case == uuid.Nil && link.Number == record.Answer("unhcr_case_no").Text() {
		return nil, ErrSame
	}
	links := Links(record)
	if slices.ContainsFunc(links, link.same) {
		return nil, ErrKnown
	}
	change := &Change{Writes: []Write{{Type: "case", ID: record.ID(), Answers: map[string]domain.Answer{"linked_cases": linkRows(append(links, link))}}}}
	if other == nil {
		return change, nil
	}
	back := Link{Case: record.ID(), Number: record.Answer("unhcr_case_no").Text(), Relation: link.Relation}
	if turned := mirrored[link.Relation]; turned != "" {
		back.Relation = turned
	}
	if theirs := Links(other); !slices.ContainsFunc(theirs, back.same) {
		change.Writes = append(change.Writes, Write{
			Type: "case", ID: other.ID(), Case: other.ID(), Answers: map[string]domain.Answer{"linked_cases": linkRows(append(theirs, back))},
		})
		change.say(OtherCase)
	}
	return change, nil
}

// RemoveLink takes a link away, on this case only. Errors: ErrNobody when there is no such link.
func RemoveLink(record domain.ObjectView, link Link) (*Change, error) {
	links := Links(record)
	kept := slices.DeleteFunc(slices.Clone(links), link.same)
	if len(kept) == len(links) {
		return nil, ErrNobody
	}
	return &Change{Writes: []Write{{Type: "case", ID: record.ID(), Answers: map[string]domain.Answer{"linked_cases": linkRows(kept)}}}}, nil
}
