package expr_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/form/expr"
)

func TestCompile_Errors(t *testing.T) {
	for _, c := range []struct {
		name, source string
		column       int
		message      string
	}{
		{"empty", "  ", 1, "empty expression"},
		{"open parenthesis", "(1 + 2", 7, `expected ")", found the end`},
		{"missing operand", "1 +", 4, "expected a value, found the end"},
		{"two operands", "${a} ${b}", 6, "expected an operator or the end, found ${b}"},
		{"word as operator", "${a} og ${b}", 6, `expected an operator, found "og"`},
		{"bare name", "sex = 'female'", 1, `"sex" stands alone: a question is ${sex}, a text is 'sex'`},
		{"bare name later", "${sex} = female", 10, `"female" stands alone: a question is ${female}, a text is 'female'`},
		{"unknown function", "1 + frobnicate(2)", 5, "unknown function frobnicate()"},
		{"other engines' function", "cht:strip-whitespace(${a})", 1, "unknown function cht:strip-whitespace()"},
		{"lookup without a column", "instance('towns')/root/item[name = 'x']", 40, "write instance('list')/root/item[condition]/column"},
		{"lookup elsewhere", "instance('towns')/data/item/name", 19, "write instance('list')/root/item[condition]/column"},
		{"path behind a name", "${a}/b", 5, "paths are not part of the dialect: refer to a question by ${name}"},
		{"index", "${a}[1]", 5, "paths are not part of the dialect: refer to a question by ${name}"},
		{"list from an answer", "pulldata(${a}, 'b', 'c', 'd')", 10, "pulldata() takes the name of a list here, between quotes"},
		{"too few arguments", "if(1, 2)", 1, "if() takes 3 arguments, not 2"},
		{"too many arguments", "not(1, 2)", 1, "not() takes 1 argument, not 2"},
		{"arity range", "round()", 1, "round() takes 1 to 2 arguments, not 0"},
		{"open-ended arity", "coalesce(1)", 1, "coalesce() takes 2 or more arguments, not 1"},
		{"missing comma", "concat('a' 'b')", 12, `expected "," or ")" in concat(), found a text`},
		{"trailing comma", "concat('a',)", 12, `expected a value, found ")"`},
		{"count of a literal", "count('x')", 7, "count() takes a ${name} here"},
		{"sum of a calculation", "sum(${a} + 1)", 10, "sum() takes a ${name} here"},
		{"unclosed quote", "${a} = 'x", 8, "the text that begins here has no closing quote"},
		{"unclosed reference", "1 = ${a", 5, `"${" without "}"`},
		{"reference that is no name", "${a b}", 1, `"a b" is not a question's name`},
		{"last-saved", "${last-saved#a}", 1, `"last-saved#a" is not a question's name`},
		{"curly quotes", "${a} = ’x’", 8, "curly quotes: texts stand between ' and ' or \" and \""},
		{"typeset operator", "${a} ≥ 3", 6, `'≥' is not an operator: write <= >= != - * div`},
		{"path", "/data/a = 1", 1, "paths are not part of the dialect: refer to a question by ${name}"},
		{"unknown sign", "1 # 2", 3, "'#' is not understood here"},
		{"column counts characters", "'æøå' = ?", 9, "'?' is not understood here"},
		{"parent outside position", "..", 1, `".." stands only in position(..)`},
		{"parent in sum", "1 + ..", 5, `".." stands only in position(..)`},
		{"position without parent", "position(1)", 1, `position() takes ".." or the ${name} of a repeat`},
		{"bad pattern", "regex(., '[a')", 10, "regular expression: missing closing ]"},
		{"look-ahead", "regex(., 'a(?=b)')", 10, "regular expression: invalid or unsupported Perl syntax"},
		{"exploding pattern", "regex(., '((a{90}){90}){90}')", 10, "regular expression: invalid repeat count"},
		{"large pattern", "regex(., '(a{30}){30}(b{30}){30}')", 10, "regular expression too large when its repetitions are written out"},
		{"long pattern", "regex(., '" + strings.Repeat("a", 513) + "')", 10, "regular expression longer than 512 bytes"},
		{"deep parentheses", strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), 201, "nested deeper than 200"},
		{"deep minus", strings.Repeat("- ", 300) + "1", 399, "nested deeper than 200"},
		{"long sum", "${a}" + strings.Repeat("+${a}", 250), 1005, "nested deeper than 200"},
		{"bad date letter", "format-date('2020-01-01', '%Q')", 27, "%Q is not a part of a date or time"},
		{"long source", "'" + strings.Repeat("a", expr.MaxSource) + "'", 0, "longer than 8192 bytes"},
		{"not UTF-8", "'\xff'", 0, "not valid UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := expr.Compile(c.source)
			var detail *expr.Error
			if !errors.As(err, &detail) {
				t.Fatalf("got %v, want an *expr.Error", err)
			}
			if diff := cmp.Diff(expr.Error{Column: c.column, Message: c.message}, *detail); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProgram_Dependencies(t *testing.T) {
	p, err := expr.Compile("if(${b} > 1 and position(..) = 1, ${a}, ${b}) + decimal-date-time(now()) + .")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "a"}, p.Names()); diff != "" {
		t.Error(diff)
	}
	want := []expr.Reference{{Name: "b", Column: 4}, {Name: "a", Column: 35}, {Name: "b", Column: 41}}
	if diff := cmp.Diff(want, p.References()); diff != "" {
		t.Error(diff)
	}
	if !p.UsesClock() || !p.UsesSelf() || !p.UsesPosition() || p.UsesRows() {
		t.Errorf("clock %v self %v position %v rows %v", p.UsesClock(), p.UsesSelf(), p.UsesPosition(), p.UsesRows())
	}
	if p, _ := expr.Compile("string-length() > 3"); !p.UsesSelf() {
		t.Error("a function that reads \".\" by default must count as reading it")
	}
}

func TestProgram_Folding(t *testing.T) {
	for source, constant := range map[string]bool{
		"1 + 2 * 3": true, "concat('a', 'b') = 'ab'": true, "if(true(), 1, 2)": true, "regex('a', '[a-z]')": true,
		"${a} + 1": false, "today()": false, "number()": false, ". = 1": false, "once(3)": false, "position(..)": false,
	} {
		p, err := expr.Compile(source)
		if err != nil {
			t.Fatal(source, err)
		}
		if _, got := p.Constant(); got != constant {
			t.Errorf("%s: constant %v", source, got)
		}
	}
}

func TestCompileFilter(t *testing.T) {
	p, err := expr.CompileFilter("region = ${region} and not(closed)")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]expr.Reference{{Name: "region", Column: 1}, {Name: "closed", Column: 28}}, p.Columns()); diff != "" {
		t.Error(diff)
	}
	env := answers{values: map[string]expr.Value{"region": expr.Text("west")}, columns: map[string]string{"region": "west"}}
	if got, err := p.Eval(env); err != nil || !got.Truth() {
		t.Errorf("got %v, %v", got, err)
	}
	env.columns["closed"] = "yes"
	if got, err := p.Eval(env); err != nil || got.Truth() {
		t.Errorf("closed: got %v, %v", got, err)
	}
}

func TestEval_Fuel(t *testing.T) {
	rows := make([]expr.Value, 2000)
	for i := range rows {
		rows[i] = expr.Float(float64(i))
	}
	p, err := expr.Compile("${a} = ${b}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Eval(answers{values: map[string]expr.Value{"a": expr.NodeSet(rows), "b": expr.NodeSet([]expr.Value{
		expr.Text("x"), expr.Text("y"), expr.Text("z"), expr.Text("x"), expr.Text("y"), expr.Text("z"), expr.Text("q"),
	})}})
	if err != nil {
		t.Errorf("14 000 comparisons: %v", err)
	}
	for i := range rows {
		rows[i] = expr.Text("a" + string(rune('b'+i%20)))
	}
	other := slices.Repeat([]expr.Value{expr.Text("never")}, 2000)
	_, err = p.Eval(answers{values: map[string]expr.Value{"a": expr.NodeSet(rows), "b": expr.NodeSet(other)}})
	if !errors.Is(err, expr.ErrFuel) {
		t.Errorf("4 000 000 comparisons: got %v", err)
	}
}

func TestEval_LongTexts(t *testing.T) {
	rows := slices.Repeat([]expr.Value{expr.Text(strings.Repeat("a", 4000))}, 20)
	p, err := expr.Compile("join(' ', ${a})")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Eval(answers{values: map[string]expr.Value{"a": expr.NodeSet(rows)}}); err == nil {
		t.Error("a text of 80 000 bytes was built")
	}
	p, err = expr.Compile("regex(${a}, ${b})")
	if err != nil {
		t.Fatal(err)
	}
	env := answers{values: map[string]expr.Value{"a": expr.Text(strings.Repeat("a", 60000)), "b": expr.Text("(a*a*a*){100}b")}}
	start := time.Now()
	_, err = p.Eval(env)
	if !errors.Is(err, expr.ErrFuel) {
		t.Errorf("a heavy expression: got %v after %v", err, time.Since(start))
	}
	env.values["b"] = expr.Text("[")
	if _, err := p.Eval(env); err == nil || err.Error() != "char 13: regular expression: missing closing ]" {
		t.Errorf("a broken pattern in an answer: got %v", err)
	}
}

func TestValue_Conversions(t *testing.T) {
	for text, want := range map[string]float64{
		"5": 5, " -5.50 ": -5.5, ".5": 0.5, "5.": 5, "-": math.NaN(), "": math.NaN(), "1e3": math.NaN(), "+1": math.NaN(),
		"0x10": math.NaN(), "1 2": math.NaN(), "NaN": math.NaN(), "Infinity": math.NaN(), "1.2.3": math.NaN(), ".": math.NaN(),
	} {
		if got := expr.Text(text).Number(); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("number(%q) = %v, want %v", text, got, want)
		}
	}
	for number, want := range map[float64]string{
		5: "5", -0.5: "-0.5", 1e21: "1000000000000000000000", math.Copysign(0, -1): "0", math.Inf(-1): "-Infinity", 1e-7: "0.0000001",
	} {
		if got := expr.Float(number).String(); got != want {
			t.Errorf("string(%v) = %q, want %q", number, got, want)
		}
	}
	if expr.Float(math.NaN()).Truth() || !expr.Float(math.NaN()).Empty() || !expr.Text("false").Truth() {
		t.Error("truth of NaN or of a text")
	}
	if !expr.Float(math.NaN()).Same(expr.Float(math.NaN())) || expr.Text("1").Same(expr.Float(1)) {
		t.Error("Same")
	}
}

func TestParseDate(t *testing.T) {
	for text, ok := range map[string]bool{
		"1990": true, "1990-03": true, "1990-03-31": true, "2024-02-29": true, "2023-02-29": false, "1990-13": false,
		"1990-00": false, "0000": false, "1990-3-1": false, "1990/03/01": false, "": false, "199a": false, "1990-04-31": false,
	} {
		date, got := expr.ParseDate(text)
		if got != ok {
			t.Errorf("%q: %v", text, got)
		}
		if got && date.String() != text {
			t.Errorf("%q comes back as %q", text, date.String())
		}
	}
}

// TestFunctionNames holds the dialect: question sets are written against it, so a name never disappears.
func TestFunctionNames(t *testing.T) {
	want := strings.Fields(`abs acos asin atan atan2 base64-decode base64-encode boolean boolean-from-string ceiling checklist coalesce
		concat contains cos count count-non-empty count-selected date date-time decimal-date-time decimal-time difference-in-months digest ends-with exp exp10
		false floor format-date format-date-time if indexed-repeat int join jr:choice-name log log10 max min normalize-space not now number
		once pi position pow pulldata random regex round selected selected-at sin sqrt starts-with string string-length substr substring
		substring-after substring-before sum tan today translate true uuid version weighted-checklist`)
	got := expr.FunctionNames()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
