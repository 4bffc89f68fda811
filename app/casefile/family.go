package casefile

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/household"
	"feltbok/internal/kinship"
	"feltbok/internal/workspace"
)

// family is who is who in the case, as it stands on the page: one frame a household, the older generations above the younger. It is made
// anew from the view each time the page is drawn.
type family struct {
	plan   *kinship.Plan
	homes  map[uuid.UUID]*workspace.Record
	cards  map[uuid.UUID]*ui.DragCard
	frames []*ui.Panel
	body   *fyne.Container
}

// detail is how much a card says, and with that how wide it is.
type detail int

const (
	fitting  detail = iota // as much as fits the width of the page
	overview               // name and age
	ordinary
	full
)

var cardWidths = map[detail]float32{overview: 152, ordinary: 218, full: 290}

// drawHouseholds puts the picture on the page.
func (p *place) drawHouseholds() {
	t, v := p.s.Texts, p.view
	p.family = nil
	if len(v.file.Persons()) > 0 || len(v.file.Households()) > 0 {
		p.family = p.newFamily()
	}
	p.beside(p.familyTools())
	if p.family == nil {
		p.beside(ui.EmptyState("household", t.T("casefile.household.none.title"), t.T("casefile.household.none.text"), nil))
		return
	}
	for _, fault := range p.family.plan.Faults {
		if fault.Kind == kinship.Circle || fault.Kind == kinship.Contradiction {
			p.beside(ui.Banner(ui.Warning, t.T("household.fault", "Relation", p.tieSentence(fault.Tie)), nil, nil))
		}
	}
	p.body.Add(p.family.body)
	p.beside(legend(t, p.family.plan))
	p.beside(p.linksCard())
	reference := t.T("casefile.age.as_of_today", "Date", longDay(t, v.day))
	if v.interviewDay {
		reference = t.T("casefile.age.as_of_interview", "Date", longDay(t, v.day))
	}
	p.beside(ui.Muted(reference))
	p.beside(ui.Muted(t.T("household.keys")))
}

// beside puts something above or below the picture, no wider than the page: the picture may be wider, and is scrolled both ways. A scroller
// inside the page's own would not do, for the toolkit lets what is scrolled out of sight there take the pointer.
func (p *place) beside(o fyne.CanvasObject) {
	p.body.Add(&fyne.Container{Layout: viewLayout{p.scroll}, Objects: []fyne.CanvasObject{o}})
}

// familyTools are the buttons above the picture.
func (p *place) familyTools() fyne.CanvasObject {
	t := p.s.Texts
	bar := ui.Flow(theme.SizeGap)
	add := func(anchor string, b *ui.Button) {
		p.anchor(anchor, b)
		bar.Add(b)
	}
	if p.may("person") {
		add("person:add", ui.NewPrimary(t.T("casefile.person.add"), p.addPerson))
	}
	if p.may("household") {
		add("household:add", ui.NewQuiet("add", t.T("casefile.household.add"), p.addHousehold))
		if len(p.view.file.Persons()) > 1 {
			add("household:split", ui.NewQuiet("", t.T("household.split.title"), func() { p.askSplit(uuid.Nil, uuid.Nil) }))
		}
		if len(p.view.file.Households()) > 1 {
			add("household:join", ui.NewQuiet("", t.T("household.join.title"), p.askJoin))
		}
	}
	if len(p.view.file.Persons()) > 1 {
		less := ui.NewQuiet("", t.T("household.zoom.out"), func() { p.zoom(-1) })
		more := ui.NewQuiet("", t.T("household.zoom.in"), func() { p.zoom(1) })
		if p.detailNow() == overview {
			less.Disable()
		}
		if p.detailNow() == full {
			more.Disable()
		}
		add("picture:less", less)
		add("picture:more", more)
	}
	return bar
}

// newFamily draws the plan of the case.
func (p *place) newFamily() *family {
	v := p.view
	pic := &family{plan: household.Family(v.file).Draw(), homes: map[uuid.UUID]*workspace.Record{}, cards: map[uuid.UUID]*ui.DragCard{}}
	for _, home := range v.file.Households() {
		pic.homes[home.ID()] = home
	}
	p.family = pic
	level := p.detailNow()
	lines := newStrokes()
	layout := &familyLayout{plan: pic.plan, strokes: lines, wide: cardWidths[level], labels: p.labelsGenerations(pic.plan)}
	var objects []fyne.CanvasObject
	for i, frame := range pic.plan.Frames {
		box := p.frame(frame, i)
		pic.frames = append(pic.frames, box)
		objects = append(objects, box)
	}
	objects = append(objects, lines)
	if layout.labels {
		for _, generation := range pic.plan.Generations {
			objects = append(objects, ui.Muted(p.s.Texts.T("casefile.generation."+generationName(generation))))
		}
	}
	for _, card := range pic.plan.Cards {
		widget := p.personCard(v.file.Person(card.ID), card, level)
		pic.cards[card.ID] = widget
		p.anchor("person:"+card.ID.String(), widget)
		objects = append(objects, widget)
	}
	pic.body = container.New(layout, objects...)
	return pic
}

func (p *place) labelsGenerations(plan *kinship.Plan) bool {
	return plan.Rows > 1 && p.room() >= 700
}

// room is the width of the page in points at 100 %.
func (p *place) room() float32 {
	width := p.scroll.Size().Width
	if width == 0 {
		width = p.s.Window.Canvas().Size().Width
	}
	return (width - 2*theme.Size(theme.SizeGapWide)) * 44 / theme.Size(theme.SizeTouch)
}

// detailNow is how much the cards say: what the user chose, else as much as fits.
func (p *place) detailNow() detail {
	if p.detail != fitting || p.family == nil {
		return max(p.detail, overview)
	}
	plan := p.family.plan
	for _, level := range []detail{full, ordinary} {
		need := float32(plan.Width)/2*(cardWidths[level]+26) + float32(len(plan.Frames))*50
		if p.labelsGenerations(plan) {
			need += generationWidth
		}
		if need <= p.room() && (level == ordinary || plan.Width <= 2*kinship.CardWidth) {
			return level
		}
	}
	if plan.Width <= 2*kinship.CardWidth {
		return ordinary
	}
	return overview
}

// zoom shows more or less of each person.
func (p *place) zoom(by detail) {
	p.detail = min(max(p.detailNow()+by, overview), full)
	p.draw()
}

// frame is the box of a household with its name and what can be done with it.
func (p *place) frame(frame kinship.Frame, number int) *ui.Panel {
	t := p.s.Texts
	title := ui.Strong(t.T("casefile.household.loose"))
	head := ui.Row(theme.SizeGap, fixedSize(fyne.NewSize(2, 2), ui.Spacer()), ui.Stretch(ui.Middle(title)))
	if home := p.family.homes[frame.Home]; home != nil {
		id := home.ID()
		title.Words = homeName(t, home, number)
		count := 0
		for _, card := range p.family.plan.Cards {
			if card.Frame == number && card.State < kinship.Missing {
				count++
			}
		}
		edit := ui.NewIconButton("edit", t.T("casefile.household.edit"), func() { p.editHousehold(id, "") })
		p.anchor("household:"+id.String(), edit)
		if frame.Width > kinship.CardWidth {
			words := unwrapped(ui.Muted(t.N("casefile.household.count", count)))
			head.Add(words)
		}
		head.Add(edit)
		if frame.Bottom < frame.Top && p.may("household") {
			remove := ui.NewIconButton("remove", t.T("casefile.remove"), func() { p.remove("household", id, t.T("casefile.household.removed")) })
			p.anchor("household:remove:"+id.String(), remove)
			head.Add(remove)
		}
	}
	title.Shorten = true
	box := ui.NewPanel(theme.ColorRail, ui.Inset(theme.SizeGapTight, ui.Stack(theme.SizeGapTight, head)))
	box.Line, box.Radius = theme.ColorInputLine, fyneCardRadius
	if frame.Bottom < frame.Top {
		box.Content = ui.Inset(theme.SizeGapTight, ui.Stack(theme.SizeGapTight, head, ui.Muted(t.T("household.empty"))))
	}
	return box
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

// tieSentence says a relation of the plan in words.
func (p *place) tieSentence(tie kinship.Tie) string {
	if record := p.view.file.Get(tie.ID); record != nil {
		return p.relationSentence(record)
	}
	t, file := p.s.Texts, p.view.file
	return t.T("casefile.relation.sentence", "B", nameOf(t, file.Person(tie.B)), "A", nameOf(t, file.Person(tie.A)), "Type", lowered(labelOf(t, "relation_type", tie.Type)))
}

// planner is the case as changes are planned on it.
func (p *place) planner() household.Case {
	day := p.view.day
	return household.Case{View: p.view.file, Ages: func(person domain.ObjectView) domain.Membership {
		birth, err := domain.ParsePartialDate(person.Answer("birth").Text())
		if err != nil {
			return domain.Unclear
		}
		return domain.AdultGroup.In(birth, day)
	}}
}
