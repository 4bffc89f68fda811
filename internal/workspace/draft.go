package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Draft is what somebody has typed into a field and what the answer alone does not give back: half a date, the beginning
// of a search, a space at the end. It is no answer.
type Draft struct {
	Set     string    `json:"set"`
	Subject uuid.UUID `json:"subject"`
	Path    form.Path `json:"path"`
	Text    string    `json:"text"`
	// Over is the answer that stood when this was typed, as [domain.Answer.Encode] writes it: over another one the draft
	// means nothing any more.
	Over string `json:"over,omitempty"`
}

// drafts are those of one user in one interview.
type drafts struct {
	User      uuid.UUID `json:"user"`
	Interview uuid.UUID `json:"interview"`
	Case      uuid.UUID `json:"case"`
	Drafts    []Draft   `json:"drafts"`
}

// KeepDrafts makes the drafts of this user in this interview durable, in place of those kept before. Nothing is written
// when nothing changed. Of fields whose answers go to named readers only (boxes) nothing is kept.
func (s *InterviewSession) KeepDrafts(ctx context.Context, all []Draft) error {
	w := s.w
	s.mu.Lock()
	byRing := map[domain.Ring][]Draft{}
	for _, draft := range all {
		if at := s.find(draft.Set, draft.Subject); at >= 0 {
			if info, ok := domain.Info(s.target(at, draft.Path).Type); ok && !info.Compartment.Boxed() {
				ring := domain.RingOf(info.Compartment)
				byRing[ring] = append(byRing[ring], draft)
			}
		}
	}
	s.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return err
	}
	changed := map[domain.Ring][]byte{}
	for _, ring := range w.draftRings() {
		before, kept, err := w.keptDrafts(ring)
		if err != nil {
			return err
		}
		mine := byRing[ring]
		for _, d := range kept {
			if d.User == w.me.User && d.Interview == s.id {
				mine = append(mine, slices.DeleteFunc(slices.Clone(d.Drafts), s.own)...)
			}
		}
		kept = slices.DeleteFunc(kept, func(d drafts) bool { return d.User == w.me.User && d.Interview == s.id })
		if len(mine) > 0 {
			kept = append(kept, drafts{w.me.User, s.id, s.caseID, mine})
		}
		after, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		if !bytes.Equal(before, after) && (len(before) > 0 || len(kept) > 0) {
			changed[ring] = after
		}
	}
	return w.putDrafts(ctx, changed)
}

// Drafts lists what is kept of this user in this interview, or in this closed part of it.
func (s *InterviewSession) Drafts() ([]Draft, error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var all []Draft
	for _, ring := range w.draftRings() {
		_, kept, err := w.keptDrafts(ring)
		if err != nil {
			return nil, err
		}
		for _, d := range kept {
			if d.User == w.me.User && d.Interview == s.id {
				all = append(all, slices.DeleteFunc(d.Drafts, func(d Draft) bool { return !s.own(d) })...)
			}
		}
	}
	return all, nil
}

// draftRings are the held rings in which drafts may lie.
func (w *Workspace) draftRings() (rings []domain.Ring) {
	for _, c := range domain.AllCompartments {
		if ring := domain.RingOf(c); !c.Boxed() && w.reg.Holds(ring) {
			rings = append(rings, ring)
		}
	}
	return rings
}

func (w *Workspace) keptDrafts(ring domain.Ring) (stored []byte, kept []drafts, err error) {
	return w.parseDrafts(w.reg.System(ring, register.SystemDrafts))
}

func (w *Workspace) parseDrafts(stored []byte, err error) (_ []byte, kept []drafts, _ error) {
	if err != nil || len(stored) == 0 {
		return nil, nil, err
	}
	if json.Unmarshal(stored, &kept) != nil {
		kept = nil // of another version of the program: what stood there is given up, never an answer
	}
	return stored, kept, nil
}

func (w *Workspace) putDrafts(ctx context.Context, changed map[domain.Ring][]byte) error {
	if len(changed) == 0 {
		return nil
	}
	return w.reg.Update(ctx, func(tx *register.Tx) error {
		for ring, value := range changed {
			if err := tx.SetSystem(ring, register.SystemDrafts, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// destroy carries an order to erase a case out, and gives up what is half typed in it by any user (security.md 3.7).
func (w *Workspace) destroy(ctx context.Context, caseID uuid.UUID, order oplog.Name, also func(*register.Tx) error) (register.Erasure, error) {
	if err := w.dropDrafts(ctx, caseID); err != nil {
		return register.Erasure{}, err
	}
	return w.destroyLines(ctx, caseID, order, also)
}

func (w *Workspace) dropDrafts(ctx context.Context, caseID uuid.UUID) error {
	changed := map[domain.Ring][]byte{}
	for _, ring := range w.draftRings() {
		_, kept, err := w.keptDrafts(ring)
		if err != nil {
			return err
		}
		before := len(kept)
		if kept = slices.DeleteFunc(kept, func(d drafts) bool { return d.Case == caseID }); len(kept) < before {
			if changed[ring], err = json.Marshal(kept); err != nil {
				return err
			}
		}
	}
	return w.putDrafts(ctx, changed)
}
