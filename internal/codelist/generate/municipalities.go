package main

import (
	"fmt"
	"strings"
)

// The municipalities of the divisions of 2020 and 2024 (domain.md 15.11). A number is not used again.
const (
	municipalitiesNow   = 357 // from 2024
	municipalitiesEnded = 114 // numbers that ended with 2023, when counties were parted again
)

// municipalities lists the numbers in use, and after them those that have ended, which say so.
func municipalities() ([]row, error) {
	table, err := readCurated("municipalities.csv")
	if err != nil {
		return nil, err
	}
	var now, ended []row
	for _, line := range table {
		r := row{code: line[0], nb: line[1], from: line[2], to: line[3], also: strings.Split(line[4], ";")}
		if r.to != "" {
			r.nb = fmt.Sprintf("%s (%s–%s)", r.nb, r.from[:4], r.to[:4])
		}
		r.nn, r.en = r.nb, r.nb // names of places are not translated
		if r.to == "" {
			now = append(now, r)
		} else {
			ended = append(ended, r)
		}
	}
	if len(now) != municipalitiesNow || len(ended) != municipalitiesEnded {
		return nil, fmt.Errorf("%d municipalities and %d numbers that ended", len(now), len(ended))
	}
	return append(now, ended...), nil
}
