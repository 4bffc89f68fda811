package travel

import (
	"context"
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/ui"
	"feltbok/app/ui/placetest"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
)

// spoken is a code that notes whether it was forgotten.
type spoken struct {
	text    string
	cleared bool
}

func (s *spoken) String() string { return s.text }
func (s *spoken) Clear()         { s.cleared = true }

// rig is the place with doors that note what they are asked.
type rig struct {
	*placetest.Stage
	place  *Place
	facts  facts
	codes  []*spoken
	locked []string
	wiped  int
	refuse error
	closed bool
}

var (
	whole   = crossing{parts: []part{{name: "case", own: 12, merged: 12, held: true}, {name: "audit", own: 9, merged: 4, held: true, log: 5}}, clear: true}
	lacking = crossing{parts: []part{{name: "case", own: 12, merged: 9, held: true}, {name: "special", own: 3, merged: 3, held: true}}, lost: 3}
)

func newRig(t *testing.T, lang string, c crossing) *rig {
	t.Helper()
	r := &rig{Stage: placetest.New(t, nil, "", lang), facts: facts{clearance: clearance{clear: true}, crossing: c}}
	codes := []string{"7K3QD-4M9TX-W2B8F-HJ6CP-V5N0R-=", "0ABCD-EFGHJ-KMNPQ-RSTVW-XYZ12-7"}
	r.place = newPlace(r.Session, doors{
		device: "laptop-a",
		read:   func(context.Context) (facts, error) { return r.facts, nil },
		newCode: func() code {
			c := &spoken{text: codes[len(r.codes)%2]}
			r.codes = append(r.codes, c)
			return c
		},
		lock: func(_ context.Context, c code) error {
			r.locked = append(r.locked, c.String())
			return r.refuse
		},
		open: func() bool { return !r.closed },
		wipe: func(_ context.Context, progress func(string)) error {
			r.wiped++
			for _, step := range []string{"keys", "sent", "register"} {
				progress(step)
			}
			return r.refuse
		},
	})
	r.Show(r.place)
	return r
}

// holds reports whether the letters of a code, in its groups or not, are on screen.
func (r *rig) holds(code string) bool {
	return strings.Contains(strings.Join(r.Words(), ""), strings.ReplaceAll(code, "-", ""))
}

func TestClearance_SaysWhatIsMissingAndWhereToGo(t *testing.T) {
	r := newRig(t, "nb", lacking)
	if !r.Says("Maskinen er klarert for reise.") {
		t.Fatalf("cleared: %q", r.Words())
	}
	r.facts.clearance = clearance{reasons: []reason{{key: "unmerged", args: []any{"Count", 3}, goTo: "exchange"}, {key: "rehearsal_none"}}}
	r.place.Enter()
	if !r.Says("Ikke klarert for reise: 2 ting mangler.") || r.Says("er klarert for reise.") {
		t.Fatalf("not cleared: %q", r.Words())
	}
	r.Tap(t, "Gå til utveksling")
	if len(r.Went) != 1 || r.Went[0] != "exchange" {
		t.Errorf("went to %q", r.Went)
	}
	r.NoKeys(t)
}

// TestLock_ByKeyboard walks the three steps: what it means, the code, its end typed back.
func TestLock_ByKeyboard(t *testing.T) {
	r := newRig(t, "nb", lacking)
	r.Tap(t, "Sett på reiselås …")
	for _, part := range []string{"heller ikke du", "på telefon nå", "Sikkerhetskopier", "3 endringer er ikke tatt inn"} {
		if !r.Says(part) {
			t.Errorf("the first step lacks %q: %q", part, r.Words())
		}
	}
	if len(r.codes) != 0 {
		t.Fatal("a code was made before it was asked for")
	}
	r.Key(t, fyne.KeyReturn) // the keyboard is at the button that shows the code
	code := r.codes[0].text
	if !r.holds(code) {
		t.Fatalf("the code is not on screen: %q", r.Words())
	}
	r.Key(t, fyne.KeyReturn)
	if r.holds(code) {
		t.Fatal("the code is still on screen at the last step")
	}
	r.Type(t, "v5n0r")
	r.Key(t, fyne.KeyReturn)
	if len(r.locked) != 0 {
		t.Fatal("locked before the end was whole")
	}
	r.Type(t, "7")
	r.Key(t, fyne.KeyReturn)
	if len(r.locked) != 0 || !r.Says("Dette er ikke slutten av koden.") {
		t.Fatalf("a wrong end: locked %q, says %q", r.locked, r.Words())
	}
	r.Type(t, "v5nor=") // O for zero
	r.Key(t, fyne.KeyReturn)
	if len(r.locked) != 1 || r.locked[0] != code || len(r.Locks) != 1 || !strings.Contains(r.Locks[0], "Reiselåsen er på") {
		t.Fatalf("locked with %q, notes %q", r.locked, r.Locks)
	}
	if !r.codes[0].cleared || r.place.on.view.Ends([]byte("=")) || r.place.on.typed.Len() != 0 {
		t.Error("the code is left on the page after the lock")
	}
	r.NoFaults(t)
}

func TestLock_AnotherCodeAndWayBack(t *testing.T) {
	r := newRig(t, "en", whole)
	r.Tap(t, "Set the travel lock …")
	r.Key(t, fyne.KeyReturn, fyne.KeyReturn)
	r.Tap(t, "Begin anew with a new code")
	if len(r.codes) != 2 || !r.codes[0].cleared || !r.holds(r.codes[1].text) {
		t.Fatalf("a new code was not shown: %q", r.Words())
	}
	r.Key(t, fyne.KeyEscape)
	if !r.codes[1].cleared || r.holds(r.codes[1].text) || !r.Says("Is the machine ready to travel?") {
		t.Fatal("Escape did not forget the code and go back")
	}
	r.Tap(t, "Set the travel lock …")
	r.Key(t, fyne.KeyReturn)
	r.place.Leave()
	if !r.codes[2].cleared {
		t.Error("leaving the place did not forget the code")
	}
	if len(r.locked)+len(r.Locks) != 0 {
		t.Errorf("locked on the way: %q %q", r.locked, r.Locks)
	}
}

func TestLock_RefusedStaysOpen(t *testing.T) {
	r := newRig(t, "nb", whole)
	r.refuse = fault.New("V-DISK", "", nil)
	r.Tap(t, "Sett på reiselås …")
	r.Key(t, fyne.KeyReturn, fyne.KeyReturn)
	r.Type(t, "v5n0r=")
	r.Key(t, fyne.KeyReturn)
	if len(r.Faults) != 1 || len(r.Locks) != 0 || !r.Says("Er maskinen klar for reise?") || !r.codes[0].cleared {
		t.Errorf("faults %v, locks %q: %q", r.Faults, r.Locks, r.Words())
	}
	r.closed = true // what failed came after the lock
	r.Tap(t, "Sett på reiselås …")
	r.Key(t, fyne.KeyReturn, fyne.KeyReturn)
	r.Type(t, "xyz127")
	r.Key(t, fyne.KeyReturn)
	if len(r.Locks) != 1 || r.Locks[0] != r.Texts.Sentence(r.refuse) {
		t.Errorf("after a lock that ended badly the notes are %q", r.Locks)
	}
}

func TestCrossing_OnlyWhenEverythingArrived(t *testing.T) {
	r := newRig(t, "nb", lacking)
	r.Tap(t, "Se hva som er levert …")
	if !r.Says("12 endringer herfra, 9 tatt inn") || !r.Says("3 mangler") || !r.Says("3 endringer er ikke tatt inn ved hovedkontoret ennå.") {
		t.Fatalf("what is missing: %q", r.Words())
	}
	if button := r.Button("Tøm maskinen"); button == nil || !button.Disabled() {
		t.Fatal("the machine can be emptied although something is missing")
	}
	r.Key(t, fyne.KeyReturn)
	if len(r.Went) != 1 || r.Went[0] != "exchange" {
		t.Fatalf("Enter went to %q", r.Went)
	}
	r.facts.crossing = whole
	r.place.Enter()
	r.Tap(t, "Se hva som er levert …")
	r.Tap(t, "Tøm maskinen")
	if r.wiped != 0 || !r.Says("Tømme maskinen nå?") {
		t.Fatal("no question before the wipe")
	}
	r.Key(t, fyne.KeyReturn) // the keyboard is at "no"
	if r.wiped != 0 {
		t.Fatal("Enter alone emptied the machine")
	}
	r.Tap(t, "Tøm maskinen")
	r.TapLast(t, "Tøm maskinen")
	if r.wiped != 1 || len(r.Locks) != 1 || !strings.Contains(r.Locks[0], "Maskinen er tømt") {
		t.Errorf("wiped %d times, notes %q", r.wiped, r.Locks)
	}
}

// A part that another user of the machine reads, or a file that waits for somebody, is not known to have arrived.
func TestCrossing_WhatNobodyHereCanSeeIsInTheWay(t *testing.T) {
	r := newRig(t, "nb", crossing{parts: []part{{name: "case", own: 2, merged: 2, held: true}, {name: "sealed"}}, waiting: 1})
	r.Tap(t, "Se hva som er levert …")
	if !r.Says("1 forseglet fil venter") || !r.Says("en annen bruker av maskinen") || !r.Button("Tøm maskinen").Disabled() {
		t.Errorf("obstacles: %q", r.Words())
	}
	r.Key(t, fyne.KeyEscape)
	r.Tap(t, "Nødsletting …")
	if r.Says("Ingenting går tapt.") {
		t.Errorf("the wipe promises that nothing is lost: %q", r.Words())
	}
}

// What was written between looking and wiping is not lost.
func TestCrossing_LooksAgainBeforeTheWipe(t *testing.T) {
	r := newRig(t, "nb", whole)
	r.Tap(t, "Se hva som er levert …")
	r.facts.crossing = lacking
	r.Tap(t, "Tøm maskinen")
	if r.wiped != 0 || !r.Says("3 endringer er ikke tatt inn ved hovedkontoret ennå.") {
		t.Errorf("wiped %d times: %q", r.wiped, r.Words())
	}
}

func TestWipe_TwoConfirmationsWithTwoKeys(t *testing.T) {
	r := newRig(t, "nb", lacking)
	r.Tap(t, "Nødsletting …")
	if !r.Says("3 endringer går tapt for alltid.") {
		t.Fatalf("what is lost: %q", r.Words())
	}
	r.Type(t, "slet")
	r.Key(t, fyne.KeyReturn)
	if r.Says("Siste bekreftelse") {
		t.Fatal("half the word went on")
	}
	r.Type(t, "t")
	r.Key(t, fyne.KeyReturn)
	if !r.Says("Siste bekreftelse") || !r.Says("3 endringer går tapt for alltid.") {
		t.Fatalf("the word did not go on: %q", r.Words())
	}
	r.Key(t, fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace) // the key of the first confirmation does nothing here
	r.Hold(t, ui.HoldTime/2)
	if r.wiped != 0 {
		t.Fatal("wiped without the second confirmation")
	}
	r.Hold(t, ui.HoldTime)
	if r.wiped != 1 || len(r.Locks) != 1 || !strings.Contains(r.Locks[0], "meldes inn på nytt") {
		t.Errorf("wiped %d times, notes %q", r.wiped, r.Locks)
	}
}

func TestWipe_TurnBackAndFailure(t *testing.T) {
	r := newRig(t, "en", whole)
	r.Tap(t, "Emergency wipe …")
	if !r.Says("Nothing is lost.") {
		t.Fatalf("nothing is lost: %q", r.Words())
	}
	r.Key(t, fyne.KeyEscape)
	if !r.Says("Is the machine ready to travel?") {
		t.Fatal("Escape did not turn back")
	}
	r.Tap(t, "Emergency wipe …")
	r.Type(t, "DELETE")
	r.Key(t, fyne.KeyReturn, fyne.KeyEscape)
	if !r.Says("Is the machine ready to travel?") || r.wiped != 0 {
		t.Fatal("Escape did not turn back from the second page")
	}
	r.refuse = fault.New("V-DISK", "", nil)
	r.Tap(t, "Emergency wipe …")
	r.Type(t, "DELETE")
	r.Key(t, fyne.KeyReturn)
	r.Hold(t, ui.HoldTime)
	if !r.Says("The wipe is not finished") || len(r.Locks) != 0 {
		t.Fatalf("after a failure: %q", r.Words())
	}
	r.place.Enter() // coming back does not hide that it is unfinished
	r.refuse = nil
	r.Tap(t, "Finish the wipe")
	if r.wiped != 2 || len(r.Locks) != 1 {
		t.Errorf("wiped %d times, notes %q", r.wiped, r.Locks)
	}
}

// TestLanguagesAndSizes boots every step in three languages, in a narrow window and with the largest text.
func TestLanguagesAndSizes(t *testing.T) {
	for _, lang := range i18n.Languages {
		r := newRig(t, lang, lacking)
		all := clearance{}
		for _, key := range reasonKeys {
			all.reasons = append(all.reasons, reason{key: key, args: []any{"Count", 3, "Date", "2026-11-01"}, goTo: whereTo[key]})
		}
		r.facts.clearance = all
		r.place.Enter()
		steps := []func(){
			func() {}, r.place.startLock, func() { r.place.on.show() }, func() { r.place.on.prove() }, r.place.startCrossing, r.place.startWipe,
		}
		for i, step := range steps {
			step()
			for _, size := range []fyne.Size{{Width: 1024, Height: 600}, {Width: 480, Height: 560}} {
				r.Window.Resize(size)
				r.NoKeys(t)
			}
			if dir := os.Getenv("FELTBOK_PICTURES"); dir != "" {
				r.Window.Resize(fyne.NewSize(1024, 600))
				r.Capture(t, dir+"/travel-"+lang+"-"+string(rune('a'+i)))
			}
		}
		r.facts.crossing = whole
		r.place.Enter()
		r.place.startCrossing()
		r.NoKeys(t)
		for _, key := range r.place.Shortcuts() {
			if strings.Contains(key.Text, "⟦") {
				t.Errorf("%s: %s", lang, key.Text)
			}
		}
		r.NoFaults(t)
	}
}
