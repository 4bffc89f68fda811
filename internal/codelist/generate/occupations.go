package main

import (
	"fmt"
	"slices"
	"strings"
)

// How many groups the two standards have at each level of one to four digits: STYRK-08 as Statistics Norway publishes it, with
// its group for the unstated (00, 000, 0000), and ISCO-08 as the International Labour Organization does.
var (
	groupsOfSTYRK = [4]int{10, 43, 122, 407}
	groupsOfISCO  = [4]int{10, 43, 130, 436}
)

// notInISCO are the groups that only STYRK-08 has: unstated, nurses apart from specialist nurses, social educators, and
// aesthetic occupations under a number of its own.
var notInISCO = []string{"00", "000", "0000", "2223", "2224", "3439"}

// occupations lists the groups of STYRK-08 (source styrk, titles in bokmål of Statistics Norway) and those of ISCO-08 that
// STYRK-08 has put together with others (source isco, bokmål of our own), parents before children (domain.md 15.4). Nynorsk is
// of our own throughout.
func occupations() ([]row, error) {
	table, err := readCurated("occupations.csv")
	if err != nil {
		return nil, err
	}
	var list []row
	var styrk, isco [4]int
	known := map[string]bool{}
	for _, line := range table {
		code, level := line[0], len(line[0])-1
		if level < 0 || level > 3 || level > 0 && !known[code[:level]] {
			return nil, fmt.Errorf("the group %q has no group above it", code)
		}
		known[code] = true
		switch line[1] {
		case "styrk":
			styrk[level]++
		case "isco":
		default:
			return nil, fmt.Errorf("the group %q is of no standard", code)
		}
		if !slices.Contains(notInISCO, code) {
			isco[level]++
		}
		list = append(list, row{code: code, nb: line[2], nn: line[3], en: line[4], also: strings.Split(line[5], ";")})
	}
	if styrk != groupsOfSTYRK || isco != groupsOfISCO {
		return nil, fmt.Errorf("%v groups of STYRK-08 and %v of ISCO-08", styrk, isco)
	}
	return list, nil
}
