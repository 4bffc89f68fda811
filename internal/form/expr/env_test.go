package expr_test

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/form/expr"
)

// now is the clock of every test: the afternoon of an interview day in Kampala.
var now = time.Date(2026, 3, 17, 14, 30, 0, 0, time.FixedZone("EAT", 3*60*60))

// answers is an Env over plain values.
type answers struct {
	values   map[string]expr.Value
	self     expr.Value
	columns  map[string]string
	position int
}

func (a answers) Value(name string) expr.Value  { return a.values[name] }
func (a answers) Self() expr.Value              { return a.self }
func (a answers) Column(name string) expr.Value { return expr.Text(a.columns[name]) }
func (a answers) Position(string) int           { return a.position }
func (a answers) Now() time.Time                { return now }

func (a answers) Row(name string, steps []expr.Step) expr.Value {
	key := name
	for _, step := range steps {
		key += fmt.Sprintf("#%d", step.Row)
	}
	return a.values[key]
}

func (a answers) Seed() uuid.UUID { return uuid.UUID{1} }
func (a answers) Version() string { return "7" }

func (a answers) List(name string) expr.List {
	if name != "towns" {
		return nil
	}
	return towns{}
}

// towns is a list with the columns name, label and county.
type towns struct{}

func (towns) Len() int { return 3 }

func (towns) Cell(row int, column string) expr.Value {
	return expr.Text([]map[string]string{
		{"name": "osl", "label": "Oslo", "county": "03"},
		{"name": "brg", "label": "Bergen", "county": "46"},
		{"name": "vos", "label": "Voss", "county": "46"},
	}[row][column])
}

func (a answers) ChoiceName(question, code string) string {
	return map[string]string{"sex/female": "kvinne", "sex/male": "mann"}[question+"/"+code]
}
