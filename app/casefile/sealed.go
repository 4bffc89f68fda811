package casefile

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// sealedPage shows the sealed entries of the case that this user may open, and takes new ones. It is a page of its own over the case
// file, opened on purpose and closed with the place; what it holds is built when it opens and dropped when it closes, so that
// nothing of it stands anywhere else (security.md 2.2).
type sealedPage struct {
	p       *place
	content fyne.CanvasObject
	body    *fyne.Container

	// id is the identifier of the entry being written, made before the first save: pressing the button twice stores one entry.
	id uuid.UUID
	// kept tells that the text is stored under id already, for the author and headquarters: typing must not be lost.
	kept    bool
	typed   *ui.Debouncer
	saving  bool
	person  *ui.PickEntry
	topic   *ui.Chips
	note    *ui.TextField
	results *ui.Chips
	readers *ui.Chips
	button  *ui.Button
	noteAt  *ui.Field
	whoAt   *ui.Field
}

func (p *place) openSealed() {
	if p.view == nil || p.sealed != nil {
		return
	}
	page := &sealedPage{p: p, body: ui.Stack(theme.SizeGapWide)}
	page.typed = ui.NewDebouncer(p.s.Loop, typing, page.keep)
	p.sealed = page
	page.content = p.layOver("sealed", p.s.Texts.T("casefile.sealed.title"), page.body, p.backFromSealed)
	p.readThen(func() {
		if p.sealed == page {
			page.draw()
		}
	})
}

// backFromSealed closes the page and gives the keyboard back.
func (p *place) backFromSealed() {
	p.closeSealed()
	p.focusAnchor("sealed:open")
}

// closeSealed drops the page with all it shows.
func (p *place) closeSealed() {
	if p.sealed == nil {
		return
	}
	p.sealed.typed.Flush()
	p.takeAway(p.sealed.content)
	p.sealed = nil
}

func (page *sealedPage) draw() {
	p := page.p
	t := p.s.Texts
	page.body.RemoveAll()
	page.body.Add(ui.Paragraph(t.T("casefile.sealed.text")))
	entries := p.view.file.Sealed()
	if len(entries) == 0 {
		page.body.Add(ui.Muted(t.T("casefile.sealed.none")))
	}
	for _, entry := range entries {
		page.body.Add(page.entry(entry))
	}
	for _, card := range page.elsewhere() {
		page.body.Add(card)
	}
	if p.may("sealed_note") {
		page.body.Add(page.form())
	}
	page.body.Refresh()
}

// entry shows one sealed object with all its fields.
func (page *sealedPage) entry(record *workspace.Record) fyne.CanvasObject {
	p := page.p
	t := p.s.Texts
	title := nameOf(t, p.view.file.Person(record.Subject()))
	parts := []fyne.CanvasObject{ui.SectionHeader(title, joined(t.T("domain.type."+string(record.Type())), p.writtenBy(record))), ui.KeyValues(p.factsOf(record)...)}
	return ui.Card(append(parts, page.threads(record)...)...)
}

// form takes a new entry.
func (page *sealedPage) form() fyne.CanvasObject {
	p := page.p
	t := p.s.Texts
	page.id, page.kept = uuid.New(), false
	page.person = ui.NewPickEntry(t, p.people)
	page.topic = ui.NewChips(p.codes("sealed_topic"), false)
	page.note = ui.NewTextArea(t.T("casefile.sealed.note_hint"), 4)
	page.results = ui.NewChips(p.codes("settlement_consequence"), true)
	page.button = ui.NewPrimary(t.T("casefile.sealed.save"), page.save)
	escape := p.backFromSealed
	page.person.OnEscape, page.note.OnEscape, page.topic.OnEscape, page.results.OnEscape, page.button.OnEscape = escape, escape, escape, escape, escape
	page.whoAt = ui.NewField(t.T("casefile.sealed.person"), page.person)
	page.noteAt = ui.NewField(fieldLabel(t, "sealed_note", "note"), page.note)
	page.noteAt.SetRequired(t.T("ui.required"))
	page.whoAt.SetRequired(t.T("ui.required"))
	page.note.OnDone = page.save
	page.note.OnEdit = func(string) { page.typed.Touch() }
	page.note.Disable() // until it is clear whom it is about: what is typed can then be stored at once
	page.person.OnPick = func(c ui.Choice) {
		if c.Code == "" {
			page.note.Disable()
		} else {
			page.note.Enable()
		}
	}
	parts := []fyne.CanvasObject{
		ui.SectionHeader(t.T("casefile.sealed.new"), ""), page.whoAt,
		ui.NewField(fieldLabel(t, "sealed_note", "topic"), page.topic), page.noteAt,
		ui.NewField(fieldLabel(t, "sealed_note", "settlement_consequence"), page.results),
	}
	page.readers = nil
	readers := ui.NewField(t.T("casefile.sealed.readers"), ui.Paragraph(t.T("casefile.sealed.no_readers")))
	if colleagues := p.colleagues(); len(colleagues) > 0 {
		page.readers = ui.NewChips(colleagues, true)
		page.readers.OnEscape = escape
		readers = ui.NewField(t.T("casefile.sealed.readers"), page.readers)
	}
	readers.SetHint(t.T("casefile.sealed.readers_hint"))
	parts = append(parts, readers, ui.Row(theme.SizeGap, ui.Spacer(), page.button))
	return ui.Card(parts...)
}

// colleagues lists the members of the missions that this user works in, as readers to choose from.
func (p *place) colleagues() []ui.Choice {
	known := p.s.WS.Trust()
	if known == nil {
		return nil
	}
	me := p.s.WS.Me()
	var choices []ui.Choice
	for _, mission := range known.Missions() {
		if me.Mission != uuid.Nil && mission.ID != me.Mission {
			continue
		}
		for _, user := range mission.Users {
			id, ok := trust.ParseUserName(user.User)
			// Whoever does not hold the compartment could not read the entry anyway.
			holds := slices.ContainsFunc(user.Roles, func(role string) bool {
				return slices.Contains(domain.Role(role).Rings(), domain.RingOf(domain.Sealed))
			})
			if ok && holds && id != me.User && !slices.ContainsFunc(choices, func(c ui.Choice) bool { return c.Code == id.String() }) {
				choices = append(choices, ui.Choice{Code: id.String(), Label: user.Alias})
			}
		}
	}
	return choices
}

// save stores the entry once, sealed to its readers.
func (page *sealedPage) save() {
	p := page.p
	t := p.s.Texts
	if page.saving {
		return
	}
	person, err := uuid.Parse(page.person.Picked().Code)
	text := domain.NormaliseText(page.note.Text)
	page.whoAt.SetProblem(ui.Error, "")
	page.noteAt.SetProblem(ui.Error, "")
	switch {
	case err != nil:
		page.whoAt.SetProblem(ui.Error, t.T("casefile.sealed.person_needed"))
		p.s.Window.Canvas().Focus(page.person)
		return
	case text == "":
		page.noteAt.SetProblem(ui.Error, t.T("casefile.sealed.note_needed"))
		p.s.Window.Canvas().Focus(page.note)
		return
	}
	draft := page.write(person, text)
	writes := []workspace.Write{draft}
	if readers := readersOf(page.readers); len(readers) > 0 {
		// A box shows a reader only what was written since she became one: whoever is named gets the whole entry as a new object.
		whole := draft
		whole.Target.ID, whole.Target.Readers = domain.SingletonID(page.id, "sealed_note"), readers
		writes = []workspace.Write{whole}
		if page.kept {
			gone := workspace.Target{Type: "sealed_note", ID: page.id, Case: p.id}
			writes = append(writes, workspace.Write{Target: gone, Answers: map[string]domain.Answer{"_deleted": {Value: true}}})
		}
	}
	page.typed.Stop()
	page.saving = true
	page.button.Disable()
	p.writes.add(func(ctx context.Context) error {
		_, err := p.s.WS.SetMany(ctx, writes)
		return err
	}, func(err error) {
		page.saving = false
		page.button.Enable()
		if err != nil || p.sealed != page {
			return
		}
		p.readThen(func() {
			if p.sealed == page {
				page.draw()
				p.s.Notify(ui.Success, t.T("casefile.saved"))
			}
		})
	})
}

// write makes the entry from what the form holds.
func (page *sealedPage) write(person uuid.UUID, text string) workspace.Write {
	answers := map[string]domain.Answer{"note": domain.TextAnswer(text)}
	if topic := strings.Join(page.topic.Chosen(), ""); topic != "" {
		answers["topic"] = domain.TextAnswer(topic)
	}
	if results := page.results.Chosen(); len(results) > 0 {
		answers["settlement_consequence"] = domain.Answer{Value: results}
	}
	return workspace.Write{Target: workspace.Target{Type: "sealed_note", ID: page.id, Case: page.p.id, Subject: person}, Answers: answers}
}

// keep stores what is typed so far for the author and headquarters, like every other answer; readers are given the whole by the button.
func (page *sealedPage) keep() {
	person, err := uuid.Parse(page.person.Picked().Code)
	text := domain.NormaliseText(page.note.Text)
	if err != nil || text == "" || page.saving {
		return
	}
	draft := page.write(person, text)
	page.kept = true
	page.p.writes.add(func(ctx context.Context) error {
		_, err := page.p.s.WS.SetMany(ctx, []workspace.Write{draft})
		return err
	}, nil)
}
