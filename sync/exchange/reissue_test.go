package exchange_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// TestReissue_FromOneLaptopToTheOther: what one interviewer wrote comes to the other through headquarters, with its author and
// time, once; the original changes nothing when it comes too, before or after, and an undo at headquarters reaches the issue.
func TestReissue_FromOneLaptopToTheOther(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth": text("1991")})
	mustSet(t, a, target, map[string]domain.Answer{"birth": text("1992"), "birth_place": text("Byen")})
	direct := mustExport(t, a, "laptop-b").File
	imported := send(t, a, "hq", in.hq)

	first := send(t, in.hq, "laptop-b", b)
	if first.New["case"] < 2 || first.Conflicts != 0 || len(first.Reasons) != 0 {
		t.Fatalf("headquarters' file brought %v, conflicts %d, %v", first.New, first.Conflicts, first.Reasons)
	}
	if content(t, b) != content(t, a) {
		t.Errorf("laptop-b shows\n%s\nlaptop-a shows\n%s", content(t, b), content(t, a))
	}
	record, err := b.ws.Get(t.Context(), "person", person)
	if err != nil {
		t.Fatal(err)
	}
	if heads := record.Heads("birth"); len(heads) != 1 || heads[0].By != a.ws.Me().User || heads[0].Name.Device != a.ws.Me().Device {
		t.Errorf("the issue names another author or machine: %+v", heads)
	}
	equalsRebuild(t, b)

	count := in.hq.ws.Register().Count(domain.Case)
	if again := send(t, in.hq, "laptop-b", b); again.New["case"] != 0 || in.hq.ws.Register().Count(domain.Case) != count {
		t.Errorf("issued again: %v, %d lines at headquarters after %d", again.New, in.hq.ws.Register().Count(domain.Case), count)
	}
	shown := content(t, b)
	original := mustImport(t, b, direct)
	if original.New["case"] == 0 || original.Conflicts != 0 || content(t, b) != shown {
		t.Errorf("the original after its issue: %v, conflicts %d\n%s", original.New, original.Conflicts, content(t, b))
	}
	equalsRebuild(t, b)
	if result := send(t, in.hq, "laptop-a", a); result.Conflicts != 0 || content(t, a) != shown {
		t.Errorf("the issue after the original: conflicts %d\n%s", result.Conflicts, content(t, a))
	}
	equalsRebuild(t, a)
	equalsRebuild(t, in.hq)

	// A value of somebody else that replaces the issued one replaces the original too.
	mustSet(t, b, target, map[string]domain.Answer{"birth": text("1993")})
	if result := send(t, b, "hq", in.hq); result.Conflicts != 0 {
		t.Errorf("%d conflicts with what the author saw", result.Conflicts)
	}
	mustSet(t, b, target, map[string]domain.Answer{"birth": text("1990")})

	mustUndo(t, in.hq, imported.Import)
	send(t, in.hq, "laptop-b", b)
	if got, err := b.ws.Get(t.Context(), "person", person); err != nil || got.Text("birth_place") != "" || got.Text("birth") != "1990" {
		t.Errorf("after the undo laptop-b shows birth_place %q, birth %q, %v", got.Text("birth_place"), got.Text("birth"), err)
	}
}

// TestReissue_UndoneBeforeTheOriginal: a machine that has only the issue follows the word on the original, also after a lock.
func TestReissue_UndoneBeforeTheOriginal(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	before := content(t, b)
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth": text("1991")})
	direct := mustExport(t, a, "laptop-b").File
	imported := send(t, a, "hq", in.hq)
	send(t, in.hq, "laptop-b", b)
	after := content(t, b)
	b.as(t, 0)
	mustUndo(t, in.hq, imported.Import)
	send(t, in.hq, "laptop-b", b)
	if got := content(t, b); got != before {
		t.Errorf("after the undo:\n%s\nwant\n%s", got, before)
	}
	mustImport(t, b, direct)
	if got := content(t, b); got != before {
		t.Errorf("the original of an issue that was taken back:\n%s\nwant\n%s", got, before)
	}
	mustRedo(t, in.hq, imported.Import)
	send(t, in.hq, "laptop-b", b)
	if got := content(t, b); got != after {
		t.Errorf("after the redo:\n%s\nwant\n%s", got, after)
	}
	equalsRebuild(t, b)
}

// TestReissue_OnlyHeadquarters: a field machine that claims to say somebody else's line again could put its own value under that
// name before the line comes. Such lines are kept and not shown.
func TestReissue_OnlyHeadquarters(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, b, target, map[string]domain.Answer{"birth": text("1991")})
	record, err := b.ws.Get(t.Context(), "person", person)
	if err != nil {
		t.Fatal(err)
	}
	stolen := record.Heads("birth")[0].Name
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	names := poison(t, a, domain.Case, func(_ int, l *oplog.Line) {
		l.Case, l.Type, l.Object, l.Set["birth"] = caseID, "person", person, json.RawMessage(`"1900"`)
		l.Source = []oplog.Name{stolen}
	}, 1)
	result := mustImport(t, in.hq, mustExport(t, a, "hq").File)
	if result.Reasons["E-ROLE"] != 1 {
		t.Errorf("reasons %v, want one E-ROLE", result.Reasons)
	}
	if !slices.ContainsFunc(in.hq.ws.Quarantine(), func(q workspace.Quarantined) bool { return q.Name == names[0] && q.Code == "E-ROLE" }) {
		t.Errorf("quarantine %+v", in.hq.ws.Quarantine())
	}
	send(t, b, "hq", in.hq)
	if got, err := in.hq.ws.Get(t.Context(), "person", person); err != nil || got.Text("birth") != "1991" {
		t.Errorf("birth %q, %v", got.Text("birth"), err)
	}
	// What is in quarantine is not issued.
	send(t, in.hq, "laptop-b", b)
	if got, err := b.ws.Get(t.Context(), "person", person); err != nil || got.Text("birth") == "1900" {
		t.Errorf("headquarters has issued a line in quarantine, %v", err)
	}
}

// TestReissue_OfSeveralLines: an issue of several lines in one is for a later version to understand.
func TestReissue_OfSeveralLines(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	b := in.laptops[1]
	poison(t, in.hq, domain.Case, func(_ int, l *oplog.Line) {
		l.Case, l.Type, l.Object, l.Set["birth"] = caseID, "person", person, json.RawMessage(`"1900"`)
		l.Source = []oplog.Name{{Device: b.ws.Me().Device, Epoch: 7, N: 2}, {Device: b.ws.Me().Device, Epoch: 7, N: 3}}
	}, 1)
	if result := send(t, in.hq, b.name, b); result.Reasons["E-FORM"] != 1 {
		t.Errorf("reasons %v, want one E-FORM", result.Reasons)
	}
	if got, err := b.ws.Get(t.Context(), "person", person); err != nil || got.Text("birth") == "1900" {
		t.Errorf("it counts all the same, %v", err)
	}
}

// TestReissue_SpecialAndSealed: what headquarters adds in special and sealed comes to the machines of those who may read it: the
// lead's, that of the interviewer who wrote there, and of sealed entries those of the named readers. Others get nothing of it,
// not even that it exists.
func TestReissue_SpecialAndSealed(t *testing.T) {
	in, lead, _ := mustMission(t, domain.MLD)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("Prøve")})
	send(t, a, "hq", in.hq)
	health := domain.SingletonID(person, "health")
	mustSet(t, in.hq, workspace.Target{Type: "health", ID: health, Case: caseID}, map[string]domain.Answer{"note": text("Etter samtale")})
	note := mustSet(t, in.hq, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person, Readers: []uuid.UUID{b.ws.Me().User}},
		map[string]domain.Answer{"note": text("Bare for B")}).ID()

	first := mustExport(t, in.hq, a.name, b.name, lead.name) // what is for one of them is in a file of its own
	if len(first.Further) != 3 {
		t.Errorf("%d further files, want one for each machine", len(first.Further))
	}
	for _, m := range []*machine{a, b, lead} {
		for _, one := range append([]exchange.Exported{*first}, first.Further...) {
			if slices.Contains(one.To, trust.DeviceName(m.ws.Me().Device)) {
				if result := mustImport(t, m, one.File); len(result.Reasons) != 0 || result.Conflicts != 0 {
					t.Errorf("%s: %v, conflicts %d", m.name, result.Reasons, result.Conflicts)
				}
			}
		}
		file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
		if err != nil {
			t.Fatal(err)
		}
		record, err := m.ws.Get(t.Context(), "health", health)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if record != nil {
			got = record.Text("note")
		}
		want := map[*machine]string{a: "Etter samtale", lead: "Etter samtale"}[m]
		if got != want {
			t.Errorf("%s: health %q, want %q", m.name, got, want)
		}
		sees := slices.ContainsFunc(file.Sealed(), func(r *workspace.Record) bool { return r.ID() == note && r.Text("note") == "Bare for B" })
		if sees != (m == b) {
			t.Errorf("%s sees the sealed entry: %v", m.name, sees)
		}
		if n := m.ws.Register().Count(domain.Sealed); (n > 0) != (m == b) {
			t.Errorf("%s has %d lines in sealed", m.name, n)
		}
		equalsRebuild(t, m)
	}
	for _, m := range []*machine{a, b, lead} {
		if result := send(t, in.hq, m.name, m); result.New["special"]+result.New["sealed"] != 0 {
			t.Errorf("%s: issued again: %v", m.name, result.New)
		}
	}
}

// TestReissue_Erased: what was issued of a case dies with it, everywhere, and leaves no gap in a chain.
func TestReissue_Erased(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Fødestedet")})
	mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("Fødestedet")})
	send(t, a, "hq", in.hq)
	mustSet(t, in.hq, workspace.Target{Type: "health", ID: domain.SingletonID(person, "health"), Case: caseID}, map[string]domain.Answer{"note": text("Fødestedet, sett")})
	for _, m := range []*machine{a, b} {
		send(t, in.hq, m.name, m)
	}
	if _, err := in.hq.ws.EraseCase(t.Context(), caseID, domain.ErasedRequestOfPerson); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*machine{a, b} {
		if result := send(t, in.hq, m.name, m); len(result.Gaps) != 0 || len(result.Reasons) != 0 {
			t.Errorf("%s: gaps %v, %v", m.name, result.Gaps, result.Reasons)
		}
	}
	for _, m := range in.all() {
		if bytes.Contains(everyLine(t, m), []byte("Fødestedet")) {
			t.Errorf("%s: a line of the case is left", m.name)
		}
		if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}
