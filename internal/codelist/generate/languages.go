package main

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// notSpoken are entries of the locale data that nobody is interviewed in: ancient, constructed, or no language at all.
var notSpoken = strings.Fields(`ang ave arc akk chg chn chu cop dum egy elx enm frm fro gez gmh goh got grc hit kaw kho lat mga non nwc osa ota pal peo phn
	pro prg san sam sga sog sux uga vot xno zbl zxx mul mis und root afh avk epo ido ile ina jbo lfn lol nov tlh vol lzh jpr jrb nor hbs mol tut sla
	roa phi inc ine cel cai nai sai son ssa tai tup afa`)

// stale are names of the locale data that Norwegian has left.
var stale = map[string][3]string{
	"bel": {"Belarusisk", "Belarusisk", "Belarusian"},
	"mkd": {"Makedonsk", "Makedonsk", "Macedonian"},
	"sli": {"Lavschlesisk", "Lågschlesisk", "Lower Silesian"},
	"mlg": {"Madagassisk", "Madagassisk", "Malagasy"},
}

// languages joins the curated entries, in their order, with every living language that the locale data names in
// Norwegian and English.
func languages() ([]row, error) {
	table, err := readCurated("languages.csv")
	if err != nil {
		return nil, err
	}
	var list []row
	taken := make(map[string]bool) // codes and English names
	for _, line := range table {
		r := row{code: line[0], nb: line[1], nn: line[2], en: line[3]}
		r.also = append([]string{line[4]}, strings.Split(line[5], ";")...)
		if base, err := language.ParseBase(line[0]); err == nil && len(base.String()) == 2 {
			r.also = append(r.also, base.String())
		}
		list = append(list, r)
		taken[r.code], taken[strings.ToLower(r.en)] = true, true
	}
	named := len(list)
	nb, nn, en := display.Languages(language.Norwegian), display.Languages(language.MustParse("nn")), display.Languages(language.English)
	for _, short := range bases() {
		base, err := language.ParseBase(short)
		if err != nil || language.All.Make(short).String() != short {
			continue // not a language, or an alias of one that stands under its own code
		}
		r := row{code: base.ISO3(), nb: nb.Name(base), nn: nn.Name(base), en: en.Name(base)}
		if r.nb == "" || r.en == "" || taken[r.code] || taken[strings.ToLower(r.en)] || slices.Contains(notSpoken, r.code) || slices.Contains(notSpoken, short) {
			continue
		}
		if r.nn == "" {
			r.nn = r.nb
		}
		if names, ok := stale[r.code]; ok {
			r.nb, r.nn, r.en = names[0], names[1], names[2]
		}
		r.also = []string{display.Self.Name(language.Make(short))}
		if len(short) == 2 {
			r.also = append(r.also, short)
		}
		list = append(list, r)
		taken[r.code], taken[strings.ToLower(r.en)] = true, true
	}
	slices.SortStableFunc(list[named:], func(a, b row) int { return strings.Compare(strings.ToLower(a.nb), strings.ToLower(b.nb)) })
	return list, nil
}

// bases gives every possible code of two letters, then of three.
func bases() []string {
	var two, three []string
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			two = append(two, string([]rune{a, b}))
			for c := 'a'; c <= 'z'; c++ {
				three = append(three, string([]rune{a, b, c}))
			}
		}
	}
	return append(two, three...)
}
