package bundle

import (
	"crypto/sha256"
	"slices"

	"golang.org/x/crypto/ssh"

	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// VerifiedWitness is another device's manifest inside the file.
type VerifiedWitness struct {
	Manifest *Manifest
	Hash     [32]byte
	Device   trust.Device
	Bytes    Witness
	Fault    error // why it proves nothing; nil when it does
}

// proven holds forwarded ranges against the witnesses: only the origin can have signed a tip (security.md 5.6).
func (v *Verified) proven(part PartInfo) error {
	for _, run := range part.Chains {
		if trust.DeviceName(run.Device) == v.Manifest.From {
			continue
		}
		where := run.Chain(part.Compartment).String()
		err := error(fault.Newf("E-WITNESS", where, "no manifest of the origin proves the end of the range"))
		for _, witness := range v.Witnesses {
			if witness.Manifest == nil || witness.Manifest.From != trust.DeviceName(run.Device) {
				continue
			}
			file, _ := witness.Manifest.Part(part.Compartment)
			if !slices.ContainsFunc(file.Chains, func(own ChainRange) bool {
				return own.Device == run.Device && own.Epoch == run.Epoch && own.Last == run.Last && own.Tip == run.Tip
			}) {
				continue
			}
			if err = witness.Fault; err == nil {
				break
			}
			if fault.Code(err) != "E-REVOKED" {
				err = fault.New("E-WITNESS", where, err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// witness reads a manifest of another device with its signature.
func (r *reader) witness() error {
	file, text, err := r.whole()
	if err != nil {
		return err
	}
	if file.Name != "witness/"+Hash(sha256.Sum256(text)).String()+".json" {
		return fault.Newf("E-HASH", file.Name, "name of a witness is not its hash")
	}
	r.advance()
	if r.err != nil {
		return tarFault(file.Name, r.err)
	}
	_, signature, err := r.whole()
	if err != nil {
		return err
	}
	witness := VerifiedWitness{Hash: sha256.Sum256(text), Bytes: Witness{text, signature}}
	if witness.Manifest, witness.Fault = ParseManifest(text); witness.Fault == nil {
		witness.Device, witness.Fault = r.v.witnessedBy(witness)
	}
	r.v.Witnesses = append(r.v.Witnesses, witness)
	return nil
}

func (v *Verified) witnessedBy(w VerifiedWitness) (trust.Device, error) {
	if v.Trust == nil {
		return trust.Device{}, fault.Newf("E-WITNESS", "", "nobody judged it")
	}
	signer, err := trust.Verify(w.Bytes.Signature, w.Bytes.Manifest, trust.NamespaceBundle)
	if err != nil {
		return trust.Device{}, fault.New("E-WITNESS", "", err)
	}
	cert, _ := signer.(*ssh.Certificate)
	device, err := v.Trust.Device(cert, v.judgedAt())
	if err != nil {
		return trust.Device{}, err
	}
	if device.Name() != w.Manifest.From || w.Manifest.Training != v.Manifest.Training {
		return trust.Device{}, fault.Newf("E-WITNESS", "", "sender is not the signer, or of another world")
	}
	return device, nil
}

// Covers reports whether a manifest's sender signed exactly this end of a chain.
func (m *Manifest) Covers(chain oplog.Chain, last uint64, tip [32]byte) bool {
	file, _ := m.Part(chain.Compartment)
	return slices.ContainsFunc(file.Chains, func(run ChainRange) bool {
		return run.Chain(chain.Compartment) == chain && run.Last == last && run.Tip == tip
	})
}
