package unlock_test

import (
	"context"
	"errors"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/unlock"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/pin"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
)

// doors is an unlock page in front of a folder in some state.
type doors struct {
	rig
	state    string // fault code of Peek; "" opens
	waiting  time.Duration
	released []string
	codes    [][]byte
	wiped    int
	salvaged []string
	readOnly []bool
	report   workspace.SalvageReport
}

func newDoors(t *testing.T, lang, state string, refuse error, waiting time.Duration) *doors {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 100))
	d := &doors{state: state, waiting: waiting}
	d.refuse = refuse
	d.loop, d.window = &ui.SyncLoop{}, test.NewTempWindow(t, nil)
	d.window.Resize(fyne.NewSize(1024, 600))
	d.place = unlock.New(unlock.Options{
		Texts: i18n.For(lang), Loop: d.loop, Window: d.window, Dir: "/field/mission",
		Peek: func(string) (workspace.Info, error) {
			if d.state != "" {
				return workspace.Info{}, fault.New(d.state, "mission", nil)
			}
			return workspace.Info{Users: []register.Login{{Slot: "slot-A", Label: "A"}, {Slot: "slot-B", Label: "B"}}}, nil
		},
		Unlock: func(_ context.Context, _, slot string, passphrase []byte, o workspace.Options) (*workspace.Workspace, error) {
			d.asked = append(d.asked, slot+":"+string(passphrase))
			d.handed = append(d.handed, passphrase)
			d.readOnly = append(d.readOnly, o.ReadOnly)
			for _, stage := range []string{"keys", "upgrade", "records", "index"} {
				o.Progress(stage)
				if strings.Contains(words(d.place.Content()), "⟦") {
					t.Errorf("stage %s has no words", stage)
				}
			}
			if o.ReadOnly {
				return nil, nil
			}
			return nil, d.refuse
		},
		Wait: func(_, slot string) time.Duration {
			if slot == "slot-B" {
				return 0
			}
			return d.waiting
		},
		Release: func(_ context.Context, _ string, code []byte) error {
			d.released = append(d.released, string(code))
			d.codes = append(d.codes, code)
			if d.refuse == nil {
				d.state = ""
			}
			return d.refuse
		},
		Wipe: func(_ context.Context, _ string, progress func(string)) error {
			d.wiped++
			progress("keys")
			d.state = "V-MISSING"
			return d.refuse
		},
		Salvage: func(_ context.Context, from, to, slot string, passphrase []byte, progress func(done, total int)) (workspace.SalvageReport, error) {
			d.salvaged = append(d.salvaged, from+" "+to+" "+slot+":"+string(passphrase))
			d.handed = append(d.handed, passphrase)
			progress(1, 2)
			return d.report, nil
		},
		OnOpen: func(_ *workspace.Workspace, _, slot string, _ *pin.Pin) { d.opened = append(d.opened, slot) },
	})
	d.window.SetContent(d.place.Content())
	d.place.Enter()
	return d
}

func (d *doors) says(part string) bool {
	all := words(d.place.Content())
	for _, o := range d.window.Canvas().Overlays().List() {
		all += "\n" + words(o)
	}
	return strings.Contains(all, part)
}

func (d *doors) tap(t *testing.T, text string) {
	t.Helper()
	var found *ui.Button
	var find func(o fyne.CanvasObject)
	find = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *ui.Button:
			if o.Text == text && o.Visible() {
				found = o
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
	for _, o := range append([]fyne.CanvasObject{d.place.Content()}, d.window.Canvas().Overlays().List()...) {
		find(o)
	}
	if found == nil || found.Disabled() {
		t.Fatalf("no button %q:\n%s", text, words(d.place.Content()))
	}
	test.Tap(found)
}

func (d *doors) key(name fyne.KeyName) {
	d.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
}

func (d *doors) hold(time time.Duration) {
	button := d.window.Canvas().Focused().(desktop.Keyable)
	button.KeyDown(&fyne.KeyEvent{Name: fyne.KeySpace})
	d.loop.Advance(time)
	button.KeyUp(&fyne.KeyEvent{Name: fyne.KeySpace})
}

func salvaged(report register.SalvageReport) workspace.SalvageReport {
	return workspace.SalvageReport{SalvageReport: report}
}

const travelCode = "7K3QD4M9TXW2B8FHJ6CPV5N0R="

func TestTravel_ReleasesByCode(t *testing.T) {
	d := newDoors(t, "nb", "V-TRAVEL", fault.New("V-CODE", "", nil), 0)
	if !d.says("Reiselåsen er på") || d.says("Passfrase\n") {
		t.Fatalf("the page of a locked folder:\n%s", words(d.place.Content()))
	}
	d.typed("7k3qd-4m9tx w2b8f")
	d.enter()
	if len(d.released) != 0 || !d.says("Koden mangler 11 tegn.") {
		t.Fatalf("half a code: %q\n%s", d.released, words(d.place.Content()))
	}
	d.typed("hj6cp v5nor =")
	d.enter()
	if diff := cmp.Diff([]string{travelCode}, d.released); diff != "" {
		t.Fatal(diff)
	}
	if !d.says("Koden stemmer ikke") {
		t.Fatalf("a wrong code:\n%s", words(d.place.Content()))
	}
	d.refuse = nil
	d.key(fyne.KeyBackspace) // what was typed stays to be corrected
	d.typed("=")
	d.enter()
	if len(d.released) != 2 || !d.says("Reiselåsen er av.") || !d.says("Hvem er du?") {
		t.Fatalf("after the right code: %q\n%s", d.released, words(d.place.Content()))
	}
	for _, code := range d.codes {
		if strings.Trim(string(code), "\x00") != "" {
			t.Error("the code is still in memory after the try")
		}
	}
	d.typed("ord")
	d.enter()
	if len(d.opened) != 1 {
		t.Error("the released folder does not open")
	}
}

// A wait goes on where the program was closed to be rid of it, and concerns only whose passphrase was tried.
func TestWait_GoesOnAfterARestart(t *testing.T) {
	d := newDoors(t, "en", "", nil, 3500*time.Millisecond)
	if !d.says("Wait 4 seconds") || !d.says("The passphrase was wrong.") {
		t.Fatalf("at the start:\n%s", words(d.place.Content()))
	}
	d.enterPassphrase("ord")
	if len(d.asked) != 0 {
		t.Fatal("a try went through while waiting")
	}
	d.loop.Advance(3400 * time.Millisecond)
	if !d.says("Wait 1 second") {
		t.Fatalf("just before the end:\n%s", words(d.place.Content()))
	}
	d.waiting = 0
	d.loop.Advance(200 * time.Millisecond)
	d.enterPassphrase("ord")
	if len(d.opened) != 1 {
		t.Errorf("after the wait: %q\n%s", d.asked, words(d.place.Content()))
	}

	d = newDoors(t, "en", "", nil, time.Minute)
	d.window.Canvas().Focus(d.chips(t))
	d.typed("2") // B has not tried anything
	d.enterPassphrase("ord")
	if diff := cmp.Diff([]string{"slot-B"}, d.opened); diff != "" {
		t.Errorf("another user must not wait: %s", diff)
	}
}

func TestWait_ToldByTheRegister(t *testing.T) {
	d := newDoors(t, "en", "", fault.New("V-WAIT", "8", nil), 0)
	d.waiting = 8 * time.Second
	d.enterPassphrase("ord")
	if !d.says("Wait 8 seconds") {
		t.Errorf("after V-WAIT:\n%s", words(d.place.Content()))
	}
}

// enterPassphrase types into the passphrase entry, wherever the keyboard was.
func (d *doors) enterPassphrase(text string) {
	d.place.Enter()
	if entry, ok := d.window.Canvas().Focused().(*ui.SecretEntry); ok {
		d.window.Canvas().Focus(entry)
		d.typed(text)
		d.enter()
	}
}

func (d *doors) chips(t *testing.T) *ui.Chips {
	t.Helper()
	for range 6 {
		d.window.Canvas().FocusPrevious()
		if chips, ok := d.window.Canvas().Focused().(*ui.Chips); ok {
			return chips
		}
	}
	t.Fatal("no choice of users")
	return nil
}

func TestDamage_NamesThePartAndOpensReadOnly(t *testing.T) {
	tests := []struct{ code, where, part string }{
		{"V-ROOT", "case", "Saksopplysninger: noe er fjernet"},
		{"V-ROW", "special", "Særlige hensyn og helse: en rad"},
		{"V-KEY", "sealed", "Skjermede opplysninger: en nøkkel"},
		{"V-LEDGER", "", "En del av registeret: er stilt tilbake"},
		{"V-RING", "audit-read", "Lesing av loggen: nøkkelringen"},
		{"V-DAMAGED", "vault.db", "En del av registeret: filen er skadet"},
	}
	for _, tc := range tests {
		d := newDoors(t, "nb", "", fault.New(tc.code, tc.where, errors.New("x")), 0)
		d.enterPassphrase("ord")
		if !d.says(tc.part) || !d.says("("+tc.code+")") || !d.says("Feltbok har ikke endret noe.") {
			t.Fatalf("%s:\n%s", tc.code, words(d.place.Content()))
		}
		if len(d.opened) != 0 {
			t.Fatalf("%s opened", tc.code)
		}
		d.enter() // without a passphrase nothing opens
		if len(d.asked) != 1 {
			t.Fatal("opened without a passphrase")
		}
		d.typed("ord")
		d.enter()
		if diff := cmp.Diff([]bool{false, true}, d.readOnly); diff != "" || len(d.opened) != 1 {
			t.Errorf("%s: read-only %s, opened %q", tc.code, diff, d.opened)
		}
	}
}

func TestDamage_SalvagesIntoANewFolder(t *testing.T) {
	d := newDoors(t, "nb", "", fault.New("V-ROW", "case", nil), 0)
	d.report = salvaged(register.SalvageReport{
		Tables: []register.SalvagedTable{{Ring: domain.RingOpen, Table: "op", Kept: 5}, {Ring: domain.RingOpen, Table: "object", Kept: 2}, {Ring: domain.RingOf(domain.Case), Kept: 40}},
		Damage: []register.Damage{{Ring: domain.RingOf(domain.Case), Code: "V-ROW", Table: "object", Rows: 3}},
	})
	d.enterPassphrase("ord")
	d.typed("ord")
	d.tap(t, "Berg over i en ny mappe …")
	if !d.says("Den skadde mappen blir bare lest.") || len(d.salvaged) != 0 {
		t.Fatalf("the question for the folder:\n%s", words(d.window.Canvas().Overlays().Top()))
	}
	d.enter() // the folder offered is beside the damaged one
	if diff := cmp.Diff([]string{"/field/mission /field/mission-berget slot-A:ord"}, d.salvaged); diff != "" {
		t.Fatal(diff)
	}
	for _, part := range []string{"7 rader er berget", "40 rader er berget", "3 rader kunne ikke berges", "3 rader kunne ikke berges. Hovedkontoret"} {
		if !d.says(part) {
			t.Errorf("the report lacks %q:\n%s", part, words(d.place.Content()))
		}
	}
	for _, secret := range d.handed {
		if strings.Trim(string(secret), "\x00") != "" {
			t.Error("a passphrase is still in memory")
		}
	}
	d.refuse = nil
	d.enter() // "open the new folder" has the keyboard
	if !d.says("/field/mission-berget") || !d.says("Hvem er du?") {
		t.Errorf("after the salvage:\n%s", words(d.place.Content()))
	}
}

func TestWiped_IsFinishedAndSaysHowToGoOn(t *testing.T) {
	d := newDoors(t, "nb", "V-WIPED", nil, 0)
	if !d.says("En sletting ble avbrutt") {
		t.Fatalf("an interrupted wipe:\n%s", words(d.place.Content()))
	}
	d.enter()
	if d.wiped != 1 || !d.says("Ingen arbeidsmappe her") || !d.says("meldes inn på nytt") {
		t.Errorf("wiped %d times:\n%s", d.wiped, words(d.place.Content()))
	}
}

// The wipe is open to whoever holds the machine, without a passphrase, behind the same two confirmations.
func TestWipe_FromTheUnlockPage(t *testing.T) {
	for _, state := range []string{"", "V-TRAVEL"} {
		d := newDoors(t, "nb", state, nil, 0)
		d.tap(t, "Nødsletting")
		if !d.says("Hvor mye det er, vises bare når arbeidsmappen er låst opp.") {
			t.Fatalf("what is lost:\n%s", words(d.place.Content()))
		}
		d.key(fyne.KeyEscape)
		if d.says("Siste bekreftelse") || d.wiped != 0 {
			t.Fatal("Escape did not turn back")
		}
		d.tap(t, "Nødsletting")
		d.typed("slett")
		d.enter()
		d.enter()
		d.hold(ui.HoldTime / 2)
		if d.wiped != 0 {
			t.Fatal("wiped after one confirmation")
		}
		d.hold(ui.HoldTime)
		if d.wiped != 1 || !d.says("Ingen arbeidsmappe her") || !d.says("meldes inn på nytt") {
			t.Errorf("wiped %d times:\n%s", d.wiped, words(d.place.Content()))
		}
	}
}

func TestUpgrade_FailureSaysThatNothingChanged(t *testing.T) {
	d := newDoors(t, "nb", "", fault.New("V-UPGRADE", "mission", nil), 0)
	d.enterPassphrase("ord")
	if !d.says(i18n.For("nb").Sentence(d.refuse)) || d.says("⟦") {
		t.Errorf("after a failed upgrade:\n%s", words(d.place.Content()))
	}
	d.refuse = nil
	d.enterPassphrase("ord")
	if len(d.opened) != 1 {
		t.Error("no second try after a failed upgrade")
	}
}

// TestStates_LanguagesAndSizes boots every state in three languages and, when asked, draws them.
func TestStates_LanguagesAndSizes(t *testing.T) {
	for _, lang := range i18n.Languages {
		for _, state := range []string{"", "V-TRAVEL", "V-WIPED", "V-ROOT", "salvaged"} {
			peek, refuse := state, error(nil)
			if state == "V-ROOT" || state == "salvaged" {
				peek, refuse = "", fault.New("V-ROOT", "case", nil)
			}
			d := newDoors(t, lang, peek, refuse, 0)
			if refuse != nil {
				d.enterPassphrase("ord")
			}
			if state == "salvaged" {
				d.report = salvaged(register.SalvageReport{Tables: []register.SalvagedTable{{Ring: domain.RingOf(domain.Case), Kept: 40, Opaque: true}}, Damage: []register.Damage{{Code: "V-DAMAGED"}}})
				d.typed("ord")
				d.tap(t, i18n.For(lang).T("unlock.damage.salvage"))
				d.enter()
			}
			if d.says("⟦") || d.says("{{") {
				t.Errorf("%s %s lacks a text:\n%s", lang, state, words(d.place.Content()))
			}
			if dir := os.Getenv("FELTBOK_PICTURES"); dir != "" {
				for _, look := range []*theme.Theme{theme.New(theme.Light, 100), theme.New(theme.Dark, 100), theme.New(theme.Light, 200)} {
					fyne.CurrentApp().Settings().SetTheme(look)
					d.window.Resize(fyne.NewSize(1024, 599))
					d.window.Resize(fyne.NewSize(1024, 600))
					d.window.Content().Refresh()
					file, err := os.Create(dir + "/unlock-" + lang + "-" + state + "-" + string(look.Variant()) + map[int]string{100: "", 200: "-200"}[look.Percent()] + ".png")
					if err != nil {
						t.Fatal(err)
					}
					if err := errors.Join(png.Encode(file, d.window.Canvas().Capture()), file.Close()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}
