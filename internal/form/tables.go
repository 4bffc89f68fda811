package form

import (
	"feltbok/internal/codelist"
	"feltbok/internal/form/xlsform"
)

// Tables are the sheets of a set as rows with their cells that are not empty, its one canonical form: what an object of type form holds.
// Sets travel like this from headquarters to devices.
type Tables xlsform.Sheets

// TablesOf gives the canonical form of a set.
func TablesOf(set *Set) (Tables, error) {
	sheets, err := xlsform.SheetsOf(set)
	return Tables(sheets), err
}

// Hash is [Digest] of the set that the tables hold: it tells whether the three belong together.
func (t Tables) Hash() string { return xlsform.Sheets(t).Digest() }

// Load reads the set that the tables hold, with the code lists in use. The error is that of [LoadWith].
func (t Tables) Load(lists *codelist.Lists) (*Set, error) {
	return xlsform.Sheets(t).Read(catalogue{lists})
}

// Encode gives a set as one document, the same bytes for equal sets: a JSON object with its [Tables].
func Encode(set *Set) ([]byte, error) {
	sheets, err := xlsform.SheetsOf(set)
	if err != nil {
		return nil, err
	}
	return sheets.Encode()
}

// Decode reads what [Encode] wrote and checks it like any other set. The error is an *Errors when the set has faults.
func Decode(content []byte) (*Set, error) {
	sheets, err := xlsform.DecodeSheets(content)
	if err != nil {
		return nil, err
	}
	return sheets.Read(catalogue{})
}

// Digest is the SHA-256 of a set's encoded form, in small hexadecimal letters: sets with the same digest ask the same.
func Digest(set *Set) (string, error) {
	tables, err := TablesOf(set)
	if err != nil {
		return "", err
	}
	return tables.Hash(), nil
}
