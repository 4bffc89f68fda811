package demo

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// person is an invented human being as the plan knows her, which is more than any record says.
type person struct {
	id       uuid.UUID
	number   int // running, for the numbers on paper
	given    word
	family   word
	father   word
	female   bool
	age      int    // on ReferenceDay
	relation string // to the principal applicant
	home     int    // which household of the case
	birth    string
	sure     string // birth_certainty
	tongue   string
	reads    bool
	school   int // years
	level    string
	trade    *occupation
	minor    bool // unaccompanied
}

func (p *person) adult() bool { return p.age >= 18 }
func (p *person) child() bool { return p.age < 18 }
func (p *person) sex() string {
	if p.female {
		return "female"
	}
	return "male"
}

// household is one case and its people.
type household struct {
	index   int
	story   string
	id      uuid.UUID
	number  string
	device  string
	dossier bool
	profile *profile
	people  []*person
	homes   []uuid.UUID
	slot    uuid.UUID
	start   time.Time // of the slot, in local time of the mission
}

// family invents the case at a place in the list and writes its records.
func (m *maker) family(index, cases int) {
	h := &household{index: index, id: m.id("case", index), profile: m.draw()}
	if cases >= enough && index < len(Stories) {
		h.story = Stories[index]
	}
	if index%2 == 0 {
		h.number = fmt.Sprintf("200-24C%05d", index+1) // the form in use until 2021
	} else {
		h.number = fmt.Sprintf("200-24-%05d", index+1)
	}
	h.dossier = h.story == "dossier_medical"
	if h.story == "one_name" {
		for i := range profiles {
			if profiles[i].oneName {
				h.profile = &profiles[i]
			}
		}
	}
	m.compose(h)
	m.homes(h)
	if !h.dossier {
		m.timetable(h)
	}
	line := Case{ID: h.id, Number: h.number, Device: h.device, Story: h.story}
	for _, p := range h.people {
		line.Persons = append(line.Persons, p.id)
	}
	m.plan.Cases = append(m.plan.Cases, line)
	m.caseload(h)
	if !h.dossier {
		if m.interviews(h) {
			m.plant(h)
		}
	}
	m.settlement(h)
	m.invite(h)
}

// member is a line in the composition of a household.
type member struct {
	relation string
	female   bool
	age      int
}

// compose fills a case with people.
func (m *maker) compose(h *household) {
	children := func(ages ...int) (out []member) {
		for _, age := range ages {
			female := m.chance(50)
			relation := "son"
			if female {
				relation = "daughter"
			}
			out = append(out, member{relation, female, age})
		}
		return out
	}
	var list []member
	switch h.story {
	case "mother_with_three":
		list = append([]member{{"principal_applicant", true, 36}}, children(16, 13, 8)...)
	case "elderly_parent":
		list = []member{{"principal_applicant", false, 44}, {"spouse", true, 41}, {"mother", true, 74}}
	case "wheelchair":
		list = []member{{"principal_applicant", false, 29}}
	case "two_cases_first":
		list = []member{{"principal_applicant", false, 31}}
	case "two_cases_second":
		h.profile = m.couple.profile
		list = []member{{"principal_applicant", true, 28}}
	case "sisters_sealed_entry":
		list = []member{{"principal_applicant", true, 24}, {"sister", true, 21}}
	case "boy_turning_18":
		list = []member{{"principal_applicant", false, 17}}
	case "girl_with_aunt":
		list = []member{{"principal_applicant", true, 34}, {"niece_nephew", true, 14}}
	case "dossier_medical":
		list = append([]member{{"principal_applicant", false, 52}, {"spouse", true, 47}}, children(12)...)
	case "polygamous_household":
		list = append([]member{{"principal_applicant", false, 45}, {"spouse", true, 40}, {"spouse", true, 33}}, children(14, 11, 9, 5, 2)...)
	case "one_name":
		list = append([]member{{"principal_applicant", false, 38}, {"spouse", true, 34}}, children(10, 6, 1)...)
	case "health_declined":
		list = append([]member{{"principal_applicant", true, 47}}, children(12)...)
	case "course_60_percent":
		list = append([]member{{"principal_applicant", true, 33}}, children(9, 3)...)
	default:
		list = m.ordinary(children)
	}
	for i, one := range list {
		h.people = append(h.people, m.person(h, one, i))
	}
	switch h.story {
	case "two_cases_first":
		m.couple = h
	case "boy_turning_18":
		h.people[0].minor = true
		h.people[0].birth, h.people[0].sure = ReferenceDay.AddDate(-18, 4, 0).Format(time.DateOnly), "exact"
	case "girl_with_aunt":
		h.people[1].minor = true
	case "polygamous_household":
		// The second wife and her two youngest form a household of their own: mission lead and headquarters decide.
		h.people[2].home, h.people[6].home, h.people[7].home = 1, 1, 1
	case "one_name":
		h.people[0].birth, h.people[0].sure = fmt.Sprint(ReferenceDay.Year()-38), "estimated"
	}
}

// ordinary draws a family without a story: most have children, nearly half of all people are minors (domain.md 1).
func (m *maker) ordinary(children func(...int) []member) []member {
	ages := func(parent, low, high int) (out []int) {
		oldest := min(17, parent-19)
		for range m.between(low, high) {
			if oldest < 0 {
				break
			}
			age := max(0, oldest-m.between(0, 3))
			out = append(out, age)
			oldest = age - m.between(2, 3)
		}
		return out
	}
	switch n := m.random.IntN(100); {
	case n < 52: // a couple with children
		mother := m.between(24, 43)
		return append([]member{{"principal_applicant", false, mother + m.between(0, 8)}, {"spouse", true, mother}}, children(ages(mother, 1, 5)...)...)
	case n < 76: // a mother alone
		mother := m.between(23, 44)
		return append([]member{{"principal_applicant", true, mother}}, children(ages(mother, 1, 5)...)...)
	case n < 88: // three generations
		mother := m.between(28, 42)
		father := mother + m.between(1, 7)
		list := []member{{"principal_applicant", false, father}, {"spouse", true, mother}}
		list = append(list, children(ages(mother, 2, 4)...)...)
		return append(list, member{"mother", true, father + m.between(20, 27)})
	case n < 94:
		woman := m.between(20, 55)
		return []member{{"principal_applicant", false, woman + m.between(0, 6)}, {"spouse", true, woman}}
	default:
		return []member{{"principal_applicant", m.chance(50), m.between(19, 60)}}
	}
}

// person invents one member.
func (m *maker) person(h *household, one member, place int) *person {
	m.persons++
	p := &person{
		id: m.id("person", h.index, place), number: m.persons, female: one.female, age: one.age, relation: one.relation,
		family: h.profile.family, father: pick(m, h.profile.male), tongue: h.profile.languages[0],
	}
	names := h.profile.male
	if p.female {
		names = h.profile.female
	}
	p.given = names[(m.random.IntN(len(names))+place)%len(names)]
	for _, other := range h.people { // no two of one family share a name
		for tries := 0; other.given == p.given && tries < len(names); tries++ {
			p.given = names[(tries+place)%len(names)]
		}
	}
	if place > 0 && p.child() {
		p.tongue = h.people[0].tongue
	} else {
		p.tongue = pick(m, h.profile.languages)
	}
	m.born(p)
	p.school = max(0, min(m.between(0, 16), p.age-6))
	p.reads = p.school >= 2
	switch {
	case p.school == 0:
		p.level = "0"
	case p.school <= 6:
		p.level = "1"
	case p.school <= 9:
		p.level = "2"
	case p.school <= 12:
		p.level = "3"
	default:
		p.level = "6"
	}
	if p.age >= 17 && m.chance(80) {
		p.trade = m.trade(p)
	}
	return p
}

// born gives a birth date the form it has in refugee papers: exact, the first of January, or only a month or a year.
func (m *maker) born(p *person) {
	// Anybody born between two birthdays ago and one birthday ago has this age; stay a week off both ends.
	day := ReferenceDay.AddDate(-p.age, 0, -m.between(7, 358))
	switch n := m.random.IntN(100); {
	case n < 58 || p.child() && n < 80:
		p.birth, p.sure = day.Format(time.DateOnly), "exact"
	case n < 84:
		p.birth, p.sure = fmt.Sprintf("%d-01-01", ReferenceDay.Year()-p.age), "estimated"
	case n < 94:
		p.birth, p.sure = fmt.Sprint(ReferenceDay.Year()-p.age), "estimated"
	default:
		p.birth, p.sure = day.Format("2006-01"), "exact"
	}
}

// trade draws an occupation that fits sex, age and schooling.
func (m *maker) trade(p *person) *occupation {
	for range 20 {
		o := &occupations[m.random.IntN(len(occupations))]
		if (p.female && o.women || !p.female && o.men) && o.level <= p.level && (o.level < "6" || p.age >= 24) && (o.code != driver || p.age >= 22) {
			return o
		}
	}
	return nil
}

// homes gives the case its households.
func (m *maker) homes(h *household) {
	count := 1
	for _, p := range h.people {
		count = max(count, p.home+1)
	}
	for i := range count {
		h.homes = append(h.homes, m.id("household", h.index, i))
	}
}

// The day of an interviewer: three families, two hours each (domain.md 5).
var sittings = []time.Duration{9 * time.Hour, 12 * time.Hour, 14*time.Hour + 30*time.Minute}

const (
	sitting     = 2 * time.Hour
	missionZone = 3 * 60 * 60 // seconds east of UTC
)

// timetable gives the case to one of the two interviewers, in turn, and finds its sitting.
func (m *maker) timetable(h *household) {
	before := 0
	for _, c := range m.plan.Cases {
		if c.Device != "" {
			before++
		}
	}
	h.device = LaptopA
	if before%2 == 1 {
		h.device = LaptopB
	}
	turn := before / 2
	day := m.day
	for left := turn / len(sittings); left > 0 || day.Weekday() == time.Sunday; {
		if day = day.AddDate(0, 0, 1); day.Weekday() != time.Sunday {
			left--
		}
	}
	zone := time.FixedZone("", missionZone)
	h.slot = m.id("slot", h.index)
	h.start = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone).Add(sittings[turn%len(sittings)])
}
