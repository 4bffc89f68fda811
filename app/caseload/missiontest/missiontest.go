// Package missiontest gives tests of places a training workspace to stand on: one interviewer's laptop and headquarters,
// enrolled with each other, with a mission of invented people (domain.md 17) partly interviewed.
//
// A test package calls [Run] from TestMain; that makes the mission once. [Laptop] and [HQ] then give each test an unlocked copy
// of its own. [Session] puts a place's session around it, with a loop that runs at once.
package missiontest

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

	"fyne.io/fyne/v2"

	"feltbok/app/ui"
	"feltbok/internal/clock"
	"feltbok/internal/demo"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// Day is the first day of interviews and the day that every clock here shows: a Monday.
var Day = time.Date(2026, 11, 23, 8, 30, 0, 0, time.FixedZone("", 3*60*60))

// Cases is the number of cases of the mission; from twenty on it holds every story of package demo.
const Cases = 24

// Plan is the mission that the machines hold.
var Plan = demo.MissionFrom(1, Cases, Day)

// interviewed is how many cases from the start of the plan the laptop has been through.
const interviewed = 4

const (
	passphrase = "eleven plain words for training"
	wordsLang  = "nb"
)

// hqRoles are the users of headquarters, in the order of their slots.
var hqRoles = []domain.Role{domain.HQS, domain.HQC, domain.ADM, domain.QLM, domain.MLD}

var made string // folder of the mission

// Run makes the mission, runs the tests and removes it. Its result is the program's exit code.
func Run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "feltbok-mission-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "making the training mission:", err)
		return 1
	}
	made = dir
	return m.Run()
}

// ticking is a clock that starts at a moment and goes on by a second with each look.
func ticking(from time.Time) clock.Clock {
	var mu sync.Mutex
	now := from
	return clock.Func(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	})
}

func unlock(ctx context.Context, dir string, slot int, from time.Time) (*workspace.Workspace, error) {
	info, err := workspace.Peek(dir)
	if err != nil {
		return nil, err
	}
	return workspace.Unlock(ctx, dir, info.Users[slot].Slot, []byte(passphrase), workspace.Options{Clock: ticking(from)})
}

func build(ctx context.Context, dir string) (err error) {
	before := Day.AddDate(0, 0, -3)
	keys, hqDir, laptopDir := filepath.Join(dir, "keys"), filepath.Join(dir, "hq"), filepath.Join(dir, "laptop")
	if _, err := exchange.InitRoot(keys, []byte(passphrase), true, before); err != nil {
		return err
	}
	o := exchange.HQOptions{Dir: hqDir, Keys: keys, Passphrase: []byte(passphrase), Kit: filepath.Join(dir, "kit"), Alias: "HQ", Training: true, Now: before}
	// The floor of the key derivation (security.md 3.3): tests unlock often.
	o.KDF.MemoryKiB, o.KDF.Time, o.KDF.Threads = 64*1024, 3, 4
	for _, role := range hqRoles {
		o.Users = append(o.Users, workspace.NewUser{Alias: string(role), Role: role, Passphrase: []byte(passphrase)})
	}
	if _, err := exchange.InitHQ(ctx, o); err != nil {
		return err
	}
	for slot, role := range hqRoles {
		records := slices.Concat(Plan.Setup, Plan.Caseload)
		records = slices.DeleteFunc(records, func(r demo.Record) bool { return r.By != role })
		if err := as(ctx, hqDir, slot, before, func(ws *workspace.Workspace) error { return write(ctx, ws, records) }); err != nil {
			return err
		}
	}
	return as(ctx, hqDir, 0, before.Add(time.Hour), func(hq *workspace.Workspace) error { return enrol(ctx, hq, o, dir, laptopDir, before) })
}

// as lets one user of a machine do something.
func as(ctx context.Context, dir string, slot int, at time.Time, do func(*workspace.Workspace) error) error {
	ws, err := unlock(ctx, dir, slot, at)
	if err != nil {
		return err
	}
	return errors.Join(do(ws), ws.Close())
}

// enrol makes the laptop, sends it the caseload and lets the interviewer write down the first cases.
func enrol(ctx context.Context, hq *workspace.Workspace, o exchange.HQOptions, dir, laptopDir string, at time.Time) error {
	requested, err := exchange.Request(ctx, exchange.RequestOptions{
		Dir: laptopDir, Trust: filepath.Join(o.Keys, "public"), Alias: demo.LaptopA, Role: domain.INT, User: Plan.Staff[0].Alias, Passphrase: []byte(passphrase),
		KDF: o.KDF, Now: at, Out: filepath.Join(dir, "request.feltbok"), Lang: wordsLang,
	})
	if err != nil {
		return err
	}
	pending, err := exchange.ReadRequest(ctx, hq, requested.File, wordsLang)
	if err != nil {
		return err
	}
	file, err := exchange.Approve(ctx, hq, pending, exchange.ApproveOptions{
		Keys: o.Keys, Passphrase: []byte(passphrase), Mission: Plan.Mission, Until: at.AddDate(0, 2, 0), Alias: demo.LaptopA, UserAlias: Plan.Staff[0].Alias,
		Role: domain.INT, Words: requested.Words, Lang: wordsLang, Out: filepath.Join(dir, "enrol.feltbok"),
	})
	if err != nil {
		return err
	}
	return as(ctx, laptopDir, 0, at.Add(2*time.Hour), func(laptop *workspace.Workspace) error {
		if err := exchange.Accept(ctx, laptop, file); err != nil {
			return err
		}
		sent, err := exchange.Export(ctx, hq, exchange.ExportOptions{To: []string{demo.LaptopA}, Mission: Plan.Mission, Out: dir})
		if err != nil {
			return err
		}
		if _, err := exchange.Import(ctx, laptop, sent.File, nil); err != nil {
			return err
		}
		return write(ctx, laptop, slices.DeleteFunc(slices.Clone(Plan.InterviewsA), func(r demo.Record) bool { return !doneAlready(r) }))
	})
}

// doneAlready reports whether a record is of one of the cases that the laptop has been through, slots included.
func doneAlready(r demo.Record) bool {
	at := slices.IndexFunc(Plan.Cases, func(c demo.Case) bool {
		return c.ID == r.Case || slices.ContainsFunc(Plan.Caseload, func(link demo.Record) bool {
			return link.Type == "slot_case" && link.Subject == r.ID && link.Case == c.ID
		})
	})
	return at >= 0 && at < interviewed
}

func write(ctx context.Context, ws *workspace.Workspace, records []demo.Record) error {
	writes := make([]workspace.Write, len(records))
	for i, r := range records {
		writes[i] = workspace.Write{
			Target:  workspace.Target{Type: r.Type, ID: r.ID, Case: r.Case, Subject: r.Subject, Mission: Plan.Mission},
			Answers: r.Set,
		}
	}
	_, err := ws.SetMany(ctx, writes)
	return err
}

// Laptop unlocks a copy of the interviewer's machine. It is locked when the test ends.
func Laptop(t testing.TB) *workspace.Workspace { return copied(t, "laptop", 0) }

// HQ unlocks a copy of headquarters' machine for the caseworker for special needs.
func HQ(t testing.TB) *workspace.Workspace { return copied(t, "hq", 0) }

// Caseworker unlocks a copy of headquarters' machine for a settlement caseworker, who does not hold compartment special.
func Caseworker(t testing.TB) *workspace.Workspace { return copied(t, "hq", 1) }

// imported is headquarters after the laptop's work arrived there; made once, when a test first asks for it.
var imported sync.Once

// Lead unlocks a copy of headquarters' machine for the mission lead, after what the interviewer has on the laptop arrived there.
func Lead(t testing.TB) *workspace.Workspace {
	t.Helper()
	imported.Do(func() {
		laptop, hq := Laptop(t), HQ(t)
		sent, err := exchange.Export(t.Context(), laptop, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir()})
		if err == nil {
			_, err = exchange.Import(t.Context(), hq, sent.File, nil)
		}
		if err == nil {
			err = errors.Join(laptop.Close(), hq.Close())
		}
		if err == nil {
			err = os.CopyFS(filepath.Join(made, "lead"), os.DirFS(hq.Dir()))
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	return copied(t, "lead", len(hqRoles)-1)
}

func copied(t testing.TB, name string, slot int) *workspace.Workspace {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(made, name))); err != nil {
		t.Fatal(err)
	}
	ws, err := unlock(t.Context(), dir, slot, Day)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

// Story returns the case that shows a situation (demo.Stories).
func Story(t testing.TB, story string) demo.Case {
	t.Helper()
	for _, c := range Plan.Cases {
		if c.Story == story {
			return c
		}
	}
	t.Fatalf("no case tells %q", story)
	return demo.Case{}
}

// Told is what a place said through its session.
type Told struct {
	Went    []Step
	Notes   []string
	Faults  []error
	Unsent  int
	Savings []ui.SavedState
}

// Step is a call of Session.Go.
type Step struct {
	Place string
	Args  []any
}

// Session makes a session in a language around a workspace, with a loop that runs everything at once. Time in the loop passes by
// the returned loop's Advance only.
func Session(ws *workspace.Workspace, w fyne.Window, lang string) (*ui.Session, *ui.SyncLoop, *Told) {
	loop, told := &ui.SyncLoop{}, &Told{}
	return &ui.Session{
		WS: ws, Dir: ws.Dir(), Texts: i18n.For(lang), Loop: loop, Window: w,
		Go:     func(place string, args ...any) { told.Went = append(told.Went, Step{place, args}) },
		Notify: func(_ ui.Level, text string) { told.Notes = append(told.Notes, text) },
		Fault:  func(err error) { told.Faults = append(told.Faults, err) },
		Saved:  func(s ui.SavedState) { told.Savings = append(told.Savings, s) },
		Unsent: func(n int) { told.Unsent = n },
		Now:    func() time.Time { return Day },
		Choose: func(ui.Look) {},
	}, loop, told
}
