package interview

import (
	"cmp"
	"slices"

	"feltbok/app/ui"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// When time runs out only the minimum record is asked for (domain.md 5): Enter and digits then go on to the next question of it that
// lacks an answer, in whatever section it stands, and what is left out is on the list of what is missing. Nothing else changes, and one
// key goes back to all questions.

// toggleLeast turns that on and off.
func (p *Place) toggleLeast() {
	p.least = !p.least
	p.header.tell(p)
	if !p.least {
		p.s.Notify(ui.Info, p.t.T("interview.least.off"))
		return
	}
	if p.view != viewQuestions {
		p.backToQuestions()
	}
	p.toLeast(nil)
}

// toLeast goes to the first question of the minimum record without an answer after a row, or from the top; when there is none, to the
// end of the interview, or out of the closed part.
func (p *Place) toLeast(after *row) {
	p.commit()
	missing := p.leastMissing()
	switch {
	case len(missing) > 0:
		at := 0
		if after != nil {
			here := workspace.Place{Section: p.section, Path: after.path}
			if next := slices.IndexFunc(missing, func(to workspace.Place) bool { return p.compare(to, here) > 0 }); next >= 0 {
				at = next
			}
		}
		p.goLeast(missing[at])
	case p.outside != nil:
		p.leaveClosed()
		p.toLeast(nil)
	default:
		p.showView(viewFinish)
	}
}

// goLeast goes to a question, or adds the first row of a list that is required.
func (p *Place) goLeast(to workspace.Place) {
	item, ok := p.session.Sections()[to.Section].Set.Find(to.Path.Repeat, to.Path.Name)
	if !ok || item.Kind != form.Repeat {
		p.jump(to)
		return
	}
	p.show(to.Section, sheetOf(p.session.Sections()[to.Section].Set, to.Path))
	if v := p.page.repeats[form.Path{Name: item.Name}]; v != nil {
		v.addRow()
	}
	if rows := p.instance().Rows(item.Name); len(rows) > 0 { // the first of its questions that belongs to the minimum
		for _, path := range p.instance().MissingMinimum() {
			if r := p.page.rows[path]; r != nil && path.Row == rows[len(rows)-1] {
				p.page.focus(r)
				return
			}
		}
	}
}

// leastMissing lists what the minimum record of this sitting lacks, in the order of the interview.
func (p *Place) leastMissing() []workspace.Place {
	var places []workspace.Place
	for i := range p.session.Sections() {
		for _, path := range p.session.Instance(i).MissingMinimum() {
			places = append(places, workspace.Place{Section: i, Path: path})
		}
	}
	return places
}

// compare orders two questions as they follow each other in the interview.
func (p *Place) compare(a, b workspace.Place) int {
	if a.Section != b.Section {
		return a.Section - b.Section
	}
	set, instance := p.session.Sections()[a.Section].Set, p.session.Instance(a.Section)
	index := func(repeat, name string) int {
		return slices.IndexFunc(set.Flat(), func(item *form.Item) bool { return item.Repeat == repeat && item.Name == name })
	}
	key := func(at form.Path) [3]int {
		if at.Repeat == "" {
			return [3]int{index("", at.Name), -1, -1}
		}
		return [3]int{index("", at.Repeat), slices.Index(instance.Rows(at.Repeat), at.Row), index(at.Repeat, at.Name)}
	}
	x, y := key(a.Path), key(b.Path)
	return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), cmp.Compare(x[2], y[2]))
}
