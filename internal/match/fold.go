package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the form in which texts are compared: compatibility decomposition (NFKD), case folded, accents and vowel
// points stripped, letters like ø, æ, đ and ł written plainly, the variants of one Arabic letter made one, digits of
// all scripts as 0 to 9. Vowel signs that spell, as in Burmese, stay. Folding twice gives the same as folding once.
func Fold(text string) string {
	if plain, ok := foldASCII(text); ok {
		return plain
	}
	text = norm.NFKD.String(strings.ToLower(norm.NFKD.String(text)))
	var out strings.Builder
	out.Grow(len(text))
	for _, r := range text {
		if r < utf8.RuneSelf {
			out.WriteByte(byte(r))
			continue
		}
		if dropped(r) {
			continue
		}
		if plain, ok := plainLetters[r]; ok {
			out.WriteString(plain)
			continue
		}
		if unicode.Is(unicode.Nd, r) {
			out.WriteByte('0' + digitValue(r))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

func foldASCII(text string) (string, bool) {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return "", false
		}
	}
	return strings.ToLower(text), true
}

// digitValue uses that Unicode keeps the ten digits of a script together, zero first.
func digitValue(r rune) byte {
	first := r
	for first > r-9 && unicode.Is(unicode.Nd, first-1) {
		first--
	}
	return byte(r-first) % 10
}

// dropped says whether a decomposed rune only decorates: accents, Arabic and Hebrew points, tatweel, joiners. Marks of
// scripts that spell vowels with them are not dropped.
func dropped(r rune) bool {
	switch {
	case r >= 0x0300 && r <= 0x036F, r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF, r >= 0x20D0 && r <= 0x20FF,
		r >= 0xFE20 && r <= 0xFE2F:
		return true
	case r >= 0x0483 && r <= 0x0487, // Cyrillic
		r >= 0x0591 && r <= 0x05C7 && unicode.Is(unicode.Mn, r),                                         // Hebrew
		r >= 0x0610 && r <= 0x061A, r >= 0x064B && r <= 0x065F, r == 0x0670, r >= 0x08CA && r <= 0x08FF, // Arabic
		r >= 0x06D6 && r <= 0x06ED && unicode.Is(unicode.Mn, r), r == 0x0711, r >= 0x0730 && r <= 0x074A, // and Syriac
		r >= 0x135D && r <= 0x135F: // Ethiopic
		return true
	case r == 0x0640, // tatweel only stretches a word
		r == 0x00AD, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069, r == 0xFEFF:
		return true
	case r >= 0x02B9 && r <= 0x02C1: // letters for hamza, ain and the soft sign in scholarly spelling
		return true
	}
	return false
}

// plainLetters are letters that do not decompose, after decomposition and case folding.
var plainLetters = map[rune]string{
	'ø': "o", 'æ': "ae", 'œ': "oe", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ı': "i", 'ŋ': "n", 'ə': "e", 'ß': "ss",
	'ŧ': "t", 'ƒ': "f", 'ɓ': "b", 'ɗ': "d", 'ƙ': "k", 'ɛ': "e", 'ɔ': "o", 'ς': "σ",
	// Arabic script: one letter for the forms of alef, yeh, kaf, heh and waw of different languages and key boards.
	'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ې': "ي", 'ۍ': "ي", 'ێ': "ي", 'ے': "ي", 'ک': "ك", 'ڪ': "ك", 'ګ': "گ", 'ڭ': "ك",
	'ة': "ه", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۀ': "ه", 'ۆ': "و", 'ۇ': "و", 'ۋ': "و", 'ۈ': "و", 'ڕ': "ر", 'ڵ': "ل", 'ں': "ن",
	'ء': "",
}

// maxWords bounds what one text contributes; names and numbers have far fewer words.
const maxWords = 32

// words splits a text into words in composed form (NFKC) and lower case. Apostrophes and joiners do not split, hyphens do.
func words(text string) []string {
	text = strings.ToLower(norm.NFKC.String(text))
	var found []string
	var word []rune
	flush := func() {
		if len(word) > 0 && len(found) < maxWords {
			found = append(found, string(word))
		}
		word = word[:0]
	}
	for _, r := range text {
		switch {
		case apostrophe(r) || r == 0x0640 || r >= 0x200B && r <= 0x200F:
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			word = append(word, r)
		default:
			flush()
		}
	}
	flush()
	return found
}

func apostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', '`', '´', 'ʼ', 'ʻ', 'ʿ', 'ʾ', 'ʹ', '′':
		return true
	}
	return false
}

// script is what decides how a word is written in Latin letters.
type script byte

const (
	other script = iota
	latin
	arabic
	cyrillic
	ethiopic
	burmese
)

func scriptOf(word string) script {
	for _, r := range word {
		switch {
		case r < utf8.RuneSelf && unicode.IsLetter(r), r >= 0x80 && unicode.Is(unicode.Latin, r):
			return latin
		case r >= 0x0600 && r <= 0x06FF, r >= 0x0750 && r <= 0x077F, r >= 0x08A0 && r <= 0x08FF:
			return arabic
		case r >= 0x0400 && r <= 0x052F:
			return cyrillic
		case r >= 0x1200 && r <= 0x139F, r >= 0x2D80 && r <= 0x2DDF, r >= 0xAB00 && r <= 0xAB2F:
			return ethiopic
		case r >= 0x1000 && r <= 0x109F:
			return burmese
		}
	}
	return other
}
