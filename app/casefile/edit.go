package casefile

import (
	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// editPerson opens a person in the side panel, at a field if one is named.
func (p *place) editPerson(id uuid.UUID, field string) {
	record := p.view.file.Person(id)
	if record == nil {
		return
	}
	s := p.newSheet(workspace.Target{Type: "person", ID: id, Case: p.id}, record)
	s.title = func(r *workspace.Record) string { return nameOf(p.s.Texts, r) }
	p.personFields(s)
	s.more = p.personMore
	p.side.show(s.ready(), field)
}

// addPerson opens an empty sheet for a person; the household of the principal applicant is put in, for most join that one.
func (p *place) addPerson() {
	if p.view == nil || !p.may("person") {
		return
	}
	id, err := uuid.NewV7()
	if err != nil {
		p.s.Fault(err)
		return
	}
	if d := p.side.sheet; d != nil && d.draft() && d.target.Type == "person" && d.written() { // one after the other
		d.then = p.addPerson
		d.save()
		return
	}
	t := p.s.Texts
	s := p.newSheet(workspace.Target{Type: "person", ID: id, Case: p.id}, nil)
	s.title = func(r *workspace.Record) string {
		if r == nil {
			return t.T("casefile.person.add")
		}
		return nameOf(t, r)
	}
	s.more = p.personMore
	s.refused = func() (string, string) { return p.nameless(s) }
	p.personFields(s)
	if homes := p.homes(); len(homes) > 0 {
		s.preset("household", domain.TextAnswer(homes[0].Code))
	}
	p.side.show(s.ready(), "")
}

// personFields are the core fields: what the household picture and every interview stand on. The rest is asked in the interview.
func (p *place) personFields(s *sheet) {
	s.text("given_names")
	s.text("family_name")
	s.text("name_native_script")
	p.watchNames(s)
	s.chips("sex", nil)
	s.withMissing(s.date("birth"))
	s.chips("birth_certainty", nil)
	s.pick("relation_to_pa", nil, nil)
	if len(p.view.file.Households()) > 0 {
		s.chips("household", p.homes())
	}
	s.chips("present_at_interview", nil)
	s.text("whereabouts")
	s.withMissing(s.picks("nationalities"))
	s.chips("stateless", p.codes("yes_no"))
	s.withMissing(s.pick("mother_tongue", nil, nil))
	s.withMissing(s.pick("interpreter_language_1", nil, nil))
	s.withMissing(s.pick("civil_status", nil, nil))
	s.text("name_called")
	s.text("unhcr_individual_no")
	s.text("duf_no")
}

// personMore stands below the fields: the person's interviews, and taking the person out of the case.
func (p *place) personMore(person *workspace.Record) []fyne.CanvasObject {
	t, v := p.s.Texts, p.view
	id := person.ID()
	parts := []fyne.CanvasObject{ui.SectionHeader(t.T("casefile.section.interviews"), "")}
	all, _ := v.talksOf(id)
	for _, one := range all {
		parts = append(parts, p.interviewRow(one))
	}
	if p.may("interview") {
		parts = append(parts, p.startButton(person, true))
	}
	if p.may("person") {
		remove := ui.NewQuiet("remove", t.T("casefile.person.remove"), func() {
			ui.Confirm(p.s.Window, t, ui.Question{
				Title: t.T("casefile.person.remove_title"), Text: t.T("casefile.person.remove_text"), Yes: t.T("casefile.remove"), Danger: true,
				OnYes: func(string) { p.remove("person", id, t.T("casefile.person.removed")) },
			})
		})
		parts = append(parts, ui.Row(theme.SizeGap, remove, ui.Spacer()))
	}
	return parts
}

// may tells whether this user may make and remove objects of a type.
func (p *place) may(kind domain.Type) bool { return p.s.WS.Me().Role.MayCreate(kind) }

// editHousehold opens a household in the side panel.
func (p *place) editHousehold(id uuid.UUID, field string) {
	record := p.view.file.Get(id)
	if record == nil {
		return
	}
	s := p.newSheet(workspace.Target{Type: "household", ID: id, Case: p.id}, record)
	s.title = func(*workspace.Record) string { return p.s.Texts.T("casefile.household.edit") }
	s.text("name")
	s.text("absence_reason")
	s.area("note", 3)
	s.more = func(*workspace.Record) []fyne.CanvasObject {
		return []fyne.CanvasObject{ui.Muted(p.s.Texts.T("casefile.household.move_hint"))}
	}
	p.side.show(s.ready(), field)
}

// editCase opens the fields of the case that the field may correct.
func (p *place) editCase(field string) {
	if p.view == nil {
		return
	}
	s := p.newSheet(workspace.Target{Type: "case", ID: p.id, Case: p.id}, p.view.file.Case())
	s.title = func(*workspace.Record) string { return p.s.Texts.T("casefile.case.edit") }
	s.text("place_of_stay")
	s.pick("country_of_asylum", nil, nil)
	s.date("arrived_country_of_asylum")
	s.text("case_size_reason")
	s.chips("submission_priority", nil)
	s.chips("channel", nil)
	s.text("contact_channel")
	s.chips("contact_safe", p.codes("yes_no"))
	s.area("expectations", 4)
	s.text("unhcr_case_no")
	p.side.show(s.ready(), field)
}
