package register_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/store"
)

// A docket is a vault with many cases, each with lines and objects in case and special, a box in sealed, and attachments
// here and there. Bodies have many sizes, so that some lie on pages of their own.
type docket struct {
	dir   string
	cases []docketCase
	erase oplog.Name // of a line in open that erasures name
}

type docketCase struct {
	id, first, blob uuid.UUID
}

const docketCases = 24

var (
	docketMutex sync.Mutex
	docketKept  docket
)

func mustDocket(t testing.TB) *docket {
	t.Helper()
	docketMutex.Lock()
	defer docketMutex.Unlock()
	if docketKept.dir == "" {
		d := docket{dir: mustVault(t), erase: oplog.Name{Device: uuid.New(), Epoch: 9, N: 1}}
		d.fill(t)
		root, err := template()
		if err != nil {
			t.Fatal(err)
		}
		kept := filepath.Join(root, "docket")
		mustCopy(t, d.dir, kept)
		d.dir = kept
		docketKept = d
	}
	d := docketKept
	d.dir = filepath.Join(t.TempDir(), "vault")
	mustCopy(t, docketKept.dir, d.dir)
	return &d
}

func mustCopy(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func (d *docket) fill(t testing.TB) {
	t.Helper()
	random := rand.New(rand.NewPCG(20261122, 2))
	text := func(most int) string { return strings.Repeat("svar ", 1+random.IntN(most/5)) }
	r := mustUnlock(t, d.dir, "A")
	inCase, inSpecial, inSealed := newWriter(t, r, domain.Case), newWriter(t, r, domain.Special), newWriter(t, r, domain.Sealed)
	box, err := r.SealBox([]byte("kept apart"), []string{people().a.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	for range docketCases {
		d.cases = append(d.cases, docketCase{id: uuid.New(), first: uuid.New(), blob: uuid.New()})
	}
	// The rows of the cases lie mixed, as they come in the field.
	for round := range 4 {
		for i := range d.cases {
			c := &d.cases[i]
			err := r.Update(background, func(tx *register.Tx) error {
				other := uuid.New()
				for _, save := range []struct {
					w      *writer
					object uuid.UUID
					kind   domain.Type
					field  string
				}{
					{inCase, c.first, "person", fmt.Sprintf("field_%d", round)},
					{inCase, other, "person", "given_names"},
					{inSpecial, uuid.New(), "health", "ability_to_speak"},
				} {
					entry, line := save.w.set(t, c.id, save.object, save.kind, save.field, text(200+random.IntN(2)*9000))
					if err := saveLine(tx, entry, line); err != nil {
						return err
					}
				}
				if round == 1 {
					if err := tx.Append(inSealed.entry(t, &oplog.Line{Kind: oplog.KindBox, Case: c.id, Box: box})); err != nil {
						return err
					}
				}
				if round == 2 && i%6 == 0 {
					return tx.PutBlob(domain.Case, c.id, c.blob, int64(len(blobContent(c.id))), 0, blobContent(c.id))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	mustLock(t, r)
}

// crowd adds so many objects that iterations need several batches, whether they pick rows by key or by position.
func (d *docket) crowd(t testing.TB, r *register.Register) {
	t.Helper()
	if err := r.Update(background, func(tx *register.Tx) error {
		for i := range 1900 {
			kind := domain.Type("language")
			if i%6 == 0 {
				kind = "person"
			}
			if err := tx.PutObject(&oplog.Object{ID: uuid.New(), Type: kind, Case: d.cases[i%docketCases].id, Compartment: domain.Case}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// crowdFilters go through a crowd by position, by position with a choice, and by key.
var crowdFilters = map[string]register.Filter{"all": {}, "languages": {Types: []domain.Type{"language"}}, "persons": {Types: []domain.Type{"person"}}}

// blobContent is an attachment of three chunks.
func blobContent(caseID uuid.UUID) []byte { return bytes.Repeat(caseID[:], 9000) }

// rows are the values of a locked vault that erasing and resealing are about, by their table and place.
func rows(t testing.TB, dir string) map[string]string {
	t.Helper()
	e := mustEdit(t, dir)
	defer e.close()
	found := map[string]string{}
	for table, query := range map[string]string{
		"data_key":  "SELECT hex(key_id), CAST(ring AS TEXT), wrapped FROM data_key",
		"operation": "SELECT CAST(seq AS TEXT), CAST(compartment AS TEXT), body FROM operation WHERE length(body)>0",
		"object":    "SELECT CAST(rowid AS TEXT), CAST(compartment AS TEXT), body FROM object",
		"chunk":     "SELECT hex(blob_id)||'.'||part, CAST(compartment AS TEXT), body FROM attachment_chunk",
	} {
		all, err := e.db.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		for all.Next() {
			var place, ring string
			var value []byte
			if err := all.Scan(&place, &ring, &value); err != nil {
				t.Fatal(err)
			}
			found[table+" "+ring+" "+place] = string(value)
		}
		if err := all.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// removed gives the values that stood in before and stand nowhere in after.
func removed(before, after map[string]string) (values []string) {
	still := map[string]bool{}
	for _, value := range after {
		still[value] = true
	}
	for _, value := range before {
		if !still[value] {
			values = append(values, value)
		}
	}
	return values
}

// countRemains counts the values of which the files of a vault still hold any part. It is written without the program's own
// search.
func countRemains(t testing.TB, dir string, values []string) int {
	t.Helper()
	var files []byte
	for _, name := range []string{store.FileName, store.FileName + "-wal", store.FileName + "-journal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		files = append(files, b...)
	}
	const size = 16
	begins := make([]bool, 1<<24) // by the three bytes that a part begins with: the files are gone through once
	parts := map[[size]byte][]int{}
	for i, value := range values {
		for at := 0; at+size <= len(value); at += size {
			begins[int(value[at])<<16|int(value[at+1])<<8|int(value[at+2])] = true
			part := [size]byte([]byte(value[at : at+size]))
			parts[part] = append(parts[part], i)
		}
	}
	held := map[int]bool{}
	for at := 0; at+size <= len(files); at++ {
		if begins[int(files[at])<<16|int(files[at+1])<<8|int(files[at+2])] {
			for _, i := range parts[[size]byte(files[at:at+size])] {
				held[i] = true
			}
		}
	}
	return len(held)
}

// content is all that a user sees: objects and lines of every held compartment, without those of some cases. Stubs have
// no content.
func content(t testing.TB, r *register.Register, without ...uuid.UUID) map[string]string {
	t.Helper()
	left := map[uuid.UUID]bool{}
	for _, id := range without {
		left[id] = true
	}
	all := map[string]string{}
	for _, c := range domain.AllCompartments {
		if !r.Holds(domain.RingOf(c)) {
			continue
		}
		for _, object := range mustCollect(t, r.Objects(background, c, register.Filter{})) {
			if left[object.Case] {
				continue
			}
			b, err := object.Encode()
			if err != nil {
				t.Fatal(err)
			}
			all[c.String()+" object "+object.ID.String()] = string(b)
		}
		for _, chain := range r.Chains(c) {
			for _, line := range mustCollect(t, r.Lines(background, chain.Chain, 1, 1<<50)) {
				if line.Bytes == nil {
					continue
				}
				parsed, err := oplog.Parse(line.Bytes)
				if err != nil {
					t.Fatal(err)
				}
				if !left[parsed.Case] {
					all[c.String()+" line "+line.Name.String()] = fmt.Sprintf("%d %x %s", line.Seq, sha256.Sum256(line.Link[:]), line.Bytes)
				}
			}
		}
	}
	return all
}

// mustCheck proves the whole register and that its chains have no holes.
func mustCheck(t testing.TB, r *register.Register) register.CheckReport {
	t.Helper()
	report, err := r.Check(background)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range domain.AllCompartments {
		for _, chain := range r.Chains(c) {
			link := oplog.Genesis
			for _, line := range mustCollect(t, r.Lines(background, chain.Chain, 1, 1<<50)) {
				if link = oplog.Link(link, line.Hash); link != line.Link {
					t.Fatalf("%s does not link", line.Name)
				}
			}
			if link != chain.Tip {
				t.Fatalf("the tip of %v is not that of its lines", chain.Chain)
			}
		}
	}
	return report
}
