package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/route"
)

// liftReasons are the usual grounds for letting something out of quarantine, by the last part of their text key.
var liftReasons = []string{"spoke", "before", "role", "compared"}

// heldLines are lines of one machine that are stored and invisible for one reason.
type heldLines struct {
	device string
	code   string
	parts  []string
	lines  []exchange.QuarantinedLine
}

// mine are the lines that the user who is here may let out.
func (h heldLines) mine() []exchange.QuarantinedLine {
	return slices.DeleteFunc(slices.Clone(h.lines), func(l exchange.QuarantinedLine) bool { return !l.MayLift })
}

// grouped puts lines together by machine and reason.
func grouped(lines []exchange.QuarantinedLine) []heldLines {
	var out []heldLines
	for _, l := range lines {
		at := slices.IndexFunc(out, func(h heldLines) bool { return h.device == l.Device && h.code == l.Code })
		if at < 0 {
			at = len(out)
			out = append(out, heldLines{device: l.Device, code: l.Code})
		}
		out[at].lines = append(out[at].lines, l)
		if !slices.Contains(out[at].parts, l.Compartment) {
			out[at].parts = append(out[at].parts, l.Compartment)
		}
	}
	slices.SortFunc(out, func(a, b heldLines) int { return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.code, b.code)) })
	return out
}

func (b *Inbox) heldCell(h heldLines, column int) ui.Cell {
	if column == 0 {
		return ui.Cell{Text: b.senderName(h.device), Detail: b.s.Texts.N("exchange.changes", len(h.lines)), Bold: true}
	}
	return ui.Cell{Badge: h.code, Level: ui.Warning}
}

func (b *Inbox) keptCell(f exchange.RefusedFile, column int) ui.Cell {
	t := b.s.Texts
	if column == 0 {
		name := f.Name
		if name == "" {
			name = f.File
		}
		return ui.Cell{Text: name, Detail: stamp(t, f.At) + " · " + route.SizeText(f.Size, t.Lang()), Bold: true}
	}
	if f.Code == "" {
		return ui.Cell{Badge: t.T("desk.verdict.kept"), Level: ui.Warning}
	}
	return ui.Cell{Badge: t.T("desk.verdict.refused", "Code", f.Code), Level: ui.Warning}
}

// heldParts says why lines are held back, how they get out, and offers that to who may.
func (b *Inbox) heldParts(h heldLines) []fyne.CanvasObject {
	t := b.s.Texts
	card := ui.Card(
		ui.Row(theme.SizeGap, ui.NewBadge(ui.Warning, "", h.code), ui.Spacer()),
		ui.KeyValues(
			ui.KeyValue{Key: t.T("desk.held.device"), Value: b.senderName(h.device)},
			ui.KeyValue{Key: t.T("desk.held.lines"), Value: t.N("exchange.changes", len(h.lines))},
			ui.KeyValue{Key: t.T("desk.held.parts"), Value: b.parts(h.parts)},
		),
		ui.Paragraph(b.sentence(h.code)), b.ways(h.lines[0].Ways, h.lines[0].Lifters), ui.Muted(t.T("desk.held.note")),
	)
	mine := h.mine()
	if len(mine) == 0 {
		return []fyne.CanvasObject{card}
	}
	b.one = ui.NewPrimary(t.T("desk.held.lift"), func() { b.askLift(h, mine) })
	return []fyne.CanvasObject{card, b.buttons(b.one)}
}

// askLift asks whether lines shall count.
func (b *Inbox) askLift(h heldLines, mine []exchange.QuarantinedLine) {
	ws, t := b.s.WS, b.s.Texts
	facts := []fyne.CanvasObject{ui.SectionHeader(t.T("desk.held.lift_title"), b.senderName(h.device)), ui.Paragraph(t.N("desk.held.lift_lines", len(mine))), ui.Paragraph(b.sentence(h.code))}
	if left := len(h.lines) - len(mine); left > 0 {
		facts = append(facts, ui.Banner(ui.Info, t.N("desk.held.left", left), nil, nil))
	}
	b.pose(asking{
		facts: []fyne.CanvasObject{ui.Card(facts...)}, kept: t.T("desk.held.lift_kept"), label: t.T("desk.held.lift_now"), prefix: "desk.held.reason_", reasons: liftReasons,
		done: t.N("desk.held.lifted", len(mine)), act: func(ctx context.Context, reason string) error { return exchange.LiftLines(ctx, ws, mine, reason) },
	})
}

// keptParts says why a file was refused, how it gets in, and offers what can be done with it.
func (b *Inbox) keptParts(f exchange.RefusedFile) []fyne.CanvasObject {
	t := b.s.Texts
	rows := []ui.KeyValue{}
	if f.Sender != "" {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.held.claimed"), Value: b.senderName(f.Sender)})
	}
	if f.At != "" {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.held.refused_at"), Value: stamp(t, f.At)})
	}
	rows = append(rows, ui.KeyValue{Key: t.T("exchange.file.size"), Value: route.SizeText(f.Size, t.Lang())}, ui.KeyValue{Key: t.T("desk.import.file"), Value: cmp.Or(f.Name, f.File)})
	card := []fyne.CanvasObject{}
	if f.Code != "" {
		card = append(card, ui.Row(theme.SizeGap, ui.NewBadge(ui.Warning, "", t.T("desk.verdict.refused", "Code", f.Code)), ui.Spacer()), ui.Paragraph(b.sentence(f.Code)))
	}
	card = append(card, ui.KeyValues(rows...), b.ways(f.Ways, f.Lifters), ui.Muted(t.T("desk.inbox.kept_note")))
	retry := ui.NewButton(t.T("desk.inbox.retry"), func() { b.retry(f) })
	b.one = retry
	buttons := []*ui.Button{retry}
	if f.MayLift {
		lift := ui.NewPrimary(t.T("desk.held.lift_file"), func() { b.askLiftFile(f) })
		b.one, buttons = lift, []*ui.Button{lift, retry}
	}
	discard := ui.NewQuiet("remove", t.T("desk.held.discard"), func() { b.askDiscard(f) })
	return []fyne.CanvasObject{ui.Card(card...), b.buttons(append(buttons, discard)...)}
}

func (b *Inbox) askLiftFile(f exchange.RefusedFile) {
	ws, t := b.s.WS, b.s.Texts
	b.pose(asking{
		facts: []fyne.CanvasObject{ui.Card(ui.SectionHeader(t.T("desk.held.lift_file_title"), cmp.Or(f.Name, f.File)), ui.Paragraph(b.sentence(f.Code)), ui.Paragraph(t.T("desk.held.lift_file_note")))},
		kept:  t.T("desk.held.lift_file_kept"), label: t.T("desk.held.lift_file_now"), prefix: "desk.held.reason_", reasons: liftReasons, done: t.N("desk.inbox.done", 1),
		act: func(ctx context.Context, reason string) error {
			_, err := exchange.LiftFile(ctx, ws, f.File, reason)
			return err
		},
	})
}

func (b *Inbox) askDiscard(f exchange.RefusedFile) {
	ws, t := b.s.WS, b.s.Texts
	b.pose(asking{
		facts: []fyne.CanvasObject{ui.Card(ui.SectionHeader(t.T("desk.held.discard_title"), cmp.Or(f.Name, f.File)), ui.Paragraph(t.T("desk.held.discard_note")))},
		label: t.T("desk.held.discard_now"), done: t.T("desk.held.discarded"), act: func(ctx context.Context, _ string) error { return exchange.Discard(ctx, ws, f.File) },
	})
}

// retry tries a refused file again. It stays when it is refused again, and says why.
func (b *Inbox) retry(f exchange.RefusedFile) {
	ws, t := b.s.WS, b.s.Texts
	b.run(t.N("desk.inbox.taking", 1), func(ctx context.Context, _ func(done, total int)) error {
		_, err := exchange.Retry(ctx, ws, f.File)
		return err
	}, func(err error) {
		switch {
		case err == nil:
			b.s.Notify(ui.Success, t.N("desk.inbox.done", 1))
		case !stopped(err):
			b.s.Fault(err)
		}
		b.again()
	})
}

// ways says how something gets out of quarantine, and by whom.
func (b *Inbox) ways(ways []string, lifters []domain.Role) fyne.CanvasObject {
	t := b.s.Texts
	names := make([]string, len(lifters))
	for i, role := range lifters {
		names[i] = ui.Lists().Label("role", string(role), t.Lang())
	}
	lines := make([]fyne.CanvasObject, len(ways))
	for i, way := range ways {
		lines[i] = ui.Paragraph(t.T("desk.way."+way, "Roles", strings.Join(names, ", ")))
	}
	return ui.Stack(theme.SizeGapTight, lines...)
}

// buttons stand in a row, off while work goes on.
func (b *Inbox) buttons(buttons ...*ui.Button) fyne.CanvasObject {
	row := make([]fyne.CanvasObject, 0, len(buttons)+1)
	for _, button := range buttons {
		if b.running {
			button.Disable()
		}
		row = append(row, button)
	}
	return ui.Row(theme.SizeGap, append(row, ui.Spacer())...)
}
