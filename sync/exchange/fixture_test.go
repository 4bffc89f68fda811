package exchange_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
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

// Slots of headquarters in the order of their users.
const (
	slotHQS = iota
	slotDPO
	slotHQC
	slotADM
)

var keysPass = []byte("training words for the keys only")

var missionID = uuid.MustParse("01930000-0000-7000-8000-000000000001")

// templates are installations made once and copied for each test: making one takes seconds.
var templates = map[bool]func() (string, error){
	true:  sync.OnceValues(func() (string, error) { return makeInstallation(true) }),
	false: sync.OnceValues(func() (string, error) { return makeInstallation(false) }),
}

var templateRoot string

func TestMain(m *testing.M) {
	var err error
	if templateRoot, err = os.MkdirTemp("", "exchange"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(templateRoot)
	os.Exit(code)
}

func machinesIn(dir string) *installation {
	in := &installation{dir: dir, mission: missionID}
	in.hq = &machine{dir: filepath.Join(dir, "hq"), name: "hq", pass: []byte("eleven odd words to open headquarters"), now: today}
	for i, name := range []string{"laptop-a", "laptop-b"} {
		in.laptops[i] = &machine{dir: filepath.Join(dir, name), name: name, pass: []byte("eleven odd words to open " + name), now: today}
	}
	return in
}

func (m *machine) open(slot int) error {
	info, err := workspace.Peek(m.dir)
	if err != nil {
		return err
	}
	m.ws, err = workspace.Unlock(context.Background(), m.dir, info.Users[slot].Slot, slices.Clone(m.pass), workspace.Options{Clock: clock.Func(m.Now)})
	return err
}

// makeInstallation makes headquarters with a user of each kind and two laptops, enrolled with each other and locked.
func makeInstallation(training bool) (string, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp(templateRoot, "installation")
	if err != nil {
		return "", err
	}
	in := machinesIn(dir)
	keys := filepath.Join(dir, "keys")
	if _, err := exchange.InitRoot(keys, keysPass, training, today); err != nil {
		return "", err
	}
	_, err = exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: in.hq.dir, Keys: keys, Passphrase: keysPass, Kit: filepath.Join(dir, "kit"), Alias: "HQ", Training: training, KDF: vault.TestKDF, Now: today,
		Users: []workspace.NewUser{
			{Alias: "H", Role: domain.HQS, Passphrase: in.hq.pass},
			{Alias: "P", Role: domain.DPO, Passphrase: in.hq.pass},
			{Alias: "C", Role: domain.HQC, Passphrase: in.hq.pass},
			{Alias: "D", Role: domain.ADM, Passphrase: in.hq.pass},
		},
	})
	if err != nil {
		return "", err
	}
	if err := in.hq.open(slotHQS); err != nil {
		return "", err
	}
	for i, m := range in.laptops {
		requested, err := exchange.Request(ctx, in.requestOptions(m, i))
		if err != nil {
			return "", err
		}
		pending, err := exchange.ReadRequest(ctx, in.hq.ws, requested.File, wordsLang)
		if err != nil {
			return "", err
		}
		file, err := exchange.Approve(ctx, in.hq.ws, pending, in.approveOptions(m, i, requested.Words))
		if err != nil {
			return "", err
		}
		if err := m.open(0); err != nil {
			return "", err
		}
		if err := errors.Join(exchange.Accept(ctx, m.ws, file), m.ws.Close()); err != nil {
			return "", err
		}
	}
	return dir, in.hq.ws.Close()
}

func (in *installation) requestOptions(m *machine, i int) exchange.RequestOptions {
	return exchange.RequestOptions{
		Dir: m.dir, Trust: filepath.Join(in.dir, "keys", "public"), Alias: m.name, Role: domain.INT, User: string(rune('A' + i)), Passphrase: m.pass, KDF: vault.TestKDF,
		Now: today, Out: filepath.Join(in.dir, m.name+"-request.feltbok"), Lang: wordsLang,
	}
}

func (in *installation) approveOptions(m *machine, i int, words []string) exchange.ApproveOptions {
	return exchange.ApproveOptions{
		Keys: filepath.Join(in.dir, "keys"), Passphrase: keysPass, Mission: in.mission, Until: today.AddDate(0, 1, 0), Alias: m.name, UserAlias: string(rune('A' + i)),
		Role: domain.INT, Words: words, Lang: wordsLang, Out: filepath.Join(in.dir, m.name+"-enrol.feltbok"),
	}
}

// mustInstall gives a test its own copy of an installation, all unlocked, headquarters by HQS.
func mustInstall(t testing.TB) *installation {
	t.Helper()
	return mustInstallWorld(t, true)
}

func mustInstallWorld(t testing.TB, training bool) *installation {
	t.Helper()
	from, err := templates[training]()
	if err != nil {
		t.Fatal(err)
	}
	in := machinesIn(t.TempDir())
	mustCopy(t, in.dir, from)
	for _, m := range in.all() {
		m.unlock(t, 0)
	}
	return in
}

func (in *installation) all() []*machine { return []*machine{in.hq, in.laptops[0], in.laptops[1]} }

func mustCopy(t testing.TB, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// copyOf is another machine made of a machine's folder, as a restored disk image is. The original must be locked.
func (m *machine) copyOf(t testing.TB) *machine {
	t.Helper()
	c := &machine{dir: filepath.Join(t.TempDir(), m.name), name: m.name, pass: m.pass, now: m.Now()}
	mustCopy(t, c.dir, m.dir)
	return c
}

func (m *machine) unlock(t testing.TB, slot int) {
	t.Helper()
	if err := m.open(slot); err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	ws := m.ws
	t.Cleanup(func() { ws.Close() })
}

func (m *machine) lock(t testing.TB) {
	t.Helper()
	if err := m.ws.Close(); err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
}

// as locks a machine and opens it for another user.
func (m *machine) as(t testing.TB, slot int) {
	t.Helper()
	m.lock(t)
	m.unlock(t, slot)
}

func mustExport(t testing.TB, from *machine, to ...string) *exchange.Exported {
	t.Helper()
	exported, err := exchange.Export(t.Context(), from.ws, exchange.ExportOptions{To: to, Out: t.TempDir()})
	if err != nil {
		t.Fatalf("export from %s: %v", from.name, err)
	}
	return exported
}

func mustImport(t testing.TB, at *machine, file string) *exchange.Result {
	t.Helper()
	result, err := exchange.Import(t.Context(), at.ws, file, nil)
	if err != nil {
		t.Fatalf("import at %s: %v", at.name, err)
	}
	return result
}

func mustStatus(t testing.TB, m *machine) *exchange.Status {
	t.Helper()
	status, err := exchange.StatusOf(t.Context(), m.ws)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func wantCode(t testing.TB, what string, err error, codes ...string) {
	t.Helper()
	if !slices.Contains(codes, fault.Code(err)) {
		t.Errorf("%s: got %v, want %s", what, err, strings.Join(codes, " or "))
	}
}

// digest is one hash over every object of a machine that its user can read, sealed ones included. Audit lines are left out:
// they are written by looking.
func digest(t testing.TB, m *machine) string {
	t.Helper()
	var states []string
	reg := m.ws.Register()
	for _, c := range domain.AllCompartments {
		if c.Boxed() || !reg.Holds(domain.RingOf(c)) {
			continue
		}
		for object, err := range reg.Objects(t.Context(), c, register.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			encoded, err := object.Encode()
			if err != nil {
				t.Fatal(err)
			}
			states = append(states, fmt.Sprintf("%s %s %s %s", c, object.Type, object.ID, encoded))
		}
	}
	cases, err := m.ws.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, summary := range cases {
		file, err := m.ws.OpenCase(t.Context(), summary.ID, workspace.Everything...)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range file.Sealed() {
			for _, field := range record.Fields() {
				states = append(states, fmt.Sprintf("sealed %s %s %v", record.ID(), field, record.Heads(field)))
			}
		}
	}
	slices.Sort(states)
	return fmt.Sprintf("%d objects %x", len(states), sha256.Sum256([]byte(strings.Join(states, "\n"))))
}

// counts is what must stay the same when a file is refused or only looked at: lines, commits and objects.
func counts(t testing.TB, m *machine) string {
	t.Helper()
	var b bytes.Buffer
	for _, c := range domain.AllCompartments {
		fmt.Fprintf(&b, "%s %d %d\n", c, m.ws.Register().Count(c), m.ws.Register().Commit(domain.RingOf(c)))
	}
	return b.String()
}

// lines reads every line of a compartment with the verdict on it.
func lines(t testing.TB, m *machine, c domain.Compartment) []oplog.Visible {
	t.Helper()
	invisible := map[oplog.Name]bool{}
	for _, q := range m.ws.Quarantine() {
		if q.Compartment == c {
			invisible[q.Name] = true
		}
	}
	var all []oplog.Visible
	for _, state := range m.ws.Register().Chains(c) {
		for stored, err := range m.ws.Register().Lines(t.Context(), state.Chain, 1, state.Have.Last()) {
			if err != nil {
				t.Fatal(err)
			}
			if line, err := oplog.Parse(stored.Bytes); err == nil {
				all = append(all, oplog.Visible{Line: line, Visible: !invisible[line.Name()]})
			}
		}
	}
	return all
}

// send exports from one machine and imports at another.
func send(t testing.TB, from *machine, to string, receiver *machine) *exchange.Result {
	t.Helper()
	return mustImport(t, receiver, mustExport(t, from, to).File)
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
