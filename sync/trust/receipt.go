package trust

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

const formatReceipt = "feltbok-receipt/1"

// maxReceipt limits a receipt in bytes, so that those of a whole mission fit into one bundle.
const maxReceipt = 1 << 20

// Ranges says which lines are meant: by compartment name, then by chain "<device>/<epoch>" (security.md 6.8).
type Ranges map[string]map[string]oplog.Intervals

// Of returns the intervals of a chain, nil when there are none.
func (r Ranges) Of(chain oplog.Chain) oplog.Intervals {
	return r[chain.Compartment.String()][chain.Key()]
}

// Check wants known compartments, chains in their only spelling and no empty member; the form of intervals is checked where
// they are read.
func (r Ranges) Check() error {
	if r == nil {
		return errors.New("ranges are null")
	}
	for name, chains := range r {
		compartment, err := domain.ParseCompartment(name)
		if err != nil || chains == nil {
			return errors.New("ranges of an unknown compartment")
		}
		for key, intervals := range chains {
			if _, err := oplog.ParseChainKey(compartment, key); err != nil {
				return err
			}
			if len(intervals) == 0 {
				return errors.New("a chain without intervals")
			}
		}
	}
	return nil
}

// Receipt is what HQ says about the lines of one device, over whatever route they came (security.md 6.8). It is cumulative:
// the newest version replaces all before.
type Receipt struct {
	At          time.Time       `json:"at"`
	Bundles     []BundleReceipt `json:"bundles"`
	Excluded    Ranges          `json:"excluded"` // taken out again by an undo
	For         string          `json:"for"`      // "device:<uuid>"
	Format      string          `json:"format"`
	Gaps        Ranges          `json:"gaps"` // lines that HQ misses
	HQ          string          `json:"hq"`   // "hq:<register>"
	Merged      Ranges          `json:"merged"`
	Quarantined []Quarantined   `json:"quarantined"`
	Stored      Ranges          `json:"stored"`
	Tips        Tips            `json:"tips,omitempty"` // of the end of each run in Merged and Stored, and of some lines before
	Training    bool            `json:"training"`
	Version     uint64          `json:"version"` // rises for each device
}

// BundleReceipt says how far one bundle came, by compartment name.
type BundleReceipt struct {
	Bundle uuid.UUID `json:"bundle"`
	Merged []string  `json:"merged"`
	Stored []string  `json:"stored"`
}

// Quarantined names a line that is kept and not shown, and why.
type Quarantined struct {
	Code        string     `json:"code"` // of security.md 6.5
	Compartment string     `json:"compartment"`
	Operation   oplog.Name `json:"op"`
}

// NewReceipt writes and signs a receipt with the certificate of a machine of HQ. Empty members are filled in; For, HQ, At
// and Version must be set.
func NewReceipt(receipt Receipt, key ed25519.PrivateKey, cert *ssh.Certificate) (Document, error) {
	receipt.Format = formatReceipt
	receipt.At = Seconds(receipt.At)
	for _, ranges := range []*Ranges{&receipt.Excluded, &receipt.Gaps, &receipt.Merged, &receipt.Stored} {
		if *ranges == nil {
			*ranges = Ranges{}
		}
	}
	bundles := []BundleReceipt{}
	for _, bundle := range receipt.Bundles {
		bundles = append(bundles, BundleReceipt{bundle.Bundle, append([]string{}, bundle.Merged...), append([]string{}, bundle.Stored...)})
	}
	receipt.Bundles, receipt.Quarantined = bundles, append([]Quarantined{}, receipt.Quarantined...)
	if err := receipt.check(); err != nil {
		return Document{}, fmt.Errorf("receipt: %w", err)
	}
	content, err := EncodeStrict(receipt)
	if err != nil {
		return Document{}, fmt.Errorf("receipt: %w", err)
	}
	if cert == nil || !slices.Contains(cert.ValidPrincipals, receipt.HQ) {
		return Document{}, errors.New("receipt: the certificate is not one of HQ")
	}
	signature, err := Sign(key, cert, NamespaceReceipt, content)
	if err != nil {
		return Document{}, fmt.Errorf("receipt: %w", err)
	}
	device, _ := ParseDeviceName(receipt.For)
	return Document{Name: ReceiptFile(device), Bytes: content, Signatures: [][]byte{signature}}, nil
}

func (r *Receipt) check() error {
	if r.Format != formatReceipt || r.Version == 0 {
		return errors.New("format or version")
	}
	if err := checkTime(r.At); err != nil {
		return err
	}
	if _, ok := ParseDeviceName(r.For); !ok {
		return errors.New("name of the device")
	}
	if _, ok := parseName(prefixHQ, r.HQ); !ok {
		return errors.New("name of hq")
	}
	for _, ranges := range []Ranges{r.Excluded, r.Gaps, r.Merged, r.Stored} {
		if err := ranges.Check(); err != nil {
			return err
		}
	}
	if err := r.Tips.check(); err != nil {
		return err
	}
	for _, bundle := range r.Bundles {
		for _, name := range slices.Concat(bundle.Merged, bundle.Stored) {
			if _, err := domain.ParseCompartment(name); err != nil {
				return errors.New("unknown compartment")
			}
		}
	}
	for _, entry := range r.Quarantined {
		if _, err := domain.ParseCompartment(entry.Compartment); err != nil || checkText(entry.Code, 16) != nil {
			return errors.New("quarantined line")
		}
	}
	return nil
}

// Receipt checks a receipt: its form, its world, and that a machine of our HQ signed it. at is when the receipt was first
// seen, or later; a receipt for another device passes too, for nodes forward them. Whether it is newer than the one held is
// for the caller to compare. Faults: E-DOC, E-WORLD, and those of [Trust.Device].
func (t *Trust) Receipt(doc Document, at time.Time) (*Receipt, error) {
	if len(doc.Bytes) > maxReceipt {
		return nil, fault.Newf("E-DOC", doc.Name, "receipt is longer than 1 MiB")
	}
	var receipt Receipt
	if err := DecodeStrict(doc.Bytes, &receipt); err != nil {
		return nil, fault.New("E-DOC", doc.Name, err)
	}
	if err := receipt.check(); err != nil {
		return nil, fault.New("E-DOC", doc.Name, err)
	}
	if receipt.Training != t.Training() {
		return nil, documentFault(doc.Name, errWorld)
	}
	device, _ := ParseDeviceName(receipt.For)
	if doc.Name != ReceiptFile(device) {
		return nil, fault.Newf("E-DOC", doc.Name, "name does not fit the device")
	}
	signed, err := doc.signers(NamespaceReceipt)
	if err != nil {
		return nil, fault.New("E-DOC", doc.Name, err)
	}
	cert, _ := signed[0].(*ssh.Certificate)
	signer, err := t.Device(cert, at)
	if err != nil {
		return nil, err
	}
	if len(signed) != 1 || !signer.HQ || receipt.HQ != HQName(t.directory.value.Register) {
		return nil, fault.Newf("E-DOC", doc.Name, "not signed by a machine of our HQ")
	}
	return &receipt, nil
}
