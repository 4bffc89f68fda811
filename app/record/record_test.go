package record_test

import (
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/caseload/missiontest"
	"feltbok/app/record"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

func TestMain(m *testing.M) { os.Exit(missiontest.Run(m)) }

// entered reports whether records of a type are entered by people (domain.md 7.1–7.19, 7.21).
func entered(info domain.TypeInfo) bool {
	n := info.Number
	return n <= 2 || n >= 101 && n <= 109 || n >= 115 && n <= 116 || n >= 121 && n <= 126 || n >= 141 && n <= 146 || n >= 201 && n <= 207 || n >= 301 && n <= 305
}

// Every field of the page is called something in every language, and so is every column of a list.
func TestLabel_EveryField(t *testing.T) {
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		for _, info := range domain.Types() {
			if !entered(info) {
				continue
			}
			for _, f := range record.Asked(info.Type) {
				if label, ok := record.Label(texts, info.Type, f.Name); !ok || label == "" {
					t.Errorf("%s: %s.%s has no name", lang, info.Type, f.Name)
				}
				for _, column := range f.Columns {
					if !texts.Has("record.column." + column) {
						t.Errorf("%s: column %s of %s.%s has no name", lang, column, info.Type, f.Name)
					}
				}
			}
		}
	}
}

// TestRecord_InterpreterCard: headquarters enters an interpreter of a mission, and the machines of that mission are told.
func TestRecord_InterpreterCard(t *testing.T) {
	ws := missiontest.HQ(t)
	w := missiontest.Window(t, theme.Light, 100, fyne.NewSize(1280, 800))
	session, loop, told := missiontest.Session(ws, w, "nb")
	p := record.New(session)
	w.SetContent(p.Content())
	w.Resize(fyne.NewSize(1280, 800))
	p.Enter(domain.Type("interpreter_card"), uuid.Nil, uuid.Nil, uuid.Nil, missiontest.Plan.Mission)
	loop.Advance(time.Second)
	var code *ui.TextField
	missiontest.Walk(w.Canvas(), func(o fyne.CanvasObject) {
		if field, ok := o.(*ui.TextField); ok && code == nil {
			code = field
		}
	})
	code.OnCommit("T-901")
	loop.Advance(time.Second)
	missiontest.Shoot(t, w, "record-interpreter")
	for _, err := range told.Faults {
		t.Errorf("fault: %v", err)
	}
	cards, err := ws.Objects(t.Context(), "interpreter_card", uuid.Nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range cards {
		if card.Text("code") != "T-901" {
			continue
		}
		if got, want := ws.Audience(card.Heads("code")[0].Name.Epoch), workspace.MissionAudience(missiontest.Plan.Mission); got != want {
			t.Errorf("the card is for %s, want %s", got, want)
		}
		return
	}
	t.Error("the card is not stored")
}
