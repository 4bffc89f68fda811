package exchangetest

import (
	"encoding/json"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
)

// Sample is an answer that fits a field, the same each time; references name a record that does not exist.
func Sample(f domain.Field) domain.Answer {
	id := "01930000-0000-7000-8000-00000000abcd"
	code := ""
	if f.List != "" {
		code = codelist.Entries(f.List)[0].Code
	}
	value := map[domain.FieldKind]any{
		domain.Text: "Prøve «på» én linje", domain.LongText: "To\nlinjer med ق و ሰ", domain.Date: "2026-11-23", domain.PartialDateKind: "1990-03",
		domain.DateTime: "2026-11-23T09:00:00+02:00", domain.Int: int64(2), domain.Bool: true, domain.YesNo: "yes", domain.Code: code, domain.MultiCode: []string{code},
		domain.MultiText: []string{"én", "to"}, domain.Reference: id, domain.MultiReference: []string{id}, domain.Data: json.RawMessage(`{"a":[1,2]}`),
	}[f.Kind]
	if f.Kind == domain.Rows {
		row := map[string]string{"x": "y"}
		if len(f.Columns) > 0 {
			row = map[string]string{f.Columns[0]: "y"}
		}
		value = []map[string]string{row}
	}
	return domain.Answer{Value: value, Source: domain.FromSelf, Verification: domain.ConfirmedByPerson, Reason: "sa det selv"}
}
