// Package intake takes the caseload in: the list of UNHCR or UDI, as CSV, XLSX or JSON, becomes cases, households, persons and
// relations of the register (domain.md 4, steps 1 and 2).
//
// [Read] reads a file, [Suggest] says what its columns seem to mean, [Prepare] compares its rows with the register and says in a
// [Plan] what would change, and [Apply] does exactly that in one transaction or not at all. [Undo] takes it back in one step.
// Nothing is guessed: a word that is in no code list, a date that cannot be read, two rows of a case that disagree are errors that name
// row and column, and a case with an error stays out whole. What a list says arrives with its source and as unverified; a value that
// somebody has verified is never replaced by a list unless the user asks, and then stands beside it as a conflict.
package intake

import (
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// What happens to a case or a person of a list.
const (
	StateNew     = "new"
	StateChanged = "changed"  // the register has it and the list says something new
	StateSame    = "same"     // the list says nothing new
	StateAsk     = "ask"      // a person must say whether somebody who stands there is meant; see [Options.Same]
	StateLeftOut = "left_out" // a row has an error, or waits for an answer, or somebody took it out of the register
)

// Difference is one field for which the list has another value than the register.
type Difference struct {
	Type   domain.Type `json:"type"`
	Object uuid.UUID   `json:"id"`
	Field  string      `json:"field"`
	// Old is the displayed answer of the register, New that of the list.
	Old domain.Answer `json:"-"`
	New domain.Answer `json:"-"`
	// Held says that the register's value stays, because somebody has verified it or because it is in conflict already; Disputed that it
	// stays and the value of the list is set beside it, since the user asked for that.
	Held     bool `json:"held"`
	Disputed bool `json:"disputed"`
}

// PersonPlan is what happens to the person of one row.
type PersonPlan struct {
	Row         int          `json:"row"`
	Name        string       `json:"name"`
	Person      uuid.UUID    `json:"id"` // a new one when the person is new
	State       string       `json:"state"`
	Differences []Difference `json:"differences"`
	// Likely are persons of the same case who may be meant; with StateAsk.
	Likely []Likely `json:"likely"`
}

// Likely is somebody in the register who may be the person of a row.
type Likely struct {
	Person uuid.UUID `json:"id"`
	Case   uuid.UUID `json:"case"`
	Name   string    `json:"name"`
	Number string    `json:"number"` // of the case
	Birth  string    `json:"birth"`
}

// CasePlan is what happens to one case of the list.
type CasePlan struct {
	Number      string       `json:"number"`
	Case        uuid.UUID    `json:"id"`
	State       string       `json:"state"`
	Differences []Difference `json:"differences"` // of the case itself
	Persons     []PersonPlan `json:"persons"`
	Households  int          `json:"households"` // new ones
	Relations   int          `json:"relations"`  // new ones

	writes []workspace.Write
}

// Counts sums a plan up.
type Counts struct {
	Rows           int `json:"rows"`
	NewCases       int `json:"new_cases"`
	ChangedCases   int `json:"changed_cases"`
	SameCases      int `json:"same_cases"`
	LeftOutCases   int `json:"left_out_cases"`
	NewPersons     int `json:"new_persons"`
	ChangedPersons int `json:"changed_persons"`
	SamePersons    int `json:"same_persons"`
	// LeftOutPersons are the persons of cases left out, and rows without a case.
	LeftOutPersons int `json:"left_out_persons"`
	Households     int `json:"households"`
	Relations      int `json:"relations"`
	// Values are new values in records that stand already, Held those that stay as they are, Disputed those set beside.
	Values   int `json:"values"`
	Held     int `json:"held"`
	Disputed int `json:"disputed"`
	// Asking are rows that wait for an answer.
	Asking   int `json:"asking"`
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
}

// Plan is what taking a list in would do.
type Plan struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	// Unread are headings of columns that are not read, Sensitive those of them that never are (domain.md 15.7).
	Unread    []string   `json:"unread"`
	Sensitive []string   `json:"sensitive"`
	Hidden    int        `json:"hidden_rows"`
	Mission   uuid.UUID  `json:"mission"`
	Mapping   Mapping    `json:"mapping"`
	Cases     []CasePlan `json:"cases"`
	Issues    []Issue    `json:"issues"`
	Counts    Counts     `json:"counts"`
	// Before is when the very same file was last taken in here, zero when it was not.
	Before time.Time `json:"-"`

	digest [32]byte
}

// Changes reports whether the plan writes anything.
func (p *Plan) Changes() bool {
	for i := range p.Cases {
		if len(p.Cases[i].writes) > 0 {
			return true
		}
	}
	return false
}

// count fills Counts from the cases and the issues.
func (p *Plan) count(rows int) {
	c := Counts{Rows: rows}
	for i := range p.Cases {
		of := &p.Cases[i]
		switch of.State {
		case StateNew:
			c.NewCases++
		case StateChanged:
			c.ChangedCases++
		case StateSame:
			c.SameCases++
		default:
			c.LeftOutCases++
		}
		c.Households, c.Relations = c.Households+of.Households, c.Relations+of.Relations
		c.differences(of.Differences, of.State)
		for _, person := range of.Persons {
			state := person.State
			if state == StateAsk {
				c.Asking++
			}
			if of.State == StateLeftOut {
				state = StateLeftOut
			}
			switch state {
			case StateNew:
				c.NewPersons++
			case StateChanged:
				c.ChangedPersons++
			case StateSame:
				c.SamePersons++
			default:
				c.LeftOutPersons++
			}
			if person.State != StateNew {
				c.differences(person.Differences, of.State)
			}
		}
	}
	for _, i := range p.Issues {
		switch {
		case i.Severity == domain.Error:
			c.Errors++
		case i.Severity == domain.Warning:
			c.Warnings++
		}
		if i.Code == noCaseNumber {
			c.LeftOutPersons++
		}
	}
	p.Counts = c
}

func (c *Counts) differences(list []Difference, state string) {
	if state == StateLeftOut {
		return
	}
	for _, d := range list {
		switch {
		case d.Disputed:
			c.Disputed++
		case d.Held:
			c.Held++
		default:
			c.Values++
		}
	}
}
