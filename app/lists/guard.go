package lists

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// guard is what the publisher of a form that others made says of it: whom it asks about, and how its answers are guarded.
type guard struct {
	special bool
	subject domain.Type
}

// guardOf proposes what an earlier edition said; ordinary answers about a person when there is none.
func guardOf(ws *workspace.Workspace, set *form.Set) guard {
	if set == nil || !set.Foreign {
		return guard{}
	}
	for _, e := range ws.Sets().Editions(set.ID) {
		if e.Set.Foreign {
			return guard{special: e.Set.Class() > domain.P2, subject: e.Set.Subject}
		}
	}
	return guard{subject: set.Subject}
}

// address gives a form its type of responses and its subject; a set of the program's own stays as it is.
func (g guard) address(set *form.Set) (*form.Set, error) {
	if !set.Foreign {
		return set, nil
	}
	class, subject := domain.P2, g.subject
	if g.special {
		class, subject = domain.P3, "person" // the closed part is a person's
	}
	object, _ := domain.ResponseType(class)
	return form.Addressed(set, object, subject)
}

// askGuard asks the publisher.
func (i *issuing) askGuard() []fyne.CanvasObject {
	t := i.p.s.Texts
	class := ui.NewChips([]ui.Choice{{Code: "ordinary", Label: t.T("lists.class.ordinary")}, {Code: "special", Label: t.T("lists.class.special")}}, false)
	class.Put(map[bool]string{false: "ordinary", true: "special"}[i.asked.special])
	class.OnEscape = i.end
	class.OnChosen = func(codes []string) {
		if len(codes) == 1 {
			i.asked.special = codes[0] == "special"
		}
		i.tell()
		ui.Focus(i.class)
	}
	i.class = class
	about := ui.NewChips([]ui.Choice{
		{Code: "case", Label: t.T("domain.type.case")}, {Code: "household", Label: t.T("domain.type.household")}, {Code: "person", Label: t.T("domain.type.person")},
	}, false)
	about.Put(string(i.asked.subject))
	about.OnEscape = i.end
	about.OnChosen = func(codes []string) {
		if len(codes) == 1 {
			i.asked.subject = domain.Type(codes[0])
		}
		about.Put(string(i.asked.subject))
	}
	guarded := ui.NewField(t.T("lists.class"), class)
	guarded.SetHint(t.T("lists.class_hint"))
	parts := []fyne.CanvasObject{ui.Stack(theme.SizeGap, guarded)}
	if !i.asked.special {
		parts = append(parts, ui.NewField(t.T("lists.about"), about))
	}
	return parts
}
