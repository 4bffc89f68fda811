package register

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// Tx is one transaction. It is used only inside the function given to [Register.Update], by one goroutine.
type Tx struct {
	register *Register
	writer   store.Writer
	changes  [vault.MaxRings + 1]*change // by ring; nil where nothing was asked for
	ledger   []vault.LedgerChange        // set by finish
	revision uint64                      // of the ledger
	header   *headerChange               // nil while the header stays as it is
	erasures *erasures                   // nil while the register's are unchanged
	gone     *store.Remains              // what it takes away for ever; nil without [Tx.Forget]
}

// change is what a transaction does to one ring, before the commit.
type change struct {
	ring     *ring
	elements *vault.Elements
	root     vault.Root
	keys     []vault.DataKey            // new ones; their places follow those of the ring
	scopes   map[uuid.UUID]int32        // places of the new keys; nil without any
	lines    newLines                   // new or blanked
	appended int                        // lines that are new
	saved    int                        // those of them that came by Save
	objects  map[vault.RowID]*newObject // changed or dropped
	direct   bool                       // objects holds all that waits, and all of it is written
	stored   int64                      // the new [SystemStored]; 0 when it stays
	values   map[int64]*newValue        // nil without any
	dropped  []int32                    // places of erased keys
	resealed *resealed                  // set while the whole ring gets new keys
}

// newObject is an object as a transaction leaves it. In one that writes object rows it is encoded, or dropped when plain is nil.
// In one that only saves it waits: for the first time, or by what it takes to the state that waits already.
type newObject struct {
	head  rowHead
	plain []byte
	first *waitingObject
	late  []*savedLine
}

type newValue struct {
	head    valueHead
	value   []byte
	readers []age.Identity // of a value with reading identities
}

// Update runs fn in one transaction: all of its writes become durable together with state roots and ledger, or none of
// them. When fn or the commit fails, nothing has changed. A context that ends before the commit undoes everything.
func (r *Register) Update(ctx context.Context, fn func(*Tx) error) error {
	r.rows.Lock()
	defer r.rows.Unlock()
	var gone *store.Remains
	err := r.transact(ctx, func(tx *Tx) error {
		err := fn(tx)
		gone = tx.gone
		return err
	})
	if err == nil && gone != nil {
		// It is committed. That the proof is missing is on record, and the next unlock tries again.
		_ = r.proveForgotten(context.WithoutCancel(ctx), gone)
	}
	return err
}

// transact runs fn in one transaction on the rows and, where fn begins a change of it, on the header. The caller holds
// r.rows.
func (r *Register) transact(ctx context.Context, fn func(*Tx) error) error {
	if r.locked {
		return ErrLocked
	}
	tx := &Tx{register: r}
	defer tx.clear()
	err := r.vault.engine.Update(ctx, func(w store.Writer) error {
		tx.writer = w
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.finish(); err != nil || tx.header == nil {
			return err
		}
		return tx.header.put()
	})
	if err != nil {
		return err
	}
	r.memory.Lock()
	defer r.memory.Unlock()
	tx.apply()
	if tx.header != nil {
		tx.header.apply()
	}
	return nil
}

func (tx *Tx) change(number domain.Ring) (*change, error) {
	if number < 1 || number > vault.MaxRings {
		return nil, fmt.Errorf("%s: %w", number, ErrNotHeld)
	}
	if c := tx.changes[number]; c != nil {
		return c, nil
	}
	held := tx.register.rings[number]
	if held == nil {
		return nil, fmt.Errorf("%s: %w", number, ErrNotHeld)
	}
	if held.elements == nil {
		held.elements, held.names = vault.NewElements(&held.system.State), vault.NewRowNames(&held.system.Name)
	}
	c := &change{ring: held, elements: held.elements, root: held.root, objects: map[vault.RowID]*newObject{}}
	tx.changes[number] = c
	return c, nil
}

func (c *change) add(table vault.Table, row vault.RowID, revision uint64, tag vault.Tag) {
	c.root.Sum.Toggle(c.elements.Of(table, row, revision, tag))
	c.root.Rows++
}

func (c *change) remove(table vault.Table, row vault.RowID, revision uint64, tag vault.Tag) {
	c.root.Sum.Toggle(c.elements.Of(table, row, revision, tag))
	c.root.Rows--
}

func (c *change) key(place int32) *vault.DataKey {
	if n := int32(len(c.ring.data)); place >= n {
		return &c.keys[place-n]
	}
	return &c.ring.data[place]
}

// keyOf returns the data key of a scope and makes it when it is missing.
func (tx *Tx) keyOf(c *change, scope uuid.UUID, at time.Time) (int32, error) {
	switch c.ring.ring {
	case domain.RingOpen:
		scope = uuid.Nil
	case domain.RingAudit:
		scope = vault.QuarterScope(at)
	}
	if place, ok := c.scopes[scope]; ok {
		return place, nil
	}
	if place, ok := c.ring.keyOf(scope); ok {
		return place, nil
	}
	key := vault.DataKey{ID: vault.NewKeyID(), Key: vault.NewKey(), Scope: scope, Created: at.Unix()}
	id := tx.register.vault.header.Vault
	wrapped, err := vault.SealDataKey(&c.ring.keys.Wrap, id, c.ring.ring, c.ring.entry.ID, &key)
	if err != nil {
		return noKey, err
	}
	if err := tx.writer.PutDataKey(store.DataKey{ID: key.ID, Ring: c.ring.ring, Wrapped: wrapped}); err != nil {
		return noKey, err
	}
	place := int32(len(c.ring.data) + len(c.keys))
	c.keys = append(c.keys, key)
	if c.scopes == nil {
		c.scopes = map[uuid.UUID]int32{}
	}
	c.scopes[scope] = place
	return place, nil
}

func (tx *Tx) now() time.Time { return tx.register.vault.clock.Now() }

// line finds an operation among the new and the stored ones.
func (c *change) line(name oplog.Name) *lineHead {
	if head := c.lines.head(name); head != nil {
		return head
	}
	return c.ring.chains[name.Chain(c.ring.compartment())].head(name.N)
}

// Known reports whether an operation is stored or was appended in this transaction.
func (tx *Tx) Known(c domain.Compartment, name oplog.Name) bool {
	changed, err := tx.change(domain.RingOf(c))
	return err == nil && changed.line(name) != nil
}

// PutObject stores the current state of an object; the last state put in a transaction is the one that stays. Its case
// (in orientation its course) chooses the data key; [ErrErased] when that was erased. The object may be changed afterwards
// without effect.
func (tx *Tx) PutObject(o *oplog.Object) error {
	c, err := tx.direct(domain.RingOf(o.Compartment))
	if err != nil {
		return err
	}
	if scoped(c.ring.ring) && tx.isErased(o.Case) {
		return ErrErased
	}
	place, err := tx.keyOf(c, o.Case, tx.now())
	if err != nil {
		return err
	}
	head, err := newHead(o, place)
	if err != nil {
		return err
	}
	return c.putEncoded(c.ring.names.Object(o.ID), head, o)
}

// newHead is the head of an object under the data key at a place.
func newHead(o *oplog.Object, place int32) (rowHead, error) {
	info, ok := domain.Info(o.Type)
	if !ok {
		return rowHead{}, fault.Newf("E-FORM", string(o.Type), "unknown type")
	}
	return rowHead{key: place, number: info.Number}, nil
}

// putEncoded has the transaction, which is direct, write an object.
func (c *change) putEncoded(row vault.RowID, head rowHead, o *oplog.Object) error {
	plain, err := o.Encode()
	if err != nil {
		return err
	}
	if old := c.objects[row]; old != nil {
		old.clear()
	}
	c.objects[row] = &newObject{head: head, plain: plain}
	return nil
}

func (n *newObject) clear() {
	clear(n.plain)
	if n.first != nil {
		n.first.clear()
	}
}

// DropObject removes the state of an object, if there is one. The operations that made it stay.
func (tx *Tx) DropObject(compartment domain.Compartment, id uuid.UUID) error {
	c, err := tx.direct(domain.RingOf(compartment))
	if err != nil {
		return err
	}
	c.drop(c.ring.names.Object(id))
	return nil
}

func (c *change) drop(row vault.RowID) {
	if old := c.objects[row]; old != nil {
		old.clear()
	}
	c.objects[row] = &newObject{}
}

// Object returns an object as this transaction has left it; nil when there is none.
func (tx *Tx) Object(compartment domain.Compartment, id uuid.UUID) (*oplog.Object, error) {
	c, err := tx.change(domain.RingOf(compartment))
	if err != nil {
		return nil, err
	}
	row := c.ring.names.Object(id)
	if changed := c.objects[row]; changed != nil {
		return c.object(row, changed)
	}
	if waiting := c.ring.waiting[row]; waiting != nil {
		return waiting.state.Copy(), nil
	}
	head, ok := c.ring.objects[row]
	if !ok {
		return nil, nil
	}
	stored, err := tx.writer.Object(row)
	if err != nil {
		return nil, rowError(compartment, err)
	}
	return c.ring.openObject(tx.register.vault.header.Vault, row, head, stored.Body)
}

// SetSystem stores a system value. Root, ledger, erasures, remains and [SystemStored] are kept by the register itself.
func (tx *Tx) SetSystem(number domain.Ring, name int64, value []byte) error {
	if name == SystemRoot || name == SystemStored || (number == domain.RingOpen && (name == SystemLedger || name == SystemErasures || name == SystemRemains)) {
		return errors.New("root, ledger, erasures, remains and what is stored are kept by the register")
	}
	return tx.setSystem(number, name, value)
}

func (tx *Tx) setSystem(number domain.Ring, name int64, value []byte) error {
	c, err := tx.change(number)
	if err != nil {
		return err
	}
	changed := &newValue{value: slices.Clone(value)}
	if keepsReaders(number, name) {
		if changed.readers, err = parseIdentities(value); err != nil {
			return err
		}
	}
	c.putValue(name, changed)
	return nil
}

func (c *change) putValue(name int64, value *newValue) {
	if c.values == nil {
		c.values = map[int64]*newValue{}
	}
	c.values[name] = value
}

// System returns a system value as this transaction has left it; nil when there is none.
func (tx *Tx) System(number domain.Ring, name int64) ([]byte, error) {
	c, err := tx.change(number)
	if err != nil {
		return nil, err
	}
	if changed := c.values[name]; changed != nil {
		return slices.Clone(changed.value), nil
	}
	return c.ring.readValue(tx.writer, tx.register.vault.header.Vault, name)
}

// clear forgets keys and plain contents that the transaction held.
func (tx *Tx) clear() {
	if tx.header != nil {
		tx.header.clear()
	}
	for _, c := range tx.changes {
		if c == nil {
			continue
		}
		for i := range c.keys {
			c.keys[i].Key.Clear()
		}
		for _, object := range c.objects {
			object.clear()
		}
		for _, value := range c.values {
			clear(value.value)
		}
		if c.resealed != nil {
			c.resealed.clear()
		}
	}
}
