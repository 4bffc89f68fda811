// Package workload says how much each interviewer has on a day, for the interview plan and for the lead's first page.
package workload

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/schedule"
)

// Rows are a line for each interviewer with work on a day (YYYY-MM-DD), and a banner for each that has too much; none when nobody has
// any.
func Rows(t *i18n.Texts, plan *schedule.Plan, day string) []fyne.CanvasObject {
	loads := plan.Loads(day)
	if len(loads) == 0 {
		return nil
	}
	rows := []fyne.CanvasObject{ui.Strong(t.T("dayplan.load.title"))}
	for _, load := range loads {
		alias := plan.Interviewer(load.Interviewer).Alias
		words := t.T("dayplan.load.line", "Who", alias, "Families", t.N("dayplan.families", load.Families), "Time", span(t, load.Time))
		rows = append(rows, ui.Row(theme.SizeGap, ui.NewIcon("person", theme.ColorMuted), ui.Stretch(ui.Middle(ui.Paragraph(words)))))
	}
	for _, found := range plan.Check(day) {
		if found.Type == "staff_card" {
			rows = append(rows, ui.Banner(Level(found.Severity), Sentence(t, found), nil, nil))
		}
	}
	return rows
}

// Sentence says what was found, with the decimal comma where the language has one.
func Sentence(t *i18n.Texts, found domain.Problem) string {
	pairs := found.Pairs()
	if t.Lang() != "en" && strings.HasPrefix(found.Rule, "LOAD_") {
		for i := 1; i < len(pairs); i += 2 {
			if figure, ok := pairs[i].(string); ok && pairs[i-1] != "Interviewer" {
				pairs[i] = strings.ReplaceAll(figure, ".", ",")
			}
		}
	}
	return t.T(found.Text(), pairs...)
}

// Level is how a problem is shown.
func Level(severity domain.Severity) ui.Level {
	switch severity {
	case domain.Error:
		return ui.Error
	case domain.Warning:
		return ui.Warning
	}
	return ui.Info
}

func span(t *i18n.Texts, d time.Duration) string {
	whole, rest := int(d.Hours()), int(d.Minutes())%60
	if rest == 0 {
		return t.T("dayplan.hours", "Hours", whole)
	}
	return t.T("dayplan.hours_minutes", "Hours", whole, "Minutes", rest)
}
