package register_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/store"
	"feltbok/internal/store/crashdisk"
	"feltbok/internal/vault"
)

// powerStep is one operation of a history: what SQLite did to the disk between begin and end, and the state after it was
// acknowledged.
type powerStep struct {
	operation  string
	begin, end int
	state      [32]byte
}

// powerHistory is a recorded life of one vault in the hands of user C, who holds all rings.
type powerHistory struct {
	t      testing.TB
	random *rand.Rand
	dir    string
	disk   *crashdisk.Disk
	player *crashdisk.Player
	first  [32]byte // state before the first step
	steps  []powerStep

	who      opener
	register *register.Register
	writers  []*writer
	model    powerModel
	added    []string // slots of users that were added and not removed
	phrase   []byte   // of C
	copies   int
	erased   []remains
}

// powerModel is what a history has been told was saved. It knows nothing of rows.
type powerModel struct {
	cases    []uuid.UUID             // the first is the one that answers are saved to
	lines    map[oplog.Name][32]byte // hashes, by name in compartment case
	objects  map[uuid.UUID]string    // the value of the one field
	ids      []uuid.UUID             // of objects, as they came
	caseOf   map[uuid.UUID]uuid.UUID // by object
	counters []byte
}

// mustHistory copies the template vault to a folder in memory where there is one, and records what is done to it.
func mustHistory(t testing.TB, seed uint64, options ...crashdisk.Option) *powerHistory {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	h := newHistory(t, seed, filepath.Join(from, "vault"), opener{label: "C", identity: people().c, code: vault.NewTravelCode()})
	h.register = h.mustOpen()
	h.first = h.mustState()
	h.must(h.register.Lock())
	h.watch(options...)
	h.do("unlock", h.unlock)
	return h
}

func newHistory(t testing.TB, seed uint64, from string, who opener) *powerHistory {
	t.Helper()
	h := &powerHistory{t: t, random: rand.New(rand.NewPCG(seed, 1)), phrase: []byte(passphraseC), who: who}
	h.model = powerModel{lines: map[oplog.Name][32]byte{}, objects: map[uuid.UUID]string{}, caseOf: map[uuid.UUID]uuid.UUID{}}
	h.model.cases = []uuid.UUID{uuid.New()}
	h.dir = filepath.Join(mustFolder(t), "vault")
	h.must(os.CopyFS(h.dir, os.DirFS(from)))
	return h
}

// mustUpgrade is the history of a register of the first version, whose unlock upgrades it.
func mustUpgrade(t testing.TB, who opener, options ...crashdisk.Option) *powerHistory {
	t.Helper()
	h := newHistory(t, powerSeed, filepath.Join("testdata", "schema1"), who)
	h.model = powerModel{}
	h.watch(options...)
	h.do("upgrade", h.unlock)
	h.first = foundAs(foundOldTables, h.steps[0].state)
	h.lockAndUnlock()
	h.steps = h.steps[:1]
	return h
}

// recovery is the history of the first unlock after a power loss during a save: the power goes again while SQLite reads the
// log back.
func (h *powerHistory) recovery() *powerHistory {
	h.t.Helper()
	saves := slices.DeleteFunc(slices.Clone(h.steps), func(s powerStep) bool { return s.operation != "save" })
	s := saves[h.random.IntN(len(saves))]
	player := h.disk.Play()
	player.Advance(s.begin + h.random.IntN(s.end-s.begin+1))
	again := &powerHistory{t: h.t, random: h.random, who: h.who, dir: filepath.Join(mustFolder(h.t), "vault")}
	h.must(os.Mkdir(again.dir, 0o700))
	h.must(player.Image(h.random).Write(again.dir))
	again.watch()
	again.do("recovery", again.unlock)
	again.first = again.steps[0].state
	again.lock()
	again.steps[1].operation = "recovery"
	return again
}

// oldUser is who opens the register of the first version.
func oldUser(t testing.TB) opener {
	t.Helper()
	h := newHistory(t, powerSeed, filepath.Join("testdata", "schema1"), opener{})
	v, err := register.Open(background, h.dir)
	h.must(err)
	login := v.Users()[0]
	identity, err := v.Identify(login.Slot, oldPassphrase())
	h.must(errors.Join(err, v.Close()))
	return opener{label: login.Label, identity: identity}
}

// watch begins the recording.
func (h *powerHistory) watch(options ...crashdisk.Option) {
	h.t.Helper()
	var err error
	h.disk, err = crashdisk.Watch(h.dir, options...)
	h.must(err)
	h.player = h.disk.Play()
	h.t.Cleanup(h.disk.Close)
	h.t.Cleanup(func() {
		if h.register != nil {
			_ = h.register.Lock()
		}
	})
}

func (h *powerHistory) unlock() error {
	_, r, _, err := h.who.open(h.dir)
	if err == nil {
		h.register = r
	}
	return err
}

// mustFolder is a temporary folder in memory where the system has one: what is synced there is not waited for.
func mustFolder(t testing.TB) string {
	t.Helper()
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err != nil || !info.IsDir() {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "feltbok-powerloss-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// opener is the user of a history.
type opener struct {
	label    string
	identity *vault.Identity
	code     vault.TravelCode
}

// How an image was found, beside its state.
const (
	foundUsual     = ""
	foundTravel    = "under travel lock"
	foundOldTables = "with the tables of an older version"
)

// foundAs is a state together with how it was found.
func foundAs(found string, state [32]byte) [32]byte {
	if found == foundUsual {
		return state
	}
	return sha256.Sum256(append([]byte(found), state[:]...))
}

// open unlocks without the key derivation. A vault under travel lock is released first.
func (o *opener) open(dir string) (v *register.Vault, r *register.Register, found string, err error) {
	v, err = register.Open(background, dir)
	if fault.Code(err) == "V-TRAVEL" && !o.code.Empty() {
		found = foundTravel
		if err = register.Release(background, dir, o.code); err == nil {
			v, err = register.Open(background, dir)
		}
	}
	if err != nil {
		return nil, nil, found, err
	}
	if v.SchemaVersion() < store.SchemaVersion {
		found = foundOldTables
	}
	for _, login := range v.Users() {
		if login.Label == o.label {
			r, err = v.LoadUpgraded(background, login.Slot, clone(o.identity))
			if err != nil {
				return nil, nil, found, errors.Join(err, v.Close())
			}
			return v, r, found, nil
		}
	}
	return nil, nil, found, errors.Join(errors.New("slot of the user is missing"), v.Close())
}

func (h *powerHistory) mustOpen() *register.Register {
	h.t.Helper()
	_, r, _, err := h.who.open(h.dir)
	h.must(err)
	return r
}

func (h *powerHistory) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *powerHistory) mustState() [32]byte {
	h.t.Helper()
	state, err := stateOf(h.register)
	h.must(err)
	return state
}

// closing are the operations after which nothing is open; what they leave is seen by the next unlock.
var closing = map[string]bool{"lock": true, "wrong passphrase": true, "travel lock": true, "release": true}

// do runs an operation, which is acknowledged when it returns, and notes the state that must survive from then on.
func (h *powerHistory) do(operation string, f func() error) {
	h.t.Helper()
	s := powerStep{operation: operation, begin: h.disk.Position()}
	if err := f(); err != nil {
		h.t.Fatalf("%s: %v", operation, err)
	}
	s.end = h.disk.Position()
	s.state = h.first
	if n := len(h.steps); n > 0 {
		s.state = h.steps[n-1].state
	}
	if !closing[operation] {
		s.state = h.mustState()
		h.mustAgree()
	}
	h.steps = append(h.steps, s)
}

// stateOf is the hash of everything that a register shows: header, and per compartment lines with their bytes, objects,
// system values and the number of commits.
func stateOf(r *register.Register) (state [32]byte, err error) {
	hash := sha256.New()
	put := func(parts ...[]byte) {
		for _, part := range parts {
			_ = binary.Write(hash, binary.BigEndian, uint64(len(part)))
			hash.Write(part)
		}
	}
	put(r.HeaderBytes())
	tries, err := r.StoredTries(background)
	if err != nil {
		return state, err
	}
	put(fmt.Append(nil, tries))
	for number := domain.Ring(1); number <= vault.MaxRings; number++ {
		put([]byte{byte(number)}, fmt.Append(nil, r.Commit(number)))
		if !r.Holds(number) { // orientation
			continue
		}
		for name := int64(2); name <= 31; name++ {
			value, err := r.System(number, name)
			switch {
			case err != nil:
				return state, err
			case number == domain.RingOpen && name == register.SystemCanary:
				value = fmt.Append(nil, len(value) > 0) // an upgrade that is done again makes another one
			case number == domain.RingOpen && name == register.SystemLedger:
				value = nil // holds sums of sealed bytes; Load has compared them
			}
			put(value)
		}
	}
	for _, c := range domain.AllCompartments {
		if !r.Holds(domain.RingOf(c)) {
			continue
		}
		for _, chain := range r.Chains(c) {
			for line, err := range r.Lines(background, chain.Chain, 1, 1<<62) {
				if err != nil {
					return state, err
				}
				put([]byte(line.Name.String()), line.Hash[:], line.Link[:], line.Import[:], line.Bytes, fmt.Append(nil, line.Seq, line.Type))
			}
		}
		blobs, err := r.Blobs(background, c)
		if err != nil {
			return state, err
		}
		for _, blob := range blobs {
			content, err := r.OpenBlob(background, c, powerBlobCase, blob, powerBlobSize)
			if err != nil {
				return state, err
			}
			put(blob[:], content)
		}
		var objects [][]byte
		for object, err := range r.Objects(background, c, register.Filter{}) {
			if err != nil {
				return state, err
			}
			content, err := object.Encode()
			if err != nil {
				return state, err
			}
			objects = append(objects, content)
		}
		slices.SortFunc(objects, bytes.Compare)
		put(objects...)
	}
	return [32]byte(hash.Sum(nil)), nil
}

// mustAgree compares the register with the model.
func (h *powerHistory) mustAgree() {
	h.t.Helper()
	if h.model.lines == nil { // nothing is known of what others saved
		return
	}
	if got := h.register.Count(domain.Case); got != len(h.model.lines) {
		h.t.Fatalf("%d lines, want %d", got, len(h.model.lines))
	}
	for name, hash := range h.model.lines {
		if line, ok := h.register.Head(domain.Case, name); !ok || line.Hash != hash {
			h.t.Fatalf("line %s is not there", name)
		}
	}
	for id, value := range h.model.objects {
		object, err := h.register.Object(background, domain.Case, id)
		h.must(err)
		if got := string(object.Fields["given_names"].Value()); got != string(mustJSON(h.t, value)) {
			h.t.Fatalf("object holds %d bytes, want %d", len(got), len(value))
		}
	}
	counters, err := h.register.System(domain.RingOpen, register.SystemCounters)
	h.must(err)
	if !bytes.Equal(counters, h.model.counters) {
		h.t.Fatalf("counters %q, want %q", counters, h.model.counters)
	}
}

// end closes the vault and gives its folder back before the test ends.
func (h *powerHistory) end() {
	h.t.Helper()
	h.must(h.register.Lock())
	h.register = nil
	h.disk.Close()
	h.must(os.RemoveAll(filepath.Dir(h.dir)))
}
