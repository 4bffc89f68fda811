package interview

import (
	"strings"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// sameQuestions lists the questions of the page that something is offered to be copied for, in their order.
func (g *page) sameQuestions(same workspace.Same) (paths []form.Path, labels []string) {
	for _, item := range g.p.session.Sections()[g.p.section].Set.Flat() {
		if _, offered := same.Answers[item.Name]; offered && item.Repeat == "" {
			path := form.Path{Name: item.Name}
			paths = append(paths, path)
			labels = append(labels, summaryLabel(g.p.instance().Label(path, g.p.t.Lang())))
		}
	}
	return paths, labels
}

// offerSame says what one key would copy, and from whom; nothing when there is nothing to copy.
func (g *page) offerSame(section int) {
	p := g.p
	if g.same == nil || section != p.section {
		return
	}
	var same workspace.Same
	if p.editable() {
		same = p.session.Same(section)
	}
	_, labels := g.sameQuestions(same)
	words := ""
	if len(labels) > 0 {
		words = p.t.T("interview.same", "Name", same.Name, "Questions", strings.Join(labels, ", "))
	}
	if words == g.sameSaid {
		return
	}
	g.sameSaid = words
	g.same.RemoveAll()
	if words == "" {
		return
	}
	line := ui.Row(theme.SizeGap, ui.NewIcon("household", theme.ColorMuted), ui.Stretch(ui.Middle(ui.Muted(words))),
		newWordTool("add", p.t.T("interview.same.copy"), p.copySame))
	panel := ui.NewPanel(theme.ColorNeutralTint, line)
	panel.Gap = theme.SizeGap
	g.same.Add(panel)
}

// copySame copies what the person may have in common with the rest of the family. What is answered already stays, and what was copied
// says so until it is confirmed; each answer can be taken back by itself.
func (p *Place) copySame() {
	if !p.editable() {
		return
	}
	p.commit()
	same := p.session.Same(p.section)
	paths, _ := p.page.sameQuestions(same)
	for _, path := range paths {
		answer := same.Answers[path.Name]
		p.history.note(p.key(path), p.instance().Answer(path), p.session.Stands(p.section, path))
		p.enter(path, answer)
		if r := p.page.rows[path]; r != nil {
			r.in.show(answer)
		}
	}
	if n := len(paths); n > 0 {
		p.s.Notify(ui.Success, p.t.N("interview.same.done", n, "Name", same.Name))
	}
}
