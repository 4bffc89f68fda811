package workspace_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// childVariable names the folder that a second process of this test program works on.
const childVariable = "FELTBOK_WORKSPACE_CHILD"

// children is how many persons the child process writes to in turn.
const children = 5

// writeForEver answers questions about several persons until it is killed, and prints each answer after it was acknowledged.
func writeForEver(dir string) error {
	ctx := context.Background()
	m := &machine{dir: dir, now: today}
	if err := m.open(0); err != nil {
		return err
	}
	cases, err := m.ws.Cases(ctx)
	if err != nil || len(cases) != 1 {
		return fmt.Errorf("%d cases: %w", len(cases), err)
	}
	persons, err := m.ws.Objects(ctx, "person", cases[0].ID)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		person := persons[n%len(persons)].ID()
		value := fmt.Sprintf("%s %d %d", person, os.Getpid(), n)
		target := workspace.Target{Type: "person", ID: person, Case: cases[0].ID}
		special := workspace.Target{Type: "health", Case: cases[0].ID, Subject: person}
		_, err := m.ws.SetMany(ctx, []workspace.Write{
			{Target: target, Answers: map[string]domain.Answer{"birth_place": text(value)}}, {Target: special, Answers: map[string]domain.Answer{"note": text(value)}},
		})
		if err != nil {
			return err
		}
		fmt.Println(value)
	}
}

// TestKill_LosesNothingMixesNothing: pains.md rows 1 and 2. After kill -9 at any moment every acknowledged answer is there, at
// the person it was given about, in both compartments of the save or in none.
func TestKill_LosesNothingMixesNothing(t *testing.T) {
	m := mustLaptop(t)
	caseID := mustSet(t, m, workspace.Target{Type: "case"}, map[string]domain.Answer{"mission": text(missionID.String())}).ID()
	for i := range children {
		mustSet(t, m, workspace.Target{Type: "person", Case: caseID}, map[string]domain.Answer{"given_names": text(fmt.Sprintf("Barn %d", i))})
	}
	random := rand.New(rand.NewPCG(20261122, 2))
	for range 6 {
		m.lock(t)
		acknowledged := writeAndKill(t, m.dir, 3+random.IntN(60), time.Duration(random.IntN(12000))*time.Microsecond)
		m.unlock(t, 0)
		if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
			t.Fatal(err)
		}
		persons, err := m.ws.Objects(t.Context(), "person", caseID)
		if err != nil || len(persons) != children {
			t.Fatalf("%d persons, %v", len(persons), err)
		}
		for i, person := range persons {
			if name := person.Text("given_names"); !strings.HasPrefix(name, "Barn ") {
				t.Errorf("person %d is called %q", i, name)
			}
			got := person.Text("birth_place")
			health, err := m.ws.Get(t.Context(), "health", domain.SingletonID(person.ID(), "health"))
			if err != nil {
				t.Fatal(err)
			}
			if health == nil && got != "" || health != nil && health.Text("note") != got {
				t.Errorf("half a save: %q in case", got)
			}
			if person.Conflicted("birth_place") {
				t.Error("a conflict without a second author")
			}
			want := acknowledged[person.ID()]
			if got == want {
				continue
			}
			// One save more may have been committed and not acknowledged, but never of another person.
			if id, _, _ := strings.Cut(got, " "); id != person.ID().String() {
				t.Errorf("mixed up: %s holds %q", person.ID(), got)
			}
			if want != "" && number(got) <= number(want) {
				t.Errorf("lost: have %q, acknowledged %q", got, want)
			}
		}
	}
}

func number(value string) (n int) {
	words := strings.Fields(value)
	if len(words) == 3 {
		fmt.Sscan(words[2], &n)
	}
	return n
}

// writeAndKill lets a process save some answers, kills it after a pause, and returns the last acknowledged one per person.
func writeAndKill(t *testing.T, dir string, saves int, pause time.Duration, also ...string) map[uuid.UUID]string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), childVariable+"="+dir), also...)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[uuid.UUID]string{}
	n := 0
	for scanner := bufio.NewScanner(out); scanner.Scan(); n++ {
		id, _, _ := strings.Cut(scanner.Text(), " ")
		person, err := uuid.Parse(id)
		if err != nil {
			t.Fatalf("child says %q", scanner.Text())
		}
		acknowledged[person] = scanner.Text()
		if n == saves {
			time.AfterFunc(pause, func() { _ = child.Process.Kill() })
		}
	}
	_ = child.Wait() // killed
	if n <= saves {
		t.Fatalf("child ended after %d saves", n)
	}
	return acknowledged
}

// TestLock_AtAnyTimeLosesNothing: pains.md row 1.
func TestLock_AtAnyTimeLosesNothing(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	typed := ""
	for _, r := range "Leiren ved elva" {
		typed += string(r)
		mustSet(t, m, target, map[string]domain.Answer{"birth_place": text(typed)})
		if r == 'e' || r == ' ' {
			m.as(t, 0)
			record, err := m.ws.Get(t.Context(), "person", person)
			if err != nil || record.Text("birth_place") != typed {
				t.Fatalf("typed %q, have %q, %v", typed, record.Text("birth_place"), err)
			}
		}
	}
	// A lock while another goroutine writes: what was acknowledged is there, the rest says V-LOCKED.
	done := make(chan int)
	go func() {
		n := 0
		for {
			if _, err := m.ws.Set(context.Background(), target, map[string]domain.Answer{"birth_place": text(fmt.Sprint(n + 1))}); err != nil {
				wantCode(t, "after the lock", err, "V-LOCKED")
				done <- n
				return
			}
			n++
		}
	}()
	time.Sleep(30 * time.Millisecond)
	ws := m.ws
	if err := ws.Close(); err != nil {
		t.Fatal(err)
	}
	n := <-done
	if err := ws.Close(); err != nil {
		t.Errorf("a second lock: %v", err)
	}
	m.unlock(t, 0)
	record, err := m.ws.Get(t.Context(), "person", person)
	if err != nil || n > 0 && record.Text("birth_place") != fmt.Sprint(n) {
		t.Errorf("acknowledged %d, have %q, %v", n, record.Text("birth_place"), err)
	}
	for name, err := range map[string]error{
		"Get":      func() error { _, err := ws.Get(t.Context(), "person", person); return err }(),
		"OpenCase": func() error { _, err := ws.OpenCase(t.Context(), caseID, workspace.Everything...); return err }(),
		"Search":   func() error { _, err := ws.Search(t.Context(), "x", 1); return err }(),
		"Remove":   ws.Remove(t.Context(), target),
		"Reload":   ws.Reload(),
		"Flush":    ws.FlushAudit(t.Context(), true),
	} {
		wantCode(t, name+" after the lock", err, "V-LOCKED")
	}
	if ws.Register() != nil || ws.Holds(domain.Open) {
		t.Error("a locked workspace still holds its register")
	}
}

// TestClock_TenYearsOff: pains.md row 14. The order and the records do not follow the wall clock; lines written behind the
// floor say so.
func TestClock_TenYearsOff(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	write := func(value string) *oplog.Line {
		t.Helper()
		record := mustSet(t, m, target, map[string]domain.Answer{"birth_place": text(value)})
		if record.Text("birth_place") != value || record.Conflicted("birth_place") {
			t.Errorf("wrote %q, shows %q", value, record.Text("birth_place"))
		}
		name := record.Seen("birth_place")[0]
		for stored, err := range m.ws.Register().Lines(t.Context(), name.Chain(domain.Case), name.N, name.N) {
			if err != nil {
				t.Fatal(err)
			}
			line, err := oplog.Parse(stored.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			return line
		}
		t.Fatal("no line")
		return nil
	}
	last := write("nå")
	if last.ClockSuspect {
		t.Error("a line by the right clock is marked")
	}
	next := func(value string, suspect bool) {
		t.Helper()
		line := write(value)
		if line.HLC <= last.HLC {
			t.Errorf("%q: logical clock went from %s to %s", value, last.HLC, line.HLC)
		}
		if line.ClockSuspect != suspect {
			t.Errorf("%q: marked %v, want %v", value, line.ClockSuspect, suspect)
		}
		last = line
	}
	m.set(today.AddDate(-10, 0, 0))
	next("ti år for tidlig, mens vi skriver", true)
	m.as(t, 0)
	next("ti år for tidlig, etter opplåsing", true)
	m.set(today.Add(time.Hour))
	next("riktig igjen", false)
	m.set(today.Add(time.Hour - 3*time.Minute))
	next("tre minutter tilbake", false)
	m.set(today.Add(time.Hour - 20*time.Minute))
	next("tjue minutter tilbake i samme økt", true)
	m.set(today.AddDate(10, 0, 0))
	next("ti år for sent", false)
	m.as(t, 0)
	m.set(today.Add(2 * time.Hour))
	next("riktig, men bak gulvet", true)
	m.as(t, 0)
	cases, err := m.ws.Cases(t.Context())
	if err != nil || len(cases) != 1 || cases[0].Persons != 1 {
		t.Fatalf("cases %+v, %v", cases, err)
	}
	record, err := m.ws.Get(t.Context(), "person", person)
	if err != nil || record.Text("birth_place") != "riktig, men bak gulvet" || record.Text("family_name") != "Mappe" || len(record.Conflicts()) != 0 {
		t.Errorf("after all that: %q, %v", record.Text("birth_place"), err)
	}
	if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
		t.Error(err)
	}
}
