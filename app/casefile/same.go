package casefile

import (
	"strings"

	"github.com/google/uuid"

	"feltbok/app/ui"
)

// copySame puts onto the sheet of a person what is usually the same in a family, from a brother or sister or the person entered last.
// Fields that are answered stay; what is copied says so until somebody confirms it.
func (p *place) copySame() {
	s := p.side.sheet
	if s == nil || s.target.Type != "person" || p.view == nil || !p.may("person") {
		return
	}
	s.commit()
	relation := s.answers["relation_to_pa"].Text()
	if s.record != nil {
		relation = s.record.Text("relation_to_pa")
	}
	same, ok := p.view.file.Same(s.target.ID, relation)
	if !ok {
		return
	}
	t := p.s.Texts
	var labels []string
	for _, b := range s.fields {
		answer, offered := same.Answers[b.name]
		now := s.answers[b.name]
		if s.record != nil {
			now = s.record.Answer(b.name)
		}
		if !offered || !now.Empty() || !p.s.WS.Me().Role.MayWrite("person", b.name) {
			continue
		}
		labels = append(labels, fieldLabel(t, "person", b.name))
		if s.draft() {
			s.answers[b.name] = answer
			b.put(answer)
		} else {
			s.store(b.name, answer)
		}
	}
	if len(labels) == 0 {
		return
	}
	p.s.Notify(ui.Success, t.N("casefile.same.done", len(labels), "Name", same.Name))
	if s.draft() {
		s.above.RemoveAll()
		s.above.Add(ui.Banner(ui.Info, t.T("casefile.same.marked", "Name", same.Name, "Fields", strings.Join(labels, ", ")), nil, nil))
		s.above.Show()
		s.content.Refresh()
	}
}

// saveNew saves what is new on the sheet; what exists saves itself.
func (p *place) saveNew() {
	if s := p.side.sheet; s != nil && s.draft() {
		s.save()
	}
}

// startHousehold begins the interview with the household, or goes on with it. A new person on the sheet is saved before.
func (p *place) startHousehold() {
	if p.view == nil || !p.may("interview") {
		return
	}
	if s := p.side.sheet; s != nil && s.draft() && s.written() {
		s.then = func() { p.start(uuid.Nil, householdInterview) }
		s.save()
		return
	}
	p.side.commit()
	p.start(uuid.Nil, householdInterview)
}
