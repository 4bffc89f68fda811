package oplog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// StrictJSON checks that b is one JSON value as the register allows it: valid UTF-8, no duplicate keys, no lone
// surrogates, integers only and below 2^53 in amount, nesting at most 16 (security.md 5.1, pitfall 2). White space and
// any order of keys pass; [CanonicalJSON] refuses those too. Errors name the byte offset and nothing of the content.
func StrictJSON(b []byte) error {
	return (&scanner{b: b}).whole()
}

// CanonicalJSON checks what [StrictJSON] checks and that b has the one canonical form that [Canonical] writes.
func CanonicalJSON(b []byte) error {
	return (&scanner{b: b, canonical: true}).whole()
}

// Canonical returns v as JSON in the shape of RFC 8785: keys sorted by UTF-16 code units, no white space, no HTML
// escaping. It refuses what [StrictJSON] refuses, hence fractions too. A json.RawMessage is rewritten as it stands;
// everything else passes through encoding/json first, which turns invalid UTF-8 in Go strings into U+FFFD.
func Canonical(v any) ([]byte, error) {
	raw, ok := v.(json.RawMessage)
	if !ok {
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			return nil, fmt.Errorf("canonical json: %w", err)
		}
		raw = buffer.Bytes()
	}
	return appendCanonical(nil, raw, 0)
}

// appendCanonical appends the canonical form of the JSON text raw, which stands at the given depth of a larger text.
func appendCanonical(dst, raw []byte, depth int) ([]byte, error) {
	s := scanner{b: raw, depth: depth, canonical: true}
	if s.whole() == nil { // values made by this program are canonical already
		return append(dst, raw...), nil
	}
	s = scanner{b: raw, depth: depth}
	if err := s.whole(); err != nil {
		return nil, err
	}
	return rewrite(dst, raw)
}

// rewrite appends the canonical form of a text that the scanner has accepted.
func rewrite(dst, raw []byte) ([]byte, error) {
	s := scanner{b: raw}
	s.space()
	switch s.peek() {
	case '{':
		type member struct {
			key   string
			value []byte
		}
		var members []member
		if err := s.object(func(key string, value []byte) error {
			members = append(members, member{key, value})
			return nil
		}); err != nil {
			return nil, err
		}
		slices.SortFunc(members, func(a, b member) int { return compareKeys(a.key, b.key) })
		dst = append(dst, '{')
		for i, m := range members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, m.key), ':')
			var err error
			if dst, err = rewrite(dst, m.value); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case '[':
		dst = append(dst, '[')
		first := true
		if err := s.array(func(value []byte) (err error) {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst, err = rewrite(dst, value)
			return err
		}); err != nil {
			return nil, err
		}
		return append(dst, ']'), nil
	case '"':
		start := s.i
		if err := s.text(); err != nil {
			return nil, err
		}
		return appendText(dst, unquote(raw[start:s.i])), nil
	}
	start := s.i
	if err := s.value(); err != nil {
		return nil, err
	}
	return append(dst, raw[start:s.i]...), nil
}

// appendText appends a valid UTF-8 text with the escapes of RFC 8785 3.2.2.2.
func appendText(dst []byte, text string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(dst, '"')
}

// compareKeys orders keys by UTF-16 code units (RFC 8785 3.2.3), which differs from the order of bytes only where a
// character beyond U+FFFF meets one of U+E000 to U+FFFF.
func compareKeys(a, b string) int {
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			if ra > 0xFFFF == (rb > 0xFFFF) {
				return cmp.Compare(ra, rb)
			}
			return cmp.Compare(firstUnit(ra), firstUnit(rb))
		}
		a, b = a[na:], b[nb:]
	}
	return cmp.Compare(len(a), len(b))
}

func firstUnit(r rune) rune {
	if r > 0xFFFF {
		return 0xD800 + (r-0x10000)>>10
	}
	return r
}

func appendNumber(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }
