package desk

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// The usual grounds for taking a file back and for bringing it in again, by the last part of their text key.
var (
	undoReasons = []string{"wrong_file", "sender", "errors", "test"}
	redoReasons = []string{"mistake", "checked"}
)

// fieldsShown is how many changed fields the preview of an undo lists.
const fieldsShown = 40

// importState is the state of a file that was taken in, as level, icon and the last part of a text key.
func importState(e exchange.ImportEntry) (ui.Level, string, string) {
	switch {
	case len(e.Contested) > 0:
		return ui.Warning, "conflicts", "contested"
	case e.State == exchange.ImportUndone:
		return ui.Neutral, "back", "undone"
	case e.State == exchange.ImportUndoing:
		return ui.Warning, "clock", "undoing"
	case e.State == exchange.ImportRestoring:
		return ui.Warning, "clock", "restoring"
	}
	return ui.Success, "", "in"
}

// mayTurn reports whether the user may take files back and bring them in again: a settlement caseworker or a special-needs
// caseworker (security.md 7.2).
func (b *Inbox) mayTurn() bool {
	me := b.s.WS.Me()
	return me.HQ && me.Role.MayWrite(workspace.MarkType(domain.Case), "excluded")
}

func (b *Inbox) importCell(e exchange.ImportEntry, column int) ui.Cell {
	t := b.s.Texts
	if column == 1 {
		level, icon, key := importState(e)
		return ui.Cell{Badge: t.T("desk.import.state_" + key), Level: level, Icon: icon}
	}
	return ui.Cell{Text: b.senderName(e.Sender), Detail: stamp(t, e.At) + " · " + t.N("exchange.changes", total(e.Lines)), Bold: true}
}

// importParts says what a file brought, what of it stands, and offers the way back.
func (b *Inbox) importParts(e exchange.ImportEntry) []fyne.CanvasObject {
	t := b.s.Texts
	level, icon, key := importState(e)
	rows := []ui.KeyValue{{Key: t.T("desk.plan.sender"), Value: b.senderName(e.Sender)}, {Key: t.T("desk.import.at"), Value: stamp(t, e.At)}}
	if e.File != "" {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.import.file"), Value: e.File})
	}
	for _, c := range domain.AllCompartments {
		name := c.String()
		if e.Lines[name] == 0 {
			continue
		}
		words := t.N("exchange.changes", e.Lines[name])
		if e.Out[name] > 0 {
			words += " · " + t.T("desk.import.out", "Count", e.Out[name])
		}
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.compartment." + name), Value: words})
	}
	if len(e.Held) > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.import.held"), Value: b.parts(e.Held)})
	}
	if e.Reason != "" {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.import.decided"), Value: e.By + ", " + stamp(t, e.Decided)}, ui.KeyValue{Key: t.T("desk.conflict.reason"), Value: e.Reason})
	}
	card := []fyne.CanvasObject{ui.Row(theme.SizeGap, ui.NewBadge(level, icon, t.T("desk.import.state_"+key)), ui.Spacer()), ui.Paragraph(t.T("desk.import.note_" + key)), ui.KeyValues(rows...)}
	if len(e.Waiting) > 0 {
		card = append(card, ui.Banner(ui.Warning, t.T("desk.import.waiting", "Parts", b.parts(e.Waiting)), nil, nil))
	}
	if !b.mayTurn() {
		return []fyne.CanvasObject{ui.Card(card...), ui.Muted(t.T("desk.import.denied"))}
	}
	return []fyne.CanvasObject{ui.Card(card...), b.turnButtons(e)}
}

// turnButtons offer what can be done: finish what others began, take back, bring in again.
func (b *Inbox) turnButtons(e exchange.ImportEntry) fyne.CanvasObject {
	t := b.s.Texts
	undo := ui.NewButton(t.T("desk.import.undo"), func() { b.ask(e, false) })
	redo := ui.NewButton(t.T("desk.import.redo"), func() { b.ask(e, true) })
	shown := []*ui.Button{undo}
	switch {
	case len(e.Mine) > 0:
		shown = []*ui.Button{ui.NewPrimary(t.T("desk.import.finish"), func() { b.ask(e, e.State == exchange.ImportRestoring) })}
	case len(e.Contested) > 0:
		shown = []*ui.Button{undo, redo}
	case e.State == exchange.ImportUndone || e.State == exchange.ImportUndoing:
		shown = []*ui.Button{redo}
	}
	b.one = shown[0]
	return b.buttons(shown...)
}

// ask reads what taking back, or bringing in again, would do, and shows it with the question.
func (b *Inbox) ask(e exchange.ImportEntry, redo bool) {
	ws := b.s.WS
	var plan *exchange.UndoPlan
	b.run(b.s.Texts.T("desk.import.looking"), func(ctx context.Context, _ func(done, total int)) (err error) {
		plan, err = exchange.PreviewUndo(ctx, ws, e.Import, redo)
		return err
	}, func(err error) {
		if err != nil {
			if !stopped(err) {
				b.s.Fault(err)
			}
			return
		}
		b.pose(b.turning(e, redo, plan))
	})
}

// turning is the question with what it leads to.
func (b *Inbox) turning(e exchange.ImportEntry, redo bool, plan *exchange.UndoPlan) asking {
	ws, t := b.s.WS, b.s.Texts
	key := "desk.import.undo_"
	a := asking{prefix: "desk.import.reason_", reasons: undoReasons, done: t.T("desk.import.undone"), act: func(ctx context.Context, reason string) error {
		_, err := exchange.Undo(ctx, ws, e.Import, reason)
		return err
	}}
	if redo {
		key = "desk.import.redo_"
		a.reasons, a.done = redoReasons, t.T("desk.import.redone")
		a.act = func(ctx context.Context, reason string) error {
			_, err := exchange.Redo(ctx, ws, e.Import, reason)
			return err
		}
	}
	a.label, a.kept = t.T(key+"now"), t.T(key+"kept")
	if len(e.Mine) > 0 { // somebody has given the reason already
		a.given = e.Reason
	}
	facts := []fyne.CanvasObject{ui.SectionHeader(t.T(key+"title"), b.senderName(e.Sender)+", "+stamp(t, e.At))}
	words := t.N(key+"lines", total(plan.Lines))
	if n := len(plan.Cases); n > 0 {
		words += " " + t.N("desk.import.cases", n)
	}
	facts = append(facts, ui.Paragraph(words))
	if len(plan.Waiting) > 0 {
		facts = append(facts, ui.Banner(ui.Info, t.T("desk.import.will_wait", "Parts", b.parts(plan.Waiting)), nil, nil))
	}
	if plan.Conflicts > 0 {
		facts = append(facts, ui.Banner(ui.Warning, t.N("desk.import.conflicts", plan.Conflicts), nil, nil))
	}
	if stays := total(plan.Stays) - plan.Stays[string(oplog.KindChain)]; stays > 0 { // the first line of a chain says nothing to people
		facts = append(facts, ui.Paragraph(t.N("desk.import.stays", stays)))
	}
	if plan.Sealed > 0 {
		facts = append(facts, ui.Paragraph(t.N("desk.import.sealed", plan.Sealed)))
	}
	a.facts = []fyne.CanvasObject{ui.Card(facts...)}
	if len(plan.Fields) > 0 {
		a.details = append(a.details, b.fieldsCard(t.N("desk.import.fields", len(plan.Fields)), "", plan.Fields))
	}
	if len(plan.Later) > 0 {
		a.details = append(a.details, b.fieldsCard(t.N("desk.import.later", len(plan.Later)), t.T("desk.import.later_note"), plan.Later))
	}
	return a
}

// fieldsCard lists fields with the answer before and after.
func (b *Inbox) fieldsCard(title, note string, fields []exchange.FieldChange) fyne.CanvasObject {
	t := b.s.Texts
	card := []fyne.CanvasObject{ui.SectionHeader(title, note)}
	for _, f := range fields[:min(len(fields), fieldsShown)] {
		typ := domain.Type(f.Type)
		card = append(card, ui.Stack(theme.SizeGapTight,
			ui.Muted(typeLabel(t, typ)+" · "+fieldLabel(t, typ, f.Field)),
			ui.Paragraph(t.T("desk.import.change", "Old", b.valueWords(typ, f.Field, f.Old), "New", b.valueWords(typ, f.Field, f.New)))))
	}
	if more := len(fields) - fieldsShown; more > 0 {
		card = append(card, ui.Muted(t.N("desk.import.more", more)))
	}
	return ui.Card(card...)
}

// valueWords says the standing answers of a field; several are joined by "or".
func (b *Inbox) valueWords(typ domain.Type, field string, values []exchange.FieldValue) string {
	t := b.s.Texts
	var words []string
	for _, v := range values {
		answer, err := domain.DecodeAnswer(v.Value)
		if err != nil {
			continue
		}
		word := answerWords(context.Background(), b.s.WS, t, typ, field, answer)
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return t.T("desk.value.empty")
	}
	return strings.Join(words, " "+t.T("desk.import.or")+" ")
}

// senderName is what people call the machine that made a file.
func (b *Inbox) senderName(alias string) string {
	if alias == "hq" {
		return b.s.Texts.T("exchange.node.hq")
	}
	return alias
}

func total(counts map[string]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}
