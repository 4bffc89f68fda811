package exchange_test

import (
	"encoding/json"
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

// TestImport_OnePoisonedLineInFiveHundred: pains.md row 11. 499 lines are visible, one is kept and invisible with its code, the
// chain is whole, the receipt names it.
func TestImport_OnePoisonedLineInFiveHundred(t *testing.T) {
	value := json.RawMessage(`"x"`)
	for _, c := range []struct {
		code    string
		poison  func(l *oplog.Line)
		summary string
	}{
		{"E-FORM", func(l *oplog.Line) { l.Set = map[string]json.RawMessage{"field_of_a_newer_program": value} }, "field of a newer program"},
		{"E-FORM", func(l *oplog.Line) { l.Type, l.Object = "type_of_a_newer_program", uuid.New() }, "type of a newer program"},
		{"E-FORM", func(l *oplog.Line) { l.Form = "identity@999" }, "question set in a newer version"},
		{"E-FORM", func(l *oplog.Line) { l.Form = "set_of_a_newer_program@1" }, "question set of a newer program"},
		{"E-ROLE", func(l *oplog.Line) {
			l.Type, l.Object, l.Set = "decision", uuid.New(), map[string]json.RawMessage{"outcome": value}
		}, "type that the role may not write"},
		{"E-ROLE", func(l *oplog.Line) { l.By = uuid.New() }, "a user whom nobody knows"},
		{"E-OP", func(l *oplog.Line) { l.Set = map[string]json.RawMessage{"birth": json.RawMessage(`true`)} }, "a value of the wrong kind"},
		{"E-OP", func(l *oplog.Line) {
			l.Type, l.Object, l.Set = "health", uuid.New(), map[string]json.RawMessage{"note": value}
		}, "a type of another compartment"},
	} {
		t.Run(c.summary, func(t *testing.T) {
			in := mustInstall(t)
			caseID, person := in.mustCaseload(t)
			a := in.laptops[0]
			mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
			ids := make([]uuid.UUID, 500)
			names := poison(t, a, domain.Case, func(i int, l *oplog.Line) {
				ids[i] = uuid.New()
				l.Case, l.Type, l.Object = caseID, "person", ids[i]
				l.Set["given_names"] = json.RawMessage(`"Prøve"`)
				if i == 250 {
					l.Object = person
					c.poison(l)
				}
			}, 500)
			result := mustImport(t, in.hq, mustExport(t, a, "hq").File)
			if result.Quarantined["case"] != 1 || result.Reasons[c.code] != 1 || len(result.Reasons) != 1 {
				t.Errorf("quarantined %v, reasons %v, want one %s", result.Quarantined, result.Reasons, c.code)
			}
			visible := 0
			for i, id := range ids {
				record, err := in.hq.ws.Get(t.Context(), "person", id)
				if err != nil {
					t.Fatal(err)
				}
				if record != nil {
					visible++
				} else if i != 250 {
					t.Fatalf("line %d is not visible", i)
				}
			}
			if visible != 499 {
				t.Errorf("%d visible, want 499", visible)
			}
			if _, _, err := in.hq.ws.VerifyChains(t.Context()); err != nil {
				t.Errorf("chain: %v", err)
			}
			equalsRebuild(t, in.hq)
			quarantine := in.hq.ws.Quarantine()
			if len(quarantine) != 1 || quarantine[0].Name != names[250] || quarantine[0].Code != c.code {
				t.Errorf("quarantine %+v, want %s", quarantine, names[250])
			}
			in.hq.as(t, slotHQS)
			if after := in.hq.ws.Quarantine(); len(after) != 1 || after[0].Name != names[250] {
				t.Errorf("after another unlock: %+v", after)
			}
			send(t, in.hq, a.name, a)
			receipt := mustReceipt(t, a)
			if len(receipt.Quarantined) != 1 || receipt.Quarantined[0].Operation != names[250] || receipt.Quarantined[0].Code != c.code {
				t.Errorf("receipt names %+v", receipt.Quarantined)
			}
			// What comes later is judged as before, and the invisible line stays so.
			mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"sex": text("female")})
			send(t, a, "hq", in.hq)
			equalsRebuild(t, in.hq)
			if after := in.hq.ws.Quarantine(); len(after) != 1 {
				t.Errorf("after the next file: %+v", after)
			}
		})
	}
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

// TestImport_ClonedMachine: two copies of a laptop write on; the second one that comes is refused and changes nothing.
func TestImport_ClonedMachine(t *testing.T) {
	for _, acknowledged := range []bool{false, true} {
		in := mustInstall(t)
		file, target := in.mustWork(t)
		a := in.laptops[0]
		mustImport(t, in.hq, file)
		if acknowledged { // then the clone's file begins behind the fork, and only the links tell
			send(t, in.hq, a.name, a)
		}
		a.lock(t)
		clone := a.copyOf(t)
		a.unlock(t, 0)
		clone.unlock(t, 0)
		for i, m := range []*machine{a, clone} {
			for range 1 + 2*i {
				mustSet(t, m, target, map[string]domain.Answer{"birth_place": text(string(rune('P'+i)) + m.Now().String())})
			}
		}
		first, second := mustExport(t, a, "hq").File, mustExport(t, clone, "hq").File
		mustImport(t, in.hq, first)
		want := digest(t, in.hq)
		refusedWithoutTrace(t, in.hq, "clone", second, "E-FORK")
		if digest(t, in.hq) != want {
			t.Error("a clone's file changed objects")
		}
		if kept := files(t, in.hq.dir+"/quarantine"); len(kept) != 1 {
			t.Errorf("the refused file is not kept: %v", kept)
		}
		if again := mustImport(t, in.hq, first); !again.Repeated {
			t.Error("the first file counts as new")
		}
		mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
		if result := send(t, a, "hq", in.hq); result.New["case"] != 1 && !acknowledged && result.New["case"] == 0 {
			t.Errorf("the original is shut out: %+v", result.New)
		}
	}
}
