package form_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
)

const (
	mainQuestions = 8 // q1 … q8
	rowQuestions  = 5 // q101 … q105, and q106 that reads other rows
)

// randomSet draws a set in which conditions of values refer backwards, and other conditions anywhere.
func randomSet(t *rapid.T) []string {
	condition := func(label string, below, inRow int) string {
		name := fmt.Sprintf("q%d", rapid.IntRange(1, max(1, below)).Draw(t, label))
		if inRow > 0 && rapid.Bool().Draw(t, label+" of the row") {
			name = fmt.Sprintf("q%d", 100+rapid.IntRange(1, inRow).Draw(t, label))
		}
		return rapid.SampledFrom([]string{"${%s} > 1", "${%s} = ''", "${%s} != 2 and ${q1} != 3", "not(${%s} = 1)", "${%s} + ${q1} >= 3"}).Draw(t, label) +
			"|" + name
	}
	write := func(template string) string {
		for at := range template {
			if template[at] == '|' {
				return fmt.Sprintf(template[:at], template[at+1:])
			}
		}
		return template
	}
	cells := func(n, below, inRow int) []string {
		var cells []string
		if below > 0 && rapid.Bool().Draw(t, "relevant") {
			cells = append(cells, "relevant", write(condition("relevant", below, inRow)))
		}
		if rapid.Bool().Draw(t, "required") {
			cells = append(cells, "required", write(condition("required", mainQuestions, inRow)), "bind::feltbok:minimum", "yes")
		}
		if rapid.Bool().Draw(t, "constraint") {
			cells = append(cells, "constraint", ". <= "+fmt.Sprintf("${q%d}", rapid.IntRange(1, mainQuestions).Draw(t, "bound")))
		}
		if rapid.IntRange(0, 4).Draw(t, "default") == 0 {
			cells = append(cells, "default", fmt.Sprint(n%4))
		}
		return cells
	}
	var rows []string
	for n := 1; n <= mainQuestions; n++ {
		if n == 4 {
			rows = append(rows, question("begin_group", "g", "relevant", write(condition("group", 3, 0))))
		}
		rows = append(rows, question("integer", fmt.Sprintf("q%d", n), cells(n, n-1, 0)...))
		if n == 6 {
			rows = append(rows, question("end_group", ""))
		}
	}
	rows = append(rows, question("begin_repeat", "work", "relevant", write(condition("repeat", mainQuestions, 0)), "required", "${q2} = 1"))
	for n := 1; n <= rowQuestions; n++ {
		rows = append(rows, question("integer", fmt.Sprintf("q%d", 100+n), cells(n, mainQuestions, n-1)...))
	}
	return append(rows,
		question("calculate", "t1", "calculation", "concat(position(..), '/', count(${work}), ' ', ${q101})"),
		question("integer", "q106", "relevant", "indexed-repeat(${q101}, ${work}, position(..) - 1) != 2",
			"constraint", ". <= indexed-repeat(${q102}, ${work}, 1)", "required", "${q103} > 0"),
		question("end_repeat", ""),
		question("calculate", "sum", "calculation", "sum(${q102}) + count(${q103})", "relevant", "${q1} != 2"),
		question("integer", "q9", "relevant", "${sum} > 3 or ${q104} = 2", "constraint", ". < count-non-empty(${q105})"),
		question("calculate", "t2", "calculation", "join(',', ${t1})"),
		question("begin_repeat", "language"),
		question("integer", "q200", "relevant", "${q101} > 1 or ${sum} > 2"),
		question("end_repeat", ""),
	)
}

// state is everything that a host can see.
func state(i *form.Instance) map[string]string {
	all := map[string]string{"progress": fmt.Sprintf("%+v", i.Progress()), "missing": fmt.Sprint(i.Missing()), "minimum": fmt.Sprint(i.MissingMinimum())}
	for _, item := range i.Definition().Flat() {
		paths := []form.Path{main(item.Name)}
		if item.Repeat != "" {
			paths = nil
			for _, id := range i.Rows(item.Repeat) {
				paths = append(paths, form.Path{Row: id, Repeat: item.Repeat, Name: item.Name})
			}
		}
		for _, p := range paths {
			all[fmt.Sprint(p)] = fmt.Sprintf("visible %v required %v read only %v %q is %q: %s",
				i.Visible(p), i.Required(p), i.ReadOnly(p), i.Answer(p).Text(), i.Calculated(p), rules(i, p))
		}
	}
	return all
}

// TestInstance_Properties: after any sequence of changes, an instance that evaluated step by step is the same as one that
// was opened with the same answers. What it reports as shown and hidden adds up to what is visible.
func TestInstance_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		survey := randomSet(t)
		set := readRapid(t, survey)
		i := form.New(set, form.Context{Clock: today})
		shown := map[form.Path]bool{}
		follow := func(c form.Changed) {
			for _, p := range c.Hidden {
				if !shown[p] {
					t.Fatalf("%v is hidden but was not shown", p)
				}
				delete(shown, p)
			}
			for _, p := range c.Shown {
				if shown[p] {
					t.Fatalf("%v is shown twice", p)
				}
				shown[p] = true
			}
		}
		follow(i.Evaluate())
		next := 1
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			rows := i.Rows("work")
			answer := rapid.SampledFrom([]domain.Answer{
				{}, number(0), number(1), number(2), number(3), missing(domain.Unknown, ""), missing(domain.NotAsked, ""),
			}).Draw(t, "answer")
			switch action := rapid.IntRange(0, 9).Draw(t, "action"); {
			case action < 5:
				follow(i.Set(main(fmt.Sprintf("q%d", rapid.IntRange(1, 9).Draw(t, "question"))), answer))
			case action < 6 && next < 12:
				repeat := rapid.SampledFrom([]string{"work", "work", "language"}).Draw(t, "repeat")
				follow(i.AddRow(repeat, row(next)))
				next++
			case action < 7 && len(rows) > 0:
				follow(i.RemoveRow("work", rapid.SampledFrom(rows).Draw(t, "row")))
			case len(rows) > 0:
				name := fmt.Sprintf("q%d", 100+rapid.IntRange(1, rowQuestions+1).Draw(t, "question"))
				follow(i.Set(form.Path{Row: rapid.SampledFrom(rows).Draw(t, "row"), Repeat: "work", Name: name}, answer))
			}
			fresh := form.New(set, form.Context{Clock: today})
			for _, repeat := range []string{"work", "language"} {
				for _, id := range i.Rows(repeat) {
					fresh.PutRow(repeat, id)
				}
			}
			for _, item := range set.Flat() {
				if item.Repeat == "" {
					fresh.Put(main(item.Name), i.Answer(main(item.Name)))
					continue
				}
				for _, id := range i.Rows(item.Repeat) {
					p := form.Path{Row: id, Repeat: item.Repeat, Name: item.Name}
					fresh.Put(p, i.Answer(p))
				}
			}
			fresh.Evaluate()
			if diff := cmp.Diff(state(fresh), state(i)); diff != "" {
				t.Fatalf("step by step differs from all at once: %s\n%v", diff, survey)
			}
		}
		for _, item := range set.Flat() {
			if item.Repeat == "" && item.Kind != form.Calculate && i.Visible(main(item.Name)) != shown[main(item.Name)] {
				t.Fatalf("%s: visible %v, reported %v", item.Name, i.Visible(main(item.Name)), shown[main(item.Name)])
			}
		}
	})
}
