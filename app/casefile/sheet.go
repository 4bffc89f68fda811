package casefile

import (
	"context"
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// sheet edits the fields of one object. What exists saves itself as it is typed; a new object is saved once by its button, under
// an identifier made before, so that pressing twice makes one object (pains.md row 12), and from then on saves itself too.
type sheet struct {
	p       *place
	target  workspace.Target
	info    domain.TypeInfo
	record  *workspace.Record // nil while the object is new
	answers map[string]domain.Answer

	heading *ui.Text
	content *fyne.Container
	scroll  *container.Scroll
	above   *fyne.Container // what is wrong with the object as a whole
	form    *fyne.Container
	below   *fyne.Container
	button  *ui.Button // saves a new object; nil for one that exists
	saving  bool
	then    func() // follows a save that succeeded, in place of staying on the sheet; may be nil

	fields []*bound
	alike  *ui.AlikeLine // of a person: somebody in the register has a name like this one; nil for other objects
	// title, more and refused are the object's own: its heading, what stands below the fields, why it cannot be saved yet.
	title   func(*workspace.Record) string
	more    func(*workspace.Record) []fyne.CanvasObject
	refused func() (field, why string)
	// also, when set, is what is written together with a new object: all or nothing.
	also func() []workspace.Write
}

// bound is a field on the sheet, bound to a field of the object.
type bound struct {
	name    string
	def     domain.Field
	field   *ui.Field
	focus   fyne.Focusable
	put     func(domain.Answer)
	commit  func() // hands over what is typed; nil when nothing is ever pending
	disable func(bool)
	missing *ui.MissingMenu
}

// newSheet makes a sheet for an object: record is nil for a new one.
func (p *place) newSheet(target workspace.Target, record *workspace.Record) *sheet {
	info, _ := domain.Info(target.Type)
	s := &sheet{
		p: p, target: target, info: info, record: record, answers: map[string]domain.Answer{}, heading: ui.Subheading(""),
		above: ui.Stack(theme.SizeGap), form: ui.Stack(theme.SizeGapWide), below: ui.Stack(theme.SizeGapWide),
	}
	s.content = ui.Stack(theme.SizeGapWide, s.above, s.form, s.below)
	return s
}

// ready finishes the sheet once its fields are there.
func (s *sheet) ready() *sheet {
	t := s.p.s.Texts
	if s.draft() {
		s.button = ui.NewPrimary(t.T("casefile.save"), s.save)
		s.button.OnEscape = s.p.side.dismiss
		s.content.Add(ui.Row(theme.SizeGap, ui.Spacer(), ui.NewButton(t.T("ui.cancel"), s.p.side.close), s.button))
		s.above.Hidden = len(s.above.Objects) == 0
		s.heading.SetText(s.title(nil))
		return s
	}
	s.put(s.record, s.p.view)
	return s
}

// draft tells whether the object is new and not saved.
func (s *sheet) draft() bool { return s.record == nil }

// put shows the object as it is now.
func (s *sheet) put(record *workspace.Record, v *view) {
	t := s.p.s.Texts
	s.record = record
	s.heading.SetText(s.title(record))
	focused := s.p.s.Window.Canvas().Focused()
	role := s.p.s.WS.Me().Role
	unverified := false
	for _, b := range s.fields {
		answer := record.Answer(b.name)
		if focused != b.focus || b.commit == nil {
			b.put(answer)
		}
		conflicted := record.Conflicted(b.name)
		b.disable(conflicted || !role.MayWrite(s.info.Type, b.name))
		var extra []fyne.CanvasObject
		if answer.Verification == domain.Unverified && answer.HasValue() && !conflicted && role.MayWrite(s.info.Type, b.name) {
			unverified = true
			confirm := ui.NewQuiet("ok", t.T("casefile.confirm"), func() { s.confirm(b.name) })
			extra = append(extra, confirm)
		}
		if b.missing != nil && !conflicted {
			b.missing.Put(string(answer.Missing), answer.Reason)
			extra = append(extra, b.missing)
		}
		b.field.SetExtra(extra...)
		s.sayProblem(b, answer, v)
	}
	s.above.RemoveAll()
	for _, problem := range v.problemsAt(record.ID()) {
		if problem.Field == "" || s.bound(problem.Field) == nil {
			s.above.Add(ui.Banner(levelOf(problem.Severity), t.T(problem.Text(), problem.Pairs()...), nil, nil))
		}
	}
	if unverified {
		s.above.Add(ui.Muted(t.T("casefile.unverified")))
	}
	s.above.Hidden = len(s.above.Objects) == 0
	s.below.RemoveAll()
	if s.more != nil {
		s.below.Objects = s.more(record)
	}
	s.content.Refresh()
}

// sayProblem shows the worst of what is wrong with a field.
func (s *sheet) sayProblem(b *bound, answer domain.Answer, v *view) {
	t := s.p.s.Texts
	if s.record != nil && s.record.Conflicted(b.name) {
		b.field.SetProblem(ui.Warning, t.T("casefile.conflict.locked"))
		return
	}
	found := ui.Lists().CheckValue(b.def, answer, s.p.s.Now())
	if v != nil && s.record != nil {
		for _, problem := range v.problemsAt(s.record.ID()) {
			if problem.Field == b.name {
				found = append(found, problem)
			}
		}
	}
	if len(found) == 0 {
		b.field.SetProblem(ui.Error, "")
		return
	}
	worst := slices.MaxFunc(found, func(a, b domain.Problem) int { return int(a.Severity) - int(b.Severity) })
	b.field.SetProblem(levelOf(worst.Severity), t.T(worst.Text(), worst.Pairs()...))
}

func (s *sheet) bound(name string) *bound {
	for _, b := range s.fields {
		if b.name == name {
			return b
		}
	}
	return nil
}

// focus puts the keyboard into a field, or the first that can be edited, and scrolls it on screen.
func (s *sheet) focus(c fyne.Canvas, name string) {
	for _, b := range s.fields {
		if name != "" && b.name != name {
			continue
		}
		c.Focus(b.focus)
		if top := b.field.Position().Y + s.form.Position().Y; s.scroll != nil && name != "" {
			s.scroll.ScrollToOffset(fyne.NewPos(0, max(top-theme.Size(theme.SizeGapWide), 0)))
		}
		return
	}
}

// commit hands over what is typed in any field.
func (s *sheet) commit() {
	for _, b := range s.fields {
		if b.commit != nil {
			b.commit()
		}
	}
}

// set takes an answer from a field: kept for the button while the object is new, else stored at once.
func (s *sheet) set(name string, answer domain.Answer) {
	b := s.bound(name)
	s.sayProblem(b, answer, nil)
	if s.draft() {
		s.answers[name] = answer
		return
	}
	if same(s.record.Answer(name), answer) {
		return
	}
	if s.p.s.WS.Me().HQ && answer.HasValue() {
		answer.Source = domain.FromHQ
	}
	s.store(name, answer)
}

func (s *sheet) store(name string, answer domain.Answer) {
	target := s.target
	s.p.writes.add(func(ctx context.Context) error {
		_, err := s.p.s.WS.Set(ctx, target, map[string]domain.Answer{name: answer})
		return err
	}, nil)
}

// same reports whether two answers say the same, whatever their source: choosing again what stands there keeps what UNHCR wrote.
func same(a, b domain.Answer) bool {
	return a.Missing == b.Missing && a.Reason == b.Reason && a.HasValue() == b.HasValue() && a.Text() == b.Text() && slices.Equal(a.List(), b.List())
}

// confirm keeps value and source and notes that the person confirmed it.
func (s *sheet) confirm(name string) {
	answer := s.record.Answer(name)
	answer.Verification = domain.ConfirmedByPerson
	s.store(name, answer)
	if b := s.bound(name); b != nil {
		s.p.s.Window.Canvas().Focus(b.focus)
	}
}

// save stores a new object with all its answers, once.
func (s *sheet) save() {
	if !s.draft() || s.saving {
		return
	}
	s.commit()
	if field, why := s.refused(); why != "" {
		s.then = nil
		if b := s.bound(field); b != nil {
			b.field.SetProblem(ui.Error, why)
			s.focus(s.p.s.Window.Canvas(), field)
		}
		return
	}
	s.saving = true
	s.button.Disable()
	unit := &workspace.Unit{}
	if s.also != nil {
		unit.Writes = s.also() // may fill in answers of the object itself
	}
	answers := maps.Clone(s.answers)
	maps.DeleteFunc(answers, func(_ string, a domain.Answer) bool { return a.Empty() })
	unit.Writes = slices.Insert(unit.Writes, 0, workspace.Write{Target: s.target, Answers: answers})
	var stored *workspace.Record
	s.p.writes.add(func(ctx context.Context) error {
		records, err := s.p.s.WS.SetUnit(ctx, unit)
		if err == nil {
			stored = records[0]
		}
		return err
	}, func(err error) {
		s.saving = false
		then := s.then
		s.then = nil
		if err != nil {
			s.button.Enable()
			return
		}
		s.record = stored
		s.content.Objects = []fyne.CanvasObject{s.above, s.form, s.below} // from here on it saves itself
		s.p.s.Notify(ui.Success, s.p.s.Texts.T("casefile.saved"))
		if s.also != nil {
			s.p.offerUndo(unit, s.p.s.Texts.T("household.added", "Name", s.title(stored)))
		}
		s.p.readThen(then)
	})
}

// written tells whether anything was entered on a new sheet beyond what the program put in.
func (s *sheet) written() bool {
	s.commit()
	for name, answer := range s.answers {
		if name != "household" && !answer.Empty() {
			return true
		}
	}
	return false
}
