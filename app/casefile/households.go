package casefile

import (
	"context"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// drawHouseholds is the picture of who belongs together: a card per household, the older generations above the younger.
func (p *place) drawHouseholds() {
	t, v := p.s.Texts, p.view
	add := ui.NewPrimary(t.T("casefile.person.add"), p.addPerson)
	p.anchor("person:add", add)
	more := ui.NewQuiet("add", t.T("casefile.household.add"), p.addHousehold)
	p.anchor("household:add", more)
	reference := t.T("casefile.age.as_of_today", "Date", longDay(t, v.day))
	if v.interviewDay {
		reference = t.T("casefile.age.as_of_interview", "Date", longDay(t, v.day))
	}
	p.body.Add(ui.Flow(theme.SizeGap, add, more))
	homes := v.picture()
	if len(homes) == 0 {
		p.body.Add(ui.EmptyState("household", t.T("casefile.household.none.title"), t.T("casefile.household.none.text"), nil))
	}
	for i, home := range homes {
		p.body.Add(p.householdCard(home, i))
	}
	p.body.Add(ui.Muted(reference))
}

func (p *place) householdCard(home household, number int) fyne.CanvasObject {
	t := p.s.Texts
	title := t.T("casefile.household.loose")
	explanation := t.T("casefile.household.loose_text")
	var actions []fyne.CanvasObject
	if home.record != nil {
		id := home.record.ID()
		title, explanation = homeName(t, home.record, number), t.N("casefile.household.count", home.count)
		edit := ui.NewQuiet("edit", t.T("casefile.household.edit"), func() { p.editHousehold(id, "") })
		p.anchor("household:"+id.String(), edit)
		actions = append(actions, edit)
		if home.count == 0 {
			remove := ui.NewQuiet("remove", t.T("casefile.remove"), func() { p.remove("household", id, t.T("casefile.household.removed")) })
			p.anchor("household:remove:"+id.String(), remove)
			actions = append(actions, remove)
		}
	}
	parts := []fyne.CanvasObject{ui.SectionHeader(title, explanation, actions...)}
	for _, row := range home.generations {
		cards := &fyne.Container{Layout: &cardsLayout{}}
		for _, person := range row.persons {
			card := p.personCard(person)
			p.anchor("person:"+person.ID().String(), card)
			cards.Add(card)
		}
		if len(home.generations) > 1 {
			parts = append(parts, ui.Stack(theme.SizeGapTight, ui.Muted(t.T("casefile.generation."+generationName(row.level))), cards))
		} else {
			parts = append(parts, cards)
		}
	}
	if home.count == 0 {
		parts = append(parts, ui.Muted(t.T("casefile.household.empty")))
	}
	return ui.Card(parts...)
}

func generationName(level int) string {
	switch {
	case level <= -2:
		return "grandparents"
	case level == -1:
		return "parents"
	case level == 0:
		return "own"
	case level == 1:
		return "children"
	}
	return "grandchildren"
}

// personCard shows one person with what the interviewer must know at a glance. Enter or a tap opens the side panel.
func (p *place) personCard(person *workspace.Record) *ui.TapCard {
	t, v := p.s.Texts, p.view
	id := person.ID()
	name := nameOf(t, person)
	languages := labelOf(t, "language", person.Text("mother_tongue"))
	if wanted := person.Text("interpreter_language_1"); wanted != "" && wanted != person.Text("mother_tongue") {
		languages = t.T("casefile.person.languages", "Mother", languages, "Interpreter", labelOf(t, "language", wanted))
	}
	age := v.ageOf(t, person)
	switch person.Text("birth_certainty") {
	case "estimated", "disputed":
		age = t.T("casefile.age.certainty", "Age", age, "Certainty", labelOf(t, "birth_certainty", person.Text("birth_certainty")))
	}
	words := ui.Stack(theme.SizeGapTight,
		names(name, person.Text("name_native_script")),
		ui.Muted(joined(labelOf(t, "relation_to_pa", person.Text("relation_to_pa")), labelOf(t, "sex", person.Text("sex")))),
		ui.Muted(age),
	)
	if languages != "" {
		words.Add(ui.Muted(languages))
	}
	badges := ui.Flow(theme.SizeGapTight, p.talkBadge(id))
	switch present := person.Text("present_at_interview"); present {
	case "":
	case "yes":
		badges.Add(ui.NewBadge(ui.Neutral, "ok", labelOf(t, "present_at_interview", present)))
	default:
		badges.Add(ui.NewBadge(ui.Warning, "warning", labelOf(t, "present_at_interview", present)))
	}
	if left := person.Text("left_case"); left != "" {
		badges.Add(ui.NewBadge(ui.Neutral, "close", labelOf(t, "left_case", left)))
	}
	if n := len(v.problemsOf(id)); n > 0 {
		badges.Add(ui.NewBadge(ui.Warning, "missing", t.N("casefile.person.missing", n)))
	}
	if n := len(person.Conflicts()); n > 0 {
		badges.Add(ui.NewBadge(ui.Warning, "conflicts", t.N("casefile.conflicts", n)))
	}
	return ui.NewTapCard(t.T("casefile.person.open", "Name", name), func() { p.editPerson(id, "") }, ui.Stack(theme.SizeGap, words, badges))
}

func (p *place) talkBadge(person uuid.UUID) fyne.CanvasObject {
	t := p.s.Texts
	all, state := p.view.talksOf(person)
	switch state {
	case talkReady:
		return ui.NewBadge(ui.Success, "ok", t.T("casefile.talk.ready"))
	case talkBegun:
		for _, one := range all {
			if progress, ok := p.view.progress[one.ID()]; ok && one.Reference("about") == person && progress.Relevant > 0 {
				return ui.NewBadge(ui.Info, "interview", t.T("casefile.talk.begun_progress", "Done", progress.Answered, "All", progress.Relevant))
			}
		}
		return ui.NewBadge(ui.Info, "interview", t.T("casefile.talk.begun"))
	default:
		return ui.NewBadge(ui.Neutral, "interview", t.T("casefile.talk.none"))
	}
}

func (p *place) addHousehold() {
	id, err := uuid.NewV7()
	if err != nil {
		p.s.Fault(err)
		return
	}
	target := workspace.Target{Type: "household", ID: id, Case: p.id, Subject: p.id}
	name := p.s.Texts.T("casefile.household.number", "Number", len(p.view.file.Households())+1)
	p.writes.add(func(ctx context.Context) error {
		_, err := p.s.WS.Set(ctx, target, map[string]domain.Answer{"case": domain.TextAnswer(p.id.String()), "name": domain.TextAnswer(name)})
		return err
	}, func(err error) {
		if err == nil {
			p.readThen(func() { p.editHousehold(id, "") })
		}
	})
}

// remove takes an object away and offers to bring it back.
func (p *place) remove(kind domain.Type, id uuid.UUID, words string) {
	target := workspace.Target{Type: kind, ID: id, Case: p.id}
	p.side.closeOn(id)
	p.writes.add(func(ctx context.Context) error { return p.s.WS.Remove(ctx, target) }, func(err error) {
		if err != nil {
			return
		}
		p.undo.offer(words, func() {
			p.writes.add(func(ctx context.Context) error { return p.s.WS.Restore(ctx, target) }, func(error) { p.load() })
		})
		p.load()
	})
}
