package expr_test

import (
	"fmt"
	"time"

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
func (a answers) Position() int                 { return a.position }
func (a answers) Now() time.Time                { return now }

func (a answers) Row(_, name string, n int) expr.Value {
	row := a.values[fmt.Sprintf("%s#%d", name, n)]
	return row
}

func (a answers) ChoiceName(question, code string) string {
	return map[string]string{"sex/female": "kvinne", "sex/male": "mann"}[question+"/"+code]
}
