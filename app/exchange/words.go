package exchange

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"feltbok/internal/domain"
)

func itoa(n uint64) string { return strconv.FormatUint(n, 10) }

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// work counts what people wrote, and apart from it the lines of the log, which travel along.
func work(counts map[string]int) (changes, logged int) {
	logged = counts[domain.Audit.String()]
	return total(counts) - logged, logged
}

func sorted(counts map[string]int) []string { return slices.Sorted(maps.Keys(counts)) }

// isReceipt tells a receipt from a directory by its name (security.md 6.2).
func isReceipt(document string) bool { return strings.HasPrefix(document, "receipt-") }

// short cuts a random file name to what people can compare.
func short(name string) string {
	if runes := []rune(name); len(runes) > 24 {
		return string(runes[:10]) + "…" + string(runes[len(runes)-11:])
	}
	return name
}

// stampWords writes a moment given as RFC 3339.
func (p *Place) stampWords(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return "–"
	}
	return p.when(at)
}

// compartments names parts of a file as people speak of them.
func (p *Place) compartments(names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = p.s.Texts.T("exchange.compartment." + name)
	}
	return join(words)
}
