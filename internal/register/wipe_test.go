package register_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// wipeVariable names the vault that a second process of this test program wipes; wipeStopVariable the step at which that
// process kills itself, or nothing.
const (
	wipeVariable     = "FELTBOK_REGISTER_WIPE"
	wipeStopVariable = "FELTBOK_REGISTER_WIPE_STOP"
)

// runWipe wipes, and prints each step as it begins.
func runWipe() {
	stop := os.Getenv(wipeStopVariable)
	err := register.Wipe(context.Background(), os.Getenv(wipeVariable), func(step string) {
		fmt.Println(step)
		if step == stop {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			if err == nil {
				select {} // killed any moment
			}
		}
	})
	fmt.Println("ended", err)
}

var (
	ownFiles = []string{
		"inbox/0a.feltbok", "inbox/0b.feltbok.part", "held/0c.feltbok", "carry/0d.feltbok", "carry/0d.feltbok.case.part", "sent/0e.feltbok",
		"quarantine/0f.feltbok", "quarantine/.feltbok-12.part", "vault.db.part", "vault.db.part-wal",
	}
	foreignFiles = []string{"backup/plan.ods", "inbox/bilde.jpg", "notat.txt", "sent/mine/brev.feltbok"}
	foreignNames = []string{"backup/plan.ods", "inbox/bilde.jpg", "notat.txt", "sent/mine"}
	wipeSteps    = append(append([]string{register.WipeKeys}, register.Folders...), register.WipeRegister)
)

// lived is the scene with everything around it that a workspace gathers, and the keys that may not survive a wipe.
func lived(t *testing.T) (dir string, keys map[string][]byte) {
	t.Helper()
	dir = mustScene(t).dir
	for _, name := range slices.Concat(ownFiles, foreignFiles) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.Repeat([]byte("sealed "+name+" "), 3000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := mustUnlock(t, dir, "A")
	for _, copied := range []string{"backup/before.db", "backup/uten-endelse", "kopi.db"} {
		if err := r.Backup(background, filepath.Join(dir, filepath.FromSlash(copied))); err != nil {
			t.Fatal(err)
		}
	}
	mustLock(t, r)
	keys = keysOf(t, dir)
	mustFind(t, dir, keys)
	return dir, keys
}

func remaining(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestWipe_LeavesOnlyWhatIsForeign(t *testing.T) {
	dir, keys := lived(t)
	foreign, err := register.Foreign(dir)
	if diff := cmp.Diff(foreignNames, foreign); err != nil || diff != "" {
		t.Errorf("foreign before: %v\n%s", err, diff)
	}
	if register.Interrupted(dir) {
		t.Error("interrupted before it began")
	}
	var steps []string
	err = register.Wipe(background, dir, func(step string) {
		steps = append(steps, step)
		if len(steps) > 1 {
			if left := found(t, dir, keys); len(left) > 0 {
				t.Errorf("at step %s: %v", step, left)
			}
			if _, err := register.Open(background, dir); fault.Code(err) != "V-WIPED" || !register.Interrupted(dir) {
				t.Errorf("at step %s the vault gives %v", step, err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wipeSteps, steps); diff != "" {
		t.Errorf("steps:\n%s", diff)
	}
	if diff := cmp.Diff(foreignFiles, remaining(t, dir)); diff != "" {
		t.Errorf("what remains (-want +got):\n%s", diff)
	}
	foreign, err = register.Foreign(dir)
	if diff := cmp.Diff(foreignNames, foreign); err != nil || diff != "" {
		t.Errorf("foreign after: %v\n%s", err, diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 { // three folders that hold something foreign, and a file
		t.Errorf("%v in the folder, %v", entries, err)
	}
	if register.Interrupted(dir) {
		t.Error("interrupted after it ended")
	}
	if err := register.Wipe(background, dir, nil); fault.Code(err) != "V-MISSING" {
		t.Errorf("nothing to wipe: %v", err)
	}
	if diff := cmp.Diff(foreignFiles, remaining(t, dir)); diff != "" {
		t.Errorf("wiping a folder without a vault changed it:\n%s", diff)
	}
}

// A vault that no longer opens, for whatever reason, is wiped too.
func TestWipe_WorksOnEveryState(t *testing.T) {
	template, keys := lived(t)
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"travel lock": func(t *testing.T, dir string) { mustTravelLock(t, dir, "A") },
		"damaged": func(t *testing.T, dir string) {
			overwriteAt(t, filepath.Join(dir, store.FileName), 0, bytes.Repeat([]byte("no"), 40))
		},
		"damaged inside": func(t *testing.T, dir string) {
			overwriteAt(t, filepath.Join(dir, store.FileName), 4096, bytes.Repeat([]byte{0xff}, 3*4096))
		},
		"newer version": func(t *testing.T, dir string) {
			e := mustEdit(t, dir)
			e.keep("PRAGMA user_version=99")
			e.close()
		},
		"no header": func(t *testing.T, dir string) {
			e := mustEdit(t, dir)
			e.exec("DELETE FROM header")
			e.close()
		},
		"empty": func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, store.FileName), 0); err != nil {
				t.Fatal(err)
			}
		},
		"log beside it": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, store.FileName+"-wal"), []byte("no log"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"marked only": func(t *testing.T, dir string) { // stopped right after the first transaction
			e := mustEdit(t, dir)
			e.exec("UPDATE header SET json=?, mac=x''", vault.WipedHeader())
			e.exec("DELETE FROM data_key")
			e.close()
			if _, err := register.Open(background, dir); fault.Code(err) != "V-WIPED" || !register.Interrupted(dir) {
				t.Errorf("a marked vault gives %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
				t.Fatal(err)
			}
			spoil(t, dir)
			first := true
			err := register.Wipe(background, dir, func(string) {
				if left := found(t, dir, keys); !first && len(left) > 0 {
					t.Errorf("keys are left: %v", left)
				}
				first = false
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(foreignFiles, remaining(t, dir)); diff != "" {
				t.Errorf("what remains (-want +got):\n%s", diff)
			}
		})
	}
}

func overwriteAt(t *testing.T, path string, at int64, content []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		_, err = f.WriteAt(content, at)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Somebody who has the vault open keeps it; nothing is begun.
func TestWipe_RefusesAnOpenVault(t *testing.T) {
	dir, _ := lived(t)
	before := remaining(t, dir)
	r := mustUnlock(t, dir, "A")
	if err := register.Wipe(background, dir, nil); fault.Code(err) != "V-BUSY" {
		t.Errorf("open vault: %v", err)
	}
	mustLock(t, r)
	ctx, cancel := context.WithCancel(background)
	cancel()
	if err := register.Wipe(ctx, dir, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := register.Wipe(background, filepath.Join(dir, "none"), nil); fault.Code(err) != "V-MISSING" {
		t.Errorf("no folder: %v", err)
	}
	if diff := cmp.Diff(before, remaining(t, dir)); diff != "" || register.Interrupted(dir) {
		t.Errorf("a refused wipe changed the folder:\n%s", diff)
	}
	if err := everything(t, dir, "A"); err != nil {
		t.Error(err)
	}
}

// A link is not followed: what it points to is not Feltbok's.
func TestWipe_FollowsNoLink(t *testing.T) {
	dir, _ := lived(t)
	outside := filepath.Join(t.TempDir(), "outside.feltbok")
	if err := os.WriteFile(outside, []byte("elsewhere"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "carry", "lenke.feltbok")
	if err := os.Symlink(outside, link); err != nil {
		t.Skip(err) // Windows without the right to make links
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "held")), os.Symlink(filepath.Dir(outside), filepath.Join(dir, "held"))); err != nil {
		t.Fatal(err)
	}
	if err := register.Wipe(background, dir, nil); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(link)
	if err != nil || string(content) != "elsewhere" {
		t.Errorf("behind the links: %q, %v", content, err)
	}
	names, err := register.Foreign(dir)
	if err != nil || !slices.Contains(names, filepath.Join("carry", "lenke.feltbok")) || !slices.Contains(names, "held") {
		t.Errorf("foreign: %v, %v", names, err)
	}
}

// A process that is killed while it wipes has either not begun, and the vault is whole, or the vault is useless, says so,
// and another wipe ends the work.
func TestWipe_KilledAtAnyMoment(t *testing.T) {
	template, keys := lived(t)
	wipe := func(stop string, after time.Duration) (dir string, steps []string, took time.Duration) {
		t.Helper()
		dir = filepath.Join(t.TempDir(), "vault")
		if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), wipeVariable+"="+dir, wipeStopVariable+"="+stop)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var began time.Time
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			if steps = append(steps, scanner.Text()); len(steps) == 1 {
				if began = time.Now(); after > 0 {
					time.AfterFunc(after, func() { _ = child.Process.Kill() })
				}
			}
		}
		took = time.Since(began)
		_ = child.Wait() // killed, or ended before
		return dir, steps, took
	}
	marked, whole, gone := 0, 0, 0
	judge := func(what, dir string, steps []string) {
		t.Helper()
		if len(steps) > 1 && !strings.HasPrefix(steps[1], "ended") {
			if left := found(t, dir, keys); len(left) > 0 {
				t.Errorf("%s: keys are left after the first step: %v", what, left)
			}
		}
		switch _, err := os.Stat(filepath.Join(dir, store.FileName)); {
		case errors.Is(err, os.ErrNotExist):
			gone++
		case register.Interrupted(dir):
			marked++
			if _, err := register.Open(background, dir); fault.Code(err) != "V-WIPED" {
				t.Errorf("%s: opens with %v", what, err)
			}
			if err := register.Wipe(background, dir, nil); err != nil {
				t.Errorf("%s: the second wipe: %v", what, err)
			}
		default:
			whole++
			if len(steps) > 1 {
				t.Errorf("%s: nothing shows that the wipe was begun", what)
			}
			for _, label := range []string{"A", "B", "C"} {
				if err := everything(t, dir, label); err != nil {
					t.Errorf("%s: %s: %v", what, label, err)
				}
			}
			if err := register.Wipe(background, dir, nil); err != nil {
				t.Errorf("%s: the second wipe: %v", what, err)
			}
		}
		if diff := cmp.Diff(foreignFiles, remaining(t, dir)); diff != "" {
			t.Errorf("%s: what remains (-want +got):\n%s", what, diff)
		}
	}
	for i, stop := range wipeSteps {
		dir, steps, _ := wipe(stop, 0)
		if diff := cmp.Diff(wipeSteps[:i+1], steps); diff != "" {
			t.Errorf("killed at %s:\n%s", stop, diff)
		}
		judge("killed at "+stop, dir, steps)
	}
	_, steps, took := wipe("", 0)
	if steps[len(steps)-1] != "ended <nil>" {
		t.Fatalf("undisturbed: %v", steps)
	}
	random := rand.New(rand.NewPCG(20261122, 4))
	for range 12 {
		after := time.Duration(random.Int64N(int64(took))) + 1
		dir, steps, _ := wipe("", after)
		judge("killed after "+after.String(), dir, steps)
	}
	if whole == 0 || marked == 0 {
		t.Errorf("the moments do not cover the work: whole %d, marked %d, gone %d", whole, marked, gone)
	}
	t.Logf("whole %d, marked %d, gone %d; undisturbed %v", whole, marked, gone, took)
}
