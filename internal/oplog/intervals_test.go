package oplog_test

import (
	"encoding/json"
	"testing"

	"feltbok/internal/oplog"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestIntervals_Property compares every operation with the same on a plain set.
func TestIntervals_Property(t *testing.T) {
	const top = 40
	ranges := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) oplog.Interval {
		first := rapid.Uint64Range(1, top).Draw(t, "first")
		return oplog.Interval{first, rapid.Uint64Range(first, min(top, first+6)).Draw(t, "last")}
	}), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		build := func(label string) (oplog.Intervals, map[uint64]bool) {
			var s oplog.Intervals
			plain := make(map[uint64]bool)
			for _, r := range ranges.Draw(t, label) {
				s.AddRange(r[0], r[1])
				for n := r[0]; n <= r[1]; n++ {
					plain[n] = true
				}
			}
			return s, plain
		}
		same := func(what string, s oplog.Intervals, want func(uint64) bool) {
			count := uint64(0)
			for n := uint64(0); n <= top+8; n++ {
				if s.Contains(n) != want(n) {
					t.Fatalf("%s %v: number %d", what, s, n)
				}
				if want(n) {
					count++
				}
			}
			if s.Count() != count {
				t.Fatalf("%s %v: count %d, want %d", what, s, s.Count(), count)
			}
			for i := 1; i < len(s); i++ {
				if s[i][0] <= s[i-1][1]+1 {
					t.Fatalf("%s %v: ranges touch", what, s)
				}
			}
		}
		a, inA := build("a")
		b, inB := build("b")
		same("added", a, func(n uint64) bool { return inA[n] })
		same("union", a.Union(b), func(n uint64) bool { return inA[n] || inB[n] })
		same("minus", a.Minus(b), func(n uint64) bool { return inA[n] && !inB[n] })
		upTo := rapid.Uint64Range(0, top).Draw(t, "upTo")
		same("gaps", a.Gaps(upTo), func(n uint64) bool { return n >= 1 && n <= upTo && !inA[n] })
		same("left as it was", a, func(n uint64) bool { return inA[n] })
		for first := uint64(1); first < top; first += 5 {
			whole := true
			for n := first; n < first+3; n++ {
				whole = whole && inA[n]
			}
			if a.ContainsRange(first, first+2) != whole {
				t.Fatalf("%v: range %d..%d", a, first, first+2)
			}
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back oplog.Intervals
		if err := json.Unmarshal(text, &back); err != nil || len(back) != len(a) || len(a) > 0 && !cmp.Equal(back, a) {
			t.Fatalf("%s came back as %v, %v", text, back, err)
		}
	})
}

func TestIntervals_JSON(t *testing.T) {
	var s oplog.Intervals
	for n := uint64(1); n <= 812; n++ {
		s.Add(n)
	}
	s.Add(900)
	text, err := json.Marshal(map[string]oplog.Intervals{"a": s, "b": nil})
	if err != nil || string(text) != `{"a":[[1,812],[900,900]],"b":[]}` {
		t.Errorf("got %s, %v", text, err)
	}
	for _, bad := range []string{
		`null`, `{}`, `[[2,1]]`, `[[0,1]]`, `[[1]]`, `[[1,2,3]]`, `[[1,2],[3,4]]`, `[[5,6],[1,2]]`, `[[1,3],[2,4]]`, `[[1,9007199254740992]]`,
		`[[1,2.0]]`, `[["1",2]]`, `[null]`, `[[-1,2]]`,
	} {
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s accepted as %v", bad, s)
		}
	}
}

func TestIntervals_Extremes(t *testing.T) {
	const top = 1<<64 - 1
	var s oplog.Intervals
	s.AddRange(top-1, top)
	s.Add(top)
	s.AddRange(5, 4)
	if len(s) != 1 || !s.Contains(top) || s.Contains(top-2) || s.Last() != top {
		t.Errorf("got %v", s)
	}
}
