package domain_test

import (
	"slices"
	"testing"

	"feltbok/internal/domain"
)

func TestRole_MayWrite(t *testing.T) {
	tests := []struct {
		role  domain.Role
		t     domain.Type
		field string
		want  bool
	}{
		{domain.INT, "person", "given_names", true},
		{domain.INT, "person", "_deleted", true},
		{domain.INT, "case", "reg_number", false}, // assigned by headquarters only
		{domain.HQC, "case", "reg_number", true},
		{domain.INT, "slot", "status", true},
		{domain.INT, "slot", "room", false},
		{domain.INT, "slot", "_deleted", false},
		{domain.MLD, "slot", "room", true},
		{domain.INT, "mission", "name", false},
		{domain.INT, "advice", "text", true},
		{domain.INT, "advice", "approved_by", false},
		{domain.MLD, "advice", "approved_by", true},
		{domain.HQC, "advice", "text", false},
		{domain.HQC, "advice", "udi_response", true},
		{domain.HQC, "health", "mobility", false},
		{domain.HQS, "health", "mobility", true},
		{domain.HQC, "dwelling_need", "dwelling_needs", true},
		{domain.HQC, "daily_life_need", "share_level", false}, // the special-needs caseworker decides
		{domain.HQS, "daily_life_need", "share_level", true},
		{domain.HQC, "sealed_note", "note", false},
		{domain.HQC, "interview", "end", false},
		{domain.NFA, "attendance", "state", true},
		{domain.NFA, "course", "room", false},
		{domain.NCO, "course", "room", true},
		{domain.NCO, "person", "given_names", false},
		{domain.ADM, "code_list", "version", true},
		{domain.ADM, "person", "given_names", false},
		{domain.QLM, "quota_year", "places", true},
		{domain.QLM, "mission", "name", true},
		{domain.HQC, "quota_year", "places", false},
		{domain.HQC, "case_import", "excluded", true},
		{domain.MLD, "case_import", "excluded", false},
		{domain.HQC, "special_import", "excluded", false},
		{domain.DPO, "event", "act", true},
		{domain.INT, "person", "no_such_field", false},
		{domain.INT, "no_such_type", "name", false},
		{"", "person", "given_names", false},
	}
	for _, tt := range tests {
		if got := tt.role.MayWrite(tt.t, tt.field); got != tt.want {
			t.Errorf("%s may write %s.%s = %t, want %t", tt.role, tt.t, tt.field, got, tt.want)
		}
	}
}

// No key, no content: a role must never be allowed to write where it holds no ring, and every field must have a writer.
func TestRole_TableAgreesWithRings(t *testing.T) {
	for _, info := range domain.Types() {
		for _, f := range info.Fields {
			var writers []domain.Role
			for _, role := range domain.AllRoles {
				if !role.MayWrite(info.Type, f.Name) {
					continue
				}
				writers = append(writers, role)
				if !slices.Contains(role.Rings(), domain.RingOf(info.Compartment)) {
					t.Errorf("%s may write %s without the ring of %s", role, info.Type, info.Compartment)
				}
			}
			if len(writers) == 0 {
				t.Errorf("nobody may write %s.%s", info.Type, f.Name)
			}
		}
	}
	for _, role := range domain.AllRoles {
		if !role.Valid() || !slices.Contains(role.Rings(), domain.RingOpen) || !slices.Contains(role.Rings(), domain.RingAudit) {
			t.Errorf("%s must hold open and audit", role)
		}
		if slices.Contains(role.Rings(), domain.SealedRead) != (role == domain.HQS) || slices.Contains(role.Rings(), domain.AuditRead) != (role == domain.DPO) {
			t.Errorf("%s: reading rings belong to HQS and DPO alone", role)
		}
	}
}

func TestRole_MaySend(t *testing.T) {
	tests := []struct {
		role domain.Role
		kind string
		c    domain.Compartment
		want bool
	}{
		{domain.INT, domain.BundleField, domain.Case, true},
		{domain.INT, domain.BundleField, domain.Audit, true},
		{domain.INT, domain.BundleField, domain.Orientation, false},
		{domain.INT, domain.BundleCaseload, domain.Case, false},
		{domain.HQC, domain.BundleCaseload, domain.Case, true},
		{domain.HQC, domain.BundleCaseload, domain.Special, false},
		{domain.HQS, domain.BundleCaseload, domain.Special, true},
		{domain.HQC, domain.BundleRoster, domain.Orientation, true},
		{domain.HQC, domain.BundleRoster, domain.Case, false},
		{domain.NCO, domain.BundleOrientation, domain.Orientation, true},
		{domain.NCO, domain.BundleField, domain.Open, false},
		{domain.DPO, domain.BundleService, 0, true},
		{domain.INT, domain.BundleService, domain.Case, false},
		{domain.INT, domain.BundleEnrol, 0, false},
		{domain.ADM, domain.BundleEnrol, 0, true},
		{domain.INT, "unheard-of", domain.Open, false},
	}
	for _, tt := range tests {
		if got := tt.role.MaySend(tt.kind, tt.c); got != tt.want {
			t.Errorf("%s may send %s with %s = %t, want %t", tt.role, tt.kind, tt.c, got, tt.want)
		}
	}
	for _, role := range domain.AllRoles {
		for _, kind := range []string{domain.BundleField, domain.BundleCaseload, domain.BundleRoster, domain.BundleOrientation, domain.BundlePartnerOut} {
			for _, c := range domain.AllCompartments {
				if role.MaySend(kind, c) && !slices.Contains(role.Rings(), domain.RingOf(c)) {
					t.Errorf("%s may send %s with %s without its ring", role, kind, c)
				}
			}
		}
	}
}
