package casefile

import (
	"time"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// undoTime is how long a removal can be taken back from the page. After that it is restored from the log.
const undoTime = 12 * time.Second

// undoBar says at the foot of the page what was just removed, with a button that takes it back.
type undoBar struct {
	s     *ui.Session
	panel *ui.Panel
	back  func()
	stop  func()
}

func newUndoBar(s *ui.Session) *undoBar {
	u := &undoBar{s: s, panel: ui.NewPanel("", ui.Row(""))}
	u.panel.Hide()
	return u
}

func (u *undoBar) offer(words string, back func()) {
	u.forget()
	t := u.s.Texts
	u.back = back
	u.panel.Content = ui.Inset(theme.SizeGap, ui.Banner(ui.Info, words, ui.NewButton(t.T("casefile.undo"), u.take), ui.NewIconButton("close", t.T("ui.close"), u.forget)))
	u.panel.Show()
	u.panel.Refresh()
	u.stop = u.s.Loop.After(undoTime, u.forget)
}

// take brings back what was removed last.
func (u *undoBar) take() {
	if back := u.back; back != nil {
		u.forget()
		back()
	}
}

// forget ends the offer.
func (u *undoBar) forget() {
	if u.stop != nil {
		u.stop()
		u.stop = nil
	}
	u.back = nil
	u.panel.Hide()
}
