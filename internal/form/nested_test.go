package form_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feltbok/internal/form"
	"feltbok/internal/form/xlsform"
	"feltbok/internal/sheet"
)

// nestedSurvey has visits, in each of them children, and expressions that look up, down and aside.
var nestedSurvey = [][]string{
	{"type", "name", "label", "relevant", "calculation", "repeat_count", "required"},
	{"integer", "wanted", "How many visits"},
	{"begin repeat", "visit", "Visit", "", "", "${wanted}"},
	{"text", "place", "Place"},
	{"integer", "limit", "Limit"},
	{"begin repeat", "child", "Child", "${limit} != 0"},
	{"integer", "age", "Age"},
	{"text", "school", "School", "${age} > ${limit}", "", "", "yes"},
	{"calculate", "where", "", "", "concat(${place}, '/', position(..), '/', position(../..))"},
	{"end repeat"},
	{"calculate", "ages", "", "", "sum(${age})"},
	{"calculate", "children", "", "", "count(../child)"},
	{"end repeat"},
	{"calculate", "all_ages", "", "", "sum(${age})"},
	{"calculate", "second", "", "", "indexed-repeat(${age}, ${visit}, 2, ${child}, 1)"},
	{"calculate", "schools", "", "", "count-non-empty(${school})"},
}

func nestedSet(t testing.TB) *form.Set {
	t.Helper()
	grid := sheet.Grid{Name: "survey"}
	for i, cells := range nestedSurvey {
		grid.Rows = append(grid.Rows, sheet.Row{Number: i + 1, Cells: cells})
	}
	set, err := xlsform.ReadForeign("nested", []sheet.Grid{grid}, types{}, xlsform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func nestedID(n int) uuid.UUID { return uuid.UUID{15: byte(n + 1)} }

func rowOf(repeat string, row uuid.UUID, name string) form.Path {
	return form.Path{Row: row, Repeat: repeat, Name: name}
}

func TestNested(t *testing.T) {
	i := form.New(nestedSet(t), form.Context{Clock: today})
	i.Evaluate()
	first, second, a, b, c := nestedID(0), nestedID(1), nestedID(2), nestedID(3), nestedID(4)
	i.AddRow("visit", first)
	i.AddRow("visit", second)
	i.AddRowIn("child", first, a)
	i.AddRowIn("child", second, b)
	i.AddRowIn("child", second, c)
	i.AddRowIn("child", uuid.Nil, nestedID(9)) // no visit around: not added
	i.Set(rowOf("visit", first, "place"), text("P"))
	i.Set(rowOf("visit", second, "place"), text("Q"))
	i.Set(rowOf("visit", second, "limit"), number(6))
	i.Set(rowOf("child", a, "age"), number(3))
	i.Set(rowOf("child", b, "age"), number(5))
	i.Set(rowOf("child", c, "age"), number(7))
	want := map[form.Path]string{
		rowOf("child", a, "where"): "P/1/1", rowOf("child", b, "where"): "Q/1/2", rowOf("child", c, "where"): "Q/2/2",
		rowOf("visit", first, "ages"): "3", rowOf("visit", second, "ages"): "12", rowOf("visit", first, "children"): "1",
		rowOf("visit", second, "children"): "2", main("all_ages"): "15", main("second"): "5",
	}
	for path, text := range want {
		if got := i.Calculated(path); got != text {
			t.Errorf("%v is %q, not %q", path, got, text)
		}
	}
	if i.Visible(rowOf("child", b, "school")) || !i.Visible(rowOf("child", c, "school")) {
		t.Error("a child looks at another visit's limit")
	}
	if diff := cmp.Diff([]form.Path{rowOf("child", c, "school")}, i.Missing()); diff != "" {
		t.Error(diff)
	}
	i.RemoveRow("child", b)
	if got := i.Calculated(rowOf("child", c, "where")); got != "Q/1/2" {
		t.Errorf("after a row was removed: %q", got)
	}
	i.RemoveRow("visit", first)
	if got := i.Calculated(rowOf("child", c, "where")); got != "Q/1/1" || i.Calculated(main("all_ages")) != "7" {
		t.Errorf("after a visit was removed: %q %s", got, i.Calculated(main("all_ages")))
	}
	if diff := cmp.Diff([]uuid.UUID{c}, i.RowsIn("child", second)); diff != "" {
		t.Error(diff)
	}
	i.Set(rowOf("visit", second, "limit"), number(0))
	if i.Visible(rowOf("child", c, "age")) || i.Calculated(main("all_ages")) != "0" {
		t.Error("a child of a hidden repeat counts")
	}
	if _, ok := i.RowCount(main("wanted")); ok {
		t.Error("a question has a number of rows")
	}
	if changed := i.Set(main("wanted"), number(3)); !cmp.Equal(changed.Checked, []form.Path{main("visit")}) {
		t.Errorf("nobody is told of the new number: %v", changed.Checked)
	}
	if n, ok := i.RowCount(main("visit")); n != 3 || !ok {
		t.Errorf("%d rows wanted", n)
	}
}

// TestNested_StepByStep: whatever order answers and rows come in, the state is that of everything entered at once.
func TestNested_StepByStep(t *testing.T) {
	set := nestedSet(t)
	rapid.Check(t, func(t *rapid.T) {
		i := form.New(set, form.Context{Clock: today})
		i.Evaluate()
		outer := map[uuid.UUID]uuid.UUID{}
		next := 0
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			visits, children := i.Rows("visit"), i.Rows("child")
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				i.AddRow("visit", nestedID(next))
				next++
			case 1:
				if len(visits) > 0 {
					around := rapid.SampledFrom(visits).Draw(t, "visit")
					i.AddRowIn("child", around, nestedID(next))
					outer[nestedID(next)] = around
					next++
				}
			case 2:
				if len(visits) > 0 {
					row := rapid.SampledFrom(visits).Draw(t, "visit")
					i.Set(rowOf("visit", row, "limit"), number(rapid.Int64Range(0, 3).Draw(t, "limit")))
					i.Set(rowOf("visit", row, "place"), text(fmt.Sprint("p", next)))
				}
			case 3:
				if len(children) > 0 {
					row := rapid.SampledFrom(children).Draw(t, "child")
					i.Set(rowOf("child", row, "age"), number(rapid.Int64Range(0, 4).Draw(t, "age")))
					i.Set(rowOf("child", row, "school"), text("s"))
				}
			case 4:
				if len(children) > 0 {
					i.RemoveRow("child", rapid.SampledFrom(children).Draw(t, "gone"))
				}
			case 5:
				if len(visits) > 0 && rapid.Bool().Draw(t, "really") {
					i.RemoveRow("visit", rapid.SampledFrom(visits).Draw(t, "gone"))
				}
			}
		}
		j := form.New(set, form.Context{Clock: today})
		var paths []form.Path
		for _, item := range set.Flat() {
			rows := []uuid.UUID{uuid.Nil}
			if item.Repeat != "" {
				rows = i.Rows(item.Repeat)
			}
			for _, row := range rows {
				path := rowOf(item.Repeat, row, item.Name)
				paths = append(paths, path)
				if item.Repeat != "" {
					j.PutRowIn(item.Repeat, outer[row], row)
				}
				if item.Kind.Asked() {
					j.Put(path, i.Answer(path))
				}
			}
		}
		j.Evaluate()
		for _, path := range paths {
			if i.Visible(path) != j.Visible(path) || i.Visible(path) && i.Calculated(path) != j.Calculated(path) {
				t.Fatalf("%v: %v %q step by step, %v %q at once", path, i.Visible(path), i.Calculated(path), j.Visible(path), j.Calculated(path))
			}
		}
		if diff := cmp.Diff(j.Progress(), i.Progress()); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(j.Missing(), i.Missing()); diff != "" {
			t.Fatal(diff)
		}
	})
}
