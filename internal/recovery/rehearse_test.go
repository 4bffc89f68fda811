package recovery_test

import (
	"bytes"
	standard "cmp"
	"database/sql"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/recovery"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

// mission is an installation whose kit opens by two of A, B and C, and laptop A's backup with a bundle of its.
type mission struct {
	*exchangetest.Installation
	kit            *recovery.Kit
	secret         *age.HybridIdentity
	backup, bundle string
	checked        register.CheckReport // of laptop A when the backup was made
}

// written is the mission that every test begins with, and what is known of it besides its files.
var (
	written = &exchangetest.Scene{Prepare: func(t testing.TB, in *exchangetest.Installation) {
		in.Caseload(t)
		in.Conflict(t) // both laptops have written
		_, known.secret = mustQuorum(t, in)
		laptop := in.Laptops[0]
		exchangetest.Write(t, laptop, workspace.Target{Type: "sealed_note", Case: in.Case, Subject: in.Person}, map[string]domain.Answer{"note": exchangetest.Text("hemmelig")})
		exchangetest.Write(t, laptop, workspace.Target{Type: "person", ID: in.Person, Case: in.Case}, map[string]domain.Answer{"birth_place": exchangetest.Text("Landsbyen")})
		exchangetest.Export(t, laptop, "hq", filepath.Join(in.Dir, "sent.feltbok"))
		var err error
		if known.checked, err = laptop.WS.Check(background); err != nil {
			t.Fatal(err)
		}
		known.device = laptop.WS.Me().Device
		mustBackup(t, laptop, filepath.Join(in.Dir, "copies"))
	}}
	known struct {
		secret  *age.HybridIdentity
		checked register.CheckReport
		device  uuid.UUID
	}
)

// mustMission gives a test a mission of its own and opens the machines that are named; most tests need none.
func mustMission(t *testing.T, open ...string) *mission {
	t.Helper()
	m := &mission{Installation: written.Copy(t, open...)}
	var err error
	if m.kit, err = recovery.Load(filepath.Join(m.Dir, "quorum")); err != nil {
		t.Fatal(err)
	}
	m.secret, m.checked = known.secret, known.checked
	m.bundle, m.backup = filepath.Join(m.Dir, "sent.feltbok"), filepath.Join(m.Dir, "copies", "laptop-a.db")
	return m
}

// mustQuorum replaces the kit of a quick start by one in the folder quorum that takes two of A, B and C.
func mustQuorum(t testing.TB, in *exchangetest.Installation) (*recovery.Kit, *age.HybridIdentity) {
	t.Helper()
	dir := filepath.Join(in.Dir, "kit")
	quick, err := recovery.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := recovery.ReadKey(filepath.Join(dir, "custodian-A.key"), never)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := quick.Open([]recovery.Key{{Identity: key}})
	if err != nil {
		t.Fatal(err)
	}
	kit, err := recovery.Replace(quick, []recovery.Key{{Identity: key}}, filepath.Join(in.Dir, "quorum"), recovery.MakeOptions{
		Custodians: custodians("A", "B", "C"), Threshold: 2, Training: true, Now: today,
	})
	if err != nil {
		t.Fatal(err)
	}
	return kit, secret
}

func mustBackup(t testing.TB, m *exchangetest.Machine, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, m.Name+".db")
	if err := m.WS.Backup(background, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func (m *mission) options(by ...string) recovery.RehearseOptions {
	return recovery.RehearseOptions{Backup: m.backup, Kit: m.kit.Dir, Keys: keys(by...), Now: exchangetest.Today.AddDate(0, 0, 1)}
}

func mustRehearse(t testing.TB, o recovery.RehearseOptions) *recovery.Report {
	t.Helper()
	report, err := recovery.Rehearse(background, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// codes are the reason codes of a report, each with its place.
func codes(report *recovery.Report) (all []string) {
	for _, err := range report.Faults {
		f, _ := fault.Of(err)
		all = append(all, f.Code+" "+f.Where)
	}
	return all
}

func TestRehearse_EachPairOpensEverything(t *testing.T) {
	m := mustMission(t)
	before, err := os.ReadFile(m.backup)
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][]string{{"A", "B"}, {"A", "C"}, {"B", "C"}} {
		o := m.options(pair...)
		o.Bundle = m.bundle
		var stages []string
		o.Progress = func(stage string) { stages = append(stages, stage) }
		report := mustRehearse(t, o)
		if !report.Passed() {
			t.Fatalf("%v: %v", pair, report.Faults)
		}
		if diff := cmp.Diff(pair, report.Used); diff != "" {
			t.Error(diff)
		}
		if report.Device != known.device || report.Mission != exchangetest.Mission || report.Alias != "laptop-a" || !report.Training {
			t.Errorf("%+v", report)
		}
		boxes, lines := 0, 0
		for _, ring := range report.Rings {
			boxes, lines = boxes+ring.Boxes, lines+ring.Lines
			if ring.Err != nil || ring.Values == 0 || ring.Readers != 2 {
				t.Errorf("%+v", ring)
			}
		}
		if len(report.Rings) != len(m.checked.Rings) || lines != m.checked.Operations || boxes < 2 {
			t.Errorf("%d rings, %d lines, %d boxes; the machine has %+v", len(report.Rings), lines, boxes, m.checked)
		}
		if b := report.Bundle; b == nil || b.Parts == 0 || b.Lines == 0 || b.Boxes == 0 {
			t.Errorf("bundle %+v", b)
		}
		if len(stages) != 4+len(report.Rings)+1 {
			t.Errorf("told of %v", stages)
		}
	}
	if after, err := os.ReadFile(m.backup); err != nil || !bytes.Equal(before, after) {
		t.Error("the rehearsal changed the backup")
	}
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(m.backup), "*")); len(found) != 1 {
		t.Errorf("left beside the backup: %v", found)
	}
}

func TestRehearse_WrongCustodiansOrKit(t *testing.T) {
	m := mustMission(t, "hq", "laptop-b")
	strangers := mustKit(t, 2, "A", "B", "C") // of another recovery identity
	tests := map[string]struct {
		change func(*recovery.RehearseOptions)
		want   []string
	}{
		"one alone": {func(o *recovery.RehearseOptions) { o.Keys = keys("A") }, []string{"R-KIT quorum"}},
		"a pair of strangers": {func(o *recovery.RehearseOptions) {
			o.Keys = []recovery.Key{{Label: "A", Identity: identities()["D"]}, {Label: "B", Identity: identities()["E"]}}
		}, []string{"R-KIT A"}},
		"one of them a stranger": {func(o *recovery.RehearseOptions) {
			o.Keys = []recovery.Key{{Label: "A", Identity: identities()["A"]}, {Label: "B", Identity: identities()["X"]}}
		}, []string{"R-KIT B"}},
		"another kit": {func(o *recovery.RehearseOptions) { o.Kit = strangers.Dir }, []string{
			"R-RING open", "R-RING case", "R-RING special", "R-RING sealed", "R-RING audit", "R-RING open",
		}},
		"no kit":    {func(o *recovery.RehearseOptions) { o.Kit = filepath.Join(o.Kit, "x") }, []string{"R-KIT x"}},
		"no backup": {func(o *recovery.RehearseOptions) { o.Backup += "x" }, []string{"V-MISSING laptop-a.dbx"}},
		"a bundle of another device": {func(o *recovery.RehearseOptions) {
			o.Bundle = exchangetest.Export(t, m.Laptops[1], "hq", t.TempDir())
		}, []string{"R-BUNDLE"}},
		"a bundle for a laptop only": {func(o *recovery.RehearseOptions) {
			o.Bundle = exchangetest.Export(t, m.HQ, "laptop-a", t.TempDir())
		}, []string{"R-BUNDLE"}},
		"a damaged bundle": {func(o *recovery.RehearseOptions) {
			content, err := os.ReadFile(m.bundle)
			if err != nil {
				t.Fatal(err)
			}
			content[len(content)/2] ^= 1
			o.Bundle = filepath.Join(t.TempDir(), "x.feltbok")
			if err := os.WriteFile(o.Bundle, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"R-BUNDLE x.feltbok"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := m.options("A", "B")
			tc.change(&o)
			got := codes(mustRehearse(t, o))
			for i, want := range tc.want {
				if want == "R-BUNDLE" {
					tc.want[i] += " " + filepath.Base(o.Bundle)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// edit lets a function change the rows of a copy of the backup by plain SQL; the copy is returned.
func (m *mission) edit(t *testing.T, change func(*sql.DB)) string {
	t.Helper()
	content, err := os.ReadFile(m.backup)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "edited.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	change(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// withoutRecovery reseals one ring without the recovery reader, with true MACs: what a program with an error would do.
func (m *mission) withoutRecovery(t *testing.T, ring domain.Ring) func(*sql.DB) {
	return func(db *sql.DB) {
		t.Helper()
		var content, mac []byte
		if err := db.QueryRow("SELECT json, mac FROM header").Scan(&content, &mac); err != nil {
			t.Fatal(err)
		}
		h, err := vault.ParseHeader(content)
		if err != nil {
			t.Fatal(err)
		}
		var recoverySlot vault.SlotID
		var others []*vault.Slot
		for _, slot := range h.Slots {
			if slot.Kind == vault.RecoverySlot {
				recoverySlot = slot.ID
			} else {
				others = append(others, slot)
			}
		}
		openKey, err := h.OpenFirstRing(recoverySlot, m.secret, content, mac)
		if err != nil {
			t.Fatal(err)
		}
		entry := h.Ring(ring)
		key, err := h.OpenRing(entry, m.secret)
		if err != nil {
			t.Fatal(err)
		}
		made, err := vault.SealRing(h.Vault, h.Training, ring, entry.ID, entry.Generation, &key, others)
		if err != nil {
			t.Fatal(err)
		}
		*entry = *made
		if content, err = h.Encode(); err != nil {
			t.Fatal(err)
		}
		macKey := vault.HeaderMACKey(&openKey, h.Vault)
		sum := vault.HeaderMAC(&macKey, content)
		if _, err := db.Exec("UPDATE header SET json=?, mac=?", content, sum[:]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRehearse_NamesWhatIsWrongInTheBackup(t *testing.T) {
	m := mustMission(t)
	exec := func(query string) func(*sql.DB) {
		return func(db *sql.DB) {
			t.Helper()
			result, err := db.Exec(query)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := result.RowsAffected(); n == 0 {
				t.Fatalf("%s changed nothing", query)
			}
		}
	}
	tests := map[string]struct {
		change func(*sql.DB)
		want   string // among the faults
	}{
		"a ring lacks recovery":         {m.withoutRecovery(t, domain.RingSpecial), "R-RING special"},
		"open lacks recovery":           {m.withoutRecovery(t, domain.RingOpen), "R-RING open"},
		"header changed by an outsider": {exec(`UPDATE header SET json=CAST(replace(json, '"label":"A"', '"label":"B"') AS BLOB)`), "R-RING open"},
		"an operation is gone":          {exec("DELETE FROM operation WHERE compartment=2 AND seq=(SELECT max(seq) FROM operation WHERE compartment=2)"), "R-ROWS case"},
		"a body exchanged":              {exec("UPDATE operation SET body=(SELECT body FROM operation WHERE compartment=2 ORDER BY seq LIMIT 1) WHERE compartment=4"), "R-ROWS sealed"},
		"an object is gone":             {exec("DELETE FROM object WHERE compartment=2"), "R-ROWS case"},
		"a data key is gone":            {exec("DELETE FROM data_key WHERE ring=2 AND substr(key_id,1,15)<>zeroblob(15)"), "R-ROWS case"},
		"the canary is gone":            {exec("DELETE FROM system_value WHERE name=21"), "R-ROWS open"},
		"the directories are gone":      {exec("DELETE FROM system_value WHERE name=13"), "R-ROWS open"},
		"the ledger is gone":            {exec("DELETE FROM system_value WHERE name=15"), "R-ROWS edited.db"},
		"the header is gone":            {exec("DELETE FROM header"), "R-ROWS edited.db"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := m.options("B", "C")
			o.Backup = m.edit(t, tc.change)
			got := codes(mustRehearse(t, o))
			if !slices.Contains(got, tc.want) {
				t.Errorf("got %v, want %s", got, tc.want)
			}
		})
	}
	t.Run("a plain copy of the register's file", func(t *testing.T) {
		o := m.options("B", "C")
		o.Backup = filepath.Join(m.Laptops[0].Dir, "vault.db")
		if report := mustRehearse(t, o); !report.Passed() {
			t.Errorf("%v", report.Faults)
		}
	})
}

// TestRehearse_CanaryOfAnother: a canary that was written in good order and is not this vault's fails by itself.
func TestRehearse_CanaryOfAnother(t *testing.T) {
	m := mustMission(t, "laptop-a")
	reg := m.Laptops[0].WS.Register()
	foreign, err := vault.SealBox([]byte("feltbok/v1/canary"), []string{m.kit.Recovery})
	if err != nil {
		t.Fatal(err)
	}
	err = reg.Update(background, func(tx *register.Tx) error {
		return tx.SetSystem(domain.RingOpen, register.SystemCanary, append(make([]byte, 32), foreign...))
	})
	if err != nil {
		t.Fatal(err)
	}
	m.backup = mustBackup(t, m.Laptops[0], t.TempDir())
	report := mustRehearse(t, m.options("A", "B"))
	if got := codes(report); len(got) != 1 || fault.Code(report.Canary) != "R-BOX" || got[0] != "R-BOX "+reg.VaultID().String() {
		t.Errorf("%v", got)
	}
}

// TestRehearse_OneBitAnywhere turns one bit at 40 places of the backup, or as many as FELTBOK_BITS says. What goes unnoticed
// must not be content: either one of SQLite's own counters, or a place between the entries of an index or an inner page.
func TestRehearse_OneBitAnywhere(t *testing.T) {
	m := mustMission(t)
	whole, err := os.ReadFile(m.backup)
	if err != nil {
		t.Fatal(err)
	}
	digests, err := store.CheckFile(background, m.backup)
	if err != nil {
		t.Fatal(err)
	}
	// Changes, schema cookie, the change at which the size was noted, version of the library.
	counters := func(at int) bool { return at >= 24 && at < 28 || at >= 40 && at < 44 || at >= 92 && at < 100 }
	o := m.options("A", "C")
	o.Backup = filepath.Join(t.TempDir(), "flipped.db")
	random := rand.New(rand.NewPCG(2026, 11))
	places, err := strconv.Atoi(standard.Or(os.Getenv("FELTBOK_BITS"), "40"))
	if err != nil {
		t.Fatal(err)
	}
	unnoticed := 0
	for range places {
		at, bit := random.IntN(len(whole)), random.IntN(8)
		content := bytes.Clone(whole)
		content[at] ^= 1 << bit
		if err := os.WriteFile(o.Backup, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if report := mustRehearse(t, o); !report.Passed() || counters(at) {
			continue
		}
		unnoticed++
		page := content[at/4096*4096:]
		if at < 4096 {
			page = content[100:]
		}
		same, err := store.CheckFile(background, o.Backup)
		if err != nil || !maps.Equal(same, digests) || page[0] == 0x0d || page[0] == 0 {
			t.Errorf("bit %d of byte %d (page %d+%d, kind %d) was turned unnoticed: %x", bit, at, at/4096+1, at%4096, page[0], content[max(0, at-8):min(len(content), at+8)])
		}
	}
	if unnoticed > places/5 {
		t.Errorf("%d of %d places went unnoticed", unnoticed, places)
	}
}
