package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	_ "modernc.org/sqlite" // the plain baseline uses the same engine

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
)

// plainDatabase is one table of plain rows under the settings of the sealed one (security.md 3.1).
func plainDatabase(dir string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", filepath.Join(dir, "plain.db"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	for _, s := range []string{
		"page_size=4096", "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY",
		"mmap_size=0", "cache_spill=OFF", "wal_autocheckpoint=200",
	} {
		if _, err := db.Exec("PRAGMA " + s); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if _, err := db.Exec("CREATE TABLE record(id BLOB PRIMARY KEY, json TEXT NOT NULL) STRICT"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

var passphrase = []byte("eleven odd words to measure with")

// newRegister makes a training register with one user who holds open and case.
func newRegister(ctx context.Context, dir string) (*register.Register, error) {
	recovery, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, err
	}
	user, err := vault.NewIdentity(uuid.New())
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, "register")
	err = register.Create(ctx, register.CreateOptions{
		Dir: dir, Training: true, Recovery: recovery.Recipient().String(), KDF: vault.TestKDF, Created: time.Now(),
		Users: []register.UserSpec{{Identity: user, Label: "A", Passphrase: append([]byte(nil), passphrase...), Rings: []domain.Ring{domain.RingOpen, domain.RingCase}}},
	})
	if err != nil {
		return nil, err
	}
	locked, err := register.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	reg, err := locked.Unlock(ctx, locked.Users()[0].Slot, append([]byte(nil), passphrase...))
	if err != nil {
		return nil, errors.Join(err, locked.Close())
	}
	return reg, nil
}

// record is about 5 KB of answers, as one person has after an interview.
func record(caseID uuid.UUID) *oplog.Object {
	o := &oplog.Object{ID: uuid.New(), Type: "person", Case: caseID, Compartment: domain.Case, Fields: map[string]*oplog.Field{}}
	name, user := oplog.Name{Device: uuid.New(), Epoch: 7, N: 1}, uuid.New()
	value, _ := json.Marshal(strings.Repeat("answer ", 26))
	for i := range 24 {
		name.N++
		o.Fields[fmt.Sprintf("field_%02d", i)] = &oplog.Field{Heads: []oplog.Write{{Name: name, HLC: oplog.HLCAt(time.Now()), By: user, Form: "person@1", Value: value}}}
	}
	return o
}

// chain writes lines of one device.
type chain struct {
	device, user uuid.UUID
	n            uint64
	link         [32]byte
}

func newChain() *chain { return &chain{device: uuid.New(), user: uuid.New()} }

func (c *chain) entry(line *oplog.Line) (register.Entry, error) {
	c.n++
	line.Compartment, line.By, line.Device, line.Epoch, line.N, line.Previous, line.HLC = domain.Case, c.user, c.device, 7, c.n, c.link, oplog.HLCAt(time.Now())
	bytes, err := line.Encode()
	if err != nil {
		return register.Entry{}, err
	}
	hash := oplog.LineHash(bytes)
	c.link = oplog.Link(c.link, hash)
	return register.Entry{Bytes: bytes, Compartment: domain.Case, Name: line.Name(), Type: line.Type, Scope: line.Case, Hash: hash, Link: c.link}, nil
}

func (c *chain) first() (register.Entry, error) {
	return c.entry(&oplog.Line{Kind: oplog.KindChain, Audience: "hq", Training: true, App: "bench"})
}

func (c *chain) set(o *oplog.Object, value string) (register.Entry, *oplog.Line, error) {
	const field = "given_names"
	raw, err := json.Marshal(value)
	if err != nil {
		return register.Entry{}, nil, err
	}
	line := &oplog.Line{
		Kind: oplog.KindSet, Case: o.Case, Object: o.ID, Type: o.Type, Set: map[string]json.RawMessage{field: raw}, Parents: o.Parents(field),
	}
	entry, err := c.entry(line)
	return entry, line, err
}

// saveAnswer saves answers as the workspace does (line, object, root, ledger) and, in turns, plain durable rows.
func saveAnswer(ctx context.Context, dir string, n sizes) ([]Result, error) {
	reg, err := newRegister(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer reg.Lock()
	db, err := plainDatabase(dir)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	plain, err := db.Prepare("INSERT INTO record(id, json) VALUES(?,?) ON CONFLICT(id) DO UPDATE SET json=excluded.json")
	if err != nil {
		return nil, err
	}
	writer, object := newChain(), record(uuid.New())
	first, err := writer.first()
	if err != nil {
		return nil, err
	}
	if err := reg.Update(ctx, func(tx *register.Tx) error { return tx.Append(first) }); err != nil {
		return nil, err
	}
	var sealed, durable []time.Duration
	for i := range n.saves {
		entry, line, err := writer.set(object, answerOf(i))
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if err := reg.Update(ctx, func(tx *register.Tx) error { return tx.Save(entry, line, object) }); err != nil {
			return nil, err
		}
		between := time.Now()
		body, err := object.Encode()
		if err != nil {
			return nil, err
		}
		if _, err := plain.Exec(object.ID[:], string(body)); err != nil {
			return nil, err
		}
		sealed, durable = append(sealed, between.Sub(began)), append(durable, time.Since(between))
	}
	return []Result{ratio("save one answer", median(sealed), median(durable), "≤ 1.10 ×", "a plain durable SQLite row")}, nil
}

// answerOf is another answer for each number, of 5 to 44 characters: where the length stays, SQLite writes just the one page in
// which a plain row changes, and answers are seldom as long as those before.
func answerOf(i int) string {
	text := fmt.Sprintf("%d answered with a few words, as people do when asked", i)
	return text[:5+i*7%40]
}

// openRecords opens sealed records of 5 KB and, in turns, scans the same as plain rows. Both sides decode each body into an
// object, for that is what a reader of records needs.
func openRecords(ctx context.Context, dir string, n sizes) ([]Result, error) {
	const batch = 1_000
	records, cases := n.records, n.records/n.perCase
	reg, err := newRegister(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer reg.Lock()
	db, err := plainDatabase(dir)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	ids := make([]uuid.UUID, cases)
	for i := range ids {
		ids[i] = uuid.New()
	}
	for at := 0; at < records; at += batch {
		plain, err := db.Begin()
		if err != nil {
			return nil, err
		}
		err = reg.Update(ctx, func(tx *register.Tx) error {
			for i := at; i < min(at+batch, records); i++ {
				object := record(ids[i%cases])
				body, err := object.Encode()
				if err != nil {
					return err
				}
				if err := tx.PutObject(object); err != nil {
					return err
				}
				if _, err := plain.Exec("INSERT INTO record VALUES(?,?)", object.ID[:], string(body)); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, plain.Commit()); err != nil {
			return nil, err
		}
	}
	var sealed, scanned []time.Duration
	for range 3 {
		began := time.Now()
		for _, err := range reg.Objects(ctx, domain.Case, register.Filter{}) {
			if err != nil {
				return nil, err
			}
		}
		between := time.Now()
		if err := scan(db); err != nil {
			return nil, err
		}
		sealed, scanned = append(sealed, between.Sub(began)), append(scanned, time.Since(between))
	}
	return []Result{ratio("open "+count(records)+" records of 5 KB", median(sealed), median(scanned), "≤ 1.6 ×", "a scan of plain rows; both decoded")}, nil
}

// scan reads every plain row and decodes it, as any reader of records must.
func scan(db *sql.DB) error {
	rows, err := db.Query("SELECT id, json FROM record")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id []byte
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		if _, err := oplog.DecodeObject(body); err != nil {
			return err
		}
	}
	return rows.Err()
}
