package exchange_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// everyLine is all that a machine can read of its log, opened.
func everyLine(t testing.TB, m *machine) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, c := range domain.AllCompartments {
		for _, state := range m.ws.Register().Chains(c) {
			for line, err := range m.ws.Register().Lines(t.Context(), state.Chain, 1, state.Have.Last()) {
				if err != nil {
					t.Fatal(err)
				}
				all.Write(line.Bytes)
				all.WriteByte('\n')
			}
		}
	}
	return all.Bytes()
}

// mustCourse gives the installation a machine of IOM and the mission one person on the roster; it returns the roster's entry.
func (in *installation) mustCourse(t testing.TB) (iom *machine, caseID, person uuid.UUID, entry exchange.RosterEntry) {
	t.Helper()
	iom = in.mustJoin(t, "iom", domain.NCO)
	caseID, person = in.mustCaseload(t)
	change, err := exchange.AddToRoster(t.Context(), in.hq.ws, in.mission, []uuid.UUID{caseID})
	if err != nil || change.Added != 1 {
		t.Fatalf("%+v, %v", change, err)
	}
	return iom, caseID, person, mustRoster(t, in)[0]
}

func mustRoster(t testing.TB, in *installation) []exchange.RosterEntry {
	t.Helper()
	entries, err := exchange.Roster(t.Context(), in.hq.ws, in.mission)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestRoster_NothingOfACase: IOM's machine gets the roster with its few fields and identifiers of its own, and holds no byte of a
// case: no ring, no line, no identifier, no family name, neither in the log nor in any file (security.md 16).
func TestRoster_NothingOfACase(t *testing.T) {
	in := mustInstall(t)
	iom, caseID, person, entry := in.mustCourse(t)
	a := in.laptops[0]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"mother_tongue": text("swa")})
	send(t, a, "hq", in.hq)
	exported := mustExport(t, in.hq, "iom")
	if exported.Kind != domain.BundleRoster || len(exported.Further) != 0 {
		t.Errorf("kind %s, %d further files", exported.Kind, len(exported.Further))
	}
	result := mustImport(t, iom, exported.File)
	if len(result.Reasons) != 0 || result.Lines["open"] != 0 {
		t.Errorf("reasons %v, lines %v", result.Reasons, result.Lines)
	}
	record, err := iom.ws.Get(t.Context(), "roster_person", entry.ID)
	if err != nil || record == nil {
		t.Fatalf("not on IOM's roster: %v", err)
	}
	for field, want := range map[string]string{"given_name": "Test", "family_initial": "M", "language": "swa"} {
		if got := record.Text(field); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	if entry.Person != person || entry.ID == person || record.Case() == caseID || record.Case() == uuid.Nil || entry.ID.Version() != 8 {
		t.Errorf("entry %+v in case %s", entry, record.Case())
	}
	for _, ring := range []domain.Ring{domain.RingCase, domain.RingSpecial, domain.RingSealed} {
		if iom.ws.Register().Holds(ring) {
			t.Errorf("IOM holds the ring %s", ring)
		}
	}
	all := everyLine(t, iom)
	for _, secret := range []string{caseID.String(), person.String(), "Mappe", "تجربة", in.hq.ws.Me().Alias + "\"case\""} {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("IOM's log holds %q", secret)
		}
	}
	if strings.Contains(string(all), `"c":"case"`) || strings.Contains(string(all), `"src"`) {
		t.Error("IOM's log holds a line of another compartment, or says where its lines come from")
	}
	iom.lock(t)
	err = filepath.WalkDir(iom.dir, func(path string, file os.DirEntry, err error) error {
		if err != nil || file.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range [][]byte{[]byte("Mappe"), []byte("Test"), caseID[:], person[:], []byte(caseID.String())} {
			if bytes.Contains(content, secret) {
				t.Errorf("%s holds %q", file.Name(), secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRoster_KeptCurrent: a value that changes in the register changes on the roster, one that the course corrected stays, and who
// leaves the caseload is withdrawn; who was taken off stays off until somebody puts the person back.
func TestRoster_KeptCurrent(t *testing.T) {
	in := mustInstall(t)
	iom, caseID, person, entry := in.mustCourse(t)
	send(t, in.hq, "iom", iom)
	at := workspace.Target{Type: "roster_person", ID: entry.ID}
	mustSet(t, iom, at, map[string]domain.Answer{"given_name": text("Testen"), "contact": text("Blokk 4")})
	walkIn := mustSet(t, iom, workspace.Target{Type: "roster_person"}, map[string]domain.Answer{"given_name": text("Ny")}).ID()
	send(t, iom, "hq", in.hq)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, in.hq, target, map[string]domain.Answer{"given_names": text("Annet"), "sex": text("female")})
	send(t, in.hq, "iom", iom)
	shows := func(want map[string]string) {
		t.Helper()
		record, err := iom.ws.Get(t.Context(), "roster_person", entry.ID)
		if err != nil {
			t.Fatal(err)
		}
		for field, value := range want {
			if record.Text(field) != value || record.Conflicted(field) {
				t.Errorf("%s = %q, want %q; conflict %v", field, record.Text(field), value, record.Conflicted(field))
			}
		}
	}
	shows(map[string]string{"given_name": "Testen", "contact": "Blokk 4", "sex": "female"})
	count := in.hq.ws.Register().Count(domain.Orientation)
	send(t, in.hq, "iom", iom)
	if in.hq.ws.Register().Count(domain.Orientation) != count {
		t.Error("the roster was written again though nothing changed")
	}

	standing := func(id uuid.UUID) bool {
		t.Helper()
		send(t, in.hq, "iom", iom)
		records, err := iom.ws.Objects(t.Context(), "roster_person", uuid.Nil)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(records, func(r *workspace.Record) bool { return r.ID() == id })
	}
	mustSet(t, in.hq, target, map[string]domain.Answer{"left_case": text("left_case")})
	if standing(entry.ID) || !standing(walkIn) {
		t.Error("who left the case is on the roster still, or who turned up at the course is not")
	}
	mustSet(t, in.hq, target, map[string]domain.Answer{"left_case": {}})
	if standing(entry.ID) {
		t.Error("withdrawn and back without anybody's decision")
	}
	if _, err := exchange.AddToRoster(t.Context(), in.hq.ws, in.mission, []uuid.UUID{person}); err != nil {
		t.Fatal(err)
	}
	if !standing(entry.ID) {
		t.Error("put on the roster again, and not there")
	}
	if _, err := exchange.RemoveFromRoster(t.Context(), in.hq.ws, in.mission, []uuid.UUID{person}); err != nil {
		t.Fatal(err)
	}
	if standing(entry.ID) || !mustRoster(t, in)[0].Withdrawn && !mustRoster(t, in)[1].Withdrawn {
		t.Error("taken off the roster, and still there")
	}
}

// TestRoster_Erased: erasing a case destroys what the course was told of it, at headquarters and at IOM, the course's own notes on
// the person included.
func TestRoster_Erased(t *testing.T) {
	in := mustInstall(t)
	iom, caseID, _, entry := in.mustCourse(t)
	send(t, in.hq, "iom", iom)
	record, err := iom.ws.Get(t.Context(), "roster_person", entry.ID)
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, iom, workspace.Target{Type: "enrolment", Case: record.Case(), Subject: entry.ID}, map[string]domain.Answer{"person": text(entry.ID.String())})
	send(t, iom, "hq", in.hq)
	if _, err := in.hq.ws.EraseCase(t.Context(), caseID, domain.ErasedRequestOfPerson); err != nil {
		t.Fatal(err)
	}
	result := send(t, in.hq, "iom", iom)
	if len(result.Erased) != 1 || result.Erased[0].Case != record.Case() {
		t.Errorf("erased %+v, want the roster's name of the case", result.Erased)
	}
	for _, m := range []*machine{in.hq, iom} {
		for _, kind := range []domain.Type{"roster_person", "enrolment"} {
			if records, err := m.ws.Objects(t.Context(), kind, uuid.Nil); err != nil || len(records) != 0 {
				t.Errorf("%s: %d %s left, %v", m.name, len(records), kind, err)
			}
		}
		if bytes.Contains(everyLine(t, m), []byte("Test")) {
			t.Errorf("%s: a line of the person is left", m.name)
		}
	}
	send(t, iom, "hq", in.hq)
	protocol, err := exchange.DeletionProtocol(t.Context(), in.hq.ws)
	if err != nil {
		t.Fatal(err)
	}
	confirmed := slices.ContainsFunc(protocol, func(p exchange.ProtocolEntry) bool {
		return p.Case == record.Case() && len(p.Awaiting) == 0 && len(p.Confirmed) == 1 && p.Confirmed[0].Alias == "iom"
	})
	if !confirmed {
		t.Errorf("IOM has not confirmed: %+v", protocol)
	}
}

// TestRoster_Refusals: who may not, and whom there is not.
func TestRoster_Refusals(t *testing.T) {
	in := mustInstall(t)
	caseID, _ := in.mustCaseload(t)
	_, err := exchange.AddToRoster(t.Context(), in.hq.ws, in.mission, []uuid.UUID{uuid.New()})
	wantCode(t, "somebody unknown", err, "E-CASE")
	_, err = exchange.RemoveFromRoster(t.Context(), in.hq.ws, in.mission, []uuid.UUID{caseID})
	wantCode(t, "somebody who is not on it", err, "E-CASE")
	_, err = exchange.AddToRoster(t.Context(), in.laptops[0].ws, in.mission, []uuid.UUID{caseID})
	wantCode(t, "a laptop", err, "E-ROLE")
	_, err = exchange.AddToRoster(t.Context(), in.hq.ws, uuid.New(), []uuid.UUID{caseID})
	wantCode(t, "another mission", err, "E-TO")
}
