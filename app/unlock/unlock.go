// Package unlock is the place before everything else: choose who you are, type the passphrase, and the workspace opens.
//
// It also finds a workspace in another folder, and says how to get one where there is none. Failed tries wait 1, 2, 4 …
// 60 seconds, also after a restart; no number of them wipes anything (security.md 4.6). A folder under travel lock takes its
// code here, a damaged one opens for reading only or is salvaged into a new folder, and a wipe that was interrupted is
// finished (security.md 3.6, 4.8, 10.2). The passphrase goes from the entry to the workspace as bytes and is cleared after use.
package unlock

import (
	"context"
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/wiping"
	"feltbok/internal/fault"
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
	// The functions of package workspace that the page calls; tests replace them, nil is the real one.
	Peek   func(dir string) (workspace.Info, error)
	Unlock func(ctx context.Context, dir, slot string, passphrase []byte, o workspace.Options) (*workspace.Workspace, error)
	// PeekDamaged reads what a damaged folder still shows.
	PeekDamaged func(dir string) (workspace.Info, error)
	// Wait is how long the next try of a slot must wait; zero when it need not.
	Wait func(dir, slot string) time.Duration
	// Release ends a travel lock by its code.
	Release func(ctx context.Context, dir string, code []byte) error
	// Wipe wipes a folder, or finishes a wipe that was interrupted.
	Wipe func(ctx context.Context, dir string, progress func(step string)) error
	// Salvage copies what still proves itself into a new folder.
	Salvage func(ctx context.Context, from, to, slot string, passphrase []byte, progress func(done, total int)) (workspace.SalvageReport, error)
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
	damage error // why the register opens only for reading; nil while it is not known to be damaged

	root       *fyne.Container
	users      *ui.Chips
	picker     *ui.PickEntry
	passphrase *ui.SecretEntry
	code       *ui.SecretEntry
	codeField  *ui.Field
	open       *ui.Button
	buttons    []*ui.Button // all that start something on the page shown
	problem    *ui.Text
	stage      *ui.Text
	bar        *ui.ProgressBar
	cancelWait func()

	release      *ui.CodeEntry // of the travel lock
	releaseField *ui.Field
	target       *ui.TextField // folder to salvage into
	way          *wiping.Way
}

// New makes the page and looks into the folder.
func New(o Options) *Place {
	o = o.withDoors()
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
	case p.release != nil:
		ui.Focus(p.release)
	case p.way != nil:
		p.way.Enter()
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
	if p.release != nil {
		p.release.Clear()
	}
	if p.cancelWait != nil {
		p.cancelWait()
		p.cancelWait = nil
	}
}

// forget drops what the page before had.
func (p *Place) forget() {
	p.users, p.picker, p.passphrase, p.code, p.release, p.target, p.way, p.buttons = nil, nil, nil, nil, nil, nil, nil, nil
}

// look opens the page for a folder.
func (p *Place) look(dir string) {
	p.Leave()
	p.o.Dir, p.failed, p.slot, p.damage = dir, 0, "", nil
	p.forget()
	info, err := p.o.Peek(dir)
	switch code := fault.Code(err); {
	case dir != "" && code == "V-TRAVEL":
		p.show(p.travelLocked())
		return
	case dir != "" && code == "V-WIPED":
		p.show(p.interrupted())
		return
	case dir != "" && code == "V-DAMAGED" && p.lookAround(dir, err):
		return
	case dir == "" || err != nil || len(info.Users) == 0:
		p.show(p.empty(dir, err))
		return
	}
	p.take(info)
	p.show(p.form())
	p.checkWait()
}

// take notes whose folder it is and chooses somebody.
func (p *Place) take(info workspace.Info) {
	p.info = info
	p.slot = info.Users[0].Slot
	for _, user := range info.Users {
		if user.Slot == p.o.Slot {
			p.slot = user.Slot
		}
	}
}

// lookAround offers what is left of a folder whose file is damaged; false when not even its users can be told.
func (p *Place) lookAround(dir string, damage error) bool {
	info, err := p.o.PeekDamaged(dir)
	if err != nil || len(info.Users) == 0 {
		return false
	}
	p.take(info)
	p.damage = damage
	p.showDamage()
	return true
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
		p.o.Note = "" // it belongs to the page that follows what it tells
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

	p.open = ui.NewPrimary(t.T("unlock.open"), func() { p.submit(false) })
	p.buttons = []*ui.Button{p.open}
	p.passphrase.OnSubmit, p.code.OnSubmit = p.open.OnTapped, p.open.OnTapped
	p.addState(parts)
	parts.Add(p.open)
	return ui.Stack(theme.SizeGapWide, ui.Card(parts), p.foot())
}

// addState adds the lines that say what is wrong, or how far it is.
func (p *Place) addState(parts *fyne.Container) {
	p.problem = ui.Paragraph("")
	p.problem.Color = theme.ColorError
	p.problem.Hide()
	p.stage = ui.Muted("")
	p.bar = ui.NewProgressBar()
	p.stage.Hide()
	p.bar.Hide()
	parts.Add(p.problem)
	parts.Add(p.stage)
	parts.Add(p.bar)
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
			p.checkWait()
		}
		p.users.OnDone = func() { ui.Focus(p.passphrase) }
		return ui.NewField(t.T("unlock.user"), p.users)
	}
	p.picker = ui.NewPickEntry(t, func(text string, limit int) []ui.Choice { return startingWith(choices, text, limit) })
	p.picker.PutChoice(current)
	p.picker.OnPick = func(c ui.Choice) {
		p.slot = c.Code
		p.checkWait()
	}
	p.picker.OnDone = func() { ui.Focus(p.passphrase) }
	return ui.NewField(t.T("unlock.user"), p.picker)
}

func (p *Place) say(words string) {
	p.problem.Hidden = words == ""
	p.problem.SetText(words)
	p.root.Refresh()
}

// submit tries to open the workspace, for reading only where that is asked for.
func (p *Place) submit(readOnly bool) {
	t := p.o.Texts
	if p.busy || p.cancelWait != nil || !p.ready() {
		return
	}
	var code []byte
	if p.code != nil {
		code = p.code.Take()
	}
	if len(code) > 0 {
		if err := pin.Allowed(code); err != nil {
			clear(code)
			p.codeField.SetProblem(ui.Error, t.T("unlock.pin_refused"))
			ui.Focus(p.code)
			return
		}
	}
	if p.codeField != nil {
		p.codeField.SetProblem(ui.Error, "")
	}
	passphrase := p.passphrase.Take()
	p.setBusy(true)
	dir, slot := p.o.Dir, p.slot
	type opened struct {
		ws   *workspace.Workspace
		code *pin.Pin
	}
	ui.Run(p.o.Loop, func(ctx context.Context) (opened, error) {
		defer clear(passphrase)
		defer clear(code)
		ws, err := p.o.Unlock(ctx, dir, slot, passphrase, p.options(readOnly))
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

// ready reports whether user and passphrase are there, and asks for what is not.
func (p *Place) ready() bool {
	switch {
	case p.slot == "":
		p.say(p.o.Texts.T("unlock.choose_user"))
		return false
	case p.passphrase.Len() == 0:
		p.say(p.o.Texts.T("unlock.no_passphrase"))
		ui.Focus(p.passphrase)
		return false
	}
	return true
}

// stages are the steps of an unlock in their order, of about equal length but for the first.
var stages = map[string]int64{"keys": 1, "upgrade": 2, "records": 3, "index": 4}

// options tells the page how far it is.
func (p *Place) options(readOnly bool) workspace.Options {
	t := p.o.Texts
	return workspace.Options{ReadOnly: readOnly, Progress: func(stage string) {
		p.o.Loop.Post(func() {
			p.stage.SetText(t.T("unlock.stage." + stage))
			p.bar.Set(stages[stage], int64(len(stages)+1))
		})
	}}
}

func (p *Place) setBusy(on bool) {
	p.busy = on
	p.stage.Hidden, p.bar.Hidden = !on, !on
	if on {
		p.say("")
		p.stage.SetText(p.o.Texts.T("unlock.stage.keys"))
		p.bar.Set(1, int64(len(stages)+1))
	}
	p.enable(!on)
	p.root.Refresh()
}

// enable turns everything that starts something on or off.
func (p *Place) enable(on bool) {
	for _, b := range p.buttons {
		if on {
			b.Enable()
		} else {
			b.Disable()
		}
	}
	if on {
		p.passphrase.Enable()
	} else {
		p.passphrase.Disable()
	}
}

// fail says what went wrong. A wrong passphrase makes the next try wait; damage leads to what can be done about it.
func (p *Place) fail(err error) {
	switch code := fault.Code(err); {
	case code == "V-PASS":
		p.failed++
		p.say(p.o.Texts.Sentence(err))
		p.wait(max(Delay(p.failed), p.o.Wait(p.o.Dir, p.slot)))
	case code == "V-WAIT":
		p.say(p.o.Texts.T("unlock.waiting"))
		p.wait(max(Delay(1), p.o.Wait(p.o.Dir, p.slot)))
	case p.damage == nil && slices.Contains(damageCodes, code):
		p.damage = err
		p.showDamage()
		p.Enter()
	default:
		p.say(p.o.Texts.Sentence(err))
		ui.Focus(p.passphrase)
	}
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

// checkWait goes on waiting where somebody closed the program to be rid of it: the register keeps count.
func (p *Place) checkWait() {
	if p.cancelWait != nil {
		p.cancelWait()
		p.cancelWait = nil
		p.done()
	}
	if left := p.o.Wait(p.o.Dir, p.slot); left > 0 {
		p.say(p.o.Texts.T("unlock.waiting"))
		p.wait(left)
	}
}

func (p *Place) wait(left time.Duration) {
	if left <= 0 {
		p.cancelWait = nil
		p.done()
		ui.Focus(p.passphrase)
		return
	}
	p.buttons[0].SetText(p.o.Texts.N("unlock.wait", int(math.Ceil(left.Seconds()))))
	p.enable(false)
	p.cancelWait = p.o.Loop.After(min(left, time.Second), func() { p.wait(left - time.Second) })
}

// done makes the page ready for the next try.
func (p *Place) done() {
	words := "unlock.open"
	if p.damage != nil {
		words = "unlock.damage.read"
	}
	p.buttons[0].SetText(p.o.Texts.T(words))
	p.enable(true)
}
