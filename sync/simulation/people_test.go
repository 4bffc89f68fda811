package simulation_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// work is what a user does at the screen.
func (p *play) work(a *actor, s step) error {
	if a.partner != uuid.Nil {
		return p.answer(a, s)
	}
	e, ok, err := p.edit(a, s)
	if err != nil || !ok {
		return err
	}
	var made *save
	var wrote bool
	acknowledged, err := p.doing(a, func() error {
		made, wrote, err = a.write(e)
		return err
	})
	if err != nil {
		if fault.Code(err) == "E-ERASED" && p.erased[e.caseID] {
			return nil
		}
		return fmt.Errorf("%s writes %s: %w", a.name, e.kind, err)
	}
	if acknowledged && wrote {
		made.by, made.object, made.texts = a, e.object, slices.Sorted(maps.Values(e.values))
		p.saves = append(p.saves, made)
		p.count.saves++
		if s.kind == stepDecide {
			p.count.decided++
		}
	}
	return p.check(a)
}

// edit chooses what is written; ok is false when there is nothing to write.
func (p *play) edit(a *actor, s step) (e edit, ok bool, err error) {
	if s.kind == stepDecide {
		return p.decision(a, s)
	}
	persons, err := a.persons()
	if err != nil || len(persons) == 0 {
		return e, false, err
	}
	chosen := persons[int(s.a)%len(persons)]
	if s.b%7 < 3 {
		chosen = persons[0] // people work on the same things
	}
	e = edit{kind: "person", object: chosen.id, caseID: chosen.caseID}
	text := func(compartment string) string { return fmt.Sprintf("Kanari %s %d", compartment, s.serial) }
	switch s.kind {
	case stepLook:
		a.screens[chosen.id] = chosen
		return e, false, nil
	case stepPerson:
		e.object = made(p.seed, s.serial)
		e.values = map[string]string{"given_names": text("given"), "birth_place": text("case")}
	case stepHealth:
		if !a.holds(domain.Special) {
			return e, false, nil
		}
		e.kind, e.subject, e.object = "health", chosen.id, domain.SingletonID(chosen.id, "health")
		e.values = map[string]string{[]string{"urgent_before_travel_note", "aids_used"}[s.b%2]: text("special")}
	case stepSealed:
		if !a.holds(domain.Sealed) {
			return e, false, nil
		}
		e.kind, e.subject, e.object = "sealed_note", chosen.id, made(p.seed, s.serial)
		e.values = map[string]string{"note": text("sealed")}
	case stepRemove:
		gone := !chosen.gone
		e.remove = &gone
	default:
		e.values = map[string]string{}
		for i, field := range []string{"birth_place", "mother_name", "father_name"} {
			if (s.b>>i)&1 == 1 || i == int(s.c%3) {
				e.values[field] = text("case")
			}
		}
		if s.c%11 == 0 {
			e.form = newestForm
		}
		screen, open := a.screens[chosen.id]
		if s.kind == stepLate && open {
			e.seen = map[string][]oplog.Name{}
			for field := range e.values {
				e.seen[field] = screen.seen[field]
			}
			delete(a.screens, chosen.id)
		}
	}
	return e, true, nil
}

func (p *play) decision(a *actor, s step) (e edit, ok bool, err error) {
	found, err := a.conflicts()
	if err != nil || len(found) == 0 {
		return e, false, err
	}
	p.count.conflicts += len(found)
	c := found[int(s.a)%len(found)]
	e = edit{kind: c.kind, object: c.object, caseID: c.caseID, reason: "asked again"}
	if c.field == "_deleted" {
		gone := s.b%2 == 0
		e.remove = &gone
		return e, true, nil
	}
	info, _ := domain.Info(c.kind)
	if c.field == "language" {
		e.values = map[string]string{c.field: languageOf(s)}
		return e, true, nil
	}
	e.values = map[string]string{c.field: fmt.Sprintf("Kanari %s %d", info.Compartment, s.serial)}
	return e, true, nil
}

// made names what a step makes, the same at every replay.
func made(seed uint64, serial int) uuid.UUID {
	hash := sha256.Sum256(fmt.Appendf(nil, "%d %d", seed, serial))
	id := uuid.UUID(hash[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}
