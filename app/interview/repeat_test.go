package interview

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"feltbok/app/ui"
	"feltbok/internal/form"
)

// TestInterview_TwentyClicks: pains.md row 12. Twenty clicks on "add" make the one row that was asked for, and twenty on
// "finish" end the interview once.
func TestInterview_TwentyClicks(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("languages")
	add := s.p.page.repeats[form.Path{Name: "language"}].add
	for range 20 {
		test.Tap(add)
	}
	if rows := s.p.instance().Rows("language"); len(rows) != 1 {
		t.Fatalf("%d rows after twenty clicks, want 1", len(rows))
	}
	if file := s.file(); len(file.Rows("language", woman)) != 0 {
		t.Error("an empty row is on disk")
	}
	s.p.answer(s.row("language"), words("swa"))
	test.Tap(add)
	if rows := s.p.instance().Rows("language"); len(rows) != 2 {
		t.Errorf("%d rows after the first was filled in, want 2", len(rows))
	}
	before := len(s.file().Interviews())
	for range 20 {
		s.p.finish()
	}
	if s.p.session.Status() != "ready_for_review" || len(s.file().Interviews()) != before {
		t.Errorf("status %q", s.p.session.Status())
	}
	if file := s.file(); len(file.Rows("language", woman)) != 1 {
		t.Errorf("%d rows on disk, want the one with an answer", len(file.Rows("language", woman)))
	}
}

func TestInterview_RemoveRowAndBringBack(t *testing.T) {
	s, woman := shared.interview(t, "nb")
	s.to("languages")
	s.p.addRow()
	s.p.answer(s.row("language"), words("swa"))
	id := s.p.instance().Rows("language")[0]
	v := s.p.page.repeats[form.Path{Name: "language"}]
	v.remove(id)
	if rows := s.file().Rows("language", woman); len(rows) != 0 {
		t.Fatal("the row is still there")
	}
	back := find[*ui.Button](v.undo, func(b *ui.Button) bool { return b.Text == s.p.t.T("interview.row.undo") })
	if back == nil {
		t.Fatal("nothing offers to bring the row back")
	}
	test.Tap(back)
	rows := s.file().Rows("language", woman)
	if len(rows) != 1 || rows[0].Text("language") != "swa" || s.answer(form.Path{Row: id, Repeat: "language", Name: "language"}).Text() != "swa" {
		t.Errorf("the row did not come back: %v", rows)
	}
}

// TestInterview_LongList: of a long list some rows are on the page, the open one among them, and the others are one button away.
func TestInterview_LongList(t *testing.T) {
	s, _ := shared.interview(t, "nb")
	s.to("languages")
	for range 45 {
		s.p.addRow()
		s.p.answer(s.row("language"), words("swa"))
	}
	v := s.p.page.repeats[form.Path{Name: "language"}]
	rows := s.p.instance().Rows("language")
	button := func(part string) *ui.Button {
		return find[*ui.Button](v.list, func(b *ui.Button) bool { return strings.Contains(b.Text, part) })
	}
	if v.open != rows[44] || len(v.lines) != 19 || button("25 rader før") == nil || button("etter") != nil {
		t.Fatalf("row %d of %d is open, %d are closed", slices.Index(rows, v.open), len(rows), len(v.lines))
	}
	test.Tap(button("25 rader før"))
	if v.lines[rows[5]] == nil || v.lines[rows[24]] == nil || v.lines[rows[25]] != nil || button("5 rader før") == nil || button("20 rader etter") == nil {
		t.Errorf("one page back shows rows from %d", v.from)
	}
	if s.p.s.Window.Canvas().Focused() != fyne.Focusable(v.lines[rows[5]].card) {
		t.Error("the first row on the page has not the keyboard")
	}
	v.show(rows[0], true)
	if v.from != 0 || button("før") != nil || button("25 rader etter") == nil {
		t.Errorf("the first row is open, and the page begins with %d", v.from)
	}
	v.remove(rows[0])
	if len(v.lines) != 20 {
		t.Errorf("%d rows are on the page after one was removed", len(v.lines))
	}
}
