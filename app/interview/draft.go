package interview

import (
	"context"
	"maps"
	"slices"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// drafts is what stands in fields and is no answer: half a date, a search that was broken off, a space at the end. It is
// kept sealed like answers, within a second of typing, at lock and when the place is left (pains.md row 1).
type drafts struct {
	p    *Place
	all  map[fieldKey]workspace.Draft
	soon *ui.Debouncer
}

func newDrafts(p *Place) *drafts {
	d := &drafts{p: p, all: map[fieldKey]workspace.Draft{}}
	kept, err := p.session.Drafts()
	if err != nil {
		p.s.Fault(err)
	}
	for _, draft := range kept {
		d.all[fieldKey{draft.Set, draft.Subject, draft.Path}] = draft
	}
	session := p.session
	d.soon = ui.NewDebouncer(p.s.Loop, autosave, func() {
		if p.session != session {
			return
		}
		d.gather()
		d.keep(func(ctx context.Context, all []workspace.Draft) error {
			p.s.Loop.Go(func(ctx context.Context) (any, error) { return nil, session.KeepDrafts(ctx, all) }, func(_ any, err error) { p.s.Fault(err) })
			return nil
		})
	})
	return d
}

// touch is called after each keystroke.
func (d *drafts) touch() { d.soon.Touch() }

// gather looks into the fields of the page.
func (d *drafts) gather() {
	for path, r := range d.p.page.rows {
		if r.in.draft == nil {
			continue
		}
		key := d.p.key(path)
		if text, differs := r.in.draft(); differs {
			d.all[key] = workspace.Draft{Set: key.set, Subject: key.subject, Path: path, Text: text, Over: standing(d.p.instance().Answer(path))}
		} else {
			delete(d.all, key)
		}
	}
}

// keep hands the drafts over, in an order of their own.
func (d *drafts) keep(how func(context.Context, []workspace.Draft) error) {
	d.soon.Stop()
	order := func(a, b fieldKey) int {
		return slices.Compare([]string{a.set, a.subject.String(), a.path.Repeat, a.path.Row.String(), a.path.Name}, []string{b.set, b.subject.String(), b.path.Repeat, b.path.Row.String(), b.path.Name})
	}
	var all []workspace.Draft
	for _, key := range slices.SortedFunc(maps.Keys(d.all), order) {
		all = append(all, d.all[key])
	}
	if err := how(backgroundContext, all); err != nil {
		d.p.s.Fault(err)
	}
}

// restore puts a draft back into the field of a new row, unless another answer stands there by now.
func (d *drafts) restore(r *row) {
	key := d.p.key(r.path)
	draft, ok := d.all[key]
	if !ok || r.in.restore == nil {
		return
	}
	if draft.Over != standing(d.p.instance().Answer(r.path)) {
		delete(d.all, key)
		return
	}
	r.in.restore(draft.Text)
}

// standing is the answer as it is compared: what it says, not who said it.
func standing(a domain.Answer) string {
	encoded, err := domain.Answer{Value: a.Value, Missing: a.Missing, Reason: a.Reason}.Encode()
	if err != nil {
		return ""
	}
	return string(encoded)
}

// caret is where in a field the next letter goes.
type caret int

type caretField interface {
	Caret() int
	PutCaret(offset int)
}

// at finds the row that the keyboard is in, or was in before the window took it away.
func (p *Place) at() *row {
	if r := p.current(); r != nil {
		return r
	}
	if p.page == nil || p.last.path.Name == "" {
		return nil
	}
	if r := p.page.rows[p.last.path]; r != nil && p.key(r.path) == p.last {
		return r
	}
	return nil
}

func (p *Place) caret() caret {
	if r := p.at(); r != nil {
		if field, ok := r.in.focus.(caretField); ok {
			return caret(field.Caret())
		}
	}
	return -1
}

// putCaret puts the caret where it was, once the page is there again.
func (p *Place) putCaret(at *caret) {
	r := p.current()
	if r == nil || at == nil || *at < 0 {
		return
	}
	if field, ok := r.in.focus.(caretField); ok {
		field.PutCaret(int(*at))
	}
}
