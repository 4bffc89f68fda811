package register

import (
	"context"
	"crypto/sha256"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// Register is a vault that one user has unlocked. It is safe for concurrent use.
//
// Inside the function given to [Register.Update] use the [Tx] for objects and system values: the register itself waits
// there for the end of the transaction. What is answered from memory (Known, Head, Chains, Count, Holds) may be asked
// anywhere and shows the state before the transaction.
type Register struct {
	vault    *Vault
	identity *vault.Identity
	slot     vault.SlotID

	// rows is held by Update for writing and by whoever reads bodies, so that heads in memory fit bodies in the file.
	rows sync.RWMutex
	// memory guards the fields below and the content of rings; it is held for moments only.
	memory  sync.RWMutex
	locked  bool
	rings   map[domain.Ring]*ring
	ledger  vault.Ledger
	readers map[domain.Ring][]age.Identity // reading identities of rings 7 and 8

	erasures *erasures // what it points to never changes

	failedTries int

	// foundDamaged says that a check found damage: locking then writes nothing.
	foundDamaged atomic.Bool
	damage       *damageList // nil unless the register is read around damage
}

// Unlock opens the vault for the user of a slot (security.md 3.6 steps 3 to 5): V-PASS, V-RING, V-HEADER, V-KEY, V-ROW,
// V-ROOT, V-LEDGER. V-WAIT with the seconds while the slot may not be tried again (see [Vault.Wait]). A register of an older
// version of the program is upgraded; V-UPGRADE when that did not succeed. After an error the vault is still open and may be
// tried again; after success it belongs to the register. The passphrase is the caller's to clear.
func (v *Vault) Unlock(ctx context.Context, slot string, passphrase []byte) (*Register, error) {
	chosen := v.header.SlotNamed(slot)
	if chosen == nil {
		return nil, fault.Newf("V-PASS", slot, "vault has no such slot")
	}
	if err := v.mayTry(chosen); err != nil {
		return nil, err
	}
	identity, err := chosen.Open(v.header.Vault, passphrase)
	if err != nil {
		return nil, v.tryFailed(ctx, chosen, err)
	}
	r, err := v.load(ctx, chosen, identity)
	if err == nil {
		r, err = v.upgraded(ctx, chosen, r)
	}
	if err != nil {
		return nil, err
	}
	r.failedTries = v.trySucceeded(ctx, chosen)
	return r, nil
}

func (v *Vault) newRegister(slot *vault.Slot, identity *vault.Identity) *Register {
	return &Register{vault: v, identity: identity, slot: slot.ID, rings: map[domain.Ring]*ring{}, readers: map[domain.Ring][]age.Identity{}}
}

func (v *Vault) load(ctx context.Context, slot *vault.Slot, identity *vault.Identity) (*Register, error) {
	r := v.newRegister(slot, identity)
	if err := r.openRings(); err != nil {
		r.wipe()
		return nil, err
	}
	if err := v.engine.View(ctx, func(reader store.Reader) error { return r.load(ctx, reader) }); err != nil {
		r.wipe()
		return nil, err
	}
	if !v.copied && r.pendingRotation() {
		if err := r.changeHeader(ctx, (*headerChange).rotateRemoved); err != nil {
			r.wipe()
			return nil, err
		}
	}
	if !v.copied && r.pendingErasure() {
		if err := r.finishErasures(ctx); err != nil {
			r.wipe()
			return nil, err
		}
	}
	return r, nil
}

func (r *Register) openRings() error {
	v := r.vault
	key, err := v.header.OpenFirstRing(r.slot, r.identity.Age, v.content, v.mac)
	if err != nil {
		return err
	}
	first := v.header.Ring(domain.RingOpen)
	r.rings[domain.RingOpen] = newRing(domain.RingOpen, key, first)
	for _, entry := range v.header.Rings {
		if entry == first || !entry.Reads(r.slot) {
			continue
		}
		key, err := v.header.OpenRing(entry, r.identity.Age)
		if err != nil {
			if r.spared(entry.Ring, "", err) {
				continue
			}
			return err
		}
		r.rings[entry.Ring] = newRing(entry.Ring, key, entry)
	}
	return nil
}

// load reads keys and heads of all held rings and proves their roots, then the ledger of all rings.
func (r *Register) load(ctx context.Context, reader store.Reader) error {
	for _, held := range r.inOrder() {
		if err := r.loadKeys(held, reader); err != nil {
			if r.sparedRing(held, err) {
				continue
			}
			return err
		}
	}
	sums := map[domain.Ring]*total{}
	heads := map[domain.Compartment]*vault.HeadReader{}
	for number, held := range r.rings {
		sums[number] = &total{elements: vault.NewElements(&held.system.State)}
		opener := vault.NewHeadReader(&held.system.Head, r.vault.header.Vault, held.compartment())
		defer opener.Clear()
		heads[held.compartment()] = opener
	}
	if err := r.loadOperations(ctx, reader, heads, sums); err != nil {
		return err
	}
	if err := r.loadObjects(ctx, reader, heads, sums); err != nil {
		return err
	}
	if err := r.loadValues(reader, sums); err != nil || r.damage != nil {
		return err
	}
	return r.replay(ctx, reader)
}

// total gathers the state root of a ring.
type total struct {
	elements *vault.Elements
	sum      vault.Sum
	rows     uint64
}

func (t *total) add(table vault.Table, row vault.RowID, revision uint64, tag vault.Tag) {
	t.sum.Toggle(t.elements.Of(table, row, revision, tag))
	t.rows++
}

func (r *Register) loadKeys(held *ring, reader store.Reader) error {
	id := r.vault.header.Vault
	held.keys = vault.DeriveRingKeys(&held.key, id, held.ring)
	found := false
	for row, err := range reader.DataKeys(held.ring) {
		if err != nil {
			return err
		}
		key, err := vault.OpenDataKey(&held.keys.Wrap, id, held.ring, held.entry.ID, vault.KeyID(row.ID), row.Wrapped)
		if err != nil {
			if r.spared(held.ring, "data_key", err) {
				continue
			}
			return err
		}
		if key.ID == vault.SystemKeyID(held.ring) {
			found = true
			held.system = vault.DeriveSystemKeys(&key.Key, id, held.ring)
			key.Key.Clear()
			continue
		}
		held.addKey(key)
		key.Key.Clear()
	}
	if !found {
		return fault.Newf("V-KEY", held.ring.String(), "system key is missing")
	}
	held.sortKeys()
	return nil
}

func (r *Register) loadOperations(ctx context.Context, reader store.Reader, heads map[domain.Compartment]*vault.HeadReader, sums map[domain.Ring]*total) error {
	return readAhead(ctx, reader.Operations(0), func(h *store.OperationHead) *[]byte { return &h.Head }, func(row *store.OperationHead) error {
		opener := heads[row.Compartment]
		if opener == nil {
			return nil
		}
		number := domain.RingOf(row.Compartment)
		head, err := opener.Operation(vault.RowID(row.Row), row.Seq, row.Head)
		if err != nil {
			if r.spared(number, "operation", err) {
				return nil
			}
			return err
		}
		held := r.rings[number]
		place, known := held.byID[head.Key]
		if !known {
			place = noKey
			if !head.Stub() {
				err := fault.Newf("V-KEY", number.String(), "data key of a row is missing")
				if r.spared(number, "operation", err) {
					return nil
				}
				return err
			}
		}
		sums[number].add(vault.OperationTable, head.Row, head.Revision, head.Body)
		held.addLine(oplog.Chain{Compartment: row.Compartment, Device: head.Device, Epoch: head.Epoch}, lineHead{
			n: head.N, seq: row.Seq, key: place, number: head.Type, stub: head.Stub(), hash: head.Hash, link: head.Link, imported: head.Import,
		})
		return nil
	})
}

func (r *Register) loadObjects(ctx context.Context, reader store.Reader, heads map[domain.Compartment]*vault.HeadReader, sums map[domain.Ring]*total) error {
	return readAhead(ctx, reader.Objects(), func(o *store.Object) *[]byte { return &o.Head }, func(row *store.Object) error {
		opener := heads[row.Compartment]
		if opener == nil {
			return nil
		}
		number := domain.RingOf(row.Compartment)
		held := r.rings[number]
		head, err := opener.Object(vault.RowID(row.Row), row.Head)
		if err != nil {
			if r.spared(number, "object", err) {
				return nil
			}
			return err
		}
		place, known := held.byID[head.Key]
		if !known {
			err := fault.Newf("V-KEY", number.String(), "data key of a row is missing")
			if r.spared(number, "object", err) {
				return nil
			}
			return err
		}
		sums[number].add(vault.ObjectTable, head.Row, head.Revision, head.Body)
		held.objects[head.Row] = rowHead{key: place, number: head.Type, revision: head.Revision, tag: head.Body}
		return nil
	})
}

// loadValues opens the system values of held rings, compares the roots, and checks the ledger over all rings.
func (r *Register) loadValues(reader store.Reader, sums map[domain.Ring]*total) error {
	id := r.vault.header.Vault
	sealedRoots := map[domain.Ring][32]byte{}
	roots := map[domain.Ring]bool{}
	for value, err := range reader.SystemValues() {
		if err != nil {
			return err
		}
		if value.Name == SystemRoot {
			sealedRoots[value.Ring] = sha256.Sum256(value.Value)
		}
		held := r.rings[value.Ring]
		if held == nil {
			continue
		}
		revision, plain, err := vault.OpenSystem(&held.system.System, id, value.Ring, value.Name, value.Value)
		if err != nil {
			if r.spared(value.Ring, "system_value", err) {
				held.unmarked = held.unmarked || value.Name == SystemStored
				continue
			}
			return err
		}
		switch value.Name {
		case SystemRoot:
			held.root, err = vault.DecodeRoot(value.Ring, revision, plain)
			if err != nil && !r.spared(value.Ring, "system_value", err) {
				return err
			}
			roots[value.Ring] = err == nil
			continue
		case SystemLedger:
			if value.Ring == domain.RingOpen {
				r.ledger, err = vault.DecodeLedger(plain)
				if err != nil && !r.spared(value.Ring, "system_value", err) {
					return err
				}
				held.values[value.Name] = valueHead{revision: revision}
				continue
			}
		}
		if value.Ring == domain.RingOpen && value.Name == SystemErasures {
			if r.erasures, err = decodeErasures(plain); err != nil {
				return err
			}
		}
		if value.Name == SystemStored {
			if held.stored, err = decodeStored(value.Ring, plain); err != nil {
				return err
			}
		}
		if keepsReaders(value.Ring, value.Name) {
			if r.readers[value.Ring], err = parseIdentities(plain); err != nil {
				return fault.New("V-ROW", value.Ring.String(), err)
			}
		}
		tag := vault.TagOf(value.Value)
		sums[value.Ring].add(vault.SystemTable, vault.SystemRowID(value.Name), revision, tag)
		held.values[value.Name] = valueHead{revision: revision, tag: tag}
		clear(plain)
	}
	for _, held := range r.inOrder() {
		number := held.ring
		if t := sums[number]; !roots[number] || held.root.Sum != t.sum || held.root.Rows != t.rows {
			err := fault.Newf("V-ROOT", number.String(), "rows do not fit the state root")
			if !r.sparedRoot(held, roots[number], t.rows, err) {
				return err
			}
		}
		if err := r.checkErased(held); err != nil && !r.spared(number, "data_key", err) {
			return err
		}
	}
	return r.checkLedger(sealedRoots)
}

func (r *Register) checkLedger(sealedRoots map[domain.Ring][32]byte) error {
	if err := r.checkLedgerRings(); err != nil {
		if r.spared(domain.RingOpen, "", err) {
			return nil
		}
		return err
	}
	for _, entry := range r.vault.header.Rings {
		var err error
		noted, ok := r.ledger[entry.Ring]
		root, stored := sealedRoots[entry.Ring]
		held := r.rings[entry.Ring]
		switch {
		case !ok || !stored || noted.Root != root:
			err = fault.Newf("V-LEDGER", entry.Ring.String(), "compartment is not in the state that the ledger notes")
		case held != nil && held.root.Commit != noted.Commit:
			err = fault.Newf("V-LEDGER", entry.Ring.String(), "compartment has another number of commits than the ledger")
		}
		if err != nil && !r.spared(entry.Ring, "", err) {
			return err
		}
	}
	return nil
}

func (r *Register) checkLedgerRings() error {
	if r.ledger == nil {
		return fault.Newf("V-LEDGER", "", "ledger is missing")
	}
	if len(r.ledger) != len(r.vault.header.Rings) {
		return fault.Newf("V-LEDGER", "", "ledger has %d rings, header %d", len(r.ledger), len(r.vault.header.Rings))
	}
	return nil
}

// addLine notes an operation; a line that is there already is replaced.
func (r *ring) addLine(name oplog.Chain, head lineHead) {
	c := r.chains[name]
	if c == nil {
		c = &chain{}
		r.chains[name] = c
	}
	before := len(c.heads)
	c.add(head)
	r.count += len(c.heads) - before
}

// Lock wipes all keys and closes the vault. Locking twice is allowed. Work that is going on ends first. Object rows that are
// behind are written if the disk takes them; otherwise the next unlock makes up for it.
func (r *Register) Lock() error {
	r.rows.Lock()
	defer r.rows.Unlock()
	if r.locked {
		return nil
	}
	if !r.vault.readOnly() && !r.foundDamaged.Load() {
		_ = r.storeWaiting(context.Background(), r.heldRings()...) // nothing is lost: the operations are stored
	}
	r.memory.Lock()
	defer r.memory.Unlock()
	err := r.vault.engine.Close()
	r.wipe()
	return err
}

// wipe clears what can be cleared and has the rest collected (security.md 4.6).
func (r *Register) wipe() {
	r.locked = true
	r.clearRings()
	r.identity.Clear()
	r.rings, r.ledger, r.readers, r.erasures = nil, nil, nil, nil
	runtime.GC()
	runtime.GC()
	debug.FreeOSMemory()
}

func (r *Register) clearRings() {
	for _, held := range r.rings {
		held.clear()
	}
	if r.damage != nil {
		for _, held := range r.damage.keyless {
			held.clear()
		}
	}
}

// Identity gives the user's own keys; nil after the register was locked.
func (r *Register) Identity() *vault.Identity {
	r.memory.RLock()
	defer r.memory.RUnlock()
	if r.locked {
		return nil
	}
	return r.identity
}

// Holds reports whether the user holds a ring.
func (r *Register) Holds(number domain.Ring) bool {
	r.memory.RLock()
	defer r.memory.RUnlock()
	return r.rings[number] != nil
}

// Training reports whether the vault belongs to the training world.
func (r *Register) Training() bool { return r.vault.header.Training }

// VaultID names the vault.
func (r *Register) VaultID() uuid.UUID { return r.vault.header.Vault }

// Dir is the folder of the vault.
func (r *Register) Dir() string { return r.vault.dir }

// Slot is the slot that was unlocked, as 16 hex digits.
func (r *Register) Slot() string { return r.slot.String() }
