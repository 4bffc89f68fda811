package expr_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"feltbok/internal/form/expr"
)

// specCase is one case of the other engine's own specification, as .ci/evaluator/cases.cjs writes it down.
type specCase struct {
	File       string              `json:"file"`
	Kind       string              `json:"kind"` // string, number, boolean, length or throw
	Expression string              `json:"expression"`
	Context    map[string][]string `json:"context"`
	Self       *string             `json:"self"`
	Expected   string              `json:"expected"`
	Digits     int                 `json:"digits"`
}

// difference says why a case ends otherwise here, or is not asked. The first that fits counts.
type difference struct {
	name, why string
	fits      func(c specCase) bool
}

func matching(pattern string) func(specCase) bool {
	compiled := regexp.MustCompile(pattern)
	return func(c specCase) bool { return compiled.MatchString(c.Expression) }
}

// outcome asks our evaluator; ok reports the same result as the specification's.
func (c specCase) outcome() (got string, ok bool) {
	program, err := expr.Compile(c.Expression)
	if err != nil {
		return "refused: " + err.Error(), c.Kind == "throw"
	}
	env := answers{values: map[string]expr.Value{}, position: 1}
	if c.Self != nil {
		env.self = expr.Text(*c.Self)
	}
	for name, texts := range c.Context {
		nodes := make([]expr.Value, len(texts))
		for i, text := range texts {
			nodes[i] = expr.Text(text)
		}
		env.values[name] = expr.NodeSet(nodes)
	}
	value, err := program.Eval(env)
	if err != nil {
		return "failed: " + err.Error(), c.Kind == "throw"
	}
	switch c.Kind {
	case "boolean":
		got = strconv.FormatBool(value.Truth())
	case "length":
		got = strconv.Itoa(len(value.String()))
	case "number":
		number := value.Number()
		if c.Digits > 0 {
			scale := math.Pow(10, float64(c.Digits))
			number = math.Round(number*scale) / scale
		}
		want, err := strconv.ParseFloat(c.Expected, 64)
		return expr.Float(number).String(), math.IsNaN(number) && (err != nil || math.IsNaN(want)) || number == want
	default:
		got = value.String()
	}
	return got, got == c.Expected
}

// TestElsewhere_Specification puts the cases of the other engine's specification to ours. Without FELTBOK_SPECIFICATION, the file
// with the cases, it has nothing to do; .ci/evaluator.sh gives it.
func TestElsewhere_Specification(t *testing.T) {
	name := os.Getenv("FELTBOK_SPECIFICATION")
	if name == "" {
		t.Skip("run by make evaluator")
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Files int        `json:"files"`
		Cases []specCase `json:"cases"`
	}
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	if all.Files < 60 || len(all.Cases) < 1500 {
		t.Fatalf("%d files with %d cases: the specification is not what it was", all.Files, len(all.Cases))
	}
	counts := map[string]int{}
	same := 0
	for _, c := range all.Cases {
		got, ok := c.outcome()
		if ok {
			same++
			continue
		}
		at := slices.IndexFunc(differences, func(d difference) bool { return d.fits(c) })
		if at < 0 {
			t.Errorf("%s: %s (%v, self %v): got %s, the specification says %s %q", c.File, c.Expression, c.Context, c.Self, got, c.Kind, c.Expected)
			continue
		}
		counts[differences[at].name]++
	}
	lines := []string{fmt.Sprintf("Of %d cases, %d have the same outcome.\n", len(all.Cases), same), "| Cases | What | Why |\n|---:|---|---|"}
	for _, d := range differences {
		if counts[d.name] > 0 {
			lines = append(lines, fmt.Sprintf("| %d | %s | %s |", counts[d.name], d.name, d.why))
		}
	}
	report(t, "SPECIFICATION", strings.Join(lines, "\n"))
}

// report writes a part of docs/evaluator.md.
func report(t *testing.T, part, text string) {
	t.Helper()
	folder := os.Getenv("FELTBOK_REPORT")
	if folder == "" {
		t.Log(text)
		return
	}
	if err := os.WriteFile(folder+"/"+part+".md", []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// differences are all that is known between the two engines, the narrowest first.
var differences = []difference{
	{
		"unknown functions that are never reached", "A function that does not exist is refused when a form is taken in, not on the day when somebody reaches it.",
		matching(`explode|fn\(|substring\(\)`),
	},
	{
		"area(), distance(), randomize(), lang(), last(), local-name()", "They work on coordinates, on the order of choices or on the document that the other engine keeps.",
		matching(`\b(area|distance|randomize|lang|last|local-name)\(`),
	},
	{
		"the number of a node in the document", "Only the number of a row of a repeat can be asked: position(..) or position(${repeat}).",
		matching(`position\(`),
	},
	{
		"paths into a document, with names of namespaces or functions inside brackets", "There is no document here, only questions; when a form is taken in, its paths to questions become ${name}, others are refused.",
		func(c specCase) bool {
			return strings.Contains(c.Expression, "/") || strings.Contains(c.File, "nodeset") || missing(c) && !strings.Contains(c.File, "comparison")
		},
	},
	{
		"< and > between a yes or no and several nodes", "XPath 1.0, 3.4: the nodes become a yes or no first. The other engine compares each node.",
		matching(`(true|false)\(\) *[<>]=? *\$|\$\{p1\} *[<>]=? *(true|false)\(\)`),
	},
	{
		"whether an unanswered question is true", "The other engine keeps an empty node for it, which is true; an answer that is not there is empty here, and false.",
		func(c specCase) bool { return matching(`^boolean\(|if\(\$|(true|false)\(\) !?= \$`)(c) && empty(c) },
	},
	{
		"sum, min and max over rows without an answer", "The other engine gives NaN; here rows without an answer are passed over, for a total that disappears is no use in an interview.",
		func(c specCase) bool { return matching(`^(sum|min|max)\(`)(c) && empty(c) },
	},
	{
		"selected() with no code", "An empty answer holds no code, not even the empty one.",
		func(c specCase) bool { return matching(`selected\(.*""`)(c) && empty(c) },
	},
	{
		"boolean() without anything", "It reads the own answer, as string() and number() do.",
		matching(`^boolean\(\)$`),
	},
	{
		"dates as texts in sums and comparisons", "The other engine turns every text that looks like a date into one. Here a text beside a date is read as a date, and date('…') makes one; a date question always is one.",
		matching(`["']\d{4}-\d\d?-\d\d[^"']*["'] *[-+=<>]|[-+] *["']\d{4}-|^number\('\d{4}-|^\.$|^\. *[=<>]|\$\{p1\} > \$\{p2\}|"1970-1-2"`),
	},
	{
		"the hour of a date", "The other engine takes a date as the midnight of the machine's time zone, so that a number of days ends in ,29 in Phoenix. Here a date is a day.",
		matching(`date|decimal-time\("(06|23):\d\d:00.000-`),
	},
	{
		"today()", "The clock of the test stands still.", matching(`today\(\)`),
	},
	{
		"1and1, 1 div1", "A word after a number needs a space before the next one.", matching(`(and|or|div|mod)1`),
	},
	{
		"numbers with an exponent", "They are no numbers in XPath 1.0, 3.5, and spreadsheets do not write them.", matching(`\de-\d`),
	},
	{
		"the last digit of sin() and asin()", "Two correct roundings.", matching(`sin\(`),
	},
	{
		"regex() on a part of a text", "It must match the whole text, as in ODK Collect.", matching(`^regex\(`),
	},
	{
		"count() of what if() gives", "count() takes ${name} or instance(…).", matching(`^count\( if`),
	},
}

// missing reports whether a path named nothing that could be written down.
func missing(c specCase) bool {
	for _, texts := range c.Context {
		if len(texts) == 0 {
			return true
		}
	}
	return false
}

// empty reports whether an answer is empty.
func empty(c specCase) bool {
	for _, texts := range c.Context {
		if slices.Contains(texts, "") {
			return true
		}
	}
	return false
}

// elsewhere is what the other engine says to a case of our own table.
type elsewhere struct {
	File       string  `json:"file"`
	Expression string  `json:"expression"`
	Expected   string  `json:"expected"`
	Result     *string `json:"result"`
	Error      string  `json:"error"`
}

// ownDifferences are those of our own table, by a pattern on the expression.
var ownDifferences = []struct{ name, pattern string }{
	{"functions that it does not have", `difference-in-months|jr:choice-name|base64|version\(|pulldata|instance\(|indexed-repeat`},
	{"the clock of the test stands still, with an offset of its own", `now\(|today\(`},
	{"uuid() is the same for one question for ever", `uuid\(`},
	{"dates that are known to the year or month, and texts that are no date", `^date|format-date|\$\{[abdt]\} [<>]=? |\$\{b\} \+ 0|^\$\{a\}.*[<>]`},
	{"a time of day is that of the clock on the wall, and needs no seconds", `decimal-time`},
	{"an unanswered question is empty, and passed over in sums", `\$\{(x|y|n|d)\}|selected\('', ''\)|number\('x'\)|boolean\(\)|\$\{a\}`},
	{"substring() by XPath 1.0, 4.2; translate() by the first of several letters", `substring\(|translate\(`},
	{"small numbers are written without an exponent, and two minus signs are plus", `0\.0000001|--2`},
	{"texts that look like dates are texts", `'2020-01-02' >`},
	{"regex() matches the whole text, with the classes of Unicode", `regex\(`},
}

// TestElsewhere_Corpus compares what the other engine said to our own table.
func TestElsewhere_Corpus(t *testing.T) {
	name := os.Getenv("FELTBOK_ELSEWHERE")
	if name == "" {
		t.Skip("run by make evaluator")
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []elsewhere
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	same, counts := 0, make([]int, len(ownDifferences))
	for _, c := range all {
		if c.Result != nil && *c.Result == c.Expected {
			same++
			continue
		}
		at := 0
		for at < len(ownDifferences) && !regexp.MustCompile(ownDifferences[at].pattern).MatchString(c.Expression) {
			at++
		}
		if at == len(ownDifferences) {
			said := c.Error
			if c.Result != nil {
				said = *c.Result
			}
			t.Errorf("%s: %s is %q, the other engine says %q", c.File, c.Expression, c.Expected, said)
			continue
		}
		counts[at]++
	}
	if len(all) < 350 || same < 250 {
		t.Fatalf("%d cases, %d the same", len(all), same)
	}
	lines := []string{fmt.Sprintf("Of %d cases, %d have the same outcome.\n", len(all), same), "| Cases | What |\n|---:|---|"}
	for i, d := range ownDifferences {
		if counts[i] > 0 {
			lines = append(lines, fmt.Sprintf("| %d | %s |", counts[i], d.name))
		}
	}
	report(t, "CORPUS", strings.Join(lines, "\n"))
}
