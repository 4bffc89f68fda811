package simulation_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// newestForm is one that only new programs know.
const newestForm = "identity@99"

func newLightState() lightState {
	s := lightState{
		chains: map[oplog.Chain]*lightChain{}, objects: map[domain.Compartment]map[uuid.UUID]*oplog.Object{}, hidden: map[domain.Compartment]map[oplog.Name]string{},
		epochs: map[string]uint32{}, receipts: map[string]*trust.Receipt{}, have: map[string]trust.Ranges{}, known: map[*lightFile]bool{},
		erased: map[uuid.UUID]oplog.Name{},
	}
	for _, c := range compared {
		s.objects[c], s.hidden[c] = map[uuid.UUID]*oplog.Object{}, map[oplog.Name]string{}
	}
	return s
}

// clone copies a state; lines and receipts never change and are shared.
func (s *lightState) clone() lightState {
	c := *s
	c.chains = map[oplog.Chain]*lightChain{}
	for name, chain := range s.chains {
		c.chains[name] = &lightChain{lines: maps.Clone(chain.lines), have: slices.Clone(chain.have)}
	}
	c.objects, c.hidden = map[domain.Compartment]map[uuid.UUID]*oplog.Object{}, map[domain.Compartment]map[oplog.Name]string{}
	for compartment, objects := range s.objects {
		c.objects[compartment], c.hidden[compartment] = map[uuid.UUID]*oplog.Object{}, maps.Clone(s.hidden[compartment])
		for id, object := range objects {
			copied := *object
			copied.Fields = map[string]*oplog.Field{}
			for name, field := range object.Fields {
				copied.Fields[name] = &oplog.Field{Heads: slices.Clone(field.Heads), Pending: slices.Clone(field.Pending)}
			}
			c.objects[compartment][id] = &copied
		}
	}
	c.epochs, c.replaced, c.receipts = maps.Clone(s.epochs), slices.Clone(s.replaced), maps.Clone(s.receipts)
	c.have, c.known, c.waiting, c.erased = maps.Clone(s.have), maps.Clone(s.known), slices.Clone(s.waiting), maps.Clone(s.erased)
	return c
}

func (l *light) tally() string {
	var lines, hidden uint64
	for _, chain := range l.now.chains {
		lines += chain.have.Count()
	}
	for _, names := range l.now.hidden {
		hidden += uint64(len(names))
	}
	return fmt.Sprint(lines, hidden, len(l.now.erased))
}

// arriving is a verified line with the verdict on it.
type arriving struct {
	chain      oplog.Chain
	n          uint64
	bytes      []byte
	line       *oplog.Line
	hash, link [32]byte
	code       string
}

func (l *light) take(p *parcel) (*taken, error) {
	file := p.content.(*lightFile)
	if !slices.Contains(p.to, l.node()) || file.from == l.node() {
		return nil, fault.New("E-AGE", "", nil)
	}
	if p.damaged {
		return nil, l.takeBroken(file, p.serial)
	}
	if l.now.known[file] {
		return &taken{repeated: true}, nil
	}
	said := &taken{}
	arrived, waits, err := l.verify(file)
	if err != nil {
		return nil, err
	}
	l.clock.Now() // a kill may come before the commit
	commit := l.begin()
	for c := range waits {
		said.waiting = append(said.waiting, c.String())
	}
	if len(waits) > 0 {
		l.now.waiting = append(l.now.waiting, file)
	}
	l.store(arrived)
	l.now.known[file] = true
	have := trust.Ranges{}
	join(have, l.now.have[file.from])
	maps.Copy(have, file.have)
	l.now.have[file.from] = have
	for _, receipt := range file.receipts {
		if held := l.now.receipts[receipt.For]; held == nil || held.Version < receipt.Version {
			l.now.receipts[receipt.For] = receipt
		}
	}
	l.leaveBehind()
	commit()
	l.clock.Now() // or between the commit and the receipt
	if l.hq {
		l.acknowledge(file, waits)
	}
	return said, nil
}

func (l *light) node() string {
	if l.hq {
		return hqNode
	}
	return trust.DeviceName(l.id)
}

// takeBroken takes a copy with one byte changed, line missing or end cut: the chain must say so.
func (l *light) takeBroken(file *lightFile, serial int) error {
	for i := range file.parts {
		part := file.parts[i]
		part.lines = slices.Clone(part.lines)
		at := serial % len(part.lines)
		switch serial % 3 {
		case 0:
			part.lines[at] = append(slices.Clone(part.lines[at]), ' ')
		case 1:
			part.lines = slices.Delete(part.lines, at, at+1)
		default:
			part.lines = part.lines[:len(part.lines)-1]
		}
		if !l.rings[part.chain.Compartment] || len(part.lines) == 0 {
			continue // sealed, or visibly empty
		}
		broken := *file
		broken.parts = []lightPart{part}
		if _, _, err := l.verify(&broken); err == nil {
			return nil
		}
	}
	return fault.New("E-CHAIN", "", errDamaged)
}

// verify checks every chain of a file against its tip and against what is known, and judges each line. It writes nothing.
func (l *light) verify(file *lightFile) (arrived []arriving, waits map[domain.Compartment]bool, err error) {
	waits = map[domain.Compartment]bool{}
	orders := maps.Clone(l.now.erased)
	for _, part := range file.parts {
		if !l.rings[part.chain.Compartment] {
			waits[part.chain.Compartment] = true
			continue
		}
		known := l.now.chains[part.chain]
		if known == nil {
			known = &lightChain{}
		}
		if next := known.lines[part.last+1]; next != nil && oplog.Link(part.tip, next.hash) != next.link {
			return nil, nil, fault.New("E-FORK", "", nil)
		}
		var start oplog.Line
		if first, err := oplog.Parse(part.lines[0]); err == nil {
			start = *first
		}
		verifier := oplog.NewChainVerifier(part.chain, part.first-1, start.Previous)
		for _, line := range part.lines {
			step, err := verifier.Next(line)
			if err != nil {
				return nil, nil, err
			}
			if before := known.lines[step.Name.N-1]; before != nil && oplog.Link(before.link, step.Hash) != step.Link {
				return nil, nil, fault.New("E-FORK", "", nil)
			}
			if same := known.lines[step.Name.N]; same != nil {
				if same.hash != step.Hash {
					return nil, nil, fault.New("E-FORK", "", nil)
				}
				continue
			}
			if step.Line == nil {
				continue // no line of ours, so the tip will not fit
			}
			a := arriving{chain: part.chain, n: step.Name.N, bytes: line, line: step.Line, hash: step.Hash, link: step.Link}
			if a.line.Kind == oplog.KindErase && orders[a.line.Case] == (oplog.Name{}) {
				orders[a.line.Case] = a.line.Name()
			}
			if l.old && a.line.Form == newestForm {
				a.code = "E-FORM"
			}
			arrived = append(arrived, a)
		}
		if err := verifier.Finish(part.last, part.tip); err != nil {
			return nil, nil, err
		}
	}
	ordered := slices.Collect(maps.Values(orders))
	arrived = slices.DeleteFunc(arrived, func(a arriving) bool { // a stub without its order counts as a gap
		if a.line.Kind != oplog.KindStub {
			return false
		}
		_, order, _ := a.line.Justification()
		return !slices.Contains(ordered, order)
	})
	return arrived, waits, nil
}

func (l *light) store(arrived []arriving) {
	for _, a := range arrived {
		stored := &lightLine{bytes: a.bytes, line: a.line, hash: a.hash, link: a.link, caseID: a.line.Case}
		_, gone := l.now.erased[a.line.Case]
		if gone = gone && a.line.Kind != oplog.KindErase || a.line.Kind == oplog.KindStub; gone {
			stored.bytes, stored.line = nil, nil
			if a.line.Kind == oplog.KindStub {
				stored.caseID = l.caseOf(a.line)
			}
		}
		chain := l.now.chain(a.chain)
		chain.lines[a.n] = stored
		chain.have.Add(a.n)
		if gone {
			continue
		}
		if a.line.Kind == oplog.KindSet {
			own := a.line.Name()
			l.apply(a.line, a.code, func(n oplog.Name) bool { return n != own && l.knows(a.chain.Compartment, n) })
		}
		logical := oplog.NewClock(l.clock.today.Add(l.clock.offset).UTC, l.now.logical)
		logical.Observe(a.line.HLC)
		l.now.logical = logical.Last()
	}
	for _, a := range arrived {
		if a.line.Kind == oplog.KindErase {
			if _, done := l.now.erased[a.line.Case]; !done {
				l.now.obey(a.line.Case, a.line.Name())
			}
		}
	}
}

// caseOf finds the case of a stub by the order that made it.
func (l *light) caseOf(stub *oplog.Line) uuid.UUID {
	_, order, _ := stub.Justification()
	for id, name := range l.now.erased {
		if name == order {
			return id
		}
	}
	return uuid.Nil
}

// takeWaiting takes in the parts whose ring is there now.
func (l *light) takeWaiting() error {
	waiting := l.now.waiting
	l.now.waiting = nil
	for _, file := range waiting {
		arrived, waits, err := l.verify(file)
		if err != nil {
			return err
		}
		if len(waits) > 0 {
			l.now.waiting = append(l.now.waiting, file)
		}
		l.store(arrived)
		l.acknowledge(file, waits)
	}
	return nil
}

// acknowledge writes the receipt for the sender: cumulative, of lines, whatever way they came.
func (l *light) acknowledge(file *lightFile, waits map[domain.Compartment]bool) {
	node := trust.DeviceName(file.device)
	receipt := &trust.Receipt{For: node, Version: 1, Merged: trust.Ranges{}, Stored: trust.Ranges{}}
	if before := l.now.receipts[node]; before != nil {
		receipt.Version = before.Version + 1
		join(receipt.Merged, before.Merged)
		join(receipt.Stored, before.Stored)
	}
	for name, chain := range l.now.chains {
		if name.Device == file.device && l.rings[name.Compartment] && len(chain.have) > 0 {
			put(receipt.Merged, name, chain.have)
		}
	}
	for _, part := range file.parts {
		if waits[part.chain.Compartment] {
			put(receipt.Stored, part.chain, oplog.Intervals{{part.first, part.last}})
		}
	}
	l.now.receipts[node] = receipt
}

// leaveBehind begins new epochs where the receipt knows more than the machine.
func (l *light) leaveBehind() {
	own := l.now.receipts[trust.DeviceName(l.id)]
	if own == nil || l.hq {
		return
	}
	for _, ranges := range []trust.Ranges{own.Merged, own.Stored} {
		for name, chains := range ranges {
			c, _ := domain.ParseCompartment(name)
			for key, have := range chains {
				chain, err := oplog.ParseChainKey(c, key)
				if err != nil || !l.rings[c] {
					continue
				}
				var last uint64
				if known := l.now.chains[chain]; known != nil {
					last = known.have.Last()
				}
				if have.Last() > last && !slices.Contains(l.now.replaced, chain.Epoch) {
					l.now.replaced = append(l.now.replaced, chain.Epoch)
				}
			}
		}
	}
}
