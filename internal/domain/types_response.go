package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// responseTypes hold the answers to forms that others made and headquarters issued (docs/decisions/0037-answers-to-forms.md). A response is
// one filling of one edition of a form, about a case, a household or a person; each row of its repeats is an object of its own, so that
// two people who add a row each never conflict. Which of the two pairs a form uses its publisher says; there is none below P2, because
// nobody can know beforehand what people write into the fields of a form.
var responseTypes = []TypeInfo{
	{Type: "form_response", Number: 171, Compartment: Case, Subject: "case", Rows: true, Questions: true, Fields: responseFields(P2)},
	{Type: "form_row", Number: 172, Compartment: Case, Subject: "form_response", Rows: true, Questions: true, Fields: responseRowFields("form_response", P2)},
	{Type: "special_form_response", Number: 231, Compartment: Special, Subject: "case", Rows: true, Questions: true, Fields: responseFields(P3)},
	{
		Type: "special_form_row", Number: 232, Compartment: Special, Subject: "special_form_response", Rows: true, Questions: true,
		Fields: responseRowFields("special_form_response", P3),
	},
}

// responseFields are what a response says of itself, besides the answers. The subject stands in the common field about: the identifier of
// the case, the household or the person.
func responseFields(class Class) []Field {
	return []Field{
		field(Text, "form", Required, class, "L2"),    // id of the form
		field(Text, "version", Required, class, "L2"), // of the edition that it was begun with and stays with
		reference("interviewer", "staff_card", Required, class, "L9"),
		field(DateTime, "start", Required, class, "L8"),
		field(DateTime, "end", Conditional, class, "L8"),
		code("status", "interview_status", Required, class, "L6"), // draft, or ready_for_review once it was handed in
		field(MultiText, "come_back", Optional, class, "L9"),      // questions marked "come back to this"
	}
}

// responseRowFields are what a row of a repeat says of itself; the row around it, or the response, stands in the common field parent.
func responseRowFields(of Type, class Class) []Field {
	return []Field{
		reference("response", of, Required, class, "L2"),
		field(Text, "repeat", Required, class, "L2"), // the name of the repeat
	}
}

// ResponseType is the type of the responses to a form of a class: form_response up to P2, special_form_response for P3; false for P4, whose
// answers are sealed for named readers and come from no form.
func ResponseType(class Class) (Type, bool) {
	switch {
	case class <= P2:
		return "form_response", true
	case class == P3:
		return "special_form_response", true
	}
	return "", false
}

// ResponseTypes lists the types of responses.
func ResponseTypes() []Type { return []Type{"form_response", "special_form_response"} }

// ResponseRow is the type of the rows of a type of responses; false for any other type.
func ResponseRow(response Type) (Type, bool) {
	switch response {
	case "form_response":
		return "form_row", true
	case "special_form_response":
		return "special_form_row", true
	}
	return "", false
}

const (
	questionPrefix = "q." // before the name of a question
	hashedPrefix   = "h." // before the hash of a name that cannot stand in an operation
	longestField   = 64   // bytes of a field's name (security.md 5.1)
	hashedLength   = 32
)

// QuestionField names the field that holds the answer to a question of a form: "q." and the name of the question, so that no question can
// stand for a field that the program knows. A name that is longer than 62 bytes, or has letters that an operation does not take
// (security.md 5.1), goes by "h." and the first 32 hexadecimal digits of its SHA-256; the edition tells which question that is.
func QuestionField(question string) string {
	if name := questionPrefix + question; IsQuestionField(name) {
		return name
	}
	sum := sha256.Sum256([]byte(question))
	return hashedPrefix + hex.EncodeToString(sum[:])[:hashedLength]
}

// IsQuestionField reports whether a name is one that [QuestionField] gives.
func IsQuestionField(field string) bool {
	if name, ok := strings.CutPrefix(field, questionPrefix); ok {
		return name != "" && len(field) <= longestField && !strings.ContainsFunc(name, func(c rune) bool {
			return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-'
		})
	}
	name, ok := strings.CutPrefix(field, hashedPrefix)
	return ok && len(name) == hashedLength && !strings.ContainsFunc(name, func(c rune) bool { return (c < 'a' || c > 'f') && (c < '0' || c > '9') })
}

// Bounds of one answer to a form. They are there so that a line which no edition judges yet cannot fill a disk.
const (
	answerBytes = 32 << 10 // of a text, and of a list together
	answerItems = 1000     // of a list
)

// fitsQuestion reports whether a value is one that a question of some form can have. Whether it is one of this question is judged by the
// edition of the form, where it is known.
func fitsQuestion(value any) bool {
	switch value := value.(type) {
	case string:
		return len(value) <= answerBytes
	case []string:
		size := 0
		for _, item := range value {
			size += len(item)
		}
		return len(value) <= answerItems && size <= answerBytes
	case int64, bool:
		return true
	}
	return false
}
