package exchange

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// ReturnedWrite is an own write that headquarters took back with its import, or keeps in quarantine: the state "returned" of
// security.md 6.8. The author may write the values again; that is a new operation.
type ReturnedWrite struct {
	Compartment string    `json:"compartment"`
	Type        string    `json:"type"`
	Object      uuid.UUID `json:"object"`
	Case        uuid.UUID `json:"case"`
	Operation   string    `json:"operation"`
	At          string    `json:"at"`
	// Code is why headquarters keeps it in quarantine; empty when it was taken back. Reason is headquarters' own words, as soon as
	// they have come.
	Code   string          `json:"code,omitempty"`
	Reason string          `json:"reason,omitempty"`
	Fields []ReturnedField `json:"fields"`
}

// ReturnedField is one value of a returned write.
type ReturnedField struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"` // as written
	Now   json.RawMessage `json:"now"`   // as the field is displayed
	Again bool            `json:"again"` // the author has written it anew
}

// Returned lists the own writes that came back, in the order of writing; caseID limits them to one case when it is not zero. It
// speaks by the marks that headquarters sent and by the newest receipt.
func Returned(ctx context.Context, ws *workspace.Workspace, caseID uuid.UUID) ([]ReturnedWrite, error) {
	receipt, err := ownReceipt(ws)
	if err != nil {
		return nil, err
	}
	also, codes := map[domain.Compartment]workspace.LineSet{}, map[string]string{}
	if receipt != nil {
		for _, c := range domain.AllCompartments {
			also[c] = workspace.LineSet{}
			for key, numbers := range receipt.Excluded[c.String()] {
				also[c][key] = numbers
			}
		}
		for _, q := range receipt.Quarantined {
			c, err := domain.ParseCompartment(q.Compartment)
			if err != nil || q.Code == "E-FORK" { // that is the other line of this name
				continue
			}
			key := q.Operation.Chain(c).Key()
			numbers := also[c][key].Union(nil)
			numbers.Add(q.Operation.N)
			also[c][key] = numbers
			codes[q.Compartment+q.Operation.String()] = q.Code
		}
	}
	lines, err := ws.ReturnedLines(ctx, caseID, also)
	if err != nil {
		return nil, err
	}
	out := []ReturnedWrite{}
	for _, line := range lines {
		returned := ReturnedWrite{
			Compartment: line.Compartment.String(), Type: string(line.Type), Object: line.Object, Case: line.Case, Operation: line.Name.String(),
			At: stamp(line.At.Time()), Reason: line.Reason, Fields: []ReturnedField{},
		}
		if line.Import == uuid.Nil {
			returned.Code = codes[returned.Compartment+returned.Operation]
		}
		for _, f := range line.Fields {
			value, err := f.Value.Encode()
			if err != nil {
				return nil, err
			}
			now, err := f.Now.Encode()
			if err != nil {
				return nil, err
			}
			returned.Fields = append(returned.Fields, ReturnedField{Field: f.Field, Value: value, Now: now, Again: f.Again})
		}
		out = append(out, returned)
	}
	return out, nil
}
