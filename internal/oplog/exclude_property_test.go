package oplog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"feltbok/internal/oplog"
)

// TestRebuild_ExcludedAndBack: taking lines back and bringing them in again restores every field, and while they are out no
// value rises that a visible write has replaced (security.md 7.2).
func TestRebuild_ExcludedAndBack(t *testing.T) {
	changed := 0
	rapid.Check(t, func(t *rapid.T) {
		h := histories(false).Draw(t, "history")
		before := mustEncodeAll(t, oplog.Rebuild(h.log()))
		for _, l := range h.lines {
			if rapid.IntRange(0, 3).Draw(t, "taken back") == 0 {
				h.invisible[l.Name()] = true
			}
		}
		if problem := disagreement(&h, oplog.Rebuild); problem != "" {
			t.Fatalf("while lines are out: %s", problem)
		}
		if !cmp.Equal(before, mustEncodeAll(t, oplog.Rebuild(h.log()))) {
			changed++
		}
		clear(h.invisible)
		if diff := cmp.Diff(before, mustEncodeAll(t, oplog.Rebuild(h.log()))); diff != "" {
			t.Fatalf("(-before +after):\n%s", diff)
		}
	})
	if changed == 0 {
		t.Error("nothing was ever taken back")
	}
}
