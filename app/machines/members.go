package machines

import (
	"cmp"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
)

// soon is how long before the end a certificate is marked.
const soon = 14 * 24 * time.Hour

func (p *Place) memberCell(m member, column int) ui.Cell {
	if column == 0 {
		return ui.Cell{Text: m.alias, Detail: p.kind(m) + " · " + m.label, Bold: true}
	}
	level, icon, word := p.memberState(m)
	return ui.Cell{Badge: word, Level: level, Icon: icon}
}

// kind is what somebody is: a machine, or the roles of a user.
func (p *Place) kind(m member) string {
	t := p.s.Texts
	if m.machine() {
		return t.T("machines.member.machine")
	}
	words := make([]string, 0, len(m.roles))
	for _, role := range m.roles {
		words = append(words, ui.Lists().Label("role", string(role), t.Lang()))
	}
	return cmp.Or(strings.Join(words, ", "), t.T("machines.member.user"))
}

func (p *Place) memberState(m member) (ui.Level, string, string) {
	t, now := p.s.Texts, p.s.Now()
	switch {
	case !m.cut.IsZero():
		return ui.Neutral, "close", t.T("machines.member.withdrawn")
	case m.closed:
		return ui.Neutral, "close", t.T("machines.member.closed")
	case !m.until.IsZero() && now.After(m.until):
		return ui.Warning, "", t.T("machines.member.expired")
	case !m.until.IsZero() && now.Add(soon).After(m.until):
		return ui.Warning, "clock", t.T("machines.member.expires")
	case m.machine() && !m.device.Informed():
		return ui.Info, "clock", t.T("machines.member.old_directory")
	}
	return ui.Success, "", t.T("machines.member.counts")
}

// showMember says what headquarters knows of a machine or user, and offers to withdraw it.
func (p *Place) showMember(m member) {
	t := p.s.Texts
	level, icon, word := p.memberState(m)
	rows := []ui.KeyValue{{Key: t.T("machines.member.kind"), Value: p.kind(m)}, {Key: t.T("settings.me.mission"), Value: m.label}}
	put := func(key, value string) { rows = append(rows, ui.KeyValue{Key: t.T(key), Value: value}) }
	if !m.until.IsZero() {
		put("machines.member.until", p.day(m.until))
	}
	if !m.cut.IsZero() {
		put("machines.member.cut", p.when(m.cut))
		put("machines.withdraw.reason", p.reason(m.reason))
	}
	if d := m.device; d != nil {
		heard := t.T("exchange.board.never_heard")
		if at, err := time.Parse(time.RFC3339, d.LastSeen); err == nil {
			heard = p.when(at)
		}
		put("exchange.board.heard", heard)
		put("exchange.board.lines", t.N("exchange.lines", d.Lines))
		if m.active() {
			put("machines.member.directory", p.directory(m))
		}
	}
	list := []fyne.CanvasObject{
		ui.Row(theme.SizeGap, ui.NewIcon(map[bool]string{true: "device", false: "person"}[m.machine()], theme.ColorAccent), ui.Stretch(ui.Middle(ui.Subheading(m.alias))), ui.NewBadge(level, icon, word)),
		ui.KeyValues(rows...),
	}
	switch {
	case m.me:
		list = append(list, ui.Muted(t.T("machines.member.me")))
	case !m.cut.IsZero():
		list = append(list, ui.Muted(t.T("machines.member.withdrawn_note")), ui.Row(theme.SizeGap, ui.NewButton(t.T("machines.withdraw.earlier"), func() { p.withdraw(m) }), ui.Spacer()))
	default:
		key := "machines.withdraw.begin_user"
		if m.machine() {
			key = "machines.withdraw.begin_machine"
		}
		list = append(list, ui.Row(theme.SizeGap, ui.NewDanger(t.T(key), func() { p.withdraw(m) }), ui.Spacer()))
	}
	p.detail.Add(ui.Card(list...))
}

// directory says whether a machine knows the newest directory: only its own word counts, a file under way does not.
func (p *Place) directory(m member) string {
	t, d := p.s.Texts, m.device
	switch {
	case d.Informed():
		return t.T("machines.directory.has", "Number", d.Directory)
	case d.DirectorySent >= d.Directory:
		return t.T("machines.directory.sent", "Number", d.Directory)
	}
	return t.T("machines.directory.old", "Number", d.Directory)
}

// reason gives the reason of a withdrawal in words; documents of others may hold one that is in no list.
func (p *Place) reason(code string) string {
	if t := p.s.Texts; t.Has("trust.reason." + code) {
		return t.T("trust.reason." + code)
	}
	return code
}
