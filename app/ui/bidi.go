package ui

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// run is a piece of a line that is drawn in one go, in one direction.
type run struct {
	text string
	rtl  bool
}

// The toolkit shapes a purely right-to-left text well, but takes every mixed line for left-to-right. So a line is cut here into
// runs of one direction, in the order they stand on the screen; each is drawn by itself. This follows the Unicode
// bidirectional algorithm (UAX 9) for text without explicit embeddings: rules P2, W1 to W7, N0 to N2, I1, I2 and L2.

// rightToLeft tells a paragraph's base direction: that of its first strong letter (P2).
func rightToLeft(text string) bool {
	for _, r := range text {
		switch class(r) {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

func class(r rune) bidi.Class {
	properties, _ := bidi.LookupRune(r)
	return properties.Class()
}

// visualRuns cuts a line into runs from left to right as they stand on the screen.
func visualRuns(line string, rtl bool) []run {
	if line == "" {
		return nil
	}
	runes := []rune(line)
	levels := resolveLevels(runes, rtl)
	type piece struct {
		run
		level int
	}
	var pieces []piece
	for start := 0; start < len(runes); {
		end := start + 1
		for end < len(runes) && levels[end] == levels[start] {
			end++
		}
		pieces = append(pieces, piece{run{string(runes[start:end]), levels[start]%2 == 1}, levels[start]})
		start = end
	}
	// L2: from the highest level down to 1, turn every sequence of pieces at that level or above.
	for level := 2; level >= 1; level-- {
		for start := 0; start < len(pieces); start++ {
			if pieces[start].level < level {
				continue
			}
			end := start
			for end < len(pieces) && pieces[end].level >= level {
				end++
			}
			slices.Reverse(pieces[start:end])
			start = end
		}
	}
	var runs []run
	for _, p := range pieces {
		runs = append(runs, p.faces()...)
	}
	return runs
}

// faces cuts a right-to-left run where the font changes, for the toolkit sets the pieces of one string from left to right
// whatever their direction. Left-to-right runs may stay whole.
func (r run) faces() []run {
	if !r.rtl {
		return []run{r}
	}
	var pieces []run
	start, native, known := 0, false, false
	for i, letter := range r.text {
		if letter == ' ' || class(letter) == bidi.NSM {
			continue // drawn in the font of what stands before
		}
		is := letter >= 0x590 // the first letter of the right-to-left scripts
		if known && is != native {
			pieces = append(pieces, run{r.text[start:i], true})
			start = i
		}
		native, known = is, true
	}
	pieces = append(pieces, run{r.text[start:], true})
	slices.Reverse(pieces)
	return pieces
}

func resolveLevels(runes []rune, rtl bool) []int {
	base := bidi.L
	if rtl {
		base = bidi.R
	}
	classes := make([]bidi.Class, len(runes))
	strong, previous := base, base
	for i, r := range runes { // W1, W2, W3
		c := class(r)
		switch c {
		case bidi.NSM:
			c = previous
		case bidi.L, bidi.R, bidi.AL:
			strong = c
		case bidi.EN:
			if strong == bidi.AL {
				c = bidi.AN
			}
		}
		classes[i], previous = c, c
		if c == bidi.AL {
			classes[i] = bidi.R
		}
	}
	number := func(c bidi.Class) bool { return c == bidi.EN || c == bidi.AN }
	for i := 1; i+1 < len(classes); i++ { // W4: one separator between two numbers of a kind
		around := classes[i-1]
		if number(around) && around == classes[i+1] && (classes[i] == bidi.CS || classes[i] == bidi.ES && around == bidi.EN) {
			classes[i] = around
		}
	}
	for i := 0; i < len(classes); i++ { // W5: signs beside a European number belong to it
		if classes[i] != bidi.ET {
			continue
		}
		end := i
		for end < len(classes) && classes[end] == bidi.ET {
			end++
		}
		if i > 0 && classes[i-1] == bidi.EN || end < len(classes) && classes[end] == bidi.EN {
			for ; i < end; i++ {
				classes[i] = bidi.EN
			}
		}
		i = end - 1
	}
	strong = base
	for i, c := range classes { // W6, W7
		switch c {
		case bidi.L, bidi.R:
			strong = c
		case bidi.EN:
			if strong == bidi.L {
				classes[i] = bidi.L
			}
		case bidi.AN:
		default:
			classes[i] = bidi.ON
		}
	}
	settleBrackets(runes, classes, base)
	side := func(c bidi.Class) bidi.Class { // numbers count as right-to-left for their neighbours
		if number(c) {
			return bidi.R
		}
		return c
	}
	levels := make([]int, len(runes))
	for i := 0; i < len(classes); { // N1, N2
		if classes[i] != bidi.ON {
			i++
			continue
		}
		end := i
		for end < len(classes) && classes[end] == bidi.ON {
			end++
		}
		before, after := base, base
		if i > 0 {
			before = side(classes[i-1])
		}
		if end < len(classes) {
			after = side(classes[end])
		}
		to := base
		if before == after {
			to = before
		}
		for ; i < end; i++ {
			classes[i] = to
		}
	}
	for i, c := range classes { // I1, I2
		switch {
		case c == bidi.R:
			levels[i] = 1
		case number(c):
			levels[i] = 2
		case rtl:
			levels[i] = 2
		}
	}
	return levels
}

var brackets = map[rune]rune{'(': ')', '[': ']', '{': '}'}

// settleBrackets gives both brackets of a pair one direction (N0): the line's if letters inside have it, else that of
// what stands inside and before.
func settleBrackets(runes []rune, classes []bidi.Class, base bidi.Class) {
	type open struct {
		at      int
		closing rune
	}
	var stack []open
	strong := func(c bidi.Class) bidi.Class {
		if c == bidi.EN || c == bidi.AN {
			return bidi.R
		}
		return c
	}
	type pair struct{ open, close int }
	var pairs []pair
	for i, r := range runes {
		if classes[i] != bidi.ON {
			continue
		}
		if closing, ok := brackets[r]; ok {
			stack = append(stack, open{i, closing})
			continue
		}
		for depth := len(stack) - 1; depth >= 0; depth-- {
			if stack[depth].closing == r {
				pairs = append(pairs, pair{stack[depth].at, i})
				stack = stack[:depth]
				break
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return a.open - b.open })
	for _, p := range pairs {
		own, other := false, false
		for _, c := range classes[p.open+1 : p.close] {
			switch strong(c) {
			case base:
				own = true
			case bidi.L, bidi.R:
				other = true
			}
		}
		to := base
		switch {
		case own:
		case !other:
			continue
		default:
			before := base
			for i := p.open - 1; i >= 0; i-- {
				if c := strong(classes[i]); c == bidi.L || c == bidi.R {
					before = c
					break
				}
			}
			to = before
		}
		classes[p.open], classes[p.close] = to, to
	}
}

const rightToLeftMark = "\u200f"

// drawable is the text as handed to the toolkit: marks on both sides make neutral signs in it take the run's direction,
// so that brackets turn and points stand at the right end.
func (r run) drawable() string {
	if r.rtl {
		return rightToLeftMark + r.text + rightToLeftMark
	}
	return r.text
}

// breakLines cuts a text into lines no wider than width, at spaces; a word wider than a line is cut between letters. A
// width of zero or less cuts at line ends only.
func breakLines(text string, width float32, measure func(string) float32) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		if width <= 0 || measure(paragraph) <= width {
			lines = append(lines, paragraph)
			continue
		}
		lines = append(lines, breakParagraph(paragraph, width, measure)...)
	}
	return lines
}

func breakParagraph(paragraph string, width float32, measure func(string) float32) []string {
	var lines []string
	line, used, space := "", float32(0), measure(" ")
	for _, word := range strings.Fields(paragraph) {
		wide := measure(word)
		if line != "" && used+space+wide <= width {
			line, used = line+" "+word, used+space+wide
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for wide > width && utf8.RuneCountInString(word) > 1 {
			fit := fitting(word, width, measure)
			lines = append(lines, word[:fit])
			word = word[fit:]
			wide = measure(word)
		}
		line, used = word, wide
	}
	return append(lines, line)
}

// fitting returns how many bytes of a word fit into width, at least one letter.
func fitting(word string, width float32, measure func(string) float32) int {
	last := 0
	for i := range word {
		if i == 0 {
			continue
		}
		if last > 0 && measure(word[:i]) > width {
			break
		}
		last = i
	}
	return max(last, 1)
}

// shorten cuts a one-line text to width with an ellipsis.
func shorten(text string, width float32, measure func(string) float32) string {
	if width <= 0 || measure(text) <= width {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes)
	for low < high { // the most runes that fit
		middle := (low + high + 1) / 2
		if measure(string(runes[:middle])+"…") <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}
