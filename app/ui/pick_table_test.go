package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func languages(asked *[]int) LookupChoices {
	all := []Choice{{"tir", "Tigrinja", "ti"}, {"tig", "Tigre", ""}, {"ara", "Arabisk", "ar"}, {"prs", "Dari", ""}, {"swa", "Swahili", ""}}
	return func(text string, limit int) []Choice {
		if asked != nil {
			*asked = append(*asked, limit)
		}
		var found []Choice
		for _, c := range all {
			if strings.HasPrefix(strings.ToLower(c.Label), strings.ToLower(text)) {
				found = append(found, c)
			}
		}
		return found[:min(len(found), limit)]
	}
}

func TestPickEntry(t *testing.T) {
	for _, s := range []struct {
		name  string
		free  bool
		keys  func(c fyne.Canvas)
		want  string // calls
		shown string
	}{
		{"type, arrow, enter", false, func(c fyne.Canvas) { write(c, "ti"); press(c, fyne.KeyDown, fyne.KeyReturn) }, "tig;", "Tigre"},
		{"the first match is marked", false, func(c fyne.Canvas) { write(c, "a"); press(c, fyne.KeyEnter) }, "ara;", "Arabisk"},
		{"arrows go round", false, func(c fyne.Canvas) { write(c, "ti"); press(c, fyne.KeyUp, fyne.KeyReturn) }, "tig;", "Tigre"},
		{"tab takes the marked match and goes on", false, func(c fyne.Canvas) { write(c, "da"); press(c, fyne.KeyTab) }, "prs;", "Dari"},
		{"escape closes and keeps the old", false, func(c fyne.Canvas) { write(c, "da"); press(c, fyne.KeyEscape) }, "", ""},
		{"down opens the usual ones", false, func(c fyne.Canvas) { press(c, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn) }, "tig;", "Tigre"},
		{"no match is not kept", false, func(c fyne.Canvas) { write(c, "xyz"); press(c, fyne.KeyTab) }, "", ""},
		{"a free text is", true, func(c fyne.Canvas) { write(c, "xyz"); press(c, fyne.KeyTab) }, ";", "xyz"},
		{"backspace looks again", false, func(c fyne.Canvas) { write(c, "tx"); press(c, fyne.KeyBackspace, fyne.KeyReturn) }, "tir;", "Tigrinja"},
	} {
		t.Run(s.name, func(t *testing.T) {
			p := NewPickEntry(texts(), languages(nil))
			p.Free = s.free
			calls := ""
			p.OnPick = func(c Choice) { calls += c.Code + ";" }
			next := NewButton("Ny", nil)
			c := stage(t, p, next)
			c.Focus(p)
			s.keys(c)
			if calls != s.want || p.Text != s.shown || p.Opened() {
				t.Errorf("calls %q, text %q, open %v; want %q, %q, closed", calls, p.Text, p.Opened(), s.want, s.shown)
			}
			if strings.Contains(s.name, "tab") && c.Focused() != fyne.Focusable(next) {
				t.Errorf("the keyboard is at %T, want the next field", c.Focused())
			}
		})
	}
}

func TestPickEntry_EmptiedAndBounded(t *testing.T) {
	var asked []int
	p := NewPickEntry(texts(), languages(&asked))
	calls := ""
	p.OnPick = func(c Choice) { calls += "[" + c.Code + "]" }
	c := stage(t, p, NewButton("Ny", nil))
	p.PutChoice(Choice{Code: "ara", Label: "Arabisk"})
	if calls != "" {
		t.Fatal("PutChoice called back")
	}
	c.Focus(p)
	p.SetText("")
	press(c, fyne.KeyEscape)
	if p.Text != "Arabisk" {
		t.Fatalf("Escape left %q", p.Text)
	}
	p.SetText("")
	press(c, fyne.KeyTab) // nothing typed, so Tab takes nothing
	if calls != "[]" || p.Picked().Code != "" {
		t.Errorf("emptied: calls %q, picked %+v", calls, p.Picked())
	}
	for _, limit := range asked {
		if limit > pickRows+1 {
			t.Errorf("asked for %d choices, more than are ever shown", limit)
		}
	}
}

func TestPickMany(t *testing.T) {
	p := NewPickMany(texts(), languages(nil))
	log := ""
	p.OnChosen = func(cs []Choice) {
		for _, c := range cs {
			log += c.Code + " "
		}
		log += ";"
	}
	c := stage(t, p)
	c.Focus(p.Entry())
	write(c, "ara")
	press(c, fyne.KeyReturn)
	write(c, "da")
	press(c, fyne.KeyReturn)
	write(c, "ara")
	press(c, fyne.KeyReturn) // a second time: nothing
	test.Tap(p.tags.Objects[0].(*Button))
	if want := "ara ;ara prs ;prs ;"; log != want {
		t.Errorf("log %q, want %q", log, want)
	}
}

func TestTable(t *testing.T) {
	built := map[int]bool{}
	table := NewTable([]Column{{Title: "Sak", Sortable: true}, {Title: "Navn", Share: 1}, {Title: "Land", HideBelow: 5000}},
		func() int { return 100000 }, func(row, column int) Cell { built[row] = true; return Cell{Text: fmt.Sprint(row)} })
	log := ""
	table.OnOpen = func(row int) { log += fmt.Sprintf("open %d;", row) }
	table.OnMark = func(row int) { log += fmt.Sprintf("at %d;", row) }
	table.OnSort = func(column int, descending bool) { log += fmt.Sprintf("sort %d %v;", column, descending) }
	app := test.NewTempApp(t)
	_ = app
	window := test.NewTempWindow(t, table)
	window.Resize(fyne.NewSize(600, 400))
	c := window.Canvas()
	c.Focus(table.Focusable())
	press(c, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyReturn, fyne.KeyHome, fyne.KeyUp, fyne.KeyEnd, fyne.KeySpace)
	want := "at 1;at 2;at 1;open 1;at 0;at 99999;open 99999;"
	if log != want {
		t.Errorf("log %q, want %q", log, want)
	}
	if len(built) > 200 {
		t.Errorf("%d rows were built for a window of some ten", len(built))
	}
	if widths := table.widths(600); widths[2] != 0 {
		t.Error("a column for wide tables stands in a narrow one")
	}
	log = ""
	test.Tap(table.header.titles[0])
	test.Tap(table.header.titles[0])
	test.Tap(table.header.titles[1])
	if log != "sort 0 false;sort 0 true;" {
		t.Errorf("titles: %q", log)
	}
	table.Length = func() int { return 0 }
	table.Refresh()
	if table.Marked() != -1 {
		t.Error("an empty table has a marked row")
	}
	c.Focus(table.Focusable())
	press(c, fyne.KeyReturn, fyne.KeyDown) // nothing to open
}

func TestSearchField_WaitsForAPause(t *testing.T) {
	loop := &SyncLoop{}
	log := ""
	s := NewSearchField(texts(), loop, func(text string) { log += "[" + text + "]" })
	c := stage(t, s)
	c.Focus(s)
	write(c, "ami")
	loop.Advance(50 * time.Millisecond)
	write(c, "na")
	loop.Advance(time.Second)
	write(c, "x")
	press(c, fyne.KeyReturn, fyne.KeyEscape)
	if log != "[amina][aminax][]" {
		t.Errorf("asked for %s", log)
	}
}

func TestConfirm(t *testing.T) {
	test.NewTempApp(t)
	window := test.NewTempWindow(t, NewText(""))
	window.Resize(fyne.NewSize(800, 600))
	c := window.Canvas()
	log := ""
	ask := func() {
		Confirm(window, texts(), Question{
			Title: "Fjerne?", Text: "Alt blir borte.", Danger: true, Reason: ReasonRequired,
			OnYes: func(reason string) { log += "yes " + reason + ";" }, OnNo: func() { log += "no;" },
		})
	}
	ask()
	press(c, fyne.KeyEscape)
	ask()
	press(c, fyne.KeyTab, fyne.KeyReturn) // "yes" waits for a reason, so this is "no"
	ask()
	write(c, "  feil person ")
	press(c, fyne.KeyTab, fyne.KeyTab, fyne.KeyReturn)
	if log != "no;no;yes feil person;" || c.Overlays().Top() != nil {
		t.Errorf("log %q, overlay %v", log, c.Overlays().Top())
	}
}

func TestToaster(t *testing.T) {
	loop := &SyncLoop{}
	toaster := NewToaster(loop, "Lukk")
	stage(t, toaster)
	toaster.Say(Success, "a")
	toaster.Say(Error, "b")
	loop.Advance(toastTime)
	if toaster.Count() != 1 {
		t.Errorf("%d messages after a while, want the error only", toaster.Count())
	}
	toaster.Say(Error, "b") // a save that was tried again
	if toaster.Count() != 1 {
		t.Errorf("%d messages, want the same error once", toaster.Count())
	}
	for range 5 {
		toaster.Say(Info, "c")
	}
	if toaster.Count() != 3 {
		t.Errorf("%d messages at a time, want 3", toaster.Count())
	}
	toaster.Say(Error, "b") // the first one was pushed out
	toaster.Clear()
	toaster.Say(Error, "b")
	if toaster.Count() != 1 {
		t.Errorf("%d messages, want the error that came again", toaster.Count())
	}
}

func TestSplit(t *testing.T) {
	test.NewTempApp(t)
	list, detail := NewText("liste"), NewText("detalj")
	split := NewSplit(list, detail)
	var turns []bool
	split.OnNarrow = func(narrow bool) { turns = append(turns, narrow) }
	split.Resize(fyne.NewSize(1000, 500))
	if !list.Visible() || !detail.Visible() || split.Narrow() {
		t.Error("a wide split does not show both")
	}
	split.Resize(fyne.NewSize(700, 500))
	if !list.Visible() || detail.Visible() || !split.Narrow() {
		t.Error("a narrow split does not show the list alone")
	}
	split.ShowDetail()
	if list.Visible() || !detail.Visible() {
		t.Error("a narrow split does not show the detail alone")
	}
	if fmt.Sprint(turns) != "[true]" {
		t.Errorf("turns %v", turns)
	}
}

func TestDebouncer(t *testing.T) {
	loop := &SyncLoop{}
	calls := 0
	d := NewDebouncer(loop, 300*time.Millisecond, func() { calls++ })
	d.Touch()
	loop.Advance(200 * time.Millisecond)
	d.Touch()
	loop.Advance(200 * time.Millisecond)
	if calls != 0 {
		t.Fatal("called before it was quiet")
	}
	loop.Advance(100 * time.Millisecond)
	d.Flush()
	d.Touch()
	d.Flush()
	d.Touch()
	d.Stop()
	loop.Advance(time.Second)
	if calls != 2 {
		t.Fatalf("called %d times, want 2", calls)
	}
}

// TestDebouncer_TypingWithoutPause: pains.md row 2.
func TestDebouncer_TypingWithoutPause(t *testing.T) {
	loop, calls := &SyncLoop{}, 0
	d := NewDebouncer(loop, 300*time.Millisecond, func() { calls++ })
	for range 40 { // four seconds of a key every 100 ms
		d.Touch()
		loop.Advance(100 * time.Millisecond)
	}
	if calls < 5 {
		t.Errorf("%d calls in four seconds of typing, want at least 5", calls)
	}
	before := calls
	loop.Advance(time.Second)
	if calls != before+1 {
		t.Errorf("%d calls after the last key, want 1", calls-before)
	}
}
