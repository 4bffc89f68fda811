package schedule

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// Read takes the plan of a mission from a workspace. What the user may not read is missing, and the rules about it are silent. Wishes
// are not read; see [ReadWishes].
func Read(ctx context.Context, ws *workspace.Workspace, mission uuid.UUID) (*Plan, error) {
	p := &Plan{Mission: mission, Limits: Usual}
	for _, read := range []func(context.Context, *workspace.Workspace) error{p.readMission, p.readStaff, p.readFamilies, p.readSlots} {
		if err := read(ctx, ws); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// MissionOf is the mission whose plan a user sees first: the one that the machine works on, else the one that runs on a day
// (YYYY-MM-DD) or begins next, else the last. Zero when there is none.
func MissionOf(ctx context.Context, ws *workspace.Workspace, today string) (uuid.UUID, error) {
	if own := ws.Me().Mission; own != uuid.Nil {
		return own, nil
	}
	missions, err := ws.Missions(ctx)
	if err != nil || len(missions) == 0 {
		return uuid.Nil, err
	}
	for _, m := range missions {
		if m.Text("end_date") >= today {
			return m.ID(), nil
		}
	}
	return missions[len(missions)-1].ID(), nil
}

func (p *Plan) readMission(ctx context.Context, ws *workspace.Workspace) error {
	m, err := ws.Get(ctx, "mission", p.Mission)
	if err != nil || m == nil {
		return err
	}
	p.First, p.Last = m.Text("start_date"), m.Text("end_date")
	for _, agency := range []string{"UDI", Our, "PU", "PST"} { // the order of domain.md 1
		if slices.Contains(m.Answer("agencies").List(), agency) {
			p.Sequence = append(p.Sequence, agency)
		}
	}
	if n, ok := m.Answer("families_a_day").Int(); ok && n > 0 {
		p.Limits.Families = int(n)
	}
	p.Breaks = ParseBreaks(m.Answer("breaks").Rows())
	return nil
}

// ParseBreaks reads the rows of the mission's field breaks; rows without two times of day are left out.
func ParseBreaks(rows []map[string]string) []Break {
	var breaks []Break
	for _, row := range rows {
		b := Break{Kind: row["kind"]}
		var begins, ends bool
		b.Start, begins = ParseClock(row["start"])
		b.End, ends = ParseClock(row["end"])
		if !begins || !ends {
			continue
		}
		for _, digit := range row["weekdays"] {
			if digit >= '1' && digit <= '7' {
				b.Weekdays = append(b.Weekdays, time.Weekday((digit-'0')%7)) // ISO 8601 counts Sunday as 7
			}
		}
		breaks = append(breaks, b)
	}
	return breaks
}

func (p *Plan) readStaff(ctx context.Context, ws *workspace.Workspace) error {
	cards, err := ws.Objects(ctx, "staff_card", uuid.Nil)
	if err != nil {
		return err
	}
	for _, card := range cards {
		p.Interviewers = append(p.Interviewers, Interviewer{
			Card: card.ID(), Alias: card.Text("alias"), Role: card.Text("role"), Languages: card.Answer("languages").List(),
			Me: ws.IsMe(card.ID()),
		})
	}
	slices.SortStableFunc(p.Interviewers, func(a, b Interviewer) int { return strings.Compare(a.Alias, b.Alias) })
	interpreters, err := ws.Objects(ctx, "interpreter_card", uuid.Nil)
	if err != nil {
		return err
	}
	for _, card := range interpreters {
		p.Interpreters = append(p.Interpreters, Interpreter{
			Code: card.Text("code"), Languages: card.Answer("languages").List(), Dialects: card.Answer("dialects").List(),
			Gender: card.Text("gender"), Mode: card.Text("mode"),
		})
	}
	slices.SortStableFunc(p.Interpreters, func(a, b Interpreter) int { return strings.Compare(a.Code, b.Code) })
	return nil
}

func (p *Plan) readFamilies(ctx context.Context, ws *workspace.Workspace) error {
	cases, err := ws.MissionCases(ctx, p.Mission)
	if err != nil {
		return err
	}
	today := ws.Now()
	for _, one := range cases {
		p.Families = append(p.Families, family(one, today))
		if err := p.readInterest(ctx, ws, one.Case.ID()); err != nil {
			return err
		}
	}
	same, err := ws.Objects(ctx, "same_as", uuid.Nil)
	if err != nil {
		return err
	}
	for _, pair := range same {
		p.Same = append(p.Same, [2]uuid.UUID{pair.Reference("person_a"), pair.Reference("person_b")})
	}
	return nil
}

func family(one workspace.MissionCase, today time.Time) Family {
	f := Family{Case: one.Case.ID(), Number: one.Case.Text("unhcr_case_no"), Remote: one.Case.Text("channel") == "remote"}
	f.Urgent = map[string]int{"emergency": 2, "urgent": 1}[one.Case.Text("submission_priority")]
	switch one.Case.Text("status") {
	case "", "received", "scheduled", "in_interview", "postponed", "not_met":
		f.Interview = !strings.HasPrefix(one.Case.Text("channel"), "dossier")
	}
	for _, r := range one.Persons {
		if r.Answer("left_case").HasValue() {
			continue
		}
		birth, _ := domain.ParsePartialDate(r.Text("birth"))
		person := Person{ID: r.ID(), Household: r.Reference("household"), Alone: domain.IndividualInterview.In(birth, today) != domain.Outside, Dialect: r.Text("interpreter_dialect")}
		if domain.ChildGroup.In(birth, today) == domain.Inside {
			f.Children++
		}
		for _, field := range []string{"interpreter_language_1", "interpreter_language_2"} {
			if language := r.Text(field); language != "" {
				person.Languages = append(person.Languages, language)
			}
		}
		f.Persons = append(f.Persons, person)
	}
	return f
}

// readInterest reads who must not work on a case, and which interpreters it has turned down.
func (p *Plan) readInterest(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID) error {
	ties, err := ws.Objects(ctx, "disqualification", caseID)
	if err != nil {
		return err
	}
	for _, tie := range ties {
		p.Ties = append(p.Ties, Tie{Case: caseID, Interviewer: tie.Reference("staff_card"), Interpreter: tie.Text("interpreter")})
	}
	uses, err := ws.Objects(ctx, "interpreter_use", caseID)
	if err != nil {
		return err
	}
	for _, use := range uses {
		code := use.Text("interpreter_ref")
		switch tie := use.Text("tie"); {
		case code == "":
		case tie != "" && tie != "none":
			p.Ties = append(p.Ties, Tie{Case: caseID, Interpreter: code})
		case use.Text("person_accepts") == "no":
			p.Refusals = append(p.Refusals, Refusal{Case: caseID, Interpreter: code})
		}
	}
	return nil
}

func (p *Plan) readSlots(ctx context.Context, ws *workspace.Workspace) error {
	slots, err := ws.MissionSlots(ctx, p.Mission)
	if err != nil {
		return err
	}
	for _, one := range slots {
		if s, ok := slotOf(one); ok {
			p.Slots = append(p.Slots, s)
		}
	}
	p.Sort()
	return nil
}

func slotOf(one workspace.MissionSlot) (Slot, bool) {
	r := one.Slot
	s := Slot{
		ID: r.ID(), Agency: r.Text("agency"), Room: r.Text("room"), Interviewer: r.Reference("interviewer"), Interpreter: r.Text("interpreter"),
		Remote: r.Text("mode") == "remote", Sequence: r.Answer("agency_sequence").List(), Status: r.Text("status"), Reason: r.Text("reason"),
		Part: r.Text("part_of_family"), MovedTo: r.Reference("moved_to"), Conflict: len(r.Conflicts()) > 0,
	}
	if one.Join != nil {
		s.Case, s.Household = one.Join.Case(), one.Join.Reference("household")
		s.Conflict = s.Conflict || len(one.Join.Conflicts()) > 0
	}
	s.Began, _ = time.Parse(time.RFC3339, r.Text("actual_start"))
	s.Ended, _ = time.Parse(time.RFC3339, r.Text("actual_end"))
	var err error
	if s.Start, err = time.Parse(time.RFC3339, r.Text("start")); err != nil {
		return s, false
	}
	if s.End, err = time.Parse(time.RFC3339, r.Text("end")); err != nil {
		s.End = s.Start.Add(Usual.Usual)
	}
	return s, true
}

// ReadWishes adds to a plan what the families of some cases asked of the interpreter, and where the interpreters planned for them come
// from. That is of class P3: reading it goes on the audit log, so it is done when somebody asks for it and never to draw a page. A user
// without the ring reads nothing.
func ReadWishes(ctx context.Context, ws *workspace.Workspace, p *Plan, cases []uuid.UUID) (*Plan, error) {
	more := *p
	more.Wishes, more.Interpreters = nil, slices.Clone(p.Interpreters)
	for _, caseID := range cases {
		family := p.Family(caseID)
		if family == nil {
			continue
		}
		for _, person := range family.Persons {
			r, err := ws.Get(ctx, "person_special", domain.SingletonID(person.ID, "person_special"))
			if err != nil {
				return nil, err
			}
			if r == nil || !r.Answer("interpreter_wish").HasValue() && !r.Answer("interpreter_wish_not_country").HasValue() {
				continue
			}
			wish := Wish{Case: caseID, Person: person.ID, Codes: r.Answer("interpreter_wish").List(), NotCountry: r.Text("interpreter_wish_not_country")}
			of, err := ws.Get(ctx, "person", person.ID)
			if err != nil {
				return nil, err
			}
			if of != nil {
				wish.Own = append(slices.Clone(of.Answer("nationalities").List()), of.Answer("country_of_origin").List()...)
			}
			more.Wishes = append(more.Wishes, wish)
		}
	}
	if len(more.Wishes) == 0 {
		return &more, nil
	}
	return &more, more.readOrigins(ctx, ws, cases)
}

// readOrigins finds where the interpreters planned for some cases come from, as an earlier interview of the mission has noted.
func (p *Plan) readOrigins(ctx context.Context, ws *workspace.Workspace, cases []uuid.UUID) error {
	wanted := map[string]bool{}
	for _, s := range p.Slots {
		if slices.Contains(cases, s.Case) && s.Interpreter != "" {
			wanted[s.Interpreter] = true
		}
	}
	for _, family := range p.Families {
		uses, err := ws.Objects(ctx, "interpreter_use", family.Case)
		if err != nil {
			return err
		}
		for _, use := range uses {
			code := use.Text("interpreter_ref")
			if !wanted[code] {
				continue
			}
			origin, err := ws.Get(ctx, "interpreter_special", domain.SingletonID(use.ID(), "interpreter_special"))
			if err != nil {
				return err
			}
			if origin == nil || origin.Text("origin_country") == "" {
				continue
			}
			if p.Interpreter(code) == nil {
				p.Interpreters = append(p.Interpreters, Interpreter{Code: code})
			}
			p.Interpreter(code).Origin = origin.Text("origin_country")
			delete(wanted, code)
		}
	}
	return nil
}
