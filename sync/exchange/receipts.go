package exchange

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"

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
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemReceipts)
	if err != nil {
		return nil, err
	}
	return parseReceipts(stored, filepath.Base(reg.Dir()))
}

// storeReceipt keeps a receipt when it is newer than the one held; an older one changes nothing (security.md 6.8).
func storeReceipt(tx *register.Tx, r receiptDocument) error {
	stored, err := tx.System(domain.RingOf(domain.Open), register.SystemReceipts)
	if err != nil {
		return err
	}
	receipts, err := parseReceipts(stored, "")
	if err != nil {
		return err
	}
	if receipts[r.receipt.For].Version >= r.receipt.Version {
		return nil
	}
	receipts[r.receipt.For] = kept{Name: r.document.Name, Bytes: r.document.Bytes, Signatures: r.document.Signatures, Version: r.receipt.Version}
	out, err := json.Marshal(receipts)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(domain.Open), register.SystemReceipts, out)
}

// receiptFor returns the newest receipt held for a device; nil when there is none.
func receiptFor(ws *workspace.Workspace, device string) (*trust.Receipt, error) {
	reg := ws.Register()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	receipts, err := readReceipts(reg)
	if err != nil {
		return nil, err
	}
	k, ok := receipts[device]
	if !ok {
		return nil, nil
	}
	var receipt trust.Receipt
	if err := trust.DecodeStrict(k.Bytes, &receipt); err != nil {
		return nil, fault.New("V-DAMAGED", filepath.Base(reg.Dir()), err)
	}
	return &receipt, nil
}

func ownReceipt(ws *workspace.Workspace) (*trust.Receipt, error) {
	return receiptFor(ws, trust.DeviceName(ws.Me().Device))
}

// receipts lists the receipts that an export carries: at headquarters those of the addressed devices, in the field those
// of colleagues that are held.
func (e *exporting) receipts() ([]trust.Document, error) {
	receipts, err := readReceipts(e.ws.Register())
	if err != nil {
		return nil, err
	}
	var docs []trust.Document
	for device, k := range receipts {
		if e.ws.Me().HQ && !slices.Contains(e.nodes, device) {
			continue
		}
		if !e.ws.Me().HQ && device == trust.DeviceName(e.ws.Me().Device) {
			continue
		}
		docs = append(docs, trust.Document{Name: k.Name, Bytes: k.Bytes, Signatures: k.Signatures})
	}
	slices.SortFunc(docs, func(a, b trust.Document) int { return compareText(a.Name, b.Name) })
	return docs, nil
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

// acknowledge writes the new receipt for the sender of an import, at headquarters. It is cumulative and speaks of lines,
// whatever way they came.
func acknowledge(ctx context.Context, ws *workspace.Workspace, in *incomingFile) error {
	reg, node := ws.Register(), ws.Node()
	device := in.verified.Device
	before, err := receiptFor(ws, device.Name())
	if err != nil {
		return err
	}
	receipt := trust.Receipt{At: ws.Now(), For: device.Name(), HQ: trust.HQName(node.Register), Training: ws.Me().Training, Version: 1}
	if before != nil {
		receipt.Version = before.Version + 1
	}
	receipt.Merged, receipt.Gaps, receipt.Stored = Ranges{}, Ranges{}, Ranges{}
	for _, c := range domain.AllCompartments {
		for _, state := range reg.Chains(c) {
			if state.Chain.Device != device.ID || len(state.Have) == 0 {
				continue
			}
			put(receipt.Merged, state.Chain, state.Have)
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
		}
	}
	for _, part := range in.verified.Parts {
		if slices.Contains(in.plan.Waiting, part.Compartment.String()) {
			for _, run := range part.Chains {
				add(receipt.Stored, run.Chain(part.Compartment), run.First, run.Last)
			}
		}
	}
	receipt.Stored = without(receipt.Stored, receipt.Merged)
	for _, q := range ws.Quarantine() {
		if q.Name.Device == device.ID {
			receipt.Quarantined = append(receipt.Quarantined, trust.Quarantined{Code: q.Code, Compartment: q.Compartment.String(), Operation: q.Name})
		}
	}
	for _, t := range lastOf(in.counters.from(device.Name()).Manifests, receiptBundles) {
		receipt.Bundles = append(receipt.Bundles, trust.BundleReceipt{Bundle: t.Bundle, Merged: t.Merged, Stored: t.Stored})
	}
	doc, err := trust.NewReceipt(receipt, node.Key, node.Certificate)
	if err != nil {
		return err
	}
	return reg.Update(ctx, func(tx *register.Tx) error { return storeReceipt(tx, receiptDocument{doc, &receipt}) })
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
	return acknowledge(ctx, ws, in)
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
