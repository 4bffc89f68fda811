package simulation_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// actor is one machine with its people.
type actor struct {
	machine
	name, node string
	hq         bool
	clock      *ticking
	screens    map[uuid.UUID]person // open, as they were when they were opened
	images     []any
	backups    []any
	kill       int // the next work is killed at that look at the clock; 0: not at all
	// rolled says that the machine was put back by hand or has a twin, so that one number may stand for two lines.
	rolled bool
	// turnedBack says that it may lack lines of its own that others have.
	turnedBack bool
	partner    uuid.UUID // whose machine it is; zero on the mission
}

// play is one history being played.
type play struct {
	history
	root    string
	now     time.Time
	actors  []*actor
	parcels []*parcel
	made    []*parcel // lost ones too
	saves   []*save
	files   []*attached
	states  map[string]string // what every machine must show that holds the same lines
	atHQ    map[domain.Compartment]map[oplog.Name][32]byte
	texts   map[string]bool // at headquarters, by object
	erased  map[uuid.UUID]bool
	forked  bool // a machine has said so: E-FORK
	outside outside
	tell    func(*reading)
	later   bool // at the end, machines are checked once a round
	count   counts
}

// counts says what a history was made of.
type counts struct {
	steps, saves, files, imports, repeated, refused, damaged, kills, killedInside, putBack, clones, forks, erasures, lostWithDisk, waiting, conflicts, decided, claims, carried, undone, contested, attached, answers, forged int
	histories, converged                                                                                                                                                                                                      int
}

// violation is a broken promise, with the step after which it was seen.
type violation struct {
	step step
	err  error
}

func (v *violation) Error() string { return fmt.Sprintf("after %v: %v", v.step, v.err) }

// newActors makes the machines of a history.
type newActors func(root string, devices int, now *time.Time) ([]*actor, error)

// run plays a history from its beginning until everything has been exchanged.
func run(h *history, make newActors, tell func(*reading)) (c counts, err error) {
	root, err := os.MkdirTemp(fastFolder(), "history-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(root)
	p := &play{history: *h, root: root, now: today, states: map[string]string{}, texts: map[string]bool{}, atHQ: map[domain.Compartment]map[oplog.Name][32]byte{}, erased: map[uuid.UUID]bool{}, tell: tell}
	defer func() {
		for _, a := range p.actors {
			a.drop()
		}
	}()
	if p.actors, err = make(root, h.devices, &p.now); err != nil {
		return c, err
	}
	for _, a := range p.actors {
		a.screens = map[uuid.UUID]person{}
		if err := p.check(a); err != nil {
			return c, &violation{err: err}
		}
	}
	for _, s := range h.steps {
		p.now = p.now.Add(time.Minute)
		p.count.steps++
		if err := p.play(s); err != nil {
			return p.count, &violation{s, err}
		}
	}
	if err := p.converge(); err != nil {
		return p.count, &violation{step{serial: len(h.steps), kind: stepCarry}, fmt.Errorf("at the end: %w", err)}
	}
	if err := p.checkSecrets(); err != nil {
		return p.count, &violation{step{serial: len(h.steps), kind: stepCarry}, err}
	}
	p.count.histories = 1
	return p.count, nil
}

func (p *play) play(s step) error {
	a := p.actors[int(s.at)%len(p.actors)]
	switch s.kind {
	case stepWrite, stepLook, stepLate, stepPerson, stepHealth, stepSealed, stepRemove, stepDecide:
		return p.work(a, s)
	case stepAttach:
		return p.attach(a, s)
	case stepRoster:
		return p.roster(s)
	case stepAnswer:
		return p.answer(a, s)
	case stepForge:
		return p.forge(a, s)
	case stepPack:
		return p.pack(a, s)
	case stepCarry, stepDamage:
		return p.carry(s)
	case stepCarryOn:
		for i := len(p.parcels) - 1; i >= 0; i-- {
			if q := p.parcels[i]; q.from.hq {
				for _, b := range p.actors {
					if slices.Contains(q.to, b.node) {
						if err := p.take(b, q); err != nil {
							return err
						}
					}
				}
				break
			}
		}
	case stepLose:
		if n := len(p.parcels); n > 0 {
			i := int(s.a) % n
			p.parcels = slices.Delete(p.parcels, i, i+1)
		}
	case stepClock:
		a.clock.offset = 0
		if s.b%2 == 0 {
			a.clock.offset = time.Duration(int(s.a%23)-11) * 24 * time.Hour
		}
	case stepUser:
		if err := a.change(); err != nil {
			return err
		}
		return p.check(a)
	case stepKill:
		a.kill = 1 + int(s.a%14)
	case stepErase:
		return p.erase(s)
	case stepUndo, stepRedo:
		return p.undo(s)
	default:
		if !a.hq {
			return p.turnBack(a, s)
		}
	}
	return nil
}

// doing lets a machine work, and kills it when that is due: what it did is then not acknowledged, unless it had ended.
func (p *play) doing(a *actor, work func() error) (acknowledged bool, err error) {
	if a.kill == 0 {
		return true, work()
	}
	a.killAfter(a.kill)
	a.kill = 0
	p.count.kills++
	err = work()
	image := a.killed()
	if acknowledged = image == nil; acknowledged {
		if err != nil {
			return true, err
		}
		if image, err = a.image(); err != nil {
			return true, err
		}
	} else {
		p.count.killedInside++
	}
	a.screens = map[uuid.UUID]person{}
	return acknowledged, a.goOn(image, false)
}

// pack writes a file: for headquarters mostly, else for a colleague, or for several.
func (p *play) pack(a *actor, s step) error {
	if a.hq && s.c%3 == 0 {
		if partners := p.partners(); len(partners) > 0 {
			_, err := p.packFor(a, []string{partners[int(s.a)%len(partners)].node})
			return err
		}
	}
	var to []string
	for i, b := range p.actors {
		if b.node == a.node || b.hq || b.partner != a.partner {
			continue
		}
		if s.b%4 == 3 || s.b%4 >= 1 && a.hq && int(s.a)%(len(p.actors)-1)+1 == i || s.b%4 == 2 && int(s.a)%(len(p.actors)-1)+1 == i {
			to = append(to, b.node)
		}
	}
	if !a.hq {
		to = append(to, hqNode)
	}
	if len(to) == 0 {
		return nil
	}
	_, err := p.packFor(a, to)
	return err
}

func (p *play) packFor(a *actor, to []string) ([]*parcel, error) {
	var made []*parcel
	var err error
	acknowledged, err := p.doing(a, func() error {
		made, err = a.pack(slices.Compact(slices.Sorted(slices.Values(to))))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s packs for %v: %w", a.name, to, err)
	}
	if !acknowledged {
		return nil, p.check(a)
	}
	for _, q := range made {
		if q.from, q.serial = a, p.count.files; len(q.to) == 0 {
			if err := p.carried(q); err != nil {
				return nil, err
			}
		}
		p.count.files++
		p.parcels, p.made = append(p.parcels, q), append(p.made, q)
	}
	if p.later {
		return made, nil
	}
	return made, p.check(a)
}

// carry brings a file to a machine: mostly to one that it is for, now and then to another.
func (p *play) carry(s step) error {
	if len(p.parcels) == 0 {
		return nil
	}
	// Fresh files travel more often than old ones.
	n := len(p.parcels)
	q := p.parcels[n-1-int(s.a)%min(n, 1+int(s.c)%n)]
	var addressees []*actor
	for _, b := range p.actors {
		if slices.Contains(q.to, b.node) {
			addressees = append(addressees, b)
		}
	}
	at := p.actors[int(s.b)%len(p.actors)]
	if s.at%5 > 0 && len(addressees) > 0 {
		at = addressees[int(s.b)%len(addressees)]
	}
	if s.kind == stepCarry {
		return p.take(at, q)
	}
	return p.takeDamaged(at, q, s)
}

// take imports a file at a machine and knows what must come of it.
func (p *play) take(a *actor, q *parcel) error {
	before := a.tally()
	var said *taken
	var refused error
	acknowledged, err := p.doing(a, func() error {
		said, refused = a.take(q)
		return nil
	})
	if err != nil {
		return err
	}
	if acknowledged {
		if err := p.judge(a, q, before, said, refused); err != nil {
			return fmt.Errorf("file %d of %s at %s: %w", q.serial, q.from.name, a.name, err)
		}
	}
	if p.later {
		return nil
	}
	if a.tally() == before {
		return p.checkReceipts(a)
	}
	return p.check(a)
}

// opaque are the refusals of a file that is damaged or for somebody else.
var opaque = []string{"E-AGE", "E-LIMIT", "E-SIZE", "E-TAR", "E-MANIFEST", "E-HASH", "E-TO", "E-CHAIN"}

func (p *play) judge(a *actor, q *parcel, before string, said *taken, refused error) error {
	code := fault.Code(refused)
	addressed := slices.Contains(q.to, a.node)
	switch {
	case refused == nil && q.damaged:
		return fmt.Errorf("a damaged file is taken in")
	case refused == nil && !addressed:
		return fmt.Errorf("a file for %v is taken in", q.to)
	case refused == nil:
		p.count.imports++
		p.count.waiting += len(said.waiting)
		if said.repeated {
			p.count.repeated++
		}
		return nil
	case q.damaged || !addressed:
		if !slices.Contains(opaque, code) {
			return fmt.Errorf("refused for the wrong reason: %w", refused)
		}
	case code == "E-FORK" && p.anyRolled():
		p.forked = true
		p.count.forks++
	default:
		return fmt.Errorf("refused: %w", refused)
	}
	p.count.refused++
	if after := a.tally(); after != before {
		return fmt.Errorf("a refused file (%s) changed\n%sto\n%s", code, before, after)
	}
	return nil
}

func (p *play) anyRolled() bool {
	return slices.ContainsFunc(p.actors, func(a *actor) bool { return a.rolled })
}

// takeDamaged brings a copy that is cut short or has one bit wrong.
func (p *play) takeDamaged(a *actor, q *parcel, s step) error {
	bad := *q
	bad.damaged = true
	p.count.damaged++
	if q.path == "" {
		return p.take(a, &bad)
	}
	whole, err := os.ReadFile(q.path)
	if err != nil {
		return err
	}
	bad.path = filepath.Join(p.root, fmt.Sprintf("damaged-%d", s.serial))
	if s.c%2 == 0 {
		whole = whole[:int(s.c/2)%len(whole)]
	} else {
		whole[int(s.c/2)%len(whole)] ^= 1 << (s.a % 8)
	}
	if err := os.WriteFile(bad.path, whole, 0o600); err != nil {
		return err
	}
	return p.take(a, &bad)
}

// carried finds out whose file a machine has laid beside its own for headquarters.
func (p *play) carried(q *parcel) error {
	content, err := os.ReadFile(q.path)
	if err != nil {
		return err
	}
	for _, known := range p.made {
		if same, err := os.ReadFile(known.path); err == nil && bytes.Equal(same, content) {
			q.from, q.to = known.from, known.to
			p.count.carried++
			return nil
		}
	}
	return fmt.Errorf("a carried file is not what came")
}

// undo takes an import back at headquarters, or brings one in again.
func (p *play) undo(s step) error {
	hq := p.actors[0]
	done := false
	acknowledged, err := p.doing(hq, func() (err error) {
		done, err = hq.undo(s.a, s.kind == stepRedo)
		return err
	})
	if err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	if done && acknowledged {
		p.count.undone++
	}
	return p.check(hq)
}

// erase orders at headquarters that one of the first cases is destroyed; half the histories see none.
func (p *play) erase(s step) error {
	hq := p.actors[0]
	id := cases[int(s.a)%len(cases)]
	if p.erased[id] || s.b%2 == 0 || !hq.holds(domain.Special) {
		return nil
	}
	// Whether the order was given before a kill or not: from here on the case may be gone.
	p.erased[id] = true
	if _, err := p.doing(hq, func() error { return hq.erase(id) }); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	p.count.erasures++
	return p.check(hq)
}

// turnBack copies a laptop's folder, lets it go on from a copy, or starts a copy beside it.
func (p *play) turnBack(a *actor, s step) error {
	var err error
	var image any
	switch {
	case s.kind == stepImage && s.b%2 == 0:
		image, err = a.image()
		a.images = append(a.images, image)
		return err
	case s.kind == stepImage:
		image, err = a.backup()
		a.backups = append(a.backups, image)
		return err
	case s.kind == stepRestore && len(a.backups) > 0:
		image = a.backups[int(s.b)%len(a.backups)]
		err = a.goOn(image, true)
	case s.kind == stepPutBack && len(a.images) > 0:
		image = a.images[int(s.b)%len(a.images)]
		a.rolled = true
		err = a.goOn(image, false)
	case s.kind == stepClone && len(a.images) > 0 && p.count.clones == 0:
		p.count.clones++
		return p.clone(a, a.images[int(s.b)%len(a.images)])
	default:
		return nil
	}
	if err != nil {
		return err
	}
	p.count.putBack++
	a.turnedBack = true
	a.screens, a.kill = map[uuid.UUID]person{}, 0
	p.goneWith(a)
	return p.check(a)
}

func (p *play) clone(a *actor, image any) error {
	root := filepath.Join(p.root, a.name+"-twin")
	twin, clock, err := a.twin(root, image)
	if err != nil {
		return err
	}
	a.rolled, a.turnedBack = true, true
	p.actors = append(p.actors, &actor{machine: twin, name: a.name + "-twin", node: a.node, clock: clock, screens: map[uuid.UUID]person{}, rolled: true, turnedBack: true, partner: a.partner})
	return p.check(p.actors[len(p.actors)-1])
}

// add sums up.
func (c *counts) add(more counts) {
	c.steps += more.steps
	c.saves += more.saves
	c.files += more.files
	c.imports += more.imports
	c.repeated += more.repeated
	c.refused += more.refused
	c.damaged += more.damaged
	c.kills += more.kills
	c.killedInside += more.killedInside
	c.putBack += more.putBack
	c.clones += more.clones
	c.forks += more.forks
	c.erasures += more.erasures
	c.lostWithDisk += more.lostWithDisk
	c.waiting += more.waiting
	c.conflicts += more.conflicts
	c.decided += more.decided
	c.claims += more.claims
	c.carried += more.carried
	c.undone += more.undone
	c.contested += more.contested
	c.attached += more.attached
	c.answers += more.answers
	c.forged += more.forged
	c.histories += more.histories
	c.converged += more.converged
}
