package oplog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"feltbok/internal/domain"
	"feltbok/internal/fault"

	"github.com/google/uuid"
)

// Inner is the plaintext of a box: what a set line would say openly (security.md 5.4). It repeats the name of its
// line, so that a box copied into another line is worthless.
type Inner struct {
	Compartment domain.Compartment // sealed or audit
	Device      uuid.UUID
	Epoch       uint32
	N           uint64
	Form        string
	Object      uuid.UUID
	Type        domain.Type
	Set         map[string]json.RawMessage
	Parents     map[string][]Name
}

// leastInner is the length below which the content of all boxes looks alike.
const leastInner = 256

// Name gives the name of the line that the content belongs to.
func (i Inner) Name() Name { return Name{Device: i.Device, Epoch: i.Epoch, N: i.N} }

// Encode gives the canonical plaintext, padded with spaces to Padmé(max(length, 256)). Content that breaks a rule is
// refused with E-OP. The length in the box is bounded by [MaxLine] when the line is encoded.
func (i Inner) Encode() ([]byte, error) {
	var err error
	if i.Set, err = canonicalValues(i.Set); err != nil {
		return nil, fault.New("E-OP", i.Name().String(), err)
	}
	i.Parents = sortParents(i.Parents)
	if err := i.check(); err != nil {
		return nil, fault.New("E-OP", i.Name().String(), err)
	}
	return i.append(make([]byte, 0, 512)), nil
}

func (i *Inner) check() error {
	if !i.Compartment.Boxed() || !validName(i.Name()) {
		return errors.New("no name in a boxed compartment")
	}
	return checkWrite(i.Name(), i.Form, i.Object, i.Type, i.Set, i.Parents)
}

func (i *Inner) append(dst []byte) []byte {
	w := members{dst: append(dst, '{')}
	w.text("c", i.Compartment.String())
	w.id("dev", i.Device)
	w.number("ep", uint64(i.Epoch))
	if i.Form != "" {
		w.text("form", i.Form)
	}
	w.number("n", i.N)
	w.id("obj", i.Object)
	w.parents(i.Parents)
	w.values(i.Set)
	w.text("type", string(i.Type))
	dst = append(w.dst, '}')
	for padded := Padme(max(len(dst), leastInner)); len(dst) < padded; {
		dst = append(dst, ' ')
	}
	return dst
}

// ParseInner reads the plaintext of a box: exactly the bytes that [Inner.Encode] writes, padding included. All else is
// refused with E-OP.
func ParseInner(b []byte) (*Inner, error) {
	i, err := parseInner(b)
	if err != nil {
		return nil, fault.New("E-OP", "", err)
	}
	return i, nil
}

func parseInner(b []byte) (*Inner, error) {
	if len(b) > MaxLine {
		return nil, errors.New("content of a box over 256 KiB")
	}
	b = bytes.Clone(b)
	i := new(Inner)
	s := scanner{b: b, canonical: true}
	if err := s.object(i.member); err != nil {
		return nil, err
	}
	if err := i.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(i.append(make([]byte, 0, len(b))), b) {
		return nil, errors.New("not in canonical form")
	}
	return i, nil
}

func (i *Inner) member(key string, value []byte) (err error) {
	switch key {
	case "c":
		i.Compartment, err = readCompartment(value)
	case "dev":
		i.Device, err = readUUID(value)
	case "ep":
		i.Epoch, err = readEpoch(value)
	case "form":
		i.Form, err = readText(value)
	case "n":
		i.N, err = readNumber(value)
	case "obj":
		i.Object, err = readUUID(value)
	case "par":
		i.Parents, err = readParents(value)
	case "set":
		i.Set, err = readValues(value)
	case "type":
		var text string
		text, err = readText(value)
		i.Type = domain.Type(text)
	default:
		return errors.New("unknown member")
	}
	if err != nil {
		return fmt.Errorf("member %q: %w", key, err)
	}
	return nil
}

// Open joins a box line with its opened content: a copy of the line that [Object.Apply] and [Rebuild] take like a set
// line. [Line.Encode] refuses the copy, so that the content cannot be written out by mistake. Content of another line
// is refused with E-OP.
func (l *Line) Open(inner *Inner) (*Line, error) {
	if l.Kind != KindBox || inner.Compartment != l.Compartment || inner.Name() != l.Name() {
		return nil, fault.New("E-OP", l.place(), errors.New("the box belongs elsewhere"))
	}
	opened := *l
	opened.Form, opened.Object, opened.Type = inner.Form, inner.Object, inner.Type
	opened.Set, opened.Parents = inner.Set, inner.Parents
	return &opened, nil
}

// Padme gives the padded length for n bytes by the Padmé rule (PoPETs 2019): at most 12 % more, and only O(log log n)
// bits about the length are given away. n below 2 stays as it is.
func Padme(n int) int {
	if n < 2 {
		return n
	}
	e := bits.Len(uint(n)) - 1
	last := e - bits.Len(uint(e))
	mask := 1<<max(last, 0) - 1
	return (n + mask) &^ mask
}
