package review

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// order is that of the statuses in the list.
var order = []domain.InterviewStatus{domain.Draft, domain.ReadyForReview, domain.Reviewed, domain.Locked, domain.Amended}

// drawList draws the families that wait, or all.
func (p *place) drawList() {
	t := p.s.Texts
	p.list.RemoveAll()
	clear(p.cards)
	shown := p.shown()
	switch {
	case !p.loaded:
		p.list.Add(ui.Muted(t.T("review.reading")))
	case len(p.families) == 0:
		p.list.Add(ui.EmptyState("interview", t.T("review.none.title"), t.T("review.none.text"), ui.NewPrimary(t.T("review.to_caseload"), func() { p.s.Go("caseload") })))
	case len(shown) == 0:
		p.list.Add(ui.EmptyState("ok", t.T("review.done.title"), t.T("review.done.text"), nil))
	}
	for _, f := range shown {
		card := ui.NewTapCard(t.T("review.open", "Number", f.Number), func() { p.choose(f.ID) }, p.familyCard(f))
		p.cards[f.ID] = card
		p.list.Add(card)
	}
	p.list.Refresh()
}

func (p *place) familyCard(f family) fyne.CanvasObject {
	t := p.s.Texts
	badges := ui.Flow(theme.SizeGapTight)
	if f.returned > 0 {
		badges.Add(ui.NewBadge(ui.Warning, "back", t.N("review.returned", f.returned)))
	}
	for _, status := range order {
		if n := f.statuses[status]; n > 0 {
			level, icon := look(status)
			badges.Add(ui.NewBadge(level, icon, t.T("review.count", "What", p.label("interview_status", string(status)), "Count", n)))
		}
	}
	if f.errors > 0 {
		badges.Add(ui.NewBadge(ui.Error, "error", t.N("review.errors", f.errors)))
	}
	if f.waiting > 0 {
		badges.Add(ui.NewBadge(ui.Warning, "warning", t.N("review.warnings", f.waiting)))
	}
	if f.threads > 0 {
		badges.Add(ui.NewBadge(ui.Info, "info", t.N("review.comments", f.threads)))
	}
	name := ui.Strong(f.Name)
	if f.ID == p.id {
		name.Color = theme.ColorAccent
	}
	return ui.Stack(theme.SizeGapTight, name, ui.Muted(f.Number), badges)
}

// look gives a status its colours and picture; the word always stands beside them.
func look(status domain.InterviewStatus) (ui.Level, string) {
	switch status {
	case domain.ReadyForReview:
		return ui.Info, "interview"
	case domain.Reviewed:
		return ui.Success, "ok"
	case domain.Locked:
		return ui.Success, "lock"
	case domain.Amended:
		return ui.Warning, "edit"
	}
	return ui.Neutral, "edit"
}

// drawPage draws the family on screen; whoever has the keyboard keeps it.
func (p *place) drawPage() {
	t := p.s.Texts
	at := p.anchorOf(p.s.Window.Canvas().Focused())
	clear(p.anchors)
	p.page.RemoveAll()
	switch {
	case p.id == uuid.Nil:
		p.page.Add(ui.EmptyState("flag", t.T("review.choose.title"), t.T("review.choose.text"), nil))
	case p.detail == nil:
		p.page.Add(ui.Muted(t.T("review.reading")))
	default:
		p.drawFamily()
	}
	p.page.Refresh()
	if widget := p.anchors[at]; widget != nil {
		p.s.Window.Canvas().Focus(widget)
	}
}

func (p *place) drawFamily() {
	t, d := p.s.Texts, p.detail
	if p.split.Narrow() {
		p.page.Add(ui.Row(theme.SizeGap, p.quiet("list", "back", t.T("review.to_list"), p.toList), ui.Spacer()))
	}
	record := d.File.Case()
	status := domain.Status(record.Text("status"))
	name := ""
	if persons := d.File.Persons(); len(persons) > 0 {
		name = domain.DisplayName(persons[0].Answer)
	}
	head := ui.Stack(theme.SizeGapTight, ui.Heading(name), ui.Muted(strings.Join(nonEmpty(record.Text("unhcr_case_no"), p.label("status", string(status))), " · ")))
	p.page.Add(ui.Row(theme.SizeGap, ui.Stretch(head), p.quiet("casefile", "casefile", t.T("review.to_casefile"), func() { p.s.Go("casefile", p.id) })))
	p.drawStatus(status)
	p.drawInterviews()
	p.drawProblems()
	p.drawThreads()
	p.drawAdvice()
	p.drawRecords()
	if p.s.WS.Holds(domain.Special) && !p.special {
		p.page.Add(ui.Row(theme.SizeGap, p.quiet("special", "lock", t.T("review.special.show"), func() { p.special = true; p.read() }), ui.Spacer()))
	}
}

// drawStatus offers the steps of the case (domain.md 4) that this role may take.
func (p *place) drawStatus(status domain.Status) {
	t := p.s.Texts
	next := domain.Next(status, p.s.WS.Me().Role)
	undo := p.undoButton(p.id)
	if len(next) == 0 && undo == nil {
		return
	}
	buttons := ui.Flow(theme.SizeGapTight)
	for _, to := range next {
		buttons.Add(p.plain("status:"+string(to), p.label("status", string(to)), func() { p.stepCase(status, to) }))
	}
	if undo != nil {
		buttons.Add(undo)
	}
	p.page.Add(ui.Card(ui.SectionHeader(t.T("review.status.title"), t.T("review.status.text")), buttons))
}

func (p *place) stepCase(from, to domain.Status) {
	t, id := p.s.Texts, p.id
	condition := domain.ConditionOf(from, to)
	q := ui.Question{
		Title: p.label("status", string(to)), Text: t.T("review.status.ask", "From", p.label("status", string(from)), "To", p.label("status", string(to))), Yes: t.T("review.status.do"),
		OnYes: func(reason string) {
			p.act(func(ctx context.Context) error {
				_, err := p.s.WS.StepCase(ctx, id, to, reason)
				return err
			}, func() { p.offerBack(t.T("review.stepped_case", "Status", p.label("status", string(to))), id) })
		},
	}
	if condition != domain.Unconditional {
		q.Text += "\n" + t.T("domain.condition."+string(condition))
	}
	q.Text += "\n" + p.sayUndo(true)
	if condition == domain.ReasonGiven || condition == domain.ReasonAndDate {
		q.Reason = ui.ReasonRequired
	}
	ui.Confirm(p.s.Window, t, q)
}

// drawInterviews shows how far each interview has come, what is missing, and the ways on.
func (p *place) drawInterviews() {
	t := p.s.Texts
	rows := []fyne.CanvasObject{ui.SectionHeader(t.T("review.interviews.title"), "")}
	for _, interview := range p.detail.File.Interviews() {
		rows = append(rows, p.interview(interview))
	}
	p.page.Add(ui.Card(rows...))
}

func (p *place) interview(interview *workspace.Record) fyne.CanvasObject {
	t, d, id := p.s.Texts, p.detail, interview.ID()
	status := workspace.InterviewStatus(interview)
	level, icon := look(status)
	badges := ui.Flow(theme.SizeGapTight, ui.NewBadge(level, icon, p.label("interview_status", string(status))))
	if workspace.Returned(interview) {
		badges.Add(ui.NewBadge(ui.Warning, "back", t.N("review.returned", 1)))
	}
	if progress, ok := d.progress[id]; ok {
		badges.Add(ui.NewBadge(ui.Neutral, "", t.T("review.answered", "Done", progress.Answered, "All", progress.Relevant)))
		if progress.MinimumMissing > 0 {
			badges.Add(ui.NewBadge(ui.Warning, "missing", t.N("review.minimum", progress.MinimumMissing)))
		}
	}
	who := t.T("review.household")
	if person := d.File.Person(interview.Reference("about")); person != nil {
		who = domain.DisplayName(person.Answer)
	}
	parts := []fyne.CanvasObject{
		ui.Strong(who), ui.Muted(strings.Join(nonEmpty(p.label("interview_type", interview.Text("type")), p.when(interview.Text("start"))), " · ")), badges,
	}
	if spent := p.timeSpent(id); spent != "" {
		parts = append(parts, ui.Muted(spent))
	}
	if heads := interview.Heads("status"); len(heads) > 1 && interview.Conflicted("status") {
		var said []string
		for _, head := range heads {
			said = append(said, t.T("review.by", "What", p.label("interview_status", head.Answer.Text()), "User", p.s.WS.AliasOf(head.By), "Time", p.clock(head)))
		}
		parts = append(parts, ui.Banner(ui.Warning, t.T("review.two_statuses", "Statuses", strings.Join(said, ", "), "Counts", p.label("interview_status", string(status))), nil, nil))
	}
	if late := d.LateWrites(interview); late > 0 {
		parts = append(parts, ui.Banner(ui.Warning, t.N("review.late", late), nil, nil))
	}
	for _, row := range interview.Answer("amendments").Rows() {
		parts = append(parts, ui.Muted(t.T("review.amended", "Why", row["why"], "Time", p.when(row["at"]))))
	}
	buttons := ui.Flow(theme.SizeGapTight, p.plain("open:"+id.String(), t.T("review.open_interview"), func() { p.openInterview(interview) }))
	for i, s := range steps(status, p.s.WS.Me().Role, p.s.WS.OwnInterview(interview)) {
		button := ui.NewButton(t.T(s.key), func() { p.take(interview, s) })
		if i == 0 {
			button.Kind = ui.Primary
		}
		p.anchors["step:"+id.String()+string(s.to)] = button
		buttons.Add(button)
	}
	if undo := p.undoButton(id); undo != nil {
		buttons.Add(undo)
	}
	if p.may("remark") {
		buttons.Add(p.quiet("comment:"+id.String(), "edit", t.T("review.comment.short"), func() { p.comment("interview", id, "") }))
	}
	return ui.NewPanel("", ui.Stack(theme.SizeGapTight, append(parts, buttons)...))
}

// timeSpent says how long an interview was on screen, and each stage of it that took a minute: "84 min: start 9, household 12 …"; "" when
// nothing was measured. It is for the form, and judges nobody.
func (p *place) timeSpent(interview uuid.UUID) string {
	t, spent := p.s.Texts, p.detail.File.TimeSpent(interview)
	stages := spent.ByStage()
	var said []string
	for _, stage := range workspace.Stages {
		if minutes := int(stages[stage].Round(time.Minute) / time.Minute); minutes > 0 {
			said = append(said, t.T("review.time."+string(stage), "Minutes", minutes))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return t.T("review.time", "Minutes", int(spent.Total().Round(time.Minute)/time.Minute), "Stages", strings.Join(said, ", "))
}

// openInterview goes to the interview, or to its record for who does not hold interviews.
func (p *place) openInterview(interview *workspace.Record) {
	if p.may("interview") {
		p.s.Go("interview", interview.ID())
		return
	}
	p.s.Go("record", domain.Type("interview"), p.id, interview.ID())
}

// drawProblems lists errors, warnings and information, each with what can be done about it.
func (p *place) drawProblems() {
	t := p.s.Texts
	rows := []fyne.CanvasObject{ui.SectionHeader(t.T("review.problems.title"), t.T("review.problems.text"))}
	for _, problem := range p.detail.Problems {
		rows = append(rows, p.problem(problem))
	}
	if len(p.detail.Problems) == 0 {
		rows = append(rows, ui.Row(theme.SizeGap, ui.NewIcon("ok", theme.ColorSuccess), ui.Stretch(ui.Middle(ui.Paragraph(t.T("review.problems.none"))))))
	}
	p.page.Add(ui.Card(rows...))
}

func (p *place) problem(problem workspace.ReviewedProblem) fyne.CanvasObject {
	t := p.s.Texts
	level := map[domain.Severity]ui.Level{domain.Error: ui.Error, domain.Warning: ui.Warning, domain.Information: ui.Info}[problem.Severity]
	badge := ui.NewBadge(level, "", t.T("review.severity."+problem.Severity.String()))
	if problem.Answer != nil {
		badge = ui.NewBadge(ui.Success, "ok", t.T("review.answered_warning"))
	}
	words := ui.Stack(theme.SizeGapTight, ui.Strong(p.concerns(problem.Problem)), ui.Paragraph(t.T(problem.Text(), problem.Pairs()...)))
	if reason := problem.Reason(); reason != "" {
		_, by := problem.Answer.Written()
		words.Add(ui.Muted(t.T("review.reason", "Reason", reason, "User", p.s.WS.AliasOf(by))))
	}
	key := problem.Rule + problem.Object.String() + problem.Field + string(problem.Type)
	buttons := ui.Flow(theme.SizeGapTight)
	if p.detail.File.Get(problem.Object) != nil {
		buttons.Add(p.plain("go:"+key, t.T("review.go"), func() { p.s.Go("casefile", p.id, problem.Object) }))
	}
	if problem.Severity == domain.Warning && p.may("warning_answer") {
		label := t.T("review.answer")
		if problem.Answer != nil {
			label = t.T("review.answer_again")
		}
		buttons.Add(p.plain("answer:"+key, label, func() { p.answer(problem) }))
	}
	if p.may("remark") && problem.Object != uuid.Nil && problem.Type != "" && problem.Rule != "X17" {
		buttons.Add(p.quiet("remark:"+key, "edit", t.T("review.comment.short"), func() { p.comment(problem.Type, problem.Object, problem.Field) }))
	}
	words.Add(buttons)
	return ui.Row(theme.SizeGap, badge, ui.Stretch(words))
}

// answer takes the reason why a warning may stand.
func (p *place) answer(problem workspace.ReviewedProblem) {
	t, id := p.s.Texts, p.id
	before := problem.Reason()
	store := func(reason string, done func()) {
		p.act(func(ctx context.Context) error {
			_, err := p.s.WS.AnswerWarning(ctx, id, problem.Problem, reason)
			return err
		}, done)
	}
	ui.Confirm(p.s.Window, t, ui.Question{
		Title: t.T("review.answer"), Text: t.T(problem.Text(), problem.Pairs()...), Yes: t.T("review.answer"), Reason: ui.ReasonRequired,
		OnYes: func(reason string) {
			store(reason, func() { p.offer(t.T("review.answer_stored"), func() { store(before, nil) }) })
		},
	})
}

// concerns says whom or what a problem is about.
func (p *place) concerns(problem domain.Problem) string {
	t, file := p.s.Texts, p.detail.File
	record := file.Get(problem.Object)
	if record == nil {
		return t.T("domain.type.case")
	}
	person := file.Person(record.ID())
	if person == nil {
		person = file.Person(record.Subject())
	}
	if person != nil {
		return domain.DisplayName(person.Answer)
	}
	return t.T("domain.type." + string(record.Type()))
}

func (p *place) label(list, code string) string {
	if label := ui.Lists().Label(list, code, p.s.Texts.Lang()); label != "" {
		return label
	}
	return code
}

// plain and quiet make a button that keeps the keyboard when the page is drawn anew.
func (p *place) plain(anchor, text string, do func()) *ui.Button {
	button := ui.NewButton(text, do)
	p.anchors[anchor] = button
	return button
}

func (p *place) quiet(anchor, icon, text string, do func()) *ui.Button {
	button := ui.NewQuiet(icon, text, do)
	p.anchors[anchor] = button
	return button
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

func nonEmpty(parts ...string) []string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}
