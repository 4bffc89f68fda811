package exchange

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

type receiptDocument struct {
	document trust.Document
	receipt  *trust.Receipt
}

// kept is a receipt in system value 14: the newest of each device, by its name.
type kept struct {
	Name       string   `json:"name"`
	Bytes      []byte   `json:"bytes"`
	Signatures [][]byte `json:"signatures"`
	Version    uint64   `json:"version"`
	// Of the machine's own receipts: from Suspect on, by chain, somebody has shown lines of another copy (see
	// [acknowledgement]).
	Suspect map[string]map[string]uint64 `json:"suspect,omitempty"`
}

func (k kept) document() trust.Document {
	return trust.Document{Name: k.Name, Bytes: k.Bytes, Signatures: k.Signatures}
}

func parseReceipts(stored []byte, where string) (map[string]kept, error) {
	receipts := map[string]kept{}
	if stored == nil {
		return receipts, nil
	}
	if err := json.Unmarshal(stored, &receipts); err != nil {
		return nil, fault.New("V-DAMAGED", where, err)
	}
	return receipts, nil
}

func readReceipts(reg *register.Register) (map[string]kept, error) {
	if reg == nil {
		return nil, locked()
	}
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemReceipts)
	if err != nil {
		return nil, err
	}
	return parseReceipts(stored, filepath.Base(reg.Dir()))
}

// changeReceipts changes the kept receipts inside a transaction; change reports whether it did.
func changeReceipts(tx *register.Tx, change func(map[string]kept) bool) error {
	stored, err := tx.System(domain.RingOf(domain.Open), register.SystemReceipts)
	if err != nil {
		return err
	}
	receipts, err := parseReceipts(stored, "")
	if err != nil || !change(receipts) {
		return err
	}
	out, err := json.Marshal(receipts)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(domain.Open), register.SystemReceipts, out)
}

// storeReceipt keeps a receipt when it is newer than the one held; an older one changes nothing (security.md 6.8).
func storeReceipt(tx *register.Tx, r receiptDocument) error {
	return changeReceipts(tx, func(receipts map[string]kept) bool {
		before := receipts[r.receipt.For]
		if before.Version >= r.receipt.Version {
			return false
		}
		receipts[r.receipt.For] = kept{
			Name: r.document.Name, Bytes: r.document.Bytes, Signatures: r.document.Signatures, Version: r.receipt.Version, Suspect: before.Suspect,
		}
		return true
	})
}

func parseReceipt(k kept, where string) (*trust.Receipt, error) {
	if len(k.Bytes) == 0 {
		return nil, nil
	}
	var receipt trust.Receipt
	if err := trust.DecodeStrict(k.Bytes, &receipt); err != nil {
		return nil, fault.New("V-DAMAGED", where, err)
	}
	return &receipt, nil
}

// parsedReceipts reads the newest receipt of every device.
func parsedReceipts(reg *register.Register) (map[string]*trust.Receipt, error) {
	receipts, err := readReceipts(reg)
	if err != nil {
		return nil, err
	}
	out := map[string]*trust.Receipt{}
	for device, k := range receipts {
		receipt, err := parseReceipt(k, filepath.Base(reg.Dir()))
		if err != nil {
			return nil, err
		}
		if receipt != nil {
			out[device] = receipt
		}
	}
	return out, nil
}

// receiptFor returns the newest receipt held for a device; nil when there is none.
func receiptFor(ws *workspace.Workspace, device string) (*trust.Receipt, error) {
	receipts, err := readReceipts(ws.Register())
	if err != nil {
		return nil, err
	}
	return parseReceipt(receipts[device], filepath.Base(ws.Dir()))
}

func ownReceipt(ws *workspace.Workspace) (*trust.Receipt, error) {
	return receiptFor(ws, trust.DeviceName(ws.Me().Device))
}

// receiptsFor lists the receipts that go to the nodes: of each device of the mission the newest, unless they are known to have
// it. A receipt counts as known when the receiver says so of its own, or has said anything since the receipt went out; so one
// that was lost on the way goes again (security.md 6.8).
func receiptsFor(ws *workspace.Workspace, c *counters, mission *trust.Mission, nodes []string) ([]trust.Document, map[string]uint64, error) {
	receipts, err := readReceipts(ws.Register())
	if err != nil {
		return nil, nil, err
	}
	var docs []trust.Document
	versions := map[string]uint64{}
	for device, k := range receipts {
		if _, field := mission.Node(device); !field || len(k.Bytes) == 0 {
			continue
		}
		if slices.ContainsFunc(nodes, func(node string) bool { return node != trust.NodeHQ && c.lacksReceipt(node, device, k.Version) }) {
			docs = append(docs, k.document())
			versions[device] = k.Version
		}
	}
	slices.SortFunc(docs, func(a, b trust.Document) int { return compareText(a.Name, b.Name) })
	return docs, versions, nil
}

func (c *counters) lacksReceipt(node, device string, version uint64) bool {
	in, out := c.In[node], c.Out[node]
	if node == device {
		return in == nil || in.Receipt < version
	}
	return out == nil || out.Receipts[device] < version || in == nil || in.At <= out.At
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// acknowledgeAll writes new receipts at headquarters for every device whose lines a file brought, whichever way they came.
func acknowledgeAll(ctx context.Context, ws *workspace.Workspace, in *incomingFile) error {
	devices := []uuid.UUID{in.verified.Device.ID}
	for _, part := range in.verified.Parts {
		for _, run := range part.Chains {
			if !slices.Contains(devices, run.Device) {
				devices = append(devices, run.Device)
			}
		}
	}
	mission, ok := in.verified.Trust.Mission(in.verified.Manifest.Mission)
	for i, device := range devices {
		if i > 0 {
			if !ok {
				continue
			}
			if _, field := mission.Node(trust.DeviceName(device)); !field {
				continue
			}
		}
		if err := acknowledge(ctx, ws, in, device); err != nil {
			return err
		}
	}
	return nil
}

// acknowledge writes the new receipt for one device, at headquarters. It is cumulative and speaks of lines, whatever way they
// came.
func acknowledge(ctx context.Context, ws *workspace.Workspace, in *incomingFile, device uuid.UUID) error {
	reg, node := ws.Register(), ws.Node()
	name := trust.DeviceName(device)
	before, err := receiptFor(ws, name)
	if err != nil {
		return err
	}
	receipt := trust.Receipt{At: ws.Now(), For: name, HQ: trust.HQName(node.Register), Training: ws.Me().Training, Version: 1}
	if before != nil {
		receipt.Version = before.Version + 1
	}
	receipt.Merged, receipt.Gaps, receipt.Stored, receipt.Excluded = Ranges{}, Ranges{}, Ranges{}, excludedOf(ws, device)
	arriving, err := arrivingLines(ctx, ws, device)
	if err != nil {
		return err
	}
	for _, c := range domain.AllCompartments {
		for _, state := range reg.Chains(c) {
			if state.Chain.Device != device || len(state.Have) == 0 {
				continue
			}
			put(receipt.Merged, state.Chain, state.Have.Minus(arriving.Of(state.Chain)))
			if gaps := state.Have.Gaps(state.Have.Last()); len(gaps) > 0 {
				put(receipt.Gaps, state.Chain, gaps)
			}
		}
	}
	if before != nil {
		// What a user with more rings merged earlier stays merged, though this one cannot see it.
		merge(receipt.Merged, before.Merged)
		merge(receipt.Stored, before.Stored)
		// So does what it said of rings that this user does not hold.
		for _, c := range domain.AllCompartments {
			if reg.Holds(domain.RingOf(c)) {
				continue
			}
			if gaps := before.Gaps[c.String()]; len(gaps) > 0 {
				receipt.Gaps[c.String()] = gaps
			}
			for _, q := range before.Quarantined {
				if q.Compartment == c.String() {
					receipt.Quarantined = append(receipt.Quarantined, q)
				}
			}
			if excluded := before.Excluded[c.String()]; len(excluded) > 0 {
				receipt.Excluded[c.String()] = excluded
			}
		}
	}
	for _, part := range in.verified.Parts {
		if slices.Contains(in.plan.Waiting, part.Compartment.String()) {
			for _, run := range part.Chains {
				if run.Device == device {
					add(receipt.Stored, run.Chain(part.Compartment), run.First, run.Last)
				}
			}
		}
	}
	receipt.Stored = without(without(receipt.Stored, receipt.Merged), arriving)
	receipt.Tips = in.tips(reg, before, &receipt, device)
	for _, q := range ws.Quarantine() {
		if q.Name.Device == device {
			receipt.Quarantined = append(receipt.Quarantined, trust.Quarantined{Code: q.Code, Compartment: q.Compartment.String(), Operation: q.Name})
		}
	}
	for _, fork := range in.counters.Forks {
		if chain, ok := fork.chain(); ok && chain.Device == device && reg.Holds(domain.RingOf(chain.Compartment)) {
			receipt.Quarantined = append(receipt.Quarantined, trust.Quarantined{Code: "E-FORK", Compartment: fork.Compartment, Operation: chain.Name(fork.N)})
		}
	}
	for _, t := range lastOf(in.counters.from(name).Manifests, receiptBundles) {
		receipt.Bundles = append(receipt.Bundles, trust.BundleReceipt{Bundle: t.Bundle, Merged: t.Merged, Stored: t.Stored})
	}
	doc, err := trust.NewReceipt(receipt, node.Key, node.Certificate)
	if err != nil {
		return err
	}
	return reg.Update(ctx, func(tx *register.Tx) error { return storeReceipt(tx, receiptDocument{doc, &receipt}) })
}

// mostTips is how many links a receipt gives of one chain beside those that it must: the newest, so that a machine that was set
// back finds the one up to which nothing is lost.
const mostTips = 64

// tips gives the link of the end of every run that the receipt speaks of, and of ends in earlier receipts: from the register for
// what is merged, else as the device signed it.
func (in *incomingFile) tips(reg *register.Register, before, now *trust.Receipt, device uuid.UUID) trust.Tips {
	tips := trust.Tips{}
	for name, chains := range union(now.Merged, now.Stored) {
		c, err := domain.ParseCompartment(name)
		if err != nil {
			continue
		}
		for key := range chains {
			chain, err := oplog.ParseChainKey(c, key)
			if err != nil {
				continue
			}
			var earlier []trust.Tip
			if before != nil {
				earlier = before.Tips.Of(chain)
			}
			ends := map[uint64]bool{}
			for _, run := range now.Merged.Of(chain) {
				ends[run[1]] = true
			}
			for i, tip := range earlier {
				if len(earlier)-i <= mostTips || !reg.Known(c, chain.Name(tip.N)) {
					ends[tip.N] = true
					tips.Put(chain, tip.N, tip.Link)
				}
			}
			for _, fork := range in.counters.Forks { // up to a fork both sides are the same
				if forked, ok := fork.chain(); ok && forked == chain && fork.N > 1 {
					ends[fork.N-1] = true
				}
			}
			for n := range ends {
				if head, ok := reg.Head(c, chain.Name(n)); ok {
					tips.Put(chain, n, head.Link)
				}
			}
		}
	}
	for _, part := range in.verified.Parts {
		for _, run := range part.Chains {
			chain := run.Chain(part.Compartment)
			if run.Device == device && slices.Contains(in.plan.Waiting, part.Compartment.String()) {
				tips.Put(chain, run.Last, run.Tip)
			}
		}
	}
	return tips
}

// repeatReceipt makes up for a receipt that was not written, because the program ended between the import and it.
func repeatReceipt(ctx context.Context, ws *workspace.Workspace, in *incomingFile) error {
	if !ws.Me().HQ {
		return nil
	}
	receipt, err := receiptFor(ws, in.verified.Device.Name())
	if err != nil {
		return err
	}
	if receipt != nil && slices.ContainsFunc(receipt.Bundles, func(b trust.BundleReceipt) bool {
		return b.Bundle == in.known.Bundle && len(b.Merged) == len(in.known.Merged)
	}) {
		return nil
	}
	if recent := lastOf(in.counters.from(in.verified.Manifest.From).Manifests, receiptBundles); receipt != nil &&
		!slices.ContainsFunc(recent, func(t taken) bool { return t.Bundle == in.known.Bundle }) {
		return nil // too long ago to stand in a receipt; its lines do
	}
	return acknowledgeAll(ctx, ws, in)
}

// receiptBundles is how many bundles a receipt names, the newest; its lines it names all.
const receiptBundles = 32

func put(r Ranges, chain oplog.Chain, intervals oplog.Intervals) {
	for _, i := range intervals {
		add(r, chain, i[0], i[1])
	}
}

func without(r, minus Ranges) Ranges {
	out := Ranges{}
	for name, chains := range r {
		for key, intervals := range chains {
			if rest := intervals.Minus(minus[name][key]); len(rest) > 0 {
				if out[name] == nil {
					out[name] = map[string]oplog.Intervals{}
				}
				out[name][key] = rest
			}
		}
	}
	return out
}

func lastOf(list []taken, n int) []taken { return list[max(0, len(list)-n):] }
