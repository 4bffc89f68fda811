// Package xlsform reads question sets from XLSForm tables and writes them back.
//
// A question set is a folder with survey.csv, choices.csv and settings.csv: UTF-8, with or without a byte order mark,
// the first row naming the columns (design.md 2). Start with [Read]. It finds every fault of a set in one go and names
// sheet, row and column of each as a spreadsheet shows them; [Write] gives the tables of a set that was read.
//
// Of XLSForm the columns type, name, label, hint, guidance_hint, required, required_message, relevant, constraint,
// constraint_message, calculation, choice_filter, appearance, default, read_only and parameters are understood, texts in
// several languages as label::nb. Own columns begin with bind::feltbok: and are ignored by other tools: severity (hard or
// soft), minimum (yes: the question belongs to the minimum record of domain.md 5) and class. Other columns are kept,
// named as warnings and have no effect. A text column may be shown in any language; bokmål, nynorsk and English must
// be there.
//
// Expressions are compiled by feltbok/internal/form/expr, where their meaning is written down.
package xlsform

import (
	"slices"
	"strconv"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/form/expr"
)

// Languages are the languages in which every text of the program's own sets must exist.
var Languages = []string{"nb", "nn", "en"}

// Unnamed is the language of texts whose column names none, in sets that others made (ISO 639-2: undetermined).
const Unnamed = "und"

// Labels holds one text in several languages, by language code.
type Labels map[string]string

// In returns the text in a language; else in bokmål, nynorsk, English, the language that nobody named, or the first by its code.
func (l Labels) In(lang string) string {
	if text := l[lang]; text != "" {
		return text
	}
	for _, other := range Languages {
		if text := l[other]; text != "" {
			return text
		}
	}
	if text := l[Unnamed]; text != "" {
		return text
	}
	for _, other := range sortedKeys(l) {
		if text := l[other]; text != "" {
			return text
		}
	}
	return ""
}

// Kind is what a row of the survey is.
type Kind byte

// The kinds. The XLSForm type is given behind each; a plain text takes the shape of its field.
const (
	Text           Kind = iota + 1 // text
	LongText                       // text, appearance multiline
	Integer                        // integer
	Date                           // date
	PartialDate                    // text, appearance partial_date
	DateTime                       // dateTime
	YesNo                          // select_one yes_no
	Code                           // select_one LIST
	MultiCode                      // select_multiple LIST
	Acknowledge                    // acknowledge: a tick
	MultiText                      // text, on a field that holds several
	Reference                      // text, on a field that names another object
	MultiReference                 // text, on a field that names several
	Rows                           // text, on a field that is a small table
	Decimal                        // decimal; range with steps that are no whole numbers
	Time                           // time
	Rank                           // rank LIST: all codes of the list, in an order
	Calculate                      // calculate
	Note                           // note
	Hidden                         // hidden: filled by the host
	Group                          // begin_group
	Repeat                         // begin_repeat
)

// Asked reports whether a person answers the row.
func (k Kind) Asked() bool { return k >= Text && k <= Rank }

// Section reports whether the row has other rows inside.
func (k Kind) Section() bool { return k == Group || k == Repeat }

// Question is one row of the survey: a question, note, calculation, hidden value, group or repeat. It is not changed after
// reading.
type Question struct {
	// Name is the field's name; for a repeat the type of its rows; unique inside the main part and inside each repeat.
	Name string
	Kind Kind
	// List names the choices of Code, MultiCode, Rank and YesNo, else "".
	List string
	// Label may be empty for groups, calculations and hidden values. Guidance says why the question is asked.
	Label, Hint, Guidance Labels
	Appearance            string
	Parameters            map[string]string
	// The expressions; nil when the cell is empty.
	Relevant, Required, ReadOnly, Constraint, Calculation, Filter *expr.Program
	RequiredMessage, ConstraintMessage                            Labels
	// Count says how many rows a repeat has; nil: the one who answers adds and removes rows.
	Count *expr.Program
	// Default is a literal unless DefaultExpression is set.
	Default           string
	DefaultExpression *expr.Program
	// Soft: a broken constraint is a warning.
	Soft bool
	// Minimum: the question belongs to the minimum record, which alone may hold up "finished" (domain.md 5).
	Minimum bool
	// Class repeats the class of the field for those who read the sheet; reading checks it.
	Class string
	// Repeat is the name of the innermost repeat that the row stands in, "" in the main part.
	Repeat string
	// Field is the field that holds the answer; its Name is empty when there is none (note, hidden, group, some calculations).
	Field domain.Field
	// Row is the row in the spreadsheet, from 1, the header being 1.
	Row int
	// Extra holds the columns that are kept without effect.
	Extra map[string]string

	requiredSource, readOnlySource string
}

// HasAppearance reports whether the appearance holds a word.
func (q *Question) HasAppearance(word string) bool {
	return slices.Contains(strings.Fields(q.Appearance), word)
}

// Item is a question with what stands inside it.
type Item struct {
	*Question
	// Items are the rows inside a group or repeat.
	Items []*Item
}

// Choice is one row of the choices.
type Choice struct {
	Name  string // the code
	Label Labels
	// Columns holds the other columns, which a choice_filter reads.
	Columns map[string]string
	Row     int
}

// Set is a question set. It is not changed after reading and safe for concurrent use.
type Set struct {
	ID      string
	Version string
	Title   Labels
	// DefaultLanguage is the language of labels inside calculations.
	DefaultLanguage string
	// Object is the type whose fields the questions are; Subject is what the set is asked about: person, household, case,
	// interview or mission. When they differ the object is the one of its type about the subject.
	Object, Subject domain.Type
	// Foreign: others made the set. Its questions are no fields of the record but its own, and Object is a type of responses
	// (domain.ResponseTypes), or empty as long as nobody has said which.
	Foreign bool
	// Unnumbered: the set was read from a form without a version, and Version is the beginning of its content's hash.
	Unnumbered bool
	// Block is the part of the interview (domain.md 5), Order the place among all sets.
	Block string
	Order int
	// Applies tells from the hidden values whether the set is asked; nil: always.
	Applies *expr.Program
	// Items are the rows as a tree.
	Items []*Item
	// Lists are the choice lists of choices.csv, by name; other lists are code lists.
	Lists map[string][]Choice
	// Warnings are faults that do not stop the set from working.
	Warnings []Problem

	lists []string // names of Lists in the order of the table
	extra map[string]string
	flat  []*Item
	scope map[string]map[string]*Item // repeat → name → item
	outer map[string]string           // repeat → the repeat around it, "" for the main part
	order []int
}

// Class is the class of the answers to a set that others made: P3 when they are special, else P2.
func (s *Set) Class() domain.Class {
	if special, _ := domain.ResponseType(domain.P3); s.Object == special {
		return domain.P3
	}
	return domain.P2
}

// FormRef names set and version as written into operations, for example "language@1".
func (s *Set) FormRef() string { return s.ID + "@" + s.Version }

// Spoken returns the languages in which the set has texts for questions, those of the program first.
func (s *Set) Spoken() []string {
	found := map[string]bool{}
	for _, item := range s.flat {
		for lang := range item.Label {
			found[lang] = true
		}
	}
	list := sortedKeys(found)
	slices.SortStableFunc(list, func(a, b string) int { return languageRank(a) - languageRank(b) })
	return list
}

// Flat returns all items in the order of the survey. The caller does not change it.
func (s *Set) Flat() []*Item { return s.flat }

// ValueOrder returns the indexes of [Set.Flat] in an order in which each item comes after all whose answers decide its
// relevance or calculation, and after the group or repeat it stands in.
func (s *Set) ValueOrder() []int { return s.order }

// Find returns the item of a name in a repeat, or in the main part when repeat is empty.
func (s *Set) Find(repeat, name string) (*Item, bool) {
	item, ok := s.scope[repeat][name]
	return item, ok
}

// Outer returns the repeat around a repeat, "" when it stands in the main part.
func (s *Set) Outer(repeat string) string { return s.outer[repeat] }

// Resolve finds what ${name} means for an item of a repeat ("" for the main part): first a name in the same repeat, then one in the
// repeats around it and in the main part, then the only one in any other repeat. ambiguous reports that several other repeats have it.
func (s *Set) Resolve(repeat, name string) (item *Item, ambiguous bool) {
	for at := repeat; ; at = s.outer[at] {
		if item, ok := s.scope[at][name]; ok {
			return item, false
		}
		if at == "" {
			break
		}
	}
	for _, names := range s.scope {
		if found, ok := names[name]; ok {
			if item != nil {
				return nil, true
			}
			item = found
		}
	}
	return item, false
}

// ContextNames are the hidden values that every host fills, whether or not a set declares them: age in whole years, sex,
// the interview's type, and whether the person is under 18 ("yes" or "no").
var ContextNames = []string{"age_years", "sex", "interview_type", "is_minor"}

// Problem is one fault of a set.
type Problem struct {
	// Code is the stable reason, see [Reasons].
	Code    string
	Sheet   string // survey, choices or settings; empty for the folder
	Row     int    // as a spreadsheet counts, the header being 1; 0 when it concerns the whole sheet
	Column  string // the column's heading; empty when it concerns the row
	Char    int    // the character in the cell, from 1; 0 when it concerns the cell
	Message string
	Warning bool
}

// String gives "survey, row 12, column relevant (char 8): …".
func (p Problem) String() string {
	place := p.Sheet
	if p.Row > 0 {
		place += ", row " + strconv.Itoa(p.Row)
	}
	if p.Column != "" {
		place += ", column " + p.Column
	}
	if p.Char > 0 {
		place += " (char " + strconv.Itoa(p.Char) + ")"
	}
	if place == "" {
		return p.Message
	}
	return place + ": " + p.Message
}

// Errors are all faults that stop a set from working.
type Errors struct {
	Set      string // the folder
	Problems []Problem
}

// Error gives one line for each fault.
func (e *Errors) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = "question set " + e.Set + ": " + p.String()
	}
	return strings.Join(lines, "\n")
}
