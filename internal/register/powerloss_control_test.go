package register_test

import (
	"testing"

	"feltbok/internal/store/crashdisk"
)

// The harness must bite: with a weaker setting, unnoticed by the store, or on a disk that lies about syncing, it finds
// that acknowledged operations are lost, and without any sync also files that are corrupt.
func TestPowerLoss_ControlsBite(t *testing.T) {
	for _, c := range []struct {
		name    string
		option  crashdisk.Option
		corrupt bool // whether files get corrupt too
	}{
		{"synchronous NORMAL", crashdisk.Synchronous("NORMAL"), false},
		{"synchronous OFF", crashdisk.Synchronous("OFF"), true},
		{"a disk that lies", crashdisk.Lying(), true},
	} {
		h := mustHistory(t, powerSeed, c.option)
		h.brief()
		y := &powerTally{all: map[string]*[3]int{}}
		h.judgeAll(mustNumber(t, powerControlsVariable, shortPowerControls), powerSeed, y, func(powerImage, powerVerdict, error) {})
		sum := y.total()
		if sum[powerLost] == 0 || (sum[powerCorrupt] > 0) != c.corrupt {
			t.Errorf("%s: %d lost, %d corrupt", c.name, sum[powerLost], sum[powerCorrupt])
		}
		t.Logf("%s\n%s", c.name, y)
		h.end()
	}
}
