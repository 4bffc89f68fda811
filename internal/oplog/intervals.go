package oplog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
)

// Interval is a closed range of line numbers: first and last.
type Interval [2]uint64

// Intervals is a set of line numbers as ascending ranges that neither overlap nor touch; its JSON form is [[1,812]]
// (security.md 6.3). The zero value is the empty set.
type Intervals []Interval

// Add puts one number into the set.
func (s *Intervals) Add(n uint64) { s.AddRange(n, n) }

// AddRange puts the numbers first..last into the set; nothing when last < first.
func (s *Intervals) AddRange(first, last uint64) {
	if last < first {
		return
	}
	set := *s
	// Lines mostly arrive in order: the last range grows.
	if n := len(set); n > 0 && first >= set[n-1][0] && first <= after(set[n-1][1]) {
		set[n-1][1] = max(set[n-1][1], last)
		return
	}
	from := sort.Search(len(set), func(i int) bool { return after(set[i][1]) >= first })
	to := from
	for to < len(set) && set[to][0] <= after(last) {
		first, last = min(first, set[to][0]), max(last, set[to][1])
		to++
	}
	*s = slices.Replace(set, from, to, Interval{first, last})
}

// after gives n+1 without running over.
func after(n uint64) uint64 {
	if n == 1<<64-1 {
		return n
	}
	return n + 1
}

// Contains says whether n is in the set.
func (s Intervals) Contains(n uint64) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i][1] >= n })
	return i < len(s) && s[i][0] <= n
}

// ContainsRange says whether all of first..last is in the set.
func (s Intervals) ContainsRange(first, last uint64) bool {
	i := sort.Search(len(s), func(i int) bool { return s[i][1] >= first })
	return last < first || i < len(s) && s[i][0] <= first && last <= s[i][1]
}

// Count gives how many numbers are in the set.
func (s Intervals) Count() uint64 {
	var count uint64
	for _, r := range s {
		count += r[1] - r[0] + 1
	}
	return count
}

// Last gives the greatest number in the set, 0 when it is empty.
func (s Intervals) Last() uint64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1][1]
}

// Gaps gives the numbers from 1 to upTo that are not in the set.
func (s Intervals) Gaps(upTo uint64) Intervals {
	if upTo == 0 {
		return nil
	}
	return Intervals{{1, upTo}}.Minus(s)
}

// Union gives the numbers that are in either set.
func (s Intervals) Union(other Intervals) Intervals {
	union := slices.Clone(s)
	for _, r := range other {
		union.AddRange(r[0], r[1])
	}
	return union
}

// Minus gives the numbers of s that are not in other.
func (s Intervals) Minus(other Intervals) Intervals {
	var rest Intervals
	j := 0
	for _, r := range s {
		first := r[0]
		for j < len(other) && other[j][1] < first {
			j++
		}
		done := false
		for k := j; k < len(other) && other[k][0] <= r[1]; k++ {
			if other[k][0] > first {
				rest = append(rest, Interval{first, other[k][0] - 1})
			}
			if other[k][1] >= r[1] {
				done = true
				break
			}
			first = other[k][1] + 1
		}
		if !done {
			rest = append(rest, Interval{first, r[1]})
		}
	}
	return rest
}

// MarshalJSON writes [[first,last],…]; the empty set is [].
func (s Intervals) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, r := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendNumber(append(b, '['), r[0]), ',')
		b = append(appendNumber(b, r[1]), ']')
	}
	return append(b, ']'), nil
}

// UnmarshalJSON reads the form that [Intervals.MarshalJSON] writes: numbers from 1 and below 2^53, ranges ascending,
// with at least one number missing between two of them.
func (s *Intervals) UnmarshalJSON(b []byte) error {
	if err := StrictJSON(b); err != nil {
		return fmt.Errorf("intervals: %w", err)
	}
	var pairs [][]uint64
	if err := json.Unmarshal(b, &pairs); err != nil || pairs == nil {
		return errors.New("intervals: not a list of pairs")
	}
	set := make(Intervals, 0, len(pairs))
	for i, p := range pairs {
		if len(p) != 2 || p[0] == 0 || p[1] < p[0] || i > 0 && p[0] <= after(set[i-1][1]) {
			return errors.New("intervals: not ascending pairs")
		}
		set = append(set, Interval{p[0], p[1]})
	}
	*s = set
	return nil
}
