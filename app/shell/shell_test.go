package shell_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"feltbok/app/shell"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/i18n"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
)

const phrase = "hest batteri stift rett vind kopp"

// newVault makes a training workspace of one interviewer and one lead; the folder is shared by the tests of this file.
func newVault(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	recovery, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	_, err = workspace.Create(context.Background(), workspace.CreateOptions{
		Dir: dir, Training: true, Alias: "laptop-a", KDF: vault.TestKDF, Recovery: recovery.Recipient().String(), Created: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC),
		Users: []workspace.NewUser{{Alias: "A", Role: "MLD", Passphrase: []byte(phrase)}, {Alias: "B", Role: "INT", Passphrase: []byte(phrase)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// page is a place that notes what happens to it.
type page struct {
	name    string
	session *ui.Session
	field   *ui.TextField
	log     *[]string
	mark    []any
}

func (p *page) Title() string              { return p.name }
func (p *page) Content() fyne.CanvasObject { return ui.Page(ui.NewField("Felt", p.field)) }
func (p *page) Enter(args ...any) {
	p.mark = args
	note := "enter " + p.name
	for _, a := range args {
		note += " " + a.(string)
	}
	*p.log = append(*p.log, note)
}
func (p *page) Leave()          { *p.log = append(*p.log, "leave "+p.name) }
func (p *page) Bookmark() []any { return p.mark }

// rig is a shell on a test window with a clock of its own.
type rig struct {
	*shell.Shell
	window fyne.Window
	loop   *ui.SyncLoop
	clock  shell.Instant
	log    []string
	pages  map[string]*page
	looks  []ui.Look
	alarm  func() // the machine goes to sleep
}

func newRig(t *testing.T, dir string, change ...func(*shell.Options)) *rig {
	t.Helper()
	test.NewTempApp(t)
	r := &rig{loop: &ui.SyncLoop{}, pages: map[string]*page{}, clock: shell.Instant{Wall: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}}
	r.window = test.NewTempWindow(t, nil)
	r.window.Resize(fyne.NewSize(1180, 760))
	build := func(name string) func(*ui.Session) ui.Place {
		return func(s *ui.Session) ui.Place {
			p := &page{name: name, session: s, log: &r.log, field: ui.NewTextField("")}
			p.field.OnCommit = func(text string) { r.log = append(r.log, "commit "+text) }
			r.pages[name] = p
			return p
		}
	}
	first := true
	options := shell.Options{
		Window: r.window, Dir: dir, Look: ui.Look{Lang: "nb"},
		Entries: []shell.Entry{
			{ID: "today", TitleKey: "shell.place.today", Icon: "today", Build: build("today")},
			{ID: "caseload", TitleKey: "shell.place.caseload", Icon: "caseload", Build: build("caseload")},
			{ID: "casefile", TitleKey: "shell.place.casefile", Icon: "casefile", Inner: true, Build: build("casefile")},
			{ID: "inbox", TitleKey: "shell.place.inbox", Icon: "inbox", Roles: []domain.Role{"HQC"}, Build: build("inbox")},
		},
		OnLook: func(look ui.Look) { r.looks = append(r.looks, look) },
		NewLoop: func() ui.Loop {
			if first { // the shell's own, which the test advances
				first = false
				return r.loop
			}
			return &ui.SyncLoop{}
		},
		Now:   func() shell.Instant { return r.clock },
		Watch: func(lock func()) func() { r.alarm = lock; return func() { r.alarm = nil } },
	}
	for _, f := range change {
		f(&options)
	}
	r.Shell = shell.New(options)
	r.Start()
	t.Cleanup(func() { r.Lock(shell.ByClosing) })
	return r
}

// pass lets time pass on both clocks in steps of the shell's tick.
func (r *rig) pass(d time.Duration) {
	for ; d > 0; d -= 2 * time.Second {
		r.clock.Wall = r.clock.Wall.Add(2 * time.Second)
		r.clock.Monotonic += 2 * time.Second
		r.loop.Advance(2 * time.Second)
	}
}

func (r *rig) typed(text string) {
	for _, c := range text {
		r.window.Canvas().Focused().TypedRune(c)
	}
}

func (r *rig) key(name fyne.KeyName) {
	r.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
}

func (r *rig) press(key fyne.KeyName, modifier fyne.KeyModifier) {
	r.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: modifier})
}

// unlock types passphrase and PIN as a person would.
func (r *rig) unlock(t *testing.T, code string) {
	t.Helper()
	r.typed(phrase)
	r.window.Canvas().FocusNext()
	r.typed(code)
	r.key(fyne.KeyReturn)
	if r.State() != shell.Open {
		t.Fatalf("state after unlocking is %v, want Open", r.State())
	}
}

func TestShell(t *testing.T) {
	dir := newVault(t)

	t.Run("unlock shows the places of the role and nothing else", func(t *testing.T) {
		r := newRig(t, dir)
		if r.window.Title() != "Feltbok" {
			t.Errorf("window title while locked is %q", r.window.Title())
		}
		r.unlock(t, "482615")
		if r.window.Title() != "Feltbok – ØVING" {
			t.Errorf("window title is %q, want the training mark", r.window.Title())
		}
		if r.Current() != "today" {
			t.Errorf("first place is %q, want today", r.Current())
		}
		r.press(fyne.Key2, fyne.KeyModifierControl)
		if r.Current() != "caseload" {
			t.Errorf("Ctrl+2 opened %q, want caseload", r.Current())
		}
		r.Go("inbox")
		if r.Current() != "caseload" {
			t.Errorf("a place of another role opened: %q", r.Current())
		}
		want := "enter today|leave today|enter caseload"
		if got := strings.Join(r.log, "|"); got != want {
			t.Errorf("log %q, want %q", got, want)
		}
	})

	t.Run("cover keeps what is typed, PIN lifts it, three wrong PINs lock", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "482615")
		field := r.pages["today"].field
		r.window.Canvas().Focus(field)
		r.typed("halv setning")
		r.press(fyne.KeyL, fyne.KeyModifierControl)
		if r.State() != shell.Covered {
			t.Fatalf("state after Ctrl+L is %v, want Covered", r.State())
		}
		if r.log[len(r.log)-1] != "commit halv setning" {
			t.Errorf("the cover fell without a commit: %q", r.log)
		}
		r.press(fyne.Key2, fyne.KeyModifierControl)
		if r.Current() != "today" {
			t.Error("Ctrl+2 opened a place under the cover")
		}
		r.typed("482616")
		r.key(fyne.KeyReturn)
		if r.State() != shell.Covered {
			t.Fatal("a wrong PIN lifted the cover")
		}
		r.typed("482615")
		r.key(fyne.KeyReturn)
		if r.State() != shell.Open {
			t.Fatalf("state after the right PIN is %v, want Open", r.State())
		}
		if r.window.Canvas().Focused() != fyne.Focusable(field) || field.Text != "halv setning" {
			t.Error("the editor did not keep its place and text")
		}
		r.press(fyne.KeyL, fyne.KeyModifierControl)
		for range 3 {
			r.typed("000000")
			r.key(fyne.KeyReturn)
		}
		if r.State() != shell.Locked {
			t.Fatalf("state after three wrong PINs is %v, want Locked", r.State())
		}
	})

	t.Run("idle time covers, then locks, and unlocking returns to the same place", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "482615")
		r.Go("casefile", "case-7")
		first := r.pages["casefile"]
		r.pass(90 * time.Second)
		r.window.Canvas().Focus(first.field)
		r.typed("x")
		r.pass(90 * time.Second)
		if r.State() != shell.Open {
			t.Fatalf("state is %v although somebody typed, want Open", r.State())
		}
		r.pass(40 * time.Second)
		if r.State() != shell.Covered {
			t.Fatalf("state after two idle minutes is %v, want Covered", r.State())
		}
		r.pass(14 * time.Minute)
		if r.State() != shell.Locked || r.Current() != "" {
			t.Fatalf("state after fifteen idle minutes is %v at %q, want Locked", r.State(), r.Current())
		}
		if _, err := first.session.WS.Cases(context.Background()); err == nil {
			t.Error("the workspace still answers after lock")
		}
		r.unlock(t, "")
		if r.Current() != "casefile" || r.log[len(r.log)-1] != "enter casefile case-7" {
			t.Errorf("after unlocking the place is %q, log %q", r.Current(), r.log)
		}
		if r.pages["casefile"] == first {
			t.Error("the place from before the lock is still in use")
		}
	})

	t.Run("a jump of the wall clock locks", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "482615")
		r.clock.Wall = r.clock.Wall.Add(2 * time.Hour)
		r.pass(2 * time.Second)
		if r.State() != shell.Locked {
			t.Fatalf("state after a sleep is %v, want Locked", r.State())
		}
	})

	t.Run("the panic key locks, also with a dialog open", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "482615")
		ui.Confirm(r.window, r.pages["today"].session.Texts, ui.Question{Title: "Slette?", Text: "…"})
		r.press(fyne.KeyK, fyne.KeyModifierControl)
		r.press(fyne.KeyL, fyne.KeyModifierControl|fyne.KeyModifierShift)
		if r.State() != shell.Locked || r.window.Canvas().Overlays().Top() != nil || r.window.Content().Visible() {
			t.Fatalf("state %v, overlay %v, page visible %v; want Locked and nothing on screen", r.State(), r.window.Canvas().Overlays().Top(), r.window.Content().Visible())
		}
		r.loop.Advance(50 * time.Millisecond)
		if r.Current() != "" || !r.window.Content().Visible() {
			t.Fatalf("the place is still %q, page visible %v; want the unlock page", r.Current(), r.window.Content().Visible())
		}
		if r.log[len(r.log)-1] != "leave today" {
			t.Errorf("the place was not left: %q", r.log)
		}
	})

	t.Run("the window closes between panic key and lock", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "482615")
		ws := r.pages["today"].session.WS
		r.press(fyne.KeyL, fyne.KeyModifierControl|fyne.KeyModifierShift)
		r.Lock(shell.ByClosing)
		if _, err := ws.Cases(context.Background()); err == nil || r.Current() != "" {
			t.Errorf("the workspace still answers (%v) at %q", err, r.Current())
		}
	})

	t.Run("a machine that goes to sleep finds everything locked", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "482615")
		ws := r.pages["today"].session.WS
		r.window.Canvas().Focus(r.pages["today"].field)
		r.typed("halv setning")
		r.press(fyne.KeyL, fyne.KeyModifierControl) // the cover is no hindrance
		r.alarm()
		if _, err := ws.Cases(context.Background()); err == nil || r.State() != shell.Locked {
			t.Errorf("state %v, and the workspace answers: %v", r.State(), err)
		}
		r.typed("halv passfrase")
		r.alarm()
		if r.window.Canvas().Focused().(*ui.SecretEntry).Len() != 0 {
			t.Error("what was typed on the unlock page survives the sleep")
		}
	})

	t.Run("idle times are those of the policy", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "482615")
		policy := r.pages["today"].session.WS.Policy()
		r.pass(2 * time.Second) // the first tick sees what was typed
		r.pass(policy.Cover - 2*time.Second)
		if r.State() != shell.Open {
			t.Fatalf("state just before %v is %v", policy.Cover, r.State())
		}
		r.pass(2 * time.Second)
		if r.State() != shell.Covered {
			t.Fatalf("state at %v is %v", policy.Cover, r.State())
		}
	})

	t.Run("language, theme and size change at run time", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "")
		r.Go("casefile", "case-7")
		before := r.pages["casefile"]
		before.session.Choose(ui.Look{Variant: theme.Dark, Percent: 150})
		if r.pages["casefile"] != before {
			t.Error("a change of theme built the place anew")
		}
		if got := theme.Size(theme.SizeTouch); got != 66 {
			t.Errorf("touch target at 150 %% is %v, want 66", got)
		}
		before.session.Choose(ui.Look{Lang: "en"})
		after := r.pages["casefile"]
		if after == before || after.session.Texts.Lang() != "en" || r.log[len(r.log)-1] != "enter casefile case-7" {
			t.Errorf("after a change of language: same place %v, language %s, log %q", after == before, after.session.Texts.Lang(), r.log)
		}
		if r.window.Title() != "Feltbok – TRAINING" {
			t.Errorf("title is %q", r.window.Title())
		}
		if len(r.looks) != 2 || r.looks[1] != (ui.Look{Lang: "en", Variant: theme.Dark, Percent: 150, Touch: ui.NotTouched}) {
			t.Errorf("remembered %+v", r.looks)
		}
	})

	t.Run("F1 shows the shortcuts from within a field", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "")
		r.window.Canvas().Focus(r.pages["today"].field)
		r.key(fyne.KeyF1)
		if r.window.Canvas().Overlays().Top() == nil {
			t.Fatal("F1 opened nothing")
		}
		r.key(fyne.KeyEscape)
		if r.window.Canvas().Overlays().Top() != nil {
			t.Fatal("Escape did not close the sheet")
		}
	})

	for _, lang := range i18n.Languages {
		t.Run("the sheet says every key of the window, and none that is not there: "+lang, func(t *testing.T) {
			r := newRig(t, dir, func(o *shell.Options) { o.Look.Lang = lang })
			r.unlock(t, "")
			r.window.Canvas().Unfocus()
			r.window.Canvas().OnTypedRune()('?')
			said := screen(r)
			texts := i18n.For(lang)
			for _, key := range shell.WindowKeys(r.Shell) {
				name := key.Keys(texts)
				if opens := key.Text == ""; opens {
					if has := strings.Contains(said, name); has != (key.Key <= "2") { // two places in the rail of this role
						t.Errorf("%s: %s stands in the sheet: %v", lang, name, has)
					}
					continue
				}
				if !strings.Contains(said, name) || !strings.Contains(said, key.Text) {
					t.Errorf("%s: the sheet does not say %s, %s", lang, name, key.Text)
				}
				if key.Do == nil {
					t.Errorf("%s does nothing", name)
				}
			}
		})
	}

	t.Run("nothing of the unlock page goes on taking what is typed", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "")
		if field := r.window.Canvas().Focused(); field != nil {
			t.Errorf("a %T has the keyboard after unlocking", field)
		}
	})

	t.Run("the search over everything opens anywhere but in a field, and leads there", func(t *testing.T) {
		r := newRig(t, dir)
		r.unlock(t, "")
		r.window.Canvas().Focus(r.pages["today"].field)
		r.typed("/")
		if r.window.Canvas().Overlays().Top() != nil || r.pages["today"].field.Text != "/" {
			t.Fatal("a letter in a field opened the search")
		}
		r.window.Canvas().Unfocus()
		r.window.Canvas().OnTypedRune()('/')
		if r.window.Canvas().Overlays().Top() == nil {
			t.Fatal("the search did not open")
		}
		r.typed("sak")
		r.key(fyne.KeyReturn)
		if r.Current() != "caseload" || r.window.Canvas().Overlays().Top() != nil {
			t.Errorf("Enter leads to %q", r.Current())
		}
		r.press(fyne.KeyK, fyne.KeyModifierControl|fyne.KeyModifierShift)
		r.key(fyne.KeyEscape)
		if r.window.Canvas().Overlays().Top() != nil {
			t.Error("Escape did not close the search")
		}
		r.Cover()
		r.window.Canvas().Unfocus()
		r.window.Canvas().OnTypedRune()('/')
		if r.State() != shell.Open && r.window.Canvas().Overlays().Top() != nil {
			t.Error("the search opened while covered or locked")
		}
	})
}

// TestShell_LowWindow: with text at 200 % in a window of 1024 × 600 the header gives its room to the place, its buttons are in the
// status line, and the rail scrolls to every place.
func TestShell_LowWindow(t *testing.T) {
	r := newRig(t, newVault(t), func(o *shell.Options) {
		for i := range 8 {
			more := o.Entries[0]
			more.ID += string(rune('a' + i))
			o.Entries = append(o.Entries, more)
		}
	})
	r.unlock(t, "482615")
	if r.PlaceHeight() > 700 {
		t.Errorf("the place has all %v points of the window", r.PlaceHeight())
	}
	theme.Apply(theme.New(theme.Light, theme.MaxScale))
	r.window.Resize(fyne.NewSize(1024, 600))
	if r.PlaceHeight() < 0.7*600 {
		t.Errorf("in a low window the place has %v of 600 points", r.PlaceHeight())
	}
	for _, id := range []string{"todayh", "today"} {
		r.Go(id)
		if !r.RailShows(id) {
			t.Errorf("the rail does not show %s", id)
		}
	}
}
