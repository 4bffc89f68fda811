package register_test

import (
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/vault"
)

// What somebody with the disk and a copy from before an erasure can put back, piece by piece.
func TestErase_OldRingPutBack(t *testing.T) {
	const caseKey = "key_id NOT IN (SELECT key_id FROM data_key)"
	header := func(e *editor) {
		e.exec("UPDATE header SET json=(SELECT json FROM old_header), mac=(SELECT mac FROM old_header)")
	}
	erasedKey := func(e *editor) {
		e.exec("INSERT INTO data_key SELECT * FROM old_data_key WHERE ring=2 AND " + caseKey)
	}
	allKeys := func(e *editor) {
		e.exec("DELETE FROM data_key WHERE ring IN (2,3,4)")
		e.exec("INSERT INTO data_key SELECT * FROM old_data_key WHERE ring IN (2,3,4)")
	}
	lines := func(e *editor) {
		e.exec("UPDATE operation SET (head,body)=(SELECT head,body FROM old_operation o WHERE o.seq=operation.seq) WHERE length(body)=0 AND compartment=2")
	}
	objects := func(e *editor) {
		e.exec("INSERT INTO object SELECT * FROM old_object WHERE compartment=2 AND row_id NOT IN (SELECT row_id FROM object)")
	}
	value := func(ring domain.Ring, name int) func(*editor) {
		return func(e *editor) {
			e.exec("UPDATE system_value SET value=(SELECT value FROM old_system_value o WHERE o.ring=? AND o.name=?) WHERE ring=? AND name=?", ring, name, ring, name)
		}
	}
	oldRing := func(who *vault.Identity) func(*editor) {
		return func(e *editor) {
			old, err := vault.ParseHeader(e.blob("SELECT json FROM old_header"))
			if err != nil {
				e.Fatal(err)
			}
			e.header(who, func(h *vault.Header, _ *vault.Key) { *h.Ring(domain.RingSpecial) = *old.Ring(domain.RingSpecial) })
		}
	}
	for _, tt := range []struct {
		name   string
		label  string
		want   string
		tamper []func(*editor)
	}{
		{"nothing", "A", "", nil},
		{"old header", "A", "V-KEY", []func(*editor){header}},
		{"old ring file by an outsider", "A", "V-HEADER", []func(*editor){oldRing(nil)}},
		{"old ring file by a colleague without the ring", "A", "V-KEY", []func(*editor){oldRing(people().b)}},
		{"data key of the case", "A", "V-KEY", []func(*editor){erasedKey}},
		{"old header and data key of the case", "A", "V-KEY", []func(*editor){header, erasedKey}},
		{"old header and all old data keys", "A", "V-KEY", []func(*editor){header, allKeys}},
		{"lines of the case", "A", "V-KEY", []func(*editor){lines}},
		{"lines of the case with their key", "A", "V-KEY", []func(*editor){lines, erasedKey}},
		{"objects of the case", "A", "V-KEY", []func(*editor){objects}},
		{"lines, objects, header and all data keys", "A", "V-ROOT", []func(*editor){header, allKeys, lines, objects}},
		{"lines, objects, header, data keys and root", "A", "V-KEY", []func(*editor){header, allKeys, lines, objects, value(domain.RingCase, 1)}},
		{"the same without the list of erasures", "A", "V-ROOT", []func(*editor){header, allKeys, lines, objects, value(domain.RingCase, 1), func(e *editor) {
			e.exec("DELETE FROM system_value WHERE ring=1 AND name=20")
		}}},
		{"the same with the root of open", "A", "V-LEDGER", []func(*editor){header, allKeys, lines, objects, value(domain.RingCase, 1), value(domain.RingOpen, 1), func(e *editor) {
			e.exec("DELETE FROM system_value WHERE ring=1 AND name=20")
		}}},
		{"the same in special, seen without its ring", "B", "V-LEDGER", []func(*editor){value(domain.RingSpecial, 1)}},
		{"root of the case's compartment", "A", "V-ROOT", []func(*editor){value(domain.RingCase, 1)}},
		{"root of open", "A", "V-ROOT", []func(*editor){value(domain.RingOpen, 1)}},
		{"ledger", "A", "V-LEDGER", []func(*editor){value(domain.RingOpen, 15)}},
		{"root and ledger", "A", "V-ROOT", []func(*editor){value(domain.RingCase, 1), value(domain.RingOpen, 15)}},
		{"list of erasures deleted", "A", "V-ROOT", []func(*editor){func(e *editor) { e.exec("DELETE FROM system_value WHERE ring=1 AND name=20") }}},
		{"list of erasures changed", "A", "V-ROW", []func(*editor){func(e *editor) { e.flip("system_value", "value", "ring=1 AND name=20", 60) }}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustScene(t)
			r := mustUnlock(t, s.dir, "A")
			w := newWriter(t, r, domain.Open)
			mustLock(t, r)
			e := mustEdit(t, s.dir)
			for _, table := range []string{"header", "data_key", "operation", "object", "system_value"} {
				e.keep("CREATE TABLE old_" + table + " AS SELECT * FROM " + table)
			}
			e.close()
			r = mustUnlock(t, s.dir, "A")
			// The copies stand in the file, so the erasure cannot be proven.
			if _, err := r.Erase(background, s.caseID, w.chain().Name(1), nil); fault.Code(err) != "V-ERASE" {
				t.Fatal(err)
			}
			mustLock(t, r)
			e = mustEdit(t, s.dir)
			for _, tamper := range tt.tamper {
				tamper(e)
			}
			e.close()
			if err := everything(t, s.dir, tt.label); fault.Code(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
