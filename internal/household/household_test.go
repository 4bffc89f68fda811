package household_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/household"
	"feltbok/internal/kinship"
)

func id(name string) uuid.UUID {
	if name == "" {
		return uuid.Nil
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name))
}

// object is one invented record.
type object struct {
	name   string
	t      domain.Type
	fields map[string]domain.Answer
}

func (o *object) ID() uuid.UUID                     { return id(o.name) }
func (o *object) Type() domain.Type                 { return o.t }
func (o *object) Answer(field string) domain.Answer { return o.fields[field] }

type view []*object

func (v view) Objects(t domain.Type) []domain.ObjectView {
	var found []domain.ObjectView
	for _, o := range v {
		if o.t == t {
			found = append(found, o)
		}
	}
	return found
}

// with adds an object or changes the one of that name; "@name" stands for an identifier.
func (v view) with(name string, t domain.Type, pairs ...any) view {
	at := slices.IndexFunc(v, func(o *object) bool { return o.name == name })
	if at < 0 {
		at = len(v)
		v = append(v, &object{name, t, map[string]domain.Answer{}})
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		a, ok := pairs[i+1].(domain.Answer)
		if !ok {
			a = domain.Answer{Value: pairs[i+1]}
		}
		if text := a.Text(); text != "" && text[0] == '@' {
			a = domain.TextAnswer(id(text[1:]).String())
		}
		v[at].fields[pairs[i].(string)] = a
	}
	return v
}

func (v view) record() domain.ObjectView { return v.Objects("case")[0] }

// family is a mother and a father with a boy and a girl, and the father's brother, in one household; a second household is empty.
func family() view {
	var v view
	v = v.with("case", "case", "case_size_rrf", int64(5), "unhcr_case_no", "200-24C00001", "quota_bucket", "sub_quota")
	v = v.with("home", "household", "name", "H1").with("empty", "household", "name", "H2")
	for _, p := range []struct{ name, role, birth string }{
		{"mother", "principal_applicant", "1988"}, {"father", "spouse", "1985"}, {"boy", "son", "2010"}, {"girl", "daughter", "2018"}, {"uncle", "in_law", "1990"},
	} {
		v = v.with(p.name, "person", "relation_to_pa", p.role, "birth", p.birth, "household", "@home")
	}
	v = v.with("marriage", "relation", "person_a", "@mother", "person_b", "@father", "type", "spouse")
	for _, child := range []string{"boy", "girl"} {
		for _, parent := range []string{"mother", "father"} {
			v = v.with(child+parent, "relation", "person_a", "@"+child, "person_b", "@"+parent, "type", "parent")
		}
	}
	return v
}

func ages(p domain.ObjectView) domain.Membership {
	if p.Answer("birth").Text() < "2008" {
		return domain.Inside
	}
	return domain.Outside
}

// written says a change in words: type, name, and the fields with values; identifiers as names.
func written(c *household.Change, v view) []string {
	names := map[string]string{id("new").String(): "new", id("two").String(): "two"}
	for _, o := range v {
		names[o.ID().String()] = o.name
	}
	var out []string
	for _, w := range c.Writes {
		line := string(w.Type) + " " + names[w.ID.String()]
		var fields []string
		for name, a := range w.Answers {
			value := a.Text()
			if known := names[value]; known != "" {
				value = known
			}
			fields = append(fields, name+"="+value)
		}
		slices.Sort(fields)
		for _, f := range fields {
			line += " " + f
		}
		out = append(out, line)
	}
	return out
}

func ids(names ...string) []uuid.UUID {
	var out []uuid.UUID
	for _, name := range names {
		out = append(out, id(name))
	}
	return out
}

func TestChanges(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(v view) view
		do      func(c household.Case) (*household.Change, error)
		writes  []string
		effects []household.Effect
		refused error
	}{
		{
			name: "the uncle gets a household of his own",
			do: func(c household.Case) (*household.Change, error) {
				return c.Split(ids("uncle"), id("case"), id("new"), "H3")
			},
			writes:  []string{"household new case=case name=H3", "person uncle household=new"},
			effects: []household.Effect{household.KeepsAnswers, household.NewWithout, household.QuotaSame},
		},
		{
			name:    "the father and the girl move out",
			prepare: func(v view) view { return v.with("case", "", "udi_case_ref", "24/1", "quota_bucket", "medical") },
			do: func(c household.Case) (*household.Change, error) {
				return c.Split(ids("father", "girl"), id("case"), id("new"), "H3")
			},
			writes:  []string{"household new case=case name=H3", "person father household=new", "person girl household=new"},
			effects: []household.Effect{household.KeepsAnswers, household.NewWithout, household.CoupleApart, household.UDIStays, household.QuotaMedical},
		},
		{
			name: "a child alone",
			do: func(c household.Case) (*household.Change, error) {
				return c.Split(ids("girl"), id("case"), id("new"), "H3")
			},
			writes:  []string{"household new case=case name=H3", "person girl household=new"},
			effects: []household.Effect{household.KeepsAnswers, household.NewWithout, household.ChildApart, household.ChildrenOnly, household.QuotaSame},
		},
		{
			name: "everybody",
			do: func(c household.Case) (*household.Change, error) {
				return c.Split(ids("mother", "father", "boy", "girl", "uncle"), id("case"), id("new"), "H3")
			},
			refused: household.ErrEverybody,
		},
		{
			name:    "everybody who is still alive",
			prepare: func(v view) view { return v.with("uncle", "", "left_case", "dead") },
			do: func(c household.Case) (*household.Change, error) {
				return c.Split(ids("mother", "father", "boy", "girl"), id("case"), id("new"), "H3")
			},
			refused: household.ErrEverybody,
		},
		{
			name:    "people of two households",
			prepare: func(v view) view { return v.with("uncle", "", "household", "@empty") },
			do: func(c household.Case) (*household.Change, error) {
				return c.Split(ids("uncle", "girl"), id("case"), id("new"), "H3")
			},
			refused: household.ErrNobody,
		},
		{
			name: "two households become one",
			prepare: func(v view) view {
				return v.with("uncle", "", "household", "@empty").with("empty", "", "note", "step-free").with("home", "", "note", "near school")
			},
			do:      joined("home", "empty", "home"),
			writes:  []string{"person uncle household=home", "household home note=near school\nstep-free", "household empty _deleted=yes"},
			effects: []household.Effect{household.KeepsAnswers, household.TakesNotes, household.Removed, household.QuotaSame},
		},
		{
			name: "the one with an agreement stays",
			prepare: func(v view) view {
				return v.with("uncle", "", "household", "@empty").with("asked", "request", "household", "@empty").with("time", "slot_case", "household", "@home")
			},
			do: joined("home", "empty", "empty"),
			writes: []string{
				"person mother household=empty", "person father household=empty", "person boy household=empty", "person girl household=empty", "household home _deleted=yes",
			},
			effects: []household.Effect{household.KeepsAnswers, household.Removed, household.QuotaSame, household.SlotToo},
		},
		{
			name: "two agreements",
			prepare: func(v view) view {
				return v.with("home", "", "reg_number", "R1").with("asked", "request", "household", "@empty")
			},
			do: joined("home", "empty", ""), refused: household.ErrTwoAgreements,
		},
		{
			name: "a withdrawn agreement",
			prepare: func(v view) view {
				return v.with("home", "", "reg_number", "R1").with("asked", "request", "household", "@empty", "withdrawn_at", "2026-11-01T10:00:00Z")
			},
			do: joined("empty", "home", "home"), writes: []string{"household empty _deleted=yes"},
			effects: []household.Effect{household.KeepsAnswers, household.Removed, household.QuotaSame},
		},
		{
			name:   "a person moves",
			do:     func(c household.Case) (*household.Change, error) { return c.Move(id("uncle"), id("empty")) },
			writes: []string{"person uncle household=empty"},
		},
		{name: "a person moves to where it is", do: func(c household.Case) (*household.Change, error) { return c.Move(id("uncle"), id("home")) }, refused: household.ErrSame},
		{
			name:    "the mother dies",
			do:      func(c household.Case) (*household.Change, error) { return c.Leave(id("mother"), "dead", "2026-11-20") },
			writes:  []string{"person mother left_case=dead left_case_date=2026-11-20", "relation marriage until=2026-11-20"},
			effects: []household.Effect{household.PrincipalLeaves, household.MarriageEnds, household.OffRoster},
		},
		{
			name: "the last parent is missing",
			prepare: func(v view) view {
				return v.with("mother", "", "left_case", "dead").with("mother", "", "relation_to_pa", "no_family")
			},
			do:      func(c household.Case) (*household.Change, error) { return c.Leave(id("father"), "missing", "") },
			writes:  []string{"person father left_case=missing"},
			effects: []household.Effect{household.NoParentLeft, household.OffRoster},
		},
		{
			name: "the last parent of children who are gone",
			prepare: func(v view) view {
				return v.with("mother", "", "left_case", "dead", "relation_to_pa", "no_family").with("boy", "", "left_case", "left_case").with("girl", "", "left_case", "left_case")
			},
			do: func(c household.Case) (*household.Change, error) {
				return c.Leave(id("father"), "left_case", "2026-11-20")
			},
			writes:  []string{"person father left_case=left_case left_case_date=2026-11-20"},
			effects: []household.Effect{household.OffRoster},
		},
		{
			name:    "back again",
			do:      func(c household.Case) (*household.Change, error) { return c.Return(id("uncle")) },
			writes:  []string{"person uncle left_case= left_case_date= whereabouts="},
			effects: []household.Effect{household.OnRoster},
		},
		{
			name:   "away",
			do:     func(c household.Case) (*household.Change, error) { return c.Absent(id("boy"), "no_travel", "Nakivale") },
			writes: []string{"person boy present_at_interview=no_travel whereabouts=Nakivale"},
		},
		{
			name:    "here again",
			prepare: func(v view) view { return v.with("boy", "", "whereabouts", "Nakivale") },
			do:      func(c household.Case) (*household.Change, error) { return c.Absent(id("boy"), "yes", "") },
			writes:  []string{"person boy present_at_interview=yes whereabouts="},
		},
		{
			name: "related",
			do: func(c household.Case) (*household.Change, error) {
				return c.Relate(id("new"), id("boy"), "uncle_aunt", id("uncle"))
			},
			writes: []string{"relation new person_a=boy person_b=uncle type=uncle_aunt"},
		},
		{name: "related to oneself", do: func(c household.Case) (*household.Change, error) {
			return c.Relate(id("new"), id("boy"), "sibling", id("boy"))
		}, refused: household.ErrSame},
		{name: "married again, from the other end", do: func(c household.Case) (*household.Change, error) {
			return c.Relate(id("new"), id("father"), "spouse", id("mother"))
		}, refused: household.ErrKnown},
		{name: "a parent, from the other end", do: func(c household.Case) (*household.Change, error) {
			return c.Relate(id("new"), id("mother"), "child", id("girl"))
		}, refused: household.ErrKnown},
		{
			name:    "a newborn",
			do:      func(c household.Case) (*household.Change, error) { return c.NewMember("born"), nil },
			writes:  []string{"case case case_size_reason=born"},
			effects: []household.Effect{household.OnRoster, household.SizeDiffers},
		},
		{
			name:    "a newborn where a reason is given",
			prepare: func(v view) view { return v.with("case", "", "case_size_reason", "told by UNHCR") },
			do:      func(c household.Case) (*household.Change, error) { return c.NewMember("born"), nil },
			effects: []household.Effect{household.OnRoster, household.SizeDiffers},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := family()
			if tt.prepare != nil {
				v = tt.prepare(v)
			}
			change, err := tt.do(household.Case{View: v, Ages: ages})
			if err != tt.refused {
				t.Fatalf("error %v, want %v", err, tt.refused)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(tt.writes, written(change, v)); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.effects, change.Effects); diff != "" {
				t.Errorf("effects (-want +got):\n%s", diff)
			}
		})
	}
}

func joined(one, other, stays string) func(household.Case) (*household.Change, error) {
	return func(c household.Case) (*household.Change, error) {
		change, at, err := c.Join(id(one), id(other))
		if at != id(stays) {
			return nil, household.ErrNobody
		}
		return change, err
	}
}

func TestLinks_BothWays(t *testing.T) {
	here, there := family(), view{}.with("other", "case", "unhcr_case_no", "200-24C00002")
	change, err := household.AddLink(here.record(), there.record(), household.Link{Relation: "adult_child"})
	if err != nil {
		t.Fatal(err)
	}
	if len(change.Writes) != 2 || change.Writes[1].Case != id("other") || !slices.Contains(change.Effects, household.OtherCase) {
		t.Fatalf("linking wrote %+v", change)
	}
	here = here.with("case", "", "linked_cases", change.Writes[0].Answers["linked_cases"])
	there = there.with("other", "", "linked_cases", change.Writes[1].Answers["linked_cases"])
	if diff := cmp.Diff([]household.Link{{Case: id("other"), Number: "200-24C00002", Relation: "adult_child"}}, household.Links(here.record())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]household.Link{{Case: id("case"), Number: "200-24C00001", Relation: "relative"}}, household.Links(there.record())); diff != "" {
		t.Error(diff)
	}
	if _, err := household.AddLink(here.record(), there.record(), household.Link{Relation: "adult_child"}); err != household.ErrKnown {
		t.Errorf("linking twice: %v", err)
	}
	if _, err := household.AddLink(here.record(), here.record(), household.Link{Relation: "split"}); err != household.ErrSame {
		t.Errorf("linking with itself: %v", err)
	}
	if _, err := household.AddLink(here.record(), nil, household.Link{Number: "200-24C00001", Relation: "relative"}); err != household.ErrSame {
		t.Errorf("linking with its own number: %v", err)
	}
	removed, err := household.RemoveLink(here.record(), household.Links(here.record())[0])
	if err != nil || len(removed.Writes[0].Answers["linked_cases"].Rows()) != 0 {
		t.Errorf("removing: %+v, %v", removed, err)
	}
	if _, err := household.RemoveLink(here.record(), household.Link{Number: "999"}); err != household.ErrNobody {
		t.Errorf("removing what is not there: %v", err)
	}
}

func TestRoles(t *testing.T) {
	c := household.Case{View: family(), Ages: ages}
	for _, tt := range []struct {
		parents []uuid.UUID
		sex     string
		want    string
	}{
		{ids("mother", "father"), "female", "daughter"}, {ids("father"), "male", "stepchild"}, {ids("girl"), "male", "grandchild"}, {ids("uncle"), "male", ""}, {nil, "male", ""},
	} {
		if got := c.RoleOfChild(tt.parents, tt.sex); got != tt.want {
			t.Errorf("a child of %v: %q, want %q", tt.parents, got, tt.want)
		}
	}
	for person, want := range map[string]string{"mother": "spouse", "boy": "in_law", "uncle": "", "nobody": ""} {
		if got := c.RoleOfPartner(id(person)); got != want {
			t.Errorf("the partner of %s: %q, want %q", person, got, want)
		}
	}
	if diff := cmp.Diff(ids("father"), c.Partners(id("mother"))); diff != "" {
		t.Error(diff)
	}
}

func TestFamily(t *testing.T) {
	v := family().with("uncle", "", "left_case", "missing").with("boy", "", "present_at_interview", "no_ill").with("father", "", "left_case", "dead")
	v = v.with("alone", "minor", "about", "@girl", "accompanying_person", "@uncle", "confirmed_unaccompanied", "yes", "care_by_accompanying_now", "yes")
	v = v.with("secret", "keep_apart", "about", "@girl", "person", "@mother")
	f := household.Family(v)
	states := map[string]kinship.State{}
	for _, p := range f.Persons {
		states[v[slices.IndexFunc(v, func(o *object) bool { return o.ID() == p.ID })].name] = p.State
	}
	want := map[string]kinship.State{"mother": kinship.Here, "father": kinship.Dead, "boy": kinship.Elsewhere, "girl": kinship.Here, "uncle": kinship.Missing}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Error(diff)
	}
	ended, care := 0, 0
	for _, tie := range f.Ties {
		if tie.Ended && tie.Type == "spouse" {
			ended++
		}
		if tie.Care && tie.A == id("girl") && tie.B == id("uncle") {
			care++
		}
	}
	if ended != 1 || care != 1 || len(f.Ties) != 6 {
		t.Errorf("%d ties, %d ended, %d of care: %+v", len(f.Ties), ended, care, f.Ties)
	}
}

func TestSinceRRF(t *testing.T) {
	listed := map[string]domain.Answer{"birth": domain.TextAnswer("2010"), "nationalities": {Value: []string{"SYR"}}, "place": domain.TextAnswer("x")}
	for _, tt := range []struct {
		name   string
		pairs  []any
		listed map[string]domain.Answer
		want   string
	}{
		{"as listed", []any{"birth", "2010", "nationalities", []string{"SYR"}}, listed, ""},
		{"as listed, said by the person", []any{"birth", domain.Answer{Value: "2010", Source: domain.FromSelf}, "nationalities", []string{"SYR"}}, listed, ""},
		{"another birth", []any{"birth", "2011", "nationalities", []string{"SYR"}}, listed, "changed"},
		{"another nationality", []any{"birth", "2010", "nationalities", []string{"SYR", "TUR"}}, listed, "changed"},
		{"emptied", []any{"nationalities", []string{"SYR"}}, listed, "changed"},
		{"more than listed", []any{"birth", "2010", "nationalities", []string{"SYR"}, "given_names", "Test"}, listed, ""},
		{"in no list", []any{"birth", "2026"}, nil, "new"},
	} {
		if got := household.SinceRRF(view{}.with("p", "person", tt.pairs...)[0], tt.listed); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
