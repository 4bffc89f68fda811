package casefile

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// side is the panel at the right in which one object is edited. It stays while the page beside it is drawn anew.
type side struct {
	p       *place
	layout  *sideLayout
	panel   *ui.Panel
	inside  *fyne.Container
	content *fyne.Container

	sheet *sheet // nil while closed
	from  string // the anchor that had the keyboard when the panel opened
}

func newSide(p *place, page fyne.CanvasObject) *side {
	d := &side{p: p, layout: &sideLayout{}, inside: container.NewStack()}
	d.panel = ui.NewPanel(theme.ColorSurface, d.inside)
	d.panel.Line = theme.ColorLine
	d.panel.Hide()
	d.content = container.New(d.layout, page, d.panel)
	return d
}

// show puts a sheet into the panel and the keyboard into a field of it; without a field it goes to the first.
func (d *side) show(s *sheet, field string) {
	d.commit()
	if !d.layout.open {
		d.from = d.p.anchorOf(d.p.s.Window.Canvas().Focused())
	}
	d.sheet = s
	t := d.p.s.Texts
	closing := ui.NewIconButton("close", t.T("casefile.side.close"), d.dismiss)
	closing.OnEscape = d.dismiss
	head := ui.Inset(theme.SizeGap, ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(s.heading)), closing))
	scroll := container.NewVScroll(ui.Inset(theme.SizeGapWide, s.content))
	s.scroll = scroll
	d.inside.Objects = []fyne.CanvasObject{container.NewBorder(head, nil, nil, nil, scroll)}
	d.layout.open = true
	d.inside.Refresh()
	d.panel.Show()
	d.content.Refresh()
	s.focus(d.p.s.Window.Canvas(), field)
}

// update brings the sheet up to what was read anew; fields with the keyboard keep what is being typed.
func (d *side) update(v *view) {
	if d.sheet == nil || d.sheet.draft() {
		return
	}
	record := v.file.Get(d.sheet.target.ID)
	if record == nil {
		d.close()
		return
	}
	d.sheet.put(record, v)
}

// commit hands over what is typed and not yet saved.
func (d *side) commit() {
	if d.sheet != nil {
		d.sheet.commit()
	}
}

// dismiss commits, closes and gives the keyboard back to where it came from.
func (d *side) dismiss() {
	if !d.layout.open {
		return
	}
	d.commit()
	d.close()
	d.p.focusAnchor(d.from)
}

// closeOn closes the panel if it shows the object, without committing: the object is being removed.
func (d *side) closeOn(id uuid.UUID) {
	if d.sheet != nil && d.sheet.target.ID == id {
		d.close()
	}
}

func (d *side) close() {
	d.sheet = nil
	d.layout.open = false
	d.panel.Hide()
	d.inside.RemoveAll()
	d.content.Refresh()
}
