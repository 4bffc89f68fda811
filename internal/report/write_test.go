package report

import (
	"bytes"
	"encoding/csv"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
)

var update = flag.Bool("update", false, "write the golden files anew")

// example is what a mission with 40 cases could look like.
func example() *Figures {
	t := tally{}
	t.addN("cases_by_status", "status", "mapped", 31)
	t.addN("cases_by_status", "status", "scheduled", 6)
	t.addN("cases_by_status", "status", "not_met", 3)
	t.addN("cases_by_channel", "channel", "mission", 40)
	t.addN("persons", "", "adults", 84)
	t.addN("persons", "", "children", 97)
	t.addN("interviews_by_type", "interview_type", "individual_adult", 80)
	t.addN("interviews_by_type", "interview_type", "", 7)
	t.addN("interpreted_languages", "language", "swh", 70)
	t.addN("interpreted_languages", "language", "som", 2)
	t.addN("interpreted_languages", "language", "tir", 4)
	t.addN("interpreters_by_mode", "interpreter_mode", "in_person", 76)
	return &Figures{
		Kind: KindMission, Mission: uuid.MustParse("01930000-0000-7000-8000-000000000001"), Code: "2026-UGA-01",
		MadeAt: time.Date(2026, 12, 1, 9, 30, 0, 0, time.UTC), MadeBy: "Saksbehandler", Training: true,
		NewestWrite: time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC), CodeLists: map[string]string{"status": "1", "channel": "1"}, Cells: t.cells(),
	}
}

func written(t *testing.T, name string, f *Figures, lang string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := WriteFile(path, f, lang); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestWriteFile_Golden(t *testing.T) {
	for _, c := range []struct{ golden, name, lang string }{{"mission.nb.csv", "x.csv", "nb"}, {"mission.en.json", "x.json", "en"}} {
		t.Run(c.golden, func(t *testing.T) {
			got := written(t, c.name, example(), c.lang)
			golden := filepath.Join("testdata", c.golden)
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWriteFile_CSV(t *testing.T) {
	f := example()
	f.Code, f.MadeBy = "=HYPERLINK(1)", "@A\nB;C"
	content := written(t, "x.csv", f, "nb")
	if !bytes.HasPrefix(content, []byte("\xef\xbb\xbf")) {
		t.Error("no byte order mark: a spreadsheet would read æøå wrongly")
	}
	reader := csv.NewReader(bytes.NewReader(content[3:]))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(f.Cells)+1 {
		t.Errorf("%d rows for %d cells", len(rows), len(f.Cells))
	}
	for _, row := range rows[1:] {
		if row[4] != "'=HYPERLINK(1)" || row[7] != "'@A\nB;C" {
			t.Fatalf("mission %q, by %q", row[4], row[7])
		}
	}
}

func TestFormulaSafe(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "<5": "<5", "–": "–", "12": "12", "Tysk": "Tysk", "=1+1": "'=1+1", "+47": "'+47", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1",
		"\r=1": "'\r=1", "\n=1": "'\n=1", "＝1": "'＝1", "a=1": "a=1",
	} {
		if got := formulaSafe(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestWriteFile_HiddenStaysHidden: no form of the file holds a count that is hidden.
func TestWriteFile_HiddenStaysHidden(t *testing.T) {
	f := &Figures{Kind: KindMission, Cells: table("persons", 4321, 4322, 3).cells()}
	for i := range f.Cells {
		f.Cells[i].Row = "adults"
	}
	for _, name := range []string{"x.csv", "x.json"} {
		content := string(written(t, name, f, "en"))
		if strings.Contains(content, "4321") || !strings.Contains(content, "4322") || !strings.Contains(content, "<5") || !strings.Contains(content, "–") {
			t.Errorf("%s: %s", name, content)
		}
	}
}

func TestWriteFile_ThreeLanguages(t *testing.T) {
	seen := map[string]bool{}
	for _, lang := range i18n.Languages {
		for _, name := range []string{"x.csv", "x.json"} {
			content := string(written(t, name, example(), lang))
			if strings.Contains(content, "⟦") {
				t.Errorf("%s in %s has a text without words: %s", name, lang, content)
			}
			if seen[content] {
				t.Errorf("%s in %s is the same as in another language", name, lang)
			}
			seen[content] = true
		}
		for _, kind := range Kinds(lang) {
			if strings.Contains(kind.Title, "⟦") || !Known(kind.Kind) {
				t.Errorf("%s: %+v", lang, kind)
			}
		}
	}
}

func TestWriteFile_Refused(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "x.doc"), filepath.Join(dir, "x"), filepath.Join(dir, "nowhere", "x.csv")} {
		if err := WriteFile(path, example(), "nb"); fault.Code(err) != "E-FILE" {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if Writes("x.pdf") || !Writes("a/x.csv") || !Writes("x.json") {
		t.Error("Writes does not fit the endings")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, figures := range map[string]*Figures{"example": example(), "nothing counted": {Kind: KindMission}} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(written(t, "x.json", figures, "nn")))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for member := range document.(map[string]any) {
			less := maps.Clone(document.(map[string]any))
			delete(less, member)
			if schema.Validate(less) == nil {
				t.Errorf("%s: nobody misses %s", name, member)
			}
		}
	}
}
