package workspace

import (
	"encoding/json"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// whyErased is what a stub says of the order that made it (security.md 5.5).
func whyErased(order oplog.Name) string { return "erase:" + order.String() }

// stubMarks tell why lines of one compartment are stubs: by reason and chain.
type stubMarks map[string]map[string]oplog.Intervals

func (m stubMarks) add(why string, name oplog.Name) {
	if m[why] == nil {
		m[why] = map[string]oplog.Intervals{}
	}
	key := oplog.Chain{Device: name.Device, Epoch: name.Epoch}.Key()
	intervals := m[why][key]
	intervals.Add(name.N)
	m[why][key] = intervals
}

func (m stubMarks) join(more stubMarks) stubMarks {
	out := stubMarks{}
	for _, marks := range []stubMarks{m, more} {
		for why, chains := range marks {
			if out[why] == nil {
				out[why] = map[string]oplog.Intervals{}
			}
			for key, intervals := range chains {
				out[why][key] = out[why][key].Union(intervals)
			}
		}
	}
	return out
}

func (m stubMarks) without(lines LineSet) stubMarks {
	out := stubMarks{}
	for why, chains := range m {
		if left := LineSet(chains).without(lines); len(left) > 0 {
			out[why] = left
		}
	}
	return out
}

func (m stubMarks) why(name oplog.Name) string {
	key := oplog.Chain{Device: name.Device, Epoch: name.Epoch}.Key()
	for why, chains := range m {
		if chains[key].Contains(name.N) {
			return why
		}
	}
	return ""
}

func saveStubs(tx *register.Tx, c domain.Compartment, m stubMarks) error {
	stored, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(c), register.SystemStubs, stored)
}

func (w *Workspace) loadStubs() error {
	for _, c := range domain.AllCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		stored, err := w.reg.System(domain.RingOf(c), register.SystemStubs)
		if err != nil {
			return err
		}
		if stored == nil {
			continue
		}
		marks := stubMarks{}
		if err := json.Unmarshal(stored, &marks); err != nil {
			return fault.New("V-DAMAGED", w.dir, err)
		}
		w.stubs[c] = marks
	}
	return nil
}

// Stub gives the line that stands on the wire for a line whose bytes are gone (security.md 5.5). previous is the link of
// the line before it.
func (w *Workspace) Stub(line register.StoredLine, previous [32]byte) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	return w.stub(line, previous)
}

func (w *Workspace) stub(line register.StoredLine, previous [32]byte) ([]byte, error) {
	out := oplog.Line{
		Kind: oplog.KindStub, Compartment: line.Compartment, Device: line.Name.Device, Epoch: line.Name.Epoch, N: line.Name.N,
		Previous: previous, Hash: line.Hash, Why: w.whyStub(line.Compartment, line.Name),
	}
	return out.Encode()
}

// whyStub finds the order behind a stub. A ring that nobody held when the order came is erased at the unlock of its next
// holder, who leaves no mark: then the newest order that this ring has obeyed stands for it.
func (w *Workspace) whyStub(c domain.Compartment, name oplog.Name) string {
	if why := w.stubs[c].why(name); why != "" {
		return why
	}
	erasures := w.reg.Erasures()
	for _, e := range slices.Backward(erasures) {
		if slices.Contains(e.Done, domain.RingOf(c)) {
			return whyErased(e.Operation)
		}
	}
	return "purged"
}
