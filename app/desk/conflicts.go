package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

var errWholeDate = errors.New("the whole date is needed")

// reasons are the usual grounds for a decision, by the last part of their text key.
var reasons = []string{"document", "person", "newest", "typing", "closer", "talked"}

// Conflicts is the place where a person decides between answers that differ. Use on the UI goroutine only.
type Conflicts struct {
	s     *ui.Session
	list  []*conflict
	at    int
	busy  bool
	other *otherAnswer

	root    *fyne.Container
	split   *ui.SplitLayout
	table   *ui.Table
	count   *ui.Text
	head    *fyne.Container
	sides   *sides
	others  *fyne.Container
	extra   *fyne.Container
	write   *ui.Button
	reasons *ui.Chips
	words   *ui.TextField
	decide  *ui.Button
	why     *ui.Text
	form    *fyne.Container
	denied  *fyne.Container
	scroll  *container.Scroll
}

var (
	_ ui.Place       = (*Conflicts)(nil)
	_ ui.Shortcutter = (*Conflicts)(nil)
)

// NewConflicts makes the place. It reads nothing before Enter.
func NewConflicts(s *ui.Session) ui.Place {
	c := &Conflicts{s: s, root: container.NewStack()}
	c.build()
	return c
}

// Title is the heading in the header.
func (c *Conflicts) Title() string { return c.s.Texts.T("desk.conflict.title") }

// Content is the page.
func (c *Conflicts) Content() fyne.CanvasObject { return c.root }

// Enter reads the conflicts again; the one on screen stays if it is still there.
func (c *Conflicts) Enter(...any) { c.reload() }

// Leave keeps nothing: what was not decided is still a conflict.
func (c *Conflicts) Leave() {}

// Shortcuts are the keys of the place; the widgets deal with them.
func (c *Conflicts) Shortcuts() []ui.Shortcut {
	t := c.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyUp, Text: t.T("desk.key.before")},
		{Key: fyne.KeyDown, Text: t.T("desk.key.after")},
		{Key: "1, 2 …", Text: t.T("desk.key.choose")},
		{Key: fyne.KeyReturn, Text: t.T("desk.key.enter")},
		{Key: fyne.KeyF5, Text: t.T("desk.key.again"), Do: c.reload},
	}
}

func (c *Conflicts) build() {
	t := c.s.Texts
	c.table = ui.NewTable([]ui.Column{{Title: t.T("desk.conflict.field"), Least: 180, Share: 1}, {Title: t.T("desk.conflict.values"), Least: 120}},
		func() int { return len(c.list) }, c.cell).TwoLines()
	c.table.OnMark = func(row int) { c.show(row) }
	c.table.OnOpen = func(row int) { c.show(row); c.split.ShowDetail(); ui.Focus(c.sides) }
	c.count = ui.Muted("")
	list := ui.Above(ui.Inset(theme.SizeGapWide, c.count), c.table)

	c.head, c.others, c.extra, c.denied = ui.Stack(theme.SizeGapTight), ui.Stack(theme.SizeGap), ui.Stack(theme.SizeGap), ui.Stack("")
	c.sides = newSides(t)
	c.sides.OnChoose = func(int) { c.dropOther(); c.enable() }
	c.sides.OnMove = c.move
	c.sides.OnEnter = c.enter
	c.sides.OnEscape = func() { c.split.ShowList(); ui.Focus(c.table.Focusable()) }
	c.write = ui.NewQuiet("edit", t.T("desk.conflict.other"), c.writeOther)
	choices := make([]ui.Choice, len(reasons))
	for i, key := range reasons {
		choices[i] = ui.Choice{Code: key, Label: t.T("desk.reason." + key)}
	}
	c.reasons = ui.NewChips(choices, false)
	c.reasons.OnChosen = func([]string) { c.enable() }
	c.reasons.OnDone = func() {
		if c.decide.Disabled() {
			ui.Focus(c.sides)
		} else {
			ui.Focus(c.decide)
		}
	}
	c.reasons.OnEscape = func() { ui.Focus(c.sides) }
	c.words = ui.NewTextField(t.T("desk.conflict.reason_placeholder"))
	c.words.OnEdit = func(string) { c.enable() }
	c.words.OnDone = func() {
		if !c.decide.Disabled() {
			ui.Focus(c.decide)
		}
	}
	c.words.OnEscape = func() { ui.Focus(c.sides) }
	c.decide = ui.NewPrimary(t.T("desk.conflict.decide"), c.resolve)
	c.decide.OnEscape = func() { ui.Focus(c.sides) }
	c.why = ui.Muted("")
	reason := ui.NewField(t.T("desk.conflict.reason"), ui.Stack(theme.SizeGap, c.reasons, c.words))
	reason.SetRequired(t.T("ui.required"))
	c.form = ui.Stack(theme.SizeGapWide, ui.Row("", c.write, ui.Spacer()), c.extra, reason, ui.Row(theme.SizeGapWide, c.decide, ui.Stretch(ui.Middle(c.why))), ui.Muted(t.T("desk.conflict.kept")))

	back := ui.NewQuiet("back", t.T("desk.conflict.back"), func() { c.split.ShowList(); ui.Focus(c.table.Focusable()) })
	way := ui.Row("", back, ui.Spacer())
	way.Hide()
	c.scroll = ui.Page(way, c.head, c.sides, c.denied, c.form, c.others)
	c.split = ui.NewSplit(list, c.scroll)
	c.split.ListWidth = 380
	c.split.OnNarrow = func(narrow bool) { way.Hidden = !narrow }
}

func (c *Conflicts) cell(row, column int) ui.Cell {
	one := c.list[row]
	if column == 0 {
		return ui.Cell{Text: one.label, Detail: trimmed(one.number, one.about, one.kind), Bold: true}
	}
	if !one.allowed {
		return ui.Cell{Badge: c.s.Texts.T("desk.conflict.read_only"), Level: ui.Neutral, Icon: "lock"}
	}
	return ui.Cell{Badge: c.s.Texts.N("desk.conflict.values_n", len(one.sides)), Level: ui.Warning, Icon: "conflicts"}
}

// trimmed joins what is not empty.
func trimmed(parts ...string) string {
	var given []string
	for _, part := range parts {
		if part != "" {
			given = append(given, part)
		}
	}
	return strings.Join(given, " · ")
}

func (c *Conflicts) reload() {
	ws, texts := c.s.WS, c.s.Texts
	key := ""
	if c.at < len(c.list) {
		key = c.list[c.at].key()
	}
	ui.Run(c.s.Loop, func(ctx context.Context) ([]*conflict, error) { return readConflicts(ctx, ws, texts) }, func(list []*conflict, err error) {
		if err != nil {
			c.s.Fault(err)
			return
		}
		c.list = list
		for i, one := range list {
			if one.key() == key {
				c.at = i
			}
		}
		c.put()
	})
}

func (one *conflict) key() string { return fmt.Sprint(one.Record.ID(), one.Field) }

// put shows the list, or what it means that there is none.
func (c *Conflicts) put() {
	t := c.s.Texts
	if len(c.list) == 0 {
		c.root.Objects = []fyne.CanvasObject{ui.EmptyState("conflicts", t.T("desk.conflict.none_title"), t.T("desk.conflict.none"), nil)}
		c.root.Refresh()
		return
	}
	focus := len(c.root.Objects) == 0 || c.root.Objects[0] != c.split
	c.root.Objects = []fyne.CanvasObject{c.split}
	c.count.SetText(t.N("desk.conflict.count", len(c.list)))
	c.table.Refresh()
	c.show(min(c.at, len(c.list)-1))
	c.table.Mark(c.at)
	c.root.Refresh()
	if focus {
		ui.Focus(c.sides)
	}
}

// show brings one conflict on screen, nothing chosen.
func (c *Conflicts) show(row int) {
	t := c.s.Texts
	c.at = row
	one := c.list[row]
	c.head.Objects = []fyne.CanvasObject{ui.Subheading(one.label), ui.Muted(trimmed(one.number, one.about, one.kind))}
	c.head.Refresh()
	c.sides.put(one.sides, one.allowed)
	c.denied.Objects = nil
	if !one.allowed {
		c.denied.Objects = []fyne.CanvasObject{ui.Banner(ui.Info, t.T("desk.conflict.denied"), nil, nil)}
	}
	c.form.Hidden, c.denied.Hidden = !one.allowed, one.allowed
	c.dropOther()
	c.reasons.Put()
	c.words.Put("")
	rows := make([]ui.KeyValue, len(one.others))
	for i, o := range one.others {
		rows[i] = ui.KeyValue{Key: o.label, Value: o.words}
	}
	c.others.Objects = nil
	if len(rows) > 0 {
		c.others.Objects = []fyne.CanvasObject{ui.Card(ui.SectionHeader(t.T("desk.conflict.context"), ""), ui.KeyValues(rows...))}
	}
	c.others.Refresh()
	c.enable()
	c.scroll.ScrollToTop()
	c.scroll.Refresh()
}

// move goes to the conflict before or after.
func (c *Conflicts) move(by int) {
	to := c.at + by
	if to < 0 || to >= len(c.list) || c.busy {
		return
	}
	c.table.Mark(to)
	c.show(to)
}

// enter goes on from the values: to the reason, or to the decision when all is given.
func (c *Conflicts) enter() {
	switch {
	case !c.list[c.at].allowed, !c.hasAnswer():
	case c.reason() == "":
		ui.Focus(c.reasons)
	default:
		ui.Focus(c.decide)
	}
}

// writeOther opens the input for an answer that is none of those standing.
func (c *Conflicts) writeOther() {
	t, one := c.s.Texts, c.list[c.at]
	c.sides.clear()
	c.other = newOtherAnswer(t, one.Record.Type(), one.Field, c.s.Now(), c.enable)
	if c.other == nil {
		c.extra.Show()
		c.extra.Objects = []fyne.CanvasObject{ui.Muted(t.T("desk.conflict.other_not_here"))}
		c.extra.Refresh()
		c.enable()
		return
	}
	c.extra.Objects = []fyne.CanvasObject{ui.NewField(t.T("desk.conflict.other_label"), c.other.object)}
	c.write.Hide()
	c.extra.Show()
	c.extra.Refresh()
	c.enable()
	c.scroll.Refresh()
	ui.Focus(c.other.focus)
}

func (c *Conflicts) dropOther() {
	c.other = nil
	c.extra.Objects = nil
	c.extra.Hide()
	c.write.Show()
}

func (c *Conflicts) hasAnswer() bool { _, ok := c.answer(); return ok }

// answer is what would be written.
func (c *Conflicts) answer() (domain.Answer, bool) {
	one := c.list[c.at]
	if c.sides.chosen >= 0 {
		return one.Heads[c.sides.chosen].Answer, true
	}
	if c.other == nil {
		return domain.Answer{}, false
	}
	value, ok := c.other.value()
	return domain.Answer{Value: value, Source: domain.FromHQ}, ok
}

// reason is what was chosen and written as the ground; "" when nothing was.
func (c *Conflicts) reason() string {
	var parts []string
	for _, key := range c.reasons.Chosen() {
		parts = append(parts, c.s.Texts.T("desk.reason."+key))
	}
	if text := strings.TrimSpace(c.words.Text); text != "" {
		parts = append(parts, text)
	}
	return strings.Join(parts, ": ")
}

// enable says what is still missing before the decision.
func (c *Conflicts) enable() {
	t := c.s.Texts
	if len(c.list) == 0 {
		return
	}
	words := ""
	switch {
	case !c.hasAnswer():
		words = t.T("desk.conflict.choose_first")
	case c.reason() == "":
		words = t.T("desk.conflict.reason_first")
	}
	c.why.SetText(words)
	if words != "" || c.busy {
		c.decide.Disable()
	} else {
		c.decide.Enable()
	}
}

// resolve writes the decision.
func (c *Conflicts) resolve() {
	one := c.list[c.at]
	take, ok := c.answer()
	reason := c.reason()
	if c.busy || !ok || reason == "" {
		return
	}
	c.busy = true
	c.enable()
	ws := c.s.WS
	ui.Run(c.s.Loop, func(ctx context.Context) (*workspace.Record, error) {
		return ws.Resolve(ctx, one.Conflict, take, reason)
	}, func(_ *workspace.Record, err error) {
		c.busy = false
		if err != nil {
			c.s.Fault(err)
			c.enable()
			c.reload()
			return
		}
		c.s.Notify(ui.Success, c.s.Texts.T("desk.conflict.decided", "Field", one.label))
		if c.s.Saved != nil {
			c.s.Saved(ui.SavedState{Stage: ui.SavedAt, At: c.s.Now()})
		}
		c.reload()
		ui.Focus(c.sides)
	})
}
