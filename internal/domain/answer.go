package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Missing says why a field has no value. A missing answer is a value of its own, never a blank (domain.md 7).
type Missing string

// The kinds of missing answer.
const (
	Unknown       Missing = "unknown"        // the person does not know
	Declined      Missing = "declined"       // the person did not want to answer
	NotAsked      Missing = "not_asked"      // keeps the record incomplete
	NotApplicable Missing = "not_applicable" // the question does not concern the person
)

// Source says where a value comes from (domain.md 7).
type Source string

// The sources.
const (
	FromRRF          Source = "rrf"
	FromUDIList      Source = "udi_list"
	FromSelf         Source = "self"
	FromFamily       Source = "family_member"
	FromInterpreter  Source = "interpreter_note"
	FromDocument     Source = "document_seen"
	FromObservation  Source = "observation"
	FromMedicalForm  Source = "medical_form"
	FromHQ           Source = "hq"
	FromMunicipality Source = "municipality"
)

// Verification says how far a value has been checked (domain.md 7).
type Verification string

// The verifications.
const (
	Unverified            Verification = "unverified"
	ConfirmedByPerson     Verification = "confirmed_by_person"
	DocumentSeen          Verification = "document_seen"
	Disputed              Verification = "disputed"
	CorrectedAfterMission Verification = "corrected_after_mission"
)

var (
	missings      = []Missing{"", Unknown, Declined, NotAsked, NotApplicable}
	sources       = []Source{"", FromRRF, FromUDIList, FromSelf, FromFamily, FromInterpreter, FromDocument, FromObservation, FromMedicalForm, FromHQ, FromMunicipality}
	verifications = []Verification{"", Unverified, ConfirmedByPerson, DocumentSeen, Disputed, CorrectedAfterMission}
)

// Answer is the value of one field and what is known about it. The zero Answer is an empty field.
//
// Value is nil, string, bool, int64, []string, []map[string]string (kind Rows) or json.RawMessage (kind Data). The
// slices are not copied: whoever hands over an Answer gives them up.
type Answer struct {
	Value        any
	Missing      Missing
	Reason       string // why the value is missing, or why it was changed
	Source       Source
	Verification Verification
}

// ReasonCopied is the reason of a value that was copied from another person of the family because it is usually the same. It stays until
// another value takes its place; the verification tells whether the person has confirmed it.
const ReasonCopied = "same_as_family"

// largestInt is the largest whole number that every JSON reader keeps exactly (security.md 5.1).
const largestInt = 1<<53 - 1

// Encode gives the stored form: the bare JSON value when there is nothing but a value, else an object with the members
// missing, reason, source, value, verification, sorted, empty ones left out. An empty field is null. The bytes are
// canonical in the shape of RFC 8785: equal answers give equal bytes.
func (a Answer) Encode() (json.RawMessage, error) {
	if !slices.Contains(missings, a.Missing) || !slices.Contains(sources, a.Source) || !slices.Contains(verifications, a.Verification) {
		return nil, fmt.Errorf("answer: unknown qualifier %q %q %q", a.Missing, a.Source, a.Verification)
	}
	if a.Missing != "" && a.Value != nil {
		return nil, errors.New("answer: both a value and a reason why it is missing")
	}
	var value bytes.Buffer
	if err := writeValue(&value, a.Value); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if raw, ok := a.Value.(json.RawMessage); ok && isQualified(raw) {
		// Data that looks like a qualified answer is wrapped, so that reading it back gives the data again.
		return slices.Concat([]byte(`{"value":`), value.Bytes(), []byte(`}`)), nil
	}
	if a.Missing == "" && a.Reason == "" && a.Source == "" && a.Verification == "" {
		return value.Bytes(), nil
	}
	var out bytes.Buffer
	member := func(name, text string) error {
		if text == "" {
			return nil
		}
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.WriteString(`"` + name + `":`)
		return writeString(&out, text)
	}
	if err := errors.Join(member("missing", string(a.Missing)), member("reason", a.Reason), member("source", string(a.Source))); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if a.Value != nil {
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.WriteString(`"value":`)
		out.Write(value.Bytes())
	}
	if err := member("verification", string(a.Verification)); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return slices.Concat([]byte("{"), out.Bytes(), []byte("}")), nil
}

// DecodeAnswer reads what [Answer.Encode] wrote. It refuses what Encode would not write, other spellings of the same
// value included, so that one answer has one form.
func DecodeAnswer(raw json.RawMessage) (Answer, error) {
	a, err := decodeAnswer(raw)
	if err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	again, err := a.Encode()
	if err != nil {
		return Answer{}, err
	}
	if !bytes.Equal(again, raw) {
		return Answer{}, errors.New("answer: not in canonical form")
	}
	return a, nil
}

func decodeAnswer(raw json.RawMessage) (Answer, error) {
	if !isQualified(raw) {
		value, err := readValue(raw)
		return Answer{Value: value}, err
	}
	var q struct {
		Missing      Missing         `json:"missing"`
		Reason       string          `json:"reason"`
		Source       Source          `json:"source"`
		Value        json.RawMessage `json:"value"`
		Verification Verification    `json:"verification"`
	}
	if err := json.Unmarshal(raw, &q); err != nil {
		return Answer{}, err
	}
	a := Answer{Missing: q.Missing, Reason: q.Reason, Source: q.Source, Verification: q.Verification}
	if len(q.Value) == 0 {
		return a, nil
	}
	value, err := readValue(q.Value)
	a.Value = value
	return a, err
}

// isQualified reports whether raw is an object with no members but those of a qualified answer, and at least one.
func isQualified(raw json.RawMessage) bool {
	if len(raw) == 0 || raw[0] != '{' {
		return false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || len(members) == 0 {
		return false
	}
	for name := range members {
		switch name {
		case "missing", "reason", "source", "value", "verification":
		default:
			return false
		}
	}
	return true
}

// plainText reads a JSON text in which nothing is written as an escape, as most answers are, without a decoder.
func plainText(raw json.RawMessage) (string, bool) {
	last := len(raw) - 1
	if last < 1 || raw[0] != '"' || raw[last] != '"' || !utf8.Valid(raw) {
		return "", false
	}
	for _, b := range raw[1:last] {
		if b < ' ' || b == '"' || b == '\\' {
			return "", false
		}
	}
	return string(raw[1:last]), true
}

func readValue(raw json.RawMessage) (any, error) {
	if len(raw) > 0 && raw[0] == '{' {
		return json.RawMessage(bytes.Clone(raw)), nil
	}
	if text, ok := plainText(raw); ok {
		return text, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	switch value := value.(type) {
	case nil, bool, string:
		return value, nil
	case json.Number:
		n, err := strconv.ParseInt(value.String(), 10, 64)
		if err != nil {
			return nil, errors.New("not a whole number")
		}
		return n, nil
	case []any:
		return readList(value)
	}
	return nil, fmt.Errorf("a value cannot be %T", value)
}

func readList(list []any) (any, error) {
	if len(list) > 0 {
		if _, ok := list[0].(map[string]any); ok {
			return readRows(list)
		}
	}
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil, errors.New("a list may hold texts or rows only")
		}
		texts[i] = text
	}
	return texts, nil
}

func readRows(list []any) (any, error) {
	table := make([]map[string]string, len(list))
	for i, item := range list {
		row, ok := item.(map[string]any)
		if !ok {
			return nil, errors.New("a list may hold texts or rows, not both")
		}
		table[i] = make(map[string]string, len(row))
		for key, cell := range row {
			text, ok := cell.(string)
			if !ok {
				return nil, errors.New("a row may hold texts only")
			}
			table[i][key] = text
		}
	}
	return table, nil
}

func writeValue(out *bytes.Buffer, value any) error {
	switch value := value.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(value))
	case string:
		return writeString(out, value)
	case int64:
		if value > largestInt || value < -largestInt {
			return errors.New("the number is too large")
		}
		out.WriteString(strconv.FormatInt(value, 10))
	case []string:
		out.WriteByte('[')
		for i, text := range value {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeString(out, text); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	case []map[string]string:
		out.WriteByte('[')
		for i, row := range value {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeRow(out, row); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	case json.RawMessage:
		if len(value) == 0 || value[0] != '{' || !json.Valid(value) {
			return errors.New("data must be a JSON object")
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			return err
		}
		out.Write(compact.Bytes())
	default:
		return fmt.Errorf("a value cannot be %T", value)
	}
	return nil
}

func writeRow(out *bytes.Buffer, row map[string]string) error {
	keys := make([]string, 0, len(row))
	for key := range row {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeString(out, key); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := writeString(out, row[key]); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

// writeString writes a JSON text as RFC 8785 3.2.2.2 wants it: only quotation mark, backslash and control characters are
// escaped. The standard encoder also escapes U+2028 and U+2029.
func writeString(out *bytes.Buffer, text string) error {
	if !utf8.ValidString(text) {
		return errors.New("the text is not valid UTF-8")
	}
	out.WriteByte('"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c >= 0x20:
			out.WriteByte(c)
		case c == '\b':
			out.WriteString(`\b`)
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\f':
			out.WriteString(`\f`)
		case c == '\r':
			out.WriteString(`\r`)
		default:
			fmt.Fprintf(out, `\u%04x`, c)
		}
	}
	out.WriteByte('"')
	return nil
}

// Empty reports whether the field says nothing at all: no value and no reason why it is missing.
func (a Answer) Empty() bool { return !a.HasValue() && a.Missing == "" }

// HasValue reports whether there is a value; an empty text or list is none.
func (a Answer) HasValue() bool {
	switch value := a.Value.(type) {
	case nil:
		return false
	case string:
		return strings.TrimSpace(value) != ""
	case []string:
		return len(value) > 0
	case []map[string]string:
		return len(value) > 0
	}
	return true
}

// Answered reports whether the field satisfies a required question: a value, or unknown or declined with a reason
// (domain.md 7). "Not asked" and "not applicable" do not.
func (a Answer) Answered() bool {
	switch a.Missing {
	case Unknown, Declined:
		return strings.TrimSpace(a.Reason) != ""
	case NotAsked, NotApplicable:
		return false
	}
	return a.HasValue()
}

// Text returns the value as a text: a list joined by "; ", a number in digits, a tick as "yes" or "no", else "".
func (a Answer) Text() string {
	switch value := a.Value.(type) {
	case string:
		return value
	case bool:
		if value {
			return "yes"
		}
		return "no"
	case int64:
		return strconv.FormatInt(value, 10)
	case []string:
		return strings.Join(value, "; ")
	}
	return ""
}

// List returns the value as a list; a single non-empty text is a list of one. The result must not be changed.
func (a Answer) List() []string {
	switch value := a.Value.(type) {
	case []string:
		return value
	case string:
		if value != "" {
			return []string{value}
		}
	}
	return nil
}

// Rows returns the value of a Rows field. The result must not be changed.
func (a Answer) Rows() []map[string]string {
	table, _ := a.Value.([]map[string]string)
	return table
}

// Int returns a whole number and whether there is one.
func (a Answer) Int() (int64, bool) {
	n, ok := a.Value.(int64)
	return n, ok
}

// Bool reports whether a tick is set or a yes-or-no answer is yes.
func (a Answer) Bool() bool {
	switch value := a.Value.(type) {
	case bool:
		return value
	case string:
		return value == "yes"
	}
	return false
}

// TextAnswer makes an answer of a text or code.
func TextAnswer(text string) Answer { return Answer{Value: text} }

// MissingAnswer makes an answer that says why there is no value.
func MissingAnswer(m Missing, reason string) Answer { return Answer{Missing: m, Reason: reason} }
