package register

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// lowSpace is below how many free bytes no new interview is begun (security.md 6.5, V-SPACE).
const lowSpace = 200 << 20

// held returns what is kept of a compartment; nil when its ring is not held or the register is locked. The caller holds
// r.memory.
func (r *Register) held(c domain.Compartment) *ring { return r.rings[domain.RingOf(c)] }

// Known reports whether an operation is stored, as a line or as a stub.
func (r *Register) Known(c domain.Compartment, name oplog.Name) bool {
	_, known := r.Head(c, name)
	return known
}

// Head returns an operation without its bytes.
func (r *Register) Head(c domain.Compartment, name oplog.Name) (StoredLine, bool) {
	r.memory.RLock()
	defer r.memory.RUnlock()
	held := r.held(c)
	if held == nil {
		return StoredLine{}, false
	}
	head := held.chains[name.Chain(c)].head(name.N)
	if head == nil {
		return StoredLine{}, false
	}
	return head.line(name.Chain(c)), true
}

func (h *lineHead) line(c oplog.Chain) StoredLine {
	return StoredLine{Seq: h.seq, Name: c.Name(h.n), Compartment: c.Compartment, Type: h.number, Hash: h.hash, Link: h.link, Import: h.imported}
}

// Chains lists the chains of a compartment in a fixed order; none when its ring is not held.
func (r *Register) Chains(c domain.Compartment) []ChainState {
	r.memory.RLock()
	defer r.memory.RUnlock()
	held := r.held(c)
	if held == nil {
		return nil
	}
	states := make([]ChainState, 0, len(held.chains))
	for name, state := range held.chains {
		states = append(states, ChainState{Chain: name, Have: slices.Clone(state.have), Tip: state.tip()})
	}
	slices.SortFunc(states, func(a, b ChainState) int { return a.Chain.Compare(b.Chain) })
	return states
}

// Count returns the number of operations in a compartment, stubs included; 0 when its ring is not held.
func (r *Register) Count(c domain.Compartment) int {
	r.memory.RLock()
	defer r.memory.RUnlock()
	if held := r.held(c); held != nil {
		return held.count
	}
	return 0
}

// Commit returns how many transactions changed a ring, also one that is not held (the ledger knows).
func (r *Register) Commit(number domain.Ring) uint64 {
	r.memory.RLock()
	defer r.memory.RUnlock()
	return r.ledger[number].Commit
}

// Lines gives the stored lines of a chain with numbers first to last, ascending; numbers that are missing are left out.
// A stub comes with nil Bytes.
func (r *Register) Lines(ctx context.Context, c oplog.Chain, first, last uint64) iter.Seq2[StoredLine, error] {
	return r.lines(ctx, c.Compartment, func(held *ring) []StoredLine {
		state := held.chains[c]
		if state == nil {
			return nil
		}
		from, _ := state.find(first)
		var chosen []StoredLine
		for _, head := range state.heads[from:] {
			if head.n > last {
				break
			}
			chosen = append(chosen, head.line(c))
		}
		return chosen
	})
}

// CaseLines gives the stored lines of one case (in orientation: of one course) in the order of arrival. Stubs of an
// erased case have no case any more and are left out.
func (r *Register) CaseLines(ctx context.Context, c domain.Compartment, caseID uuid.UUID) iter.Seq2[StoredLine, error] {
	return r.lines(ctx, c, func(held *ring) []StoredLine {
		places := held.byScope[caseID]
		var chosen []StoredLine
		for name, state := range held.chains {
			for i := range state.heads {
				if slices.Contains(places, state.heads[i].key) {
					chosen = append(chosen, state.heads[i].line(name))
				}
			}
		}
		slices.SortFunc(chosen, func(a, b StoredLine) int { return int(a.Seq - b.Seq) })
		return chosen
	})
}

// ScopesOf lists the cases (in orientation: the courses) under whose keys the lines of a chain with these numbers are sealed,
// each once. Lines that are missing, and stubs of erased cases, have none.
func (r *Register) ScopesOf(c oplog.Chain, numbers oplog.Intervals) []uuid.UUID {
	r.memory.RLock()
	defer r.memory.RUnlock()
	held := r.held(c.Compartment)
	if held == nil || held.chains[c] == nil {
		return nil
	}
	state, places := held.chains[c], map[int32]bool{}
	var scopes []uuid.UUID
	for _, run := range numbers {
		from, _ := state.find(run[0])
		for _, head := range state.heads[from:] {
			if head.n > run[1] {
				break
			}
			if head.key == noKey || places[head.key] {
				continue
			}
			places[head.key] = true
			if scope := held.data[head.key].Scope; !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// lines reads the bodies of the operations that choose picks from memory.
func (r *Register) lines(ctx context.Context, c domain.Compartment, choose func(*ring) []StoredLine) iter.Seq2[StoredLine, error] {
	return func(yield func(StoredLine, error) bool) {
		r.memory.RLock()
		held := r.held(c)
		var chosen []StoredLine
		if held != nil {
			chosen = choose(held)
		}
		locked := r.locked
		r.memory.RUnlock()
		if locked {
			yield(StoredLine{}, ErrLocked)
			return
		}
		if held == nil {
			yield(StoredLine{}, ErrNotHeld)
			return
		}
		for len(chosen) > 0 {
			part := chosen[:min(batch, len(chosen))]
			chosen = chosen[len(part):]
			if err := r.readLines(ctx, c, part); err != nil {
				yield(StoredLine{}, err)
				return
			}
			for _, line := range part {
				if !yield(line, nil) {
					return
				}
			}
		}
	}
}

func (r *Register) readLines(ctx context.Context, c domain.Compartment, lines []StoredLine) error {
	r.rows.RLock()
	defer r.rows.RUnlock()
	return r.vault.engine.View(ctx, func(reader store.Reader) error {
		for i := range lines {
			line := &lines[i]
			r.memory.RLock()
			held := r.held(c)
			var head *lineHead
			if held != nil {
				head = held.chains[line.Name.Chain(c)].head(line.Name.N)
			}
			r.memory.RUnlock()
			if head == nil {
				return ErrLocked
			}
			bytes, err := held.readLine(reader, r.vault.header.Vault, line.Name, head)
			if err != nil {
				return err
			}
			line.Bytes = bytes
		}
		return nil
	})
}

// readLine opens the body of an operation and compares it with the hash in its head; nil for a stub.
func (r *ring) readLine(reader store.Reader, id uuid.UUID, name oplog.Name, head *lineHead) ([]byte, error) {
	if head.stub {
		return nil, nil
	}
	row, err := reader.Operation(head.seq)
	if errors.Is(err, store.ErrAbsent) {
		return nil, fault.New("V-ROW", r.ring.String(), err)
	}
	if err != nil {
		return nil, err
	}
	return r.openLine(row.Body, id, name, head)
}

func (r *ring) openLine(body []byte, id uuid.UUID, name oplog.Name, head *lineHead) ([]byte, error) {
	place := vault.Place{Vault: id, Compartment: r.compartment(), Table: vault.OperationTable, Head: vault.ObjectHead{
		Key: r.data[head.key].ID, Row: vault.OperationRowID(&r.system.Name, name.Device, name.Epoch, name.N), Type: head.number,
		Revision: 1, Body: vault.TagOf(body),
	}}
	plain, err := vault.OpenBody(&r.data[head.key].Key, &place, body)
	if err != nil {
		return nil, err
	}
	if oplog.LineHash(plain) != head.hash {
		return nil, fault.Newf("V-ROW", r.ring.String(), "line differs from the hash in its head")
	}
	return plain, nil
}

// Object returns the current state of an object; nil without error when there is none.
func (r *Register) Object(ctx context.Context, c domain.Compartment, id uuid.UUID) (*oplog.Object, error) {
	r.rows.RLock()
	defer r.rows.RUnlock()
	held, head, row, err := r.objectHead(c, id)
	if err != nil {
		return nil, err
	}
	if waiting := held.waiting[row]; waiting != nil {
		return waiting.state.Copy(), nil
	}
	if head == nil {
		return nil, nil
	}
	var object *oplog.Object
	err = r.vault.engine.View(ctx, func(reader store.Reader) error {
		stored, err := reader.Object(row)
		if err != nil {
			return rowError(c, err)
		}
		object, err = held.openObject(r.vault.header.Vault, row, *head, stored.Body)
		return err
	})
	return object, err
}

func (r *Register) objectHead(c domain.Compartment, id uuid.UUID) (*ring, *rowHead, vault.RowID, error) {
	r.memory.RLock()
	defer r.memory.RUnlock()
	if r.locked {
		return nil, nil, vault.RowID{}, ErrLocked
	}
	held := r.held(c)
	if held == nil {
		return nil, nil, vault.RowID{}, ErrNotHeld
	}
	row := vault.ObjectRowID(&held.system.Name, id)
	head, ok := held.objects[row]
	if !ok {
		return held, nil, row, nil
	}
	return held, &head, row, nil
}

func (r *ring) openObject(id uuid.UUID, row vault.RowID, head rowHead, body []byte) (*oplog.Object, error) {
	sealed := r.sealed(id, row, head, body)
	return sealed.object()
}

// rowError says that a row which memory knows is not in the file.
func rowError(c domain.Compartment, err error) error {
	if errors.Is(err, store.ErrAbsent) {
		return fault.New("V-ROW", c.String(), err)
	}
	return err
}

// System returns a system value of a ring; nil when there is none.
func (r *Register) System(number domain.Ring, name int64) ([]byte, error) {
	r.rows.RLock()
	defer r.rows.RUnlock()
	if r.locked {
		return nil, ErrLocked
	}
	held := r.rings[number]
	if held == nil {
		return nil, ErrNotHeld
	}
	var value []byte
	err := r.vault.engine.View(context.Background(), func(reader store.Reader) (err error) {
		value, err = held.readValue(reader, r.vault.header.Vault, name)
		return err
	})
	return value, err
}

func (r *ring) readValue(reader store.Reader, id uuid.UUID, name int64) ([]byte, error) {
	head, ok := r.values[name]
	if !ok {
		return nil, nil
	}
	sealed, err := reader.System(r.ring, name)
	if err != nil {
		return nil, rowError(r.compartment(), err)
	}
	revision, value, err := vault.OpenSystem(&r.system.System, id, r.ring, name, sealed)
	if err != nil {
		return nil, err
	}
	if revision != head.revision || (name != SystemLedger && vault.TagOf(sealed) != head.tag) {
		return nil, fault.Newf("V-ROW", r.ring.String(), "system value is not the one that was stored")
	}
	return value, nil
}

// Space returns how many bytes are free where the vault lies, and whether that is enough to begin a new interview.
func (r *Register) Space() (free int64, enough bool) {
	free, err := fsx.FreeBytes(r.vault.dir)
	return free, err == nil && free >= lowSpace
}
