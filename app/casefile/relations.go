package casefile

import (
	"cmp"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// drawRelations lists who is what to whom, with what the rules say about it.
func (p *place) drawRelations() {
	t, v := p.s.Texts, p.view
	if p.may("relation") {
		add := ui.NewPrimary(t.T("casefile.relation.add"), func() { p.newRelation(uuid.Nil, "") })
		p.anchor("relation:add", add)
		p.body.Add(ui.Flow(theme.SizeGap, add))
	}
	for _, problem := range v.problems {
		switch problem.Rule {
		case "POLYGAMY", "PARENT_AGE", "PARENTS_ALIKE", "PARENTS_MANY", "RELATION_CIRCLE":
			p.body.Add(p.problemRow(problem))
		}
	}
	all := v.file.Relations()
	kinds := ui.Lists().Entries("relation_type") // spouses first, then parents: the order of the list
	place := func(r *workspace.Record) int {
		return slices.IndexFunc(kinds, func(e codelist.Entry) bool { return e.Code == r.Text("type") })
	}
	slices.SortStableFunc(all, func(a, b *workspace.Record) int {
		return cmp.Or(place(a)-place(b), strings.Compare(p.relationSentence(a), p.relationSentence(b)))
	})
	if len(all) == 0 {
		p.body.Add(ui.EmptyState("household", t.T("casefile.relation.none.title"), t.T("casefile.relation.none.text"), nil))
		return
	}
	rows := ui.Stack(theme.SizeGapWide)
	for _, relation := range all {
		rows.Add(p.relationRow(relation))
	}
	p.body.Add(ui.Card(rows.Objects...))
}

func (p *place) relationRow(relation *workspace.Record) fyne.CanvasObject {
	t, v := p.s.Texts, p.view
	id := relation.ID()
	sentence := p.relationSentence(relation)
	var facts []string
	if legal := relation.Text("legal"); legal != "" {
		facts = append(facts, labelOf(t, "relation_legal", legal))
	}
	for _, field := range []string{"care_responsibility", "documented"} {
		if relation.Text(field) == "yes" {
			facts = append(facts, fieldLabel(t, "relation", field))
		}
	}
	if together := relation.Text("living_together_in_norway"); together != "" {
		facts = append(facts, t.T("casefile.relation.together", "Answer", labelOf(t, "living_together", together)))
	}
	if until := relation.Text("until"); until != "" {
		facts = append(facts, t.T("casefile.relation.until", "Date", sayStored(t, until)))
	}
	words := ui.Stack(theme.SizeGapTight, ui.Paragraph(sentence))
	if len(facts) > 0 {
		words.Add(ui.Muted(joined(facts...)))
	}
	for _, problem := range v.problemsAt(id) {
		words.Add(ui.NewBadge(levelOf(problem.Severity), "", t.T("casefile.problem.short."+problem.Severity.String())))
		words.Add(ui.Muted(t.T(problem.Text(), problem.Pairs()...)))
	}
	if len(relation.Conflicts()) > 0 {
		words.Add(ui.NewBadge(ui.Warning, "conflicts", t.N("casefile.conflicts", len(relation.Conflicts()))))
	}
	edit := ui.NewIconButton("edit", t.T("casefile.relation.edit", "Relation", sentence), func() { p.editRelation(id, "") })
	p.anchor("relation:"+id.String(), edit)
	row := ui.Row(theme.SizeGap, ui.NewIcon("household", theme.ColorMuted), ui.Stretch(ui.Middle(words)), edit)
	if p.may("relation") {
		remove := ui.NewIconButton("remove", t.T("casefile.relation.remove", "Relation", sentence), func() { p.remove("relation", id, t.T("casefile.relation.removed")) })
		p.anchor("relation:remove:"+id.String(), remove)
		row.Add(remove)
	}
	return row
}

// relationSentence reads a relation the way it is stored: person_b is the type of person_a.
func (p *place) relationSentence(relation *workspace.Record) string {
	t, file := p.s.Texts, p.view.file
	a, b := file.Person(relation.Reference("person_a")), file.Person(relation.Reference("person_b"))
	kind := labelOf(t, "relation_type", relation.Text("type"))
	if kind == "" {
		kind = t.T("casefile.relation.unknown")
	}
	return t.T("casefile.relation.sentence", "B", nameOf(t, b), "A", nameOf(t, a), "Type", lowered(kind))
}

// newRelation opens a sheet for a relation to somebody, or to whom it will say; kind is a code of the list relation_type or "".
func (p *place) newRelation(to uuid.UUID, kind string) {
	if p.view == nil || !p.may("relation") {
		return
	}
	id, err := uuid.NewV7()
	if err != nil {
		p.s.Fault(err)
		return
	}
	if p.section != relations && to == uuid.Nil {
		p.choose(relations)
	}
	t := p.s.Texts
	s := p.newSheet(workspace.Target{Type: "relation", ID: id, Case: p.id}, nil)
	s.title = func(*workspace.Record) string { return t.T("casefile.relation.add") }
	s.refused = func() (string, string) {
		for _, name := range []string{"person_b", "type", "person_a"} {
			if !s.answers[name].HasValue() {
				return name, t.T("casefile.relation.needed")
			}
		}
		if s.answers["person_a"].Text() == s.answers["person_b"].Text() {
			return "person_a", t.T("domain.rule.RELATION_SELF")
		}
		return "", ""
	}
	p.relationFields(s)
	if to != uuid.Nil {
		s.preset("person_a", domain.TextAnswer(to.String()))
	}
	s.preset("type", value(kind))
	p.side.show(s.ready(), "")
}

func (p *place) editRelation(id uuid.UUID, field string) {
	record := p.view.file.Get(id)
	if record == nil {
		return
	}
	s := p.newSheet(workspace.Target{Type: "relation", ID: id, Case: p.id}, record)
	s.title = p.relationSentence
	p.relationFields(s)
	p.side.show(s.ready(), field)
}

func (p *place) relationFields(s *sheet) {
	s.pick("person_b", p.people, p.personLabel)
	s.pick("type", nil, nil)
	s.pick("person_a", p.people, p.personLabel)
	s.chips("legal", nil)
	s.chips("care_responsibility", p.codes("yes_no"))
	s.chips("documented", p.codes("yes_no"))
	s.chips("living_together_in_norway", nil)
	s.date("since")
	s.date("until")
}
