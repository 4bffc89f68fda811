package xlsform

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"feltbok/internal/domain"
)

// MaxEncoded is the largest encoded set that is read, in bytes.
const MaxEncoded = 3 * maxTable

// Sheets are the tables of a set as rows with their cells that are not empty: the one canonical form of a set. It is what travels from
// headquarters to devices, what 'form export' writes as one document, and what the digest is made of.
type Sheets struct {
	Survey, Choices, Settings []map[string]string
}

// SheetsOf gives the canonical form of a set. Equal sets give equal sheets.
func SheetsOf(s *Set) (Sheets, error) {
	written, err := Write(s)
	if err != nil {
		return Sheets{}, err
	}
	var sheets Sheets
	for _, part := range []struct {
		from []byte
		to   *[]map[string]string
	}{{written.Survey, &sheets.Survey}, {written.Choices, &sheets.Choices}, {written.Settings, &sheets.Settings}} {
		if *part.to, err = readRows(part.from); err != nil {
			return Sheets{}, fmt.Errorf("question set %s: %w", s.ID, err)
		}
	}
	return sheets, nil
}

func readRows(content []byte) ([]map[string]string, error) {
	table, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(table) < 2 {
		return nil, err
	}
	rows := make([]map[string]string, len(table)-1)
	for i, cells := range table[1:] {
		rows[i] = map[string]string{}
		for c, cell := range cells {
			if cell != "" {
				rows[i][table[0][c]] = cell
			}
		}
	}
	return rows, nil
}

// Read reads the set that the sheets hold. The error is *[Errors] when the set has faults.
func (s Sheets) Read(codes Catalogue) (*Set, error) {
	var t Tables
	for _, part := range []struct {
		from []map[string]string
		to   *[]byte
	}{{s.Survey, &t.Survey}, {s.Choices, &t.Choices}, {s.Settings, &t.Settings}} {
		if len(part.from) == 0 {
			continue
		}
		table := written{first: []string{"name"}, rows: part.from}
		content, err := table.encode()
		if err != nil {
			return nil, fmt.Errorf("read question set: %w", err)
		}
		*part.to = content
	}
	return ReadTables(t, codes)
}

// Encode gives the sheets as one document: a JSON object with the members choices, settings and survey, in the shape of RFC 8785.
func (s Sheets) Encode() ([]byte, error) {
	var out bytes.Buffer
	for i, part := range []struct {
		name string
		rows []map[string]string
	}{{"choices", s.Choices}, {"settings", s.Settings}, {"survey", s.Survey}} {
		rows := part.rows
		if rows == nil {
			rows = []map[string]string{}
		}
		encoded, err := domain.Answer{Value: rows}.Encode()
		if err != nil {
			return nil, fmt.Errorf("encode question set: %w", err)
		}
		out.WriteByte("{,,"[i])
		fmt.Fprintf(&out, "%q:%s", part.name, encoded)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Digest is the SHA-256 of the encoded sheets, in small hexadecimal letters: sets with the same digest ask the same. It is empty for
// sheets that cannot be encoded, which no digest equals.
func (s Sheets) Digest() string {
	encoded, err := s.Encode()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// DecodeSheets reads what [Sheets.Encode] wrote.
func DecodeSheets(content []byte) (Sheets, error) {
	if len(content) > MaxEncoded {
		return Sheets{}, fmt.Errorf("decode question set: %d bytes", len(content))
	}
	var e struct {
		Choices  []map[string]string `json:"choices"`
		Settings []map[string]string `json:"settings"`
		Survey   []map[string]string `json:"survey"`
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return Sheets{}, fmt.Errorf("decode question set: %w", err)
	}
	return Sheets{Survey: e.Survey, Choices: e.Choices, Settings: e.Settings}, nil
}
