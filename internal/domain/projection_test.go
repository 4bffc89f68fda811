package domain_test

import (
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// TestProjectedID_Vector holds the construction of security.md 2.2.5; the value was computed by another program.
func TestProjectedID_Vector(t *testing.T) {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	id := uuid.MustParse("01930000-0000-7000-8000-000000000001")
	if got, want := domain.ProjectedID(key, domain.ProjectedPerson, id).String(), "36572e34-e5a3-8e35-a401-62a76812f398"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if id := domain.ProjectedID(key, domain.ProjectedPerson, id); id.Version() != 8 || id.Variant() != uuid.RFC4122 {
		t.Errorf("version %d, variant %s", id.Version(), id.Variant())
	}
}

// TestProjectedID_Unrelated: another key, another label or another thing gives another identifier.
func TestProjectedID_Unrelated(t *testing.T) {
	seen := map[uuid.UUID]string{}
	for _, key := range []string{"one", "two"} {
		for _, label := range []string{domain.ProjectedPerson, domain.ProjectedCase, domain.ProjectedObject, domain.ProjectedAnswer} {
			for _, id := range []uuid.UUID{{1}, {2}} {
				made := domain.ProjectedID([]byte(key), label, id)
				if other, again := seen[made]; again {
					t.Errorf("%s %s %s has the identifier of %s", key, label, id, other)
				}
				seen[made] = key + label + id.String()
			}
		}
	}
}
