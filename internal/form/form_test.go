package form_test

import (
	"testing"

	"feltbok/internal/form"
)

// TestAll reads every set that travels inside the program; its warnings are shown, its faults fail.
func TestAll(t *testing.T) {
	sets, err := form.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(sets) < 10 {
		t.Errorf("only %d sets", len(sets))
	}
	for _, set := range sets {
		for _, warning := range set.Warnings {
			t.Logf("%s: %s", set.ID, warning)
		}
	}
}
