package vault

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sethvargo/go-diceware/diceware"

	"feltbok/assets"
	"feltbok/internal/fault"
)

// MinimumWords is the least number of random words in a generated passphrase; SuggestedWords is what is offered
// (security.md 4.2).
const (
	MinimumWords   = 5
	SuggestedWords = 6
	// MinimumCharacters is the least length of a passphrase that a person makes up.
	MinimumCharacters = 16
)

// listSize is five dice: 6^5 words.
const listSize = 7776

// NewPassphrase returns random words in lower case with a space between them, at least [MinimumWords]. The list of
// the language ("nb", "nn") is words/diceware.<lang>.txt; without one, the English list of the EFF is used.
func NewPassphrase(lang string, words int) string {
	generator, err := diceware.NewGenerator(&diceware.GeneratorInput{WordList: wordList(lang)})
	if err != nil {
		panic(err) // the generator has no way to fail
	}
	// The dice are crypto/rand, and the list is longer than any passphrase.
	return strings.Join(generator.MustGenerate(max(words, MinimumWords)), " ")
}

func wordList(lang string) diceware.WordList {
	content, err := assets.Words.ReadFile("words/diceware." + lang + ".txt")
	if words := diceWords(bytes.Fields(content)); err == nil && len(words) == listSize {
		return words
	}
	return diceware.WordListEffLarge()
}

// diceWords is a list in the order of dice throws 11111, 11112 … 66666.
type diceWords [][]byte

// Digits returns the number of dice for one word.
func (diceWords) Digits() int { return 5 }

// WordAt returns the word for a throw such as 42161.
func (w diceWords) WordAt(throw int) string {
	index := 0
	for divisor := 10000; divisor > 0; divisor /= 10 {
		index = index*6 + throw/divisor%10 - 1
	}
	return string(w[index])
}

// CheckPassphrase refuses with V-WEAK what people guess first: it accepts at least [MinimumWords] different words, or at
// least [MinimumCharacters] characters that are not mostly repetitions or rows of keys. There are no rules about kinds
// of characters.
func CheckPassphrase(passphrase []byte) error {
	normal := NormalisePassphrase(passphrase)
	defer clear(normal)
	if !utf8.Valid(normal) {
		return weak("not valid text")
	}
	text := bytes.Runes(bytes.ToLower(normal))
	defer clear(text)
	words := bytes.FieldsFunc(normal, func(r rune) bool { return unicode.IsSpace(r) || r == '-' })
	if longEnough := len(text) >= MinimumCharacters; len(words) < MinimumWords && !longEnough {
		return weak("fewer than five words and shorter than sixteen characters")
	} else if !longEnough && len(text) < MinimumWords*4-1 {
		return weak("words too short")
	}
	if different(words) < min(len(words), MinimumWords) {
		return weak("the same word several times")
	}
	if repeats(text) {
		return weak("a repeated piece")
	}
	if steps(text)*2 > len(text) {
		return weak("repeated characters or a row of keys")
	}
	return nil
}

func weak(why string) error { return fault.New("V-WEAK", "", errors.New(why)) }

func different(words [][]byte) (count int) {
	for i, word := range words {
		seen := false
		for _, other := range words[:i] {
			seen = seen || bytes.EqualFold(word, other)
		}
		if !seen {
			count++
		}
	}
	return count
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

// keyRows are rows of a Norwegian keyboard, the alphabet and the digits.
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
