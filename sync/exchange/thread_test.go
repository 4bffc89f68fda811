package exchange_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

const wordsLang = "nb"

// today is the wall clock of every machine in these tests, unless a test sets another.
var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// installation is headquarters with two laptops, all training workspaces, enrolled with each other.
type installation struct {
	dir     string
	mission uuid.UUID
	hq      *machine
	laptops [2]*machine
}

type machine struct {
	dir  string
	name string
	pass []byte
	mu   sync.Mutex
	now  time.Time
	ws   *workspace.Workspace
}

func (m *machine) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(time.Second)
	return m.now
}

func (m *machine) set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t
}

func (m *machine) unlock(t testing.TB, slot int) {
	t.Helper()
	info, err := workspace.Peek(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	m.ws, err = workspace.Unlock(t.Context(), m.dir, info.Users[slot].Slot, append([]byte(nil), m.pass...), workspace.Options{Clock: clock.Func(m.Now)})
	if err != nil {
		t.Fatal(err)
	}
}

func mustInstall(t testing.TB) *installation {
	t.Helper()
	in := &installation{dir: t.TempDir(), mission: uuid.MustParse("01930000-0000-7000-8000-000000000001")}
	keys, public := filepath.Join(in.dir, "keys"), filepath.Join(in.dir, "keys", "public")
	pass := []byte("training words for the keys only")
	ctx := t.Context()
	if _, err := exchange.InitRoot(keys, pass, true, today); err != nil {
		t.Fatal(err)
	}
	in.hq = &machine{dir: filepath.Join(in.dir, "hq"), name: "hq", pass: []byte("five words to open headquarters"), now: today}
	_, err := exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: in.hq.dir, Keys: keys, Passphrase: pass, Kit: filepath.Join(in.dir, "kit"), Alias: "HQ", Training: true, KDF: vault.TestKDF, Now: today,
		Users: []workspace.NewUser{
			{Alias: "H", Role: domain.HQS, Passphrase: in.hq.pass}, {Alias: "P", Role: domain.DPO, Passphrase: in.hq.pass},
			{Alias: "C", Role: domain.HQC, Passphrase: in.hq.pass},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	in.hq.unlock(t, 0)
	t.Cleanup(func() { in.hq.ws.Close() })
	for i, name := range []string{"laptop-a", "laptop-b"} {
		m := &machine{dir: filepath.Join(in.dir, name), name: name, pass: []byte("five words to open " + name), now: today}
		in.laptops[i] = m
		requested, err := exchange.Request(ctx, exchange.RequestOptions{
			Dir: m.dir, Trust: public, Alias: name, Role: domain.INT, User: string(rune('A' + i)), Passphrase: m.pass, KDF: vault.TestKDF, Now: today,
			Out: filepath.Join(in.dir, name+"-request.feltbok"), Lang: wordsLang,
		})
		if err != nil {
			t.Fatal(err)
		}
		pending, err := exchange.ReadRequest(ctx, in.hq.ws, requested.File, wordsLang)
		if err != nil {
			t.Fatal(err)
		}
		file, err := exchange.Approve(ctx, in.hq.ws, pending, exchange.ApproveOptions{
			Keys: keys, Passphrase: pass, Mission: in.mission, Until: today.AddDate(0, 1, 0), Alias: name, UserAlias: string(rune('A' + i)), Role: domain.INT,
			Words: requested.Words, Lang: wordsLang, Out: filepath.Join(in.dir, name+"-enrol.feltbok"),
		})
		if err != nil {
			t.Fatal(err)
		}
		m.unlock(t, 0)
		if err := exchange.Accept(ctx, m.ws, file); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.ws.Close() })
	}
	return in
}

// send exports from one machine and imports at another.
func send(t testing.TB, from *machine, to string, receiver *machine) *exchange.Result {
	t.Helper()
	exported, err := exchange.Export(t.Context(), from.ws, exchange.ExportOptions{To: []string{to}, Out: t.TempDir()})
	if err != nil {
		t.Fatalf("export from %s: %v", from.name, err)
	}
	result, err := exchange.Import(t.Context(), receiver.ws, exported.File, nil)
	if err != nil {
		t.Fatalf("import at %s: %v", receiver.name, err)
	}
	return result
}

func mustSet(t testing.TB, m *machine, target workspace.Target, answers map[string]domain.Answer) *workspace.Record {
	t.Helper()
	record, err := m.ws.Set(t.Context(), target, answers)
	if err != nil {
		t.Fatalf("%s writes %s: %v", m.name, target.Type, err)
	}
	return record
}

func text(s string) domain.Answer { return domain.Answer{Value: s} }

// mustCaseload gives the mission one case with one person and sends it to both laptops.
func (in *installation) mustCaseload(t testing.TB) (caseID, person uuid.UUID) {
	t.Helper()
	mission := workspace.Target{Type: "mission", ID: in.mission, Mission: in.mission}
	mustSet(t, in.hq, mission, map[string]domain.Answer{"name": text("Uttak prøve"), "mission_code": text("2026-UGA-01")})
	record := mustSet(t, in.hq, workspace.Target{Type: "case"}, map[string]domain.Answer{
		"unhcr_case_no": text("200-24C00001"), "status": text("scheduled"), "mission": text(in.mission.String()),
	})
	caseID = record.ID()
	record = mustSet(t, in.hq, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": text("Test"), "family_name": text("Mappe"), "birth": text("1990"),
	})
	person = record.ID()
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
	}
	return caseID, person
}

// TestThread walks the whole way of an answer: two laptops, headquarters, a conflict, its resolution, receipts.
func TestThread(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	for _, m := range in.laptops {
		cases, err := m.ws.Cases(t.Context())
		if err != nil || len(cases) != 1 || cases[0].Name != "Test Mappe" {
			t.Fatalf("%s: cases %v, %v", m.name, cases, err)
		}
	}
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth": text("1991"), "sex": text("female")})
	mustSet(t, b, target, map[string]domain.Answer{"birth": text("1992"), "birth_place": text("Byen")})
	mustSet(t, a, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("bare for meg")})

	first := send(t, a, "hq", in.hq)
	if first.Conflicts != 0 || first.New["case"] == 0 || first.New["sealed"] == 0 {
		t.Fatalf("first import: %+v", first)
	}
	second := send(t, b, "hq", in.hq)
	if second.Conflicts != 1 {
		t.Fatalf("conflicts = %d, want 1 (birth)", second.Conflicts)
	}
	conflicts, err := in.hq.ws.Conflicts(t.Context())
	if err != nil || len(conflicts) != 1 || conflicts[0].Field != "birth" || len(conflicts[0].Heads) != 2 {
		t.Fatalf("conflicts %+v, %v", conflicts, err)
	}
	record := conflicts[0].Record
	if record.Text("sex") != "female" || record.Text("birth_place") != "Byen" {
		t.Error("different fields of one person did not merge")
	}
	if _, err := in.hq.ws.Resolve(t.Context(), conflicts[0], text("1991"), "vist dokument"); err != nil {
		t.Fatal(err)
	}
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
		got, err := m.ws.Get(t.Context(), "person", person)
		if err != nil || got.Text("birth") != "1991" || got.Conflicted("birth") {
			t.Errorf("%s: birth %q, conflicted %v, %v", m.name, got.Text("birth"), got.Conflicted("birth"), err)
		}
		status, err := exchange.StatusOf(t.Context(), m.ws)
		if err != nil || status.Own.Total == 0 || status.Own.Merged != status.Own.Total {
			t.Errorf("%s: status %+v, %v", m.name, status.Own, err)
		}
	}
	file, err := in.hq.ws.OpenCase(t.Context(), caseID)
	if err != nil || len(file.Sealed()) != 1 || file.Sealed()[0].Text("note") != "bare for meg" {
		t.Errorf("sealed at headquarters: %v, %v", file.Sealed(), err)
	}
}

// TestImport_TenTimes: pains.md row 12.
func TestImport_TenTimes(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	exported, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var lines int
	for i := range 10 {
		result, err := exchange.Import(context.Background(), in.hq.ws, exported.File, nil)
		if err != nil {
			t.Fatal(err)
		}
		count := in.hq.ws.Register().Count(domain.Case)
		if i == 0 {
			lines = count
		} else if !result.Repeated || count != lines {
			t.Fatalf("import %d: repeated %v, %d lines instead of %d", i+1, result.Repeated, count, lines)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(in.hq.dir, "inbox")); len(left) != 0 {
		t.Errorf("%d files left in inbox", len(left))
	}
}
