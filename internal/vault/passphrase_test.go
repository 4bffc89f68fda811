package vault

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"feltbok/internal/fault"
)

func TestCheckPassphrase(t *testing.T) {
	for _, c := range []struct {
		name  string
		good  bool
		texts []string
	}{
		{"random words", true, []string{
			goodPassphrase, "torsk bekk mugge sofa hage tre", "elv-stein-saks-bord-fjell-sko", "KAFFE fjord brygge stigbøyle vinter lampe",
			"elleve gule brevduer over fjorden", "five words to open the laptop", "five plain words for training",
			"training words for the keys only", "seks sauer sover under skyen", "åtte måker sover på brygga",
		}},
		{"random characters", true, []string{"xK8#mQ2$vL9@nR4!", "wq7hzt0pvk3mxr5d", "Ås8ø!vÆ2kq9Tå4mB7x", "hvzkqtwbxmrdgjpn"}},
		{"made up and long", true, []string{"epler-og-pærer-til-frokost i Gokkeby", "kjøpte Tre blå sykler! på Ullevåltorget", "أربعة جمال تعبر الصحراء ليلا"}},
		{"too short", false, []string{"", "kort", "a b c d e", "fire korte ord", "Sommer2026!", "xK8#mQ2$v", strings.Repeat(" ", 40)}},
		{"Norwegian sayings and songs", false, []string{
			"det er typisk norsk å være god", "Ja, vi elsker dette landet", "ja-vi-elsker-dette-landet", "Alle fugler små de er kommet nå tilbake",
			"Borte bra, men hjemme best", "den som venter på noe godt venter ikke forgjeves", "ut på tur aldri sur", "enig og tro til Dovre faller",
			"bæ bæ lille lam har du noe ull", "Fader vår du som er i himmelen",
		}},
		{"everyday Norwegian", false, []string{
			"jeg er glad i deg mamma", "jeg har hund og katt", "min mor er fra Bergen", "mamma pappa ole kari", "jeg liker is og kaffe", "vi bor i et hus i Oslo", "jeg elsker deg for alltid", "passord for feltbok",
		}},
		{"keyboard walks", false, []string{"qwertyuiopåasdfghjkløæ", "1qaz2wsx3edc4rfv", "zxcvbnm,.-asdfghjkl", "qwerty asdfgh zxcvbn qwerty asdfgh", "ølkjhgfdsaåpoiuytrewq", "123456789 987654321", "abcdefghijklmnopqrstuvwxyz"}},
		{"dates and numbers", false, []string{"17.05.1814 17.05.1905", "01012000 02022001", "22 11 2026 22 11 2026", "1990 1991 1992 1993 1994", "1234567890123456", "17 mai 1814 17 mai 1905"}},
		{"repeated", false, []string{
			"aaaaaaaaaaaaaaaaaaaa", "hus hus hus hus hus hus", "fjell elv fjell elv fjell elv", "passordpassordpassord", "Kaffe kaffe KAFFE kaffe kaffe", "abcabcabcabcabcabcd", "sommersommersommer26",
		}},
		{"leaked", false, []string{"password1234567890", "P@ssw0rd P@ssw0rd", "iloveyou iloveyou 2", "letmein letmein welcome", "to be or not to be that is the question", "correct horse battery staple"}},
		{"not text", false, []string{"abc\xff\xfe utf8 som ikke er lovlig"}},
	} {
		for _, text := range c.texts {
			err := CheckPassphrase([]byte(text))
			if (err == nil) != c.good || err != nil && fault.Code(err) != "V-WEAK" {
				t.Errorf("%s: %q: %v (%.1f bits)", c.name, text, err, guessBits(strings.Fields(text), nil))
			}
		}
	}
}

func TestCheckPassphrase_NotTheLabel(t *testing.T) {
	const text = "Nkechinyere Okonkwoabara"
	if err := CheckPassphrase([]byte(text)); err != nil {
		t.Fatalf("%q is weak without a label: %v", text, err)
	}
	if err := CheckPassphrase([]byte(text), "Nkechinyere", "Okonkwoabara"); fault.Code(err) != "V-WEAK" {
		t.Fatalf("%q is not weak for the user of these names: %v", text, err)
	}
}

// A long text is looked at in part; what is weak there is weak.
func TestCheckPassphrase_VeryLong(t *testing.T) {
	if err := CheckPassphrase([]byte(strings.Repeat("ha det godt ", 2000) + ".")); fault.Code(err) != "V-WEAK" {
		t.Errorf("repeated words: %v", err)
	}
	if err := CheckPassphrase([]byte(strings.Repeat("wq7hzt0pvk3mxr5d", 100) + "kj")); err != nil {
		t.Errorf("long and strong: %v", err)
	}
}

func TestWordCount(t *testing.T) {
	for lang, want := range map[string][2]int{"nb": {6, 7}, "nn": {6, 7}, "en": {5, 6}, "": {5, 6}} {
		minimum, suggested := WordCount(lang)
		if [2]int{minimum, suggested} != want {
			t.Errorf("%q: %d and %d words, want %v", lang, minimum, suggested, want)
		}
		// Words are drawn without one coming twice, so the later ones are worth a little less.
		bits := 0.0
		for n := range minimum {
			bits += math.Log2(float64(len(listOf(lang).words) - n))
		}
		if bits < MinimumBits-0.1 {
			t.Errorf("%q: the minimum is worth %.2f bits", lang, bits)
		}
	}
}

// Whatever the program suggests, it accepts.
func TestNewPassphrase_IsAlwaysAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lang := rapid.SampledFrom([]string{"nb", "nn", "en", "ar"}).Draw(t, "lang")
		count := rapid.IntRange(-1, 9).Draw(t, "words")
		p := NewPassphrase(lang, count)
		words := strings.Split(p, " ")
		minimum, suggested := WordCount(lang)
		want := max(count, minimum)
		if count <= 0 {
			want = suggested
		}
		if len(words) != want {
			t.Fatalf("%q has %d words, want %d", p, len(words), want)
		}
		slices.Sort(words)
		if len(slices.Compact(words)) != want {
			t.Fatalf("%q has a word twice", p)
		}
		if err := CheckPassphrase([]byte(p)); err != nil {
			t.Fatalf("%q: %v", p, err)
		}
	})
}

func TestNewPassphrase_IsRandom(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		p := NewPassphrase("nn", 0)
		if seen[p] {
			t.Fatalf("%q came twice", p)
		}
		seen[p] = true
	}
}

func TestWordLists(t *testing.T) {
	const alphabet = "abcdefghijklmnopqrstuvwxyzæøå"
	for lang, size := range map[string]int{"nb": 2048, "nn": 2048, "en": 7776} {
		if got := len(listOf(lang).words); got != size {
			t.Errorf("%s has %d different words, want %d", lang, got, size)
		}
	}
	for _, lang := range []string{"nb", "nn"} {
		words := strings.Fields(wordFile(lang))
		if len(words) != 2048 || !slices.IsSorted(words) || wordFile(lang) != strings.Join(words, "\n")+"\n" {
			t.Errorf("%s.txt is not 2,048 sorted words, one a line", lang)
		}
		most := 11
		if lang == "nn" {
			most = 9
		}
		for _, word := range words {
			if n := utf8.RuneCountInString(word); n < 4 || n > most || strings.Trim(word, alphabet) != "" {
				t.Errorf("%s.txt: %q does not fit", lang, word)
			}
		}
		if a, b, found := oneLetterApart(words); found {
			t.Errorf("%s.txt: %q and %q differ by one letter", lang, a, b)
		}
	}
}

// oneLetterApart finds two words that differ by one letter changed, added or left out.
func oneLetterApart(words []string) (a, b string, found bool) {
	without := map[string]string{} // a word with a gap, or whole
	for _, word := range words {
		runes := []rune(word)
		for i := range runes {
			gap := string(runes[:i]) + "_" + string(runes[i+1:])
			shorter := string(runes[:i]) + string(runes[i+1:])
			if other, ok := without[gap]; ok && other != word {
				return other, word, true
			}
			if other, ok := without[shorter]; ok && other == shorter {
				return other, word, true
			}
			without[gap], without["-"+shorter] = word, word
		}
		if other, ok := without["-"+word]; ok && other != word {
			return other, word, true
		}
		without[word] = word
	}
	return "", "", false
}
