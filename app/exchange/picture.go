package exchange

import (
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
	delivery "feltbok/sync/exchange"
)

// picture shows how far one's own work has come, as four stages, and says in one sentence what that means.
type picture struct {
	texts  *i18n.Texts
	stages [4]*stage
	say    *fyne.Container
	card   *ui.Panel
}

// stage is one of: saved on this machine, in a file, stored at headquarters, merged at headquarters.
type stage struct {
	icon  *ui.Icon
	count *ui.Text
	note  *ui.Text
	bar   *ui.ProgressBar
	panel *ui.Panel
}

var stageKeys = [4]struct{ key, icon string }{{"saved", "saved"}, {"file", "stick"}, {"stored", "inbox"}, {"merged", "ok"}}

func newPicture(s *ui.Session) *picture {
	p := &picture{texts: s.Texts, say: ui.Stack("")}
	var steps []fyne.CanvasObject
	for i, k := range stageKeys {
		st := &stage{icon: ui.NewIcon(k.icon, theme.ColorMuted), count: ui.Subheading(""), note: ui.Muted(s.Texts.T("exchange.stage." + k.key + "_note")), bar: ui.NewProgressBar()}
		label := ui.Strong(s.Texts.T("exchange.stage." + k.key))
		label.Wrap = true
		st.panel = ui.NewPanel(theme.ColorNeutralTint, ui.Stack(theme.SizeGapTight, ui.Row(theme.SizeGap, st.icon, ui.Stretch(ui.Middle(label))), st.count, st.bar, st.note))
		st.panel.Radius, st.panel.Gap = "inputRadius", theme.SizeGap
		p.stages[i] = st
		if i > 0 {
			steps = append(steps, ui.NewIcon("forward", theme.ColorMuted))
		}
		steps = append(steps, st.panel)
	}
	p.card = ui.Card(ui.SectionHeader(s.Texts.T("exchange.picture.title"), ""), stages(steps...), p.say)
	return p
}

// put shows the counts.
func (p *picture) put(f facts, now time.Time) {
	own := f.status.Own
	for i, n := range [4]int{own.Total, own.InBundle, own.Stored, own.Merged} {
		st := p.stages[i]
		st.count.SetText(p.texts.N("exchange.changes", n))
		st.bar.Set(int64(n), int64(max(own.Total, 1)))
		full := n == own.Total && n > 0
		st.panel.Fill, st.bar.Color = theme.ColorNeutralTint, theme.ColorAccent
		ink := theme.ColorMuted
		switch {
		case full:
			st.panel.Fill, st.bar.Color, ink = theme.ColorSuccessTint, theme.ColorSuccess, theme.ColorSuccess
		case n > 0:
			ink = theme.ColorAccent
		}
		st.icon.Set(stageKeys[i].icon, ink)
		st.panel.Refresh()
	}
	level, words := Sentence(p.texts, f.status, f.receipt != nil, now)
	p.say.Objects = []fyne.CanvasObject{ui.Banner(level, words, nil, nil)}
	p.say.Refresh()
	p.card.Refresh()
}

// Sentence says in plain words how far the work of a field device has come and what to do about it.
func Sentence(t *i18n.Texts, s *delivery.Status, receipt bool, now time.Time) (ui.Level, string) {
	own := s.Own
	switch {
	case own.Total == 0:
		return ui.Neutral, t.T("exchange.say.nothing")
	case own.Unsent() > 0 && own.Stored < own.Total:
		words := t.N("exchange.say.unsent", own.Unsent())
		if at, err := time.Parse(time.RFC3339, s.OldestUnsent); err == nil {
			words += " " + t.T("exchange.say.oldest", "Age", Age(t, now.Sub(at)))
		}
		return ui.Warning, words
	case own.Stored < own.Total && receipt:
		return ui.Info, t.N("exchange.say.in_file", own.Total-own.Stored)
	case own.Stored < own.Total:
		return ui.Info, t.N("exchange.say.no_receipt", own.Total-own.Stored)
	case own.Merged < own.Total:
		return ui.Info, t.N("exchange.say.stored", own.Total-own.Merged)
	}
	return ui.Success, t.T("exchange.say.merged")
}

// Age writes a time span in whole minutes, hours or days, rounded down.
func Age(t *i18n.Texts, span time.Duration) string {
	switch {
	case span < time.Minute:
		return t.T("exchange.age.now")
	case span < time.Hour:
		return t.N("exchange.age.minutes", int(span/time.Minute))
	case span < 24*time.Hour:
		return t.N("exchange.age.hours", int(span/time.Hour))
	}
	return t.N("exchange.age.days", int(span/(24*time.Hour)))
}
