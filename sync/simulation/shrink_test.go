package simulation_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// shrink takes steps out of a failing history for as long as it still fails, larger runs first.
func shrink(h *history, fails func(*history) bool) *history {
	for size := len(h.steps) / 2; size > 0; {
		smaller := false
		for from := 0; from < len(h.steps); {
			cut := &history{seed: h.seed, devices: h.devices}
			cut.steps = append(slices.Clone(h.steps[:from]), h.steps[min(from+size, len(h.steps)):]...)
			if fails(cut) {
				h, smaller = cut, true
				continue
			}
			from += size
		}
		if size > 1 || !smaller {
			size /= 2
		}
	}
	return h
}

// report is what a failing seed leaves: the steps that matter, what they broke, and how to repeat them.
func report(h *history, level string, broken error, play func(*history) error) string {
	small := shrink(h, func(cut *history) bool { return play(cut) != nil })
	if err := play(small); err != nil {
		broken = err
	}
	return fmt.Sprintf("%s%v\n\nrepeat: FELTBOK_REPLAY=%s:%d:%s go test -tags ci -run TestReplay -v ./sync/simulation", small, broken, level, small.seed, serials(small))
}

// serials names the steps of a history, as FELTBOK_REPLAY takes them: "3,7,12".
func serials(h *history) string {
	var all []string
	for _, s := range h.steps {
		all = append(all, strconv.Itoa(s.serial))
	}
	return strings.Join(all, ",")
}

// level is one of the ways to play a history: in memory, on the program, and on the program with attachments or with partners.
type level struct {
	name string
	make newActors
	// most is how many laptops there may be, length how many steps at least; at most there are twice as many.
	most, length int
	weights      *weights
}

var levels = map[string]level{
	"full":     {"full", newFull, 3, 30, &fullWeights},
	"files":    {"files", newFull, 3, 30, &filesWeights},
	"partners": {"partners", newPartners, 2, 30, &partnerWeights},
	"light":    {"light", newLight, mostDevices, 40, &lightWeights},
}

// replayed reads FELTBOK_REPLAY: "full:17:3,7,12", or "full:17" for the whole history.
func replayed() (level, *history, error) {
	parts := strings.Split(os.Getenv("FELTBOK_REPLAY"), ":")
	l, ok := levels[parts[0]]
	if !ok || len(parts) < 2 {
		return l, nil, fmt.Errorf("FELTBOK_REPLAY is full:SEED, files:SEED, partners:SEED or light:SEED, with the numbers of the steps behind another colon")
	}
	seed, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return l, nil, err
	}
	h := newHistory(seed, l)
	if len(parts) == 2 {
		return l, h, nil
	}
	chosen := map[int]bool{}
	for text := range strings.SplitSeq(parts[2], ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return l, nil, err
		}
		chosen[n] = true
	}
	return l, h.only(chosen), nil
}
