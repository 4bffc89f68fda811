package match_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"feltbok/internal/match"

	"github.com/google/uuid"
)

// crowd gives n invented persons with a Latin and a native name and a case number, from made-up syllables.
func crowd(n int) (ids []uuid.UUID, texts [][]match.Text) {
	latin := []string{"ba", "dar", "fe", "gul", "ha", "jo", "ka", "lin", "mo", "na", "rah", "sa", "ti", "vel", "ya", "zor"}
	arabic := []string{"با", "در", "في", "قل", "حا", "جو", "كا", "لن", "مو", "نا", "رح", "سا", "تي", "ول", "يا", "زر"}
	random := uint32(7)
	next := func(below int) int {
		random = random*1664525 + 1013904223
		return int(random>>8) % below
	}
	for i := range n {
		var names, native [3]string
		for w := range names {
			for range 2 + next(2) {
				s := next(len(latin))
				names[w] += latin[s]
				native[w] += arabic[s]
			}
		}
		var id uuid.UUID
		binary.BigEndian.PutUint32(id[12:], uint32(i+1))
		ids = append(ids, id)
		texts = append(texts, []match.Text{
			{Kind: "name", Value: strings.Join(names[:], " ")},
			{Kind: "name", Value: strings.Join(native[:], " ")},
			{Kind: "case_number", Value: fmt.Sprintf("200-24C%05d", i)},
		})
	}
	return ids, texts
}

// keystrokes are queries as they grow while names are typed, some wrongly, some in the other script.
func keystrokes() (queries []string) {
	for _, typed := range []string{"baka rahsa", "modarti", "gulferah", "zorlinya fe", "yavlesa", "حاجو", "مونا با", "200-24C0123", "sati linka mo", "xordar"} {
		runes := []rune(typed)
		for i := range runes {
			queries = append(queries, string(runes[:i+1]))
		}
	}
	return queries
}

func benchmarkSearch(b *testing.B, persons int) {
	ids, texts := crowd(persons)
	x := new(match.Index)
	start := time.Now()
	for i := range ids {
		x.Add(ids[i], texts[i])
	}
	x.Search("a", 50)
	filling := time.Since(start)

	lower := make([]string, persons)
	for i, t := range texts {
		lower[i] = strings.ToLower(t[0].Value + " " + t[1].Value + " " + t[2].Value)
	}
	queries := keystrokes()
	scan := func(query string) (found int) {
		query = strings.ToLower(query)
		for _, text := range lower {
			if strings.Contains(text, query) {
				found++
			}
		}
		return found
	}
	var ours, plain []time.Duration
	for b.Loop() {
		for _, q := range queries {
			t0 := time.Now()
			x.Search(q, 50)
			t1 := time.Now()
			scan(q)
			ours, plain = append(ours, t1.Sub(t0)), append(plain, time.Since(t1))
		}
	}
	p95 := func(times []time.Duration) float64 {
		slices.Sort(times)
		return times[len(times)*95/100].Seconds() * 1000
	}
	b.ReportMetric(p95(ours), "p95-ms")
	b.ReportMetric(p95(plain), "plain-p95-ms")
	b.ReportMetric(p95(ours)/p95(plain), "ratio")
	b.ReportMetric(filling.Seconds()*1000, "fill-ms")
}

func BenchmarkSearch50k(b *testing.B)  { benchmarkSearch(b, 50_000) }
func BenchmarkSearch250k(b *testing.B) { benchmarkSearch(b, 250_000) }
