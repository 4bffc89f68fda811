package workspace_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// today is the wall clock of every machine in these tests, unless a test sets another.
var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

var missionID = uuid.MustParse("01930000-0000-7000-8000-000000000001")

var passphrase = []byte("eleven odd words to open this folder")

// hqRoles are the users of the headquarters in these tests, one of each role and a second interviewer, so that everything
// that depends on roles can be seen in one register.
var hqRoles = []domain.Role{
	domain.HQS, domain.DPO, domain.HQC, domain.INT, domain.INT, domain.MLD, domain.REM, domain.HQA, domain.QLM, domain.NCO, domain.NFA, domain.ADM,
}

const (
	slotHQS = iota
	slotDPO
	slotHQC
	slotINT
	slotINT2
	slotMLD
)

// machine is one folder with a clock of its own.
type machine struct {
	dir string
	mu  sync.Mutex
	now time.Time
	ws  *workspace.Workspace
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

func (m *machine) open(slot int) error {
	info, err := workspace.Peek(m.dir)
	if err != nil {
		return err
	}
	m.ws, err = workspace.Unlock(context.Background(), m.dir, info.Users[slot].Slot, slices.Clone(passphrase), workspace.Options{Clock: clock.Func(m.Now)})
	return err
}

func (m *machine) unlock(t testing.TB, slot int) {
	t.Helper()
	if err := m.open(slot); err != nil {
		t.Fatal(err)
	}
	ws := m.ws
	t.Cleanup(func() { ws.Close() })
}

func (m *machine) lock(t testing.TB) {
	t.Helper()
	if err := m.ws.Close(); err != nil {
		t.Fatal(err)
	}
}

// as locks a machine and opens it for another user.
func (m *machine) as(t testing.TB, slot int) {
	t.Helper()
	m.lock(t)
	m.unlock(t, slot)
}

var templateRoot string

// template is the installation that tests copy: making it takes seconds.
var template = sync.OnceValues(makeTemplate)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		work := writeForEver
		if os.Getenv(childAttaches) != "" {
			work = attachForEver
		}
		if err := work(dir); err != nil {
			fmt.Println("error:", err)
		}
		return
	}
	var err error
	if templateRoot, err = os.MkdirTemp("", "workspace"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(templateRoot)
	os.Exit(code)
}

func makeTemplate() (string, error) {
	ctx := context.Background()
	keys := filepath.Join(templateRoot, "keys")
	if _, err := exchange.InitRoot(keys, passphrase, true, today); err != nil {
		return "", err
	}
	hq := &machine{dir: filepath.Join(templateRoot, "hq"), now: today}
	var users []workspace.NewUser
	for i, role := range hqRoles {
		users = append(users, workspace.NewUser{Alias: fmt.Sprintf("%s-%d", role, i), Role: role, Passphrase: passphrase})
	}
	_, err := exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: hq.dir, Keys: keys, Passphrase: passphrase, Kit: filepath.Join(templateRoot, "kit"), Alias: "HQ", Training: true, KDF: vault.TestKDF, Now: today, Users: users,
	})
	if err != nil {
		return "", err
	}
	if err := hq.open(slotHQS); err != nil {
		return "", err
	}
	for i, name := range []string{"laptop", "colleague"} {
		if err := enrol(ctx, hq, keys, name, string(rune('A'+i))); err != nil {
			return "", err
		}
	}
	return templateRoot, hq.ws.Close()
}

func enrol(ctx context.Context, hq *machine, keys, name, user string) error {
	laptop := &machine{dir: filepath.Join(templateRoot, name), now: today}
	requested, err := exchange.Request(ctx, exchange.RequestOptions{
		Dir: laptop.dir, Trust: filepath.Join(keys, "public"), Alias: name, Role: domain.INT, User: user, Passphrase: passphrase, KDF: vault.TestKDF, Now: today,
		Out: filepath.Join(templateRoot, name+"-request.feltbok"), Lang: "nb",
	})
	if err != nil {
		return err
	}
	pending, err := exchange.ReadRequest(ctx, hq.ws, requested.File, "nb")
	if err != nil {
		return err
	}
	file, err := exchange.Approve(ctx, hq.ws, pending, exchange.ApproveOptions{
		Keys: keys, Passphrase: passphrase, Mission: missionID, Until: today.AddDate(0, 1, 0), Alias: name, UserAlias: user, Role: domain.INT,
		Words: requested.Words, Lang: "nb", Out: filepath.Join(templateRoot, name+"-enrol.feltbok"),
	})
	if err != nil {
		return err
	}
	if err := laptop.open(0); err != nil {
		return err
	}
	return errors.Join(exchange.Accept(ctx, laptop.ws, file), laptop.ws.Close())
}

// mustMachine gives a test its own copy of a machine: "hq", "laptop" or "colleague", locked.
func mustMachine(t testing.TB, name string) *machine {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{dir: filepath.Join(t.TempDir(), name), now: today}
	if err := os.CopyFS(m.dir, os.DirFS(filepath.Join(from, name))); err != nil {
		t.Fatal(err)
	}
	return m
}

// mustLaptop is an interviewer's machine, unlocked.
func mustLaptop(t testing.TB) *machine {
	t.Helper()
	m := mustMachine(t, "laptop")
	m.unlock(t, 0)
	return m
}

func mustSet(t testing.TB, m *machine, target workspace.Target, answers map[string]domain.Answer) *workspace.Record {
	t.Helper()
	record, err := m.ws.Set(t.Context(), target, answers)
	if err != nil {
		t.Fatalf("write %s: %v", target.Type, err)
	}
	return record
}

// mustCase writes a case with one person.
func mustCase(t testing.TB, m *machine) (caseID, person uuid.UUID) {
	t.Helper()
	caseID = mustSet(t, m, workspace.Target{Type: "case"}, map[string]domain.Answer{
		"unhcr_case_no": text("200-24C00001"), "status": text("scheduled"), "mission": text(missionID.String()),
	}).ID()
	person = mustSet(t, m, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{
		"given_names": text("Test"), "family_name": text("Mappe"), "birth": text("1990"),
	}).ID()
	return caseID, person
}

func text(s string) domain.Answer { return domain.Answer{Value: s} }

func wantCode(t testing.TB, what string, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

// lineCount counts every line of a machine but those of the audit log.
func lineCount(m *machine) (n int) {
	for _, c := range domain.AllCompartments {
		if c != domain.Audit {
			n += m.ws.Register().Count(c)
		}
	}
	return n
}
