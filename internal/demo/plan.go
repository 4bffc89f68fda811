// Package demo invents a training mission: households as Norway receives them, their caseload from headquarters, and what
// two interviewers would have written down about them.
//
// [Mission] returns data only and is a pure function: the same seed gives the same people and answers on every machine.
// Everybody in it is invented. Family names are built on the word "test" in the manner of each language, given names are
// things of a classroom (book, chair, window), and all numbers are of a form that cannot be real (domain.md 17).
//
// The package writes nothing; the demo of feltbokctl applies the records through a workspace, so that they pass the same
// checks as typed answers. Where two devices answer the same field differently, [Plan.Conflicts] says so beforehand.
package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// The names of the devices that write the groups of a plan.
const (
	HQ      = "hq"
	LaptopA = "laptop-a"
	LaptopB = "laptop-b"
	IOM     = "iom"
)

// Record is one write of some fields of one object.
type Record struct {
	Type domain.Type
	ID   uuid.UUID
	// Case is the case that the record belongs to; Nil in the compartments `open` and `orientation`.
	Case uuid.UUID
	// Subject is what the record tells about (its field `about` or `parent`, see [domain.TypeInfo.SubjectField]), else Nil.
	Subject uuid.UUID
	// By is a role that may write all fields of Set.
	By  domain.Role
	Set map[string]domain.Answer
}

// Case is one line of the caseload.
type Case struct {
	ID     uuid.UUID
	Number string
	// Device is the one whose interviewer has the case: LaptopA, LaptopB, or "" for a case decided on papers.
	Device string
	// Story names the situation that the case is there to show (domain.md 17), or is "" for an ordinary family.
	Story string
	// Persons lists the members, the principal applicant first.
	Persons []uuid.UUID
}

// Staff is an invented member of the mission.
type Staff struct {
	Device string
	Alias  string
	Role   domain.Role
	// Card and Person are the ids of the objects staff_card and staff.
	Card, Person uuid.UUID
}

// Conflict is a field that the two laptops answer differently without having seen each other's answer.
type Conflict struct {
	Type   domain.Type
	Object uuid.UUID
	Case   uuid.UUID
	Field  string
	A, B   domain.Answer
}

// Plan is a training mission. Its groups are written in the order of the fields; within a group each record comes after
// what it refers to.
type Plan struct {
	Seed int64
	// Day is the first day of interviews.
	Day     time.Time
	Mission uuid.UUID
	Staff   []Staff
	Cases   []Case

	Setup       []Record // by headquarters' administrator and quota manager: who is who, the quota
	Caseload    []Record // by headquarters, before the mission: cases as UNHCR described them, unverified
	InterviewsA []Record // by the interviewer on laptop A
	InterviewsB []Record // by the interviewer on laptop B
	// Roster is whom headquarters puts on the roster of the course. The identifiers there come of a key of headquarters, so
	// Orientation names participants by those of this list, and whoever writes it down puts the real ones in.
	Roster      []Participant
	Orientation []Record // by the coordinator of the orientation course
	Settlement  []Record // by headquarters, after the interviews are in

	Conflicts []Conflict
}

// Participant is somebody who is invited to the course: the name in the plan, and who that is.
type Participant struct{ ID, Person, Case uuid.UUID }

// ReferenceDay is the day on which the ages of the invented people are reckoned, and the first day of interviews when
// nobody asks for another one.
var ReferenceDay = time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)

// enough is the number of cases from which a plan holds all stories.
const enough = 20

// Stories are the situations that a plan of at least twenty cases always holds, in this order (domain.md 17).
var Stories = []string{
	"mother_with_three", "elderly_parent", "wheelchair", "two_cases_first", "two_cases_second", "sisters_sealed_entry",
	"boy_turning_18", "girl_with_aunt", "dossier_medical", "polygamous_household", "one_name", "interpreter_changed",
	"health_declined", "by_video", "withdrawn_after_agreement", "course_60_percent",
}

// Mission invents a mission whose interviews begin on [ReferenceDay].
func Mission(seed int64, cases int) Plan { return MissionFrom(seed, cases, ReferenceDay) }

// MissionFrom invents a mission whose interviews begin on a day of your choice. Only the times of the interviews follow
// the day; people and answers follow the seed.
func MissionFrom(seed int64, cases int, day time.Time) Plan {
	m := &maker{
		seed: seed, day: time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC),
		space: uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "feltbok demo %d", seed)),
	}
	m.plan = Plan{Seed: seed, Day: m.day, Mission: m.id("mission")}
	m.setup(cases)
	for i := range cases {
		m.random = rand.New(rand.NewPCG(uint64(seed), uint64(i)+1))
		m.family(i, cases)
	}
	m.orientation()
	return m.plan
}

// maker builds one plan.
type maker struct {
	seed    int64
	day     time.Time
	space   uuid.UUID
	plan    Plan
	random  *rand.Rand // of the case being made, so that one case does not change with the number of others
	persons int        // made so far, for the running numbers
	couple  *household // the first case of "two_cases", which the second one links to
	learner *roster    // the participant of the story "course_60_percent"
	pupils  []roster   // who is invited to the course
}

// id derives an id from the seed and a path.
func (m *maker) id(parts ...any) uuid.UUID {
	return uuid.NewSHA1(m.space, []byte(fmt.Sprintln(parts...)))
}

func (m *maker) chance(percent int) bool { return m.random.IntN(100) < percent }

// between returns a number from low to high, both included.
func (m *maker) between(low, high int) int { return low + m.random.IntN(high-low+1) }

// pick returns one element of a list.
func pick[T any](m *maker, list []T) T { return list[m.random.IntN(len(list))] }

// some returns between low and high different elements of a list, in the order of the list.
func some[T any](m *maker, list []T, low, high int) []T {
	n := min(m.between(low, high), len(list))
	chosen := make([]bool, len(list))
	for _, i := range m.random.Perm(len(list))[:n] {
		chosen[i] = true
	}
	var out []T
	for i, ok := range chosen {
		if ok {
			out = append(out, list[i])
		}
	}
	return out
}

// set makes the answers of a record from pairs of field and value. A value that is an Answer stands as it is; nil and ""
// leave the field out.
func set(pairs ...any) map[string]domain.Answer {
	answers := map[string]domain.Answer{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name := pairs[i].(string)
		switch value := pairs[i+1].(type) {
		case nil:
		case domain.Answer:
			answers[name] = value
		case string:
			if value != "" {
				answers[name] = domain.TextAnswer(value)
			}
		case int:
			answers[name] = domain.Answer{Value: int64(value)}
		case uuid.UUID:
			answers[name] = domain.TextAnswer(value.String())
		case []uuid.UUID:
			ids := make([]string, len(value))
			for j, id := range value {
				ids[j] = id.String()
			}
			answers[name] = domain.Answer{Value: ids}
		case []string:
			if len(value) > 0 {
				answers[name] = domain.Answer{Value: value}
			}
		default: // bool, []map[string]string
			answers[name] = domain.Answer{Value: value}
		}
	}
	return answers
}

// qualified gives every answer a source and a verification, unless it has one.
func qualified(answers map[string]domain.Answer, source domain.Source, verification domain.Verification) map[string]domain.Answer {
	for name, a := range answers {
		if a.Source == "" && a.Verification == "" {
			a.Source, a.Verification = source, verification
			answers[name] = a
		}
	}
	return answers
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
