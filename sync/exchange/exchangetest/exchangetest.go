// Package exchangetest sets up what tests of the exchange and its screens work on: a training headquarters and two laptops
// that are enrolled with each other, with invented people.
package exchangetest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// Today is the day on every machine when a test begins. Each look at a clock moves it by a second.
var Today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// Mission is the mission that the machines belong to.
var Mission = uuid.MustParse("01930000-0000-7000-8000-000000000001")

// KDF is how dear a guess of a passphrase is made here: cheap.
var KDF = vault.TestKDF

// keysPassphrase opens the keys of the installation.
const keysPassphrase = "training words for the keys only"

// Lang is the language of the enrolment words.
const Lang = "nb"

// Machine is one workspace, open for one user.
type Machine struct {
	// Name is the machine's alias: "hq", "laptop-a", "laptop-b".
	Name string
	Dir  string
	WS   *workspace.Workspace

	mu  sync.Mutex
	now time.Time
}

// Passphrase opens every user of the machine.
func (m *Machine) Passphrase() []byte { return []byte("eleven odd words to open " + m.Name) }

// Now is the machine's clock.
func (m *Machine) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(time.Second)
	return m.now
}

// SetNow turns the machine's clock.
func (m *Machine) SetNow(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t
}

// Unlock opens the workspace for a user: the number of the slot, at headquarters 0 special-needs caseworker, 1 data
// protection officer, 2 settlement caseworker, 3 administrator. Whoever was there before is locked out.
func (m *Machine) Unlock(t testing.TB, slot int) {
	t.Helper()
	if m.WS != nil {
		m.WS.Close()
	}
	info, err := workspace.Peek(m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	m.WS, err = workspace.Unlock(context.Background(), m.Dir, info.Users[slot].Slot, m.Passphrase(), workspace.Options{Clock: clock.Func(m.Now)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.WS.Close() })
}

// Installation is headquarters with two laptops. Case and Person exist after Caseload.
type Installation struct {
	Dir          string
	HQ           *Machine
	Laptops      [2]*Machine
	Case, Person uuid.UUID
}

var template struct {
	once sync.Once
	root string // holds the installation that others are copied from, and what every [Scene] prepared
	err  error
}

func installed() string { return filepath.Join(template.root, "installation") }

// Install makes an installation in a folder of the test and opens the machines that are named, all when none is: unlocking
// costs more than all else. The first call of a test program does the work, later ones copy. Call [Main] in TestMain, so
// that what they copy from is removed in the end.
func Install(t testing.TB, open ...string) *Installation {
	t.Helper()
	template.once.Do(func() {
		template.root, template.err = os.MkdirTemp("", "feltbok-training-")
		if template.err == nil {
			template.err = os.Mkdir(installed(), 0o700)
		}
		if template.err == nil {
			template.err = build(installed())
		}
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	if len(open) == 0 {
		open = []string{"hq", "laptop-a", "laptop-b"}
	}
	return machines(t.TempDir()).from(t, installed(), open)
}

// from copies a folder of machines into the installation's and opens those that are named.
func (in *Installation) from(t testing.TB, dir string, open []string) *Installation {
	t.Helper()
	if err := copyFolder(in.Dir, dir); err != nil {
		t.Fatal(err)
	}
	for _, m := range in.machines() {
		if slices.Contains(open, m.Name) {
			m.Unlock(t, 0)
		}
	}
	return in
}

// Scene is an installation on which something was written, for tests that all begin there. The first one prepares it,
// later ones copy.
type Scene struct {
	// Prepare writes. It may leave files in the installation's folder.
	Prepare func(t testing.TB, in *Installation)

	mu   sync.Mutex
	made *Installation // closed
}

// Copy lays the scene into a folder of the test, with every clock where it stood, and opens the machines that are named.
func (s *Scene) Copy(t testing.TB, open ...string) *Installation {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		in := Install(t)
		s.Prepare(t, in)
		dir, err := os.MkdirTemp(template.root, "scene-")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range in.machines() {
			if err := m.WS.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := copyFolder(dir, in.Dir); err != nil {
			t.Fatal(err)
		}
		in.Dir, s.made = dir, in
	}
	in := machines(t.TempDir())
	in.Case, in.Person = s.made.Case, s.made.Person
	for i, m := range in.machines() {
		m.now = s.made.machines()[i].now
	}
	return in.from(t, s.made.Dir, open)
}

// Scenes that several packages begin with: what [Installation.Caseload] writes, and [Installation.Conflict] after it.
var (
	Caseload = &Scene{Prepare: func(t testing.TB, in *Installation) { in.Caseload(t) }}
	Conflict = &Scene{Prepare: func(t testing.TB, in *Installation) {
		in.Caseload(t)
		in.Conflict(t)
	}}
)

// Main runs the tests of a package that uses [Install] and cleans up.
func Main(m *testing.M) int {
	code := m.Run()
	if template.root != "" {
		os.RemoveAll(template.root)
	}
	return code
}

func (in *Installation) machines() []*Machine { return append([]*Machine{in.HQ}, in.Laptops[:]...) }

func machines(dir string) *Installation {
	at := func(name string) *Machine { return &Machine{Name: name, Dir: filepath.Join(dir, name), now: Today} }
	return &Installation{Dir: dir, HQ: at("hq"), Laptops: [2]*Machine{at("laptop-a"), at("laptop-b")}}
}

func copyFolder(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o600)
	})
}

func build(dir string) error {
	ctx := context.Background()
	in := machines(dir)
	keys := filepath.Join(dir, "keys")
	pass := []byte(keysPassphrase)
	if _, err := exchange.InitRoot(keys, pass, true, Today); err != nil {
		return err
	}
	_, err := exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: in.HQ.Dir, Keys: keys, Passphrase: pass, Kit: filepath.Join(dir, "kit"), Alias: "HQ", Training: true, KDF: vault.TestKDF, Now: Today,
		Users: []workspace.NewUser{
			{Alias: "H", Role: domain.HQS, Passphrase: in.HQ.Passphrase()},
			{Alias: "P", Role: domain.DPO, Passphrase: in.HQ.Passphrase()},
			{Alias: "C", Role: domain.HQC, Passphrase: in.HQ.Passphrase()},
			{Alias: "K", Role: domain.ADM, Passphrase: in.HQ.Passphrase()},
		},
	})
	if err != nil {
		return err
	}
	for i, m := range in.Laptops {
		if err := in.enrol(ctx, m, keys, pass, string(rune('A'+i))); err != nil {
			return fmt.Errorf("enrol %s: %w", m.Name, err)
		}
	}
	return nil
}

func (in *Installation) enrol(ctx context.Context, m *Machine, keys string, pass []byte, user string) error {
	requested, err := exchange.Request(ctx, exchange.RequestOptions{
		Dir: m.Dir, Trust: filepath.Join(keys, "public"), Alias: m.Name, Role: domain.INT, User: user, Passphrase: m.Passphrase(), KDF: vault.TestKDF, Now: Today,
		Out: filepath.Join(in.Dir, m.Name+"-request.feltbok"), Lang: Lang,
	})
	if err != nil {
		return err
	}
	// What the machine looked like before headquarters answered, for tests of enrolment.
	if err := copyFolder(m.Dir+"-asking", m.Dir); err != nil {
		return err
	}
	hq, err := open(ctx, in.HQ)
	if err != nil {
		return err
	}
	defer hq.Close()
	pending, err := exchange.ReadRequest(ctx, hq, requested.File, Lang)
	if err != nil {
		return err
	}
	file, err := exchange.Approve(ctx, hq, pending, exchange.ApproveOptions{
		Keys: keys, Passphrase: pass, Mission: Mission, Until: Today.AddDate(0, 1, 0), Alias: m.Name, UserAlias: user, Role: domain.INT,
		Words: requested.Words, Lang: Lang, Out: filepath.Join(in.Dir, m.Name+"-enrol.feltbok"),
	})
	if err != nil {
		return err
	}
	ws, err := open(ctx, m)
	if err != nil {
		return err
	}
	defer ws.Close()
	return exchange.Accept(ctx, ws, file)
}

func open(ctx context.Context, m *Machine) (*workspace.Workspace, error) {
	info, err := workspace.Peek(m.Dir)
	if err != nil {
		return nil, err
	}
	return workspace.Unlock(ctx, m.Dir, info.Users[0].Slot, m.Passphrase(), workspace.Options{Clock: clock.Func(m.Now)})
}

// Asking opens a copy of a laptop as it was before headquarters answered its request, and the name of that answer.
func (in *Installation) Asking(t testing.TB, laptop int) (m *Machine, answer string) {
	t.Helper()
	whole := in.Laptops[laptop]
	m = &Machine{Name: whole.Name, Dir: whole.Dir + "-asking", now: Today}
	m.Unlock(t, 0)
	return m, filepath.Join(in.Dir, whole.Name+"-enrol.feltbok")
}

// Text is an answer that is a text or a code.
func Text(s string) domain.Answer { return domain.Answer{Value: s} }

// Write writes answers at a machine.
func Write(t testing.TB, m *Machine, target workspace.Target, answers map[string]domain.Answer) *workspace.Record {
	t.Helper()
	record, err := m.WS.Set(context.Background(), target, answers)
	if err != nil {
		t.Fatalf("%s writes %s: %v", m.Name, target.Type, err)
	}
	return record
}

// Export makes a file at a machine for another and returns its path.
func Export(t testing.TB, from *Machine, to, folder string) string {
	t.Helper()
	exported, err := exchange.Export(context.Background(), from.WS, exchange.ExportOptions{To: []string{to}, Out: folder})
	if err != nil {
		t.Fatalf("export from %s: %v", from.Name, err)
	}
	return exported.File
}

// Send exports at one machine and imports at another.
func Send(t testing.TB, from *Machine, to string, receiver *Machine) *exchange.Result {
	t.Helper()
	result, err := exchange.Import(context.Background(), receiver.WS, Export(t, from, to, t.TempDir()), nil)
	if err != nil {
		t.Fatalf("import at %s: %v", receiver.Name, err)
	}
	return result
}

// Caseload gives the mission one case with one person and sends it to both laptops.
func (in *Installation) Caseload(t testing.TB) {
	t.Helper()
	Write(t, in.HQ, workspace.Target{Type: "mission", ID: Mission, Mission: Mission}, map[string]domain.Answer{"name": Text("Uttak prøve"), "mission_code": Text("2026-UGA-01")})
	in.Case = Write(t, in.HQ, workspace.Target{Type: "case"}, map[string]domain.Answer{
		"unhcr_case_no": Text("200-24C00001"), "status": Text("scheduled"), "mission": Text(Mission.String()),
	}).ID()
	in.Person = Write(t, in.HQ, workspace.Target{Type: "person", Case: in.Case}, map[string]domain.Answer{
		"given_names": Text("Test"), "family_name": Text("Mappe"), "birth": Text("1990"), "name_native_script": Text("تجربة"),
	}).ID()
	for _, m := range in.Laptops {
		Send(t, in.HQ, m.Name, m)
	}
}

// Conflict lets the two laptops write different answers to three fields of the person and sends both to headquarters.
func (in *Installation) Conflict(t testing.TB) {
	t.Helper()
	target := workspace.Target{Type: "person", ID: in.Person, Case: in.Case, Form: "identity@1"}
	a, b := in.Laptops[0], in.Laptops[1]
	Write(t, a, target, map[string]domain.Answer{
		"birth":         {Value: "1991", Source: domain.FromDocument, Verification: domain.DocumentSeen},
		"civil_status":  Text("married"),
		"mother_tongue": Text("swh"),
	})
	b.SetNow(Today.Add(2 * time.Hour))
	Write(t, b, target, map[string]domain.Answer{
		"birth":         {Value: "1992-03", Source: domain.FromSelf},
		"civil_status":  Text("widowed"),
		"mother_tongue": Text("lin"),
		"birth_place":   Text("Byen"),
	})
	Send(t, a, "hq", in.HQ)
	Send(t, b, "hq", in.HQ)
}

// Split lets two people sign from now on: an administrator, whose keys lie in the folder office together with the authority's,
// and a caseworker (security.md 8.2). Both folders open by the passphrase of the installation's keys.
func (in *Installation) Split(t testing.TB) (office, caseworker string) {
	t.Helper()
	office, caseworker = filepath.Join(in.Dir, "office"), filepath.Join(in.Dir, "caseworker")
	for folder, kind := range map[string]string{office: trust.KeyAdmin, caseworker: trust.KeyContent} {
		if _, err := trust.NewKey(folder, kind, []byte(keysPassphrase)); err != nil {
			t.Fatal(err)
		}
	}
	ceremony := exchange.Ceremony{Keys: filepath.Join(in.Dir, "keys"), Passphrase: []byte(keysPassphrase), Draft: filepath.Join(in.Dir, "two")}
	signed, err := exchange.Renew(t.Context(), in.HQ.WS, exchange.Renewal{Ceremony: ceremony, Threshold: 2, Roster: map[string][]string{
		trust.RosterAdmin: {filepath.Join(office, trust.KeyAdmin+".pub")}, trust.RosterContent: {filepath.Join(caseworker, trust.KeyContent+".pub")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{office, caseworker} {
		if _, err := exchange.Sign(exchange.Ceremony{Keys: folder, Passphrase: []byte(keysPassphrase)}, signed.Draft, Today); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := exchange.Take(t.Context(), in.HQ.WS, ceremony, signed.Draft); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{trust.KeyCA, trust.KeyCA + ".pub"} {
		content, err := os.ReadFile(filepath.Join(in.Dir, "keys", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(office, name), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return office, caseworker
}
