package domain_test

import (
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

func TestTransition(t *testing.T) {
	tests := []struct {
		from, to domain.Status
		role     domain.Role
		code     string
	}{
		{domain.Received, domain.Scheduled, domain.HQC, ""},
		{domain.Received, domain.Scheduled, domain.INT, "D-ROLE"},
		{domain.Received, domain.Fordelingsklar, domain.HQC, ""},
		{domain.Scheduled, domain.InInterview, domain.INT, ""},
		{domain.Scheduled, domain.InInterview, domain.REM, ""},
		{domain.Scheduled, domain.Postponed, domain.INT, "D-ROLE"},
		{domain.Scheduled, domain.Postponed, domain.MLD, ""},
		{domain.Postponed, domain.Scheduled, domain.MLD, ""},
		{domain.InInterview, domain.Mapped, domain.INT, ""},
		{domain.Mapped, domain.Granted, domain.HQC, "D-STATUS"},
		{domain.UnderKartlegging, domain.Granted, domain.HQC, ""},
		{domain.Granted, domain.Fordelingsklar, domain.HQC, ""},
		{domain.Fordelt, domain.SoktUt, domain.HQC, ""},
		{domain.Fordelt, domain.Bosatt, domain.HQC, "D-STATUS"},
		{domain.SoktUt, domain.Fordelingsklar, domain.HQC, ""}, // agreement withdrawn, the case stays visible
		{domain.SoktUt, domain.Bosatt, domain.INT, "D-ROLE"},
		{domain.Scheduled, domain.Frafalt, domain.HQC, ""},
		{domain.Scheduled, domain.Frafalt, domain.MLD, "D-ROLE"},
		{domain.Bosatt, domain.Frafalt, domain.HQC, "D-STATUS"},
		{domain.Frafalt, domain.Henlagt, domain.HQC, "D-STATUS"},
		{domain.Bosatt, domain.Bosatt, domain.NFA, ""},
		{"somewhere", domain.Frafalt, domain.HQC, "D-STATUS"},
	}
	for _, tt := range tests {
		if got := fault.Code(domain.Transition(tt.from, tt.to, tt.role)); got != tt.code {
			t.Errorf("%s → %s by %s: code %q, want %q", tt.from, tt.to, tt.role, got, tt.code)
		}
	}
	if got := domain.ConditionOf(domain.InInterview, domain.Mapped); got != domain.MinimumRecordAndRead {
		t.Errorf("condition of mapped = %q", got)
	}
}

// Every status but the first must be reachable, or a case could be stuck outside the process.
func TestTransition_Reachable(t *testing.T) {
	seen := map[domain.Status]bool{domain.Received: true}
	for again := true; again; {
		again = false
		for from := range seen {
			for _, role := range domain.AllRoles {
				for _, to := range domain.Next(from, role) {
					if !seen[to] {
						seen[to], again = true, true
					}
				}
			}
		}
	}
	for _, s := range domain.Statuses {
		if !seen[s] {
			t.Errorf("no way leads to %s", s)
		}
		if back, err := domain.ParseStatus(string(s)); err != nil || back != s {
			t.Errorf("ParseStatus(%q) = %v, %v", s, back, err)
		}
	}
}

func TestInterviewTransition(t *testing.T) {
	tests := []struct {
		from, to domain.InterviewStatus
		role     domain.Role
		code     string
	}{
		{"", domain.ReadyForReview, domain.INT, ""},
		{domain.ReadyForReview, domain.Reviewed, domain.INT, "D-ROLE"},
		{domain.ReadyForReview, domain.Reviewed, domain.MLD, ""},
		{domain.Reviewed, domain.Locked, domain.MLD, ""},
		{domain.Locked, domain.Draft, domain.MLD, "D-STATUS"},
		{domain.Locked, domain.Amended, domain.MLD, ""},
		{domain.Draft, domain.Draft, domain.HQC, ""},
	}
	for _, tt := range tests {
		if got := fault.Code(domain.InterviewTransition(tt.from, tt.to, tt.role)); got != tt.code {
			t.Errorf("%q → %q by %s: code %q, want %q", tt.from, tt.to, tt.role, got, tt.code)
		}
	}
}
