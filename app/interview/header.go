package interview

import (
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// An interview has about two hours; the clock changes colour a quarter before they are over and hinders nothing (domain.md 5).
const (
	timeBox  = 120 * time.Minute
	timeNear = 105 * time.Minute
)

// header says who is interviewed, how long it has lasted, whether everything is stored, and what is missing.
type header struct {
	object fyne.CanvasObject

	t        *i18n.Texts
	name     *ui.Text
	kind     *ui.Badge
	clock    *ui.Text
	mark     *ui.SavedMark
	missing  *ui.Button
	marks    *ui.Button
	finish   *ui.Button
	closed   *ui.Button // into the closed part and out of it
	least    *ui.Badge  // only the minimum record is asked for
	another  *ui.Button // to somebody else's closed part
	trouble  *fyne.Container
	sentence *ui.Text
	row      *fyne.Container
	over     *ui.Button // shows the one beside, in a window that has room for one
	shut     *ui.Button // takes the pane away
	// frame lays the place out anew when the header needs another height.
	frame *fyne.Container
}

// fit asks the frame for the height that the header needs now.
func (h *header) fit() {
	h.object.Refresh()
	if h.frame != nil && h.object.MinSize().Height != h.object.Size().Height {
		h.frame.Refresh()
	}
}

func newHeader(p *Place) *header {
	t := p.t
	h := &header{t: t, name: ui.Strong(""), kind: ui.NewBadge(ui.Neutral, "", ""), clock: ui.Muted(""), mark: ui.NewSavedMark(t)}
	h.name.Shorten, h.name.TextSize = true, fynetheme.SizeNameSubHeadingText
	h.clock.Wrap = false
	h.missing = ui.NewButton("", func() { p.toggleView(viewMissing) })
	h.missing.Icon = "missing"
	h.marks = ui.NewButton("", func() { p.toggleView(viewMarks) })
	h.marks.Icon = "flag"
	h.finish = ui.NewPrimary(t.T("interview.finish"), func() { p.toggleView(viewFinish) })
	h.closed = ui.NewButton(t.T("interview.closed"), p.toggleClosed)
	h.closed.Icon = "lock"
	h.another = ui.NewQuiet("person", t.T("interview.closed.another"), p.openClosed)
	h.sentence = ui.Paragraph("")
	h.trouble = ui.Stack("")
	h.over = ui.NewQuiet("forward", "", p.pair.goOver)
	h.shut = ui.NewIconButton("close", t.T("interview.beside.shut"), func() { p.pair.shut(p) })
	h.row = ui.Row(theme.SizeGap, h.another, h.closed, h.missing, h.marks, h.finish, h.over, h.shut)
	ground := theme.ColorSurface
	if p.session.Special() {
		ground = theme.ColorAccentTint
	}
	if p.session.Closed() {
		ground = theme.ColorAccentTint
		h.closed.Text = t.T("interview.closed.out")
		h.row.Objects = []fyne.CanvasObject{h.another, h.missing, h.closed}
	}
	h.least = ui.NewBadge(ui.Info, "", "")
	h.least.Hide()
	state := ui.Row(theme.SizeGapWide, h.least, h.clock, h.mark)
	bar := &fyne.Container{Layout: &headerLayout{}, Objects: []fyne.CanvasObject{h.name, h.kind, state, h.row}}
	h.object = ui.NewPanel(ground, ui.Stack("", ui.Inset(theme.SizeGap, bar), h.trouble))
	return h
}

// tell renews what the header shows.
func (h *header) tell(p *Place) {
	t := h.t
	name := p.session.Name()
	if persons := p.session.Persons(); persons > 1 {
		name = t.N("interview.household", persons, "Name", name)
	}
	h.name.SetText(name)
	level, word := ui.Neutral, ui.Lists().Label("interview_type", p.session.Record().Text("type"), t.Lang())
	if status := p.session.Status(); status != "draft" {
		level, word = ui.Success, ui.Lists().Label("interview_status", status, t.Lang())
	}
	if title := p.formTitle(); title != "" {
		level, word = ui.Neutral, title
		if p.session.Status() != "draft" {
			level = ui.Success
		}
	}
	persons := len(p.closedPersons())
	h.closed.Hidden, h.another.Hidden = persons == 0, persons < 2 || !p.session.Closed()
	icon := ""
	if p.session.Closed() {
		level, icon, word = ui.Info, "lock", t.T("interview.closed")
	}
	h.kind.Set(level, icon, word)
	h.clock.Words, h.clock.Color = sayClock(t, p.session.Started(), p.s.Now(), p.session.Status() == "draft" && !p.inForm())
	if h.clock.Color == theme.ColorWarning && !p.least && len(p.leastMissing()) > 0 {
		h.clock.Words += " · " + t.T("interview.clock.least")
	}
	h.clock.Refresh()
	h.least.Hidden = !p.least || p.inForm()
	if !h.least.Hidden {
		h.least.Set(ui.Info, "", t.T("interview.least", "Count", len(p.leastMissing())))
	}
	missing, marks := p.session.Total().RequiredMissing, len(p.session.Marks())
	h.missing.SetText(t.T("interview.missing", "Count", missing))
	h.marks.SetText(t.T("interview.come_back", "Count", marks))
	h.marks.Hidden = marks == 0
	h.finish.Hidden = p.session.Status() != "draft"
	h.tellBeside(p)
	h.row.Refresh()
	h.fit()
	p.sayPart()
}

// tellBeside renews what leads to the interview beside this one.
func (h *header) tellBeside(p *Place) {
	other, single := p.pair.other(p), p.pair.alone() != nil
	h.shut.Hidden = other == nil || single
	h.over.Hidden = other == nil || other.session == nil || single || p.pair.layout.wide
	if h.over.Hidden {
		return
	}
	h.over.Label = other.called()
	words := h.over.Label
	if p.s.Window.Canvas().Size().Width*44 < ui.Breakpoint*theme.Size(theme.SizeTouch) {
		words = "" // the arrow alone
	}
	h.over.SetText(words)
}

// underline colours the line below the header.
func (h *header) underline(color fyne.ThemeColorName) {
	if h.frame != nil {
		h.frame.Layout.(*frameLayout).under = color
		h.frame.Refresh()
	}
}

// called says whose interview a pane shows: a person's name, or the household.
func (p *Place) called() string {
	if p.session.Record().Reference("about") == uuid.Nil {
		return p.t.T("interview.members.household")
	}
	return p.session.Name()
}

// sayClock gives the time used and left: quiet, and in another colour from 105 minutes on. An interview that is finished, or
// that is taken up another day, has no clock.
func sayClock(t *i18n.Texts, start, now time.Time, draft bool) (string, fyne.ThemeColorName) {
	used := now.Sub(start)
	if start.IsZero() || !draft || used < 0 || used > 8*time.Hour {
		return "", theme.ColorMuted
	}
	minutes := int(used / time.Minute)
	color := theme.ColorMuted
	if used >= timeNear {
		color = theme.ColorWarning
	}
	if used >= timeBox {
		return t.T("interview.clock.over", "Used", sayMinutes(minutes)), color
	}
	return t.T("interview.clock", "Used", sayMinutes(minutes), "Left", int(timeBox/time.Minute)-minutes), color
}

func sayMinutes(minutes int) string {
	return time.Time{}.Add(time.Duration(minutes) * time.Minute).Format("15:04")[1:]
}

// saved shows how saving fares; a fault as a sentence below the header until a save succeeds.
func (h *header) saved(state ui.SavedState, err error) {
	h.mark.Put(state)
	switch {
	case err != nil:
		h.trouble.Objects = []fyne.CanvasObject{ui.Banner(ui.Error, h.t.T("interview.not_saved", "Sentence", h.t.Sentence(err)), nil, nil)}
	case state.Stage == ui.SavedAt:
		h.trouble.Objects = nil
	}
	h.trouble.Refresh()
	h.fit()
}

// headerLayout puts who, type, state and buttons on one line, or the buttons on a line below where there is no room. Its
// height follows from the width it was given last. Where even the first line has no room the type is left out.
type headerLayout struct{ width float32 }

func (l *headerLayout) least() float32 { return theme.Size(theme.SizeTouch) * 3 }

// twoLines tells whether the buttons need a line of their own.
func (l *headerLayout) twoLines(objects []fyne.CanvasObject) bool {
	need := l.least() + 3*theme.Size(theme.SizeGapWide)
	for _, o := range objects[1:] {
		need += o.MinSize().Width
	}
	return l.width > 0 && need > l.width
}

func (l *headerLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	height := float32(0)
	for _, o := range objects {
		height = max(height, o.MinSize().Height)
	}
	if l.twoLines(objects) {
		height += objects[0].MinSize().Height + theme.Size(theme.SizeGapTight)
	}
	return fyne.NewSize(l.least(), height)
}

func (l *headerLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	who, kind, state, buttons := objects[0], objects[1], objects[2], objects[3]
	gap := theme.Size(theme.SizeGapWide)
	height, room, buttonsTop := size.Height, size.Width, float32(0)
	buttonsWidth := buttons.MinSize().Width
	if l.twoLines(objects) {
		height = who.MinSize().Height
		buttonsTop = height + theme.Size(theme.SizeGapTight)
	} else {
		room -= buttonsWidth + gap
	}
	left := gap / 2
	place := func(o fyne.CanvasObject, width float32) {
		need := o.MinSize()
		o.Resize(fyne.NewSize(width, need.Height))
		o.Move(fyne.NewPos(left, (height-need.Height)/2))
		left += width + gap
	}
	rest := state.MinSize().Width + gap
	if with := rest + kind.MinSize().Width + gap; left+l.least()+with <= room {
		rest = with
		kind.Show()
	} else {
		kind.Hide()
	}
	place(who, max(min(nameWidth(who), room-left-rest), l.least()))
	if kind.Visible() {
		place(kind, kind.MinSize().Width)
	}
	place(state, state.MinSize().Width)
	buttons.Resize(fyne.NewSize(min(buttonsWidth, size.Width), buttons.MinSize().Height))
	buttons.Move(fyne.NewPos(max(size.Width-buttonsWidth, 0), buttonsTop+(size.Height-buttonsTop-buttons.MinSize().Height)/2))
}

// nameWidth is what a shortened name would like to have.
func nameWidth(who fyne.CanvasObject) float32 {
	text, ok := who.(*ui.Text)
	if !ok {
		return 0
	}
	return fyne.MeasureText(text.Words, theme.Size(fynetheme.SizeNameSubHeadingText), fyne.TextStyle{Bold: true}).Width + theme.Size(theme.SizeGapWide)
}
