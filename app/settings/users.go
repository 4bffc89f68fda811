package settings

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
)

// user is one user of this machine.
type user struct {
	slot, label string
	role        domain.Role // "" while headquarters has not signed one in
	parts       []string    // compartments that the user reads
	me          bool
	removed     bool // the slot is gone, and rings wait for a reader who can rotate them
}

// candidate is somebody who is to get a slot here: one whom the mission directory names, or with an empty id a new user.
type candidate struct {
	id, label string
	role      domain.Role
}

// asked is the question to headquarters to sign a new user in.
type asked struct {
	file  string
	words []string // to be read out
}

// users is what the card shows, read in one go.
type users struct {
	list       []user
	candidates []candidate
}

// userDoors is what the card asks of the workspace.
type userDoors struct {
	read func(ctx context.Context) (users, error)
	// add makes a user and a file in a folder that asks headquarters to sign the user in; nil at headquarters, where the keys
	// of the installation do that.
	add    func(ctx context.Context, c candidate, passphrase []byte, folder string) (asked, error)
	remove func(ctx context.Context, slot string) (waiting []string, err error)
	change func(ctx context.Context, old, new []byte) error
}

// usersCard lists who opens this machine, adds and removes users, and changes the own passphrase.
type usersCard struct {
	p     *Place
	doors userDoors
	users users
	body  *fyne.Container
	card  *ui.Panel
	busy  bool
	pass  *newPassphrase // of the form on screen
	old   *ui.SecretEntry
	words bool // the words of a new user are on screen, to be read out
	first fyne.Focusable
}

func newUsersCard(p *Place, d userDoors) *usersCard {
	t := p.s.Texts
	c := &usersCard{p: p, doors: d, body: ui.Stack(theme.SizeGapWide)}
	c.card = ui.Card(ui.SectionHeader(t.T("settings.users"), t.T("settings.users.note")), c.body)
	return c
}

// refresh reads the users again and shows them.
func (c *usersCard) refresh() {
	ui.Run(c.p.s.Loop, c.doors.read, func(u users, err error) {
		if err != nil {
			c.p.s.Fault(err)
			return
		}
		c.users = u
		if c.pass == nil && !c.words && !c.busy {
			c.list()
		}
	})
}

func (c *usersCard) put(first fyne.Focusable, objects ...fyne.CanvasObject) {
	c.body.Objects = objects
	c.body.Refresh()
	c.card.Refresh()
	c.p.root.Refresh()
	c.first = first
	if first != nil {
		ui.Focus(first)
	}
}

// forget wipes what was typed.
func (c *usersCard) forget() {
	if c.pass != nil {
		c.pass.forget()
	}
	if c.old != nil {
		c.old.Clear()
	}
	c.pass, c.old, c.words = nil, nil, false
}

// leave goes back to the list and forgets what was typed.
func (c *usersCard) leave() {
	if c.pass != nil && !c.busy {
		c.list()
	}
}

// list shows the users.
func (c *usersCard) list() {
	c.forget()
	t := c.p.s.Texts
	var objects []fyne.CanvasObject
	for _, u := range c.users.list {
		objects = append(objects, c.row(u))
	}
	change := ui.NewButton(t.T("settings.users.change"), c.askChange)
	change.Icon = "edit"
	actions := ui.Flow(theme.SizeGap, change)
	if c.doors.add != nil {
		add := ui.NewButton(t.T("settings.users.add"), c.askAdd)
		add.Icon = "add"
		actions.Add(add)
	} else {
		objects = append(objects, ui.Muted(t.T("settings.users.at_hq")))
	}
	c.put(nil, append(objects, actions)...)
}

// row is one user: who, what they read, and a way to remove them.
func (c *usersCard) row(u user) fyne.CanvasObject {
	t := c.p.s.Texts
	name := ui.Strong(u.label)
	name.Shorten = true
	words := u.label
	if u.role != "" {
		words = u.label + " · " + ui.Lists().Label("role", string(u.role), t.Lang())
	}
	name.Words = words
	reads := ui.Muted(t.T("settings.users.reads", "Parts", c.parts(u.parts)))
	head := ui.Row(theme.SizeGap, ui.NewIcon("person", theme.ColorAccent), ui.Stretch(ui.Middle(name)))
	switch {
	case u.me:
		head.Add(ui.NewBadge(ui.Info, "", t.T("settings.users.me")))
	case u.removed:
		head.Add(ui.NewBadge(ui.Warning, "clock", t.T("settings.users.removed")))
		reads = ui.Muted(t.T("settings.users.removed_note", "Parts", c.parts(u.parts)))
	default:
		remove := ui.NewQuiet("remove", t.T("settings.users.remove"), func() { c.askRemove(u) })
		remove.Label = t.T("settings.users.remove_label", "User", u.label)
		head.Add(remove)
	}
	panel := ui.NewPanel(theme.ColorNeutralTint, ui.Stack(theme.SizeGapTight, head, reads))
	panel.Radius, panel.Gap = "inputRadius", theme.SizeGap
	return panel
}

// parts names compartments as people speak of them.
func (c *usersCard) parts(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = strings.ToLower(c.p.s.Texts.T("unlock.part." + name))
	}
	return strings.Join(words, ", ")
}

// askChange changes the own passphrase.
func (c *usersCard) askChange() {
	t := c.p.s.Texts
	c.old = ui.NewSecretEntry(t.T("settings.passphrase.old_placeholder"))
	field := ui.NewField(t.T("settings.passphrase.old"), c.old)
	c.pass = makePassphrase(t, c.p.s.WS.Policy().Words)
	submit := func() {
		if c.busy {
			return
		}
		if c.old.Len() == 0 {
			field.SetProblem(ui.Error, t.T("settings.passphrase.old_first"))
			ui.Focus(c.old)
			return
		}
		field.SetProblem(ui.Error, "")
		secret := c.pass.take()
		if secret == nil {
			return
		}
		old := c.old.Take()
		c.run(t.T("settings.passphrase.changing"), func(ctx context.Context) error {
			defer clear(secret)
			defer clear(old)
			return c.doors.change(ctx, old, secret)
		}, t.T("settings.passphrase.changed"))
	}
	c.pass.OnSubmit = submit
	c.old.OnSubmit = func() { ui.Focus(c.pass.first()) }
	back := ui.NewButton(t.T("ui.cancel"), c.list)
	change := ui.NewPrimary(t.T("settings.passphrase.change_do"), submit)
	back.OnEscape, change.OnEscape, c.old.OnEscape = c.list, c.list, c.list
	c.pass.escape(c.list)
	c.put(c.old, ui.Strong(t.T("settings.users.change")), field, c.pass.content, ui.Muted(t.T("settings.passphrase.change_note")), ui.Flow(theme.SizeGap, back, change))
}

// askRemove says what removing somebody does and who finishes it.
func (c *usersCard) askRemove(u user) {
	t := c.p.s.Texts
	ui.Confirm(c.p.s.Window, t, ui.Question{
		Title: t.T("settings.users.remove_title", "User", u.label),
		Text:  t.T("settings.users.remove_text", "User", u.label),
		Yes:   t.T("settings.users.remove"), Danger: true,
		OnYes: func(string) {
			var waiting []string
			c.runThen(t.T("settings.users.removing"), func(ctx context.Context) (err error) {
				waiting, err = c.doors.remove(ctx, u.slot)
				return err
			}, func() string {
				if len(waiting) > 0 {
					return t.T("settings.users.removed_waiting", "User", u.label, "Parts", c.parts(waiting))
				}
				return t.T("settings.users.removed_done", "User", u.label)
			})
		},
	})
}

// run does work that takes a moment, then shows the list again and says what was done.
func (c *usersCard) run(words string, work func(ctx context.Context) error, done string) {
	c.runThen(words, work, func() string { return done })
}

func (c *usersCard) runThen(words string, work func(ctx context.Context) error, done func() string) {
	c.work(words, work, func() {
		c.p.s.Notify(ui.Success, done())
		c.list()
		c.refresh()
	})
}

// work does something off the UI goroutine; an error leads back to the list and stays on screen.
func (c *usersCard) work(words string, work func(ctx context.Context) error, done func()) {
	bar := ui.NewProgressBar()
	bar.Set(1, 2)
	c.forget()
	c.busy = true
	c.put(nil, ui.Muted(words), bar)
	ui.Run(c.p.s.Loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx) }, func(_ struct{}, err error) {
		c.busy = false
		if err == nil {
			done()
			return
		}
		c.p.s.Fault(err)
		c.list()
		c.body.Objects = append([]fyne.CanvasObject{ui.Banner(ui.Error, c.p.s.Texts.Sentence(err), nil, nil)}, c.body.Objects...)
		c.body.Refresh()
		c.card.Refresh()
	})
}
