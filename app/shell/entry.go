package shell

import (
	"slices"

	"feltbok/app/ui"
	"feltbok/internal/domain"
)

// Entry is one place of the program and who has it.
type Entry struct {
	// ID names the place for Session.Go: "today", "casefile" …
	ID string
	// TitleKey is the text key of its name in the rail, such as "shell.place.today".
	TitleKey string
	// Icon is the name of a picture in assets/icons.
	Icon string
	// Roles lists who has the place; none means everybody.
	Roles []domain.Role
	// Inner places are opened from others and do not stand in the rail: the case file, an interview.
	Inner bool
	// Build makes the place. Called once per unlock period and language, when the place is first entered.
	Build func(*ui.Session) ui.Place
}

// For tells whether a role has the place.
func (e Entry) For(role domain.Role) bool { return len(e.Roles) == 0 || slices.Contains(e.Roles, role) }

// entriesFor keeps the places of a role, in order.
func entriesFor(entries []Entry, role domain.Role) []Entry {
	var kept []Entry
	for _, e := range entries {
		if e.For(role) {
			kept = append(kept, e)
		}
	}
	return kept
}

func railEntries(entries []Entry) []Entry {
	var kept []Entry
	for _, e := range entries {
		if !e.Inner {
			kept = append(kept, e)
		}
	}
	return kept
}
