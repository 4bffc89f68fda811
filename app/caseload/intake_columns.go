package caseload

import (
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/intake"
)

// columns is the second step: what each column means, with examples from the file.
func (p *intakePage) columns() {
	t := p.s.Texts
	p.plan = nil
	back := ui.NewQuiet("back", t.T("intake.other_file"), p.files)
	next := ui.NewPrimary(t.T("intake.compare"), p.compare)
	back.OnEscape, next.OnEscape = p.files, p.files
	p.main = next
	table := ui.NewTable([]ui.Column{
		{Title: t.T("intake.column.heading"), Least: 140, Share: 1}, {Title: t.T("intake.column.example"), Least: 140, Share: 1, HideBelow: 500}, {Title: t.T("intake.column.field"), Least: 200, Share: 1},
	}, func() int { return len(p.list.Columns) }, p.columnCell).TwoLines()
	table.OnOpen = func(row int) { p.askField(row, func() { table.Refresh(); ui.Focus(table.Focusable()) }) }
	choices := ui.Row(theme.SizeGapWide, ui.Stretch(p.chosen(t.T("intake.source"), []ui.Choice{
		{Code: string(domain.FromRRF), Label: "UNHCR (RRF)"}, {Code: string(domain.FromUDIList), Label: "UDI"},
	}, string(p.o.Mapping.Source), func(code string) { p.o.Mapping.Source = domain.Source(code) })),
		ui.Stretch(p.chosen(t.T("intake.dates"), []ui.Choice{
			{Code: string(intake.DayFirst), Label: t.T("intake.dates.dmy")}, {Code: string(intake.MonthFirst), Label: t.T("intake.dates.mdy")},
		}, string(p.o.Mapping.Dates), func(code string) { p.o.Mapping.Dates = intake.DateOrder(code) })))
	if len(p.list.Sheets) > 1 {
		var sheets []ui.Choice
		for _, name := range p.list.Sheets {
			sheets = append(sheets, ui.Choice{Code: name, Label: name})
		}
		choices.Add(ui.Stretch(p.chosen(t.T("intake.sheet"), sheets, p.list.Sheet, func(name string) { p.open(p.path, name) })))
	}
	if p.s.WS.Me().HQ {
		choices.Add(ui.Stretch(p.missionField()))
	}
	p.step(table.Focusable(), table, p.heading(t.T("intake.columns"), back, next), ui.Muted(p.aboutFile()), choices, ui.Muted(t.T("intake.columns.how")))
}

// chosen is a choice of one, with its label before it. Something is always chosen.
func (p *intakePage) chosen(label string, options []ui.Choice, now string, take func(code string)) fyne.CanvasObject {
	chips := ui.NewChips(options, false)
	chips.Put(now)
	chips.OnChosen = func(codes []string) {
		if len(codes) == 0 {
			chips.Put(now)
			return
		}
		if now != codes[0] {
			now = codes[0]
			take(now)
		}
	}
	chips.OnEscape = p.files
	return ui.NewField(label, chips)
}

// missionField chooses the mission that new cases belong to.
func (p *intakePage) missionField() fyne.CanvasObject {
	t := p.s.Texts
	choice := func(i int) ui.Choice {
		return ui.Choice{Code: p.missions[i].ID().String(), Label: p.missions[i].Text("name"), Detail: p.missions[i].Text("mission_code")}
	}
	pick := ui.NewPickEntry(t, func(text string, limit int) (found []ui.Choice) {
		for i := range p.missions {
			if c := choice(i); len(found) < limit && strings.Contains(codelist.Fold(c.Label+" "+c.Detail), codelist.Fold(text)) {
				found = append(found, c)
			}
		}
		return found
	})
	for i, mission := range p.missions {
		if mission.ID() == p.o.Mission {
			pick.PutChoice(choice(i))
		}
	}
	pick.OnPick = func(c ui.Choice) { p.o.Mission, _ = uuid.Parse(c.Code) }
	return ui.NewField(t.T("intake.mission"), pick)
}

// aboutFile says how the file was read, and what is odd about it.
func (p *intakePage) aboutFile() string {
	t := p.s.Texts
	words := []string{p.list.Name, t.N("intake.rows", len(p.list.Rows))}
	if p.list.Header > 1 {
		words = append(words, t.T("intake.header_row", "Row", p.list.Header))
	}
	if p.list.Sheet != "" {
		words = append(words, t.T("intake.sheet")+": "+p.list.Sheet)
	}
	if p.list.Encoding != "" {
		words = append(words, p.list.Encoding)
	}
	if p.list.Hidden > 0 {
		words = append(words, t.N("intake.hidden", p.list.Hidden))
	}
	if p.remembered {
		words = append(words, t.T("intake.remembered"))
	}
	return strings.Join(words, " · ")
}

func (p *intakePage) columnCell(row, column int) ui.Cell {
	t := p.s.Texts
	heading := p.list.Columns[row]
	switch column {
	case 0:
		return ui.Cell{Text: heading, Bold: true}
	case 1:
		text, more := p.examples(row)
		return ui.Cell{Text: text, Detail: more, Muted: true}
	}
	switch key := p.o.Mapping.Columns[heading]; {
	case key != "":
		return ui.Cell{Text: t.T("intake.field." + key)}
	case intake.Sensitive(heading):
		return ui.Cell{Badge: t.T("intake.never_read"), Level: ui.Warning, Icon: "sealed"}
	default:
		return ui.Cell{Badge: t.T("intake.not_read"), Level: ui.Neutral}
	}
}

// examples are the first two different texts of a column.
func (p *intakePage) examples(column int) (first, second string) {
	for i := range p.list.Rows {
		text := p.list.Rows[i].Cells[column]
		switch {
		case text == "" || text == first:
		case first == "":
			first = text
		default:
			return first, text
		}
	}
	return first, ""
}

// askField asks what a column means.
func (p *intakePage) askField(column int, after func()) {
	t := p.s.Texts
	heading := p.list.Columns[column]
	if intake.Sensitive(heading) {
		p.s.Notify(ui.Info, t.T("intake.never_read.why"))
		after()
		return
	}
	none := ui.Choice{Label: t.T("intake.not_read")}
	var dialog *ui.Dialog
	pick := ui.NewPickEntry(t, func(text string, limit int) []ui.Choice {
		var found []ui.Choice
		if text == "" {
			found = append(found, ui.Choice{Code: "-", Label: none.Label})
		}
		for _, f := range intake.Fields() {
			label := t.T("intake.field." + f.Key)
			if len(found) < limit && strings.Contains(codelist.Fold(label), codelist.Fold(text)) {
				found = append(found, ui.Choice{Code: f.Key, Label: label})
			}
		}
		return found
	})
	if key := p.o.Mapping.Columns[heading]; key != "" {
		pick.PutChoice(ui.Choice{Code: key, Label: t.T("intake.field." + key)})
	}
	finish := func() {
		p.setField(heading, pick.Picked().Code)
		dialog.Close()
	}
	done, notRead := ui.NewPrimary(t.T("ui.ok"), finish), ui.NewButton(none.Label, func() {
		p.setField(heading, "")
		dialog.Close()
	})
	pick.OnDone = func() { ui.Focus(done) }
	shut := func() { dialog.Close() }
	done.OnEscape, notRead.OnEscape = shut, shut
	first, second := p.examples(column)
	parts := ui.Stack(theme.SizeGapWide, ui.Muted(strings.Trim(first+" · "+second, " ·")), ui.NewField(t.T("intake.column.field"), pick),
		ui.Row(theme.SizeGap, notRead, ui.Spacer(), done))
	dialog = ui.ShowDialog(p.s.Window, heading, 480, parts, pick, after)
}

// setField gives a column its meaning; the column that had it before has none then.
func (p *intakePage) setField(heading, key string) {
	if key == "-" {
		key = ""
	}
	for other, has := range p.o.Mapping.Columns {
		if has == key {
			delete(p.o.Mapping.Columns, other)
		}
	}
	delete(p.o.Mapping.Columns, heading)
	if key != "" {
		p.o.Mapping.Columns[heading] = key
	}
}
