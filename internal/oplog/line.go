package oplog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"feltbok/internal/domain"

	"github.com/google/uuid"
)

// MaxLine is the greatest length of a line in bytes, without LF (security.md 5.1).
const MaxLine = 256 << 10

// Kind tells what a line does; it stands in the member `t`.
type Kind string

// The kinds of security.md 5.1.
const (
	KindChain   Kind = "chain"   // first line of a chain: audience, training, app, replaced epochs (5.2)
	KindSet     Kind = "set"     // writes fields of one object
	KindBox     Kind = "box"     // the same, sealed to named readers (5.4)
	KindSignoff Kind = "signoff" // a finished interview, signed by its author (5.5)
	KindRedact  Kind = "redact"  // named lines become stubs (5.5)
	KindErase   Kind = "erase"   // a case is destroyed (5.5)
	KindStub    Kind = "stub"    // stands for a line whose bytes are gone (5.5)
)

// Line is one operation of the log. Which members a kind carries is fixed: [Line.Encode] refuses a member that is set
// but does not belong to the kind.
//
// All kinds but stub: By, HLC, and optionally ClockSuspect; all but chain and stub optionally Source.
type Line struct {
	Kind        Kind
	By          uuid.UUID          // the user
	Compartment domain.Compartment // c
	// Case the line belongs to, for whose keys it dies with; Nil: none. Required for erase; never on a chain line, in
	// `audit`, or in `open` (where only erase names a case).
	Case     uuid.UUID
	Device   uuid.UUID
	Epoch    uint32
	N        uint64   // position in the chain, from 1
	HLC      HLC      // logical time of writing
	Previous [32]byte // ph: link of the line before; [Genesis] for the first

	// set; and on a box line after [Line.Open]
	Form    string                     // question set and version, for example "cm@7"; "" when no form was used
	Object  uuid.UUID                  // obj
	Type    domain.Type                // type
	Set     map[string]json.RawMessage // field -> value in canonical JSON; never empty
	Parents map[string][]Name          // par: for fields of Set, the writes that the author saw; none for a first write

	Source       []Name // src: the lines of which this is a new issue for another audience (5.2)
	ClockSuspect bool   // clk "s": the author's clock was known to be wrong

	// chain
	Audience string // "hq", "mission:<uuid>", "device:<uuid>", "course:<uuid>" or "partner:<id>"
	Training bool
	App      string   // version of the writing program
	Replaces []uint32 // older epochs of the device, ascending

	Box []byte // box: the age file itself

	Redacts []Redaction // redact: names
	Reason  string      // redact, erase

	// signoff
	Interview  uuid.UUID
	Operations []Name // ops
	Signature  string // sig: armored SSHSIG over [SignoffText]

	// stub
	Hash [32]byte // h: hash of the line it stands for
	Why  string   // "redact:<op>", "erase:<op>" or "purged"
}

// Redaction names a line that becomes a stub, with the parents it had: without them a value that it had replaced
// would rise again (security.md 5.5).
type Redaction struct {
	Name    Name
	Parents map[string][]Name
}

// Name gives the operation's name.
func (l Line) Name() Name { return Name{Device: l.Device, Epoch: l.Epoch, N: l.N} }

// Origin gives the name under which the line's write counts in the merge: its own, or that of the line that it is a new issue
// of. So a value that comes twice, as written and issued again for another audience, is one write (security.md 5.2, decision 22).
func (l *Line) Origin() Name {
	if l.reissued() {
		return l.Source[0]
	}
	return l.Name()
}

func (l *Line) reissued() bool { return len(l.Source) == 1 }

// Says reports whether two lines are one write: the same author, time, object, values and parents, wherever they stand. A line
// and a new issue of it are; two lines to which two copies of a machine gave one name are not.
func (l *Line) Says(other *Line) bool {
	return l.By == other.By && l.HLC == other.HLC && l.ClockSuspect == other.ClockSuspect && l.Form == other.Form &&
		l.Compartment == other.Compartment && l.Case == other.Case && l.Object == other.Object && l.Type == other.Type &&
		maps.EqualFunc(l.Set, other.Set, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) &&
		maps.EqualFunc(l.Parents, other.Parents, func(a, b []Name) bool { return slices.Equal(a, b) })
}

// apart is a new issue that counts under its own name.
func (l *Line) apart() *Line {
	own := *l
	own.Source = nil
	return &own
}

// Chain gives the chain the line belongs to.
func (l Line) Chain() Chain {
	return Chain{Compartment: l.Compartment, Device: l.Device, Epoch: l.Epoch}
}

// Justification splits Why of a stub: the kind of the line that ordered it and that line's name. ok is false for
// "purged", which always counts as a gap (security.md 5.5).
func (l Line) Justification() (kind Kind, by Name, ok bool) {
	order, text, found := strings.Cut(l.Why, ":")
	if !found {
		return "", Name{}, false
	}
	by, err := ParseName(text)
	return Kind(order), by, err == nil
}

const (
	maxText   = 64       // bytes of a type, field, form, app version, partner id
	maxReason = 4 << 10  // bytes
	maxSig    = 16 << 10 // bytes (security.md 6.2)
)

// check holds the rules that a line obeys beyond JSON. Parse and Encode share it.
func (l *Line) check() error {
	if l.Compartment < domain.Open || l.Compartment > domain.Audit {
		return errors.New("unknown compartment")
	}
	if l.Device == uuid.Nil || l.Epoch == 0 || l.N == 0 || l.N > maxInteger {
		return errors.New("no name")
	}
	if first := l.N == 1; first != (l.Previous == Genesis) {
		return errors.New("ph does not fit the position")
	}
	if l.Kind == KindStub {
		return l.checkStub()
	}
	if l.By == uuid.Nil {
		return errors.New("no user")
	}
	if (l.N == 1) != (l.Kind == KindChain) {
		return errors.New("a chain begins with its chain line and has no other")
	}
	if err := l.checkCase(); err != nil {
		return err
	}
	if err := l.checkForeign(); err != nil {
		return err
	}
	switch l.Kind {
	case KindChain:
		return l.checkChain()
	case KindSet:
		if l.Compartment.Boxed() && !(l.Compartment == domain.Sealed && strings.HasSuffix(string(l.Type), "_import")) {
			return errors.New("a plain write in a boxed compartment") // security.md 5.4
		}
		return checkWrite(l.Name(), l.Form, l.Object, l.Type, l.Set, l.Parents)
	case KindBox:
		if !l.Compartment.Boxed() {
			return errors.New("a box in a plain compartment")
		}
		if len(l.Box) == 0 {
			return errors.New("an empty box")
		}
	case KindSignoff:
		if l.Compartment == domain.Audit {
			return errors.New("a sign-off in the audit log")
		}
		if l.Interview == uuid.Nil || len(l.Operations) == 0 || l.Signature == "" || len(l.Signature) > maxSig || !utf8.ValidString(l.Signature) {
			return errors.New("incomplete sign-off")
		}
		return checkNames(l.Operations)
	case KindRedact:
		return l.checkRedact()
	case KindErase:
		return checkReason(l.Reason)
	default:
		return errors.New("unknown kind")
	}
	return nil
}

func (l *Line) checkCase() error {
	switch {
	case l.Kind == KindErase:
		if l.Case == uuid.Nil {
			return errors.New("an erasure without a case")
		}
	case l.Case == uuid.Nil:
	case l.Kind == KindChain, l.Compartment == domain.Open, l.Compartment == domain.Audit:
		return errors.New("a case where none may be named")
	}
	return nil
}

// checkForeign refuses members that do not belong to the kind, so that nothing is dropped silently on writing and an
// opened box is never written out as plain text.
func (l *Line) checkForeign() error {
	write := l.Object != uuid.Nil || l.Type != "" || l.Form != "" || len(l.Set) > 0 || len(l.Parents) > 0
	chain := l.Audience != "" || l.Training || l.App != "" || len(l.Replaces) > 0
	signoff := l.Interview != uuid.Nil || len(l.Operations) > 0 || l.Signature != ""
	switch {
	case write && l.Kind != KindSet,
		chain && l.Kind != KindChain,
		signoff && l.Kind != KindSignoff,
		len(l.Box) > 0 && l.Kind != KindBox,
		len(l.Redacts) > 0 && l.Kind != KindRedact,
		l.Reason != "" && l.Kind != KindRedact && l.Kind != KindErase,
		len(l.Source) > 0 && l.Kind == KindChain,
		l.Hash != [32]byte{} || l.Why != "":
		return fmt.Errorf("a member that does not belong to kind %q", l.Kind)
	}
	return checkNames(l.Source)
}

func (l *Line) checkStub() error {
	plain := Line{
		Kind: KindStub, Compartment: l.Compartment, Device: l.Device, Epoch: l.Epoch, N: l.N, Previous: l.Previous,
		By: l.By, Case: l.Case,
	}
	if l.By != uuid.Nil || l.Case != uuid.Nil || l.HLC != 0 || l.ClockSuspect || len(l.Source) > 0 {
		return errors.New("a stub with more than its place")
	}
	plain.Object, plain.Type, plain.Form, plain.Set, plain.Parents = l.Object, l.Type, l.Form, l.Set, l.Parents
	plain.Audience, plain.Training, plain.App, plain.Replaces = l.Audience, l.Training, l.App, l.Replaces
	plain.Box, plain.Redacts, plain.Reason = l.Box, l.Redacts, l.Reason
	plain.Interview, plain.Operations, plain.Signature = l.Interview, l.Operations, l.Signature
	if err := plain.checkForeign(); err != nil {
		return err
	}
	if l.Why == "purged" {
		return nil
	}
	if kind, _, ok := l.Justification(); !ok || kind != KindRedact && kind != KindErase {
		return errors.New("a stub without a reason")
	}
	return nil
}

func (l *Line) checkChain() error {
	if !validAudience(l.Audience) {
		return errors.New("unknown audience")
	}
	if !shortText(l.App) {
		return errors.New("no app version")
	}
	for i, epoch := range l.Replaces {
		if epoch == 0 || epoch == l.Epoch || i > 0 && epoch <= l.Replaces[i-1] {
			return errors.New("malformed list of replaced epochs")
		}
	}
	return nil
}

func validAudience(audience string) bool {
	who, id, ok := strings.Cut(audience, ":")
	switch who {
	case "hq":
		return !ok
	case "mission", "device", "course":
		_, err := parseUUID(id)
		return err == nil
	case "partner":
		return identifier(id)
	}
	return false
}

func (l *Line) checkRedact() error {
	if len(l.Redacts) == 0 {
		return errors.New("a redaction of nothing")
	}
	for i, r := range l.Redacts {
		if !validName(r.Name) || i > 0 && r.Name.Compare(l.Redacts[i-1].Name) <= 0 {
			return errors.New("malformed list of redacted lines")
		}
		if err := checkParents(r.Name, r.Parents); err != nil {
			return err
		}
	}
	return checkReason(l.Reason)
}

func checkReason(reason string) error {
	if reason == "" || len(reason) > maxReason || !utf8.ValidString(reason) {
		return errors.New("no reason, or too long")
	}
	return nil
}

// checkWrite holds the rules for what a set line and a box's content write.
func checkWrite(name Name, form string, object uuid.UUID, t domain.Type, set map[string]json.RawMessage, parents map[string][]Name) error {
	if object == uuid.Nil || !identifier(string(t)) || form != "" && !shortText(form) {
		return errors.New("no object, type or form")
	}
	if len(set) == 0 {
		return errors.New("a write of nothing")
	}
	for field := range set {
		if !identifier(field) {
			return errors.New("malformed name of a field")
		}
	}
	for field := range parents {
		if _, ok := set[field]; !ok {
			return errors.New("parents of a field that is not written")
		}
	}
	return checkParents(name, parents)
}

func checkParents(child Name, parents map[string][]Name) error {
	for field, names := range parents {
		if !identifier(field) {
			return errors.New("malformed name of a field")
		}
		if err := checkNames(names); err != nil {
			return err
		}
		for _, p := range names {
			if p.Device == child.Device && p.Epoch == child.Epoch && p.N >= child.N {
				return errors.New("a parent that is not older")
			}
		}
	}
	return nil
}

func checkNames(names []Name) error {
	for i, n := range names {
		if !validName(n) || i > 0 && n.Compare(names[i-1]) <= 0 {
			return errors.New("malformed list of operations")
		}
	}
	return nil
}

func validName(n Name) bool {
	return n.Device != uuid.Nil && n.Epoch != 0 && n.N != 0 && n.N <= maxInteger
}

// identifier says whether text may name a type, a field or a partner: 1 to 64 of A-Z a-z 0-9 _ . -
func identifier(text string) bool {
	if text == "" || len(text) > maxText {
		return false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}

// shortText says whether text is 1 to 64 printable ASCII characters.
func shortText(text string) bool {
	if text == "" || len(text) > maxText {
		return false
	}
	for i := 0; i < len(text); i++ {
		if text[i] < 0x20 || text[i] > 0x7e {
			return false
		}
	}
	return true
}
