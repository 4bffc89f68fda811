package casefile

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/household"
	"feltbok/internal/kinship"
	"feltbok/internal/workspace"
)

const fyneCardRadius = fynetheme.SizeNameCardRadius

// personCard shows one person with what the interviewer must know at a glance, and nothing that the family may not see: only
// compartment case is read. Enter or a tap opens the side panel.
func (p *place) personCard(person *workspace.Record, at kinship.Card, level detail) *ui.DragCard {
	t := p.s.Texts
	id := person.ID()
	name := ui.Strong(givenName(p, person))
	name.Shorten = true
	words := ui.Stack(theme.SizeGapTight, name)
	if native := person.Text("name_native_script"); native != "" && level > overview {
		own := ui.NewText(native)
		own.Color, own.Shorten, own.Align = theme.ColorMuted, true, ui.AlignLeft
		words.Add(own)
	}
	age := p.view.ageOf(t, person)
	if certainty := person.Text("birth_certainty"); level > overview && (certainty == "estimated" || certainty == "disputed") {
		age = t.T("casefile.age.certainty", "Age", age, "Certainty", labelOf(t, "birth_certainty", certainty))
	}
	words.Add(ui.Muted(age))
	if level == overview {
		role := ui.Muted(labelOf(t, "relation_to_pa", person.Text("relation_to_pa")))
		role.Wrap, role.Shorten = false, true
		words.Add(role)
	} else {
		words.Add(ui.Muted(joined(labelOf(t, "relation_to_pa", person.Text("relation_to_pa")), labelOf(t, "sex", person.Text("sex")))))
	}
	if level == full {
		languages := labelOf(t, "language", person.Text("mother_tongue"))
		if wanted := person.Text("interpreter_language_1"); wanted != "" && wanted != person.Text("mother_tongue") {
			languages = t.T("casefile.person.languages", "Mother", languages, "Interpreter", labelOf(t, "language", wanted))
		}
		if languages != "" {
			words.Add(ui.Muted(languages))
		}
	}
	if place := person.Text("whereabouts"); place != "" && level > overview {
		words.Add(ui.Muted(place))
	}
	if badges := p.cardBadges(person, at.State, level); len(badges) > 0 {
		words.Add(ui.Flow(theme.SizeGapTight, badges...))
	}
	card := ui.NewDragCard(t.T("casefile.person.open", "Name", nameOf(t, person)), func() { p.editPerson(id, "") }, words)
	if level == overview {
		card.Tighten()
	}
	card.OnMenu = func() { p.personMenu(id) }
	card.OnKey = func(key fyne.KeyName) bool { return p.familyKey(id, key) }
	card.OnRune = func(r rune) { p.familyRune(id, r) }
	card.OnDrag = func(at fyne.Position) { p.pull(id, at) }
	card.OnDrop = func(at fyne.Position) { p.letGo(id, at) }
	return card
}

// givenName is what a person is called in the picture: the family name is mostly the same on all cards.
func givenName(p *place, person *workspace.Record) string {
	for _, field := range []string{"name_called", "given_names"} {
		if name := person.Text(field); name != "" {
			return name
		}
	}
	return nameOf(p.s.Texts, person)
}

// cardBadges are where the person is, what changed since UNHCR's list, and what is open: always a picture and a word.
func (p *place) cardBadges(person *workspace.Record, state kinship.State, level detail) []fyne.CanvasObject {
	t, v := p.s.Texts, p.view
	var badges []fyne.CanvasObject
	add := func(badge fyne.CanvasObject) { badges = append(badges, badge) }
	switch state {
	case kinship.Dead, kinship.Missing, kinship.Gone:
		icon := map[kinship.State]string{kinship.Dead: "close", kinship.Missing: "help", kinship.Gone: "forward"}[state]
		add(ui.NewBadge(ui.Neutral, icon, labelOf(t, "left_case", person.Text("left_case"))))
	case kinship.Elsewhere:
		present := person.Text("present_at_interview")
		if present == "" || present == "yes" || level == overview {
			add(ui.NewBadge(ui.Warning, "travel", t.T("household.elsewhere")))
		} else {
			add(ui.NewBadge(ui.Warning, "travel", labelOf(t, "present_at_interview", present)))
		}
	default:
		if person.Text("present_at_interview") == "yes" && level > overview {
			add(ui.NewBadge(ui.Neutral, "ok", labelOf(t, "present_at_interview", "yes")))
		}
	}
	if minor := v.file.Single("minor", person.ID()); minor != nil && minor.Answer("confirmed_unaccompanied").Bool() {
		add(ui.NewBadge(ui.Info, "flag", t.T("household.minor."+p.agency(person))))
	}
	if since := household.SinceRRF(person, v.listed[person.ID()]); len(v.listed) > 0 && since != "" && level > overview {
		add(ui.NewBadge(ui.Info, map[string]string{"new": "add", "changed": "edit"}[since], t.T("household.since."+since)))
	}
	if level == full {
		add(p.talkBadge(person.ID()))
	}
	if n := len(v.problemsOf(person.ID())); n > 0 && level > overview {
		add(ui.NewBadge(ui.Warning, "missing", t.N("casefile.person.missing", n)))
	}
	if n := len(person.Conflicts()); n > 0 {
		add(ui.NewBadge(ui.Warning, "conflicts", t.N("casefile.conflicts", n)))
	}
	return badges
}

// agency is who is responsible for an unaccompanied minor of that age (domain.md 9): Bufetat below 15, IMDi from there to 17.
func (p *place) agency(person *workspace.Record) string {
	birth, err := domain.ParsePartialDate(person.Text("birth"))
	switch {
	case err != nil:
		return "unclear"
	case domain.UnaccompaniedBufetat.In(birth, p.view.day) == domain.Inside:
		return "bufetat"
	case domain.UnaccompaniedIMDi.In(birth, p.view.day) == domain.Inside:
		return "imdi"
	}
	return "unclear"
}
