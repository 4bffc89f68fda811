package intake

import (
	"feltbok/internal/domain"
)

// Codes of what can be wrong with a row, beside the flaws of [feltbok/internal/sheet] and the rules of
// [feltbok/internal/domain]. Each has its sentence under "intake.issue." + code: what is wrong and what to do.
const (
	noCaseNumber    = "NO_CASE_NUMBER"   // the row says no case
	noName          = "NO_NAME"          // the row has no name in any script
	unknownCode     = "UNKNOWN_CODE"     // the word is in no code list
	ambiguous       = "AMBIGUOUS"        // the word stands for several codes
	needsSex        = "NEEDS_SEX"        // a word such as "child" that the sex must complete
	notADate        = "NOT_A_DATE"       // cannot be read as a date
	notANumber      = "NOT_A_NUMBER"     // cannot be read as a whole number
	manyValues      = "MANY_VALUES"      // several where one can stand
	caseDiffers     = "CASE_DIFFERS"     // two rows of a case say different things about it
	twicePerson     = "TWICE_PERSON"     // the individual number stands on an earlier row
	twicePrincipal  = "TWICE_PRINCIPAL"  // the case has a principal applicant on an earlier row (X1)
	noPrincipal     = "NO_PRINCIPAL"     // the case has none (X1)
	sizeDiffers     = "SIZE_DIFFERS"     // the case has another number of rows than it says (X3)
	otherCase       = "OTHER_CASE"       // the individual number stands in another case of the register
	removed         = "REMOVED"          // somebody took the case or person out of the register
	wholeName       = "WHOLE_NAME"       // a name in one column, taken as given names
	likelyElsewhere = "LIKELY_ELSEWHERE" // somebody much like this stands in another case
	likelyHere      = "LIKELY_HERE"      // somebody much like this stands in the same case: a person must say
	conflictStands  = "CONFLICT_STANDS"  // the field has several standing values already
	verified        = "VERIFIED"         // the register has another value that somebody has verified
)

// Issue is one thing to say about a row of a list.
type Issue struct {
	// Row is the number in the file; Column the heading, empty when it is the row as a whole.
	Row    int    `json:"row"`
	Column string `json:"column,omitempty"`
	Field  string `json:"field,omitempty"` // key of the field
	Code   string `json:"code"`
	// Severity decides: a row with an error holds its whole case back.
	Severity domain.Severity `json:"-"`
	Level    string          `json:"level"` // "error", "warning", "information"
	// Value is what stands in the cell; it is shown to the person and goes into no log.
	Value string `json:"value,omitempty"`
	// Other is the row, the case number or the list that the sentence names.
	Other string `json:"other,omitempty"`

	rule *domain.Problem // when Code is a rule of the domain
}

// Text gives the key and the arguments of the sentence.
func (i Issue) Text() (key string, pairs []any) {
	if i.rule != nil {
		return i.rule.Text(), i.rule.Pairs()
	}
	return "intake.issue." + i.Code, []any{"Value", i.Value, "Other", i.Other}
}

func issue(code string, severity domain.Severity) Issue {
	return Issue{Code: code, Severity: severity, Level: severity.String()}
}
