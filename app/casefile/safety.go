package casefile

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/app/ui/safety"
	"feltbok/internal/domain"
	"feltbok/sync/exchange"
)

// safetyOf is how far the own work on the open case has come, in compartment case: a family may look on, and must not see by it
// that something was written elsewhere (security.md 2.2). It is read after the page is drawn, so that nothing waits for it.
type safetyOf struct {
	of     exchange.CaseState
	cancel func()
}

// readSafety reads the state of a case. At headquarters there is none.
func (p *place) readSafety(id uuid.UUID) {
	if p.s.WS.Me().HQ {
		return
	}
	if p.safety.cancel != nil {
		p.safety.cancel()
	}
	p.safety.cancel = ui.Run(p.s.Loop, func(ctx context.Context) (exchange.CaseState, error) {
		return exchange.StateOfCase(ctx, p.s.WS, id, domain.Case)
	}, func(state exchange.CaseState, err error) {
		switch {
		case errors.Is(err, context.Canceled) || id != p.id:
		case err != nil:
			p.s.Fault(err)
		case state != p.safety.of:
			p.safety.of = state
			p.draw()
		}
	})
}

// safetyBadge puts the state of the own work among the badges of the header.
func (p *place) safetyBadge(badge func(level ui.Level, icon, words string)) {
	if word := safety.InCase(p.s.Texts, p.safety.of.State); word != "" && p.safety.of.Case == p.id {
		level, icon := safety.Look(p.safety.of.State)
		badge(level, icon, word)
	}
}

// safetyLine says the same in full, with what to do about it; hidden while there is nothing to say.
func (p *place) safetyLine() fyne.CanvasObject {
	line := ui.Muted(safety.Sentence(p.s.Texts, p.safety.of))
	line.Hidden = line.Words == "" || p.safety.of.Case != p.id || p.safety.of.State.Safe()
	return line
}
