package household

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Why a change is refused. The sentences stand in the text catalogue under "household.refused.".
var (
	// ErrNobody: nobody is chosen, or somebody who is not in the case.
	ErrNobody = errors.New("nobody")
	// ErrEverybody: nobody would be left in the household that is split.
	ErrEverybody = errors.New("everybody")
	// ErrSame: the two households, persons or cases are one.
	ErrSame = errors.New("same")
	// ErrTwoAgreements: both households have a REG number or a request to a municipality; headquarters must end one first.
	ErrTwoAgreements = errors.New("two_agreements")
	// ErrKnown: the same relation or link is there already.
	ErrKnown = errors.New("known")
)

// Split takes persons out of a household into a new one with the given identifier and name. All must stand in one household.
// Errors: ErrNobody, ErrEverybody.
func (c Case) Split(persons []uuid.UUID, caseID, id uuid.UUID, name string) (*Change, error) {
	var from uuid.UUID
	for i, one := range persons {
		p := c.person(one)
		if p == nil || i > 0 && reference(p, "household") != from {
			return nil, ErrNobody
		}
		from = reference(p, "household")
	}
	if len(persons) == 0 {
		return nil, ErrNobody
	}
	if !slices.ContainsFunc(c.members(from), func(p domain.ObjectView) bool { return !slices.Contains(persons, p.ID()) }) {
		return nil, ErrEverybody
	}
	change := &Change{Writes: []Write{{
		Type: "household", ID: id, Subject: caseID, Answers: map[string]domain.Answer{"case": ref(caseID), "name": domain.TextAnswer(name)},
	}}}
	change.say(KeepsAnswers, NewWithout)
	c.move(change, persons, id)
	c.sayCase(change)
	return change, nil
}

// Move puts a person into another household. A household that is left empty stays. Errors: ErrNobody, ErrSame.
func (c Case) Move(person, home uuid.UUID) (*Change, error) {
	p := c.person(person)
	switch {
	case p == nil || c.home(home) == nil:
		return nil, ErrNobody
	case reference(p, "household") == home:
		return nil, ErrSame
	}
	change := &Change{}
	c.move(change, []uuid.UUID{person}, home)
	return change, nil
}

// Join makes one household of two and returns which one stays: the one with an agreement, else the first. The notes of the other one are
// kept. Errors: ErrNobody, ErrSame, ErrTwoAgreements.
func (c Case) Join(one, other uuid.UUID) (*Change, uuid.UUID, error) {
	if one == other {
		return nil, uuid.Nil, ErrSame
	}
	stays, goes := c.home(one), c.home(other)
	if stays == nil || goes == nil {
		return nil, uuid.Nil, ErrNobody
	}
	if c.bound(goes) {
		if c.bound(stays) {
			return nil, uuid.Nil, ErrTwoAgreements
		}
		stays, goes = goes, stays
	}
	var moved []uuid.UUID
	for _, p := range c.persons() {
		if reference(p, "household") == goes.ID() {
			moved = append(moved, p.ID())
		}
	}
	change := &Change{}
	change.say(KeepsAnswers)
	c.move(change, moved, stays.ID())
	answers := map[string]domain.Answer{}
	for _, field := range []string{"note", "absence_reason"} {
		added, there := goes.Answer(field).Text(), stays.Answer(field).Text()
		switch {
		case added == "" || strings.Contains(there, added):
		case there == "":
			answers[field] = domain.TextAnswer(added)
		case field == "note":
			answers[field] = domain.TextAnswer(there + "\n" + added)
		}
	}
	if len(answers) > 0 {
		change.Writes = append(change.Writes, Write{Type: "household", ID: stays.ID(), Answers: answers})
		change.say(TakesNotes)
	}
	change.Writes = append(change.Writes, Write{Type: "household", ID: goes.ID(), Answers: map[string]domain.Answer{"_deleted": {Value: true}}})
	change.say(Removed)
	c.sayCase(change)
	if slices.ContainsFunc(c.View.Objects("slot_case"), func(s domain.ObjectView) bool { return reference(s, "household") == goes.ID() }) {
		change.say(SlotToo)
	}
	return change, stays.ID(), nil
}

// bound reports whether a settlement agreement hangs on a household, or is being asked for.
func (c Case) bound(home domain.ObjectView) bool {
	return home.Answer("reg_number").HasValue() || slices.ContainsFunc(c.View.Objects("request"), func(r domain.ObjectView) bool {
		return (reference(r, "household") == home.ID() || reference(r, "about") == home.ID()) && !r.Answer("withdrawn_at").HasValue()
	})
}

// move writes the new household of persons and says who is parted by it.
func (c Case) move(change *Change, persons []uuid.UUID, home uuid.UUID) {
	for _, id := range persons {
		change.Writes = append(change.Writes, Write{Type: "person", ID: id, Answers: map[string]domain.Answer{"household": ref(home)}})
	}
	after := func(p domain.ObjectView) uuid.UUID {
		if slices.Contains(persons, p.ID()) {
			return home
		}
		return reference(p, "household")
	}
	near := map[uuid.UUID][]bool{} // by child: whether each of those who care stands with it
	for _, r := range c.View.Objects("relation") {
		a, b := c.person(reference(r, "person_a")), c.person(reference(r, "person_b"))
		if a == nil || b == nil || left(a) || left(b) || r.Answer("until").HasValue() {
			continue
		}
		kind := r.Answer("type").Text()
		child := a
		if kind == "child" {
			child, b = b, a
		}
		switch {
		case couple(kind) && reference(a, "household") == reference(b, "household") && after(a) != after(b):
			change.say(CoupleApart)
		case kind == "parent" || kind == "child" || kind == "caregiver" || r.Answer("care_responsibility").Bool() && !couple(kind):
			if c.Ages(child) != domain.Inside {
				near[child.ID()] = append(near[child.ID()], after(child) == after(b))
			}
		}
	}
	for _, p := range c.persons() {
		if with := near[p.ID()]; len(with) > 0 && !slices.Contains(with, true) {
			change.say(ChildApart)
		}
	}
	grown, children := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	touched := map[uuid.UUID]bool{home: true}
	for _, p := range c.persons() {
		if slices.Contains(persons, p.ID()) {
			touched[reference(p, "household")] = true
		}
		if left(p) {
			continue
		}
		grown[after(p)] = grown[after(p)] || c.Ages(p) == domain.Inside
		children[after(p)] = true
	}
	for at := range children {
		if at != uuid.Nil && touched[at] && !grown[at] {
			change.say(ChildrenOnly)
		}
	}
}

// sayCase says what holds for the whole case when its households change.
func (c Case) sayCase(change *Change) {
	record := c.record()
	if record == nil {
		return
	}
	if record.Answer("udi_case_ref").HasValue() {
		change.say(UDIStays)
	}
	if record.Answer("quota_bucket").Text() == "medical" {
		change.say(QuotaMedical)
	} else {
		change.say(QuotaSame)
	}
}

// Leave records that somebody died, is missing or left the case; kind is a code of the list left_case and day a date or "".
// Errors: ErrNobody.
func (c Case) Leave(person uuid.UUID, kind, day string) (*Change, error) {
	p := c.person(person)
	if p == nil {
		return nil, ErrNobody
	}
	answers := map[string]domain.Answer{"left_case": domain.TextAnswer(kind)}
	if day != "" {
		answers["left_case_date"] = domain.TextAnswer(day)
	}
	change := &Change{Writes: []Write{{Type: "person", ID: person, Answers: answers}}}
	if p.Answer("relation_to_pa").Text() == "principal_applicant" {
		change.say(PrincipalLeaves)
	}
	for _, r := range c.View.Objects("relation") {
		a, b, kindOf := reference(r, "person_a"), reference(r, "person_b"), r.Answer("type").Text()
		if kind == "dead" && day != "" && kindOf == "spouse" && (a == person || b == person) && !r.Answer("until").HasValue() {
			change.Writes = append(change.Writes, Write{Type: "relation", ID: r.ID(), Answers: map[string]domain.Answer{"until": domain.TextAnswer(day)}})
			change.say(MarriageEnds)
		}
	}
	for _, child := range c.persons() {
		parents := c.parents(child)
		if slices.Contains(parents, person) && len(parents) == 1 && c.Ages(child) != domain.Inside && !left(child) {
			change.say(NoParentLeft)
		}
	}
	change.say(OffRoster)
	return change, nil
}

// parents are the recorded parents of somebody who have not left the case.
func (c Case) parents(child domain.ObjectView) []uuid.UUID {
	var found []uuid.UUID
	add := func(id uuid.UUID) {
		if p := c.person(id); p != nil && !left(p) && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	for _, r := range c.View.Objects("relation") {
		a, b := reference(r, "person_a"), reference(r, "person_b")
		switch {
		case r.Answer("type").Text() == "parent" && a == child.ID():
			add(b)
		case r.Answer("type").Text() == "child" && b == child.ID():
			add(a)
		}
	}
	own := child.Answer("relation_to_pa").Text()
	for _, p := range c.persons() {
		role := p.Answer("relation_to_pa").Text()
		if role == "principal_applicant" && (own == "son" || own == "daughter") || own == "principal_applicant" && (role == "father" || role == "mother") {
			add(p.ID())
		}
	}
	return found
}

// Return takes back that somebody had left the case, and where the person was. Errors: ErrNobody.
func (c Case) Return(person uuid.UUID) (*Change, error) {
	if c.person(person) == nil {
		return nil, ErrNobody
	}
	change := &Change{Writes: []Write{{Type: "person", ID: person, Answers: map[string]domain.Answer{
		"left_case": {}, "left_case_date": {}, "whereabouts": {},
	}}}}
	change.say(OnRoster)
	return change, nil
}

// Absent records whether somebody is there: present is a code of the list present_at_interview, place where the person is, in words.
// Errors: ErrNobody.
func (c Case) Absent(person uuid.UUID, present, place string) (*Change, error) {
	p := c.person(person)
	if p == nil {
		return nil, ErrNobody
	}
	answers := map[string]domain.Answer{"present_at_interview": domain.TextAnswer(present)}
	if place != "" || p.Answer("whereabouts").HasValue() {
		answers["whereabouts"] = domain.TextAnswer(place)
		if place == "" {
			answers["whereabouts"] = domain.Answer{}
		}
	}
	return &Change{Writes: []Write{{Type: "person", ID: person, Answers: answers}}}, nil
}
