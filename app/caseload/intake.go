package caseload

import (
	"context"
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/intake"
	"feltbok/internal/workspace"
)

// intakePage reads a list in, in three steps: the file, what its columns mean, what taking it in would do. Nothing is written before
// the last button; the way back is open until then.
type intakePage struct {
	s      *ui.Session
	object *fyne.Container // the step on screen
	leave  func()
	main   *ui.Button // what the step on screen leads to; nil while there is nothing

	drives   *drivepick.Picker
	found    []intake.Found
	missions []*workspace.Record

	path       string
	list       *intake.List
	o          intake.Options
	remembered bool
	plan       *intake.Plan
	only       string // which lines of the preview are shown

	words  *ui.Text // of the work that goes on
	bar    *ui.ProgressBar
	cancel func()
}

func newIntakePage(s *ui.Session, leave func()) *intakePage {
	p := &intakePage{s: s, leave: leave, object: container.NewStack(), words: ui.Muted(""), bar: ui.NewProgressBar()}
	p.drives = drivepick.New(s, s.Texts.T("intake.folder"))
	p.drives.OnChoose = func(string) { p.look() }
	return p
}

// step puts one step on screen: what is said and asked above, rows that scroll below.
func (p *intakePage) step(first fyne.Focusable, body fyne.CanvasObject, head ...fyne.CanvasObject) {
	if body == nil {
		p.object.Objects = []fyne.CanvasObject{ui.Page(ui.Stack(theme.SizeGapWide, head...))}
	} else {
		p.object.Objects = []fyne.CanvasObject{ui.Above(ui.Inset(theme.SizeGap, ui.Stack(theme.SizeGap, head...)), body)}
	}
	p.object.Refresh()
	if first != nil {
		ui.Focus(first)
	}
}

// goOn does what the step on screen leads to.
func (p *intakePage) goOn() {
	if p.main != nil && !p.main.Disabled() {
		p.main.Tapped(nil)
	}
}

// heading is the line at the top of each step.
func (p *intakePage) heading(title string, buttons ...fyne.CanvasObject) fyne.CanvasObject {
	row := ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(ui.Heading(title))))
	for _, b := range buttons {
		row.Add(b)
	}
	return row
}

// begin shows the first step.
func (p *intakePage) begin() {
	ui.Run(p.s.Loop, func(ctx context.Context) ([]*workspace.Record, error) { return p.s.WS.Missions(ctx) }, func(missions []*workspace.Record, err error) {
		if err != nil {
			p.s.Fault(err)
		}
		p.missions = missions
	})
	p.files()
	p.drives.Look()
}

// look finds the lists in the folder chosen.
func (p *intakePage) look() {
	folder := p.drives.Path()
	if folder == "" {
		p.found = nil
		p.files()
		return
	}
	ui.Run(p.s.Loop, func(context.Context) ([]intake.Found, error) { return intake.Lists(folder) }, func(found []intake.Found, err error) {
		if err != nil {
			p.s.Fault(err)
		}
		p.found = found
		if p.list == nil {
			p.files()
		}
	})
}

// files is the first step: which file.
func (p *intakePage) files() {
	t := p.s.Texts
	p.list, p.plan, p.main = nil, nil, nil
	back := ui.NewQuiet("back", t.T("intake.back"), p.leave)
	back.OnEscape = p.leave
	empty := ui.NewQuiet("saved", t.T("intake.template"), p.saveTemplate)
	parts := []fyne.CanvasObject{p.heading(t.T("intake.title"), back), ui.Paragraph(t.T("intake.explain")), p.drives}
	switch {
	case p.drives.Path() == "":
		parts = append(parts, ui.Muted(t.T("intake.no_folder")))
	case len(p.found) == 0:
		parts = append(parts, ui.Muted(t.T("intake.no_files")))
	}
	first := fyne.Focusable(back)
	for i, file := range p.found[:min(len(p.found), mostFiles)] {
		card := ui.NewTapCard(file.Name, func() { p.open(file.Path, "") },
			ui.Strong(file.Name), ui.Muted(t.T("intake.file", "When", file.Modified.Local().Format("2.1.2006 15:04"), "Size", (file.Size+1023)/1024)))
		if i == 0 {
			first = card
		}
		parts = append(parts, card)
	}
	if len(p.found) > mostFiles {
		parts = append(parts, ui.Muted(t.N("intake.more_files", len(p.found)-mostFiles)))
	}
	if p.drives.Path() != "" {
		parts = append(parts, ui.Row(theme.SizeGap, empty, ui.Spacer()))
	}
	parts = append(parts, p.earlier()...)
	p.step(first, nil, parts...)
}

// mostFiles is how many lists of a folder are offered, the newest.
const mostFiles = 30

// earlier shows the lists that were taken in before, each with the way to take it back.
func (p *intakePage) earlier() []fyne.CanvasObject {
	t := p.s.Texts
	before, err := intake.Intakes(p.s.WS)
	if err != nil || len(before) == 0 {
		return nil
	}
	parts := []fyne.CanvasObject{ui.SectionHeader(t.T("intake.earlier"), "")}
	for _, one := range before[:min(len(before), 5)] {
		words := ui.Stack("", ui.Strong(one.File), ui.Muted(t.T("intake.earlier.line", "When", sayStamp(one.At), "Who", one.By, "Cases", one.Counts.NewCases, "Persons", one.Counts.NewPersons)))
		row := ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(words)))
		if one.Undone {
			row.Add(ui.NewBadge(ui.Neutral, "", t.T("intake.undone")))
		} else {
			row.Add(ui.NewButton(t.T("intake.undo"), func() { p.askUndo(one.ID, one.File) }))
		}
		parts = append(parts, row)
	}
	return parts
}

// saveTemplate writes an empty list into the folder chosen.
func (p *intakePage) saveTemplate() {
	t := p.s.Texts
	path := filepath.Join(p.drives.Path(), t.T("intake.template.file"))
	ui.Run(p.s.Loop, func(context.Context) (string, error) {
		content, err := intake.Template(t)
		if err != nil {
			return "", err
		}
		if err := fsx.WriteFile(path, content); err != nil {
			return "", fault.New("E-FILE", filepath.Base(path), err)
		}
		return filepath.Base(path), nil
	}, func(name string, err error) {
		if err != nil {
			p.s.Fault(err)
			return
		}
		p.s.Notify(ui.Success, t.T("intake.template.saved", "Name", name))
		p.look()
	})
}

// open reads a file and goes on to its columns.
func (p *intakePage) open(path, sheetName string) {
	type opened struct {
		list       *intake.List
		mapping    intake.Mapping
		remembered bool
	}
	intakeWork(p, p.s.Texts.T("intake.reading"), func(_ context.Context, _ func(int, int)) (opened, error) {
		list, err := intake.Open(path, sheetName)
		if err != nil {
			return opened{}, err
		}
		m, found, err := intake.MappingFor(p.s.WS, list.Table)
		return opened{list, m, found}, err
	}, func(o opened, err error) {
		if err != nil {
			p.files()
			p.refused(err)
			return
		}
		p.path, p.list, p.remembered = path, o.list, o.remembered
		p.o = intake.Options{Mapping: o.mapping, Mission: p.o.Mission, Same: map[int]uuid.UUID{}}
		if p.o.Mission == uuid.Nil && len(p.missions) == 1 {
			p.o.Mission = p.missions[0].ID()
		}
		p.columns()
	}, p.files)
}

// compare asks what taking the list in would do, and shows it.
func (p *intakePage) compare() {
	intakeWork(p, p.s.Texts.T("intake.comparing"), func(ctx context.Context, progress func(int, int)) (*intake.Plan, error) {
		return intake.Prepare(ctx, p.s.WS, p.list, p.o, progress)
	}, func(plan *intake.Plan, err error) {
		if err != nil {
			p.columns()
			p.refused(err)
			return
		}
		p.plan = plan
		p.preview()
	}, p.columns)
}

// take takes the list in as previewed.
func (p *intakePage) take() {
	intakeWork(p, p.s.Texts.T("intake.taking"), func(ctx context.Context, progress func(int, int)) (*intake.Intake, error) {
		return intake.Apply(ctx, p.s.WS, p.list, p.o, p.plan, true, progress)
	}, func(done *intake.Intake, err error) {
		switch {
		case fault.Code(err) == "E-PLAN":
			p.refused(err)
			p.compare()
		case err != nil:
			p.preview()
			p.refused(err)
		default:
			p.done(done)
		}
	}, p.preview)
}

// done says what was taken in and offers to take it back.
func (p *intakePage) done(done *intake.Intake) {
	t := p.s.Texts
	back := ui.NewPrimary(t.T("intake.to_cases"), p.leave)
	back.OnEscape = p.leave
	p.main = back
	buttons := ui.Row(theme.SizeGap, back)
	if done.ID != uuid.Nil {
		buttons.Add(ui.NewButton(t.T("intake.undo"), func() { p.askUndo(done.ID, done.File) }))
	}
	buttons.Add(ui.NewButton(t.T("intake.another"), p.files))
	p.step(back, nil, p.heading(t.T("intake.done")), ui.Banner(ui.Success, p.sum(done.Counts), nil, nil), ui.Paragraph(t.T("intake.done.text")), buttons)
}

// askUndo takes a list back, after a reason.
func (p *intakePage) askUndo(id uuid.UUID, file string) {
	t := p.s.Texts
	ui.Confirm(p.s.Window, t, ui.Question{
		Title: t.T("intake.undo.title"), Text: t.T("intake.undo.text", "Name", file), Yes: t.T("intake.undo"), Danger: true, Reason: ui.ReasonRequired,
		OnYes: func(reason string) {
			intakeWork(p, t.T("intake.undoing"), func(ctx context.Context, _ func(int, int)) (*intake.Undone, error) {
				return intake.Undo(ctx, p.s.WS, id, reason, false)
			}, func(done *intake.Undone, err error) {
				p.files()
				switch {
				case err != nil:
					p.refused(err)
				case done.Stay > 0:
					p.s.Notify(ui.Warning, t.N("intake.undone.stay", done.Stay))
				default:
					p.s.Notify(ui.Success, t.T("intake.undone.all"))
				}
			}, p.files)
		},
	})
}

func (p *intakePage) refused(err error) { p.s.Fault(p.named(err)) }

// named says the label of a field where a fault has its key.
func (p *intakePage) named(err error) error {
	f, ok := fault.Of(err)
	if !ok || f.Code != "L-COLUMNS" {
		return err
	}
	return fault.New(f.Code, p.s.Texts.T("intake.field."+f.Where), f.Err)
}

// showWork puts the progress of long work on screen, with a button that stops it without harm.
func (p *intakePage) showWork(words string, stop func()) func(done, total int) {
	p.main = nil
	t := p.s.Texts
	p.words.SetText(words)
	p.bar.Set(0, 1)
	cancel := ui.NewButton(t.T("ui.cancel"), stop)
	cancel.OnEscape = stop
	p.step(cancel, nil, p.heading(t.T("intake.title")), p.words, p.bar, ui.Row(theme.SizeGap, cancel, ui.Spacer()))
	told := -1
	return func(done, total int) {
		if share := 100 * done / max(total, 1); share != told {
			told = share
			p.s.Loop.Post(func() { p.bar.Set(int64(done), int64(total)) })
		}
	}
}

// intakeWork runs work for a page; stopped is called when the user stopped it.
func intakeWork[T any](p *intakePage, words string, work func(ctx context.Context, progress func(done, total int)) (T, error), done func(T, error), stopped func()) {
	progress := p.showWork(words, func() {
		if p.cancel != nil {
			p.cancel()
		}
	})
	running := true
	cancel := ui.Run(p.s.Loop, func(ctx context.Context) (T, error) { return work(ctx, progress) }, func(result T, err error) {
		running, p.cancel = false, nil
		if errors.Is(err, context.Canceled) {
			stopped()
			return
		}
		done(result, err)
	})
	if running { // work that ran at once is over already
		p.cancel = cancel
	}
}
