package casefile

import (
	"fyne.io/fyne/v2"

	"feltbok/app/record"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// drawConflicts shows fields that two people answered differently without having seen each other's answer: all values, by whom
// and when. Headquarters decides; nothing is lost meanwhile.
func (p *place) drawConflicts() {
	t, v := p.s.Texts, p.view
	if len(v.conflicts) == 0 {
		p.body.Add(ui.EmptyState("ok", t.T("casefile.conflict.none.title"), t.T("casefile.conflict.none.text"), nil))
	} else {
		p.body.Add(p.conflictsNote())
		for _, one := range v.conflicts {
			p.body.Add(p.conflictCard(one))
		}
	}
	p.offerSpecial(func() {
		if len(v.specialConflicts) == 0 {
			p.body.Add(ui.Card(ui.SectionHeader(t.T("casefile.special.title"), t.T("casefile.special.no_conflicts"))))
		}
		for _, one := range v.specialConflicts {
			p.body.Add(p.conflictCard(one))
		}
	})
}

func (p *place) conflictsNote() fyne.CanvasObject {
	t := p.s.Texts
	if p.s.WS.Me().HQ {
		decide := ui.NewButton(t.T("casefile.conflict.decide"), func() { p.s.Go("conflicts", p.id) })
		p.anchor("conflicts:decide", decide)
		return ui.Banner(ui.Info, t.T("casefile.conflict.text_hq"), decide, nil)
	}
	return ui.Banner(ui.Info, t.T("casefile.conflict.text"), nil, nil)
}

func (p *place) conflictCard(one workspace.Conflict) fyne.CanvasObject {
	t, v := p.s.Texts, p.view
	kind := one.Record.Type()
	about := t.T("domain.type." + string(kind))
	if kind == "relation" {
		about = p.relationSentence(one.Record)
	} else if person := p.personOf(one.Record); person != nil {
		about = nameOf(t, person)
	}
	info, _ := domain.Info(kind)
	def, _ := info.Field(one.Field)
	label, _ := record.Label(t, kind, one.Field)
	set, asked, ofForm := p.s.WS.AskedIn(v.file, one.Record, one.Field)
	if ofForm {
		label, about = asked.Label.In(form.Language(set, t.Lang())), joined(set.Title.In(t.Lang()), about)
	}
	values := ui.Stack(theme.SizeGap)
	for i, head := range one.Heads {
		words := say(t, v.file, def, head.Answer)
		if ofForm && head.Answer.HasValue() {
			words = form.Words(set, asked.Question, head.Answer, form.Language(set, t.Lang()))
		}
		if words == "" {
			words = t.T("casefile.conflict.empty")
		}
		note := t.T("casefile.conflict.by", "User", p.s.WS.AliasOf(head.By), "Time", head.HLC.Time().In(p.s.Now().Location()).Format("2.1.2006 15:04"))
		value := ui.Stack(theme.SizeGapTight, ui.Strong(words), ui.Muted(note))
		row := ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(value)))
		if i == 0 {
			row.Add(ui.NewBadge(ui.Neutral, "", t.T("casefile.conflict.shown")))
		}
		values.Add(row)
	}
	return ui.Card(ui.SectionHeader(label, about), values)
}
