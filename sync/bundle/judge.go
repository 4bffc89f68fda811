package bundle

import (
	"errors"
	"slices"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/trust"
)

// JudgedAt is the moment by which certificates are judged: when the file was first seen.
func (v *Verified) JudgedAt() time.Time { return v.now }

// judge holds manifest, signatures and documents against the policy (security.md 6.5, steps 3 to 5). The world comes
// first, for nothing of the other one may be looked at further.
func judge(v *Verified, f *front, policy Policy) error {
	m := v.Manifest
	v.now = policy.Now
	if m.Training != policy.Training {
		return fault.Newf("E-WORLD", "", "training meets real")
	}
	if err := takeDocuments(v, policy); err != nil {
		return err
	}
	signer, err := trust.Verify(v.Signature, v.ManifestBytes, trust.NamespaceBundle)
	if err != nil {
		return fault.New("E-SIG", nameSignature, err)
	}
	if err := checkKind(m); err != nil {
		return err
	}
	cert, certified := signer.(*ssh.Certificate)
	if m.Kind == domain.BundleEnrolRequest && !certified {
		err = judgeApplicant(v, f, signer)
	} else {
		err = judgeDevice(v, f, cert, policy)
	}
	if err != nil {
		return err
	}
	return judgeAddress(v, policy)
}

// takeDocuments lets the documents of the file prove themselves, in memory only.
func takeDocuments(v *Verified, policy Policy) error {
	if policy.Trust != nil && policy.Trust.Training() != policy.Training {
		return fault.Newf("E-WORLD", "", "own trust is of another world")
	}
	if policy.Trust != nil {
		v.Trust, v.DocumentErrors = policy.Trust.Accept(policy.Now, v.Documents...)
		return nil
	}
	if policy.Enrolment == nil || v.Manifest.Kind != domain.BundleEnrol {
		return fault.Newf("E-CERT", "", "this machine has no root to judge by")
	}
	own, refused, err := trust.Gather(v.Documents...)
	if err != nil {
		return fault.New("E-CERT", "", err)
	}
	if want := policy.Enrolment.Root; want != [32]byte{} && trust.Fingerprint(own.FirstRoot()) != want {
		return fault.Newf("E-CERT", trust.NameRoot, "root is not the one expected")
	}
	if own.Training() != policy.Training {
		return fault.Newf("E-WORLD", trust.NameRoot, "training meets real")
	}
	v.Trust, v.DocumentErrors = own, refused
	return nil
}

// judgeDevice judges the two certificate signatures.
func judgeDevice(v *Verified, f *front, cert *ssh.Certificate, policy Policy) error {
	m := v.Manifest
	device, err := v.Trust.Device(cert, v.now)
	if err != nil {
		return err
	}
	if device.Name() != m.From {
		return fault.Newf("E-CERT", nameSignature, "the certificate belongs to another device than the sender")
	}
	if !device.In(m.Mission) {
		return fault.Newf("E-CERT", nameSignature, "the device is not in this mission")
	}
	if err := checkSender(m, device); err != nil {
		return err
	}
	v.Device = device
	if err := judgeUser(v, f, policy); err != nil {
		return err
	}
	if policy.Enrolment != nil && m.Kind == domain.BundleEnrol {
		return takeGrant(v, policy)
	}
	return nil
}

func judgeUser(v *Verified, f *front, policy Policy) error {
	m := v.Manifest
	if f.userSignature == nil {
		if m.hasParts() {
			return fault.Newf("E-SIG", nameUserSignature, "parts without the signature of a user")
		}
		return nil
	}
	signer, err := trust.Verify(f.userSignature, v.ManifestBytes, trust.NamespaceBundle)
	if err != nil {
		return fault.New("E-SIG", nameUserSignature, err)
	}
	cert, _ := signer.(*ssh.Certificate)
	user, err := v.Trust.User(cert, v.now)
	if err != nil {
		return err
	}
	if user.Name() != m.User {
		return fault.Newf("E-CERT", nameUserSignature, "the certificate belongs to another user than the manifest names")
	}
	if err := checkRoles(m, user.RolesIn(m.Mission)); err != nil && !policy.AnyRole {
		return err
	}
	v.User = user
	return nil
}

// judgeApplicant judges an enrolment request: the bare key that signed is the one the request asks a certificate for.
func judgeApplicant(v *Verified, f *front, signer ssh.PublicKey) error {
	m := v.Manifest
	if f.userSignature != nil || m.hasParts() {
		return fault.Newf("E-KIND", nameManifest, "an enrolment request has no parts and no user signature")
	}
	i := slices.IndexFunc(v.Documents, func(d trust.Document) bool { return d.Name == trust.NameRequest })
	if i < 0 {
		return fault.Newf("E-MANIFEST", trust.NameRequest, "an enrolment request without the request")
	}
	request, err := trust.ParseRequest(v.Documents[i])
	if err != nil {
		return wholeFile(err)
	}
	switch {
	case request.Training != m.Training:
		return fault.Newf("E-WORLD", trust.NameRequest, "training meets real")
	case trust.PublicText(signer) != request.Key:
		return fault.Newf("E-SIG", nameSignature, "signed by another key than the one in the request")
	case request.Device != m.From || !slices.ContainsFunc(request.Users, func(u trust.RequestUser) bool { return u.User == m.User }):
		return fault.Newf("E-CERT", trust.NameRequest, "sender or user is not the one in the request")
	}
	v.Request = &request
	return nil
}

// takeGrant walks from the root to the new device's own certificates.
func takeGrant(v *Verified, policy Policy) error {
	i := slices.IndexFunc(v.Documents, func(d trust.Document) bool { return d.Name == trust.NameGrant })
	if i < 0 {
		return fault.Newf("E-MANIFEST", trust.NameGrant, "an enrolment without the grant")
	}
	granted, err := v.Trust.Grant(v.Documents[i], policy.Enrolment.Request, v.now)
	if err != nil {
		return wholeFile(err)
	}
	v.Grant = granted
	return nil
}

// wholeFile raises a document that does not prove itself to a refusal of the file, which is worth nothing without it.
func wholeFile(err error) error {
	if fault.Code(err) == "E-DOC" {
		return fault.New("E-SIG", "", err)
	}
	return err
}

// judgeAddress holds the own place among the addressees: no file is taken that the sender did not mean for this node.
func judgeAddress(v *Verified, policy Policy) error {
	if policy.Node == "" {
		return nil
	}
	target, ok := v.Manifest.Target(policy.Node)
	if !ok {
		return fault.Newf("E-TO", nameManifest, "the file is not addressed to this node")
	}
	if !slices.Contains(target.Recipients, v.Opened) {
		return fault.Newf("E-TO", nameManifest, "the identity that opens the file is not the one addressed")
	}
	return nil
}

// addressed reports whether one of the identities is meant by the fingerprints.
func addressed(identities []age.Identity, recipients []Hash) bool {
	var opened Hash
	watched, err := watch(identities, &opened)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(watched, func(identity age.Identity) bool {
		w, ok := identity.(witnessed)
		return ok && slices.Contains(recipients, w.print)
	})
}

// IsOlder reports whether a refused document was only older than the one held, which is no cause for alarm.
func IsOlder(err error) bool { return errors.Is(err, trust.ErrOlder) }
