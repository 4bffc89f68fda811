package exchange_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// TestRenew_ExpiredRoot: nothing is signed under a root that has run out; the next root may be, and a revocation always.
func TestRenew_ExpiredRoot(t *testing.T) {
	in := mustInstall(t)
	late := today.AddDate(4, 0, 0)
	in.hq.set(late)
	_, err := exchange.Renew(t.Context(), in.hq.ws, exchange.Renewal{Ceremony: in.ceremony()})
	wantCode(t, "a directory under a root that has run out", err, "T-EXPIRED")
	in.mustRevoke(t, exchange.Revocation{Devices: []string{in.laptops[0].name}, Cut: late.AddDate(0, 0, -1), Reason: "lost"})
	c := in.ceremony()
	c.Draft = filepath.Join(t.TempDir(), "draft")
	drafted, err := exchange.NextRoot(c, 1, []string{filepath.Join(c.Keys, "root.pub")}, late)
	if err != nil || drafted.Draft == "" || slices.ContainsFunc(drafted.Signings, func(s trust.Signing) bool { return !s.Complete() }) {
		t.Fatalf("next root: %+v, %v", drafted, err)
	}
	taken, err := exchange.Take(t.Context(), in.hq.ws, in.ceremony(), c.Draft)
	if err != nil || !taken.Taken || !in.hq.ws.Trust().Root().Expires.After(late) {
		t.Fatalf("take: %+v, %v", taken, err)
	}
	if _, err := exchange.Renew(t.Context(), in.hq.ws, exchange.Renewal{Ceremony: in.ceremony()}); err != nil {
		t.Errorf("under the new root: %v", err)
	}
	if begun, err := exchange.BeginTrust(c.Public); err != nil || begun.Root().Version != 2 || begun.Directory().Version != in.hq.ws.Trust().Directory().Version {
		t.Errorf("what new machines start from: %v", err)
	}
}

// TestCertify_NewAuthority: machines keep their keys and take their certificates from the mission's directory (security.md 8.5).
func TestCertify_NewAuthority(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	old := a.ws.Node().Certificate
	safe := filepath.Join(t.TempDir(), "safe")
	if _, err := trust.NewKey(safe, trust.KeyCA, keysPass); err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Renew(t.Context(), in.hq.ws, exchange.Renewal{Ceremony: in.ceremony(), CA: []string{filepath.Join(safe, "ca.pub")}}); err != nil {
		t.Fatal(err)
	}
	if !exchange.MustCertify(in.hq.ws) {
		t.Error("headquarters' own certificate must count no more")
	}
	_, err := exchange.Certify(t.Context(), in.hq.ws, in.ceremony())
	wantCode(t, "by the old authority", err, "T-CA")
	_, err = exchange.Certify(t.Context(), in.hq.ws, exchange.Ceremony{Keys: safe, Passphrase: slices.Clone(keysPass)})
	wantCode(t, "no roster key and no draft", err, "T-FEW")
	drafted, err := exchange.Certify(t.Context(), in.hq.ws, exchange.Ceremony{Keys: safe, Passphrase: slices.Clone(keysPass), Draft: filepath.Join(safe, "draft")})
	if err != nil || drafted.Taken {
		t.Fatalf("certify: %+v, %v", drafted, err)
	}
	if _, err := exchange.Sign(in.ceremony(), drafted.Draft, today); err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Take(t.Context(), in.hq.ws, in.ceremony(), drafted.Draft); err != nil || exchange.MustCertify(in.hq.ws) {
		t.Fatalf("take: %v", err)
	}
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	early := mustExport(t, a, "hq").File
	_, err = exchange.Import(t.Context(), in.hq.ws, early, nil)
	wantCode(t, "by a certificate of the old authority", err, "E-CERT")
	send(t, in.hq, a.name, a)
	renewed := a.ws.Node().Certificate
	if renewed.Serial == old.Serial || trust.PublicText(renewed.Key) != trust.PublicText(old.Key) {
		t.Error("the machine did not take its new certificate, or has another key")
	}
	send(t, a, "hq", in.hq)
	if got := birthPlace(t, in.hq, workspace.Target{Type: "person", ID: person}); got != "Byen" {
		t.Errorf("the answer did not arrive: %q", got)
	}
	view, err := exchange.TrustOf(in.hq.ws)
	if err != nil || len(view.Certificates) == 0 || len(view.Signings) != 3 {
		t.Fatalf("view %+v, %v", view, err)
	}
	for _, cert := range view.Certificates {
		if cert.Alias == "" || cert.Until.Before(today) {
			t.Errorf("certificate %+v", cert)
		}
	}
}

// TestNewIdentity_OneMission: the special-needs caseworker gives headquarters new identities; another caseworker, who lacks
// rings, cannot.
func TestNewIdentity_OneMission(t *testing.T) {
	in := mustInstall(t)
	before, _ := in.hq.ws.Trust().Mission(in.mission)
	_, err := exchange.NewIdentity(t.Context(), in.hq.ws, in.ceremony(), uuid.MustParse("01930000-0000-7000-8000-0000000000ff"))
	wantCode(t, "another mission", err, "E-TO")
	if _, err := exchange.NewIdentity(t.Context(), in.hq.ws, in.ceremony(), in.mission); err != nil {
		t.Fatal(err)
	}
	after, _ := in.hq.ws.Trust().Mission(in.mission)
	if after.Centre.Recipient == before.Centre.Recipient || len(after.Centre.Inbox) != len(before.Centre.Inbox) {
		t.Errorf("identities %+v", after.Centre)
	}
	for name, recipient := range after.Centre.Inbox {
		if recipient == before.Centre.Inbox[name] {
			t.Errorf("the inbox of %s is the old one", name)
		}
	}
	in.hq.as(t, slotHQC)
	_, err = exchange.NewIdentity(t.Context(), in.hq.ws, in.ceremony(), in.mission)
	wantCode(t, "without all rings", err, "T-RING")
}
