package unlock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/unlock"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/pin"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
)

// rig is an unlock page on a test window, with doors that note what they are asked.
type rig struct {
	place  *unlock.Place
	window fyne.Window
	loop   *ui.SyncLoop
	asked  []string // slot and passphrase of each try
	handed [][]byte // the passphrases' own bytes
	opened []string
	refuse error
}

func newRig(t *testing.T, dir string, users ...string) *rig {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 100))
	r := &rig{loop: &ui.SyncLoop{}, window: test.NewTempWindow(t, nil)}
	r.window.Resize(fyne.NewSize(1024, 600))
	r.place = unlock.New(unlock.Options{
		Texts: i18n.For("en"), Loop: r.loop, Window: r.window, Dir: dir,
		Peek: func(dir string) (workspace.Info, error) {
			if !strings.HasSuffix(dir, "mission") {
				return workspace.Info{}, fault.New("V-HEADER", dir, errors.New("no vault"))
			}
			var info workspace.Info
			for _, user := range users {
				info.Users = append(info.Users, register.Login{Slot: "slot-" + user, Label: user})
			}
			return info, nil
		},
		Unlock: func(_ context.Context, dir, slot string, passphrase []byte, o workspace.Options) (*workspace.Workspace, error) {
			r.asked = append(r.asked, slot+":"+string(passphrase))
			r.handed = append(r.handed, passphrase)
			o.Progress("records")
			return nil, r.refuse
		},
		OnOpen: func(_ *workspace.Workspace, dir, slot string, code *pin.Pin) {
			with := "without PIN"
			if code != nil {
				with = "with PIN"
			}
			r.opened = append(r.opened, filepath.Base(dir)+" "+slot+" "+with)
		},
	})
	r.window.SetContent(r.place.Content())
	r.place.Enter()
	return r
}

func (r *rig) typed(text string) {
	for _, c := range text {
		r.window.Canvas().Focused().TypedRune(c)
	}
}

func (r *rig) enter() { r.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) }

// words collects every text on screen.
func words(o fyne.CanvasObject) string {
	var all []string
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *ui.Text:
			all = append(all, o.Words)
		case *ui.Button:
			all = append(all, o.Text)
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				walk(child)
			}
		}
	}
	walk(o)
	return strings.Join(all, "\n")
}

func TestUnlock_OpensAndClearsThePassphrase(t *testing.T) {
	r := newRig(t, "/field/mission", "A", "B")
	r.typed("hest batteri")
	r.enter()
	r.window.Canvas().Focused()
	if diff := cmp.Diff([]string{"slot-A:hest batteri"}, r.asked); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"mission slot-A without PIN"}, r.opened); diff != "" {
		t.Error(diff)
	}
	if strings.Trim(string(r.handed[0]), "\x00") != "" {
		t.Error("the passphrase is still in memory after the try")
	}
}

func TestUnlock_AnotherUserAndPIN(t *testing.T) {
	r := newRig(t, "/field/mission", "A", "B")
	r.window.Canvas().FocusPrevious()
	r.typed("2") // the second chip; the keyboard goes on to the passphrase
	r.typed("ord")
	r.window.Canvas().FocusNext()
	r.typed("123456")
	r.enter()
	if len(r.asked) != 0 || !strings.Contains(words(r.place.Content()), "Choose at least 6 digits") {
		t.Fatalf("a simple PIN was taken: %q", r.asked)
	}
	r.typed("482615")
	r.enter()
	if diff := cmp.Diff([]string{"mission slot-B with PIN"}, r.opened); diff != "" {
		t.Error(diff)
	}
}

func TestUnlock_FailedTriesWait(t *testing.T) {
	r := newRig(t, "/field/mission", "A")
	r.refuse = fault.New("V-PASS", "A", nil)
	for try, wait := range []time.Duration{1, 2, 4} {
		r.typed("feil")
		r.enter()
		if len(r.asked) != try+1 {
			t.Fatalf("try %d did not reach the workspace: %q", try+1, r.asked)
		}
		if got := words(r.place.Content()); !strings.Contains(got, i18n.For("en").Sentence(r.refuse)) {
			t.Fatalf("the page does not say what is wrong:\n%s", got)
		}
		r.loop.Advance(wait*time.Second - time.Millisecond)
		if !strings.Contains(words(r.place.Content()), "Wait 1 second") {
			t.Fatalf("after try %d the page does not wait:\n%s", try+1, words(r.place.Content()))
		}
		r.loop.Advance(time.Millisecond)
		if !strings.Contains(words(r.place.Content()), "Unlock") {
			t.Fatalf("after waiting the page does not go on:\n%s", words(r.place.Content()))
		}
	}
	r.refuse = nil
	r.typed("rett")
	r.enter()
	if len(r.opened) != 1 {
		t.Error("the right passphrase did not open after failed tries")
	}
}

func TestDelay(t *testing.T) {
	want := []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60}
	for failed, seconds := range want {
		if got := unlock.Delay(failed); got != seconds*time.Second {
			t.Errorf("after %d failed tries the wait is %v, want %ds", failed, got, seconds)
		}
	}
	if got := unlock.Delay(1000); got != time.Minute {
		t.Errorf("after 1000 failed tries the wait is %v", got)
	}
}

func TestUnlock_NoWorkspaceSaysHowToGetOne(t *testing.T) {
	r := newRig(t, "/field/empty")
	got := words(r.place.Content())
	for _, want := range []string{"No workspace here", "/field/empty", "feltbokctl enrol request", "Open another folder"} {
		if !strings.Contains(got, want) {
			t.Errorf("the empty page lacks %q:\n%s", want, got)
		}
	}
}

func TestUnlock_AnotherFolder(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"empty", "mission", ".hidden"} {
		if err := os.Mkdir(filepath.Join(home, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r := newRig(t, filepath.Join(home, "empty"), "A")
	var button *ui.Button
	var find func(o fyne.CanvasObject)
	find = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *ui.Button:
			if o.Text == "Open another folder" {
				button = o
			}
		case *fyne.Container:
			for _, child := range o.Objects {
				find(child)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				find(child)
			}
		}
	}
	find(r.place.Content())
	test.Tap(button)
	canvas := r.window.Canvas()
	if got := words(canvas.Overlays().Top()); !strings.Contains(got, "mission") || !strings.Contains(got, "Workspace") || strings.Contains(got, ".hidden") {
		t.Fatalf("the list of folders shows:\n%s", got)
	}
	canvas.FocusNext() // from the path to the list
	for range 2 {
		canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	r.enter()
	if canvas.Overlays().Top() != nil {
		t.Fatal("choosing a workspace did not close the list")
	}
	r.typed("ord")
	r.enter()
	if diff := cmp.Diff([]string{"mission slot-A without PIN"}, r.opened); diff != "" {
		t.Error(diff)
	}
}
