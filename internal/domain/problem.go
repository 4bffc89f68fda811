package domain

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Severity says what a problem holds up. None ever blocks saving a draft (domain.md 8).
type Severity byte

// The severities.
const (
	Information Severity = iota + 1
	Warning              // needs a tick "seen" with a reason
	Error                // blocks "ready for review"
)

// String gives "information", "warning", "error".
func (s Severity) String() string {
	switch s {
	case Information:
		return "information"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "no severity"
}

// Problem is one broken rule. The sentence for a person stands in the text catalogue under [Problem.Text] and never holds
// a name or an answer other than the arguments.
type Problem struct {
	Rule     string // "X3", "DUF" …; see [Rules]
	Severity Severity
	Type     Type      // type of the object concerned; empty when the caller knows it
	Object   uuid.UUID // object concerned; zero when the caller knows it
	Field    string    // field concerned; empty when it is the whole object
	Args     map[string]string
}

// Text is the key of the sentence in the text catalogue.
func (p Problem) Text() string { return "domain.rule." + p.Rule }

// Pairs gives the arguments as alternating names and values, the form that the text catalogue takes.
func (p Problem) Pairs() []any {
	pairs := make([]any, 0, 2*len(p.Args))
	for name, value := range p.Args {
		pairs = append(pairs, name, value)
	}
	return pairs
}

// Told gives the arguments as one text, sorted by name: what the answer to a warning stands on. Empty without arguments.
func (p Problem) Told() string {
	told := make([]string, 0, len(p.Args))
	for _, name := range slices.Sorted(maps.Keys(p.Args)) {
		told = append(told, name+"="+p.Args[name])
	}
	return strings.Join(told, ";")
}

// Rules lists every rule that this package reports. X numbers are those of domain.md 8.5.
var Rules = slices.Concat(numberedRules, familyRules, minorRules)

var numberedRules = []string{
	"X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9", "X10", "X11", "X12", "X13", "X13_LONG", "X14", "X15", "X16", "X16_UNCLEAR", "X17", "X18",
	"X19", "X20", "X21", "X21_HOURS", "X22", "X23", "X24", "X25", "X26", "X27",
	"AGE_105", "BIRTH_FUTURE", "BIRTH_OLD", "CATEGORIES", "DUF", "DUF_FORM", "DUF_YEAR", "END_BEFORE_START", "KIND", "LIST", "LIST_ENDED",
	"MISSION_CODE", "NAME_CHARACTERS", "NAME_DIGITS", "NAME_MISSING", "NAME_SCRIPT", "NATIONALITY", "NUMBER", "PARENT_AGE", "POLYGAMY", "REASON",
	"RELATION_SELF", "STATELESS", "TEXT_DIAGNOSIS", "TEXT_FORM", "TEXT_IMAGE", "TEXT_LONG", "TEXT_NEAR_LIMIT", "TEXT_NUMBER", "TEXT_STORY",
	"UNHCR_CASE", "UNHCR_INDIVIDUAL", "WEEK",
}
