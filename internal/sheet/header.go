package sheet

import (
	"fmt"
	"slices"
	"strings"
)

// headerRows is how far down the headings may begin: above them stand titles, dates and who made the list.
const headerRows = 20

// cut finds the headings and divides the rows there.
func (t *Table) cut(rows []Row, known func(string) bool) {
	if len(rows) == 0 {
		return
	}
	at, most := -1, 0
	for i := range rows[:min(len(rows), headerRows)] {
		count := 0
		for _, cell := range rows[i].Cells {
			if cell != "" && known(cell) {
				count++
			}
		}
		if count > most {
			at, most = i, count
		}
	}
	if at < 0 {
		at = slices.IndexFunc(rows, func(r Row) bool { return texts(r) > 1 })
	}
	if at < 0 {
		at = 0
	}
	var above []string
	if at > 0 {
		above = rows[at-1].Cells
	}
	t.Header, t.Columns = rows[at].Number, headings(rows[at].Cells, above)
	t.Rows = rows[at+1:]
}

func texts(r Row) (n int) {
	for _, cell := range r.Cells {
		if cell != "" {
			n++
		}
	}
	return n
}

// headings makes the names of the columns: a heading that stands twice gets the heading above it before it, as under a merged
// cell, and then a number. A column without a heading is named by its letter in parentheses.
func headings(cells, above []string) []string {
	last := len(cells)
	for last > 0 && cells[last-1] == "" {
		last--
	}
	names := make([]string, last)
	for i := range names {
		names[i] = strings.Join(strings.Fields(cells[i]), " ")
		if names[i] == "" {
			names[i] = "(" + columnLetters(i) + ")"
		}
	}
	twice := map[string]int{}
	for _, name := range names {
		twice[name]++
	}
	for i, name := range names {
		if twice[name] > 1 && i < len(above) && above[i] != "" && above[i] != name {
			names[i] = above[i] + " – " + name
		}
	}
	seen := map[string]int{}
	for i, name := range names {
		seen[name]++
		if n := seen[name]; n > 1 {
			names[i] = fmt.Sprintf("%s (%d)", name, n)
		}
	}
	return names
}

// columnLetters names a column as spreadsheet programs do: A, B … Z, AA.
func columnLetters(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}
