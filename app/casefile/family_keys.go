package casefile

import (
	"unicode"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/kinship"
)

// act is one thing that can be done with a person in the picture.
type act struct {
	letter rune
	name   string // key of its words, below "household.act."
	do     func(person uuid.UUID)
	// offered, when set, tells whether it makes sense for the person.
	offered func(person uuid.UUID) bool
}

// acts are what the keys and the menu of a person do, in the order of the menu. Letters are the same in every language.
func (p *place) acts() []act {
	canRelate := func(uuid.UUID) bool { return p.may("relation") }
	canAdd := func(uuid.UUID) bool { return p.may("person") && p.may("relation") }
	several := func(uuid.UUID) bool { return p.may("household") && len(p.view.file.Persons()) > 1 }
	return []act{
		{'e', "open", func(id uuid.UUID) { p.editPerson(id, "") }, nil},
		{'r', "relation", func(id uuid.UUID) { p.newRelation(id, "") }, canRelate},
		{'p', "partner", p.addPartner, canAdd},
		{'c', "child", func(id uuid.UUID) { p.addChild(id, false) }, canAdd},
		{'b', "born", func(id uuid.UUID) { p.addChild(id, true) }, canAdd},
		{'g', "carer", func(id uuid.UUID) { p.newRelation(id, "caregiver") }, canRelate},
		{'h', "move", p.askMove, func(uuid.UUID) bool { return p.may("person") }},
		{'s', "split", func(id uuid.UUID) { p.askSplit(p.view.file.Person(id).Reference("household"), id) }, several},
		{'a', "absent", p.askAbsent, func(uuid.UUID) bool { return p.may("person") }},
		{'l', "leave", p.askLeave, func(uuid.UUID) bool { return p.may("person") }},
		{'u', "minor", p.editMinor, p.mayBeMinor},
	}
}

// mayBeMinor tells whether the unaccompanied status of a person can be recorded: for whoever may be under 18, and where it was.
func (p *place) mayBeMinor(id uuid.UUID) bool {
	person := p.view.file.Person(id)
	if p.view.file.Single("minor", id) != nil {
		return true
	}
	return p.may("minor") && person != nil && p.planner().Ages(person) != domain.Inside
}

// familyKey walks the picture by the arrow keys, by kinship; Space opens the menu. Enter is left to the card, which opens the person.
func (p *place) familyKey(id uuid.UUID, key fyne.KeyName) bool {
	steps := map[fyne.KeyName]kinship.Direction{fyne.KeyUp: kinship.Up, fyne.KeyDown: kinship.Down, fyne.KeyLeft: kinship.Left, fyne.KeyRight: kinship.Right}
	if step, ok := steps[key]; ok {
		if card := p.family.cards[p.family.plan.Step(id, step)]; card != nil {
			p.s.Window.Canvas().Focus(card)
		}
		return true
	}
	if key == fyne.KeySpace {
		p.personMenu(id)
		return true
	}
	return false
}

// familyRune does what a letter stands for; plus and minus show more and less of everybody.
func (p *place) familyRune(id uuid.UUID, r rune) {
	switch r {
	case '+':
		p.zoom(1)
		return
	case '-':
		p.zoom(-1)
		return
	}
	for _, one := range p.acts() {
		if one.letter == unicode.ToLower(r) && (one.offered == nil || one.offered(id)) {
			one.do(id)
			return
		}
	}
}

// personMenu shows what can be done with a person, each with its key.
func (p *place) personMenu(id uuid.UUID) {
	t := p.s.Texts
	person := p.view.file.Person(id)
	if person == nil {
		return
	}
	var choices []menuChoice
	for _, one := range p.acts() {
		if one.offered == nil || one.offered(id) {
			choices = append(choices, menuChoice{t.T("household.act.key", "Act", t.T("household.act."+one.name), "Key", string(unicode.ToUpper(one.letter))), func() { one.do(id) }})
		}
	}
	p.menu(nameOf(t, person), "", choices)
}

// menuChoice is one line of a menu.
type menuChoice struct {
	words string
	do    func()
}

// menu offers choices below each other in a dialog, with a sentence above them that may be empty.
func (p *place) menu(title, sentence string, choices []menuChoice) {
	var dialog *ui.Dialog
	lines := ui.Stack(theme.SizeGapTight)
	if sentence != "" {
		lines.Add(ui.Paragraph(sentence))
	}
	var first fyne.Focusable
	closing := func() { dialog.Close() }
	for _, choice := range choices {
		b := ui.NewQuiet("", choice.words, func() { dialog.Close(); choice.do() })
		b.Leading, b.OnEscape = true, closing
		if first == nil {
			first = b
		}
		lines.Add(b)
	}
	cancel := ui.NewButton(p.s.Texts.T("ui.cancel"), closing)
	cancel.OnEscape = closing
	if first == nil {
		first = cancel
	}
	lines.Add(ui.Row(theme.SizeGap, ui.Spacer(), cancel))
	before := p.s.Window.Canvas().Focused()
	dialog = ui.ShowDialog(p.s.Window, title, 460, lines, first, p.backTo(before))
}

// backTo gives the keyboard back to where it was when a dialog closes, also when the page was drawn anew behind it.
func (p *place) backTo(before fyne.Focusable) func() {
	anchor := p.anchorOf(before)
	return func() { p.focusAnchor(anchor) }
}

// target is what the pointer is on: a person, or a household.
func (p *place) target(at fyne.Position) (person uuid.UUID, frame int) {
	driver := fyne.CurrentApp().Driver()
	on := func(o fyne.CanvasObject) bool {
		corner, size := driver.AbsolutePositionForObject(o), o.Size()
		return at.X >= corner.X && at.Y >= corner.Y && at.X < corner.X+size.Width && at.Y < corner.Y+size.Height
	}
	frame = -1
	for i, box := range p.family.frames {
		if on(box) {
			frame = i
		}
	}
	for id, card := range p.family.cards {
		if on(card) {
			return id, frame
		}
	}
	return uuid.Nil, frame
}

// pull shows on what a card would be dropped.
func (p *place) pull(dragged uuid.UUID, at fyne.Position) {
	person, frame := p.target(at)
	for id, card := range p.family.cards {
		card.Mark(id == person && id != dragged)
	}
	for i, box := range p.family.frames {
		line := theme.ColorInputLine
		if i == frame && person == uuid.Nil {
			line = theme.ColorAccent
		}
		if box.Line != line {
			box.Line = line
			box.Refresh()
		}
	}
}

// letGo relates a person to the one it was dropped on, or moves it to the household.
func (p *place) letGo(dragged uuid.UUID, at fyne.Position) {
	person, frame := p.target(at)
	p.pull(dragged, fyne.NewPos(-1, -1)) // nothing is marked any more
	switch {
	case person == dragged:
	case person != uuid.Nil:
		p.askRelation(dragged, person)
	case frame >= 0:
		if home := p.family.plan.Frames[frame].Home; home != uuid.Nil && p.view.file.Person(dragged).Reference("household") != home {
			p.moveTo(dragged, home)
		}
	}
}

// related are the relations offered when one card is dropped on another: the dropped one is that to the other.
var related = []string{"spouse", "cohabitant", "child", "parent", "step_parent", "caregiver", "sibling", "half_sibling", "grandparent", "uncle_aunt", "cousin"}

// askRelation asks what one person is to another.
func (p *place) askRelation(person, other uuid.UUID) {
	t, file := p.s.Texts, p.view.file
	if !p.may("relation") {
		return
	}
	var choices []menuChoice
	for _, kind := range related {
		sentence := t.T("casefile.relation.sentence", "B", nameOf(t, file.Person(person)), "A", nameOf(t, file.Person(other)), "Type", lowered(labelOf(t, "relation_type", kind)))
		choices = append(choices, menuChoice{sentence, func() {
			id, err := uuid.NewV7()
			if err != nil {
				p.s.Fault(err)
				return
			}
			change, err := p.planner().Relate(id, other, kind, person)
			if p.refused(err) {
				return
			}
			p.apply(change, sentence)
		}})
	}
	p.menu(t.T("household.relate"), "", choices)
}
