package oplog

import (
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of every JSON text of the register: lines, header, manifest, documents (security.md 5.1).
const (
	maxDepth   = 16
	maxInteger = 1<<53 - 1
)

// scanner walks one JSON text without building values. In canonical mode it accepts only the shape of RFC 8785:
// sorted keys, no white space, the shortest escapes. In both modes it refuses what encoding/json lets pass: duplicate
// keys, invalid UTF-8, lone surrogates, fractions, exponents, integers of 2^53 or more, minus zero, deep nesting.
type scanner struct {
	b         []byte
	i         int
	depth     int
	canonical bool
}

// errors carry the offset only: the text may hold answers.
func (s *scanner) fail(what string) error { return fmt.Errorf("json: %s at byte %d", what, s.i) }

func (s *scanner) space() {
	if s.canonical {
		return
	}
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// whole checks that the text is exactly one value.
func (s *scanner) whole() error {
	s.space()
	if err := s.value(); err != nil {
		return err
	}
	s.space()
	if s.i != len(s.b) {
		return s.fail("something after the value")
	}
	return nil
}

func (s *scanner) value() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object(nil)
	case c == '[':
		return s.array(nil)
	case c == '"':
		return s.text()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.fail("no value")
}

func (s *scanner) word(w string) error {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return s.fail("no value")
	}
	s.i += len(w)
	return nil
}

// object walks an object. each, when given, is called for every member with the decoded key and the bytes of the value.
func (s *scanner) object(each func(key string, value []byte) error) error {
	if s.peek() != '{' {
		return s.fail("no object")
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail("nesting over 16")
	}
	s.i++
	s.space()
	if s.peek() == '}' {
		s.i++
		s.depth--
		return nil
	}
	var keys keySet
	for {
		start := s.i
		if s.peek() != '"' {
			return s.fail("no key")
		}
		if err := s.text(); err != nil {
			return err
		}
		key := unquote(s.b[start:s.i])
		if err := keys.add(s, key); err != nil {
			return err
		}
		s.space()
		if s.peek() != ':' {
			return s.fail("no colon")
		}
		s.i++
		s.space()
		start = s.i
		if err := s.value(); err != nil {
			return err
		}
		if each != nil {
			if err := each(key, s.b[start:s.i:s.i]); err != nil {
				return err
			}
		}
		s.space()
		switch s.peek() {
		case ',':
			s.i++
			s.space()
		case '}':
			s.i++
			s.depth--
			return nil
		default:
			return s.fail("no comma")
		}
	}
}

// keySet finds duplicate keys, and in canonical mode keys out of order.
type keySet struct {
	last string
	any  bool
	few  [8]string
	n    int
	many map[string]bool
}

func (k *keySet) add(s *scanner, key string) error {
	if s.canonical {
		if k.any && compareKeys(k.last, key) >= 0 {
			return s.fail("key repeated or out of order")
		}
		k.last, k.any = key, true
		return nil
	}
	if k.many == nil {
		for _, have := range k.few[:k.n] {
			if have == key {
				return s.fail("key repeated")
			}
		}
		if k.n < len(k.few) {
			k.few[k.n] = key
			k.n++
			return nil
		}
		k.many = make(map[string]bool, 4*len(k.few))
		for _, have := range k.few {
			k.many[have] = true
		}
	}
	if k.many[key] {
		return s.fail("key repeated")
	}
	k.many[key] = true
	return nil
}

// array walks an array. each, when given, is called with the bytes of every element.
func (s *scanner) array(each func(value []byte) error) error {
	if s.peek() != '[' {
		return s.fail("no array")
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail("nesting over 16")
	}
	s.i++
	s.space()
	if s.peek() == ']' {
		s.i++
		s.depth--
		return nil
	}
	for {
		start := s.i
		if err := s.value(); err != nil {
			return err
		}
		if each != nil {
			if err := each(s.b[start:s.i:s.i]); err != nil {
				return err
			}
		}
		s.space()
		switch s.peek() {
		case ',':
			s.i++
			s.space()
		case ']':
			s.i++
			s.depth--
			return nil
		default:
			return s.fail("no comma")
		}
	}
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.i++
		if s.peek() == '0' {
			return s.fail("minus zero")
		}
	}
	start, n := s.i, uint64(0)
	for ; s.peek() >= '0' && s.peek() <= '9'; s.i++ {
		if n = n*10 + uint64(s.b[s.i]-'0'); n > maxInteger {
			return s.fail("integer of 2^53 or more")
		}
	}
	switch digits := s.i - start; {
	case digits == 0:
		return s.fail("no digit")
	case digits > 1 && s.b[start] == '0':
		return s.fail("leading zero")
	}
	switch s.peek() {
	case '.', 'e', 'E':
		return s.fail("not an integer")
	}
	return nil
}

func (s *scanner) text() error {
	s.i++
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return s.fail("control character")
		case c < utf8.RuneSelf:
			s.i++
		default:
			r, size := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && size == 1 {
				return s.fail("invalid UTF-8")
			}
			s.i += size
		}
	}
	return s.fail("text without end")
}

func (s *scanner) escape() error {
	if s.i+1 >= len(s.b) {
		return s.fail("text without end")
	}
	switch s.b[s.i+1] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return nil
	case '/':
		if s.canonical {
			return s.fail("escape not needed")
		}
		s.i += 2
		return nil
	case 'u':
	default:
		return s.fail("unknown escape")
	}
	unit, err := hexUnit(s.b[s.i:])
	if err != nil {
		return s.fail("malformed escape")
	}
	if s.canonical {
		// RFC 8785 3.2.2.2: \u only below U+0020, lower-case digits, and never where a short escape exists.
		if unit >= 0x20 || unit == '\b' || unit == '\f' || unit == '\n' || unit == '\r' || unit == '\t' || isUpperHex(s.b[s.i+5]) {
			return s.fail("escape not needed")
		}
	}
	s.i += 6
	if !utf16.IsSurrogate(rune(unit)) {
		return nil
	}
	low, err := hexUnit(s.b[s.i:])
	if err != nil || utf16.DecodeRune(rune(unit), rune(low)) == utf8.RuneError {
		return s.fail("lone surrogate")
	}
	s.i += 6
	return nil
}

func isUpperHex(c byte) bool { return c >= 'A' && c <= 'F' }

// hexUnit reads \uXXXX at the beginning of b.
func hexUnit(b []byte) (uint16, error) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, errNoEscape
	}
	var unit uint16
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, errNoEscape
		}
		unit = unit<<4 | uint16(c)
	}
	return unit, nil
}

var errNoEscape = errors.New("no escape")

// unquote decodes a text that the scanner has accepted.
func unquote(quoted []byte) string {
	in := quoted[1 : len(quoted)-1]
	plain := true
	for _, c := range in {
		if c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		return string(in)
	}
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); {
		if in[i] != '\\' {
			out = append(out, in[i])
			i++
			continue
		}
		switch c := in[i+1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			unit, _ := hexUnit(in[i:])
			r := rune(unit)
			i += 4
			if utf16.IsSurrogate(r) {
				low, _ := hexUnit(in[i+2:])
				r = utf16.DecodeRune(r, rune(low))
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
		i += 2
	}
	return string(out)
}
