package workspace_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
)

// mustSpoil changes the register file of a locked machine by plain SQL.
func mustSpoil(t testing.TB, m *machine, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(m.dir, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.Exec(statement)
	if err == nil {
		if n, _ := result.RowsAffected(); n == 0 {
			err = errors.New("nothing changed")
		}
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (m *machine) unlockReadOnly(t testing.TB) *workspace.Workspace {
	t.Helper()
	info, err := workspace.Peek(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := workspace.Unlock(t.Context(), m.dir, info.Users[0].Slot, slices.Clone(passphrase), workspace.Options{Clock: clock.Func(m.Now), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	return ws
}

// lastCaseObject is the newest object row of the compartment case: one person, a case was written before it.
const lastCaseObject = "rowid=(SELECT max(rowid) FROM object WHERE compartment=2)"

// A damaged workspace opens for reading with its healthy rest, every way of writing is refused, and nothing changes; the
// salvaged one has the lost object again, made from its lines, and goes on in new epochs.
func TestReadOnly_ThenSalvage(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	mustSet(t, m, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"mobility": text("no_stairs")})
	m.lock(t)
	mustSpoil(t, m, "UPDATE object SET body=zeroblob(300) WHERE "+lastCaseObject)
	file := mustRead(t, m)
	var slot string
	if info, err := workspace.Peek(m.dir); err != nil {
		t.Fatal(err)
	} else {
		slot = info.Users[0].Slot
	}
	if err := m.open(0); fault.Code(err) != "V-ROW" && fault.Code(err) != "V-ROOT" {
		t.Fatalf("the damage is not noticed: %v", err)
	}
	ws := m.unlockReadOnly(t)
	if !ws.ReadOnly() || len(ws.Damage()) == 0 || ws.Damage()[0].Code != "V-ROW" {
		t.Errorf("read-only %v, damage %+v", ws.ReadOnly(), ws.Damage())
	}
	before := ws.OwnEpochs()
	if len(before) == 0 {
		t.Fatal("no chain of this machine")
	}
	cases, err := ws.Cases(t.Context())
	if err != nil || len(cases) != 1 || cases[0].ID != caseID {
		t.Errorf("cases %+v, %v", cases, err)
	}
	if got, err := ws.Get(t.Context(), "person", person); got != nil && err == nil {
		t.Error("the damaged person is shown")
	}
	// A P3 reading is allowed and not put on record.
	if opened, err := ws.OpenCase(t.Context(), caseID, workspace.Everything...); err != nil || opened == nil {
		t.Errorf("open case: %v", err)
	}
	target := workspace.Target{Type: "case", ID: caseID, Case: caseID}
	for name, err := range map[string]error{
		"set":            errorOf(ws.Set(t.Context(), target, map[string]domain.Answer{"status": text("mapped")})),
		"remove":         ws.Remove(t.Context(), target),
		"apply":          errorOf(ws.Apply(t.Context(), workspace.Batch{}, false)),
		"flush":          ws.FlushAudit(t.Context(), true),
		"backup":         ws.Backup(t.Context(), filepath.Join(t.TempDir(), "b.db")),
		"replace epochs": ws.ReplaceEpochs(t.Context(), nil),
	} {
		if fault.Code(err) != "V-SALVAGE" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ws.Close(); err != nil {
		t.Error(err)
	}
	if !slices.Equal(file, mustRead(t, m)) {
		t.Error("reading changed the register")
	}

	to := filepath.Join(t.TempDir(), "new")
	report, err := workspace.Salvage(context.Background(), m.dir, to, slot, passphrase, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Whole() || report.Rebuilt != 1 || !slices.Contains(report.Cases, caseID) {
		t.Errorf("report %+v", report)
	}
	saved := &machine{dir: to, now: today}
	saved.unlock(t, 0)
	got, err := saved.ws.Get(t.Context(), "person", person)
	if err != nil || got == nil || got.Text("family_name") != "Mappe" {
		t.Errorf("person after salvage %v, %v", got, err)
	}
	if saved.ws.ReadOnly() || len(saved.ws.Damage()) != 0 {
		t.Error("salvaged workspace is read-only")
	}
	mustSet(t, saved, target, map[string]domain.Answer{"status": text("mapped")})
	for chain, last := range saved.ws.OwnEpochs() {
		if old, known := before[chain]; known && last > old {
			t.Errorf("chain %s of an old epoch grew from %d to %d", chain, old, last)
		}
	}
	if chain, fresh := newest(saved.ws.OwnEpochs(), before); !fresh || saved.ws.Audience(chain.Epoch) == "" {
		t.Error("no new epoch was begun")
	}
	for chain := range before {
		if saved.ws.Audience(chain.Epoch) == "" {
			t.Errorf("audience of the old epoch %s is forgotten", chain)
		}
	}
	saved.lock(t)
	saved.unlock(t, 0)
	if _, err := saved.ws.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func newest(now, before map[oplog.Chain]uint64) (oplog.Chain, bool) {
	for chain := range now {
		if _, known := before[chain]; !known {
			return chain, true
		}
	}
	return oplog.Chain{}, false
}

func errorOf[T any](_ T, err error) error { return err }

func mustRead(t testing.TB, m *machine) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(m.dir, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Without a device record a workspace cannot work any more, and still shows what it has.
func TestReadOnly_WithoutDeviceRecord(t *testing.T) {
	m := mustLaptop(t)
	caseID, _ := mustCase(t, m)
	m.lock(t)
	mustSpoil(t, m, "DELETE FROM system_value WHERE ring=1 AND name IN (10, 11, 13)")
	ws := m.unlockReadOnly(t)
	if cases, err := ws.Cases(t.Context()); err != nil || len(cases) != 1 || cases[0].ID != caseID {
		t.Errorf("cases %+v, %v", cases, err)
	}
	if me := ws.Me(); me.Role != "" || me.User == uuid.Nil || !me.Training {
		t.Errorf("me %+v", me)
	}
}

// The files beside the register come along; one that cannot be read is named.
func TestSalvage_FilesBeside(t *testing.T) {
	m := mustLaptop(t)
	mustCase(t, m)
	m.lock(t)
	for name, content := range map[string]string{"held/a.age": "held", "sent/b.feltbok": "sent", "backup/c.db": "backup", "inbox/d.part": "part"} {
		path := filepath.Join(m.dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := workspace.Peek(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "new")
	report, err := workspace.Salvage(t.Context(), m.dir, to, info.Users[0].Slot, passphrase, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Whole() || len(report.LostFiles) != 0 || report.Rebuilt != 0 {
		t.Errorf("report %+v", report)
	}
	for name, want := range map[string]bool{"held/a.age": true, "sent/b.feltbok": true, "backup/c.db": false, "inbox/d.part": false} {
		if _, err := os.Stat(filepath.Join(to, filepath.FromSlash(name))); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := workspace.Salvage(t.Context(), m.dir, to, info.Users[0].Slot, passphrase, nil); fault.Code(err) != "V-EXISTS" {
		t.Errorf("into a folder that is not empty: %v", err)
	}
	if r, err := register.Peek(to); err != nil || r.Vault != info.Vault {
		t.Errorf("peek %+v, %v", r, err)
	}
}
