package shell

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// coverPage is the blank page over everything, with room for the PIN. Below it the editors keep their place.
type coverPage struct {
	shell    *Shell
	page     *ui.Panel
	code     *ui.SecretEntry
	problem  *ui.Text
	title    *ui.Text
	lift     *ui.Button
	lock     *ui.Button
	overlays []fyne.CanvasObject // dialogs that were open
	focused  fyne.Focusable
}

func newCoverPage(s *Shell) *coverPage {
	c := &coverPage{shell: s}
	c.code = ui.NewSecretEntry("")
	c.code.Digits = true
	c.problem = ui.Paragraph("")
	c.problem.Color, c.problem.Align = theme.ColorError, ui.AlignCenter
	c.title = ui.Subheading("")
	c.title.Align = ui.AlignCenter
	c.lift = ui.NewPrimary("", c.submit)
	c.lock = ui.NewQuiet("lock", "", func() { s.Lock(ByUser) })
	c.code.OnSubmit = c.submit
	icon := ui.NewIcon("cover", theme.ColorMuted)
	icon.Times = 2
	form := container.New(centred{width: 320}, ui.Stack(theme.SizeGapWide, ui.Row("", ui.Spacer(), icon, ui.Spacer()), c.title, c.code, c.problem, c.lift, c.lock))
	c.page = ui.NewPanel(theme.ColorPaper, form)
	c.page.Hide()
	c.retext()
	return c
}

func (c *coverPage) retext() {
	t := c.shell.texts
	c.code.Placeholder = t.T("shell.pin")
	c.title.SetText(t.T("shell.covered"))
	c.lift.SetText(t.T("shell.lift"))
	c.lock.SetText(t.T("shell.lock"))
}

// Cover covers the screen; without a PIN it locks.
func (s *Shell) Cover() {
	if s.guard.State() != Open {
		return
	}
	switch s.guard.Cover(s.o.Now()) {
	case Covered:
		s.drawCover()
	case Locked:
		s.drop(ByUser)
	}
}

// drawCover hides everything, dialogs too, and asks for the PIN.
func (s *Shell) drawCover() {
	c := s.cover
	canvas := s.o.Window.Canvas()
	c.overlays = append([]fyne.CanvasObject(nil), canvas.Overlays().List()...)
	s.clearOverlays()
	c.focused = canvas.Focused()
	canvas.Unfocus()
	s.body.Hide()
	s.toaster.Hide()
	c.retext()
	c.problem.SetText("")
	c.page.Show()
	canvas.Focus(c.code)
}

// hide takes the cover away without bringing anything back.
func (c *coverPage) hide() {
	c.code.Clear()
	c.overlays, c.focused = nil, nil
	c.page.Hide()
	c.shell.body.Show()
	c.shell.toaster.Show()
}

// submit checks the PIN off the UI goroutine: the hash takes a tenth of a second.
func (c *coverPage) submit() {
	s := c.shell
	p := s.period
	if p == nil || p.code == nil || c.code.Len() == 0 || c.code.Disabled() {
		return
	}
	digits := c.code.Take()
	c.code.Disable()
	c.lift.Disable()
	type answer struct {
		ok   bool
		left int
	}
	ui.Run(p.loop, func(context.Context) (answer, error) {
		defer clear(digits)
		ok, left := p.code.Check(digits)
		return answer{ok, left}, nil
	}, func(a answer, _ error) {
		c.code.Enable()
		c.lift.Enable()
		switch {
		case a.ok:
			c.uncover()
		case a.left == 0:
			s.Lock(ByPIN)
		default:
			c.problem.SetText(s.texts.N("shell.pin_wrong", a.left))
			ui.Focus(c.code)
		}
	})
}

// uncover brings everything back as it was.
func (c *coverPage) uncover() {
	s := c.shell
	s.guard.Uncover(s.o.Now())
	overlays, focused := c.overlays, c.focused
	c.hide()
	canvas := s.o.Window.Canvas()
	for _, o := range overlays {
		canvas.Overlays().Add(o)
	}
	if focused != nil {
		canvas.Focus(focused)
	}
}

// centred keeps an object at a width in points (at 100 %) in the middle.
type centred struct{ width float32 }

func (centred) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (l centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, l.width*theme.Size(theme.SizeTouch)/44)
	objects[0].Resize(fyne.NewSize(width, objects[0].MinSize().Height))
	height := objects[0].MinSize().Height
	objects[0].Resize(fyne.NewSize(width, height))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, (size.Height-height)/2))
}
