package schedule

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// Team is an interviewer with the room that the interviewer works in.
type Team struct {
	Interviewer uuid.UUID
	Room        string
}

// Spreading says within what families without a time are given one.
type Spreading struct {
	// Days to fill, as YYYY-MM-DD, in order.
	Days []string
	// From and To are the working day at local time, Zone the offset of that time.
	From, To Clock
	Zone     *time.Location
	Length   time.Duration
	Teams    []Team
	// New makes identifiers.
	New func() uuid.UUID
}

// Step is the grid of times that slots are put on.
const Step = 15 * time.Minute

// Left is a family for which no time was found, and the rule that stood most in the way: "SLOT_OUTSIDE" when the days are full.
type Left struct {
	Family Family
	Why    string
}

// Spread finds times for the families that have none, the urgent ones first: the earliest time at which an interviewer, the room
// and an interpreter of their language are free and nothing speaks against it. It changes nothing: the plan that comes back holds
// the proposed slots besides the old ones. An interpreter is left open where none is known to speak the language. The same plan
// and days give the same proposal.
func (p *Plan) Spread(s Spreading) (filled *Plan, proposed []Slot, left []Left) {
	filled = p
	for _, family := range p.Unscheduled() {
		slot, why := filled.place(family, s)
		if why != "" {
			left = append(left, Left{family, why})
			continue
		}
		slot.ID = s.New()
		filled = filled.With(slot)
		proposed = append(proposed, slot)
	}
	return filled, proposed, left
}

// place finds the earliest time for a family, of several at that time the interviewer with the least to do that day.
func (p *Plan) place(family Family, s Spreading) (best Slot, why string) {
	why = "SLOT_OUTSIDE"
	for _, day := range s.Days {
		for at := s.From; at+Clock(s.Length.Minutes()) <= s.To; at += Clock(Step.Minutes()) {
			least, found := time.Duration(0), false
			for _, team := range s.Teams {
				slot := Slot{
					Start: at.On(day, s.Zone), Room: team.Room, Interviewer: team.Interviewer, Case: family.Case, Sequence: p.Sequence,
					Status: Planned, Remote: family.Remote,
				}
				slot.End = slot.Start.Add(s.Length)
				slot, hinder := p.manned(slot, family)
				if hinder != "" {
					why = hinder
					continue
				}
				if load, _ := p.load(team.Interviewer, day); !found || load.Time < least {
					best, least, found = slot, load.Time, true
				}
			}
			if found {
				return best, ""
			}
		}
	}
	return best, why
}

// manned gives the slot an interpreter and tells what speaks against it: the first rule of weight, or "".
func (p *Plan) manned(slot Slot, family Family) (_ Slot, hinder string) {
	if hinder = p.hinders(slot); hinder != "" && hinder != "INTERPRETER_MISSING" {
		return slot, hinder
	}
	if hinder == "" {
		return slot, "" // needs no interpreter
	}
	spoken := false
	for _, interpreter := range p.Interpreters {
		if !speaksWithAll(interpreter, family) {
			continue
		}
		spoken = true
		slot.Interpreter = interpreter.Code
		if hinder = p.hinders(slot); hinder == "" {
			return slot, ""
		}
	}
	if slot.Interpreter = ""; !spoken {
		return slot, ""
	}
	return slot, hinder
}

// hinders names the first rule of weight that a proposal would break; informations do not hinder, save that a pause must be kept.
func (p *Plan) hinders(slot Slot) string {
	if before, _ := p.load(slot.Interviewer, slot.Day()); before.Families >= p.Limits.Families {
		return "LOAD_FAMILIES"
	}
	if after, _ := p.With(slot).load(slot.Interviewer, slot.Day()); after.Over {
		return "LOAD_HOURS"
	}
	missing := ""
	for _, found := range p.Problems(slot) {
		switch {
		case found.Rule == "INTERPRETER_MISSING":
			missing = found.Rule
		case found.Severity > domain.Information || found.Rule == "SLOT_PAUSE":
			return found.Rule
		}
	}
	for _, other := range p.Slots { // the pause after it, which the later slot would tell
		gap := other.Start.Sub(slot.End)
		same := other.Interviewer == slot.Interviewer || slot.Interpreter != "" && other.Interpreter == slot.Interpreter
		if other.Holds() && same && gap >= 0 && gap < p.Limits.Pause {
			return "SLOT_PAUSE"
		}
	}
	return missing
}

// InterpreterFor is the code of the first interpreter who speaks with everybody in the slot's family and against whom nothing speaks at
// its time; empty when there is none.
func (p *Plan) InterpreterFor(slot Slot) string {
	family := p.Family(slot.Case)
	if family == nil {
		return ""
	}
	for _, interpreter := range p.Interpreters {
		slot.Interpreter = interpreter.Code
		if speaksWithAll(interpreter, *family) && !slices.ContainsFunc(p.Problems(slot), func(found domain.Problem) bool {
			return found.Field == "interpreter" && found.Severity > domain.Information
		}) {
			return interpreter.Code
		}
	}
	return ""
}

func speaksWithAll(interpreter Interpreter, family Family) bool {
	return !slices.ContainsFunc(family.Persons, func(person Person) bool {
		return person.Alone && len(person.Languages) > 0 && !intersects(person.Languages, interpreter.Languages)
	})
}
