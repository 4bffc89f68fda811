package workspace

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// TimeSpent is how long each block of the question sets (domain.md 5: "A", "B" …) was on screen.
type TimeSpent map[string]time.Duration

// Total is the time of all blocks together.
func (t TimeSpent) Total() (total time.Duration) {
	for _, spent := range t {
		total += spent
	}
	return total
}

// Stage is a stretch of the interview that has its share of the two hours (domain.md 5).
type Stage string

// The stages of an interview, in their order.
const (
	StageStart     Stage = "start"
	StageHousehold Stage = "household"
	StageAdult     Stage = "adult"
	StageChildren  Stage = "children"
	StageSettling  Stage = "settling"
	StageClose     Stage = "close"
)

// Stages lists the stages of an interview in their order.
var Stages = []Stage{StageStart, StageHousehold, StageAdult, StageChildren, StageSettling, StageClose}

// Minutes is about how long a stage may take; those of adults and children are for each person. Zero for no stage.
func (s Stage) Minutes() int {
	return map[Stage]int{StageStart: 10, StageHousehold: 10, StageAdult: 35, StageChildren: 15, StageSettling: 10, StageClose: 5}[s]
}

// StageOf finds the stage that a block of the question sets belongs to.
func StageOf(block string) Stage {
	switch block {
	case "A":
		return StageStart
	case "B":
		return StageHousehold
	case "H":
		return StageChildren
	case "I":
		return StageSettling
	case "J":
		return StageClose
	default:
		return StageAdult // C to G
	}
}

// ByStage adds the blocks up by stage.
func (t TimeSpent) ByStage() map[Stage]time.Duration {
	stages := map[Stage]time.Duration{}
	for block, spent := range t {
		stages[StageOf(block)] += spent
	}
	return stages
}

// add counts rows of the columns block and seconds; what cannot be read counts nothing.
func (t TimeSpent) add(rows []map[string]string) {
	for _, row := range rows {
		if seconds, err := strconv.Atoi(row["seconds"]); err == nil && seconds > 0 && row["block"] != "" {
			t[row["block"]] += time.Duration(seconds) * time.Second
		}
	}
}

// rows gives the blocks in their order, with whole seconds; blocks that took less than one are left out.
func (t TimeSpent) rows() []map[string]string {
	var rows []map[string]string
	for _, block := range slices.Sorted(maps.Keys(t)) {
		if seconds := int(t[block] / time.Second); seconds > 0 {
			rows = append(rows, map[string]string{"block": block, "seconds": strconv.Itoa(seconds)})
		}
	}
	return rows
}

// KeepTime stores how long the blocks have been on screen since an interview was opened here. The first time sitting is zero; the
// identifier that comes back is given the next time, and the figures replace those before. Nothing is stored of less than a second, or of
// an interview that has been handed in: zero and no error then. Faults are those of [Workspace.Set].
func (s *InterviewSession) KeepTime(ctx context.Context, sitting uuid.UUID, spent TimeSpent) (uuid.UUID, error) {
	rows := spent.rows()
	if len(rows) == 0 || s.Status() != string(domain.Draft) {
		return sitting, nil
	}
	record, err := s.w.Set(ctx, Target{Type: "sitting", ID: sitting, Case: s.caseID, Subject: s.id}, map[string]domain.Answer{"time_spent_blocks": {Value: rows}})
	if err != nil {
		return sitting, err
	}
	return record.ID(), nil
}

// TimeSpent adds up the sittings of an interview, of all machines and days; empty when nothing was measured.
func (f *CaseFile) TimeSpent(interview uuid.UUID) TimeSpent {
	total := TimeSpent{}
	for _, sitting := range f.Records("sitting") {
		if sitting.Subject() == interview {
			total.add(sitting.Answer("time_spent_blocks").Rows())
		}
	}
	return total
}
