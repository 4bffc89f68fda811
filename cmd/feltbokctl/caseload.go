package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/i18n"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
)

// mappings are the values of --map. A heading may hold commas, so that each stands in a flag of its own.
type mappings []string

// String is for the flag package.
func (m *mappings) String() string { return "" }

// Set takes one more.
func (m *mappings) Set(text string) error { *m = append(*m, text); return nil }

// listFlags are the flags of caseload import.
type listFlags struct {
	dry, leaveOut, dispute       bool
	mission, source, dates, page string
	maps                         mappings
	same, fresh                  files
}

func (f *listFlags) add(c *call) {
	c.flags.BoolVar(&f.dry, "dry-run", false, "show what it would do, write nothing")
	c.flags.StringVar(&f.mission, "mission", "", "mission that new cases belong to")
	c.flags.StringVar(&f.source, "source", "", "who made the list: rrf (UNHCR, the default) or udi_list")
	c.flags.StringVar(&f.dates, "dates", "", "how dates of three numbers are read: dmy or mdy; without it as the dates themselves show")
	c.flags.StringVar(&f.page, "sheet", "", "sheet of a workbook")
	c.flags.Var(&f.maps, "map", "\"HEADING=FIELD\": what a column means; without a field it is not read. 'caseload fields' lists the fields")
	c.flags.BoolVar(&f.leaveOut, "leave-out", false, "leave cases with errors or open questions out and take the others in")
	c.flags.BoolVar(&f.dispute, "dispute", false, "set values of the list beside verified ones that differ, as conflicts")
	c.flags.Var(&f.same, "same", "\"ROW=PERSON\": the row is about this person of the case")
	c.flags.Var(&f.fresh, "new", "ROW: the row is about somebody new, however much like another")
}

// options makes the options of a list from the flags.
func (f *listFlags) options(ws *workspace.Workspace, list *intake.List) (intake.Options, error) {
	o := intake.Options{Dispute: f.dispute, Same: map[int]uuid.UUID{}}
	var err error
	if o.Mapping, _, err = intake.MappingFor(ws, list.Table); err != nil {
		return o, err
	}
	if f.source != "" {
		o.Mapping.Source = domain.Source(f.source)
	}
	if f.dates != "" {
		o.Mapping.Dates = intake.DateOrder(f.dates)
	}
	if f.mission != "" {
		if o.Mission, err = uuid.Parse(f.mission); err != nil {
			return o, fmt.Errorf("--mission %q is no identifier: %w", f.mission, errUsage)
		}
		if mission, err := ws.Get(context.Background(), "mission", o.Mission); err != nil || mission == nil {
			return o, errors.Join(err, fmt.Errorf("no mission %s; 'record list --type mission' lists them: %w", o.Mission, errUsage))
		}
	}
	for _, one := range f.maps {
		at := strings.LastIndex(one, "=")
		if at < 0 || !slices.Contains(list.Columns, one[:at]) {
			return o, fmt.Errorf("--map %q: the list has no such heading: %w", one, errUsage)
		}
		if _, ok := intake.FieldOf(one[at+1:]); !ok && one[at+1:] != "" {
			return o, fmt.Errorf("--map %q: no such field: %w", one, errUsage)
		}
		for heading, key := range o.Mapping.Columns {
			if key == one[at+1:] {
				delete(o.Mapping.Columns, heading)
			}
		}
		delete(o.Mapping.Columns, one[:at])
		if key := one[at+1:]; key != "" {
			o.Mapping.Columns[one[:at]] = key
		}
	}
	for _, one := range f.same {
		row, person, _ := strings.Cut(one, "=")
		if err := answer(o.Same, row, person); err != nil {
			return o, err
		}
	}
	for _, row := range f.fresh {
		if err := answer(o.Same, row, uuid.Nil.String()); err != nil {
			return o, err
		}
	}
	return o, nil
}

func answer(same map[int]uuid.UUID, row, person string) error {
	number, err := strconv.Atoi(row)
	id, bad := uuid.Parse(person)
	if err != nil || bad != nil {
		return fmt.Errorf("%q is no row with a person: %w", row+"="+person, errUsage)
	}
	same[number] = id
	return nil
}

func caseloadImport(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	var f listFlags
	f.add(c)
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		list, err := intake.Open(words[0], f.page)
		if err != nil {
			return err
		}
		o, err := f.options(ws, list)
		if err != nil {
			return err
		}
		plan, err := intake.Prepare(ctx, ws, list, o, nil)
		if err != nil {
			return err
		}
		out := intakeJSON{Plan: plan}
		if !f.dry {
			if (plan.Counts.Errors > 0 || plan.Counts.Asking > 0) && !f.leaveOut {
				if err := c.print(out, func(w io.Writer) { describeIntake(w, i18n.For(c.lang), list, plan) }); err != nil {
					return err
				}
			}
			if out.Intake, err = intake.Apply(ctx, ws, list, o, plan, f.leaveOut, nil); err != nil {
				return err
			}
		}
		return c.print(out, func(w io.Writer) {
			describeIntake(w, i18n.For(c.lang), list, plan)
			switch {
			case f.dry:
			case out.Intake.ID == uuid.Nil:
				fmt.Fprintln(w, "nothing new, nothing written")
			default:
				fmt.Fprintf(w, "taken in as %s; 'caseload undo' takes it back\n", out.Intake.ID)
			}
		})
	})
}

type intakeJSON struct {
	*intake.Plan
	// Intake is what was done; null in a rehearsal.
	Intake *intake.Intake `json:"intake"`
}

func describeIntake(w io.Writer, t *i18n.Texts, list *intake.List, plan *intake.Plan) {
	n := plan.Counts
	fmt.Fprintf(w, "%s: %d rows under the headings in row %d", plan.File, n.Rows, list.Header)
	if plan.Hidden > 0 {
		fmt.Fprintf(w, ", %d of them hidden", plan.Hidden)
	}
	fmt.Fprintln(w)
	for _, heading := range list.Columns {
		if key := plan.Mapping.Columns[heading]; key != "" {
			fmt.Fprintf(w, "  %s → %s\n", heading, t.T("intake.field."+key))
		}
	}
	if len(plan.Unread) > 0 {
		fmt.Fprintf(w, "  not read: %s\n", strings.Join(plan.Unread, ", "))
	}
	if len(plan.Sensitive) > 0 {
		fmt.Fprintf(w, "  never read from a list, ask in the interview: %s\n", strings.Join(plan.Sensitive, ", "))
	}
	fmt.Fprintf(w, "cases: %d new, %d changed, %d the same, %d left out\n", n.NewCases, n.ChangedCases, n.SameCases, n.LeftOutCases)
	fmt.Fprintf(w, "persons: %d new, %d changed, %d the same, %d left out\n", n.NewPersons, n.ChangedPersons, n.SamePersons, n.LeftOutPersons)
	fmt.Fprintf(w, "values: %d new in standing records, %d set beside verified ones, %d not taken\n", n.Values, n.Disputed, n.Held)
	for _, c := range plan.Cases {
		describeDifferences(w, c.Number, c.Differences)
		for _, person := range c.Persons {
			describeDifferences(w, fmt.Sprintf("%s row %d", c.Number, person.Row), person.Differences)
			for _, like := range person.Likely {
				fmt.Fprintf(w, "  row %d may be %s (--same %d=%s, or --new %d)\n", person.Row, like.Person, person.Row, like.Person, person.Row)
			}
		}
	}
	for _, i := range plan.Issues {
		key, pairs := i.Text()
		where := fmt.Sprintf("row %d", i.Row)
		if i.Column != "" {
			where += ", " + i.Column
		}
		fmt.Fprintf(w, "%s: %s: %s (%s)\n", i.Level, where, t.T(key, pairs...), i.Code)
	}
}

func describeDifferences(w io.Writer, where string, list []intake.Difference) {
	for _, d := range list {
		what := ""
		switch {
		case d.Disputed:
			what = "  set beside"
		case d.Held:
			what = "  not taken"
		}
		fmt.Fprintf(w, "  %s %s: %s → %s%s\n", where, d.Field, d.Old.Text(), d.New.Text(), what)
	}
}

func caseloadImports(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		list, err := intake.Intakes(ws)
		if err != nil {
			return err
		}
		return c.print(list, func(w io.Writer) {
			for _, one := range list {
				state := ""
				if one.Undone {
					state = "  taken back: " + one.Reason
				}
				fmt.Fprintf(w, "%s  %s  %s  by %s: %d new cases, %d new persons%s\n", one.ID, one.At, one.File, one.By, one.Counts.NewCases, one.Counts.NewPersons, state)
			}
		})
	})
}

func caseloadUndo(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	reason := c.flags.String("reason", "", "why, for the log and for those whose work it is")
	dry := c.flags.Bool("dry-run", false, "show what it would do, write nothing")
	var id uuid.UUID
	c.check = func(words []string) error {
		if *dry {
			return identifier(words[0], &id)
		}
		return errors.Join(need("reason", *reason), identifier(words[0], &id))
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, _ []string) error {
		done, err := intake.Undo(ctx, ws, id, *reason, *dry)
		if err != nil {
			return err
		}
		return c.print(done, func(w io.Writer) {
			what := "taken back"
			switch {
			case !done.Changed:
				what = "nothing to do, it is taken back already"
			case *dry:
				what = "would be taken back"
			}
			fmt.Fprintf(w, "list %s: %s\n", done.Intake.File, what)
			fmt.Fprintf(w, "  %d records removed, %d values changed, %d stay because somebody has built on them\n", done.Objects, done.Fields, done.Stay)
		})
	})
}

func caseloadFields(_ context.Context, c *call, args []string) error {
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	t := i18n.For(c.lang)
	type fieldJSON struct {
		Key   string `json:"key"`
		Label string `json:"label"`
	}
	list := []fieldJSON{}
	for _, f := range intake.Fields() {
		list = append(list, fieldJSON{f.Key, t.T("intake.field." + f.Key)})
	}
	return c.print(list, func(w io.Writer) {
		for _, f := range list {
			fmt.Fprintf(w, "%-34s %s\n", f.Key, f.Label)
		}
	})
}

func caseloadTemplate(_ context.Context, c *call, args []string) error {
	out := c.flags.String("out", "", "file to write")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("out", *out); err != nil {
		return err
	}
	content, err := intake.Template(i18n.For(c.lang))
	if err != nil {
		return err
	}
	if err := fsx.WriteFile(*out, content); err != nil {
		return fault.New("E-FILE", filepath.Base(*out), err)
	}
	return c.print(map[string]string{"file": *out}, func(w io.Writer) { fmt.Fprintf(w, "wrote %s\n", *out) })
}
