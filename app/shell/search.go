package shell

import (
	"context"
	"errors"
	"strings"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/form"
	"feltbok/internal/match"
	"feltbok/internal/workspace"
)

// How many finds of each kind the search shows.
const (
	namesFound   = 8
	answersFound = 12
)

// find is one line of the search over everything: what it says and where it leads.
type find struct {
	kind, title, detail string
	open                func()
}

// searchAll opens the search over everything that the user may read: places, persons and cases by name and number, and the words of
// ordinary answers. P3 and sealed content is never searched (security.md 3.6).
func (s *Shell) searchAll() {
	p, t := s.period, s.texts
	if p == nil || !s.onPage() {
		return
	}
	canvas := s.o.Window.Canvas()
	back := canvas.Focused()
	var finds []find
	var dialog *ui.Dialog
	table := ui.NewTable([]ui.Column{{Title: t.T("shell.find.what"), Share: 3, Least: 220}, {Title: t.T("shell.find.kind"), Least: 150, HideBelow: 480}},
		func() int { return len(finds) }, func(row, column int) ui.Cell {
			if column == 1 {
				return ui.Cell{Text: finds[row].kind, Muted: true}
			}
			return ui.Cell{Text: finds[row].title, Detail: finds[row].detail}
		}).TwoLines()
	table.OnOpen = func(row int) {
		back = nil
		open := finds[row].open
		dialog.Close()
		open()
	}
	table.Hide() // its titles say nothing without rows
	none := ui.Muted(t.T("shell.find.hint"))
	var field *ui.SearchField
	show := func(text string, found []find) {
		if field.Text != text {
			return // another letter was typed in between
		}
		finds = found
		none.Hidden, table.Hidden = len(finds) > 0, len(finds) == 0
		none.SetText(t.T("shell.find.none"))
		if strings.TrimSpace(text) == "" {
			none.SetText(t.T("shell.find.hint"))
		}
		table.Refresh()
		table.Mark(0)
		dialog.Refresh()
	}
	var cancel func()
	field = ui.NewSearchField(t, p.loop, func(text string) {
		if cancel != nil {
			cancel()
		}
		known := s.findPlaces(text)
		if s.entry("casefile") == nil || strings.TrimSpace(text) == "" {
			show(text, known)
			return
		}
		cancel = ui.Run(p.loop, func(ctx context.Context) ([]find, error) { return findAll(ctx, p.session, text) }, func(found []find, err error) {
			switch {
			case errors.Is(err, context.Canceled):
				return
			case err != nil:
				p.session.Fault(err)
				return
			}
			show(text, append(known, found...))
		})
	})
	field.Results = table.Focusable()
	submit := field.OnDone
	field.OnDone = func() { // Enter takes the first find
		submit()
		if len(finds) > 0 {
			table.OnOpen(max(table.Marked(), 0))
		}
	}
	shut := func() { dialog.Close() }
	empty := field.OnEscape
	field.OnEscape = func() {
		if field.Text == "" {
			shut()
			return
		}
		empty()
	}
	closing := ui.NewButton(t.T("ui.close"), shut)
	closing.OnEscape, table.OnEscape = shut, shut
	// Rows that the box has no room for would be out of sight of the keyboard.
	rows := min(max(canvas.Size().Height/theme.Size(theme.SizeTouch)-3.5, 2), 6)
	parts := ui.Stack(theme.SizeGapWide, field, none, ui.Tall(rows, table), ui.Row(theme.SizeGap, ui.Spacer(), closing))
	dialog = ui.ShowDialog(s.o.Window, t.T("shell.find.title"), 720, parts, field, func() {
		if cancel != nil {
			cancel()
		}
		if back != nil {
			canvas.Focus(back)
		}
	})
}

// findPlaces finds pages of the program by their name.
func (s *Shell) findPlaces(text string) []find {
	wanted := match.Fold(strings.TrimSpace(text))
	if wanted == "" {
		return nil
	}
	var found []find
	for _, e := range railEntries(s.period.entries) {
		if title := s.texts.T(e.TitleKey); strings.Contains(match.Fold(title), wanted) {
			found = append(found, find{kind: s.texts.T("shell.find.page"), title: title, open: func() { s.Go(e.ID) }})
		}
	}
	return found
}

// findAll finds persons, cases and answers. It runs off the UI goroutine.
func findAll(ctx context.Context, s *ui.Session, text string) ([]find, error) {
	t := s.Texts
	hits, err := s.WS.Search(ctx, text, namesFound)
	if err != nil {
		return nil, err
	}
	var found []find
	for _, hit := range hits {
		kind := t.T("shell.find.person")
		open := func() { s.Go("casefile", hit.Case, hit.ID) }
		if hit.Type == "case" {
			kind, open = t.T("shell.find.case"), func() { s.Go("casefile", hit.Case) }
		}
		found = append(found, find{kind, strings.TrimSpace(hit.Title + "  " + hit.Native), hit.Detail, open})
	}
	answers, err := s.WS.SearchAnswers(ctx, text, answersFound)
	if err != nil {
		return nil, err
	}
	for _, said := range answers {
		where := []string{}
		for _, part := range []string{said.Number, said.Name, questionOf(said, t.Lang())} {
			if part != "" {
				where = append(where, part)
			}
		}
		found = append(found, find{t.T("shell.find.answer"), said.Words, strings.Join(where, " · "), func() { s.Go("casefile", said.Case, said.ID) }})
	}
	return found, nil
}

// questionOf gives the question that an answer was found under; empty when no question set asks it.
func questionOf(said workspace.Said, lang string) string {
	if said.Question != nil {
		return said.Question.In(lang)
	}
	sets, err := form.All()
	if err != nil {
		return ""
	}
	for _, set := range sets {
		repeat := ""
		if set.Object != said.Type {
			repeat = string(said.Type)
		}
		if item, ok := set.Find(repeat, said.Field); ok && item.Question != nil {
			return item.Label.In(lang)
		}
	}
	return ""
}
