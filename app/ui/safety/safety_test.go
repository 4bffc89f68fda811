package safety_test

import (
	"strings"
	"testing"
	"time"

	"feltbok/app/ui"
	"feltbok/app/ui/safety"
	"feltbok/internal/i18n"
	"feltbok/sync/exchange"
)

// TestWords: every state has a word, a sentence and a look of its own in every language, and only what came back warns.
func TestWords(t *testing.T) {
	for _, lang := range i18n.Languages {
		texts, seen := i18n.For(lang), map[string]exchange.State{}
		for _, state := range exchange.States {
			word, sentence := safety.Word(texts, state), safety.Sentence(texts, exchange.CaseState{State: state})
			if word == "" || strings.Contains(word+sentence, "⟦") || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%s %s: %q, %q", lang, state, word, sentence)
			}
			if other, twice := seen[word]; twice {
				t.Errorf("%s: %s and %s are both %q", lang, state, other, word)
			}
			seen[word] = state
			level, icon := safety.Look(state)
			if icon == "" || (level == ui.Warning) != (state == exchange.StateReturned) || (level == ui.Success) != state.Safe() {
				t.Errorf("%s looks like %v with icon %q", state, level, icon)
			}
			// Where only case data is meant, what is safe must not be said of everything.
			if in := safety.InCase(texts, state); (in != word) != state.Safe() {
				t.Errorf("%s %s: in the case file %q", lang, state, in)
			}
		}
	}
	nb := i18n.For("nb")
	if safety.Word(nb, "") != "" || safety.Sentence(nb, exchange.CaseState{}) != "" {
		t.Error("something is said of a case in which nothing was written")
	}
	at := time.Date(2026, 11, 22, 18, 40, 0, 0, time.Local)
	if got := safety.Sentence(nb, exchange.CaseState{State: exchange.StateInBundle, InFile: at}); !strings.Contains(got, "filen fra 22.11. 18:40") {
		t.Errorf("the file is not named: %q", got)
	}
}

func TestAway(t *testing.T) {
	old, late := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	count, oldest := safety.Away([]exchange.CaseState{
		{State: exchange.StateMerged}, {State: exchange.StateDraft}, {State: exchange.StateInBundle, Since: late}, {State: exchange.StateSealed, Since: old}, {State: exchange.StateStored},
	})
	if count != 3 || !oldest.Equal(old) {
		t.Errorf("%d away, the oldest of %v", count, oldest)
	}
	if count, oldest = safety.Away(nil); count != 0 || !oldest.IsZero() {
		t.Errorf("nothing: %d, %v", count, oldest)
	}
}
