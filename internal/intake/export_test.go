package intake

import "strings"

// Value is what a plan writes into a field, named by its key, of the first record that gets it.
func (c CasePlan) Value(key string) string {
	t, field, _ := strings.Cut(key, ".")
	for _, w := range c.writes {
		if answer, ok := w.Answers[field]; ok && string(w.Target.Type) == t {
			return answer.Text()
		}
	}
	return ""
}
