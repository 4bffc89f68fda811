package domain_test

import (
	"testing"

	"feltbok/internal/domain"
)

func TestMayErase_OnlyWhoAnswersForCasesAtHeadquarters(t *testing.T) {
	for _, role := range domain.AllRoles {
		want := role == domain.HQC || role == domain.HQS
		if got := role.MayErase(); got != want {
			t.Errorf("%s: %t, want %t", role, got, want)
		}
	}
}

func TestRetention_OnlyAfterAnEnd(t *testing.T) {
	for _, status := range domain.Statuses {
		keep, ok := domain.Retention(status)
		ended := len(domain.Next(status, domain.HQS)) == 0
		if ok != ended {
			t.Errorf("%s: retention %t, nothing follows %t", status, ok, ended)
		}
		if ok && keep < 365*24*3600e9 {
			t.Errorf("%s is kept for %s only", status, keep)
		}
	}
}

func TestErasureReason_IsACodeOfTheList(t *testing.T) {
	if !domain.ErasedRetention.Valid() || domain.ErasureReason("Test Mappe asked").Valid() || domain.ErasureReason("").Valid() {
		t.Error("the list of reasons is not closed")
	}
}
