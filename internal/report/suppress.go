package report

import "math"

// smallest is the smallest count of persons or cases that is shown (domain.md 14.9).
const smallest = 5

// families names tables that count the same things, so that the sum of one is the sum of the other.
var families = map[string]string{
	"cases_by_status": "cases", "cases_by_channel": "cases",
	"interpreters_by_mode": "interpreter uses", "interpreted_languages": "interpreter uses",
}

// suppress hides the small counts, and as much beside them as keeps each from being reckoned by somebody who knows the sum
// of the table, that the mark "<5" stands for one to four, and that "–" is the smallest of the larger counts. The cells of a
// table lie together, the largest first.
func suppress(cells []Cell) {
	tables := map[string][]Cell{} // parts of cells
	for start := 0; start < len(cells); {
		end := start
		for end < len(cells) && cells[end].Table == cells[start].Table {
			end++
		}
		tables[cells[start].Table] = cells[start:end]
		start = end
	}
	open := map[string]bool{} // families in which hiding within the table is not enough
	for name, table := range tables {
		for i := range table {
			table[i].Hidden = table[i].Count < smallest
		}
		for reckonable(table) {
			if !hideNext(table) {
				open[families[name]] = true
				break
			}
		}
	}
	for name, table := range tables {
		// With nothing hidden, this table would tell the sum of its sister, in which there is nothing left to hide.
		if open[families[name]] && families[name] != "" && !anyHidden(table) {
			hideNext(table)
		}
	}
}

func anyHidden(table []Cell) bool {
	for _, c := range table {
		if c.Hidden {
			return true
		}
	}
	return false
}

// hideNext hides the smallest count still shown, and reports whether there was one.
func hideNext(table []Cell) bool {
	for i := len(table) - 1; i >= 0; i-- {
		if !table[i].Hidden {
			table[i].Hidden = true
			return true
		}
	}
	return false
}

// reckonable reports whether the sum of the table leaves a single value for a hidden small count.
func reckonable(table []Cell) bool {
	largest := math.MaxInt32 // what a larger hidden count can be: no more than the smallest one shown
	for _, c := range table {
		if !c.Hidden {
			largest = c.Count
		}
	}
	bounds := func(c Cell) (low, high int) {
		if c.Count < smallest {
			return 1, smallest - 1
		}
		return smallest, largest
	}
	sum, lows, highs := 0, 0, 0
	for _, c := range table {
		if c.Hidden {
			low, high := bounds(c)
			sum, lows, highs = sum+c.Count, lows+low, highs+high
		}
	}
	for _, c := range table {
		if !c.Hidden || c.Count >= smallest {
			continue
		}
		low, high := bounds(c)
		if max(low, sum-(highs-high)) == min(high, sum-(lows-low)) {
			return true
		}
	}
	return false
}
