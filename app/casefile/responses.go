package casefile

import (
	"context"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// drawForms lists the forms of others that were filled in about the case and its people, and offers those in use. Forms whose answers are
// special stand on the closed page and nowhere else.
func (p *place) drawForms() {
	t, v := p.s.Texts, p.view
	sets := p.s.WS.Forms(false, t.Lang())
	if len(v.responses) == 0 && len(sets) == 0 {
		p.body.Add(ui.EmptyState("edit", t.T("casefile.form.none.title"), t.T("casefile.form.none.text"), nil))
		return
	}
	if len(v.responses) > 0 {
		rows := []fyne.CanvasObject{ui.SectionHeader(t.T("casefile.form.begun"), "")}
		for _, one := range v.responses {
			rows = append(rows, p.responseRow(one))
		}
		p.body.Add(ui.Card(rows...))
	}
	for _, set := range sets {
		p.body.Add(p.formCard(set, p.subjectsOf(set.Subject)))
	}
}

// formSubject is somebody or something that a form can be about.
type formSubject struct {
	id         uuid.UUID
	icon, name string
}

// subjectsOf lists whom a form about a type can be filled in about, in this case.
func (p *place) subjectsOf(subject domain.Type) []formSubject {
	t, v := p.s.Texts, p.view
	var all []formSubject
	switch subject {
	case "case":
		all = append(all, formSubject{p.id, "casefile", t.T("casefile.form.whole_case")})
	case "household":
		for i, home := range homesOf(v.file) {
			all = append(all, formSubject{home.ID(), "household", homeName(t, home, i)})
		}
	default:
		for _, person := range v.file.Persons() {
			all = append(all, formSubject{person.ID(), "person", nameOf(t, person)})
		}
	}
	return all
}

// aboutResponse names what a response is about.
func (p *place) aboutResponse(one *workspace.Record) string {
	about := one.Reference("about")
	for _, subject := range []domain.Type{"case", "household", "person"} {
		for _, s := range p.subjectsOf(subject) {
			if s.id == about {
				return s.name
			}
		}
	}
	return ""
}

// formCard offers a form: for each one whom it can be about a button to begin, or to go on with what was begun.
func (p *place) formCard(set *form.Set, subjects []formSubject) fyne.CanvasObject {
	t := p.s.Texts
	rows := []fyne.CanvasObject{ui.SectionHeader(set.Title.In(t.Lang()), t.T("casefile.form.version", "Version", set.Version))}
	for _, s := range subjects {
		words, act := t.T("casefile.form.start"), func() { p.startForm(set, s.id) }
		if draft := p.draftResponse(set, s.id); draft != nil {
			id := draft.ID()
			words, act = t.T("casefile.form.go_on"), func() { p.s.Go("interview", id) }
		}
		button := ui.NewButton(words, act)
		p.anchor("form:"+set.ID+":"+s.id.String(), button)
		rows = append(rows, ui.Row(theme.SizeGap, ui.NewIcon(s.icon, theme.ColorMuted), ui.Stretch(ui.Middle(ui.Paragraph(s.name))), button))
	}
	if len(subjects) == 0 {
		rows = append(rows, ui.Muted(t.T("casefile.form.nobody")))
	}
	return ui.Card(rows...)
}

// draftResponse is a response to a form about somebody that was begun and not handed in; nil when there is none.
func (p *place) draftResponse(set *form.Set, about uuid.UUID) *workspace.Record {
	for _, one := range p.view.file.Responses() {
		if one.Text("form") == set.ID && one.Reference("about") == about && !finished(one) {
			return one
		}
	}
	return nil
}

// responseRow is one response: which form, about whom, when, how far; a tap opens it.
func (p *place) responseRow(one *workspace.Record) fyne.CanvasObject {
	t := p.s.Texts
	id, of := one.ID(), p.s.WS.FormOf(one)
	title := of.ID
	if of.Set != nil {
		title = of.Set.Title.In(t.Lang())
	}
	level, icon, status := ui.Info, "edit", t.T("casefile.form.draft")
	if finished(one) {
		level, icon, status = ui.Success, "ok", t.T("casefile.form.handed_in")
	}
	badges := ui.Flow(theme.SizeGapTight, ui.NewBadge(level, icon, status))
	if progress, ok := p.view.progress[id]; ok && progress.Relevant > 0 {
		badges.Add(ui.NewBadge(ui.Neutral, "", t.T("casefile.interview.answered", "Done", progress.Answered, "All", progress.Relevant)))
		if progress.RequiredMissing > 0 && !finished(one) {
			badges.Add(ui.NewBadge(ui.Warning, "missing", t.N("casefile.interview.missing", progress.RequiredMissing)))
		}
	}
	switch {
	case of.Set == nil:
		badges.Add(ui.NewBadge(ui.Warning, "warning", t.T("casefile.form.no_edition", "Version", of.Version)))
	case of.Newest != "":
		badges.Add(ui.NewBadge(ui.Neutral, "", t.T("casefile.form.version", "Version", of.Version)))
	}
	words := ui.Stack(theme.SizeGapTight, ui.Strong(joined(title, p.aboutResponse(one))), ui.Muted(joined(sayStored(t, one.Text("start")), p.s.WS.AliasOf(one.Reference("interviewer")))), badges)
	card := ui.NewTapCard(t.T("casefile.form.open", "Title", title), func() { p.s.Go("interview", id) }, words)
	p.anchor("response:"+id.String(), card)
	row := ui.Row(theme.SizeGap, ui.Stretch(card))
	if p.may(one.Type()) && !finished(one) {
		row.Add(ui.NewIconButton("remove", t.T("casefile.form.remove", "Title", title), func() { p.removeResponse(one, title) }))
	}
	return row
}

// startForm begins a form and goes there. Pressing again while that is under way does nothing.
func (p *place) startForm(set *form.Set, about uuid.UUID) {
	if p.starting {
		return
	}
	p.starting = true
	caseID := p.id
	var id uuid.UUID
	p.writes.add(func(ctx context.Context) (err error) {
		id, err = p.s.WS.StartResponse(ctx, caseID, about, set.ID)
		return err
	}, func(err error) {
		p.starting = false
		if err != nil {
			return
		}
		p.s.Go("interview", id)
		p.load()
	})
}

// removeResponse takes away what was begun, and offers to bring it back.
func (p *place) removeResponse(one *workspace.Record, title string) {
	target := workspace.Target{Type: one.Type(), ID: one.ID(), Case: one.Case()}
	p.writes.add(func(ctx context.Context) error { return p.s.WS.Remove(ctx, target) }, func(err error) {
		if err != nil {
			return
		}
		p.undo.offer(p.s.Texts.T("casefile.form.removed", "Title", title), func() {
			p.writes.add(func(ctx context.Context) error { return p.s.WS.Restore(ctx, target) }, func(error) { p.load() })
		})
		p.load()
	})
}

// responses lists the forms on special matters that were filled in about the person of the page.
func (page *closedPage) responses() (found []*workspace.Record) {
	for _, one := range page.p.view.file.Responses() {
		if one.Compartment() == domain.Special && one.Reference("about") == page.person {
			found = append(found, one)
		}
	}
	return found
}

// drawForms adds to the closed page the forms on special matters about its person.
func (page *closedPage) drawForms() {
	p := page.p
	t := p.s.Texts
	var rows []fyne.CanvasObject
	for _, one := range page.responses() {
		rows = append(rows, p.responseRow(one))
	}
	if len(rows) > 0 {
		page.body.Add(ui.Card(append([]fyne.CanvasObject{ui.SectionHeader(t.T("casefile.form.begun"), "")}, rows...)...))
	}
	person := p.view.file.Person(page.person)
	if person == nil {
		return
	}
	for _, set := range p.s.WS.Forms(true, t.Lang()) {
		page.body.Add(p.formCard(set, []formSubject{{page.person, "person", nameOf(t, person)}}))
	}
}
