// Package desk holds headquarters' work places on what comes from the field: the inbox of data packages, and the conflicts
// that two people's answers to one question make.
//
// Start with [NewInbox] and [NewConflicts]. Both only show and ask; what a file does and what a decision means is decided
// in sync/exchange and internal/workspace.
package desk

import (
	"context"
	"errors"
	"time"

	"feltbok/internal/i18n"
)

// when writes a moment in the user's language.
func when(t *i18n.Texts, at time.Time) string { return at.Local().Format(t.T("desk.layout.time")) }

// stamp writes a moment given as RFC 3339.
func stamp(t *i18n.Texts, text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "–"
	}
	return when(t, at)
}

func stopped(err error) bool { return errors.Is(err, context.Canceled) }
