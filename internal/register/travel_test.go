package register_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
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
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// storedHeader reads the header's row of a vault that nobody has open.
func storedHeader(t *testing.T, dir string) (content, mac []byte) {
	t.Helper()
	e := mustEdit(t, dir)
	defer e.close()
	return e.blob("SELECT json FROM header"), e.blob("SELECT mac FROM header")
}

func putHeader(t *testing.T, dir string, content, mac []byte) {
	t.Helper()
	e := mustEdit(t, dir)
	defer e.close()
	e.exec("UPDATE header SET json=?, mac=?", content, mac)
}

func mustTravelLock(t *testing.T, dir, label string) vault.TravelCode {
	t.Helper()
	code := vault.NewTravelCode()
	r := mustUnlock(t, dir, label)
	if err := r.TravelLock(background, code); err != nil {
		t.Fatal(err)
	}
	return code
}

// keysOf lists what opens a vault: its wrapped data keys, and pieces of the slot boxes and ring files as they stand in the
// header.
func keysOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	e := mustEdit(t, dir)
	defer e.close()
	keys := map[string][]byte{}
	rows, err := e.db.Query("SELECT ring, wrapped FROM data_key")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var ring domain.Ring
		var wrapped []byte
		if err := rows.Scan(&ring, &wrapped); err != nil {
			t.Fatal(err)
		}
		keys[fmt.Sprintf("data key of %s, %d", ring, len(keys))] = wrapped
	}
	h, err := vault.ParseHeader(e.blob("SELECT json FROM header"))
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range h.Slots {
		if slot.Kind == vault.PassphraseSlot {
			piecesOf(keys, "box of "+slot.Label, slot.Box)
		}
	}
	for _, ring := range h.Rings {
		piecesOf(keys, "ring "+ring.Ring.String(), ring.File)
	}
	return keys
}

// piecesOf adds two parts of a value as it stands in JSON, so that one of them lies on a single page of the file.
func piecesOf(keys map[string][]byte, name string, value []byte) {
	text := []byte(base64.StdEncoding.EncodeToString(value))
	keys[name], keys[name+" again"] = text[60:140], text[220:300]
}

// mustFind fails unless everything that opens the vault is found in its folder.
func mustFind(t *testing.T, dir string, keys map[string][]byte) {
	t.Helper()
	seen := map[string]bool{}
	for _, where := range found(t, dir, keys) {
		name, _, _ := strings.Cut(where, " in ")
		seen[strings.TrimSuffix(name, " again")] = true
	}
	for name := range keys {
		if !seen[strings.TrimSuffix(name, " again")] {
			t.Fatalf("the scan does not find %s", name)
		}
	}
}

// found names the secrets that are in any file of a folder.
func found(t *testing.T, dir string, secrets map[string][]byte) (where []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for name, secret := range secrets {
			if bytes.Contains(content, secret) {
				where = append(where, name+" in "+d.Name())
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(where)
	return where
}

func TestTravelLock_OnlyTheCodeOpens(t *testing.T) {
	s := mustScene(t)
	before, beforeMAC := storedHeader(t, s.dir)
	keys := keysOf(t, s.dir)
	mustFind(t, s.dir, keys)
	info, err := register.Peek(s.dir)
	if err != nil || info.TravelLocked {
		t.Fatalf("before: %+v, %v", info, err)
	}
	r := mustUnlock(t, s.dir, "A")
	code := vault.NewTravelCode()
	if err := r.TravelLock(background, code); err != nil {
		t.Fatal(err)
	}

	// The register itself is locked, and nobody can open the vault.
	if r.Identity() != nil || r.Holds(domain.RingOpen) {
		t.Error("keys are still held")
	}
	if err := r.TravelLock(background, code); !errors.Is(err, register.ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if _, err := register.Open(background, s.dir); fault.Code(err) != "V-TRAVEL" {
		t.Errorf("open: %v", err)
	}
	locked, err := register.Peek(s.dir)
	want := register.Info{Vault: info.Vault, Training: true, TravelLocked: true}
	if diff := cmp.Diff(want, locked); diff != "" || fault.Code(err) != "V-TRAVEL" {
		t.Errorf("peek: %v\n%s", err, diff)
	}
	// Nothing that opens with a passphrase is left in the file: no box at all, and the data keys of held rings are wrapped
	// anew.
	for _, left := range found(t, s.dir, keys) {
		if !strings.HasPrefix(left, "data key of sealed-read") && !strings.HasPrefix(left, "data key of audit-read") {
			t.Errorf("still there: %s", left)
		}
	}
	stored, mac := storedHeader(t, s.dir)
	if len(mac) != 0 {
		t.Errorf("a MAC of %d bytes that nobody can check", len(mac))
	}

	// A copy of the old header, put back with the file, does not open: the rings were rotated.
	putHeader(t, s.dir, before, beforeMAC)
	for _, label := range []string{"A", "B", "C"} {
		if _, err := unlock(t, s.dir, label); fault.Code(err) != "V-KEY" {
			t.Errorf("old header, %s: %v", label, err)
		}
	}
	putHeader(t, s.dir, stored, []byte{})

	// A wrong code changes nothing.
	if err := register.Release(background, s.dir, vault.NewTravelCode()); fault.Code(err) != "V-CODE" {
		t.Errorf("wrong code: %v", err)
	}
	if again, _ := storedHeader(t, s.dir); !bytes.Equal(again, stored) {
		t.Error("a wrong code changed the header")
	}

	// The code puts back what was sealed, byte for byte.
	travel, err := vault.ParseTravelHeader(stored)
	if err != nil {
		t.Fatal(err)
	}
	sealed, sealedMAC, err := travel.Open(code)
	if err != nil {
		t.Fatal(err)
	}
	if err := register.Release(background, s.dir, code); err != nil {
		t.Fatal(err)
	}
	after, afterMAC := storedHeader(t, s.dir)
	if !bytes.Equal(after, sealed) || !bytes.Equal(afterMAC, sealedMAC) {
		t.Error("not the header that was locked")
	}
	if err := register.Release(background, s.dir, code); fault.Code(err) != "V-RELEASED" {
		t.Errorf("a second release: %v", err)
	}
	compareHeaders(t, before, after)
	for _, label := range []string{"A", "B", "C"} {
		if err := everything(t, s.dir, label); err != nil {
			t.Errorf("%s after release: %v", label, err)
		}
	}
	if r, err := unlockByPassphrase(t, s.dir, "B"); err != nil {
		t.Errorf("B by passphrase: %v", err)
	} else {
		mustLock(t, r)
	}
}

// compareHeaders checks that a lock by A rotated A's rings and changed nothing else.
func compareHeaders(t *testing.T, before, after []byte) {
	t.Helper()
	old, err := vault.ParseHeader(before)
	if err != nil {
		t.Fatal(err)
	}
	now, err := vault.ParseHeader(after)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(old.Slots, now.Slots); diff != "" {
		t.Errorf("slots changed:\n%s", diff)
	}
	for _, entry := range old.Rings {
		ring := now.Ring(entry.Ring)
		if !slices.Contains(ringsA, entry.Ring) {
			if diff := cmp.Diff(entry, ring); diff != "" {
				t.Errorf("ring %s, which A does not hold, changed:\n%s", entry.Ring, diff)
			}
			continue
		}
		if ring.Generation != entry.Generation+1 || ring.ID == entry.ID || bytes.Equal(ring.File, entry.File) || !slices.Equal(ring.Readers, entry.Readers) {
			t.Errorf("ring %s was not rotated: generation %d", entry.Ring, ring.Generation)
		}
	}
}

func TestTravelLock_StoppedChangesNothing(t *testing.T) {
	s := mustScene(t)
	before, _ := storedHeader(t, s.dir)
	r := mustUnlock(t, s.dir, "A")
	ctx, cancel := context.WithCancel(background)
	cancel()
	if err := r.TravelLock(ctx, vault.NewTravelCode()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := r.TravelLock(background, vault.TravelCode{}); err == nil {
		t.Error("locked without a code")
	}
	newWriter(t, r, domain.Case).save(t, r, s.caseID, s.first, "person", "given_names", "Layla")
	mustLock(t, r)
	if after, _ := storedHeader(t, s.dir); !bytes.Equal(after, before) {
		t.Error("the header changed")
	}
	if err := everything(t, s.dir, "A"); err != nil {
		t.Error(err)
	}
}

// A removed user stays removed, and the next lock drops the slot when nobody lists it.
func TestTravelLock_AfterRemoval(t *testing.T) {
	s := mustScene(t)
	slotC := slotOf(t, s.dir, "C")
	r := mustUnlock(t, s.dir, "A")
	if err := r.RemoveUser(background, slotC); err != nil {
		t.Fatal(err)
	}
	code := vault.NewTravelCode()
	if err := r.TravelLock(background, code); err != nil {
		t.Fatal(err)
	}
	if err := register.Release(background, s.dir, code); err != nil {
		t.Fatal(err)
	}
	if got := opens(t, s.dir, people().c); !bytes.Equal(got, []byte{7, 8}) {
		t.Errorf("C's identity opens rings %v", got)
	}
	if err := everything(t, s.dir, "A"); err != nil {
		t.Error(err)
	}
}

func TestRecoverTravelCode(t *testing.T) {
	s := mustScene(t)
	if _, err := register.RecoverTravelCode(s.dir, people().recovery.Age); fault.Code(err) != "V-RELEASED" {
		t.Errorf("not locked: %v", err)
	}
	code := mustTravelLock(t, s.dir, "B")
	got, err := register.RecoverTravelCode(s.dir, people().recovery.Age)
	if err != nil || got != code {
		t.Errorf("recovered %s, %v; want %s", got, err, code)
	}
	for label, who := range map[string]*vault.Identity{"A": people().a, "B": people().b, "C": people().c} {
		if got, err := register.RecoverTravelCode(s.dir, who.Age); fault.Code(err) != "R-KIT" || !got.Empty() {
			t.Errorf("%s recovers %s, %v", label, got, err)
		}
	}
	if err := register.Release(background, s.dir, got); err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{"A", "B", "C"} {
		if err := everything(t, s.dir, label); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
}

func TestRelease_Tampered(t *testing.T) {
	s := mustScene(t)
	code := mustTravelLock(t, s.dir, "A")
	stored, _ := storedHeader(t, s.dir)
	travel, err := vault.ParseTravelHeader(stored)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*vault.TravelHeader)) []byte {
		copied := *travel
		copied.Envelope = bytes.Clone(travel.Envelope)
		change(&copied)
		content, err := copied.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	for name, tt := range map[string]struct {
		content []byte
		want    string
	}{
		"envelope":   {with(func(h *vault.TravelHeader) { h.Envelope[100] ^= 1 }), "V-CODE"},
		"vault":      {with(func(h *vault.TravelHeader) { h.Vault = uuid.New() }), "V-CODE"},
		"world":      {with(func(h *vault.TravelHeader) { h.Training = false }), "V-HEADER"},
		"white":      {append(bytes.Clone(stored), ' '), "V-HEADER"},
		"no header":  {[]byte("{}"), "V-HEADER"},
		"wiped mark": {vault.WipedHeader(), "V-WIPED"},
	} {
		putHeader(t, s.dir, tt.content, []byte{})
		if err := register.Release(background, s.dir, code); fault.Code(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		if now, _ := storedHeader(t, s.dir); !bytes.Equal(now, tt.content) {
			t.Errorf("%s: a refused release changed the header", name)
		}
	}
	putHeader(t, s.dir, stored, []byte{})
	r, err := register.Open(background, s.dir)
	if err == nil {
		t.Fatal(r.Close())
	}
	if err := register.Release(background, s.dir, code); err != nil {
		t.Fatal(err)
	}
	if err := register.Release(background, filepath.Join(s.dir, "none"), code); fault.Code(err) != "V-MISSING" {
		t.Errorf("no vault: %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, store.FileName+"-wal")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a log is left: %v", err)
	}
}

// travelVariable names the vault that a second process of this test program puts under travel lock.
const travelVariable = "FELTBOK_REGISTER_TRAVEL"

// runTravel unlocks, prints the code and locks.
func runTravel() {
	err := func() error {
		v, err := register.Open(background, os.Getenv(travelVariable))
		if err != nil {
			return err
		}
		r, err := v.Unlock(background, v.Users()[0].Slot, []byte(passphraseA))
		if err != nil {
			return err
		}
		code := vault.NewTravelCode()
		fmt.Println(code)
		return r.TravelLock(background, code)
	}()
	fmt.Println("ended", err)
}

// A process that is killed while it locks leaves the vault as it was, or under the lock whose code it had told.
func TestTravelLock_KilledAtAnyMoment(t *testing.T) {
	s := mustScene(t)
	lock := func(after time.Duration) (dir string, code vault.TravelCode, took time.Duration) {
		t.Helper()
		dir = filepath.Join(t.TempDir(), "vault")
		if err := os.CopyFS(dir, os.DirFS(s.dir)); err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), travelVariable+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var began time.Time
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			if !began.IsZero() {
				if scanner.Text() != "ended <nil>" {
					t.Fatalf("child says %s", scanner.Text())
				}
				continue
			}
			if code, err = vault.ParseTravelCode(scanner.Text()); err != nil {
				t.Fatalf("child says %s", scanner.Text())
			}
			if began = time.Now(); after >= 0 {
				time.AfterFunc(after, func() { _ = child.Process.Kill() })
			}
		}
		took = time.Since(began)
		_ = child.Wait() // killed, or ended before
		return dir, code, took
	}
	locked, open := 0, 0
	judge := func(what, dir string, code vault.TravelCode) {
		t.Helper()
		switch info, err := register.Peek(dir); {
		case info.TravelLocked:
			locked++
			if err := register.Release(background, dir, code); err != nil {
				t.Errorf("%s: release: %v", what, err)
			}
		case err != nil:
			t.Errorf("%s: %v", what, err)
		default:
			open++
		}
		for _, label := range []string{"A", "B", "C"} {
			if err := everything(t, dir, label); err != nil {
				t.Errorf("%s: %s: %v", what, label, err)
			}
		}
	}
	dir, code, took := lock(-1)
	judge("undisturbed", dir, code)
	if locked != 1 {
		t.Error("undisturbed, it does not lock")
	}
	random := rand.New(rand.NewPCG(20261122, 5))
	for range 8 {
		after := time.Duration(random.Int64N(int64(took)))
		dir, code, _ := lock(after)
		judge("killed after "+after.String(), dir, code)
	}
	t.Logf("locked %d, open %d; undisturbed %v", locked, open, took)
}
