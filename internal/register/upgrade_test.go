package register_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
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

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
)

// upgradeChild names the vault that a second process of this test program unlocks and thereby upgrades. It says after which
// stage it is and waits there for the kill.
const upgradeChild = "FELTBOK_UPGRADE_CHILD"

func init() {
	dir := os.Getenv(upgradeChild)
	if dir == "" {
		return
	}
	register.OnUpgradeStageForEver(func(stage string) error {
		fmt.Println(stage)
		return nil
	})
	v, err := register.Open(context.Background(), dir)
	if err == nil {
		var r *register.Register
		if r, err = v.Unlock(context.Background(), v.Users()[0].Slot, oldPassphrase()); err == nil {
			err = r.Lock()
		}
	}
	fmt.Println("end", err)
	os.Exit(0)
}

func oldPassphrase() []byte {
	words, err := os.ReadFile(filepath.Join("testdata", "schema1", "passphrase.txt"))
	if err != nil {
		panic(err)
	}
	return bytes.TrimSpace(words)
}

// mustOldVault copies the register that the program before the first migration made.
func mustOldVault(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "old")
	content, err := os.ReadFile(filepath.Join("testdata", "schema1", store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, store.FileName), content, 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func unlockOld(t testing.TB, dir string) (*register.Register, error) {
	t.Helper()
	v, err := register.Open(background, dir)
	if err != nil {
		return nil, err
	}
	r, err := v.Unlock(background, v.Users()[0].Slot, oldPassphrase())
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	t.Cleanup(func() { mustLock(t, r) })
	return r, nil
}

// contentDigest is SHA-256 over every object, line and system value that the program of schema version 1 knew.
func contentDigest(t testing.TB, r *register.Register) string {
	t.Helper()
	hash := sha256.New()
	put := func(b []byte) {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		hash.Write(b)
	}
	for _, c := range domain.AllCompartments {
		if !r.Holds(domain.RingOf(c)) {
			continue
		}
		var all [][]byte
		for _, object := range mustCollect(t, r.Objects(background, c, register.Filter{})) {
			b, err := object.Encode()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		slices.SortFunc(all, bytes.Compare)
		put([]byte(c.String()))
		for _, b := range all {
			put(b)
		}
		for _, chain := range r.Chains(c) {
			for _, line := range mustCollect(t, r.Lines(background, chain.Chain, 1, 1<<62)) {
				put([]byte(line.Name.String()))
				put(line.Bytes)
			}
		}
		for name := int64(2); name <= 19; name++ {
			if name == register.SystemLedger {
				continue
			}
			value, err := r.System(domain.RingOf(c), name)
			if err != nil {
				t.Fatal(err)
			}
			put(value)
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}

func goldenDigest(t testing.TB) string {
	t.Helper()
	golden, err := os.ReadFile(filepath.Join("testdata", "schema1", "content.sha256"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(golden))
}

func schemaVersion(t testing.TB, dir string) int {
	t.Helper()
	v, err := register.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	return v.SchemaVersion()
}

func mustDigests(t testing.TB, path string) map[string]store.Digest {
	t.Helper()
	digests, err := store.CheckFile(background, path)
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

func snapshots(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "backup", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Opening an old register leaves it alone; unlocking brings it to the new version with every record as it was, and keeps a
// checked copy of what was before.
func TestUpgrade_EveryRecordStays(t *testing.T) {
	dir := mustOldVault(t)
	path := filepath.Join(dir, store.FileName)
	before := mustDigests(t, path)
	if got := schemaVersion(t, dir); got != 1 {
		t.Fatalf("opened register has version %d", got)
	}
	r, err := unlockOld(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := contentDigest(t, r), goldenDigest(t); got != want {
		t.Errorf("content is %s, was %s", got, want)
	}
	if canary, err := r.System(domain.RingOpen, register.SystemCanary); err != nil || len(canary) == 0 {
		t.Errorf("canary of %d bytes, %v", len(canary), err)
	}
	if _, err := r.Check(background); err != nil {
		t.Error(err)
	}
	mustLock(t, r)
	after := mustDigests(t, path)
	for table, digest := range before {
		if table != "system_value" && after[table] != digest {
			t.Errorf("table %s changed", table)
		}
	}
	if got := schemaVersion(t, dir); got != store.SchemaVersion {
		t.Errorf("version is %d", got)
	}
	kept := snapshots(t, dir)
	if len(kept) != 1 || !strings.HasPrefix(filepath.Base(kept[0]), fmt.Sprintf("before-v%d-", store.SchemaVersion)) {
		t.Fatalf("snapshots %v", kept)
	}
	if diff := cmp.Diff(before, mustDigests(t, kept[0])); diff != "" {
		t.Errorf("snapshot differs:\n%s", diff)
	}
	if r, err = unlockOld(t, dir); err != nil {
		t.Fatal(err)
	}
	if got := contentDigest(t, r); got != goldenDigest(t) {
		t.Errorf("second unlock: content is %s", got)
	}
	if again := snapshots(t, dir); len(again) != 1 {
		t.Errorf("second unlock: snapshots %v", again)
	}
}

// A wrong passphrase upgrades nothing.
func TestUpgrade_NotByAWrongPassphrase(t *testing.T) {
	dir := mustOldVault(t)
	v, err := register.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Unlock(background, v.Users()[0].Slot, []byte("not these words at all")); fault.Code(err) != "V-PASS" {
		t.Errorf("got %v", err)
	}
	if v.SchemaVersion() != 1 || len(snapshots(t, dir)) != 0 {
		t.Errorf("version %d, snapshots %v", v.SchemaVersion(), snapshots(t, dir))
	}
}

// Tables of an upgraded register cannot be told from those of a new one.
func TestUpgrade_SameTablesAsANewRegister(t *testing.T) {
	dir := mustOldVault(t)
	r, err := unlockOld(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	if diff := cmp.Diff(tablesIn(t, mustVault(t)), tablesIn(t, dir)); diff != "" {
		t.Errorf("new and upgraded differ:\n%s", diff)
	}
}

func tablesIn(t testing.TB, dir string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT type, name, tbl_name, coalesce(sql,'') FROM sqlite_schema ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind, name, table, text string
		if err := rows.Scan(&kind, &name, &table, &text); err != nil {
			t.Fatal(err)
		}
		all = append(all, kind+" "+name+" "+table+" "+text)
	}
	if len(all) < 12 {
		t.Fatalf("only %v", all)
	}
	return all
}

// Whatever goes wrong after whatever stage: V-UPGRADE, every row as it was, and the next try succeeds, by the same vault and by
// one that is opened anew.
func TestUpgrade_ReturnsByItself(t *testing.T) {
	for _, stage := range register.UpgradeStages {
		t.Run(stage, func(t *testing.T) {
			dir := mustOldVault(t)
			path := filepath.Join(dir, store.FileName)
			before := mustDigests(t, path)
			failure := errors.New("injected")
			failing := true
			met := false
			register.OnUpgradeStage(t, func(at string) error {
				if failing && at == stage {
					met = true
					return failure
				}
				return nil
			})
			v, err := register.Open(background, dir)
			if err != nil {
				t.Fatal(err)
			}
			slot := v.Users()[0].Slot
			_, err = v.Unlock(background, slot, oldPassphrase())
			if fault.Code(err) != "V-UPGRADE" || !errors.Is(err, failure) || !met {
				t.Fatalf("got %v", err)
			}
			if v.SchemaVersion() != 1 {
				t.Errorf("version is %d", v.SchemaVersion())
			}
			failing = false
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, mustDigests(t, path)); diff != "" {
				t.Errorf("register changed:\n%s", diff)
			}
			failing = true
			if v, err = register.Open(background, dir); err != nil {
				t.Fatal(err)
			}
			if _, err = v.Unlock(background, slot, oldPassphrase()); fault.Code(err) != "V-UPGRADE" {
				t.Fatalf("second try: %v", err)
			}
			if kept := snapshots(t, dir); len(kept) != 1 {
				t.Errorf("snapshots pile up: %v", kept)
			}
			failing = false
			r, err := v.Unlock(background, slot, oldPassphrase())
			if err != nil {
				t.Fatalf("after the return: %v", err)
			}
			if got := contentDigest(t, r); got != goldenDigest(t) {
				t.Errorf("content is %s", got)
			}
			mustLock(t, r)
			if entries, _ := filepath.Glob(filepath.Join(dir, "*.restore*")); len(entries) > 0 {
				t.Errorf("left over: %v", entries)
			}
		})
	}
}

// A change of a row that nobody asked for is noticed by the comparison, and undone.
func TestUpgrade_NoticesAChangedRow(t *testing.T) {
	for name, change := range map[string]func(store.Writer) error{
		"object": func(w store.Writer) error {
			for object, err := range w.Objects() {
				return errors.Join(err, w.DropObject(object.Row))
			}
			return nil
		},
		"operation": func(w store.Writer) error {
			o, err := w.Operation(90)
			return errors.Join(err, w.Blank(o.Row, o.Head))
		},
		"system value of another ring": func(w store.Writer) error {
			return w.PutSystem(store.SystemValue{Ring: domain.RingCase, Name: register.SystemInbox, Value: []byte("x")})
		},
		"system value of open": func(w store.Writer) error {
			return w.PutSystem(store.SystemValue{Ring: domain.RingOpen, Name: register.SystemCounters, Value: []byte("x")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := mustOldVault(t)
			before := mustDigests(t, filepath.Join(dir, store.FileName))
			v, err := register.Open(background, dir)
			if err != nil {
				t.Fatal(err)
			}
			register.InUpgrade(t, change)
			if _, err := v.Unlock(background, v.Users()[0].Slot, oldPassphrase()); fault.Code(err) != "V-UPGRADE" || !strings.Contains(err.Error(), "changed during the upgrade") {
				t.Errorf("got %v", err)
			}
			if err := v.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, mustDigests(t, filepath.Join(dir, store.FileName))); diff != "" {
				t.Errorf("register changed:\n%s", diff)
			}
		})
	}
}

// Without room for a copy nothing is begun.
func TestUpgrade_NeedsRoom(t *testing.T) {
	dir := mustOldVault(t)
	register.WithFreeBytes(t, 10<<20)
	_, err := unlockOld(t, dir)
	if fault.Code(err) != "V-UPGRADE" || !errors.Is(err, fault.New("V-SPACE", "", nil)) {
		t.Errorf("got %v", err)
	}
	if kept := snapshots(t, dir); len(kept) != 0 || schemaVersion(t, dir) != 1 {
		t.Errorf("snapshots %v", kept)
	}
}

// A program that does not know the version leaves the register alone.
func TestUpgrade_NewerRegisterIsRefused(t *testing.T) {
	dir := mustOldVault(t)
	e := mustEdit(t, dir)
	e.keep(fmt.Sprint("PRAGMA user_version=", store.SchemaVersion+1))
	e.close()
	if _, err := register.Open(background, dir); fault.Code(err) != "V-VERSION" {
		t.Errorf("got %v", err)
	}
}

// A kill at any moment of an upgrade leaves one version or the other, whole.
func TestUpgrade_Killed(t *testing.T) {
	random := rand.New(rand.NewPCG(20261122, 21))
	versions := map[int]int{}
	for range 3 {
		for _, stage := range append([]string{"begin"}, register.UpgradeStages...) {
			dir := mustOldVault(t)
			mustKillUpgrade(t, dir, stage, time.Duration(random.IntN(4000))*time.Microsecond)
			versions[schemaVersion(t, dir)]++
			r, err := unlockOld(t, dir)
			if err != nil {
				t.Fatalf("killed at %s: %v", stage, err)
			}
			if got := contentDigest(t, r); got != goldenDigest(t) {
				t.Errorf("killed at %s: content is %s", stage, got)
			}
			if _, err := r.Check(background); err != nil {
				t.Errorf("killed at %s: %v", stage, err)
			}
			mustLock(t, r)
		}
	}
	if versions[1] == 0 || versions[store.SchemaVersion] == 0 {
		t.Errorf("killed always on the same side: %v", versions)
	}
}

func mustKillUpgrade(t *testing.T, dir, stage string, pause time.Duration) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), upgradeChild+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { time.AfterFunc(pause, func() { _ = child.Process.Kill() }) }
	if stage == "begin" {
		kill()
	}
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if scanner.Text() == stage {
			kill()
		}
		if strings.HasPrefix(scanner.Text(), "end ") && scanner.Text() != "end <nil>" {
			t.Errorf("child says %q", scanner.Text())
		}
	}
	_ = child.Wait() // killed
}
