// Package wiping leads through the wipe of everything on a machine: what is lost, a word to type, a button to hold, and
// how far it is.
//
// It is used where a workspace is open and where it is not, so it knows nothing of one: [Options] gives it the words about
// what is lost and the function that does it. The two confirmations take two different keys, so that no single habit
// wipes anything (security.md 4.8). Its texts are those of the travel place.
package wiping

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
)

// Options is what the way needs.
type Options struct {
	Texts *i18n.Texts
	Loop  ui.Loop
	// Level and Loss say what is lost: shown on both pages before the wipe.
	Level ui.Level
	Loss  string
	// Wipe does it and tells each step that begins.
	Wipe func(ctx context.Context, progress func(step string)) error
	// OnBegin, when set, is called when the wipe begins, from where there is no way back.
	OnBegin func()
	// OnDone is called after everything was wiped.
	OnDone func()
	// OnCancel is called when the user turns back. Nothing was touched then.
	OnCancel func()
}

// Way is the way to the wipe, one page at a time. Use on the UI goroutine only.
type Way struct {
	o       Options
	root    *fyne.Container
	first   fyne.Focusable // what gets the keyboard on the page shown
	word    *ui.TextField
	hold    *ui.HoldButton
	running bool
}

// New makes the way at its first page.
func New(o Options) *Way {
	w := &Way{o: o, root: ui.Stack("")}
	w.explain()
	return w
}

// Finish makes the way for a wipe that was interrupted: nothing is left to be decided, only to be done.
func Finish(o Options) *Way {
	w := &Way{o: o, root: ui.Stack("")}
	t := o.Texts
	finish := ui.NewPrimary(t.T("travel.wipe.finish"), w.run)
	w.show(finish, ui.Card(
		ui.SectionHeader(t.T("travel.wipe.interrupted"), ""),
		ui.Banner(ui.Warning, t.T("travel.wipe.interrupted_text"), nil, nil),
		ui.Row("", finish, ui.Spacer()),
	))
	return w
}

// Content is the page.
func (w *Way) Content() fyne.CanvasObject { return w.root }

// Enter gives the keyboard to the page.
func (w *Way) Enter() {
	if w.first != nil {
		ui.Focus(w.first)
	}
}

// Start begins the wipe at once: for what was confirmed elsewhere.
func (w *Way) Start() { w.run() }

// Running reports whether the wipe is under way.
func (w *Way) Running() bool { return w.running }

func (w *Way) show(first fyne.Focusable, page fyne.CanvasObject) {
	w.root.Objects = []fyne.CanvasObject{page}
	w.root.Refresh()
	w.first = first
	w.Enter()
}

// explain says what will happen and asks for the word.
func (w *Way) explain() {
	t := w.o.Texts
	wanted := t.T("travel.wipe.word")
	w.word = ui.NewTextField(wanted)
	next := ui.NewDanger(t.T("travel.wipe.next"), w.last)
	next.Disable()
	fits := func() bool { return strings.EqualFold(strings.TrimSpace(w.word.Text), wanted) }
	w.word.OnEdit = func(string) {
		if fits() {
			next.Enable()
		} else {
			next.Disable()
		}
	}
	w.word.OnDone = func() {
		if fits() {
			w.last()
		}
	}
	back := ui.NewButton(t.T("ui.cancel"), w.o.OnCancel)
	back.OnEscape, next.OnEscape, w.word.OnEscape = w.o.OnCancel, w.o.OnCancel, w.o.OnCancel
	field := ui.NewField(t.T("travel.wipe.word_label", "Word", wanted), w.word)
	w.show(w.word, ui.Card(
		ui.SectionHeader(t.T("travel.wipe.title"), t.T("travel.wipe.step1")),
		ui.Banner(w.o.Level, w.o.Loss, nil, nil),
		Points("remove", theme.ColorError, t.T("travel.wipe.point_keys"), t.T("travel.wipe.point_files"), t.T("travel.wipe.point_outside"), t.T("travel.wipe.point_again")),
		ui.Narrowed(360, field),
		ui.Flow(theme.SizeGap, back, next),
	))
}

// last asks a second time, with another key.
func (w *Way) last() {
	t := w.o.Texts
	w.word.Put("")
	w.hold = ui.NewHoldButton(w.o.Loop, t.T("travel.wipe.hold"), w.run)
	back := ui.NewButton(t.T("ui.cancel"), w.o.OnCancel)
	w.hold.OnEscape, back.OnEscape = w.o.OnCancel, w.o.OnCancel
	w.show(w.hold, ui.Card(
		ui.SectionHeader(t.T("travel.wipe.title"), t.T("travel.wipe.step2")),
		ui.Banner(w.o.Level, w.o.Loss, nil, nil),
		ui.Paragraph(t.T("travel.wipe.hold_text")),
		ui.Flow(theme.SizeGap, back, w.hold),
	))
}

// run wipes and shows how far it is. Once begun it is not stopped: half a wipe would only be finished the next time.
func (w *Way) run() {
	if w.running {
		return
	}
	w.running = true
	if w.o.OnBegin != nil {
		w.o.OnBegin()
	}
	t := w.o.Texts
	words := ui.Muted(t.T("travel.wipe.step.begin"))
	bar := ui.NewProgressBar()
	bar.Color = theme.ColorError
	w.show(nil, ui.Card(ui.SectionHeader(t.T("travel.wipe.working"), t.T("travel.wipe.working_note")), words, bar))
	step := int64(0)
	ui.Run(w.o.Loop, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, w.o.Wipe(ctx, func(name string) {
			w.o.Loop.Post(func() {
				step++
				bar.Set(step, step+2) // the steps are few and of unknown number: it always moves and is never full
				if key := "travel.wipe.step." + name; t.Has(key) {
					words.SetText(t.T(key))
				}
			})
		})
	}, func(_ struct{}, err error) {
		w.running = false
		if err == nil {
			w.o.OnDone()
			return
		}
		again := ui.NewPrimary(t.T("travel.wipe.finish"), w.run)
		w.show(again, ui.Card(ui.SectionHeader(t.T("travel.wipe.failed"), t.T("travel.wipe.failed_note")), ui.Banner(ui.Error, t.Sentence(err), nil, nil), ui.Row("", again, ui.Spacer())))
	})
}

// Points lists sentences below each other, each behind an icon.
func Points(icon string, ink fyne.ThemeColorName, sentences ...string) fyne.CanvasObject {
	list := ui.Stack(theme.SizeGap)
	for _, s := range sentences {
		list.Add(ui.Row(theme.SizeGap, ui.NewIcon(icon, ink), ui.Stretch(ui.Middle(ui.Paragraph(s)))))
	}
	return list
}
