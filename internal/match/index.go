package match

import (
	"cmp"
	"slices"
	"sync"

	"github.com/google/uuid"
)

// Text is one text by which something can be found.
type Text struct {
	// Kind is the caller's word for what the text is, given back in [Match]: "name", "case_number" … At most 256 kinds.
	Kind string
	// Value is indexed by its words, the first 32 of them.
	Value string
}

// Grade tells how a word was found, the best first.
type Grade byte

// The grades. The order is that of the results.
const (
	Whole          Grade = iota // the word itself, regardless of case and accents
	Beginning                   // the beginning of the word
	WholeSound                  // the same word in another spelling or script
	BeginningSound              // the beginning of it in another spelling or script
	Consonants                  // the same consonants
	ConsonantStart              // the beginning of the consonants, between scripts
	Typo                        // one letter wrong, missing, too many, or two exchanged
	TypoStart                   // the beginning of the word with such an error
	notFound
)

// Match is one thing found.
type Match struct {
	ID    uuid.UUID
	Kind  string // of the text in which the first word of the query was found best
	Grade Grade  // of the word of the query that was found worst
}

// Index finds things by the texts given for them. It holds everything in memory. It is safe for concurrent use.
// The zero value is an empty index.
type Index struct {
	mu      sync.Mutex
	kinds   []string
	slots   []slot
	free    []uint32
	byID    map[uuid.UUID]uint32
	words   []indexed
	byWord  map[string]uint32
	folded  keyList
	sounds  keyList
	bones   keyList
	scratch scratch
}

// slot is the place of one thing; words are those that point to it.
type slot struct {
	id    uuid.UUID
	words []uint32
}

// indexed is one distinct word and where it occurs.
type indexed struct {
	script   script
	digits   bool // holds a digit: numbers are not found by typing errors or sound
	postings []posting
}

// posting says that a word occurs in the texts of a slot.
type posting struct {
	slot  uint32
	place uint8 // of the word among all words of the slot, at most 15: earlier ones count more
	kind  uint8
}

const lastPlace = 15

// Add makes the thing findable by its texts, in place of those given for it before. Words of earlier texts count more.
func (x *Index) Add(id uuid.UUID, texts []Text) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
	if x.byID == nil {
		x.byID = make(map[uuid.UUID]uint32)
		x.byWord = make(map[string]uint32)
	}
	var at uint32
	if n := len(x.free); n > 0 {
		at, x.free = x.free[n-1], x.free[:n-1]
	} else {
		at = uint32(len(x.slots))
		x.slots = append(x.slots, slot{})
	}
	s := &x.slots[at]
	s.id, s.words = id, nil
	x.byID[id] = at
	place := 0
	for _, t := range texts {
		kind := x.kind(t.Kind)
		for _, word := range findable(t.Value) {
			w := x.word(word)
			if slices.Contains(s.words, w) {
				continue
			}
			s.words = append(s.words, w)
			x.words[w].postings = append(x.words[w].postings, posting{at, uint8(min(place, lastPlace)), kind})
			place++
		}
	}
}

// findable gives the words of a text, the parts of compound ones, and neighbours that are often written together. A
// number with separators (200-24C00001) is also findable without them.
func findable(text string) []string {
	base := words(text)
	found := base
	for i, word := range base {
		found = append(found[:len(found):len(found)], parts(word)...)
		if i+1 < len(base) && particles[Fold(word)] {
			found = append(found, word+base[i+1])
		}
	}
	if joined, ok := number(base); ok {
		found = append(found, joined)
	}
	return found
}

// number joins the words of a text in which every word has a digit.
func number(words []string) (string, bool) {
	if len(words) < 2 {
		return "", false
	}
	joined := ""
	for _, word := range words {
		if !hasDigit(word) && len(joined) > 0 {
			return "", false
		}
		joined += word
	}
	return joined, hasDigit(joined)
}

func hasDigit(word string) bool {
	for i := 0; i < len(word); i++ {
		if word[i] >= '0' && word[i] <= '9' {
			return true
		}
	}
	return false
}

func (x *Index) kind(kind string) uint8 {
	if i := slices.Index(x.kinds, kind); i >= 0 {
		return uint8(i)
	}
	if len(x.kinds) == 256 {
		return 255
	}
	x.kinds = append(x.kinds, kind)
	return uint8(len(x.kinds) - 1)
}

func (x *Index) word(word string) uint32 {
	if w, ok := x.byWord[word]; ok {
		return w
	}
	w := uint32(len(x.words))
	x.byWord[word] = w
	k := keysOf(word)
	x.words = append(x.words, indexed{script: k.script, digits: k.digits})
	x.folded.add(k.folded, w)
	for _, sound := range k.sounds {
		x.sounds.add(sound, w)
	}
	for _, bone := range k.bones {
		x.bones.add(bone, w)
	}
	return w
}

// keys are the forms by which one word is found.
type keys struct {
	script script
	digits bool
	folded string
	sounds []string // loose Latin spellings
	bones  []string // consonants
}

func keysOf(word string) keys {
	k := keys{script: scriptOf(word), folded: Fold(word)}
	if k.digits = hasDigit(k.folded); k.digits {
		return k
	}
	for _, latin := range transliterate(word) {
		if sound := loose(latin); sound != "" && !slices.Contains(k.sounds, sound) {
			k.sounds = append(k.sounds, sound)
		}
	}
	k.bones = skeletons(word)
	return k
}

// Remove makes the thing unfindable. An unknown id changes nothing.
func (x *Index) Remove(id uuid.UUID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

func (x *Index) remove(id uuid.UUID) {
	at, ok := x.byID[id]
	if !ok {
		return
	}
	for _, w := range x.slots[at].words {
		p := &x.words[w].postings
		if i := slices.IndexFunc(*p, func(p posting) bool { return p.slot == at }); i >= 0 {
			*p = slices.Delete(*p, i, i+1)
		}
	}
	x.slots[at] = slot{}
	delete(x.byID, id)
	x.free = append(x.free, at)
}

// Len gives how many things are in the index.
func (x *Index) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.byID)
}

// Clear forgets everything and lets the memory go: for locking.
func (x *Index) Clear() {
	x.mu.Lock()
	defer x.mu.Unlock()
	clear(x.slots)
	clear(x.words)
	x.kinds, x.slots, x.free, x.byID, x.words, x.byWord = nil, nil, nil, nil, nil, nil
	x.folded, x.sounds, x.bones, x.scratch = keyList{}, keyList{}, keyList{}, scratch{}
}

// keyList is a list of keys that is put in order when it is next searched, so that filling it stays cheap.
type keyList struct {
	keys   []key
	sorted int // how many are in order
}

type key struct {
	text    string
	letters uint64 // which letters the text has, see lettersOf
	word    uint32
}

func compareText(a, b key) int { return cmp.Compare(a.text, b.text) }

func (l *keyList) add(text string, word uint32) {
	if text != "" {
		l.keys = append(l.keys, key{text, lettersOf(text), word})
	}
}

// order sorts what was added since, and merges it in.
func (l *keyList) order() {
	if l.sorted == len(l.keys) {
		return
	}
	tail := l.keys[l.sorted:]
	slices.SortFunc(tail, compareText)
	if l.sorted > 0 {
		merged := make([]key, 0, len(l.keys)+len(l.keys)/8)
		head := l.keys[:l.sorted]
		for len(head) > 0 && len(tail) > 0 {
			if compareText(tail[0], head[0]) < 0 {
				merged, tail = append(merged, tail[0]), tail[1:]
			} else {
				merged, head = append(merged, head[0]), head[1:]
			}
		}
		l.keys = append(append(merged, head...), tail...)
	}
	l.sorted = len(l.keys)
}

// beginning gives the keys that begin with the text.
func (l *keyList) beginning(text string) []key {
	from, _ := slices.BinarySearchFunc(l.keys, text, func(k key, text string) int { return cmp.Compare(k.text, text) })
	to := from
	for step := 1; to < len(l.keys); { // the range is mostly short: gallop, then close in
		next := min(to+step, len(l.keys))
		if !hasPrefix(l.keys[next-1].text, text) {
			if step == 1 {
				break
			}
			step = max(step/4, 1)
			continue
		}
		to = next
		step *= 2
	}
	return l.keys[from:to]
}

func hasPrefix(text, prefix string) bool {
	return len(text) >= len(prefix) && text[:len(prefix)] == prefix
}
