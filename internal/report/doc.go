// Package report makes the figures that leave the register: counts with their definitions, never a person.
//
// [Mission] counts over one mission some of what domain.md 14.3 asks for; [WriteFile] writes figures as JSON or CSV. Counts
// below five are shown as "<5" (domain.md 14.9), and where such a count could be reckoned from what is shown beside it,
// more of the table is hidden; see [Cell].
package report

import (
	"slices"
	"strings"
	"time"

	"feltbok/internal/codelist"

	"github.com/google/uuid"

	"feltbok/internal/i18n"
)

// KindMission is the report that [Mission] makes.
const KindMission = "mission"

// Cell is one figure.
type Cell struct {
	Table string // "cases_by_status" …; its title and definition stand in the text catalogue
	Row   string // a code of List, or a word of the table: "adults", "children", "unknown"
	List  string // code list of Row; empty when the row is one of the table's own words
	Count int
	// Hidden: the count does not leave the register. It is shown as "<5" when it is from one to four, else as "–": that
	// cell is hidden because a smaller one could be reckoned from it.
	Hidden bool
}

// Figures are the cells of one report and what they rest on.
type Figures struct {
	Kind     string // [KindMission]
	Mission  uuid.UUID
	Code     string // of the mission; may be empty
	MadeAt   time.Time
	MadeBy   string // alias of the user
	Training bool   // everybody counted is invented
	// NewestWrite is when the newest of the cases counted was last written; zero without cases. What other machines have
	// not sent yet is not counted.
	NewestWrite time.Time
	// CodeLists gives the edition of each code list that the rows come from.
	CodeLists map[string]string
	Cells     []Cell

	lists *codelist.Lists // what labels are taken from
}

// Kind is a report that can be made.
type Kind struct {
	Kind    string   `json:"kind"`
	Title   string   `json:"title"`
	Endings []string `json:"endings"`
}

// Kinds lists the reports with their titles in a language.
func Kinds(lang string) []Kind {
	return []Kind{{KindMission, i18n.For(lang).T("report.kind." + KindMission), Endings()}}
}

// Known reports whether there is a report of this kind.
func Known(kind string) bool { return kind == KindMission }

// Endings lists the endings of file names that [WriteFile] knows.
func Endings() []string { return []string{".csv", ".json"} }

// Writes reports whether a report can be written under this file name.
func Writes(path string) bool {
	return slices.ContainsFunc(Endings(), func(ending string) bool { return strings.HasSuffix(path, ending) })
}
