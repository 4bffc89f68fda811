package oplog_test

import (
	"encoding/json"
	"slices"
	"testing"

	"feltbok/internal/oplog"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// issues gives lines the company of what headquarters says again of them: the same write in a chain of its own. Of each line
// there is the original, an issue, or both, and of some two issues, as after headquarters was put back to a backup.
func issues(t *rapid.T, lines []oplog.Visible) []oplog.Visible {
	var out []oplog.Visible
	n := uint64(0)
	for _, v := range lines {
		which := rapid.SampledFrom([]string{"original", "issue", "both", "twice", "all"}).Draw(t, "which")
		if which == "original" || which == "both" || which == "all" {
			out = append(out, v)
		}
		copies := map[string]int{"issue": 1, "both": 1, "twice": 2, "all": 2}[which]
		for epoch := range copies {
			n++
			again := *v.Line
			again.Device, again.Epoch, again.N, again.Source = id(240), uint32(7+epoch), n, []oplog.Name{v.Line.Name()}
			out = append(out, oplog.Visible{Line: &again, Visible: v.Visible})
		}
	}
	return out
}

// TestReissue_SaysTheSame: lines, new issues of them, or both, in any order and repeated, give the objects that the lines alone
// give, whether they are made at once or one by one. So a value never conflicts with itself.
func TestReissue_SaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories(false).Draw(t, "history")
		want := mustEncodeAll(t, oplog.Rebuild(h.log()))
		mixed := issues(t, h.log())
		if len(mixed) > 0 {
			mixed = append(mixed, rapid.SliceOf(rapid.SampledFrom(mixed)).Draw(t, "repeated")...)
		}
		order := rapid.Permutation(mixed).Draw(t, "order")
		if diff := cmp.Diff(want, mustEncodeAll(t, oplog.Rebuild(order))); diff != "" {
			t.Fatalf("at once (-want +got):\n%s", diff)
		}
		objects, has := map[uuid.UUID]*oplog.Object{}, map[oplog.Name]bool{}
		for _, v := range order {
			objects[v.Line.Object] = applyTo(objects[v.Line.Object], v.Line, func(n oplog.Name) bool { return has[n] })
			has[v.Line.Name()], has[v.Line.Origin()] = true, true
		}
		if diff := cmp.Diff(want, mustEncodeAll(t, objects)); diff != "" {
			t.Fatalf("one by one (-want +got):\n%s", diff)
		}
	})
}

// TestReissue_InvisibleFollowsTheOriginal: when what counts is judged by the original's name, issues of invisible lines change
// nothing, and replaced values do not rise again through them.
func TestReissue_InvisibleFollowsTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories(true).Draw(t, "history")
		h.redact, h.redacted = nil, nil
		want := mustEncodeAll(t, oplog.Rebuild(h.log()))
		order := rapid.Permutation(issues(t, h.log())).Draw(t, "order")
		if diff := cmp.Diff(want, mustEncodeAll(t, oplog.Rebuild(order))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// TestReissue_StandsForAQuarantinedLine: headquarters answers for what it says again, also where the line itself was refused.
func TestReissue_StandsForAQuarantinedLine(t *testing.T) {
	first := write(101, 2, 10, `"A"`)
	second := write(102, 2, 11, `"B"`, first.Name())
	again := *second
	again.Device, again.N, again.Source = id(240), 5, []oplog.Name{second.Name()}
	log := []oplog.Visible{{Line: first, Visible: true}, {Line: second}, {Line: &again, Visible: true}}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		objects := oplog.Rebuild([]oplog.Visible{log[order[0]], log[order[1]], log[order[2]]})
		field := objects[first.Object].Fields["given_names"]
		if names := field.Names(); len(names) != 1 || names[0] != second.Name() {
			t.Errorf("order %v: heads %v, want %v", order, names, second.Name())
		}
	}
}

// TestReissue_OfAnotherLineOfTheName: two copies of a machine gave one name to two lines. An issue of the one beside the other is a
// write of its own, in whichever order they come; issues that say the same are one, and the name is with the line that counts.
func TestReissue_OfAnotherLineOfTheName(t *testing.T) {
	held := write(101, 2, 10, `"A"`)
	twin := *held
	twin.HLC, twin.Set = 11, map[string]json.RawMessage{"given_names": json.RawMessage(`"B"`)}
	issueOf := func(l oplog.Line, n uint64) *oplog.Line {
		l.Device, l.Epoch, l.N, l.Source = id(240), 7, n, []oplog.Name{held.Name()}
		return &l
	}
	first, second, same := issueOf(twin, 5), issueOf(twin, 6), issueOf(*held, 4)
	after := write(103, 1, 12, `"C"`, first.Name())
	type heads map[oplog.Name]string
	for name, c := range map[string]struct {
		log  []oplog.Visible
		want heads
	}{
		"beside the line":         {log(held, first), heads{held.Name(): `"A"`, first.Name(): `"B"`}},
		"twice":                   {log(held, first, second), heads{held.Name(): `"A"`, first.Name(): `"B"`}},
		"the line again too":      {log(held, first, same), heads{held.Name(): `"A"`, first.Name(): `"B"`}},
		"issues alone":            {log(first, same), heads{held.Name(): `"A"`, first.Name(): `"B"`}},
		"replaced":                {log(held, first, after), heads{held.Name(): `"A"`, after.Name(): `"C"`}},
		"the line does not count": {append(log(first, second), oplog.Visible{Line: held}), heads{held.Name(): `"B"`}},
		"the issue does not":      {append(log(held), oplog.Visible{Line: first}), heads{held.Name(): `"A"`}},
		"nothing rises through it": {
			append(log(held, write(104, 1, 13, `"D"`, first.Name())), oplog.Visible{Line: issueOf(func() oplog.Line {
				on := twin
				on.Parents = map[string][]oplog.Name{"given_names": {held.Name()}}
				return on
			}(), 5)}), heads{write(104, 1, 13, `"D"`).Name(): `"D"`},
		},
	} {
		for range 2 {
			got := heads{}
			for _, head := range oplog.Rebuild(c.log)[held.Object].Fields["given_names"].Heads {
				got[head.Name] = string(head.Value)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			slices.Reverse(c.log)
		}
	}
}
