package expr_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"feltbok/internal/form/expr"
)

// corpusCase is one line of testdata/corpus/*.json. Other engines can be asked the same questions.
type corpusCase struct {
	Expression string         `json:"expression"`
	Context    map[string]any `json:"context,omitempty"` // name → text, number, true/false, {"date": …}, {"time": …}, or a list: nodes (null: hidden)
	Self       any            `json:"self,omitempty"`
	Position   int            `json:"position,omitempty"`
	Expected   string         `json:"expected"`       // as text
	Kind       string         `json:"kind,omitempty"` // of the result
	Note       string         `json:"note,omitempty"`
}

func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("corpus: %d files, %v", len(files), err)
	}
	for _, file := range files {
		for _, c := range readCorpus(t, file) {
			t.Run(filepath.Base(file)+"/"+c.Expression, func(t *testing.T) {
				program, err := expr.Compile(c.Expression)
				if err != nil {
					t.Fatal(err)
				}
				got, err := program.Eval(c.env())
				if err != nil {
					t.Fatal(err)
				}
				if got.String() != c.Expected {
					t.Errorf("got %q, expected %q (%s)", got.String(), c.Expected, c.Note)
				}
				if c.Kind != "" && got.Kind().String() != c.Kind {
					t.Errorf("got a %s, expected a %s", got.Kind(), c.Kind)
				}
				if static := program.Kind(); static != expr.Absent && static != got.Kind() {
					t.Errorf("compiled as %s, evaluated to %s", static, got.Kind())
				}
			})
		}
	}
}

func readCorpus(t testing.TB, file string) []corpusCase {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []corpusCase
	if err := json.Unmarshal(content, &cases); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(cases) == 0 {
		t.Fatalf("%s holds no case", file)
	}
	return cases
}

func (c corpusCase) env() answers {
	env := answers{values: map[string]expr.Value{}, self: corpusValue(c.Self), position: c.Position}
	for name, value := range c.Context {
		env.values[name] = corpusValue(value)
	}
	return env
}

func corpusValue(v any) expr.Value {
	switch v := v.(type) {
	case string:
		return expr.Text(v)
	case float64:
		return expr.Float(v)
	case bool:
		return expr.Boolean(v)
	case []any:
		nodes := make([]expr.Value, len(v))
		for i := range v {
			nodes[i] = corpusValue(v[i])
		}
		return expr.NodeSet(nodes)
	case map[string]any:
		if text, ok := v["date"].(string); ok {
			date, _ := expr.ParseDate(text)
			return date
		}
		text, _ := v["time"].(string)
		instant, _ := expr.ParseDateTime(text)
		return instant
	}
	return expr.Value{}
}
