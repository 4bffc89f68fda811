package xlsform

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"feltbok/internal/sheet"
)

// prepareChoices leaves out rows without a list and a code: people divide lists by such.
func (r *reader) prepareChoices(t *table) {
	var rows []row
	for _, row := range t.rows {
		if row.cells["list_name"] == "" && row.cells["name"] == "" || strings.HasPrefix(row.cells["list_name"], "#") {
			continue
		}
		rows = append(rows, row)
	}
	t.rows = rows
}

// external adds the choices of the sheet external_choices, which some tools keep apart for their number.
func (r *reader) external(from table, choices *table) {
	for _, column := range from.header {
		if column != "" && !slices.Contains(choices.header, column) {
			choices.header = append(choices.header, column)
		}
	}
	for _, row := range from.rows {
		if row.cells["label"] == "" && row.cells["name"] != "" {
			row.cells["label"] = row.cells["name"]
		}
		choices.rows = append(choices.rows, row)
	}
	if len(from.rows) > 0 && !slices.Contains(choices.header, "label") {
		choices.header = append(choices.header, "label")
	}
}

// loadList reads a CSV file of choices or data into a list. value and label name its columns; empty: name and label.
func (r *reader) loadList(at place, file, list, value, label string, choices *table) bool {
	if slices.ContainsFunc(choices.rows, func(c row) bool { return c.cells["list_name"] == list }) {
		return true // read for another question
	}
	if ext := path.Ext(file); ext != ".csv" {
		r.failAs("Q-FILE", at, "%s: only CSV files hold choices", path.Base(file))
		return false
	}
	content, err := r.readFile(file)
	if err != nil {
		r.failAs("Q-FILE", at, "the file %s is missing", path.Base(file))
		return false
	}
	t, err := sheet.Read(file, content, sheet.Options{Known: func(heading string) bool { return true }})
	if err != nil {
		r.failAs("Q-FILE", at, "the file %s cannot be read: %v", path.Base(file), err)
		return false
	}
	if value == "" {
		value = "name"
	}
	if label == "" {
		label = "label"
	}
	labels := map[int]string{}
	name := -1
	for i, heading := range t.Columns {
		switch column := foreignHeading("choices", heading); {
		case heading == value:
			name = i
		case heading == label:
			labels[i] = "label::" + Unnamed
		case strings.HasPrefix(column, "label::"):
			labels[i] = column
		}
	}
	if name < 0 {
		name = 0 // a table of data, of which the first column is the key
	}
	for _, line := range t.Rows {
		choice := row{number: line.Number, cells: map[string]string{"list_name": list, "name": line.Cells[name]}}
		if choice.cells["name"] == "" {
			continue
		}
		for i, cell := range line.Cells {
			switch {
			case cell == "" || i == name && t.Columns[i] == "name":
			case labels[i] != "":
				choices.put(choice, labels[i], cell)
			default:
				choices.put(choice, t.Columns[i], cell)
			}
		}
		if len(labels) == 0 {
			choices.put(choice, "label::"+Unnamed, choice.cells["name"])
		}
		choices.rows = append(choices.rows, choice)
	}
	for _, column := range []string{"list_name", "name"} {
		if !slices.Contains(choices.header, column) {
			choices.header = append(choices.header, column)
		}
	}
	return true
}

// readFile finds a file that the form names.
func (r *reader) readFile(name string) ([]byte, error) {
	if r.options.Files == nil || !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	content, err := fs.ReadFile(r.options.Files, name)
	if err != nil {
		content, err = fs.ReadFile(r.options.Files, path.Join("media", name))
	}
	return content, err
}

// namedLists finds the lists that expressions look things up in.
var namedLists = regexp.MustCompile(`(?:pulldata|instance)\(\s*['"]([^'"]+)['"]`)

// loadNamed reads the files behind pulldata() and instance() that no question reads.
func (r *reader) loadNamed(survey, choices *table) {
	for _, row := range survey.rows {
		for _, column := range expressionColumns {
			for _, match := range namedLists.FindAllStringSubmatch(row.cells[column], -1) {
				list := strings.TrimSuffix(match[1], ".csv")
				if _, err := r.readFile(list + ".csv"); err == nil {
					r.loadList(place{survey.sheet, row.number, column}, list+".csv", list, "", "", choices)
				}
			}
		}
	}
}
