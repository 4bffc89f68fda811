package casefile

import (
	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// drawProblems lists what is missing or contradicts itself, the worst first, each with a way to where it is mended.
func (p *place) drawProblems() {
	t, v := p.s.Texts, p.view
	if len(v.problems) == 0 {
		p.body.Add(ui.EmptyState("ok", t.T("casefile.problem.none.title"), t.T("casefile.problem.none.text"), nil))
	} else {
		rows := []fyne.CanvasObject{ui.SectionHeader(t.T("casefile.problem.title"), t.T("casefile.problem.text"))}
		for _, problem := range v.problems {
			rows = append(rows, p.problemRow(problem))
		}
		p.body.Add(ui.Card(rows...))
	}
}

// parts are what is read of the case beyond compartment case: what the user has asked to see and nothing else, for the audit log
// says what was opened.
func (p *place) parts() []workspace.Part {
	var parts []workspace.Part
	switch {
	case p.special:
		parts = append(parts, workspace.Part{Compartment: domain.Special})
	case p.closed != nil && p.closed.person != uuid.Nil:
		parts = append(parts, workspace.Part{Compartment: domain.Special, About: p.closed.person})
	}
	if p.sealed != nil {
		parts = append(parts, workspace.Part{Compartment: domain.Sealed})
	}
	return parts
}

// offerSpecial draws what concerns compartment special once the user has asked for it. The button stands there for everybody who holds
// the compartment, whether there is anything behind it or not.
func (p *place) offerSpecial(draw func()) {
	if !p.s.WS.Holds(domain.Special) {
		return
	}
	if p.special {
		draw()
		return
	}
	button := ui.NewQuiet("more", p.s.Texts.T("casefile.special.show"), func() { p.special = true; p.load() })
	p.anchor("special", button)
	p.body.Add(ui.Row(theme.SizeGap, button, ui.Spacer()))
}

// problemRow is one problem: how grave, whom it concerns, the sentence, and a button to the field.
func (p *place) problemRow(problem domain.Problem) fyne.CanvasObject {
	t, v := p.s.Texts, p.view
	level := levelOf(problem.Severity)
	where := t.T("domain.type.case")
	record := v.file.Get(problem.Object)
	if record != nil {
		where = t.T("domain.type." + string(record.Type()))
		if record.Type() == "relation" {
			where = p.relationSentence(record)
		} else if record.Type() == "household" {
			where = sayReference(t, v.file, record.ID().String())
		} else if person := p.personOf(record); person != nil {
			where = nameOf(t, person)
		}
	}
	row := ui.Row(theme.SizeGap, ui.NewBadge(level, "", t.T("casefile.problem.short."+problem.Severity.String())),
		ui.Stretch(ui.Middle(ui.Stack("", ui.Strong(where), ui.Paragraph(t.T(problem.Text(), problem.Pairs()...))))))
	if record != nil {
		button := ui.NewButton(t.T("casefile.problem.go"), func() { p.mend(problem) })
		p.anchor("problem:"+problem.Rule+problem.Object.String()+problem.Field+string(problem.Type), button)
		row.Add(button)
	}
	return row
}

// personOf is the person that a record is, or is about.
func (p *place) personOf(record *workspace.Record) *workspace.Record {
	if record.Type() == "person" {
		return record
	}
	return p.view.file.Person(record.Subject())
}

// mend goes to where a problem is mended: the side panel for what it holds, else the interview that asks for it.
func (p *place) mend(problem domain.Problem) {
	record := p.view.file.Get(problem.Object)
	if record == nil {
		return
	}
	switch problem.Rule {
	case "X16": // an interview is missing
		p.choose(interviews)
		p.focusAnchor("start:" + problem.Object.String())
		return
	case "POLYGAMY", "PARENTS_ALIKE", "PARENTS_MANY", "RELATION_CIRCLE":
		p.choose(relations)
		p.focusAnchor("relation:add")
		return
	case "X1": // who is the principal applicant is said on the persons
		p.choose(households)
		p.focusAnchor("person:add")
		return
	}
	person := p.personOf(record)
	if person != nil && (problem.Rule == "MINOR_STATUS" || record.Type() == "minor") {
		p.editMinor(person.ID())
		return
	}
	asked := record.Type() != "person" && record.Type() != "relation" && record.Type() != "household" && record.Type() != "case"
	// X17 names in Type what is missing about the person.
	if person != nil && (asked || problem.Type != "" && problem.Type != record.Type()) && record.Type() != "interview" {
		talks, _ := p.view.talksOf(person.ID())
		for _, one := range talks {
			if one.Reference("about") == person.ID() {
				p.s.Go("interview", one.ID())
				return
			}
		}
		p.choose(interviews)
		return
	}
	p.goTo(problem.Object, problem.Field)
}
