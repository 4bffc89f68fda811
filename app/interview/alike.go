package interview

import (
	"slices"

	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// nameFields are the questions while which are typed the register is looked through for somebody with a name like it.
var nameFields = []string{"given_names", "family_name", "name_native_script", "birth"}

// watchNames gives a page that asks for names its quiet line; nil for the others.
func (g *page) watchNames(section int) *ui.AlikeLine {
	at := g.p.session.Sections()[section]
	if _, asks := at.Set.Find("", "given_names"); !asks || at.Set.Object != "person" {
		return nil
	}
	return ui.NewAlikeLine(g.p.s, "Alt+P", func() (uuid.UUID, workspace.Typed) {
		typed := func(name string) string {
			if r := g.rows[form.Path{Name: name}]; r != nil && r.in.draft != nil && r.in.pending() {
				text, _ := r.in.draft()
				return text
			}
			return g.p.session.Instance(section).Answer(form.Path{Name: name}).Text()
		}
		birth := g.p.session.Instance(section).Answer(form.Path{Name: "birth"}).Text()
		return at.Subject, workspace.Typed{Given: typed("given_names"), Family: typed("family_name"), Native: typed("name_native_script"), Birth: birth}
	})
}

// nameTyped has the register looked through when a keystroke belongs to a name.
func (g *page) nameTyped(path form.Path) {
	if g.alike != nil && path.Repeat == "" && slices.Contains(nameFields, path.Name) {
		g.alike.Touch()
	}
}

// lookAlike shows who has a name like the one on the page.
func (p *Place) lookAlike() {
	if p.page.alike != nil {
		p.page.alike.Look(p.s.Window.Canvas().Focused())
	}
}
