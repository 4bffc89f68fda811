package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/schedule"
)

var space = uuid.MustParse("01930000-0000-7000-8000-0000000000aa")

// id makes an identifier of a name.
func id(name string) uuid.UUID {
	if name == "" {
		return uuid.Nil
	}
	return uuid.NewSHA1(space, []byte(name))
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04Z07:00", text)
	if err != nil {
		panic(err)
	}
	return t
}

// slot makes a slot on 2026-11-23 at +03:00 from "name 09:00-11:00 case".
func slot(text string, change ...func(*schedule.Slot)) schedule.Slot {
	parts := strings.Fields(text)
	from, to, _ := strings.Cut(parts[1], "-")
	s := schedule.Slot{ID: id(parts[0]), Start: at("2026-11-23T" + from + "+03:00"), End: at("2026-11-23T" + to + "+03:00"), Status: schedule.Planned}
	if len(parts) > 2 {
		s.Case = id(parts[2])
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func by(interviewer string) func(*schedule.Slot) {
	return func(s *schedule.Slot) { s.Interviewer = id(interviewer) }
}
func in(room string) func(*schedule.Slot) { return func(s *schedule.Slot) { s.Room = room } }
func with(interpreter string) func(*schedule.Slot) {
	return func(s *schedule.Slot) { s.Interpreter = interpreter }
}
func of(agency string) func(*schedule.Slot) { return func(s *schedule.Slot) { s.Agency = agency } }
func status(code string) func(*schedule.Slot) {
	return func(s *schedule.Slot) { s.Status, s.Reason = code, "ill" }
}

func order(codes ...string) func(*schedule.Slot) {
	return func(s *schedule.Slot) { s.Sequence = codes }
}

func between(from, to string) func(*schedule.Slot) {
	return func(s *schedule.Slot) { s.Start, s.End = at(from), at(to) }
}

// plan has two families: "blue" of one household that speaks Arabic, and "red" of two households, one with a person who also stands in
// "green", registered twice.
func plan(slots ...schedule.Slot) *schedule.Plan {
	arabic := []string{"apc", "arb"}
	p := &schedule.Plan{
		First: "2026-11-20", Last: "2026-12-04", Limits: schedule.Usual, Slots: slots,
		Families: []schedule.Family{
			{Case: id("blue"), Number: "200-26C00001", Interview: true, Persons: []schedule.Person{{ID: id("b1"), Household: id("bh"), Alone: true, Languages: arabic}, {ID: id("b2"), Household: id("bh")}}},
			{Case: id("red"), Number: "200-26C00002", Interview: true, Persons: []schedule.Person{{ID: id("r1"), Household: id("rh1")}, {ID: id("r2"), Household: id("rh2")}}},
			{Case: id("green"), Number: "200-26C00003", Interview: true, Persons: []schedule.Person{{ID: id("g1"), Household: id("gh")}}},
			{Case: id("paper"), Number: "200-26C00004"},
		},
		Interviewers: []schedule.Interviewer{{Card: id("A"), Alias: "A"}, {Card: id("B"), Alias: "B", Languages: []string{"apc"}}},
		Interpreters: []schedule.Interpreter{{Code: "T1", Languages: []string{"apc"}, Dialects: []string{"nordlevantinsk"}, Gender: "male", Mode: "in_person"}, {Code: "T2", Languages: []string{"som"}, Gender: "female", Mode: "phone"}},
		Same:         [][2]uuid.UUID{{id("g1"), id("twin")}, {id("twin"), id("r2")}},
	}
	p.Sort()
	return p
}

// told lists what was found, as "RULE@slot", in alphabetical order.
func told(problems []domain.Problem, names ...string) []string {
	name := map[uuid.UUID]string{id("A"): "A", id("B"): "B"}
	for _, n := range names {
		name[id(n)] = n
	}
	var list []string
	for _, p := range problems {
		list = append(list, p.Rule+"@"+name[p.Object])
	}
	slices.Sort(list)
	return list
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		slots  []schedule.Slot
		change func(*schedule.Plan)
		want   []string
	}{
		{"an ordinary day", []schedule.Slot{slot("s 09:00-11:00 red", by("A"), in("1")), slot("t 12:00-14:00 green", by("A"), in("1"))}, nil, nil},

		{"one room", []schedule.Slot{slot("s 09:00-11:00 red", in("Rom 1")), slot("t 10:59-12:00 x", in("rom 1 "))}, nil, []string{"SLOT_ROOM@s", "SLOT_ROOM@t"}},
		{"one after the other", []schedule.Slot{slot("s 09:00-11:00 red", in("1")), slot("t 11:00-12:00 green", in("1"))}, nil, nil},
		{"no room named", []schedule.Slot{slot("s 09:00-11:00 red"), slot("t 09:00-11:00 blue", by("B"))}, nil, nil},
		{"one interviewer", []schedule.Slot{slot("s 09:00-11:00 red", by("A")), slot("t 10:00-12:00 x", by("A"))}, nil, []string{"SLOT_INTERVIEWER@s", "SLOT_INTERVIEWER@t"}},
		{"one interpreter", []schedule.Slot{slot("s 09:00-11:00 red", with("T1")), slot("t 10:00-12:00 x", with("t1"))}, nil, []string{"SLOT_INTERPRETER@s", "SLOT_INTERPRETER@t"}},
		{"a family that did not come leaves the room free", []schedule.Slot{slot("s 09:00-11:00 red", in("1"), status("no_show")), slot("t 09:00-11:00 green", in("1"))}, nil, nil},
		{"an interview that was held keeps it", []schedule.Slot{slot("s 09:00-11:00 red", in("1"), status("done")), slot("t 10:00-11:00 x", in("1"))}, nil, []string{"SLOT_ROOM@s", "SLOT_ROOM@t"}},

		{"a family twice", []schedule.Slot{slot("s 09:00-10:30 red"), slot("t 10:00-11:00 red")}, nil, []string{"SLOT_FAMILY@s", "SLOT_FAMILY@t"}},
		{
			"two households of one case at once",
			[]schedule.Slot{slot("s 09:00-11:00 red", household("rh1")), slot("t 09:00-11:00 red", household("rh2"))},
			nil, nil,
		},
		{"the whole case and a household", []schedule.Slot{slot("s 09:00-10:00 red"), slot("t 09:30-10:30 red", household("rh2"))}, nil, []string{"SLOT_FAMILY@s", "SLOT_FAMILY@t"}},
		{"a person registered twice", []schedule.Slot{slot("s 09:00-11:00 red"), slot("t 09:00-11:00 green")}, nil, []string{"SLOT_PERSON@s", "SLOT_PERSON@t"}},
		{"the other household of that case", []schedule.Slot{slot("s 09:00-11:00 red", household("rh1")), slot("t 09:00-11:00 green")}, nil, nil},
		{"two agencies at once", []schedule.Slot{slot("s 09:00-11:00 red", of("UDI")), slot("t 10:00-12:00 red")}, nil, []string{"SLOT_AGENCIES@s", "SLOT_AGENCIES@t"}},

		{"agencies in order", []schedule.Slot{slot("s 09:00-11:00 red", of("UDI"), order("UDI", "IMDi")), slot("t 11:30-13:00 red", order("UDI", "IMDi"))}, nil, nil},
		{"agencies out of order", []schedule.Slot{slot("s 09:00-11:00 red", of("PU"), order("UDI", "IMDi", "PU")), slot("t 11:30-13:00 red", order("UDI", "IMDi", "PU"))}, nil, []string{"SLOT_ORDER@s", "SLOT_ORDER@t"}},
		{"two orders", []schedule.Slot{slot("s 09:00-11:00 red", of("UDI"), order("UDI", "IMDi")), slot("t 11:30-13:00 red", order("IMDi", "UDI"))}, nil, []string{"SLOT_SEQUENCE@s", "SLOT_SEQUENCE@t"}},
		{"no order given", []schedule.Slot{slot("s 09:00-11:00 red", of("PU")), slot("t 11:30-13:00 red")}, nil, nil},
		{"waiting between agencies", []schedule.Slot{slot("s 08:00-09:00 red", of("UDI")), slot("t 10:31-12:00 red")}, nil, []string{"SLOT_WAIT@t"}},
		{"ninety minutes are bearable", []schedule.Slot{slot("s 08:00-09:00 red", of("UDI")), slot("t 10:30-12:00 red")}, nil, nil},
		{"waiting is from the last agency", []schedule.Slot{slot("s 08:00-09:00 red", of("UDI")), slot("u 09:30-10:30 red", of("PU")), slot("t 11:00-12:00 red")}, nil, nil},

		{"no pause", []schedule.Slot{slot("s 09:00-11:00 red", by("A")), slot("t 11:10-12:10 blue", by("A"), with("T1"))}, nil, []string{"SLOT_PAUSE@t"}},
		{"no pause for the interpreter", []schedule.Slot{slot("s 09:00-11:00 red", with("T1")), slot("t 11:00-12:10 blue", with("T1"))}, nil, []string{"SLOT_PAUSE@t"}},
		{"a quarter of an hour", []schedule.Slot{slot("s 09:00-11:00 red", by("A")), slot("t 11:15-12:15 blue", by("A"), with("T1"))}, nil, nil},

		{"ends before it begins", []schedule.Slot{slot("s 09:00-08:00 red")}, nil, []string{"SLOT_TIMES@s"}},
		{"ends when it begins", []schedule.Slot{slot("s 09:00-09:00 red")}, nil, []string{"SLOT_TIMES@s"}},
		{"three hours", []schedule.Slot{slot("s 09:00-12:00 red")}, nil, nil},
		{"more than three hours", []schedule.Slot{slot("s 09:00-12:01 red")}, nil, []string{"SLOT_LONG@s"}},
		{"more than three hours in two parts", []schedule.Slot{slot("s 09:00-11:00 red"), slot("t 12:00-13:30 red")}, nil, []string{"SLOT_LONG@s", "SLOT_LONG@t"}},
		{"the time of other agencies does not count", []schedule.Slot{slot("s 09:00-11:00 red", of("UDI")), slot("t 11:15-13:15 red")}, nil, nil},
		{"after the mission", []schedule.Slot{slot("s 09:00-11:00 red", between("2026-12-05T09:00+03:00", "2026-12-05T11:00+03:00"))}, nil, []string{"SLOT_OUTSIDE@s"}},
		{"a reason is missing", []schedule.Slot{slot("s 09:00-11:00 red", func(s *schedule.Slot) { s.Status = schedule.NoShow })}, nil, []string{"SLOT_REASON@s"}},
		{"all moved, yet planned", []schedule.Slot{slot("s 09:00-11:00 red", func(s *schedule.Slot) { s.Part = "moved_all" })}, nil, []string{"SLOT_PART@s"}},
		{"nobody's", []schedule.Slot{slot("s 09:00-11:00")}, nil, []string{"SLOT_NOBODY@s"}},
		{"a dossier case", []schedule.Slot{slot("s 09:00-11:00 paper")}, nil, []string{"SLOT_NOT_MET@s"}},

		{"past midnight", []schedule.Slot{
			slot("s 22:00-22:00 red", in("1"), between("2026-11-23T22:30+03:00", "2026-11-24T00:30+03:00")),
			slot("t 00:00-00:00 x", in("1"), between("2026-11-24T00:15+03:00", "2026-11-24T01:00+03:00")),
		}, nil, []string{"SLOT_ROOM@s", "SLOT_ROOM@t"}},
		// 10:00 at +02:00 is 11:00 at +03:00: the clocks on the walls differ, the moments do not.
		{"two zones, one moment", []schedule.Slot{
			slot("s 11:00-12:00 red", in("1")), slot("t 10:00-11:00 green", in("1"), between("2026-11-23T10:00+02:00", "2026-11-23T11:00+02:00")),
		}, nil, []string{"SLOT_PERSON@s", "SLOT_PERSON@t", "SLOT_ROOM@s", "SLOT_ROOM@t"}},
		{"two zones, another moment", []schedule.Slot{
			slot("s 10:00-11:00 red", in("1")), slot("t 10:00-11:00 green", in("1"), between("2026-11-23T10:00+02:00", "2026-11-23T11:00+02:00")),
		}, nil, nil},
		{"an interviewer in two zones in a day", []schedule.Slot{
			slot("s 08:00-09:00 red", by("A")), slot("t 10:00-11:00 green", by("A"), between("2026-11-23T10:00+02:00", "2026-11-23T11:00+02:00")),
		}, nil, []string{"SLOT_OFFSET@t"}},

		{"lunch", []schedule.Slot{slot("s 11:00-12:00 red")}, breaks("lunch", "11:30", "12:00", ""), []string{"SLOT_LUNCH@s"}},
		{"up to lunch", []schedule.Slot{slot("s 10:00-11:30 red")}, breaks("lunch", "11:30", "12:00", ""), nil},
		{"prayer on Friday", []schedule.Slot{slot("s 12:00-13:00 red", between("2026-11-27T12:30+03:00", "2026-11-27T13:00+03:00"))}, breaks("prayer", "12:00", "13:30", "5"), []string{"SLOT_PRAYER@s"}},
		{"prayer, but Monday", []schedule.Slot{slot("s 12:00-13:00 red")}, breaks("prayer", "12:00", "13:30", "5"), nil},
		{"Sunday is the seventh day", []schedule.Slot{slot("s 12:00-13:00 red", between("2026-11-29T12:00+03:00", "2026-11-29T13:00+03:00"))}, breaks("other", "12:00", "13:30", "7"), []string{"SLOT_BREAK@s"}},
		{
			"a break past midnight",
			[]schedule.Slot{slot("s 12:00-13:00 red", between("2026-11-24T01:00+03:00", "2026-11-24T02:00+03:00"))},
			breaks("other", "23:00", "01:30", "1"),
			[]string{"SLOT_BREAK@s"},
		},
		{
			"a slot past midnight into a break",
			[]schedule.Slot{slot("s 12:00-13:00 red", between("2026-11-23T23:00+03:00", "2026-11-24T01:00+03:00"))},
			breaks("other", "00:30", "03:00", "2"),
			[]string{"SLOT_BREAK@s"},
		},
		{"a break is local time", []schedule.Slot{slot("s 12:00-13:00 red", between("2026-11-23T11:00+02:00", "2026-11-23T11:30+02:00"))}, breaks("lunch", "11:30", "12:00", ""), nil},

		{"five families", []schedule.Slot{
			slot("s 08:00-09:00 red", by("A")), slot("t 09:15-10:15 green", by("A")), slot("u 10:30-11:30 x", by("A")), slot("v 12:00-13:00 y", by("A")), slot("w 14:00-15:00 z", by("A")),
		}, nil, []string{"LOAD_FAMILIES@A"}},
		{"the mission allows five", []schedule.Slot{
			slot("s 08:00-09:00 red", by("A")), slot("t 09:15-10:15 green", by("A")), slot("u 10:30-11:30 x", by("A")), slot("v 12:00-13:00 y", by("A")), slot("w 14:00-15:00 z", by("A")),
		}, func(p *schedule.Plan) { p.Limits.Families = 5 }, nil},
		{"nine hours", []schedule.Slot{slot("s 07:00-10:00 red", by("A")), slot("t 10:15-13:15 green", by("A")), slot("u 13:30-16:30 x", by("A"))}, nil, []string{"LOAD_HOURS@A"}},
		{"long without a pause", []schedule.Slot{
			slot("s 08:00-10:00 red", by("A")), slot("t 10:10-12:10 green", by("A")), slot("u 12:20-13:31 x", by("A")),
		}, nil, []string{"LOAD_STRETCH@A", "SLOT_PAUSE@t", "SLOT_PAUSE@u"}},
		{"a pause in between", []schedule.Slot{
			slot("s 08:00-10:00 red", by("A")), slot("t 10:15-12:10 green", by("A")), slot("u 12:20-14:20 x", by("A")),
		}, nil, []string{"SLOT_PAUSE@u"}},
		{"eight hours and a quarter of an hour", []schedule.Slot{
			slot("s 08:00-10:00 red", by("A")), slot("t 10:10-12:00 green", by("A")), slot("u 12:15-14:15 x", by("A")), slot("v 14:25-16:15 y", by("A")),
		}, nil, []string{"LOAD_PAUSES@A", "SLOT_PAUSE@t", "SLOT_PAUSE@v"}},
		{"eight hours and half an hour", []schedule.Slot{
			slot("s 08:00-10:00 red", by("A")), slot("t 10:10-12:00 green", by("A")), slot("u 12:30-14:15 x", by("A")), slot("v 14:25-16:30 y", by("A")),
		}, nil, []string{"SLOT_PAUSE@t", "SLOT_PAUSE@v"}},
		{"a short night", []schedule.Slot{
			slot("s 20:00-21:00 red", by("A")), slot("t 07:00-08:00 green", by("A"), between("2026-11-24T07:59+03:00", "2026-11-24T09:00+03:00")),
		}, nil, []string{"LOAD_REST@A"}},
		{"eleven hours of rest", []schedule.Slot{
			slot("s 20:00-21:00 red", by("A")), slot("t 07:00-08:00 green", by("A"), between("2026-11-24T08:00+03:00", "2026-11-24T09:00+03:00")),
		}, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := plan(test.slots...)
			if test.change != nil {
				test.change(p)
			}
			got := told(p.Check(""), "s", "t", "u", "v", "w")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func household(name string) func(*schedule.Slot) {
	return func(s *schedule.Slot) { s.Household = id(name) }
}

func breaks(kind, start, end, weekdays string) func(*schedule.Plan) {
	return func(p *schedule.Plan) {
		p.Breaks = schedule.ParseBreaks([]map[string]string{{"kind": kind, "start": start, "end": end, "weekdays": weekdays}})
	}
}

// An interviewer has thirty-five hours off without a break in seven days (Working Environment Act § 10-8): the seventh day in a row is
// told, and a day off in between is not.
func TestCheck_WeeklyRest(t *testing.T) {
	on := func(day, from, to string) schedule.Slot {
		s := slot("d"+day+" "+from+"-"+to+" c"+day, by("A"))
		s.Start, s.End = at("2026-11-"+day+"T"+from+"+03:00"), at("2026-11-"+day+"T"+to+"+03:00")
		return s
	}
	for _, test := range []struct {
		name string
		days string
		want []string // days on which it is told
	}{
		{"six days", "16 17 18 19 20 21", nil},
		{"seven days", "16 17 18 19 20 21 22", []string{"2026-11-22"}},
		{"a day off", "16 17 18 20 21 22 23", nil},
		{"off again", "16 17 18 19 20 21 22 24", []string{"2026-11-22"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var slots []schedule.Slot
			for _, day := range strings.Fields(test.days) {
				slots = append(slots, on(day, "08:00", "10:00"))
			}
			p := plan(slots...)
			var got []string
			for _, day := range p.Days() {
				for _, problem := range p.Check(day) {
					if problem.Rule == "LOAD_WEEK" {
						got = append(got, day)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
