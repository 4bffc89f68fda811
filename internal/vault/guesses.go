package vault

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/ccojocar/zxcvbn-go/match"
	"github.com/ccojocar/zxcvbn-go/matching"
	"golang.org/x/text/unicode/norm"
)

// MinimumGuesses is how many guesses a passphrase that a person makes up needs at least (security.md 4.2).
const MinimumGuesses = 1e15

// estimated is how many characters of a passphrase are looked at: the cost grows faster than the length, and what is
// strong enough is so long before.
const estimated = 128

// What one recognised piece counts at least, a character outside of all pieces, and a year of the last or this century.
const (
	leastBits     = 1
	characterBits = 4
	yearBits      = 7
)

// familiar lists what Norwegians think of first, the likeliest first: sayings as one piece, then common words, then the
// words of the program's own lists. Package zxcvbn brings English words, names and passwords that leaked.
var familiar = sync.OnceValue(func() []string {
	var words []string
	for saying := range strings.Lines(wordFile("sayings")) {
		words = append(words, plainText(different(strings.Fields(saying))))
	}
	for _, word := range strings.Fields(wordFile("common") + wordFile("nb") + wordFile("nn")) {
		if plain := plainText([]string{word}); len(plain) > 1 {
			words = append(words, plain)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(words, func(word string) bool {
		again := seen[word]
		seen[word] = true
		return again
	})
})

// guessBits estimates how many bits of guessing the words are worth. Words that come again and what stands between words
// count nothing. The pieces that cost least together are found among those that package zxcvbn recognises (words, dates,
// keyboard walks, sequences, repetitions) and years; a character outside of them counts as one of sixteen. The order of n
// different words counts n factorial, as the authors of zxcvbn count it.
func guessBits(words, known []string) float64 {
	text := plainText(different(words))
	text = text[:min(len(text), estimated)]
	if text == "" {
		return 0
	}
	var inputs []string
	for _, word := range known {
		if plain := plainText([]string{word}); plain != "" {
			inputs = append(inputs, plain)
		}
	}
	pieces := append(matching.Omnimatch(text, append(inputs, familiar()...)), years(text)...)

	// bits[k] is what the first k characters cost at least, and by[k] the piece that they end with.
	bits, by := make([]float64, len(text)+1), make([]*match.Match, len(text)+1)
	for k := 1; k <= len(text); k++ {
		bits[k] = bits[k-1] + characterBits
		for i := range pieces {
			p := &pieces[i]
			if p.J != k-1 || p.I < 0 || p.I > p.J {
				continue
			}
			if with := bits[p.I] + max(p.Entropy, leastBits); with < bits[k] {
				bits[k], by[k] = with, p
			}
		}
	}
	total, tokens := bits[len(text)], []string{}
	for k := len(text); k > 0; {
		p := by[k]
		if p == nil {
			k--
			continue
		}
		if token := strings.ToLower(text[p.I : p.J+1]); slices.Contains(tokens, token) {
			total -= max(p.Entropy, leastBits) - leastBits
		} else if p.Pattern == "dictionary" && len(token) > 1 {
			tokens = append(tokens, token)
		}
		k = p.I
	}
	order, _ := math.Lgamma(float64(len(tokens)) + 1)
	return total + order/math.Ln2
}

// different keeps the first of words that come again, and leaves out the signs around them.
func different(words []string) (distinct []string) {
	for _, word := range words {
		word = strings.Trim(word, ",.;:!?«»\"'()")
		if !slices.ContainsFunc(distinct, func(d string) bool { return strings.EqualFold(d, word) }) {
			distinct = append(distinct, word)
		}
	}
	return distinct
}

var year = regexp.MustCompile(`(19|20)[0-9][0-9]`)

func years(text string) (pieces []match.Match) {
	for _, at := range year.FindAllStringIndex(text, -1) {
		pieces = append(pieces, match.Match{Pattern: "year", I: at[0], J: at[1] - 1, Token: text[at[0]:at[1]], Entropy: yearBits})
	}
	return pieces
}

// plainText joins words and writes every letter as one of ASCII, since package zxcvbn counts in bytes: without its accents
// where it has any, else by a fixed exchange that keeps repetitions what they are.
func plainText(words []string) string {
	var b strings.Builder
	for _, r := range strings.Join(words, "") {
		if base := []rune(norm.NFD.String(string(r))); base[0] < unicode.MaxASCII {
			r = base[0]
		}
		switch {
		case r == '-':
			continue
		case r < unicode.MaxASCII:
		case r == 'ø' || r == 'Ø':
			r = 'o'
		case r == 'æ' || r == 'Æ':
			r = 'e'
		default:
			r = 'a' + r%26
		}
		b.WriteRune(r)
	}
	return b.String()
}
