package codelist

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// key is one place where a search can hit: a folded name from the start of one of its words to its end.
type key struct {
	text  string
	entry int32
	name  int8 // 0–2 the label in nb, nn, en; 3 the code; 4 another word
	word  int8 // which word of the name the text starts with
}

// index is what a list is searched by.
type index struct {
	keys []key // sorted by text
	// words holds all folded names of each entry, each word with a space before it, for queries of several words.
	words []string
}

// buildIndex sorts all word starts of all names, so that a search is one binary search.
func buildIndex(entries []Entry) index {
	x := index{words: make([]string, len(entries))}
	add := func(entry int, name int8, text string) {
		text = Fold(text)
		x.words[entry] += " " + text
		for word, rest := int8(0), text; rest != "" && word < mostWords; word++ {
			x.keys = append(x.keys, key{rest, int32(entry), name, word})
			_, after, found := strings.Cut(rest, " ")
			if !found {
				break
			}
			rest = after
		}
	}
	shared := groupsOfOne(entries)
	for i, e := range entries {
		for n, label := range e.labels {
			if !shared[groupLabel{e.Code, n, label}] {
				add(i, int8(n), label)
			}
		}
		add(i, 3, e.Code)
		for _, also := range e.Also {
			add(i, 4, also)
		}
	}
	slices.SortFunc(x.keys, func(a, b key) int { return strings.Compare(a.text, b.text) })
	return x
}

// groupLabel is one label of one code.
type groupLabel struct {
	code     string
	language int
	label    string
}

// groupsOfOne finds the groups of a list of several levels that are called as a code below them is: 512 and 5120 are both
// "cooks". Who types that word means the occupation; the group is found by its number (domain.md 15.4).
func groupsOfOne(entries []Entry) map[groupLabel]bool {
	shared := map[groupLabel]bool{}
	for _, e := range entries {
		for n, label := range e.labels {
			for end := range e.Code {
				shared[groupLabel{e.Code[:end], n, label}] = true
			}
		}
	}
	return shared
}

// mostWords is how many words of a long name can be found by their beginning.
const mostWords = 12

// rank says how well an entry fits; smaller is better.
type rank struct {
	entry   int32
	match   int8  // 0 the whole name, 1 the start of it, 2 the start of a later word
	foreign int8  // 0 the label in the language asked for or the code, 1 any other name
	length  int32 // bytes from the hit to the end of the name
}

// Lookup finds entries by what a person types: the start of the name or of any word in it, in any language, of the code
// or of another word for it, whatever the accents and case. Several typed words must all fit, in any order. The best fit
// comes first: whole names before beginnings, beginnings before later words, the asked language before the others.
// An empty text gives the list from its start. Codes that are not valid are not offered. limit ≤ 0 means all.
func (x *Lists) Lookup(name, text, lang string, limit int) []Entry {
	l, err := x.open(name)
	if err != nil {
		return nil
	}
	if limit <= 0 {
		limit = len(l.entries)
	}
	query := Fold(text)
	if query == "" {
		return l.first(lang, limit, x.offers)
	}
	own := int8(max(0, slices.Index(languages[:], lang)))
	best := make([]rank, len(l.entries)) // by entry; a length of zero means no hit
	for _, k := range l.hits(query) {
		if !x.offers(l.entries[k.entry]) {
			continue
		}
		r := rank{entry: k.entry, match: 2, foreign: 1, length: int32(len(k.text))}
		if k.word == 0 {
			r.match = 1
			if len(k.text) == len(query) {
				r.match = 0
			}
		}
		if k.name == own || k.name == 3 {
			r.foreign = 0
		}
		if old := best[k.entry]; old.length == 0 || compareRank(r, old) < 0 {
			best[k.entry] = r
		}
	}
	var found []Entry
	for _, r := range foremost(best, limit) {
		e := l.entries[r.entry]
		e.Label = e.In(lang)
		found = append(found, e)
	}
	return found
}

// foremost picks the best hits, the best first, without sorting all of them.
func foremost(best []rank, limit int) []rank {
	var top []rank
	for _, r := range best {
		if r.length == 0 || len(top) == limit && compareRank(r, top[limit-1]) >= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, r, compareRank)
		top = slices.Insert(top, at, r)
		top = top[:min(len(top), limit)]
	}
	return top
}

// compareRank orders hits; equal ones keep the order of the list.
func compareRank(a, b rank) int {
	return cmp.Or(cmp.Compare(a.match, b.match), cmp.Compare(a.foreign, b.foreign), cmp.Compare(a.length, b.length), cmp.Compare(a.entry, b.entry))
}

// hits returns the keys that start with the query or, when its words stand in another order, those that start with its
// rarest word and whose entry also has the others.
func (l *list) hits(query string) []key {
	if direct := l.startingWith(query); len(direct) > 0 || !strings.Contains(query, " ") {
		return direct
	}
	words := strings.Fields(query)
	rarest := l.startingWith(words[0])
	for _, word := range words[1:] {
		if keys := l.startingWith(word); len(keys) < len(rarest) {
			rarest = keys
		}
	}
	var found []key
	for _, k := range rarest {
		names := l.index().words[k.entry]
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(names, " "+word) }) {
			k.word = 1 // words in another order never count as the start of the name
			found = append(found, k)
		}
	}
	return found
}

func (l *list) startingWith(query string) []key {
	keys := l.index().keys
	from, _ := slices.BinarySearchFunc(keys, query, func(k key, q string) int { return strings.Compare(k.text, q) })
	to := from
	for to < len(keys) && strings.HasPrefix(keys[to].text, query) {
		to++
	}
	return keys[from:to]
}

func (l *list) first(lang string, limit int, offers func(Entry) bool) []Entry {
	var found []Entry
	for _, e := range l.entries {
		if len(found) == limit {
			break
		}
		if offers(e) {
			e.Label = e.In(lang)
			found = append(found, e)
		}
	}
	return found
}

// letters that decomposition does not take apart.
var letters = map[rune]string{'æ': "ae", 'ø': "o", 'å': "a", 'ß': "ss", 'ı': "i", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'œ': "oe"}

// Fold brings a text into the form that searches compare: lower case, no accents, one space between words, no
// punctuation. Letters of other scripts stay.
func Fold(text string) string {
	var out strings.Builder
	space := false
	for _, r := range norm.NFD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && out.Len() > 0 {
				out.WriteByte(' ')
			}
			space = false
			if plain, ok := letters[r]; ok {
				out.WriteString(plain)
			} else {
				out.WriteRune(r)
			}
		case r == '\'' || r == '’' || r == 'ʼ':
		default:
			space = true
		}
	}
	return out.String()
}
