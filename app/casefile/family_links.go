package casefile

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/household"
	"feltbok/internal/workspace"
)

// linksCard shows the cases that this one is linked with, each with a way to it. Nobody of the other case is named: the family may look on.
func (p *place) linksCard() fyne.CanvasObject {
	t := p.s.Texts
	links := household.Links(p.view.file.Case())
	may := p.s.WS.Me().Role.MayWrite("case", "linked_cases")
	var actions []fyne.CanvasObject
	if may {
		add := ui.NewQuiet("add", t.T("household.link.add"), p.askLink)
		p.anchor("link:add", add)
		actions = append(actions, add)
	}
	if len(links) == 0 {
		return ui.Card(ui.SectionHeader(t.T("household.link.title"), t.T("household.link.none"), actions...))
	}
	rows := ui.Stack(theme.SizeGap, ui.SectionHeader(t.T("household.link.title"), "", actions...))
	for _, link := range links {
		number := link.Number
		if number == "" {
			number = t.T("casefile.no_number")
		}
		row := ui.Row(theme.SizeGap, ui.NewIcon("casefile", theme.ColorMuted), ui.Stretch(ui.Middle(ui.Stack("", ui.Strong(number), ui.Muted(labelOf(t, "linked_case_relation", link.Relation))))))
		if slices.Contains(p.view.linked, link.Case) {
			open := ui.NewButton(t.T("household.link.open"), func() { p.s.Go("casefile", link.Case) })
			p.anchor("link:"+link.Case.String()+link.Relation, open)
			row.Add(open)
		} else {
			row.Add(ui.NewBadge(ui.Neutral, "info", t.T("household.link.elsewhere")))
		}
		if may {
			row.Add(ui.NewIconButton("remove", t.T("household.link.remove", "Number", number), func() {
				change, err := household.RemoveLink(p.view.file.Case(), link)
				if !p.refused(err) {
					p.apply(change, t.T("household.link.removed", "Number", number))
				}
			}))
		}
		rows.Add(row)
	}
	return ui.Card(rows)
}

// askLink asks which case this one is linked with, and how.
func (p *place) askLink() {
	ui.Run(p.s.Loop, p.s.WS.Cases, func(cases []workspace.CaseSummary, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		p.askLinkOf(cases)
	})
}

func (p *place) askLinkOf(cases []workspace.CaseSummary) {
	t := p.s.Texts
	which := ui.NewPickEntry(t, func(text string, limit int) []ui.Choice {
		wanted := codelist.Fold(text)
		var found []ui.Choice
		for _, one := range cases {
			if one.ID != p.id && len(found) < limit && (strings.Contains(codelist.Fold(one.Number), wanted) || strings.Contains(codelist.Fold(one.Name), wanted)) {
				found = append(found, ui.Choice{Code: one.ID.String(), Label: one.Number, Detail: one.Name})
			}
		}
		return found
	})
	number := ui.NewTextField("")
	how := ui.NewChips(p.codes("linked_case_relation"), false)
	p.ask(t.T("household.link.add"), t.T("household.link.text"), which, t.T("casefile.save"), func() {
		other, _ := uuid.Parse(which.Picked().Code) // zero: the case is not on this machine
		link := household.Link{Case: other, Number: domain.NormaliseText(number.Text), Relation: strings.Join(how.Chosen(), "")}
		if link.Relation == "" || other == uuid.Nil && link.Number == "" {
			p.s.Notify(ui.Warning, t.T("household.link.needed"))
			return
		}
		p.link(link)
	}, []fyne.CanvasObject{
		ui.NewField(t.T("household.link.which"), which), ui.NewField(t.T("household.link.number"), number), ui.NewField(t.T("household.link.how"), how),
	}, &which.OnEscape, &number.OnEscape, &how.OnEscape)
}

// link links the case with another one; when that is here, both ways.
func (p *place) link(link household.Link) {
	t := p.s.Texts
	ui.Run(p.s.Loop, func(ctx context.Context) (*workspace.Record, error) {
		if link.Case == uuid.Nil {
			return nil, nil
		}
		return p.s.WS.Get(ctx, "case", link.Case)
	}, func(other *workspace.Record, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		var view domain.ObjectView
		if other != nil {
			view, link.Number = other, other.Text("unhcr_case_no")
		}
		change, err := household.AddLink(p.view.file.Case(), view, link)
		if !p.refused(err) {
			p.confirmOrApply(t.T("household.link.add"), t.T("household.link.done", "Number", link.Number, "How", lowered(labelOf(t, "linked_case_relation", link.Relation))), change)
		}
	})
}
