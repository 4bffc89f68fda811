package simulation_test

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// languages are codes that people of a course speak.
var languages = []string{"swa", "lin", "eng", "fra", "ara", "tir", "som"}

func languageOf(s step) string { return languages[int(s.c)%len(languages)] }

// rosterOf lists the people that a machine's screen shows on the roster, in the order of their identifiers.
func (f *full) rosterOf() ([]*workspace.Record, error) {
	records, err := f.ws.Objects(background, "roster_person", uuid.Nil)
	slices.SortFunc(records, func(a, b *workspace.Record) int { x, y := a.ID(), b.ID(); return slices.Compare(x[:], y[:]) })
	return records, err
}

// listOf lists the people on a partner's screen of whom it was told.
func (p *play) listOf(a *actor) ([]*workspace.Record, error) {
	records, err := a.machine.(*full).rosterOf()
	return slices.DeleteFunc(records, func(r *workspace.Record) bool { return !p.toldOf(a, r.ID()) }), err
}

// roster is what headquarters' user does on the list that partners are told of.
func (p *play) roster(s step) error {
	a := p.actors[0]
	f := a.machine.(*full)
	records, err := f.rosterOf()
	if err != nil {
		return err
	}
	var work func() error
	switch {
	case s.b%8 == 0:
		work = func() error {
			_, err := exchange.AddToRoster(background, f.ws, mission, []uuid.UUID{cases[int(s.a)%len(cases)]})
			return err
		}
	case len(records) == 0:
		return nil
	case s.b%8 == 1:
		work = func() error {
			_, err := exchange.RemoveFromRoster(background, f.ws, mission, []uuid.UUID{records[int(s.a)%len(records)].ID()})
			return err
		}
	case s.b%8 < 5:
		person, err := p.personOn(f, records[int(s.a)%len(records)].ID())
		if err != nil || person == nil {
			return err
		}
		work = func() error {
			_, err := f.ws.Set(background, workspace.Target{Type: "person", ID: person.Person, Case: person.Case}, map[string]domain.Answer{
				"given_names": {Value: fmt.Sprintf("Kanari given %d", s.serial)},
			})
			return err
		}
	default:
		record := records[int(s.a)%len(records)]
		answers := map[string]domain.Answer{"language": {Value: languageOf(s)}}
		if s.b%2 == 0 {
			answers["contact"] = domain.Answer{Value: fmt.Sprintf("Kanari orientation %d", s.serial)}
		}
		work = func() error {
			_, err := f.ws.Set(background, workspace.Target{Type: "roster_person", ID: record.ID(), Case: record.Case(), Mission: mission}, answers)
			return err
		}
	}
	_, err = p.doing(a, work)
	if code := fault.Code(err); err != nil && code != "E-CASE" && code != "E-ERASED" { // the case may be gone
		return fmt.Errorf("roster: %w", err)
	}
	return p.check(a)
}

// personOn is the entry of the roster with the person of the register that it stands for; nil when there is none.
func (p *play) personOn(f *full, id uuid.UUID) (*exchange.RosterEntry, error) {
	entries, err := exchange.Roster(background, f.ws, mission)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if entry.ID == id && entry.Person != uuid.Nil {
			return &entry, nil
		}
	}
	return nil, nil
}

// answer is what a partner's user does at the screen: fields of people on its list, on what is seen or was seen a while ago, notes of
// its own about them, and decisions.
func (p *play) answer(a *actor, s step) error {
	if a.partner == uuid.Nil {
		return nil
	}
	f := a.machine.(*full)
	records, err := p.listOf(a)
	if err != nil || len(records) == 0 {
		return err
	}
	record := records[int(s.a)%len(records)]
	if s.kind == stepLook {
		a.screens[record.ID()] = personOf(objectOf(record))
		return nil
	}
	target, about, told := workspace.Target{Type: "roster_person", ID: record.ID()}, record.ID(), record.Case()
	answers := map[string]domain.Answer{"language": {Value: languageOf(s)}}
	switch {
	case s.kind == stepDecide:
		if !record.Conflicted("language") {
			return nil
		}
		p.count.conflicts++
		answers["language"] = domain.Answer{Value: languageOf(s), Reason: "asked again"}
	case s.b%5 == 0:
		answers["type"] = domain.Answer{Value: "reduced_programme_oral"}
		answers["person"] = domain.Answer{Value: record.ID().String()}
		target = workspace.Target{Type: "alternative_measure", ID: made(p.seed, s.serial), Case: record.Case(), Subject: record.ID()}
	case s.b%5 == 1:
		rows, err := f.ws.Objects(background, "alternative_measure", uuid.Nil)
		if err != nil || len(rows) == 0 {
			return err
		}
		if rows = slices.DeleteFunc(rows, func(r *workspace.Record) bool { return !p.toldOf(a, r.Subject()) }); len(rows) == 0 {
			return nil
		}
		slices.SortFunc(rows, func(a, b *workspace.Record) int { x, y := a.ID(), b.ID(); return slices.Compare(x[:], y[:]) })
		row := rows[int(s.a)%len(rows)]
		target, about, told = workspace.Target{Type: "alternative_measure", ID: row.ID(), Case: row.Case()}, row.Subject(), row.Case()
	case s.b%5 < 4:
		answers["contact"] = domain.Answer{Value: fmt.Sprintf("Kanari orientation %d", s.serial)}
		fallthrough
	default:
		if screen, open := a.screens[record.ID()]; open && s.kind == stepLate {
			target.Seen = map[string][]oplog.Name{"language": screen.seen["language"], "contact": screen.seen["contact"]}
			delete(a.screens, record.ID())
		}
	}
	own, err := p.ownCase(a.partner, told)
	if err != nil {
		return err
	}
	var made *save
	acknowledged, err := p.doing(a, func() error {
		before := f.ws.OwnEpochs()
		if _, err := f.ws.Set(background, target, answers); err != nil {
			return err
		}
		made = f.saved(before, domain.Orientation, own)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s answers: %w", a.name, err)
	}
	if acknowledged && made != nil {
		made.by, made.object, made.about = a, target.ID, about
		for _, answer := range answers {
			made.texts = append(made.texts, answer.Text())
		}
		p.saves = append(p.saves, made)
		p.count.saves++
		p.count.answers++
		if s.kind == stepDecide {
			p.count.decided++
		}
	}
	return p.check(a)
}

// objectOf gives a record's fields with their heads, as an oplog object.
func objectOf(record *workspace.Record) *oplog.Object {
	object := &oplog.Object{ID: record.ID(), Type: record.Type(), Case: record.Case(), Compartment: record.Compartment(), Fields: map[string]*oplog.Field{}}
	for _, field := range record.Fields() {
		object.Fields[field] = &oplog.Field{}
		for _, head := range record.Heads(field) {
			object.Fields[field].Heads = append(object.Fields[field].Heads, head.Write)
		}
	}
	return object
}

// forge lets a partner's machine write, past every check of the program, what a partner may not: fields that are not on its list,
// things it was never told of, and somebody else's line said again.
func (p *play) forge(a *actor, s step) error {
	if a.partner == uuid.Nil || a.kill > 0 {
		return nil
	}
	f := a.machine.(*full)
	records, err := p.listOf(a)
	if err != nil || len(records) == 0 {
		return err
	}
	record := records[int(s.a)%len(records)]
	text := json.RawMessage(fmt.Sprintf(`"%s %d"`, forged, s.serial))
	line := &oplog.Line{Kind: oplog.KindSet, Compartment: domain.Orientation, Case: record.Case(), Type: "roster_person", Object: record.ID(), Set: map[string]json.RawMessage{}}
	strange := p.strangeTo(a, s)
	switch s.b % 8 {
	case 0:
		line.Set["case_number"] = text
	case 1:
		line.Set["given_name"] = text // told, and not to be answered
	case 2:
		line.Object, line.Set["contact"] = strange, text
	case 3:
		line.Type, line.Object = "enrolment", made(p.seed, s.serial)
		line.Set["seat"], line.Set["about"] = text, json.RawMessage(`"`+record.ID().String()+`"`)
	case 4:
		line.Set["contact"], line.Set["_deleted"] = text, json.RawMessage(`true`)
	case 5:
		line.Case, line.Set["contact"] = cases[int(s.c)%len(cases)], text
	case 6:
		line.Set["contact"], line.Source = text, []oplog.Name{{Device: p.actors[0].device(), Epoch: 7, N: 2}}
	default:
		line.Type, line.Object = "alternative_measure", made(p.seed, s.serial)
		line.Set["language"], line.Set["person"] = text, json.RawMessage(`"`+strange.String()+`"`)
	}
	did, err := f.forge(line)
	if did {
		p.count.forged++
	}
	if err != nil {
		return fmt.Errorf("forge: %w", err)
	}
	return p.check(a)
}

// forged begins every text that a partner's machine writes where it may not.
const forged = canary + "forged"

// strangeTo is an identifier that a partner was never told: the register's, or the other partner's, of somebody on the roster.
func (p *play) strangeTo(a *actor, s step) uuid.UUID {
	for _, b := range p.actors {
		if other := s.c%2 == 0; other && (b.partner == uuid.Nil || b.partner == a.partner) || !other && !b.hq {
			continue
		}
		if records, err := b.machine.(*full).rosterOf(); err == nil && len(records) > 0 {
			return records[int(s.a)%len(records)].ID()
		}
	}
	return made(p.seed+1, s.serial)
}

// forge appends a line behind the machine's own, and unlocks it again so that it goes on from there. Where the machine has left an
// epoch it does nothing: a program that writes there does worse than a partner may.
func (f *full) forge(line *oplog.Line) (bool, error) {
	reg, me := f.ws.Register(), f.ws.Me()
	var own []register.ChainState
	for _, state := range reg.Chains(line.Compartment) {
		if state.Chain.Device == me.Device {
			own = append(own, state)
		}
	}
	if len(own) != 1 || own[0].Have.Last() == 0 {
		return false, nil
	}
	at := own[0]
	line.By, line.Device, line.Epoch, line.N, line.HLC, line.Previous = me.User, me.Device, at.Chain.Epoch, at.Have.Last()+1, oplog.HLCAt(f.clock.Now()), at.Tip
	encoded, err := line.Encode()
	if err != nil {
		return false, err
	}
	hash := oplog.LineHash(encoded)
	batch := workspace.Batch{Import: uuid.New(), Lines: []workspace.Incoming{{Bytes: encoded, Line: line, Hash: hash, Link: oplog.Link(at.Tip, hash)}}}
	if _, err := f.ws.Apply(background, batch, false); err != nil {
		return false, err
	}
	if err := f.ws.Close(); err != nil {
		return true, err
	}
	return true, f.open()
}
