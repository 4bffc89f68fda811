package register

import (
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/vault"
)

// ring is what the register keeps in memory of one ring that the user holds.
type ring struct {
	ring    domain.Ring
	key     vault.Key
	keys    vault.RingKeys
	system  vault.SystemKeys
	entry   *vault.RingEntry
	data    []vault.DataKey         // without the system key; places never change
	byID    map[vault.KeyID]int32   // places in data
	byScope map[uuid.UUID][]int32   // places in data, the newest last
	root    vault.Root              // as stored
	values  map[int64]valueHead     // system values, without the root
	chains  map[oplog.Chain]*chain  // operations by chain
	objects map[vault.RowID]rowHead // objects
	count   int                     // operations

	elements *vault.Elements // for transactions; nil until the first
	names    *vault.RowNames // likewise

	moved map[vault.RowID]vault.RowID // objects that got another row id since the unlock ([Register.Reseal])

	// waiting are states of objects that are newer than their rows, or have no row yet; see waiting.go. They change only while the
	// register's rows are locked for writing.
	waiting map[vault.RowID]*waitingObject
	behind  int   // operations after stored: those that waiting has and the rows lack
	stored  int64 // [SystemStored], when there is one

	unmarked bool // SystemStored is there and does not open: only of a register that is read around damage
}

// valueHead is what a system value adds to the state root.
type valueHead struct {
	revision uint64
	tag      vault.Tag
}

// rowHead is the head of an object.
type rowHead struct {
	key      int32 // place in ring.data
	number   uint16
	revision uint64
	tag      vault.Tag
}

// noKey is the place of a data key that no longer exists: the case was erased.
const noKey = int32(-1)

// lineHead is the head of an operation.
type lineHead struct {
	n          uint64
	seq        int64
	key        int32
	number     uint16
	stub       bool
	hash, link [32]byte
	imported   uuid.UUID
}

// chain is the operations of one device and epoch in one compartment, by number.
type chain struct {
	have  oplog.Intervals
	heads []lineHead
}

func (c *chain) find(n uint64) (int, bool) {
	// Without gaps line n is at place n-1, and a new one comes last.
	if n >= 1 && n <= uint64(len(c.heads)) && c.heads[n-1].n == n {
		return int(n - 1), true
	}
	if last := len(c.heads); last > 0 && c.heads[last-1].n < n {
		return last, false
	}
	return slices.BinarySearchFunc(c.heads, n, func(h lineHead, n uint64) int {
		switch {
		case h.n < n:
			return -1
		case h.n > n:
			return 1
		}
		return 0
	})
}

func (c *chain) head(n uint64) *lineHead {
	if c == nil {
		return nil
	}
	if i, ok := c.find(n); ok {
		return &c.heads[i]
	}
	return nil
}

// add puts a head in its place; an old one with the same number is replaced.
func (c *chain) add(h lineHead) {
	if n := len(c.heads); n == 0 || c.heads[n-1].n < h.n {
		c.heads = append(c.heads, h)
		c.have.Add(h.n)
		return
	}
	i, ok := c.find(h.n)
	if ok {
		c.heads[i] = h
		return
	}
	c.heads = slices.Insert(c.heads, i, h)
	c.have.Add(h.n)
}

// tip is the link of the last line of the run that begins with line 1.
func (c *chain) tip() [32]byte {
	if len(c.have) == 0 || c.have[0][0] != 1 {
		return [32]byte{}
	}
	return c.head(c.have[0][1]).link
}

func newRing(r domain.Ring, key vault.Key, entry *vault.RingEntry) *ring {
	return &ring{
		ring: r, key: key, entry: entry, byID: map[vault.KeyID]int32{}, byScope: map[uuid.UUID][]int32{},
		values: map[int64]valueHead{}, chains: map[oplog.Chain]*chain{}, objects: map[vault.RowID]rowHead{}, waiting: map[vault.RowID]*waitingObject{},
	}
}

func (r *ring) addKey(key vault.DataKey) int32 {
	if len(r.data) == cap(r.data) {
		// Grown by hand, so that no forgotten copy of the keys stays behind.
		larger := append(make([]vault.DataKey, 0, 2*len(r.data)+64), r.data...)
		clear(r.data)
		r.data = larger
	}
	place := int32(len(r.data))
	r.data = append(r.data, key)
	r.byID[key.ID] = place
	r.byScope[key.Scope] = append(r.byScope[key.Scope], place)
	return place
}

// forgetKey wipes an erased key. Its place stays empty, so that those of the others hold.
func (r *ring) forgetKey(place int32) {
	key := &r.data[place]
	delete(r.byID, key.ID)
	left := slices.DeleteFunc(slices.Clone(r.byScope[key.Scope]), func(other int32) bool { return other == place })
	if len(left) == 0 {
		delete(r.byScope, key.Scope)
	} else {
		r.byScope[key.Scope] = left
	}
	key.Key.Clear()
	*key = vault.DataKey{}
}

// keyOf returns the place of the newest data key of a scope.
func (r *ring) keyOf(scope uuid.UUID) (int32, bool) {
	places := r.byScope[scope]
	if len(places) == 0 {
		return noKey, false
	}
	return places[len(places)-1], true
}

func (r *ring) compartment() domain.Compartment { return domain.Compartment(r.ring) }

func (r *ring) clear() {
	r.key.Clear()
	r.keys.Clear()
	r.system.Clear()
	for i := range r.data {
		r.data[i].Key.Clear()
	}
	r.forgetWaiting()
	*r = ring{ring: r.ring}
}

// sortKeys puts the newest key of each scope last, so that it is the one that new rows get.
func (r *ring) sortKeys() {
	for _, places := range r.byScope {
		slices.SortFunc(places, func(a, b int32) int {
			if d := r.data[a].Created - r.data[b].Created; d != 0 {
				return int(d)
			}
			return slices.Compare(r.data[a].ID[:], r.data[b].ID[:])
		})
	}
}
