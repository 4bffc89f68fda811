// Package kinship works out how the people of a case are drawn: who stands above whom, who beside whom, which household is
// which frame, and which line goes where. Start with [Family.Draw].
//
// The plan is made of whole numbers: rows of generations, half columns, lanes between rows. It knows no points, no words and no
// widgets, and the order of what goes in makes no difference to what comes out (domain.md 7.3–7.5, pitfall 1). What contradicts
// itself is drawn as far as it can be and told as a [Fault]; nothing loops and nobody is left out.
package kinship

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
)

// State is where a person is, as far as the drawing is concerned.
type State byte

// The states.
const (
	Here      State = iota
	Elsewhere       // belongs to the case, but is not with the others now
	Missing         // nobody in the family knows where
	Dead
	Gone // no longer in this case
)

// Person is one person of the case.
type Person struct {
	ID uuid.UUID
	// Role is a code of the list relation_to_pa, or "".
	Role string
	// Birth is a partial date as stored (domain.md 8.4), or "": the elder stands to the left.
	Birth string
	// Home is the household; zero when the person has none.
	Home  uuid.UUID
	State State
}

// Tie is one relation between two persons: B is Type of A, as relations are stored (domain.md 7.5).
type Tie struct {
	// ID is the relation's own; zero for a tie that follows from something else.
	ID   uuid.UUID
	A, B uuid.UUID
	// Type is a code of the list relation_type.
	Type string
	// Ended says that the relation is over: divorced, or the partner is dead.
	Ended bool
	// Care says that B cares for A, whatever their kinship.
	Care bool
}

// Home is a household. Homes are drawn in the order of names, then of identifiers.
type Home struct {
	ID   uuid.UUID
	Name string
}

// Family is what is drawn. The order of the slices does not matter; a person named twice counts once.
type Family struct {
	Persons []Person
	Ties    []Tie
	Homes   []Home
}

// Card is the place of one person.
type Card struct {
	ID uuid.UUID
	// Row counts generations from the top. X is the left edge in half columns: a card is two wide.
	Row, X int
	State  State
	Frame  int // index in Plan.Frames
}

// CardWidth is the width of a card in half columns.
const CardWidth = 2

// Frame is one household. Frames stand beside each other and never share a column.
type Frame struct {
	Home uuid.UUID // zero for people without a household
	// X and Width in half columns; Top and Bottom are the first and last row with a card. An empty household is one card wide
	// and has Bottom < Top.
	X, Width, Top, Bottom int
}

// Kind is what a line says.
type Kind byte

// The kinds of lines.
const (
	Couple Kind = iota + 1
	Parent
	StepParent
	Care    // care without parenthood: foster parents, a grown sister, an aunt
	Sibling // brothers and sisters whose common parent is not drawn
	Kin     // any other kinship on record
)

// Line connects two persons, or the middle between a couple with their child.
type Line struct {
	Kind Kind
	// From are one or two persons, To is one. For Parent, StepParent and Care, To is the child.
	From []uuid.UUID
	To   uuid.UUID
	// Tie is the relation on record; zero when the line follows from something else.
	Tie   uuid.UUID
	Ended bool
	// Straight: a line between neighbours in a row. Else it runs along a lane in a gap between rows.
	Straight bool
	// Gap is the gap above the row of that number (Rows: below the last one), Lane counts from the top of the gap.
	Gap, Lane int
}

// FaultKind says what is wrong with a tie.
type FaultKind byte

// The kinds of faults.
const (
	Unknown       FaultKind = iota + 1 // names somebody who is not in the case
	Self                               // leads from a person to the same person
	Circle                             // would make somebody his or her own ancestor
	Contradiction                      // cannot be true together with another tie: married to one's own parent
)

// Fault is a tie that cannot be drawn as it stands.
type Fault struct {
	Kind FaultKind
	Tie  Tie
}

// Plan is the drawing.
type Plan struct {
	// Rows is the number of generations, Width the number of half columns.
	Rows, Width int
	// Generations says of each row how far it is from the principal applicant's own: -1 for parents, 1 for children.
	Generations []int
	Cards       []Card // by row, then from left to right
	Frames      []Frame
	Lines       []Line
	// Lanes is the number of lanes in each gap: Rows+1 numbers.
	Lanes  []int
	Faults []Fault
}

// Card finds the place of a person.
func (p *Plan) Card(id uuid.UUID) (Card, bool) {
	for _, c := range p.Cards {
		if c.ID == id {
			return c, true
		}
	}
	return Card{}, false
}

// principal is the role of the person around whom the generations are counted.
const principal = "principal_applicant"

// Draw makes the plan.
func (f Family) Draw() *Plan {
	d := &drawing{at: map[uuid.UUID]int{}}
	d.take(f)
	d.order()
	d.place(f.Homes)
	d.connect()
	return &d.plan
}

// drawing is a plan in the making. Persons are known by their place in people.
type drawing struct {
	people []Person
	at     map[uuid.UUID]int
	ties   []bond // every tie between two known persons, normalised and sorted
	level  []int  // by person, from 0
	plan   Plan
}

// bond is a tie between persons by index: above is the older side, or the first of two equals.
type bond struct {
	Tie
	kind         Kind
	above, below int
	length       int // generations from above to below; 0 for equals
	hard         bool
}

// take sorts out persons and ties.
func (d *drawing) take(f Family) {
	people := slices.Clone(f.Persons)
	slices.SortFunc(people, func(a, b Person) int {
		return cmp.Or(boolOrder(a.Role != principal, b.Role != principal), cmp.Compare(birthKey(a.Birth), birthKey(b.Birth)), compareID(a.ID, b.ID),
			cmp.Compare(a.Role, b.Role), compareID(a.Home, b.Home), cmp.Compare(a.State, b.State))
	})
	for _, person := range people {
		if _, twice := d.at[person.ID]; !twice {
			d.at[person.ID] = len(d.people)
			d.people = append(d.people, person)
		}
	}
	ties := slices.Clone(f.Ties)
	slices.SortFunc(ties, compareTies)
	paired := map[[2]int]bool{}
	for _, tie := range slices.CompactFunc(ties, func(a, b Tie) bool { return compareTies(a, b) == 0 }) {
		a, knownA := d.at[tie.A]
		b, knownB := d.at[tie.B]
		switch {
		case !knownA || !knownB:
			d.plan.Faults = append(d.plan.Faults, Fault{Unknown, tie})
		case a == b:
			d.plan.Faults = append(d.plan.Faults, Fault{Self, tie})
		default:
			paired[[2]int{min(a, b), max(a, b)}] = true
			d.ties = append(d.ties, bondOf(tie, a, b))
		}
	}
	for i, person := range d.people { // what is said of a person's role holds unless a relation says otherwise
		if kind, ok := rolesSay[person.Role]; ok && i > 0 && d.people[0].Role == principal && !paired[[2]int{0, i}] {
			tie := Tie{A: d.people[0].ID, B: person.ID, Type: kind.is}
			if kind.reversed {
				tie = Tie{A: person.ID, B: d.people[0].ID, Type: kind.is}
			}
			d.ties = append(d.ties, bondOf(tie, d.at[tie.A], d.at[tie.B]))
		}
	}
	slices.SortStableFunc(d.ties, func(a, b bond) int {
		return cmp.Or(cmp.Compare(a.weight(), b.weight()), boolOrder(d.reversed(a), d.reversed(b)))
	})
}

// reversed tells that the elder is on record as the younger one's child: of two relations that exclude each other the other holds.
func (d *drawing) reversed(b bond) bool {
	return b.hard && birthKey(d.people[b.above].Birth) > birthKey(d.people[b.below].Birth)
}

// rolesSay translates roles towards the principal applicant: the person is `is` of the applicant, or reversed.
var rolesSay = map[string]struct {
	is       string
	reversed bool
}{
	"spouse": {"spouse", false}, "partner": {"cohabitant", false}, "son": {"parent", true}, "daughter": {"parent", true},
	"stepchild": {"step_parent", true}, "foster_child": {"caregiver", true}, "other_child_in_care": {"caregiver", true},
	"father": {"parent", false}, "mother": {"parent", false}, "step_parent": {"step_parent", false},
	"brother": {"sibling", false}, "sister": {"sibling", false}, "grandparent": {"grandparent", false}, "grandchild": {"grandparent", true},
	"uncle_aunt": {"uncle_aunt", false}, "niece_nephew": {"uncle_aunt", true}, "cousin": {"cousin", false},
}

// bondOf gives a tie its direction and its length.
func bondOf(tie Tie, a, b int) bond {
	equal := func(kind Kind) bond { return bond{Tie: tie, kind: kind, above: min(a, b), below: max(a, b)} }
	switch tie.Type {
	case "spouse", "cohabitant", "fiance":
		return equal(Couple)
	case "parent":
		return bond{tie, Parent, b, a, 1, true}
	case "child":
		return bond{tie, Parent, a, b, 1, true}
	case "step_parent":
		return bond{tie, StepParent, b, a, 1, true}
	case "caregiver":
		return bond{tie, Care, b, a, 1, false}
	case "sibling", "half_sibling":
		return cared(equal(Sibling), a, b)
	case "uncle_aunt":
		return cared(bond{tie, Kin, b, a, 1, false}, a, b)
	case "grandparent":
		return cared(bond{tie, Kin, b, a, 2, false}, a, b)
	}
	return cared(equal(Kin), a, b)
}

// cared makes a bond one of care when one side cares for the other.
func cared(b bond, ward, carer int) bond {
	if b.Care {
		b.kind, b.above, b.below = Care, carer, ward
	}
	return b
}

// weight is the order in which bonds decide about generations: what is certain first.
func (b bond) weight() int {
	switch {
	case b.kind == Parent:
		return 0
	case b.kind == StepParent:
		return 1
	case b.kind == Couple:
		return 2
	case b.length == 0 && (b.Type == "sibling" || b.Type == "half_sibling"):
		return 3
	case b.length == 1:
		return 4
	case b.length == 2:
		return 5
	case b.Type == "cousin":
		return 6
	}
	return 7
}

func compareID(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }

// boolOrder puts false before true.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// birthKey puts people whose birth is unknown last.
func birthKey(birth string) string {
	if birth == "" {
		return "9999"
	}
	return birth
}

func compareTies(a, b Tie) int {
	return cmp.Or(compareID(a.ID, b.ID), compareID(a.A, b.A), compareID(a.B, b.B), cmp.Compare(a.Type, b.Type), boolOrder(a.Ended, b.Ended), boolOrder(a.Care, b.Care))
}
