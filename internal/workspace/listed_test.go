package workspace_test

import (
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

func TestListed_KeepsWhatUNHCRSaidFirst(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, m, target, map[string]domain.Answer{"birth": {Value: "1990", Source: domain.FromRRF}, "sex": {Value: "female", Source: domain.FromUDIList}})
	mustSet(t, m, target, map[string]domain.Answer{"birth": {Value: "1991-03", Source: domain.FromSelf}, "sex": {Value: "female", Source: domain.FromRRF}})
	mustSet(t, m, target, map[string]domain.Answer{"birth": {Value: "1992", Source: domain.FromRRF}})
	newborn := uuid.New()
	mustSet(t, m, workspace.Target{Type: "person", ID: newborn, Case: caseID}, map[string]domain.Answer{"given_names": text("Test Passer")})
	listed, err := m.ws.Listed(t.Context(), caseID)
	if err != nil {
		t.Fatal(err)
	}
	if got := listed[person]["birth"].Text(); got != "1990" {
		t.Errorf("birth was listed as %q, want 1990", got)
	}
	if got := listed[person]["sex"].Source; got != domain.FromUDIList {
		t.Errorf("sex was listed by %q", got)
	}
	if _, known := listed[newborn]; known {
		t.Error("somebody of whom no list speaks is listed")
	}
	if other, err := m.ws.Listed(t.Context(), uuid.New()); err != nil || len(other) != 0 {
		t.Errorf("a case that is not here lists %v, %v", other, err)
	}
}
