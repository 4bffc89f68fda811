// Package schedule is the interview plan of a mission: who meets which family when, in which room and with which interpreter
// (domain.md 5, 7.2). [Plan] is what the rules look at, [Plan.Check] finds what cannot work, [Plan.Spread] finds times for families that
// have none; both are pure. [Read] takes a plan from a workspace, and the functions beside it write slots as ordinary operations and
// take them back.
//
// Nothing here blocks saving: two slots that overlap are a warning, as everything that is found (domain.md 7.2, 8). No name stands
// in a [Plan]: families have a number, interviewers an alias, interpreters a code.
package schedule

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// The codes of a slot's status (domain.md 7.2).
const (
	Planned   = "planned"
	Started   = "started"
	Done      = "done"
	NoShow    = "no_show"
	Moved     = "moved"
	Cancelled = "cancelled"
)

// Our is the agency whose interviews this program keeps; a slot without an agency is ours.
const Our = "IMDi"

// Slot is one agency's time with a family.
type Slot struct {
	ID         uuid.UUID
	Start, End time.Time // with the local offset
	Agency     string    // code of the list agencies
	Room       string
	// Interviewer is a staff card; zero when nobody is named.
	Interviewer uuid.UUID
	Interpreter string // code
	Remote      bool
	// Case is zero when the reader may not see it or nobody has one yet. Household is zero for the whole family.
	Case, Household uuid.UUID
	// Sequence is the order in which the agencies meet the family that day; empty when nobody has said.
	Sequence []string
	Status   string
	// Reason is a code of slot_reason, Part one of slot_part_of_family.
	Reason, Part string
	// Began and Ended are when the interview was held; zero while nobody has said.
	Began, Ended time.Time
	// MovedTo is the slot that stands for this one, when the family got a new time.
	MovedTo uuid.UUID
	// Conflict tells that two machines have said different things of the slot.
	Conflict bool
}

// Ours reports whether the slot is one of our own agency.
func (s Slot) Ours() bool { return s.Agency == "" || s.Agency == Our }

// Holds reports whether the slot takes up its room and people: a family that did not come, moved or was cancelled leaves them free.
func (s Slot) Holds() bool { return s.Status != NoShow && s.Status != Moved && s.Status != Cancelled }

// Waits reports whether the slot has yet to begin.
func (s Slot) Waits() bool { return s.Status == "" || s.Status == Planned }

// Day is the local day on which the slot begins, as YYYY-MM-DD.
func (s Slot) Day() string { return s.Start.Format(time.DateOnly) }

// Overlaps reports whether two slots share a moment. It goes by the moment, not by what the clocks on the walls show.
func (s Slot) Overlaps(other Slot) bool {
	return s.Start.Before(other.End) && other.Start.Before(s.End)
}

// Hours is the time as shown: "09:00–11:00", with "+1" where it ends on the next day.
func (s Slot) Hours() string {
	hours := s.Start.Format("15:04") + "–" + s.End.Format("15:04")
	if s.End.In(s.Start.Location()).Format(time.DateOnly) > s.Day() {
		hours += " +1"
	}
	return hours
}

// Person is a member of a family as the plan needs it.
type Person struct {
	ID        uuid.UUID
	Household uuid.UUID
	// Alone tells that the person is interviewed individually, and so needs the interpreter.
	Alone bool
	// Languages are those in which the person wants an interpreter, the first one before the other.
	Languages []string
	Dialect   string
}

// Family is a case of the mission.
type Family struct {
	Case     uuid.UUID
	Number   string // as shown: the reference of the case
	Persons  []Person
	Children int
	// Urgent families are given a time first: emergency 2, urgent 1, others 0.
	Urgent int
	// Interview tells that the family is to be met: dossier cases and those that left are not.
	Interview bool
	Remote    bool
}

// members are the persons whom a slot concerns.
func (f *Family) members(household uuid.UUID) []Person {
	if household == uuid.Nil {
		return f.Persons
	}
	return slices.DeleteFunc(slices.Clone(f.Persons), func(p Person) bool { return p.Household != household })
}

// Interviewer is an official by staff card.
type Interviewer struct {
	Card  uuid.UUID
	Alias string
	Role  string
	// Languages are those in which the official can interview without an interpreter.
	Languages []string
	Me        bool // the user who reads the plan
}

// Interpreter is an interpreter of the mission by code.
type Interpreter struct {
	Code      string
	Languages []string
	Dialects  []string // none: not known
	Gender    string   // code of sex; empty: not known
	Mode      string   // code of interpreter_mode; empty: not known
	// Origin is a country, known only where somebody has asked for the wishes of a family; see [ReadWishes].
	Origin string
}

// Tie says that somebody must not work on a case.
type Tie struct {
	Case        uuid.UUID
	Interviewer uuid.UUID // zero for an interpreter
	Interpreter string
}

// Refusal says that a person of a case did not accept an interpreter (domain.md 7.7).
type Refusal struct {
	Case        uuid.UUID
	Interpreter string
}

// Wish is what a person asked of the interpreter. It is of class P3 and read on request only.
type Wish struct {
	Case   uuid.UUID
	Person uuid.UUID
	Codes  []string // of interpreter_wish
	// NotCountry is the country that the interpreter should not come from, Own those that the person comes from.
	NotCountry string
	Own        []string
}

// Break is a time of the day at which nobody is interviewed.
type Break struct {
	Kind       string // "lunch", "prayer" or "other"
	Start, End Clock
	// Weekdays on which it holds; none means every day.
	Weekdays []time.Weekday
}

// On reports whether the break holds on a day of the week.
func (b Break) On(day time.Weekday) bool {
	return len(b.Weekdays) == 0 || slices.Contains(b.Weekdays, day)
}

// Limits are what a day may hold. domain.md gives the two hours for a family and three as the most; the other figures follow from
// them and from the Working Environment Act (lov 17. juni 2005 nr. 62), and the mission may set its own number of families.
//
// § 10-8: "at least 11 hours of continuous off-duty time per 24 hours ... between two main work periods" and "a continuous off-duty
// period of 35 hours per seven days"; a written agreement with the employees' representatives may go down to 8 and 28. § 10-9: a break
// "if the daily working hours exceed five and a half hours", and breaks of at least half an hour together "if daily working hours total
// eight hours or more". Both as the Labour Inspection Authority prints them. We warn; what has been agreed only the mission knows.
type Limits struct {
	Usual    time.Duration // a family's time: two hours (domain.md 5)
	Longest  time.Duration // of all that our agency plans with a family in a day (X13)
	Pause    time.Duration // least time between two slots of one interviewer or interpreter
	Wait     time.Duration // longest time that a family should wait between two agencies
	Families int           // most families that an interviewer meets a day
	Day      time.Duration // most hours of interviews for an interviewer a day
	Stretch  time.Duration // longest work without a pause: § 10-9
	Long     time.Duration // a day so long has pauses of Pauses together: § 10-9
	Pauses   time.Duration
	Rest     time.Duration // between two days: § 10-8
	Weekly   time.Duration // off duty without a break in seven days: § 10-8
}

// Usual limits.
var Usual = Limits{
	Usual: 2 * time.Hour, Longest: 3 * time.Hour, Pause: 15 * time.Minute, Wait: 90 * time.Minute, Families: 4, Day: 8 * time.Hour,
	Stretch: 5*time.Hour + 30*time.Minute, Long: 8 * time.Hour, Pauses: 30 * time.Minute, Rest: 11 * time.Hour, Weekly: 35 * time.Hour,
}

// Plan is a mission's interviews with what the rules need of cases and people. It is a snapshot; a Plan that nobody changes is safe
// for use by several goroutines.
type Plan struct {
	Mission uuid.UUID
	// First and Last are the mission's days as YYYY-MM-DD; empty when not set.
	First, Last  string
	Slots        []Slot // by start, room and identifier
	Families     []Family
	Interviewers []Interviewer
	Interpreters []Interpreter
	Ties         []Tie
	Refusals     []Refusal
	Wishes       []Wish
	// Same joins persons who were registered twice: two identifiers of one human being.
	Same   [][2]uuid.UUID
	Breaks []Break
	Limits Limits
	// Sequence is the order of agencies that a new slot is given.
	Sequence []string
}

// Sort puts the slots into their order.
func (p *Plan) Sort() {
	slices.SortStableFunc(p.Slots, func(a, b Slot) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Room, b.Room), cmp.Compare(a.ID.String(), b.ID.String()))
	})
}

// Family returns the family of a case; nil when the plan does not know it.
func (p *Plan) Family(caseID uuid.UUID) *Family {
	for i := range p.Families {
		if p.Families[i].Case == caseID {
			return &p.Families[i]
		}
	}
	return nil
}

// Interviewer returns the official with a card; nil when there is none.
func (p *Plan) Interviewer(card uuid.UUID) *Interviewer {
	for i := range p.Interviewers {
		if p.Interviewers[i].Card == card {
			return &p.Interviewers[i]
		}
	}
	return nil
}

// Interpreter returns the interpreter with a code; nil when nothing is known of one.
func (p *Plan) Interpreter(code string) *Interpreter {
	for i := range p.Interpreters {
		if p.Interpreters[i].Code == code {
			return &p.Interpreters[i]
		}
	}
	return nil
}

// Slot returns a slot by its identifier; nil when there is none.
func (p *Plan) Slot(id uuid.UUID) *Slot {
	for i := range p.Slots {
		if p.Slots[i].ID == id {
			return &p.Slots[i]
		}
	}
	return nil
}

// Days lists the local days on which a slot begins, in order.
func (p *Plan) Days() []string {
	var days []string
	for _, s := range p.Slots {
		if !slices.Contains(days, s.Day()) {
			days = append(days, s.Day())
		}
	}
	slices.Sort(days)
	return days
}

// Unscheduled lists the families that are to be met and have no time that holds, the urgent ones first, then by number.
func (p *Plan) Unscheduled() []Family {
	has := map[uuid.UUID]bool{}
	for _, s := range p.Slots {
		if s.Ours() && s.Holds() {
			has[s.Case] = true
		}
	}
	var left []Family
	for _, f := range p.Families {
		if f.Interview && !has[f.Case] {
			left = append(left, f)
		}
	}
	slices.SortStableFunc(left, func(a, b Family) int {
		return cmp.Or(cmp.Compare(b.Urgent, a.Urgent), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Case.String(), b.Case.String()))
	})
	return left
}

// With returns a copy of the plan in which a slot stands as given, in place of the one with its identifier or besides.
func (p *Plan) With(slot Slot) *Plan {
	changed := *p
	changed.Slots = slices.Clone(p.Slots)
	if at := slices.IndexFunc(changed.Slots, func(s Slot) bool { return s.ID == slot.ID }); at >= 0 {
		changed.Slots[at] = slot
	} else {
		changed.Slots = append(changed.Slots, slot)
	}
	changed.Sort()
	return &changed
}

// Clock is a time of day, in minutes since midnight.
type Clock int

// ParseClock reads "HH:MM", also as "9.00" or "900" as people write it; false when it is no time of day.
func ParseClock(text string) (Clock, bool) {
	digits := make([]byte, 0, 4)
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c-'0')
		case c == ':' || c == '.' || c == ' ':
		default:
			return 0, false
		}
	}
	hour, minute := 0, 0
	switch len(digits) {
	case 1, 2:
		for _, d := range digits {
			hour = hour*10 + int(d)
		}
	case 3:
		hour, minute = int(digits[0]), int(digits[1])*10+int(digits[2])
	case 4:
		hour, minute = int(digits[0])*10+int(digits[1]), int(digits[2])*10+int(digits[3])
	default:
		return 0, false
	}
	if hour > 23 || minute > 59 {
		return 0, false
	}
	return Clock(hour*60 + minute), true
}

// String gives "HH:MM".
func (c Clock) String() string {
	return time.Date(2000, 1, 1, int(c)/60, int(c)%60, 0, 0, time.UTC).Format("15:04")
}

// On is the moment of the time of day on a local day, at an offset. day is YYYY-MM-DD; the zero time when it is not.
func (c Clock) On(day string, zone *time.Location) time.Time {
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return time.Time{}
	}
	return at.Add(time.Duration(c) * time.Minute)
}
