package interview

import (
	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

// Several of a family can be open: one key goes from one to another, and each stays as it was left, with its section, its place in the list
// and what is half typed. One is on screen, so that nobody reads over the shoulder what another has said, or two when the interviewer
// puts another beside it (see [Pair]).

// memberKeys are how many members have a key of their own: Alt+1 to Alt+9.
const memberKeys = 9

func (p *Place) members() []workspace.Member {
	if p.session == nil || p.inForm() {
		return nil
	}
	all, err := p.s.WS.Members(backgroundContext, p.session.Case())
	if err != nil {
		p.s.Fault(err)
	}
	return all
}

func (p *Place) sayMember(m workspace.Member) string {
	if m.Person == uuid.Nil {
		return p.t.T("interview.members.household")
	}
	return m.Name
}

// chooseMember asks with whom to go on: everybody with whom interviews are held in this case.
func (p *Place) chooseMember() {
	t := p.t
	var dialog *ui.Dialog
	shut := func() { dialog.Close() }
	parts := ui.Stack(theme.SizeGap, ui.Paragraph(t.T("interview.members.text")))
	var first fyne.Focusable
	for i, member := range p.members() {
		state := t.T("interview.members.not_begun")
		if member.Interview != uuid.Nil {
			state = ui.Lists().Label("interview_status", member.Status, t.Lang())
		}
		words := ui.Strong(p.sayMember(member))
		line := ui.Row(theme.SizeGap, ui.Stretch(ui.Stack("", words, ui.Muted(ui.Lists().Label("interview_type", member.Kind, t.Lang())+" · "+state))))
		if i < memberKeys {
			key := ui.Muted(ui.Shortcut{Key: memberKey(i), Modifier: fyne.KeyModifierAlt}.Keys(t))
			key.Wrap = false
			line.Add(key)
		}
		card := ui.NewTapCard(words.Words, func() {
			shut()
			p.openMember(member)
		}, line)
		card.OnEscape = shut
		if first == nil || member.Interview == p.session.ID() {
			first = card
		}
		var entry fyne.CanvasObject = card
		if p.pair.layout.isWide() && p.pair.showing(member.Interview) == nil {
			beside := ui.NewQuiet("add", t.T("interview.beside.open"), func() {
				shut()
				p.pair.openBeside(p, member)
			})
			beside.Label, beside.OnEscape = t.T("interview.beside.open_of", "Name", words.Words), shut
			entry = ui.Row(theme.SizeGap, ui.Stretch(card), beside)
		}
		parts.Add(entry)
	}
	cancel := ui.NewButton(t.T("ui.cancel"), shut)
	cancel.OnEscape = shut
	parts.Add(ui.Row(theme.SizeGap, ui.Spacer(), cancel))
	dialog = ui.ShowDialog(p.s.Window, t.T("interview.members"), 560, parts, first, nil)
}

func memberKey(i int) fyne.KeyName { return fyne.KeyName(rune('1' + i)) }

// openNumber goes to the member with a number, the household being the first.
func (p *Place) openNumber(i int) {
	if all := p.members(); i < len(all) {
		p.openMember(all[i])
	}
}

// openMember goes on with somebody of the family, and begins the interview when there is none. What is typed is stored first.
func (p *Place) openMember(m workspace.Member) {
	if m.Interview == p.session.ID() && p.outside == nil {
		return
	}
	p.closeClosed()
	if shown := p.pair.showing(m.Interview); shown != nil && shown != p {
		p.pair.goTo(shown)
		return
	}
	p.s.Window.Canvas().Unfocus() // fields commit when they lose the keyboard
	p.store()
	id, err := p.begun(m)
	if err != nil {
		p.s.Fault(err)
		return
	}
	p.pair.active = p
	p.s.Go("interview", id)
}

// begun gives the interview with a member, and begins it when there is none.
func (p *Place) begun(m workspace.Member) (uuid.UUID, error) {
	if m.Interview != uuid.Nil {
		return m.Interview, nil
	}
	return p.s.WS.StartInterview(backgroundContext, p.session.Case(), m.Person, m.Kind)
}

// setAside keeps the interview on screen for when it is opened again; those of another case are let go, but for answers that could
// not be stored.
func (p *Place) setAside(next *workspace.InterviewSession) {
	if p.session == nil {
		return
	}
	if p.session.Special() {
		p.sitting.forget() // nothing of it waits behind another page
		return
	}
	if p.session.Case() != next.Case() {
		for _, left := range p.pair.aside {
			p.keepUnsaved(left, false)
		}
		p.keepUnsaved(&p.sitting, false)
		p.pair.aside = nil
		return
	}
	p.putAside()
}

func (p *Place) putAside() {
	if p.pair.aside == nil {
		p.pair.aside = map[uuid.UUID]*sitting{}
	}
	left := p.sitting
	p.pair.aside[p.session.ID()] = &left
}

// adopt makes an interview that was set aside by the other pane this one's: its widgets are made anew, where it stood is kept.
func (p *Place) adopt() {
	p.pane, p.page, p.header, p.rail, p.middle, p.view = p, nil, nil, nil, nil, viewQuestions
	p.drafts = newDrafts(p)
}
