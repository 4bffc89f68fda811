package interview

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

// TestShots draws the place into the folder FELTBOK_SHOTS, to be looked at. Without it nothing is drawn.
func TestShots(t *testing.T) {
	dir := os.Getenv("FELTBOK_SHOTS")
	if dir == "" {
		t.Skip("FELTBOK_SHOTS names no folder")
	}
	caseID, woman := shared.family(t)
	id := shared.start(t, caseID, woman)
	if _, err := shared.ws.Set(t.Context(), workspace.Target{Type: "person", ID: woman, Case: caseID}, map[string]domain.Answer{"birth_place": words("Goma")}); err != nil {
		t.Fatal(err)
	}
	if _, err := shared.hq.Set(t.Context(), workspace.Target{Type: "person", ID: woman, Case: caseID}, map[string]domain.Answer{"birth_place": words("Bukavu, ved sjøen")}); err != nil {
		t.Fatal(err)
	}
	shared.send(t)
	house := shared.start(t, caseID, uuid.Nil)
	for _, size := range []fyne.Size{{Width: 1280, Height: 800}, {Width: 1024, Height: 600}, {Width: 780, Height: 600}} {
		for _, variant := range []theme.Variant{theme.Light, theme.Dark} {
			t.Run(fmt.Sprint(size.Width, variant), func(t *testing.T) {
				test.NewTempApp(t).Settings().SetTheme(theme.New(variant, 100))
				shot := func(s *screen, name string) {
					t.Helper()
					file, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%v-%s.png", name, size.Width, variant)))
					if err != nil {
						t.Fatal(err)
					}
					defer file.Close()
					if err := png.Encode(file, s.window.Canvas().Capture()); err != nil {
						t.Fatal(err)
					}
				}
				s := shared.openIn(t, "nb", size.Width, size.Height, id)
				s.to("start")
				shot(s, "start")
				s.to("identity")
				shot(s, "identity")
				s.to("languages")
				s.p.addRow()
				shot(s, "languages")
				s.p.answer(s.row("language"), words("swa"))
				s.p.answer(s.row("kind"), words("mother_tongue"))
				s.p.answer(s.row("speaking"), words("mother_tongue"))
				s.p.addRow()
				s.p.answer(s.row("language"), words("ara"))
				s.p.addRow()
				s.p.answer(s.row("language"), words("fra"))
				s.p.page.repeats["language"].remove(s.p.instance().Rows("language")[1])
				s.p.page.scroll.ScrollToOffset(fyne.NewPos(0, 380))
				shot(s, "rows")
				for _, row := range s.p.instance().Rows("language") {
					s.p.page.repeats["language"].remove(row)
				}
				s.to("household")
				s.p.answer(s.row("place_of_stay"), domain.Answer{Missing: domain.Declined, Reason: "Ville ikke si hvor i leiren"})
				s.p.mark(s.focus("living_conditions"))
				s.typeIn("arrived_country_of_asylum", "marz 20")
				s.p.answer(s.row("country_of_asylum"), domain.Answer{Value: "UGA", Source: domain.FromInterpreter, Verification: domain.Disputed})
				s.focus("living_conditions")
				s.p.saver.told(fault.New("V-SPACE", "", nil))
				shot(s, "states")
				s.p.saver.told(nil)
				s.to("start")
				s.p.page.scroll.ScrollToOffset(fyne.NewPos(0, 420))
				shot(s, "ticks")
				s.to("identity")
				s.p.page.scroll.ScrollToOffset(fyne.NewPos(0, 1560))
				shot(s, "conflict")
				s.p.askMissing(s.focus("travel_docs"))
				shot(s, "ask-missing")
				s.window.Canvas().Overlays().Top().Hide()
				s.p.askSource(s.focus("birth"))
				shot(s, "ask-source")
				s.window.Canvas().Overlays().Top().Hide()
				s.to("goals")
				s.p.page.scroll.ScrollToOffset(fyne.NewPos(0, 900))
				shot(s, "goals")
				s.p.showView(viewMissing)
				shot(s, "missing")
				s.p.showView(viewFinish)
				shot(s, "finish")
				s.p.showView(viewReadBack)
				shot(s, "readback")
				test.NewTempApp(t).Settings().SetTheme(theme.New(variant, 160))
				large := shared.openIn(t, "nn", size.Width, size.Height, id)
				large.to("identity")
				shot(large, "large")
				test.NewTempApp(t).Settings().SetTheme(theme.New(variant, 100))
				h := shared.openIn(t, "nn", size.Width, size.Height, house)
				h.to("household")
				shot(h, "household")
			})
		}
	}
}
