package machines

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

func (p *Place) draftCell(d exchange.Draft, column int) ui.Cell {
	t := p.s.Texts
	if column == 0 {
		words := make([]string, 0, len(d.Signings))
		for _, s := range d.Signings {
			if kind := p.document(s.Document); !s.Complete() && !slices.Contains(words, kind) {
				words = append(words, kind)
			}
		}
		return ui.Cell{Text: filepath.Base(d.Folder), Detail: strings.Join(words, ", "), Bold: true}
	}
	level, icon, word := draftState(d)
	return ui.Cell{Badge: t.T("machines.sign." + word), Level: level, Icon: icon}
}

// draftName is the folder of a draft about a machine or user, "device:<uuid>" or "user:<uuid>": an alias could hold anything.
func draftName(name string) string {
	_, id, _ := strings.Cut(name, ":")
	return "feltbok-" + id[:min(len(id), 8)]
}

func draftState(d exchange.Draft) (ui.Level, string, string) {
	switch {
	case d.Problem != nil:
		return ui.Error, "", "unreadable"
	case d.Known:
		return ui.Neutral, "ok", "known"
	case d.Complete():
		return ui.Success, "", "complete"
	}
	return ui.Info, "edit", "waits"
}

// document says what kind of document a name stands for.
func (p *Place) document(name string) string {
	kind := "root"
	switch {
	case name == trust.NameDirectory:
		kind = "directory"
	case strings.HasPrefix(name, "mission-"):
		kind = "mission"
	}
	return p.s.Texts.T("machines.sign.document_" + kind)
}

// showDraft says who must sign what and who did, and offers to sign, or to take it into use.
func (p *Place) showDraft(d exchange.Draft) {
	t := p.s.Texts
	level, icon, word := draftState(d)
	parts := []fyne.CanvasObject{ui.Row(theme.SizeGap, ui.Stretch(ui.Middle(ui.Subheading(filepath.Base(d.Folder)))), ui.NewBadge(level, icon, t.T("machines.sign."+word)))}
	if d.Problem != nil {
		p.detail.Add(ui.Card(append(parts, ui.Paragraph(t.Sentence(d.Problem)))...))
		return
	}
	for _, signing := range d.Signings {
		lines := []fyne.CanvasObject{ui.Strong(t.T("machines.sign.line", "Document", p.document(signing.Document), "Number", signing.Version, "Day", p.day(signing.Expires)))}
		for _, need := range signing.Needs {
			lines = append(lines, ui.Paragraph(t.T("trust.need."+need.Who, "Have", len(need.Signed), "Of", need.Threshold)))
			if need.Met() {
				continue
			}
			for _, key := range need.Missing {
				lines = append(lines, ui.Muted(t.T("machines.sign.missing", "Key", trust.KeyFingerprint(key))))
			}
		}
		parts = append(parts, ui.Stack(theme.SizeGapTight, lines...))
	}
	switch {
	case d.Known:
		parts = append(parts, ui.Muted(t.T("machines.sign.known_note")))
	case d.Complete():
		parts = append(parts, ui.Paragraph(t.T("machines.sign.complete_note")), ui.Row(theme.SizeGap, ui.NewPrimary(t.T("machines.sign.take"), func() { p.take(d) }), ui.Spacer()))
	default:
		parts = append(parts, ui.Paragraph(t.T("machines.sign.note")), ui.Row(theme.SizeGap, ui.NewPrimary(t.T("machines.sign.begin"), func() { p.askSign(d) }), ui.Spacer()))
	}
	p.detail.Add(ui.Card(parts...))
}

// askSign asks for the keys of whoever signs now.
func (p *Place) askSign(d exchange.Draft) {
	t := p.s.Texts
	var do *ui.Button
	sign := func() {
		if !do.Disabled() {
			p.sign(d)
		}
	}
	do = ui.NewPrimary(t.T("machines.sign.do"), sign)
	cancel := ui.NewButton(t.T("ui.cancel"), p.close)
	do.OnEscape, cancel.OnEscape = p.close, p.close
	ready := func() {
		if p.keys.ready() {
			do.Enable()
		} else {
			do.Disable()
		}
	}
	fields := p.keys.ask(sign, p.close, ready)
	ready()
	p.form(p.keys.secret, ui.Card(ui.SectionHeader(t.T("machines.sign.form", "Folder", filepath.Base(d.Folder)), t.T("machines.sign.form_note")), fields, ui.Flow(theme.SizeGap, do, cancel)))
}

func (p *Place) sign(d exchange.Draft) {
	t, now := p.s.Texts, p.s.Now()
	c := exchange.Ceremony{Keys: p.keys.drives.Path(), Passphrase: p.keys.take()}
	p.work(t.T("machines.sign.working"), func(context.Context) error {
		defer clear(c.Passphrase)
		_, err := exchange.Sign(c, d.Folder, now)
		return err
	}, func(err error) {
		switch {
		case p.keys.refuse(err):
		case err != nil:
			p.fault(err)
		default:
			p.s.Notify(ui.Success, t.T("machines.sign.signed"))
			p.open = false
			p.reload(func() { p.remark(d.Folder); p.focusDetail() })
		}
	})
}

// take believes the documents from now on.
func (p *Place) take(d exchange.Draft) {
	t, ws := p.s.Texts, p.s.WS
	c := exchange.Ceremony{}
	if public := filepath.Join(p.keys.drives.Path(), "public"); p.keys.drives.Path() != "" {
		if info, err := os.Stat(public); err == nil && info.IsDir() {
			c.Public = public // what new machines start from
		}
	}
	p.work(t.T("machines.sign.taking"), func(ctx context.Context) error {
		_, err := exchange.Take(ctx, ws, c, d.Folder)
		return err
	}, func(err error) {
		if err != nil {
			p.fault(err)
			return
		}
		p.s.Notify(ui.Success, t.T("machines.sign.taken"))
		p.open = false
		p.reload(func() { p.remark(d.Folder); p.focusDetail() })
	})
}

// remark goes to a draft again, wherever it stands in the list now.
func (p *Place) remark(folder string) {
	for i, d := range p.draft {
		if d.Folder == folder {
			p.at[viewSign] = i
		}
	}
	p.put()
}
