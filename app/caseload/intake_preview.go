package caseload

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
)

// What the preview can show.
const (
	showIssues  = "issues"
	showChanges = "changes"
	showCases   = "cases"
)

// previewLine is one row of the preview.
type previewLine struct {
	where, detail string
	what, more    string
	level         ui.Level
	badge         string
	row           int // of a question that can be answered; 0 otherwise
}

// preview is the third step: what taking the list in would do.
func (p *intakePage) preview() {
	t, n := p.s.Texts, p.plan.Counts
	if p.only == "" || p.only == showIssues && len(p.plan.Issues) == 0 {
		p.only = showCases
		if len(p.plan.Issues) > 0 {
			p.only = showIssues
		}
	}
	lines := p.lines()
	table := ui.NewTable([]ui.Column{{Title: t.T("intake.preview.where"), Least: 150}, {Title: "", Least: 120}, {Title: t.T("intake.preview.what"), Least: 200, Share: 1}},
		func() int { return len(lines) }, func(row, column int) ui.Cell {
			line := lines[row]
			switch column {
			case 0:
				return ui.Cell{Text: line.where, Detail: line.detail, Bold: true}
			case 1:
				return ui.Cell{Badge: line.badge, Level: line.level}
			default:
				return ui.Cell{Text: line.what, Detail: line.more}
			}
		}).TwoLines()
	table.OnOpen = func(row int) {
		if number := lines[row].row; number > 0 {
			p.askSame(number)
		}
	}
	back := ui.NewQuiet("back", t.T("intake.to_columns"), p.columns)
	take := ui.NewPrimary(t.N("intake.take", n.NewCases+n.ChangedCases), p.take)
	back.OnEscape, take.OnEscape = p.columns, p.columns
	p.main = take
	if !p.plan.Changes() {
		take.Disable()
	}
	views := ui.NewChips([]ui.Choice{
		{Code: showIssues, Label: t.T("intake.show.issues", "Count", len(p.plan.Issues))},
		{Code: showChanges, Label: t.T("intake.show.changes", "Count", n.Values+n.Held+n.Disputed)},
		{Code: showCases, Label: t.T("intake.show.cases", "Count", len(p.plan.Cases))},
	}, false)
	views.Put(p.only)
	views.OnChosen = func(codes []string) {
		if len(codes) == 1 && codes[0] != p.only {
			p.only = codes[0]
			p.preview()
			return
		}
		views.Put(p.only)
	}
	views.OnEscape = p.columns
	parts := []fyne.CanvasObject{p.heading(t.T("intake.preview"), back, take), ui.Paragraph(p.sum(n))}
	if words := p.leftOut(); words != "" {
		parts = append(parts, ui.Banner(ui.Warning, words, nil, nil))
	}
	if !p.plan.Before.IsZero() {
		parts = append(parts, ui.Muted(t.T("intake.known_file", "When", p.plan.Before.Local().Format("2.1.2006 15:04"))))
	}
	if n.Held+n.Disputed > 0 {
		parts = append(parts, p.chosen(t.T("intake.dispute"), []ui.Choice{{Code: "no", Label: t.T("intake.dispute.no")}, {Code: "yes", Label: t.T("intake.dispute.yes")}},
			map[bool]string{true: "yes", false: "no"}[p.o.Dispute], func(code string) {
				p.o.Dispute = code == "yes"
				p.compare()
			}))
	}
	parts = append(parts, views)
	if len(lines) == 0 {
		p.step(take, nil, append(parts, ui.Muted(t.T("intake.preview.nothing")))...)
		return
	}
	p.step(table.Focusable(), table, parts...)
}

// sum says what a plan brings, or brought, in one sentence.
func (p *intakePage) sum(n intake.Counts) string {
	t := p.s.Texts
	return t.T("intake.sum", "NewCases", t.N("intake.cases", n.NewCases), "NewPersons", t.N("intake.persons", n.NewPersons),
		"Changed", t.N("intake.cases", n.ChangedCases), "Values", t.N("intake.values", n.Values), "Same", t.N("intake.cases", n.SameCases))
}

// leftOut says what stays out and why.
func (p *intakePage) leftOut() string {
	t, n := p.s.Texts, p.plan.Counts
	var words []string
	if n.LeftOutCases > 0 || n.Errors > 0 {
		words = append(words, t.T("intake.left_out", "Cases", t.N("intake.cases", n.LeftOutCases), "Errors", n.Errors))
	}
	if n.Asking > 0 {
		words = append(words, t.N("intake.asking", n.Asking))
	}
	return strings.Join(words, " ")
}

func levelOf(s domain.Severity) ui.Level {
	switch s {
	case domain.Error:
		return ui.Error
	case domain.Warning:
		return ui.Warning
	}
	return ui.Info
}

// lines are the rows of the view chosen.
func (p *intakePage) lines() (lines []previewLine) {
	t := p.s.Texts
	switch p.only {
	case showIssues:
		asks := map[int]bool{}
		for _, c := range p.plan.Cases {
			for _, person := range c.Persons {
				asks[person.Row] = person.State == intake.StateAsk
			}
		}
		for _, severity := range []domain.Severity{domain.Error, domain.Warning, domain.Information} {
			for _, i := range p.plan.Issues {
				if i.Severity != severity {
					continue
				}
				key, pairs := i.Text()
				line := previewLine{where: t.T("intake.row", "Row", i.Row), detail: i.Column, what: t.T(key, pairs...), level: levelOf(severity), badge: t.T("intake.level." + i.Level)}
				if asks[i.Row] && i.Column == "" {
					line.row, line.more = i.Row, t.T("intake.open_to_answer")
				}
				lines = append(lines, line)
			}
		}
	case showChanges:
		for _, c := range p.plan.Cases {
			lines = append(lines, p.differences(c.Number, c.Differences)...)
			for _, person := range c.Persons {
				if person.State != intake.StateNew {
					lines = append(lines, p.differences(t.T("intake.row", "Row", person.Row)+" · "+c.Number, person.Differences)...)
				}
			}
		}
	default:
		for _, c := range p.plan.Cases {
			level := map[string]ui.Level{intake.StateNew: ui.Success, intake.StateChanged: ui.Info, intake.StateLeftOut: ui.Warning}[c.State]
			var names []string
			for _, person := range c.Persons {
				names = append(names, person.Name)
			}
			lines = append(lines, previewLine{
				where: c.Number, detail: t.N("intake.persons", len(c.Persons)), what: strings.Join(names, ", "), level: level, badge: t.T("intake.state." + c.State),
			})
		}
	}
	return lines
}

func (p *intakePage) differences(where string, list []intake.Difference) (lines []previewLine) {
	t := p.s.Texts
	for _, d := range list {
		line := previewLine{where: where, detail: p.fieldName(d), what: sayValue(p.s.WS, t, d, d.New), more: t.T("intake.instead_of", "Old", sayValue(p.s.WS, t, d, d.Old)), level: ui.Info, badge: t.T("intake.change.new")}
		switch {
		case d.Disputed:
			line.level, line.badge = ui.Warning, t.T("intake.change.disputed")
		case d.Held:
			line.level, line.badge = ui.Neutral, t.T("intake.change.held")
		}
		lines = append(lines, line)
	}
	return lines
}

func (p *intakePage) fieldName(d intake.Difference) string {
	if key := "intake.field." + string(d.Type) + "." + d.Field; p.s.Texts.Has(key) {
		return p.s.Texts.T(key)
	}
	return p.s.Texts.T("intake.field_other." + d.Field)
}

// sayValue says an answer in words: codes by their labels.
func sayValue(ws *workspace.Workspace, t *i18n.Texts, d intake.Difference, a domain.Answer) string {
	if !a.HasValue() {
		return t.T("intake.empty")
	}
	var words []string
	for _, text := range a.List() {
		words = append(words, ws.CodeLabel(d.Type, d.Field, text, t.Lang()))
	}
	if len(words) == 0 {
		return a.Text()
	}
	return strings.Join(words, ", ")
}

// askSame asks whether the person of a row is one who stands in the case.
func (p *intakePage) askSame(row int) {
	t := p.s.Texts
	var plan intake.PersonPlan
	for _, c := range p.plan.Cases {
		for _, person := range c.Persons {
			if person.Row == row {
				plan = person
			}
		}
	}
	var dialog *ui.Dialog
	answer := func(id uuid.UUID) func() {
		return func() {
			p.o.Same[row] = id
			dialog.Close()
			p.compare()
		}
	}
	parts := ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("intake.same.text", "Name", plan.Name, "Row", row)))
	var first *ui.Button
	for _, like := range plan.Likely {
		button := ui.NewButton(t.T("intake.same.is", "Name", like.Name, "Birth", like.Birth), answer(like.Person))
		if first == nil {
			first = button
		}
		parts.Add(button)
	}
	parts.Add(ui.NewButton(t.T("intake.same.new"), answer(uuid.Nil)))
	for _, o := range parts.Objects[1:] {
		o.(*ui.Button).OnEscape = func() { dialog.Close() }
	}
	dialog = ui.ShowDialog(p.s.Window, t.T("intake.same.title"), 520, parts, first, nil)
}

// sayStamp says a time stored as RFC 3339 the short way.
func sayStamp(stored string) string {
	at, err := time.Parse(time.RFC3339, stored)
	if err != nil {
		return stored
	}
	return at.Local().Format("2.1.2006 15:04")
}
