package xlsform_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/form/xlsform"
	"feltbok/internal/sheet"
)

// grids makes sheets out of lines of cells with "|" between; the sheets are survey, choices and settings in this order.
func grids(sheets ...string) []sheet.Grid {
	var all []sheet.Grid
	for i, text := range sheets {
		grid := sheet.Grid{Name: []string{"survey", "choices", "settings", "external_choices"}[i]}
		for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if line != "" {
				grid.Rows = append(grid.Rows, sheet.Row{Number: n + 1, Cells: strings.Split(line, "|")})
			}
		}
		all = append(all, grid)
	}
	return all
}

func mustTake(t *testing.T, o xlsform.Options, sheets ...string) *xlsform.Set {
	t.Helper()
	set, err := xlsform.ReadForeign("form.xlsx", grids(sheets...), catalogue{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestReadForeign_Types: every type that is taken, and what it becomes.
func TestReadForeign_Types(t *testing.T) {
	for _, c := range []struct {
		row  string // type|name|label|parameters|calculation|default
		want xlsform.Kind
	}{
		{"text|q|Q", xlsform.Text},
		{"string|q|Q", xlsform.Text},
		{"barcode|q|Q", xlsform.Text},
		{"integer|q|Q", xlsform.Integer},
		{"int|q|Q", xlsform.Integer},
		{"decimal|q|Q", xlsform.Decimal},
		{"date|q|Q", xlsform.Date},
		{"time|q|Q", xlsform.Time},
		{"datetime|q|Q", xlsform.DateTime},
		{"dateTime|q|Q", xlsform.DateTime},
		{"note|q|Q", xlsform.Note},
		{"acknowledge|q|Q", xlsform.Acknowledge},
		{"trigger|q|Q", xlsform.Acknowledge},
		{"calculate|q||| 1 + 1", xlsform.Calculate},
		{"calculate|q||||x", xlsform.Calculate},
		{"calculate|q", xlsform.Hidden},
		{"hidden|q", xlsform.Hidden},
		{"hidden|q|||'x'", xlsform.Calculate},
		{"range|q|Q", xlsform.Integer},
		{"range|q|Q|start=0 end=1 step=0.5", xlsform.Decimal},
		{"select_one yn|q|Q", xlsform.Code},
		{"select one yn|q|Q", xlsform.Code},
		{"select one from yn|q|Q", xlsform.Code},
		{"select1 yn|q|Q", xlsform.Code},
		{"select_multiple yn|q|Q", xlsform.MultiCode},
		{"select all that apply from yn|q|Q", xlsform.MultiCode},
		{"rank yn|q|Q", xlsform.Rank},
		{"select_one yes_no|q|Q", xlsform.Code},
		{"today|q", xlsform.Calculate},
		{"start|q", xlsform.Calculate},
		{"end|q", xlsform.Hidden},
		{"deviceid|q", xlsform.Hidden},
		{"username|q", xlsform.Hidden},
		{"audit|q", xlsform.Hidden},
		{"db:person|q|Q", xlsform.Text},
	} {
		set := mustTake(t, xlsform.Options{}, "type|name|label|parameters|calculation|default\n"+c.row+"\ntext|other|O",
			"list_name|name|label\nyn|y|Yes\nyn|n|No\nyes_no|1|Yes\n")
		if got := set.Items[0].Kind; got != c.want {
			t.Errorf("%s is kind %d, not %d", c.row, got, c.want)
		}
	}
}

// TestReadForeign_Refused: each reason, with its place.
func TestReadForeign_Refused(t *testing.T) {
	for _, c := range []struct{ name, survey, choices, want string }{
		{"media", "image|q|Q", "", "Q-MEDIA survey, row 2, column type: there is no question of the type image"},
		{"place", "geotrace|q|Q", "", "Q-PLACE survey, row 2, column type: there is no question of the type geotrace"},
		{"outside", "xml-external|q|Q", "", "Q-OUTSIDE survey, row 2, column type: there is no question of the type xml-external"},
		{"repeat as choices", "select_one ${r}|q|Q", "", "Q-OUTSIDE survey, row 2, column type: choices made of the rows of a repeat are not understood"},
		{"search", "select_one yn|q|Q|search('f')", "yn|y|Y", "Q-OUTSIDE survey, row 2, column appearance: choices that are searched in a file by search() are not understood; use select_one_from_file"},
		{"file", "select_one_from_file towns.csv|q|Q", "", "Q-FILE survey, row 2, column type: the file towns.csv is missing"},
		{"geojson", "select_one_from_file towns.geojson|q|Q", "", "Q-FILE survey, row 2, column type: towns.geojson: only CSV files hold choices"},
		{"trigger", "calculate|q|||now()||${a}\ntext|a|A", "", "Q-COLUMN survey, row 2, column trigger: a calculation that only runs when another question changes is not understood"},
		{"type", "smell|q|Q", "", `Q-TYPE survey, row 2, column type: unknown type "smell"`},
		{"list", "select_one nowhere|q|Q", "", "Q-LIST survey, row 2, column type: there is no list nowhere in choices"},
		{"code", "select_one yn|q|Q", "yn|two words|Y", `Q-CODE choices, row 2, column name: "two words" is not a code: it is empty, holds a space or has more than 64 letters`},
		{"twice", "select_one yn|q|Q", "yn|y|Y\nyn|y|Yes", "Q-CODE choices, row 3, column name: code y stands in list yn already, in row 2"},
		{"name", "text|søster|S", "", `Q-NAME survey, row 2, column name: "søster" is not a name of letters, digits and "_"`},
		{"same group", "text|a|A\ntext|a|A", "", "Q-NAME survey, row 3, column name: a stands in row 2 already"},
		{"path", "text|a|A\ncalculate|q|||../b/c", "", "Q-REFERENCE survey, row 3, column calculation (char 1): the path ../b/c leads nowhere"},
		{"out of the form", "calculate|q|||../../c", "", "Q-REFERENCE survey, row 2, column calculation (char 1): the path ../../c leaves the form"},
		{"ambiguous", "begin group|g|G\ntext|a|A\nend group\nbegin group|h|H\ntext|a|A\nend group\ncalculate|q|||${a}", "", "Q-REFERENCE survey, row 8, column calculation (char 1): ${a} stands in several groups"},
		{"earlier answers", "calculate|q|||${last-saved#q}", "", "Q-REFERENCE survey, row 2, column calculation (char 1): ${last-saved#q}: earlier answers of other forms are not read"},
		{"lookup", "calculate|q|||instance('yn')/root/item[colour = 'x']/label\nselect_one yn|p|P", "yn|y|Y", "Q-LIST survey, row 2, column calculation (char 26): list yn has no column colour"},
		{"function", "calculate|q|||area(${a})\ntext|a|A", "", "Q-FUNCTION survey, row 2, column calculation (char 1): unknown function area()"},
		{"rank or other", "rank yn or_other|q|Q", "yn|y|Y", "Q-TYPE survey, row 2, column type: or_other does not go with rank"},
		{"loop", "begin loop over yn|q|Q\nend loop", "yn|y|Y", `Q-TYPE survey, row 2, column type: unknown type "begin loop over yn"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := xlsform.ReadForeign("form.xlsx", grids("type|name|label|appearance|calculation|relevance|trigger\n"+c.survey,
				"list_name|name|label\n"+c.choices), catalogue{}, xlsform.Options{})
			var all *xlsform.Errors
			if !errors.As(err, &all) {
				t.Fatalf("got %v", err)
			}
			var got []string
			for _, p := range all.Problems {
				got = append(got, p.Code+" "+p.String())
			}
			if !slices.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, p := range all.Problems {
				if !slices.ContainsFunc(xlsform.Reasons, func(r struct{ Code, Meaning string }) bool { return r.Code == p.Code }) {
					t.Errorf("%s is no reason", p.Code)
				}
			}
		})
	}
}

// TestReadForeign_Headings: other words for columns, and languages by code, name or own name.
func TestReadForeign_Headings(t *testing.T) {
	set := mustTake(t, xlsform.Options{Version: "7"},
		"Type|Name|label::Norsk bokmål (nb)|label::Español|label:Swahili|Label::Kvensk|guidance_hint::ar|Skip Logic|Constraint Message|constraint|Read Only\n"+
			"text|q|Navn|Nombre|Jina|Nimi|x|1 = 1|no|. != ''|yes\n")
	q := set.Items[0]
	if diff := cmp.Diff(xlsform.Labels{"nb": "Navn", "es": "Nombre", "sw": "Jina", "x-kvensk": "Nimi"}, q.Label); diff != "" {
		t.Error(diff)
	}
	if q.Relevant == nil || q.ReadOnly == nil || q.Guidance["ar"] != "x" || q.ConstraintMessage[xlsform.Unnamed] != "no" {
		t.Errorf("%+v", q)
	}
	if set.Version != "7" || set.ID != "form" || set.Title.In("nb") != "form" {
		t.Errorf("%s %s %v", set.ID, set.Version, set.Title)
	}
	if diff := cmp.Diff([]string{"nb", "es", "sw", "x-kvensk"}, set.Spoken()); diff != "" {
		t.Error(diff)
	}
}

// TestReadForeign_Files: choices and data of files, cascades, and codes that stand for several places.
func TestReadForeign_Files(t *testing.T) {
	files := fstest.MapFS{
		"towns.csv":        {Data: []byte("name,label,county\nx,Exby,1\ny,Yby,2\n")},
		"media/prices.csv": {Data: []byte("key,price\nbread,30\n")},
	}
	set := mustTake(t, xlsform.Options{Files: files},
		"type|name|label|choice_filter|calculation|parameters\n"+
			"select_one county|county|C\n"+
			"select_one_from_file towns.csv|town|T|county = ${county}\n"+
			"select_one school|school|S|county = ${county}\n"+
			"calculate|price|||pulldata('prices', 'price', 'key', 'bread')\n",
		"list_name|name|label|county\ncounty|1|One\ncounty|2|Two\nschool|main|Main of one|1\nschool|main|Main of two|2\n")
	if len(set.Lists["towns"]) != 2 || set.Lists["towns"][1].Columns["county"] != "2" || len(set.Lists["prices"]) != 1 || len(set.Lists["school"]) != 2 {
		t.Errorf("%+v", set.Lists)
	}
}

// TestReadForeign_LeaveOut: what has no place here goes on request, but nothing may refer to it.
func TestReadForeign_LeaveOut(t *testing.T) {
	set := mustTake(t, xlsform.Options{LeaveOut: true}, "type|name|label\ngeopoint|where|W\ntext|q|Q\n")
	if len(set.Items) != 1 || set.Warnings[0].Code != "Q-PLACE" {
		t.Errorf("%+v", set.Warnings)
	}
	if _, err := xlsform.ReadForeign("form.xlsx", grids("type|name|label|relevant\ngeopoint|where|W\ntext|q|Q|${where} != ''\n"), catalogue{}, xlsform.Options{LeaveOut: true}); err == nil {
		t.Error("a question looks at one that was left out")
	}
}
