package casefile

import (
	"context"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

func (p *place) talkBadge(person uuid.UUID) fyne.CanvasObject {
	t := p.s.Texts
	all, state := p.view.talksOf(person)
	switch state {
	case talkReady:
		return ui.NewBadge(ui.Success, "ok", t.T("casefile.talk.ready"))
	case talkBegun:
		for _, one := range all {
			if progress, ok := p.view.progress[one.ID()]; ok && one.Reference("about") == person && progress.Relevant > 0 {
				return ui.NewBadge(ui.Info, "interview", t.T("casefile.talk.begun_progress", "Done", progress.Answered, "All", progress.Relevant))
			}
		}
		return ui.NewBadge(ui.Info, "interview", t.T("casefile.talk.begun"))
	default:
		return ui.NewBadge(ui.Neutral, "interview", t.T("casefile.talk.none"))
	}
}

func (p *place) addHousehold() {
	id, err := uuid.NewV7()
	if err != nil {
		p.s.Fault(err)
		return
	}
	target := workspace.Target{Type: "household", ID: id, Case: p.id, Subject: p.id}
	name := p.s.Texts.T("casefile.household.number", "Number", len(p.view.file.Households())+1)
	p.writes.add(func(ctx context.Context) error {
		_, err := p.s.WS.Set(ctx, target, map[string]domain.Answer{"case": domain.TextAnswer(p.id.String()), "name": domain.TextAnswer(name)})
		return err
	}, func(err error) {
		if err == nil {
			p.readThen(func() { p.editHousehold(id, "") })
		}
	})
}

// remove takes an object away and offers to bring it back.
func (p *place) remove(kind domain.Type, id uuid.UUID, words string) {
	target := workspace.Target{Type: kind, ID: id, Case: p.id}
	p.side.closeOn(id)
	p.writes.add(func(ctx context.Context) error { return p.s.WS.Remove(ctx, target) }, func(err error) {
		if err != nil {
			return
		}
		p.undo.offer(words, func() {
			p.writes.add(func(ctx context.Context) error { return p.s.WS.Restore(ctx, target) }, func(error) { p.load() })
		})
		p.load()
	})
}
