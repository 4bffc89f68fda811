package workspace

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// mayRead reports whether this user may read a record at all: advice is for those who answer for it, and for its author
// (domain.md 3.4, 7.21). Everything else is decided by compartments.
func (w *Workspace) mayRead(r *Record) bool {
	if r.Type() != "advice" || w.me.Role.MayReadAdvice() {
		return true
	}
	return r.Text("written_by") == w.me.User.String() || slices.Contains(r.authorsOfAdvice(), w.me.User.String())
}

// authorsOfAdvice lists the users whose words stand in an advice.
func (r *Record) authorsOfAdvice() []string {
	var authors []string
	for name, f := range r.object.Fields {
		if !domain.IsAdviceContent(name) {
			continue
		}
		for _, head := range f.Heads {
			if by := head.By.String(); !slices.Contains(authors, by) {
				authors = append(authors, by)
			}
		}
	}
	slices.Sort(authors)
	return authors
}

// StageOfAdvice tells how far an advice has come. An approval counts only when somebody else than its authors gave it and it names
// these words; where two machines wrote different words none is approved.
func StageOfAdvice(r *Record) domain.AdviceStage {
	approver := ""
	if heads := r.Heads("approved_by"); len(heads) == 1 {
		approver = heads[0].By.String()
	}
	for _, field := range r.Conflicts() {
		if domain.IsAdviceContent(field) {
			return domain.AdviceDraft
		}
	}
	return domain.StageOfAdvice(r.Answer, r.authorsOfAdvice(), approver)
}

// MayApprove reports whether this user may approve an advice: by role, and not as one of its authors.
func (w *Workspace) MayApprove(r *Record) bool {
	me := w.Me()
	user := me.User.String()
	return me.Role.MayWrite("advice", "approved_by") && r.Text("written_by") != user && !slices.Contains(r.authorsOfAdvice(), user)
}

// ApproveAdvice approves what an advice says now, in the name of this user. Faults: E-ROLE, E-APPROVAL for an author, E-CASE when
// there is no such advice, E-VALUE when a field that is required is empty, E-CONFLICT while its words are in conflict.
func (w *Workspace) ApproveAdvice(ctx context.Context, id uuid.UUID) (*Record, error) {
	r, err := w.advice(ctx, id)
	if err != nil {
		return nil, err
	}
	info, _ := domain.Info("advice")
	for _, f := range info.Fields {
		if domain.IsAdviceContent(f.Name) && f.Need == domain.Required && !r.Answer(f.Name).HasValue() {
			return nil, fault.Newf("E-VALUE", describe("advice", f.Name), "nothing entered")
		}
		if domain.IsAdviceContent(f.Name) && r.Conflicted(f.Name) {
			return nil, fault.Newf("E-CONFLICT", describe("advice", f.Name), "two answers stand")
		}
	}
	return w.Set(ctx, Target{Type: "advice", ID: id, Case: r.Case()}, map[string]domain.Answer{
		"approved_by":     {Value: w.Me().User.String()},
		"approved_digest": {Value: domain.AdviceDigest(r.Answer)},
	})
}

// SendAdvice notes that an approved advice was given to UDI now. Faults: E-ROLE, E-APPROVAL when it is not approved as it stands,
// E-ADVICE when it is for IMDi only.
func (w *Workspace) SendAdvice(ctx context.Context, id uuid.UUID) (*Record, error) {
	r, err := w.advice(ctx, id)
	if err != nil {
		return nil, err
	}
	if !w.Me().Role.MayWrite("advice", "sent_at") {
		return nil, fault.Newf("E-ROLE", describe("advice", "sent_at"), "role %s", w.Me().Role)
	}
	if stage := StageOfAdvice(r); stage != domain.AdviceApproved && stage != domain.AdviceSent {
		return nil, fault.Newf("E-APPROVAL", "advice", "stage %s", stage)
	}
	if r.Text("visible_to") != "imdi_udi" {
		return nil, fault.New("E-ADVICE", "", nil)
	}
	return w.Set(ctx, Target{Type: "advice", ID: id, Case: r.Case()}, map[string]domain.Answer{"sent_at": {Value: w.Now().Format(time.RFC3339)}})
}

func (w *Workspace) advice(ctx context.Context, id uuid.UUID) (*Record, error) {
	r, err := w.Get(ctx, "advice", id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fault.New("E-CASE", "advice", nil)
	}
	return r, nil
}

// refuseApproval keeps an approval from whoever wrote a word of the advice, and from standing for somebody else; and keeps an author
// who is not the writer from being named. The object is as it stood before the write.
func (w *Workspace) refuseApproval(p *preparedWrite, before *Record) error {
	if p.info.Type != "advice" {
		return nil
	}
	me := w.me.User.String()
	if by, ok := p.Answers["written_by"]; ok && by.HasValue() && by.Text() != me {
		return fault.Newf("E-APPROVAL", describe("advice", "written_by"), "another user's name")
	}
	by, ok := p.Answers["approved_by"]
	if !ok || !by.HasValue() {
		return nil
	}
	writes := false
	for name := range p.Answers {
		writes = writes || domain.IsAdviceContent(name) || name == "written_by"
	}
	if by.Text() != me || writes || before.Text("written_by") == me || slices.Contains(before.authorsOfAdvice(), me) {
		return fault.Newf("E-APPROVAL", "advice", "not by a second person")
	}
	if strings.TrimSpace(p.Answers["approved_digest"].Text()) == "" {
		return fault.Newf("E-APPROVAL", describe("advice", "approved_digest"), "no digest")
	}
	return nil
}
