package workspace

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
)

// Past is one answer that a field has or had.
type Past struct {
	Head
	// Standing: no later answer has replaced it.
	Standing bool
}

// History lists every answer that a field has had, the newest first: what stands, and what later answers replaced. Nothing that was
// written is ever lost (design.md 1). Answers that were taken back or are in quarantine are not among them, nor those that a purge
// has reduced, nor anything of a sealed type. Faults: V-LOCKED, E-FORM.
func (w *Workspace) History(ctx context.Context, t domain.Type, id uuid.UUID, field string) ([]Past, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	object, err := w.plainObject(ctx, t, id)
	if err != nil || object == nil {
		return nil, err
	}
	standing := map[oplog.Name]bool{}
	if f := object.Fields[field]; f != nil {
		for _, head := range f.Heads {
			standing[head.Name] = true
		}
	}
	var past []Past
	for stored, err := range w.reg.CaseLines(ctx, object.Compartment, object.Case) {
		if err != nil {
			return nil, err
		}
		line, err := oplog.Parse(stored.Bytes)
		if err != nil || line.Object != id || !w.visible(line) {
			continue
		}
		value, wrote := line.Set[field]
		if !wrote {
			continue
		}
		answer, err := domain.DecodeAnswer(value)
		if err != nil {
			continue
		}
		past = append(past, Past{
			Head:     Head{Write: oplog.Write{Name: line.Name(), Value: value, By: line.By, HLC: line.HLC}, Answer: answer},
			Standing: standing[line.Name()],
		})
	}
	slices.SortFunc(past, func(a, b Past) int {
		return cmp.Or(cmp.Compare(b.HLC, a.HLC), b.Name.Compare(a.Name))
	})
	return past, w.commitReads(ctx, w.firstRead(object))
}

// History is [Workspace.History] of the field that a question of the interview asks for. What waits to be saved is not in it.
func (s *InterviewSession) History(ctx context.Context, section int, path form.Path) ([]Past, error) {
	s.mu.Lock()
	target, field := s.target(section, path), fieldOf(s.sections[section].Set, path)
	s.mu.Unlock()
	return s.w.History(ctx, target.Type, target.ID, field)
}

// Before is [InterviewSession.History] of the answers that stood before some of the present ones, the newest first: what a person can go
// back to. since are the names of the answers that stood when this sitting began ([InterviewSession.Stands]); answers after them were
// given in it. An answer that says the same as the one after it is left out.
func (s *InterviewSession) Before(ctx context.Context, section int, path form.Path, since []oplog.Name) ([]domain.Answer, error) {
	past, err := s.History(ctx, section, path)
	if err != nil {
		return nil, err
	}
	from := slices.IndexFunc(past, func(p Past) bool { return slices.Contains(since, p.Name) })
	if from < 0 {
		return nil, nil
	}
	var before []domain.Answer
	last := past[from].Answer
	for _, p := range past[from+1:] {
		if slices.Contains(since, p.Name) || saysSame(last, p.Answer) {
			continue
		}
		before, last = append(before, p.Answer), p.Answer
	}
	return before, nil
}

// saysSame compares what two answers say, whoever said it.
func saysSame(a, b domain.Answer) bool {
	x, errX := domain.Answer{Value: a.Value, Missing: a.Missing}.Encode()
	y, errY := domain.Answer{Value: b.Value, Missing: b.Missing}.Encode()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Stands names the answers of a question that stand on disk now.
func (s *InterviewSession) Stands(section int, path form.Path) []oplog.Name {
	s.mu.Lock()
	defer s.mu.Unlock()
	record := s.records[s.target(section, path).ID]
	if record == nil {
		return nil
	}
	return record.Seen(fieldOf(s.sections[section].Set, path))
}
