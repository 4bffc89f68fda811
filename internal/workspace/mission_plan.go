package workspace

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/oplog"
)

// MissionCase is a case of a mission with the people in it, as the lists hold them.
type MissionCase struct {
	Case       *Record
	Households []*Record
	Persons    []*Record
}

// MissionSlot is a slot with the record that joins it to a case; the join is nil while the slot has none, or for who may not see it.
type MissionSlot struct {
	Slot, Join *Record
}

// MissionCases returns the cases of a mission in the order of their numbers, from memory.
func (w *Workspace) MissionCases(_ context.Context, mission uuid.UUID) ([]MissionCase, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	var out []MissionCase
	for id, e := range w.entries {
		object := e.objects[id]
		if e.mission != mission || object == nil || object.Type != "case" || deleted(object) {
			continue
		}
		one := MissionCase{Case: newRecord(object)}
		for _, member := range e.objects {
			switch {
			case deleted(member):
			case member.Type == "person":
				one.Persons = append(one.Persons, newRecord(member))
			case member.Type == "household":
				one.Households = append(one.Households, newRecord(member))
			}
		}
		sortPersons(one.Persons)
		sortRecords(one.Households)
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b MissionCase) int {
		return cmp.Or(cmp.Compare(a.Case.Text("unhcr_case_no"), b.Case.Text("unhcr_case_no")), cmp.Compare(a.Case.ID().String(), b.Case.ID().String()))
	})
	return out, nil
}

// MissionSlots returns the slots of a mission in the order of their identifiers, from memory.
func (w *Workspace) MissionSlots(_ context.Context, mission uuid.UUID) ([]MissionSlot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	joins := map[uuid.UUID]*oplog.Object{}
	for _, e := range w.entries {
		for _, object := range e.objects {
			if object.Type == "slot_case" && !deleted(object) {
				joins[newRecord(object).Reference("slot")] = object
			}
		}
	}
	var out []MissionSlot
	for id, slot := range w.slots() {
		if slot.Reference("mission") != mission {
			continue
		}
		one := MissionSlot{Slot: slot}
		if join := joins[id]; join != nil {
			one.Join = newRecord(join)
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b MissionSlot) int { return cmp.Compare(a.Slot.ID().String(), b.Slot.ID().String()) })
	return out, nil
}

// standsFor reports whether a slot says better than another one when a case is interviewed: our own agency's slot before others', one
// that holds before one that was moved, missed or cancelled, the later one of two.
func standsFor(slot, other *Record) bool {
	weight := func(r *Record) int {
		n := 0
		if agency := r.Text("agency"); agency == "" || agency == "IMDi" {
			n += 2
		}
		switch r.Text("status") {
		case "moved", "no_show", "cancelled":
		default:
			n++
		}
		return n
	}
	return cmp.Or(cmp.Compare(weight(slot), weight(other)), cmp.Compare(slot.Text("start"), other.Text("start")), cmp.Compare(slot.ID().String(), other.ID().String())) > 0
}
