package simulation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// measurement is what a recorded run of one level leaves in the folder that FELTBOK_SIMULATION_RECORD names.
type measurement struct {
	Level     string
	Seed      uint64
	Histories uint64
	Failed    int
	Broken    map[uint64]string // by seed
	Seconds   float64
	Counts    map[string]int
}

func (c *counts) table() map[string]int {
	return map[string]int{
		"steps": c.steps, "saves": c.saves, "files": c.files, "imports": c.imports, "repeated": c.repeated, "refused": c.refused, "damaged": c.damaged,
		"kills": c.kills, "killedInside": c.killedInside, "putBack": c.putBack, "clones": c.clones, "forks": c.forks, "erasures": c.erasures,
		"lostWithDisk": c.lostWithDisk, "waiting": c.waiting, "decided": c.decided, "claims": c.claims, "carried": c.carried, "undone": c.undone, "contested": c.contested, "attached": c.attached, "answers": c.answers, "forged": c.forged, "converged": c.converged,
	}
}

// measured keeps how far a run that is to be recorded has come.
func measured(t *testing.T, l level, seed, n uint64, failed map[uint64]error, took time.Duration, all counts) {
	t.Helper()
	dir := os.Getenv("FELTBOK_SIMULATION_RECORD")
	if dir == "" {
		return
	}
	broken := map[uint64]string{}
	for seed, err := range failed {
		broken[seed] = err.Error()
	}
	content, err := json.MarshalIndent(measurement{l.name, seed, n, len(failed), broken, took.Seconds(), all.table()}, "", "\t")
	if err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, l.name+".json"), content, 0o600); err != nil {
		t.Error(err)
	}
}
