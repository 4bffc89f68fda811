package sheet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/fault"
	"feltbok/internal/sheet"
)

// TestWrite_Grids: what is written is read back cell by cell, what a spreadsheet program would take for something else included.
func TestWrite_Grids(t *testing.T) {
	want := []sheet.Grid{
		{Name: "survey", Rows: []sheet.Row{
			{Number: 1, Cells: []string{"type", "name"}},
			{Number: 3, Cells: []string{"text", "", "=1+1", "1.10", "yes"}},
		}},
		{Name: "valg & språk", Rows: []sheet.Row{{Number: 1, Cells: []string{"<a> \"b\"\nc"}}}},
		{Name: "empty"},
	}
	content, err := sheet.Write(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sheet.Grids("x.xlsx", content, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	again, err := sheet.Write(want)
	if err != nil || !cmp.Equal(content, again) {
		t.Error("the same grids give other bytes", err)
	}
}

// TestGrids_Merged: a merged cell stands where it stands, and a sheet that nobody asked for is not read.
func TestGrids_Merged(t *testing.T) {
	content := book{sheets: []string{
		`<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="B2" t="b"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>`,
		`<broken`,
	}}.bytes(t)
	got, err := sheet.Grids("x.xlsx", content, func(name string) bool { return name == "Ark 1" })
	if err != nil {
		t.Fatal(err)
	}
	want := []sheet.Grid{{Name: "Ark 1", Rows: []sheet.Row{{Number: 1, Cells: []string{"a"}}, {Number: 2, Cells: []string{"", "yes"}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGrids_Refused(t *testing.T) {
	for name, content := range map[string]string{"L-EMPTY": " \n", "L-FORMAT": "\xD0\xCF\x11\xE0 an old workbook"} {
		if _, err := sheet.Grids("x.xlsx", []byte(content), func(string) bool { return true }); fault.Code(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
