package simulation_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// compared are the compartments whose objects every holder of the ring reads.
var compared = []domain.Compartment{domain.Open, domain.Case, domain.Special, domain.Orientation}

// check holds a machine against every promise that can be seen after a step of its own.
func (p *play) check(a *actor) error {
	for _, c := range append(slices.Clone(compared), domain.Sealed) {
		r, err := a.read(c)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if r == nil {
			continue
		}
		if p.tell != nil {
			p.tell(r)
		}
		if err := p.checkReading(a, r); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	if err := p.checkTold(a); err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	return p.checkReceipts(a)
}

func (p *play) checkReading(a *actor, r *reading) error {
	has := map[oplog.Name][32]byte{}
	for _, e := range append(slices.Clone(r.entries), r.outside...) {
		has[e.name] = e.hash
		if err := onlyOwnCompartment(e, r.compartment); err != nil {
			return err
		}
	}
	if a.hq {
		if p.atHQ[r.compartment] == nil {
			p.atHQ[r.compartment] = map[oplog.Name][32]byte{}
		}
		for name, hash := range has {
			p.atHQ[r.compartment][name] = hash
		}
		for _, e := range append(slices.Clone(r.entries), r.outside...) {
			p.noteTexts(e)
		}
	}
	if err := p.keepsOutside(a, r); err != nil {
		return err
	}
	for _, s := range p.saves {
		if s.by == a && !s.away && s.compartment == r.compartment && has[s.name] != s.hash {
			return fmt.Errorf("the acknowledged save %s in %s is not there", s.name, s.compartment)
		}
	}
	if r.compartment == domain.Sealed {
		return nil
	}
	if err := r.exclude(); err != nil {
		return err
	}
	if err := checkMerge(r); err != nil {
		return err
	}
	state, err := r.state(p.anyRolled())
	if err != nil {
		return err
	}
	key := fmt.Sprint(r.compartment, p.anyRolled()) + r.visible()
	if other, seen := p.states[key]; seen && other != state {
		return fmt.Errorf("%s: the same lines show other objects than on another machine", r.compartment)
	}
	p.states[key] = state
	return nil
}

// onlyOwnCompartment reports a line that says something of another compartment than its own.
func onlyOwnCompartment(e entry, c domain.Compartment) error {
	if e.line == nil {
		return nil
	}
	for _, value := range e.line.Set {
		if text := string(value); strings.Contains(text, canary) && !strings.Contains(text, canary+c.String()) && !mayStandIn(text, c) {
			return fmt.Errorf("%s holds a value of another compartment", c)
		}
	}
	return nil
}

// canary begins every text that people write; the compartment follows.
const canary = "Kanari "

// checkReceipts holds every receipt on a machine against what headquarters has, and the machine's own receipt against what
// it would let go: a line that the receipt calls merged must be at headquarters, and be that line.
func (p *play) checkReceipts(a *actor) error {
	receipts, err := a.receipts()
	if err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	for device, receipt := range receipts {
		for _, c := range domain.AllCompartments {
			if c == domain.Audit {
				continue
			}
			for key, intervals := range receipt.Merged[c.String()] {
				chain, err := oplog.ParseChainKey(c, key)
				if err != nil {
					return err
				}
				for _, run := range intervals {
					for n := run[0]; n <= run[1]; n++ {
						if _, there := p.atHQ[c][chain.Name(n)]; !there {
							return fmt.Errorf("%s: the receipt for %s calls line %s in %s merged, and headquarters does not have it", a.name, device, chain.Name(n), c)
						}
					}
				}
			}
		}
	}
	if a.hq || receipts[trust.DeviceName(a.device())] == nil {
		return nil
	}
	return p.checkLetsGo(a)
}

// checkLetsGo counts what a machine takes as arrived against what of it headquarters really has.
func (p *play) checkLetsGo(a *actor) error {
	for _, c := range append(slices.Clone(compared), domain.Sealed) {
		r, err := a.read(c)
		if err != nil || r == nil {
			return err
		}
		merged, err := a.merged(c)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		arrived := 0
		for _, e := range r.entries {
			if hash, there := p.atHQ[c][e.name]; there && hash == e.hash && e.name.Device == a.device() {
				arrived++
			}
		}
		if merged <= arrived {
			continue
		}
		if _, light := a.machine.(*light); light && a.rolled {
			p.forked = true // the light machine's receipts count by number alone; the program's do not
			p.count.claims++
			continue
		}
		return fmt.Errorf("%s takes %d of its own lines in %s as merged, headquarters has %d of them", a.name, merged, c, arrived)
	}
	return nil
}

// goneWith notes which saves went with the disk that was put back, and which of them others have.
func (p *play) goneWith(a *actor) {
	for _, s := range p.saves {
		if s.by != a || s.away {
			continue
		}
		if has, err := p.has(a, s); err == nil && has {
			continue
		}
		s.away = true
		for _, b := range p.actors {
			if has, _ := p.has(b, s); has && b != a {
				s.elsewhere = true
			}
		}
		if p.atHQ[s.compartment][s.name] == s.hash {
			s.elsewhere = true
		}
		if !s.elsewhere {
			p.count.lostWithDisk++
		}
	}
}

func (p *play) has(a *actor, s *save) (bool, error) {
	r, err := a.read(s.compartment)
	if err != nil || r == nil {
		return false, err
	}
	return slices.ContainsFunc(append(slices.Clone(r.entries), r.outside...), func(e entry) bool { return e.name == s.name && e.hash == s.hash }), nil
}

// rounds is how often everything is sent to everybody before it must be quiet.
const rounds = 8

// converge lets every machine send to every other until nothing changes, and compares the ends.
func (p *play) converge() error {
	for _, a := range p.actors {
		a.kill = 0
	}
	hq := p.actors[0]
	for !hq.holds(domain.Special) {
		if err := hq.change(); err != nil {
			return err
		}
		if err := p.check(hq); err != nil {
			return err
		}
	}
	quiet := 0
	for round := range rounds {
		before := p.tallies()
		p.later = true
		if err := p.everybodySends(); err != nil {
			return err
		}
		p.later = false
		for _, a := range p.actors {
			if err := p.check(a); err != nil {
				return err
			}
		}
		if quiet++; p.tallies() != before {
			quiet = 0
		}
		// What a machine lacks after it was put back, the others learn from its word in one round and send in the next.
		if quiet == 2 || quiet == 1 && !slices.ContainsFunc(p.actors, func(a *actor) bool { return a.turnedBack }) {
			break
		}
		if round == rounds-1 {
			return fmt.Errorf("not quiet after %d rounds", rounds)
		}
	}
	for _, c := range compared {
		r, err := hq.read(c)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		for _, object := range r.objects {
			for _, field := range object.Fields {
				if field.Conflict() {
					p.count.contested++
				}
			}
		}
	}
	if err := p.nothingLost(); err != nil {
		return err
	}
	if err := p.checkFiles(); err != nil {
		return err
	}
	if err := p.checkShared(); err != nil {
		return err
	}
	for _, a := range p.actors {
		if err := p.checkSealed(a); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	if p.forked {
		return nil // a forked machine has been reported; it stays out until people decide
	}
	return p.allEqual()
}

func (p *play) tallies() string {
	var b strings.Builder
	for _, a := range p.actors {
		fmt.Fprintln(&b, a.name, a.tally())
	}
	return b.String()
}

func (p *play) everybodySends() error {
	var nodes []string
	for _, a := range p.actors[1:] {
		if !slices.Contains(nodes, a.node) {
			nodes = append(nodes, a.node)
		}
	}
	for _, a := range p.actors {
		colleagues := slices.DeleteFunc(slices.Clone(nodes), func(node string) bool { return node == a.node || !a.hq && p.partnerOf(node) != a.partner })
		var files [][]string
		if !a.hq {
			files = append(files, []string{hqNode})
		}
		if a.hq {
			for _, node := range colleagues { // to one alone, for it gets back lines of its own
				files = append(files, []string{node})
			}
		} else if len(colleagues) > 0 {
			files = append(files, colleagues)
		}
		for _, to := range files {
			made, err := p.packFor(a, to)
			if err != nil {
				return err
			}
			for _, q := range made {
				for _, b := range p.actors {
					if slices.Contains(q.to, b.node) && b != a {
						if err := p.take(b, q); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

// nothingLost wants every save at headquarters, unless its machine has been reported as forked or the save went with a disk.
func (p *play) nothingLost() error {
	for _, s := range p.saves {
		at := p.atHQ[s.compartment][s.name]
		switch {
		case at == s.hash, s.by.hq:
		case s.away && !s.elsewhere:
		case s.by.rolled && p.textsArrived(s):
		case p.erased[s.caseID] && p.isStub(s): // destroyed by order; the stub of a line in doubt has nothing to say anew
		case p.forked && s.by.rolled && isLight(s.by):
		case s.away && p.elsewhere(s):
		default:
			return fmt.Errorf("the save %s in %s of %s has not reached headquarters", s.name, s.compartment, s.by.name)
		}
	}
	return nil
}

func isLight(a *actor) bool {
	_, light := a.machine.(*light)
	return light
}

// written finds what people wrote in the values of a line.
var written = regexp.MustCompile(canary + `[a-z]+ [0-9]+`)

func (p *play) noteTexts(e entry) {
	if e.line == nil {
		return
	}
	for _, value := range e.line.Set {
		for _, text := range written.FindAllString(string(value), -1) {
			p.texts[e.line.Object.String()+text] = true
		}
		if e.line.Compartment == domain.Orientation { // codes, too
			p.texts[e.line.Object.String()+strings.Trim(string(value), `"`)] = true
		}
	}
}

// textsArrived reports whether what a save says is at headquarters, though under another name: a machine that was cloned or
// set back writes anew what had the name of another line.
func (p *play) textsArrived(s *save) bool {
	return !slices.ContainsFunc(s.texts, func(text string) bool { return !p.texts[s.object.String()+text] })
}

// isStub reports whether the author's machine has only the hash of a save left.
func (p *play) isStub(s *save) bool {
	r, err := s.by.read(s.compartment)
	return err == nil && r != nil && slices.ContainsFunc(r.entries, func(e entry) bool { return e.name == s.name && e.line == nil })
}

func (p *play) elsewhere(s *save) bool {
	return slices.ContainsFunc(p.actors, func(a *actor) bool { has, _ := p.has(a, s); return has })
}

// checkSealed compares the sealed entries that a user is shown with the boxes that the user can open.
func (p *play) checkSealed(a *actor) error {
	r, err := a.sealed()
	if err != nil || r == nil {
		return err
	}
	if p.tell != nil {
		p.tell(r)
	}
	for _, e := range r.entries {
		for _, s := range p.saves {
			if s.name != e.name || s.compartment != domain.Sealed || e.line == nil || e.line.Kind == oplog.KindBox {
				continue
			}
			if s.user != a.user() && !a.hq {
				return fmt.Errorf("the sealed entry %s is open to somebody who is no reader", e.name)
			}
		}
	}
	if err := r.exclude(); err != nil {
		return err
	}
	r.entries = slices.DeleteFunc(r.entries, func(e entry) bool { return e.line != nil && e.line.Kind == oplog.KindSet && isMark(e.line) }) // no screen shows them
	return checkMerge(r)
}

// allEqual wants the same lines and objects in open and case on every machine once all has been sent everywhere.
func (p *play) allEqual() error {
	var back []uuid.UUID // what they wrote before lies where it had come, and is not sent on from there
	for _, a := range p.actors {
		if a.turnedBack {
			back = append(back, a.device())
		}
	}
	var partners []uuid.UUID
	for _, a := range p.partners() {
		partners = append(partners, a.device())
	}
	for _, c := range []domain.Compartment{domain.Open, domain.Case} {
		hq, err := p.actors[0].read(c)
		if err != nil {
			return err
		}
		for _, a := range p.actors[1:] {
			if p.hasTwin(a) || a.partner != uuid.Nil {
				continue // each of the two gets what the other has said that it lacks
			}
			r, err := a.read(c)
			if err != nil {
				return err
			}
			if want, got := hq.lines(back, partners), r.lines(back, partners); want != got {
				return fmt.Errorf("%s has other lines in %s than headquarters after everything was sent everywhere:\n%s", a.name, c, difference(want, got))
			}
		}
	}
	p.count.converged++
	return nil
}

func (p *play) hasTwin(a *actor) bool {
	return slices.ContainsFunc(p.actors, func(b *actor) bool { return b != a && b.node == a.node })
}

func difference(a, b string) string {
	var out []string
	one, two := strings.Split(a, "\n"), strings.Split(b, "\n")
	for _, line := range one {
		if !slices.Contains(two, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range two {
		if !slices.Contains(one, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "\n")
}
