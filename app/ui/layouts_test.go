package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"feltbok/app/theme"
)

// fitted lays an object out at a width until it stands still, as a page that scrolls does, and returns its height.
func fitted(o fyne.CanvasObject, width float32) float32 {
	for range 3 {
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
	}
	return o.MinSize().Height
}

func TestRow_Breaks(t *testing.T) {
	for _, c := range []struct {
		name     string
		percent  int
		width    float32
		spacer   bool
		words    string
		broken   bool
		together bool // the two buttons stand on one line
	}{
		{"words and buttons have room", 100, 700, false, "Du er midt i et intervju med en familie som venter", false, true},
		{"large text", 200, 700, false, "Du er midt i et intervju med en familie som venter", true, true},
		{"short words need no line of their own", 100, 360, false, "3", false, true},
		{"words that would have a few letters of room", 100, 330, false, "Du er midt i et intervju", true, true},
		{"buttons with a space between", 100, 400, true, "", false, true},
		{"buttons that do not fit beside each other", 200, 300, true, "", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, c.percent))
			words := Paragraph(c.words)
			first, second := NewPrimary("Fortsett", nil), NewButton("Avbryt alt", nil)
			row := Row(theme.SizeGap, NewIcon("info", theme.ColorInk), Stretch(words), first, second)
			if c.spacer {
				row = Row(theme.SizeGap, first, Spacer(), second)
			}
			test.NewTempWindow(t, row)
			fitted(row, c.width)
			if broken := row.MinSize().Height > first.MinSize().Height+1 && (c.spacer || row.Objects[1].Position().Y+row.Objects[1].Size().Height <= first.Position().Y); broken != c.broken {
				t.Errorf("broken %v, want %v: %v high, the first button at %v", broken, c.broken, row.MinSize().Height, first.Position())
			}
			if together := first.Position().Y == second.Position().Y; together != c.together {
				t.Errorf("buttons at %v and %v, want on one line %v", first.Position(), second.Position(), c.together)
			}
			for _, o := range row.Objects {
				if end := o.Position().X + o.Size().Width; end > c.width+0.5 {
					t.Errorf("%T ends at %v of %v", o, end, c.width)
				}
				if end := o.Position().Y + o.Size().Height; end > row.Size().Height+0.5 {
					t.Errorf("%T ends at %v of a height of %v", o, end, row.Size().Height)
				}
			}
		})
	}
}

// A row that could break does not make the page wider than the window.
func TestRow_PageStaysInTheWindow(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 200))
	page := Page(Card(Row(theme.SizeGap, Stretch(Paragraph("Kva maskina må ha")), NewButton("Hald fram med intervjuet", nil), NewButton("Vis sakene", nil))))
	window := test.NewTempWindow(t, page)
	window.SetPadded(false)
	window.Resize(fyne.NewSize(720, 400))
	if width := page.Content.Size().Width; width > 720 {
		t.Errorf("the page is %v wide in a window of 720", width)
	}
}

func TestText_Shorter(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	day := Strong("I morgen, mandag 23. november")
	day.Shorten, day.Shorter = true, []string{"Mandag 23. november", "Mandag 23.11."}
	name := Strong("intervjuer A på laptop-a")
	name.Shorten, name.Shorter = true, []string{"intervjuer A", ""}
	for _, c := range []struct {
		text  *Text
		width float32
		want  string
	}{
		{day, 400, "I morgen, mandag 23. november"},
		{day, 200, "Mandag 23. november"},
		{day, 120, "Mandag 23.11."},
		{day, 60, "Mand…"},
		{name, 300, "intervjuer A på laptop-a"},
		{name, 120, "intervjuer A"},
		{name, 40, ""},
	} {
		if got := shorten(c.text.fitting(c.width), c.width, c.text.measure); got != c.want {
			t.Errorf("%q at %v: %q, want %q", c.text.Words, c.width, got, c.want)
		}
	}
}

// The rows below a head have room, also with large text in a low window: both scroll together there.
func TestAbove(t *testing.T) {
	for _, c := range []struct {
		percent int
		size    fyne.Size
		scrolls bool
	}{
		{100, fyne.NewSize(480, 700), false}, {100, fyne.NewSize(480, 500), false}, {200, fyne.NewSize(900, 470), true}, {200, fyne.NewSize(900, 1100), false},
	} {
		test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, c.percent))
		chips := NewChips([]Choice{{Code: "a", Label: "Førespurnader"}, {Code: "b", Label: "Oversikt"}, {Code: "c", Label: "Underskrifter"}, {Code: "d", Label: "Partnarar"}}, false)
		table := NewTable([]Column{{Title: "Kven", Share: 1, Least: 100}}, func() int { return 40 }, func(int, int) Cell { return Cell{Text: "laptop-a"} })
		page := Above(Inset(theme.SizeGapWide, Stack(theme.SizeGap, chips, Paragraph("Maskiner og brukarar i uttaket. Dei har sagt at dei har den nyaste katalogen."))), container.NewStack(table))
		window := test.NewTempWindow(t, page)
		window.SetPadded(false)
		window.Resize(c.size)
		if rows := table.Size().Height; rows < 3*theme.Size(theme.SizeTouch) {
			t.Errorf("%d %% in %v: the rows have %v", c.percent, c.size, rows)
		}
		if scrolls := page.Content.Size().Height > c.size.Height+1; scrolls != c.scrolls {
			t.Errorf("%d %% in %v: scrolls %v, want %v", c.percent, c.size, scrolls, c.scrolls)
		}
		window.Canvas().Focus(table.Focusable())
		driver := fyne.CurrentApp().Driver()
		if top := driver.AbsolutePositionForObject(table).Y; top < 0 || top+min(table.Size().Height, 3*theme.Size(theme.SizeTouch)) > c.size.Height {
			t.Errorf("%d %% in %v: with the keyboard on them the rows begin at %v of %v", c.percent, c.size, top, c.size.Height)
		}
		if page.Content.Size().Width > c.size.Width {
			t.Errorf("%d %% in %v: %v wide", c.percent, c.size, page.Content.Size().Width)
		}
	}
}
