package interview

import (
	"testing"

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

func benchScreen(b *testing.B) *screen {
	caseID, woman := shared.family(b)
	test.NewTempApp(b)
	return shared.openIn(b, "nb", 1280, 800, shared.start(b, caseID, woman))
}
