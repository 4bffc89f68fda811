package oplog

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"feltbok/internal/domain"
	"feltbok/internal/fault"

	"github.com/google/uuid"
)

// Parse reads one line, without LF. It accepts exactly the bytes that [Line.Encode] writes, so that no two byte
// sequences mean the same line; all else is refused with E-OP and a nil line. The line keeps no reference to b.
//
// Types, fields, forms and roles are not judged here: a newer program may know more of them (E-FORM, E-ROLE).
func Parse(b []byte) (*Line, error) {
	l, err := parse(b)
	if err != nil {
		return nil, fault.New("E-OP", "", err)
	}
	return l, nil
}

func parse(b []byte) (*Line, error) {
	if len(b) > MaxLine {
		return nil, errors.New("line over 256 KiB")
	}
	// One copy serves all values of the line.
	b = bytes.Clone(b)
	l := new(Line)
	s := scanner{b: b, canonical: true}
	if err := s.object(l.member); err != nil {
		return nil, err
	}
	if s.i != len(b) {
		return nil, s.fail("something after the line")
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	// The scanner and the readers of members refuse other spellings one by one; this closes the rest (an empty list
	// written out, a member of another kind) by definition.
	if !bytes.Equal(l.append(make([]byte, 0, len(b))), b) {
		return nil, errors.New("not in canonical form")
	}
	return l, nil
}

func (l *Line) member(key string, value []byte) (err error) {
	switch key {
	case "app":
		l.App, err = readText(value)
	case "audience":
		l.Audience, err = readText(value)
	case "box":
		l.Box, err = readBase64(value)
	case "by":
		l.By, err = readUUID(value)
	case "c":
		l.Compartment, err = readCompartment(value)
	case "case":
		l.Case, err = readUUID(value)
	case "clk":
		l.ClockSuspect = string(value) == `"s"`
	case "dev":
		l.Device, err = readUUID(value)
	case "ep":
		l.Epoch, err = readEpoch(value)
	case "form":
		l.Form, err = readText(value)
	case "h":
		l.Hash, err = readHash(value)
	case "hlc":
		var text string
		if text, err = readText(value); err == nil {
			l.HLC, err = ParseHLC(text)
		}
	case "interview":
		l.Interview, err = readUUID(value)
	case "n":
		l.N, err = readNumber(value)
	case "names":
		l.Redacts, err = readRedactions(value)
	case "obj":
		l.Object, err = readUUID(value)
	case "ops":
		l.Operations, err = readNames(value)
	case "par":
		l.Parents, err = readParents(value)
	case "ph":
		l.Previous, err = readHash(value)
	case "reason":
		l.Reason, err = readText(value)
	case "replaces":
		err = readArray(value, func(v []byte) error {
			epoch, err := readEpoch(v)
			l.Replaces = append(l.Replaces, epoch)
			return err
		})
	case "set":
		l.Set, err = readValues(value)
	case "sig":
		l.Signature, err = readText(value)
	case "src":
		l.Source, err = readNames(value)
	case "t":
		var text string
		text, err = readText(value)
		l.Kind = Kind(text)
	case "training":
		l.Training = string(value) == "true"
	case "type":
		var text string
		text, err = readText(value)
		l.Type = domain.Type(text)
	case "why":
		l.Why, err = readText(value)
	default:
		return errors.New("unknown member")
	}
	if err != nil {
		return fmt.Errorf("member %q: %w", key, err)
	}
	return nil
}

// The readers below get the bytes of one value that the scanner has accepted.

var errShape = errors.New("of the wrong kind")

func readText(value []byte) (string, error) {
	if value[0] != '"' {
		return "", errShape
	}
	return unquote(value), nil
}

func readUUID(value []byte) (uuid.UUID, error) {
	text, err := readText(value)
	if err != nil {
		return uuid.Nil, err
	}
	return parseUUID(text)
}

func readNumber(value []byte) (uint64, error) {
	n, err := parseDecimal(string(value))
	if err != nil {
		return 0, errShape
	}
	return n, nil
}

func readEpoch(value []byte) (uint32, error) {
	n, err := readNumber(value)
	if err != nil || n > 1<<32-1 {
		return 0, errShape
	}
	return uint32(n), nil
}

func readHash(value []byte) (hash [32]byte, err error) {
	text, err := readText(value)
	if err != nil {
		return hash, err
	}
	if len(text) != 64 {
		return hash, errShape
	}
	if _, err := hex.Decode(hash[:], []byte(text)); err != nil {
		return [32]byte{}, errShape
	}
	return hash, nil
}

func readBase64(value []byte) ([]byte, error) {
	if value[0] != '"' {
		return nil, errShape
	}
	raw, err := base64Strict.AppendDecode(nil, value[1:len(value)-1])
	if err != nil {
		return nil, errShape
	}
	return raw, nil
}

func readCompartment(value []byte) (domain.Compartment, error) {
	text, err := readText(value)
	if err != nil {
		return 0, err
	}
	c, err := domain.ParseCompartment(text)
	if err != nil {
		return 0, errors.New("unknown compartment") // the text itself may be anything
	}
	return c, nil
}

func readArray(value []byte, each func([]byte) error) error {
	return (&scanner{b: value, canonical: true}).array(each)
}

func readObject(value []byte, each func(string, []byte) error) error {
	return (&scanner{b: value, canonical: true}).object(each)
}

func readNames(value []byte) (names []Name, err error) {
	err = readArray(value, func(v []byte) error {
		text, err := readText(v)
		if err != nil {
			return err
		}
		name, err := ParseName(text)
		names = append(names, name)
		return err
	})
	return names, err
}

func readParents(value []byte) (map[string][]Name, error) {
	parents := make(map[string][]Name)
	err := readObject(value, func(field string, v []byte) (err error) {
		parents[field], err = readNames(v)
		if len(parents[field]) == 0 && err == nil {
			err = errors.New("an empty list")
		}
		return err
	})
	return parents, err
}

func readValues(value []byte) (map[string]json.RawMessage, error) {
	set := make(map[string]json.RawMessage)
	err := readObject(value, func(field string, v []byte) error {
		set[field] = v
		return nil
	})
	return set, err
}

func readRedactions(value []byte) (redacts []Redaction, err error) {
	err = readArray(value, func(v []byte) error {
		var r Redaction
		err := readObject(v, func(key string, v []byte) (err error) {
			switch key {
			case "name":
				var text string
				if text, err = readText(v); err == nil {
					r.Name, err = ParseName(text)
				}
			case "par":
				r.Parents, err = readParents(v)
			default:
				err = errors.New("unknown member")
			}
			return err
		})
		redacts = append(redacts, r)
		return err
	})
	return redacts, err
}
