package interview

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"feltbok/app/theme"
)

// pairBreakpoint is the width of the window in points at 100 % from which two stand beside each other.
const pairBreakpoint = 1200

// markHeight is the height of the line above the pane with the keyboard, in points.
const markHeight = 3

// pairLayout puts the panes beside each other where the window is wide enough, else shows the one with the keyboard.
type pairLayout struct {
	pair *Pair
	line *canvas.Rectangle
	wide bool // as it was told last
}

func (l *pairLayout) isWide() bool {
	return l.pair.s.Window.Canvas().Size().Width*44 >= pairBreakpoint*theme.Size(theme.SizeTouch) // larger text needs more room
}

// tell renews what the headers say of the pane beside.
func (l *pairLayout) tell() {
	l.wide = l.isWide()
	for _, pane := range l.pair.panes {
		if pane.header != nil {
			pane.header.tellBeside(pane)
		}
	}
}

// mark shows which pane has the keyboard.
func (l *pairLayout) mark() {
	for _, pane := range l.pair.panes {
		if pane.header == nil {
			continue
		}
		color := theme.ColorLine
		if pane == l.pair.active && l.beside() {
			color = theme.ColorAccent
		}
		pane.header.underline(color)
	}
}

// beside tells whether two are on screen.
func (l *pairLayout) beside() bool {
	return len(l.pair.panes) == 2 && l.pair.alone() == nil && l.wide
}

// MinSize is that of one pane: the window may be as narrow as with one.
func (l *pairLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, pane := range l.pair.panes {
		size = size.Max(pane.content.MinSize())
	}
	return size
}

// Layout places the panes.
func (l *pairLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	if l.wide != l.isWide() {
		l.tell()
		l.mark()
		l.pair.s.Loop.After(drawn, l.pair.active.follow) // the question with the keyboard stays in sight
	}
	l.line.FillColor = theme.Color(theme.ColorLine)
	place := func(o fyne.CanvasObject, left, width float32) {
		o.Show()
		o.Move(fyne.NewPos(left, 0))
		o.Resize(fyne.NewSize(width, size.Height))
	}
	if l.beside() {
		half := float32(int(size.Width / 2))
		place(l.pair.panes[0].content, 0, half)
		place(l.line, half, 1)
		place(l.pair.panes[1].content, half+1, size.Width-half-1)
		return
	}
	shown := l.pair.active
	if alone := l.pair.alone(); alone != nil {
		shown = alone
	}
	l.line.Hide()
	for _, pane := range l.pair.panes {
		if pane != shown {
			pane.content.Hide()
		}
	}
	place(shown.content, 0, size.Width)
}
