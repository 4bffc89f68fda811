package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// notISO are regions that the locale data has besides the official entries of ISO 3166-1: reserved, withdrawn or made up.
var notISO = strings.Fields("AC AN BU CP CQ CS CT DD DG DY EA EU EZ FQ FX HV IC JT MI NH NQ NT PC PU PZ QO RH SU TA TP UK UN VD WK XA XB XK YD YU ZR ZZ")

// nameLanguages give the names by which the people Norway receives, and UNHCR's papers, call a country.
var nameLanguages = []string{"ar", "fa", "fr", "es", "sw", "tr", "am", "ru"}

// countries joins the official entries with the curated ones, the curated first: they are the ones met most.
func countries() ([]row, error) {
	byCode := make(map[string]row)
	var order []string
	nb, nn, en := display.Regions(language.Norwegian), display.Regions(language.MustParse("nn")), display.Regions(language.English)
	var others []display.Namer
	for _, tag := range nameLanguages {
		others = append(others, display.Regions(language.MustParse(tag)))
	}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			two := string([]rune{a, b})
			region, err := language.ParseRegion(two)
			if err != nil || !region.IsCountry() || region.String() != two || slices.Contains(notISO, two) {
				continue
			}
			r := row{code: region.ISO3(), nb: nb.Name(region), nn: nn.Name(region), en: en.Name(region), also: []string{two}}
			for _, namer := range others {
				r.also = append(r.also, namer.Name(region))
			}
			byCode[r.code] = r
			order = append(order, r.code)
		}
	}
	table, err := readCurated("countries.csv")
	if err != nil {
		return nil, err
	}
	var first []string
	for _, line := range table {
		r, known := byCode[line[0]]
		r.code = line[0]
		for i, field := range []*string{&r.nb, &r.nn, &r.en} {
			if line[1+i] != "" {
				*field = line[1+i]
			}
		}
		if !known && (r.nb == "" || r.nn == "" || r.en == "") {
			return nil, fmt.Errorf("no names for %s", r.code)
		}
		r.also = append(strings.Split(line[4], ";"), r.also...)
		byCode[r.code] = r
		first = append(first, r.code)
	}
	rest := slices.DeleteFunc(order, func(code string) bool { return slices.Contains(first, code) })
	slices.SortFunc(rest, func(a, b string) int { return strings.Compare(byCode[a].nb, byCode[b].nb) })
	var list []row
	for _, code := range append(first, rest...) {
		list = append(list, byCode[code])
	}
	return list, nil
}
