// Package form is the interview's question sets at work: which questions a person is shown, which answers are missing
// or contradict each other, how far the interview has come.
//
// Start with [All], the sets that travel inside the program, and [New], which opens one for one person. An [Instance]
// holds the answers that the host gives it, evaluates relevance, conditions and calculations step by step as answers
// change, and reports what follows. It stores nothing: answers live in operations (design.md 1). A set is a folder of
// XLSForm tables, read by feltbok/internal/form/xlsform; its expressions are those of feltbok/internal/form/expr.
//
// # Rules
//
//   - A hidden question keeps its answer, but expressions read it as empty and it counts nowhere. What stands in a hidden
//     group or repeat is hidden.
//   - A missing answer (unknown, declined, not asked, not applicable) is empty in expressions.
//   - A required question is satisfied by a value, by unknown or declined, and by not applicable. Without a reason,
//     unknown and declined bring it a soft problem. Not asked keeps any question among the missing (domain.md 7).
//   - A constraint is looked at only when there is a value of the right kind.
//   - Only questions of the minimum record may hold up "finished" (domain.md 5); see [Progress].
//   - An expression that fails while it is evaluated hides and forbids nothing; see [Instance.Faults].
package form

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"github.com/google/uuid"

	"feltbok/assets"
	"feltbok/internal/clock"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form/xlsform"
)

// The words of question sets, defined where they are read.
type (
	// Set is a question set.
	Set = xlsform.Set
	// Item is a question, note, group or repeat with what stands inside.
	Item = xlsform.Item
	// Question is one row of the survey.
	Question = xlsform.Question
	// Choice is one row of a set's own choices.
	Choice = xlsform.Choice
	// Labels is a text in several languages.
	Labels = xlsform.Labels
	// Kind is what a row of the survey is.
	Kind = xlsform.Kind
	// Fault is one fault or remark about a set, with its place; [Problem] is one about an answer.
	Fault = xlsform.Problem
)

// The kinds of rows, see feltbok/internal/form/xlsform.
const (
	Text           = xlsform.Text
	LongText       = xlsform.LongText
	Integer        = xlsform.Integer
	Date           = xlsform.Date
	PartialDate    = xlsform.PartialDate
	DateTime       = xlsform.DateTime
	YesNo          = xlsform.YesNo
	Code           = xlsform.Code
	MultiCode      = xlsform.MultiCode
	Acknowledge    = xlsform.Acknowledge
	MultiText      = xlsform.MultiText
	Reference      = xlsform.Reference
	MultiReference = xlsform.MultiReference
	Rows           = xlsform.Rows
	Decimal        = xlsform.Decimal
	Time           = xlsform.Time
	Rank           = xlsform.Rank
	Calculate      = xlsform.Calculate
	Note           = xlsform.Note
	Hidden         = xlsform.Hidden
	Group          = xlsform.Group
	Repeat         = xlsform.Repeat
)

// Path names one question of an instance.
type Path struct {
	// Row is the id of the row's object; the nil UUID in the main part.
	Row uuid.UUID
	// Repeat is the name of the repeat; empty in the main part.
	Repeat string
	// Name is the question's name.
	Name string
}

// Context is what the host knows about the one who is asked.
type Context struct {
	// Values fills the hidden values: age_years (whole years), sex, interview_type, is_minor and may_be_alone ("yes" or "no"), and those
	// that the set declares. A value that is not there is empty.
	Values map[string]string
	// Clock gives today() and now(), in its time zone; nil is the machine's clock.
	Clock clock.Clock
	// Lists are the code lists in use; nil: those of the program.
	Lists *codelist.Lists
	// Seed names the object that holds the answers: uuid() and random() give the same for it each time.
	Seed uuid.UUID
	// Objects are the choices of questions that name another object, by its type: the identifier as code, and what it is called
	// as label.
	Objects map[domain.Type][]codelist.Entry
}

// catalogue answers for the code lists and the table of object types.
type catalogue struct{ *codelist.Lists }

func (catalogue) Info(t domain.Type) (domain.TypeInfo, bool) { return domain.Info(t) }

// Load is [LoadWith] with the program's own code lists.
func Load(fsys fs.FS, dir string) (*Set, error) { return LoadWith(fsys, dir, codelist.Shipped()) }

// LoadWith reads the set in a folder. The error is an *xlsform.Errors with every fault of the set: sheet, row and column.
func LoadWith(fsys fs.FS, dir string, lists *codelist.Lists) (*Set, error) {
	set, err := xlsform.Read(fsys, dir, catalogue{lists})
	if err != nil {
		return nil, fmt.Errorf("load question set: %w", err)
	}
	return set, nil
}

// LoadAll reads every set of the folders inside dir, ordered by [Set].Order and id. The error joins the faults of all sets.
func LoadAll(fsys fs.FS, dir string) ([]*Set, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("load question sets: %w", err)
	}
	var sets []*Set
	var faults []error
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		set, err := Load(fsys, path.Join(dir, entry.Name()))
		if err != nil {
			faults = append(faults, err)
			continue
		}
		sets = append(sets, set)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	slices.SortFunc(sets, func(a, b *Set) int {
		if a.Order != b.Order {
			return a.Order - b.Order
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return sets, nil
}

var embedded = sync.OnceValues(func() ([]*Set, error) { return LoadAll(assets.Forms, "forms") })

// All returns the sets that travel inside the program, in the order of the interview. They are read once and shared.
func All() ([]*Set, error) {
	sets, err := embedded()
	return slices.Clone(sets), err
}

// ByID finds an embedded set by its id.
func ByID(id string) (*Set, bool) {
	sets, err := embedded()
	if err != nil {
		return nil, false
	}
	for _, set := range sets {
		if set.ID == id {
			return set, true
		}
	}
	return nil, false
}
