package register_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// editor changes the file of a locked vault by plain SQL, as somebody with the disk can.
type editor struct {
	testing.TB
	db *sql.DB
}

func mustEdit(t testing.TB, dir string) *editor {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	e := &editor{t, db}
	t.Cleanup(e.close)
	return e
}

func (e *editor) close() {
	if err := e.db.Close(); err != nil {
		e.Error(err)
	}
}

// exec must change at least one row, so that no test tampers with nothing.
func (e *editor) exec(query string, args ...any) {
	e.Helper()
	result, err := e.db.Exec(query, args...)
	if err != nil {
		e.Fatalf("%s: %v", query, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		e.Fatalf("%s changed nothing: %v", query, err)
	}
}

func (e *editor) keep(query string) {
	e.Helper()
	if _, err := e.db.Exec(query); err != nil {
		e.Fatalf("%s: %v", query, err)
	}
}

func (e *editor) blob(query string, args ...any) (b []byte) {
	e.Helper()
	if err := e.db.QueryRow(query, args...).Scan(&b); err != nil {
		e.Fatalf("%s: %v", query, err)
	}
	return b
}

func (e *editor) flip(table, column, where string, at int) {
	e.Helper()
	b := e.blob(fmt.Sprintf("SELECT %s FROM %s WHERE %s", column, table, where))
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	e.exec(fmt.Sprintf("UPDATE %s SET %s=? WHERE %s", table, column, where), b)
}

// header reads the header, lets change work on it, and writes it back with a MAC made with the ring key of open, as a
// colleague can who holds no more than that. Without an identity the old MAC stays: an outsider.
func (e *editor) header(identity *vault.Identity, change func(h *vault.Header, openKey *vault.Key)) {
	e.Helper()
	content, mac := e.blob("SELECT json FROM header"), e.blob("SELECT mac FROM header")
	h, err := vault.ParseHeader(content)
	if err != nil {
		e.Fatal(err)
	}
	var key vault.Key
	if identity != nil {
		for _, slot := range h.Slots {
			if slot.To == identity.Recipient() {
				if key, err = h.OpenFirstRing(slot.ID, identity.Age, content, mac); err != nil {
					e.Fatal(err)
				}
			}
		}
	}
	change(h, &key)
	if content, err = h.Encode(); err != nil {
		e.Fatal(err)
	}
	if identity != nil {
		macKey := vault.HeaderMACKey(&key, h.Vault)
		made := vault.HeaderMAC(&macKey, content)
		mac = made[:]
	}
	e.exec("UPDATE header SET json=?, mac=?", content, mac)
}

// snapshot keeps the rows of one compartment, to be put back later.
func (e *editor) snapshot(c domain.Compartment) (restore func(*editor)) {
	e.Helper()
	for _, table := range []string{"operation", "object"} {
		e.keep(fmt.Sprintf("CREATE TABLE old_%s AS SELECT * FROM %s WHERE compartment=%d", table, table, c))
	}
	e.keep(fmt.Sprintf("CREATE TABLE old_system_value AS SELECT * FROM system_value WHERE ring=%d", c))
	return func(e *editor) {
		e.Helper()
		for table, column := range map[string]string{"operation": "compartment", "object": "compartment", "system_value": "ring"} {
			e.exec(fmt.Sprintf("DELETE FROM %s WHERE %s=%d", table, column, c))
			e.exec(fmt.Sprintf("INSERT INTO %s SELECT * FROM old_%s", table, table))
		}
	}
}

// scene is a vault with two persons of one case and one health record.
type scene struct {
	dir                   string
	caseID, first, second uuid.UUID
}

var (
	sceneOnce sync.Once
	sceneKept scene // in a folder that is copied for each test
)

func mustScene(t *testing.T) *scene {
	t.Helper()
	sceneOnce.Do(func() {
		dir := mustVault(t)
		s := scene{caseID: uuid.New(), first: uuid.New(), second: uuid.New()}
		r := mustUnlock(t, dir, "A")
		w := newWriter(t, r, domain.Case)
		w.save(t, r, s.caseID, s.first, "person", "given_names", "Amina")
		w.save(t, r, s.caseID, s.second, "person", "given_names", "Yusuf")
		newWriter(t, r, domain.Special).save(t, r, s.caseID, uuid.New(), "health", "ability_to_speak", "yes")
		if err := r.Update(background, func(tx *register.Tx) error {
			return tx.SetSystem(domain.RingCase, register.SystemInbox, []byte("[]"))
		}); err != nil {
			t.Fatal(err)
		}
		mustLock(t, r)
		root, err := template()
		if err != nil {
			t.Fatal(err)
		}
		s.dir = filepath.Join(root, "scene")
		if err := os.CopyFS(s.dir, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		sceneKept = s
	})
	s := sceneKept
	s.dir = filepath.Join(t.TempDir(), "vault")
	if err := os.CopyFS(s.dir, os.DirFS(sceneKept.dir)); err != nil {
		t.Fatal(err)
	}
	return &s
}

func mustLock(t testing.TB, r *register.Register) {
	t.Helper()
	if err := r.Lock(); err != nil {
		t.Fatal(err)
	}
}

// later changes the first person and the system value once more.
func (s *scene) later(t *testing.T) {
	t.Helper()
	r := mustUnlock(t, s.dir, "A")
	newWriter(t, r, domain.Case).save(t, r, s.caseID, s.first, "person", "given_names", "Amina Said")
	newWriter(t, r, domain.Special).save(t, r, s.caseID, uuid.New(), "health", "ability_to_speak", "no")
	if err := r.Update(background, func(tx *register.Tx) error {
		return tx.SetSystem(domain.RingCase, register.SystemInbox, []byte("[ ]"))
	}); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
}

// everything unlocks and opens all rows of a user; the first error is returned.
func everything(t *testing.T, dir, label string) error {
	t.Helper()
	return everythingBy(t, dir, label, unlock)
}

func everythingBy(t *testing.T, dir, label string, unlock func(testing.TB, string, string) (*register.Register, error)) error {
	t.Helper()
	r, err := unlock(t, dir, label)
	if err != nil {
		return err
	}
	defer mustLock(t, r)
	for _, c := range domain.AllCompartments {
		if !r.Holds(domain.RingOf(c)) {
			continue
		}
		for _, err := range r.Objects(background, c, register.Filter{}) {
			if err != nil {
				return err
			}
		}
		for _, chain := range r.Chains(c) {
			for _, err := range r.Lines(background, chain.Chain, 1, 1<<50) {
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

const firstObject = "rowid=(SELECT min(rowid) FROM object WHERE compartment=2)"

func TestTamper(t *testing.T) {
	p := people()
	type test struct {
		name   string
		label  string // who unlocks
		want   string
		before func(*editor) // what the attacker copies before the last changes
		tamper func(*editor)
	}
	var kept []byte
	var keptHead []byte
	var restore func(*editor)
	tests := []test{
		{name: "nothing", label: "A", tamper: func(*editor) {}},
		{
			name: "object rolled back", label: "A", want: "V-ROOT",
			before: func(e *editor) {
				keptHead, kept = e.blob("SELECT head FROM object WHERE "+firstObject), e.blob("SELECT body FROM object WHERE "+firstObject)
			},
			tamper: func(e *editor) { e.exec("UPDATE object SET head=?, body=? WHERE "+firstObject, keptHead, kept) },
		},
		{name: "object deleted", label: "A", want: "V-ROOT", tamper: func(e *editor) { e.exec("DELETE FROM object WHERE " + firstObject) }},
		{name: "operation deleted", label: "A", want: "V-ROOT", tamper: func(e *editor) { e.exec("DELETE FROM operation WHERE seq=2") }},
		{name: "last operation deleted", label: "A", want: "V-ROOT", tamper: func(e *editor) { e.exec("DELETE FROM operation WHERE seq=(SELECT max(seq) FROM operation)") }},
		{
			name: "system value rolled back", label: "A", want: "V-ROOT",
			before: func(e *editor) { kept = e.blob("SELECT value FROM system_value WHERE ring=2 AND name=2") },
			tamper: func(e *editor) { e.exec("UPDATE system_value SET value=? WHERE ring=2 AND name=2", kept) },
		},
		{name: "system value deleted", label: "A", want: "V-ROOT", tamper: func(e *editor) { e.exec("DELETE FROM system_value WHERE ring=2 AND name=2") }},
		{
			name: "state root rolled back", label: "A", want: "V-ROOT",
			before: func(e *editor) { kept = e.blob("SELECT value FROM system_value WHERE ring=2 AND name=1") },
			tamper: func(e *editor) { e.exec("UPDATE system_value SET value=? WHERE ring=2 AND name=1", kept) },
		},
		{name: "state root deleted", label: "A", want: "V-ROOT", tamper: func(e *editor) { e.exec("DELETE FROM system_value WHERE ring=2 AND name=1") }},
		{name: "bodies of objects swapped", label: "A", want: "V-ROW", tamper: swapObjects("body")},
		{name: "heads and bodies of objects swapped", label: "A", want: "V-ROW", tamper: func(e *editor) { swapObjects("head")(e); swapObjects("body")(e) }},
		{name: "bodies of operations swapped", label: "A", want: "V-ROW", tamper: swapOperations("body")},
		{name: "heads and bodies of operations swapped", label: "A", want: "V-ROW", tamper: func(e *editor) { swapOperations("head")(e); swapOperations("body")(e) }},
		{name: "order of arrival changed", label: "A", want: "V-ROW", tamper: func(e *editor) { e.exec("UPDATE operation SET seq=seq+1000 WHERE seq=2") }},
		{
			name: "old body under the new head", label: "A", want: "V-ROW",
			before: func(e *editor) { kept = e.blob("SELECT body FROM object WHERE " + firstObject) },
			tamper: func(e *editor) { e.exec("UPDATE object SET body=? WHERE "+firstObject, kept) },
		},
		{name: "bit flipped in the head of an object", label: "A", want: "V-ROW", tamper: func(e *editor) { e.flip("object", "head", firstObject, 40) }},
		{name: "bit flipped in the body of an object", label: "A", want: "V-ROW", tamper: func(e *editor) { e.flip("object", "body", firstObject, 40) }},
		{name: "bit flipped in the tag of an object", label: "A", want: "V-ROW", tamper: func(e *editor) { e.flip("object", "body", firstObject, -1) }},
		{name: "bit flipped in the head of an operation", label: "A", want: "V-ROW", tamper: func(e *editor) { e.flip("operation", "head", "seq=2", 40) }},
		{name: "bit flipped in the body of an operation", label: "A", want: "V-ROW", tamper: func(e *editor) { e.flip("operation", "body", "seq=2", 40) }},
		{name: "body of an operation emptied", label: "A", want: "V-ROW", tamper: func(e *editor) { e.exec("UPDATE operation SET body=x'' WHERE seq=2") }},
		{name: "bit flipped in a system value", label: "A", want: "V-ROW", tamper: func(e *editor) { e.flip("system_value", "value", "ring=2 AND name=2", 40) }},
		{name: "row moved to another compartment", label: "A", want: "V-ROW", tamper: func(e *editor) { e.exec("UPDATE object SET compartment=3 WHERE " + firstObject) }},
		{
			name: "foreign row added", label: "A", want: "V-ROW",
			tamper: func(e *editor) {
				e.exec("INSERT INTO object SELECT randomblob(16), compartment, head, body FROM object WHERE " + firstObject)
			},
		},
		{name: "data key deleted", label: "A", want: "V-KEY", tamper: func(e *editor) { e.exec("DELETE FROM data_key WHERE ring=2 AND hex(key_id) NOT LIKE '000000%'") }},
		{name: "system key deleted", label: "A", want: "V-KEY", tamper: func(e *editor) { e.exec("DELETE FROM data_key WHERE ring=2 AND hex(key_id) LIKE '000000%'") }},
		{name: "bit flipped in a data key", label: "A", want: "V-KEY", tamper: func(e *editor) { e.flip("data_key", "wrapped", "ring=2 AND hex(key_id) NOT LIKE '000000%'", 40) }},
		{name: "data key moved to another ring", label: "A", want: "V-KEY", tamper: func(e *editor) { e.exec("UPDATE data_key SET ring=3 WHERE ring=2 AND hex(key_id) NOT LIKE '000000%'") }},
		{
			name: "compartment rolled back, seen by a holder", label: "A", want: "V-LEDGER",
			before: func(e *editor) { restore = e.snapshot(domain.Special) }, tamper: func(e *editor) { restore(e) },
		},
		{
			name: "compartment rolled back, seen by a user without its ring", label: "B", want: "V-LEDGER",
			before: func(e *editor) { restore = e.snapshot(domain.Special) }, tamper: func(e *editor) { restore(e) },
		},
		{
			name: "ledger rolled back", label: "B", want: "V-LEDGER",
			before: func(e *editor) { kept = e.blob("SELECT value FROM system_value WHERE ring=1 AND name=15") },
			tamper: func(e *editor) { e.exec("UPDATE system_value SET value=? WHERE ring=1 AND name=15", kept) },
		},
		{name: "ledger deleted", label: "B", want: "V-LEDGER", tamper: func(e *editor) { e.exec("DELETE FROM system_value WHERE ring=1 AND name=15") }},
		{name: "root of a ring one does not hold deleted", label: "B", want: "V-LEDGER", tamper: func(e *editor) { e.exec("DELETE FROM system_value WHERE ring=3 AND name=1") }},
		{
			name: "reader added by a colleague without the ring", label: "A", want: "V-RING",
			tamper: func(e *editor) {
				e.header(p.b, func(h *vault.Header, _ *vault.Key) { addReader(h, domain.RingSpecial, p.b) })
			},
		},
		{
			// The file opens and its MAC fits: the data keys tell.
			name: "ring sealed anew by a colleague without it", label: "A", want: "V-KEY",
			tamper: func(e *editor) {
				e.header(p.b, func(h *vault.Header, _ *vault.Key) {
					old := h.Ring(domain.RingSpecial)
					key := vault.NewKey()
					entry, err := vault.SealRing(h.Vault, h.Training, old.Ring, vault.NewRingID(), old.Generation, &key, h.Slots)
					if err != nil {
						e.Fatal(err)
					}
					*old = *entry
				})
			},
		},
		{
			name: "ring file moved", label: "A", want: "V-RING",
			tamper: func(e *editor) {
				e.header(p.b, func(h *vault.Header, _ *vault.Key) { h.Ring(domain.RingSpecial).File = h.Ring(domain.RingSealed).File })
			},
		},
		{
			name: "ring file moved by an outsider", label: "A", want: "V-RING",
			tamper: func(e *editor) {
				e.header(nil, func(h *vault.Header, _ *vault.Key) { h.Ring(domain.RingOpen).File = h.Ring(domain.RingCase).File })
			},
		},
		{
			name: "generation changed by a colleague", label: "A", want: "V-RING",
			tamper: func(e *editor) {
				e.header(p.b, func(h *vault.Header, _ *vault.Key) { h.Ring(domain.RingSpecial).Generation++ })
			},
		},
		{
			name: "training world changed by a colleague", label: "A", want: "V-RING",
			tamper: func(e *editor) {
				e.header(p.b, func(h *vault.Header, _ *vault.Key) { h.Training = !h.Training })
			},
		},
		{
			name: "recipient of a reader replaced by a colleague", label: "A", want: "V-RING",
			tamper: func(e *editor) {
				e.header(p.b, func(h *vault.Header, _ *vault.Key) { h.Slots[len(h.Slots)-1].To = p.b.Recipient() })
			},
		},
		{
			name: "slot added by an outsider", label: "A", want: "V-HEADER",
			tamper: func(e *editor) {
				e.header(nil, func(h *vault.Header, _ *vault.Key) { h.Slots = append(h.Slots, vault.NewRecoverySlot(p.b.Recipient())) })
			},
		},
		{
			name: "label changed by an outsider", label: "A", want: "V-HEADER",
			tamper: func(e *editor) { e.header(nil, func(h *vault.Header, _ *vault.Key) { h.Slots[1].Label = "X" }) },
		},
		{
			name: "reader added by an outsider", label: "A", want: "V-HEADER",
			tamper: func(e *editor) {
				e.header(nil, func(h *vault.Header, _ *vault.Key) { addReader(h, domain.RingSpecial, p.b) })
			},
		},
		{name: "bit flipped in the header MAC", label: "A", want: "V-HEADER", tamper: func(e *editor) { e.flip("header", "mac", "id=1", 0) }},
		{name: "header with white space", label: "A", want: "V-HEADER", tamper: func(e *editor) { e.exec("UPDATE header SET json=CAST(CAST(json AS TEXT)||' ' AS BLOB)") }},
		{
			name: "costs lowered within the bounds", label: "A", want: "V-PASS",
			tamper: func(e *editor) { e.header(p.b, func(h *vault.Header, _ *vault.Key) { h.Slots[0].KDF.Time = 1 }) },
		},
		{
			name: "costs lowered below the bounds", label: "A", want: "V-PASS",
			tamper: func(e *editor) {
				e.header(nil, func(h *vault.Header, _ *vault.Key) { h.Slots[0].KDF.MemoryKiB = 1024 })
			},
		},
		{
			name: "costs raised over the bounds", label: "A", want: "V-PASS",
			tamper: func(e *editor) {
				e.header(nil, func(h *vault.Header, _ *vault.Key) { h.Slots[0].KDF.MemoryKiB = 1 << 30 })
			},
		},
		{
			name: "box of another slot", label: "A", want: "V-PASS",
			tamper: func(e *editor) {
				e.header(p.b, func(h *vault.Header, _ *vault.Key) {
					h.Slots[0].Box, h.Slots[0].Salt, h.Slots[0].To = h.Slots[1].Box, h.Slots[1].Salt, h.Slots[1].To
				})
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustScene(t)
			whole := readableBy(t, s.dir, tt.label)
			if tt.before != nil {
				e := mustEdit(t, s.dir)
				tt.before(e)
				e.close()
				s.later(t)
				whole = readableBy(t, s.dir, tt.label)
			}
			e := mustEdit(t, s.dir)
			tt.tamper(e)
			e.close()
			by := unlock
			if tt.want == "V-PASS" {
				by = unlockByPassphrase
			}
			err := everythingBy(t, s.dir, tt.label, by)
			if got := fault.Code(err); got != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if tt.want != "" && tt.want != "V-PASS" {
				readOnlyAfter(t, s, tt.label, tt.want, whole)
			}
		})
	}
}

func swapObjects(column string) func(*editor) {
	return func(e *editor) {
		e.Helper()
		first := e.blob("SELECT " + column + " FROM object WHERE " + firstObject)
		const second = "rowid=(SELECT max(rowid) FROM object WHERE compartment=2)"
		e.exec("UPDATE object SET " + column + "=(SELECT " + column + " FROM object WHERE " + second + ") WHERE " + firstObject)
		e.exec("UPDATE object SET "+column+"=? WHERE "+second, first)
	}
}

func swapOperations(column string) func(*editor) {
	return func(e *editor) {
		e.Helper()
		second := e.blob("SELECT " + column + " FROM operation WHERE seq=2")
		e.exec("UPDATE operation SET " + column + "=(SELECT " + column + " FROM operation WHERE seq=3) WHERE seq=2")
		e.exec("UPDATE operation SET "+column+"=? WHERE seq=3", second)
	}
}

func addReader(h *vault.Header, ring domain.Ring, who *vault.Identity) {
	for _, slot := range h.Slots {
		if slot.To == who.Recipient() {
			h.Ring(ring).Readers = append(h.Ring(ring).Readers, slot.ID)
		}
	}
}

// A header from before a rotation opens, but not the keys that were wrapped anew.
func TestTamper_OldRingPutBack(t *testing.T) {
	for _, ring := range []domain.Ring{domain.RingOpen, domain.RingSpecial} {
		t.Run(ring.String(), func(t *testing.T) {
			s := mustScene(t)
			e := mustEdit(t, s.dir)
			content, mac := e.blob("SELECT json FROM header"), e.blob("SELECT mac FROM header")
			e.close()
			r := mustUnlock(t, s.dir, "A")
			if err := r.Rotate(background, ring); err != nil {
				t.Fatal(err)
			}
			mustLock(t, r)
			if err := everything(t, s.dir, "A"); err != nil {
				t.Fatalf("after the rotation: %v", err)
			}
			e = mustEdit(t, s.dir)
			e.exec("UPDATE header SET json=?, mac=?", content, mac)
			e.close()
			if err := everything(t, s.dir, "A"); fault.Code(err) != "V-KEY" {
				t.Errorf("got %v", err)
			}
		})
	}
}
