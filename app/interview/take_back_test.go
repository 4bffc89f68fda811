package interview

import (
	"testing"

	"feltbok/internal/domain"
)

// TestInterview_FinishIsTakenBack: an interview that was handed in by mistake is a draft again by one button, and without an end.
func TestInterview_FinishIsTakenBack(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	id := s.p.session.ID()
	s.p.finish()
	if got := s.stored("interview", id, "status").Text(); got != string(domain.ReadyForReview) {
		t.Fatalf("handed in it is %q", got)
	}
	s.p.takeBackFinish()
	if got := s.stored("interview", id, "status").Text(); got != string(domain.Draft) || s.stored("interview", id, "end").HasValue() || !s.p.editable() {
		t.Errorf("taken back it is %q, with the end %v", got, s.stored("interview", id, "end"))
	}
	if len(s.faults) != 0 {
		t.Errorf("faults: %v", s.faults)
	}
	s.p.takeBackFinish()
	if len(s.faults) != 1 {
		t.Error("taken back twice nothing is said")
	}
}
