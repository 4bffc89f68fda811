package bundle

import (
	"crypto/sha256"
	"slices"

	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
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
	// Revoked says that the device was revoked, and that its lines must therefore stay invisible (E-REVOKED). Its signature
	// proves the end of a range all the same: nobody else can have made it.
	Revoked bool
	Fault   error // why it proves nothing; nil when it does
}

// Origin returns the machine that signed the end of a run: the sender, or by a witness another one. revoked says that the
// other one's lines must stay invisible. Fault E-WITNESS when nobody entitled signed it.
func (v *Verified) Origin(c domain.Compartment, run ChainRange) (device trust.Device, revoked bool, err error) {
	if run.Device == v.Device.ID {
		return v.Device, false, nil
	}
	witness, err := v.witnessOf(c, run)
	if err != nil {
		return trust.Device{}, false, err
	}
	return witness.Device, witness.Revoked, nil
}

// witnessOf finds the witness that proves the end of a run of another device: its own manifest names exactly this end, so
// nobody on the way can have invented, changed or left out a line inside.
func (v *Verified) witnessOf(c domain.Compartment, run ChainRange) (*VerifiedWitness, error) {
	where := run.Chain(c).String()
	err := error(fault.Newf("E-WITNESS", where, "no manifest of the origin proves the end of the range"))
	for i := range v.Witnesses {
		witness := &v.Witnesses[i]
		if witness.Manifest == nil || witness.Manifest.From != trust.DeviceName(run.Device) || !witness.Manifest.Covers(run.Chain(c), run.Last, run.Tip) {
			continue
		}
		if witness.Fault == nil {
			return witness, nil
		}
		err = fault.New("E-WITNESS", where, witness.Fault)
	}
	return nil, err
}

// proven holds forwarded ranges against the witnesses: only the origin can have signed a tip (security.md 5.6).
func (v *Verified) proven(part PartInfo) error {
	for _, run := range part.Chains {
		if trust.DeviceName(run.Device) == v.Manifest.From {
			continue
		}
		if _, err := v.witnessOf(part.Compartment, run); err != nil {
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
		witness.Fault = r.v.judgeWitness(&witness)
	}
	r.v.Witnesses = append(r.v.Witnesses, witness)
	return nil
}

// judgeWitness judges who signed a witness.
func (v *Verified) judgeWitness(w *VerifiedWitness) error {
	if v.Trust == nil {
		return fault.Newf("E-WITNESS", "", "nobody judged it")
	}
	signer, err := trust.Verify(w.Bytes.Signature, w.Bytes.Manifest, trust.NamespaceBundle)
	if err != nil {
		return fault.New("E-WITNESS", "", err)
	}
	cert, _ := signer.(*ssh.Certificate)
	device, err := v.Trust.Device(cert, v.JudgedAt())
	revoked := fault.Code(err) == "E-REVOKED" // then everything else about the certificate holds
	if revoked {
		device.ID, _ = trust.ParseDeviceName(cert.KeyId)
	} else if err != nil {
		return err
	}
	switch {
	case device.Name() != w.Manifest.From || w.Manifest.Training != v.Manifest.Training:
		return fault.Newf("E-WITNESS", "", "sender is not the signer, or of another world")
	case w.Manifest.Mission != v.Manifest.Mission || !revoked && !device.In(v.Manifest.Mission):
		return fault.Newf("E-WITNESS", "", "of another mission")
	}
	w.Device, w.Revoked = device, revoked
	return nil
}

// Covers reports whether a manifest's sender signed exactly this end of a chain.
func (m *Manifest) Covers(chain oplog.Chain, last uint64, tip [32]byte) bool {
	file, _ := m.Part(chain.Compartment)
	return slices.ContainsFunc(file.Chains, func(run ChainRange) bool {
		return run.Chain(chain.Compartment) == chain && run.Last == last && run.Tip == tip
	})
}
