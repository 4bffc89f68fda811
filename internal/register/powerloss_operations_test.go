package register_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/vault"
)

// text is an answer of 0.1 to 3 KB, seldom 9 KB.
func (h *powerHistory) text() string {
	size := 100 + h.random.IntN(2900)
	if h.random.IntN(10) == 0 {
		size *= 3
	}
	return strings.Repeat(fmt.Sprintf("Amina %010d ", h.random.Uint32()), size/17+1)[:size]
}

// writer returns a chain of this device, beginning one now and then.
func (h *powerHistory) writer() *writer {
	if len(h.writers) == 0 || (len(h.writers) < 4 && h.random.IntN(10) == 0) {
		h.do("save", func() error {
			w := newWriter(h.t, h.register, domain.Case)
			h.writers = append(h.writers, w)
			h.note(w)
			return nil
		})
	}
	return h.writers[h.random.IntN(len(h.writers))]
}

// note tells the model of the last line of a chain.
func (h *powerHistory) note(w *writer) {
	head, ok := h.register.Head(domain.Case, w.chain().Name(w.n))
	if !ok {
		h.t.Fatal("line is not there")
	}
	h.model.lines[head.Name] = head.Hash
}

// object is one that is there already, or sometimes a new one.
func (h *powerHistory) object() uuid.UUID {
	if n := len(h.model.ids); n > 0 && h.random.IntN(3) > 0 {
		return h.model.ids[h.random.IntN(n)]
	}
	id := uuid.New()
	h.model.caseOf[id] = h.model.cases[0]
	return id
}

// put tells the model of the value of an object.
func (m *powerModel) put(id, caseID uuid.UUID, value string) {
	if _, known := m.objects[id]; !known {
		m.ids = append(m.ids, id)
	}
	m.objects[id], m.caseOf[id] = value, caseID
}

// erase forgets the objects of a case; its lines stay, as stubs.
func (m *powerModel) erase(caseID uuid.UUID) {
	m.ids = slices.DeleteFunc(m.ids, func(id uuid.UUID) bool { return m.caseOf[id] == caseID })
	for id, of := range m.caseOf {
		if of == caseID {
			delete(m.objects, id)
		}
	}
	m.cases = slices.DeleteFunc(m.cases, func(id uuid.UUID) bool { return id == caseID })
}

// save is one answer of the interview.
func (h *powerHistory) save() {
	h.t.Helper()
	w := h.writer()
	h.do("save", func() error { return h.saveTo(w) })
}

// saveTo appends one line, applies it to its object and moves the counters, as the workspace does.
func (h *powerHistory) saveTo(w *writer) error {
	id, value := h.object(), h.text()
	entry, line := w.set(h.t, h.model.caseOf[id], id, "person", "given_names", value, h.heads(id)...)
	counters := fmt.Append(nil, len(h.model.lines))
	err := h.register.Update(background, func(tx *register.Tx) error {
		if err := saveLine(tx, entry, line); err != nil {
			return err
		}
		return tx.SetSystem(domain.RingOpen, register.SystemCounters, counters)
	})
	if err != nil {
		w.back(entry)
		return err
	}
	h.model.lines[entry.Name], h.model.counters = entry.Hash, counters
	h.model.put(id, h.model.caseOf[id], value)
	return nil
}

// powerBlobCase is the case of all attachments, which are not erased; each has powerBlobSize bytes: three chunks.
var powerBlobCase = uuid.MustParse("0193f0a2-c0de-7000-8000-000000000077")

const powerBlobSize = 150_000

// attach stores an attachment with the line that names it, as the workspace does.
func (h *powerHistory) attach() error { return h.attachTo(h.writer()) }

func (h *powerHistory) attachTo(w *writer) error {
	id, blob := uuid.New(), uuid.New()
	entry, line := w.set(h.t, powerBlobCase, id, "case_attachment", "given_names", blob.String())
	content := bytes.Repeat(blob[:], powerBlobSize/len(blob)+1)[:powerBlobSize]
	err := h.register.Update(background, func(tx *register.Tx) error {
		if err := saveLine(tx, entry, line); err != nil {
			return err
		}
		return tx.PutBlob(domain.Case, powerBlobCase, blob, powerBlobSize, 0, content)
	})
	if err != nil {
		w.back(entry)
		return err
	}
	h.model.lines[entry.Name] = entry.Hash
	h.model.objects[id] = blob.String()
	return nil
}

// back takes a line away again that was not stored.
func (w *writer) back(entry register.Entry) {
	line, err := oplog.Parse(entry.Bytes)
	if err != nil {
		panic(err)
	}
	w.n, w.link = w.n-1, line.Previous
}

// heads are the writes that stand in the field, which the next write replaces.
func (h *powerHistory) heads(id uuid.UUID) []oplog.Name {
	object, err := h.register.Object(background, domain.Case, id)
	h.must(err)
	if object == nil {
		return nil
	}
	var names []oplog.Name
	for _, head := range object.Fields["given_names"].Heads {
		names = append(names, head.Name)
	}
	return names
}

// load imports the lines of another device in one transaction.
func (h *powerHistory) load(lines int) error {
	w := &writer{compartment: domain.Case, device: uuid.New(), epoch: 1, clock: oplog.NewClock(func() time.Time { return created }, 0)}
	entries := []register.Entry{w.entry(h.t, &oplog.Line{Kind: oplog.KindChain, Audience: "hq", Training: true, App: "1.0.0"})}
	written := []*oplog.Line{nil}
	objects, caseID := powerModel{objects: map[uuid.UUID]string{}, caseOf: map[uuid.UUID]uuid.UUID{}}, uuid.New()
	for range lines {
		id, value := uuid.New(), h.text()[:100]
		entry, line := w.set(h.t, caseID, id, "person", "given_names", value)
		entries, written = append(entries, entry), append(written, line)
		objects.put(id, caseID, value)
	}
	source := uuid.New()
	err := h.register.Update(background, func(tx *register.Tx) error {
		for i, entry := range entries {
			if written[i] != nil {
				if err := apply(tx, written[i]); err != nil {
					return err
				}
			}
			entry.Import = source
			if err := tx.Append(entry); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, entry := range entries {
		h.model.lines[entry.Name] = entry.Hash
	}
	for _, id := range objects.ids {
		h.model.put(id, caseID, objects.objects[id])
	}
	h.model.cases = append(h.model.cases, caseID)
	return nil
}

func (h *powerHistory) rotate() error {
	rings := []domain.Ring{domain.RingOpen, domain.RingCase, domain.RingSpecial, domain.RingAudit, domain.SealedRead}
	return h.register.Rotate(background, rings[h.random.IntN(len(rings))])
}

// guests are identities of users who come and go; making one is costly.
var guests = sync.OnceValue(func() []*vault.Identity {
	var all []*vault.Identity
	for range 3 {
		identity, err := vault.NewIdentity(uuid.New())
		if err != nil {
			panic(err)
		}
		all = append(all, identity)
	}
	return all
})

func (h *powerHistory) addUser() error {
	slot, err := h.register.AddUser(background, register.UserSpec{
		Identity: clone(guests()[len(h.added)%3]), Label: "D", Passphrase: []byte("tolv meter tau og krok"), Rings: ringsA,
	}, vault.TestKDF)
	if err == nil {
		h.added = append(h.added, slot)
	}
	return err
}

// removeUser rotates the rings of a user who goes: no old wrapping of a data key may come back.
func (h *powerHistory) removeUser() error {
	last := len(h.added) - 1
	keys, err := h.register.WrappedKeys(background, h.model.cases[0])
	h.must(err)
	if err := h.register.RemoveUser(background, h.added[last]); err != nil {
		return err
	}
	h.added = h.added[:last]
	h.erased = append(h.erased, remains{from: h.disk.Position(), keys: keys})
	return nil
}

func (h *powerHistory) changePassphrase() error {
	fresh := []byte("seks sauer sover under skyen")
	if bytes.Equal(fresh, h.phrase) {
		fresh = []byte(passphraseC)
	}
	err := h.register.ChangePassphrase(background, h.phrase, fresh, vault.TestKDF)
	if err == nil {
		h.phrase = fresh
	}
	return err
}

func (h *powerHistory) backup() error {
	h.copies++
	return h.register.Backup(background, filepath.Join(h.dir, "backup", fmt.Sprintf("copy-%d.db", h.copies)))
}

// lockAndUnlock closes the vault, which writes the log back, and opens it again.
func (h *powerHistory) lockAndUnlock() {
	h.lock()
	h.do("unlock", h.unlock)
}

// lock notes what a copy of the closed vault shows: locking writes the rows that are behind.
func (h *powerHistory) lock() {
	h.t.Helper()
	h.do("lock", h.register.Lock)
	copied := filepath.Join(mustFolder(h.t), "vault")
	h.must(os.CopyFS(copied, os.DirFS(h.dir)))
	v, r, _, err := h.who.open(copied)
	h.must(err)
	h.steps[len(h.steps)-1].state, err = stateOf(r)
	h.must(errors.Join(err, v.Close(), os.RemoveAll(copied)))
}

// wrongPassphrase is somebody at the keyboard while the vault is closed.
func (h *powerHistory) wrongPassphrase() {
	h.lock()
	h.do("wrong passphrase", func() error {
		v, err := register.Open(background, h.dir)
		if err != nil {
			return err
		}
		for _, login := range v.Users() {
			if login.Label == h.who.label {
				if _, err = v.Unlock(background, login.Slot, []byte("feil")); fault.Code(err) != "V-PASS" {
					return err
				}
			}
		}
		return v.Close()
	})
	h.do("unlock", h.unlock)
	h.steps[len(h.steps)-2].state = h.steps[len(h.steps)-1].state
}

// travel locks the vault for a journey and releases it.
func (h *powerHistory) travel() {
	h.do("travel lock", func() error { return h.register.TravelLock(background, h.who.code) })
	h.do("release", func() error { return register.Release(background, h.dir, h.who.code) })
	h.do("unlock", h.unlock)
	state := h.mustState()
	n := len(h.steps)
	h.steps[n-3].state, h.steps[n-2].state = foundAs(foundTravel, state), state
}

// erase erases a case that was imported. The name of an erase line is enough here.
func (h *powerHistory) erase() error {
	caseID := h.model.cases[1+h.random.IntN(len(h.model.cases)-1)]
	keys, err := h.register.WrappedKeys(background, caseID)
	h.must(err)
	if len(keys) == 0 {
		h.t.Fatal("case has no key")
	}
	_, err = h.register.Erase(background, caseID, oplog.Name{Device: caseID, Epoch: 9, N: 1}, nil)
	if err == nil || fault.Code(err) == "V-ERASE" {
		h.model.erase(caseID)
	}
	if err == nil {
		h.erased = append(h.erased, remains{from: h.disk.Position(), keys: keys})
	}
	return err
}

// remains are sealed keys that no file may hold from a position on.
type remains struct {
	from int
	keys [][]byte
}

// storeRows writes the rows that are behind, which a reseal would otherwise do in a transaction of its own.
func (h *powerHistory) storeRows() {
	h.do("reseal", func() error { return h.register.StoreWaiting(background, domain.RingCase) })
}

func (h *powerHistory) reseal() error { return h.register.Reseal(background, domain.RingCase, nil) }

// brief does what needs no key derivation.
func (h *powerHistory) brief() {
	for range 4 {
		for range 8 {
			h.save()
		}
		h.do("import", func() error { return h.load(100) })
		h.do("rotation", h.rotate)
	}
	h.lockAndUnlock()
	h.save()
}

// live does each operation at least once, in random order, between many saves.
func (h *powerHistory) live(saves int) {
	others := []func(){
		func() { h.do("import", func() error { return h.load(20 + h.random.IntN(60)) }) },
		func() { h.do("import", func() error { return h.load(200 + h.random.IntN(200)) }) },
		func() { h.do("attachment", h.attach) },
		func() { h.do("attachment", h.attach) },
		func() { h.do("rotation", h.rotate) },
		func() { h.do("rotation", h.rotate) },
		func() { h.do("user added", h.addUser); h.do("user removed", h.removeUser) },
		func() { h.do("passphrase", h.changePassphrase) },
		func() { h.do("backup", h.backup) },
		func() { h.do("import", func() error { return h.load(20) }); h.do("erasure", h.erase) },
		func() { h.do("import", func() error { return h.load(20) }); h.do("erasure", h.erase) },
		func() { h.storeRows(); h.do("reseal", h.reseal) },
		h.travel,
		h.wrongPassphrase,
		h.lockAndUnlock,
	}
	h.random.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	for _, other := range others {
		for range saves / len(others) {
			h.save()
		}
		other()
	}
	h.save()
}
