package simulation_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// light is a machine in memory. What a line is, how chains hold together, how intervals and receipts count and how writes merge
// is the program's code; keys, files and the database are left out, and what the exchange decides is written again here in
// short, which is why the full machine must be played too.
type light struct {
	name  string
	id    uuid.UUID
	me    uuid.UUID
	hq    bool
	old   bool // its program does not know the newest forms
	rings map[domain.Compartment]bool
	clock *ticking
	now   lightState
	kill  *lightState
	// before is the state before the transaction that runs, while a kill is due.
	before *lightState
}

// lightState is what a light machine has on its disk.
type lightState struct {
	chains   map[oplog.Chain]*lightChain
	objects  map[domain.Compartment]map[uuid.UUID]*oplog.Object
	hidden   map[domain.Compartment]map[oplog.Name]string
	epochs   map[string]uint32
	replaced []uint32
	receipts map[string]*trust.Receipt
	have     map[string]trust.Ranges // what the others said that they have
	known    map[*lightFile]bool
	waiting  []*lightFile
	erased   map[uuid.UUID]oplog.Name
	logical  oplog.HLC
}

// lightChain is one run of lines, with gaps.
type lightChain struct {
	lines map[uint64]*lightLine
	have  oplog.Intervals
}

// lightLine is a stored line; bytes are nil once it is a stub.
type lightLine struct {
	bytes      []byte
	line       *oplog.Line
	hash, link [32]byte
	caseID     uuid.UUID
}

// lightFile is a bundle in memory.
type lightFile struct {
	device   uuid.UUID
	from     string
	parts    []lightPart
	have     trust.Ranges
	receipts []*trust.Receipt
}

type lightPart struct {
	chain       oplog.Chain
	first, last uint64
	tip         [32]byte
	lines       [][]byte
}

func (l *light) device() uuid.UUID               { return l.id }
func (l *light) user() uuid.UUID                 { return l.me }
func (l *light) holds(c domain.Compartment) bool { return l.rings[c] }

// audience is where lines of a compartment go: those of headquarters in special stay there (security.md 2.3).
func (l *light) audience(c domain.Compartment) string {
	if l.hq && c == domain.Special {
		return "hq"
	}
	return "mission:" + mission.String()
}

func (l *light) epoch(audience string) uint32 {
	if epoch, ok := l.now.epochs[audience]; ok && !slices.Contains(l.now.replaced, epoch) {
		return epoch
	}
	// As the program's, epochs are random and differ between a machine and its twin; here they come from the machine's name and
	// the looks at its clock, so that a seed gives the same history again.
	hash := made(uint64(len(l.now.replaced)), l.clock.looks)
	for i, b := range []byte(l.name + audience) {
		hash[i%16] ^= b
		hash[(i*7+3)%16] += b
	}
	epoch := max(1, binary.BigEndian.Uint32(hash[:4]))
	l.now.epochs[audience] = epoch
	return epoch
}

func (s *lightState) chain(c oplog.Chain) *lightChain {
	if s.chains[c] == nil {
		s.chains[c] = &lightChain{lines: map[uint64]*lightLine{}}
	}
	return s.chains[c]
}

// append gives a line its place in the machine's own chain and stores it.
func (l *light) append(line *oplog.Line) error {
	audience := l.audience(line.Compartment)
	if line.Kind == oplog.KindErase {
		audience = "mission:" + mission.String()
	}
	epoch := l.epoch(audience)
	chain := l.now.chain(oplog.Chain{Compartment: line.Compartment, Device: l.id, Epoch: epoch})
	last := chain.have.Last()
	if last == 0 && line.Kind != oplog.KindChain {
		first := &oplog.Line{Kind: oplog.KindChain, Compartment: line.Compartment, Audience: audience, Training: true, App: "1", Replaces: slices.Sorted(slices.Values(l.now.replaced))}
		if err := l.append(first); err != nil {
			return err
		}
		last = 1
	}
	line.By, line.Device, line.Epoch, line.N = l.me, l.id, epoch, last+1
	if last > 0 {
		line.Previous = chain.lines[last].link
	}
	logical := oplog.NewClock(l.clock.Now, l.now.logical)
	line.HLC = logical.Tick()
	l.now.logical = logical.Last()
	bytes, err := line.Encode()
	if err != nil {
		return err
	}
	hash := oplog.LineHash(bytes)
	chain.lines[line.N] = &lightLine{bytes: bytes, line: line, hash: hash, link: oplog.Link(line.Previous, hash), caseID: line.Case}
	chain.have.Add(line.N)
	return nil
}

func (l *light) write(e edit) (*save, bool, error) {
	info, _ := domain.Info(e.kind)
	if _, gone := l.now.erased[e.caseID]; gone {
		return nil, false, fault.New("E-ERASED", string(e.kind), nil)
	}
	object := l.now.objects[info.Compartment][e.object]
	line := &oplog.Line{
		Kind: oplog.KindSet, Compartment: info.Compartment, Case: e.caseID, Object: e.object, Type: e.kind, Form: e.form, Set: map[string]json.RawMessage{},
		Parents: map[string][]oplog.Name{},
	}
	values := map[string]any{}
	for field, value := range e.values {
		values[field] = value
	}
	if e.remove != nil {
		values["_deleted"] = *e.remove
	}
	for field, value := range values {
		encoded, err := json.Marshal(value)
		if err != nil {
			return nil, false, err
		}
		var f *oplog.Field
		if object != nil {
			f = object.Fields[field]
		}
		if f != nil && len(f.Heads) > 0 && !f.Conflict() && string(f.Value()) == string(encoded) {
			continue
		}
		line.Set[field] = encoded
		parents, open := e.seen[field]
		if !open {
			parents = f.Names()
		}
		if len(parents) > 0 {
			line.Parents[field] = slices.Clone(parents)
		}
	}
	if len(line.Set) == 0 {
		return nil, false, nil
	}
	commit := l.begin()
	if err := l.append(line); err != nil {
		return nil, false, err
	}
	own := line.Name()
	l.apply(line, "", func(n oplog.Name) bool { return n != own && l.knows(line.Compartment, n) })
	commit()
	l.clock.Now() // a kill may come after the commit
	stored := l.now.chains[line.Chain()].lines[line.N]
	return &save{compartment: line.Compartment, name: own, hash: stored.hash, caseID: e.caseID, user: l.me}, true, nil
}

func (l *light) knows(c domain.Compartment, n oplog.Name) bool {
	chain := l.now.chains[n.Chain(c)]
	return chain != nil && chain.lines[n.N] != nil
}

// apply takes a line into its object by the rule of [oplog.Object.Apply]: an object with an invisible line is made anew.
func (l *light) apply(line *oplog.Line, code string, seen func(oplog.Name) bool) {
	objects := l.now.objects[line.Compartment]
	object := objects[line.Object]
	if object == nil {
		object = &oplog.Object{}
	}
	if code != "" {
		l.now.hidden[line.Compartment][line.Name()] = code
	}
	if l.doubtful(line.Compartment, line.Object) {
		if again := l.rebuild(line.Compartment, line.Object); again != nil {
			objects[line.Object] = again
		}
		return
	}
	if code == "" && object.Apply(line, seen) {
		objects[line.Object] = object
	}
}

// doubtful reports whether an object has a line that does not count.
func (l *light) doubtful(c domain.Compartment, id uuid.UUID) bool {
	for name := range l.now.hidden[c] {
		chain := l.now.chains[name.Chain(c)]
		if chain == nil || chain.lines[name.N] == nil {
			continue
		}
		if stored := chain.lines[name.N]; stored.bytes != nil && stored.line.Object == id {
			return true
		}
	}
	return false
}

func (l *light) rebuild(c domain.Compartment, id uuid.UUID) *oplog.Object {
	var lines []oplog.Visible
	for name, chain := range l.now.chains {
		if name.Compartment != c {
			continue
		}
		for _, stored := range chain.lines {
			if stored.bytes != nil && stored.line.Object == id {
				lines = append(lines, oplog.Visible{Line: stored.line, Visible: l.now.hidden[c][stored.line.Name()] == ""})
			}
		}
	}
	return oplog.Rebuild(lines)[id]
}

func (l *light) persons() ([]person, error) {
	var all []person
	for _, object := range l.now.objects[domain.Case] {
		if object.Type == "person" {
			all = append(all, personOf(object))
		}
	}
	sortPersons(all)
	return all, nil
}

func (l *light) conflicts() ([]conflict, error) {
	var all []conflict
	for _, c := range compared {
		if !l.rings[c] {
			continue
		}
		objects := l.now.objects[c]
		for _, id := range slices.SortedFunc(maps.Keys(objects), func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }) {
			for _, field := range slices.Sorted(maps.Keys(objects[id].Fields)) {
				if objects[id].Fields[field].Conflict() {
					all = append(all, conflict{objects[id].Type, id, objects[id].Case, field})
				}
			}
		}
	}
	return all, nil
}

// erase writes the order in every compartment where the case has lines, and in open, and obeys it.
func (l *light) erase(caseID uuid.UUID) error {
	var order oplog.Name
	commit := l.begin()
	for _, c := range compared {
		if !l.rings[c] || c == domain.Special {
			continue
		}
		line := &oplog.Line{Kind: oplog.KindErase, Compartment: c, Case: caseID, Reason: "request_of_person"}
		if err := l.append(line); err != nil {
			return err
		}
		if c == domain.Open {
			order = line.Name()
		}
	}
	l.now.obey(caseID, order)
	commit()
	l.clock.Now()
	return nil
}

// obey turns the lines of a case into stubs.
func (s *lightState) obey(caseID uuid.UUID, order oplog.Name) {
	s.erased[caseID] = order
	for c, objects := range s.objects {
		for id, object := range objects {
			if object.Case == caseID {
				delete(s.objects[c], id)
			}
		}
	}
	for name, chain := range s.chains {
		for n, stored := range chain.lines {
			if stored.caseID == caseID && (stored.line == nil || stored.line.Kind != oplog.KindErase) {
				gone := *stored
				gone.bytes, gone.line = nil, nil
				chain.lines[n] = &gone
				delete(s.hidden[name.Compartment], name.Name(n))
			}
		}
	}
}

func (l *light) read(c domain.Compartment) (*reading, error) {
	if !l.rings[c] || c == domain.Sealed {
		return nil, nil
	}
	r := &reading{compartment: c, objects: maps.Clone(l.now.objects[c])}
	for name, chain := range l.now.chains {
		if name.Compartment != c {
			continue
		}
		for n, stored := range chain.lines {
			r.entries = append(r.entries, entry{name: name.Name(n), hash: stored.hash, line: stored.line, hidden: l.now.hidden[c][name.Name(n)]})
		}
	}
	return r, nil
}

func (l *light) merged(c domain.Compartment) (n int, err error) {
	own := l.now.receipts[trust.DeviceName(l.id)]
	for name, chain := range l.now.chains {
		if own != nil && name.Compartment == c && name.Device == l.id {
			n += int(chain.have.Count() - chain.have.Minus(own.Merged.Of(name)).Count())
		}
	}
	return n, nil
}

func (l *light) undo(uint32, bool) (bool, error) { return false, nil }

func (l *light) sealed() (*reading, error) { return nil, nil }

func (l *light) receipts() (map[string]*trust.Receipt, error) { return l.now.receipts, nil }

func (l *light) image() (any, error)  { return l.now.clone(), nil }
func (l *light) backup() (any, error) { return l.now.clone(), nil }

func (l *light) goOn(image any, restored bool) error {
	state := image.(lightState)
	l.now = state.clone()
	if restored {
		for _, epoch := range l.now.epochs {
			l.now.replaced = append(l.now.replaced, epoch)
		}
	}
	return l.takeWaiting()
}

// change lets another user unlock: at headquarters one with special, one without.
func (l *light) change() error {
	if l.hq {
		l.rings[domain.Special] = !l.rings[domain.Special]
	}
	return l.takeWaiting()
}

func (l *light) killAfter(n int) {
	l.kill, l.clock.alarm = nil, 1+n%4 // a light machine looks at its clock a few times only
	l.clock.ring = func() {
		l.kill = l.before
		if l.kill == nil {
			image := l.now.clone()
			l.kill = &image
		}
	}
}

// begin starts a transaction: a kill before its end leaves the state before it.
func (l *light) begin() (commit func()) {
	if l.clock.alarm > 0 {
		image := l.now.clone()
		l.before = &image
	}
	return func() { l.before = nil }
}

func (l *light) killed() any {
	l.clock.alarm, l.clock.ring = 0, nil
	if l.kill == nil {
		return nil
	}
	return *l.kill
}

func (l *light) twin(_ string, image any) (machine, *ticking, error) {
	c := *l
	c.name, c.clock, c.rings = l.name+"-twin", &ticking{today: l.clock.today}, maps.Clone(l.rings)
	state := image.(lightState)
	c.now = state.clone()
	return &c, c.clock, nil
}

func (l *light) drop() {}

var errDamaged = errors.New("damaged")

// newLight makes the machines of a mission in memory with the same caseload as the full ones.
func newLight(_ string, devices int, now *time.Time) ([]*actor, error) {
	var actors []*actor
	for i := -1; i < devices; i++ {
		l := &light{
			name: hqNode, id: made(0, 1000+i), me: made(0, 2000+i), hq: i < 0, old: i%3 == 2, clock: &ticking{today: now},
			rings: map[domain.Compartment]bool{domain.Open: true, domain.Case: true, domain.Special: true}, now: newLightState(),
		}
		node := hqNode
		if i >= 0 {
			l.name, node = aliasOf(i), trust.DeviceName(l.id)
		}
		actors = append(actors, &actor{machine: l, name: l.name, node: node, hq: l.hq, clock: l.clock})
	}
	hq := actors[0].machine.(*light)
	for i, id := range cases {
		if _, _, err := hq.write(edit{kind: "person", object: everyone[i], caseID: id, values: map[string]string{"given_names": "Kanari case 0"}}); err != nil {
			return nil, err
		}
	}
	var nodes []string
	for _, a := range actors[1:] {
		nodes = append(nodes, a.node)
	}
	files, err := hq.pack(nodes)
	if err != nil {
		return nil, err
	}
	for _, a := range actors[1:] {
		if _, err := a.take(files[0]); err != nil {
			return nil, err
		}
	}
	return actors, nil
}
