package form_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
)

func TestInstance_Relevance(t *testing.T) {
	i := open(t,
		question("integer", "q1"),
		question("begin_group", "g", "relevant", "${q1} > 17"),
		question("integer", "q2"),
		question("integer", "q3", "relevant", "${q2} = 1"),
		question("end_group", ""),
		question("integer", "q4", "relevant", "${q3} = 5"),
	)
	if i.Visible(main("g")) || i.Visible(main("q2")) || i.Visible(main("q4")) {
		t.Fatal("an unanswered question opens others")
	}
	changed := i.Set(main("q1"), number(18))
	if diff := cmp.Diff([]form.Path{main("g"), main("q2")}, changed.Shown); diff != "" {
		t.Error(diff)
	}
	i.Set(main("q2"), number(1))
	i.Set(main("q3"), number(5))
	if !i.Visible(main("q4")) {
		t.Fatal("q4 is hidden")
	}
	changed = i.Set(main("q1"), number(17))
	if diff := cmp.Diff([]form.Path{main("g"), main("q2"), main("q3"), main("q4")}, changed.Hidden); diff != "" {
		t.Error(diff)
	}
	if answer, _ := i.Answer(main("q3")).Int(); answer != 5 {
		t.Error("a hidden question lost its answer")
	}
	if got := i.Progress(); got.Relevant != 1 || got.Answered != 1 {
		t.Errorf("hidden questions count: %+v", got)
	}
	i.Set(main("q1"), number(40))
	if !i.Visible(main("q4")) {
		t.Error("shown again, the kept answer does not count")
	}
}

func TestInstance_MissingAnswers(t *testing.T) {
	i := open(t,
		question("integer", "q1", "required", "yes", "bind::feltbok:minimum", "yes"),
		question("integer", "q2"),
		question("integer", "q3", "required", "yes", "bind::feltbok:severity", "soft"),
		question("acknowledge", "tick", "required", "${q2} != 9"),
		question("integer", "q5", "relevant", "${q1} = ''"),
	)
	for _, c := range []struct {
		name     string
		path     form.Path
		answer   domain.Answer
		rules    string
		progress form.Progress
	}{
		{"nothing", main("q1"), domain.Answer{}, "hard required", form.Progress{Relevant: 5, RequiredMissing: 3, MinimumMissing: 1}},
		{"a value", main("q1"), number(0), "", form.Progress{Answered: 1, Relevant: 4, RequiredMissing: 2}},
		{"unknown with a reason", main("q1"), missing(domain.Unknown, "no papers"), "", form.Progress{Answered: 1, Relevant: 5, RequiredMissing: 2}},
		{"unknown without", main("q1"), missing(domain.Unknown, " "), "soft reason", form.Progress{Answered: 1, Relevant: 5, RequiredMissing: 2}},
		{"declined without", main("q1"), missing(domain.Declined, ""), "soft reason", form.Progress{Answered: 1, Relevant: 5, RequiredMissing: 2}},
		{"not applicable", main("q1"), missing(domain.NotApplicable, ""), "", form.Progress{Answered: 1, Relevant: 5, RequiredMissing: 2}},
		{"not asked", main("q1"), missing(domain.NotAsked, "tired"), "soft not_asked", form.Progress{Relevant: 5, RequiredMissing: 3, MinimumMissing: 1}},
		{"an optional one not asked", main("q2"), missing(domain.NotAsked, ""), "soft not_asked", form.Progress{Relevant: 5, RequiredMissing: 4, MinimumMissing: 1}},
		{"an optional one unknown", main("q2"), missing(domain.Unknown, ""), "", form.Progress{Answered: 1, Relevant: 5, RequiredMissing: 3, MinimumMissing: 1}},
		{"a soft one", main("q3"), domain.Answer{}, "soft required", form.Progress{Answered: 1, Relevant: 5, RequiredMissing: 3, MinimumMissing: 1}},
		{"a tick that is not set", main("tick"), domain.Answer{Value: false}, "hard required", form.Progress{Answered: 1, Relevant: 5, RequiredMissing: 3, MinimumMissing: 1}},
		{"a tick", main("tick"), domain.Answer{Value: true}, "", form.Progress{Answered: 2, Relevant: 5, RequiredMissing: 2, MinimumMissing: 1}},
	} {
		i.Set(c.path, c.answer)
		if got := rules(i, c.path); got != c.rules {
			t.Errorf("%s: %q, want %q", c.name, got, c.rules)
		}
		if diff := cmp.Diff(c.progress, i.Progress()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	i.Set(main("tick"), domain.Answer{})
	if diff := cmp.Diff([]form.Path{main("q1"), main("q3"), main("tick")}, i.Missing()); diff != "" {
		t.Error(diff)
	}
	i.Set(main("q2"), number(9))
	if i.Required(main("tick")) || len(i.Problems(main("tick"))) > 0 {
		t.Error("required stays although its condition fails")
	}
	if diff := cmp.Diff([]form.Path{main("q1")}, i.MissingMinimum()); diff != "" {
		t.Error(diff)
	}
}

func TestInstance_Problems(t *testing.T) {
	i := open(t,
		question("integer", "q1", "constraint", ". >= 0 and . <= ${q2}"),
		question("integer", "q2", "parameters", "start=0 end=10"),
		question("integer", "q3", "constraint", ". < 5", "bind::feltbok:severity", "soft"),
		question("text", "birth", "appearance", "partial_date", "constraint", ". <= today()"),
		question("date", "day"),
		question("dateTime", "at"),
		question("select_one yes_no", "yes"),
		question("select_one place", "one", "choice_filter", "region = ${t1} or ${t1} = ''"),
		question("select_multiple place", "many", "constraint", "not(selected(., 'alta') and count-selected(.) > 1)"),
		question("text", "t1"),
	)
	for _, c := range []struct {
		name   string
		answer domain.Answer
		want   string
	}{
		{"q1", domain.Answer{}, ""},
		{"q1", number(1), "hard constraint"}, // q2 is not known
		{"q2", number(3), ""},
		{"q1", number(1), ""},
		{"q1", number(4), "hard constraint"},
		{"q1", missing(domain.Unknown, ""), ""},
		{"q1", text("four"), "hard wrong_type"},
		{"q2", number(11), "hard range"},
		{"q3", number(5), "soft constraint"},
		{"birth", text("1990"), ""},
		{"birth", text("2026"), ""},
		{"birth", text("2026-03-18"), "hard constraint"},
		{"birth", text("18.03.2026"), "hard wrong_type"},
		{"day", text("2026-03"), "hard wrong_type"},
		{"day", text("2026-02-29"), "hard wrong_type"},
		{"at", text("2026-03-17T09:30:00+03:00"), ""},
		{"at", text("17.03.2026"), "hard wrong_type"},
		{"yes", text("yes"), ""},
		{"yes", text("maybe"), "hard not_in_list"},
		{"yes", domain.Answer{Value: true}, "hard wrong_type"},
		{"one", text("voss"), ""},
		{"one", text("oslo"), "hard not_in_list"},
		{"t1", text("north"), ""},
		{"one", text("voss"), "hard not_offered"},
		{"one", text("alta"), ""},
		{"many", domain.Answer{Value: []string{"alta", "voss"}}, "hard constraint"},
		{"many", domain.Answer{Value: []string{"bodo", "voss"}}, ""},
	} {
		i.Set(main(c.name), c.answer)
		if got := rules(i, main(c.name)); got != c.want {
			t.Errorf("%s = %v: %q, want %q", c.name, c.answer.Value, got, c.want)
		}
	}
	if got := i.Progress().HardProblems; got != 6 { // q1, q2, birth, day, at, yes
		t.Errorf("%d hard problems", got)
	}
	changed := i.Set(main("t1"), text("west"))
	if diff := cmp.Diff([]form.Path{main("one")}, changed.Checked); diff != "" {
		t.Error("the filter's question changed:", diff)
	}
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, problem := range i.Problems(main("q2")) {
			if problem.Message.In(lang) == "" || problem.Message[lang] == "" {
				t.Errorf("no message in %s", lang)
			}
		}
	}
	if got := i.Problems(main("q2"))[0].Message["en"]; got != "Enter a number from 0 to 10." {
		t.Error(got)
	}
}

func TestInstance_Calculations(t *testing.T) {
	i := open(t,
		question("calculate", "sum", "calculation", "${q1} + ${q2}"),
		question("calculate", "third", "calculation", "${sum} div 3"),
		question("integer", "q1"),
		question("integer", "q2", "relevant", "${q1} != 0"),
		question("integer", "q3", "calculation", "if(${third} > 2, 7, '')"),
		question("select_one yes_no", "yes", "relevant", "${third} > 3"),
		question("calculate", "other_yes", "calculation", "${q1} > 1"),
		question("calculate", "age", "calculation", "int((today() - date('1990-03-01')) div 365.25)"),
	)
	if got := i.Answer(main("sum")); !got.Empty() {
		t.Errorf("a sum of nothing is stored: %v", got)
	}
	i.Set(main("q1"), number(2))
	changed := i.Set(main("q2"), number(8))
	want := []form.Made{{Path: main("sum"), Answer: number(10)}, {Path: main("q3"), Answer: number(7)}}
	if diff := cmp.Diff(want, changed.Made); diff != "" {
		t.Error(diff)
	}
	if !i.Visible(main("yes")) || i.Calculated(main("third")) != "3.3333333333333335" || i.Calculated(main("age")) != "36" {
		t.Errorf("third %s, age %s", i.Calculated(main("third")), i.Calculated(main("age")))
	}
	if !i.ReadOnly(main("q3")) || i.ReadOnly(main("q1")) {
		t.Error("what is calculated is read only, what is asked is not")
	}
	changed = i.Set(main("q1"), number(0))
	want = []form.Made{{Path: main("other_yes"), Answer: text("no")}, {Path: main("sum")}, {Path: main("q3")}}
	if diff := cmp.Diff(len(want), len(changed.Made)); diff != "" {
		t.Error(diff, changed.Made)
	}
	if got := i.Answer(main("sum")); !got.Empty() {
		t.Errorf("q2 is hidden, but the sum is %v", got)
	}
}

func TestInstance_Repeats(t *testing.T) {
	i := open(t,
		question("integer", "q1"),
		question("begin_repeat", "work", "required", "${q1} = 1", "bind::feltbok:minimum", "yes", "relevant", "${q1} != 2"),
		question("integer", "q2", "default", "3", "constraint", "not(. = 4)"),
		question("integer", "q3", "relevant", "${q2} > ${q1}", "required", "yes"),
		question("calculate", "place", "calculation", "position(..)"),
		question("text", "t1", "default", "concat('job ', ${place})"),
		question("end_repeat", ""),
		question("calculate", "sum", "calculation", "sum(${q2})"),
		question("calculate", "rows", "calculation", "count(${work})"),
		question("calculate", "shown", "calculation", "count(${q3})"),
		question("calculate", "second", "calculation", "indexed-repeat(${q2}, ${work}, 2)"),
		question("calculate", "names", "calculation", "join(', ', ${t1})"),
	)
	state := func() string {
		return i.Calculated(main("sum")) + "|" + i.Calculated(main("rows")) + "|" + i.Calculated(main("shown")) + "|" +
			i.Calculated(main("second")) + "|" + i.Calculated(main("names"))
	}
	expect := func(step, want string) {
		t.Helper()
		if got := state(); got != want {
			t.Errorf("%s: %s, want %s", step, got, want)
		}
	}
	expect("empty", "0|0|0||")
	i.Set(main("q1"), number(1))
	if diff := cmp.Diff([]form.Path{main("work")}, i.MissingMinimum()); diff != "" {
		t.Error(diff)
	}
	changed := i.AddRow("work", row(1))
	want := []form.Made{{Path: inRow(1, "q2"), Answer: number(3)}, {Path: main("sum"), Answer: number(3)}, {Path: inRow(1, "t1"), Answer: text("job 1")}}
	if diff := cmp.Diff(want, changed.Made); diff != "" {
		t.Error(diff)
	}
	if len(i.MissingMinimum()) != 0 {
		t.Error("a row is there, but missed")
	}
	i.AddRow("work", row(2))
	i.AddRow("work", row(3))
	i.AddRow("work", row(3))
	i.AddRow("work", uuid.Nil)
	i.AddRow("nothing", row(4))
	expect("three rows", "9|3|3|3|job 1, job 2, job 3")
	i.Set(inRow(2, "q2"), number(0))
	expect("row 2 hides q3", "6|3|2|0|job 1, job 2, job 3")
	if i.Visible(inRow(2, "q3")) || !i.Visible(inRow(3, "q3")) {
		t.Error("the rows are not looked at one by one")
	}
	i.Set(inRow(3, "q2"), number(4))
	if rules(i, inRow(3, "q2")) != "hard constraint" || rules(i, inRow(1, "q2")) != "" {
		t.Error("the rows' constraints are not looked at one by one")
	}
	changed = i.RemoveRow("work", row(1))
	expect("row 1 is gone", "4|2|1|4|job 2, job 3")
	if i.Calculated(inRow(3, "place")) != "2" {
		t.Errorf("row 3 is now number %s", i.Calculated(inRow(3, "place")))
	}
	if diff := cmp.Diff([]uuid.UUID{row(2), row(3)}, i.Rows("work")); diff != "" {
		t.Error(diff)
	}
	if len(changed.Hidden) != 3 || i.Has(inRow(1, "q2")) {
		t.Errorf("hidden with the row: %v", changed.Hidden)
	}
	before := i.Progress()
	i.Set(main("q1"), number(2))
	expect("the repeat is hidden", "0|0|0||")
	if got := i.Progress(); got.Relevant != 1 {
		t.Errorf("rows of a hidden repeat count: %+v", got)
	}
	i.Set(main("q1"), number(1))
	if diff := cmp.Diff(before, i.Progress()); diff != "" {
		t.Error(diff)
	}
	i.RemoveRow("work", row(2))
	i.RemoveRow("work", row(3))
	i.RemoveRow("work", row(3))
	expect("empty again", "0|0|0||")
}

func TestInstance_Defaults(t *testing.T) {
	i := open(t,
		question("integer", "q1", "default", "5"),
		question("integer", "q2", "default", "${q1} + 1"),
		question("integer", "q3", "default", "9", "relevant", "${q1} = 6"),
		question("date", "day", "default", "today()"),
		question("select_one yes_no", "yes", "default", "no"),
		question("select_multiple place", "many", "default", "alta voss"),
		question("integer", "q4", "default", "1"),
		question("integer", "q5", "default", "concat('x', '')"),
	)
	i.Set(main("q4"), missing(domain.Declined, ""))
	want := []form.Made{
		{Path: main("q1"), Answer: number(5)},
		{Path: main("q2"), Answer: number(6)},
		{Path: main("day"), Answer: text("2026-03-17")},
		{Path: main("yes"), Answer: text("no")},
		{Path: main("many"), Answer: domain.Answer{Value: []string{"alta", "voss"}}},
	}
	if diff := cmp.Diff(want, i.ApplyDefaults().Made); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]form.Made(nil), i.ApplyDefaults().Made); diff != "" {
		t.Error("a second time:", diff)
	}
}

func TestInstance_Choices(t *testing.T) {
	i := open(t,
		question("select_one place", "one", "choice_filter", "region = ${t1}"),
		question("text", "t1"),
		question("note", "n", "label::nb", "Du bor i ${one}, ${t1}. ${ukjent", "label::en", "You live in ${one}"),
	)
	labels := func(lang string) (found []string) {
		for _, entry := range i.Choices(main("one"), lang) {
			found = append(found, entry.Code+"="+entry.Label)
		}
		return found
	}
	if got := labels("nb"); got != nil {
		t.Errorf("without a region: %v", got)
	}
	i.Set(main("t1"), text("north"))
	if diff := cmp.Diff([]string{"alta=Alta", "bodo=Bodø"}, labels("nn")); diff != "" {
		t.Error(diff)
	}
	i.Set(main("one"), text("bodo"))
	if got := i.Label(main("n"), "nb"); got != "Du bor i Bodø, north. ${ukjent" {
		t.Error(got)
	}
	if i.Choices(main("t1"), "nb") != nil || i.Choices(main("nothing"), "nb") != nil {
		t.Error("choices of a question without a list")
	}
}

func TestInstance_Context(t *testing.T) {
	set := read(t,
		question("hidden", "age_years"),
		question("integer", "q1", "relevant", "${age_years} >= 15"),
		question("integer", "q2", "relevant", "${interview_type} = 'follow_up'"),
	)
	i := form.New(set, form.Context{Clock: today})
	i.Evaluate()
	if i.Visible(main("q1")) || i.Visible(main("q2")) {
		t.Error("shown without a context")
	}
	i.SetContext("age_years", "15")
	i.SetContext("interview_type", "follow_up")
	if !i.Visible(main("q1")) || !i.Visible(main("q2")) {
		t.Error("the context does not reach the questions")
	}
	for _, c := range []struct {
		age, kind string
		want      bool
	}{{"34", "individual_adult", true}, {"14", "household", false}, {"", "household", false}, {"34", "child_talk", false}} {
		context := form.Context{Values: map[string]string{"age_years": c.age, "interview_type": c.kind}}
		if got := form.Applies(set, context); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

// TestInstance_Hostile: paths that do not exist, and answers of any kind on any question, change nothing or bring a problem.
func TestInstance_Hostile(t *testing.T) {
	i := open(t,
		question("integer", "q1"), question("select_multiple place", "many"), question("text", "t1"), question("text", "table"),
		question("begin_repeat", "work"), question("date", "day"), question("end_repeat", ""), question("note", "n"),
		question("calculate", "c", "calculation", "concat(${q1}, ${many}, ${t1}, ${table}, ${day}, ${n2})"), question("hidden", "n2"),
	)
	i.AddRow("work", row(1))
	values := []any{nil, "x", "2026-01-01", int64(3), true, []string{"a"}, []map[string]string{{"a": "b"}}, []byte("{}"), 3.5, struct{}{}}
	for _, path := range []form.Path{
		main("q1"), main("many"), main("t1"), main("table"), inRow(1, "day"), inRow(2, "day"), main("n"), main("work"), main("c"), main("day"),
		{Repeat: "work", Name: "q1"},
		{Row: row(1), Name: "q1"},
		{},
		{Repeat: "x", Name: "y", Row: row(9)},
	} {
		for _, value := range values {
			i.Set(path, domain.Answer{Value: value})
			i.Put(path, domain.Answer{Value: value})
			i.Evaluate()
			i.Choices(path, "nb")
			i.Label(path, "xx")
		}
	}
	if len(i.Faults()) != 0 {
		t.Error(i.Faults())
	}
}

// TestInstance_NewDay: what reads today() follows the clock when everything is evaluated again.
func TestInstance_NewDay(t *testing.T) {
	now := time.Date(2026, 3, 17, 23, 59, 0, 0, time.UTC)
	i := form.New(read(t, question("date", "day", "constraint", ". >= today()")), form.Context{Clock: clock.Func(func() time.Time { return now })})
	i.Put(main("day"), text("2026-03-17"))
	i.Evaluate()
	if rules(i, main("day")) != "" {
		t.Error("refused on the day itself")
	}
	now = now.Add(time.Minute)
	i.Evaluate()
	if rules(i, main("day")) != "hard constraint" {
		t.Error("allowed on the next day")
	}
}

// TestInstance_RowsStayFlat (pains.md row 3): adding row 500 evaluates as much as adding row 2, although others read the
// rows.
func TestInstance_RowsStayFlat(t *testing.T) {
	i := open(t,
		question("integer", "q1"),
		question("begin_repeat", "work"),
		question("integer", "q2", "relevant", "${q1} != 3", "default", "1"),
		question("integer", "q3", "relevant", "${q2} = 1", "constraint", ". < ${q1}"),
		question("end_repeat", ""),
		question("calculate", "sum", "calculation", "sum(${q2}) + count(${work})"),
	)
	work := func(n int) int {
		before := i.Evaluated()
		i.AddRow("work", row(n))
		i.Set(inRow(n, "q3"), number(1))
		return i.Evaluated() - before
	}
	work(1)
	second := work(2)
	for n := 3; n < 500; n++ {
		work(n)
	}
	if last := work(500); last != second {
		t.Errorf("row 2 evaluates %d expressions, row 500 %d", second, last)
	}
}

// TestInstance_OnlyDependents: an answer evaluates what reads it, not the set.
func TestInstance_OnlyDependents(t *testing.T) {
	i := form.New(read(t, largeSurvey()...), form.Context{Clock: today})
	i.Evaluate()
	all := i.Evaluated()
	i.Set(main("q551"), number(1))
	if one := i.Evaluated() - all; one > 2 || all < 420 {
		t.Errorf("an answer that nobody reads evaluates %d expressions, the set %d", one, all)
	}
}

// TestInstance_Texts: every message exists in every language.
func TestInstance_Texts(t *testing.T) {
	keys := []string{"required", "required_row", "reason", "not_asked", "constraint", "range", "not_in_list", "not_offered"}
	for _, word := range []string{"integer", "date", "partial_date", "time", "choice", "other"} {
		keys = append(keys, "wrong_type."+word)
	}
	for _, lang := range i18n.Languages {
		for _, key := range keys {
			if !i18n.For(lang).Has("form." + key) {
				t.Errorf("%s has no text form.%s", lang, key)
			}
		}
	}
}

// TestChoices_EndedCodes (pains.md row 20): a code that has ended is no longer offered, but stays with the answer that
// holds it, and is no fault of the answer.
func TestChoices_EndedCodes(t *testing.T) {
	ended := ""
	for _, entry := range codelist.Entries("municipality") {
		if entry.ValidTo != "" && entry.ValidTo < "2026-03-17" {
			ended = entry.Code
		}
	}
	if ended == "" {
		t.Fatal("no municipality has ended")
	}
	i := open(t, question("select_one municipality", "one"))
	offers := func() bool {
		return slices.ContainsFunc(i.Choices(main("one"), "nb"), func(e codelist.Entry) bool { return e.Code == ended })
	}
	if offers() {
		t.Error("an ended code is offered")
	}
	i.Set(main("one"), text(ended))
	if !offers() || rules(i, main("one")) != "" {
		t.Errorf("the answer's code is lost: %q", rules(i, main("one")))
	}
}
