package expr_test

import (
	"path/filepath"
	"testing"

	"feltbok/internal/form/expr"
)

// seeds adds every expression of the corpus; a corpus that went missing fails the run.
func seeds(f *testing.F, add func(corpusCase)) {
	f.Helper()
	files, err := filepath.Glob("testdata/corpus/*.json")
	if err != nil || len(files) < 5 {
		f.Fatalf("corpus: %d files, %v", len(files), err)
	}
	for _, file := range files {
		for _, c := range readCorpus(f, file) {
			add(c)
		}
	}
}

// FuzzParse: whatever the text, compiling ends with a program or an error, and a program compiles again from its source.
func FuzzParse(f *testing.F) {
	seeds(f, func(c corpusCase) { f.Add(c.Expression) })
	f.Fuzz(func(t *testing.T, source string) {
		p, err := expr.Compile(source)
		if err != nil {
			return
		}
		again, err := expr.Compile(p.Source())
		if err != nil || len(again.References()) != len(p.References()) {
			t.Errorf("compiles once but not twice: %v", err)
		}
		if _, err := expr.CompileFilter(source); err != nil {
			t.Errorf("an expression is refused as a filter: %v", err)
		}
	})
}

// FuzzEval: whatever text, answers and rows, evaluating ends within its fuel, and twice with the same result.
func FuzzEval(f *testing.F) {
	seeds(f, func(c corpusCase) { f.Add(c.Expression, "1990-03", "b", 2.5, 3) })
	f.Fuzz(func(t *testing.T, source, a, b string, number float64, rows int) {
		p, err := expr.CompileFilter(source)
		if err != nil {
			return
		}
		nodes := make([]expr.Value, min(max(rows, 0), 600))
		for i := range nodes {
			switch i % 4 {
			case 0:
				nodes[i] = expr.Text(a)
			case 1:
				nodes[i] = expr.Float(number)
			case 2:
				nodes[i], _ = expr.ParseDate(a)
			}
		}
		env := answers{values: map[string]expr.Value{}, self: expr.Text(b), position: rows, columns: map[string]string{"name": a}}
		for i, name := range p.Names() {
			env.values[name] = []expr.Value{expr.Text(a), expr.NodeSet(nodes), expr.Float(number), expr.Text(b), expr.Instant(now)}[i%5]
		}
		first, firstErr := p.Eval(env)
		second, secondErr := p.Eval(env)
		if (firstErr == nil) != (secondErr == nil) || first.String() != second.String() {
			t.Errorf("two evaluations differ: %q %v, %q %v", first.String(), firstErr, second.String(), secondErr)
		}
		if len(first.String()) > expr.MaxText+len(source)+len(a)+len(b) {
			t.Errorf("a text of %d bytes", len(first.String()))
		}
		if static := p.Kind(); firstErr == nil && static != expr.Absent && static != first.Kind() {
			t.Errorf("compiled as %s, evaluated to %s", static, first.Kind())
		}
	})
}
