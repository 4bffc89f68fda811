package shell_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"feltbok/app/shell"
	"feltbok/app/ui"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
)

// screen is every text and button on the window.
func screen(r *rig) string {
	var all []string
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *ui.Text:
			all = append(all, o.Words)
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
	walk(r.window.Canvas().Content())
	for _, over := range r.window.Canvas().Overlays().List() {
		walk(over)
	}
	return strings.Join(all, "\n")
}

// TestNotices: failed tries are told after the next good unlock, and stay until they are dismissed; a travel lock ends at
// the page for its code, and a damaged register says on every place that nothing can be written.
func TestNotices(t *testing.T) {
	dir := newVault(t)
	info, err := workspace.Peek(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := workspace.Unlock(t.Context(), dir, info.Users[0].Slot, []byte("wrong words"), workspace.Options{}); fault.Code(err) != "V-PASS" {
		t.Fatal(err)
	}
	for workspace.Wait(dir, info.Users[0].Slot) > 0 { // the register makes the next try wait a second
	}
	r := newRig(t, dir)
	r.unlock(t, "")
	if !strings.Contains(screen(r), "1 mislykket forsøk på å låse opp som deg") {
		t.Fatalf("failed tries are not told:\n%s", screen(r))
	}
	r.Go("caseload")
	if !strings.Contains(screen(r), "1 mislykket forsøk") {
		t.Error("the notice went with the place")
	}

	code := workspace.NewTravelCode()
	if err := r.pages["caseload"].session.WS.TravelLock(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	r.pages["caseload"].session.Lock("Reiselåsen er på.")
	if r.State() != shell.Locked || !strings.Contains(screen(r), "Reiselåsen er på.") || !strings.Contains(screen(r), "Koden fra hovedkontoret") {
		t.Fatalf("after a travel lock, state %v:\n%s", r.State(), screen(r))
	}
	r.typed(code.String())
	r.key(fyne.KeyReturn)
	if !strings.Contains(screen(r), "Reiselåsen er av.") {
		t.Fatalf("after the code:\n%s", screen(r))
	}
	r.Lock(shell.ByClosing)

	r = newRig(t, dir, func(o *shell.Options) {
		o.Unlock = func(ctx context.Context, dir, slot string, passphrase []byte, o workspace.Options) (*workspace.Workspace, error) {
			o.ReadOnly = true
			return workspace.Unlock(ctx, dir, slot, passphrase, o)
		}
	})
	r.unlock(t, "")
	for _, place := range []string{"today", "caseload"} {
		r.Go(place)
		if !strings.Contains(screen(r), "Bare lesing: registeret er skadet.") || strings.Contains(screen(r), "mislykket forsøk") {
			t.Errorf("%s does not say that nothing can be written:\n%s", place, screen(r))
		}
	}
	session := r.pages["today"].session
	if err := session.WS.Register().Update(t.Context(), func(*register.Tx) error { return nil }); fault.Code(err) != "V-SALVAGE" {
		t.Errorf("a write gives %v, want V-SALVAGE", err)
	}
	r.pass(time.Minute) // the log is looked after in vain, and nothing is said of it
	if strings.Contains(screen(r), session.Texts.Sentence(fault.New("V-SALVAGE", "", nil))) {
		t.Error("the program complains about its own log")
	}
	r.Lock(shell.ByUser)
	if strings.Contains(screen(r), "V-") {
		t.Errorf("locking a damaged register complains:\n%s", screen(r))
	}
}
