package casefile

import (
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

// drawNeeds sums up, to read only, whom the family knows in Norway and what settlement must arrange: consequences, never a
// diagnosis. Answers are given in the interview.
func (p *place) drawNeeds() {
	t, v := p.s.Texts, p.view
	p.body.Add(ui.Muted(t.T("casefile.needs.read_only")))
	rows := ui.Stack(theme.SizeGapWide)
	for _, person := range v.file.Persons() {
		for _, one := range v.file.Rows("network", person.ID()) {
			rows.Add(p.networkRow(person, one))
		}
	}
	if len(rows.Objects) == 0 {
		rows.Add(ui.Muted(t.T("casefile.network.none")))
	}
	p.body.Add(ui.Card(ui.SectionHeader(t.T("casefile.network.title"), ""), rows))

	var facts []ui.KeyValue
	for _, person := range v.file.Persons() {
		var parts []string
		if dwelling := v.file.Single("dwelling_need", person.ID()); dwelling != nil {
			for _, code := range dwelling.Answer("dwelling_needs").List() {
				parts = append(parts, labelOf(t, "dwelling_needs", code))
			}
			parts = append(parts, dwelling.Text("dwelling_needs_other"))
		}
		if daily := v.file.Single("daily_life_need", person.ID()); daily != nil {
			parts = append(parts, daily.Text("daily_life_summary"))
		}
		if words := joined(parts...); words != "" {
			facts = append(facts, ui.KeyValue{Key: nameOf(t, person), Value: words})
		}
	}
	p.body.Add(p.factsCard("casefile.needs.title", "casefile.needs.none", facts))

	var wishes []ui.KeyValue
	for _, person := range v.file.Persons() {
		wish := v.file.Single("wish", person.ID())
		if wish == nil {
			continue
		}
		if words := joined(wish.Text("work_wish"), wish.Text("education_wish"), wish.Text("place_wish")); words != "" {
			wishes = append(wishes, ui.KeyValue{Key: nameOf(t, person), Value: words})
		}
	}
	p.body.Add(p.factsCard("casefile.wishes.title", "casefile.wishes.none", wishes))
	p.offerClosed()
}

func (p *place) factsCard(title, none string, facts []ui.KeyValue) *ui.Panel {
	t := p.s.Texts
	if len(facts) == 0 {
		return ui.Card(ui.SectionHeader(t.T(title), ""), ui.Muted(t.T(none)))
	}
	return ui.Card(ui.SectionHeader(t.T(title), ""), ui.KeyValues(facts...))
}

func (p *place) networkRow(person, one *workspace.Record) *ui.Panel {
	t := p.s.Texts
	who := joined(one.Text("relation"), one.Text("name"))
	if who == "" {
		who = labelOf(t, "network_kind", one.Text("kind"))
	}
	near := ui.Flow(theme.SizeGapTight)
	switch one.Text("want_to_live_near") {
	case "yes":
		near.Add(ui.NewBadge(ui.Success, "ok", t.T("casefile.network.near")))
	case "no":
		near.Add(ui.NewBadge(ui.Neutral, "", t.T("casefile.network.not_important")))
	}
	if one.Text("family_reunification_pending") == "yes" {
		near.Add(ui.NewBadge(ui.Info, "info", t.T("casefile.network.reunification")))
	}
	row := ui.Stack(theme.SizeGapTight, ui.Strong(who),
		ui.Muted(joined(t.T("casefile.network.of", "Name", nameOf(t, person)), labelOf(t, "network_kind", one.Text("kind")), labelOf(t, "municipality", one.Text("municipality")))))
	if len(near.Objects) > 0 {
		row.Add(near)
	}
	return ui.NewPanel("", row)
}
