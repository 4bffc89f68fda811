package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/fsx"
	"feltbok/internal/i18n"
)

// formJSON says what a form is, or why it is none.
type formJSON struct {
	File      string        `json:"file,omitempty"`
	Form      string        `json:"form,omitempty"` // id@version
	Title     string        `json:"title,omitempty"`
	Foreign   bool          `json:"foreign"`
	Questions int           `json:"questions"`
	Languages []string      `json:"languages"`
	SHA256    string        `json:"sha256,omitempty"` // of the encoded set
	Faults    []problemJSON `json:"faults"`
	Warnings  []problemJSON `json:"warnings"`
}

type problemJSON struct {
	Code    string `json:"code"`
	Sheet   string `json:"sheet"`
	Row     int    `json:"row,omitempty"`
	Column  string `json:"column,omitempty"`
	Char    int    `json:"char,omitempty"`
	Message string `json:"message"`
	text    string
}

func problemsJSON(problems []form.Fault) []problemJSON {
	list := make([]problemJSON, len(problems))
	for i, p := range problems {
		list[i] = problemJSON{p.Code, p.Sheet, p.Row, p.Column, p.Char, p.Message, p.Code + " " + p.String()}
	}
	return list
}

// formFlags are the flags with which a form is read.
type formFlags struct {
	id, version, subject, files string
	leaveOut                    bool
}

func (c *call) withForm() *formFlags {
	f := &formFlags{}
	c.flags.StringVar(&f.id, "id", "", "identifier of the set (default: form_id of the settings)")
	c.flags.StringVar(&f.version, "version", "", "version of the set (default: that of the settings, else the beginning of its content's hash)")
	c.flags.StringVar(&f.subject, "subject", "", "what is asked about: person (the default), household or case")
	c.flags.StringVar(&f.files, "files", "", "folder with the CSV files that the form names (default: that of the form)")
	c.flags.BoolVar(&f.leaveOut, "leave-out", false, "leave out questions for media and coordinates instead of refusing the form")
	return f
}

// options are the flags as reading takes them.
func (f *formFlags) options() form.ImportOptions {
	o := form.ImportOptions{ID: f.id, Version: f.version, Subject: domain.Type(f.subject), LeaveOut: f.leaveOut}
	if f.files != "" {
		o.Files = os.DirFS(f.files)
	}
	return o
}

// judge reads a form and says what is wrong with it. The error is Q-FORM when it has faults, after they were printed.
func (c *call) judge(f *formFlags, name string) (*form.Set, formJSON, error) {
	said := formJSON{File: filepath.Base(name), Languages: []string{}, Faults: []problemJSON{}, Warnings: []problemJSON{}}
	set, err := form.Open(name, f.options())
	var faults *form.Errors
	if errors.As(err, &faults) {
		said.Faults = problemsJSON(faults.Problems)
		if err := c.print(said, func(w io.Writer) {
			fmt.Fprintln(w, i18n.For(c.lang).N("xlsform.faults", len(said.Faults)))
			for _, p := range said.Faults {
				fmt.Fprintln(w, "  "+p.text)
			}
		}); err != nil {
			return nil, said, err
		}
		return nil, said, fault.Newf("Q-FORM", said.File, "%d faults", len(said.Faults))
	}
	if err != nil {
		return nil, said, err
	}
	said, err = c.describe(set)
	said.File = filepath.Base(name)
	return set, said, err
}

// describe says what a set is.
func (c *call) describe(set *form.Set) (formJSON, error) {
	said := formJSON{
		Form: set.FormRef(), Title: set.Title.In(c.lang), Foreign: set.Foreign, Languages: set.Spoken(),
		Faults: []problemJSON{}, Warnings: problemsJSON(set.Warnings),
	}
	for _, item := range set.Flat() {
		if item.Kind.Asked() {
			said.Questions++
		}
	}
	var err error
	said.SHA256, err = form.Digest(set)
	return said, err
}

// tell prints what a form is, and what was made of it.
func (c *call) tell(said formJSON, out string) error {
	t := i18n.For(c.lang)
	return c.print(struct {
		formJSON
		Out string `json:"out,omitempty"`
	}{said, out}, func(w io.Writer) {
		fmt.Fprintln(w, t.T("xlsform.form", "Form", said.Form, "Title", said.Title))
		fmt.Fprintln(w, t.T("xlsform.what", "Questions", said.Questions, "Languages", strings.Join(said.Languages, ", "), "Digest", said.SHA256))
		if !said.Foreign {
			fmt.Fprintln(w, t.T("xlsform.own"))
		}
		if len(said.Warnings) > 0 {
			fmt.Fprintln(w, t.N("xlsform.warnings", len(said.Warnings)))
			for _, p := range said.Warnings {
				fmt.Fprintln(w, "  "+p.text)
			}
		}
		if out != "" {
			fmt.Fprintln(w, t.T("xlsform.written", "File", out))
		}
	})
}

func formCheck(_ context.Context, c *call, args []string) error {
	f := c.withForm()
	words, err := c.parseWords(args, 1)
	if err != nil {
		return err
	}
	_, said, err := c.judge(f, words[0])
	if err != nil {
		return err
	}
	return c.tell(said, "")
}

func formImport(_ context.Context, c *call, args []string) error {
	f := c.withForm()
	out := c.flags.String("out", "", "what to write: a new folder, or a file that ends in .xlsx or .json")
	words, err := c.parseWords(args, 1)
	if err != nil {
		return err
	}
	if err := need("out", *out); err != nil {
		return err
	}
	set, said, err := c.judge(f, words[0])
	if err != nil {
		return err
	}
	if err := writeForm(set, *out); err != nil {
		return err
	}
	return c.tell(said, *out)
}

func formExport(_ context.Context, c *call, args []string) error {
	f := c.withForm()
	out := c.flags.String("out", "", "what to write: a new folder, or a file that ends in .xlsx or .json")
	words, err := c.parseWords(args, 1)
	if err != nil {
		return err
	}
	if err := need("out", *out); err != nil {
		return err
	}
	set, own := form.ByID(words[0])
	if !own {
		if set, _, err = c.judge(f, words[0]); err != nil {
			return err
		}
	}
	if err := writeForm(set, *out); err != nil {
		return err
	}
	return c.print(map[string]string{"form": set.FormRef(), "out": *out}, func(w io.Writer) {
		fmt.Fprintln(w, i18n.For(c.lang).T("xlsform.written", "File", *out))
	})
}

// writeForm writes a set as a workbook, one document or a folder, by the ending of the name. Nothing is overwritten.
func writeForm(set *form.Set, out string) error {
	if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
		return fault.Newf("V-EXISTS", filepath.Base(out), "there already")
	}
	encode := map[string]func(*form.Set) ([]byte, error){".xlsx": form.Workbook, ".json": form.Encode}[strings.ToLower(filepath.Ext(out))]
	if encode != nil {
		content, err := encode(set)
		if err != nil {
			return err
		}
		return written(out, fsx.WriteFile(out, content))
	}
	files, err := form.Files(set)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return written(out, err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := fsx.WriteFile(filepath.Join(out, name), files[name]); err != nil {
			return written(out, err)
		}
	}
	return nil
}

func written(out string, err error) error {
	if err != nil {
		return fault.New("E-FILE", filepath.Base(out), err)
	}
	return nil
}

func formOwn(_ context.Context, c *call, args []string) error {
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	sets, err := form.All()
	if err != nil {
		return err
	}
	list := make([]formJSON, 0, len(sets))
	for _, set := range sets {
		said, err := c.describe(set)
		if err != nil {
			return err
		}
		list = append(list, said)
	}
	return c.print(list, func(w io.Writer) {
		for _, said := range list {
			fmt.Fprintf(w, "%-18s %4d  %s\n", said.Form, said.Questions, said.Title)
		}
	})
}
