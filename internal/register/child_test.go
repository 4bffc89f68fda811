package register_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// childVariable names the vault that a second process of this test program works on.
const childVariable = "FELTBOK_REGISTER_CHILD"

// childErases, when set, has the second process erase cases instead of saving answers.
const childErases = "FELTBOK_REGISTER_CHILD_ERASES"

// runChild saves answers until it is killed, and prints the name of each line after it was acknowledged.
func runChild() {
	job := saveForEver
	if os.Getenv(childErases) != "" {
		job = eraseAll
	}
	if err := job(os.Getenv(childVariable)); err != nil {
		fmt.Println("error:", err)
	}
}

func saveForEver(dir string) error {
	ctx := context.Background()
	v, err := register.Open(ctx, dir)
	if err != nil {
		return err
	}
	r, err := v.Unlock(ctx, v.Users()[0].Slot, []byte(passphraseA))
	if err != nil {
		return err
	}
	line := &oplog.Line{
		Kind: oplog.KindChain, By: uuid.New(), Compartment: domain.Case, Device: uuid.New(), Epoch: 7, Audience: "hq", Training: true, App: "1.0.0",
	}
	clock := oplog.NewClock(time.Now, 0)
	caseID, person := uuid.New(), uuid.New()
	for {
		line.N++
		line.HLC = clock.Tick()
		b, err := line.Encode()
		if err != nil {
			return err
		}
		hash := oplog.LineHash(b)
		link := oplog.Link(line.Previous, hash)
		if err := r.Update(ctx, func(tx *register.Tx) error {
			entry := register.Entry{Bytes: b, Compartment: line.Compartment, Name: line.Name(), Type: line.Type, Scope: caseID, Hash: hash, Link: link}
			if line.Kind == oplog.KindSet {
				return saveLine(tx, entry, line)
			}
			return tx.Append(entry)
		}); err != nil {
			return err
		}
		fmt.Println(line.Name())
		line.Previous = link
		line.Kind, line.Audience, line.Training, line.App = oplog.KindSet, "", false, ""
		line.Case, line.Object, line.Type, line.Form = caseID, person, "person", "person@1"
		line.Set = map[string]json.RawMessage{"given_names": json.RawMessage(fmt.Sprintf(`"Amina %d"`, line.N))}
	}
}

// A process that is killed while it saves loses nothing that was acknowledged, and the register opens with all checks.
func TestKill_NoAcknowledgedSaveIsLost(t *testing.T) {
	dir := mustVault(t)
	random := rand.New(rand.NewPCG(20261122, 1))
	var acknowledged []oplog.Name
	for range 5 {
		last := mustSaveAndKill(t, dir, 20+random.IntN(300), time.Duration(random.IntN(3000))*time.Microsecond)
		acknowledged = append(acknowledged, last)
		if err := everything(t, dir, "A"); err != nil {
			t.Fatal(err)
		}
		r := mustUnlock(t, dir, "A")
		for _, name := range acknowledged {
			have := oplog.Intervals{}
			for _, chain := range r.Chains(domain.Case) {
				if chain.Chain == name.Chain(domain.Case) {
					have = chain.Have
				}
			}
			// One line more may have been committed and not acknowledged.
			if len(have) != 1 || have[0][0] != 1 || have[0][1] < name.N || have[0][1] > name.N+1 && name == last {
				t.Errorf("acknowledged %s, have %v", name, have)
			}
		}
		mustLock(t, r)
	}
}

// mustSaveAndKill lets a process save some lines, kills it after a pause, and returns the last line it acknowledged.
func mustSaveAndKill(t *testing.T, dir string, lines int, pause time.Duration) (last oplog.Name) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for n := 0; scanner.Scan(); n++ {
		if last, err = oplog.ParseName(scanner.Text()); err != nil {
			t.Fatalf("child says %q", scanner.Text())
		}
		if n == lines {
			time.AfterFunc(pause, func() { _ = child.Process.Kill() })
		}
	}
	_ = child.Wait() // killed
	if last.N <= uint64(lines) {
		t.Fatalf("child ended after line %s", last)
	}
	return last
}
