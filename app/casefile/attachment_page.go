package casefile

import (
	"context"
	"image"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/route"
)

// viewLongest is how many points a picture has at most on its longer side when it is looked at: a page of print can be read.
const viewLongest = 2400

// overPage is a page over the case file, with a way back; what it holds is dropped when it closes.
type overPage struct {
	p       *place
	content fyne.CanvasObject
	body    *fyne.Container
	back    *ui.Button
	from    string // the anchor that had the keyboard
	closed  func() // drops what the page holds; may be nil
}

// openOver shows a page with a title over the case file.
func (p *place) openOver(title string, closed func()) *overPage {
	p.side.dismiss()
	p.closeOver()
	o := &overPage{p: p, body: ui.Stack(theme.SizeGapWide), closed: closed, from: p.anchorOf(p.s.Window.Canvas().Focused())}
	o.back = ui.NewQuiet("back", p.s.Texts.T("attachment.back"), p.backFromOver)
	o.back.OnEscape = p.backFromOver
	o.content = ui.NewPanel(theme.ColorPaper, ui.Page(ui.Row(theme.SizeGap, o.back, ui.Spacer()), ui.Heading(title), o.body))
	p.over = o
	p.side.content.Hide()
	p.content.Add(o.content)
	p.content.Refresh()
	p.s.Window.Canvas().Focus(o.back)
	return o
}

// backFromOver closes the page and gives the keyboard back.
func (p *place) backFromOver() {
	if p.over == nil {
		return
	}
	from := p.over.from
	p.closeOver()
	p.focusAnchor(from)
}

// closeOver drops the page with all it shows.
func (p *place) closeOver() {
	if p.over == nil {
		return
	}
	o := p.over
	p.over = nil
	p.content.Remove(o.content)
	if o.closed != nil {
		o.closed()
	}
	p.side.content.Show()
	p.content.Refresh()
}

// looking is an attachment on screen.
type looking struct {
	content []byte
	picture *image.RGBA
}

func (l *looking) clear() {
	clear(l.content)
	if l.picture != nil {
		clear(l.picture.Pix)
	}
	l.content, l.picture = nil, nil
}

// openAttachment shows an attachment on a page of its own: a picture drawn from memory, of a PDF file what it is.
func (p *place) openAttachment(id uuid.UUID) {
	if p.view == nil {
		return
	}
	all := p.shownAttachments()
	at := slices.IndexFunc(all, func(a workspace.Attachment) bool { return a.ID() == id })
	if at < 0 {
		return
	}
	a, t, l := all[at], p.s.Texts, &looking{}
	o := p.openOver(a.Text("title"), l.clear)
	o.from = "attachment:" + id.String()
	o.body.Add(ui.Muted(p.attachmentFacts(a)))
	if name := a.Text("file_name"); name != "" {
		o.body.Add(ui.Muted(t.T("attachment.file_name", "Name", name)))
	}
	row := ui.Row(theme.SizeGap)
	step := func(words, icon string, to int) {
		if to >= 0 && to < len(all) {
			b := ui.NewQuiet(icon, t.T(words), func() { p.openAttachment(all[to].ID()) })
			b.OnEscape = p.backFromOver
			row.Add(b)
		}
	}
	step("attachment.previous", "back", at-1)
	step("attachment.next", "forward", at+1)
	row.Add(ui.Spacer())
	o.body.Add(row)
	shown := ui.Stack(theme.SizeGapWide, ui.Muted(t.T("attachment.opening")))
	o.body.Add(shown)
	kind, claim := a.Type(), a.Claim
	ui.Run(p.s.Loop, func(ctx context.Context) (*looking, error) {
		content, err := p.s.WS.AttachmentContent(ctx, kind, id)
		if err != nil {
			return nil, err
		}
		found := &looking{content: content}
		if claim.MediaType != attachment.PDF {
			found.picture, err = attachment.Picture(claim.MediaType, content, viewLongest)
		}
		return found, err
	}, func(found *looking, err error) {
		if p.over != o { // the page was closed meanwhile
			if found != nil {
				found.clear()
			}
			return
		}
		if found != nil {
			*l = *found
		}
		shown.RemoveAll()
		switch {
		case err != nil:
			shown.Add(ui.Banner(ui.Warning, t.Sentence(err), nil, nil))
		case l.picture != nil:
			shown.Add(p.pictureOf(l.picture))
		default:
			shown.Add(p.documentOf(l.content))
		}
		if err == nil {
			save := ui.NewButton(t.T("attachment.copy"), func() { p.saveCopy(a, l) })
			save.OnEscape = p.backFromOver
			row.Add(save)
		}
		o.body.Refresh()
		p.content.Refresh()
	})
}

// pictureOf shows a picture as wide as the page, or point by point.
func (p *place) pictureOf(picture *image.RGBA) fyne.CanvasObject {
	t := p.s.Texts
	shown := canvas.NewImageFromImage(picture)
	shown.FillMode = canvas.ImageFillContain
	box := container.New(&pictureLayout{size: picture.Rect.Size()}, shown)
	var larger *ui.Button
	larger = ui.NewQuiet("search", t.T("attachment.larger"), func() {
		l := box.Layout.(*pictureLayout)
		l.large = !l.large
		larger.Text = t.T(map[bool]string{true: "attachment.fit", false: "attachment.larger"}[l.large])
		larger.Refresh()
		box.Refresh()
		p.content.Refresh()
	})
	larger.OnEscape = p.backFromOver
	return ui.Stack(theme.SizeGap, ui.Row(theme.SizeGap, larger, ui.Spacer()), container.NewHScroll(box))
}

// pictureLayout gives a picture the height that it has at the width of the page, at most its own size; large shows it point by point.
type pictureLayout struct {
	size  image.Point
	large bool
	width float32
}

func (l *pictureLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	full := fyne.NewSize(float32(l.size.X), float32(l.size.Y))
	if l.large {
		return full
	}
	width := min(max(l.width, 300), full.Width)
	return fyne.NewSize(1, min(full.Height*width/full.Width, 560*theme.Size(theme.SizeTouch)/44))
}

func (l *pictureLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// documentOf stands for a PDF file, which the program does not draw.
func (p *place) documentOf(content []byte) fyne.CanvasObject {
	t := p.s.Texts
	facts := []fyne.CanvasObject{ui.Strong(t.T("attachment.type.pdf"))}
	if pages := attachment.Pages(content); pages > 0 {
		facts = append(facts, ui.NewText(t.N("attachment.pages", pages)))
	}
	facts = append(facts, ui.Paragraph(t.T("attachment.pdf_text")))
	return ui.Card(ui.Row(theme.SizeGapWide, ui.NewIcon("folder", theme.ColorAccent), ui.Stretch(ui.Stack(theme.SizeGapTight, facts...))))
}

// saveCopy writes a copy that is not sealed, after a warning, into a folder that the user chooses. What is there is not overwritten.
func (p *place) saveCopy(a workspace.Attachment, l *looking) {
	t := p.s.Texts
	var dialog *ui.Dialog
	drives := drivepick.New(p.s, t.T("attachment.copy_where"))
	problem := ui.Paragraph("")
	problem.Color = theme.ColorError
	problem.Hide()
	var save *ui.Button
	save = ui.NewPrimary(t.T("attachment.copy_yes"), func() {
		save.Disable()
		folder, name, content := drives.Path(), attachment.CopyName(a.ID(), a.Claim.MediaType), slices.Clone(l.content)
		ui.Run(p.s.Loop, func(context.Context) (struct{}, error) {
			defer clear(content)
			return struct{}{}, attachment.WriteCopy(filepath.Join(folder, name), content)
		}, func(_ struct{}, err error) {
			save.Enable()
			if err != nil {
				problem.SetText(t.Sentence(err))
				problem.Show()
				return
			}
			p.s.WS.Audit("export", a.Type(), a.ID())
			dialog.Close()
			p.s.Notify(ui.Success, t.T("attachment.copied"))
		})
	})
	save.Kind = ui.Danger
	save.Disable()
	drives.OnChoose = func(path string) {
		problem.Hide()
		if path == "" {
			save.Disable()
		} else {
			save.Enable()
		}
	}
	cancel := ui.NewButton(t.T("ui.cancel"), func() { dialog.Close() })
	cancel.OnEscape, save.OnEscape = cancel.OnTapped, cancel.OnTapped
	parts := ui.Stack(theme.SizeGapWide, ui.Paragraph(t.T("attachment.copy_warning")), drives, problem, ui.Row(theme.SizeGap, ui.Spacer(), cancel, save))
	dialog = ui.ShowDialog(p.s.Window, t.T("attachment.copy_title"), 560, parts, cancel, nil)
	drives.Look()
}

// specialOpen reports whether the user may choose class special for a new attachment.
func (p *place) specialOpen() bool {
	return p.may("special_attachment") && p.s.WS.Holds(domain.Special)
}

// sizeOf says how large a file is.
func (p *place) sizeOf(bytes int64) string { return route.SizeText(bytes, p.s.Texts.Lang()) }
