package dayplan

import (
	"strings"

	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/schedule"
)

// columnTitle names a column.
func (p *place) columnTitle(key string) string {
	t := p.s.Texts
	if key == "" {
		return t.T("dayplan.none." + string(p.m.axis))
	}
	if p.m.axis == byInterviewer {
		card, _ := uuid.Parse(key)
		return p.alias(card)
	}
	if p.m.axis == byAgency {
		return ui.Lists().Label("agencies", key, t.Lang())
	}
	return key
}

// alias is what an interviewer is called on the plan.
func (p *place) alias(card uuid.UUID) string {
	if who := p.m.plan.Interviewer(card); who != nil && who.Alias != "" {
		return who.Alias
	}
	return p.s.Texts.T("dayplan.none.interviewer")
}

// number is the reference of the slot's case.
func (p *place) number(s schedule.Slot) string {
	if f := p.m.plan.Family(s.Case); f != nil {
		return f.Number
	}
	return p.s.Texts.T("dayplan.nobody")
}

// slotWords is what stands on a slot: first when and who, then what is special, then people and places.
func (p *place) slotWords(b *block) (lines []string, icon string, level ui.Level) {
	t, s := p.s.Texts, b.slot
	lines = []string{s.Hours() + "  " + p.number(s)}
	icon, level = statusLook(s.Status)
	var special []string
	if s.Status != "" && s.Status != schedule.Planned {
		special = append(special, ui.Lists().Label("slot_status", s.Status, t.Lang()))
	}
	if s.Conflict {
		special = append(special, t.T("dayplan.conflict"))
		icon, level = "conflicts", ui.Warning
	}
	if n := b.warnings(); n > 0 {
		special = append(special, t.N("dayplan.warnings", n))
		icon, level = "warning", ui.Warning
		if b.worst() == domain.Error {
			icon, level = "error", ui.Error
		}
	}
	if s.Part != "" {
		special = append(special, t.T("dayplan.part"))
	}
	if s.Remote {
		special = append(special, ui.Lists().Label("slot_mode", "remote", t.Lang()))
	}
	if !s.Ours() && p.m.axis != byAgency {
		special = append(special, ui.Lists().Label("agencies", s.Agency, t.Lang()))
	}
	if len(special) > 0 {
		lines = append(lines, strings.Join(special, " · "))
	}
	var where []string
	if p.m.axis != byRoom && s.Room != "" {
		where = append(where, s.Room)
	}
	if p.m.axis != byInterviewer && s.Interviewer != uuid.Nil {
		where = append(where, p.alias(s.Interviewer))
	}
	if s.Interpreter != "" {
		where = append(where, s.Interpreter)
	}
	if len(where) > 0 {
		lines = append(lines, strings.Join(where, " · "))
	}
	if f := p.m.plan.Family(s.Case); f != nil {
		lines = append(lines, p.persons(f))
	}
	return lines, icon, level
}

// persons counts a family.
func (p *place) persons(f *schedule.Family) string {
	t := p.s.Texts
	words := t.N("today.persons", len(f.Persons))
	if f.Children > 0 {
		words = t.T("today.persons_and_children", "Persons", words, "Children", t.N("today.children", f.Children))
	}
	return words
}

func statusLook(status string) (icon string, level ui.Level) {
	switch status {
	case schedule.Started:
		return "interview", ui.Info
	case schedule.Done:
		return "ok", ui.Success
	case schedule.NoShow, schedule.Cancelled:
		return "close", ui.Neutral
	case schedule.Moved:
		return "forward", ui.Neutral
	}
	return "", ui.Info
}
