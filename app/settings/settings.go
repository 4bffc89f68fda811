// Package settings is the place for language, appearance and what one needs to know of this machine: who uses it, whom it
// trusts, a backup and a check of the register.
//
// What is chosen here takes effect at once. Nothing of it is secret, and nothing weakens the protection: idle times are
// shown, not set, for they come from headquarters' policy (security.md 4.6).
package settings

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/custody"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/i18n"
	"feltbok/internal/version"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// sizes are the steps of the text size in percent.
var sizes = []int{80, 90, 100, 110, 125, 150, 175, 200}

// Place is the settings page. Use on the UI goroutine only.
type Place struct {
	s    *ui.Session
	root *fyne.Container

	languages, variants *ui.Chips
	touch               *ui.Chips

	size   int // chosen in the preview, not yet in use
	inUse  int
	sample *sample
	number *ui.Text
	apply  *ui.Button
	less   *ui.Button
	more   *ui.Button
	look   *ui.Panel

	alone   *fyne.Container // the banner about what one person can do alone
	users   *usersCard
	drives  *drivepick.Picker
	backup  *ui.Button
	check   *ui.Button
	backups *backupList
	// checkCopy checks a copy that was made before.
	checkCopy *ui.Button
	work      *fyne.Container
	working   *ui.Text
	stop      *ui.Button
	result    *fyne.Container
	running   bool
	cancel    func()
}

var (
	_ ui.Place       = (*Place)(nil)
	_ ui.Shortcutter = (*Place)(nil)
)

// New makes the place.
func New(s *ui.Session) ui.Place {
	p := &Place{s: s, inUse: percent(), root: container.NewStack(), alone: ui.Stack("")}
	p.size = p.inUse
	p.users = newUsersCard(p, usersOf(s.WS, s.Texts.Lang()))
	p.root.Add(ui.Page(
		ui.Columns(2, 400, p.appearance(), p.security()),
		ui.Columns(2, 400, p.who(), p.trust()),
		p.users.card,
		p.care(),
	))
	return p
}

// percent is the text size in use.
func percent() int {
	if t, ok := fynetheme.Current().(*theme.Theme); ok {
		return t.Percent()
	}
	return theme.DefaultScale
}

// Title is the heading in the header.
func (p *Place) Title() string { return p.s.Texts.T("settings.title") }

// Content is the page.
func (p *Place) Content() fyne.CanvasObject { return p.root }

// Enter reads the users, who can do what alone, and looks for drives.
func (p *Place) Enter(...any) {
	ui.Run(p.s.Loop, func(ctx context.Context) ([]custody.Weakness, error) { return custody.Of(ctx, p.s.WS) }, p.showAlone)
	p.users.refresh()
	p.backups.refresh()
	p.drives.Look()
}

// Leave keeps a backup that is being written going, and forgets a passphrase that is half typed.
func (p *Place) Leave() { p.users.leave() }

// Shortcuts are the keys of the place.
func (p *Place) Shortcuts() []ui.Shortcut {
	t := p.s.Texts
	return []ui.Shortcut{
		{Key: fyne.KeyPlus, Modifier: fyne.KeyModifierControl, Text: t.T("settings.size.larger"), Do: func() { p.step(1); p.use() }},
		{Key: fyne.KeyMinus, Modifier: fyne.KeyModifierControl, Text: t.T("settings.size.smaller"), Do: func() { p.step(-1); p.use() }},
	}
}

func (p *Place) choose(look ui.Look) {
	if p.s.Choose != nil {
		p.s.Choose(look)
	}
}

func (p *Place) appearance() fyne.CanvasObject {
	t := p.s.Texts
	languages := make([]ui.Choice, len(i18n.Languages))
	for i, lang := range i18n.Languages {
		languages[i] = ui.Choice{Code: lang, Label: t.T("settings.language." + lang)}
	}
	p.languages = one(languages, t.Lang(), func(code string) { p.choose(ui.Look{Lang: code}) })
	variant := theme.Light
	if current, ok := fynetheme.Current().(*theme.Theme); ok {
		variant = current.Variant()
	}
	variants := []ui.Choice{{Code: string(theme.Light), Label: t.T("settings.variant.light")}, {Code: string(theme.Dark), Label: t.T("settings.variant.dark")}}
	p.variants = one(variants, string(variant), func(code string) {
		p.choose(ui.Look{Variant: theme.Variant(code)})
		p.preview()
	})
	touch := ui.NotTouched
	if theme.Touch() {
		touch = ui.Touched
	}
	p.touch = one([]ui.Choice{{Code: string(ui.NotTouched), Label: t.T("settings.touch.off")}, {Code: string(ui.Touched), Label: t.T("settings.touch.on")}}, string(touch), func(code string) {
		p.choose(ui.Look{Touch: ui.Touch(code)})
	})
	screen := ui.NewField(t.T("settings.touch"), p.touch)
	screen.SetHint(t.T("settings.touch.hint"))
	return ui.Card(ui.SectionHeader(t.T("settings.appearance"), ""),
		ui.NewField(t.T("settings.language"), p.languages), ui.NewField(t.T("settings.variant"), p.variants), screen, ui.NewField(t.T("settings.size"), p.sizes()))
}

// one is a group of chips of which exactly one is chosen at any time.
func one(choices []ui.Choice, current string, chosen func(code string)) *ui.Chips {
	chips := ui.NewChips(choices, false)
	chips.Put(current)
	chips.OnChosen = func(codes []string) {
		if len(codes) == 0 || codes[0] == current {
			chips.Put(current)
			return
		}
		current = codes[0]
		chosen(current)
	}
	return chips
}

func (p *Place) sizes() fyne.CanvasObject {
	t := p.s.Texts
	p.number = ui.Strong("")
	p.less = ui.NewButton("A–", func() { p.step(-1) })
	p.more = ui.NewButton("A+", func() { p.step(1) })
	p.less.Label, p.more.Label = t.T("settings.size.smaller"), t.T("settings.size.larger")
	p.apply = ui.NewPrimary(t.T("settings.size.use"), p.use)
	p.sample = newSample(t.T("settings.size.sample"), 16, false)
	p.look = ui.NewPanel(theme.ColorNeutralTint, p.sample)
	p.look.Radius, p.look.Gap = fynetheme.SizeNameInputRadius, theme.SizeGap
	p.preview()
	return ui.Stack(theme.SizeGap, ui.Row(theme.SizeGap, p.less, p.more, ui.Middle(p.number), ui.Spacer(), p.apply), p.look)
}

// step goes to the next size of the preview.
func (p *Place) step(by int) {
	at := 0
	for i, size := range sizes {
		if size <= p.size {
			at = i
		}
	}
	p.size = sizes[min(max(at+by, 0), len(sizes)-1)]
	p.preview()
}

// preview shows how large the text would be.
func (p *Place) preview() {
	p.number.SetText(p.s.Texts.T("settings.size.percent", "Percent", p.size))
	p.sample.points = 16 * float32(p.size) / 100
	p.sample.Refresh()
	enable(p.apply, p.size != p.inUse)
	enable(p.less, p.size > theme.MinScale)
	enable(p.more, p.size < theme.MaxScale)
	p.look.Refresh()
}

func enable(b *ui.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

func (p *Place) use() {
	if p.size == p.inUse {
		return
	}
	p.inUse = p.size
	p.choose(ui.Look{Percent: p.size})
	p.preview()
}

// The idle times of security.md 4.6 where no policy says otherwise.
const (
	coverMinutes   = 2
	lockMinutes    = 15
	lockMinutesHQ  = 10
	underCover     = 15
	fewestPIN      = 6
	wrongPINs      = 3
	longestTryWait = 60
)

func (p *Place) security() fyne.CanvasObject {
	t := p.s.Texts
	cover, lock, note := coverMinutes, lockMinutes, t.T("settings.idle.standard")
	if p.s.WS.Me().HQ {
		lock = lockMinutesHQ
	}
	if tr := p.s.WS.Trust(); tr != nil && tr.Directory() != nil {
		policy := tr.Directory().Policy
		if policy.CoverMinutes > 0 {
			cover = policy.CoverMinutes
		}
		if policy.LockMinutes > 0 {
			lock = policy.LockMinutes
		}
		note = t.T("settings.idle.policy")
	}
	keys := ui.NewQuiet("keyboard", t.T("settings.keys"), func() {
		ui.ShowHelp(p.s.Window, t, ui.ShortcutGroup{Title: t.T("settings.keys.everywhere"), Shortcuts: everywhere(t)}, ui.ShortcutGroup{Title: p.Title(), Shortcuts: p.Shortcuts()}, ui.WidgetKeys(t))
	})
	return ui.Card(ui.SectionHeader(t.T("settings.security"), note),
		ui.KeyValues(
			ui.KeyValue{Key: t.T("settings.idle.cover"), Value: t.N("settings.minutes", cover)},
			ui.KeyValue{Key: t.T("settings.idle.lock"), Value: t.N("settings.minutes", lock)},
			ui.KeyValue{Key: t.T("settings.idle.under_cover"), Value: t.N("settings.minutes", underCover)},
			ui.KeyValue{Key: t.T("settings.idle.pin"), Value: t.T("settings.idle.pin_value", "Digits", fewestPIN, "Tries", wrongPINs)},
			ui.KeyValue{Key: t.T("settings.idle.tries"), Value: t.T("settings.idle.tries_value", "Seconds", longestTryWait)},
		),
		ui.Muted(t.T("settings.idle.drafts")), ui.Row("", keys, ui.Spacer()))
}

// everywhere lists the keys that the shell understands in every place.
func everywhere(t *i18n.Texts) []ui.Shortcut {
	return []ui.Shortcut{
		{Key: fyne.KeyF1, Text: t.T("settings.keys.help")},
		{Key: fyne.KeyL, Modifier: fyne.KeyModifierControl, Text: t.T("settings.keys.cover")},
		{Key: fyne.KeyL, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift, Text: t.T("settings.keys.lock")},
		{Key: fyne.KeyK, Modifier: fyne.KeyModifierControl, Text: t.T("settings.keys.search")},
	}
}

func (p *Place) who() fyne.CanvasObject {
	t, ws := p.s.Texts, p.s.WS
	me := ws.Me()
	rows := []ui.KeyValue{
		{Key: t.T("settings.me.user"), Value: me.Alias},
		{Key: t.T("settings.me.role"), Value: ui.Lists().Label("role", string(me.Role), t.Lang())},
		{Key: t.T("settings.me.device"), Value: me.DeviceAlias},
		{Key: t.T("settings.me.mission"), Value: p.mission(me)},
		{Key: t.T("settings.me.folder"), Value: p.s.Dir},
	}
	if me.Training {
		rows = append(rows, ui.KeyValue{Key: t.T("settings.me.world"), Object: ui.Row("", ui.NewBadge(ui.Info, "orientation", t.T("settings.me.training")), ui.Spacer())})
	}
	return ui.Card(ui.SectionHeader(t.T("settings.me"), ""), ui.KeyValues(rows...))
}

func (p *Place) mission(me workspace.Me) string {
	t := p.s.Texts
	if me.HQ {
		return t.T("settings.me.hq")
	}
	missions, err := p.s.WS.Missions(context.Background())
	if err == nil {
		for _, m := range missions {
			if m.ID() == me.Mission {
				if words := trimmed(m.Text("mission_code"), m.Text("name")); words != "" {
					return words
				}
			}
		}
	}
	if exchange.Enrolled(p.s.WS) {
		return me.Mission.String()[:8]
	}
	return t.T("settings.me.not_enrolled")
}

func trimmed(parts ...string) string {
	var given []string
	for _, part := range parts {
		if part != "" {
			given = append(given, part)
		}
	}
	return strings.Join(given, " · ")
}

func (p *Place) trust() fyne.CanvasObject {
	t := p.s.Texts
	rows := []ui.KeyValue{{Key: t.T("settings.version"), Value: version.Name + " " + version.App}}
	card := ui.Card(ui.SectionHeader(t.T("settings.trust"), t.T("settings.trust.note")))
	list := card.Content.(*fyne.Container)
	if tr := p.s.WS.Trust(); tr != nil {
		rows = append(rows, ui.KeyValue{Key: t.T("settings.trust.root_version"), Value: fmt.Sprint(tr.Root().Version)})
		if directory := tr.Directory(); directory != nil {
			rows = append(rows, ui.KeyValue{Key: t.T("settings.trust.directory"), Value: t.T("settings.trust.directory_value", "Number", directory.Version, "Until", p.day(directory.Expires))})
		}
		for _, w := range tr.Warnings(p.s.Now()) {
			if w.Kind == trust.WarnSingleRoot || w.Kind == trust.WarnSingleRoster {
				continue // the banner says them, and what to do
			}
			rows = append(rows, ui.KeyValue{Key: t.T("settings.trust.warning"), Object: ui.Row(theme.SizeGap, ui.NewIcon("warning", theme.ColorWarning), ui.Stretch(ui.Middle(ui.Paragraph(t.T("exchange.warning."+w.Kind)))))})
		}
	}
	list.Add(ui.KeyValues(rows...))
	list.Add(ui.Row("", ui.NewQuiet("language", t.T("lists.title"), func() { p.s.Go("lists") }), ui.Spacer()))
	list.Add(p.alone)
	fingerprint := exchange.RootFingerprint(p.s.WS)
	if fingerprint == "" {
		list.Add(ui.Paragraph(t.T("settings.trust.none")))
		return card
	}
	list.Add(ui.Strong(t.T("settings.trust.fingerprint")))
	digits := ui.Stack(theme.SizeGapTight)
	for _, line := range Grouped(fingerprint) {
		digits.Add(newSample(line, 0, true))
	}
	box := ui.NewPanel(theme.ColorNeutralTint, digits)
	box.Radius, box.Gap = fynetheme.SizeNameInputRadius, theme.SizeGap
	list.Add(box)
	return card
}

// showAlone puts the banner of the weaknesses into the card about trust.
func (p *Place) showAlone(found []custody.Weakness, err error) {
	if err != nil {
		p.s.Fault(err)
		return
	}
	p.alone.Objects = nil
	if banner := custody.Banner(p.s.Texts, found); banner != nil {
		p.alone.Add(banner)
	}
	p.root.Refresh()
}

// Grouped writes a fingerprint in lines of four groups of four digits, as people read it out and printers print it.
func Grouped(digits string) []string {
	var lines []string
	var groups []string
	for len(digits) > 0 {
		n := min(4, len(digits))
		groups = append(groups, digits[:n])
		digits = digits[n:]
		if len(groups) == 4 || len(digits) == 0 {
			lines = append(lines, strings.Join(groups, " "))
			groups = nil
		}
	}
	return lines
}

func (p *Place) day(at time.Time) string {
	return at.Local().Format(p.s.Texts.T("settings.layout.day"))
}
