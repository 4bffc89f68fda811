// Package unlock is the place before everything else: choose who you are, type the passphrase, and the workspace opens.
//
// It also finds a workspace in another folder, and says how to get one where there is none. Failed tries wait 1, 2, 4 …
// 60 seconds; nothing is ever wiped (security.md 4.6). The passphrase goes from the entry to the workspace as bytes and
// is cleared after use.
package unlock

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
	"feltbok/internal/pin"
	"feltbok/internal/workspace"
)

// Options is what the place needs.
type Options struct {
	Texts  *i18n.Texts
	Loop   ui.Loop
	Window fyne.Window
	// Dir is the folder to open; empty shows the empty state.
	Dir string
	// Slot is the user to choose at first, such as the one who locked; empty chooses the first.
	Slot string
	// Note is a sentence shown above, such as why the program locked; may be empty.
	Note string
	// Look is the appearance in use, and Choose changes it.
	Look   ui.Look
	Choose func(ui.Look)
	// OnOpen gets the open workspace, the folder, the user's slot and the PIN for the cover (nil when none was chosen).
	OnOpen func(ws *workspace.Workspace, dir, slot string, code *pin.Pin)
	// Peek and Unlock are the doors of package workspace; tests replace them.
	Peek   func(dir string) (workspace.Info, error)
	Unlock func(ctx context.Context, dir, slot string, passphrase []byte, o workspace.Options) (*workspace.Workspace, error)
	// Folders lists the folders below one, for the list of other folders; nil reads the disk.
	Folders func(dir string) ([]string, error)
}

// Place is the unlock page.
type Place struct {
	o      Options
	info   workspace.Info
	slot   string
	failed int
	busy   bool

	root       *fyne.Container
	users      *ui.Chips
	picker     *ui.PickEntry
	passphrase *ui.SecretEntry
	code       *ui.SecretEntry
	codeField  *ui.Field
	open       *ui.Button
	problem    *ui.Text
	stage      *ui.Text
	bar        *ui.ProgressBar
	cancelWait func()
}

// New makes the page and looks into the folder.
func New(o Options) *Place {
	if o.Peek == nil {
		o.Peek = workspace.Peek
	}
	if o.Unlock == nil {
		o.Unlock = workspace.Unlock
	}
	if o.Folders == nil {
		o.Folders = subfolders
	}
	p := &Place{o: o, root: container.NewStack()}
	p.look(o.Dir)
	return p
}

// Title is the program's name: who uses it is nobody's business before unlocking.
func (p *Place) Title() string { return p.o.Texts.T("unlock.title") }

// Content is the page.
func (p *Place) Content() fyne.CanvasObject { return p.root }

// Enter puts the keyboard where it is needed.
func (p *Place) Enter(...any) {
	switch {
	case p.passphrase == nil:
	case p.slot == "" && p.users != nil:
		ui.Focus(p.users)
	case p.slot == "" && p.picker != nil:
		ui.Focus(p.picker)
	default:
		ui.Focus(p.passphrase)
	}
}

// Leave wipes what is typed.
func (p *Place) Leave() {
	for _, entry := range []*ui.SecretEntry{p.passphrase, p.code} {
		if entry != nil {
			entry.Clear()
		}
	}
	if p.cancelWait != nil {
		p.cancelWait()
	}
}

// look opens the page for a folder.
func (p *Place) look(dir string) {
	p.o.Dir, p.failed, p.slot = dir, 0, ""
	p.users, p.picker, p.passphrase, p.code = nil, nil, nil, nil
	info, err := p.o.Peek(dir)
	if dir == "" || err != nil || len(info.Users) == 0 {
		p.show(p.empty(dir, err))
		return
	}
	p.info = info
	p.slot = info.Users[0].Slot
	for _, user := range info.Users {
		if user.Slot == p.o.Slot {
			p.slot = user.Slot
		}
	}
	p.show(p.form())
}

func (p *Place) show(body fyne.CanvasObject) {
	t := p.o.Texts
	brand := ui.NewIcon("feltbok", theme.ColorAccent)
	brand.Times = 2
	name := ui.Heading(t.T("unlock.title"))
	name.Wrap = false
	parts := ui.Stack(theme.SizeGapWide, ui.Row(theme.SizeGap, brand, name, ui.Spacer(), p.looks()))
	if p.o.Note != "" {
		parts.Add(ui.Banner(ui.Info, p.o.Note, nil, nil))
	}
	parts.Add(body)
	page := container.NewVScroll(container.New(middle{width: 560}, ui.Inset(theme.SizeGapWide, parts)))
	p.root.Objects = []fyne.CanvasObject{page}
	p.root.Refresh()
}

// form asks for user, passphrase and a PIN for the cover.
func (p *Place) form() fyne.CanvasObject {
	t := p.o.Texts
	parts := ui.Stack(theme.SizeGapWide)
	if p.info.Training {
		parts.Add(ui.Row("", ui.NewBadge(ui.Info, "orientation", t.T("unlock.training")), ui.Spacer()))
	}
	parts.Add(p.who())

	p.passphrase = ui.NewSecretEntry(t.T("unlock.passphrase_placeholder"))
	field := ui.NewField(t.T("unlock.passphrase"), p.passphrase)
	field.SetHint(t.T("unlock.passphrase_hint"))
	parts.Add(field)

	p.code = ui.NewSecretEntry(t.T("unlock.pin_placeholder"))
	p.code.Digits = true
	p.codeField = ui.NewField(t.T("unlock.pin"), p.code)
	p.codeField.SetHint(t.T("unlock.pin_hint"))
	parts.Add(p.codeField)

	p.problem = ui.Paragraph("")
	p.problem.Color = theme.ColorError
	p.problem.Hide()
	p.stage = ui.Muted("")
	p.bar = ui.NewProgressBar()
	p.stage.Hide()
	p.bar.Hide()
	p.open = ui.NewPrimary(t.T("unlock.open"), p.submit)
	p.passphrase.OnSubmit, p.code.OnSubmit = p.submit, p.submit
	parts.Add(p.problem)
	parts.Add(p.stage)
	parts.Add(p.bar)
	parts.Add(p.open)
	folder := ui.Muted(p.o.Dir)
	return ui.Stack(theme.SizeGapWide, ui.Card(parts), ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(folder)), ui.NewQuiet("folder", t.T("unlock.other_folder"), p.chooseFolder)))
}

// who offers the users: as chips while they are few, else as a list to search.
func (p *Place) who() fyne.CanvasObject {
	t := p.o.Texts
	choices := make([]ui.Choice, len(p.info.Users))
	var current ui.Choice
	for i, user := range p.info.Users {
		choices[i] = ui.Choice{Code: user.Slot, Label: user.Label}
		if user.Slot == p.slot {
			current = choices[i]
		}
	}
	if len(choices) <= 8 {
		p.users = ui.NewChips(choices, false)
		p.users.Put(p.slot)
		p.users.OnChosen = func(codes []string) {
			if len(codes) == 0 { // somebody has to be chosen
				p.users.Put(p.slot)
				return
			}
			p.slot = codes[0]
		}
		p.users.OnDone = func() { ui.Focus(p.passphrase) }
		return ui.NewField(t.T("unlock.user"), p.users)
	}
	p.picker = ui.NewPickEntry(t, func(text string, limit int) []ui.Choice { return startingWith(choices, text, limit) })
	p.picker.PutChoice(current)
	p.picker.OnPick = func(c ui.Choice) { p.slot = c.Code }
	p.picker.OnDone = func() { ui.Focus(p.passphrase) }
	return ui.NewField(t.T("unlock.user"), p.picker)
}

func (p *Place) say(words string) {
	p.problem.Hidden = words == ""
	p.problem.SetText(words)
	p.root.Refresh()
}

// submit tries to open the workspace.
func (p *Place) submit() {
	t := p.o.Texts
	if p.busy || p.cancelWait != nil {
		return
	}
	if p.slot == "" {
		p.say(t.T("unlock.choose_user"))
		return
	}
	if p.passphrase.Len() == 0 {
		p.say(t.T("unlock.no_passphrase"))
		ui.Focus(p.passphrase)
		return
	}
	code := p.code.Take()
	if len(code) > 0 {
		if err := pin.Allowed(code); err != nil {
			clear(code)
			p.codeField.SetProblem(ui.Error, t.T("unlock.pin_refused"))
			ui.Focus(p.code)
			return
		}
	}
	p.codeField.SetProblem(ui.Error, "")
	passphrase := p.passphrase.Take()
	p.setBusy(true)
	dir, slot := p.o.Dir, p.slot
	stages := map[string]int64{"keys": 1, "records": 2, "index": 3}
	type opened struct {
		ws   *workspace.Workspace
		code *pin.Pin
	}
	ui.Run(p.o.Loop, func(ctx context.Context) (opened, error) {
		defer clear(passphrase)
		defer clear(code)
		ws, err := p.o.Unlock(ctx, dir, slot, passphrase, workspace.Options{Progress: func(stage string) {
			p.o.Loop.Post(func() {
				p.stage.SetText(t.T("unlock.stage." + stage))
				p.bar.Set(stages[stage], 4)
			})
		}})
		if err != nil {
			return opened{}, err
		}
		result := opened{ws: ws}
		if len(code) > 0 {
			result.code = pin.New(code)
		}
		return result, nil
	}, func(result opened, err error) {
		p.setBusy(false)
		if err != nil {
			p.fail(err)
			return
		}
		p.failed = 0
		p.o.OnOpen(result.ws, dir, slot, result.code)
	})
}

func (p *Place) setBusy(on bool) {
	p.busy = on
	p.stage.Hidden, p.bar.Hidden = !on, !on
	if on {
		p.say("")
		p.stage.SetText(p.o.Texts.T("unlock.stage.keys"))
		p.bar.Set(1, 4)
		p.open.Disable()
		p.passphrase.Disable()
	} else {
		p.open.Enable()
		p.passphrase.Enable()
	}
	p.root.Refresh()
}

// fail says what went wrong and makes the next try wait.
func (p *Place) fail(err error) {
	p.failed++
	p.say(p.o.Texts.Sentence(err))
	p.wait(Delay(p.failed))
}

// Delay is how long the next try waits after a number of failed ones: 1, 2, 4 … 60 seconds (security.md 4.6).
func Delay(failed int) time.Duration {
	if failed <= 0 {
		return 0
	}
	if failed > 6 {
		return time.Minute
	}
	return time.Second << (failed - 1)
}

func (p *Place) wait(left time.Duration) {
	if left <= 0 {
		p.cancelWait = nil
		p.open.SetText(p.o.Texts.T("unlock.open"))
		p.open.Enable()
		p.passphrase.Enable()
		ui.Focus(p.passphrase)
		return
	}
	p.open.SetText(p.o.Texts.N("unlock.wait", int(left/time.Second)))
	p.open.Disable()
	p.passphrase.Disable()
	p.cancelWait = p.o.Loop.After(time.Second, func() { p.wait(left - time.Second) })
}
