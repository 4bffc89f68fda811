// Package casefile is the place of one case: who belongs to it and how, in a picture per household; relations, interviews,
// network and needs; what is missing; what is in conflict; and, on a page of their own, sealed entries.
//
// The package draws records and writes what the user types through the workspace; rules are those of package domain. What
// the screen can show to a family around the table never holds or hints at anything of compartments `special` and `sealed`
// (security.md 2.2): see the functions ofCase and [place.sealedPage].
package casefile

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// quiet is how long the page waits after a change before it reads the case again.
const quiet = 200 * time.Millisecond

// section is one of the parts of the page, chosen by the buttons below the header.
type section string

const (
	households section = "households"
	relations  section = "relations"
	interviews section = "interviews"
	needs      section = "needs"
	problems   section = "problems"
	conflicts  section = "conflicts"

	attachments section = "attachments"
	forms       section = "forms"
)

var sections = []section{households, relations, interviews, needs, problems, conflicts, attachments, forms}

// place is the case file on screen.
type place struct {
	s  *ui.Session
	id uuid.UUID
	// view is what was read last; nil while nothing was.
	view *view

	content *fyne.Container // the file and the sealed page over each other
	file    *fyne.Container
	head    *fyne.Container // stands above the sections, or at the top of the body on a low screen
	buttons map[section]*ui.Button
	bar     *fyne.Container // of the buttons
	picker  *ui.Button      // stands for all of them on a low screen, where they would take the whole page
	body    *fyne.Container
	scroll  *container.Scroll
	undo    *undoBar
	safety  safetyOf
	side    *side
	sealed  *sealedPage // nil while it is closed
	closed  *closedPage // the same
	over    *overPage   // the page of an attachment; nil while it is closed
	thumbs  thumbs

	section section
	family  *family // nil while there is nobody to draw
	detail  detail
	// special shows conflicts of compartment special too: only at the user's own asking, never by itself.
	special bool
	// anchors are the widgets of the body that take the keyboard, by what they stand for: drawing anew must not lose it.
	anchors map[string]fyne.Focusable

	writes   writer
	starting bool      // an interview is being made, or was and is not in the view yet
	started  uuid.UUID // the interview made last
	again    *ui.Debouncer
	onScreen bool
	cancel   func()
}

// New makes the place. Enter takes the case's identifier, and may take a second one: a person or another object to go to.
func New(s *ui.Session) ui.Place {
	p := &place{s: s, section: households, buttons: map[section]*ui.Button{}, anchors: map[string]fyne.Focusable{}}
	p.writes = writer{s: s}
	p.build()
	p.again = ui.NewDebouncer(s.Loop, quiet, p.load)
	s.WS.Subscribe(func(c workspace.Change) {
		s.Loop.Post(func() {
			if c.Case == p.id && p.id != uuid.Nil {
				if c.Import && p.view != nil {
					p.view.listed = nil // read anew
				}
				p.again.Touch()
			}
		})
	})
	return p
}

func (p *place) build() {
	t := p.s.Texts
	p.head = container.NewStack()
	p.bar = ui.Flow(theme.SizeGapTight)
	p.picker = ui.NewButton("", p.pickSection)
	p.picker.Icon, p.picker.Leading = "down", true
	p.picker.Hide()
	for _, one := range sections {
		b := ui.NewQuiet("", t.T("casefile.section."+string(one)), func() { p.choose(one) })
		p.buttons[one] = b
		p.bar.Add(b)
	}
	p.body = ui.Stack(theme.SizeGapWide)
	p.scroll = container.NewVScroll(ui.Inset(theme.SizeGapWide, p.body))
	p.undo = newUndoBar(p.s)
	top := ui.Inset(theme.SizeGap, ui.Stack(theme.SizeGap, p.head, p.bar, p.picker))
	p.file = container.New(pageLayout{}, top, p.scroll, p.undo.panel)
	p.side = newSide(p, p.file)
	p.content = container.NewStack(p.side.content)
}

// Title is the heading of the page; names stand on the page only.
func (p *place) Title() string { return p.s.Texts.T("casefile.title") }

// Content is the page.
func (p *place) Content() fyne.CanvasObject { return p.content }

// Enter opens a case: its identifier as uuid.UUID or text, and if wanted what to go to in it. Without arguments the case that was
// open is shown again.
func (p *place) Enter(args ...any) {
	p.onScreen = true
	var ids []uuid.UUID
	for _, arg := range args {
		switch arg := arg.(type) {
		case uuid.UUID:
			ids = append(ids, arg)
		case string:
			if id, err := uuid.Parse(arg); err == nil {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) > 0 && ids[0] != p.id {
		p.id, p.view, p.section, p.special = ids[0], nil, households, false
		p.family, p.detail = nil, fitting
		p.starting, p.started = false, uuid.Nil
		p.closeOver()
		p.thumbs.clear()
		p.side.close()
		p.undo.forget()
	}
	p.readThen(func() {
		if len(ids) > 1 {
			p.goTo(ids[1], "")
		}
	})
}

// Leave commits what is typed, durably, before it returns.
func (p *place) Leave() {
	p.onScreen = false
	p.side.commit()
	p.closeSealed()
	p.closeClosed()
	p.closeOver()
	p.writes.flush()
	p.thumbs.clear()
	p.again.Stop()
}

// Bookmark finds the case again after lock.
func (p *place) Bookmark() []any {
	if p.id == uuid.Nil {
		return nil
	}
	return []any{p.id}
}

// Shortcuts are the place's own keys.
func (p *place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	keys := []ui.Shortcut{
		{Key: fyne.KeyN, Modifier: fyne.KeyModifierControl, Text: t.T("casefile.person.add"), Do: p.addPerson},
		{Key: fyne.KeyR, Modifier: fyne.KeyModifierControl, Text: t.T("casefile.relation.add"), Do: func() { p.newRelation(uuid.Nil, "") }},
		{Key: fyne.KeyS, Modifier: fyne.KeyModifierControl, Text: t.T("casefile.keys.save"), Do: p.saveNew},
		{Key: fyne.KeyC, Modifier: fyne.KeyModifierAlt, Text: t.T("casefile.keys.same"), Do: p.copySame},
		{Key: fyne.KeyI, Modifier: fyne.KeyModifierControl, Text: t.T("casefile.keys.interview"), Do: p.startHousehold},
		{Key: fyne.KeyP, Modifier: fyne.KeyModifierAlt, Text: t.T("casefile.keys.alike"), Do: p.lookAlike},
		{Key: fyne.KeyE, Modifier: fyne.KeyModifierControl, Text: t.T("casefile.side.close"), Do: p.side.dismiss},
		{Key: fyne.KeyZ, Modifier: fyne.KeyModifierAlt, Text: t.T("casefile.undo"), Do: p.undo.take},
	}
	for i, one := range sections {
		keys = append(keys, ui.Shortcut{
			Key: fyne.KeyName(rune('1' + i)), Modifier: fyne.KeyModifierAlt, Text: t.T("casefile.section." + string(one)), Do: func() { p.chooseByKey(one) },
		})
	}
	return keys
}

func (p *place) load() { p.readThen(nil) }

// readThen reads the case, draws it, and then does something.
func (p *place) readThen(then func()) {
	if p.id == uuid.Nil {
		p.draw()
		return
	}
	if p.cancel != nil {
		p.cancel()
	}
	id, parts := p.id, p.parts()
	var listed listing
	if p.view != nil {
		listed = p.view.listed
	}
	p.cancel = ui.Run(p.s.Loop, func(ctx context.Context) (*view, error) {
		return readView(ctx, p.s.WS, id, p.s.Now(), listed, parts...)
	}, func(v *view, err error) {
		switch {
		case errors.Is(err, context.Canceled) || id != p.id:
			return
		case err != nil:
			p.s.Fault(err)
			return
		}
		p.view = v
		if p.started != uuid.Nil && v.file.Get(p.started) != nil {
			p.starting, p.started = false, uuid.Nil
		}
		p.side.update(v)
		p.draw()
		p.readSafety(id)
		if then != nil {
			then()
		}
	})
}

func (p *place) choose(one section) {
	p.section = one
	p.closeSealed()
	p.closeClosed()
	p.closeOver()
	p.draw()
	p.scroll.ScrollToTop()
	if p.lowest() && p.view != nil { // whose case it is fills such a screen: what was chosen stands below it
		p.scroll.ScrollToOffset(fyne.NewPos(0, p.body.Objects[0].MinSize().Height+theme.Size(theme.SizeGapWide)))
	}
}

// adders are the buttons that a section is about: whoever chose it by its key finds the keyboard there, and not a dozen stops before.
var adders = map[section]string{households: "person:add", relations: "relation:add", attachments: "attachment:add"}

func (p *place) chooseByKey(one section) {
	p.choose(one)
	p.focusAnchor(adders[one])
}

// draw brings header and body up to the view; whoever has the keyboard keeps it.
func (p *place) draw() {
	t := p.s.Texts
	at := p.anchorOf(p.s.Window.Canvas().Focused())
	clear(p.anchors)
	p.head.RemoveAll()
	p.body.RemoveAll()
	if p.view == nil {
		if p.id == uuid.Nil {
			p.body.Add(ui.EmptyState("casefile", t.T("casefile.none.title"), t.T("casefile.none.text"), ui.NewPrimary(t.T("casefile.to_caseload"), func() { p.s.Go("caseload") })))
		} else {
			p.body.Add(ui.Muted(t.T("casefile.reading")))
		}
		p.content.Refresh()
		return
	}
	if p.low() {
		p.beside(p.header())
	} else {
		p.head.Add(p.header())
	}
	p.head.Hidden = p.low()
	p.bar.Hidden, p.picker.Hidden = p.lowest(), !p.lowest()
	p.scroll.Direction = container.ScrollVerticalOnly
	if p.section == households {
		p.scroll.Direction = container.ScrollBoth
	}
	p.labelSections()
	switch p.section {
	case households:
		p.drawHouseholds()
	case relations:
		p.drawRelations()
	case interviews:
		p.drawInterviews()
	case needs:
		p.drawNeeds()
	case problems:
		p.drawProblems()
	case conflicts:
		p.drawConflicts()
	case attachments:
		p.drawAttachments()
	case forms:
		p.drawForms()
	}
	p.content.Refresh()
	p.focusAnchor(at)
}

// low tells that the screen has so few lines that the header must scroll away with the rest.
func (p *place) low() bool {
	return p.s.Window.Canvas().Size().Height < 15*theme.Size(theme.SizeTouch)
}

// lowest tells that the buttons of the sections would leave nothing of the page: a low screen with large text.
func (p *place) lowest() bool {
	return p.s.Window.Canvas().Size().Height < 10*theme.Size(theme.SizeTouch)
}

// pickSection offers the sections in a box.
func (p *place) pickSection() {
	if p.view == nil {
		return
	}
	var dialog *ui.Dialog
	rows := ui.Stack(theme.SizeGapTight)
	var first *ui.Button
	for _, one := range sections {
		if p.buttons[one].Hidden {
			continue
		}
		row := ui.NewQuiet(p.buttons[one].Icon, p.buttons[one].Text, func() {
			dialog.Close()
			p.choose(one)
			ui.Focus(p.picker)
		})
		row.Kind, row.Leading = p.buttons[one].Kind, true
		row.OnEscape = func() { dialog.Close() }
		if one == p.section {
			first = row
		}
		rows.Add(row)
	}
	dialog = ui.ShowDialog(p.s.Window, p.s.Texts.T("casefile.sections"), 520, rows, first, nil)
}

// anchor names a widget of the body, so that it gets the keyboard back when the body is drawn anew.
func (p *place) anchor(name string, widget fyne.Focusable) { p.anchors[name] = widget }

func (p *place) focusAnchor(name string) {
	if widget := p.anchors[name]; widget != nil {
		p.s.Window.Canvas().Focus(widget)
	}
}

func (p *place) anchorOf(focused fyne.Focusable) string {
	if focused == nil {
		return ""
	}
	for name, widget := range p.anchors {
		if widget == focused {
			return name
		}
	}
	return ""
}

// labelSections shows on the buttons how much stands behind them and which one is chosen.
func (p *place) labelSections() {
	t := p.s.Texts
	counts := map[section]int{
		relations: len(p.view.file.Relations()), interviews: len(p.view.file.Interviews()),
		problems: len(p.view.problems), conflicts: len(p.view.conflicts), attachments: len(ofClass(p.view.attachments, domain.Case)),
		forms: len(p.view.responses),
	}
	for one, b := range p.buttons {
		b.Text = t.T("casefile.section." + string(one))
		if counts[one] > 0 {
			b.Text = t.T("casefile.section.count", "Name", b.Text, "Count", counts[one])
		}
		b.Kind, b.Icon = ui.Quiet, ""
		switch {
		case one == p.section:
			b.Kind = ui.Plain
		case one == conflicts && counts[one] > 0:
			b.Icon = "conflicts"
		}
		b.Refresh()
	}
	p.picker.SetText(p.buttons[p.section].Text)
	p.buttons[forms].Hidden = counts[forms] == 0 && p.section != forms && len(p.s.WS.Forms(false, t.Lang())) == 0
	p.buttons[conflicts].Hidden = counts[conflicts] == 0 && p.section != conflicts && !p.s.WS.Holds(domain.Special)
}

// goTo opens what an identifier stands for: a person, a relation, a household or the case, at a field if one is named.
func (p *place) goTo(id uuid.UUID, field string) {
	if p.view == nil {
		return
	}
	record := p.view.file.Get(id)
	if record == nil {
		return
	}
	switch record.Type() {
	case "person":
		p.editPerson(id, field)
	case "relation":
		p.choose(relations)
		p.editRelation(id, field)
	case "household":
		p.editHousehold(id, field)
	case "case":
		p.editCase(field)
	case "minor":
		p.editMinor(record.Subject())
	case "interview":
		p.s.Go("interview", id)
	case "form_response":
		p.s.Go("interview", id)
	case "form_row":
		p.s.Go("interview", record.Reference("response"))
	case "case_attachment":
		p.choose(attachments)
		p.focusAnchor("attachment:" + id.String())
	default:
		if person := p.view.file.Person(record.Subject()); person != nil {
			p.editPerson(person.ID(), "")
		}
	}
}
