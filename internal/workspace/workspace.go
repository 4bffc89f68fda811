// Package workspace is the only door through which the app and the command line reach a case: open, read, search,
// write fields, see conflicts, lock.
//
// [Unlock] opens one sealed folder for one user and gives a [Workspace]. Everything written goes through
// [Workspace.Set] or [Workspace.SetMany] and becomes an operation that is durable when the call returns (design.md 1);
// everything read comes from the heads of those operations. The package knows roles, compartments and who may write what;
// it draws nothing and moves no files (that is sync/exchange).
//
// A Workspace is safe for concurrent use. After [Workspace.Close] every method returns a fault with code V-LOCKED.
package workspace

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/match"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/sync/trust"
)

// Info is what a locked workspace shows to anybody who holds the machine.
type Info = register.Info

// Peek reads what a locked workspace shows: its world and the labels of its users. Faults: V-MISSING, V-DAMAGED, V-HEADER.
func Peek(dir string) (Info, error) { return register.Peek(dir) }

// Options steers [Unlock].
type Options struct {
	// Clock tells the time; nil means the machine's clock.
	Clock clock.Clock
	// Progress is told the stage that begins: "keys", "records", "index". May be nil.
	Progress func(stage string)
	// ReadOnly opens what is healthy of a damaged workspace; see [Workspace.ReadOnly].
	ReadOnly bool
}

// Me says who works here.
type Me struct {
	User        uuid.UUID
	Alias       string
	Role        domain.Role
	Device      uuid.UUID
	DeviceAlias string
	// Mission is the mission a field device works on; zero at headquarters.
	Mission  uuid.UUID
	Training bool
	HQ       bool
}

// Workspace is one sealed folder, open for one user.
type Workspace struct {
	dir string
	now clock.Clock
	// turn is held by whatever reads counters or directories, works on, and writes them back; see [Workspace.Turn].
	turn chan struct{}
	mu   sync.Mutex // guards everything below and orders writes
	reg  *register.Register
	node Node
	me   Me
	tr   *trust.Trust
	// trusted is the SHA-256 of the stored directories that tr was made of.
	trusted [32]byte

	clock    *oplog.Clock
	floor    time.Time // latest time known to be true: own commits, times signed by headquarters (security.md 4.7)
	epochs   map[string]uint32
	replaced []uint32 // own epochs that must not be gone on with
	// superseded are the own epochs of an audience that its next new epoch replaces.
	superseded map[string][]uint32
	tips       map[oplog.Chain]tip
	invisible  map[domain.Compartment]map[oplog.Name]hidden // quarantined lines
	stubs      map[domain.Compartment]stubMarks             // why lines are stubs
	redacted   map[domain.Compartment]redactions            // those that count
	marks      map[domain.Compartment]map[uuid.UUID]mark    // what headquarters said of imports, by import
	verdicts   map[domain.Compartment]verdict               // the same, all marks together
	partners   map[uuid.UUID]bool                           // machines of partners
	taken      map[domain.Compartment]map[uuid.UUID]LineSet // lines of which a new issue stands here, by case

	entries   map[uuid.UUID]*entry
	search    *match.Index
	conflicts map[uuid.UUID]conflictEntry
	scanned   bool // conflicts holds every object of the held compartments

	issued      atomic.Pointer[issued] // read without mu: screens ask for labels while an import runs
	issuedStale bool                   // an edition came or went since

	audit       []auditEvent
	auditRead   map[uuid.UUID]bool // P3 objects whose first reading in this unlock period is on record
	auditOldest time.Time
	damaged     bool // a check found damage: nothing is written of our own accord

	subscribers map[int]func(Change)
	nextSub     int
}

type tip struct {
	n    uint64
	link [32]byte
}

// Unlock opens the folder for the user of a slot (see [Peek]) with the passphrase, checks everything that security.md
// 3.6 asks for, and fills the lists. Faults: V-MISSING, V-BUSY, V-PASS, V-HEADER, V-RING, V-KEY, V-ROW, V-ROOT, V-LEDGER.
func Unlock(ctx context.Context, dir, slot string, passphrase []byte, o Options) (*Workspace, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	progress := o.Progress
	if progress == nil {
		progress = func(string) {}
	}
	progress("keys")
	reg, err := openRegister(ctx, dir, slot, passphrase, o.ReadOnly)
	if err != nil {
		return nil, err
	}
	w := &Workspace{
		turn: make(chan struct{}, 1),
		dir:  dir, now: o.Clock, reg: reg,
		epochs: map[string]uint32{}, tips: map[oplog.Chain]tip{},
		invisible: map[domain.Compartment]map[oplog.Name]hidden{}, stubs: map[domain.Compartment]stubMarks{},
		entries: map[uuid.UUID]*entry{}, search: &match.Index{}, conflicts: map[uuid.UUID]conflictEntry{},
		auditRead: map[uuid.UUID]bool{}, subscribers: map[int]func(Change){},
	}
	w.renewIssued()
	progress("records")
	if err := w.load(ctx); err != nil {
		reg.Lock()
		return nil, err
	}
	if !o.ReadOnly {
		w.raiseCosts(ctx, passphrase)
		dropUnfinished(dir)
	}
	progress("index")
	if err := w.fillIndex(ctx); err != nil {
		reg.Lock()
		return nil, err
	}
	w.noteLocked("unlock", "", uuid.Nil)
	return w, nil
}

// load reads who we are, whom we trust and where our chains end.
func (w *Workspace) load(ctx context.Context) error {
	for _, step := range []func() error{w.loadNode, w.loadTrust, w.loadInvisible, w.loadStubs, w.loadRedactions, w.loadTaken, w.loadFloor, w.loadReplaced, w.loadSalvaged} {
		if err := step(); err != nil && !w.spared(err) {
			return err
		}
	}
	if err := w.loadMarks(ctx); err != nil && !w.readOnly() {
		return err
	}
	if err := w.loadChains(ctx); err != nil || w.readOnly() {
		return err
	}
	if _, err := w.obey(ctx); err != nil { // orders that the program did not live to carry out
		return err
	}
	_, err := w.noteGenerations(ctx)
	return err
}

// Close locks: what the audit log still holds back is written, then every key, index and open record is dropped.
// It may be called more than once.
func (w *Workspace) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg == nil {
		return nil
	}
	flushed := w.flushAudit(context.Background())
	err := w.reg.Lock()
	w.drop()
	if err != nil {
		return err
	}
	return flushed
}

func (w *Workspace) open() error {
	if w.reg == nil {
		return fault.New("V-LOCKED", "", nil)
	}
	return nil
}

// Me says who works here and on what.
func (w *Workspace) Me() Me {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.me
}

// Dir returns the folder of the workspace.
func (w *Workspace) Dir() string { return w.dir }

// Now returns the time of the workspace's clock without its monotonic part.
func (w *Workspace) Now() time.Time { return w.now.Now().Round(0) }

// Holds reports whether the user may read a compartment; audit and sealed are held without every line being readable.
func (w *Workspace) Holds(c domain.Compartment) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reg != nil && w.reg.Holds(domain.RingOf(c))
}

// Register gives sync/exchange the sealed lines. It is nil after Close.
func (w *Workspace) Register() *register.Register {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reg
}

// Space returns the bytes free where the workspace lies and whether that is enough to begin an interview (V-SPACE below
// 200 MB).
func (w *Workspace) Space() (free int64, enough bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reg == nil {
		return 0, false
	}
	return w.reg.Space()
}

// Change tells a subscriber what is different. Object is zero when an import touched several objects of the case, Case is
// zero for what belongs to no case.
type Change struct {
	Case, Object uuid.UUID
	Type         domain.Type
	Import       bool
}

// Subscribe calls f after each commit, on the goroutine that committed; f must not call back into the workspace and
// must return quickly. cancel ends it.
func (w *Workspace) Subscribe(f func(Change)) (cancel func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.nextSub
	w.nextSub++
	w.subscribers[id] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subscribers, id)
	}
}

// notify is called without the lock.
func (w *Workspace) notify(changes []Change) {
	w.mu.Lock()
	subscribers := make([]func(Change), 0, len(w.subscribers))
	for _, f := range w.subscribers {
		subscribers = append(subscribers, f)
	}
	w.mu.Unlock()
	for _, change := range changes {
		for _, f := range subscribers {
			f(change)
		}
	}
}

// AliasOf returns the alias of a user as the directories give it, or the first eight digits of the identifier.
func (w *Workspace) AliasOf(user uuid.UUID) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, card := range w.node.Users {
		if card.User == user {
			return card.Alias
		}
	}
	if w.tr != nil {
		for _, mission := range w.tr.Missions() {
			if alias := mission.UserAlias(trust.UserName(user)); alias != "" {
				return alias
			}
		}
	}
	return user.String()[:8]
}

func describe(t domain.Type, field string) string {
	if field == "" {
		return string(t)
	}
	return fmt.Sprintf("%s.%s", t, field)
}

// Turn lets the exchange do one thing at a time: an import or export reads what is known of others, works for seconds, and stores
// what it is then; two at once would forget what the other learned. It waits for its turn until ctx ends, whose error it returns.
// done must be called. Nothing that has the turn may ask for it again.
func (w *Workspace) Turn(ctx context.Context) (done func(), err error) {
	select {
	case w.turn <- struct{}{}:
		return func() { <-w.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
