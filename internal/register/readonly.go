package register

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// Damage is one kind of thing that is wrong in a register that was opened by [Vault.UnlockReadOnly].
type Damage struct {
	// Ring is where; 0 when the rows cannot even be told apart by compartment.
	Ring domain.Ring
	// Code says what: V-DAMAGED rows that the file no longer gives, V-ROW rows that do not open, V-KEY keys that are missing
	// or do not open, V-ROOT rows removed or set back, V-LEDGER a compartment set back, V-RING a ring that is not as its
	// holders left it and is therefore treated as not held.
	Code string
	// Table is where the rows stand; empty when the compartment as a whole is concerned.
	Table string
	// Rows counts the rows that were left out; 0 when nobody can tell.
	Rows int
}

// damageList gathers what is wrong while a register is loaded around damage.
type damageList struct {
	rows map[Damage]int // by all but Rows
	// keyless are rings whose key opens and whose system key does not: no row of them can ever be opened again.
	keyless map[domain.Ring]*ring
	cases   map[uuid.UUID]bool // of rows that were left out, as far as their heads tell
}

func (d *damageList) note(number domain.Ring, code, table string, rows int) {
	d.rows[Damage{Ring: number, Code: code, Table: table}] += rows
}

func (d *damageList) list() []Damage {
	list := make([]Damage, 0, len(d.rows))
	for damage, rows := range d.rows {
		damage.Rows = rows
		list = append(list, damage)
	}
	slices.SortFunc(list, func(a, b Damage) int {
		return cmp.Or(cmp.Compare(a.Ring, b.Ring), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Code, b.Code))
	})
	return list
}

// spared notes what is wrong and reports true in a register that is read around damage; otherwise the error stands.
func (r *Register) spared(number domain.Ring, table string, err error) bool {
	if r.damage == nil {
		return false
	}
	code := fault.Code(err)
	switch code {
	case "V-RING", "V-KEY", "V-ROW", "V-ROOT", "V-LEDGER", "V-DAMAGED":
	default:
		return false
	}
	rows := 0
	if table != "" {
		rows = 1
	}
	r.damage.note(number, code, table, rows)
	return true
}

// sparedRing is spared for a ring that is of no use any more; it is then treated as not held.
func (r *Register) sparedRing(held *ring, err error) bool {
	if !r.spared(held.ring, "", err) {
		return false
	}
	r.damage.keyless[held.ring] = held
	delete(r.rings, held.ring)
	return true
}

// sparedRoot is spared for rows that do not fit the state root of their ring.
func (r *Register) sparedRoot(held *ring, stored bool, rows uint64, err error) bool {
	if !r.spared(held.ring, "", err) {
		return false
	}
	if stored && held.root.Rows > rows {
		r.damage.note(held.ring, fault.Code(err), "", int(held.root.Rows-rows))
	}
	return true
}

// ReadOnly reports whether the register was opened around damage: nothing of it is written, and rows that do not open are
// left out of everything that it shows.
func (r *Register) ReadOnly() bool { return r.damage != nil }

// readOnly reports whether this vault is not to be written.
func (v *Vault) readOnly() bool { return v.copied || v.reading }

// OpenReadOnly opens a vault whose file may be damaged, for [Vault.UnlockReadOnly]; the file is not changed. V-MISSING, V-BUSY,
// V-VERSION, V-HEADER, V-TRAVEL; V-DAMAGED when not even the header can be read.
func OpenReadOnly(ctx context.Context, dir string) (*Vault, error) {
	engine, err := store.OpenAround(ctx, dir)
	if err != nil {
		return nil, err
	}
	return readingVault(ctx, dir, engine)
}

func readingVault(ctx context.Context, dir string, engine *store.SQLite) (*Vault, error) {
	v := &Vault{dir: dir, engine: engine, clock: clock.System{}, reading: true}
	if err := v.readHeader(ctx); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	_ = v.noteTries(ctx) // the table may be what is damaged
	return v, nil
}

// UnlockReadOnly opens what is healthy of a damaged vault for the user of a slot and lists what is not. Every row of the
// held rings is opened, so that what the register shows later is there. Rings whose file or MAC does not fit are
// treated as not held. Nothing is written: no upgrade, no pending work, no count of failed tries, although the wait between
// tries holds (V-WAIT). Nobody can be trusted when the header or the ring of open does not fit: V-HEADER, V-RING, V-PASS as
// in [Vault.Unlock]. After success the vault belongs to the register, and only [Salvage] leads back to one that can be written.
func (v *Vault) UnlockReadOnly(ctx context.Context, slot string, passphrase []byte) (*Register, []Damage, error) {
	chosen := v.header.SlotNamed(slot)
	if chosen == nil {
		return nil, nil, fault.Newf("V-PASS", slot, "vault has no such slot")
	}
	if err := v.mayTry(chosen); err != nil {
		return nil, nil, err
	}
	before := v.reading
	v.reading = true
	identity, err := chosen.Open(v.header.Vault, passphrase)
	if err != nil {
		err = v.tryFailed(ctx, chosen, err)
		v.reading = before
		return nil, nil, err
	}
	r, err := v.loadAround(ctx, chosen, identity)
	if err != nil {
		identity.Clear()
		return nil, nil, err
	}
	r.failedTries = v.trySucceeded(ctx, chosen)
	return r, r.damage.list(), nil
}

// Damage lists what was wrong when the register was opened by [Vault.UnlockReadOnly]; none otherwise.
func (r *Register) Damage() []Damage {
	if r.damage == nil {
		return nil
	}
	return r.damage.list()
}

// loadAround is load for a damaged file. The identity stays the caller's after an error.
func (v *Vault) loadAround(ctx context.Context, slot *vault.Slot, identity *vault.Identity) (*Register, error) {
	if !v.engine.ReadsAround() {
		if err := v.engine.ReadAround(ctx); err != nil {
			return nil, err
		}
	}
	r := v.newRegister(slot, identity)
	r.damage = &damageList{rows: map[Damage]int{}, keyless: map[domain.Ring]*ring{}, cases: map[uuid.UUID]bool{}}
	err := r.openRings()
	if err == nil {
		err = v.engine.View(ctx, func(reader store.Reader) error {
			if err := r.load(ctx, reader); err != nil {
				return err
			}
			if err := r.leaveOut(ctx, reader); err != nil {
				return err
			}
			return r.replayAround(ctx, reader)
		})
	}
	if err != nil {
		r.discard()
		return nil, err
	}
	for table, rows := range v.engine.Lost() {
		r.damage.note(0, "V-DAMAGED", table, rows)
	}
	return r, nil
}

// leaveOut opens every row whose head opened and forgets those whose body does not.
func (r *Register) leaveOut(ctx context.Context, reader store.Reader) error {
	for _, held := range r.inOrder() {
		for name, state := range held.chains {
			kept, err := r.wholeLines(ctx, reader, held, name, state.heads)
			if err != nil {
				return err
			}
			if len(kept) < len(state.heads) {
				held.count -= len(state.heads) - len(kept)
				held.chains[name] = chainOf(kept)
			}
			if len(kept) == 0 {
				delete(held.chains, name)
			}
		}
		for row, head := range held.objects {
			if err := ctx.Err(); err != nil {
				return err
			}
			stored, err := reader.Object(row)
			if err == nil {
				_, err = held.openObject(r.vault.header.Vault, row, head, stored.Body)
			}
			if r.erasedKey(held, head.key) {
				err = errErasedKey(held)
			}
			if err != nil {
				r.leftOut(held, "object", head.key, err)
				delete(held.objects, row)
			}
		}
	}
	return nil
}

// wholeLines returns the heads of a chain whose bodies open and that link to the line before, where that is there.
func (r *Register) wholeLines(ctx context.Context, reader store.Reader, held *ring, name oplog.Chain, heads []lineHead) ([]lineHead, error) {
	kept := make([]lineHead, 0, len(heads))
	link, next := oplog.Genesis, uint64(1)
	for i := range heads {
		head := &heads[i]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		_, err := held.readLine(reader, r.vault.header.Vault, name.Name(head.n), head)
		if r.erasedKey(held, head.key) {
			err = errErasedKey(held)
		}
		if err == nil && head.n == next && oplog.Link(link, head.hash) != head.link {
			err = fault.Newf("V-ROW", held.ring.String(), "chain does not link")
		}
		if err != nil {
			r.leftOut(held, "operation", head.key, err)
			continue
		}
		kept = append(kept, *head)
		link, next = head.link, head.n+1
	}
	return kept, nil
}

func (r *Register) leftOut(held *ring, table string, key int32, err error) {
	if !r.spared(held.ring, table, err) {
		r.damage.note(held.ring, "V-ROW", table, 1) // SQLite gave the row once and does not any more
	}
	if key == noKey {
		return
	}
	switch held.ring {
	case domain.RingCase, domain.RingSpecial, domain.RingSealed:
		if scope := held.data[key].Scope; scope != uuid.Nil {
			r.damage.cases[scope] = true
		}
	}
}

// erasedKey reports whether a data key is that of a case that was erased in this ring: somebody put it back.
func (r *Register) erasedKey(held *ring, place int32) bool {
	if place == noKey {
		return false
	}
	scope := held.data[place].Scope
	return slices.ContainsFunc(r.erasures.list(), func(e erasure) bool { return e.Case == scope && slices.Contains(e.Done, held.ring) })
}

func errErasedKey(held *ring) error {
	return fault.Newf("V-KEY", held.ring.String(), "data key of an erased case")
}

func chainOf(heads []lineHead) *chain {
	c := &chain{heads: heads}
	for i := range heads {
		c.have.Add(heads[i].n)
	}
	return c
}
