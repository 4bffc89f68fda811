package register

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// Salvaged is the content of [SystemSalvage].
type Salvaged struct {
	At     string   `json:"at"`     // RFC 3339, UTC
	Epochs []uint32 `json:"epochs"` // ascending
}

// openSystem gives the system keys of a ring as the new vault has them; the caller clears them.
func (s *salvaging) openSystem(number domain.Ring) (vault.SystemKeys, bool) {
	if held := s.source.rings[number]; held != nil {
		return held.system, true
	}
	if key := s.systems[number]; key != nil {
		return vault.DeriveSystemKeys(&key.Key, s.source.vault.header.Vault, number), true
	}
	return vault.SystemKeys{}, false
}

// writeValues copies system values, then makes the roots and the ledger that fit what was written.
func (s *salvaging) writeValues(w store.Placer) error {
	s.roots = map[domain.Ring][]byte{}
	for value, err := range s.reader.SystemValues() {
		if err != nil {
			return err
		}
		if value.Name == SystemRoot {
			s.roots[value.Ring] = value.Value
			continue
		}
		if value.Name == SystemLedger && value.Ring == domain.RingOpen {
			s.ledger = value.Value
			continue
		}
		held, keep := s.keeps(value.Ring)
		if held != nil && value.Name == SystemStored && !s.staysStored(held) {
			continue // the rows lack nothing now
		}
		if held != nil {
			known, opens := held.values[value.Name]
			if keep = opens; keep && value.Name == SystemSalvage && value.Ring == domain.RingOpen && s.incomplete() {
				continue // written anew
			}
			if keep {
				s.sums[value.Ring].add(vault.SystemTable, vault.SystemRowID(value.Name), known.revision, known.tag)
			}
		}
		s.count(value.Ring, "system_value", keep)
		if !keep {
			continue
		}
		if err := w.PutSystem(value); err != nil {
			return err
		}
	}
	for number := range s.systems {
		keys, _ := s.openSystem(number)
		s.sums[number] = &total{elements: vault.NewElements(&keys.State)}
		keys.Clear()
	}
	if s.incomplete() {
		if err := s.writeSalvaged(w); err != nil {
			return err
		}
	}
	// The new tables are of the newest version, which every vault has a canary in.
	if held := s.source.rings[domain.RingOpen]; held == nil || held.values[SystemCanary] == (valueHead{}) {
		canary, err := newCanary(s.source.vault.header)
		if err != nil {
			return err
		}
		if err := s.addValue(w, SystemCanary, 1, canary); err != nil {
			return err
		}
	}
	return s.writeRoots(w)
}

// staysStored reports whether the note of what is stored may stay: nothing waits, and no operation to come gets a number that it
// speaks of already.
func (s *salvaging) staysStored(held *ring) bool {
	n := len(s.places)
	return held.behind == 0 && n > 0 && s.places[n-1].to >= held.stored
}

// incomplete reports whether the new vault lacks something of the original.
func (s *salvaging) incomplete() bool { return len(s.source.damage.rows) > 0 }

func (s *salvaging) writeSalvaged(w store.Placer) error {
	r := s.source
	note := Salvaged{At: r.vault.clock.Now().UTC().Format(time.RFC3339), Epochs: []uint32{}}
	for _, held := range r.rings {
		for name, state := range held.chains {
			own := slices.ContainsFunc(state.heads, func(h lineHead) bool { return h.imported == uuid.Nil })
			if own {
				note.Epochs = append(note.Epochs, name.Epoch)
			}
		}
	}
	var revision uint64
	if held := r.rings[domain.RingOpen]; held != nil {
		revision = held.values[SystemSalvage].revision
		if held.values[SystemSalvage].tag != (vault.Tag{}) {
			var before Salvaged
			old, err := held.readValue(s.reader, r.vault.header.Vault, SystemSalvage)
			if err == nil && json.Unmarshal(old, &before) == nil {
				note.Epochs = append(note.Epochs, before.Epochs...)
			}
		}
	}
	slices.Sort(note.Epochs)
	note.Epochs = slices.Compact(note.Epochs)
	value, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return s.addValue(w, SystemSalvage, revision+1, value)
}

// addValue writes a new system value into open and counts it in its root.
func (s *salvaging) addValue(w store.Placer, name int64, revision uint64, value []byte) error {
	keys, ok := s.openSystem(domain.RingOpen)
	if !ok {
		return errors.New("salvage: ring of open is missing")
	}
	defer keys.Clear()
	sealed, tag, err := vault.SealSystem(&keys.System, s.source.vault.header.Vault, domain.RingOpen, name, revision, value)
	if err != nil {
		return err
	}
	s.sums[domain.RingOpen].add(vault.SystemTable, vault.SystemRowID(name), revision, tag)
	return w.PutSystem(store.SystemValue{Ring: domain.RingOpen, Name: name, Value: sealed})
}

func (s *salvaging) writeRoots(w store.Placer) error {
	r := s.source
	id := r.vault.header.Vault
	ledger := vault.Ledger{}
	for _, entry := range r.vault.header.Rings {
		number := entry.Ring
		sealed, commit := s.roots[number], r.ledger[number].Commit
		if sum := s.sums[number]; sum != nil {
			var err error
			if sealed, commit, err = s.root(number, sum, sealed); err != nil {
				return err
			}
		}
		if sealed == nil {
			sealed = []byte{} // of a ring that is not held: its holders will see that it is missing
		}
		if err := w.PutSystem(store.SystemValue{Ring: number, Name: SystemRoot, Value: sealed}); err != nil {
			return err
		}
		ledger[number] = vault.LedgerEntry{Commit: commit, Root: sha256.Sum256(sealed)}
	}
	sealed := s.ledger
	if sealed == nil || !maps.Equal(ledger, r.ledger) {
		keys, ok := s.openSystem(domain.RingOpen)
		if !ok {
			return errors.New("salvage: ring of open is missing")
		}
		defer keys.Clear()
		var revision uint64
		if held := r.rings[domain.RingOpen]; held != nil {
			revision = held.values[SystemLedger].revision
		}
		var err error
		if sealed, _, err = vault.SealSystem(&keys.System, id, domain.RingOpen, SystemLedger, revision+1, ledger.Encode()); err != nil {
			return err
		}
	}
	return w.PutSystem(store.SystemValue{Ring: domain.RingOpen, Name: SystemLedger, Value: sealed})
}

// root gives the state root of a ring as it stands in the original, when the rows that were written fit it, else a new one.
func (s *salvaging) root(number domain.Ring, sum *total, stored []byte) (sealed []byte, commit uint64, err error) {
	r := s.source
	var old vault.Root
	if held := r.rings[number]; held != nil {
		old = held.root
		if stored != nil && old.Sum == sum.sum && old.Rows == sum.rows && old.Revision > 0 {
			return stored, old.Commit, nil
		}
	}
	root := vault.Root{
		Revision: old.Revision + 1, Sum: sum.sum, Rows: sum.rows, Commit: max(old.Commit, r.ledger[number].Commit) + 1,
	}
	keys, _ := s.openSystem(number)
	defer keys.Clear()
	sealed, _, err = vault.SealSystem(&keys.System, r.vault.header.Vault, number, SystemRoot, root.Revision, root.Encode())
	return sealed, root.Commit, err
}
