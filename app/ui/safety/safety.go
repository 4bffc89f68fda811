// Package safety says how far the own work on a case has come on its way to headquarters, in words that a tired
// interviewer understands. The state itself is that of sync/exchange (security.md 6.8); [Word], [InCase], [Sentence] and
// [Look] are how places show it. Nothing here judges or blocks anything.
package safety

import (
	"time"

	"feltbok/app/ui"
	"feltbok/internal/i18n"
	"feltbok/sync/exchange"
)

// icons stand beside the words; the words are always there.
var icons = map[exchange.State]string{
	exchange.StateReturned: "warning", exchange.StateDraft: "edit", exchange.StateSealed: "device", exchange.StateInBundle: "stick",
	exchange.StateWithColleague: "person", exchange.StateStored: "inbox", exchange.StateMerged: "ok",
}

// Word is the state in a few words; "" when nothing of the case was written on this machine.
func Word(t *i18n.Texts, state exchange.State) string {
	if state == "" {
		return ""
	}
	return t.T("safety.word." + string(state))
}

// InCase is [Word] where only compartment case is meant: what is safe is called case data, for other parts may be on their way.
func InCase(t *i18n.Texts, state exchange.State) string {
	if state == exchange.StateStored || state == exchange.StateMerged {
		return t.T("safety.case." + string(state))
	}
	return Word(t, state)
}

// Sentence says in full where the work is and what to do about it; "" when nothing was written here.
func Sentence(t *i18n.Texts, c exchange.CaseState) string {
	switch {
	case c.State == "":
		return ""
	case c.State == exchange.StateInBundle && !c.InFile.IsZero():
		return t.T("safety.say.in_file_of", "Time", When(t, c.InFile))
	}
	return t.T("safety.say." + string(c.State))
}

// Look is the level and the icon of a state: calm for all that is on its way, a warning only for what came back.
func Look(state exchange.State) (ui.Level, string) {
	switch state {
	case exchange.StateReturned:
		return ui.Warning, icons[state]
	case exchange.StateMerged, exchange.StateStored:
		return ui.Success, icons[state]
	}
	return ui.Neutral, icons[state]
}

// When writes a moment in the user's language.
func When(t *i18n.Texts, at time.Time) string { return at.Local().Format(t.T("safety.layout.time")) }

// Away counts the cases whose work is not yet safe at headquarters, and when the oldest of it was written; zero when nothing
// but drafts is away.
func Away(states []exchange.CaseState) (count int, oldest time.Time) {
	for _, c := range states {
		if c.State.Safe() {
			continue
		}
		count++
		if !c.Since.IsZero() && (oldest.IsZero() || c.Since.Before(oldest)) {
			oldest = c.Since
		}
	}
	return count, oldest
}
