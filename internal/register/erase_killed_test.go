package register_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// eraseAll erases every case of the vault, one after the other, and prints each before and after.
func eraseAll(dir string) error {
	ctx := context.Background()
	v, err := register.Open(ctx, dir)
	if err != nil {
		return err
	}
	r, err := v.Unlock(ctx, v.Users()[0].Slot, []byte(passphraseA))
	if err != nil {
		return err
	}
	var cases []uuid.UUID
	for object, err := range r.Objects(ctx, domain.Case, register.Filter{}) {
		if err != nil {
			return err
		}
		if !slices.Contains(cases, object.Case) {
			cases = append(cases, object.Case)
		}
	}
	for _, id := range cases {
		fmt.Println("begin", id)
		if _, err := r.Erase(ctx, id, oplog.Name{Device: id, Epoch: 1, N: 1}, nil); err != nil {
			return err
		}
		fmt.Println("done", id)
	}
	return r.Lock()
}

// ofCase is what a case has in all compartments.
func ofCase(t testing.TB, r *register.Register, id uuid.UUID) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, c := range []domain.Compartment{domain.Case, domain.Special, domain.Sealed} {
		for _, line := range mustCollect(t, r.CaseLines(background, c, id)) {
			all[c.String()+line.Name.String()] = string(line.Bytes)
		}
		for _, object := range mustCollect(t, r.Objects(background, c, register.Filter{Case: &id})) {
			b, err := object.Encode()
			if err != nil {
				t.Fatal(err)
			}
			all[c.String()+object.ID.String()] = string(b)
		}
	}
	return all
}

// A process that is killed at any moment around an erasure leaves a case that is either whole or erased; what was
// acknowledged is erased, and after the next unlock nothing of an erased case is in the files.
func TestErase_KilledBetween(t *testing.T) {
	d := mustDocket(t)
	random := rand.New(rand.NewPCG(20261122, 3))
	r := mustUnlock(t, d.dir, "A")
	whole := map[uuid.UUID]map[string]string{}
	for _, c := range d.cases {
		whole[c.id] = ofCase(t, r, c.id)
	}
	mustLock(t, r)
	rounds, erased := 6, 0
	for round := range rounds {
		before := rows(t, d.dir)
		begun, done := mustEraseAndKill(t, d.dir, 1+random.IntN(3), time.Duration(random.IntN(20_000))*time.Microsecond)
		image := filepath.Join(t.TempDir(), "image") // as the killed process left it
		mustCopy(t, d.dir, image)
		r := mustUnlock(t, d.dir, "A")
		for _, e := range r.Erasures() {
			if !e.Proven || len(e.Pending) > 0 || e.Lines != linesOfCase+linesOfSpecial+linesOfSealed {
				t.Errorf("round %d: erasure is %+v", round, e)
			}
		}
		for _, c := range d.cases {
			_, gone := r.Erased(c.id)
			want := whole[c.id]
			if gone {
				want = map[string]string{}
			}
			if diff := cmp.Diff(want, ofCase(t, r, c.id)); diff != "" {
				t.Errorf("round %d: case that is erased %v:\n%s", round, gone, diff)
			}
			if slices.Contains(done, c.id) && !gone {
				t.Errorf("round %d: an acknowledged erasure is lost", round)
			}
			if gone && !slices.Contains(begun, c.id) && len(whole[c.id]) > 0 && round == 0 {
				t.Errorf("round %d: a case was erased that nobody asked for", round)
			}
		}
		mustCheck(t, r)
		erased = len(r.Erasures())
		mustLock(t, r)
		gone := removed(before, rows(t, d.dir))
		if n := countRemains(t, d.dir, gone); n != 0 {
			t.Errorf("round %d: %d of %d removed values are still in the file", round, n, len(gone))
		}
		t.Logf("round %d: %d begun, %d acknowledged, %d erased in all, %d of %d values in the files right after the kill", round, len(begun), len(done), erased, countRemains(t, image, gone), len(gone))
	}
	if erased == 0 || erased == docketCases {
		t.Errorf("%d cases were erased: the processes were killed too early or too late", erased)
	}
}

// mustEraseAndKill lets a process erase cases and kills it a moment after it began the nth.
func mustEraseAndKill(t *testing.T, dir string, nth int, pause time.Duration) (begun, done []uuid.UUID) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+dir, childErases+"=yes")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		what, text, _ := strings.Cut(scanner.Text(), " ")
		id, err := uuid.Parse(text)
		if err != nil {
			t.Fatalf("child says %q", scanner.Text())
		}
		if what == "done" {
			done = append(done, id)
			continue
		}
		if begun = append(begun, id); len(begun) == nth {
			time.AfterFunc(pause, func() { _ = child.Process.Kill() })
		}
	}
	_ = child.Wait() // killed
	return begun, done
}

// A program that ended right after the commit left everything in the files; the next unlock finishes the work, whoever
// unlocks.
func TestErase_ProofInterruptedIsCaughtUp(t *testing.T) {
	d := mustDocket(t)
	before := rows(t, d.dir)
	r := mustUnlock(t, d.dir, "A")
	if err := r.EraseUnproven(background, d.cases[6].id, d.erase, nil); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(t.TempDir(), "image")
	mustCopy(t, d.dir, image)
	if again := r.Erasures(); len(again) != 1 || again[0].Proven {
		t.Errorf("before the proof: %+v", again)
	}
	mustLock(t, r)
	r = mustUnlock(t, image, "B")
	if again := r.Erasures(); len(again) != 1 || !again[0].Proven {
		t.Errorf("after the next unlock: %+v", again)
	}
	mustLock(t, r)
	gone := removed(before, rows(t, image))
	left := filepath.Join(t.TempDir(), "left")
	mustCopy(t, d.dir, left)
	if n := countRemains(t, image, gone); n != 0 || len(gone) < 20 {
		t.Errorf("%d of %d removed values are still in the file", n, len(gone))
	}
	r = mustUnlock(t, image, "A")
	mustCheck(t, r)
}
