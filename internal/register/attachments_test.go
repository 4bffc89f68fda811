package register_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
)

const chunk = vault.ChunkContent

// contentOf is the content of an attachment, different in every chunk.
func contentOf(size int) []byte {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i / 7 * 31)
	}
	return content
}

func mustPutBlob(t testing.TB, r *register.Register, caseID, blob uuid.UUID, content []byte) {
	t.Helper()
	err := r.Update(background, func(tx *register.Tx) error {
		return tx.PutBlob(domain.Case, caseID, blob, int64(len(content)), 0, content)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An attachment comes back byte for byte, also from the file, whatever its size is beside that of a chunk.
func TestBlob_RoundTrip(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "A")
	caseID, blobs := uuid.New(), map[uuid.UUID][]byte{}
	for _, size := range []int{1, 252, 253, chunk - 1, chunk, chunk + 1, 2 * chunk, 3*chunk + 5} {
		blob := uuid.New()
		blobs[blob] = contentOf(size)
		mustPutBlob(t, r, caseID, blob, blobs[blob])
	}
	look := func() {
		t.Helper()
		for blob, want := range blobs {
			got, err := r.OpenBlob(background, domain.Case, caseID, blob, int64(len(want)))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes: got %d, %v", len(want), len(got), err)
			}
			parts, err := r.BlobParts(background, blob)
			if err != nil || !register.WholeBlob(parts, int64(len(want))) || register.WholeBlob(parts, int64(len(want)+chunk)) {
				t.Errorf("%d bytes: chunks %v, %v", len(want), parts, err)
			}
		}
	}
	look()
	mustLock(t, r)
	if _, err := r.OpenBlob(background, domain.Case, caseID, uuid.New(), 1); !errors.Is(err, register.ErrLocked) {
		t.Errorf("after the lock: %v", err)
	}
	r = mustUnlock(t, dir, "A")
	look()
	mustCheck(t, r)
}

// Pieces may come in any order and any number of times; until the last is there the attachment is not whole.
func TestBlob_PiecesInAnyOrder(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	content := contentOf(5*chunk + 9)
	size, caseID, blob := int64(len(content)), uuid.New(), uuid.New()
	for i, at := range []int64{4 * chunk, 0, 0, 2 * chunk, 4 * chunk} {
		parts, err := r.BlobParts(background, blob)
		if whole := register.WholeBlob(parts, size); err != nil || whole != (i == 4) {
			t.Errorf("after %d pieces: %v whole %v, %v", i, parts, whole, err)
		}
		if _, err := r.OpenBlob(background, domain.Case, caseID, blob, size); (err == nil) != (i == 4) {
			t.Errorf("after %d pieces: %v", i, err)
		}
		err = r.Update(background, func(tx *register.Tx) error {
			return tx.PutBlob(domain.Case, caseID, blob, size, at, content[at:min(at+2*chunk, size)])
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.OpenBlob(background, domain.Case, caseID, blob, size)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	err = r.Update(background, func(tx *register.Tx) error { return tx.DropBlob(blob) })
	if parts, _ := r.BlobParts(background, blob); err != nil || len(parts) != 0 {
		t.Errorf("dropped: %v, %v", parts, err)
	}
}

// Nothing is stored that would not fit the whole.
func TestBlob_PiecesThatDoNotFit(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	blob := uuid.New()
	for name, put := range map[string]func(*register.Tx) error{
		"begins inside a chunk": func(tx *register.Tx) error { return tx.PutBlob(domain.Case, blob, blob, 2*chunk, 5, contentOf(chunk)) },
		"ends inside a chunk":   func(tx *register.Tx) error { return tx.PutBlob(domain.Case, blob, blob, 2*chunk, 0, contentOf(9)) },
		"longer than the whole": func(tx *register.Tx) error { return tx.PutBlob(domain.Case, blob, blob, chunk, chunk, contentOf(1)) },
		"before the whole": func(tx *register.Tx) error {
			return tx.PutBlob(domain.Case, blob, blob, chunk, -chunk, contentOf(chunk))
		},
		"nothing":                  func(tx *register.Tx) error { return tx.PutBlob(domain.Case, blob, blob, chunk, 0, nil) },
		"no size":                  func(tx *register.Tx) error { return tx.PutBlob(domain.Case, blob, blob, 0, 0, contentOf(1)) },
		"no name":                  func(tx *register.Tx) error { return tx.PutBlob(domain.Case, blob, uuid.Nil, 1, 0, contentOf(1)) },
		"in a boxed compartment":   func(tx *register.Tx) error { return tx.PutBlob(domain.Sealed, blob, blob, 1, 0, contentOf(1)) },
		"in the log of the audits": func(tx *register.Tx) error { return tx.PutBlob(domain.Audit, blob, blob, 1, 0, contentOf(1)) },
	} {
		if err := r.Update(background, put); err == nil {
			t.Errorf("%s: stored", name)
		}
	}
	if parts, err := r.BlobParts(background, blob); err != nil || len(parts) != 0 {
		t.Errorf("%v, %v", parts, err)
	}
}

// Whatever is done to the rows of an attachment is V-CHUNK when it is opened; nothing else of the register minds.
func TestBlob_DamageSaysSo(t *testing.T) {
	for name, damage := range map[string]func(e *editor, blob, other uuid.UUID){
		"a byte changed":   func(e *editor, blob, _ uuid.UUID) { e.flip("attachment_chunk", "body", where(blob, 1), 900) },
		"a chunk missing":  func(e *editor, blob, _ uuid.UUID) { e.exec("DELETE FROM attachment_chunk WHERE " + where(blob, 1)) },
		"the last missing": func(e *editor, blob, _ uuid.UUID) { e.exec("DELETE FROM attachment_chunk WHERE " + where(blob, 2)) },
		"chunks swapped": func(e *editor, blob, _ uuid.UUID) {
			e.exec("UPDATE attachment_chunk SET part=9 WHERE " + where(blob, 0))
			e.exec("UPDATE attachment_chunk SET part=0 WHERE " + where(blob, 1))
			e.exec("UPDATE attachment_chunk SET part=1 WHERE " + where(blob, 9))
		},
		"of another attachment": func(e *editor, blob, other uuid.UUID) {
			e.exec("UPDATE attachment_chunk SET body=(SELECT body FROM attachment_chunk WHERE " + where(other, 0) + ") WHERE " + where(blob, 0))
		},
		"cut short": func(e *editor, blob, _ uuid.UUID) {
			e.exec("UPDATE attachment_chunk SET body=substr(body,1,5000) WHERE " + where(blob, 0))
		},
		"emptied": func(e *editor, blob, _ uuid.UUID) {
			e.exec("UPDATE attachment_chunk SET body=x'' WHERE " + where(blob, 2))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := mustVault(t)
			r := mustUnlock(t, dir, "A")
			caseID, blob, other, content := uuid.New(), uuid.New(), uuid.New(), contentOf(2*chunk+70)
			mustPutBlob(t, r, caseID, blob, content)
			mustPutBlob(t, r, caseID, other, content)
			mustLock(t, r)
			e := mustEdit(t, dir)
			damage(e, blob, other)
			e.close()
			r = mustUnlock(t, dir, "A")
			if got, err := r.OpenBlob(background, domain.Case, caseID, blob, int64(len(content))); fault.Code(err) != "V-CHUNK" || got != nil {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if got, err := r.OpenBlob(background, domain.Case, caseID, other, int64(len(content))); err != nil || !bytes.Equal(got, content) {
				t.Errorf("the other attachment: %d bytes, %v", len(got), err)
			}
			mustCheck(t, r)
		})
	}
}

func where(blob uuid.UUID, part int) string {
	return fmt.Sprintf("blob_id=x'%x' AND part=%d", blob[:], part)
}

// Neither another case, another compartment nor another size opens an attachment; extra chunks are not read.
func TestBlob_OpensInItsPlaceOnly(t *testing.T) {
	r := mustUnlock(t, mustVault(t), "A")
	caseID, other, blob, content := uuid.New(), uuid.New(), uuid.New(), contentOf(2*chunk)
	mustPutBlob(t, r, caseID, blob, content)
	mustPutBlob(t, r, other, uuid.New(), content)
	for name, open := range map[string]func() ([]byte, error){
		"another case": func() ([]byte, error) { return r.OpenBlob(background, domain.Case, other, blob, 2*chunk) },
		"no case":      func() ([]byte, error) { return r.OpenBlob(background, domain.Case, uuid.New(), blob, 2*chunk) },
		"another ring": func() ([]byte, error) { return r.OpenBlob(background, domain.Special, caseID, blob, 2*chunk) },
		"shorter":      func() ([]byte, error) { return r.OpenBlob(background, domain.Case, caseID, blob, chunk) },
		"shorter by 1": func() ([]byte, error) { return r.OpenBlob(background, domain.Case, caseID, blob, 2*chunk-1) },
		"longer":       func() ([]byte, error) { return r.OpenBlob(background, domain.Case, caseID, blob, 2*chunk+1) },
		"negative":     func() ([]byte, error) { return r.OpenBlob(background, domain.Case, caseID, blob, -1) },
	} {
		if _, err := open(); fault.Code(err) != "V-CHUNK" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.OpenBlob(background, domain.Orientation, caseID, blob, 2*chunk); !errors.Is(err, register.ErrNotHeld) {
		t.Errorf("a ring that is not held: %v", err)
	}
}

// An attachment that was still arriving, even without its first chunk, is erased and resealed with its case like any other.
func TestBlob_ArrivingIsErasedAndResealed(t *testing.T) {
	d := mustDocket(t)
	r := mustUnlock(t, d.dir, "A")
	blobs := []uuid.UUID{uuid.New(), uuid.New()}
	content := contentOf(3*chunk + 4)
	size := int64(len(content))
	for i, blob := range blobs {
		if err := r.Update(background, func(tx *register.Tx) error {
			return tx.PutBlob(domain.Case, d.cases[i+1].id, blob, size, chunk, content[chunk:])
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Reseal(background, domain.RingCase, nil); err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	before := rows(t, d.dir)
	r = mustUnlock(t, d.dir, "A")
	mustErase(t, r, d.cases[1].id, d.erase)
	if parts, err := r.BlobParts(background, blobs[0]); err != nil || len(parts) != 0 {
		t.Errorf("of the erased case there are chunks %v, %v", parts, err)
	}
	err := r.Update(background, func(tx *register.Tx) error {
		return tx.PutBlob(domain.Case, d.cases[1].id, blobs[0], size, 0, content)
	})
	if !errors.Is(err, register.ErrErased) {
		t.Errorf("an attachment of an erased case: %v", err)
	}
	parts, err := r.BlobParts(background, blobs[1])
	if diff := cmp.Diff(oplog.Intervals{{2, 4}}, parts); err != nil || diff != "" {
		t.Errorf("of the other case: %v\n%s", err, diff)
	}
	if err := r.Update(background, func(tx *register.Tx) error {
		return tx.PutBlob(domain.Case, d.cases[2].id, blobs[1], size, 0, content[:chunk])
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := r.OpenBlob(background, domain.Case, d.cases[2].id, blobs[1], size); err != nil || !bytes.Equal(got, content) {
		t.Errorf("what came before and after the reseal: %d bytes, %v", len(got), err)
	}
	mustLock(t, r)
	gone := removed(before, rows(t, d.dir))
	if n := countRemains(t, d.dir, gone); n != 0 || len(gone) == 0 {
		t.Errorf("%d of %d removed values are still in the files", n, len(gone))
	}
}
