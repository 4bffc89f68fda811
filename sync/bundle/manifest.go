package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// Hash is a SHA-256 value; in JSON 64 lower-case hexadecimal digits.
type Hash [32]byte

// String gives the hexadecimal form.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText gives the hexadecimal form.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the hexadecimal form and nothing else.
func (h *Hash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(h) || strings.ToLower(string(text)) != string(text) {
		return errors.New("not 64 lower-case hexadecimal digits")
	}
	copy(h[:], raw)
	return nil
}

// Fingerprint is SHA-256 of the ASCII form of a recipient, "age1pq1…", by which manifests name recipients.
func Fingerprint(recipient string) Hash { return sha256.Sum256([]byte(recipient)) }

// CapOperations is the one capability that a reader must know: lines in the form of security.md 5.
const CapOperations = "ops1"

// Manifest is bundle.json: it binds sender, user, addressees, sequence and every byte (security.md 6.3).
type Manifest struct {
	App      string    `json:"app"`    // version of the writing program
	Bundle   uuid.UUID `json:"bundle"` // UUIDv7
	Caps     []string  `json:"caps"`
	Created  time.Time `json:"created"` // for people; nothing is derived from it
	Files    []File    `json:"files"`   // every entry after the signatures, in order
	Format   string    `json:"format"`
	From     string    `json:"from"` // "device:<uuid>"
	Have     Have      `json:"have"`
	HLC      string    `json:"hlc"`  // 16 hexadecimal digits
	Kind     string    `json:"kind"` // domain.BundleField …
	Mission  uuid.UUID `json:"mission"`
	To       []Target  `json:"to"`
	Training bool      `json:"training"`
	User     string    `json:"user"` // "user:<uuid>"
}

// File is one entry. Compartment, Raw and Recipients belong to parts and blobs, Chains to parts only.
type File struct {
	Chains      []ChainRange `json:"chains,omitempty"`
	Compartment string       `json:"compartment,omitempty"`
	Name        string       `json:"name"`
	Raw         int64        `json:"raw,omitempty"` // unpacked size in bytes
	Recipients  []Hash       `json:"recipients,omitempty"`
	SHA256      Hash         `json:"sha256"`
	Size        int64        `json:"size"`
}

// ChainRange is a run of lines of one chain, with the link of the last one.
type ChainRange struct {
	Device uuid.UUID `json:"dev"`
	Epoch  uint32    `json:"ep"`
	First  uint64    `json:"first"`
	Last   uint64    `json:"last"`
	Tip    Hash      `json:"tip"` // L_last, security.md 5.3
}

// Chain returns the chain of the run in a compartment.
func (r ChainRange) Chain(c domain.Compartment) oplog.Chain {
	return oplog.Chain{Compartment: c, Device: r.Device, Epoch: r.Epoch}
}

// Lines returns the number of lines in the run.
func (r ChainRange) Lines() uint64 { return r.Last - r.First + 1 }

// Target is one addressed node with its own counter.
type Target struct {
	Node       string `json:"node"` // "hq" or "device:<uuid>"
	Previous   Hash   `json:"prev"` // of the previous manifest from this device to that node; zero at first
	Recipients []Hash `json:"recipients"`
	Sequence   uint64 `json:"seq"` // from 1 without gaps
}

// Have tells what the sender has applied. It steers what the other side sends and acknowledges nothing.
type Have struct {
	Chains    trust.Ranges `json:"chains"`    // of the rings that the exporter holds
	Directory uint64       `json:"directory"` // versions of the documents held, 0: none
	Mission   uint64       `json:"mission"`
	Receipt   uint64       `json:"receipt"`
	Wants     Wants        `json:"wants,omitempty"` // of attachments whose lines the exporter has
}

// Part returns the entry of a compartment's part.
func (m *Manifest) Part(c domain.Compartment) (File, bool) { return m.file(partName(c)) }

func (m *Manifest) file(name string) (File, bool) {
	for _, file := range m.Files {
		if file.Name == name {
			return file, true
		}
	}
	return File{}, false
}

// Target returns what the manifest says to a node.
func (m *Manifest) Target(node string) (Target, bool) {
	for _, target := range m.To {
		if target.Node == node {
			return target, true
		}
	}
	return Target{}, false
}

// Lines returns the number of lines in all parts.
func (m *Manifest) Lines() uint64 {
	var n uint64
	for _, file := range m.Files {
		for _, chain := range file.Chains {
			n += chain.Lines()
		}
	}
	return n
}

// stanzas returns the number of recipients of the outer layer.
func (m *Manifest) stanzas() (n int) {
	for _, target := range m.To {
		n += len(target.Recipients)
	}
	return n
}

func (m *Manifest) hasParts() bool {
	return slices.ContainsFunc(m.Files, func(f File) bool { return sectionOf(f.Name) == sectionPart })
}

// ParseManifest reads a manifest strictly: E-MANIFEST, E-VERSION for a format or capability from the future, E-LIMIT.
func ParseManifest(b []byte) (*Manifest, error) {
	if len(b) > maxManifest {
		return nil, fault.Newf("E-LIMIT", nameManifest, "manifest is longer than 1 MiB")
	}
	// What a newer program writes may have members that this one does not know, so its format is asked for first.
	if err := oplog.StrictJSON(b); err != nil {
		return nil, fault.New("E-MANIFEST", nameManifest, err)
	}
	var head struct {
		Format string
		Caps   []string
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fault.Newf("E-MANIFEST", nameManifest, "not a manifest")
	}
	if head.Format != format && strings.HasPrefix(head.Format, "feltbok-bundle/") {
		return nil, fault.Newf("E-VERSION", nameManifest, "unknown format")
	}
	if head.Format == format && slices.ContainsFunc(head.Caps, func(c string) bool { return c != CapOperations }) {
		return nil, fault.Newf("E-VERSION", nameManifest, "unknown capability")
	}
	var manifest Manifest
	if err := trust.DecodeStrict(b, &manifest); err != nil {
		return nil, fault.New("E-MANIFEST", nameManifest, err)
	}
	if err := manifest.check(); err != nil {
		return nil, err
	}
	return &manifest, nil
}

// parseRecipients turns "age1pq1…" strings into recipients and fingerprints.
func parseRecipients(texts []string) ([]age.Recipient, []Hash, error) {
	var recipients []age.Recipient
	var prints []Hash
	for _, text := range texts {
		recipient, err := age.ParseHybridRecipient(text)
		if err != nil || recipient.String() != text {
			return nil, nil, errors.New("not an age1pq recipient")
		}
		recipients, prints = append(recipients, recipient), append(prints, Fingerprint(text))
	}
	return recipients, prints, nil
}
