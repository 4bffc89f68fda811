package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// dateStyle says how much of a date the format of a cell shows.
type dateStyle byte

const (
	noDate dateStyle = iota
	showsYear
	showsMonth
	showsDay
)

// styleOf judges a number format. The built-in ones have no code in the file (ECMA-376 part 1, 18.8.30).
func styleOf(id int, code string) dateStyle {
	if code == "" {
		switch {
		case id == 17: // mmm-yy
			return showsMonth
		case id >= 14 && id <= 22 && id != 18 && id != 19 && id != 20 && id != 21, id >= 27 && id <= 36, id >= 50 && id <= 58:
			return showsDay
		}
		return noDate
	}
	var bare strings.Builder
	for rest := code; rest != ""; {
		switch c := rest[0]; {
		case c == '"' && strings.IndexByte(rest[1:], '"') >= 0:
			rest = rest[strings.IndexByte(rest[1:], '"')+2:]
			continue
		case c == '[' && strings.IndexByte(rest, ']') >= 0:
			rest = rest[strings.IndexByte(rest, ']')+1:]
			continue
		case (c == '\\' || c == '_' || c == '*') && len(rest) > 1:
			rest = rest[2:]
			continue
		case c == ';': // only the part for positive numbers counts
			rest = ""
			continue
		default:
			bare.WriteByte(c)
			rest = rest[1:]
		}
	}
	shown := strings.ToLower(bare.String())
	year, month, day := strings.Contains(shown, "y"), strings.Contains(shown, "m"), strings.Contains(shown, "d")
	switch {
	case strings.Contains(shown, "general"), !year && !day:
		return noDate
	case day:
		return showsDay
	case month:
		return showsMonth
	default:
		return showsYear
	}
}

// latestSerial is 31 December 9999, the last day that spreadsheet programs know.
const latestSerial = 2_958_465

// dateOf writes a day number as a date, as much of it as is shown.
func (b *workbook) dateOf(serial float64, shown dateStyle) (string, bool) {
	day := math.Floor(serial)
	if day < 1 || day > latestSerial {
		return "", false
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case b.base1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < 60: // before the leap day of 1900 that never was
		start = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	layout := map[dateStyle]string{showsYear: "2006", showsMonth: "2006-01", showsDay: time.DateOnly}[shown]
	return start.AddDate(0, 0, int(day)).Format(layout), true
}

// cellXML is a cell as it stands in the file.
type cellXML struct {
	Place   string    `xml:"r,attr"`
	Kind    string    `xml:"t,attr"`
	Style   int       `xml:"s,attr"`
	Value   *string   `xml:"v"`
	Formula *string   `xml:"f"`
	Inline  *richText `xml:"is"`
}

// sheet reads the rows of a sheet as they stand, and which cells are merged.
func (r *reading) sheet(b *workbook, s sheetPart) (rows []Row, merged []string, err error) {
	content, err := b.part(s.part)
	if err != nil {
		return nil, nil, err
	}
	if content == nil {
		return nil, nil, errors.New("a sheet is missing")
	}
	decoder := xml.NewDecoder(bytes.NewReader(content))
	number := 0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "row":
			var found struct {
				Number int       `xml:"r,attr"`
				Hidden string    `xml:"hidden,attr"`
				Cells  []cellXML `xml:"c"`
			}
			if err := decoder.DecodeElement(&found, &start); err != nil {
				return nil, nil, err
			}
			if number++; found.Number > number {
				number = found.Number
			}
			row := Row{Number: number, Hidden: found.Hidden == "1" || found.Hidden == "true"}
			if err := b.fillRow(&row, found.Cells); err != nil {
				return nil, nil, err
			}
			if row.empty() {
				continue
			}
			if err := r.room(len(rows), &row); err != nil {
				return nil, nil, err
			}
			rows = append(rows, row)
		case "mergeCell":
			for _, attr := range start.Attr {
				if attr.Name.Local == "ref" {
					merged = append(merged, attr.Value)
				}
			}
		}
	}
	return rows, merged, nil
}

func (b *workbook) fillRow(row *Row, cells []cellXML) error {
	next := 0
	for i := range cells {
		at := next
		if cells[i].Place != "" {
			column, _, err := placeOf(cells[i].Place)
			if err != nil {
				return err
			}
			at = column
		}
		if at < next && next > 0 && at < len(row.Cells) && row.Cells[at] != "" {
			return errors.New("a cell stands twice")
		}
		text, flaw, err := b.read(&cells[i])
		if err != nil {
			return err
		}
		next = at + 1
		if text == "" && flaw == "" {
			continue
		}
		if at >= MaxColumns {
			return fmt.Errorf("%w: more than %d columns", errTooLarge, MaxColumns)
		}
		for len(row.Cells) <= at {
			row.Cells = append(row.Cells, "")
		}
		row.Cells[at] = text
		if flaw != "" {
			row.flaw(at, flaw)
		}
	}
	return nil
}

// read gives the text of a cell. Of a formula it takes the value that was stored with it.
func (b *workbook) read(c *cellXML) (string, Flaw, error) {
	if c.Formula != nil && (c.Value == nil || *c.Value == "" && c.Kind != "str") {
		return "", NoValue, nil
	}
	value := ""
	if c.Value != nil {
		value = *c.Value
	}
	switch c.Kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(b.shared) {
			return "", "", errors.New("a cell names a text that is not there")
		}
		return strings.TrimSpace(b.shared[i]), "", nil
	case "inlineStr":
		if c.Inline != nil {
			value = c.Inline.String()
		}
		return strings.TrimSpace(value), "", nil
	case "str":
		return strings.TrimSpace(value), "", nil
	case "b":
		return map[string]string{"1": "yes", "0": "no"}[value], "", nil
	case "e":
		return "", Erring, nil
	case "d": // a date as ISO 8601
		day, _, _ := strings.Cut(value, "T")
		return day, "", nil
	}
	return b.number(strings.TrimSpace(value), c.Style)
}

func (b *workbook) number(value string, style int) (string, Flaw, error) {
	number, err := strconv.ParseFloat(value, 64)
	if value == "" || err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		if value == "" {
			return "", "", nil
		}
		return "", "", errors.New("a number cell without a number")
	}
	if style >= 0 && style < len(b.styles) && b.styles[style] != noDate {
		if date, ok := b.dateOf(number, b.styles[style]); ok {
			return date, "", nil
		}
		return "", Erring, nil
	}
	if number == math.Trunc(number) && math.Abs(number) < 1e15 {
		return strconv.FormatFloat(number, 'f', 0, 64), "", nil
	}
	return strconv.FormatFloat(number, 'f', -1, 64), "", nil // "1.1", where some programs store 1.1000000000000001
}

// placeOf reads "AB12" into a column from 0 and a row from 1.
func placeOf(place string) (column, row int, err error) {
	i := 0
	for ; i < len(place) && place[i] >= 'A' && place[i] <= 'Z' && column < 1<<20; i++ {
		column = column*26 + int(place[i]-'A') + 1
	}
	row, err = strconv.Atoi(place[i:])
	if i == 0 || err != nil || row < 1 || column > 16_384 {
		return 0, 0, errors.New("a cell stands nowhere")
	}
	return column - 1, row, nil
}

// maxFilled is how many cells merged ones may cover.
const maxFilled = 1_000_000

// spread writes what stands in a merged cell into all the cells that it covers.
func spread(rows []Row, merged []string) error {
	if len(merged) == 0 {
		return nil
	}
	budget := maxFilled
	index := make(map[int]int, len(rows))
	for i := range rows {
		index[rows[i].Number] = i
	}
	for _, ref := range merged {
		from, to, _ := strings.Cut(ref, ":")
		left, top, err := placeOf(from)
		if err != nil {
			return err
		}
		right, bottom, err := placeOf(to)
		if err != nil {
			return err
		}
		at, ok := index[top]
		if !ok || left >= len(rows[at].Cells) || rows[at].Cells[left] == "" || right-left > MaxColumns {
			continue
		}
		text := rows[at].Cells[left]
		for i := at; i < len(rows) && rows[i].Number <= bottom; i++ {
			if budget -= right - left + 1; budget < 0 {
				return fmt.Errorf("%w: merged cells", errTooLarge)
			}
			for len(rows[i].Cells) <= min(right, MaxColumns-1) {
				rows[i].Cells = append(rows[i].Cells, "")
			}
			for column := left; column <= min(right, MaxColumns-1); column++ {
				if rows[i].Cells[column] == "" {
					rows[i].Cells[column] = text
				}
			}
		}
	}
	return nil
}
