package casefile

import (
	"context"
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/route"
)

// thumbLongest is how many points a small picture has at most on its longer side, thumbHeight how high it is drawn at 100 %.
const (
	thumbLongest = 360
	thumbHeight  = 120
)

// thumb is a small picture of an attachment, or why there is none.
type thumb struct {
	picture *image.RGBA
	fault   error
}

// thumbs are the small pictures of the attachments on screen. They are made one after the other, off the UI goroutine, only of what
// is shown, and overwritten when the page is left.
type thumbs struct {
	made  map[uuid.UUID]thumb
	shown map[uuid.UUID]*fyne.Container // where each stands
	busy  bool                          // one is being made
	round int                           // counts how often all were dropped: what was begun before counts for nothing
	stop  func()
}

// clear overwrites all pictures.
func (s *thumbs) clear() {
	if s.busy && s.stop != nil {
		s.stop()
	}
	for _, one := range s.made {
		if one.picture != nil {
			clear(one.picture.Pix)
		}
	}
	*s = thumbs{round: s.round + 1, shown: s.shown}
}

// shownAttachments are those of compartment case, and of special once the user has asked for them.
func (p *place) shownAttachments() []workspace.Attachment {
	if p.special {
		return append(ofClass(p.view.attachments, domain.Case), ofClass(p.view.attachments, domain.Special)...)
	}
	return ofClass(p.view.attachments, domain.Case)
}

func ofClass(all []workspace.Attachment, c domain.Compartment) (chosen []workspace.Attachment) {
	for _, one := range all {
		if one.Compartment() == c {
			chosen = append(chosen, one)
		}
	}
	return chosen
}

// drawAttachments shows the files of the case as cards, each with a small picture, and takes new ones.
func (p *place) drawAttachments() {
	t := p.s.Texts
	p.thumbs.shown = map[uuid.UUID]*fyne.Container{}
	var add fyne.CanvasObject
	if p.may("case_attachment") && !p.s.WS.ReadOnly() {
		button := ui.NewPrimary(t.T("attachment.add"), p.addAttachment)
		p.anchor("attachment:add", button)
		add = button
	}
	plain := ofClass(p.view.attachments, domain.Case)
	if len(plain) == 0 {
		p.body.Add(ui.EmptyState("folder", t.T("attachment.none.title"), t.T("attachment.none.text"), add))
	} else {
		actions := []fyne.CanvasObject{}
		if add != nil {
			actions = append(actions, add)
		}
		p.body.Add(ui.SectionHeader(t.T("attachment.title"), t.T("attachment.text"), actions...))
		p.body.Add(p.attachmentCards(plain))
	}
	p.offerSpecial(func() {
		special := ofClass(p.view.attachments, domain.Special)
		if len(special) == 0 {
			p.body.Add(ui.Card(ui.SectionHeader(t.T("casefile.special.title"), t.T("attachment.special.none"))))
			return
		}
		p.body.Add(ui.SectionHeader(t.T("casefile.special.title"), t.T("attachment.special.text")))
		p.body.Add(p.attachmentCards(special))
	})
	p.makeThumbs()
}

func (p *place) attachmentCards(all []workspace.Attachment) fyne.CanvasObject {
	cards := container.New(&cardsLayout{})
	for _, one := range all {
		cards.Add(p.attachmentCard(one))
	}
	return cards
}

// attachmentCard is one file: picture, what it is, whose, how large, and how it fares.
func (p *place) attachmentCard(a workspace.Attachment) fyne.CanvasObject {
	t, id := p.s.Texts, a.ID()
	title := ui.Strong(a.Text("title"))
	title.Wrap = true
	facts := ui.Stack(theme.SizeGapTight, title, ui.Muted(p.attachmentFacts(a)))
	if words, level := p.attachmentState(a); words != "" {
		facts.Add(ui.Flow(theme.SizeGapTight, ui.NewBadge(level, "", words)))
	}
	open := ui.NewButton(t.T("attachment.open"), func() { p.openAttachment(id) })
	p.anchor("attachment:"+id.String(), open)
	buttons := ui.Row(theme.SizeGapTight, open, ui.Spacer())
	if p.may(a.Type()) && !p.s.WS.ReadOnly() {
		buttons.Add(ui.NewIconButton("remove", t.T("attachment.remove"), func() { p.remove(a.Type(), id, t.T("attachment.removed")) }))
	}
	p.thumbs.shown[id] = container.NewStack(p.thumbOf(a))
	return ui.Card(p.thumbs.shown[id], facts, buttons)
}

// attachmentFacts says kind, owner, type and size.
func (p *place) attachmentFacts(a workspace.Attachment) string {
	t := p.s.Texts
	owner := t.T("attachment.whole_case")
	if person := p.view.file.Person(a.Subject()); person != nil {
		owner = nameOf(t, person)
	}
	kind := labelOf(t, "attachment_kind", a.Text("kind"))
	if a.Claim == nil {
		return joined(kind, owner)
	}
	return joined(kind, owner, t.T("attachment.type."+typeWord(a.Claim.MediaType)), route.SizeText(a.Claim.Size, t.Lang()))
}

func typeWord(mediaType string) string {
	switch mediaType {
	case attachment.JPEG:
		return "jpeg"
	case attachment.PNG:
		return "png"
	}
	return "pdf"
}

// attachmentState says what is wrong with an attachment; nothing when it can be opened.
func (p *place) attachmentState(a workspace.Attachment) (words string, level ui.Level) {
	t := p.s.Texts
	switch {
	case a.Whole && p.thumbs.made[a.ID()].fault == nil:
		return "", ui.Neutral
	case a.Whole || a.Own:
		return t.T("attachment.damaged"), ui.Error
	}
	return t.T("attachment.waiting"), ui.Info
}

// thumbOf is the small picture, or a sign that stands for it.
func (p *place) thumbOf(a workspace.Attachment) fyne.CanvasObject {
	if one := p.thumbs.made[a.ID()]; one.picture != nil {
		picture := canvas.NewImageFromImage(one.picture)
		picture.FillMode = canvas.ImageFillContain
		picture.SetMinSize(fyne.NewSize(0, thumbHeight*theme.Size(theme.SizeTouch)/44))
		return picture
	}
	sign := "folder"
	if a.Claim != nil && !a.Whole {
		sign = "clock"
	}
	return container.New(signLayout{height: thumbHeight}, ui.NewIcon(sign, theme.ColorMuted))
}

// signLayout keeps a sign in the middle of the place of a picture.
type signLayout struct{ height float32 }

func (l signLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().Max(fyne.NewSize(0, l.height*theme.Size(theme.SizeTouch)/44))
}

func (l signLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	side := theme.Size(theme.SizeTouch)
	objects[0].Resize(fyne.NewSize(side, side))
	objects[0].Move(fyne.NewPos((size.Width-side)/2, (size.Height-side)/2))
}

// makeThumbs makes the next small picture that is missing, puts it into its place and goes on.
func (p *place) makeThumbs() {
	if p.thumbs.busy || !p.onScreen {
		return
	}
	for _, a := range p.shownAttachments() {
		id := a.ID()
		if _, done := p.thumbs.made[id]; done || !a.Whole || a.Claim == nil || a.Claim.MediaType == attachment.PDF {
			continue
		}
		kind, mediaType, round := a.Type(), a.Claim.MediaType, p.thumbs.round
		p.thumbs.busy = true
		p.thumbs.stop = ui.Run(p.s.Loop, func(ctx context.Context) (*image.RGBA, error) {
			content, err := p.s.WS.AttachmentContent(ctx, kind, id)
			defer clear(content)
			if err != nil {
				return nil, err
			}
			return attachment.Picture(mediaType, content, thumbLongest)
		}, func(picture *image.RGBA, err error) {
			if round != p.thumbs.round {
				if picture != nil {
					clear(picture.Pix)
				}
				return
			}
			p.thumbs.busy = false
			if p.thumbs.made == nil {
				p.thumbs.made = map[uuid.UUID]thumb{}
			}
			p.thumbs.made[id] = thumb{picture, err}
			if place := p.thumbs.shown[id]; place != nil && err == nil {
				place.Objects = []fyne.CanvasObject{p.thumbOf(a)}
				place.Refresh()
			} else if err != nil {
				p.s.Loop.After(0, func() { // the card says so
					if p.view != nil && p.section == attachments {
						p.draw()
					}
				})
			}
			if p.view != nil && p.section == attachments {
				p.makeThumbs()
			}
		})
		return
	}
}
