package lists

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
)

// issuing is the way of a new edition in two steps: which file or folder; then what it changes, and from which day.
type issuing struct {
	p      *Place
	drives *drivepick.Picker
	found  []candidate
	open   bool // the first step is on screen

	// Of the second step: what was read, under the name that its file gives it.
	path    string
	name    string
	entries []codelist.Entry
	set     *form.Set
	class   *ui.Chips
	asked   guard // of a form that others made: what its publisher says of it
	day     *ui.DateField
	plan    *workspace.Publishing
}

// candidate is a file or folder that may be an edition.
type candidate struct {
	path, name string
	changed    time.Time
}

// mostFound is how many are offered, the newest.
const mostFound = 20

// begin shows the first step.
func (i *issuing) begin() {
	if i.p.busy || !i.p.mayIssue() {
		return
	}
	i.open = true
	i.p.split.ShowDetail() // before the keyboard goes there: a hidden button does not take it
	i.show()
	i.drives.Look()
}

// look finds what may be an edition of the view on screen in the folder chosen.
func (i *issuing) look() {
	folder, view := i.drives.Path(), i.p.view
	ui.Run(i.p.s.Loop, func(context.Context) ([]candidate, error) {
		if folder == "" {
			return nil, nil
		}
		if view == "form" {
			return questionSets(folder)
		}
		files, err := intake.Lists(folder)
		var found []candidate
		for _, file := range files {
			found = append(found, candidate{file.Path, file.Name, file.Modified})
		}
		return found, err
	}, func(found []candidate, err error) {
		if err != nil {
			i.p.fault(err)
		}
		i.found = found
		if i.open {
			i.show()
		}
	})
}

// questionSets finds the folders in a folder that hold the tables of a question set, and the folder itself when it does, and workbooks.
func questionSets(folder string) ([]candidate, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(folder), err)
	}
	paths := []string{folder}
	for _, entry := range entries {
		if entry.IsDir() {
			paths = append(paths, filepath.Join(folder, entry.Name()))
		}
	}
	var found []candidate
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && strings.EqualFold(filepath.Ext(entry.Name()), ".xlsx") {
			found = append(found, candidate{filepath.Join(folder, entry.Name()), entry.Name(), info.ModTime()})
		}
	}
	for _, path := range paths {
		if info, err := os.Stat(filepath.Join(path, "survey.csv")); err == nil && info.Mode().IsRegular() {
			found = append(found, candidate{path, filepath.Base(path), info.ModTime()})
		}
	}
	return found, nil
}

// show is the first step.
func (i *issuing) show() {
	p, t := i.p, i.p.s.Texts
	parts := []fyne.CanvasObject{ui.SectionHeader(t.T("lists.load."+string(p.view)), t.T("lists.load.text."+string(p.view))), i.drives}
	switch {
	case i.drives.Path() == "":
		parts = append(parts, ui.Muted(t.T("lists.no_folder")))
	case len(i.found) == 0:
		parts = append(parts, ui.Muted(t.T("lists.nothing_found."+string(p.view))))
	}
	for _, one := range i.found[:min(len(i.found), mostFound)] {
		parts = append(parts, ui.NewTapCard(one.name, func() { i.read(one.path) }, ui.Strong(one.name), ui.Muted(p.when(one.changed))))
	}
	cancel := ui.NewButton(t.T("ui.cancel"), i.end)
	cancel.OnEscape = i.end
	p.place(ui.Card(append(parts, ui.Row(theme.SizeGap, cancel, ui.Spacer()))...))
	ui.Focus(cancel)
}

// end leaves the way.
func (i *issuing) end() {
	*i = issuing{p: i.p, drives: i.drives}
	i.p.split.ShowList()
	i.p.show()
	ui.Focus(i.p.table.Focusable())
}

// read reads a file or folder and shows what it would change.
func (i *issuing) read(path string) {
	p, ws, view := i.p, i.p.s.WS, i.p.view
	if p.busy {
		return
	}
	type content struct {
		name    string
		entries []codelist.Entry
		set     *form.Set
	}
	ui.Run(p.s.Loop, func(context.Context) (c content, err error) {
		if view == "form" {
			c.set, err = ws.OpenForm(path, form.ImportOptions{})
			return c, err
		}
		c.entries, c.name, err = intake.OpenEntries(path)
		return c, err
	}, func(c content, err error) {
		if err != nil {
			p.fault(err)
			return
		}
		i.path, i.name, i.entries, i.set, i.open = path, c.name, c.entries, c.set, false
		i.day = nil
		i.asked = guardOf(ws, i.set)
		i.tell()
	})
}

// prepare asks what the edition would be, used from the day in the field.
func (i *issuing) prepare() (*workspace.Publishing, error) {
	from := ""
	if i.day != nil {
		from = i.day.Value()
	}
	if i.set != nil {
		set, err := i.asked.address(i.set)
		if err != nil {
			return nil, err
		}
		return i.p.s.WS.PrepareForm(set, from)
	}
	return i.p.s.WS.PrepareList(i.name, "", from, i.entries)
}

// tell is the second step.
func (i *issuing) tell() {
	p, t := i.p, i.p.s.Texts
	back := ui.NewButton(t.T("lists.other_file"), i.begin)
	cancel := ui.NewButton(t.T("ui.cancel"), i.end)
	back.OnEscape, cancel.OnEscape = i.end, i.end
	var err error
	if i.plan, err = i.prepare(); err != nil {
		level := ui.Warning
		if fault.Code(err) == "C-SAME" {
			level = ui.Info
		}
		p.place(ui.Card(ui.SectionHeader(filepath.Base(i.path), ""), ui.Banner(level, t.Sentence(err), nil, nil), ui.Flow(theme.SizeGap, back, cancel)))
		ui.Focus(back)
		return
	}
	rows := []ui.KeyValue{{Key: t.T("lists.fact.name"), Value: i.plan.Name}, {Key: t.T("lists.column.version"), Value: i.plan.Version}}
	if i.set != nil {
		rows = append(rows, ui.KeyValue{Key: t.T("lists.fact.title"), Value: i.set.Title.In(t.Lang())})
	}
	for _, change := range []struct {
		key   string
		codes []string
	}{{"lists.added", i.plan.Codes.Added}, {"lists.renamed", i.plan.Codes.Renamed}, {"lists.ended", i.plan.Codes.Ended}} {
		if len(change.codes) > 0 {
			rows = append(rows, ui.KeyValue{Key: t.T(change.key, "Count", len(change.codes)), Value: i.say(change.codes)})
		}
	}
	if i.day == nil {
		i.day = ui.NewDateField(t, func(typed string) (string, string, error) {
			date, err := domain.ParseTypedDate(typed, t.Lang(), p.s.Now())
			if err != nil || !date.Whole() {
				return "", "", fault.Newf("C-DAY", "", "not a whole date")
			}
			return date.String(), p.day(date.String()), nil
		})
		i.day.Put(p.day(i.plan.ValidFrom))
	}
	field := ui.NewField(t.T("lists.from"), i.day)
	field.SetHint(t.T("lists.from_hint"))
	do := ui.NewPrimary(t.T("lists.issue"), i.run)
	do.OnEscape = i.end
	i.day.OnDone = i.run
	parts := []fyne.CanvasObject{ui.SectionHeader(t.T("lists.preview"), t.T("lists.preview.text")), ui.KeyValues(rows...)}
	if i.set != nil && i.set.Foreign {
		parts = append(parts, i.askGuard()...)
	}
	p.place(ui.Card(append(parts, field, ui.Flow(theme.SizeGap, do, back, cancel))...))
	ui.Focus(i.day.Entry())
}

// mostSaid is how many codes are named.
const mostSaid = 12

// say names codes with what they mean in the new edition.
func (i *issuing) say(codes []string) string {
	var words []string
	for _, code := range codes[:min(len(codes), mostSaid)] {
		for _, e := range i.entries {
			if e.Code == code {
				code += " " + e.In(i.p.s.Texts.Lang())
				break
			}
		}
		words = append(words, code)
	}
	if more := len(codes) - mostSaid; more > 0 {
		words = append(words, i.p.s.Texts.N("lists.more", more))
	}
	return strings.Join(words, ", ")
}

// run issues the edition.
func (i *issuing) run() {
	p, t := i.p, i.p.s.Texts
	if p.busy || i.day.Value() == "" {
		return
	}
	plan, err := i.prepare()
	if err != nil {
		p.fault(err)
		return
	}
	p.work(func(ctx context.Context) error {
		_, err := p.s.WS.Publish(ctx, plan)
		return err
	}, func() {
		p.s.Notify(ui.Success, t.T("edition.issued", "Name", plan.Name, "Version", plan.Version, "Date", p.day(plan.ValidFrom)))
		p.marked = 0
		for row, l := range p.rows[p.view] {
			if l.name == plan.Name && l.version == plan.Version {
				p.marked = row
			}
		}
		p.put()
		i.end()
	})
}
