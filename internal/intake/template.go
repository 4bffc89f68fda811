package intake

import (
	"bytes"
	"encoding/csv"

	"feltbok/internal/i18n"
)

// Template is an empty list for an office to fill in: CSV in UTF-8 with a mark and semicolons, as spreadsheet programs open it. The first
// row says how each column is filled in, the second has the headings; [Read] knows both.
func Template(t *i18n.Texts) ([]byte, error) {
	var hints, headings []string
	for _, f := range fields {
		if f.Key == fullName {
			continue // the parts are better, and are there
		}
		hint := ""
		if key := "intake.hint." + f.Key; t.Has(key) {
			hint = t.T(key)
		}
		hints, headings = append(hints, hint), append(headings, t.T("intake.field."+f.Key))
	}
	var out bytes.Buffer
	out.WriteString("\xEF\xBB\xBF")
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	if err := w.WriteAll([][]string{hints, headings}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
