package sheet

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"feltbok/internal/fault"
)

// maxDepth is how deep a JSON list may be nested: array, case, array of persons, person, group of fields and one to spare.
const maxDepth = 6

// readJSON reads an array of objects. Fields of an object inside an object are named with a dot between; an array of objects
// inside an object, such as the persons of a case, makes one row each that repeats the fields of the case. An object around
// the array is passed by when it holds nothing else that is an array.
func (r *reading) readJSON(text string) (*Table, error) {
	j := &jsonReader{decoder: json.NewDecoder(strings.NewReader(text)), index: map[string]int{}}
	j.decoder.UseNumber()
	value, err := j.value(0)
	if err == nil {
		if _, more := j.decoder.Token(); more != io.EOF {
			err = fmt.Errorf("more after the list")
		}
	}
	if err != nil {
		return nil, fault.New("L-FORMAT", r.name, err)
	}
	list, ok := listOf(value)
	if !ok {
		return nil, fault.Newf("L-FORMAT", r.name, "not an array of objects")
	}
	t := &Table{Format: JSON}
	for i, item := range list {
		object, ok := item.(*object)
		if !ok {
			return nil, fault.Newf("L-FORMAT", r.name, "entry %d is no object", i+1)
		}
		for _, row := range j.rows(object, "", nil) {
			row.Number = i + 1
			if err := r.room(len(t.Rows), &row); err != nil {
				return nil, err
			}
			t.Rows = append(t.Rows, row)
		}
	}
	t.Columns = j.columns
	if len(t.Columns) > MaxColumns {
		return nil, fault.Newf("L-SIZE", r.name, "%d columns", len(t.Columns))
	}
	return t, nil
}

// object keeps the order of its members, which is the order of the columns.
type object struct {
	names  []string
	values []any
}

type jsonReader struct {
	decoder *json.Decoder
	columns []string
	index   map[string]int
}

func (j *jsonReader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	token, err := j.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for j.decoder.More() {
			item, err := j.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err = j.decoder.Token()
		return list, err
	case json.Delim('{'):
		o := &object{}
		for j.decoder.More() {
			name, err := j.decoder.Token()
			if err != nil {
				return nil, err
			}
			item, err := j.value(depth + 1)
			if err != nil {
				return nil, err
			}
			if slices.Contains(o.names, name.(string)) {
				return nil, fmt.Errorf("a member stands twice in one object, at byte %d", j.decoder.InputOffset())
			}
			o.names, o.values = append(o.names, name.(string)), append(o.values, item)
		}
		_, err = j.decoder.Token()
		return o, err
	}
	return token, nil
}

// listOf finds the array: the value itself, or the only array among the members of an object.
func listOf(value any) ([]any, bool) {
	if list, ok := value.([]any); ok {
		return list, true
	}
	o, ok := value.(*object)
	if !ok {
		return nil, false
	}
	var found []any
	for _, member := range o.values {
		if list, ok := member.([]any); ok {
			if found != nil {
				return nil, false
			}
			found = list
		}
	}
	if found == nil {
		return []any{o}, true // one case alone
	}
	for _, item := range found {
		if _, ok := item.(*object); !ok {
			return []any{o}, true
		}
	}
	return found, true
}

// rows flattens an object. above holds what the objects around it say.
func (j *jsonReader) rows(o *object, prefix string, above *Row) []Row {
	row := Row{}
	if above != nil {
		row.Cells = slices.Clone(above.Cells)
		for column, flaw := range above.Flaws {
			row.flaw(column, flaw)
		}
	}
	var inner []*object
	var innerName string
	j.fill(o, prefix, &row, func(name string, list []*object) bool {
		if inner != nil {
			return false
		}
		inner, innerName = list, name
		return true
	})
	if inner == nil {
		return []Row{row}
	}
	var rows []Row
	for _, item := range inner {
		rows = append(rows, j.rows(item, innerName+".", &row)...)
	}
	return rows
}

func (j *jsonReader) fill(o *object, prefix string, row *Row, below func(string, []*object) bool) {
	for i, name := range o.names {
		name = prefix + name
		switch value := o.values[i].(type) {
		case *object:
			j.fill(value, name+".", row, below)
		case []any:
			if objects := objectsIn(value); objects != nil && below(name, objects) {
				continue
			}
			text, ok := join(value)
			at := j.put(row, name, text)
			if !ok {
				row.flaw(at, NotAText)
			}
		default:
			j.put(row, name, scalar(value))
		}
	}
}

// put writes a cell into the column of a name, made when it is new.
func (j *jsonReader) put(row *Row, name, text string) int {
	at, ok := j.index[name]
	if !ok {
		at = len(j.columns)
		j.index[name], j.columns = at, append(j.columns, name)
	}
	for len(row.Cells) <= at {
		row.Cells = append(row.Cells, "")
	}
	row.Cells[at] = text
	return at
}

func objectsIn(list []any) []*object {
	var objects []*object
	for _, item := range list {
		o, ok := item.(*object)
		if !ok {
			return nil
		}
		objects = append(objects, o)
	}
	return objects
}

// join makes one text of an array of texts; ok is false when something in it is none.
func join(list []any) (text string, ok bool) {
	var parts []string
	for _, item := range list {
		switch item.(type) {
		case []any, *object:
			return "", false
		}
		if part := scalar(item); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; "), true
}

func scalar(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case json.Number:
		return value.String()
	case bool:
		if value {
			return "yes"
		}
		return "no"
	}
	return ""
}
