package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/fsx"
	"feltbok/internal/i18n"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
)

// editionJSON is one edition as 'codelist list' and 'form list' show it.
type editionJSON struct {
	ID        uuid.UUID `json:"id"`
	Name      string    `json:"name"`
	Version   string    `json:"version"`
	ValidFrom string    `json:"valid_from"`
	// Size counts codes, or questions.
	Size      int       `json:"size"`
	InUse     bool      `json:"in_use"`
	Withdrawn bool      `json:"withdrawn"`
	Readable  bool      `json:"readable"`
	Issued    time.Time `json:"issued"`
	By        string    `json:"by"`
	// Import brought it here; null where it was issued.
	Import *uuid.UUID `json:"import"`
}

func editionOf(ws *workspace.Workspace, e *workspace.Edition, brought map[uuid.UUID]uuid.UUID) editionJSON {
	at, by := e.Issued()
	out := editionJSON{
		ID: e.ID, Name: e.Name, Version: e.Version, ValidFrom: e.ValidFrom, Size: e.Size, InUse: e.InUse, Withdrawn: e.Withdrawn,
		Readable: e.Unreadable == nil, Issued: at.UTC(), By: ws.AliasOf(by),
	}
	if id, ok := brought[e.ID]; ok {
		out.Import = &id
	}
	return out
}

func codelistList(ctx context.Context, c *call, args []string) error {
	return c.listEditions(ctx, args, "code_list")
}

func formList(ctx context.Context, c *call, args []string) error {
	return c.listEditions(ctx, args, "form")
}

// listEditions lists what headquarters issued of a type and came here.
func (c *call) listEditions(ctx context.Context, args []string, of domain.Type) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		brought, err := ws.BroughtBy(ctx)
		if err != nil {
			return err
		}
		list := []editionJSON{}
		for _, e := range ws.Editions() {
			if e.Type == of {
				list = append(list, editionOf(ws, &e, brought))
			}
		}
		return c.print(list, func(w io.Writer) {
			t := i18n.For(c.lang)
			if len(list) == 0 {
				fmt.Fprintln(w, t.T("edition.none."+string(of)))
			}
			for _, e := range list {
				state := "edition.state.waits"
				switch {
				case e.Withdrawn:
					state = "edition.state.withdrawn"
				case !e.Readable:
					state = "edition.state.unreadable"
				case e.InUse:
					state = "edition.state.in_use"
				case e.ValidFrom <= ws.Now().Format(time.DateOnly):
					state = "edition.state.older"
				}
				fmt.Fprintln(w, t.T("edition.line", "Name", e.Name, "Version", e.Version, "Date", e.ValidFrom, "State", t.T(state), "Size", e.Size, "By", e.By))
			}
		})
	})
}

// editionFlags are those of 'codelist import' and 'form publish'.
type editionFlags struct {
	version, from string
	dry           bool
}

func (f *editionFlags) add(c *call) {
	c.flags.StringVar(&f.from, "from", "", "first day of use, YYYY-MM-DD (default: today)")
	c.flags.BoolVar(&f.dry, "dry-run", false, "show what it would change, write nothing")
}

func codelistImport(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	var f editionFlags
	f.add(c)
	c.flags.StringVar(&f.version, "version", "", "what the edition is called (default: the next number)")
	name := c.flags.String("name", "", "name of the list (default: that of the file)")
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		entries, called, err := intake.OpenEntries(words[0])
		if err != nil {
			return err
		}
		if *name != "" {
			called = *name
		}
		p, err := ws.PrepareList(called, f.version, f.from, entries)
		if err != nil {
			return err
		}
		return c.issue(ctx, ws, p, f.dry)
	})
}

func formPublish(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	var f editionFlags
	f.add(c)
	read := c.withForm()
	class := c.flags.String("class", "ordinary", "of a form that others made: ordinary, or special when it asks about health or other special matters")
	c.check = func([]string) error {
		if *class != "ordinary" && *class != "special" {
			return fmt.Errorf("--class is neither ordinary nor special: %w", errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		set, err := ws.OpenForm(words[0], read.options())
		if err != nil {
			return err
		}
		if set.Foreign {
			subject := set.Subject
			if read.subject != "" {
				subject = domain.Type(read.subject)
			}
			object, _ := domain.ResponseType(map[string]domain.Class{"ordinary": domain.P2, "special": domain.P3}[*class])
			if set, err = form.Addressed(set, object, subject); err != nil {
				return err
			}
		}
		p, err := ws.PrepareForm(set, f.from)
		if err != nil {
			return err
		}
		return c.issue(ctx, ws, p, f.dry)
	})
}

// publishedJSON is what 'codelist import' and 'form publish' say.
type publishedJSON struct {
	Name      string   `json:"name"`
	Version   string   `json:"version"`
	ValidFrom string   `json:"valid_from"`
	Added     []string `json:"added"`
	Renamed   []string `json:"renamed"`
	Ended     []string `json:"ended"`
	Known     bool     `json:"known"`
	// Edition is what was issued; null in a rehearsal.
	Edition *editionJSON `json:"edition"`
}

// issue issues what was prepared, unless it is a rehearsal, and says what changes.
func (c *call) issue(ctx context.Context, ws *workspace.Workspace, p *workspace.Publishing, dry bool) error {
	listed := func(codes []string) []string { return append([]string{}, codes...) }
	out := publishedJSON{
		Name: p.Name, Version: p.Version, ValidFrom: p.ValidFrom, Known: p.Known,
		Added: listed(p.Codes.Added), Renamed: listed(p.Codes.Renamed), Ended: listed(p.Codes.Ended),
	}
	if !dry {
		edition, err := ws.Publish(ctx, p)
		if err != nil {
			return err
		}
		issued := editionOf(ws, edition, nil)
		out.Edition = &issued
	}
	return c.print(out, func(w io.Writer) {
		t := i18n.For(c.lang)
		for _, change := range []struct {
			key   string
			codes []string
		}{{"edition.added", out.Added}, {"edition.renamed", out.Renamed}, {"edition.ended", out.Ended}} {
			if len(change.codes) > 0 {
				fmt.Fprintln(w, t.T(change.key, "Count", len(change.codes), "Codes", strings.Join(change.codes, ", ")))
			}
		}
		switch {
		case dry:
			fmt.Fprintln(w, t.T("edition.rehearsed", "Name", p.Name, "Version", p.Version, "Date", p.ValidFrom))
		case p.Known:
			fmt.Fprintln(w, t.T("edition.known", "Name", p.Name, "Version", p.Version))
		default:
			fmt.Fprintln(w, t.T("edition.issued", "Name", p.Name, "Version", p.Version, "Date", p.ValidFrom))
		}
	})
}

func codelistWithdraw(ctx context.Context, c *call, args []string) error {
	return c.withdrawEdition(ctx, args, "code_list")
}

func formWithdraw(ctx context.Context, c *call, args []string) error {
	return c.withdrawEdition(ctx, args, "form")
}

// withdrawEdition takes an edition back, named by its list or set and its version.
func (c *call) withdrawEdition(ctx context.Context, args []string, of domain.Type) error {
	c.withWorkspace()
	return c.withOpen(ctx, args, 2, func(ws *workspace.Workspace, words []string) error {
		for _, e := range ws.Editions() {
			if e.Type != of || e.Name != words[0] || e.Version != words[1] || e.Withdrawn {
				continue
			}
			gone, err := ws.WithdrawEdition(ctx, e.ID)
			if err != nil {
				return err
			}
			return c.print(editionOf(ws, gone, nil), func(w io.Writer) {
				fmt.Fprintln(w, i18n.For(c.lang).T("edition.withdrawn", "Name", gone.Name, "Version", gone.Version))
			})
		}
		return fault.New("C-NONE", words[0]+" "+words[1], nil)
	})
}

// codelistExport writes a list as it is in use, for the next edition to begin with.
func codelistExport(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	out := c.flags.String("out", "", "file to write, .csv")
	c.check = func([]string) error { return need("out", *out) }
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		lists := ws.Lists()
		if !lists.Exists(words[0]) {
			return fault.New("C-NAME", words[0], nil)
		}
		if _, err := os.Lstat(*out); err == nil {
			return fault.Newf("E-FILE", filepath.Base(*out), "the file is there already")
		}
		entries := lists.Entries(words[0])
		err := fsx.WriteAtomic(*out, func(w io.Writer) error {
			if _, err := io.WriteString(w, "\uFEFF"); err != nil { // spreadsheets need it for UTF-8
				return err
			}
			table := csv.NewWriter(w)
			err := table.Write(codelist.Columns())
			for _, row := range codelist.Rows(entries) {
				var cells []string
				for _, column := range codelist.Columns() {
					cells = append(cells, row[column])
				}
				err = errors.Join(err, table.Write(cells))
			}
			table.Flush()
			return errors.Join(err, table.Error())
		})
		if err != nil {
			return fault.New("E-FILE", filepath.Base(*out), err)
		}
		return c.print(map[string]any{"file": *out, "name": words[0], "version": lists.Version(words[0]), "codes": len(entries)}, func(w io.Writer) {
			fmt.Fprintln(w, i18n.For(c.lang).T("edition.exported", "Name", words[0], "Count", len(entries), "File", *out))
		})
	})
}
