// Package drivepick lets a person choose the folder or removable drive that files are put on or taken from.
//
// Drives that are plugged in stand first, each one tap or digit away; any other folder can be typed or looked for. The
// words are in the texts of the exchange.
package drivepick

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/fault"
	"feltbok/sync/exchange/route"
)

// Picker is the choice. The zero path means that nothing is chosen yet.
type Picker struct {
	widget.BaseWidget
	// OnChoose is called when the user or a plugged-in drive changes the folder.
	OnChoose func(path string)
	// List finds the drives; nil asks the system. Tests replace it.
	List func(chosen ...string) []route.Drive

	s       *ui.Session
	drives  []route.Drive
	round   int           // of Follow; odd while it goes on
	looked  bool          // since Follow began
	seen    []route.Found // packages of the last look
	offered []route.Found // those that were told
	chosen  []string      // folders that the user named
	path    string
	took    bool // a folder was typed just now
	chips   *ui.Chips
	none    *ui.Text
	typed   *ui.TextField
	problem *ui.Text
	again   *ui.Button
	other   *ui.Button
	typing  *fyne.Container // the way to a folder that is not among the drives
	content *fyne.Container
}

// New makes a picker that has chosen nothing. Call Look to fill in the drives.
func New(s *ui.Session, label string) *Picker {
	t := s.Texts
	p := &Picker{s: s, chips: ui.NewChips(nil, false), none: ui.Muted(t.T("exchange.drive.none"))}
	p.chips.OnChosen = func(codes []string) {
		if len(codes) == 0 { // a folder stays chosen until another is
			p.chips.Put(p.path)
			return
		}
		p.take(codes[0])
	}
	p.typed = ui.NewTextField(t.T("exchange.drive.placeholder"))
	p.typed.OnCommit = func(text string) { p.Type(text) }
	p.problem = ui.Paragraph("")
	p.problem.Color = theme.ColorError
	p.problem.Hide()
	p.again = ui.NewIconButton("search", t.T("exchange.drive.again"), p.Look)
	p.other = ui.NewQuiet("folder", t.T("exchange.drive.other"), func() {
		p.typing.Hidden = !p.typing.Hidden
		p.content.Refresh()
		p.Refresh()
		if !p.typing.Hidden {
			ui.Focus(p.typed)
		}
	})
	p.typing = ui.Stack(theme.SizeGapTight, ui.Row(theme.SizeGap, ui.Stretch(p.typed), ui.NewButton(t.T("exchange.drive.browse"), p.browse)), p.problem)
	p.typing.Hide()
	p.content = ui.Stack(theme.SizeGapTight,
		ui.Row(theme.SizeGapTight, ui.Stretch(ui.Middle(ui.Strong(label))), p.other, p.again),
		p.chips, p.none, p.typing)
	p.chips.Hide()
	p.ExtendBaseWidget(p)
	return p
}

// Path is the folder chosen; "" when there is none.
func (p *Picker) Path() string { return p.path }

// Drive returns what is known of the folder chosen.
func (p *Picker) Drive() (route.Drive, bool) {
	i := slices.IndexFunc(p.drives, func(d route.Drive) bool { return d.Path == p.path })
	if i < 0 {
		return route.Drive{}, false
	}
	return p.drives[i], true
}

// Put chooses a folder without calling back.
func (p *Picker) Put(path string) {
	p.path = path
	if path != "" && !slices.Contains(p.chosen, path) {
		p.chosen = append(p.chosen, path)
	}
	p.show()
}

// Look lists the drives again. When nothing is chosen and exactly one drive is there, it is taken; when the chosen folder is gone,
// nothing is chosen any more.
func (p *Picker) Look() {
	chosen, list := slices.Clone(p.chosen), p.list()
	ui.Run(p.s.Loop, func(context.Context) ([]route.Drive, error) { return list(chosen...), nil }, func(drives []route.Drive, _ error) {
		p.plugged(drives)
	})
}

func (p *Picker) list() func(...string) []route.Drive {
	if p.List != nil {
		return p.List
	}
	return route.List
}

// plugged shows the drives that are there now.
func (p *Picker) plugged(drives []route.Drive) {
	p.drives = drives
	before := p.path
	if !slices.ContainsFunc(drives, func(d route.Drive) bool { return d.Path == p.path }) {
		p.path = ""
	}
	if p.path == "" && len(drives) == 1 {
		p.path = drives[0].Path
	}
	p.show()
	if p.took {
		p.took = false
		// The field that was typed in is gone: the keyboard goes on from the folder that it led to, unless it went elsewhere.
		if at := p.s.Window.Canvas().Focused(); (at == nil || at == fyne.Focusable(p.typed)) && p.chips.Visible() {
			ui.Focus(p.chips)
		}
	}
	if p.OnChoose != nil && (before != p.path || p.path != "") {
		p.OnChoose(p.path)
	}
}

// lookAgain is how long Follow waits between two looks.
const lookAgain = 3 * time.Second

// look is what Follow finds.
type look struct {
	drives []route.Drive
	folder string
	found  []route.Found
}

// Follow goes on looking until Rest: a stick that is plugged in or pulled out shows by itself, and OnChoose is called again
// when other packages lie in the folder than before.
func (p *Picker) Follow() {
	p.Rest()
	p.round++
	p.looked = false
	p.lookLater(p.round)
}

// Rest ends Follow.
func (p *Picker) Rest() { p.round += p.round % 2 }

func (p *Picker) lookLater(round int) {
	p.s.Loop.After(lookAgain, func() {
		if p.round != round {
			return
		}
		chosen, folder, list := slices.Clone(p.chosen), p.path, p.list()
		ui.Run(p.s.Loop, func(context.Context) (look, error) {
			l := look{drives: list(chosen...), folder: folder}
			if folder == "" {
				return l, nil
			}
			if found, err := route.Bundles(folder); err == nil { // a drive that was pulled out is missing among the drives
				l.found = found
			}
			return l, nil
		}, func(l look, _ error) {
			if p.round != round {
				return
			}
			p.noticed(l)
			p.lookLater(round)
		})
	})
}

// noticed tells what is new since the look before.
func (p *Picker) noticed(l look) {
	settled := route.Settled(p.seen, l.found)
	p.seen = l.found
	if l.folder != p.path || !p.looked { // whoever chose the folder has listed it
		p.looked, p.offered, settled = true, l.found, l.found
	}
	switch {
	case p.typed.Disabled(): // a file is being written or read
	case !slices.EqualFunc(l.drives, p.drives, func(a, b route.Drive) bool { return a.Path == b.Path && a.ReadOnly == b.ReadOnly }):
		p.plugged(l.drives)
	case l.folder == p.path && !slices.Equal(settled, p.offered):
		p.offered = settled
		if p.OnChoose != nil && p.path != "" {
			p.OnChoose(p.path)
		}
	}
}

// Type takes a folder that was typed.
func (p *Picker) Type(text string) {
	p.say("")
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if home, err := os.UserHomeDir(); err == nil && (text == "~" || strings.HasPrefix(text, "~/")) {
		text = filepath.Join(home, text[1:])
	}
	path, err := filepath.Abs(text)
	if err != nil {
		path = text
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() { // a file stands for the folder that it lies in
		path = filepath.Dir(path)
	}
	if err != nil {
		p.say(p.s.Texts.Sentence(fault.New("E-FILE", filepath.Base(path), err)))
		return
	}
	if !slices.Contains(p.chosen, path) {
		p.chosen = append(p.chosen, path)
	}
	p.path = path
	p.typed.Put("")
	p.typing.Hide()
	p.took = true
	p.Look()
}

// say shows what is wrong with the folder that was typed; "" nothing.
func (p *Picker) say(words string) {
	p.problem.Hidden = words == ""
	p.problem.SetText(words)
	if words != "" {
		p.typing.Show()
	}
	p.typing.Refresh()
	p.content.Refresh()
}

func (p *Picker) take(path string) {
	p.path = path
	p.show()
	if p.OnChoose != nil {
		p.OnChoose(path)
	}
}

func (p *Picker) show() {
	t := p.s.Texts
	choices := make([]ui.Choice, 0, len(p.drives)+1)
	for _, d := range p.drives[:min(len(p.drives), ui.ChipsLimit)] {
		label := d.Label
		switch {
		case d.ReadOnly:
			label = t.T("exchange.drive.read_only", "Name", d.Label)
		case d.Free >= 0:
			label = t.T("exchange.drive.free", "Name", d.Label, "Free", route.SizeText(d.Free, t.Lang()))
		}
		choices = append(choices, ui.Choice{Code: d.Path, Label: label})
	}
	if p.path != "" && !slices.ContainsFunc(choices, func(c ui.Choice) bool { return c.Code == p.path }) {
		choices = append(choices, ui.Choice{Code: p.path, Label: filepath.Base(p.path)})
	}
	p.chips.SetOptions(choices)
	p.chips.Put(p.path)
	p.chips.Hidden = len(choices) == 0
	p.none.Hidden = len(choices) > 0
	p.content.Refresh()
	p.Refresh()
}

// Disable keeps the user from changing the folder while a file is being written or read.
func (p *Picker) Disable() {
	p.chips.Disable()
	p.typed.Disable()
	p.again.Disable()
	p.other.Disable()
}

// Enable ends Disable.
func (p *Picker) Enable() {
	p.chips.Enable()
	p.typed.Enable()
	p.again.Enable()
	p.other.Enable()
}

// Entry is the field for a typed folder.
func (p *Picker) Entry() *ui.TextField { return p.typed }

// Inside is the chips, the field and the buttons.
func (p *Picker) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{p.content} }

// CreateRenderer is for the toolkit.
func (p *Picker) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.content) }
