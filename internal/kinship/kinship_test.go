package kinship_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feltbok/internal/kinship"
)

var update = flag.Bool("update", false, "write the drawings anew")

// family reads a family from lines: "Name role birth home state" for a person, "A type B" with B the type of A for a tie.
func family(t testing.TB, persons, ties string) (kinship.Family, map[uuid.UUID]string) {
	t.Helper()
	var f kinship.Family
	names := map[uuid.UUID]string{}
	states := map[string]kinship.State{"": kinship.Here, "away": kinship.Elsewhere, "missing": kinship.Missing, "dead": kinship.Dead, "gone": kinship.Gone}
	for line := range strings.Lines(persons) {
		part := append(strings.Fields(line), "", "")
		if len(part) < 6 {
			continue
		}
		home := strings.TrimPrefix(part[3], "-")
		state, ok := states[part[4]]
		if !ok {
			t.Fatalf("no state %q", part[4])
		}
		names[id(part[0])] = part[0]
		f.Persons = append(f.Persons, kinship.Person{ID: id(part[0]), Role: strings.TrimPrefix(part[1], "-"), Birth: strings.TrimPrefix(part[2], "-"), Home: id(home), State: state})
		if home != "" && names[id(home)] == "" {
			names[id(home)] = home
			f.Homes = append(f.Homes, kinship.Home{ID: id(home), Name: home})
		}
	}
	for line := range strings.Lines(ties) {
		part := strings.Fields(line)
		if len(part) < 3 {
			continue
		}
		tie := kinship.Tie{ID: id(line), A: id(part[0]), B: id(part[2]), Type: part[1]}
		tie.Ended, tie.Care = slices.Contains(part, "ended"), slices.Contains(part, "care")
		names[id(part[2])] = part[2]
		f.Ties = append(f.Ties, tie)
	}
	return f, names
}

var drawings = []struct{ name, persons, ties string }{
	{"alone", "Ali principal_applicant 1990 H1", ""},
	{"mother_with_three", "Mona principal_applicant 1985 H1\nAsk son 2009 H1\nBea daughter 2013 H1\nCim son 2018 H1", ""},
	{
		"couple_with_grandmother", "Per principal_applicant 1980 H1\nPia spouse 1982 H1\nOma mother 1950 H1 away\nKid son 2010 H1",
		"Per spouse Pia\nKid parent Per\nKid parent Pia",
	},
	{"two_wives_two_households", `Far principal_applicant 1970 H1
Wi1 spouse 1972 H1
Wi2 spouse 1980 H2
So1 son 1999 H1
Da1 daughter 2003 H1
So2 son 2008 H2
Da2 daughter 2012 H2`, "Far spouse Wi1\nFar spouse Wi2\nSo1 parent Far\nSo1 parent Wi1\nDa1 parent Far\nDa1 parent Wi1\nSo2 parent Far\nSo2 parent Wi2\nDa2 parent Far\nDa2 parent Wi2"},
	{
		"two_wives_one_household", "Far principal_applicant 1970 H1\nWi1 spouse 1972 H1\nWi2 spouse 1980 H1\nSo1 son 1999 H1\nSo2 son 2008 H1",
		"Far spouse Wi1\nFar spouse Wi2\nSo1 parent Far\nSo1 parent Wi1\nSo2 parent Far\nSo2 parent Wi2",
	},
	{"remarried_with_stepchild", `Mor principal_applicant 1985 H1
Ny spouse 1983 H1
Eks no_family 1980 - dead
Eld daughter 2008 H1
Ung son 2019 H1
Ste stepchild 2010 H1`, "Mor spouse Ny\nMor spouse Eks ended\nEld parent Mor\nEld parent Eks\nUng parent Mor\nUng parent Ny\nSte parent Ny\nSte step_parent Mor\nEld half_sibling Ung"},
	{"boy_with_aunt", "Gut principal_applicant 2010 H1\nLil brother 2013 H1\nTan uncle_aunt 1990 H1", "Gut uncle_aunt Tan care\nLil uncle_aunt Tan care\nGut sibling Lil"},
	{"siblings_alone", "Sto principal_applicant 2009 H1\nMid sister 2012 H1\nMin brother 2015 H1 missing\nNab no_family 1988 H2", "Mid caregiver Sto\nMin caregiver Sto\nSto sibling Mid"},
	{"four_generations", `Pa principal_applicant 1985 H1
Ma spouse 1987 H1
Old grandparent 1930 H1
Dad father 1955 H1
Mum mother 1958 H1
Unc uncle_aunt 1960 H2
Bro brother 1990 H2
Cou cousin 1991 H2
Kid son 2010 H1
Bab grandchild 2026 H1`, "Dad parent Old\nUnc parent Old\nCou parent Unc\nKid parent Pa\nKid parent Ma\nBab parent Kid\nPa spouse Ma\nDad spouse Mum"},
	{"circle", "Aaa principal_applicant 1980 H1\nBbb son 2000 H1\nCcc grandchild 2020 H1", "Bbb parent Aaa\nCcc parent Bbb\nAaa parent Ccc\nAaa parent Aaa\nBbb parent Zzz\nAaa spouse Ccc"},
	{"fourteen", `Far principal_applicant 1970 H1
Wi1 spouse 1972 H1
Wi2 spouse 1980 H2
Bes mother 1945 H1
So1 son 1994 H3
Svi in_law 1996 H3
Bar grandchild 2020 H3
Bab grandchild 2026 H3
Da1 daughter 2003 H1 away
So3 son 2006 H1
So2 son 2008 H2
Da2 daughter 2012 H2
Nie niece_nephew 2014 H1
Fos foster_child 2015 H2`, `Far spouse Wi1
Far spouse Wi2
So1 parent Far
So1 parent Wi1
So1 spouse Svi
Bar parent So1
Bar parent Svi
Bab parent So1
Bab parent Svi
Da1 parent Far
Da1 parent Wi1
So3 parent Far
So3 parent Wi1
So2 parent Far
So2 parent Wi2
Da2 parent Far
Da2 parent Wi2
Nie uncle_aunt Far care
Fos caregiver Wi2`},
}

func TestDraw_Pictures(t *testing.T) {
	for _, tt := range drawings {
		t.Run(tt.name, func(t *testing.T) {
			f, names := family(t, tt.persons, tt.ties)
			got := text(f.Draw(), names)
			golden := filepath.Join("testdata", tt.name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("drawn otherwise (-want +got):\n%s\n%s", diff, got)
			}
		})
	}
}

func TestDraw_Empty(t *testing.T) {
	p := kinship.Family{}.Draw()
	if len(p.Cards) != 0 || p.Rows != 0 || len(p.Lanes) != 1 {
		t.Errorf("nobody is drawn as %+v", p)
	}
	p = kinship.Family{Homes: []kinship.Home{{ID: id("H1"), Name: "H1"}}}.Draw()
	if len(p.Frames) != 1 || p.Frames[0].Width != kinship.CardWidth {
		t.Errorf("a household without people has the frames %+v", p.Frames)
	}
}

// anyFamily makes families as entered in a hurry: everything may be related to everything.
func anyFamily(rt *rapid.T) kinship.Family {
	ids := make([]uuid.UUID, rapid.IntRange(1, 9).Draw(rt, "persons"))
	var f kinship.Family
	for i := range rapid.IntRange(0, 3).Draw(rt, "homes") {
		name := string(rune('A' + i))
		f.Homes = append(f.Homes, kinship.Home{ID: id("home " + name), Name: name})
	}
	roles := []string{"principal_applicant", "", "spouse", "son", "mother", "brother", "stepchild", "foster_child", "grandparent", "grandchild", "niece_nephew", "uncle_aunt", "no_family"}
	for i := range ids {
		ids[i] = id(string(rune('a' + i)))
		person := kinship.Person{ID: ids[i], Role: rapid.SampledFrom(roles).Draw(rt, "role"), Birth: rapid.SampledFrom([]string{"", "1950", "1980-02", "2015"}).Draw(rt, "birth")}
		if len(f.Homes) > 0 && rapid.Bool().Draw(rt, "housed") {
			person.Home = rapid.SampledFrom(f.Homes).Draw(rt, "home").ID
		}
		f.Persons = append(f.Persons, person)
	}
	types := []string{"spouse", "cohabitant", "parent", "child", "step_parent", "caregiver", "sibling", "half_sibling", "grandparent", "uncle_aunt", "cousin", "other"}
	for i := range rapid.IntRange(0, 14).Draw(rt, "ties") {
		f.Ties = append(f.Ties, kinship.Tie{
			ID: id("tie " + string(rune('a'+i))), A: rapid.SampledFrom(ids).Draw(rt, "a"), B: rapid.SampledFrom(ids).Draw(rt, "b"),
			Type: rapid.SampledFrom(types).Draw(rt, "type"), Ended: rapid.Bool().Draw(rt, "ended"), Care: rapid.Bool().Draw(rt, "care"),
		})
	}
	return f
}

func TestDraw_EverybodyOnceAndNothingOverlaps(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := anyFamily(rt)
		p := f.Draw()
		seen, taken := map[uuid.UUID]bool{}, map[[2]int]uuid.UUID{}
		for _, c := range p.Cards {
			if seen[c.ID] {
				rt.Fatalf("%s is drawn twice", c.ID)
			}
			seen[c.ID] = true
			for x := c.X; x < c.X+kinship.CardWidth; x++ {
				if other, twice := taken[[2]int{c.Row, x}]; twice {
					rt.Fatalf("%s and %s stand upon each other", c.ID, other)
				}
				taken[[2]int{c.Row, x}] = c.ID
			}
			frame := p.Frames[c.Frame]
			if c.X < frame.X || c.X+kinship.CardWidth > frame.X+frame.Width || c.Row < frame.Top || c.Row > frame.Bottom || c.Row >= p.Rows {
				rt.Fatalf("%+v stands outside its frame %+v", c, frame)
			}
		}
		if len(seen) != len(f.Persons) {
			rt.Fatalf("%d of %d persons are drawn", len(seen), len(f.Persons))
		}
		for i := 1; i < len(p.Frames); i++ {
			if before := p.Frames[i-1]; before.X+before.Width > p.Frames[i].X {
				rt.Fatalf("the frames %+v and %+v overlap", before, p.Frames[i])
			}
		}
	})
}

func TestDraw_ParentsAboveChildren(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := anyFamily(rt).Draw()
		for _, line := range p.Lines {
			if line.Kind != kinship.Parent && line.Kind != kinship.StepParent {
				continue
			}
			child, _ := p.Card(line.To)
			for _, from := range line.From {
				if parent, _ := p.Card(from); parent.Row >= child.Row {
					rt.Fatalf("%+v: the parent stands on row %d, the child on row %d", line, parent.Row, child.Row)
				}
			}
		}
	})
}

func TestDraw_OrderOfInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := anyFamily(rt)
		mixed := kinship.Family{
			Persons: rapid.Permutation(f.Persons).Draw(rt, "persons mixed"), Ties: rapid.Permutation(f.Ties).Draw(rt, "ties mixed"),
			Homes: rapid.Permutation(f.Homes).Draw(rt, "homes mixed"),
		}
		if diff := cmp.Diff(f.Draw(), mixed.Draw()); diff != "" {
			rt.Fatalf("another order draws otherwise:\n%s", diff)
		}
	})
}

func TestDraw_LanesKeepLinesApart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := anyFamily(rt).Draw()
		type stretch struct {
			left, right int
			line        kinship.Line
		}
		lanes := map[[2]int][]stretch{}
		for _, line := range p.Lines {
			if line.Straight {
				continue
			}
			if line.Lane >= p.Lanes[line.Gap] {
				rt.Fatalf("%+v runs beside the %d lanes of its gap", line, p.Lanes[line.Gap])
			}
			from, _ := p.Card(line.From[0])
			to, _ := p.Card(line.To)
			a, b := from.X+len(line.From), to.X+1
			key := [2]int{line.Gap, line.Lane}
			lanes[key] = append(lanes[key], stretch{min(a, b), max(a, b), line})
		}
		for _, all := range lanes {
			for i, one := range all {
				for _, other := range all[:i] {
					same := one.line.Kind == other.line.Kind && slices.Equal(one.line.From, other.line.From)
					if !same && one.left <= other.right && other.left <= one.right {
						rt.Fatalf("%+v and %+v run upon each other", one.line, other.line)
					}
				}
			}
		}
	})
}

func TestStep_ReachesEverybody(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := anyFamily(rt).Draw()
		reached := map[uuid.UUID]bool{p.Cards[0].ID: true}
		queue := []uuid.UUID{p.Cards[0].ID}
		for len(queue) > 0 {
			for _, to := range []kinship.Direction{kinship.Up, kinship.Down, kinship.Left, kinship.Right} {
				if next := p.Step(queue[0], to); !reached[next] {
					reached[next] = true
					queue = append(queue, next)
				}
			}
			queue = queue[1:]
		}
		if len(reached) != len(p.Cards) {
			rt.Fatalf("%d of %d cards can be reached", len(reached), len(p.Cards))
		}
	})
}

func TestStep_FollowsKinship(t *testing.T) {
	f, names := family(t, drawings[3].persons, drawings[3].ties)
	p := f.Draw()
	for _, tt := range []struct {
		from string
		to   kinship.Direction
		want string
	}{
		{"So2", kinship.Up, "Far"}, {"Wi2", kinship.Down, "So2"}, {"Far", kinship.Right, "Wi1"}, {"Wi1", kinship.Right, "Wi2"}, {"Far", kinship.Up, "Far"}, {"Da2", kinship.Right, "Da2"},
	} {
		if got := names[p.Step(id(tt.from), tt.to)]; got != tt.want {
			t.Errorf("from %s in direction %d to %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}
	if stranger := id("stranger"); p.Step(stranger, kinship.Up) != stranger {
		t.Error("a step from nowhere leads somewhere")
	}
}

// BenchmarkDraw_Fourteen is what a change in the largest family that is met costs before anything is painted.
func BenchmarkDraw_Fourteen(b *testing.B) {
	f, _ := family(b, drawings[len(drawings)-1].persons, drawings[len(drawings)-1].ties)
	for b.Loop() {
		f.Draw()
	}
}
