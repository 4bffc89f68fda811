package exchange_test

import (
	"path/filepath"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// mustClone makes a second machine of a laptop, as a restored disk image is, and opens both.
func mustClone(t testing.TB, m *machine) *machine {
	t.Helper()
	m.lock(t)
	clone := m.copyOf(t)
	m.unlock(t, 0)
	clone.unlock(t, 0)
	return clone
}

// values are the answers that stand side by side in a field at a machine.
func values(t testing.TB, m *machine, target workspace.Target, field string) map[string]bool {
	t.Helper()
	record, err := m.ws.Get(t.Context(), target.Type, target.ID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	if record != nil {
		for _, head := range record.Heads(field) {
			out[head.Answer.Text()] = true
		}
	}
	return out
}

// TestFork_ClonedMachine: security.md 6.7 and 16, "a cloned device raises E-FORK; after a new epoch work goes on without
// loss". Two copies of a laptop write on; headquarters keeps both sides, tells the machine, and in the end has every answer.
func TestFork_ClonedMachine(t *testing.T) {
	for _, acknowledged := range []bool{false, true} {
		in := mustInstall(t)
		file, target := in.mustWork(t)
		a := in.laptops[0]
		mustImport(t, in.hq, file)
		if acknowledged { // then the clone's file begins behind the fork, and only the links tell
			send(t, in.hq, a.name, a)
		}
		clone := mustClone(t, a)
		mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Fra originalen"), "sex": text("female")})
		// The first line has the name of the original's first one: what replaces it must not be taken to replace that.
		mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Først fra kopien"), "civil_status": text("married")})
		mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Fra kopien")})
		mustSet(t, clone, workspace.Target{Type: "sealed_note", Case: target.Case, Subject: target.ID}, map[string]domain.Answer{"note": text("forseglet på kopien")})
		mustImport(t, in.hq, mustExport(t, a, "hq").File)

		second := mustExport(t, clone, "hq").File
		plan, err := exchange.Preview(t.Context(), in.hq.ws, second)
		if err != nil || plan.Reasons["E-FORK"] == 0 {
			t.Fatalf("preview: %+v, %v", plan, err)
		}
		result := mustImport(t, in.hq, second)
		if result.Reasons["E-FORK"] == 0 || result.New["case"] != 0 {
			t.Errorf("acknowledged %v: the other side of a fork went in: %v, new %v", acknowledged, result.Reasons, result.New)
		}
		if kept := files(t, filepath.Join(in.hq.dir, "quarantine")); len(kept) != 1 {
			t.Errorf("the other side is not kept: %v", kept)
		}
		mustImport(t, in.hq, second)
		if kept := files(t, filepath.Join(in.hq.dir, "quarantine")); len(kept) != 1 {
			t.Errorf("the same file is kept %d times", len(kept))
		}
		if forks := mustDevice(t, in.hq, a.name).Forks; len(forks) == 0 || forks[0].Settled {
			t.Errorf("no alarm: %+v", forks)
		}

		// Both are told, and both may do what they like with it: no answer may get lost.
		before := mustStatus(t, clone).Own
		for i, m := range []*machine{clone, a} {
			m.set(today.Add(time.Duration(i+1) * time.Hour))
			epochs := epochsOf(m)
			receipt := mustExport(t, in.hq, a.name).File
			mustImport(t, m, receipt)
			if i == 0 && before.Merged > 0 && mustStatus(t, m).Own.Merged >= mustStatus(t, m).Own.Total {
				t.Error("the clone takes the receipt of the other side for its own")
			}
			if now := epochsOf(m); now != epochs+1 {
				t.Errorf("machine %d has %d epochs after %d", i, now, epochs)
			}
			again := send(t, m, "hq", in.hq)
			if got := values(t, in.hq, target, "birth_place"); len(got) != 2 || !got["Fra originalen"] || !got["Fra kopien"] {
				t.Errorf("acknowledged %v: birth place after machine %d was told: %v", acknowledged, i, got)
			}
			if again.Reasons["E-FORK"] != 0 {
				t.Errorf("machine %d still forks: %v", i, again.Reasons)
			}
			if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
				t.Error(err)
			}
			equalsRebuild(t, m)
		}
		if got := values(t, in.hq, target, "birth_place"); len(got) != 2 || !got["Fra originalen"] || !got["Fra kopien"] {
			t.Errorf("acknowledged %v: birth place at headquarters %v", acknowledged, got)
		}
		if got := values(t, in.hq, target, "civil_status"); !got["married"] {
			t.Errorf("civil status %v", got)
		}
		if got := values(t, in.hq, target, "sex"); !got["female"] || len(got) != 1 {
			t.Errorf("sex %v", got)
		}
		notes, err := in.hq.ws.Objects(t.Context(), "sealed_note", target.Case)
		if err != nil || len(notes) != 1 || notes[0].Text("note") != "forseglet på kopien" {
			t.Errorf("%d sealed notes, %v", len(notes), err)
		}
		equalsRebuild(t, in.hq)
		if forks := mustDevice(t, in.hq, a.name).Forks; len(forks) == 0 || !forks[0].Settled {
			t.Errorf("the alarm is not settled: %+v", forks)
		}
		// A later answer on the clone goes on from its own, and names nothing that has a double.
		mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Sist fra kopien")})
		send(t, clone, "hq", in.hq)
		if got := values(t, in.hq, target, "birth_place"); len(got) != 2 || !got["Sist fra kopien"] || !got["Fra originalen"] {
			t.Errorf("birth place after another answer %v", got)
		}
	}
}

func mustDevice(t testing.TB, at *machine, alias string) exchange.DeviceStatus {
	t.Helper()
	for _, d := range mustStatus(t, at).Devices {
		if d.Alias == alias {
			return d
		}
	}
	t.Fatalf("%s does not know %s", at.name, alias)
	return exchange.DeviceStatus{}
}

// TestFork_AcknowledgedForAnotherCopy: the clone's lines never reached headquarters, but a receipt speaks of their numbers. It
// must not be believed.
func TestFork_AcknowledgedForAnotherCopy(t *testing.T) {
	in := mustInstall(t)
	file, target := in.mustWork(t)
	a := in.laptops[0]
	mustImport(t, in.hq, file)
	send(t, in.hq, a.name, a)
	clone := mustClone(t, a)
	mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Fra kopien")})
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	mustSet(t, a, target, map[string]domain.Answer{"civil_status": text("married")})
	send(t, a, "hq", in.hq)
	mustImport(t, clone, mustExport(t, in.hq, a.name).File)
	clone.set(today.Add(time.Hour))
	if p := mustStatus(t, clone).Own; p.Merged == p.Total {
		t.Errorf("the clone believes a receipt for lines that it never sent: %+v", p)
	}
	if crossing, err := exchange.CrossingOf(t.Context(), clone.ws); err != nil || crossing.Clear {
		t.Errorf("the clone may be wiped: %+v, %v", crossing, err)
	}
	send(t, clone, "hq", in.hq)
	if got := values(t, in.hq, target, "birth_place"); !got["Fra kopien"] {
		t.Errorf("birth place at headquarters %v", got)
	}
	if got := values(t, in.hq, target, "sex"); !got["female"] {
		t.Errorf("sex at headquarters %v", got)
	}
}

// TestFork_OwnLinesComeBack: a laptop set back to an older state gets its own lines back, from headquarters or a colleague,
// and goes on in a new epoch.
func TestFork_OwnLinesComeBack(t *testing.T) {
	for _, colleague := range []bool{false, true} {
		in := mustInstall(t)
		file, target := in.mustWork(t)
		a, from := in.laptops[0], in.hq
		mustImport(t, in.hq, file)
		send(t, in.hq, a.name, a)
		old := mustClone(t, a)
		mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
		if colleague {
			from = in.laptops[1]
			send(t, a, from.name, from)
		} else {
			send(t, a, "hq", in.hq)
		}
		old.set(today.Add(time.Hour))
		node := map[bool]string{false: "hq", true: from.name}[colleague]
		send(t, old, node, from) // says how little it has
		send(t, from, a.name, old)
		if got := values(t, old, target, "sex"); !got["female"] {
			t.Fatalf("colleague %v: the laptop's own line does not come back: %v", colleague, got)
		}
		epochs := epochsOf(old)
		mustSet(t, old, target, map[string]domain.Answer{"civil_status": text("married")})
		if epochsOf(old) != epochs+1 {
			t.Error("it goes on in the old epoch")
		}
		if result := send(t, old, "hq", in.hq); len(result.Reasons) != 0 {
			t.Errorf("reasons %v", result.Reasons)
		}
		if got := values(t, in.hq, target, "civil_status"); !got["married"] {
			t.Errorf("civil status %v", got)
		}
	}
}

// TestFork_SameNumberOtherFile: two files under one number are an alarm, a number left out is information (security.md 6.7).
func TestFork_SameNumberOtherFile(t *testing.T) {
	in := mustInstall(t)
	_, target := in.mustWork(t) // file 1, on its way
	a := in.laptops[0]
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	second := mustExport(t, a, "hq").File
	if result := mustImport(t, in.hq, second); len(result.Gaps) != 0 {
		t.Errorf("gaps %+v: file 2 repeats what was not acknowledged", result.Gaps)
	}
	d := mustDevice(t, in.hq, a.name)
	if d.MissingBundles.Count() != 1 || !d.MissingBundles.Contains(1) || len(d.Forks) != 0 {
		t.Errorf("missing %v, forks %+v", d.MissingBundles, d.Forks)
	}
	clone := mustClone(t, a)
	send(t, a, "hq", in.hq)
	if err := clone.ws.FlushAudit(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	mustImport(t, in.hq, mustExport(t, clone, "hq").File)
	found := false
	for _, fork := range mustDevice(t, in.hq, a.name).Forks {
		found = found || fork.Sequence == 3
	}
	if !found {
		t.Errorf("no alarm for two files number 3: %+v", mustDevice(t, in.hq, a.name).Forks)
	}
}

// Two copies of a laptop both put another line with the same number into a file, and headquarters gets one of the files only.
// Its receipt speaks of the number. The other copy must not take its own line for arrived: a wipe or purge would lose it.
func TestFork_ReceiptForTheTwinsLine(t *testing.T) {
	for _, written := range []bool{false, true} { // on, at headquarters: such a line names the twin's by the same name
		in := mustInstall(t)
		receiptForTheTwin(t, in, written)
	}
}

func receiptForTheTwin(t *testing.T, in *installation, written bool) {
	t.Helper()
	other := "Fra kopien"
	file, target := in.mustWork(t)
	a := in.laptops[0]
	mustImport(t, in.hq, file)
	send(t, in.hq, a.name, a)
	clone := mustClone(t, a)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Fra originalen")})
	mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Fra kopien")})
	mustExport(t, a, "hq") // a file that gets lost
	mustImport(t, in.hq, mustExport(t, clone, "hq").File)
	if written {
		other = "Fra hovedkontoret"
		mustSet(t, in.hq, target, map[string]domain.Answer{"birth_place": text(other)})
	}

	before := mustStatus(t, a).Own
	send(t, in.hq, a.name, a)
	own := mustStatus(t, a).Own
	if own.Merged >= own.Total {
		t.Fatalf("the receipt for the twin's line counts as one for its own: %+v, before %+v", own, before)
	}
	crossing, err := exchange.CrossingOf(t.Context(), a.ws)
	if err != nil || crossing.Clear || crossing.Lost == 0 {
		t.Errorf("the machine may be emptied: %+v, %v", crossing, err)
	}
	// What both copies have, and headquarters too, still counts: only the twin's line is in doubt.
	if own.Merged == 0 {
		t.Errorf("nothing counts as merged any more: %+v", own)
	}
	send(t, a, "hq", in.hq)
	if got := values(t, in.hq, target, "birth_place"); len(got) != 2 || !got["Fra originalen"] || !got[other] {
		t.Errorf("birth place at headquarters: %v, want both", got)
	}
	send(t, in.hq, a.name, a)
	if crossing, err = exchange.CrossingOf(t.Context(), a.ws); err != nil || crossing.Lost != 0 {
		t.Errorf("after its own receipt: %+v, %v", crossing, err)
	}
}
