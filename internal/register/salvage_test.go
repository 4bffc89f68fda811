package register_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
)

const pageSize = 4096

// vaultImage is the file of a vault with some hundred rows in three compartments: alone, and as it lay beside its log while the
// vault was in use, with what was saved last only in the log.
type vaultImage struct{ alone, inUse, log []byte }

var (
	imageOnce sync.Once
	imageMade vaultImage
)

func mustImage(t *testing.T) *vaultImage {
	t.Helper()
	imageOnce.Do(func() {
		dir := mustVault(t)
		r := mustUnlock(t, dir, "A")
		writers := map[domain.Compartment]*writer{domain.Case: newWriter(t, r, domain.Case), domain.Special: newWriter(t, r, domain.Special)}
		fill := func(from, to int) {
			for n := from; n < to; n++ {
				caseID := uuid.NewSHA1(uuid.Nil, []byte{byte(n / 8)})
				writers[domain.Case].save(t, r, caseID, uuid.NewSHA1(caseID, []byte{byte(n)}), "person", "given_names", strings.Repeat(fmt.Sprintf("Amina %d ", n), 1+n%40*8))
				if n%3 == 0 {
					writers[domain.Special].save(t, r, caseID, uuid.NewSHA1(caseID, []byte{1, byte(n)}), "health", "ability_to_speak", "yes")
				}
			}
		}
		fill(0, 160)
		mustLock(t, r)
		path := filepath.Join(dir, store.FileName)
		imageMade.alone = mustReadFile(t, path)
		r = mustUnlock(t, dir, "A")
		writers = map[domain.Compartment]*writer{domain.Case: newWriter(t, r, domain.Case), domain.Special: newWriter(t, r, domain.Special)}
		fill(160, 200)
		imageMade.inUse, imageMade.log = mustReadFile(t, path), mustReadFile(t, path+"-wal")
		mustLock(t, r)
	})
	if len(imageMade.log) == 0 {
		t.Fatal("no image")
	}
	return &imageMade
}

func mustReadFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mustLay writes the files of a damaged vault into a new folder.
func mustLay(t testing.TB, file, log []byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "damaged")
	err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, store.FileName), file, 0o600))
	if log != nil {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, store.FileName+"-wal"), log, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// rowsOf reads the sealed bodies of all operations and objects by their row ids, asking for each row by itself so that
// damage elsewhere hides none of them.
func rowsOf(t testing.TB, path string) map[string][]byte {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&immutable=1")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA writable_schema=ON"); err != nil {
		return nil
	}
	rows := map[string][]byte{}
	for _, table := range []string{"operation", "object"} {
		for id := range 420 {
			var row, head, body []byte
			if db.QueryRow("SELECT row_id, head, body FROM "+table+" WHERE rowid=?", id).Scan(&row, &head, &body) == nil {
				rows[table+string(row)] = append(head, body...)
			}
		}
	}
	return rows
}

// bodyOf leaves out the head of an operation, which may have been sealed anew for another number.
func bodyOf(key string, row []byte) string {
	if strings.HasPrefix(key, "operation") {
		return string(row[233:])
	}
	return string(row)
}

// An undamaged vault is brought over byte for byte, also one that was copied while in use together with its log.
func TestSalvage_Undamaged(t *testing.T) {
	i := mustImage(t)
	for name, files := range map[string][2][]byte{"alone": {i.alone}, "with its log": {i.inUse, i.log}} {
		t.Run(name, func(t *testing.T) {
			dir, to := mustLay(t, files[0], files[1]), filepath.Join(t.TempDir(), "new")
			report, err := register.SalvageBy(background, dir, to, "A", identityOf("A"))
			if err != nil {
				t.Fatal(err)
			}
			if entries, err := os.ReadDir(to); err != nil || len(entries) != len(register.Folders)+2 {
				t.Errorf("new folder has %v, %v", entries, err)
			}
			if !report.Whole() || report.Moved != 0 || report.Gaps != 0 || len(report.Cases) != 0 {
				t.Errorf("report %+v", report)
			}
			if got := mustReadFile(t, filepath.Join(dir, store.FileName)); !bytes.Equal(got, files[0]) {
				t.Error("the original changed")
			}
			if files[1] != nil {
				if got := mustReadFile(t, filepath.Join(dir, store.FileName+"-wal")); !bytes.Equal(got, files[1]) {
					t.Error("the log of the original changed")
				}
				mustLock(t, mustUnlock(t, dir, "A")) // writes the log back, to be compared
			}
			was, is := mustDigests(t, filepath.Join(dir, store.FileName)), mustDigests(t, filepath.Join(to, store.FileName))
			if files[1] != nil { // rows that were behind are sealed anew
				for _, digests := range []map[string]store.Digest{was, is} {
					delete(digests, "object")
					delete(digests, "system_value")
				}
				a, b := mustUnlock(t, dir, "A"), mustUnlock(t, to, "A")
				for _, c := range []domain.Compartment{domain.Case, domain.Special} {
					if diff := cmp.Diff(states(t, a, c, register.Filter{}), states(t, b, c, register.Filter{})); diff != "" {
						t.Errorf("%s differs:\n%s", c, diff)
					}
				}
			}
			if diff := cmp.Diff(was, is); diff != "" {
				t.Errorf("tables differ:\n%s", diff)
			}
		})
	}
}

// damagedVariable is how many files TestSalvage_RandomDamage damages; 'make thorough' sets it.
const damagedVariable = "FELTBOK_DAMAGED"

// Pages overwritten with zeros or noise, a file cut short, a log cut or lost: nothing panics, the result opens cleanly, and
// every row that the file still gives is in it.
func TestSalvage_RandomDamage(t *testing.T) {
	i := mustImage(t)
	images := 40
	if wanted := os.Getenv(damagedVariable); wanted != "" {
		var err error
		if images, err = strconv.Atoi(wanted); err != nil {
			t.Fatal(err)
		}
	}
	original := rowsOf(t, mustLayFile(t, i.alone))
	if len(original) < 400 {
		t.Fatalf("image has %d rows", len(original))
	}
	refused := map[string]int{}
	lost, moved := 0, 0
	for seed := range uint64(images) {
		random := rand.New(rand.NewPCG(20261122, seed))
		file, log := slices.Clone(i.alone), []byte(nil)
		if seed%5 == 4 {
			file, log = slices.Clone(i.inUse), slices.Clone(i.log)
		}
		what := damage(random, &file, &log)
		label := "A"
		if seed%4 == 3 {
			label = "B"
		}
		dir, to := mustLay(t, file, log), filepath.Join(t.TempDir(), "new")
		report, err := register.SalvageBy(background, dir, to, label, identityOf(label))
		if !bytes.Equal(mustReadFile(t, filepath.Join(dir, store.FileName)), file) {
			t.Errorf("%d %s: the original changed", seed, what)
		}
		if err != nil {
			refused[fault.Code(err)]++
			if fault.Code(err) == "" {
				t.Errorf("%d %s: %v", seed, what, err)
			}
			if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%d %s: a refused salvage left something", seed, what)
			}
			continue
		}
		moved += report.Moved
		if !report.Whole() {
			lost++
		}
		r, err := unlock(t, to, label)
		if err != nil {
			t.Errorf("%d %s: %v", seed, what, err)
			continue
		}
		if seed%4 == 0 { // the salvage itself checks each
			if _, err := r.Check(background); err != nil {
				t.Errorf("%d %s: %v", seed, what, err)
			}
		}
		mustLock(t, r)
		if log != nil {
			continue // what the log holds is not read by the plain reader below
		}
		kept := rowsOf(t, filepath.Join(to, store.FileName))
		for key, row := range rowsOf(t, filepath.Join(dir, store.FileName)) {
			if !bytes.Equal(row, original[key]) {
				continue // damaged and read all the same
			}
			if got, ok := kept[key]; !ok && keysLost(report) {
				continue // the row is whole, its data key is not
			} else if !ok || bodyOf(key, got) != bodyOf(key, row) {
				t.Errorf("%d %s: a readable row of %.9q is missing; report %+v", seed, what, key, report)
				break
			}
		}
	}
	t.Logf("of %d images %d lost something, %d operations moved, refused %v", images, lost, moved, refused)
	total := 0
	for code, n := range refused {
		total += n
		if !slices.Contains([]string{"V-DAMAGED", "V-HEADER", "V-KEY"}, code) {
			t.Errorf("%d images refused with %s", n, code)
		}
	}
	if lost < images/3 || total > images/2 || moved == 0 {
		t.Errorf("%d lost, %d refused, %d moved: the damage is not as meant", lost, total, moved)
	}
}

func mustLayFile(t testing.TB, file []byte) string {
	t.Helper()
	return filepath.Join(mustLay(t, file, nil), store.FileName)
}

func keysLost(report register.SalvageReport) bool {
	return slices.ContainsFunc(report.Damage, func(d register.Damage) bool { return d.Table == "data_key" || d.Code == "V-KEY" })
}

// damage spoils a file in one of the ways in which disks do and says how.
func damage(random *rand.Rand, file, log *[]byte) string {
	pages := len(*file) / pageSize
	at := func() int { return (1 + random.IntN(pages-1)) * pageSize } // without the first page nothing is a register
	switch kind := random.IntN(10); {
	case *log != nil && kind < 4:
		n := random.IntN(len(*log))
		*log = (*log)[:n]
		return fmt.Sprintf("log cut to %d", n)
	case *log != nil && kind < 6:
		n := random.IntN(len(*log) - 8)
		copy((*log)[n:], noise(random, 8))
		return fmt.Sprintf("noise in the log at %d", n)
	case *log != nil && kind < 7:
		*log = nil
		return "log lost"
	case kind == 0:
		n := len(*file)/2 + random.IntN(len(*file)/2)
		*file = (*file)[:n]
		return fmt.Sprintf("file cut to %d", n)
	case kind < 4:
		var spoiled []int
		for range 1 + random.IntN(4) {
			n := at()
			clear((*file)[n : n+pageSize])
			spoiled = append(spoiled, n/pageSize)
		}
		return fmt.Sprintf("pages %v zero", spoiled)
	case kind < 8:
		var spoiled []int
		for range 1 + random.IntN(4) {
			n := at()
			copy((*file)[n:], noise(random, pageSize))
			spoiled = append(spoiled, n/pageSize)
		}
		return fmt.Sprintf("pages %v noise", spoiled)
	}
	n, size := at()+random.IntN(pageSize-600), 1+random.IntN(600)
	copy((*file)[n:], noise(random, size))
	return fmt.Sprintf("noise of %d at %d", size, n)
}

func noise(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// A damaged register of an older version is salvaged into one of the newest, which has everything that this version needs.
func TestSalvage_OldVersion(t *testing.T) {
	dir, to := mustOldVault(t), filepath.Join(t.TempDir(), "new")
	v, err := register.Open(background, dir)
	if err != nil {
		t.Fatal(err)
	}
	slot := v.Users()[0].Slot
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	before := mustReadFile(t, filepath.Join(dir, store.FileName))
	steps := 0
	report, err := register.Salvage(background, dir, to, slot, oldPassphrase(), func(done, total int) {
		if done > total {
			t.Errorf("%d of %d", done, total)
		}
		steps++
	})
	if err != nil || !report.Whole() || steps == 0 {
		t.Fatalf("report %+v, %d steps, %v", report, steps, err)
	}
	if !bytes.Equal(before, mustReadFile(t, filepath.Join(dir, store.FileName))) {
		t.Error("the original changed")
	}
	if got := schemaVersion(t, to); got != store.SchemaVersion {
		t.Errorf("version is %d", got)
	}
	r, err := unlockOld(t, to)
	if err != nil {
		t.Fatal(err)
	}
	if got := contentDigest(t, r); got != goldenDigest(t) {
		t.Errorf("content is %s", got)
	}
	if canary, err := r.System(domain.RingOpen, register.SystemCanary); err != nil || len(canary) == 0 {
		t.Errorf("canary of %d bytes, %v", len(canary), err)
	}
	if tablesNow := tablesIn(t, mustVault(t)); len(tablesNow) == 0 {
		t.Error("no tables")
	}
	if kept := snapshots(t, to); len(kept) != 0 {
		t.Errorf("the salvaged vault was upgraded: %v", kept)
	}
}

// Attachments come along, and a case that was erased stays erased, also when somebody has put its keys and rows back.
func TestSalvage_ErasedCaseStaysErased(t *testing.T) {
	d := mustDocket(t)
	gone, kept := d.cases[0].id, d.cases[1].id
	e := mustEdit(t, d.dir)
	content, mac := e.blob("SELECT json FROM header"), e.blob("SELECT mac FROM header")
	tables := []string{"data_key", "operation", "object"}
	for _, table := range tables {
		e.keep("CREATE TABLE old_" + table + " AS SELECT * FROM " + table)
	}
	e.close()
	r := mustUnlock(t, d.dir, "A")
	lines := map[uuid.UUID]int{}
	for _, id := range []uuid.UUID{gone, kept} {
		lines[id] = len(mustCollect(t, r.CaseLines(background, domain.Case, id)))
	}
	if _, err := r.Erase(background, gone, d.erase, func(*register.Tx) error { return nil }); err != nil {
		// The scan finds the rows that this test has laid aside in the same file.
		if fault.Code(err) != "V-ERASE" {
			t.Fatal(err)
		}
	}
	mustLock(t, r)
	e = mustEdit(t, d.dir)
	e.exec("UPDATE header SET json=?, mac=?", content, mac)
	for _, table := range tables {
		e.exec("DELETE FROM " + table)
		e.exec("INSERT INTO " + table + " SELECT * FROM old_" + table)
		e.keep("DROP TABLE old_" + table)
	}
	e.close()
	r, damage, err := unlockReadOnly(t, d.dir, "A")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(damage, func(d register.Damage) bool { return d.Code == "V-KEY" && d.Ring == domain.RingCase }) {
		t.Errorf("damage %+v", damage)
	}
	shown := func(r *register.Register, what string) {
		t.Helper()
		if n := len(mustCollect(t, r.CaseLines(background, domain.Case, gone))); n != 0 {
			t.Errorf("%s: %d lines of the erased case", what, n)
		}
		if n := len(mustCollect(t, r.Objects(background, domain.Case, register.Filter{Case: &gone}))); n != 0 {
			t.Errorf("%s: %d objects of the erased case", what, n)
		}
		if n := len(mustCollect(t, r.CaseLines(background, domain.Case, kept))); n != lines[kept] || n == 0 {
			t.Errorf("%s: %d of %d lines of the other case", what, n, lines[kept])
		}
	}
	shown(r, "read-only")
	mustLock(t, r)
	to := filepath.Join(t.TempDir(), "new")
	report, err := register.SalvageBy(background, d.dir, to, "A", identityOf("A"))
	if err != nil {
		t.Fatal(err)
	}
	r = mustUnlock(t, to, "A")
	shown(r, "salvaged")
	if _, erased := r.Erased(gone); !erased {
		t.Error("the erasure is forgotten")
	}
	chunks := 0
	for _, table := range report.Tables {
		if table.Table == "attachment_chunk" {
			chunks += table.Kept
		}
	}
	if chunks == 0 {
		t.Error("no attachment came along")
	}
}
