package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
)

// recordJSON is an object as the command line shows and takes it.
type recordJSON struct {
	Type      domain.Type                `json:"type"`
	ID        uuid.UUID                  `json:"id"`
	Case      *uuid.UUID                 `json:"case,omitempty"`
	Set       map[string]json.RawMessage `json:"set"`
	Conflicts []string                   `json:"conflicts,omitempty"`
}

func asJSON(r *workspace.Record) (recordJSON, error) {
	out := recordJSON{Type: r.Type(), ID: r.ID(), Set: map[string]json.RawMessage{}, Conflicts: r.Conflicts()}
	if id := r.Case(); id != uuid.Nil {
		out.Case = &id
	}
	for _, field := range r.Fields() {
		value, err := r.Answer(field).Encode()
		if err != nil {
			return recordJSON{}, err
		}
		out.Set[field] = value
	}
	return out, nil
}

func recordList(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	only := c.flags.String("type", "", "object type, for example person (default: all)")
	inCase := c.flags.String("case", "", "identifier of a case")
	caseID := uuid.Nil
	c.check = func([]string) (err error) {
		if _, ok := domain.Info(domain.Type(*only)); *only != "" && !ok {
			return fault.Newf("E-FORM", *only, "unknown type")
		}
		if *inCase != "" {
			if caseID, err = uuid.Parse(*inCase); err != nil {
				return fmt.Errorf("--case is no identifier: %w", errUsage)
			}
		}
		return nil
	}
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		list := []recordJSON{}
		for _, info := range domain.Types() {
			if *only != "" && string(info.Type) != *only {
				continue
			}
			records, err := ws.Objects(ctx, info.Type, caseID)
			if err != nil {
				return err
			}
			for _, record := range records {
				out, err := asJSON(record)
				if err != nil {
					return err
				}
				list = append(list, out)
			}
		}
		return c.print(list, func(w io.Writer) {
			for _, r := range list {
				fmt.Fprintf(w, "%-18s %s  %d fields\n", r.Type, r.ID, len(r.Set))
			}
			fmt.Fprintf(w, "%d records\n", len(list))
		})
	})
}

func recordShow(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	var id uuid.UUID
	c.check = func(words []string) error { return identifier(words[0], &id) }
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, _ []string) error {
		for _, info := range domain.Types() {
			record, err := ws.Get(ctx, info.Type, id)
			if err != nil {
				return err
			}
			if record == nil {
				continue
			}
			out, err := asJSON(record)
			if err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) {
				fmt.Fprintf(w, "%s %s\n", out.Type, out.ID)
				for _, field := range record.Fields() {
					for i, head := range record.Heads(field) {
						mark := " "
						if i > 0 {
							mark = "≠"
						}
						fmt.Fprintf(w, "%s %-28s %s  (%s, %s)\n", mark, field, head.Answer.Text(), ws.AliasOf(head.By), head.HLC.Time().UTC().Format("2006-01-02 15:04"))
					}
				}
			})
		}
		return fault.New("E-CASE", id.String(), nil)
	})
}

func identifier(word string, id *uuid.UUID) (err error) {
	if *id, err = uuid.Parse(word); err != nil {
		return fmt.Errorf("%q is no identifier: %w", word, errUsage)
	}
	return nil
}

// maxApplyLine is the longest line that 'record apply' reads.
const maxApplyLine = 1 << 20

func recordApply(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		file, err := os.Open(words[0])
		if err != nil {
			return fault.New("E-FILE", filepath.Base(words[0]), err)
		}
		defer file.Close()
		writes, err := readWrites(file, filepath.Base(words[0]))
		if err != nil {
			return err
		}
		records, err := ws.SetMany(ctx, writes)
		if err != nil {
			return err
		}
		ids := make([]uuid.UUID, len(records))
		for i, r := range records {
			ids[i] = r.ID()
		}
		return c.print(map[string]any{"written": len(records), "ids": ids}, func(w io.Writer) { fmt.Fprintf(w, "%d records written\n", len(records)) })
	})
}

// readWrites reads JSON lines {"type","id","case","subject","form","set"}; a fault names the line. form is the edition of the question set
// that asked, as "visit@2"; answers to a form that others made are judged by it.
func readWrites(r io.Reader, name string) ([]workspace.Write, error) {
	var writes []workspace.Write
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxApplyLine)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		where := fmt.Sprintf("%s:%d", name, n)
		if err := oplog.StrictJSON(lines.Bytes()); err != nil {
			return nil, fault.New("E-VALUE", where, err)
		}
		var in struct {
			Type    domain.Type                `json:"type"`
			ID      uuid.UUID                  `json:"id"`
			Case    uuid.UUID                  `json:"case"`
			Subject uuid.UUID                  `json:"subject"`
			Form    string                     `json:"form"`
			Set     map[string]json.RawMessage `json:"set"`
		}
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil {
			return nil, fault.Newf("E-VALUE", where, "members do not fit")
		}
		write := workspace.Write{Target: workspace.Target{Type: in.Type, ID: in.ID, Case: in.Case, Subject: in.Subject, Form: in.Form}, Answers: map[string]domain.Answer{}}
		for field, raw := range in.Set {
			canonical, err := oplog.Canonical(raw)
			if err != nil {
				return nil, fault.New("E-VALUE", where+" "+field, err)
			}
			if write.Answers[field], err = domain.DecodeAnswer(canonical); err != nil {
				return nil, fault.New("E-VALUE", where+" "+field, err)
			}
		}
		writes = append(writes, write)
	}
	if err := lines.Err(); err != nil {
		return nil, fault.New("E-FILE", name, err)
	}
	return writes, nil
}

// hitJSON is a [workspace.Hit] with the member names of the command line.
type hitJSON struct {
	Type   domain.Type `json:"type"`
	ID     uuid.UUID   `json:"id"`
	Case   uuid.UUID   `json:"case"`
	Title  string      `json:"title"`
	Native string      `json:"native"`
	Detail string      `json:"detail"`
}

func search(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	limit := c.flags.Int("limit", 20, "how many hits at most")
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		hits, err := ws.Search(ctx, words[0], *limit)
		if err != nil {
			return err
		}
		found := make([]hitJSON, len(hits))
		for i, hit := range hits {
			found[i] = hitJSON(hit)
		}
		return c.print(found, func(w io.Writer) {
			for _, hit := range hits {
				fmt.Fprintf(w, "%-8s %s  %s %s  %s\n", hit.Type, hit.ID, hit.Title, hit.Native, hit.Detail)
			}
			fmt.Fprintf(w, "%d found\n", len(hits))
		})
	})
}

type conflictJSON struct {
	Type   domain.Type `json:"type"`
	ID     uuid.UUID   `json:"id"`
	Case   uuid.UUID   `json:"case"`
	Field  string      `json:"field"`
	Values []valueJSON `json:"values"`
}

type valueJSON struct {
	Operation string          `json:"op"`
	Value     json.RawMessage `json:"value"`
	By        string          `json:"by"`
	At        string          `json:"at"`
}

func conflictList(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		conflicts, err := ws.Conflicts(ctx)
		if err != nil {
			return err
		}
		list := []conflictJSON{}
		for _, conflict := range conflicts {
			r := conflict.Record
			out := conflictJSON{Type: r.Type(), ID: r.ID(), Case: r.Case(), Field: conflict.Field, Values: []valueJSON{}}
			for _, head := range conflict.Heads {
				out.Values = append(out.Values, valueJSON{
					Operation: head.Name.String(), Value: head.Value, By: ws.AliasOf(head.By), At: head.HLC.Time().UTC().Format("2006-01-02T15:04:05Z"),
				})
			}
			list = append(list, out)
		}
		return c.print(list, func(w io.Writer) {
			for _, conflict := range list {
				fmt.Fprintf(w, "%s %s %s\n", conflict.Type, conflict.ID, conflict.Field)
				for _, v := range conflict.Values {
					fmt.Fprintf(w, "    %s  by %s, %s  %s\n", v.Value, v.By, v.At, v.Operation)
				}
			}
			fmt.Fprintf(w, "%d conflicts\n", len(list))
		})
	})
}

func conflictResolve(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	field := c.flags.String("field", "", "the field in conflict")
	take := c.flags.String("take", "", "operation whose value is taken")
	value := c.flags.String("value", "", "another value, as JSON")
	reason := c.flags.String("reason", "", "why; kept with the decision")
	var id uuid.UUID
	c.check = func(words []string) error {
		if (*take == "") == (*value == "") {
			return fmt.Errorf("give either --take or --value: %w", errUsage)
		}
		return errors.Join(need("field", *field), need("reason", *reason), identifier(words[0], &id))
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, _ []string) error {
		conflicts, err := ws.Conflicts(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(conflicts, func(k workspace.Conflict) bool { return k.Record.ID() == id && k.Field == *field })
		if i < 0 {
			return fault.Newf("E-CONFLICT", *field, "no such conflict")
		}
		answer, err := chosenAnswer(conflicts[i], *take, *value)
		if err != nil {
			return err
		}
		if _, err := ws.Resolve(ctx, conflicts[i], answer, *reason); err != nil {
			return err
		}
		return c.print(map[string]any{"id": id, "field": *field}, func(w io.Writer) { fmt.Fprintf(w, "Decided: %s\n", *field) })
	})
}

func chosenAnswer(conflict workspace.Conflict, take, value string) (domain.Answer, error) {
	if value != "" {
		canonical, err := oplog.Canonical(json.RawMessage(value))
		if err != nil {
			return domain.Answer{}, fault.New("E-VALUE", conflict.Field, err)
		}
		answer, err := domain.DecodeAnswer(canonical)
		if err != nil {
			return domain.Answer{}, fault.New("E-VALUE", conflict.Field, err)
		}
		return answer, nil
	}
	for _, head := range conflict.Heads {
		if head.Name.String() == take {
			return head.Answer, nil
		}
	}
	return domain.Answer{}, fault.Newf("E-CONFLICT", conflict.Field, "no standing value was written by that operation")
}
