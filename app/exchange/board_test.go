package exchange_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	delivery "feltbok/sync/exchange"
	"feltbok/sync/exchange/exchangetest"
)

// TestBoard_SaysAllThatIsKnown: what waits for a device and since when, with which program and question sets it writes, how long
// its certificate lasts, and whether it has the newest directory.
func TestBoard_SaysAllThatIsKnown(t *testing.T) {
	in := exchangetest.Conflict.Copy(t, "hq")
	exchangetest.Write(t, in.HQ, workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"birth_place": exchangetest.Text("Elva")})
	st, _ := mustShow(t, in.HQ, "nb", "")
	for _, part := range []string{"identity@1", "0.1.0", "Sertifikat til", "21.1.2027", "1 linje, den eldste fra 22.11.2026", "Har den nyeste"} {
		if !st.Says(part) {
			t.Errorf("the board does not say %q: %q", part, st.Words())
		}
	}
	st.Tap(t, "Mistet, stjålet eller ute av bruk?")
	if len(st.Went) != 1 || st.Went[0] != "machines" {
		t.Errorf("the button led to %v", st.Went)
	}
	in.HQ.SetNow(time.Date(2027, 1, 15, 9, 0, 0, 0, time.UTC))
	st, _ = mustShow(t, in.HQ, "nb", "")
	if !st.Says("Sertifikatet går snart ut") || !st.Says("på nytt under «Maskiner og brukere»") {
		t.Errorf("a week before the certificate ends: %q", st.Words())
	}
}

// TestBoard_WithdrawnDevice: no file is offered to a device that was withdrawn, and it stands last.
func TestBoard_WithdrawnDevice(t *testing.T) {
	in := exchangetest.Caseload.Copy(t, "hq")
	_, err := delivery.Revoke(t.Context(), in.HQ.WS, delivery.Revocation{
		Ceremony: delivery.Ceremony{Keys: filepath.Join(in.Dir, "keys"), Passphrase: []byte("training words for the keys only")},
		Devices:  []string{"laptop-a"}, Cut: exchangetest.Today, Reason: "lost",
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	st, _ := mustShow(t, in.HQ, "nb", folder)
	if !st.Says("Sperret") || st.Button("Lag fil til laptop-a") != nil || st.Button("Lag fil til alle") != nil {
		t.Errorf("a withdrawn device: %q", st.Words())
	}
	st.Tap(t, "Lag fil til laptop-b")
	st.NoFaults(t)
	if pictures := os.Getenv("FELTBOK_SCREENS"); pictures != "" {
		st.Capture(t, filepath.Join(pictures, "exchange-board"))
	}
}
