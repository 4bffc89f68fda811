package interview

import (
	"slices"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// The closed part is a room in the interview: health and sensitive matters of one person. It is entered on purpose, shows nothing
// of the ordinary interview and leaves nothing behind there. While it is on screen the sitting is its own, and the ordinary one
// waits in outside; pages, rows, saving and drafts are the same code (security.md 2.2).

// toggleClosed goes into the closed part, or out of it: one key for both ways.
func (p *Place) toggleClosed() {
	if p.outside != nil {
		p.leaveClosed()
		return
	}
	p.openClosed()
}

// openClosed goes into the closed part; where it concerns several, after asking about whom.
func (p *Place) openClosed() {
	if p.session == nil {
		return
	}
	persons := p.closedPersons()
	switch len(persons) {
	case 0:
	case 1:
		p.enterClosed(persons[0].ID)
	default:
		p.chooseClosed(persons)
	}
}

// closedPersons lists whom the closed part of the interview concerns, inside it too.
func (p *Place) closedPersons() []workspace.ClosedPerson {
	if p.outside != nil {
		return p.outside.session.ClosedPersons()
	}
	return p.session.ClosedPersons()
}

// chooseClosed asks about whom: one at a time.
func (p *Place) chooseClosed(persons []workspace.ClosedPerson) {
	t := p.t
	var dialog *ui.Dialog
	shut := func() { dialog.Close() }
	parts := ui.Stack(theme.SizeGap, ui.Paragraph(t.T("interview.closed.choose_text")))
	var first *ui.Button
	for _, person := range persons {
		button := ui.NewButton(person.Name, func() {
			shut()
			p.enterClosed(person.ID)
		})
		button.Icon, button.Leading, button.OnEscape = "person", true, shut
		if first == nil {
			first = button
		}
		parts.Add(button)
	}
	cancel := ui.NewButton(t.T("ui.cancel"), shut)
	cancel.OnEscape = shut
	parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), cancel))
	dialog = ui.ShowDialog(p.s.Window, t.T("interview.closed.choose"), 520, parts, first, nil)
}

// enterClosed puts the closed part about a person on screen. What is typed in the interview is stored first.
func (p *Place) enterClosed(person uuid.UUID) {
	p.closeClosed() // one person at a time
	p.pair.onlyHere(p)
	if p.current() != nil {
		p.last = p.currentKey()
	}
	p.s.Window.Canvas().Unfocus() // fields commit when they lose the keyboard
	p.store()
	room := p.takeUnsaved(person)
	if room == nil {
		session, err := p.session.OpenClosed(backgroundContext, person)
		if err != nil {
			p.s.Fault(err)
			p.backToQuestions()
			return
		}
		room = &sitting{session: session, pane: p}
	}
	interview := p.sitting
	p.outside, p.sitting = &interview, *room
	p.history = newHistory()
	if p.saver == nil {
		p.saver = p.newSaver()
	}
	p.drafts = newDrafts(p)
	p.build()
	if at, ok := p.session.LastPlace(); ok {
		p.jump(at)
	} else {
		p.show(0, 0)
	}
	if missing := p.leastMissing(); p.least && len(missing) > 0 {
		p.goLeast(missing[0])
	}
	p.saver.kick()
}

// takeUnsaved finds the closed part about a person that was left with answers that could not be stored.
func (p *Place) takeUnsaved(person uuid.UUID) *sitting {
	for i, room := range p.unsaved {
		if sections := room.session.Sections(); room.closed && len(sections) > 0 && sections[0].Subject == person {
			p.unsaved = slices.Delete(p.unsaved, i, i+1)
			return room
		}
	}
	return nil
}

// leaveClosed goes back to the interview as it was left.
func (p *Place) leaveClosed() {
	if p.outside == nil {
		return
	}
	p.closeClosed()
	p.header.tell(p)
	if p.view != viewQuestions {
		p.showView(p.view)
	} else {
		p.backToQuestions()
	}
	if p.missed {
		p.missed = false
		p.reread()
	}
}

// closeClosed stores what is typed in the closed part and drops it with all that it shows. What could not be stored waits without
// widgets and is tried again.
func (p *Place) closeClosed() {
	if p.outside == nil {
		return
	}
	p.s.Window.Canvas().Unfocus()
	p.store()
	room := p.sitting
	p.sitting, p.outside = *p.outside, nil
	p.keepUnsaved(&room, true)
	room.forget()
	p.put()
}

// forget empties what a sitting drew, so that nothing holds on to its words.
func (s *sitting) forget() {
	s.middle.Objects = nil
	s.header.frame.Objects = nil
	if s.page != nil {
		clear(s.page.rows)
		clear(s.page.boxes)
		clear(s.page.notes)
		clear(s.page.noted)
		clear(s.page.repeats)
		s.page.stack.Objects = nil
		s.page.order = nil
	}
}

// keepUnsaved keeps a sitting that is left with answers that could not be stored, without what it drew.
func (p *Place) keepUnsaved(left *sitting, closed bool) {
	if left.session.Waiting() {
		p.unsaved = append(p.unsaved, &sitting{session: left.session, saver: left.saver, pane: p, closed: closed})
	}
}

// interview opens an interview: as it was left, when answers of it wait to be stored.
func (p *Place) interview(id uuid.UUID) (*workspace.InterviewSession, error) {
	for i, left := range p.unsaved {
		if !left.closed && left.session.ID() == id {
			p.unsaved = slices.Delete(p.unsaved, i, i+1)
			return left.session, left.session.Refresh(backgroundContext)
		}
	}
	return p.s.WS.Interview(backgroundContext, id)
}

// storeUnsaved tries once more to store what sittings were left with.
func (p *Place) storeUnsaved() {
	for _, room := range p.unsaved {
		_ = room.saver.flush()
	}
}

// escape leaves what is open in the closed part, and then the closed part.
func (p *Place) escape() {
	if p.view != viewQuestions {
		p.backToQuestions()
		return
	}
	p.leaveClosed()
}

// closedNotice says on each page of the closed part whose it is and who does not see it; nil in the ordinary interview.
func (p *Place) closedNotice() fyne.CanvasObject {
	if !p.session.Closed() {
		return nil
	}
	t, name := p.t, p.session.Name()
	words := t.T("interview.closed.notice", "Name", name)
	if p.session.Record().Reference("about") == uuid.Nil {
		words = t.T("interview.closed.notice_child", "Name", name)
	}
	text := ui.Paragraph(words)
	panel := &ui.Panel{
		Fill: theme.ColorAccentTint, Line: theme.ColorAccent, Gap: theme.SizeGap,
		Content: ui.Row(theme.SizeGapWide, ui.NewIcon("lock", theme.ColorAccent), ui.Stretch(ui.Middle(text))),
	}
	panel.ExtendBaseWidget(panel)
	return panel
}

// mendedIn names the question set in which what a rule lacks is written; the others are mended in the closed part itself.
var mendedIn = map[string]string{"X10": "everyday", "X11": "housing"}

// sayProblems shows in the closed part what the rules say of the person, with the way to where it is mended.
func (g *page) sayProblems() {
	if g.problems == nil {
		return
	}
	t := g.p.t
	g.problems.RemoveAll()
	for _, problem := range g.p.session.Problems() {
		level := ui.Warning
		if problem.Severity == domain.Error {
			level = ui.Error
		}
		line := ui.Row(theme.SizeGap, ui.Stretch(sentence(level, t.T(problem.Text(), problem.Pairs()...))))
		if button := g.p.wayToMend(problem, g.subject); button != nil {
			line.Add(button)
		}
		g.problems.Add(line)
	}
	g.problems.Hidden = len(g.problems.Objects) == 0
	g.problems.Refresh()
}

// wayToMend leads out of the closed part to the consequence that more people read; nil when there is no such section.
func (p *Place) wayToMend(problem domain.Problem, person uuid.UUID) *ui.Button {
	set := mendedIn[problem.Rule]
	if problem.Field == "documentation" || set == "" || p.outside == nil {
		return nil
	}
	for i, at := range p.outside.session.Sections() {
		if at.Set.ID == set && at.Subject == person {
			return ui.NewQuiet("forward", at.Set.Title.In(p.t.Lang()), func() {
				p.leaveClosed()
				p.show(i, 0)
			})
		}
	}
	return nil
}

// closedLine says, for a user who has a closed part, that it is not finished, and nothing else; nil when there is nothing to say.
func (p *Place) closedLine() fyne.CanvasObject {
	if p.outside != nil {
		return nil
	}
	left, err := p.session.ClosedLeft(backgroundContext)
	if err != nil {
		p.s.Fault(err)
	}
	if !left {
		return nil
	}
	button := ui.NewButton(p.t.T("interview.closed.open"), p.openClosed)
	button.Icon = "lock"
	return ui.Banner(ui.Neutral, p.t.T("interview.closed.left"), button, nil)
}
