package exchange

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// job is one piece of long work: what it does, how far it is, and a way to stop it.
type job struct {
	s       *ui.Session
	words   *ui.Text
	bar     *ui.ProgressBar
	stop    *ui.Button
	row     *fyne.Container
	running bool
	cancel  func()
}

func newJob(s *ui.Session) *job {
	j := &job{s: s, words: ui.Muted(""), bar: ui.NewProgressBar()}
	j.stop = ui.NewButton(s.Texts.T("ui.cancel"), func() {
		if j.cancel != nil {
			j.cancel()
			j.words.SetText(s.Texts.T("exchange.job.stopping"))
		}
	})
	j.row = ui.Row(theme.SizeGapWide, ui.Stretch(ui.Middle(ui.Stack(theme.SizeGapTight, j.words, j.bar))), j.stop)
	j.row.Hide()
	return j
}

// object is the line that shows the work; hidden while there is none.
func (j *job) object() fyne.CanvasObject { return j.row }

// run does work off the UI goroutine. done gets the error of the work; stopped work gives context.Canceled.
func (j *job) run(words string, work func(ctx context.Context, progress func(done, total int64)) error, done func(error)) {
	if j.running {
		return
	}
	j.running = true
	j.words.SetText(words)
	j.bar.Set(0, 1)
	j.row.Show()
	j.row.Refresh()
	told := int64(-1)
	progress := func(done, total int64) {
		if share := 100 * done / max(total, 1); share != told { // a redraw for each percent is enough
			told = share
			j.s.Loop.Post(func() { j.bar.Set(done, total) })
		}
	}
	cancel := ui.Run(j.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx, progress) }, func(_ struct{}, err error) {
		j.running, j.cancel = false, nil
		j.row.Hide()
		done(err)
	})
	if j.running { // work that ran at once is over already
		j.cancel = cancel
	}
}

// stopped reports whether an error only says that the user stopped the work.
func stopped(err error) bool { return errors.Is(err, context.Canceled) }
