package interview

import (
	"strings"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// sameQuestions lists the questions of the page that something is offered to be copied for, in their order.
func (g *page) sameQuestions(same workspace.Same) (paths []form.Path, labels []string) {
	for _, item := range g.p.session.Sections()[g.p.section].Set.Flat() {
		if _, offered := same.Answers[item.Name]; offered && item.Repeat == "" {
			path := form.Path{Name: item.Name}
			paths = append(paths, path)
			labels = append(labels, summaryLabel(g.p.instance().Label(path, g.p.lang())))
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
	switch interpreter := p.lastInterpreter(); {
	case len(labels) > 0:
		words = p.t.T("interview.same", "Name", same.Name, "Questions", strings.Join(labels, ", "))
	case len(interpreter) > 0:
		words = p.t.T("interview.same.interpreter", "Interpreter", strings.Join(p.sayInterpreter(interpreter), " · "))
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
	if interpreter := p.lastInterpreter(); len(interpreter) > 0 {
		p.copyInterpreter(interpreter)
		return
	}
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

// interpreterRows is the list of interpreters in its question set.
const interpreterRows = "interpreter_use"

// lastInterpreter gives what stays the same of the interpreter of this user's last conversation, on the page that asks for interpreters
// while none is noted there; empty elsewhere.
func (p *Place) lastInterpreter() map[string]domain.Answer {
	instance := p.instance()
	if _, asks := p.session.Sections()[p.section].Set.Find("", interpreterRows); !asks || !p.editable() || len(instance.Rows(interpreterRows)) > 0 {
		return nil
	}
	if instance.Answer(form.Path{Name: "interpreter_needed"}).Text() == "no" {
		return nil
	}
	last, err := p.session.LastInterpreter(backgroundContext)
	if err != nil {
		p.s.Fault(err)
	}
	return last
}

// sayInterpreter says an interpreter in short: who, how, which languages.
func (p *Place) sayInterpreter(answers map[string]domain.Answer) []string {
	set := p.session.Sections()[p.section].Set
	var words []string
	for _, name := range []string{"interpreter_ref", "mode", "language_from", "language_to"} {
		if item, ok := set.Find(interpreterRows, name); ok && answers[name].HasValue() {
			words = append(words, sayAnswer(p.t, p.lang(), p.instance(), form.Path{Repeat: interpreterRows, Name: name}, item.Question, answers[name]))
		}
	}
	return words
}

// copyInterpreter notes the interpreter of the last conversation and goes to what must be asked each time: ten seconds (domain.md 19).
func (p *Place) copyInterpreter(answers map[string]domain.Answer) {
	if needed := (form.Path{Name: "interpreter_needed"}); !p.instance().Answer(needed).HasValue() {
		p.enter(needed, domain.Answer{Value: "yes"})
	}
	v := p.page.repeats[form.Path{Name: interpreterRows}]
	if v == nil {
		return
	}
	v.addRow()
	for _, item := range p.session.Sections()[p.section].Set.Flat() {
		path := form.Path{Row: v.open, Repeat: interpreterRows, Name: item.Name}
		if answer, known := answers[item.Name]; known && item.Repeat == interpreterRows && p.instance().Visible(path) {
			p.enter(path, answer)
			if r := p.page.rows[path]; r != nil {
				r.in.show(answer)
			}
		}
	}
	for _, r := range p.page.order {
		if r.path.Row == v.open && !p.instance().Answer(r.path).HasValue() && p.instance().Required(r.path) {
			p.page.focus(r)
			return
		}
	}
}
