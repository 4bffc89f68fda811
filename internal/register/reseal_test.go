package register_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
)

// sealedRows are all sealed values of a locked vault by table, ring and place, heads and row ids included.
func sealedRows(t testing.TB, dir string) map[string]string {
	t.Helper()
	e := mustEdit(t, dir)
	defer e.close()
	all := map[string]string{}
	for table, query := range map[string]string{
		"data_key":  "SELECT ring, hex(key_id), wrapped FROM data_key",
		"operation": "SELECT compartment, seq, row_id||head||body FROM operation",
		"object":    "SELECT compartment, rowid, row_id||head||body FROM object",
		"chunk":     "SELECT compartment, hex(blob_id)||'.'||part, body FROM attachment_chunk",
		"system":    "SELECT ring, name, value FROM system_value",
	} {
		found, err := e.db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		for found.Next() {
			var ring, place string
			var value []byte
			if err := found.Scan(&ring, &place, &value); err != nil {
				t.Fatal(err)
			}
			all[table+" "+ring+" "+place] = string(value)
		}
		if err := found.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestReseal_ChangesEveryRowOfTheRingAndNoOther(t *testing.T) {
	for _, tt := range []struct {
		ring   domain.Ring
		number string
		label  string
	}{
		{domain.RingCase, "2", "A"}, {domain.RingOpen, "1", "B"}, {domain.RingSealed, "4", "A"}, {domain.SealedRead, "7", "C"},
	} {
		t.Run(tt.ring.String(), func(t *testing.T) {
			d := mustDocket(t)
			r := mustUnlock(t, d.dir, "C")
			reader, err := vault.NewIdentity(uuid.New())
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Update(background, func(tx *register.Tx) error {
				return errors.Join(
					tx.SetSystem(domain.SealedRead, register.SystemInbox, mustJSON(t, []string{reader.Age.String()})),
					tx.SetSystem(domain.RingCase, register.SystemInbox, []byte("[]")), tx.SetSystem(domain.RingOpen, register.SystemPolicy, []byte("{}")),
				)
			}); err != nil {
				t.Fatal(err)
			}
			mustErase(t, r, d.cases[0].id, d.erase) // stubs and a place without a key are resealed too
			mustLock(t, r)
			before := sealedRows(t, d.dir)
			r = mustUnlock(t, d.dir, tt.label)
			want, report := content(t, r), mustCheck(t, r)
			last := 0
			err = r.Reseal(background, tt.ring, func(done, total int) {
				if done != last+1 || done > total {
					t.Fatalf("progress %d of %d after %d", done, total, last)
				}
				last = done
			})
			if err != nil {
				t.Fatal(err)
			}
			if last == 0 {
				t.Error("no progress was told")
			}
			if diff := cmp.Diff(want, content(t, r)); diff != "" {
				t.Errorf("content differs:\n%s", diff)
			}
			if again := mustCheck(t, r); !cmp.Equal(sorted(report), sorted(again)) {
				t.Errorf("check counts %+v, before %+v", again, report)
			}
			if tt.ring == domain.RingCase {
				if got, err := r.OpenBlob(background, domain.Case, d.cases[6].id, d.cases[6].blob, int64(len(blobContent(d.cases[6].id)))); err != nil || !bytes.Equal(got, blobContent(d.cases[6].id)) {
					t.Errorf("attachment has %d bytes, %v", len(got), err)
				}
			}
			mustLock(t, r)
			after := sealedRows(t, d.dir)
			for place, value := range before {
				ring := strings.Fields(place)[1]
				changes := ring == tt.number || place == "system 1 15" // the ledger
				if same := after[place] == value; same == changes {
					t.Errorf("%s: same is %v", place, same)
				}
			}
			// It is a register like any other: it takes new work, and opens for everybody.
			r = mustUnlock(t, d.dir, tt.label)
			if diff := cmp.Diff(want, content(t, r)); diff != "" {
				t.Errorf("content differs after unlocking again:\n%s", diff)
			}
			newWriter(t, r, domain.Case).save(t, r, d.cases[1].id, d.cases[1].first, "person", "given_names", "Amina")
			mustErase(t, r, d.cases[2].id, d.erase)
			if err := r.Reseal(background, tt.ring, nil); err != nil {
				t.Fatal(err)
			}
			mustLock(t, r)
			for _, label := range []string{"A", "B", "C"} {
				r := mustUnlock(t, d.dir, label)
				mustCheck(t, r)
				mustLock(t, r)
			}
		})
	}
}

func sorted(r register.CheckReport) register.CheckReport {
	r.Rings = nil // in the order of a map
	return r
}

// Who kept the old header, the old data keys and even the old keys themselves opens nothing of what stands there now.
func TestReseal_OldKeysOpenNothing(t *testing.T) {
	d := mustDocket(t)
	e := mustEdit(t, d.dir)
	content, mac := e.blob("SELECT json FROM header"), e.blob("SELECT mac FROM header")
	e.keep("CREATE TABLE old_key AS SELECT * FROM data_key WHERE ring=2")
	e.close()
	r := mustUnlock(t, d.dir, "A")
	old := map[vault.Key]bool{}
	for _, key := range r.DataKeys(domain.RingCase) {
		old[key] = true
	}
	if err := r.Reseal(background, domain.RingCase, nil); fault.Code(err) != "V-ERASE" { // the attic has the old keys
		t.Fatal(err)
	}
	for _, key := range r.DataKeys(domain.RingCase) {
		if old[key] {
			t.Fatal("a data key stayed")
		}
	}
	mustLock(t, r)
	for _, tt := range []struct {
		name   string
		want   string
		tamper func(*editor)
	}{
		{"old header", "V-KEY", func(e *editor) { e.exec("UPDATE header SET json=?, mac=?", content, mac) }},
		{"old data keys", "V-KEY", func(e *editor) {
			e.exec("DELETE FROM data_key WHERE ring=2")
			e.exec("INSERT INTO data_key SELECT * FROM old_key")
		}},
		{"old header with old data keys", "V-ROW", func(e *editor) {
			e.exec("UPDATE header SET json=?, mac=?", content, mac)
			e.exec("DELETE FROM data_key WHERE ring=2")
			e.exec("INSERT INTO data_key SELECT * FROM old_key")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			mustCopy(t, d.dir, dir)
			e := mustEdit(t, dir)
			tt.tamper(e)
			e.close()
			if err := everything(t, dir, "A"); fault.Code(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if err := everything(t, d.dir, "A"); err != nil {
		t.Errorf("untouched: %v", err)
	}
}

func TestReseal_NothingOldRemains(t *testing.T) {
	d := mustDocket(t)
	before := rows(t, d.dir)
	r := mustUnlock(t, d.dir, "A")
	if err := r.Reseal(background, domain.RingCase, nil); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	gone := removed(before, rows(t, d.dir))
	if n := countRemains(t, d.dir, gone); n != 0 || len(gone) < docketCases*(linesOfCase+objectsOfCase) {
		t.Errorf("%d of %d old values are still in the file", n, len(gone))
	}
}

func TestReseal_CancelledLeavesEverything(t *testing.T) {
	d := mustDocket(t)
	before := sealedRows(t, d.dir)
	r := mustUnlock(t, d.dir, "A")
	want := content(t, r)
	for _, at := range []int{1, 100, -1} {
		ctx, cancel := context.WithCancel(background)
		last := 0
		err := r.Reseal(ctx, domain.RingCase, func(done, total int) {
			last = done
			if done == at || at < 0 && done == total {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled at row %d: %v", at, err)
		}
		if at > 0 && last != at {
			t.Errorf("cancelled at row %d, went on to %d", at, last)
		}
	}
	if err := r.Reseal(background, domain.RingOrientation, nil); !errors.Is(err, register.ErrNotHeld) {
		t.Errorf("without the ring: %v", err)
	}
	if diff := cmp.Diff(want, content(t, r)); diff != "" {
		t.Errorf("content differs:\n%s", diff)
	}
	mustCheck(t, r)
	mustLock(t, r)
	if !cmp.Equal(before, sealedRows(t, d.dir)) {
		t.Error("rows differ")
	}
}

// A row that does not open stops it before anything has changed: damage is not sealed over.
func TestReseal_DamagedRowStopsIt(t *testing.T) {
	d := mustDocket(t)
	e := mustEdit(t, d.dir)
	e.flip("operation", "body", "seq=(SELECT max(seq) FROM operation WHERE compartment=2)", 60)
	e.close()
	before := sealedRows(t, d.dir)
	r := mustUnlock(t, d.dir, "A")
	if err := r.Reseal(background, domain.RingCase, nil); fault.Code(err) != "V-ROW" {
		t.Errorf("got %v", err)
	}
	mustLock(t, r)
	if !cmp.Equal(before, sealedRows(t, d.dir)) {
		t.Error("rows differ")
	}
}

// A chunk that does not open makes one attachment unreadable, before and after; it keeps nobody from being shut out. Of its old
// bytes nothing is left for whoever has the old keys.
func TestReseal_DamagedChunkStopsNothing(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	whole, middle, all := uuid.New(), uuid.New(), uuid.New()
	content := contentOf(3*chunk + 4)
	for _, blob := range []uuid.UUID{whole, middle, all} {
		mustPutBlob(t, r, d.cases[0].id, blob, content)
	}
	mustLock(t, r)
	e := mustEdit(t, d.dir)
	damaged := map[string][]byte{}
	for blob, parts := range map[uuid.UUID][]int{middle: {1}, all: {0, 1, 2, 3}} {
		for _, part := range parts {
			where := fmt.Sprintf("blob_id=x'%x' AND part=%d", blob[:], part)
			e.flip("attachment_chunk", "body", where, 60)
			damaged[where] = e.blob("SELECT body FROM attachment_chunk WHERE " + where)
		}
	}
	e.close()
	r = mustUnlock(t, d.dir, "A")
	if err := r.Reseal(background, domain.RingCase, nil); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	r = mustUnlock(t, d.dir, "A")
	mustCheck(t, r)
	if got, err := r.OpenBlob(background, domain.Case, d.cases[0].id, whole, int64(len(content))); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the attachment beside them: %v", err)
	}
	if got, err := r.OpenPiece(background, domain.Case, d.cases[0].id, middle, int64(len(content)), 2*chunk, int64(len(content))); err != nil || !bytes.Equal(got, content[2*chunk:]) {
		t.Errorf("the chunks behind the damaged one: %v", err)
	}
	for _, blob := range []uuid.UUID{middle, all} {
		if _, err := r.OpenBlob(background, domain.Case, d.cases[0].id, blob, int64(len(content))); fault.Code(err) != "V-CHUNK" {
			t.Errorf("a damaged attachment: %v", err)
		}
	}
	mustLock(t, r)
	e = mustEdit(t, d.dir)
	defer e.close()
	for where, body := range damaged {
		if now := e.blob("SELECT body FROM attachment_chunk WHERE " + where); len(now) != len(body) || bytes.Equal(now, body) {
			t.Errorf("%s: %d bytes of %d are left as they were", where, len(now), len(body))
		}
	}
}

// Iterations that began before a reseal see every row once, under its new row id.
func TestReseal_WhileOthersRead(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	d.crowd(t, r)
	for name, filter := range crowdFilters {
		all := len(mustCollect(t, r.Objects(background, domain.Case, filter)))
		seen := map[uuid.UUID]bool{}
		for object, err := range r.Objects(background, domain.Case, filter) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if seen[object.ID] = true; len(seen) == 1 || len(seen) == 200 {
				if err := errors.Join(r.Reseal(background, domain.RingCase, nil), r.Reseal(background, domain.RingCase, nil)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(seen) != all || all < 400 {
			t.Errorf("%s: %d of %d objects", name, len(seen), all)
		}
	}
	n := 0
	chain := oplog.Chain{}
	for _, state := range r.Chains(domain.Case) {
		chain = state.Chain
	}
	for line, err := range r.Lines(background, chain, 1, 1<<50) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			if err := r.Reseal(background, domain.RingCase, nil); err != nil {
				t.Fatal(err)
			}
		}
		if oplog.LineHash(line.Bytes) != line.Hash {
			t.Fatal("line differs from its hash")
		}
	}
	if n != 1+docketCases*linesOfCase {
		t.Errorf("%d lines", n)
	}
}
