package casefile

import (
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/household"
	"feltbok/internal/workspace"
)

// newMember opens an empty sheet for a person who joins the household of another one. also gives what is written together with the new
// person, once all is typed.
func (p *place) newMember(beside uuid.UUID, title string, also func(id uuid.UUID, answers map[string]domain.Answer) []household.Write) *sheet {
	id, err := uuid.NewV7()
	if err != nil {
		p.s.Fault(err)
		return nil
	}
	t := p.s.Texts
	s := p.newSheet(workspace.Target{Type: "person", ID: id, Case: p.id}, nil)
	s.title = func(r *workspace.Record) string {
		if r == nil {
			return title
		}
		return nameOf(t, r)
	}
	s.more = p.personMore
	s.refused = func() (string, string) { return p.nameless(s) }
	s.also = func() []workspace.Write {
		change := p.planner().NewMember(t.T("household.size_reason"))
		change.Writes = append(change.Writes, also(id, s.answers)...)
		return p.writesOf(change)
	}
	p.personFields(s)
	if other := p.view.file.Person(beside); other != nil {
		s.preset("household", domain.TextAnswer(other.Text("household")))
		for _, field := range []string{"nationalities", "mother_tongue", "interpreter_language_1"} {
			if s.bound(field) != nil && other.Answer(field).HasValue() {
				s.preset(field, domain.Answer{Value: other.Answer(field).Value, Source: domain.FromFamily})
			}
		}
	}
	return s
}

// preset puts an answer into a new object that can still be changed.
func (s *sheet) preset(name string, answer domain.Answer) {
	if b := s.bound(name); b != nil && answer.HasValue() {
		s.answers[name] = answer
		b.put(answer)
	}
}

// nameless refuses a person without any name.
func (p *place) nameless(s *sheet) (string, string) {
	for _, name := range []string{"given_names", "family_name", "name_native_script"} {
		if s.answers[name].HasValue() {
			return "", ""
		}
	}
	return "given_names", p.s.Texts.T("domain.rule.NAME_MISSING")
}

// addPartner opens a sheet for the new partner of somebody.
func (p *place) addPartner(of uuid.UUID) {
	t := p.s.Texts
	s := p.newMember(of, t.T("household.partner.title", "Name", nameOf(t, p.view.file.Person(of))), func(id uuid.UUID, _ map[string]domain.Answer) []household.Write {
		relation, err := uuid.NewV7()
		if err != nil {
			p.s.Fault(err)
			return nil
		}
		return []household.Write{household.Partner(relation, of, id)}
	})
	if s == nil {
		return
	}
	s.preset("relation_to_pa", domain.TextAnswer(p.planner().RoleOfPartner(of)))
	p.side.show(s.ready(), "")
}

// addChild opens a sheet for a child of somebody; born on the mission, or one who was not listed. Who the other parent is is asked, never
// guessed.
func (p *place) addChild(parent uuid.UUID, born bool) {
	t := p.s.Texts
	title := "household.child.title"
	if born {
		title = "household.born.title"
	}
	planner := p.planner()
	partners := planner.Partners(parent)
	other := ui.NewChips(nil, false)
	parents := func() []uuid.UUID {
		both := []uuid.UUID{parent}
		if id, err := uuid.Parse(strings.Join(other.Chosen(), "")); err == nil {
			both = append(both, id)
		}
		return both
	}
	var s *sheet
	s = p.newMember(parent, t.T(title, "Name", nameOf(t, p.view.file.Person(parent))), func(id uuid.UUID, answers map[string]domain.Answer) []household.Write {
		var writes []household.Write
		for _, one := range parents() {
			relation, err := uuid.NewV7()
			if err != nil {
				p.s.Fault(err)
				return nil
			}
			writes = append(writes, household.Child(relation, one, id))
		}
		if !answers["relation_to_pa"].HasValue() {
			if role := planner.RoleOfChild(parents(), answers["sex"].Text()); role != "" {
				s.answers["relation_to_pa"] = domain.TextAnswer(role)
			}
		}
		return writes
	})
	if s == nil {
		return
	}
	if born {
		s.preset("birth", domain.TextAnswer(p.s.Now().Format("2006-01-02")))
		s.preset("birth_certainty", domain.TextAnswer("exact"))
		s.preset("present_at_interview", domain.TextAnswer("yes"))
		s.above.Add(ui.Muted(t.T("household.born.text")))
	}
	if len(partners) > 0 {
		var options []ui.Choice
		for _, id := range partners {
			options = append(options, ui.Choice{Code: id.String(), Label: nameOf(t, p.view.file.Person(id))})
		}
		other.SetOptions(append(options, ui.Choice{Code: "none", Label: t.T("household.child.no_other")}))
		other.OnEscape = p.side.dismiss
		s.above.Add(ui.NewField(t.T("household.child.other"), other))
	}
	p.side.show(s.ready(), "")
}

// editMinor opens what is recorded about a child without parents, or begins it.
func (p *place) editMinor(child uuid.UUID) {
	t := p.s.Texts
	person := p.view.file.Person(child)
	if person == nil {
		return
	}
	record := p.view.file.Single("minor", child)
	target := workspace.Target{Type: "minor", ID: domain.SingletonID(child, "minor"), Case: p.id, Subject: child}
	if record != nil {
		target.ID = record.ID()
	}
	s := p.newSheet(target, record)
	s.title = func(*workspace.Record) string { return t.T("household.minor.title", "Name", nameOf(t, person)) }
	s.refused = func() (string, string) {
		if !s.answers["confirmed_unaccompanied"].HasValue() {
			return "confirmed_unaccompanied", t.T("household.minor.needed")
		}
		return "", ""
	}
	s.chips("confirmed_unaccompanied", p.codes("yes_no"))
	s.date("status_date")
	s.pick("accompanying_person", p.people, p.personLabel)
	s.text("accompanying_named")
	s.text("relation_to_accompanying")
	s.chips("relation_documented", p.codes("yes_no"))
	s.chips("care_by_accompanying_now", p.codes("yes_no"))
	s.chips("wish_to_live_with", p.codes("yes_no"))
	s.withMissing(s.chips("parents_alive", nil))
	s.text("parents_where")
	s.withMissing(s.text("guardian_abroad_name"))
	s.text("guardian_abroad_role")
	s.text("guardian_abroad_office")
	s.chips("best_interest_document", nil)
	s.chips("care_arrangement_suggestion", nil)
	s.more = func(*workspace.Record) []fyne.CanvasObject {
		return []fyne.CanvasObject{ui.Muted(t.T("household.minor.agency." + p.agency(person))), ui.Muted(t.T("household.minor.sealed"))}
	}
	if record == nil {
		s.preset("status_date", domain.TextAnswer(p.s.Now().Format("2006-01-02")))
	}
	p.side.show(s.ready(), "")
}
