package interview

import (
	"context"
	"slices"

	"feltbok/app/ui"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// takeBackFinish makes a draft again of an interview that was handed in, until it is in a file or the lead has gone on from it.
func (p *Place) takeBackFinish() {
	session := p.session
	ui.Run(p.s.Loop, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, takeBackFinish(context.WithoutCancel(ctx), p.s.WS, session)
	}, func(_ struct{}, err error) {
		if err != nil {
			p.s.Fault(err)
		}
		if p.session != session {
			return // another interview was opened meanwhile
		}
		p.resyncQuietly()
		p.showView(viewFinish)
	})
}

func takeBackFinish(ctx context.Context, ws *workspace.Workspace, session *workspace.InterviewSession) error {
	acts, err := exchange.Acts(ctx, ws, session.Case())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(acts, func(a exchange.Act) bool { return a.Object == session.ID() })
	if at < 0 {
		return exchange.ErrNotUndoable()
	}
	if err := exchange.TakeBack(ctx, ws, acts[at]); err != nil {
		return err
	}
	return session.Refresh(ctx)
}
