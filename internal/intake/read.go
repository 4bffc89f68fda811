package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/sheet"
	"feltbok/internal/workspace"
)

// List is a file that was read: its table, and what names the file.
type List struct {
	*sheet.Table
	Name   string // of the file, without its folder
	SHA256 string
}

// Read reads a list. sheetName chooses one of a workbook; empty means the first visible one with headings. Faults: L-SIZE, L-FORMAT,
// L-ENCODING, L-EMPTY.
func Read(name string, content []byte, sheetName string) (*List, error) {
	table, err := sheet.Read(name, content, sheet.Options{Sheet: sheetName, Known: Known})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	return &List{Table: table, Name: filepath.Base(name), SHA256: hex.EncodeToString(sum[:])}, nil
}

// Options say how a list is compared with the register and taken in.
type Options struct {
	Mapping Mapping
	// Mission that new cases belong to; zero leaves them without one, at headquarters.
	Mission uuid.UUID
	// Dispute sets values of the list beside verified ones that differ, as conflicts for a person to decide. Without it those stay.
	Dispute bool
	// Same answers for rows that are only much like somebody in the case, by row number: the person who is meant, or zero for somebody
	// new.
	Same map[int]uuid.UUID
}

// roles that may take a list in: headquarters' caseworkers and the mission lead (domain.md 3.4, 4).
var roles = []domain.Role{domain.HQC, domain.HQS, domain.MLD}

// May reports whether a role may take lists in.
func May(role domain.Role) bool { return slices.Contains(roles, role) }

func allowed(ws *workspace.Workspace) error {
	if role := ws.Me().Role; !May(role) {
		return fault.Newf("E-ROLE", "case", "role %s", role)
	}
	return nil
}

// Prepare says what taking the list in would do. It writes nothing. progress is told rows done of all; may be nil. Faults: E-ROLE,
// L-COLUMNS, V-LOCKED.
func Prepare(ctx context.Context, ws *workspace.Workspace, list *List, o Options, progress func(done, total int)) (*Plan, error) {
	if err := allowed(ws); err != nil {
		return nil, err
	}
	if err := o.Mapping.Check(list.Table); err != nil {
		return nil, err
	}
	if mission := ws.Me().Mission; mission != uuid.Nil {
		o.Mission = mission
	}
	stand, err := readStanding(ctx, ws)
	if err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	in := newInterpreter(list.Table, o.Mapping, ws.Lists(), ws.Now())
	rows := make([]*personRow, 0, len(list.Rows))
	for i := range list.Rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows = append(rows, in.row(&list.Rows[i]))
		progress(i+1, 2*len(list.Rows))
	}
	plan := &Plan{
		File: list.Name, SHA256: list.SHA256, Hidden: list.Hidden, Mission: o.Mission, Mapping: o.Mapping,
		Unread: []string{}, Sensitive: []string{}, Cases: []CasePlan{}, Issues: []Issue{},
	}
	for _, heading := range list.Columns {
		if o.Mapping.Columns[heading] == "" {
			plan.Unread = append(plan.Unread, heading)
			if Sensitive(heading) {
				plan.Sensitive = append(plan.Sensitive, heading)
			}
		}
	}
	comparer := &comparer{standing: stand, o: o}
	done := len(rows)
	for _, c := range group(rows) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one, err := comparer.compare(c)
		if err != nil {
			return nil, err
		}
		plan.Cases = append(plan.Cases, one)
		done += len(c.rows)
		progress(done, 2*len(rows))
	}
	for _, r := range rows {
		plan.Issues = append(plan.Issues, r.issues...)
	}
	slices.SortStableFunc(plan.Issues, func(a, b Issue) int { return a.Row - b.Row })
	plan.count(len(rows))
	if memory, err := remembered(ws); err == nil {
		for _, before := range memory.Intakes {
			if at, err := time.Parse(time.RFC3339, before.At); err == nil && before.SHA256 == list.SHA256 && !before.Undone {
				plan.Before = at
			}
		}
	}
	plan.digest, err = digest(plan)
	return plan, err
}

// digest is what two plans have in common that do the same to the same register. Identifiers of what is new are not in it.
func digest(p *Plan) ([32]byte, error) {
	var parts []any
	for _, c := range p.Cases {
		parts = append(parts, c.Number, c.State, c.Households, c.Relations)
		for _, person := range c.Persons {
			parts = append(parts, person.Row, person.State, len(person.Likely))
		}
		for _, w := range c.writes {
			info, _ := domain.Info(w.Target.Type)
			if w.Target.Seen != nil {
				parts = append(parts, w.Target.ID)
			}
			for _, name := range sorted(w.Answers) {
				field, _ := info.Field(name)
				if field.Kind == domain.Reference {
					continue
				}
				value, err := w.Answers[name].Encode()
				if err != nil {
					return [32]byte{}, err
				}
				parts = append(parts, name, value)
				for _, seen := range w.Target.Seen[name] {
					parts = append(parts, seen.String())
				}
			}
		}
	}
	encoded, err := json.Marshal([]any{p.SHA256, p.Mapping, p.Mission, parts})
	return sha256.Sum256(encoded), err
}

func sorted(answers map[string]domain.Answer) []string {
	names := make([]string, 0, len(answers))
	for name := range answers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
