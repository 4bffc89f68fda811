package exchange

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

// FieldChange is a field that looks different after an import or an undo.
type FieldChange struct {
	Compartment string    `json:"compartment"`
	Type        string    `json:"type"`
	Object      uuid.UUID `json:"object"`
	Case        uuid.UUID `json:"case"`
	Field       string    `json:"field"`
	// Old and New are the standing values before and after, the displayed one first; several are a conflict, none is an empty
	// field.
	Old []FieldValue `json:"old"`
	New []FieldValue `json:"new"`
}

// FieldValue is one standing value of a field, with who wrote it and when.
type FieldValue struct {
	Value     json.RawMessage `json:"value"` // as stored
	By        string          `json:"by"`    // alias of the user
	At        string          `json:"at"`
	Operation string          `json:"operation"`
}

func fieldChanges(ws *workspace.Workspace, list []workspace.Difference) []FieldChange {
	out := make([]FieldChange, 0, len(list))
	for _, d := range list {
		out = append(out, FieldChange{
			Compartment: d.Compartment.String(), Type: string(d.Type), Object: d.Object, Case: d.Case, Field: d.Field,
			Old: fieldValues(ws, d.Old), New: fieldValues(ws, d.New),
		})
	}
	return out
}

func fieldValues(ws *workspace.Workspace, heads []workspace.Head) []FieldValue {
	out := make([]FieldValue, 0, len(heads))
	for _, head := range heads {
		out = append(out, FieldValue{Value: json.RawMessage(head.Value), By: ws.AliasOf(head.By), At: stamp(head.HLC.Time()), Operation: head.Name.String()})
	}
	return out
}

// DifferencePage is one page of what a file would change (security.md 6.6).
type DifferencePage struct {
	// Plan is the id of the plan that the page belongs to.
	Plan string `json:"plan"`
	// Total counts all differences, First is the place of the first one here, from 0.
	Total  int           `json:"total"`
	First  int           `json:"first"`
	Fields []FieldChange `json:"fields"`
}

// pageSize is how many differences a page has when nobody says.
const pageSize = 100

// Differences shows what a file would change in the fields that the user may read, count of them from first on (zero: 100).
// Nothing is kept between pages: each reads the file again and judges it anew. With a plan it is E-PLAN when file or
// workspace changed since. Showing P3 fields is put on record first. Faults as of [Preview].
func Differences(ctx context.Context, ws *workspace.Workspace, path string, plan *Plan, first, count int) (*DifferencePage, error) {
	in, err := read(ctx, ws, path, judgedBy{})
	if err != nil {
		return nil, err
	}
	if plan != nil && plan.ID != in.plan.ID {
		return nil, fault.New("E-PLAN", in.plan.File, nil)
	}
	page := &DifferencePage{Plan: in.plan.ID, First: max(first, 0), Fields: []FieldChange{}}
	if in.plan.Repeated {
		return page, nil
	}
	applied, err := ws.Apply(ctx, workspace.Batch{Lines: in.lines, Details: true}, true)
	if err != nil {
		return nil, err
	}
	if count <= 0 {
		count = pageSize
	}
	page.Total = len(applied.Differences)
	from := min(page.First, page.Total)
	shown := applied.Differences[from:min(from+count, page.Total)]
	if err := ws.NoteShown(ctx, shown); err != nil {
		return nil, err
	}
	page.Fields = fieldChanges(ws, shown)
	return page, nil
}
