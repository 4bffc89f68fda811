package exchange_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// history is what two laptops sent to headquarters, and headquarters as it was before anything came.
type history struct {
	in     *installation
	before *machine // locked
	files  []string // a1 b1 a2 b2 a3 b3
	caseID uuid.UUID
	person uuid.UUID
}

// mustHistory lets two laptops write and send in turn. Each receipt lets the next file begin where the one before ended,
// so that a file that is left out makes a gap.
func mustHistory(t *testing.T) *history {
	t.Helper()
	h := &history{in: mustInstall(t)}
	h.caseID, h.person = h.in.mustCaseload(t)
	h.in.hq.lock(t)
	h.before = h.in.hq.copyOf(t)
	h.in.hq.unlock(t, slotHQS)
	for round := range 3 {
		for i, m := range h.in.laptops {
			name := fmt.Sprintf("%s %d", m.name, round)
			target := workspace.Target{Type: "person", ID: h.person, Case: h.caseID}
			mustSet(t, m, target, map[string]domain.Answer{"birth_place": text(name), "sex": text([]string{"female", "male"}[i]), "birth": text(fmt.Sprint(1990 + 2*round + i))})
			mustSet(t, m, workspace.Target{Type: "language", Case: h.caseID, Subject: h.person}, map[string]domain.Answer{"language": text("swa")})
			mustSet(t, m, workspace.Target{Type: "health", Case: h.caseID, Subject: h.person}, map[string]domain.Answer{"note": text(name)})
			mustSet(t, m, workspace.Target{Type: "sealed_note", Case: h.caseID, Subject: h.person}, map[string]domain.Answer{"note": text(name)})
			if round == 1 {
				mustSet(t, m, target, map[string]domain.Answer{"birth_place": {}})
			}
			exported := mustExport(t, m, "hq")
			h.files = append(h.files, exported.File)
			mustImport(t, h.in.hq, exported.File)
			send(t, h.in.hq, m.name, m)
		}
	}
	return h
}

// fresh is headquarters as it was before anything came.
func (h *history) fresh(t testing.TB) *machine {
	t.Helper()
	m := h.before.copyOf(t)
	m.unlock(t, slotHQS)
	return m
}

// TestImport_AnyOrderSameDigest: security.md 16, "any permutation of a set of bundles"; pains.md row 10.
func TestImport_AnyOrderSameDigest(t *testing.T) {
	h := mustHistory(t)
	want := digest(t, h.in.hq)
	orders := [][]int{{5, 4, 3, 2, 1, 0}, {4, 0, 5, 2, 1, 3}, {2, 2, 0, 5, 2, 0, 4, 3, 1, 1}}
	random := rand.New(rand.NewPCG(20261122, 5))
	for range 2 {
		orders = append(orders, append(random.Perm(6), random.IntN(6), random.IntN(6)))
	}
	for _, order := range orders {
		m := h.fresh(t)
		for _, i := range order {
			mustImport(t, m, h.files[i])
		}
		if got := digest(t, m); got != want {
			t.Errorf("order %v: %s, want %s", order, got, want)
		}
		if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
			t.Errorf("order %v: %v", order, err)
		}
		m.lock(t)
	}
	// The test must be able to fail: without one of the files the state is another.
	m := h.fresh(t)
	for _, file := range h.files[:5] {
		mustImport(t, m, file)
	}
	if digest(t, m) == want {
		t.Error("the digest does not see a missing file")
	}
}

// TestImport_EqualsRebuild: what headquarters shows is what the definition of the merge gives for its lines, also with gaps.
func TestImport_EqualsRebuild(t *testing.T) {
	h := mustHistory(t)
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5}, {5, 0, 3}, {4, 2, 1}} {
		m := h.fresh(t)
		for _, i := range order {
			mustImport(t, m, h.files[i])
			equalsRebuild(t, m)
		}
		m.lock(t)
	}
}

func equalsRebuild(t testing.TB, m *machine) {
	t.Helper()
	for _, c := range domain.AllCompartments {
		if c.Boxed() || !m.ws.Register().Holds(domain.RingOf(c)) {
			continue
		}
		want := oplog.Rebuild(lines(t, m, c))
		for object, err := range m.ws.Register().Objects(t.Context(), c, register.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			defined := want[object.ID]
			if defined == nil {
				t.Errorf("%s %s %s is not in the rebuilt state", c, object.Type, object.ID)
				continue
			}
			delete(want, object.ID)
			a, errA := object.Encode()
			b, errB := defined.Encode()
			if errA != nil || errB != nil || string(a) != string(b) {
				t.Errorf("%s %s differs from the rebuilt state:\n%s\n%s", c, object.Type, a, b)
			}
		}
		for _, object := range want {
			t.Errorf("%s %s %s is missing", c, object.Type, object.ID)
		}
	}
}

// TestImport_GapNamedAndClosed: pains.md row 17; security.md 6.7.
func TestImport_GapNamedAndClosed(t *testing.T) {
	h := mustHistory(t)
	m, a := h.fresh(t), h.in.laptops[0].name
	mustImport(t, m, h.files[0])
	result := mustImport(t, m, h.files[4]) // a3 without a2
	if len(result.Gaps) == 0 {
		t.Fatal("import names no gap")
	}
	for _, gap := range result.Gaps {
		if gap.Compartment == "case" && gap.Missing.Count() == 0 {
			t.Errorf("empty gap %+v", gap)
		}
	}
	find := func() exchange.DeviceStatus {
		for _, d := range mustStatus(t, m).Devices {
			if d.Alias == a {
				return d
			}
		}
		t.Fatal("no status of the laptop")
		return exchange.DeviceStatus{}
	}
	if d := find(); len(d.Gaps) != len(result.Gaps) {
		t.Errorf("status names %d gaps, import %d", len(d.Gaps), len(result.Gaps))
	}
	mustImport(t, m, h.files[2])
	if d := find(); len(d.Gaps) != 0 {
		t.Errorf("gaps after the missing file came: %+v", d.Gaps)
	}
	equalsRebuild(t, m)
}

// TestImport_ReceiptAsksForTheGap: the laptop sends again what headquarters misses, though it sent it before.
func TestImport_ReceiptAsksForTheGap(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	send(t, a, "hq", in.hq)
	send(t, in.hq, a.name, a)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	mustExport(t, a, "hq") // this stick is lost
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	again := mustExport(t, a, "hq")
	if again.Repeated == 0 {
		t.Error("nothing is repeated, though nothing was acknowledged")
	}
	result := mustImport(t, in.hq, again.File)
	if len(result.Gaps) != 0 {
		t.Errorf("gaps %+v", result.Gaps)
	}
	record, err := in.hq.ws.Get(t.Context(), "person", person)
	if err != nil || record.Text("birth_place") != "Landsbyen" || record.Conflicted("birth_place") {
		t.Errorf("birth place %q, %v", record.Text("birth_place"), err)
	}
}

// TestMerge_PeersThenHQ: two laptops exchange open and case between themselves, both then send to headquarters, and all three
// agree; nothing of special or sealed passes between the laptops (security.md 6.3).
func TestMerge_PeersThenHQ(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female"), "birth": text("1991")})
	mustSet(t, b, target, map[string]domain.Answer{"birth_place": text("Byen"), "birth": text("1992")})
	mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("særlig")})
	mustSet(t, a, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("forseglet")})

	toB := mustExport(t, a, b.name)
	for _, c := range []string{"special", "sealed", "audit"} {
		if toB.Lines[c] != 0 {
			t.Errorf("%d lines of %s go to a colleague", toB.Lines[c], c)
		}
	}
	mustImport(t, b, toB.File)
	send(t, b, a.name, a)
	for _, m := range in.laptops {
		record, err := m.ws.Get(t.Context(), "person", person)
		if err != nil || record.Text("sex") != "female" || record.Text("birth_place") != "Byen" {
			t.Errorf("%s: sex %q, birth place %q, %v", m.name, record.Text("sex"), record.Text("birth_place"), err)
		}
		var values []string
		for _, head := range record.Heads("birth") {
			values = append(values, head.Answer.Text())
		}
		slices.Sort(values)
		if !slices.Equal(values, []string{"1991", "1992"}) {
			t.Errorf("%s: birth %v, want both values", m.name, values)
		}
	}
	if health, err := b.ws.Objects(t.Context(), "health", uuid.Nil); err != nil || len(health) != 0 {
		t.Errorf("the colleague has %d health records, %v", len(health), err)
	}
	// The file among the laptops is for headquarters too: it must not count as arrived before headquarters says so.
	if status := mustStatus(t, a); status.Own.Merged != 0 || status.Own.Stored != 0 {
		t.Errorf("a colleague's file counts as received: %+v", status.Own)
	}
	send(t, b, "hq", in.hq)
	send(t, a, "hq", in.hq)
	equalsRebuild(t, in.hq)
	conflicts, err := in.hq.ws.Conflicts(t.Context())
	if err != nil || len(conflicts) != 1 || len(conflicts[0].Heads) != 2 {
		t.Fatalf("conflicts at headquarters: %+v, %v", conflicts, err)
	}
	if _, err := in.hq.ws.Resolve(t.Context(), conflicts[0], text("1992"), "vist dokument"); err != nil {
		t.Fatal(err)
	}
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
		record, err := m.ws.Get(t.Context(), "person", person)
		if err != nil || record.Text("birth") != "1992" || record.Conflicted("birth") {
			t.Errorf("%s: birth %q, conflicted %v, %v", m.name, record.Text("birth"), record.Conflicted("birth"), err)
		}
	}
}

// TestMerge_RemovedAndEdited: what one laptop removed and another went on writing is for a person to decide.
func TestMerge_RemovedAndEdited(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	row := mustSet(t, in.hq, workspace.Target{Type: "language", Case: caseID, Subject: person}, map[string]domain.Answer{"language": text("swa")})
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
	}
	target := workspace.Target{Type: "language", ID: row.ID(), Case: caseID}
	if err := a.ws.Remove(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	b.set(today.Add(3600e9))
	mustSet(t, b, target, map[string]domain.Answer{"language": text("lin")})
	send(t, a, "hq", in.hq)
	if result := send(t, b, "hq", in.hq); result.Conflicts != 1 {
		t.Errorf("import counts %d conflicts, want 1", result.Conflicts)
	}
	conflicts, err := in.hq.ws.Conflicts(t.Context())
	if err != nil || len(conflicts) != 1 || conflicts[0].Field != "_deleted" || len(conflicts[0].Heads) != 2 {
		t.Fatalf("conflicts %+v, %v", conflicts, err)
	}
	in.hq.set(today.Add(2 * 3600e9))
	if _, err := in.hq.ws.Resolve(t.Context(), conflicts[0], domain.Answer{Value: false}, "samtalt med begge"); err != nil {
		t.Fatal(err)
	}
	if conflicts, err = in.hq.ws.Conflicts(t.Context()); err != nil || len(conflicts) != 0 {
		t.Errorf("conflicts after the decision: %+v, %v", conflicts, err)
	}
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
		rows, err := m.ws.Objects(t.Context(), "language", caseID)
		if err != nil || len(rows) != 1 {
			t.Errorf("%s: %d rows, %v", m.name, len(rows), err)
		}
	}
}
