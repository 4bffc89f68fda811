package form_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/form"
	"feltbok/internal/sheet"
)

// workbook makes an XLSX out of rows of cells.
func workbook(t testing.TB, sheets map[string][][]string) []byte {
	t.Helper()
	var grids []sheet.Grid
	for _, name := range []string{"survey", "choices", "settings"} {
		if sheets[name] == nil {
			continue
		}
		grid := sheet.Grid{Name: name}
		for i, cells := range sheets[name] {
			grid.Rows = append(grid.Rows, sheet.Row{Number: i + 1, Cells: cells})
		}
		grids = append(grids, grid)
	}
	content, err := sheet.Write(grids)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestImport_Travels: what is imported is the same after it was encoded, and as a workbook.
func TestImport_Travels(t *testing.T) {
	content := workbook(t, map[string][][]string{
		"survey": {
			{"type", "name", "label::English (en)", "label::Français", "relevant", "calculation", "required"},
			{"begin group", "who", "Who", "Qui"},
			{"text", "name", "Name", "Nom", "", "", "TRUE"},
			{"select_one yn or_other", "well", "Well?", "Bien?", "../name != ''"},
			{"end group"},
			{"begin group", "other"},
			{"text", "name", "Other name", "", "/data/who/name = 'x'"},
			{"end group"},
			{"calculate", "greeting", "", "", "", "concat('Hi ', ../who/name)"},
		},
		"choices":  {{"list name", "name", "label::English (en)", "label::Français"}, {"yn", "y", "Yes", "Oui"}, {"yn", "n", "No", "Non"}},
		"settings": {{"form_title", "form_id"}, {"A form", "A form!"}},
	})
	set, err := form.Import("a.xlsx", content, form.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !set.Foreign || set.ID != "a_form" || len(set.Version) != 8 {
		t.Errorf("id %q version %q", set.ID, set.Version)
	}
	encoded, err := form.Encode(set)
	if err != nil {
		t.Fatal(err)
	}
	again, err := form.Decode(encoded)
	if err != nil {
		t.Fatalf("%v\n%s", err, encoded)
	}
	reencoded, err := form.Encode(again)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(encoded), string(reencoded)); diff != "" {
		t.Error(diff)
	}
	book, err := form.Workbook(set)
	if err != nil {
		t.Fatal(err)
	}
	third, err := form.Import("b.xlsx", book, form.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	is, err := form.Digest(set)
	if err != nil {
		t.Fatal(err)
	}
	if was, err := form.Digest(third); err != nil || was != is {
		t.Errorf("as a workbook it is another set: %v", err)
	}
	var names []string
	for _, item := range set.Flat() {
		names = append(names, item.Name)
	}
	if diff := cmp.Diff([]string{"who", "name", "well", "well_other", "other", "other.name", "greeting"}, names); diff != "" {
		t.Error(diff)
	}

	i := form.New(set, form.Context{Clock: today})
	i.Evaluate()
	if i.Visible(main("well")) || i.Visible(main("other.name")) {
		t.Error("shown too early")
	}
	i.Set(main("name"), text("x"))
	if !i.Visible(main("well")) || !i.Visible(main("other.name")) || i.Calculated(main("greeting")) != "Hi x" {
		t.Error("paths are not followed")
	}
	if i.Set(main("well"), text("other")); !i.Visible(main("well_other")) {
		t.Error("or_other asks nothing")
	}
	if got := i.Label(main("well_other"), "fr"); got != "Précisez." {
		t.Errorf("label %q", got)
	}
}

// TestWorkbook_Own: a set of the program's own goes out as a workbook and comes back the same.
func TestWorkbook_Own(t *testing.T) {
	sets, err := form.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		content, err := form.Workbook(set)
		if err != nil {
			t.Fatal(err)
		}
		again, err := form.Import(set.ID+".xlsx", content, form.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		was, err := form.Digest(set)
		if err != nil {
			t.Fatal(err)
		}
		if is, err := form.Digest(again); err != nil || is != was || again.Foreign {
			t.Errorf("%s comes back as another set: %v", set.ID, err)
		}
	}
}
