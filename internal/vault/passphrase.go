package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/sethvargo/go-diceware/diceware"

	"feltbok/assets"
	"feltbok/internal/fault"
	"feltbok/internal/secret"
)

const (
	// MinimumBits is how unpredictable a generated passphrase is at least: what five words of 7,776 give (security.md
	// 4.2: 37,000 years on 10,000 graphics cards). That is six words of a Norwegian list, five of the English one.
	MinimumBits = 64
	// MinimumWords and MinimumCharacters are the least size of a passphrase that a person makes up; either is enough.
	MinimumWords      = 5
	MinimumCharacters = 16
)

// list is a list of words to draw from, sorted, with what one word is worth.
type list struct {
	words []string
	bits  float64
}

// lists are the words of passphrases: own ones for bokmål and nynorsk (2,048 words, 11 bits each), that of the
// Electronic Frontier Foundation for English (7,776 words, 12.9 bits each).
var lists = sync.OnceValue(func() map[string]list {
	all := map[string]list{}
	for _, lang := range []string{"nb", "nn"} {
		all[lang] = newList(strings.Fields(wordFile(lang)))
	}
	dice, english := diceware.WordListEffLarge(), []string{}
	for throw := 11111; throw <= 66666; throw++ {
		if word := dice.WordAt(throw); word != "" {
			english = append(english, word)
		}
	}
	all["en"] = newList(english)
	return all
})

func newList(words []string) list {
	words = slices.Compact(slices.Sorted(slices.Values(words)))
	return list{words: words, bits: math.Log2(float64(len(words)))}
}

func wordFile(name string) string {
	content, err := assets.Words.ReadFile("words/" + name + ".txt")
	if err != nil {
		panic(err) // embedded
	}
	return string(content)
}

func listOf(lang string) list {
	if chosen, ok := lists()[lang]; ok {
		return chosen
	}
	return lists()["en"]
}

// WordCount returns how many words of a language make a passphrase of at least [MinimumBits], and how many are suggested:
// one more. Bokmål and nynorsk 6 and 7, English (and any other language) 5 and 6.
func WordCount(lang string) (minimum, suggested int) {
	minimum = int(math.Ceil(MinimumBits / listOf(lang).bits))
	return minimum, minimum + 1
}

// NewPassphrase returns random words of a language ("nb", "nn" or "en") in lower case with a space between them, no word
// twice. Fewer than the minimum of [WordCount] are never made; zero words stands for as many as are suggested.
func NewPassphrase(lang string, words int) string {
	minimum, suggested := WordCount(lang)
	if words <= 0 {
		words = suggested
	}
	from := listOf(lang).words
	count := big.NewInt(int64(len(from)))
	var drawn []string
	for len(drawn) < max(words, minimum) {
		at, err := rand.Int(rand.Reader, count)
		if err != nil {
			panic(err) // never: the process ends instead (crypto/rand)
		}
		if word := from[at.Int64()]; !slices.Contains(drawn, word) {
			drawn = append(drawn, word)
		}
	}
	return strings.Join(drawn, " ")
}

// CheckPassphrase refuses with V-WEAK what would soon be guessed. It accepts different words of one of the program's lists
// that are worth [MinimumBits] together: those that it suggests itself. What a person makes up needs [MinimumWords] words
// or [MinimumCharacters] characters, and 10^15 guesses by the estimate of package zxcvbn, which is told here of Norwegian
// words and sayings too (security.md 4.2). There are no rules about kinds of characters.
//
// known are words that the passphrase must not live on, such as the user's label. The estimate works on strings, which
// cannot be overwritten: they are erased where [secret.Available], and elsewhere stay until their memory is used again.
func CheckPassphrase(passphrase []byte, known ...string) (err error) {
	secret.Do(func() { err = checkPassphrase(passphrase, known) })
	return err
}

func checkPassphrase(passphrase []byte, known []string) error {
	normal := NormalisePassphrase(passphrase)
	defer clear(normal)
	if !utf8.Valid(normal) {
		return weak("not valid text")
	}
	text := bytes.Runes(bytes.ToLower(normal))
	defer clear(text)
	between := func(r rune) bool { return unicode.IsSpace(r) || r == '-' }
	words := strings.FieldsFunc(string(text), between)
	if max(listedBits(words), listedBits(strings.Fields(string(text)))) >= MinimumBits { // some English words have a hyphen
		return nil
	}
	if len(words) < MinimumWords && len(text) < MinimumCharacters {
		return weak("fewer than five words and shorter than sixteen characters")
	}
	if repeats(text) {
		return weak("a repeated piece")
	}
	if steps(text)*2 > len(text) {
		return weak("repeated characters or a row of keys")
	}
	if guessBits(strings.FieldsFunc(string(normal), between), known) < math.Log2(MinimumGuesses) {
		return weak("guessed too soon")
	}
	return nil
}

func weak(why string) error { return fault.New("V-WEAK", "", errors.New(why)) }

// listedBits is what the different words are worth when all of them stand in one list; zero when not.
func listedBits(words []string) float64 {
	distinct := slices.Compact(slices.Sorted(slices.Values(words)))
	most := 0.0
	for _, one := range lists() {
		if !slices.ContainsFunc(distinct, func(word string) bool { _, found := slices.BinarySearch(one.words, word); return !found }) {
			most = max(most, one.bits*float64(len(distinct)))
		}
	}
	return most
}

// repeats reports whether the text is one piece written two or more times.
func repeats(text []rune) bool {
	for period := 1; period <= len(text)/2; period++ {
		same := true
		for i := period; i < len(text) && same; i++ {
			same = text[i] == text[i-period]
		}
		if same {
			return true
		}
	}
	return false
}

// keyRows are rows of a Norwegian keyboard, the alphabet and the digits. The estimate knows the keyboards of other
// countries only.
var keyRows = []string{"abcdefghijklmnopqrstuvwxyzæøå", "01234567890", "qwertyuiopå", "asdfghjkløæ", "zxcvbnm"}

// steps counts the places where a character repeats its neighbour or follows it in a row, in either direction.
func steps(text []rune) (count int) {
	for i := 1; i < len(text); i++ {
		a, b := string(text[i-1]), string(text[i])
		step := a == b
		for _, row := range keyRows {
			step = step || strings.Contains(row, a+b) || strings.Contains(row, b+a)
		}
		if step {
			count++
		}
	}
	return count
}
