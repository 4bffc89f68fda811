package interview

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// tool is a small thing to tap beside a question. It takes no part in the Tab order, so that Tab goes from question to
// question; every tool has a key of its own, see [Place.Shortcuts].
type tool struct {
	widget.BaseWidget
	onTapped func()

	label string
	icon  *ui.Icon
	word  *ui.Text
	panel *ui.Panel
	row   *fyne.Container
	on    bool
	off   bool
}

var (
	_ fyne.Tappable     = (*tool)(nil)
	_ desktop.Hoverable = (*tool)(nil)
	_ fyne.Accessible   = (*tool)(nil)
)

// newTool makes one; label is for those who do not see the icon.
func newTool(icon, label string, tapped func()) *tool {
	t := &tool{onTapped: tapped, label: label, icon: ui.NewIcon(icon, theme.ColorMuted), word: ui.NewText("")}
	t.word.TextSize, t.word.Bold = fynetheme.SizeNameCaptionText, true
	t.row = ui.Row(theme.SizeGapTight, t.icon, t.word)
	t.word.Hide()
	t.panel = &ui.Panel{Radius: fynetheme.SizeNameButtonRadius, Content: ui.Row("", ui.Spacer(), t.row, ui.Spacer())}
	t.panel.ExtendBaseWidget(t.panel)
	t.ExtendBaseWidget(t)
	return t
}

// put shows a state: on fills it with the accent's tint; word, which may be empty, stands beside the icon.
func (t *tool) put(icon, word string, on bool) {
	t.on = on
	color := theme.ColorMuted
	t.panel.Fill = ""
	if on {
		color, t.panel.Fill = theme.ColorAccent, theme.ColorAccentTint
	}
	t.word.Words, t.word.Color = word, color
	t.word.Hidden = word == ""
	t.icon.Set(icon, color)
	t.word.Refresh()
	t.panel.Refresh()
	t.Refresh()
}

func (t *tool) Tapped(*fyne.PointEvent) {
	ui.NoteActivity()
	if t.onTapped != nil && !t.off {
		t.onTapped()
	}
}

func (t *tool) MouseIn(*desktop.MouseEvent) {
	if !t.on {
		t.panel.Fill = theme.ColorNeutralTint
		t.panel.Refresh()
	}
}

func (t *tool) MouseMoved(*desktop.MouseEvent) {}

func (t *tool) MouseOut() {
	if !t.on {
		t.panel.Fill = ""
		t.panel.Refresh()
	}
}

// AccessibilityLabel says what it does and what it shows.
func (t *tool) AccessibilityLabel() string {
	if t.word.Words != "" {
		return t.label + ": " + t.word.Words
	}
	return t.label
}

// AccessibilityRole is button.
func (t *tool) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer is for the toolkit.
func (t *tool) CreateRenderer() fyne.WidgetRenderer { return &toolRenderer{t} }

type toolRenderer struct{ tool *tool }

func (r *toolRenderer) MinSize() fyne.Size {
	touch, gap := theme.Size(theme.SizeTouch), theme.Size(theme.SizeGap)
	width := r.tool.row.MinSize().Width + 2*gap
	return fyne.NewSize(max(width, touch*0.9), touch)
}

func (r *toolRenderer) Layout(size fyne.Size) {
	// The filled part is lower than what can be tapped: the row stays calm.
	inset := theme.Size(theme.SizeGapTight)
	r.tool.panel.Move(fyne.NewPos(0, inset))
	r.tool.panel.Resize(fyne.NewSize(size.Width, size.Height-2*inset))
}

func (r *toolRenderer) Refresh() {
	r.Layout(r.tool.Size())
	r.tool.panel.Refresh()
}

func (r *toolRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.tool.panel} }

func (r *toolRenderer) Destroy() {}
