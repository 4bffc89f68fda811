package expr_test

import (
	"testing"

	"feltbok/internal/form/expr"
)

const fourTerms = "${age} >= 15 and selected(${barriers}, 'health') and (${sex} = 'female' or ${level} != '')"

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := expr.Compile(fourTerms); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	p, err := expr.Compile(fourTerms)
	if err != nil {
		b.Fatal(err)
	}
	env := answers{values: map[string]expr.Value{
		"age": expr.Float(34), "barriers": expr.Text("language health"), "sex": expr.Text("male"), "level": expr.Text("isced3"),
	}}
	b.ReportAllocs()
	for b.Loop() {
		if v, err := p.Eval(env); err != nil || !v.Truth() {
			b.Fatal(v, err)
		}
	}
}
