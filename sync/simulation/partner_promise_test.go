package simulation_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/exchange"
)

// outside is what the play knows of the border between the register and its partners.
type outside struct {
	// own are identifiers of the register: objects, cases, machines and people of the mission. No partner may ever see one.
	own map[string]bool
	// told is which partner was told of an identifier.
	told map[string]uuid.UUID
}

var (
	anyID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyText = regexp.MustCompile(canary + `[a-z]+`)
)

// mayStandIn reports whether what somebody wrote may stand in a compartment other than its own: given names are on the roster, too,
// and what a partner forges stands where it forged it.
func mayStandIn(text string, c domain.Compartment) bool {
	switch c {
	case domain.Case:
		return strings.Contains(text, canary+"given")
	case domain.Orientation:
		return strings.Contains(text, canary+"given") || strings.Contains(text, forged)
	}
	return false
}

// keepsOutside notes the register's identifiers at headquarters, and wants nothing in the record of the mission that a partner was
// not allowed to write.
func (p *play) keepsOutside(a *actor, r *reading) error {
	if len(p.partners()) == 0 || a.partner != uuid.Nil {
		return nil
	}
	if p.outside.own == nil {
		p.outside.own, p.outside.told = map[string]bool{}, map[string]uuid.UUID{}
		for _, b := range p.actors[1:] {
			if b.partner == uuid.Nil {
				p.outside.own[b.device().String()], p.outside.own[b.user().String()] = true, true
			}
		}
	}
	for i := range r.entries {
		e := &r.entries[i]
		if e.line == nil || e.line.Kind == oplog.KindErase { // the order for a partner's case names it as the partner does
			continue
		}
		if r.compartment != domain.Open {
			for _, id := range []uuid.UUID{e.line.Object, e.line.Case} {
				p.outside.own[id.String()] = id != uuid.Nil
			}
		}
		for _, value := range e.line.Set {
			if strings.Contains(string(value), forged) {
				return fmt.Errorf("%s holds in %s what a partner forged", e.name, r.compartment)
			}
		}
	}
	return nil
}

// checkTold holds everything that a partner's machine has and did not write itself against the partner's list: no other value, no
// identifier of the register or of the other partner, no other document.
func (p *play) checkTold(a *actor) error {
	if a.partner == uuid.Nil {
		return nil
	}
	f := a.machine.(*full)
	for _, known := range f.ws.Trust().Missions() {
		if known.ID != a.partner {
			return fmt.Errorf("a partner holds the directory of another mission or partner")
		}
	}
	receipts, err := f.receipts()
	if err != nil {
		return err
	}
	for device := range receipts {
		if device != a.node {
			return fmt.Errorf("a partner holds a receipt of another machine")
		}
	}
	for _, c := range []domain.Compartment{domain.Case, domain.Special, domain.Sealed} {
		if f.holds(c) || f.ws.Register().Count(c) > 0 {
			return fmt.Errorf("a partner holds something of %s", c)
		}
	}
	for _, c := range []domain.Compartment{domain.Open, domain.Orientation} {
		r, err := f.read(c)
		if err != nil {
			return err
		}
		for _, e := range r.entries {
			if e.line == nil || e.name.Device == f.device() {
				continue
			}
			if err := p.toldLine(a, e.line); err != nil {
				return fmt.Errorf("%s line %s: %w", c, e.name, err)
			}
		}
	}
	return nil
}

// toldLine holds one line that headquarters told a partner against the partner's list.
func (p *play) toldLine(a *actor, line *oplog.Line) error {
	if len(line.Source) > 0 {
		return fmt.Errorf("it names a source")
	}
	if line.Kind == oplog.KindChain && line.Audience != "partner:"+a.partner.String() {
		return fmt.Errorf("it is for %s", line.Audience)
	}
	info, _ := domain.Info(line.Type)
	for field := range line.Set {
		listed, ok := partnerTold[line.Type]
		if !ok || !slices.Contains(listed, field) && field != "_deleted" && field != info.SubjectField() {
			return fmt.Errorf("the partner is told %s.%s", line.Type, field)
		}
	}
	encoded, err := line.Encode()
	if err != nil {
		return err
	}
	for _, text := range anyText.FindAllString(string(encoded), -1) {
		if text != canary+"given" {
			return fmt.Errorf("the partner is told what is not on its list: %s", text)
		}
	}
	for _, id := range anyID.FindAllString(string(encoded), -1) {
		if p.outside.own[id] {
			return fmt.Errorf("the partner is told an identifier of the register")
		}
	}
	for _, id := range []uuid.UUID{line.Object, line.Case} {
		if id == uuid.Nil {
			continue
		}
		if other, known := p.outside.told[id.String()]; known && other != a.partner {
			return fmt.Errorf("both partners know one identifier")
		}
		p.outside.told[id.String()] = a.partner
	}
	return nil
}

// toldOf reports whether a partner was told of somebody: what it forged about others stands on its own screen, too.
func (p *play) toldOf(a *actor, id uuid.UUID) bool {
	partner, told := p.outside.told[id.String()]
	return told && partner == a.partner
}

// checkShared wants headquarters and each partner to show the same in the end on the fields of the partner's list, and every answer in
// the register's own record.
func (p *play) checkShared() error {
	for _, a := range p.partners() {
		if err := p.endsEqual(a); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return p.answersTaken()
}

// endsEqual compares what headquarters shows of the people on the roster with what a partner shows of them.
func (p *play) endsEqual(a *actor) error {
	hq, f := p.actors[0].machine.(*full), a.machine.(*full)
	keys, err := hq.ws.Projection(background, a.partner.String())
	if err != nil {
		return err
	}
	entries, err := exchange.Roster(background, hq.ws, mission)
	if err != nil {
		return err
	}
	standing := map[uuid.UUID]bool{}
	for _, entry := range entries {
		if entry.Withdrawn || entry.Person == uuid.Nil {
			continue
		}
		id := keys.ID(domain.ProjectedObject, entry.ID)
		standing[id] = true
		ours, err := hq.ws.Get(background, "roster_person", entry.ID)
		if err != nil {
			return err
		}
		theirs, err := f.ws.Get(background, "roster_person", id)
		if err != nil {
			return err
		}
		if theirs == nil || theirs.Deleted() {
			return fmt.Errorf("somebody on the roster is missing")
		}
		for _, field := range partnerTold["roster_person"] {
			want := map[string]bool{}
			for _, head := range ours.Heads(field) {
				want[head.Answer.Text()] = true
			}
			if got := theirs.Text(field); len(want) > 0 && !want[got] {
				return fmt.Errorf("%s is %q, at headquarters %v", field, got, want)
			}
			if len(want) == 1 && theirs.Conflicted(field) {
				return fmt.Errorf("%s is open between several values, at headquarters it is decided", field)
			}
		}
	}
	records, err := f.rosterOf()
	if err != nil {
		return err
	}
	for _, record := range records {
		if p.toldOf(a, record.ID()) && !standing[record.ID()] {
			return fmt.Errorf("somebody stands there who is not on the roster")
		}
	}
	return nil
}

// answersTaken wants each answer that a partner acknowledged as saved in the register's own record, said again there; but for those
// about people who are not on the roster any more, and those that a machine which was set back or cloned wrote anew.
func (p *play) answersTaken() error {
	hq := p.actors[0]
	r, err := hq.read(domain.Orientation)
	if err != nil || r == nil {
		return err
	}
	again := map[oplog.Name]bool{}
	for i := range r.entries {
		again[r.entries[i].origin()] = true
	}
	for _, s := range p.saves {
		if s.by.partner == uuid.Nil || s.by.rolled || s.away || p.erased[s.caseID] {
			continue
		}
		about, err := s.by.machine.(*full).ws.Get(background, "roster_person", s.about)
		if err != nil {
			return err
		}
		if about == nil || about.Deleted() || again[s.name] {
			continue
		}
		return fmt.Errorf("the answer %s of %s is not in the register's record", s.name, s.by.name)
	}
	return nil
}
