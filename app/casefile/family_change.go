package casefile

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/household"
	"feltbok/internal/workspace"
)

// writesOf makes the writes of a plan ready for the workspace.
func (p *place) writesOf(change *household.Change) []workspace.Write {
	var writes []workspace.Write
	for _, w := range change.Writes {
		target := workspace.Target{Type: w.Type, ID: w.ID, Case: p.id, Subject: w.Subject}
		if w.Case != uuid.Nil {
			target.Case = w.Case
		}
		answers := w.Answers
		if p.s.WS.Me().HQ {
			answers = map[string]domain.Answer{}
			for name, answer := range w.Answers {
				if answer.HasValue() && !strings.HasPrefix(name, "_") {
					answer.Source = domain.FromHQ
				}
				answers[name] = answer
			}
		}
		writes = append(writes, workspace.Write{Target: target, Answers: answers})
	}
	return writes
}

// apply writes a change as one unit and offers to take it back; words say what was done.
func (p *place) apply(change *household.Change, words string) {
	unit := &workspace.Unit{Writes: p.writesOf(change)}
	p.writes.add(func(ctx context.Context) error {
		_, err := p.s.WS.SetUnit(ctx, unit)
		return err
	}, func(err error) {
		if err != nil {
			return
		}
		p.offerUndo(unit, words)
		p.load()
	})
}

// offerUndo offers to take back what was written as one unit.
func (p *place) offerUndo(unit *workspace.Unit, words string) {
	p.undo.offer(words, func() {
		p.writes.add(func(ctx context.Context) error {
			_, err := p.s.WS.Withdraw(ctx, unit.Lines(), false, nil)
			return err
		}, func(error) { p.load() })
	})
}

// refused says in a plain sentence why a change cannot be made; false when it can.
func (p *place) refused(err error) bool {
	if err == nil {
		return false
	}
	p.s.Notify(ui.Warning, p.s.Texts.T("household.refused."+err.Error()))
	return true
}

// preview shows what a change means, the warnings first, and makes it on yes.
func (p *place) preview(title, sentence string, change *household.Change) {
	t := p.s.Texts
	var dialog *ui.Dialog
	parts := ui.Stack(theme.SizeGapWide, ui.Paragraph(sentence))
	effects := slices.Clone(change.Effects)
	slices.SortStableFunc(effects, func(a, b household.Effect) int {
		switch {
		case a.Warns() == b.Warns():
			return 0
		case a.Warns():
			return -1
		}
		return 1
	})
	if len(effects) > 0 {
		list := ui.Stack(theme.SizeGap)
		for _, effect := range effects {
			icon, color := "info", theme.ColorMuted
			if effect.Warns() {
				icon, color = "warning", theme.ColorWarning
			}
			list.Add(ui.Row(theme.SizeGap, ui.NewIcon(icon, color), ui.Stretch(ui.Middle(ui.Paragraph(t.T("household.effect."+string(effect)))))))
		}
		parts.Add(list)
	}
	closing := func() { dialog.Close() }
	no := ui.NewButton(t.T("ui.cancel"), closing)
	yes := ui.NewPrimary(t.T("household.yes"), func() { dialog.Close(); p.apply(change, sentence) })
	no.OnEscape, yes.OnEscape = closing, closing
	parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), no, yes))
	before := p.s.Window.Canvas().Focused()
	dialog = ui.ShowDialog(p.s.Window, title, 560, parts, no, p.backTo(before))
}

// confirmOrApply previews a change that has consequences to know, and makes any other at once.
func (p *place) confirmOrApply(title, sentence string, change *household.Change) {
	if len(change.Effects) > 0 {
		p.preview(title, sentence, change)
		return
	}
	p.apply(change, sentence)
}

// homeLabel is what staff call a household.
func (p *place) homeLabel(id uuid.UUID) string {
	return sayReference(p.s.Texts, p.view.file, id.String())
}

// nextHome is the name of one more household.
func (p *place) nextHome() string {
	return p.s.Texts.T("casefile.household.number", "Number", len(p.view.file.Households())+1)
}

// namesOf lists persons in words.
func (p *place) namesOf(ids []uuid.UUID) string {
	var words []string
	for _, id := range ids {
		words = append(words, nameOf(p.s.Texts, p.view.file.Person(id)))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return p.s.Texts.T("household.and", "Some", strings.Join(words[:len(words)-1], ", "), "Last", words[len(words)-1])
}

// askMove asks into which household a person goes.
func (p *place) askMove(person uuid.UUID) {
	t := p.s.Texts
	own := p.view.file.Person(person).Reference("household")
	var choices []menuChoice
	for i, home := range homesOf(p.view.file) {
		if home.ID() != own {
			choices = append(choices, menuChoice{homeName(t, home, i), func() { p.moveTo(person, home.ID()) }})
		}
	}
	if p.may("household") {
		choices = append(choices, menuChoice{t.T("household.new"), func() { p.askSplitNow([]uuid.UUID{person}) }})
	}
	p.menu(t.T("household.act.move"), "", choices)
}

func (p *place) moveTo(person, home uuid.UUID) {
	t := p.s.Texts
	change, err := p.planner().Move(person, home)
	if p.refused(err) {
		return
	}
	sentence := t.T("household.move.done", "Name", nameOf(t, p.view.file.Person(person)), "Home", p.homeLabel(home))
	p.confirmOrApply(t.T("household.act.move"), sentence, change)
}

// askSplit asks who leaves a household for a new one. Without a household the one with most people is taken; first, which may be zero, is
// chosen from the start.
func (p *place) askSplit(home, first uuid.UUID) {
	t := p.s.Texts
	if home == uuid.Nil {
		count := map[uuid.UUID]int{}
		for _, person := range p.view.file.Persons() {
			at := person.Reference("household")
			if count[at]++; count[at] > count[home] {
				home = at
			}
		}
	}
	var options []ui.Choice
	for _, person := range p.view.file.Persons() {
		if person.Reference("household") == home {
			options = append(options, ui.Choice{Code: person.ID().String(), Label: nameOf(t, person)})
		}
	}
	who := ui.NewChips(options, true)
	if first != uuid.Nil {
		who.Put(first.String())
	}
	p.ask(t.T("household.split.title"), t.T("household.split.text", "Home", p.homeLabel(home)), who, t.T("household.split.go"), func() {
		var chosen []uuid.UUID
		for _, code := range who.Chosen() {
			if id, err := uuid.Parse(code); err == nil {
				chosen = append(chosen, id)
			}
		}
		p.askSplitNow(chosen)
	}, []fyne.CanvasObject{ui.NewField(t.T("household.split.who"), who)}, &who.OnEscape)
}

// askSplitNow previews a split.
func (p *place) askSplitNow(chosen []uuid.UUID) {
	t := p.s.Texts
	id, err := uuid.NewV7()
	if err != nil {
		p.s.Fault(err)
		return
	}
	name := p.nextHome()
	change, err := p.planner().Split(chosen, p.id, id, name)
	if p.refused(err) {
		return
	}
	from := p.homeLabel(p.view.file.Person(chosen[0]).Reference("household"))
	p.preview(t.T("household.split.title"), t.T("household.split.done", "Names", p.namesOf(chosen), "Home", name, "From", from), change)
}

// askJoin asks which two households become one.
func (p *place) askJoin() {
	t := p.s.Texts
	homes := homesOf(p.view.file)
	var choices []menuChoice
	for i, one := range homes {
		for n, other := range homes[i+1:] {
			words := t.T("household.join.pair", "One", homeName(t, one, i), "Other", homeName(t, other, i+1+n))
			choices = append(choices, menuChoice{words, func() { p.join(one.ID(), other.ID()) }})
		}
	}
	if len(choices) == 1 {
		choices[0].do()
		return
	}
	p.menu(t.T("household.join.title"), t.T("household.join.text"), choices)
}

func (p *place) join(one, other uuid.UUID) {
	t := p.s.Texts
	change, stays, err := p.planner().Join(one, other)
	if p.refused(err) {
		return
	}
	goes := other
	if stays == other {
		goes = one
	}
	p.preview(t.T("household.join.title"), t.T("household.join.done", "Goes", p.homeLabel(goes), "Stays", p.homeLabel(stays)), change)
}

// ask opens a dialog with fields; yes is run when its button is pressed. first gets the keyboard, and escapes are told how to close it.
func (p *place) ask(title, text string, first fyne.Focusable, label string, yes func(), fields []fyne.CanvasObject, escapes ...*func()) {
	var dialog *ui.Dialog
	closing := func() { dialog.Close() }
	for _, escape := range escapes {
		*escape = closing
	}
	parts := ui.Stack(theme.SizeGapWide)
	if text != "" {
		parts.Add(ui.Paragraph(text))
	}
	for _, field := range fields {
		parts.Add(field)
	}
	no := ui.NewButton(p.s.Texts.T("ui.cancel"), closing)
	do := ui.NewPrimary(label, func() { dialog.Close(); yes() })
	no.OnEscape, do.OnEscape = closing, closing
	parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), no, do))
	before := p.s.Window.Canvas().Focused()
	dialog = ui.ShowDialog(p.s.Window, title, 560, parts, first, p.backTo(before))
}

// askAbsent asks whether somebody is there, and where else.
func (p *place) askAbsent(id uuid.UUID) {
	t := p.s.Texts
	person := p.view.file.Person(id)
	present := ui.NewChips(p.codes("present_at_interview"), false)
	present.Put(person.Text("present_at_interview"))
	where := ui.NewTextField("")
	where.Put(person.Text("whereabouts"))
	p.ask(nameOf(t, person), t.T("household.absent.text"), present, t.T("casefile.save"), func() {
		chosen := strings.Join(present.Chosen(), "")
		if chosen == "" {
			return
		}
		change, err := p.planner().Absent(id, chosen, domain.NormaliseText(where.Text))
		if !p.refused(err) {
			p.apply(change, t.T("household.absent.done", "Name", nameOf(t, person), "State", lowered(labelOf(t, "present_at_interview", chosen))))
		}
	}, []fyne.CanvasObject{
		ui.NewField(fieldLabel(t, "person", "present_at_interview"), present), ui.NewField(fieldLabel(t, "person", "whereabouts"), where),
	}, &present.OnEscape, &where.OnEscape)
}

// askLeave asks how and when somebody left the case; whoever had left is taken back.
func (p *place) askLeave(id uuid.UUID) {
	t := p.s.Texts
	person := p.view.file.Person(id)
	name := nameOf(t, person)
	if person.Text("left_case") != "" {
		change, err := p.planner().Return(id)
		if !p.refused(err) {
			p.preview(t.T("household.return.title"), t.T("household.return.done", "Name", name), change)
		}
		return
	}
	how := ui.NewChips(p.codes("left_case"), false)
	when := ui.NewDateField(t, func(typed string) (string, string, error) {
		d, err := domain.ParseTypedDate(typed, t.Lang(), p.s.Now())
		if err == nil && !d.Whole() {
			err = domain.ErrDate
		}
		return d.String(), sayDate(t, d), err
	})
	when.Put(p.s.Now().Format("2.1.2006"))
	p.ask(name, t.T("household.leave.text"), how, t.T("household.leave.go"), func() {
		kind := strings.Join(how.Chosen(), "")
		if kind == "" {
			return
		}
		change, err := p.planner().Leave(id, kind, when.Value())
		if !p.refused(err) {
			p.preview(t.T("household.leave.title"), t.T("household.leave.done", "Name", name, "How", lowered(codelist.Label("left_case", kind, t.Lang()))), change)
		}
	}, []fyne.CanvasObject{
		ui.NewField(fieldLabel(t, "person", "left_case"), how), ui.NewField(fieldLabel(t, "person", "left_case_date"), when),
	}, &how.OnEscape, &when.Entry().OnEscape)
}
