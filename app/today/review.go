package today

import (
	"context"

	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// reviewing is what the evening review wants of this user.
type reviewing struct {
	// returned are the own interviews that the lead sent back, first the case of one of them.
	returned int
	first    uuid.UUID
	// waiting are interviews that the lead has not looked through; zero for everybody else.
	waiting int
}

// lookForReview counts what waits in the review. It opens no case: an interview says itself where it stands.
func lookForReview(ctx context.Context, ws *workspace.Workspace) (r reviewing, err error) {
	interviews, err := ws.Objects(ctx, "interview", uuid.Nil)
	if err != nil {
		return r, err
	}
	lead := ws.Me().Role == domain.MLD
	for _, one := range interviews {
		switch {
		case workspace.Returned(one) && ws.OwnInterview(one):
			if r.returned == 0 {
				r.first = one.Case()
			}
			r.returned++
		case lead && workspace.InterviewStatus(one) == domain.ReadyForReview:
			r.waiting++
		}
	}
	return r, nil
}

// drawReview brings up what was sent back, and for the lead what was handed in.
func (p *place) drawReview() {
	t, r := p.s.Texts, p.read.review
	if r.returned > 0 {
		p.notices.Add(ui.Banner(ui.Warning, t.N("today.sent_back.title", r.returned),
			ui.NewButton(t.T("today.sent_back.action"), func() { p.s.Go("review", r.first) }), nil))
	}
	if r.waiting > 0 {
		p.notices.Add(ui.Banner(ui.Info, t.N("today.review", r.waiting), ui.NewButton(t.T("today.review.action"), func() { p.s.Go("review") }), nil))
	}
}
