package simulation_test

import (
	"maps"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// pack takes what the receivers have not said that they have, per compartment that they may be sent.
func (l *light) pack(to []string) ([]*parcel, error) {
	node := hqNode
	if !l.hq {
		if !slices.Contains(to, hqNode) {
			to = append(slices.Clone(to), hqNode)
		}
		node = trust.DeviceName(l.id)
	}
	file := &lightFile{device: l.id, from: node, have: trust.Ranges{}}
	for _, c := range compared {
		if !l.rings[c] || c == domain.Special && (l.hq || len(to) > 1) {
			continue
		}
		for _, name := range slices.SortedFunc(maps.Keys(l.now.chains), oplog.Chain.Compare) {
			chain := l.now.chains[name]
			if name.Compartment != c || len(chain.have) == 0 {
				continue
			}
			put(file.have, name, chain.have)
			if name.Device != l.id {
				continue
			}
			last, first := chain.have.Last(), chain.have.Last()+1
			for _, receiver := range to {
				if gaps := l.acknowledged(receiver).Of(name).Gaps(last); len(gaps) > 0 {
					first = min(first, gaps[0][0])
				}
			}
			if first > last {
				continue
			}
			part, err := l.part(name, first, last)
			if err != nil {
				return nil, err
			}
			file.parts = append(file.parts, part)
		}
	}
	l.clock.Now()
	for device, receipt := range l.now.receipts {
		if l.hq || device != trust.DeviceName(l.id) {
			file.receipts = append(file.receipts, receipt)
		}
	}
	return []*parcel{{to: to, content: file}}, nil
}

func put(r trust.Ranges, chain oplog.Chain, have oplog.Intervals) {
	name := chain.Compartment.String()
	if r[name] == nil {
		r[name] = map[string]oplog.Intervals{}
	}
	r[name][chain.Key()] = r[name][chain.Key()].Union(have)
}

func (l *light) acknowledged(node string) trust.Ranges {
	if node != hqNode {
		return l.now.have[node]
	}
	known := trust.Ranges{}
	if own := l.now.receipts[trust.DeviceName(l.id)]; own != nil {
		join(known, own.Merged)
		join(known, own.Stored)
	}
	return known
}

func join(r, more trust.Ranges) {
	for name, chains := range more {
		if r[name] == nil {
			r[name] = map[string]oplog.Intervals{}
		}
		for key, have := range chains {
			r[name][key] = r[name][key].Union(have)
		}
	}
}

func (l *light) part(name oplog.Chain, first, last uint64) (lightPart, error) {
	chain := l.now.chains[name]
	part := lightPart{chain: name, first: first, last: last, tip: chain.lines[last].link}
	link := oplog.Genesis
	if first > 1 {
		link = chain.lines[first-1].link
	}
	for n := first; n <= last; n++ {
		stored := chain.lines[n]
		bytes := stored.bytes
		if bytes == nil {
			stub := &oplog.Line{
				Kind: oplog.KindStub, Compartment: name.Compartment, Device: name.Device, Epoch: name.Epoch, N: n, Previous: link, Hash: stored.hash,
				Why: "erase:" + l.now.erased[stored.caseID].String(),
			}
			var err error
			if bytes, err = stub.Encode(); err != nil {
				return part, err
			}
		}
		part.lines = append(part.lines, bytes)
		link = stored.link
	}
	return part, nil
}
