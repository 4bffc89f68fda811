package match

import (
	"slices"
	"strings"
)

// loose writes a Latin key so that common spellings of one name meet: Yuliia and Julia, Bjoern and Bjørn, Mahmood and
// Mahmoud, Khalid and Halid. It takes what [Fold] or transliteration gives.
func loose(key string) string {
	return collapse(replaceGroups(key, looseGroups, func(at int, c byte, next byte) string {
		switch c {
		case 'y', 'j':
			return "i"
		case 'w':
			return "v"
		case 'q':
			return "k"
		case 'c':
			return softC(next)
		}
		return string(c)
	}), true)
}

// Groups stand before single letters, longer ones first. The letter x is free, as it is itself written ks.
var looseGroups = []group{
	{"shch", "x"},
	{"sch", "x"},
	{"tch", "x"},
	{"sh", "x"},
	{"ch", "x"},
	{"kh", "h"},
	{"zh", "i"},
	{"dj", "i"},
	{"ph", "f"},
	{"hp", "f"},
	{"th", "t"},
	{"ht", "t"},
	{"dh", "d"},
	{"gh", "g"},
	{"ck", "k"},
	{"tz", "ts"},
	{"aa", "a"},
	{"ae", "a"},
	{"oe", "o"},
	{"ou", "u"},
	{"oo", "u"},
	{"ee", "i"},
	{"x", "ks"},
}

type group struct{ from, to string }

func replaceGroups(key string, groups []group, single func(at int, c, next byte) string) string {
	var out strings.Builder
	out.Grow(len(key))
next:
	for i := 0; i < len(key); {
		for _, g := range groups {
			if strings.HasPrefix(key[i:], g.from) {
				out.WriteString(g.to)
				i += len(g.from)
				continue next
			}
		}
		following := byte(0)
		if i+1 < len(key) {
			following = key[i+1]
		}
		if c := key[i]; c < 0x80 {
			out.WriteString(single(i, c, following))
		} else {
			out.WriteByte(c)
		}
		i++
	}
	return out.String()
}

func softC(next byte) string {
	if next == 'e' || next == 'i' || next == 'y' {
		return "s"
	}
	return "k"
}

// collapse makes doubled letters single and, at the end, drops an h after a vowel (Fatimah, Salih).
func collapse(key string, vowelBefore bool) string {
	out := make([]byte, 0, len(key))
	for i := 0; i < len(key); i++ {
		if n := len(out); n > 0 && out[n-1] == key[i] && (key[i] < '0' || key[i] > '9') && key[i] < 0x80 {
			continue
		}
		out = append(out, key[i])
	}
	if n := len(out); n > 1 && out[n-1] == 'h' && (!vowelBefore || strings.IndexByte("aeiou", out[n-2]) >= 0) {
		out = out[:n-1]
	}
	return string(out)
}

// Skeletons gives the consonants of one word, by which scripts that leave out vowels can be compared with others:
// محمد, Mohammed and Muhamad all give "mhmd". A vowel at the beginning is kept as an apostrophe. Words in Arabic
// script give two where Arabic and Persian read a letter differently; words of scripts not covered give none.
func Skeletons(word string) []string {
	parts := words(word)
	if len(parts) != 1 {
		return nil
	}
	return skeletons(parts[0])
}

func skeletons(word string) []string {
	if scriptOf(word) == arabic {
		asArabic, asPersian := arabicSkeleton(word, arabicReadings), arabicSkeleton(word, persianReadings)
		if asArabic == "" {
			return nil
		}
		if asArabic == asPersian {
			return []string{asArabic}
		}
		return []string{asArabic, asPersian}
	}
	var found []string
	for _, key := range transliterate(word) {
		if s := latinSkeleton(key); s != "" && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found
}

var skeletonGroups = []group{
	{"shch", "x"},
	{"sch", "x"},
	{"tch", "x"},
	{"sh", "x"},
	{"ch", "x"},
	{"kh", "h"},
	{"zh", "j"},
	{"dj", "j"},
	{"ph", "f"},
	{"hp", "f"},
	{"th", "t"},
	{"ht", "t"},
	{"dh", "d"},
	{"gh", "g"},
	{"ck", "k"},
	{"tz", "s"},
	{"ts", "s"},
	{"x", "ks"},
}

func latinSkeleton(key string) string {
	return collapse(replaceGroups(key, skeletonGroups, func(at int, c, next byte) string {
		switch c {
		case 'a', 'e', 'i', 'o', 'u':
			if at == 0 {
				return "'"
			}
			return ""
		case 'y':
			if at == 0 {
				return "y"
			}
			return ""
		case 'w', 'v':
			if at == 0 {
				return "w"
			}
			return ""
		case 'q':
			return "k"
		case 'c':
			return softC(next)
		}
		return string(c)
	}), false)
}

// arabicReadings give the consonants by their folded letter; letters that spell vowels are empty and count only at the
// beginning of a word.
var arabicReadings = map[rune]string{
	'ب': "b", 'پ': "p", 'ت': "t", 'ث': "t", 'ج': "j", 'چ': "x", 'ح': "h", 'خ': "h", 'د': "d", 'ذ': "d", 'ر': "r", 'ز': "z", 'ژ': "j", 'س': "s",
	'ش': "x", 'ص': "s", 'ض': "d", 'ط': "t", 'ظ': "z", 'غ': "g", 'ف': "f", 'ق': "k", 'ك': "k", 'گ': "g", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h",
	'ټ': "t", 'ډ': "d", 'ړ': "r", 'ږ': "j", 'ښ': "x", 'ڼ': "n", 'څ': "s", 'ځ': "z", 'ٹ': "t", 'ڈ': "d", 'ڑ': "r", 'ڤ': "",
}

// persianReadings differ for three letters.
var persianReadings = func() map[rune]string {
	readings := make(map[rune]string, len(arabicReadings))
	for letter, text := range arabicReadings {
		readings[letter] = text
	}
	readings['ث'], readings['ذ'], readings['ض'] = "s", "z", "z"
	return readings
}()

func arabicSkeleton(word string, readings map[rune]string) string {
	var out strings.Builder
	for i, r := range []rune(Fold(word)) {
		switch {
		case i == 0 && (r == 'ا' || r == 'ع'):
			out.WriteByte('\'')
		case i == 0 && r == 'و':
			out.WriteByte('w')
		case i == 0 && r == 'ي':
			out.WriteByte('y')
		default:
			out.WriteString(readings[r])
		}
	}
	return collapse(out.String(), false)
}

// parts gives the words that a written word consists of besides itself: عبدالرحمن is found under عبد and الرحمن and
// رحمن, Abdulrahman under rahman, a Burmese name under each of its syllables.
func parts(word string) []string {
	switch scriptOf(word) {
	case latin:
		for _, servant := range []string{"abdul", "abdel", "abdal", "abdur", "abdir"} {
			if rest, ok := strings.CutPrefix(word, servant); ok && len(rest) > 2 {
				return []string{servant, rest}
			}
		}
	case arabic:
		var found []string
		folded := Fold(word)
		if rest, ok := strings.CutPrefix(folded, "عبد"); ok && len([]rune(rest)) > 2 {
			found = append(found, "عبد", rest)
			folded = rest
		}
		if rest, ok := withoutArticle(folded); ok {
			found = append(found, rest)
		}
		return found
	case burmese:
		if all := syllables(word); len(all) > 1 {
			return all
		}
	}
	return nil
}

// withoutArticle cuts the Arabic article off a word in Arabic script.
func withoutArticle(word string) (string, bool) {
	rest, ok := strings.CutPrefix(word, "ال")
	return rest, ok && len([]rune(rest)) > 1
}

// particles are words that some write together with the next one: al-Hassan and Alhassan, Abu Bakr and Abubakr.
var particles = map[string]bool{
	"al": true, "el": true, "abd": true, "abdul": true, "abdel": true, "abu": true, "umm": true, "bin": true, "ben": true, "de": true, "van": true,
	"عبد": true, "ابو": true, "ال": true,
}
