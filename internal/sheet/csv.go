package sheet

import (
	"encoding/csv"
	"io"
	"strings"

	"feltbok/internal/fault"
)

// separators in the order that decides when two stand equally often in the headings.
var separators = []rune{';', ',', '\t'}

func (r *reading) readCSV(text string) (*Table, error) {
	separator, rest := separatorOf(text)
	skipped := strings.Count(text[:len(text)-len(rest)], "\n")
	lines := csv.NewReader(strings.NewReader(rest))
	lines.Comma, lines.FieldsPerRecord = separator, -1
	var rows []Row
	for {
		record, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fault.New("L-FORMAT", r.name, err)
		}
		number, _ := lines.FieldPos(0)
		row := Row{Number: number + skipped, Cells: make([]string, len(record))}
		for i, cell := range record {
			row.Cells[i] = strings.TrimSpace(cell)
		}
		if row.empty() {
			continue
		}
		if err := r.room(len(rows), &row); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	t := &Table{Format: CSV, Separator: separator}
	t.cut(rows, r.o.Known)
	return t, nil
}

// room refuses what is larger than a list can be.
func (r *reading) room(rows int, row *Row) error {
	if rows > MaxRows {
		return fault.Newf("L-SIZE", r.name, "more than %d rows", MaxRows)
	}
	if len(row.Cells) > MaxColumns {
		return fault.Newf("L-SIZE", r.name, "row %d has %d columns", row.Number, len(row.Cells))
	}
	return nil
}

// separatorOf finds what stands between cells: what a first line "sep=;" says, else whatever stands most often outside of
// quotes in the first lines. rest is the text after such a line.
func separatorOf(text string) (separator rune, rest string) {
	if line, after, _ := strings.Cut(text, "\n"); len(line) >= 5 && strings.EqualFold(line[:4], "sep=") {
		for _, s := range separators {
			if strings.TrimSpace(line[4:]) == string(s) || s == '\t' && strings.TrimRight(line[4:], "\r") == "\t" {
				return s, after
			}
		}
	}
	counts := map[rune]int{}
	quoted, lines := false, 0
	for _, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			lines++
		case !quoted:
			counts[c]++
		}
		if lines == headerRows {
			break
		}
	}
	best := separators[0]
	for _, s := range separators[1:] {
		if counts[s] > counts[best] {
			best = s
		}
	}
	return best, text
}
