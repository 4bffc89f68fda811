package report

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// table makes cells with these counts; the rows are named r0, r1 … in the order given.
func table(name string, counts ...int) tally {
	t := tally{}
	for i, n := range counts {
		t.addN(name, "", fmt.Sprintf("r%d", i), n)
	}
	return t
}

func join(tables ...tally) tally {
	all := tally{}
	for _, t := range tables {
		for key, n := range t {
			all[key] += n
		}
	}
	return all
}

// picture is the counts of a table as they are shown.
func picture(cells []Cell, name string) (out []string) {
	for _, c := range cells {
		if c.Table == name {
			out = append(out, c.shown())
		}
	}
	return out
}

func TestSuppress(t *testing.T) {
	cases := []struct {
		name string
		have []int
		want []string
	}{
		{"nothing small", []int{40, 12, 5}, []string{"40", "12", "5"}},
		{"one small: the next one goes too", []int{40, 12, 3}, []string{"40", "–", "<5"}},
		{"two small that could be several pairs", []int{40, 2, 3}, []string{"40", "<5", "<5"}},
		{"two ones: their sum leaves one possibility", []int{40, 12, 1, 1}, []string{"40", "<5", "<5", "–"}},
		{"two fours likewise", []int{40, 12, 4, 4}, []string{"40", "<5", "<5", "–"}},
		{"a one beside a five: six can only be one and five", []int{40, 5, 1}, []string{"–", "–", "<5"}},
		{"a four beside two fives: the smallest larger one must be five", []int{5, 5, 4}, []string{"–", "–", "<5"}},
		{"only one row", []int{3}, []string{"<5"}},
		{"no rows", nil, nil},
		{"an empty row is left out", []int{9, 0}, []string{"9"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := picture(table("persons", c.have...).cells(), "persons")
			slices.Sort(got)
			want := slices.Clone(c.want)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%v is shown as %v, want %v", c.have, got, c.want)
			}
		})
	}
}

// TestSuppress_SisterTable: six cases of six statuses are known to the last one when another table tells that they are six.
func TestSuppress_SisterTable(t *testing.T) {
	cells := join(table("cases_by_status", 1, 1, 1, 1, 1, 1), table("cases_by_channel", 6)).cells()
	if got := picture(cells, "cases_by_channel"); !slices.Equal(got, []string{"–"}) {
		t.Errorf("the sister table shows %v", got)
	}
	// Where the statuses are safe by themselves the sister table may tell its sum.
	cells = join(table("cases_by_status", 30, 20, 2, 3), table("cases_by_channel", 55)).cells()
	if got := picture(cells, "cases_by_channel"); !slices.Equal(got, []string{"55"}) {
		t.Errorf("the sister table shows %v", got)
	}
}

// TestSuppress_PlaceTellsNothing: hidden counts stand in the order of their rows, not of their size.
func TestSuppress_PlaceTellsNothing(t *testing.T) {
	for _, counts := range [][]int{{30, 1, 3, 2}, {30, 3, 2, 1}, {30, 2, 1, 3}} {
		var rows []string
		for _, c := range table("persons", counts...).cells() {
			rows = append(rows, c.Row)
		}
		if !slices.Equal(rows, []string{"r0", "r1", "r2", "r3"}) {
			t.Errorf("%v: rows in the order %v", counts, rows)
		}
	}
}

// possible counts, by trying all, how many values each small hidden count can have for a reader who knows the sum of the
// table and what the marks mean.
func possible(cells []Cell) []map[int]bool {
	sum, most := 0, math.MaxInt
	for _, c := range cells {
		if c.Hidden {
			sum += c.Count
		} else {
			most = min(most, c.Count)
		}
	}
	found := make([]map[int]bool, len(cells))
	for i := range found {
		found[i] = map[int]bool{}
	}
	var try func(i, rest int) bool
	try = func(i, rest int) bool {
		if i == len(cells) {
			return rest == 0
		}
		if !cells[i].Hidden {
			return try(i+1, rest)
		}
		low, high := 1, 4
		if cells[i].Count >= 5 {
			low, high = 5, min(most, rest)
		}
		fits := false
		for n := low; n <= min(high, rest); n++ {
			if try(i+1, rest-n) {
				found[i][n], fits = true, true
			}
		}
		return fits
	}
	try(0, sum)
	return found
}

// TestSuppress_NothingCanBeReckoned lets a reader with pencil and paper at random tables.
func TestSuppress_NothingCanBeReckoned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(1, 14), 1, 6).Draw(t, "counts")
		cells := table("persons", counts...).cells()
		if !slices.ContainsFunc(cells, func(c Cell) bool { return !c.Hidden }) {
			return // nothing is shown, and the sum of no table is
		}
		for i, values := range possible(cells) {
			if c := cells[i]; c.Count < 5 && !c.Hidden {
				t.Fatalf("%d is shown", c.Count)
			} else if c.Count < 5 && len(values) < 2 {
				t.Fatalf("%v is shown as %v: the %d of %s can be reckoned", counts, picture(cells, "persons"), c.Count, c.Row)
			}
		}
	})
}
