package exchange

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// maxWitnessText bounds the kept manifests unpacked; they are our own writing, so more is damage.
const maxWitnessText = 1 << 30

// proof is another machine's manifest, kept with its signature so that the machine's lines can be forwarded with it
// (security.md 5.6).
type proof struct {
	witness bundle.Witness
	device  uuid.UUID
	files   []provenFile
}

// provenFile is what a manifest says of one part.
type provenFile struct {
	Compartment string              `json:"compartment"`
	Chains      []bundle.ChainRange `json:"chains"`
}

func newProof(w bundle.Witness, m *bundle.Manifest) (proof, bool) {
	device, ok := trust.ParseDeviceName(m.From)
	p := proof{witness: w, device: device}
	for _, file := range m.Files {
		p.files = append(p.files, provenFile{file.Compartment, file.Chains})
	}
	return p, ok
}

// keptProof reads a manifest that was proven before it was kept: only what is asked of it here.
func keptProof(w bundle.Witness) (proof, bool) {
	var m struct {
		From  string       `json:"from"`
		Files []provenFile `json:"files"`
	}
	if err := json.Unmarshal(w.Manifest, &m); err != nil {
		return proof{}, false
	}
	device, ok := trust.ParseDeviceName(m.From)
	return proof{w, device, m.Files}, ok
}

// runs gives what the sender itself signed of its own chains.
func (p proof) runs(each func(oplog.Chain, bundle.ChainRange)) {
	for _, file := range p.files {
		c, err := domain.ParseCompartment(file.Compartment)
		if err != nil {
			continue
		}
		for _, run := range file.Chains {
			if run.Device == p.device {
				each(run.Chain(c), run)
			}
		}
	}
}

type keptWitness struct {
	Manifest  []byte `json:"manifest"`
	Signature []byte `json:"signature"`
}

func readProofs(reg *register.Register) ([]proof, error) {
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemWitnesses)
	if err != nil {
		return nil, err
	}
	return parseProofs(stored, filepath.Base(reg.Dir()))
}

func parseProofs(stored []byte, where string) ([]proof, error) {
	if stored == nil {
		return nil, nil
	}
	damaged := func(err error) error { return fault.New("V-DAMAGED", where, err) }
	zipped, err := gzip.NewReader(bytes.NewReader(stored))
	if err != nil {
		return nil, damaged(err)
	}
	text, err := io.ReadAll(io.LimitReader(zipped, maxWitnessText))
	if err != nil {
		return nil, damaged(err)
	}
	var list []keptWitness
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, damaged(err)
	}
	var proofs []proof
	for _, kept := range list {
		if p, ok := keptProof(bundle.Witness(kept)); ok {
			proofs = append(proofs, p)
		}
	}
	return proofs, nil
}

func saveProofs(tx *register.Tx, proofs []proof) error {
	list := make([]keptWitness, len(proofs))
	for i, p := range proofs {
		list[i] = keptWitness(p.witness)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	if _, err := zipped.Write(text); err != nil {
		return err
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(domain.Open), register.SystemWitnesses, packed.Bytes())
}

// after says what the register will hold when the file is in, and the link of each line.
type after struct {
	reg   *register.Register
	have  map[oplog.Chain]oplog.Intervals
	links map[domain.Compartment]map[oplog.Name][32]byte
}

func (in *incomingFile) after(reg *register.Register) after {
	a := after{reg: reg, have: map[oplog.Chain]oplog.Intervals{}, links: map[domain.Compartment]map[oplog.Name][32]byte{}}
	for _, c := range domain.AllCompartments {
		if reg.Holds(domain.RingOf(c)) {
			a.links[c] = map[oplog.Name][32]byte{}
			for _, state := range reg.Chains(c) {
				a.have[state.Chain] = slices.Clone(state.Have)
			}
		}
	}
	for i := range in.lines {
		line := &in.lines[i]
		chain, name := line.Line.Chain(), line.Line.Name()
		have := a.have[chain]
		have.Add(name.N)
		a.have[chain], a.links[chain.Compartment][name] = have, line.Link
	}
	return a
}

func (a after) link(chain oplog.Chain, n uint64) ([32]byte, bool) {
	if link, ok := a.links[chain.Compartment][chain.Name(n)]; ok {
		return link, true
	}
	head, ok := a.reg.Head(chain.Compartment, chain.Name(n))
	return head.Link, ok
}

// keepProofs stores the manifests that prove the ends of what is held: the sender's own and the witnesses of the file. One
// that proves no end any more is dropped. Of compartments that this user does not hold the newest of each chain stays, for a
// colleague on the same machine may forward them.
func (in *incomingFile) keepProofs(tx *register.Tx) error {
	reg := in.reg
	stored, err := tx.System(domain.RingOf(domain.Open), register.SystemWitnesses)
	if err != nil {
		return err
	}
	proofs, err := parseProofs(stored, filepath.Base(reg.Dir()))
	if err != nil {
		return err
	}
	before := len(proofs)
	arrive := func(w bundle.Witness, m *bundle.Manifest) {
		known := slices.ContainsFunc(proofs, func(p proof) bool { return bytes.Equal(p.witness.Manifest, w.Manifest) })
		if p, ok := newProof(w, m); ok && !known && p.device != in.me.Device {
			proofs = append(proofs, p)
		}
	}
	arrive(bundle.Witness{Manifest: in.verified.ManifestBytes, Signature: in.verified.Signature}, in.verified.Manifest)
	for _, w := range in.verified.Witnesses {
		if w.Fault == nil {
			arrive(w.Bytes, w.Manifest)
		}
	}
	a, rings := in.after(reg), reg.Rings()
	newest := map[oplog.Chain]uint64{}
	for _, p := range proofs {
		p.runs(func(chain oplog.Chain, run bundle.ChainRange) { newest[chain] = max(newest[chain], run.Last) })
	}
	needed := func(p proof) (need bool) {
		p.runs(func(chain oplog.Chain, run bundle.ChainRange) {
			ring := domain.RingOf(chain.Compartment)
			if !reg.Holds(ring) {
				need = need || slices.Contains(rings, ring) && newest[chain] == run.Last
				return
			}
			ends := slices.ContainsFunc(a.have[chain], func(i oplog.Interval) bool { return i[1] == run.Last })
			link, ok := a.link(chain, run.Last)
			need = need || ends && ok && link == run.Tip
		})
		return need
	}
	kept := slices.DeleteFunc(proofs, func(p proof) bool { return !needed(p) })
	if len(kept) == 0 && before == 0 {
		return nil
	}
	return saveProofs(tx, kept)
}

// listen takes what other machines say of themselves in the manifests that the file brings as witnesses: signed by them, so
// as good as a bundle of theirs (pains.md row 17).
func (in *incomingFile) listen(ws *workspace.Workspace) {
	for _, w := range in.verified.Witnesses {
		if w.Fault != nil || w.Revoked || w.Device.ID == in.me.Device {
			continue
		}
		sender := in.counters.from(w.Manifest.From)
		if w.Manifest.HLC > sender.HLC {
			sender.heard(w.Manifest)
			sender.At = stamp(ws.Now())
		}
	}
}

// heard takes the word of a machine about itself. It counts compartment by compartment: a machine put back to an older state
// says less than before, and a user speaks only for the rings that he holds.
func (in *incoming) heard(m *bundle.Manifest) {
	have := Ranges{}
	merge(have, in.Have)
	maps.Copy(have, m.Have.Chains)
	wants := bundle.Wants{}
	maps.Copy(wants, in.Wants)
	for c := range m.Have.Chains {
		delete(wants, c)
	}
	maps.Copy(wants, m.Have.Wants)
	in.Wants = wants
	in.HLC, in.App, in.Have, in.Receipt = max(in.HLC, m.HLC), m.App, have, m.Have.Receipt
	in.Mission = m.Have.Mission
}
