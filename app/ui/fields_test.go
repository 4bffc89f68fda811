package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"feltbok/app/theme"
)

func TestFields_TouchHeightRingAndOrder(t *testing.T) {
	lookup := func(string, int) []Choice { return nil }
	date := NewDateField(texts(), func(string) (string, string, error) { return "", "", nil })
	many := NewPickMany(texts(), lookup)
	type stop struct {
		name   string
		object fyne.CanvasObject
		focus  fyne.Focusable
	}
	text, area, number := NewTextField(""), NewTextArea("", 2), NewNumberField(texts(), 0, 9)
	chips, pick, secret := NewYesNo(texts()), NewPickEntry(texts(), lookup), NewSecretEntry("")
	button, card := NewButton("Ny", func() {}), NewTapCard("Sak", func() {}, NewText("Sak"))
	table := NewTable([]Column{{Title: "A"}}, func() int { return 2 }, func(int, int) Cell { return Cell{Text: "x"} })
	search := NewSearchField(texts(), &SyncLoop{}, func(string) {})
	stops := []stop{
		{"text", text, text},
		{"area", area, area},
		{"number", number, number},
		{"date", date, date.Entry()},
		{"chips", chips, chips},
		{"pick", pick, pick},
		{"many", many, many.Entry()},
		{"secret", secret, secret},
		{"search", search, search},
		{"button", button, button},
		{"card", card, card},
		{"table", table, table.Focusable()},
	}
	objects := make([]fyne.CanvasObject, len(stops))
	for i, s := range stops {
		objects[i] = s.object
	}
	c := stage(t, objects...)
	for _, s := range stops {
		if height := s.object.MinSize().Height; height < 44 {
			t.Errorf("%s is %v high at 100 %%, want at least 44", s.name, height)
		}
		c.FocusNext()
		if c.Focused() != s.focus {
			t.Fatalf("the keyboard went to %T, want %s", c.Focused(), s.name)
		}
	}
	press(c, fyne.KeyTab)
	if c.Focused() != fyne.Focusable(text) {
		t.Errorf("after the last stop the keyboard went to %T", c.Focused())
	}
}

func TestFields_RingShowsFocus(t *testing.T) {
	for name, make := range map[string]func() fyne.CanvasObject{
		"text": func() fyne.CanvasObject { return NewTextField("") }, "secret": func() fyne.CanvasObject { return NewSecretEntry("") },
		"chips": func() fyne.CanvasObject { return NewYesNo(texts()) }, "button": func() fyne.CanvasObject { return NewButton("Ny", nil) },
		"card": func() fyne.CanvasObject { return NewTapCard("", nil, NewText("x")) },
	} {
		object := make()
		c := stage(t, object)
		before := c.Capture()
		c.Focus(object.(fyne.Focusable))
		if same(before, c.Capture()) {
			t.Errorf("%s looks the same with the keyboard as without", name)
		}
	}
}

func TestTextField_CommitsWhenLeft(t *testing.T) {
	first, second := NewTextField(""), NewTextArea("", 3)
	var log []string
	first.OnCommit = func(text string) { log = append(log, "first "+text) }
	second.OnCommit = func(text string) { log = append(log, "second "+text) }
	second.OnDone = func() { log = append(log, "done") }
	c := stage(t, first, second)
	c.Focus(first)
	write(c, "en")
	press(c, fyne.KeyTab)
	write(c, "to")
	press(c, fyne.KeyReturn)
	write(c, "tre")
	second.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyTab, Modifier: fyne.KeyModifierControl})
	second.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl})
	press(c, fyne.KeyTab)
	if got, want := strings.Join(log, "|"), "first en|second to\ntre\t|done"; got != want {
		t.Errorf("log %q, want %q", got, want)
	}
	log = nil
	first.Put("lagt inn")
	c.Focus(second)
	c.Focus(first)
	press(c, fyne.KeyTab)
	if len(log) != 0 {
		t.Errorf("Put called back: %q", log)
	}
}

func TestNumberField(t *testing.T) {
	n := NewNumberField(texts(), 0, 20)
	var log []string
	n.OnNumber = func(v int64, ok bool) { log = append(log, fmt.Sprint(v, ok)) }
	n.OnProblem = func(p string) { log = append(log, "problem "+fmt.Sprint(p != "")) }
	c := stage(t, n, NewButton("Ny", nil))
	c.Focus(n)
	write(c, "a1b9")
	press(c, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyReturn)
	n.Put("")
	write(c, "77")
	press(c, fyne.KeyReturn)
	n.SetText("")
	press(c, fyne.KeyReturn)
	want := "problem false|20 true|problem true|problem false|0 false"
	if got := strings.Join(log, "|"); got != want {
		t.Errorf("log %q, want %q", got, want)
	}
}

func TestDateField(t *testing.T) {
	d := NewDateField(texts(), func(typed string) (string, string, error) {
		if typed == "mars 90" {
			return "1990-03", "mars 1990", nil
		}
		return "", "", errors.New("no date")
	})
	var log []string
	d.OnDate = func(value string) { log = append(log, "["+value+"]") }
	c := stage(t, d, NewButton("Ny", nil))
	c.Focus(d.Entry())
	write(c, "mars 9")
	if d.Value() != "" || d.understood.Color != theme.ColorWarning {
		t.Errorf("half a date: value %q in colour %q", d.Value(), d.understood.Color)
	}
	write(c, "0")
	if d.Value() != "1990-03" || !strings.Contains(d.understood.Words, "mars 1990") {
		t.Errorf("value %q, shown %q", d.Value(), d.understood.Words)
	}
	press(c, fyne.KeyTab)
	c.Focus(d.Entry())
	d.Entry().SetText("tull")
	press(c, fyne.KeyTab)
	c.Focus(d.Entry())
	d.Entry().SetText("")
	press(c, fyne.KeyReturn)
	if got := strings.Join(log, ""); got != "[1990-03][]" {
		t.Errorf("dates reported: %s", got)
	}
}

func TestChips(t *testing.T) {
	options := []Choice{{Code: "a", Label: "Arbeid"}, {Code: "b", Label: "Bolig"}, {Code: "c", Label: "Annet"}}
	for _, s := range []struct {
		name  string
		multi bool
		keys  func(c fyne.Canvas)
		want  string
	}{
		{"digit chooses", false, func(c fyne.Canvas) { write(c, "2") }, "[b]done"},
		{"digit out of range does nothing", false, func(c fyne.Canvas) { write(c, "9") }, ""},
		{"one choice replaces the other", false, func(c fyne.Canvas) { write(c, "2"); write(c, "3") }, "[b]done[c]done"},
		{"arrows and space", false, func(c fyne.Canvas) {
			press(c, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyLeft, fyne.KeySpace)
		}, "[b]"},
		{"enter chooses and is done", false, func(c fyne.Canvas) { press(c, fyne.KeyDown, fyne.KeyReturn, fyne.KeyReturn) }, "[b]donedone"},
		{"several in the order of the options", true, func(c fyne.Canvas) { write(c, "31") }, "[c][a c]"},
		{"the same again takes it back", true, func(c fyne.Canvas) { write(c, "11") }, "[a][]"},
		{"letters move to the next option with it", false, func(c fyne.Canvas) { write(c, "a"); press(c, fyne.KeySpace) }, "[c]"},
		{"delete clears", false, func(c fyne.Canvas) { write(c, "1"); press(c, fyne.KeyDelete, fyne.KeyDelete) }, "[a]done[]"},
	} {
		t.Run(s.name, func(t *testing.T) {
			chips := NewChips(options, s.multi)
			log := ""
			chips.OnChosen = func(codes []string) { log += fmt.Sprint(codes) }
			chips.OnDone = func() { log += "done" }
			c := stage(t, chips)
			c.Focus(chips)
			s.keys(c)
			if log != s.want {
				t.Errorf("log %q, want %q", log, s.want)
			}
			chips.Disable()
			write(c, "1")
			if log != s.want {
				t.Error("a disabled group was changed")
			}
		})
	}
}

func TestChips_KeepAChoiceThatIsNoLongerOffered(t *testing.T) {
	chips := NewChips([]Choice{{Code: "a", Label: "A"}, {Code: "b", Label: "B"}}, false)
	stage(t, chips)
	chips.Put("b")
	chips.SetOptions([]Choice{{Code: "a", Label: "A"}})
	if len(chips.Chosen()) != 0 {
		t.Error("a choice that is not offered is reported")
	}
	chips.SetOptions([]Choice{{Code: "a", Label: "A"}, {Code: "b", Label: "B"}})
	if got := fmt.Sprint(chips.Chosen()); got != "[b]" {
		t.Errorf("offered again, the choice is %s", got)
	}
}

func TestMissingMenu(t *testing.T) {
	m := NewMissingMenu(texts())
	log := ""
	m.OnPick = func(code, reason string) { log += code + ":" + reason + ";" }
	c := stage(t, m)
	c.Focus(m.button)
	press(c, fyne.KeySpace)
	write(c, "2") // declined; the keyboard goes on to the reason
	write(c, "vil ikke")
	press(c, fyne.KeyReturn)
	if log != "declined:vil ikke;" || m.Code() != "declined" || c.Overlays().Top() != nil {
		t.Fatalf("log %q, code %q, overlay %v", log, m.Code(), c.Overlays().Top())
	}
	if m.button.Text != "Ønsker ikke å svare" {
		t.Errorf("the button says %q", m.button.Text)
	}
	c.Focus(m.button)
	press(c, fyne.KeySpace, fyne.KeyEscape)
	if c.Overlays().Top() != nil || log != "declined:vil ikke;" {
		t.Error("Escape did not just close the menu")
	}
	c.Focus(m.button)
	press(c, fyne.KeySpace, fyne.KeyDelete, fyne.KeyTab, fyne.KeyReturn)
	if log != "declined:vil ikke;:;" || m.Code() != "" {
		t.Errorf("taken back: log %q, code %q", log, m.Code())
	}
}
