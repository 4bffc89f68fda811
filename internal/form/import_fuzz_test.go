package form_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"feltbok/internal/fault"
	"feltbok/internal/form"
)

// FuzzImport: whatever the bytes, a workbook ends as a set or as named faults; a set that was taken in is the same after it travelled, and
// can be opened.
func FuzzImport(f *testing.F) {
	seeds, err := filepath.Glob("testdata/workbooks/*.xlsx")
	if err != nil || len(seeds) < 4 {
		f.Fatalf("%d workbooks, %v", len(seeds), err)
	}
	for _, seed := range seeds {
		content, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		f.Add(content[:len(content)/2])
	}
	f.Fuzz(func(t *testing.T, content []byte) { travels(t, content) })
}

// FuzzImport_Cells: the same for what stands in the cells, which a fuzzer hardly reaches through a packed file.
func FuzzImport_Cells(f *testing.F) {
	f.Add("integer", "n", "Age", ". > 0 and ${n} != 3", "../n + 1", "n = ${n}", "label::Bokmål (nb)")
	f.Add("select_one yn or_other", "a.b", "L ${n}", "selected(., 'y')", "pulldata('yn', 'name', 'name', ${n})", "name = 'y'", "label")
	f.Add("begin repeat", "r", "", "true", "position(..)", "", "caption")
	f.Add("range", "r", "x", "instance('yn')/root/item[name = current()/../n]/label != ''", "", "", "constraint_message::French")
	f.Add("calculate", "n", "", "/data/n[1]", "indexed-repeat(${n}, ${r}, 1)", "", "bind::relevant")
	f.Fuzz(func(t *testing.T, kind, name, label, condition, calculation, filter, heading string) {
		travels(t, workbook(t, map[string][][]string{
			"survey": {
				{"type", "name", heading, "relevant", "calculation", "choice_filter", "constraint"},
				{kind, name, label, condition, calculation, filter, ""},
				{"text", "n", label, "", "", "", condition},
				{kind, "n", label, "", calculation, "", ""},
			},
			"choices":  {{"list_name", "name", heading}, {"yn", "y", label}, {"yn", name, "x"}},
			"settings": {{"form_id", "version", heading}, {name, label, calculation}},
		}))
	})
}

// travels takes a workbook in and checks what was taken in.
func travels(t *testing.T, content []byte) {
	set, err := form.Import("form.xlsx", content, form.ImportOptions{LeaveOut: true})
	if err != nil {
		var faults *form.Errors
		if !errors.As(err, &faults) && fault.Code(err) == "" {
			t.Fatalf("refused without a reason: %v", err)
		}
		if faults != nil {
			for _, p := range faults.Problems {
				if p.Code == "" || p.Message == "" {
					t.Fatalf("a fault without a reason: %v", p)
				}
			}
		}
		return
	}
	encoded, err := form.Encode(set)
	if err != nil {
		t.Fatal(err)
	}
	again, err := form.Decode(encoded)
	if err != nil {
		t.Fatalf("what was taken in is refused: %v\n%s", err, encoded)
	}
	if second, err := form.Encode(again); err != nil || string(second) != string(encoded) {
		t.Fatalf("read again it is another set\n%s\n%s", encoded, second)
	}
	i := form.New(again, form.Context{Clock: today})
	i.Evaluate()
	i.ApplyDefaults()
}
