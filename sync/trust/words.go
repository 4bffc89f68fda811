package trust

import (
	"strings"
	"sync"

	"feltbok/assets"
)

// listLength is how many words a list has, so that one word carries 11 bits.
const listLength = 2048

// wordLists reads assets/words/<language>.txt. Nynorsk uses the list of bokmål: the words are read aloud between two
// people who may have chosen different forms of Norwegian.
var wordLists = sync.OnceValue(func() map[string][]string {
	lists := map[string][]string{}
	for _, lang := range []string{"nb", "en"} {
		content, err := assets.Words.ReadFile("words/" + lang + ".txt")
		if err != nil {
			panic(err) // embedded
		}
		words := strings.Fields(string(content))
		if len(words) != listLength {
			panic("word list " + lang + " does not have 2048 words") // embedded; a test reads both
		}
		lists[lang] = words
	}
	lists["nn"] = lists["nb"]
	return lists
})

// Words turns the first n times 11 bits of a digest into words of a language ("nb", "nn", "en"; another one counts as
// "nb"), for two people to compare by voice. The digest must have that many bits.
func Words(lang string, digest []byte, n int) []string {
	list, ok := wordLists()[lang]
	if !ok {
		list = wordLists()["nb"]
	}
	words := make([]string, n)
	for i := range words {
		index := 0
		for bit := i * 11; bit < (i+1)*11; bit++ {
			index = index<<1 | int(digest[bit/8]>>(7-bit%8))&1
		}
		words[i] = list[index]
	}
	return words
}
