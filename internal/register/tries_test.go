package register_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
)

// tryIt opens a vault, tries a passphrase for the first user and closes it again, as the unlock screen does.
func tryIt(t testing.TB, dir, passphrase string) (failedTries int, err error) {
	t.Helper()
	v, err := register.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Unlock(background, v.Users()[0].Slot, []byte(passphrase))
	if err != nil {
		return 0, errors.Join(err, v.Close())
	}
	failedTries = r.FailedTries()
	mustLock(t, r)
	return failedTries, nil
}

// patient lets two minutes pass between any two looks at the clock, so that no try has to wait.
func patient(t testing.TB) {
	now := time.Hour
	register.WithMonotonic(t, func() time.Duration {
		now += 2 * time.Minute
		return now
	})
}

const wrong = "these are not the words"

// Each wrong passphrase makes the next try wait twice as long, up to a minute; the right one within the wait is refused
// without being looked at, after it opens and says how many tries there were.
func TestTries_WaitGrows(t *testing.T) {
	dir := mustVault(t)
	now := time.Hour
	register.WithMonotonic(t, func() time.Duration { return now })
	for n, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		want *= time.Second
		if _, err := tryIt(t, dir, wrong); fault.Code(err) != "V-PASS" {
			t.Fatalf("try %d: %v", n+1, err)
		}
		if got := waitOf(t, dir, 0); got != want {
			t.Errorf("after try %d the wait is %v, want %v", n+1, got, want)
		}
		now += want - time.Millisecond
		_, err := tryIt(t, dir, passphraseA)
		if f, _ := fault.Of(err); f == nil || f.Code != "V-WAIT" || f.Where != "1" {
			t.Errorf("within the wait after try %d: %v", n+1, err)
		}
		now += time.Millisecond
	}
	if got := waitOf(t, dir, 1); got != 0 {
		t.Errorf("another user waits %v", got)
	}
	if failed, err := tryIt(t, dir, passphraseA); err != nil || failed != 8 {
		t.Errorf("got %d failed tries, %v", failed, err)
	}
	if failed, err := tryIt(t, dir, passphraseA); err != nil || failed != 0 {
		t.Errorf("after a good unlock: %d failed tries, %v", failed, err)
	}
}

func waitOf(t testing.TB, dir string, user int) time.Duration {
	t.Helper()
	v, err := register.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	return v.Wait(v.Users()[user].Slot)
}

// A restart of the program does not shorten the wait: it begins anew when the vault is first opened, and the count is that
// of the file.
func TestTries_SurviveARestart(t *testing.T) {
	dir := mustVault(t)
	now := time.Hour
	register.WithMonotonic(t, func() time.Duration { return now })
	for range 4 {
		if _, err := tryIt(t, dir, wrong); fault.Code(err) != "V-PASS" {
			t.Fatal(err)
		}
		now += time.Minute
	}
	register.ForgetTries()
	if got := waitOf(t, dir, 0); got != 8*time.Second {
		t.Errorf("after a restart the wait is %v", got)
	}
	register.ForgetTries()
	v, err := register.OpenReadOnly(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Wait(v.Users()[0].Slot); got != 8*time.Second {
		t.Errorf("opened read-only after a restart: the wait is %v", got)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	now += 3 * time.Second
	if got := waitOf(t, dir, 0); got != 5*time.Second {
		t.Errorf("opening again within the process: the wait is %v", got)
	}
	_, err = tryIt(t, dir, passphraseA)
	if f, _ := fault.Of(err); f == nil || f.Code != "V-WAIT" || f.Where != "5" {
		t.Errorf("got %v", err)
	}
	now += 5 * time.Second
	if failed, err := tryIt(t, dir, passphraseA); err != nil || failed != 4 {
		t.Errorf("got %d failed tries, %v", failed, err)
	}
}

// Trying read-only is no way around the wait, and writes nothing.
func TestTries_ReadOnlyWaitsToo(t *testing.T) {
	dir := mustVault(t)
	now := time.Hour
	register.WithMonotonic(t, func() time.Duration { return now })
	path := filepath.Join(dir, store.FileName)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := register.OpenReadOnly(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	slot := v.Users()[0].Slot
	if _, _, err := v.UnlockReadOnly(background, slot, []byte(wrong)); fault.Code(err) != "V-PASS" {
		t.Errorf("got %v", err)
	}
	if _, _, err := v.UnlockReadOnly(background, slot, []byte(passphraseA)); fault.Code(err) != "V-WAIT" {
		t.Errorf("at once: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if got := waitOf(t, dir, 0); got != time.Second {
		t.Errorf("the wait is %v", got)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("file changed, %v", err)
	}
	register.ForgetTries()
	if got := waitOf(t, dir, 0); got != 0 {
		t.Errorf("after a restart the wait is %v", got)
	}
}

// An old register has no place for the count; within the process the wait holds all the same.
func TestTries_OldRegister(t *testing.T) {
	dir := mustOldVault(t)
	now := time.Hour
	register.WithMonotonic(t, func() time.Duration { return now })
	if _, err := tryIt(t, dir, wrong); fault.Code(err) != "V-PASS" {
		t.Fatal(err)
	}
	if _, err := tryIt(t, dir, string(oldPassphrase())); fault.Code(err) != "V-WAIT" {
		t.Errorf("got %v", err)
	}
	now += time.Second
	if failed, err := tryIt(t, dir, string(oldPassphrase())); err != nil || failed != 1 {
		t.Errorf("got %d failed tries, %v", failed, err)
	}
}
