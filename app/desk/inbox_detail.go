package desk

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/exchange"
	"feltbok/sync/exchange/route"
)

// show puts the marked row of the view beside the list.
func (b *Inbox) show() {
	b.one = nil
	row := min(b.marked[b.view], b.length()-1)
	var parts []fyne.CanvasObject
	switch {
	case row < 0:
		t := b.s.Texts
		parts = []fyne.CanvasObject{ui.EmptyState("inbox", t.T("desk.inbox.none_"+b.view), t.T("desk.inbox.note_"+b.view), nil)}
	case b.question != nil:
		parts = b.questionParts()
	case b.view == viewWaiting:
		parts = b.waitingParts(b.waiting[row])
	case b.view == viewQuarantine && row < len(b.held):
		parts = b.heldParts(b.held[row])
	case b.view == viewQuarantine:
		parts = b.keptParts(b.kept[row-len(b.held)])
	case b.view == viewImports:
		parts = b.importParts(b.imports[row])
	default:
		parts = b.fileParts(b.files[row])
	}
	b.detail.Objects = parts
	b.detail.Refresh()
	b.scroll.ScrollToTop()
	b.scroll.Refresh()
}

// fileParts says what a file is and would do.
func (b *Inbox) fileParts(i *item) []fyne.CanvasObject {
	t := b.s.Texts
	level, icon, key := i.verdict()
	badge := ui.NewBadge(level, icon, t.T("desk.verdict."+key, "Code", i.code()))
	head := ui.Row(theme.SizeGap, badge, ui.Stretch(ui.Middle(ui.Muted(when(t, i.file.Modified)+" · "+route.SizeText(i.file.Size, t.Lang())))))
	name := ui.Muted(i.file.Name)
	switch {
	case i.err != nil:
		return []fyne.CanvasObject{ui.Card(head, ui.Paragraph(i.sentence(t)), ui.Muted(t.T("desk.verdict.unchanged")), name)}
	case i.result != nil && !i.result.Repeated:
		return []fyne.CanvasObject{ui.Card(head, ui.Paragraph(t.T("desk.inbox.taken_note")), ui.KeyValues(b.origin(&i.result.Plan)...)), b.contentCard(&i.result.Plan), b.next(&i.result.Plan)}
	case i.plan == nil:
		return []fyne.CanvasObject{ui.Card(head, name)}
	case i.plan.Repeated:
		return []fyne.CanvasObject{ui.Card(head, ui.Paragraph(t.T("desk.verdict.repeated_note")), ui.KeyValues(b.origin(i.plan)...), name)}
	}
	b.one = ui.NewPrimary(t.T("desk.inbox.take_one"), func() { b.takeIn([]*item{i}) })
	if b.running {
		b.one.Disable()
	}
	return []fyne.CanvasObject{
		ui.Card(head, ui.Paragraph(t.T("desk.verdict."+key+"_note")), ui.KeyValues(b.origin(i.plan)...), name),
		b.contentCard(i.plan),
		ui.Row(theme.SizeGap, b.one, ui.Stretch(ui.Middle(ui.Muted(t.T("desk.inbox.whole_or_nothing"))))),
	}
}

// next offers the way to the conflicts that a file made.
func (b *Inbox) next(plan *exchange.Plan) fyne.CanvasObject {
	if plan.Conflicts == 0 {
		return ui.Stack("")
	}
	return ui.Row("", ui.NewButton(b.s.Texts.T("desk.inbox.open_conflicts"), func() { b.s.Go("conflicts") }), ui.Spacer())
}

func (b *Inbox) origin(plan *exchange.Plan) []ui.KeyValue {
	t := b.s.Texts
	return []ui.KeyValue{
		{Key: t.T("desk.plan.sender"), Value: b.sender(plan)},
		{Key: t.T("desk.plan.user"), Value: plan.User},
		{Key: t.T("desk.plan.created"), Value: stamp(t, plan.Created)},
		{Key: t.T("desk.plan.number"), Value: strconv.FormatUint(plan.Sequence, 10)},
		{Key: t.T("desk.plan.kind"), Value: t.T("desk.kind." + strings.ReplaceAll(plan.Kind, "-", "_"))},
	}
}

// contentCard lists per compartment what is new, known and held back, and below it what needs a person.
func (b *Inbox) contentCard(plan *exchange.Plan) fyne.CanvasObject {
	t := b.s.Texts
	var rows []ui.KeyValue
	for _, c := range domain.AllCompartments {
		name := c.String()
		waits := slices.Contains(plan.Waiting, name)
		if plan.Lines[name] == 0 && !waits {
			continue
		}
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.compartment." + name), Object: b.counts(plan, name, waits)})
	}
	put := func(key, value string) { rows = append(rows, ui.KeyValue{Key: t.T(key), Value: value}) }
	if len(plan.Objects) > 0 {
		var words []string
		for _, typ := range slices.Sorted(maps.Keys(plan.Objects)) {
			words = append(words, typeLabel(t, domain.Type(typ))+" "+strconv.Itoa(plan.Objects[typ]))
		}
		put("desk.plan.records", strings.Join(words, ", "))
	}
	if n := len(plan.Cases); n > 0 {
		put("desk.plan.cases", strconv.Itoa(n))
	}
	if plan.Conflicts > 0 {
		rows = append(rows, ui.KeyValue{Key: t.T("desk.plan.conflicts"), Object: ui.Row("", ui.NewBadge(ui.Warning, "conflicts", t.N("desk.plan.conflicts_n", plan.Conflicts)), ui.Spacer())})
	}
	for _, g := range plan.Gaps {
		put("desk.plan.gap", t.N("desk.plan.gap_n", int(g.Missing.Count()), "Part", t.T("exchange.compartment."+g.Compartment)))
	}
	if len(plan.Documents) > 0 {
		put("desk.plan.documents", b.documents(plan.Documents))
	}
	if len(plan.Refused) > 0 {
		put("desk.plan.refused", b.documents(plan.Refused))
	}
	card := []fyne.CanvasObject{ui.SectionHeader(t.T("desk.plan.content"), "")}
	if len(rows) > 0 {
		card = append(card, ui.KeyValues(rows...))
	} else {
		card = append(card, ui.Paragraph(t.T("desk.plan.nothing")))
	}
	for _, code := range slices.Sorted(maps.Keys(plan.Reasons)) {
		card = append(card, ui.Banner(ui.Warning, code+" · "+t.N("exchange.changes", plan.Reasons[code])+". "+b.reason(code), nil, nil))
	}
	return ui.Card(card...)
}

func (b *Inbox) counts(plan *exchange.Plan, name string, waits bool) fyne.CanvasObject {
	t := b.s.Texts
	row := ui.Flow(theme.SizeGap)
	if waits {
		row.Add(ui.NewBadge(ui.Info, "clock", t.T("desk.plan.waits")))
	}
	if n := plan.New[name]; n > 0 {
		row.Add(ui.NewBadge(ui.Success, "add", t.N("desk.plan.new", n)))
	}
	if n := plan.Known[name]; n > 0 {
		row.Add(ui.NewBadge(ui.Neutral, "", t.N("desk.plan.known", n)))
	}
	if n := plan.Quarantined[name]; n > 0 {
		row.Add(ui.NewBadge(ui.Warning, "", t.N("desk.plan.held", n)))
	}
	return row
}

// documents says what kind of documents a file brings.
func (b *Inbox) documents(names []string) string {
	var words []string
	for _, name := range names {
		key := "desk.document.directory"
		switch {
		case strings.HasPrefix(name, "receipt-"):
			key = "desk.document.receipt"
		case strings.HasPrefix(name, "mission-"):
			key = "desk.document.mission"
		case strings.HasPrefix(name, "root"):
			key = "desk.document.root"
		}
		if word := b.s.Texts.T(key); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// reason is the sentence of a code and who can lift it.
func (b *Inbox) reason(code string) string {
	t, words := b.s.Texts, b.sentence(code)
	if key := "desk.lift." + code; t.Has(key) {
		words += " " + t.T(key)
	}
	return words
}

// sentence says what a code means.
func (b *Inbox) sentence(code string) string { return b.s.Texts.Sentence(fault.New(code, "", nil)) }

func (b *Inbox) parts(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = b.s.Texts.T("exchange.compartment." + name)
	}
	return strings.Join(words, ", ")
}

func (b *Inbox) waitingParts(w waiting) []fyne.CanvasObject {
	t := b.s.Texts
	rows := []ui.KeyValue{{Key: t.T("desk.plan.sender"), Value: w.device}}
	for _, part := range w.parts {
		rows = append(rows, ui.KeyValue{Key: t.T("exchange.compartment." + part), Value: t.T("desk.waiting.for_" + part)})
	}
	b.one = ui.NewPrimary(t.T("desk.waiting.take"), b.takeHeld)
	if b.running {
		b.one.Disable()
	}
	return []fyne.CanvasObject{ui.Card(ui.Row(theme.SizeGap, ui.NewBadge(ui.Info, "clock", t.T("desk.waiting.badge")), ui.Spacer()), ui.Paragraph(t.T("desk.waiting.note")), ui.KeyValues(rows...)), ui.Row("", b.one, ui.Spacer())}
}
