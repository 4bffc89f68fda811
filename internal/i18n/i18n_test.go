package i18n_test

import (
	"errors"
	"strings"
	"testing"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
)

func TestFor_UnknownLanguageIsBokmal(t *testing.T) {
	for lang, want := range map[string]string{"nb": "nb", "nn": "nn", "en": "en", "": "nb", "sv": "nb", "EN": "nb"} {
		if got := i18n.For(lang).Lang(); got != want {
			t.Errorf("For(%q) speaks %q, want %q", lang, got, want)
		}
	}
}

func TestTexts_KeyWithoutTextShowsItself(t *testing.T) {
	texts := i18n.For("nn")
	if got := texts.T("no.such.key"); got != "⟦no.such.key⟧" {
		t.Errorf("got %q", got)
	}
	if texts.Has("no.such.key") {
		t.Error("Has must be false for a missing key")
	}
	if !texts.Has("fault.V-PASS") {
		t.Error("Has must be true for a text that exists")
	}
}

func TestTexts_FillsPlaceholders(t *testing.T) {
	got := i18n.For("en").T("fault.unexpected", "Cause", "<disk> & co")
	if !strings.HasSuffix(got, ": <disk> & co") {
		t.Errorf("got %q, want the cause as it is", got)
	}
}

func TestSentence(t *testing.T) {
	tests := []struct {
		name, lang string
		err        error
		want       string // part of the sentence
		not        string // must not be in it
	}{
		{"code and place, bokmål", "nb", fault.New("V-PASS", "Test Mappe", nil), "Passfrasen for «Test Mappe» er feil", "V-PASS"},
		{"code and place, nynorsk", "nn", fault.New("V-PASS", "Test Mappe", nil), "prøv ein gong til", "V-PASS"},
		{"code and place, English", "en", fault.New("V-PASS", "Test Mappe", nil), "The passphrase for “Test Mappe” is wrong", "V-PASS"},
		{"without place", "en", fault.New("V-PASS", "", nil), "The passphrase is wrong", "“”"},
		{"wrapped", "en", errors.Join(fault.New("V-BUSY", "laptop-a", nil)), "“laptop-a” is open in another window", ""},
		{"unknown code", "en", fault.New("E-NEVER", "x", nil), "E-NEVER: x", "⟦"},
		{"no code", "en", errors.New("out of luck"), "out of luck", "⟦"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got := i18n.For(tc.lang).Sentence(tc.err)
			if !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q in it", got, tc.want)
			}
			if tc.not != "" && strings.Contains(got, tc.not) {
				t.Errorf("got %q, must not hold %q", got, tc.not)
			}
		})
	}
}
