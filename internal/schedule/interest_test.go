package schedule_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feltbok/internal/i18n"
	"feltbok/internal/schedule"
)

func TestCheck_Interest(t *testing.T) {
	wish := func(codes ...string) func(*schedule.Plan) {
		return func(p *schedule.Plan) {
			p.Wishes = []schedule.Wish{{Case: id("blue"), Person: id("b2"), Codes: codes, Own: []string{"SYR"}}}
		}
	}
	from := func(country string, then func(*schedule.Plan)) func(*schedule.Plan) {
		return func(p *schedule.Plan) { p.Interpreters[0].Origin = country; then(p) }
	}
	speaks := func(dialect string, languages ...string) func(*schedule.Plan) {
		return func(p *schedule.Plan) {
			p.Families[0].Persons[0].Languages, p.Families[0].Persons[0].Dialect = languages, dialect
		}
	}
	one := func(change ...func(*schedule.Slot)) schedule.Slot {
		return slot("s 09:00-11:00 blue", append([]func(*schedule.Slot){by("A"), with("T1")}, change...)...)
	}
	tests := []struct {
		name   string
		slot   schedule.Slot
		change func(*schedule.Plan)
		want   []string
	}{
		{"all well", one(), nil, nil},
		{"an interviewer with a tie", one(), func(p *schedule.Plan) { p.Ties = []schedule.Tie{{Case: id("blue"), Interviewer: id("A")}} }, []string{"INTERVIEWER_TIED@s"}},
		{"another interviewer's tie", one(), func(p *schedule.Plan) { p.Ties = []schedule.Tie{{Case: id("blue"), Interviewer: id("B")}} }, nil},
		{"a tie to another family", one(), func(p *schedule.Plan) { p.Ties = []schedule.Tie{{Case: id("red"), Interviewer: id("A")}} }, nil},
		{"an interpreter with a tie", one(), func(p *schedule.Plan) { p.Ties = []schedule.Tie{{Case: id("blue"), Interpreter: "t1"}} }, []string{"INTERPRETER_TIED@s"}},
		{"a tie holds for other agencies' interpreters too", one(of("UDI")), func(p *schedule.Plan) { p.Ties = []schedule.Tie{{Case: id("blue"), Interpreter: "T1"}} }, []string{"INTERPRETER_TIED@s"}},
		{"turned down before", one(), func(p *schedule.Plan) { p.Refusals = []schedule.Refusal{{Case: id("blue"), Interpreter: "T1"}} }, []string{"INTERPRETER_REFUSED@s"}},
		{"turned down by others", one(), func(p *schedule.Plan) { p.Refusals = []schedule.Refusal{{Case: id("red"), Interpreter: "T1"}} }, nil},

		{"no interpreter", one(with("")), nil, []string{"INTERPRETER_MISSING@s"}},
		{"the interviewer speaks it", one(with(""), by("B")), nil, nil},
		{"the interviewer of a held interview", one(with(""), status("done")), nil, nil},
		{"nothing known of the interpreter", one(with("T9")), nil, []string{"INTERPRETER_UNKNOWN@s"}},
		{"another language", one(with("T2")), nil, []string{"INTERPRETER_LANGUAGE@s"}},
		{"the second language will do", one(), speaks("", "kmr", "apc"), nil},
		{"the dialect", one(), speaks("Nordlevantinsk, Aleppo", "apc"), nil},
		{"another dialect", one(), speaks("sørlevantinsk", "apc"), []string{"INTERPRETER_DIALECT@s"}},
		{"dialects not known", one(), func(p *schedule.Plan) { speaks("sørlevantinsk", "apc")(p); p.Interpreters[0].Dialects = nil }, nil},
		{"a child's language does not count", one(), func(p *schedule.Plan) { p.Families[0].Persons[1].Languages = []string{"som"} }, nil},
		{"the other household's language does not count", one(household("other")), speaks("", "som"), nil},

		{"a man was asked for", one(), wish("male"), nil},
		{"a woman was asked for", one(), wish("female"), []string{"INTERPRETER_WISH@s"}},
		{"gender not known", one(), func(p *schedule.Plan) { wish("female")(p); p.Interpreters[0].Gender = "" }, []string{"INTERPRETER_WISH@s"}},
		{"phone only", one(), wish("phone_only"), []string{"INTERPRETER_WISH@s"}},
		{"phone only, and nobody in the room", one(func(s *schedule.Slot) { s.Remote = true }), wish("phone_only"), nil},
		{"somebody has to ask about the group", one(), wish("not_same_group"), []string{"INTERPRETER_WISH@s"}},
		{"the same country", one(), from("SYR", wish("not_same_country")), []string{"X15@s"}},
		{"another country", one(), from("EGY", wish("not_same_country")), nil},
		{"country not known", one(), wish("not_same_country"), []string{"INTERPRETER_WISH@s"}},
		{"a country to avoid", one(), from("EGY", func(p *schedule.Plan) {
			p.Wishes = []schedule.Wish{{Case: id("blue"), Person: id("b1"), NotCountry: "EGY"}}
		}), []string{"X15@s"}},
		{"the wish of another family", one(), func(p *schedule.Plan) {
			p.Wishes = []schedule.Wish{{Case: id("red"), Person: id("r1"), Codes: []string{"female"}}}
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := plan(test.slot)
			if test.change != nil {
				test.change(p)
			}
			if diff := cmp.Diff(test.want, told(p.Check("2026-11-23"), "s")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if len(p.Check("2026-11-24")) > 0 {
				t.Error("something is told of another day")
			}
		})
	}
}

// TestRules_HaveSentences: every rule has its sentence in the three languages, and the sentence gets all that it asks for.
func TestRules_HaveSentences(t *testing.T) {
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, rule := range schedule.Rules {
			if key := "domain.rule." + rule; !i18n.For(lang).Has(key) {
				t.Errorf("%s: no text %q", lang, key)
			}
		}
	}
	gap := regexp.MustCompile(`<no value>|\{\{|⟦`)
	busy := plan(
		slot("s 09:00-11:00 red", by("A"), in("1"), with("T1"), order("UDI", "IMDi")), slot("t 08:00-12:30 red", by("A"), in("1"), with("T1"), of("UDI"), order("UDI", "IMDi")),
		slot("u 11:05-12:05 blue", by("A"), with("T2")), slot("v 13:00-14:00 blue", with("T9"), of("PU"), order("IMDi")), slot("w 16:00-21:30 green", by("A")),
	)
	breaks("lunch", "11:30", "12:00", "")(busy)
	found := busy.Check("")
	if len(found) < 15 {
		t.Fatalf("only %d problems", len(found))
	}
	for _, p := range found {
		for _, lang := range []string{"nb", "nn", "en"} {
			if words := i18n.For(lang).T(p.Text(), p.Pairs()...); gap.MatchString(words) {
				t.Errorf("%s %s: %q", lang, p.Rule, words)
			}
		}
		if !slices.Contains(schedule.Rules, p.Rule) {
			t.Errorf("%s is not in the list of rules", p.Rule)
		}
	}
}

func spreading(days ...string) schedule.Spreading {
	n := 0
	return schedule.Spreading{
		Days: days, From: 9 * 60, To: 17 * 60, Zone: time.FixedZone("", 3*3600), Length: 2 * time.Hour,
		Teams: []schedule.Team{{Interviewer: id("A"), Room: "1"}, {Interviewer: id("B"), Room: "2"}},
		New:   func() uuid.UUID { n++; return id(strings.Repeat("n", n)) },
	}
}

func TestSpread(t *testing.T) {
	p := plan(slot("s 09:00-11:00 blue", by("A"), in("1"), with("T1")))
	p.Families[2].Urgent = 2
	_, proposed, left := p.Spread(spreading("2026-11-23"))
	if len(proposed) != 2 || len(left) != 0 {
		t.Fatalf("%d proposed, %d left", len(proposed), len(left))
	}
	if proposed[0].Case != id("green") || proposed[0].Hours() != "09:00–11:00" || proposed[0].Interviewer != id("B") {
		t.Errorf("the urgent family gets %+v", proposed[0])
	}
	// The other family holds a person who is in the first one too, so it cannot be met at the same time.
	if proposed[1].Case != id("red") || proposed[1].Hours() != "11:00–13:00" && proposed[1].Hours() != "11:15–13:15" {
		t.Errorf("the other family gets %s", proposed[1].Hours())
	}
	if n := len(p.Slots); n != 1 {
		t.Errorf("the plan itself has %d slots now", n)
	}
}

func TestSpread_Interpreter(t *testing.T) {
	tests := []struct {
		name   string
		change func(*schedule.Plan)
		want   string
	}{
		{"the one who speaks it", nil, "T1"},
		{"not one whom the family turned down", func(p *schedule.Plan) { p.Refusals = []schedule.Refusal{{Case: id("blue"), Interpreter: "T1"}} }, "none: INTERPRETER_REFUSED"},
		{"another who speaks it", func(p *schedule.Plan) {
			p.Refusals = []schedule.Refusal{{Case: id("blue"), Interpreter: "T1"}}
			p.Interpreters[1].Languages = []string{"som", "apc"}
		}, "T2"},
		{"nobody speaks it", func(p *schedule.Plan) { p.Interpreters = nil }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := plan()
			p.Families = p.Families[:1]
			if test.change != nil {
				test.change(p)
			}
			s := spreading("2026-11-23")
			s.Teams = s.Teams[:1]
			_, proposed, left := p.Spread(s)
			got := ""
			if len(left) > 0 {
				got = "none: " + left[0].Why
			} else {
				got = proposed[0].Interpreter
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestSpread_NeverMakesAProblem: whatever stands in the plan, proposals add no warning to it, and nobody is proposed twice.
func TestSpread_NeverMakesAProblem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plan()
		for i := range rapid.IntRange(0, 3).Draw(t, "more families") {
			name := strings.Repeat("f", i+1)
			p.Families = append(p.Families, schedule.Family{Case: id(name), Number: name, Interview: true, Persons: []schedule.Person{{ID: id(name + "p"), Alone: true, Languages: []string{rapid.SampledFrom([]string{"apc", "som", "tir"}).Draw(t, "language")}}}})
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "slots") {
			start := at("2026-11-23T08:00+03:00").Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "start")) * 15 * time.Minute)
			p.Slots = append(p.Slots, schedule.Slot{
				ID: id(strings.Repeat("s", i+1)), Start: start, End: start.Add(2 * time.Hour), Room: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "room"),
				Interviewer: id(rapid.SampledFrom([]string{"A", "B"}).Draw(t, "interviewer")), Interpreter: rapid.SampledFrom([]string{"T1", "T2", ""}).Draw(t, "interpreter"),
				Status: schedule.Planned, Case: id(rapid.SampledFrom([]string{"blue", "red", "paper"}).Draw(t, "case")),
			})
		}
		p.Sort()
		breaks("lunch", "11:30", "12:00", "")(p)
		before := told(p.Check(""))
		filled, proposed, left := p.Spread(spreading("2026-11-23", "2026-11-24"))
		if len(proposed)+len(left) != len(p.Unscheduled()) {
			t.Fatalf("%d families, %d proposed and %d left", len(p.Unscheduled()), len(proposed), len(left))
		}
		for _, s := range proposed {
			for _, found := range filled.Problems(s) {
				if found.Rule != "INTERPRETER_MISSING" && found.Rule != "SLOT_WAIT" {
					t.Fatalf("a proposal at %s breaks %s", s.Hours(), found.Rule)
				}
			}
		}
		after := slices.DeleteFunc(told(filled.Check("")), func(s string) bool { return strings.HasPrefix(s, "INTERPRETER_MISSING") })
		before = slices.DeleteFunc(before, func(s string) bool { return strings.HasPrefix(s, "INTERPRETER_MISSING") })
		if diff := cmp.Diff(before, after, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the proposals changed what is found (-before +after)\n%s", diff)
		}
	})
}

func TestParseClock(t *testing.T) {
	for typed, want := range map[string]string{"9": "09:00", "9.30": "09:30", "0930": "09:30", "930": "09:30", "23:59": "23:59", "0": "00:00"} {
		if got, ok := schedule.ParseClock(typed); !ok || got.String() != want {
			t.Errorf("%q is %s, %t, want %s", typed, got, ok, want)
		}
	}
	for _, typed := range []string{"", "24", "12:60", "ni", "12345", "-1"} {
		if got, ok := schedule.ParseClock(typed); ok {
			t.Errorf("%q is taken for %s", typed, got)
		}
	}
}

func TestHours(t *testing.T) {
	s := slot("s 09:00-11:00", between("2026-11-23T22:30+03:00", "2026-11-24T00:30+03:00"))
	if got := s.Hours(); got != "22:30–00:30 +1" {
		t.Errorf("got %q", got)
	}
}
