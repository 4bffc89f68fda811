package domain_test

import (
	"testing"

	"feltbok/internal/domain"
)

// TestFieldList_Check: a partner's list holds fields of the orientation course and no other, and names nothing that is not shared.
func TestFieldList_Check(t *testing.T) {
	persons := domain.FieldList{"roster_person": {"given_name", "language"}}
	for _, c := range []struct {
		name  string
		list  domain.FieldList
		other domain.FieldList
		good  bool
	}{
		{"fields of the roster", persons, nil, true},
		{"rows about persons who are shared", domain.FieldList{"attendance": {"minutes_attended", "state"}}, persons, true},
		{"rows about persons who are not", domain.FieldList{"attendance": {"state"}}, nil, false},
		{"a reference to what is not shared", domain.FieldList{"roster_person": {"given_name"}, "attendance": {"session"}}, nil, false},
		{"a reference to what is", domain.FieldList{"roster_person": {"given_name"}, "course": {"code"}, "enrolment": {"course"}}, nil, true},
		{"a type of a case", domain.FieldList{"person": {"given_names"}}, nil, false},
		{"a type that nobody knows", domain.FieldList{"pupil": {"name"}}, nil, false},
		{"an unknown field", domain.FieldList{"roster_person": {"family_name"}}, nil, false},
		{"a common field", domain.FieldList{"roster_person": {"_deleted"}}, nil, false},
		{"no field", domain.FieldList{"roster_person": {}}, nil, false},
		{"a field twice", domain.FieldList{"roster_person": {"sex", "sex"}}, nil, false},
		{"not in order", domain.FieldList{"roster_person": {"sex", "language"}}, nil, false},
	} {
		if err := c.list.Check(c.other); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestPartnerTypes_NothingOfACase: whatever a partner can be told of lies in compartments that its roles hold, in class P1 at most.
func TestPartnerTypes_NothingOfACase(t *testing.T) {
	for _, of := range domain.PartnerTypes {
		info, ok := domain.Info(of)
		if !ok || info.Compartment != domain.Open && info.Compartment != domain.Orientation || info.Class > domain.P1 {
			t.Errorf("%s: compartment %s, class %d", of, info.Compartment, info.Class)
		}
	}
	for _, role := range domain.PartnerRoles {
		for _, ring := range role.Rings() {
			if ring != domain.RingOpen && ring != domain.RingOrientation && ring != domain.RingAudit {
				t.Errorf("%s holds the ring %s", role, ring)
			}
		}
	}
}
