package match

import (
	"strings"
	"unicode/utf8"
)

// Latin gives keys in Latin letters for a word or name, for searching and comparing, never for showing: one key or,
// where readings differ by language, two. Words in Arabic script get none, as they leave their vowels out; see
// [Skeletons]. A word in a script not covered gets none.
func Latin(name string) []string {
	keys := []string{""}
	for _, word := range words(name) {
		forms := transliterate(word)
		if len(forms) == 0 {
			continue
		}
		joined := make([]string, 0, 2)
		for i := range max(len(keys), len(forms)) {
			joined = append(joined, strings.TrimSpace(keys[min(i, len(keys)-1)]+" "+forms[min(i, len(forms)-1)]))
		}
		keys = joined
	}
	if keys[0] == "" {
		return nil
	}
	return keys
}

// transliterate gives the readings of one word, most likely first.
func transliterate(word string) []string {
	switch scriptOf(word) {
	case latin:
		return []string{Fold(word)}
	case cyrillic:
		ukrainian := spell(word, cyrillicLetters)
		if strings.ContainsRune(word, 'г') { // h in Ukrainian, g in Russian
			return []string{ukrainian, spell(strings.ReplaceAll(word, "г", "ґ"), cyrillicLetters)}
		}
		return []string{ukrainian}
	case ethiopic:
		return []string{spellEthiopic(word)}
	case burmese:
		var all strings.Builder
		for _, s := range syllables(word) {
			all.WriteString(spellBurmese(s))
		}
		return []string{all.String()}
	}
	return nil
}

func spell(word string, letters map[rune]string) string {
	var out strings.Builder
	for _, r := range word {
		if text, ok := letters[r]; ok {
			out.WriteString(text)
		} else if !dropped(r) {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// cyrillicLetters follow the Ukrainian resolution of 2010, with the letters of Russian, Belarusian, Serbian, Tajik
// and Kazakh beside. Spellings that differ only by y and i meet again in [loose].
var cyrillicLetters = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "h", 'ґ': "g", 'д': "d", 'е': "e", 'є': "ye", 'ж': "zh", 'з': "z", 'и': "y", 'і': "i",
	'ї': "yi", 'й': "y", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u",
	'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ь': "", 'ю': "yu", 'я': "ya",
	'ё': "yo", 'ъ': "", 'ы': "y", 'э': "e", 'ў': "u", 'ђ': "dj", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'џ': "dj",
	'ғ': "gh", 'ӣ': "i", 'қ': "q", 'ӯ': "u", 'ҳ': "h", 'ҷ': "j", 'ә': "a", 'ң': "n", 'ө': "o", 'ұ': "u", 'ү': "u", 'һ': "h",
}

// ethiopicRows are the consonants of U+1200 to U+1357, eight characters (seven vowels and a labialised one) each.
var ethiopicRows = [...]string{
	"h", "l", "h", "m", "s", "r", "s", "sh", "k", "kw", "k", "kw", "b", "v", "t", "ch", "h", "hw", "n", "ny", "", "k", "kw", "kh",
	"kw", "w", "", "z", "zh", "y", "d", "d", "j", "g", "gw", "g", "t", "ch", "p", "ts", "ts", "f", "p",
}

// ethiopicVowels by order; the sixth is a very short vowel or none and is left out.
var ethiopicVowels = [...]string{"e", "u", "i", "a", "e", "", "o", "wa"}

func spellEthiopic(word string) string {
	var out strings.Builder
	for i, r := range word {
		row, order := int(r-0x1200)/8, int(r-0x1200)%8
		if r < 0x1200 || row >= len(ethiopicRows) {
			continue
		}
		consonant, vowel := ethiopicRows[row], ethiopicVowels[order]
		switch {
		case consonant == "" && order == 0, consonant == "h" && order == 0: // gutturals have a for the first order
			vowel = "a"
		case consonant == "" && order == 5:
			vowel = "e"
		case consonant == "y" && order == 5 && i == 0:
			vowel = "i"
		}
		out.WriteString(consonant)
		out.WriteString(vowel)
	}
	return out.String()
}

const (
	asat   = 0x103A
	virama = 0x1039
)

// syllables splits Burmese, which sets no spaces between the words of a name: a syllable begins with a consonant or
// independent vowel that neither closes the syllable before (asat) nor is stacked.
func syllables(word string) []string {
	runes := []rune(word)
	var found []string
	start := 0
	for i, r := range runes {
		initial := r >= 0x1000 && r <= 0x102A || r == 0x103F || r == 0x104E
		closing := i+1 < len(runes) && (runes[i+1] == asat || runes[i+1] == virama)
		stacked := i > 0 && runes[i-1] == virama
		if i > start && initial && !closing && !stacked {
			found = append(found, string(runes[start:i]))
			start = i
		}
	}
	return append(found, string(runes[start:]))
}

var burmeseInitials = map[rune]string{
	'က': "k", 'ခ': "kh", 'ဂ': "g", 'ဃ': "g", 'င': "ng", 'စ': "s", 'ဆ': "s", 'ဇ': "z", 'ဈ': "z", 'ည': "ny", 'ဉ': "ny", 'ဋ': "t", 'ဌ': "ht",
	'ဍ': "d", 'ဎ': "d", 'ဏ': "n", 'တ': "t", 'ထ': "ht", 'ဒ': "d", 'ဓ': "d", 'န': "n", 'ပ': "p", 'ဖ': "ph", 'ဗ': "b", 'ဘ': "b", 'မ': "m", 'ယ': "y",
	'ရ': "y", 'လ': "l", 'ဝ': "w", 'သ': "th", 'ဟ': "h", 'ဠ': "l", 'အ': "", 'ဿ': "th",
	'ဣ': "i", 'ဤ': "i", 'ဥ': "u", 'ဦ': "u", 'ဧ': "e", 'ဩ': "aw", 'ဪ': "aw",
}

// burmeseRhymes are vowel and final consonant, tone marks taken away, as names are commonly written.
var burmeseRhymes = map[string]string{
	"": "a", "ာ": "a", "ါ": "a", "ိ": "i", "ီ": "i", "ု": "u", "ူ": "u", "ေ": "ay", "ဲ": "e", "ော": "aw", "ေါ": "aw", "ော်": "aw", "ေါ်": "aw", "ို": "o",
	"ံ": "an", "ိံ": "ein", "ုံ": "on", "က်": "et", "င်": "in", "စ်": "it", "ည်": "i", "ဉ်": "in", "ောင်": "aung", "ေါင်": "aung", "ောက်": "auk", "ေါက်": "auk",
	"ိုင်": "aing", "ိုက်": "aik", "တ်": "at", "န်": "an", "ပ်": "at", "မ်": "an", "ိန်": "ein", "ိမ်": "ein", "ိတ်": "eit", "ိပ်": "eit",
	"ုန်": "on", "ုမ်": "on", "ုတ်": "ok", "ုပ်": "ok", "ယ်": "e",
}

func spellBurmese(syllable string) string {
	var initial, medial, rhyme string
	breathed := false
	for i, r := range syllable {
		switch r {
		case 'ျ', 'ြ':
			medial += "y"
		case 'ွ':
			medial += "w"
		case 'ှ':
			breathed = true
		case 'း', '့':
		default:
			if text, ok := burmeseInitials[r]; ok && i == 0 {
				initial = text
			} else {
				rhyme += string(r)
			}
		}
	}
	vowel, ok := burmeseRhymes[rhyme]
	first, _ := utf8.DecodeRuneInString(syllable)
	switch {
	case !ok: // stacked consonants and foreign spellings: the consonants that can be told
		vowel = "a" + spell(strings.Trim(rhyme, "ံ"), burmeseInitials)
		vowel = strings.Map(func(r rune) rune {
			if r < 'a' || r > 'z' {
				return -1
			}
			return r
		}, vowel)
	case rhyme == "" && strings.ContainsRune("ဣဤဥဦဧဩဪ", first):
		vowel = ""
	case initial == "" && rhyme == "ေ":
		vowel = "aye"
	case strings.HasSuffix(medial, "w") && (vowel == "an" || vowel == "at"): // ွန် is spelled un, ွတ် ut
		medial, vowel = strings.TrimSuffix(medial, "w"), "u"+vowel[1:]
	}
	if breathed && !strings.HasPrefix(initial, "h") {
		initial = "h" + initial
	}
	return initial + medial + vowel
}
