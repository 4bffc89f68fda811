package casefile

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/route"
)

// mostOffered is how many files of a folder are listed, the newest.
const mostOffered = 200

// offered is a file in the folder chosen.
type offered struct {
	name     string
	size     int64
	modified time.Time
}

// adding is the page on which a file is chosen, described and added.
type adding struct {
	p      *place
	over   *overPage
	drives *drivepick.Picker
	files  []offered
	table  *ui.Table
	listed *fyne.Container // the table, once there are files
	note   *ui.Text
	chosen *fyne.Container // the file chosen and what is asked about it

	file   *attachment.File // nil until one is chosen
	name   string
	title  *ui.TextField
	titled *ui.Field
	kinds  *ui.Chips
	kindAt *ui.Field
	person *ui.PickEntry
	class  *ui.Chips // nil when there is nothing to choose
	clsAt  *ui.Field
	button *ui.Button
	saving bool
	reads  int // counts files chosen, so that only the last one counts
	small  thumb
}

// addAttachment opens the page.
func (p *place) addAttachment() {
	if p.view == nil || !p.may("case_attachment") || p.s.WS.ReadOnly() {
		return
	}
	t := p.s.Texts
	a := &adding{p: p, chosen: ui.Stack(theme.SizeGapWide), note: ui.Paragraph(t.T("attachment.choose_folder"))}
	a.over = p.openOver(t.T("attachment.add_title"), a.clear)
	a.over.from = "attachment:add"
	a.drives = drivepick.New(p.s, t.T("attachment.from"))
	a.drives.OnChoose = a.list
	a.table = ui.NewTable([]ui.Column{{Title: t.T("attachment.col.name"), Share: 1, Least: 120}, {Title: t.T("attachment.col.date"), Least: 150}, {Title: t.T("attachment.col.size"), Least: 90, Right: true}},
		func() int { return len(a.files) }, a.cell)
	a.table.OnOpen = a.choose
	a.listed = container.New(listLayout{}, a.table)
	a.listed.Hide()
	a.over.body.Add(ui.Narrowed(860, ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("attachment.add_text")),
		ui.Card(a.drives, a.note, a.listed), a.chosen)))
	p.content.Refresh()
	a.drives.Look()
}

// listLayout gives a list a height to scroll in.
type listLayout struct{}

func (listLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().Max(fyne.NewSize(0, 5*theme.Size(theme.SizeTouch)))
}

func (listLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// clear forgets the file and its picture.
func (a *adding) clear() {
	if a.file != nil && !a.saving {
		a.file.Clear()
	}
	if a.small.picture != nil {
		clear(a.small.picture.Pix)
	}
	a.files = nil
}

func (a *adding) cell(row, column int) ui.Cell {
	f := a.files[row]
	switch column {
	case 0:
		return ui.Cell{Text: f.name}
	case 1:
		return ui.Cell{Text: f.modified.In(a.p.s.Now().Location()).Format("2.1.2006 15:04"), Muted: true}
	}
	return ui.Cell{Text: a.p.sizeOf(f.size), Muted: true}
}

// list shows the files in a folder, the newest first, whatever they are called: what they are is told by their content.
func (a *adding) list(folder string) {
	t := a.p.s.Texts
	ui.Run(a.p.s.Loop, func(context.Context) ([]offered, error) {
		if folder == "" {
			return nil, nil
		}
		return filesIn(folder)
	}, func(files []offered, err error) {
		if a.p.over != a.over {
			return
		}
		a.files = files
		switch {
		case err != nil:
			a.note.SetText(t.Sentence(err))
		case folder == "":
			a.note.SetText(t.T("attachment.choose_folder"))
		case len(files) == 0:
			a.note.SetText(t.T("attachment.no_files"))
		default:
			a.note.SetText(t.T("attachment.choose_file"))
		}
		a.listed.Hidden = len(files) == 0
		a.table.Refresh()
		a.p.content.Refresh()
		a.table.Mark(0) // once the list has its height: it scrolls for the row to be seen
	})
}

func filesIn(folder string) ([]offered, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, route.Explain(folder, err)
	}
	var files []offered
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			files = append(files, offered{entry.Name(), info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b offered) int { return cmp.Or(b.modified.Compare(a.modified), strings.Compare(a.name, b.name)) })
	return files[:min(len(files), mostOffered)], nil
}

// choose reads a file and asks what it is.
func (a *adding) choose(row int) {
	if row >= len(a.files) || a.saving {
		return
	}
	p, f := a.p, a.files[row]
	path := filepath.Join(a.drives.Path(), f.name)
	a.reads++
	read := a.reads
	a.chosen.RemoveAll()
	a.chosen.Add(ui.Muted(p.s.Texts.T("attachment.reading")))
	type result struct {
		file  *attachment.File
		small thumb
	}
	ui.Run(p.s.Loop, func(context.Context) (result, error) {
		file, err := readFile(path)
		if err != nil {
			return result{}, err
		}
		r := result{file: file}
		if file.MediaType != attachment.PDF {
			r.small.picture, r.small.fault = attachment.Picture(file.MediaType, file.Content, thumbLongest)
		}
		return r, nil
	}, func(r result, err error) {
		if p.over != a.over || read != a.reads {
			if r.file != nil {
				r.file.Clear()
			}
			return
		}
		a.chosen.RemoveAll()
		if err != nil {
			a.chosen.Add(ui.Banner(ui.Warning, p.s.Texts.Sentence(err), nil, nil))
			p.content.Refresh()
			return
		}
		a.clearChoice()
		a.file, a.small, a.name = r.file, r.small, f.name
		a.ask()
	})
}

func (a *adding) clearChoice() {
	if a.file != nil {
		a.file.Clear()
	}
	if a.small.picture != nil {
		clear(a.small.picture.Pix)
	}
}

// readFile reads a file, and says what is wrong with the place where it lies.
func readFile(path string) (*attachment.File, error) {
	file, err := attachment.Open(path)
	if fault.Code(err) == "E-FILE" {
		return nil, route.Explain(filepath.Dir(path), err)
	}
	return file, err
}

// ask shows the file and what is to be said about it.
func (a *adding) ask() {
	p, t := a.p, a.p.s.Texts
	about := ui.Stack(theme.SizeGapTight, ui.Strong(a.name), ui.Muted(joined(t.T("attachment.type."+typeWord(a.file.MediaType)), p.sizeOf(int64(len(a.file.Content))))),
		ui.Paragraph(t.T("attachment.kept."+map[bool]string{true: "pdf", false: "picture"}[a.file.MediaType == attachment.PDF])))
	var sign fyne.CanvasObject = ui.NewIcon("folder", theme.ColorAccent)
	if a.small.picture != nil {
		picture := canvas.NewImageFromImage(a.small.picture)
		picture.FillMode = canvas.ImageFillContain
		side := thumbHeight * theme.Size(theme.SizeTouch) / 44
		picture.SetMinSize(fyne.NewSize(side, side))
		sign = picture
	}
	escape := p.backFromOver
	a.title = ui.NewTextField(t.T("attachment.title_hint"))
	a.titled = ui.NewField(t.T("attachment.field.title"), a.title)
	a.titled.SetRequired(t.T("ui.required"))
	a.kinds = ui.NewChips(p.codes("attachment_kind"), false)
	a.kindAt = ui.NewField(t.T("attachment.field.kind"), a.kinds)
	a.kindAt.SetRequired(t.T("ui.required"))
	a.person = ui.NewPickEntry(t, p.people)
	owner := ui.NewField(t.T("attachment.field.person"), a.person)
	owner.SetHint(t.T("attachment.person_hint"))
	a.button = ui.NewPrimary(t.T("attachment.save"), a.save)
	a.title.OnEscape, a.kinds.OnEscape, a.person.OnEscape, a.button.OnEscape = escape, escape, escape, escape
	a.title.OnDone = func() { ui.Focus(a.kinds) }
	parts := []fyne.CanvasObject{ui.Row(theme.SizeGapWide, sign, ui.Stretch(ui.Middle(about))), a.titled, a.kindAt, owner}
	a.class = nil
	if p.specialOpen() {
		a.class = ui.NewChips([]ui.Choice{{Code: "case_attachment", Label: t.T("attachment.class.case")}, {Code: "special_attachment", Label: t.T("attachment.class.special")}}, false)
		a.class.OnEscape = escape
		a.clsAt = ui.NewField(t.T("attachment.field.class"), a.class)
		a.clsAt.SetHint(t.T("attachment.class_hint"))
		a.clsAt.SetRequired(t.T("ui.required"))
		parts = append(parts, a.clsAt)
	}
	parts = append(parts, ui.Row(theme.SizeGap, ui.Spacer(), a.button))
	a.chosen.Add(ui.Card(parts...))
	p.content.Refresh()
	p.s.Window.Canvas().Focus(a.title)
}

// save adds the file once.
func (a *adding) save() {
	p, t := a.p, a.p.s.Texts
	if a.saving || a.file == nil || p.over != a.over {
		return
	}
	title, kind := domain.NormaliseText(a.title.Text), strings.Join(a.kinds.Chosen(), "")
	class := domain.Type("case_attachment")
	a.titled.SetProblem(ui.Error, "")
	a.kindAt.SetProblem(ui.Error, "")
	switch {
	case title == "":
		a.titled.SetProblem(ui.Error, t.T("attachment.title_needed"))
		p.s.Window.Canvas().Focus(a.title)
		return
	case kind == "":
		a.kindAt.SetProblem(ui.Error, t.T("attachment.kind_needed"))
		p.s.Window.Canvas().Focus(a.kinds)
		return
	}
	if a.class != nil {
		a.clsAt.SetProblem(ui.Error, "")
		chosen := a.class.Chosen()
		if len(chosen) == 0 {
			a.clsAt.SetProblem(ui.Error, t.T("attachment.class_needed"))
			p.s.Window.Canvas().Focus(a.class)
			return
		}
		class = domain.Type(chosen[0])
	}
	person, _ := uuid.Parse(a.person.Picked().Code) // zero: the case as a whole
	fresh := workspace.NewAttachment{Case: p.id, Person: person, Type: class, Kind: kind, Title: title, FileName: a.name, File: a.file}
	a.saving = true
	a.button.Disable()
	p.writes.add(func(ctx context.Context) error {
		_, err := p.s.WS.AddAttachment(ctx, fresh)
		return err
	}, func(err error) {
		a.saving = false
		if p.over != a.over {
			fresh.File.Clear()
			return
		}
		if err != nil {
			a.button.Enable()
			return
		}
		p.section = attachments
		p.closeOver()
		p.s.Notify(ui.Success, t.T("attachment.added"))
		p.readThen(func() { p.focusAnchor("attachment:add") })
	})
}
