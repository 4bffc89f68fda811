package domain

import (
	"slices"

	"github.com/google/uuid"
)

// Type names a kind of object, for example "person". Every type lies in exactly one compartment (security.md 2.2).
type Type string

// FieldKind is the shape of a field's value.
type FieldKind byte

// The kinds, with the Go type that [Answer.Value] has and the form it is stored in.
const (
	Text            FieldKind = iota + 1 // string, one line, at most 500 characters
	LongText                             // string, at most 4,000 characters
	Date                                 // string YYYY-MM-DD
	PartialDateKind                      // string YYYY, YYYY-MM or YYYY-MM-DD; [ParsePartialDate] reads it into a [PartialDate]
	DateTime                             // string as RFC 3339 with the local offset, to the second (domain.md 7.2)
	Int                                  // int64
	Bool                                 // bool: a tick
	YesNo                                // string "yes" or "no"; unknown and declined are [Missing] values
	Code                                 // string, a code of Field.List
	MultiCode                            // []string, codes of Field.List
	MultiText                            // []string
	Reference                            // string, the id of an object of type Field.Of
	MultiReference                       // []string of ids
	Rows                                 // []map[string]string with the keys of Field.Columns
	Data                                 // json.RawMessage, an object the program writes for itself (security.md 7.2)
	Given                                // string, int64, bool or []string: the answer to a question of a form, see [QuestionField]
)

var kindNames = [...]string{
	Text: "text", LongText: "long text", Date: "date", PartialDateKind: "partial date", DateTime: "date and time",
	Int: "whole number", Bool: "tick", YesNo: "yes or no", Code: "code", MultiCode: "codes", MultiText: "texts", Reference: "reference",
	MultiReference: "references", Rows: "rows", Data: "data", Given: "answer to a form",
}

// String names the kind in English, for diagnosis.
func (k FieldKind) String() string {
	if k < Text || k > Given {
		return "unknown kind"
	}
	return kindNames[k]
}

// Need says whether a record can be finished without the field (domain.md 7, column Req).
type Need byte

// The four needs.
const (
	Optional    Need = iota
	Conditional      // required under a condition that the question set or a rule states
	Required         // required to finish
	Derived          // made by the program from other fields; no question asks for it
)

// Field is one field of an object type.
type Field struct {
	Name string
	Kind FieldKind
	// List names the code list of a Code or MultiCode, else "".
	List string
	// Of is the type that a Reference or MultiReference points to, else "".
	Of Type
	// Columns are the keys that each row of a Rows field may have, else nil.
	Columns []string
	Need    Need
	Class   Class
	// Why cites the legal bases L1–L9 of domain.md 6.
	Why []string
}

// TypeInfo describes one object type.
type TypeInfo struct {
	Type Type
	// Number stands in sealed heads (security.md 3.4). Fixed for ever, never reused.
	Number      uint16
	Compartment Compartment
	// Class is the class of the most sensitive field.
	Class Class
	// Subject is the type that the object tells about, or "" when it stands alone.
	Subject Type
	// Rows: there can be many for one subject, each with a random id. Otherwise there is one at [SingletonID].
	Rows bool
	// Questions: besides Fields the object holds the answers to a form that others made, each under the name that [QuestionField] gives
	// its question. Which questions there are the form says, not this table (docs/decisions/0037-answers-to-forms.md).
	Questions bool
	Fields    []Field
}

// Singleton reports whether there is exactly one object of the type for each subject, found at [SingletonID].
func (t TypeInfo) Singleton() bool { return t.Subject != "" && !t.Rows }

// SubjectField is the common field that holds the id of the subject: "parent" for the ordered rows of a list (language,
// education, work …), "about" for all others, "" without a subject.
func (t TypeInfo) SubjectField() string {
	switch {
	case t.Subject == "":
		return ""
	case listRows[t.Type]:
		return "parent"
	default:
		return "about"
	}
}

// listRows are the types whose objects are rows of a list that a question set shows as a repeat. They carry `parent`
// and `rank`, so that two people who add a row each never conflict (security.md 7.1).
var listRows = map[Type]bool{
	"language": true, "education": true, "work": true, "network": true, "unhcr_need": true, "interpreter_use": true,
	"form_row": true, "special_form_row": true,
}

// Field finds a field by name, the common fields of every object included.
func (t TypeInfo) Field(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	if t.Questions && IsQuestionField(name) {
		return Field{Name: name, Kind: Given, Class: t.Compartment.HighestClass()}, true
	}
	if t.Subject != "" && name == t.SubjectField() {
		return Field{Name: name, Kind: Reference, Of: t.Subject}, true
	}
	for _, f := range commonFields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// commonFields may stand on every object (security.md 7.1).
var commonFields = []Field{
	{Name: "parent", Kind: Reference},
	{Name: "about", Kind: Reference},
	{Name: "rank", Kind: Text},
	{Name: "_deleted", Kind: Bool},
}

var (
	table  = buildTable()
	byType = func() map[Type]int {
		index := make(map[Type]int, len(table))
		for i, t := range table {
			index[t.Type] = i
		}
		return index
	}()
)

// buildTable joins the parts of the one table of types (security.md 2.2), in the order of their numbers.
func buildTable() []TypeInfo {
	all := slices.Concat(openTypes, caseTypes, competenceTypes, settlementTypes, reviewTypes, responseTypes, specialTypes, sealedTypes, orientationTypes, auditTypes)
	for i := range all {
		for _, f := range all[i].Fields {
			all[i].Class = max(all[i].Class, f.Class)
		}
	}
	slices.SortFunc(all, func(a, b TypeInfo) int { return int(a.Number) - int(b.Number) })
	return all
}

// Info finds a type in the table. The slices inside are shared: read only.
func Info(t Type) (TypeInfo, bool) {
	i, ok := byType[t]
	if !ok {
		return TypeInfo{}, false
	}
	return table[i], true
}

// InfoByNumber finds a type by its stored number.
func InfoByNumber(number uint16) (TypeInfo, bool) {
	i, ok := slices.BinarySearchFunc(table, number, func(t TypeInfo, n uint16) int { return int(t.Number) - int(n) })
	if !ok {
		return TypeInfo{}, false
	}
	return table[i], true
}

// Types returns every type in the order of the numbers. The slices inside are shared: read only.
func Types() []TypeInfo { return slices.Clone(table) }

// singletonSpace is the UUIDv5 name space of single objects. Fixed for ever: two devices must arrive at the same id.
var singletonSpace = uuid.MustParse("6f7d9b52-0c1e-5a68-9d43-2b6f5e1c7a90")

// SingletonID is the id of the one object of type t about a subject, the same on every device, so that two interviewers
// who work on one person write to one object.
func SingletonID(subject uuid.UUID, t Type) uuid.UUID {
	return uuid.NewSHA1(singletonSpace, append(append([]byte(nil), subject[:]...), t...))
}

// EditionID is the id of an edition of a code list or question set, made from what it says: to issue the same once more is
// to write the same object, and two editions that say different things are two objects, whatever they are called.
func EditionID(t Type, content []byte) uuid.UUID {
	return uuid.NewSHA1(singletonSpace, append([]byte(t+"\x00"), content...))
}

// The constructors below keep the table readable: one line a field.

func field(kind FieldKind, name string, need Need, class Class, why ...string) Field {
	return Field{Name: name, Kind: kind, Need: need, Class: class, Why: why}
}

func code(name, list string, need Need, class Class, why ...string) Field {
	return Field{Name: name, Kind: Code, List: list, Need: need, Class: class, Why: why}
}

func codes(name, list string, need Need, class Class, why ...string) Field {
	return Field{Name: name, Kind: MultiCode, List: list, Need: need, Class: class, Why: why}
}

func reference(name string, of Type, need Need, class Class, why ...string) Field {
	return Field{Name: name, Kind: Reference, Of: of, Need: need, Class: class, Why: why}
}

func references(name string, of Type, need Need, class Class, why ...string) Field {
	return Field{Name: name, Kind: MultiReference, Of: of, Need: need, Class: class, Why: why}
}

func rows(name string, columns []string, need Need, class Class, why ...string) Field {
	return Field{Name: name, Kind: Rows, Columns: columns, Need: need, Class: class, Why: why}
}
