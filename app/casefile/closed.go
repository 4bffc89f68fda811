package casefile

import (
	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// closedTypes are what the closed part of an interview asks for, in the order of its sections.
var closedTypes = []domain.Type{"person_special", "health", "unhcr_need", "child_special", "minor_special", "sensitive"}

// closedPage shows, to read only, what the closed part of the interviews says of one person, and what the rules say of it. Like the
// sealed page it is opened on purpose, built when it opens and dropped when it closes.
type closedPage struct {
	p       *place
	content fyne.CanvasObject
	body    *fyne.Container
	person  uuid.UUID
}

// offerClosed draws the way to the closed part. It stands there for whoever holds the compartment, always, and says nothing about
// whether there is anything.
func (p *place) offerClosed() {
	if !p.s.WS.Holds(domain.Special) {
		return
	}
	button := ui.NewQuiet("lock", p.s.Texts.T("casefile.closed.title"), p.openClosed)
	p.anchor("closed:open", button)
	p.body.Add(ui.Row(theme.SizeGap, button, ui.Spacer()))
}

func (p *place) openClosed() {
	if p.view == nil || p.closed != nil {
		return
	}
	page := &closedPage{p: p, body: ui.Stack(theme.SizeGapWide)}
	p.closed = page
	t := p.s.Texts
	var choices []ui.Choice
	for _, person := range p.view.file.Persons() {
		choices = append(choices, ui.Choice{Code: person.ID().String(), Label: nameOf(t, person)})
	}
	persons := ui.NewChips(choices, false)
	persons.OnEscape = p.backFromClosed
	persons.OnChosen = func(codes []string) {
		page.person = uuid.Nil
		if len(codes) == 1 {
			page.person, _ = uuid.Parse(codes[0])
		}
		page.read()
	}
	if len(choices) == 1 {
		persons.Put(choices[0].Code)
		page.person, _ = uuid.Parse(choices[0].Code)
	}
	page.content = p.layOver("lock", t.T("casefile.closed.title"), ui.Stack(theme.SizeGapWide,
		ui.Paragraph(t.T("casefile.closed.text")), ui.NewField(t.T("casefile.closed.person"), persons), page.body), p.backFromClosed)
	page.read()
}

// read reads what the page shows, and then shows it.
func (page *closedPage) read() {
	page.p.readThen(func() {
		if page.p.closed == page {
			page.draw()
		}
	})
}

// backFromClosed closes the page and gives the keyboard back.
func (p *place) backFromClosed() {
	p.closeClosed()
	p.focusAnchor("closed:open")
}

// closeClosed drops the page with all it shows.
func (p *place) closeClosed() {
	if p.closed == nil {
		return
	}
	p.closed.body.RemoveAll()
	p.takeAway(p.closed.content)
	p.closed = nil
}

// draw shows one person's records.
func (page *closedPage) draw() {
	p := page.p
	t, v := p.s.Texts, p.view
	page.body.RemoveAll()
	defer page.body.Refresh()
	if page.person == uuid.Nil {
		return
	}
	for _, problem := range v.specialProblems {
		record := v.file.Get(problem.Object)
		if record == nil {
			continue
		}
		if person := p.personOf(record); person != nil && person.ID() == page.person {
			page.body.Add(ui.Banner(levelOf(problem.Severity), t.T(problem.Text(), problem.Pairs()...), nil, nil))
		}
	}
	before := len(page.body.Objects)
	for _, kind := range closedTypes {
		for _, record := range v.file.Rows(kind, page.person) {
			if facts := p.factsOf(record); len(facts) > 0 {
				page.body.Add(ui.Card(ui.SectionHeader(t.T("domain.type."+string(kind)), p.writtenBy(record)), ui.KeyValues(facts...)))
			}
		}
	}
	if len(page.body.Objects) == before && len(page.responses()) == 0 {
		page.body.Add(ui.Muted(t.T("casefile.closed.none")))
	}
	page.drawForms()
}

// factsOf lists what a record says, field by field.
func (p *place) factsOf(record *workspace.Record) []ui.KeyValue {
	t, file := p.s.Texts, p.view.file
	info, _ := domain.Info(record.Type())
	var facts []ui.KeyValue
	for _, field := range info.Fields {
		if words := say(t, file, field, record.Answer(field.Name)); words != "" {
			facts = append(facts, ui.KeyValue{Key: fieldLabel(t, record.Type(), field.Name), Value: words})
		}
	}
	return facts
}

// writtenBy says who wrote to a record last, and when.
func (p *place) writtenBy(record *workspace.Record) string {
	at, by := record.Written()
	return p.s.Texts.T("casefile.sealed.written", "User", p.s.WS.AliasOf(by), "Time", at.Time().In(p.s.Now().Location()).Format("2.1.2006 15:04"))
}

// layOver puts a page of its own over the case file, with its title and the way back, which gets the keyboard.
func (p *place) layOver(icon, title string, body fyne.CanvasObject, goBack func()) fyne.CanvasObject {
	p.side.dismiss()
	back := ui.NewQuiet("back", p.s.Texts.T("casefile.sealed.back"), goBack)
	back.OnEscape = goBack
	content := ui.NewPanel(theme.ColorPaper, ui.Page(ui.Row(theme.SizeGap, back, ui.Spacer()),
		ui.Row(theme.SizeGap, ui.NewIcon(icon, theme.ColorAccent), ui.Stretch(ui.Middle(ui.Heading(title)))), ui.Narrowed(860, body)))
	p.side.content.Hide()
	p.content.Add(content)
	p.content.Refresh()
	p.s.Window.Canvas().Focus(back)
	return content
}

// takeAway removes a page that lies over the case file.
func (p *place) takeAway(content fyne.CanvasObject) {
	p.content.Remove(content)
	p.side.content.Show()
	p.content.Refresh()
}
