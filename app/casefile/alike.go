package casefile

import (
	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/workspace"
)

// watchNames puts below the names of a person a quiet line that says when somebody in the register has a name like it. It looks at what
// is typed, saved or not.
func (p *place) watchNames(s *sheet) {
	entries := map[string]*ui.TextField{}
	for _, name := range []string{"given_names", "family_name", "name_native_script"} {
		entries[name] = s.bound(name).focus.(*ui.TextField)
	}
	s.alike = ui.NewAlikeLine(p.s, "Alt+P", func() (uuid.UUID, workspace.Typed) {
		birth := s.answers["birth"].Text()
		if s.record != nil {
			birth = s.record.Text("birth")
		}
		return s.target.ID, workspace.Typed{
			Given: entries["given_names"].Text, Family: entries["family_name"].Text, Native: entries["name_native_script"].Text, Birth: birth,
		}
	})
	for _, entry := range entries {
		edited := entry.OnEdit
		entry.OnEdit = func(text string) {
			edited(text)
			s.alike.Touch()
		}
	}
	s.form.Add(s.alike)
}

// lookAlike shows who has a name like the one in the panel.
func (p *place) lookAlike() {
	if p.side.sheet != nil && p.side.sheet.alike != nil {
		p.side.sheet.alike.Look(p.s.Window.Canvas().Focused())
	}
}
