package xlsform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// MaxEncoded is the largest encoded set that is read, in bytes.
const MaxEncoded = 3 * maxTable

// encodedSet is a set as one document; the members stand in the order of their names.
type encodedSet struct {
	Choices  string `json:"choices"`
	Settings string `json:"settings"`
	Survey   string `json:"survey"`
}

// Encode gives a set as one document: a JSON object with the tables of [Write] as texts. Equal sets give equal bytes.
func Encode(s *Set) ([]byte, error) {
	tables, err := Write(s)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(encodedSet{string(tables.Choices), string(tables.Settings), string(tables.Survey)}); err != nil {
		return nil, fmt.Errorf("encode question set %s: %w", s.ID, err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Decode reads what [Encode] wrote. The error is *[Errors] when the document holds a set with faults.
func Decode(content []byte, codes Catalogue) (*Set, error) {
	if len(content) > MaxEncoded {
		return nil, fmt.Errorf("decode question set: %d bytes", len(content))
	}
	var e encodedSet
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return nil, fmt.Errorf("decode question set: %w", err)
	}
	return ReadTables(Tables{Survey: []byte(e.Survey), Choices: []byte(e.Choices), Settings: []byte(e.Settings)}, codes)
}

// Digest is the SHA-256 of a set's encoded form, in small hexadecimal letters: sets with the same digest ask the same.
func Digest(s *Set) (string, error) {
	encoded, err := Encode(s)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), nil
}
