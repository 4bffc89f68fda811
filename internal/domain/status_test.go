package domain_test

import (
	"slices"
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

// What counts where two machines took one interview different ways. Every pair, so that none is forgotten.
func TestStandingStatus(t *testing.T) {
	tests := []struct {
		heads []domain.InterviewStatus
		want  domain.InterviewStatus
	}{
		{nil, domain.Draft},
		{[]domain.InterviewStatus{"", "?"}, domain.Draft},
		{[]domain.InterviewStatus{domain.Draft, domain.ReadyForReview}, domain.Draft},
		{[]domain.InterviewStatus{domain.Draft, domain.Reviewed}, domain.Draft},
		{[]domain.InterviewStatus{domain.Draft, domain.Locked}, domain.Locked},
		{[]domain.InterviewStatus{domain.Draft, domain.Amended}, domain.Amended},
		{[]domain.InterviewStatus{domain.ReadyForReview, domain.Reviewed}, domain.ReadyForReview},
		{[]domain.InterviewStatus{domain.ReadyForReview, domain.Locked}, domain.Locked},
		{[]domain.InterviewStatus{domain.ReadyForReview, domain.Amended}, domain.Amended},
		{[]domain.InterviewStatus{domain.Reviewed, domain.Locked}, domain.Locked},
		{[]domain.InterviewStatus{domain.Reviewed, domain.Amended}, domain.Amended},
		{[]domain.InterviewStatus{domain.Locked, domain.Amended}, domain.Amended},
	}
	for _, tt := range tests {
		if got := domain.StandingStatus(tt.heads...); got != tt.want {
			t.Errorf("%v: %s counts, want %s", tt.heads, got, tt.want)
		}
		slices.Reverse(tt.heads)
		if got := domain.StandingStatus(tt.heads...); got != tt.want {
			t.Errorf("%v: %s counts, want %s whatever the order", tt.heads, got, tt.want)
		}
	}
}

func TestRole_MayEnter(t *testing.T) {
	for role, want := range map[domain.Role][]domain.InterviewStatus{
		domain.INT: {domain.Draft, domain.ReadyForReview},
		domain.MLD: {domain.Draft, domain.ReadyForReview, domain.Reviewed, domain.Locked, domain.Amended},
		domain.HQS: nil,
	} {
		for _, status := range []domain.InterviewStatus{domain.Draft, domain.ReadyForReview, domain.Reviewed, domain.Locked, domain.Amended} {
			if got := role.MayEnter(status); got != slices.Contains(want, status) {
				t.Errorf("%s may enter %s: %t", role, status, got)
			}
		}
	}
}

func TestAmends(t *testing.T) {
	entry := map[string]string{"by": "u", "at": "2026-11-22T20:00:00+03:00", "what": "level", "why": "misheard"}
	for name, tt := range map[string]struct {
		rows []map[string]string
		want bool
	}{
		"nothing": {nil, false}, "a whole entry": {[]map[string]string{entry}, true},
		"no reason":                {[]map[string]string{{"by": "u", "at": "x", "why": " "}}, false},
		"an older one with reason": {[]map[string]string{entry, {"by": "u", "at": "x"}}, false},
	} {
		if got := domain.Amends(domain.Answer{Value: tt.rows}); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestStageOfAdvice(t *testing.T) {
	fields := map[string]domain.Answer{
		"advice": {Value: "recommends"}, "grounds": {Value: []string{"family_profile"}}, "text": {Value: "Prøvetekst."}, "basis": {Value: "interview"},
		"visible_to": {Value: "imdi_udi"}, "written_by": {Value: "author"},
	}
	answer := func(name string) domain.Answer { return fields[name] }
	stage := func(want domain.AdviceStage, approver string, authors ...string) {
		t.Helper()
		if got := domain.StageOfAdvice(answer, authors, approver); got != want {
			t.Errorf("by %q: %s, want %s", approver, got, want)
		}
	}
	stage(domain.AdviceDraft, "", "author")
	fields["approved_by"], fields["approved_digest"] = domain.Answer{Value: "lead"}, domain.Answer{Value: domain.AdviceDigest(answer)}
	stage(domain.AdviceApproved, "lead", "author")
	stage(domain.AdviceDraft, "author", "author")       // not by whoever wrote it
	stage(domain.AdviceDraft, "lead", "author", "lead") // nor by whoever changed a word of it
	fields["sent_at"] = domain.Answer{Value: "2026-11-22T20:00:00+03:00"}
	stage(domain.AdviceSent, "lead", "author")
	fields["text"] = domain.Answer{Value: "Andre ord."}
	stage(domain.AdviceStale, "lead", "author")
	if domain.INT.MayReadAdvice() || !domain.MLD.MayReadAdvice() || !domain.HQC.MayReadAdvice() {
		t.Error("the wrong roles read advice")
	}
}
