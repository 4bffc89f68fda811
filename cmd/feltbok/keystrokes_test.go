package main

import (
	"bufio"
	"context"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/app/shell"
	"feltbok/app/ui"
	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

// mostKeystrokes is how many keys the minimum record of a family of five may take. Shift, Ctrl and Alt count as keys.
const mostKeystrokes = 900

// typist plays a script of keys on a window of the test driver and counts them.
type typist struct {
	t      *testing.T
	shell  *shell.Shell
	window fyne.Window
	loops  []*ui.SyncLoop
	count  int
	said   string // the script's last comment
}

// rest lets everything happen that waits for the keyboard to be quiet.
func (y *typist) rest() {
	for _, loop := range y.loops {
		loop.Advance(time.Second)
	}
}

var modifiers = map[string]fyne.KeyModifier{"ctrl": fyne.KeyModifierControl, "alt": fyne.KeyModifierAlt, "shift": fyne.KeyModifierShift}

// key presses a key or a chord, as xdotool names it.
func (y *typist) key(name string) {
	y.t.Helper()
	parts := strings.Split(name, "+")
	y.count += len(parts)
	last := parts[len(parts)-1]
	var with fyne.KeyModifier
	for _, part := range parts[:len(parts)-1] {
		with |= modifiers[part]
	}
	canvas := y.window.Canvas()
	switch {
	case with != 0:
		shortcut := &desktop.CustomShortcut{KeyName: fyne.KeyName(strings.ToUpper(last)), Modifier: with}
		if last == "Return" {
			shortcut.KeyName = fyne.KeyReturn
		}
		y.shell.TypedShortcut(shortcut) // the test canvas keeps no shortcuts
	case last == "Tab":
		if tabs, ok := canvas.Focused().(fyne.Tabbable); ok && tabs.AcceptsTab() {
			canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyTab})
		} else {
			canvas.FocusNext()
		}
	case len(last) == 1:
		y.count-- // type counts it
		y.letters(last)
	default:
		if canvas.Focused() == nil {
			y.t.Fatalf("%s: nothing has the keyboard for %s", y.said, last)
		}
		canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyName(last)})
	}
	y.rest()
}

func (y *typist) letters(text string) {
	y.t.Helper()
	for _, r := range text {
		y.count++
		if unicode.IsUpper(r) || strings.ContainsRune("/?", r) {
			y.count++ // Shift
		}
		focused := y.window.Canvas().Focused()
		if focused == nil {
			y.t.Fatalf("%s: nothing has the keyboard for %q", y.said, r)
		}
		focused.TypedRune(r)
	}
}

// play plays a script; see .ci/keystrokes.txt.
func (y *typist) play(path string) {
	y.t.Helper()
	file, err := os.Open(path)
	if err != nil {
		y.t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "type":
			y.letters(rest)
		case "key":
			for name := range strings.FieldsSeq(rest) {
				y.key(name)
			}
		case "#":
			y.said = rest
		}
	}
}

// TestKeystrokes_FamilyOfFive: the minimum record of a family of five is complete after a script of keys, in the window with all its
// places, and takes at most so many of them.
func TestKeystrokes_FamilyOfFive(t *testing.T) {
	in := exchangetest.Install(t, "hq", "laptop-a")
	laptop := in.Laptops[0]
	exchangetest.Write(t, in.HQ, workspace.Target{Type: "mission", ID: exchangetest.Mission, Mission: exchangetest.Mission}, map[string]domain.Answer{"name": exchangetest.Text("Uttak prøve")})
	id := exchangetest.Write(t, in.HQ, workspace.Target{Type: "case"}, map[string]domain.Answer{
		"unhcr_case_no": exchangetest.Text("200-24C00001"), "status": exchangetest.Text("scheduled"), "mission": exchangetest.Text(exchangetest.Mission.String()),
	}).ID()
	exchangetest.Write(t, in.HQ, workspace.Target{Type: "household", Case: id, Subject: id}, map[string]domain.Answer{"name": exchangetest.Text("A")})
	exchangetest.Send(t, in.HQ, "laptop-a", laptop)

	test.NewTempApp(t)
	window := test.NewTempWindow(t, nil)
	window.Resize(fyne.NewSize(1280, 800))
	y := &typist{t: t, window: window}
	y.shell = shell.New(shell.Options{
		Window: window, Entries: places(), Dir: laptop.Dir, Start: "caseload", Look: ui.Look{Lang: "nb"},
		NewLoop: func() ui.Loop {
			loop := &ui.SyncLoop{}
			y.loops = append(y.loops, loop)
			return loop
		},
		Now:   func() shell.Instant { return shell.Instant{Wall: exchangetest.Today} },
		Watch: func(func()) func() { return func() {} },
		Unlock: func(ctx context.Context, dir, slot string, pass []byte, o workspace.Options) (ws *workspace.Workspace, err error) {
			o.Clock = clock.Func(laptop.Now)
			laptop.WS, err = workspace.Unlock(ctx, dir, slot, pass, o)
			return laptop.WS, err
		},
	})
	laptop.WS.Close()
	y.shell.Start()
	t.Cleanup(func() { y.shell.Lock(shell.ByClosing) })
	y.letters(string(laptop.Passphrase()))
	y.key("Return")
	if y.shell.State() != shell.Open {
		t.Fatal("the workspace did not open")
	}
	y.count = 0
	y.play("../../.ci/keystrokes.txt")
	y.rest()

	members, err := laptop.WS.Members(t.Context(), id)
	if err != nil || len(members) != 3 {
		t.Fatalf("interviews are held with %+v, want the household and two adults (%v)", members, err)
	}
	for _, member := range members {
		if member.Interview == uuid.Nil {
			t.Errorf("no interview with %q", member.Name)
			continue
		}
		session, err := laptop.WS.Interview(t.Context(), member.Interview)
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range session.Sections() {
			for _, path := range session.Instance(i).MissingMinimum() {
				t.Errorf("%s: %s %s lacks %s %s", member.Kind, at.Set.ID, at.Name, path.Repeat, path.Name)
			}
		}
		if left, err := session.ClosedLeft(t.Context()); err != nil || left {
			t.Errorf("%s: the closed part is unfinished (%v)", member.Kind, err)
		}
	}
	file, err := laptop.WS.OpenCase(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, person := range file.Persons() {
		line := []string{person.Text("given_names"), person.Text("family_name"), person.Text("sex"), person.Text("birth"), person.Text("relation_to_pa")}
		for _, field := range []string{"nationalities", "mother_tongue", "interpreter_language_1"} {
			answer := person.Answer(field)
			line = append(line, strings.Join(answer.List(), " "))
			if copied := strings.Contains(line[0], "Amina"); workspace.Copied(answer) == copied {
				t.Errorf("%s, %s: copied and not marked, or the other way round: %+v", line[0], field, answer)
			}
		}
		got = append(got, strings.Join(line, ", "))
	}
	want := []string{
		"Test Amina, Provesen, female, 1990-01-01, principal_applicant, SOM, som, som",
		"Test Yusuf, Testmann, male, 1986-03-12, spouse, SOM, som, som",
		"Test Hodan, Testmann, female, 2012, daughter, SOM, som, som",
		"Test Ali, Testmann, male, 2016-05, son, SOM, som, som",
		"Test Sahra, Testmann, female, 2021-08-30, daughter, SOM, som, som",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the family differs (-want +got):\n%s", diff)
	}
	for _, kind := range []domain.Type{"education", "work"} {
		if rows := file.Records(kind); len(rows) != 2 {
			t.Errorf("%d rows of %s, want one of each adult", len(rows), kind)
		}
	}
	t.Logf("%d keystrokes", y.count)
	if y.count > mostKeystrokes {
		t.Errorf("%d keystrokes, at most %d", y.count, mostKeystrokes)
	}
}
