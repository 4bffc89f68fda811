package ui

import (
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"feltbok/app/theme"
)

// A letter without a glyph is drawn as the box of an unassigned one. Each script of the program has to look different.
func TestText_EveryScriptIsDrawn(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 100))
	size := fyne.NewSize(80, 40)
	for _, bold := range []bool{false, true} {
		draw := func(words string) *Text { text := NewText(words); text.Bold = bold; return text }
		box := picture(t, draw("\U000e0fff"), size)
		blank := picture(t, draw(""), size)
		for script, letters := range map[string]string{
			"Latin": "Aåøæñşğž", "Cyrillic": "ЖщїҚә", "Greek": "Ωλ", "Arabic": "عبحژگچ", "Persian": "پکی", "Pashto": "ټډړښځ", "Sorani": "ڵۆێڕ", "Urdu": "ٹڈے",
			"Ethiopic": "ሰላምትግርኛ", "Myanmar": "မန္ကရစ", "Karen": "ၠၢၣ", "digits": "3٣۳",
		} {
			for _, letter := range letters {
				drawn := picture(t, draw(string(letter)), size)
				if same(drawn, box) || same(drawn, blank) {
					t.Errorf("%s (bold %v): %q U+%04X is drawn as a box or not at all", script, bold, letter, letter)
				}
			}
		}
	}
}

func TestVisualRuns(t *testing.T) {
	show := func(line string) string {
		var parts []string
		for _, r := range visualRuns(line, rightToLeft(line)) {
			mark := "L"
			if r.rtl {
				mark = "R"
			}
			parts = append(parts, mark+"["+r.text+"]")
		}
		return strings.Join(parts, " ")
	}
	for _, c := range []struct{ name, line, want string }{
		{"latin alone", "Amina, 3 barn", "L[Amina, 3 barn]"},
		{"arabic alone", "أمينة", "R[أمينة]"},
		{"a number within arabic", "عمر 25 سنة", "R[ سنة] L[25] R[عمر ]"},
		{"arabic digits", "عمر ٢٥ سنة", "R[ سنة] L[٢٥] R[عمر ]"},
		{"latin within arabic", "اسم Amina هنا", "R[ هنا] L[Amina] R[اسم ]"},
		{"arabic within latin", "Navn أمينة (3)", "L[Navn ] R[)] L[3] R[(] R[أمينة ]"},
		{"brackets turn to the font of the rest, from right to left", "أمينة (أم)", "R[)] R[أم] R[(] R[أمينة ]"},
		{"brackets around latin stay with the line", "Navn أمينة (Amina) 3", "L[Navn ] R[أمينة] L[ (Amina) 3]"},
		{"latin in brackets within arabic", "أمينة (Amina)", "R[)] L[Amina] R[(] R[أمينة ]"},
		{"a date in arabic", "ولد 21.3.1990", "L[21.3.1990] R[ولد ]"},
		{"empty", "", ""},
	} {
		if got := show(c.line); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestVisualRuns_KeepEveryLetter(t *testing.T) {
	letters := []rune("aZ9 .,:()-أبج٣،ሰမ%\u0300\u200f")
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringOfN(rapid.SampledFrom(letters), 0, 30, -1).Draw(t, "line")
		count := map[rune]int{}
		for _, r := range line {
			count[r]++
		}
		for _, piece := range visualRuns(line, rightToLeft(line)) {
			if !utf8.ValidString(piece.text) {
				t.Fatalf("a letter of %q was cut", line)
			}
			for _, r := range piece.text {
				count[r]--
			}
		}
		for r, left := range count {
			if left != 0 {
				t.Fatalf("%q: %q is there %d times too few", line, r, left)
			}
		}
	})
}

func TestBreakLines(t *testing.T) {
	measure := func(s string) float32 { return float32(utf8.RuneCountInString(s)) }
	for _, c := range []struct {
		text  string
		width float32
		want  string
	}{
		{"en to tre", 100, "en to tre"},
		{"en to tre", 5, "en to|tre"},
		{"en to tre", 2, "en|to|tr|e"},
		{"a\nb", 100, "a|b"},
		{"kortefattetlang ord", 6, "kortef|attetl|ang|ord"},
		{"", 5, ""},
		{"uten bredde", 0, "uten bredde"},
		{"ååå", 1, "å|å|å"},
	} {
		if got := strings.Join(breakLines(c.text, c.width, measure), "|"); got != c.want {
			t.Errorf("%q at %v: %q, want %q", c.text, c.width, got, c.want)
		}
	}
	if got := shorten("Amina Haile", 7, measure); got != "Amina…" {
		t.Errorf("shortened to %q", got)
	}
}

func TestText_RightToLeftStandsAtTheRight(t *testing.T) {
	text := Paragraph("أمينة هايلي")
	c := stage(t, text)
	_ = c
	objects := test.WidgetRenderer(text).Objects()
	last := objects[len(objects)-1]
	if edge := last.Position().X + last.Size().Width; edge < text.Size().Width-1 {
		t.Errorf("the line ends at %v of %v", edge, text.Size().Width)
	}
	text.Align = AlignLeft
	text.Refresh()
	if x := test.WidgetRenderer(text).Objects()[0].Position().X; x != 0 {
		t.Errorf("aligned left, the line begins at %v", x)
	}
}

func TestText_WrappedGrowsInHeight(t *testing.T) {
	text := Paragraph(strings.Repeat("ord ", 60))
	stage(t, text)
	one := NewText("ord").MinSize().Height
	if lines := text.MinSize().Height / one; lines < 3 {
		t.Errorf("60 words in 600 points take %v lines", lines)
	}
}
