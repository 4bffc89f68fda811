package interview

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"feltbok/app/ui"
)

// BenchmarkPlace_ShowPage is the cost of going to the largest page; painting is the toolkit's and not in it.
func BenchmarkPlace_ShowPage(b *testing.B) {
	s := benchScreen(b)
	for b.Loop() {
		s.to("identity")
	}
}

// BenchmarkPlace_Answer is the cost of one answer to the screen and to the disk.
func BenchmarkPlace_Answer(b *testing.B) {
	s := benchScreen(b).to("identity")
	text := s.focus("name_called").in.focus.(*ui.TextField)
	for b.Loop() {
		text.TypedRune('a')
		s.loop.Advance(autosave)
		if len(text.Text) > 50 {
			text.Put("")
		}
	}
}

// BenchmarkPlace_AddRow adds 500 rows to a repeating list, each with an answer, and tells what the 95th of 100 took: of all, of the
// first 50 and of the last 50. The goal is below 30 ms, and as much for the last as for the first (design.md 6). Laid out, not painted.
func BenchmarkPlace_AddRow(b *testing.B) {
	const rows, part = 500, 50
	for b.Loop() {
		b.StopTimer()
		s := benchScreen(b).to("languages")
		b.StartTimer()
		times := make([]time.Duration, rows)
		for n := range times {
			began := time.Now()
			s.p.addRow()
			times[n] = time.Since(began)
			s.p.answer(s.focus("language"), words("swa"))
			s.loop.Advance(autosave)
		}
		if got := len(s.p.instance().Rows("language")); got != rows {
			b.Fatalf("%d rows", got)
		}
		for unit, some := range map[string][]time.Duration{"first-p95-ms": times[:part], "last-p95-ms": times[rows-part:], "p95-ms": times} {
			some = slices.Sorted(slices.Values(some))
			b.ReportMetric(some[len(some)*95/100].Seconds()*1e3, unit)
		}
	}
}

func benchScreen(b *testing.B) *screen {
	caseID, woman := shared.family(b)
	test.NewTempApp(b)
	return shared.openIn(b, "nb", 1280, 800, shared.start(b, caseID, woman))
}
