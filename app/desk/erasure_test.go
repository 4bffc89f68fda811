package desk_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"feltbok/app/desk"
	"feltbok/app/ui/placetest"
	"feltbok/sync/exchange/exchangetest"
)

// TestErasure_OnARealRegister erases a case through the place; the data protection officer then sees the protocol only.
func TestErasure_OnARealRegister(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	show := func() *placetest.Stage {
		st := placetest.New(t, in.HQ.WS, in.HQ.Dir, "nb")
		st.Show(desk.NewErasure(st.Session))
		st.NoFaults(t)
		return st
	}
	st := show()
	if !st.Says("Ingen saker skal slettes nå") {
		t.Fatalf("nothing is due: %q", st.Words())
	}
	st.Tap(t, "Slett en annen sak")
	st.Type(t, "200-24")
	st.Key(t, fyne.KeyReturn) // the case found
	if !st.Says("Slett sak 200-24C00001") {
		t.Fatalf("the case was not found by its number: %q", st.Words())
	}
	st.Rune(t, '2') // withdrawn
	st.Type(t, "200-24C00001")
	st.Key(t, fyne.KeyReturn, fyne.KeyReturn)
	st.NoFaults(t)
	if _, gone := in.HQ.WS.Erased(in.Case); !gone {
		t.Fatalf("the case is still there: %q", st.Words())
	}
	if !st.Says("Saken er trukket") || !st.Says("Venter på 2 maskiner") || st.Says("200-24C00001") {
		t.Errorf("the protocol: %q", st.Words())
	}
	in.HQ.Unlock(t, 1)
	st = show()
	if !st.Says("Saken er trukket") || !st.Says("Sak "+in.Case.String()[:8]+"…") || st.Says("Slett en annen sak") || st.Says("Skal slettes") {
		t.Errorf("the data protection officer sees: %q", st.Words())
	}
}
