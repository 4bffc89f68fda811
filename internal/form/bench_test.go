package form_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/form/xlsform"
)

// largeSurvey has 551 questions, 420 of them with a condition of relevance: chains, fans and conditions on many.
func largeSurvey() []string {
	rows := make([]string, 0, 551)
	for n := 1; n <= 551; n++ {
		var cells []string
		if n > 131 {
			condition := fmt.Sprintf("${q%d} != 2 and ${q%d} >= 0", n%131+1, n-1)
			switch n % 4 {
			case 0:
				condition = fmt.Sprintf("${q%d} = 1 or ${q1} = 1", n%131+1)
			case 1:
				condition = fmt.Sprintf("${q%d} + ${q%d} > 1 and not(${q1} = 7)", n%131+1, n-90)
			}
			cells = append(cells, "relevant", condition)
		}
		if n%3 == 0 {
			cells = append(cells, "required", "yes", "constraint", ". >= 0 and . < 100")
		}
		rows = append(rows, question("integer", fmt.Sprintf("q%d", n), cells...))
	}
	return rows
}

func largeFolder(rows []string) fstest.MapFS {
	survey := columns
	for _, row := range rows {
		survey += row
	}
	return fstest.MapFS{
		"set/survey.csv": {Data: []byte(survey)}, "set/choices.csv": {Data: []byte(ownChoices)}, "set/settings.csv": {Data: []byte(ownSettings)},
	}
}

// BenchmarkOpen551 reads, checks, compiles and opens the large set, with every question answered.
func BenchmarkOpen551(b *testing.B) {
	folder := largeFolder(largeSurvey())
	for b.Loop() {
		set, err := xlsform.Read(folder, "set", types{})
		if err != nil {
			b.Fatal(err)
		}
		i := form.New(set, form.Context{Clock: today})
		for n := 1; n <= 551; n++ {
			i.Put(main(fmt.Sprintf("q%d", n)), number(1))
		}
		i.Evaluate()
		if i.Progress().Relevant < 500 {
			b.Fatalf("%+v", i.Progress())
		}
	}
}

// answered opens the large set with every question answered.
func answered(b *testing.B) *form.Instance {
	i := form.New(read(b, largeSurvey()...), form.Context{Clock: today})
	for n := 1; n <= 551; n++ {
		i.Put(main(fmt.Sprintf("q%d", n)), number(1))
	}
	i.Evaluate()
	return i
}

// BenchmarkAnswer551 changes one answer after the other and reports the slowest twentieth.
func BenchmarkAnswer551(b *testing.B) {
	i := answered(b)
	var spent []time.Duration
	for n := 0; b.Loop(); n++ {
		path := main(fmt.Sprintf("q%d", n*37%551+1))
		start := time.Now()
		i.Set(path, number(int64(n/551%3)))
		spent = append(spent, time.Since(start))
	}
	slices.Sort(spent)
	b.ReportMetric(float64(spent[len(spent)*95/100].Nanoseconds())/1e6, "p95-ms")
	b.ReportMetric(float64(spent[len(spent)*999/1000].Nanoseconds())/1e6, "p99.9-ms")
}

// BenchmarkAnswer551Fan changes the one answer that 210 conditions read.
func BenchmarkAnswer551Fan(b *testing.B) {
	i := answered(b)
	for n := 0; b.Loop(); n++ {
		i.Set(main("q1"), number(int64(n%8)))
	}
}

// BenchmarkAddRow adds 500 rows of 20 questions, which a sum and a count outside read, and reports rows 1–50 and 451–500.
func BenchmarkAddRow(b *testing.B) {
	survey := []string{question("integer", "q500"), question("begin_repeat", "work")}
	for n := 1; n <= 20; n++ {
		survey = append(survey, question("integer", fmt.Sprintf("q%d", n), "relevant", fmt.Sprintf("${q500} != %d", n), "constraint", ". > 0"))
	}
	survey = append(survey, question("end_repeat", ""), question("calculate", "sum", "calculation", "sum(${q3}) + count(${work})"))
	set := read(b, survey...)
	var early, late []time.Duration
	for b.Loop() {
		i := form.New(set, form.Context{Clock: today})
		i.Evaluate()
		for n := 1; n <= 500; n++ {
			start := time.Now()
			i.AddRow("work", row(n))
			i.Set(inRow(n, "q3"), domain.Answer{Value: int64(n)})
			spent := time.Since(start)
			switch {
			case n <= 50:
				early = append(early, spent)
			case n > 450:
				late = append(late, spent)
			}
		}
		if i.Answer(main("sum")).Text() != "125750" {
			b.Fatal(i.Answer(main("sum")))
		}
	}
	for name, spent := range map[string][]time.Duration{"rows1-50": early, "rows451-500": late} {
		slices.Sort(spent)
		b.ReportMetric(float64(spent[len(spent)/2].Nanoseconds())/1000, name+"-µs")
		b.ReportMetric(float64(spent[len(spent)*95/100].Nanoseconds())/1000, name+"-p95-µs")
	}
}
