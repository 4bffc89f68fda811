package exchange_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// ceremony is the quick start's folder with all keys.
func (in *installation) ceremony() exchange.Ceremony {
	keys := filepath.Join(in.dir, "keys")
	return exchange.Ceremony{Keys: keys, Passphrase: slices.Clone(keysPass), Public: filepath.Join(keys, "public")}
}

// mustRevoke returns what was taken in after the cut.
func (in *installation) mustRevoke(t testing.TB, r exchange.Revocation) []exchange.ImportEntry {
	t.Helper()
	r.Ceremony = in.ceremony()
	signed, err := exchange.Revoke(t.Context(), in.hq.ws, r)
	if err != nil || !signed.Taken {
		t.Fatalf("revoke: %+v, %v", signed, err)
	}
	return signed.Since
}

func birthPlace(t testing.TB, m *machine, target workspace.Target) string {
	t.Helper()
	record, err := m.ws.Get(t.Context(), target.Type, target.ID)
	if err != nil {
		t.Fatal(err)
	}
	return record.Text("birth_place")
}

// TestRevoke_SeenAfterTheCut: what headquarters had stays, what it sees for the first time after the last trusted moment does
// not become visible, though it was signed before, and is kept (security.md 6.5, 8.5; pains.md row 5).
func TestRevoke_SeenAfterTheCut(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	send(t, a, "hq", in.hq)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	early := mustExport(t, a, "hq").File // signed before the cut, seen after it
	toColleague := mustExport(t, a, b.name).File
	cut := today.Add(time.Hour)
	for _, m := range in.all() {
		m.set(cut.Add(time.Hour))
	}
	// By a wrong moment nothing changes.
	_, err := exchange.Revoke(t.Context(), in.hq.ws, exchange.Revocation{Ceremony: in.ceremony(), Devices: []string{a.name}, Cut: cut.AddDate(0, 0, 1), Reason: "lost"})
	wantCode(t, "a moment to come", err, "T-CUT")
	_, err = exchange.Revoke(t.Context(), in.hq.ws, exchange.Revocation{Ceremony: in.ceremony(), Devices: []string{a.name}, Cut: cut, Reason: "Kari tok den"})
	wantCode(t, "a reason in own words", err, "E-VALUE")
	if since := in.mustRevoke(t, exchange.Revocation{Devices: []string{a.name}, Users: []string{"A"}, Cut: cut, Reason: "lost"}); len(since) != 0 {
		t.Errorf("what came before the cut is doubted: %+v", since)
	}

	before := digest(t, in.hq)
	_, err = exchange.Import(t.Context(), in.hq.ws, early, nil)
	wantCode(t, "signed before the cut, seen after", err, "E-REVOKED")
	if digest(t, in.hq) != before || birthPlace(t, in.hq, target) != "Byen" {
		t.Error("a revoked machine changed the register, or what was there before is gone")
	}
	kept, err := os.ReadDir(filepath.Join(in.hq.dir, "quarantine"))
	if err != nil || !slices.ContainsFunc(kept, func(e os.DirEntry) bool { return filepath.Ext(e.Name()) == ".feltbok" }) {
		t.Errorf("the sealed file was not kept: %d files, %v", len(kept), err)
	}
	// A colleague who does not know yet takes it; one who knows does not.
	send(t, in.hq, b.name, b)
	_, err = exchange.Import(t.Context(), b.ws, toColleague, nil)
	wantCode(t, "at a colleague who knows", err, "E-REVOKED")
	_, err = exchange.Export(t.Context(), b.ws, exchange.ExportOptions{To: []string{a.name}, Out: t.TempDir()})
	wantCode(t, "to the revoked machine", err, "E-TO")
	mission, _ := b.ws.Trust().Mission(in.mission)
	if since := in.mustRevoke(t, exchange.Revocation{Devices: []string{trust.DeviceName(a.ws.Me().Device)}, Cut: today.AddDate(0, 0, -1), Reason: "stolen"}); len(since) != 1 {
		t.Errorf("an earlier moment: %d imports are doubted, want the first one", len(since))
	}
	node, _ := mission.Node(trust.DeviceName(a.ws.Me().Device))
	if node.Status != trust.NodeRevoked || len(node.Inbox) != 0 {
		t.Errorf("at the colleague the machine is %+v", node)
	}
}

// TestRevoke_RelayedLines: a colleague who took lines of the lost machine before he knew brings them. They are stored, stay
// invisible, and the colleague's own lines count.
func TestRevoke_RelayedLines(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	send(t, a, b.name, b)
	mustSet(t, b, target, map[string]domain.Answer{"sex": text("female")})
	file := mustExport(t, b, "hq").File
	cut := today.Add(time.Hour)
	in.hq.set(cut.Add(time.Hour))
	in.mustRevoke(t, exchange.Revocation{Devices: []string{a.name}, Cut: cut, Reason: "stolen"})
	result := mustImport(t, in.hq, file)
	if result.Reasons["E-REVOKED"] == 0 {
		t.Fatalf("no line is held back: %+v", result.Plan)
	}
	if birthPlace(t, in.hq, target) != "" {
		t.Error("a line of the revoked machine is visible")
	}
	record, err := in.hq.ws.Get(t.Context(), target.Type, target.ID)
	if err != nil || record.Text("sex") != "female" {
		t.Errorf("the colleague's own answer did not come: %v", err)
	}
	if _, _, err := in.hq.ws.VerifyChains(t.Context()); err != nil {
		t.Errorf("the chain is not whole: %v", err)
	}
}

// TestRevoke_UserLeft: the machine goes on, the lines of the user who left do not become visible when they come late.
func TestRevoke_UserLeft(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	send(t, a, b.name, b)
	file := mustExport(t, b, "hq").File
	cut := today.Add(time.Hour)
	in.hq.set(cut.Add(time.Hour))
	in.mustRevoke(t, exchange.Revocation{Users: []string{"A"}, Cut: cut, Reason: "left"})
	result := mustImport(t, in.hq, file)
	if result.Reasons["E-REVOKED"] == 0 || birthPlace(t, in.hq, target) != "" {
		t.Errorf("the lines of a user who left are visible: %v", result.Reasons)
	}
	_, err := exchange.Import(t.Context(), in.hq.ws, mustExport(t, a, "hq").File, nil)
	wantCode(t, "exported by the user who left", err, "E-REVOKED")
	// Nobody withdraws himself, or somebody twice.
	_, err = exchange.Revoke(t.Context(), in.hq.ws, exchange.Revocation{Ceremony: in.ceremony(), Users: []string{"H"}, Cut: cut, Reason: "left"})
	wantCode(t, "oneself", err, "T-SELF")
	_, err = exchange.Revoke(t.Context(), in.hq.ws, exchange.Revocation{Ceremony: in.ceremony(), Users: []string{"A"}, Cut: cut, Reason: "left"})
	wantCode(t, "twice", err, "T-REVOKED")
	_, err = exchange.Revoke(t.Context(), in.hq.ws, exchange.Revocation{Ceremony: in.ceremony(), Users: []string{"Z"}, Cut: cut, Reason: "left"})
	wantCode(t, "nobody", err, "T-ALIAS")
	_, err = exchange.Revoke(t.Context(), a.ws, exchange.Revocation{Ceremony: in.ceremony(), Users: []string{"B"}, Cut: today, Reason: "left"})
	wantCode(t, "by a laptop", err, "E-ROLE")
	// A caseworker of headquarters leaves: what that person wrote before goes on to new machines.
	in.mustRevoke(t, exchange.Revocation{Users: []string{"C"}, Cut: cut, Reason: "left"})
	if result := send(t, in.hq, b.name, b); len(result.Reasons) != 0 {
		t.Errorf("headquarters' own lines are held back: %v", result.Reasons)
	}
}
