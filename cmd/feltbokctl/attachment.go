package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
)

// attachmentJSON is one attachment as 'attachment list' shows it.
type attachmentJSON struct {
	ID    uuid.UUID   `json:"id"`
	Case  uuid.UUID   `json:"case"`
	Type  domain.Type `json:"type"`
	Kind  string      `json:"kind"`
	Title string      `json:"title"`
	// Person is whom it concerns; null when it is the whole case.
	Person    *uuid.UUID `json:"person"`
	MediaType string     `json:"media_type"`
	Size      int64      `json:"size"` // bytes
	// Whole is false while not all of the content has arrived.
	Whole bool `json:"whole"`
}

func attachmentOf(a workspace.Attachment) attachmentJSON {
	out := attachmentJSON{ID: a.ID(), Case: a.Case(), Type: a.Type(), Kind: a.Text("kind"), Title: a.Text("title"), Whole: a.Whole}
	if person := a.Subject(); person != uuid.Nil {
		out.Person = &person
	}
	if a.Claim != nil {
		out.MediaType, out.Size = a.Claim.MediaType, a.Claim.Size
	}
	return out
}

// withCase asks for --case.
func (c *call) withCase() *uuid.UUID {
	id := &uuid.UUID{}
	c.flags.Func("case", "identifier of the case", func(text string) (err error) {
		*id, err = uuid.Parse(text)
		return err
	})
	return id
}

func attachmentList(ctx context.Context, c *call, args []string) error {
	id := c.withWorkspace().withCase()
	c.check = func([]string) error { return needID("case", *id) }
	return c.withOpen(ctx, args, 0, func(ws *workspace.Workspace, _ []string) error {
		found, err := ws.Attachments(ctx, *id)
		if err != nil {
			return err
		}
		list := make([]attachmentJSON, len(found))
		for i, a := range found {
			list[i] = attachmentOf(a)
		}
		return c.print(list, func(w io.Writer) {
			t := i18n.For(c.lang)
			if len(list) == 0 {
				fmt.Fprintln(w, t.T("attachment.none.title"))
			}
			for _, a := range list {
				state := a.MediaType
				if !a.Whole {
					state = t.T("attachment.waiting")
				}
				fmt.Fprintf(w, "%s  %s  %s  %s  %d\n", a.ID, ws.Lists().Label("attachment_kind", a.Kind, t.Lang()), a.Title, state, a.Size)
			}
		})
	})
}

func needID(name string, id uuid.UUID) error {
	if id == uuid.Nil {
		return fmt.Errorf("--%s is missing: %w", name, errUsage)
	}
	return nil
}

func attachmentAdd(ctx context.Context, c *call, args []string) error {
	id := c.withWorkspace().withCase()
	person := uuid.Nil
	c.flags.Func("person", "identifier of the person it concerns (default: the whole case)", func(text string) (err error) {
		person, err = uuid.Parse(text)
		return err
	})
	title := c.flags.String("title", "", "what it is")
	kind := c.flags.String("kind", "other", "code of the list attachment_kind")
	special := c.flags.Bool("special", false, "only for those with special information; it cannot be changed later")
	c.check = func([]string) error { return errors.Join(needID("case", *id), need("title", *title)) }
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, words []string) error {
		file, err := attachment.Open(words[0])
		if err != nil {
			return err
		}
		defer file.Clear()
		of := domain.Type("case_attachment")
		if *special {
			of = "special_attachment"
		}
		for _, known := range []struct {
			t  domain.Type
			id uuid.UUID
		}{{"case", *id}, {"person", person}} {
			record, err := ws.Get(ctx, known.t, known.id)
			if err != nil {
				return err
			}
			if known.id != uuid.Nil && (record == nil || record.Case() != *id) {
				return fault.New("E-CASE", known.id.String(), nil)
			}
		}
		record, err := ws.AddAttachment(ctx, workspace.NewAttachment{
			Case: *id, Person: person, Type: of, Kind: *kind, Title: *title, FileName: filepath.Base(words[0]), File: file,
		})
		if err != nil {
			return err
		}
		added := attachmentJSON{
			ID: record.ID(), Case: *id, Type: of, Kind: *kind, Title: record.Text("title"), MediaType: file.MediaType, Size: int64(len(file.Content)), Whole: true,
		}
		if person != uuid.Nil {
			added.Person = &person
		}
		return c.print(added, func(w io.Writer) {
			t := i18n.For(c.lang)
			fmt.Fprintln(w, t.T("attachment.added"), record.ID())
			fmt.Fprintln(w, t.T("attachment.kept."+map[bool]string{true: "pdf", false: "picture"}[file.MediaType == attachment.PDF]))
		})
	})
}

// attachmentSave writes a copy that is not sealed: only when it was asked for twice, under a name that tells nothing, and on record.
func attachmentSave(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	out := c.flags.String("out", "", "folder for the copy")
	yes := c.flags.Bool("yes", false, "the copy is not sealed, whoever has the folder can read it, and it is put on record: yes")
	id := uuid.Nil
	c.check = func(words []string) (err error) {
		if len(words) == 1 {
			if id, err = uuid.Parse(words[0]); err != nil {
				return fmt.Errorf("%q is no identifier: %w", words[0], errUsage)
			}
		}
		if err := need("out", *out); err != nil {
			return err
		}
		if !*yes {
			return fmt.Errorf("%s --yes is missing: %w", i18n.For(c.lang).T("attachment.copy_warning"), errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, 1, func(ws *workspace.Workspace, _ []string) error {
		var found *workspace.Record
		for _, of := range attachment.Types {
			record, err := ws.Get(ctx, of, id)
			if err != nil {
				return err
			}
			found = cmp.Or(found, record)
		}
		if found == nil || found.Deleted() {
			return fault.New("E-CASE", id.String(), nil)
		}
		content, err := ws.AttachmentContent(ctx, found.Type(), id)
		if err != nil {
			return err
		}
		defer clear(content)
		path := filepath.Join(*out, attachment.CopyName(id, found.Text("media_type")))
		if err := attachment.WriteCopy(path, content); err != nil {
			return err
		}
		ws.Audit("export", found.Type(), id)
		return c.print(map[string]any{"file": path, "size": len(content)}, func(w io.Writer) {
			fmt.Fprintln(w, path)
			fmt.Fprintln(w, i18n.For(c.lang).T("attachment.copied"))
		})
	})
}
