package trust

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// Tips gives the links of some of the lines that a receipt speaks of: by compartment name, chain "<device>/<epoch>" and number
// in decimal, 64 hexadecimal digits. A number alone proves nothing to a machine that was cloned or set back, for its twin has
// used the same one; a link stands for the line and for all before it (security.md 5.3).
type Tips map[string]map[string]map[string]string

// Tip is the link of one line.
type Tip struct {
	N    uint64
	Link [32]byte
}

// Put adds the link of a line, or replaces it.
func (t Tips) Put(chain oplog.Chain, n uint64, link [32]byte) {
	name, key := chain.Compartment.String(), chain.Key()
	if t[name] == nil {
		t[name] = map[string]map[string]string{}
	}
	if t[name][key] == nil {
		t[name][key] = map[string]string{}
	}
	t[name][key][strconv.FormatUint(n, 10)] = hex.EncodeToString(link[:])
}

// Of lists the links of a chain, the lowest number first.
func (t Tips) Of(chain oplog.Chain) []Tip {
	var tips []Tip
	for number, text := range t[chain.Compartment.String()][chain.Key()] {
		if tip, err := parseTip(number, text); err == nil {
			tips = append(tips, tip)
		}
	}
	slices.SortFunc(tips, func(a, b Tip) int {
		if a.N < b.N {
			return -1
		}
		return 1
	})
	return tips
}

func parseTip(number, text string) (tip Tip, err error) {
	if tip.N, err = strconv.ParseUint(number, 10, 53); err != nil || tip.N == 0 || strconv.FormatUint(tip.N, 10) != number {
		return Tip{}, errors.New("number of a link")
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(tip.Link) || hex.EncodeToString(raw) != text {
		return Tip{}, errors.New("link is not 64 lower-case hexadecimal digits")
	}
	tip.Link = [32]byte(raw)
	return tip, nil
}

func (t Tips) check() error {
	for name, chains := range t {
		compartment, err := domain.ParseCompartment(name)
		if err != nil || chains == nil {
			return errors.New("links of an unknown compartment")
		}
		for key, numbers := range chains {
			if _, err := oplog.ParseChainKey(compartment, key); err != nil {
				return err
			}
			if len(numbers) == 0 {
				return errors.New("a chain without links")
			}
			for number, text := range numbers {
				if _, err := parseTip(number, text); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
