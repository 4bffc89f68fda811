package domain_test

import (
	"testing"

	"feltbok/internal/domain"
)

func TestCompareVersions(t *testing.T) {
	ascending := []string{"", "1", "2", "2.9", "2.10", "10", "2026.9", "2026.10", "a", "a2", "a10", "b"}
	for i, a := range ascending {
		for j, b := range ascending {
			got := domain.CompareVersions(a, b)
			if (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%q against %q: %d", a, b, got)
			}
		}
	}
	if domain.CompareVersions("007", "7") != 0 {
		t.Error("zeros in front count")
	}
}
