package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/internal/workspace"
)

// AlikeLine says quietly, while a name is typed, that somebody in the register has a name like it (pains.md row 13). It takes no
// part in the Tab order and interrupts nothing; [AlikeLine.Look] shows who it is.
type AlikeLine struct {
	widget.BaseWidget
	// Typed tells what has been typed so far, and of whom; the zero identifier is somebody new.
	Typed func() (self uuid.UUID, typed workspace.Typed)

	s       *Session
	soon    *Debouncer
	cancel  func()
	found   []workspace.Alike
	words   *Text
	content *fyne.Container
}

// alikeShown is how many persons are shown, alikePause how long the keyboard must be quiet before the register is looked through.
const (
	alikeShown = 5
	alikePause = 350 * time.Millisecond
)

// NewAlikeLine makes a line that says nothing yet; key is the key that looks, in words.
func NewAlikeLine(s *Session, key string, typed func() (uuid.UUID, workspace.Typed)) *AlikeLine {
	l := &AlikeLine{s: s, Typed: typed, words: Muted("")}
	l.words.Color = theme.ColorWarning
	icon := NewIcon("person", theme.ColorWarning)
	icon.Times = 0.9
	l.content = Row(theme.SizeGap, icon, Stretch(Middle(l.words)))
	l.soon = NewDebouncer(s.Loop, alikePause, func() {
		self, typed := l.Typed()
		if l.cancel != nil {
			l.cancel()
		}
		l.cancel = Run(s.Loop, func(ctx context.Context) ([]workspace.Alike, error) { return s.WS.Alike(ctx, self, typed, alikeShown) },
			func(found []workspace.Alike, err error) {
				switch {
				case errors.Is(err, context.Canceled):
					return // another letter was typed in between
				case err != nil:
					s.Fault(err)
					return
				}
				l.found = found
				l.Hidden = len(found) == 0
				if len(found) > 0 {
					l.words.SetText(s.Texts.N("ui.alike", len(found), "Key", key))
				}
				l.Refresh()
			})
	})
	l.ExtendBaseWidget(l)
	l.Hide()
	return l
}

// Touch is called after each keystroke in a name.
func (l *AlikeLine) Touch() { l.soon.Touch() }

// Look shows the persons, with the way to their cases. It does nothing when there are none. back gets the keyboard when it closes.
func (l *AlikeLine) Look(back fyne.Focusable) {
	if len(l.found) == 0 {
		return
	}
	t := l.s.Texts
	var dialog *Dialog
	shut := func() { dialog.Close() }
	parts := Stack(theme.SizeGap, Paragraph(t.T("ui.alike.text")))
	var first fyne.Focusable
	for _, one := range l.found {
		number := one.Number
		if number == "" {
			number = t.T("ui.alike.no_number")
		}
		facts := strings.TrimSuffix(number+" · "+one.Birth, " · ")
		words := Stack("", Strong(one.Name))
		if one.Native != "" {
			words.Add(NewText(one.Native))
		}
		words.Add(Muted(facts))
		card := NewTapCard(one.Name, func() {
			back = nil
			shut()
			l.s.Go("casefile", one.Case, one.Person)
		}, words)
		card.OnEscape = shut
		if first == nil {
			first = card
		}
		parts.Add(card)
	}
	closing := NewButton(t.T("ui.alike.another"), shut)
	closing.OnEscape = shut
	parts.Add(Row(theme.SizeGap, Spacer(), closing))
	dialog = ShowDialog(l.s.Window, t.T("ui.alike.title"), 560, parts, first, func() {
		if back != nil {
			l.s.Window.Canvas().Focus(back)
		}
	})
}

// CreateRenderer is for the toolkit.
func (l *AlikeLine) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.content) }
