package machines_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/sync/exchange/exchangetest"
	"feltbok/sync/trust"
)

// agreementOf is the one partner that headquarters knows; nil when there is none.
func agreementOf(m *exchangetest.Machine) *trust.Partner {
	for _, mission := range m.WS.Trust().Missions() {
		if mission.Partner != nil {
			return mission.Partner
		}
	}
	return nil
}

// TestPartner_RegisteredAndChanged: an agreement is signed with the fields that were chosen and nothing else, it is shown in words, and
// a change begins with what holds (security.md 6.9).
func TestPartner_RegisteredAndChanged(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	st, p := mustShow(t, in.HQ, "nb", "")
	choose(t, st, "Partnere")
	if !st.Says("Ingen partnere") {
		t.Fatalf("the empty view: %q", st.Words())
	}
	st.Tap(t, "Ny partner")
	if b := st.Button("Skriv under avtalen"); b == nil || !b.Disabled() {
		t.Fatalf("an empty form: %q", st.Words())
	}
	p.Agree("Språkskolen", "20.12.2026")
	p.Keys(filepath.Join(in.Dir, "keys"), "not these words at all")
	st.Tap(t, "Skriv under avtalen")
	if !st.Says("Passfrasen åpner ikke nøklene") || agreementOf(in.HQ) != nil {
		t.Fatalf("a wrong passphrase: %q", st.Words())
	}
	choose(t, st, "fornavn") // taken out again
	p.Keys("", keysPassphrase)
	st.Tap(t, "Skriv under avtalen")
	st.NoFaults(t)
	if !st.Says("Språkskolen er registrert.") {
		t.Fatalf("after the signature: %q", st.Words())
	}
	got := agreementOf(in.HQ)
	if got == nil {
		t.Fatal("no partner")
	}
	if diff := cmp.Diff(domain.FieldList{"roster_person": {"birth_year", "language"}}, got.Sends); diff != "" || len(got.Answers) != 0 || got.Mission != exchangetest.Mission {
		t.Errorf("%s, may answer %v, of %s", diff, got.Answers, got.Mission)
	}
	st.Tap(t, "Lukk")
	if !st.Says("fødselsår, språk") || !st.Says("ingen ennå") || !st.Says("ingenting") {
		t.Fatalf("the agreement: %q", st.Words())
	}
	st.Tap(t, "Endre avtalen")
	choose(t, st, "Alternative tiltak")
	p.Keys("", keysPassphrase)
	st.Tap(t, "Skriv under avtalen")
	st.NoFaults(t)
	again := agreementOf(in.HQ)
	if diff := cmp.Diff(got.Sends, again.Sends); diff != "" || len(again.Answers["alternative_measure"]) == 0 {
		t.Errorf("after the change: %s, may answer %v", diff, again.Answers)
	}
}

// TestPartner_InEveryLanguage: the view speaks the language of the user, and its keys lead there.
func TestPartner_InEveryLanguage(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	for lang, words := range map[string]string{"nb": "Ingen partnere", "nn": "Ingen partnarar", "en": "No partners"} {
		st, p := mustShow(t, in.HQ, lang, "")
		for _, key := range p.Shortcuts() {
			if strings.HasPrefix(key.Text, "Partn") {
				key.Do()
			}
		}
		if !st.Says(words) {
			t.Errorf("%s: %q", lang, st.Words())
		}
	}
}
