package desk

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/ui/placetest"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
)

var (
	caseA = uuid.MustParse("01930000-0000-7000-8000-00000000aaaa")
	caseB = uuid.MustParse("02930000-0000-7000-8000-00000000bbbb")
)

// erasureRig is the place with doors that note what they are asked.
type erasureRig struct {
	*placetest.Stage
	place  *Erasure
	facts  erasureFacts
	erased []string
	refuse error
}

func newErasureRig(t *testing.T, lang string, mayErase bool) *erasureRig {
	t.Helper()
	at := func(text string) time.Time {
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return day
	}
	r := &erasureRig{Stage: placetest.New(t, nil, "", lang)}
	r.facts = erasureFacts{
		due:    []erasable{{id: caseA, number: "200-24C00001", status: "bosatt", since: at("2026-03-01"), reason: "retention"}},
		others: []erasable{{id: caseB, number: "200-24C00002", status: "received"}},
		protocol: []erased{
			{id: caseB, at: at("2026-05-02"), reason: "withdrawn", machines: []string{"laptop-a"}, awaited: []string{"laptop-b"}, lines: 12, late: 2, olderCopies: 1, byAlias: "H"},
			{id: caseA, at: at("2026-04-02"), pending: []string{"sealed"}, unproven: true},
		},
		backups: []oldBackup{
			{made: at("2026-01-02"), since: at("2026-04-02"), place: "KINGSTON", machine: "laptop-a", why: "erasure", overdue: true},
			{made: at("2026-05-01"), since: at("2026-05-02"), place: "Safe", machine: "hq", why: "keys"},
		},
	}
	d := erasureDoors{read: func(context.Context) (erasureFacts, error) { return r.facts, nil }}
	if mayErase {
		d.erase = func(_ context.Context, id uuid.UUID, reason string) error {
			r.erased = append(r.erased, id.String()+" "+reason)
			return r.refuse
		}
	}
	r.place = newErasure(r.Session, d)
	r.Show(r.place)
	return r
}

// TestErasure_ByKeyboard erases a case that is due: the reason stands, the number is typed.
func TestErasure_ByKeyboard(t *testing.T) {
	r := newErasureRig(t, "nb", true)
	if !r.Says("200-24C00001") || !r.Says("Tiden ute 01.03.2026") {
		t.Fatalf("what is due: %q", r.Words())
	}
	r.Window.Canvas().Focus(r.place.table.Focusable())
	r.Key(t, fyne.KeyReturn, fyne.KeyReturn) // the row, then its button
	if !r.Says("Skriv 200-24C00001 for å bekrefte") || !r.place.erase.Disabled() {
		t.Fatalf("the form: %q", r.Words())
	}
	r.Key(t, fyne.KeyReturn) // the reason that stands
	r.Type(t, "200-24C00002")
	r.Key(t, fyne.KeyReturn)
	if len(r.erased) != 0 || !r.Says("Dette er ikke saksnummeret.") {
		t.Fatalf("another number: %q", r.Words())
	}
	r.Key(t, fyne.KeyBackspace)
	r.Type(t, "1")
	r.Key(t, fyne.KeyReturn, fyne.KeyReturn) // to the button, and press it
	r.NoFaults(t)
	if len(r.erased) != 1 || r.erased[0] != caseA.String()+" retention" {
		t.Fatalf("erased %q", r.erased)
	}
	if r.place.view != viewProtocol || len(r.Notes) != 1 || strings.Contains(r.Notes[0], "200-24C00001") || !r.Says("Venter på 1 maskin") {
		t.Errorf("after the erasure: %q, notes %q", r.Words(), r.Notes)
	}
}

func TestErasure_AnotherCaseNeedsAReason(t *testing.T) {
	r := newErasureRig(t, "nb", true)
	r.Tap(t, "Slett en annen sak")
	r.place.ask(r.facts.others[0])
	r.place.number.SetText("200-24C00002")
	if !r.place.erase.Disabled() {
		t.Fatal("erases without a reason")
	}
	r.Rune(t, '5') // an order of an authority; the keyboard goes on to the number
	if r.place.erase.Disabled() {
		t.Fatal("reason and number are given, and the button is off")
	}
	r.refuse = fault.New("V-ERASE", "", nil)
	r.Tap(t, "Slett saken for godt")
	if len(r.erased) != 1 || !strings.HasSuffix(r.erased[0], "order_of_authority") || len(r.Faults) != 1 || r.place.form != nil {
		t.Errorf("erased %q, faults %v", r.erased, r.Faults)
	}
}

func TestErasure_LeavingForgetsTheForm(t *testing.T) {
	r := newErasureRig(t, "nb", true)
	r.place.ask(r.facts.due[0])
	r.Type(t, "1")
	r.Key(t, fyne.KeyEscape)
	if r.place.form != nil || !r.Says("Slett saken …") {
		t.Fatalf("Escape: %q", r.Words())
	}
	r.place.ask(r.facts.due[0])
	r.place.Leave()
	r.place.Enter()
	if r.place.form != nil || r.Says("for å bekrefte") {
		t.Errorf("after leaving: %q", r.Words())
	}
}

// The data protection officer looks after the protocol and the copies, and erases nothing.
func TestErasure_ProtocolOnly(t *testing.T) {
	r := newErasureRig(t, "nb", false)
	for _, part := range []string{"Sak 02930000…", "02.05.2026 · Saken er trukket", "Venter på 1 maskin", "laptop-b", "2 linjer kom senere", "Bestemt av"} {
		if !r.Says(part) {
			t.Errorf("the protocol lacks %q: %q", part, r.Words())
		}
	}
	for _, part := range []string{"Skal slettes", "Slett en annen sak", "200-24C"} {
		if r.Says(part) {
			t.Errorf("the protocol shows %q", part)
		}
	}
	r.place.table.OnMark(1)
	if !r.Says("Grunnen er ikke kjent her") || !r.Says("Skjermede opplysninger slettes når noen som leser det") || !r.Says("ikke gjennomsøkt") {
		t.Errorf("an unfinished erasure: %q", r.Words())
	}
	r.place.views.Put(viewBackups)
	r.place.views.OnChosen([]string{viewBackups})
	if !r.Says("KINGSTON") || !r.Says("Over 30 dager") || !r.Says("En sak er slettet etterpå") {
		t.Errorf("the copies: %q", r.Words())
	}
}

func TestErasure_LanguagesAndSizes(t *testing.T) {
	for _, lang := range i18n.Languages {
		for _, may := range []bool{true, false} {
			r := newErasureRig(t, lang, may)
			steps := map[string]func(){
				"protocol": func() { r.place.views.OnChosen([]string{viewProtocol}) }, "backups": func() { r.place.views.OnChosen([]string{viewBackups}) },
			}
			if may {
				steps["due"] = func() { r.place.views.OnChosen([]string{viewDue}) }
				steps["form"] = func() { r.place.views.OnChosen([]string{viewDue}); r.place.ask(r.facts.due[0]) }
				steps["other"] = func() { r.place.views.OnChosen([]string{viewDue}); r.place.askOther() }
			}
			for name, step := range steps {
				step()
				for _, size := range []fyne.Size{{Width: 1024, Height: 600}, {Width: 480, Height: 560}} {
					r.Window.Resize(size)
					r.NoKeys(t)
				}
				if dir := os.Getenv("FELTBOK_PICTURES"); dir != "" && may {
					r.Capture(t, dir+"/erasure-"+lang+"-"+name)
				}
			}
			r.facts = erasureFacts{}
			r.place.Enter()
			r.NoKeys(t)
			r.NoFaults(t)
		}
	}
}
