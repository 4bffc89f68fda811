package workspace

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/match"
	"feltbok/internal/register"
)

// Said is an answer in words in which something was found.
type Said struct {
	Type  domain.Type
	ID    uuid.UUID
	Case  uuid.UUID
	Field string
	// Question asked for it in a form that others made, in the form's own words; nil for a field that the program knows.
	Question form.Labels
	// Words is the answer around what was found.
	Words string
	// Person whom the answer is about, and the name; zero and empty for a case as a whole.
	Person uuid.UUID
	Name   string
	// Number is the case's.
	Number string
}

const (
	saidLeast  = 3  // letters that it takes to look through answers
	saidAround = 40 // letters shown at each side of what was found
)

// SearchAnswers finds words in the answers of compartment case, which hold P1 and P2 only: P3 and sealed content is never searched
// (security.md 3.6), whoever asks. Names and numbers are [Workspace.Search]'s. It reads one case after the other and lets other work
// in between; ctx ends it. At most limit are found, in the order of cases and identifiers. Fewer than three letters find nothing.
// Fault: V-LOCKED.
func (w *Workspace) SearchAnswers(ctx context.Context, text string, limit int) ([]Said, error) {
	wanted := match.Fold(strings.TrimSpace(text))
	if utf8.RuneCountInString(wanted) < saidLeast {
		return nil, nil
	}
	cases, err := w.casesToSearch()
	if err != nil {
		return nil, err
	}
	var found []Said
	for _, id := range cases {
		if len(found) >= limit {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		here, err := w.searchCase(ctx, id, wanted)
		if err != nil {
			return nil, err
		}
		found = append(found, here...)
	}
	return found[:min(len(found), limit)], nil
}

// casesToSearch lists the cases that there are, by number.
func (w *Workspace) casesToSearch() ([]uuid.UUID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	if !w.reg.Holds(domain.RingOf(domain.Case)) {
		return nil, nil
	}
	w.noteLocked("search", "", uuid.Nil)
	var cases []*Record
	for id, e := range w.entries {
		if object := e.objects[id]; object != nil && object.Type == "case" && !deleted(object) {
			cases = append(cases, newRecord(object))
		}
	}
	slices.SortFunc(cases, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.Text("unhcr_case_no"), b.Text("unhcr_case_no")), cmp.Compare(a.ID().String(), b.ID().String()))
	})
	ids := make([]uuid.UUID, len(cases))
	for i, r := range cases {
		ids[i] = r.ID()
	}
	return ids, nil
}

func (w *Workspace) searchCase(ctx context.Context, id uuid.UUID, wanted string) ([]Said, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, err
	}
	e := w.entries[id]
	if e == nil || e.objects[id] == nil { // gone since
		return nil, nil
	}
	number := newRecord(e.objects[id]).Text("unhcr_case_no")
	var found []Said
	for object, err := range w.reg.Objects(ctx, domain.Case, register.Filter{Case: &id}) {
		if err != nil {
			return nil, err
		}
		info, known := domain.Info(object.Type)
		if !known || deleted(object) {
			continue
		}
		record := newRecord(object)
		person := record.Subject()
		if object.Type == "person" {
			person = object.ID
		}
		if response := record.Reference("response"); response != uuid.Nil { // a row of a form is about whom the form is about
			if of := w.plainRecord(ctx, info.Subject)(response); of != nil {
				person = of.Subject()
			}
		}
		for _, field := range w.searched(info, record) {
			if slices.Contains(namedFields, field.Name) || field.Kind != domain.Text && field.Kind != domain.LongText && field.Kind != domain.MultiText {
				continue
			}
			for _, answer := range record.Answer(field.Name).List() {
				words, hit := around(answer, wanted)
				if !hit {
					continue
				}
				one := Said{Type: object.Type, ID: object.ID, Case: id, Field: field.Name, Words: words, Number: number}
				if _, item, ok := w.asked(record, field.Name, w.plainRecord(ctx, info.Subject)); ok {
					one.Question = item.Label
				}
				if about := e.objects[person]; about != nil && about.Type == "person" {
					one.Person, one.Name = person, domain.DisplayName(newRecord(about).Answer)
				}
				found = append(found, one)
			}
		}
	}
	slices.SortFunc(found, func(a, b Said) int {
		return cmp.Or(cmp.Compare(a.ID.String(), b.ID.String()), cmp.Compare(a.Field, b.Field))
	})
	return found, nil
}

// searched lists the fields of a record in which words are looked for: those that hold words, and the words that answer a form.
func (w *Workspace) searched(info domain.TypeInfo, record *Record) []domain.Field {
	fields := info.Fields
	if !info.Questions {
		return fields
	}
	for _, name := range record.Fields() {
		if _, words := record.Answer(name).Value.(string); words && domain.IsQuestionField(name) {
			fields = append(slices.Clip(fields), domain.Field{Name: name, Kind: domain.Text})
		}
	}
	return fields
}

// plainRecord reads the object that a row belongs to, for whoever holds w.mu already.
func (w *Workspace) plainRecord(ctx context.Context, t domain.Type) func(uuid.UUID) *Record {
	return func(id uuid.UUID) *Record {
		object, err := w.plainObject(ctx, t, id)
		if err != nil || object == nil {
			return nil
		}
		return newRecord(object)
	}
}

// around finds folded words in an answer and gives the answer around the first of them.
func around(answer, wanted string) (string, bool) {
	before, _, hit := strings.Cut(match.Fold(answer), wanted)
	if !hit {
		return "", false
	}
	// Folding may change the number of letters, so the place is near, not exact: enough to show.
	letters := []rune(strings.Join(strings.Fields(answer), " "))
	at := min(utf8.RuneCountInString(before), len(letters))
	from, to := max(at-saidAround, 0), min(at+utf8.RuneCountInString(wanted)+saidAround, len(letters))
	words := string(letters[from:to])
	if from > 0 {
		words = "… " + words
	}
	if to < len(letters) {
		words += " …"
	}
	return words, true
}
