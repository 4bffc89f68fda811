package exchange_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// says lists where on a machine the words can still be read: lines, records, what is half typed and every other value of the register.
func says(t testing.TB, m *machine, words string) (where []string) {
	t.Helper()
	reg := m.ws.Register()
	for _, c := range domain.AllCompartments {
		if !reg.Holds(domain.RingOf(c)) {
			continue
		}
		for _, v := range lines(t, m, c) {
			bytes := v.Line.Box
			if encoded, err := v.Line.Encode(); err == nil && len(bytes) == 0 {
				bytes = encoded
			}
			if plain, err := reg.OpenBox(c, v.Line.Box); err == nil {
				bytes = plain
			}
			if strings.Contains(string(bytes), words) {
				where = append(where, fmt.Sprintf("line %s %s", c, v.Line.Name()))
			}
		}
		if !c.Boxed() {
			for object, err := range reg.Objects(t.Context(), c, register.Filter{}) {
				if err != nil {
					t.Fatal(err)
				}
				if encoded, err := object.Encode(); err != nil || strings.Contains(string(encoded), words) {
					where = append(where, fmt.Sprintf("record %s %s, %v", c, object.Type, err))
				}
			}
		}
		for name := int64(1); name < 60; name++ {
			if value, err := reg.System(domain.RingOf(c), name); err == nil && bytes.Contains(value, []byte(words)) {
				where = append(where, fmt.Sprintf("value %s %d", c, name))
			}
		}
	}
	return where
}

// withdrawn checks that a machine has nothing of the words, that its chains hold, and that no sealed byte of what went is in its files.
func withdrawn(t testing.TB, m *machine, words string, before map[string]bool) {
	t.Helper()
	if where := says(t, m, words); len(where) > 0 {
		t.Errorf("%s still has it: %v", m.name, where)
	}
	if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
		t.Errorf("%s: %v", m.name, err)
	}
	if _, err := m.ws.Check(t.Context()); err != nil {
		t.Errorf("%s: %v", m.name, err)
	}
	if m.ws.Register().Unproven() {
		t.Errorf("%s: the files were not looked through", m.name)
	}
	if before != nil {
		m.lock(t)
		nothingLeft(t, m, before)
		m.unlock(t, 0)
		if where := says(t, m, words); len(where) > 0 {
			t.Errorf("%s has it again after unlocking: %v", m.name, where)
		}
	}
}

// snapshot gives the sealed rows of a machine and leaves it open.
func snapshot(t testing.TB, m *machine) map[string]bool {
	t.Helper()
	m.lock(t)
	defer m.unlock(t, 0)
	return sealedBytes(t, m)
}

func bornIn(t testing.TB, m *machine, caseID, person uuid.UUID, words string, more ...string) {
	t.Helper()
	answers := map[string]domain.Answer{"birth_place": text(words)}
	if len(more) > 0 {
		answers["given_names"] = text(more[0])
	}
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, answers)
}

func mustRetract(t testing.TB, m *machine, r workspace.Retraction) *workspace.Retracted {
	t.Helper()
	if r.Reason == "" {
		r.Reason = domain.RedactedWrongField
	}
	done, err := m.ws.Retract(t.Context(), r, false)
	if err != nil {
		t.Fatalf("%s withdraws: %v", m.name, err)
	}
	if done.Lines == 0 || !done.Proven {
		t.Errorf("%s: %+v", m.name, done)
	}
	return done
}

func place(t testing.TB, m *machine, person uuid.UUID) string {
	t.Helper()
	record, err := m.ws.Get(t.Context(), "person", person)
	if err != nil || record == nil {
		t.Fatalf("%s has no person, %v", m.name, err)
	}
	return record.Text("birth_place") + "/" + record.Text("given_names")
}

const secret = "Hemmelig-9c2e51"

// TestRedact_GoneEverywhere: what an author takes back goes from every machine that had it, by whatever way it came there: written,
// from a colleague, or as a new issue of headquarters; the rest of the same lines stays, the record says who and when, and nothing
// brings it back (security.md 5.5).
func TestRedact_GoneEverywhere(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	bornIn(t, a, caseID, person, secret[:5])
	bornIn(t, a, caseID, person, secret, "Prøve")
	old := mustExport(t, a, "hq", b.name)
	mustImport(t, in.hq, old.File)
	send(t, in.hq, b.name, b) // as headquarters' new issue
	mustImport(t, b, old.File)
	before := map[*machine]map[string]bool{}
	for _, m := range in.all() {
		if len(says(t, m, secret)) == 0 {
			t.Fatalf("%s never had it", m.name)
		}
		before[m] = snapshot(t, m)
	}
	done := mustRetract(t, a, workspace.Retraction{Type: "person", ID: person, Field: "birth_place"})
	if done.Lines != 2 || done.Kept != 1 || done.Others != 0 {
		t.Errorf("withdrawn: %+v", done)
	}
	withdrawn(t, a, secret, before[a])
	send(t, a, "hq", in.hq)
	withdrawn(t, in.hq, secret, before[in.hq])
	send(t, in.hq, b.name, b)
	withdrawn(t, b, secret, before[b])
	for _, m := range in.all() {
		if got := place(t, m, person); got != "/Prøve" {
			t.Errorf("%s shows %q", m.name, got)
		}
		told, err := m.ws.Withdrawals(t.Context(), caseID, domain.Case)
		if err != nil || len(told) != 1 || told[0].By != a.ws.Me().User || told[0].Reason != domain.RedactedWrongField || told[0].Lines < 2 || told[0].Time.IsZero() {
			t.Errorf("%s: the record says %+v, %v", m.name, told, err)
		}
		mustImportAgain(t, m, old.File, a)
		if where := says(t, m, secret); len(where) > 0 {
			t.Errorf("%s: the old file brings it back: %v", m.name, where)
		}
	}
	// What the field is given afterwards stands, also where it was written on the withdrawn value.
	bornIn(t, a, caseID, person, "Kampala")
	send(t, a, "hq", in.hq)
	send(t, in.hq, b.name, b)
	for _, m := range in.all() {
		if got := place(t, m, person); got != "Kampala/Prøve" {
			t.Errorf("%s shows %q afterwards", m.name, got)
		}
	}
}

// mustImportAgain takes a file in that the machine may have had, save on the one that made it.
func mustImportAgain(t testing.TB, m *machine, file string, maker *machine) {
	t.Helper()
	if m != maker {
		mustImport(t, m, file)
	}
}

// TestRedact_AnyOrder: the file with the value and the one with its withdrawal may come in any order and again; every machine ends in
// the same state (security.md 7.1).
func TestRedact_AnyOrder(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	bornIn(t, b, caseID, person, "Gulu")
	send(t, b, a.name, a)
	bornIn(t, a, caseID, person, secret)
	value := mustExport(t, a, "hq", b.name).File
	mustRetract(t, a, workspace.Retraction{Type: "person", ID: person, Field: "birth_place"})
	gone := mustExport(t, a, "hq", b.name).File
	bornIn(t, a, caseID, person, "Arua")
	next := mustExport(t, a, "hq", b.name).File
	var want string
	for i, order := range [][]string{{value, gone, next}, {gone, value, next}, {next, gone, value}, {gone, next}, {value, gone, value, gone, next, value}, {next, value, gone, next}} {
		for _, m := range []*machine{b, in.hq} {
			copied := m.copyOf(t)
			copied.unlock(t, 0)
			for _, file := range order {
				mustImport(t, copied, file)
			}
			withdrawn(t, copied, secret, nil)
			if m == b {
				if got := digest(t, copied); want == "" {
					want = got
				} else if got != want {
					t.Errorf("order %d gives another state: %s, not %s", i, got, want)
				}
			}
			if got := place(t, copied, person); !strings.HasPrefix(got, "Arua/") && m == b {
				t.Errorf("order %d shows %q", i, got)
			}
			copied.lock(t)
		}
	}
}

// TestRedact_OthersWords: nobody takes back what somebody else wrote, save HQS on headquarters' machine (security.md 5.5).
func TestRedact_OthersWords(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	bornIn(t, a, caseID, person, secret)
	send(t, a, "hq", in.hq)
	send(t, a, b.name, b)
	r := workspace.Retraction{Type: "person", ID: person, Field: "birth_place", Reason: domain.RedactedSensitive}
	_, err := b.ws.Retract(t.Context(), r, false)
	wantCode(t, "a colleague withdraws it", err, "E-AUTHOR")
	mustSet(t, b, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
	// A program that does not keep to that writes the line all the same.
	var target oplog.Name
	for _, v := range lines(t, b, domain.Case) {
		if strings.Contains(string(v.Line.Set["birth_place"]), secret) {
			target = v.Line.Name()
		}
	}
	forgeRedaction(t, b, caseID, target)
	result := send(t, b, "hq", in.hq)
	if result.Quarantined["case"] != 1 || result.Reasons["E-ROLE"] != 1 {
		t.Errorf("a forged withdrawal at headquarters: %+v", result.Reasons)
	}
	result = send(t, b, a.name, a)
	if result.Reasons["E-ROLE"] != 1 {
		t.Errorf("a forged withdrawal at the author's: %+v", result.Reasons)
	}
	for _, m := range []*machine{in.hq, a} {
		if got := place(t, m, person); !strings.HasPrefix(got, secret) {
			t.Errorf("%s shows %q", m.name, got)
		}
	}
	in.hq.as(t, slotHQC)
	_, err = in.hq.ws.Retract(t.Context(), r, false)
	wantCode(t, "HQC withdraws an interviewer's words", err, "E-AUTHOR")
	in.hq.as(t, slotHQS)
	before := snapshot(t, in.hq)
	mustRetract(t, in.hq, r)
	withdrawn(t, in.hq, secret, before)
	for _, m := range []*machine{a, b} {
		before := snapshot(t, m)
		send(t, in.hq, m.name, m)
		withdrawn(t, m, secret, before)
	}
}

// forgeRedaction appends a withdrawal to a machine's chain that its program would not write.
func forgeRedaction(t testing.TB, m *machine, caseID uuid.UUID, target oplog.Name) {
	t.Helper()
	reg := m.ws.Register()
	for _, state := range reg.Chains(domain.Case) {
		if state.Chain.Device != m.ws.Me().Device {
			continue
		}
		last := state.Have.Last()
		head, _ := reg.Head(domain.Case, state.Chain.Name(last))
		line := &oplog.Line{
			Kind: oplog.KindRedact, By: m.ws.Me().User, Compartment: domain.Case, Case: caseID, Device: state.Chain.Device, Epoch: state.Chain.Epoch, N: last + 1,
			HLC: oplog.HLCAt(m.ws.Now()), Previous: head.Link, Reason: "wrong_field", Redacts: []oplog.Redaction{{Name: target}},
		}
		bytes, err := line.Encode()
		if err != nil {
			t.Fatal(err)
		}
		hash := oplog.LineHash(bytes)
		entry := register.Entry{Bytes: bytes, Compartment: domain.Case, Name: line.Name(), Scope: caseID, Hash: hash, Link: oplog.Link(head.Link, hash)}
		if err := reg.Update(t.Context(), func(tx *register.Tx) error { return tx.Append(entry) }); err != nil {
			t.Fatal(err)
		}
		m.lock(t)
		m.unlock(t, 0)
		return
	}
	t.Fatalf("%s has no chain", m.name)
}

// TestRedact_RelayedAndReduced: a colleague forwards the reduced chain, headquarters counts no gap, and its receipt covers all of it.
func TestRedact_RelayedAndReduced(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	bornIn(t, a, caseID, person, secret)
	send(t, a, b.name, b)
	mustRetract(t, a, workspace.Retraction{Type: "person", ID: person, Field: "birth_place"})
	send(t, a, b.name, b)
	withdrawn(t, b, secret, nil)
	result := send(t, b, "hq", in.hq) // the colleague carries the reduced chain
	if len(result.Gaps) != 0 {
		t.Errorf("headquarters counts gaps: %+v", result.Gaps)
	}
	withdrawn(t, in.hq, secret, nil)
	send(t, in.hq, a.name, a) // the receipt covers stub and withdrawal
	status := mustStatus(t, a)
	if status.Own.Merged == 0 || slices.ContainsFunc(status.Devices, func(d exchange.DeviceStatus) bool { return len(d.Gaps) > 0 }) {
		t.Errorf("status: %+v", status)
	}
}

// TestRedact_Raised: what was written about health moves into a sealed note in one act: nobody but its author and headquarters reads it
// from then on, and where it stood nothing hints at the note (security.md 2.2, 5.5).
func TestRedact_Raised(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	health := mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text(secret), "mobility": text("walks_freely")})
	send(t, a, "hq", in.hq)
	before := snapshot(t, a)
	raise := &workspace.Write{Target: workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, Answers: map[string]domain.Answer{"note": text(secret)}}
	r := workspace.Retraction{Type: "health", ID: health.ID(), Field: "note", Reason: domain.RedactedSensitive, Raise: raise}
	if done, err := a.ws.Retract(t.Context(), r, true); err != nil || done.Lines != 1 || len(says(t, a, secret)) == 0 {
		t.Fatalf("looked at: %+v, %v", done, err)
	}
	mustRetract(t, a, r)
	for _, m := range []*machine{a, in.hq} {
		if m == in.hq {
			send(t, a, "hq", in.hq)
		}
		where := says(t, m, secret)
		if len(where) != 1 || !strings.HasPrefix(where[0], "line sealed ") {
			t.Errorf("%s has it in %v", m.name, where)
		}
		file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
		if err != nil || len(file.Sealed()) != 1 || file.Sealed()[0].Text("note") != secret {
			t.Errorf("%s opens %v, %v", m.name, file.Sealed(), err)
		}
		told, err := m.ws.Withdrawals(t.Context(), caseID, domain.Case, domain.Special)
		if err != nil || len(told) != 1 || told[0].Compartment != domain.Special || told[0].Reason != domain.RedactedSensitive {
			t.Errorf("%s: the record says %+v, %v", m.name, told, err)
		}
	}
	a.lock(t)
	nothingLeft(t, a, before)
	a.unlock(t, 0)
	// A sealed entry is withdrawn as a whole.
	file, err := a.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.ws.Retract(t.Context(), workspace.Retraction{Type: "sealed_note", ID: file.Sealed()[0].ID(), Field: "note", Reason: domain.RedactedSensitive}, false)
	wantCode(t, "a field of a sealed entry", err, "E-FIELD")
	mustRetract(t, a, workspace.Retraction{Type: "sealed_note", ID: file.Sealed()[0].ID()})
	withdrawn(t, a, secret, nil)
	send(t, a, "hq", in.hq)
	withdrawn(t, in.hq, secret, nil)
}

// TestRedact_NotOfEverything: what holds the record together is corrected by a new answer and never withdrawn.
func TestRedact_NotOfEverything(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	bornIn(t, a, caseID, person, secret)
	for name, test := range map[string]struct {
		r    workspace.Retraction
		code string
	}{
		"status":       {workspace.Retraction{Type: "case", ID: caseID, Field: "status", Reason: domain.RedactedSensitive}, "E-FIELD"},
		"whole person": {workspace.Retraction{Type: "person", ID: person, Reason: domain.RedactedSensitive}, "E-FIELD"},
		"free reason":  {workspace.Retraction{Type: "person", ID: person, Field: "birth_place", Reason: "Test Mappe asked"}, "E-VALUE"},
		"not there":    {workspace.Retraction{Type: "person", ID: uuid.New(), Field: "birth_place", Reason: domain.RedactedSensitive}, "E-CASE"},
		"of others":    {workspace.Retraction{Type: "person", ID: person, Field: "family_name", Reason: domain.RedactedSensitive}, "E-AUTHOR"},
	} {
		_, err := a.ws.Retract(t.Context(), test.r, false)
		wantCode(t, name, err, test.code)
	}
	if len(says(t, a, secret)) == 0 {
		t.Error("a refused withdrawal took something away")
	}
}

// TestRedact_OlderBackupsAreListed: a backup from before holds what was taken away, so it stands on the list of those to be destroyed.
func TestRedact_OlderBackupsAreListed(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	bornIn(t, a, caseID, person, secret)
	if _, err := a.ws.BackupTo(t.Context(), filepath.Join(t.TempDir(), "copy.feltbok"), "Safe"); err != nil {
		t.Fatal(err)
	}
	a.set(today.AddDate(0, 0, 1))
	mustRetract(t, a, workspace.Retraction{Type: "person", ID: person, Field: "birth_place"})
	backups, err := a.ws.Backups(t.Context())
	if err != nil || len(backups) != 1 || backups[0].Why != "withdrawal" || !backups[0].Replace() {
		t.Errorf("backups: %+v, %v", backups, err)
	}
}
