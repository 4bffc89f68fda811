package register

import (
	"context"
	"fmt"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/vault"
)

// Reader is a slot of a person as the header shows it.
type Reader struct {
	Slot      string // 16 hex digits
	Label     string
	Recipient string // "age1pq1…"
	// Rings are those whose readers the slot is among. Of a removed slot they wait for a holder to rotate them.
	Rings   []domain.Ring
	Removed bool
}

// Readers lists the slots of people in the order of the header, removed ones included as long as a ring lists them.
func (r *Register) Readers() []Reader {
	r.memory.RLock()
	defer r.memory.RUnlock()
	if r.locked {
		return nil
	}
	var readers []Reader
	for _, slot := range r.vault.header.Slots {
		if slot.Kind != vault.PassphraseSlot && slot.Kind != vault.RemovedSlot {
			continue
		}
		reader := Reader{Slot: slot.ID.String(), Label: slot.Label, Recipient: slot.To, Removed: slot.Kind == vault.RemovedSlot}
		for _, entry := range r.vault.header.Rings {
			if entry.Reads(slot.ID) {
				reader.Rings = append(reader.Rings, entry.Ring)
			}
		}
		readers = append(readers, reader)
	}
	return readers
}

// Generations tells how often the key of each ring of the vault was changed, held or not.
func (r *Register) Generations() map[domain.Ring]uint32 {
	r.memory.RLock()
	defer r.memory.RUnlock()
	generations := map[domain.Ring]uint32{}
	if r.locked {
		return generations
	}
	for _, entry := range r.vault.header.Rings {
		generations[entry.Ring] = entry.Generation
	}
	return generations
}

// AddReader gives a user who has a slot more rings, all of which the caller must hold; their keys stay (security.md 4.4).
// Rings that the slot reads already stay as they are. Whether the user may read them is for the caller to judge by the
// mission directory. V-PASS when there is no such slot.
func (r *Register) AddReader(ctx context.Context, slot string, rings []domain.Ring) error {
	return r.changeHeader(ctx, func(c *headerChange) error {
		reader := c.header.SlotNamed(slot)
		if reader == nil || reader.Kind != vault.PassphraseSlot {
			return fault.Newf("V-PASS", slot, "vault has no such user")
		}
		for _, number := range slices.Compact(slices.Sorted(slices.Values(rings))) {
			entry := c.header.Ring(number)
			if entry == nil {
				return fmt.Errorf("%s: %w", number, ErrNotHeld)
			}
			if entry.Reads(reader.ID) {
				continue
			}
			if err := c.reseal(number, append(slices.Clone(entry.Readers), reader.ID), false); err != nil {
				return err
			}
		}
		return nil
	})
}
