package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/sheet"
)

// DateOrder says how dates of three numbers are read.
type DateOrder string

// The orders. A date that begins with a year of four digits is read the same way in both.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// Mapping says what the columns of a list mean. It is what is remembered for the next list with the same headings.
type Mapping struct {
	// Columns holds the key of the field for each heading that is read; a heading that is not there is not read.
	Columns map[string]string `json:"columns"`
	Dates   DateOrder         `json:"dates"`
	// Source is [domain.FromRRF] or [domain.FromUDIList].
	Source domain.Source `json:"source"`
}

// Clone is a copy that can be changed.
func (m Mapping) Clone() Mapping {
	columns := make(map[string]string, len(m.Columns))
	for heading, key := range m.Columns {
		columns[heading] = key
	}
	m.Columns = columns
	return m
}

// Suggest works out a mapping from headings, and the order of dates from the dates themselves: the month stands first when no date
// of the list contradicts that and at least one cannot be read otherwise. Of two columns that mean the same the first is taken.
func Suggest(t *sheet.Table) Mapping {
	m := Mapping{Columns: map[string]string{}, Dates: DayFirst, Source: domain.FromRRF}
	taken := map[string]bool{}
	for _, heading := range t.Columns {
		if key := keyOf(heading); key != "" && !taken[key] && !Sensitive(heading) {
			m.Columns[heading], taken[key] = key, true
		}
	}
	if taken["person.given_names"] || taken["person.family_name"] {
		for heading, key := range m.Columns {
			if key == fullName { // the parts say more
				delete(m.Columns, heading)
			}
		}
	}
	m.Dates = orderOf(t, m)
	return m
}

// Check refuses a mapping that cannot be read by: L-COLUMNS with the key of what is missing, or of what stands twice.
func (m Mapping) Check(t *sheet.Table) error {
	found := map[string]bool{}
	for _, heading := range t.Columns {
		key := m.Columns[heading]
		if key == "" {
			continue
		}
		if _, ok := FieldOf(key); !ok {
			return fault.Newf("L-COLUMNS", key, "no such field")
		}
		if found[key] {
			return fault.Newf("L-COLUMNS", key, "two columns")
		}
		found[key] = true
	}
	if !found[caseNumber] {
		return fault.Newf("L-COLUMNS", caseNumber, "no column")
	}
	if !found["person.given_names"] && !found["person.family_name"] && !found[fullName] && !found["person.name_native_script"] {
		return fault.Newf("L-COLUMNS", "person.given_names", "no column")
	}
	if m.Dates != DayFirst && m.Dates != MonthFirst {
		return fault.Newf("L-COLUMNS", "person.birth", "no order of dates")
	}
	if m.Source != domain.FromRRF && m.Source != domain.FromUDIList {
		return fault.Newf("L-COLUMNS", "source", "a list comes from UNHCR or from UDI")
	}
	return nil
}

// headerSet names a set of headings, whatever their order, case and spaces.
func headerSet(t *sheet.Table) string {
	names := make([]string, len(t.Columns))
	for i, heading := range t.Columns {
		names[i] = codelist.Fold(heading)
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	return hex.EncodeToString(sum[:16])
}

// orderOf finds out whether the month stands first in the dates of a list.
func orderOf(t *sheet.Table, m Mapping) DateOrder {
	monthFirst := false
	for column, heading := range t.Columns {
		f, ok := FieldOf(m.Columns[heading])
		if !ok || f.info().Kind != domain.PartialDateKind {
			continue
		}
		for _, row := range t.Rows {
			first, second, ok := twoNumbers(row.Cells[column])
			switch {
			case !ok:
			case first > 12:
				return DayFirst
			case second > 12:
				monthFirst = true
			}
		}
	}
	if monthFirst {
		return MonthFirst
	}
	return DayFirst
}
