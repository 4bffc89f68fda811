package domain

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// DisplayName joins the name of a person as the program shows it: given names, then family name. A person with one name
// has just that; with no name in Latin letters the native script stands in. "" when no name is known.
func DisplayName(get func(field string) Answer) string {
	given, family := clean(get("given_names")), clean(get("family_name"))
	if name := strings.TrimSpace(given + " " + family); name != "" {
		return name
	}
	return clean(get("name_native_script"))
}

// SortName is the name by which lists of persons are sorted: family name, then given names.
func SortName(get func(field string) Answer) string {
	return strings.TrimSpace(clean(get("family_name")) + " " + clean(get("given_names")))
}

func clean(a Answer) string { return strings.Join(strings.Fields(a.Text()), " ") }

// NormaliseText brings a text into the form it is stored in: Unicode NFC, no space around it, line ends as \n.
func NormaliseText(typed string) string {
	return strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(typed, "\r\n", "\n")))
}

// latinNames are the fields that hold a name in Latin letters, as in the travel document (domain.md 7.4, 8.3).
var latinNames = map[string]bool{
	"family_name": true, "given_names": true, "father_name": true, "grandfather_name": true,
	"mother_name": true, "name_called": true, "other_spellings": true,
}

func checkName(field, name string) []Problem {
	if !latinNames[field] && field != "name_native_script" {
		return nil
	}
	var digit, strange, rightToLeft bool
	for _, r := range name {
		switch {
		case unicode.IsDigit(r):
			digit = true
		case unicode.IsLetter(r):
			properties, _ := bidi.LookupRune(r)
			rightToLeft = rightToLeft || properties.Class() == bidi.R || properties.Class() == bidi.AL
		case unicode.IsMark(r), strings.ContainsRune(" '’ʼ`´-‐‑.", r), r == '\u200c' || r == '\u200d':
			// Joiners shape names in Persian and other scripts.
		default:
			strange = true
		}
	}
	var problems []Problem
	if digit {
		problems = append(problems, Problem{Rule: "NAME_DIGITS", Severity: Warning})
	}
	if strange {
		problems = append(problems, Problem{Rule: "NAME_CHARACTERS", Severity: Warning})
	}
	if rightToLeft && latinNames[field] {
		problems = append(problems, Problem{Rule: "NAME_SCRIPT", Severity: Warning})
	}
	return problems
}
