package machines

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/sync/exchange"
)

// The moments that a form offers.
const (
	cutHeard = "heard" // when it was last heard of
	cutNow   = "now"
	cutOther = "other"
)

// withdrawal is the form in two steps: whom, since when and why; then what that means, and the keys.
type withdrawal struct {
	p       *Place
	m       member
	people  map[string]string // alias by name, of the users of a machine
	reasons *ui.Chips
	also    *ui.Chips
	cut     *ui.Chips
	moment  *ui.TextField
	field   *ui.Field // around moment
	next    *ui.Button
	do      *ui.Button
	r       exchange.Revocation
	meaning *exchange.Withdrawal
}

// withdraw begins the form. Who worked on a machine is read from what it sent.
func (p *Place) withdraw(m member) {
	if p.busy {
		return
	}
	ws := p.s.WS
	ui.Run(p.s.Loop, func(ctx context.Context) ([]string, error) {
		if !m.machine() {
			return nil, nil
		}
		return exchange.PeopleOn(ctx, ws, m.name)
	}, func(names []string, err error) {
		if err != nil {
			p.fault(err)
			return
		}
		w := &withdrawal{p: p, m: m, people: map[string]string{}}
		for _, other := range p.facts.members {
			if slices.Contains(names, other.name) && !other.me {
				w.people[other.name] = other.alias
			}
		}
		w.ask()
	})
}

// ask is the first step.
func (w *withdrawal) ask() {
	p, t, m := w.p, w.p.s.Texts, w.m
	var reasons []ui.Choice
	for _, code := range exchange.RevocationReasons {
		if m.machine() || code == "left" || code == "key" || code == "seized" {
			reasons = append(reasons, ui.Choice{Code: code, Label: p.reason(code)})
		}
	}
	w.reasons = ui.NewChips(reasons, false)
	w.reasons.OnChosen = func([]string) { w.enable() }
	parts := []fyne.CanvasObject{ui.SectionHeader(t.T("machines.withdraw.title", "Name", m.alias), t.T("machines.withdraw.note")), ui.NewField(t.T("machines.withdraw.reason"), w.reasons)}
	w.also = ui.NewChips(nil, true)
	if len(w.people) > 0 {
		var users []ui.Choice
		var all []string
		for name, alias := range w.people {
			users = append(users, ui.Choice{Code: name, Label: alias})
			all = append(all, name)
		}
		slices.SortFunc(users, func(a, b ui.Choice) int { return strings.Compare(a.Label, b.Label) })
		w.also.SetOptions(users)
		w.also.Put(all...)
		also := ui.NewField(t.T("machines.withdraw.also"), w.also)
		also.SetHint(t.T("machines.withdraw.also_hint"))
		parts = append(parts, also)
	}
	moments := []ui.Choice{{Code: cutNow, Label: t.T("machines.withdraw.cut_now")}, {Code: cutOther, Label: t.T("machines.withdraw.cut_other")}}
	first := cutNow
	if at, ok := w.heard(); ok {
		moments = append([]ui.Choice{{Code: cutHeard, Label: t.T("machines.withdraw.cut_heard", "Time", p.when(at))}}, moments...)
		first = cutHeard
	}
	w.moment = ui.NewTextField(t.T("machines.withdraw.moment_placeholder"))
	w.moment.OnEdit = func(string) { w.enable() }
	w.field = ui.NewField(t.T("machines.withdraw.moment"), w.moment)
	w.field.Hidden = true
	w.cut = always(moments, first, func(code string) {
		w.field.Hidden = code != cutOther
		w.enable()
		p.detail.Refresh()
		p.scroll.Refresh()
		if code == cutOther {
			ui.Focus(w.moment)
		}
	})
	cut := ui.NewField(t.T("machines.withdraw.cut"), w.cut)
	cut.SetHint(t.T("machines.withdraw.cut_hint"))
	w.next = ui.NewPrimary(t.T("machines.withdraw.next"), w.look)
	cancel := ui.NewButton(t.T("ui.cancel"), p.close)
	w.moment.OnDone = func() {
		if !w.next.Disabled() {
			w.look()
		}
	}
	for _, escape := range []*func(){&w.reasons.OnEscape, &w.also.OnEscape, &w.cut.OnEscape, &w.moment.OnEscape, &w.next.OnEscape, &cancel.OnEscape} {
		*escape = p.close
	}
	parts = append(parts, cut, w.field, ui.Flow(theme.SizeGap, w.next, cancel))
	w.enable()
	p.form(w.reasons, ui.Card(parts...))
}

// heard is when the machine was last heard of.
func (w *withdrawal) heard() (time.Time, bool) {
	if w.m.device == nil {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339, w.m.device.LastSeen)
	return at, err == nil
}

// chosen is the last moment at which machine or user could be trusted.
func (w *withdrawal) chosen() (time.Time, bool) {
	switch one(w.cut) {
	case cutHeard:
		return w.heard()
	case cutNow:
		return w.p.s.Now(), true
	}
	text := strings.TrimSpace(w.moment.Text)
	for _, layout := range []string{w.p.s.Texts.T("machines.layout.time"), "2.1.2006 15:04", "2006-01-02 15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, !at.After(w.p.s.Now())
		}
	}
	return time.Time{}, false
}

func (w *withdrawal) enable() {
	_, ok := w.chosen()
	problem := ""
	if !ok && strings.TrimSpace(w.moment.Text) != "" {
		problem = w.p.s.Texts.T("machines.withdraw.moment_wrong")
	}
	w.field.SetProblem(ui.Error, problem)
	if ok && one(w.reasons) != "" {
		w.next.Enable()
	} else {
		w.next.Disable()
	}
}

// look reads what it would mean, and shows it as the second step.
func (w *withdrawal) look() {
	p := w.p
	if w.next.Disabled() || p.busy {
		return
	}
	w.r = exchange.Revocation{Reason: one(w.reasons)}
	w.r.Cut, _ = w.chosen()
	if w.m.machine() {
		w.r.Devices, w.r.Users = []string{w.m.name}, w.also.Chosen()
	} else {
		w.r.Users = []string{w.m.name}
	}
	ws, r := p.s.WS, w.r
	ui.Run(p.s.Loop, func(ctx context.Context) (*exchange.Withdrawal, error) { return exchange.PreviewRevoke(ctx, ws, r) }, func(meaning *exchange.Withdrawal, err error) {
		if err != nil {
			p.fault(err)
			return
		}
		w.meaning = meaning
		w.tell()
	})
}

// tell is the second step: what it means, and the keys.
func (w *withdrawal) tell() {
	p, t, m := w.p, w.p.s.Texts, w.meaning
	names := strings.Join(slices.Concat(m.Machines, m.People), ", ")
	rows := []ui.KeyValue{
		{Key: t.T("machines.withdraw.whom"), Value: names},
		{Key: t.T("machines.withdraw.reason"), Value: p.reason(w.r.Reason)},
		{Key: t.T("machines.withdraw.from"), Value: p.when(w.r.Cut)},
	}
	put := func(key, value string) { rows = append(rows, ui.KeyValue{Key: t.T(key), Value: value}) }
	if len(m.Machines) > 0 {
		put("machines.withdraw.stays", t.N("machines.withdraw.stays_n", m.Lines))
		held := t.T("machines.withdraw.held_all")
		if m.Coming > 0 {
			held += " " + t.N("machines.withdraw.held_coming", m.Coming)
		}
		if m.Gaps > 0 {
			held += " " + t.N("machines.withdraw.held_gaps", m.Gaps)
		}
		put("machines.withdraw.held", held)
	} else {
		put("machines.withdraw.held", t.T("machines.withdraw.held_user"))
	}
	if len(m.Since) > 0 {
		put("machines.withdraw.since", t.N("machines.withdraw.since_n", len(m.Since)))
	}
	if len(m.Inform) > 0 {
		put("machines.withdraw.inform", strings.Join(m.Inform, ", "))
	}
	card := ui.Card(ui.SectionHeader(t.T("machines.withdraw.meaning"), ""), ui.KeyValues(rows...), ui.Banner(ui.Warning, t.T("machines.withdraw.warning"), nil, nil))
	w.do = ui.NewDanger(t.T("machines.withdraw.do"), w.run)
	back := ui.NewButton(t.T("machines.withdraw.back"), w.ask)
	cancel := ui.NewButton(t.T("ui.cancel"), p.close)
	back.OnEscape, cancel.OnEscape, w.do.OnEscape = p.close, p.close, p.close
	sign := []fyne.CanvasObject{ui.SectionHeader(t.T("machines.withdraw.sign"), "")}
	if m.TwoSign {
		sign = append(sign, ui.Banner(ui.Info, t.T("machines.withdraw.two"), nil, nil))
	}
	sign = append(sign, p.keys.ask(w.run, p.close, w.ready), ui.Flow(theme.SizeGap, w.do, back, cancel))
	w.ready()
	p.form(p.keys.secret, card, ui.Card(sign...))
	p.scroll.ScrollToTop() // what it means is read before the passphrase is typed
}

func (w *withdrawal) ready() {
	if w.p.keys.ready() {
		w.do.Enable()
	} else {
		w.do.Disable()
	}
}

// run withdraws, or lays the directories out for somebody else to sign.
func (w *withdrawal) run() {
	p, t := w.p, w.p.s.Texts
	if w.do.Disabled() || p.busy {
		return
	}
	ws, r, folder := p.s.WS, w.r, p.keys.drives.Path()
	r.Keys, r.Passphrase = folder, p.keys.take()
	var signed *exchange.Signed
	p.work(t.T("machines.withdraw.working"), func(ctx context.Context) (err error) {
		defer clear(r.Passphrase)
		if w.meaning.TwoSign {
			if r.Draft, err = exchange.NewDraftFolder(filepath.Dir(folder), draftName(w.m.name)); err != nil {
				return err
			}
		}
		signed, err = exchange.Revoke(ctx, ws, r)
		return err
	}, func(err error) {
		switch {
		case p.keys.refuse(err):
		case err != nil:
			p.fault(err)
		default:
			p.reload(func() { w.done(signed) })
		}
	})
}

// done says what holds now, what to look at, and who must be told.
func (w *withdrawal) done(signed *exchange.Signed) {
	p, t := w.p, w.p.s.Texts
	closing := ui.NewButton(t.T("ui.close"), p.close)
	closing.OnEscape = p.close
	if !signed.Taken {
		next := ui.NewPrimary(t.T("machines.view.sign"), func() { p.drives.Type(filepath.Dir(signed.Draft)); p.choose(viewSign) })
		next.OnEscape = p.close
		p.form(next, ui.Card(ui.Banner(ui.Info, t.T("machines.withdraw.half"), nil, nil),
			ui.KeyValues(ui.KeyValue{Key: t.T("machines.sign.folder"), Value: filepath.Base(signed.Draft)}, ui.KeyValue{Key: t.T("exchange.made.where"), Value: filepath.Dir(signed.Draft)}),
			ui.Flow(theme.SizeGap, next, closing)))
		return
	}
	parts := []fyne.CanvasObject{ui.Banner(ui.Success, t.T("machines.withdraw.done", "Name", strings.Join(slices.Concat(w.meaning.Machines, w.meaning.People), ", ")), nil, nil)}
	buttons := []fyne.CanvasObject{}
	first := closing
	if len(w.meaning.Inform) > 0 {
		files := ui.NewPrimary(t.T("machines.withdraw.files"), func() { p.s.Go("exchange") })
		files.OnEscape = p.close
		first, buttons = files, append(buttons, files)
		parts = append(parts, ui.Paragraph(t.T("machines.withdraw.tell", "Names", strings.Join(w.meaning.Inform, ", "))))
	}
	if len(signed.Since) > 0 {
		parts = append(parts, ui.Paragraph(t.N("machines.withdraw.look", len(signed.Since))))
		for _, entry := range signed.Since {
			at := entry.At
			if moment, err := time.Parse(time.RFC3339, entry.At); err == nil {
				at = p.when(moment)
			}
			parts = append(parts, ui.Muted(t.T("machines.withdraw.entry", "Sender", entry.Sender, "Time", at)))
		}
		buttons = append(buttons, ui.NewButton(t.T("exchange.board.open_inbox"), func() { p.s.Go("inbox") }))
	}
	parts = append(parts, ui.Flow(theme.SizeGap, append(buttons, closing)...))
	p.form(first, ui.Card(parts...))
}
