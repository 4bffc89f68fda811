package travel_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/travel"
	"feltbok/app/ui"
	"feltbok/app/ui/placetest"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

func TestMain(m *testing.M) { os.Exit(exchangetest.Main(m)) }

// TestTravel_OnARealMachine goes through the three ways with the real register: locked and released, not to be emptied while
// something is missing, emptied when headquarters has all, and wiped.
func TestTravel_OnARealMachine(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq", "laptop-a", "laptop-b")
	a, b := in.Laptops[0], in.Laptops[1]
	exchangetest.Write(t, a, workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"birth_place": exchangetest.Text("Byen")})

	show := func(m *exchangetest.Machine) *placetest.Stage {
		st := placetest.New(t, m.WS, m.Dir, "nb")
		st.Show(travel.New(st.Session))
		return st
	}
	st := show(a)
	if !st.Says("Ikke klarert for reise") || !st.Says("Gjenoppretting er ikke øvd for denne maskinen") || !st.Says("Ingen sikkerhetskopi er tatt") {
		t.Fatalf("clearance: %q", st.Words())
	}
	if !st.Says("Én person alene kan gjøre") || !st.Says("to må signere") {
		t.Errorf("the banner about a single root key is missing: %q", st.Words())
	}
	st.Tap(t, "Se hva som er levert …")
	if !st.Says("ikke tatt inn ved hovedkontoret ennå.") || !st.Button("Tøm maskinen").Disabled() {
		t.Fatalf("before the file: %q", st.Words())
	}
	exchangetest.Send(t, a, "hq", in.HQ)
	exchangetest.Send(t, in.HQ, a.Name, a)
	st = show(a)
	st.Tap(t, "Sett på reiselås …")
	st.Key(t, fyne.KeyReturn)
	code := ""
	for _, w := range st.Words() {
		if len(w) == 1 {
			code += w
		}
	}
	st.Key(t, fyne.KeyReturn)
	st.Type(t, code[len(code)-6:])
	st.Key(t, fyne.KeyReturn)
	st.NoFaults(t)
	if len(st.Locks) != 1 {
		t.Fatalf("not locked: %q", st.Words())
	}
	if _, err := workspace.Peek(a.Dir); fault.Code(err) != "V-TRAVEL" {
		t.Fatalf("a look at the locked folder gives %v, want V-TRAVEL", err)
	}
	if err := workspace.Release(context.Background(), a.Dir, []byte(strings.ToLower(code))); err != nil {
		t.Fatal(err)
	}
	a.Unlock(t, 0)
	st = show(a)
	st.Tap(t, "Se hva som er levert …")
	st.Tap(t, "Tøm maskinen")
	st.TapLast(t, "Tøm maskinen")
	st.NoFaults(t)
	if _, err := workspace.Peek(a.Dir); fault.Code(err) != "V-MISSING" || len(st.Locks) != 1 {
		t.Fatalf("after emptying, a look gives %v: %q", err, st.Words())
	}
	st = show(b)
	st.Tap(t, "Nødsletting …")
	st.Type(t, "slett")
	st.Key(t, fyne.KeyReturn)
	st.Hold(t, ui.HoldTime)
	st.NoFaults(t)
	if _, err := workspace.Peek(b.Dir); fault.Code(err) != "V-MISSING" || len(st.Locks) != 1 {
		t.Fatalf("after the wipe, a look gives %v: %q", err, st.Words())
	}
}
