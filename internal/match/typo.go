package match

import "unicode/utf8"

// lettersOf gives a set of the letters in a text, one bit each; letters other than a to z share the upper bits. A text
// that has another as its beginning, but for one error, lacks at most one of its letters.
func lettersOf(text string) uint64 {
	var set uint64
	for _, r := range text {
		if r >= 'a' && r <= 'z' {
			set |= 1 << (r - 'a')
		} else {
			set |= 1 << (26 + uint32(r)%38)
		}
	}
	return set
}

// oneError says whether word is q with one letter wrong, missing, too many or two neighbours exchanged: 1 when the whole
// word is, 2 when its beginning is, 0 when neither. Equality and a plain beginning are graded elsewhere and count too.
func oneError(q []rune, word string) int {
	var buffer [24]rune
	w := buffer[:0]
	for _, r := range word {
		if len(w) > len(q)+1 { // beyond one letter more than q it is a beginning at best
			break
		}
		w = append(w, r)
	}
	longer := utf8.RuneCountInString(word) > len(w)
	i := 0
	for i < len(q) && i < len(w) && q[i] == w[i] {
		i++
	}
	if i == len(q) {
		return found(len(w)-i > 1 || longer)
	}
	best := 0
	try := func(q, w []rune) {
		if len(w) < len(q) {
			return
		}
		for j := range q {
			if q[j] != w[j] {
				return
			}
		}
		if kind := found(len(w) > len(q) || longer); best == 0 || kind < best {
			best = kind
		}
	}
	try(q[i+1:], w[i:]) // one letter too many
	if i < len(w) {
		try(q[i+1:], w[i+1:]) // one wrong
		try(q[i:], w[i+1:])   // one missing
	}
	if i+1 < len(q) && i+1 < len(w) && q[i] == w[i+1] && q[i+1] == w[i] {
		try(q[i+2:], w[i+2:]) // two exchanged
	}
	return best
}

func found(beginning bool) int {
	if beginning {
		return 2
	}
	return 1
}
