package match

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

const (
	maxQuery    = 8 // words of a query; more are left out
	typoFrom    = 4 // letters of a word from which one typing error is tolerated
	bonesAlone  = 3 // consonants from which they are enough between words of the same script
	unreached   = 1<<16 - 1
	gradeWeight = lastPlace + 1
)

// scratch is kept between searches, so that a keystroke allocates little.
type scratch struct {
	best  []uint16 // by slot, for the word of the query in hand
	total []uint16 // by slot, over the words so far
	kind  []uint8  // by slot, for the first word of the query
	worst []Grade
	here  []uint32 // slots reached by the word in hand
	all   []uint32 // slots reached by every word so far
	grade []Grade  // by word
	seen  []uint32 // words reached by the word in hand
}

// Search finds the things of which every word of the query begins some word, best first and at most limit of them. A
// word of four letters or more may hold one typing error; that is tried only when there are fewer than limit results
// without. Equal results stand in the order of their ids. An empty query finds nothing.
func (x *Index) Search(query string, limit int) []Match {
	x.mu.Lock()
	defer x.mu.Unlock()
	asked := words(query)
	if len(asked) == 0 || limit <= 0 || len(x.byID) == 0 {
		return nil
	}
	asked = asked[:min(len(asked), maxQuery)]
	x.folded.order()
	x.sounds.order()
	x.bones.order()
	found := x.search(asked, false)
	if found < limit {
		found = x.search(asked, true)
	}
	if found == 0 && len(asked) > 1 { // Abdul Rahman, who is written Abdulrahman
		x.search([]string{strings.Join(asked, "")}, true)
	}
	return x.top(limit)
}

// search leaves the slots that every word reaches in scratch.all and gives their number.
func (x *Index) search(asked []string, typos bool) int {
	s := &x.scratch
	s.best, s.total = fit(s.best, len(x.slots)), fit(s.total, len(x.slots))
	s.kind, s.worst = fit(s.kind, len(x.slots)), fit(s.worst, len(x.slots))
	s.grade = fit(s.grade, len(x.words))
	s.all = s.all[:0]
	for i := range s.best {
		s.best[i] = unreached
	}
	for i := range s.grade {
		s.grade[i] = notFound
	}
	for i, word := range asked {
		x.reach(word, typos)
		x.collect(i == 0)
		if len(s.all) == 0 {
			return 0
		}
	}
	return len(s.all)
}

func fit[V any](have []V, n int) []V {
	if cap(have) < n {
		return make([]V, n, n+n/8)
	}
	return have[:n]
}

// reach grades the words of the index for one word of the query, with its Arabic article and without.
func (x *Index) reach(asked string, typos bool) {
	x.reachForm(asked, typos)
	if rest, ok := withoutArticle(asked); ok {
		x.reachForm(rest, typos)
	}
}

func (x *Index) reachForm(asked string, typos bool) {
	q := keysOf(asked)
	x.reachKeys(&x.folded, q.folded, Whole, Beginning)
	for _, sound := range q.sounds {
		x.reachKeys(&x.sounds, sound, WholeSound, BeginningSound)
	}
	for _, bone := range q.bones {
		for _, k := range x.bones.beginning(bone) {
			whole := len(k.text) == len(bone)
			between := q.script != x.words[k.word].script || q.script == arabic
			switch {
			case whole && (between || len(bone) >= bonesAlone):
				x.grade(k.word, Consonants)
			case !whole && between && len(bone) > 1:
				x.grade(k.word, ConsonantStart)
			}
		}
	}
	if !typos || q.digits {
		return
	}
	x.reachTypos(&x.folded, q.folded)
	if q.script == latin { // the error may have made a group of letters that is not meant: oeksandr
		x.reachTypos(&x.sounds, q.folded)
	}
	for _, sound := range q.sounds {
		if sound != q.folded {
			x.reachTypos(&x.sounds, sound)
		}
	}
}

func (x *Index) grade(word uint32, g Grade) {
	s := &x.scratch
	if had := s.grade[word]; g < had {
		if had == notFound {
			s.seen = append(s.seen, word)
		}
		s.grade[word] = g
	}
}

func (x *Index) reachKeys(list *keyList, text string, whole, beginning Grade) {
	if text == "" {
		return
	}
	for _, k := range list.beginning(text) {
		if len(k.text) == len(text) {
			x.grade(k.word, whole)
		} else {
			x.grade(k.word, beginning)
		}
	}
}

// reachTypos looks at every distinct word; the letters they have rule out nearly all of them at once.
func (x *Index) reachTypos(list *keyList, text string) {
	if utf8.RuneCountInString(text) < typoFrom {
		return
	}
	q, letters := []rune(text), lettersOf(text)
	for i := range list.keys {
		k := &list.keys[i]
		if missing := letters &^ k.letters; missing&(missing-1) != 0 || x.words[k.word].digits {
			continue
		}
		switch oneError(q, k.text) {
		case 1:
			x.grade(k.word, Typo)
		case 2:
			x.grade(k.word, TypoStart)
		}
	}
}

// collect turns the graded words into slots, and keeps those that all words of the query have reached.
func (x *Index) collect(first bool) {
	s := &x.scratch
	for _, w := range s.seen {
		g := s.grade[w]
		s.grade[w] = notFound
		for _, p := range x.words[w].postings {
			score := uint16(g)*gradeWeight + uint16(p.place)
			if had := s.best[p.slot]; score < had {
				if had == unreached {
					s.here = append(s.here, p.slot)
				}
				s.best[p.slot] = score
				if first {
					s.kind[p.slot] = p.kind
				}
			}
		}
	}
	s.seen = s.seen[:0]
	if first {
		s.all, s.here = s.here, s.all
		for _, at := range s.all {
			s.total[at], s.worst[at] = s.best[at], Grade(s.best[at]/gradeWeight)
			s.best[at] = unreached
		}
	} else {
		kept := s.all[:0]
		for _, at := range s.all {
			if score := s.best[at]; score != unreached {
				s.total[at] += score
				s.worst[at] = max(s.worst[at], Grade(score/gradeWeight))
				kept = append(kept, at)
			}
		}
		s.all = kept
		for _, at := range s.here {
			s.best[at] = unreached
		}
	}
	s.here = s.here[:0]
}

// top gives the best of the slots found, by a heap of limit places.
func (x *Index) top(limit int) []Match {
	s := &x.scratch
	worse := func(a, b uint32) bool {
		if c := cmp.Compare(s.total[a], s.total[b]); c != 0 {
			return c > 0
		}
		return bytes.Compare(x.slots[a].id[:], x.slots[b].id[:]) > 0
	}
	heap := make([]uint32, 0, min(limit, len(s.all)))
	for _, at := range s.all {
		if len(heap) < limit {
			heap = append(heap, at)
			if len(heap) == limit {
				for i := limit/2 - 1; i >= 0; i-- {
					sink(heap, i, worse)
				}
			}
		} else if worse(heap[0], at) {
			heap[0] = at
			sink(heap, 0, worse)
		}
	}
	slices.SortFunc(heap, func(a, b uint32) int {
		if worse(b, a) {
			return -1
		}
		return 1
	})
	found := make([]Match, len(heap))
	for i, at := range heap {
		found[i] = Match{ID: x.slots[at].id, Kind: x.kinds[s.kind[at]], Grade: s.worst[at]}
	}
	return found
}

// sink restores a heap whose first is the worst.
func sink(heap []uint32, i int, worse func(a, b uint32) bool) {
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && worse(heap[child+1], heap[child]) {
			child++
		}
		if !worse(heap[child], heap[i]) {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// IDs gives the ids of the matches, in their order.
func IDs(matches []Match) []uuid.UUID {
	ids := make([]uuid.UUID, len(matches))
	for i, m := range matches {
		ids[i] = m.ID
	}
	return ids
}
