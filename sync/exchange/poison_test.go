package exchange_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// poison appends lines to a laptop's own chain past every check of the program, as another version of it would, and unlocks
// the laptop again so that it goes on behind them.
func poison(t *testing.T, m *machine, c domain.Compartment, change func(i int, l *oplog.Line), n int) (names []oplog.Name) {
	t.Helper()
	reg, me := m.ws.Register(), m.ws.Me()
	var at register.ChainState
	for _, state := range reg.Chains(c) {
		if state.Chain.Device == me.Device {
			at = state
		}
	}
	if at.Have.Last() == 0 {
		t.Fatal("the laptop has no chain yet")
	}
	link, last := at.Tip, at.Have.Last()
	err := reg.Update(t.Context(), func(tx *register.Tx) error {
		for i := range n {
			last++
			line := &oplog.Line{
				Kind: oplog.KindSet, By: me.User, Compartment: c, Device: me.Device, Epoch: at.Chain.Epoch, N: last, HLC: oplog.HLCAt(m.Now()), Previous: link,
				Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
			}
			change(i, line)
			encoded, err := line.Encode()
			if err != nil {
				return err
			}
			hash := oplog.LineHash(encoded)
			link = oplog.Link(link, hash)
			names = append(names, line.Name())
			entry := register.Entry{Bytes: encoded, Compartment: c, Name: line.Name(), Type: line.Type, Scope: line.Case, Hash: hash, Link: link}
			if err := tx.Append(entry); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m.as(t, 0)
	return names
}

// TestImport_PoisonedLinesInFiveHundred: pains.md row 11. One bad line of each kind among 500: every other one is visible, the bad
// ones are kept and invisible with their codes, the chain is whole, the receipt names them.
func TestImport_PoisonedLinesInFiveHundred(t *testing.T) {
	value := json.RawMessage(`"x"`)
	kinds := []struct {
		code   string
		poison func(l *oplog.Line)
	}{
		{"E-FORM", func(l *oplog.Line) { l.Set = map[string]json.RawMessage{"field_of_a_newer_program": value} }},
		{"E-FORM", func(l *oplog.Line) { l.Type, l.Object = "type_of_a_newer_program", uuid.New() }},
		{"E-FORM", func(l *oplog.Line) { l.Form = "identity@999" }},
		{"E-FORM", func(l *oplog.Line) { l.Form = "set_of_a_newer_program@1" }},
		{"E-ROLE", func(l *oplog.Line) {
			l.Type, l.Object, l.Set = "decision", uuid.New(), map[string]json.RawMessage{"outcome": value}
		}},
		{"E-ROLE", func(l *oplog.Line) { l.By = uuid.New() }},
		{"E-OP", func(l *oplog.Line) { l.Set = map[string]json.RawMessage{"birth": json.RawMessage(`true`)} }},
		{"E-OP", func(l *oplog.Line) {
			l.Type, l.Object, l.Set = "health", uuid.New(), map[string]json.RawMessage{"note": value}
		}},
	}
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	ids := make([]uuid.UUID, 500)
	bad := map[int]int{}
	names := poison(t, a, domain.Case, func(i int, l *oplog.Line) {
		ids[i] = uuid.New()
		l.Case, l.Type, l.Object = caseID, "person", ids[i]
		l.Set["given_names"] = json.RawMessage(`"Prøve"`)
		if kind := i / 60; i%60 == 30 && kind < len(kinds) {
			l.Object = person
			kinds[kind].poison(l)
			bad[i] = kind
		}
	}, 500)
	result := mustImport(t, in.hq, mustExport(t, a, "hq").File)
	if result.Quarantined["case"] != len(kinds) || result.Reasons["E-FORM"] != 4 || result.Reasons["E-ROLE"] != 2 || result.Reasons["E-OP"] != 2 {
		t.Errorf("quarantined %v, reasons %v", result.Quarantined, result.Reasons)
	}
	for i, id := range ids {
		_, poisoned := bad[i]
		if record, err := in.hq.ws.Get(t.Context(), "person", id); err != nil || (record == nil) != poisoned {
			t.Fatalf("line %d: %v, %v", i, record, err)
		}
	}
	if _, _, err := in.hq.ws.VerifyChains(t.Context()); err != nil {
		t.Errorf("chain: %v", err)
	}
	equalsRebuild(t, in.hq)
	check := func(when string) {
		t.Helper()
		quarantine := in.hq.ws.Quarantine()
		if len(quarantine) != len(bad) {
			t.Fatalf("%s: quarantine %+v", when, quarantine)
		}
		for i, kind := range bad {
			if !slices.ContainsFunc(quarantine, func(q workspace.Quarantined) bool { return q.Name == names[i] && q.Code == kinds[kind].code }) {
				t.Errorf("%s: line %d is not kept with %s", when, i, kinds[kind].code)
			}
		}
	}
	check("after the import")
	in.hq.as(t, slotHQS)
	check("after another unlock")
	send(t, in.hq, a.name, a)
	receipt := mustReceipt(t, a)
	for i, kind := range bad {
		if !slices.ContainsFunc(receipt.Quarantined, func(q trust.Quarantined) bool { return q.Operation == names[i] && q.Code == kinds[kind].code }) {
			t.Errorf("the receipt does not name line %d", i)
		}
	}
	// What comes later is judged as before, and the invisible lines stay so.
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
	send(t, a, "hq", in.hq)
	equalsRebuild(t, in.hq)
	check("after the next file")
}

// mustReceipt reads the receipt that a laptop holds about itself.
func mustReceipt(t *testing.T, m *machine) *trust.Receipt {
	t.Helper()
	stored, err := m.ws.Register().System(domain.RingOf(domain.Open), register.SystemReceipts)
	if err != nil {
		t.Fatal(err)
	}
	var receipts map[string]struct {
		Bytes []byte `json:"bytes"`
	}
	if err := json.Unmarshal(stored, &receipts); err != nil {
		t.Fatal(err)
	}
	var receipt trust.Receipt
	if err := json.Unmarshal(receipts[trust.DeviceName(m.ws.Me().Device)].Bytes, &receipt); err != nil {
		t.Fatal(err)
	}
	return &receipt
}

// TestImport_HeadquartersRoleClaimedInTheField: the user's key signs the file, but each line says who wrote it. A field
// machine cannot lend itself the role of headquarters by naming one of its users.
func TestImport_HeadquartersRoleClaimedInTheField(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, forged := in.laptops[0], uuid.New()
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	hqs := in.hq.ws.Me().User
	poison(t, a, domain.Case, func(_ int, l *oplog.Line) {
		l.By, l.Case, l.Type, l.Object = hqs, caseID, "decision", forged
		l.Set["outcome"] = json.RawMessage(`"granted"`)
	}, 1)
	result := mustImport(t, in.hq, mustExport(t, a, "hq").File)
	if result.Reasons["E-ROLE"] != 1 {
		t.Errorf("reasons %v, want E-ROLE", result.Reasons)
	}
	if record, err := in.hq.ws.Get(t.Context(), "decision", forged); err != nil || record != nil {
		t.Errorf("a decision made in the field stands: %v, %v", record, err)
	}
}
