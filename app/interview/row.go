package interview

import (
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// row is one question on the page: label, help, input, tools, and what is to be said about the answer.
type row struct {
	p      *Place
	path   form.Path
	q      *form.Question
	in     *input
	object *fyne.Container

	label, hint               *ui.Text
	offered                   string // the choices that the input offers, of a question with a choice_filter
	required                  *ui.Text
	ok, source, missing, flag *tool
	below                     *fyne.Container
	complaint                 string // what the input itself has to say
	said                      string // what stands below, so that it is built anew only when it differs
}

func newRow(p *Place, path form.Path, q *form.Question) *row {
	r := &row{p: p, path: path, q: q}
	r.in = newInput(r.context())
	t, lang := p.t, p.lang()
	r.label = ui.NewText(p.instance().Label(path, lang))
	r.label.Bold, r.label.Wrap = true, true
	words := ui.Stack("", r.label)
	if q.Kind == form.Acknowledge { // there the sentence stands at the tick
		words = ui.Stack("", r.in.object)
	}
	if hint := p.instance().Hint(path, lang); hint != "" {
		r.hint = ui.Muted(hint)
		words.Add(r.hint)
	}
	if guidance := p.guidance(path); guidance != nil {
		words.Add(guidance)
	}
	r.offered = r.choices()
	r.required = ui.NewText(t.T("ui.required"))
	r.required.Color, r.required.TextSize = theme.ColorMuted, fynetheme.SizeNameCaptionText
	r.ok = newTool("ok", t.T("interview.confirm"), func() { p.confirm(r) })
	r.source = newTool("person", t.T("interview.source.tool"), func() { p.askSource(r) })
	r.missing = newTool("missing", t.T("ui.missing.menu"), func() { p.askMissing(r) })
	r.flag = newTool("flag", t.T("interview.mark"), func() { p.mark(r) })
	r.flag.Hidden = p.session.Closed()
	r.below = ui.Stack(theme.SizeGap)
	tools := ui.Row("", r.ok, r.source, r.missing, r.flag)
	head := ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(words)), r.required, tools)
	if r.in.focus == nil {
		tools.Hide()
	}
	r.object = ui.Stack(theme.SizeGapTight, head, r.in.object, r.below)
	if q.Kind == form.Acknowledge {
		r.object = ui.Stack(theme.SizeGapTight, head, r.below)
	}
	r.sync()
	p.drafts.restore(r)
	return r
}

// context is what the input of the row is told.
func (r *row) context() inputContext {
	p, path := r.p, r.path
	return inputContext{
		place: p, question: r.q, path: path,
		set:      func(a domain.Answer) { p.answer(r, a) },
		done:     func() { p.done(r) },
		touched:  func() { p.follow() },
		edited:   func() { p.drafts.touch(); p.page.nameTyped(path) },
		complain: func(text string) { r.complaint = text; r.sayBelow() },
	}
}

// sync shows the answer as it is now, and everything that follows from it. What is typed and not taken yet stays.
func (r *row) sync() {
	instance := r.p.instance()
	answer := instance.Answer(r.path)
	if !r.in.pending() {
		r.in.show(answer)
	}
	r.in.enable(!instance.ReadOnly(r.path) && r.p.editable())
	r.required.Hidden = !instance.Required(r.path) || answer.HasValue() || answer.Missing != ""
	r.sayTools(answer)
	r.sayBelow()
	r.object.Refresh()
}

func (r *row) sayTools(a domain.Answer) {
	t := r.p.t
	word := ""
	if a.Missing != "" {
		word = t.T("ui.missing." + string(a.Missing))
	}
	r.missing.put("missing", word, a.Missing != "")
	marked := r.p.session.Marked(r.p.section, r.path)
	word = ""
	if marked {
		word = t.T("interview.marked")
	}
	r.flag.put("flag", word, marked)
	r.source.off = !a.HasValue()
	r.source.Hidden = !a.HasValue()
	word, special := r.p.saySource(a)
	r.source.put("person", word, special)
	r.ok.Hidden = !workspace.Unconfirmed(a) && !workspace.Copied(a) || !r.p.editable()
	r.ok.put("ok", t.T("interview.confirm"), true)
}

// sayBelow says what is wrong, that others answered differently, and that the value was known before.
func (r *row) sayBelow() {
	instance := r.p.instance()
	answer := instance.Answer(r.path)
	conflict := r.p.session.Conflicted(r.p.section, r.path)
	known := workspace.Unconfirmed(answer)
	var problems []form.Problem
	for _, problem := range instance.Problems(r.path) {
		if problem.Rule == "required" && !r.p.strict || problem.Rule == "not_asked" {
			continue // said by a word at the right; not before anybody had the chance to answer
		}
		problems = append(problems, problem)
	}
	said := r.complaint + "|" + answer.Reason + "|" + string(answer.Missing)
	for _, problem := range problems {
		said += "|" + problem.Rule
	}
	if known {
		said += "|known " + string(answer.Source)
	}
	if workspace.Copied(answer) {
		said += "|copied"
	}
	for _, head := range conflict {
		said += "|" + head.Name.String()
	}
	if said == r.said {
		return
	}
	r.said = said
	r.below.RemoveAll()
	if known {
		r.below.Add(r.knownLine(answer))
	}
	if workspace.Copied(answer) {
		r.below.Add(sentence(ui.Info, r.p.t.T("interview.copied")))
	}
	if answer.Missing != "" && answer.Reason != "" {
		r.below.Add(ui.Muted(r.p.t.T("interview.missing.because", "Reason", answer.Reason)))
	}
	if len(conflict) > 0 {
		r.below.Add(r.conflictBox(conflict))
	}
	if r.complaint != "" {
		r.below.Add(sentence(ui.Warning, r.complaint))
	}
	if !answer.HasValue() && answer.Missing == "" && answer.Reason != "" && r.q.List != "" { // a date field says so itself
		r.below.Add(sentence(ui.Warning, r.p.t.T("interview.unfinished")))
	}
	for _, problem := range problems {
		level := ui.Warning
		if problem.Severity == form.Hard {
			level = ui.Error
		}
		r.below.Add(sentence(level, r.p.sayProblem(problem)))
	}
	r.below.Refresh()
}

// sentence is something to know about an answer, in words with its icon.
func sentence(level ui.Level, words string) fyne.CanvasObject {
	icon, color := "warning", theme.ColorWarning
	switch level {
	case ui.Error:
		icon, color = "error", theme.ColorError
	case ui.Info:
		icon, color = "info", theme.ColorAccent
	}
	text := ui.Muted(words)
	text.Color = color
	picture := ui.NewIcon(icon, color)
	picture.Times = 0.9
	return ui.Row(theme.SizeGap, picture, ui.Stretch(ui.Middle(text)))
}

func (r *row) knownLine(a domain.Answer) fyne.CanvasObject {
	line := sentence(ui.Info, r.p.t.T("interview.known", "Source", r.p.sourceName(a.Source))).(*fyne.Container)
	if r.p.editable() && !r.p.instance().ReadOnly(r.path) {
		line.Add(newWordTool("edit", r.p.t.T("interview.correct"), func() { r.p.correct(r) }))
		line.Add(newWordTool("conflicts", r.p.t.T("interview.dispute"), func() { r.p.dispute(r) }))
	}
	return line
}

func (r *row) conflictBox(heads []workspace.Head) fyne.CanvasObject {
	t := r.p.t
	title := ui.NewBadge(ui.Warning, "conflicts", t.T("interview.conflict"))
	lines := ui.Stack(theme.SizeGapTight, ui.Row("", title, ui.Spacer()))
	for _, head := range heads {
		value := sayAnswer(t, r.p.lang(), r.p.instance(), r.path, r.q, head.Answer)
		if value == "" {
			value = t.T("interview.empty_answer")
		}
		who := t.T("interview.conflict.by", "Who", r.p.s.WS.AliasOf(head.By), "When", sayTime(t, head.HLC.Time()))
		words := ui.Paragraph(value)
		words.Bold = true
		lines.Add(ui.Stack("", words, ui.Muted(who)))
	}
	lines.Add(ui.Muted(t.T("interview.conflict.decides")))
	box := &ui.Panel{Fill: theme.ColorWarningTint, Radius: fynetheme.SizeNameInputRadius, Gap: theme.SizeGap, Content: lines}
	box.ExtendBaseWidget(box)
	return box
}

// summaryLabel is the label as it stands in lists: without a question mark at its end.
func summaryLabel(words string) string { return strings.TrimSuffix(words, "?") }
