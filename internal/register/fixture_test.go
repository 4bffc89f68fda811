package register_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
)

// The people of the fixture: A holds everything of the field, B holds open and case only, C is HQ with both reading rings.
const (
	passphraseA = "ull kaffe brygge sti vinter lampe"
	passphraseB = "torsk bekk mugge sofa hage tre"
	passphraseC = "elv stein saks bord fjell sko"
)

var (
	created = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

	ringsA = []domain.Ring{domain.RingOpen, domain.RingCase, domain.RingSpecial, domain.RingSealed, domain.RingAudit}
	ringsB = []domain.Ring{domain.RingOpen, domain.RingCase, domain.RingAudit}
	ringsC = append(ringsA[:len(ringsA):len(ringsA)], domain.SealedRead, domain.AuditRead)
)

// people are made once: identities are costly.
var people = sync.OnceValue(func() (p struct{ a, b, c, recovery *vault.Identity }) {
	for _, into := range []**vault.Identity{&p.a, &p.b, &p.c, &p.recovery} {
		identity, err := vault.NewIdentity(uuid.New())
		if err != nil {
			panic(err)
		}
		*into = identity
	}
	return p
})

// template is one vault folder that tests copy, since making slots is what takes time.
var template = sync.OnceValues(func() (string, error) {
	root, err := os.MkdirTemp("", "feltbok-register-")
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "vault")
	p := people()
	return root, register.Create(context.Background(), register.CreateOptions{
		Dir: dir, Training: true, KDF: vault.TestKDF, Created: created, Recovery: p.recovery.Recipient(),
		Users: []register.UserSpec{
			{Identity: clone(p.a), Label: "A", Passphrase: []byte(passphraseA), Rings: ringsA},
			{Identity: clone(p.b), Label: "B", Passphrase: []byte(passphraseB), Rings: ringsB},
			{Identity: clone(p.c), Label: "C", Passphrase: []byte(passphraseC), Rings: ringsC},
		},
	})
})

func clone(i *vault.Identity) *vault.Identity {
	c := *i
	c.Sign = append([]byte(nil), i.Sign...)
	return &c
}

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		runChild()
		return
	}
	if os.Getenv(wipeVariable) != "" {
		runWipe()
		return
	}
	if os.Getenv(travelVariable) != "" {
		runTravel()
		return
	}
	code := m.Run()
	if dir, err := template(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func mustVault(t testing.TB) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "vault")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(from, "vault"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

var passphrases = map[string]string{"A": passphraseA, "B": passphraseB, "C": passphraseC}

// unlock opens a vault for a user. For the people of the fixture the key derivation is left out, since it is what takes
// time; [unlockByPassphrase] does all of it.
func unlock(t testing.TB, dir, label string) (*register.Register, error) {
	t.Helper()
	p := people()
	identity := map[string]*vault.Identity{"A": p.a, "B": p.b, "C": p.c}[label]
	if identity == nil {
		return unlockByPassphrase(t, dir, label)
	}
	return unlockBy(t, dir, label, func(v *register.Vault, slot string) (*register.Register, error) {
		return v.Load(context.Background(), slot, clone(identity))
	})
}

func unlockByPassphrase(t testing.TB, dir, label string) (*register.Register, error) {
	t.Helper()
	return unlockBy(t, dir, label, func(v *register.Vault, slot string) (*register.Register, error) {
		return v.Unlock(context.Background(), slot, []byte(passphrases[label]))
	})
}

func unlockBy(t testing.TB, dir, label string, unlock func(*register.Vault, string) (*register.Register, error)) (*register.Register, error) {
	t.Helper()
	v, err := register.Open(context.Background(), dir)
	if err != nil {
		return nil, err
	}
	for _, login := range v.Users() {
		if login.Label == label {
			r, err := unlock(v, login.Slot)
			if err != nil {
				return nil, errors.Join(err, v.Close())
			}
			t.Cleanup(func() {
				if err := r.Lock(); err != nil {
					t.Errorf("lock: %v", err)
				}
			})
			return r, nil
		}
	}
	t.Fatalf("no user %s", label)
	return nil, nil
}

func mustUnlock(t testing.TB, dir, label string) *register.Register {
	t.Helper()
	r, err := unlock(t, dir, label)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// writer makes lines of one chain and the objects that follow from them.
type writer struct {
	compartment domain.Compartment
	device      uuid.UUID
	epoch       uint32
	n           uint64
	link        [32]byte
	clock       *oplog.Clock
}

// newWriter begins a chain in the register: line 1 is its chain line.
func newWriter(t testing.TB, r *register.Register, c domain.Compartment) *writer {
	t.Helper()
	w := &writer{compartment: c, device: uuid.New(), epoch: 7, clock: oplog.NewClock(func() time.Time { return created }, 0)}
	entry := w.entry(t, &oplog.Line{Kind: oplog.KindChain, Audience: "hq", Training: true, App: "1.0.0"})
	if err := r.Update(context.Background(), func(tx *register.Tx) error { return tx.Append(entry) }); err != nil {
		t.Fatal(err)
	}
	return w
}

// entry makes a line the next one of the chain.
func (w *writer) entry(t testing.TB, line *oplog.Line) register.Entry {
	t.Helper()
	w.n++
	line.By, line.Compartment, line.Device, line.Epoch, line.N = people().a.User, w.compartment, w.device, w.epoch, w.n
	line.HLC, line.Previous = w.clock.Tick(), w.link
	bytes, err := line.Encode()
	if err != nil {
		t.Fatal(err)
	}
	hash := oplog.LineHash(bytes)
	w.link = oplog.Link(w.link, hash)
	return register.Entry{Bytes: bytes, Compartment: w.compartment, Name: line.Name(), Type: line.Type, Scope: line.Case, Hash: hash, Link: w.link}
}

func (w *writer) chain() oplog.Chain {
	return oplog.Chain{Compartment: w.compartment, Device: w.device, Epoch: w.epoch}
}

// set makes the next line, which writes one field of an object.
func (w *writer) set(t testing.TB, caseID, object uuid.UUID, kind domain.Type, field, value string, parents ...oplog.Name) (register.Entry, *oplog.Line) {
	t.Helper()
	line := &oplog.Line{Kind: oplog.KindSet, Case: caseID, Form: "cm@7", Object: object, Type: kind, Set: map[string]json.RawMessage{field: mustJSON(t, value)}}
	if len(parents) > 0 {
		line.Parents = map[string][]oplog.Name{field: parents}
	}
	return w.entry(t, line), line
}

func mustJSON(t testing.TB, value any) json.RawMessage {
	t.Helper()
	b, err := oplog.Canonical(value)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// save appends one line and applies it to its object, as the workspace does.
func (w *writer) save(t testing.TB, r *register.Register, caseID, object uuid.UUID, kind domain.Type, field, value string) {
	t.Helper()
	entry, line := w.set(t, caseID, object, kind, field, value)
	err := r.Update(context.Background(), func(tx *register.Tx) error {
		return saveLine(tx, entry, line)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// saveLine saves a line to its object, which may be new.
func saveLine(tx *register.Tx, entry register.Entry, line *oplog.Line) error {
	object, err := tx.Object(line.Compartment, line.Object)
	if err != nil {
		return err
	}
	if object == nil {
		object = new(oplog.Object)
	}
	return tx.Save(entry, line, object)
}

// apply stores the object after a line that is appended otherwise, as an import does.
func apply(tx *register.Tx, line *oplog.Line) error {
	object, err := tx.Object(line.Compartment, line.Object)
	if err != nil {
		return err
	}
	if object == nil {
		object = &oplog.Object{ID: line.Object, Type: line.Type, Case: line.Case, Compartment: line.Compartment}
	}
	object.Apply(line, func(name oplog.Name) bool { return tx.Known(line.Compartment, name) })
	return tx.PutObject(object)
}

func mustCollect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item)
	}
	return all
}
