package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/ssh"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
)

// Names of documents. A mission directory is "mission-<uuid>.json", a receipt "receipt-<uuid of the device>.json" and
// a root that has a successor may also travel as "root-<version>.json".
const (
	NameRoot      = "root.json"
	NameDirectory = "directory.json"
	NameRequest   = "request.json"
	NameGrant     = "grant.json"
)

// MissionFile returns the document name of a mission directory.
func MissionFile(mission uuid.UUID) string { return "mission-" + mission.String() + ".json" }

// ReceiptFile returns the document name of the receipt for a device.
func ReceiptFile(device uuid.UUID) string { return "receipt-" + device.String() + ".json" }

// MaxSignatures is how many detached signatures a document may have: .sig1 to .sig9.
const MaxSignatures = 9

// maxDocument limits one document (security.md 6.2).
const maxDocument = 16 << 20

// Document is a file that proves itself by detached signatures: root, directory, mission directory, receipt, enrolment
// request and grant. The bytes and signatures belong to the document and are not changed afterwards.
type Document struct {
	Name       string
	Bytes      []byte
	Signatures [][]byte // armored SSHSIG
}

// Errors that callers may look for inside an E-DOC fault.
var (
	// ErrOlder: a document of a lower version than the one held; harmless when a peer is behind, an attack otherwise.
	ErrOlder = errors.New("older than the one held")
	// ErrOtherContent: the version held, with other content.
	ErrOtherContent = errors.New("same version as the one held, other content")
	// ErrOrphaned: the held mission directory is signed by keys that the new directory does not list any more.
	ErrOrphaned = errors.New("its signers are not in the new directory")
)

// EncodeStrict writes a document or manifest: canonical JSON (sorted keys, no white space) and a line end.
func EncodeStrict(v any) ([]byte, error) {
	b, err := oplog.Canonical(v)
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// DecodeStrict reads what [EncodeStrict] writes from a value of the same type and nothing else: no member missing, unknown,
// repeated or in other case, no null, no white space. Errors do not repeat content.
func DecodeStrict(b []byte, into any) error {
	body, ok := bytes.CutSuffix(b, []byte("\n"))
	if !ok {
		return errors.New("no line end after the text")
	}
	if err := oplog.CanonicalJSON(body); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return errors.New("members do not fit the format")
	}
	again, err := oplog.Canonical(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, body) {
		return errors.New("a member is missing or not in its only spelling")
	}
	return nil
}

// signers verifies every signature of the document and returns the plain keys behind them. One signature that does not
// fit the text spoils the document: nobody sends such a thing by mistake.
func (d Document) signers(namespace string) ([]ssh.PublicKey, error) {
	if len(d.Bytes) > maxDocument {
		return nil, errors.New("document is longer than 16 MiB")
	}
	if len(d.Signatures) == 0 || len(d.Signatures) > MaxSignatures {
		return nil, fmt.Errorf("%d signatures", len(d.Signatures))
	}
	keys := make([]ssh.PublicKey, 0, len(d.Signatures))
	for _, signature := range d.Signatures {
		key, err := Verify(signature, d.Bytes, namespace)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// countListed says how many of the listed keys are among those that signed. A key counts once however often it signed.
func countListed(signed []ssh.PublicKey, listed []string) int {
	n := 0
	for _, text := range slices.Compact(slices.Sorted(slices.Values(listed))) {
		if slices.ContainsFunc(signed, func(key ssh.PublicKey) bool { return PublicText(key) == text }) {
			n++
		}
	}
	return n
}

// Inboxes maps the name of a compartment to the recipient of a node's inbox for it, "age1pq1…".
type Inboxes map[string]string

// For returns the recipient for a compartment, or "" when the node may not be sent it.
func (i Inboxes) For(c domain.Compartment) string { return i[c.String()] }

func (i Inboxes) check() error {
	if i == nil {
		return errors.New("inbox is null")
	}
	for name, recipient := range i {
		if _, err := domain.ParseCompartment(name); err != nil {
			return errors.New("inbox of an unknown compartment")
		}
		if err := checkRecipient(recipient); err != nil {
			return err
		}
	}
	return nil
}

// checkRecipient holds for every recipient that a document names. The directory of a mission names six for each machine, it
// comes with every file, and one takes longer to parse than to be found among those that were parsed before.
func checkRecipient(s string) error {
	sum := sha256.Sum256([]byte(s))
	if parsed.has(sum) {
		return nil
	}
	recipient, err := age.ParseHybridRecipient(s)
	if err != nil || recipient.String() != s {
		return errors.New("not an age1pq recipient in its only spelling")
	}
	parsed.add(sum)
	return nil
}

// mostParsed bounds what is remembered of recipients: more than a hundred large missions name.
const mostParsed = 1 << 16

// parsed are the SHA-256 of recipients that are good. Whether one is depends on nothing but its text.
var parsed parsedTexts

type parsedTexts struct {
	mu   sync.Mutex
	sums map[[32]byte]struct{}
}

func (p *parsedTexts) has(sum [32]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, there := p.sums[sum]
	return there
}

func (p *parsedTexts) add(sum [32]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sums == nil || len(p.sums) >= mostParsed {
		p.sums = map[[32]byte]struct{}{}
	}
	p.sums[sum] = struct{}{}
}

// checkTime wants times as everyone writes them: UTC, whole seconds, from 1970 on.
func checkTime(times ...time.Time) error {
	for _, t := range times {
		if t.IsZero() || t.Location() != time.UTC || t.Nanosecond() != 0 || t.Unix() < 0 {
			return errors.New("a time is not in UTC and whole seconds")
		}
	}
	return nil
}

// Seconds strips a time to what documents hold: UTC and whole seconds.
func Seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func checkHead(format, want string, version uint64, training, trainingWanted bool) error {
	switch {
	case format != want:
		return fmt.Errorf("format is not %s", want)
	case version == 0:
		return errors.New("version is zero")
	case training != trainingWanted:
		return errWorld
	}
	return nil
}

// errWorld becomes E-WORLD instead of E-DOC (security.md 6.10).
var errWorld = errors.New("training meets real")

// documentFault gives a refused document its code.
func documentFault(name string, err error) error {
	if errors.Is(err, errWorld) {
		return fault.New("E-WORLD", name, err)
	}
	return fault.New("E-DOC", name, err)
}

// checkText wants a short text for people: valid, on one line, no control characters.
func checkText(s string, limit int) error {
	if len(s) > limit || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0x2028 || r == 0x2029 }) {
		return fmt.Errorf("a text is longer than %d bytes or has control characters", limit)
	}
	return nil
}

var olderRoot = regexp.MustCompile(`^root-([1-9][0-9]{0,9})\.json$`)

// rootVersionName reports whether the name is that of a root, and the version in it (0: in the document only).
func rootVersionName(name string) (version uint64, ok bool) {
	if name == NameRoot {
		return 0, true
	}
	m := olderRoot.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	version, err := strconv.ParseUint(m[1], 10, 64)
	return version, err == nil
}
