package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/demo"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/report"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// How much of the interviews the demo writes.
const (
	fillNone = "none"
	fillSome = "some"
	fillAll  = "all"
)

// demoWords is how many English words the passphrases of a demo have, so that any keyboard can type them: they stand in files
// beside it, so the smallest number.
const demoWords = 5

func demonstrate(ctx context.Context, c *call, args []string) error {
	dir := c.flags.String("dir", "", "folder to make everything in; must be new or empty")
	cases := c.flags.Int("cases", 40, "number of cases, 1 to 2000")
	seed := c.flags.Int64("seed", 1, "same seed, same people and answers")
	fill := c.flags.String("fill", fillAll, "how much is interviewed: none, some or all")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("dir", *dir); err != nil {
		return err
	}
	if *cases < 1 || *cases > 2000 {
		return fmt.Errorf("--cases %d is not from 1 to 2000: %w", *cases, errUsage)
	}
	if !slices.Contains([]string{fillNone, fillSome, fillAll}, *fill) {
		return fmt.Errorf("--fill %s is not none, some or all: %w", *fill, errUsage)
	}
	entries, err := os.ReadDir(*dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New("E-FILE", filepath.Base(*dir), err)
	}
	if len(entries) > 0 {
		return fault.Newf("V-EXISTS", filepath.Base(*dir), "the folder is not empty")
	}
	d := &demonstration{
		dir: *dir, fill: *fill, plan: demo.Mission(*seed, *cases), started: time.Now(), machines: map[string]*demoMachine{},
		say: func(format string, a ...any) { fmt.Fprintf(c.stderr, format+"\n", a...) },
	}
	if err := d.run(ctx); err != nil {
		return err
	}
	return c.print(d.outcome, func(w io.Writer) { d.print(w) })
}

// demonstration builds a training installation and walks one mission through it.
type demonstration struct {
	dir      string
	fill     string
	plan     demo.Plan
	started  time.Time
	machines map[string]*demoMachine
	say      func(format string, a ...any)

	written   map[string]int
	conflicts int
	bundles   int
	outcome   demoSummary
}

// demoMachine is a workspace of the demo with the passphrases of its users.
type demoMachine struct {
	name string
	dir  string
	pass map[domain.Role][]byte
	main domain.Role
	ws   *workspace.Workspace
}

// hqUsers are the people of headquarters: each role reads only its own compartments, so each group of records is written
// by somebody who may.
var hqUsers = []struct {
	role  domain.Role
	alias string
	file  string
}{
	{domain.HQS, "Særlige behov", "hq"},
	{domain.HQC, "Saksbehandler", "hq-caseworker"},
	{domain.ADM, "Administrator", "hq-administrator"},
	{domain.QLM, "Kvoteansvarlig", "hq-quota"},
	{domain.DPO, "Personvernombud", "hq-dpo"},
}

func (d *demonstration) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// run makes the whole demo, or leaves the folder as it was.
func (d *demonstration) run(ctx context.Context) (err error) {
	d.written = map[string]int{}
	_, missing := os.Stat(d.dir)
	defer func() {
		for _, m := range d.machines {
			if m.ws != nil {
				err = errors.Join(err, m.ws.Close())
			}
		}
		if err != nil {
			err = errors.Join(err, d.undo(missing != nil))
		}
	}()
	steps := []struct {
		says string
		does func(context.Context) error
	}{
		{"making headquarters", d.headquarters},
		{"enrolling laptop-a, laptop-b and iom", d.enrol},
		{"writing the caseload", d.caseload},
		{"interviewing on both laptops", d.interviews},
		{"exchanging bundles by " + d.path("exchange"), d.exchange},
		{"cultural orientation", d.orientation},
		{"figures into " + d.path("out"), d.reports},
	}
	for i, step := range steps {
		if d.fill == fillNone && i > 2 {
			break
		}
		d.say("%d/%d %s", i+1, len(steps), step.says)
		if err := step.does(ctx); err != nil {
			return err
		}
	}
	d.outcome = d.summary()
	return nil
}

// undo removes what an unfinished demo made, which is everything in the folder: it was empty before.
func (d *demonstration) undo(folderToo bool) error {
	if folderToo {
		return os.RemoveAll(d.dir)
	}
	entries, err := os.ReadDir(d.dir)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(d.path(entry.Name())))
	}
	return err
}

func (d *demonstration) passphrase(file string) ([]byte, error) {
	pass := []byte(vault.NewPassphrase("en", demoWords))
	if err := os.MkdirAll(d.path("passphrases"), 0o700); err != nil {
		return nil, fault.New("E-FILE", "passphrases", err)
	}
	return pass, fsx.WriteFile(d.path("passphrases", file+".txt"), append(slices.Clone(pass), '\n'))
}

func (d *demonstration) headquarters(ctx context.Context) error {
	for _, folder := range []string{"exchange", "out", "auditor"} {
		if err := os.MkdirAll(d.path(folder), 0o755); err != nil {
			return fault.New("E-FILE", filepath.Base(d.dir), err)
		}
	}
	keysPass, err := d.passphrase("keys")
	if err != nil {
		return err
	}
	if _, err := exchange.InitRoot(d.path("keys"), keysPass, true, time.Now()); err != nil {
		return err
	}
	hq := &demoMachine{name: demo.HQ, dir: d.path("hq"), pass: map[domain.Role][]byte{}, main: domain.HQS}
	var users []workspace.NewUser
	for _, user := range hqUsers {
		if hq.pass[user.role], err = d.passphrase(user.file); err != nil {
			return err
		}
		users = append(users, workspace.NewUser{Alias: user.alias, Role: user.role, Passphrase: slices.Clone(hq.pass[user.role])})
	}
	_, err = exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: hq.dir, Keys: d.path("keys"), Passphrase: keysPass, Kit: d.path("kit"), Alias: "HQ", Training: true, KDF: vault.TestKDF, Now: time.Now(), Users: users,
	})
	if err != nil {
		return err
	}
	d.machines[demo.HQ] = hq
	return hq.unlock(ctx, hq.main)
}

// unlock opens the machine for a user, locking it for the one before.
func (m *demoMachine) unlock(ctx context.Context, role domain.Role) error {
	if m.ws != nil {
		if m.ws.Me().Role == role {
			return nil
		}
		if err := m.ws.Close(); err != nil {
			return err
		}
		m.ws = nil
	}
	info, err := workspace.Peek(m.dir)
	if err != nil {
		return err
	}
	slot := info.Users[0].Slot
	for _, user := range hqUsers {
		for _, login := range info.Users {
			if m.name == demo.HQ && user.role == role && login.Label == user.alias {
				slot = login.Slot
			}
		}
	}
	m.ws, err = workspace.Unlock(ctx, m.dir, slot, slices.Clone(m.pass[role]), workspace.Options{Clock: clock.System{}})
	return err
}

func (d *demonstration) enrol(ctx context.Context) error {
	hq := d.machines[demo.HQ]
	keysPass, err := os.ReadFile(d.path("passphrases", "keys.txt"))
	if err != nil {
		return err
	}
	keysPass = []byte(strings.TrimSpace(string(keysPass)))
	for _, staff := range d.plan.Staff {
		if staff.Device == demo.HQ {
			continue
		}
		m := &demoMachine{name: staff.Device, dir: d.path(staff.Device), pass: map[domain.Role][]byte{}, main: staff.Role}
		if m.pass[staff.Role], err = d.passphrase(staff.Device); err != nil {
			return err
		}
		requested, err := exchange.Request(ctx, exchange.RequestOptions{
			Dir: m.dir, Trust: d.path("keys", "public"), Alias: staff.Device, Role: staff.Role, User: staff.Alias, Passphrase: slices.Clone(m.pass[staff.Role]),
			KDF: vault.TestKDF, Now: time.Now(), Out: d.path("exchange", staff.Device+"-request.feltbok"), Lang: "nb",
		})
		if err != nil {
			return err
		}
		pending, err := exchange.ReadRequest(ctx, hq.ws, requested.File, "nb")
		if err != nil {
			return err
		}
		file, err := exchange.Approve(ctx, hq.ws, pending, exchange.ApproveOptions{
			Keys: d.path("keys"), Passphrase: keysPass, Mission: d.plan.Mission, Until: time.Now().AddDate(0, 2, 0), Alias: staff.Device,
			UserAlias: staff.Alias, Role: staff.Role, Words: requested.Words, Lang: "nb", Out: d.path("exchange", staff.Device+"-enrol.feltbok"),
		})
		if err != nil {
			return err
		}
		d.machines[staff.Device] = m
		if err := m.unlock(ctx, staff.Role); err != nil {
			return err
		}
		if err := exchange.Accept(ctx, m.ws, file); err != nil {
			return err
		}
	}
	return exchange.WriteAuditor(d.path("auditor"), hq.ws.Trust(), time.Now())
}

// batch is how many records one transaction writes.
const batch = 100

// write lets a machine write records, each run of one role by a user of that role.
func (d *demonstration) write(ctx context.Context, m *demoMachine, records []demo.Record) error {
	for len(records) > 0 {
		n := 1
		for n < len(records) && n < batch && records[n].By == records[0].By {
			n++
		}
		if m.name == demo.HQ {
			if err := m.unlock(ctx, records[0].By); err != nil {
				return err
			}
		}
		writes := make([]workspace.Write, n)
		for i, r := range records[:n] {
			writes[i] = workspace.Write{
				Target:  workspace.Target{Type: r.Type, ID: r.ID, Case: r.Case, Subject: r.Subject, Mission: d.plan.Mission},
				Answers: r.Set,
			}
		}
		if _, err := m.ws.SetMany(ctx, writes); err != nil {
			return fmt.Errorf("%s writes: %w", m.name, err)
		}
		d.written[m.name] += n
		records = records[n:]
	}
	if m.name == demo.HQ {
		return m.unlock(ctx, m.main)
	}
	return nil
}

func (d *demonstration) caseload(ctx context.Context) error {
	hq := d.machines[demo.HQ]
	if err := d.write(ctx, hq, append(slices.Clone(d.plan.Setup), d.plan.Caseload...)); err != nil {
		return err
	}
	for _, name := range []string{demo.LaptopA, demo.LaptopB, demo.IOM} {
		if _, err := d.send(ctx, hq, name, name); err != nil {
			return err
		}
	}
	return nil
}

// send exports from one machine into exchange/ and imports at another.
func (d *demonstration) send(ctx context.Context, from *demoMachine, to, receiver string) (*exchange.Result, error) {
	exported, err := exchange.Export(ctx, from.ws, exchange.ExportOptions{To: []string{to}, Mission: d.plan.Mission, Out: d.path("exchange")})
	if err != nil {
		return nil, fmt.Errorf("%s to %s: %w", from.name, to, err)
	}
	d.bundles++
	result, err := exchange.Import(ctx, d.machines[receiver].ws, exported.File, nil)
	if err != nil {
		return nil, fmt.Errorf("%s imports from %s: %w", receiver, from.name, err)
	}
	return result, nil
}

// interviews writes what both laptops noted; with some, the first third of each one's cases.
func (d *demonstration) interviews(ctx context.Context) error {
	wanted := map[uuid.UUID]bool{} // cases and slots
	for i, c := range d.plan.Cases {
		wanted[c.ID] = d.fill == fillAll || i < (len(d.plan.Cases)+2)/3
	}
	for _, r := range d.plan.Caseload {
		if r.Type == "slot_case" {
			wanted[r.Subject] = wanted[r.Case]
		}
	}
	// Laptop B writes last, so that of two standing values the same one is shown in every demo of the seed.
	for _, laptop := range []struct {
		name    string
		records []demo.Record
	}{{demo.LaptopA, d.plan.InterviewsA}, {demo.LaptopB, d.plan.InterviewsB}} {
		chosen := slices.DeleteFunc(slices.Clone(laptop.records), func(r demo.Record) bool { return !wanted[r.Case] && !wanted[r.ID] })
		if err := d.write(ctx, d.machines[laptop.name], chosen); err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) exchange(ctx context.Context) error {
	hq := d.machines[demo.HQ]
	for _, name := range []string{demo.LaptopA, demo.LaptopB} {
		result, err := d.send(ctx, d.machines[name], demo.HQ, demo.HQ)
		if err != nil {
			return err
		}
		d.conflicts += result.Conflicts
	}
	conflicts, err := hq.ws.Conflicts(ctx)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		first := conflicts[0]
		if _, err := hq.ws.Resolve(ctx, first, first.Heads[0].Answer, "Avklart med intervjuerne (øving)"); err != nil {
			return err
		}
	}
	for _, name := range []string{demo.LaptopA, demo.LaptopB} {
		if _, err := d.send(ctx, hq, name, name); err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) orientation(ctx context.Context) error {
	hq, iom := d.machines[demo.HQ], d.machines[demo.IOM]
	records, err := d.roster(ctx, hq.ws)
	if err != nil {
		return err
	}
	if _, err := d.send(ctx, hq, demo.IOM, demo.IOM); err != nil {
		return err
	}
	if err := d.write(ctx, iom, records); err != nil {
		return err
	}
	if _, err := d.send(ctx, iom, demo.HQ, demo.HQ); err != nil {
		return err
	}
	if d.fill != fillAll {
		return nil
	}
	return d.write(ctx, d.machines[demo.HQ], d.plan.Settlement)
}

// roster lets headquarters put the participants on the roster, and gives what happens at the course with the identifiers that
// they have there.
func (d *demonstration) roster(ctx context.Context, hq *workspace.Workspace) ([]demo.Record, error) {
	var persons []uuid.UUID
	for _, p := range d.plan.Roster {
		persons = append(persons, p.Person)
	}
	if _, err := exchange.AddToRoster(ctx, hq, d.plan.Mission, persons); err != nil {
		return nil, err
	}
	entries, err := exchange.Roster(ctx, hq, d.plan.Mission)
	if err != nil {
		return nil, err
	}
	listed := map[string]string{}
	for _, p := range d.plan.Roster {
		for _, entry := range entries {
			if entry.Person == p.Person {
				listed[p.ID.String()] = entry.ID.String()
			}
		}
	}
	var records []demo.Record
	for _, r := range d.plan.Orientation {
		if id, ok := listed[r.Subject.String()]; ok {
			r.Subject = uuid.MustParse(id)
		}
		r.Set = maps.Clone(r.Set)
		for field, answer := range r.Set {
			if id, ok := listed[answer.Text()]; ok {
				r.Set[field] = domain.TextAnswer(id)
			}
		}
		records = append(records, r)
	}
	return records, nil
}

func (d *demonstration) reports(ctx context.Context) error {
	hq := d.machines[demo.HQ]
	figures, err := report.Mission(ctx, hq.ws, d.plan.Mission)
	if err != nil {
		return err
	}
	for _, name := range []string{"mission.json", "mission.csv"} {
		if err := report.WriteFile(d.path("out", name), figures, "nb"); err != nil {
			return err
		}
	}
	return nil
}

type demoSummary struct {
	Dir       string                    `json:"dir"`
	Mission   string                    `json:"mission"`
	Cases     int                       `json:"cases"`
	Written   map[string]int            `json:"written"`
	Bundles   int                       `json:"bundles"`
	Conflicts int                       `json:"conflicts"`
	Lines     map[string]map[string]int `json:"lines"`
	Complete  bool                      `json:"complete"`
	Seconds   float64                   `json:"seconds"`
}

// summary counts lines per machine and compartment, and says whether headquarters holds every line of both laptops.
func (d *demonstration) summary() demoSummary {
	s := demoSummary{
		Dir: d.dir, Mission: d.plan.Mission.String(), Cases: len(d.plan.Cases), Written: d.written, Bundles: d.bundles, Conflicts: d.conflicts,
		Lines: map[string]map[string]int{}, Complete: true, Seconds: time.Since(d.started).Round(100 * time.Millisecond).Seconds(),
	}
	hq := d.machines[demo.HQ].ws.Register()
	for name, m := range d.machines {
		s.Lines[name] = map[string]int{}
		for _, c := range domain.AllCompartments {
			s.Lines[name][c.String()] = m.ws.Register().Count(c)
			if name == demo.HQ || d.fill == fillNone {
				continue
			}
			for _, state := range m.ws.Register().Chains(c) {
				if c == domain.Audit || state.Chain.Device != m.ws.Me().Device {
					continue // the audit log goes on by itself: its last lines travel with the next file
				}
				for _, run := range state.Have {
					for n := run[0]; n <= run[1]; n++ {
						s.Complete = s.Complete && hq.Known(c, state.Chain.Name(n))
					}
				}
			}
		}
	}
	return s
}

func (d *demonstration) print(w io.Writer) {
	s := d.outcome
	fmt.Fprintf(w, "A training mission of %d cases lies in %s (%.0f s). Everybody in it is invented.\n", s.Cases, s.Dir, s.Seconds)
	for _, name := range []string{demo.HQ, demo.LaptopA, demo.LaptopB, demo.IOM} {
		fmt.Fprintf(w, "  %-9s %5d records written; passphrase in %s\n", name, s.Written[name], d.path("passphrases", name+".txt"))
	}
	if d.fill != fillNone {
		fmt.Fprintf(w, "%d bundles went by %s; %d fields were in conflict, one is decided.\n", s.Bundles, d.path("exchange"), s.Conflicts)
		if s.Complete {
			fmt.Fprintln(w, "Headquarters holds every operation of the other machines.")
		} else {
			fmt.Fprintln(w, "Headquarters does NOT hold every operation of the other machines.")
		}
	}
	fmt.Fprintf(w, "Open it: feltbok --workspace %s\n", d.path(demo.LaptopA))
}
