package machines

import (
	"fyne.io/fyne/v2"

	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
	"feltbok/internal/fault"
)

// keysField asks for the folder with the keys of whoever signs here, and their passphrase. The folder stays chosen while the
// place is open; the passphrase is taken once and wiped.
type keysField struct {
	p       *Place
	drives  *drivepick.Picker
	secret  *ui.SecretEntry
	field   *ui.Field // around secret
	folder  *ui.Field // around drives
	content *fyne.Container
	// changed is called when the folder or the passphrase changed.
	changed func()
}

func newKeysField(p *Place) *keysField {
	t := p.s.Texts
	k := &keysField{p: p}
	k.drives = drivepick.New(p.s, t.T("machines.keys.folder"))
	k.drives.OnChoose = func(string) { k.tell() }
	k.folder = ui.NewField("", k.drives)
	k.secret = ui.NewSecretEntry(t.T("machines.keys.placeholder"))
	k.secret.OnChange = k.tell
	k.field = ui.NewField(t.T("machines.keys.passphrase"), k.secret)
	k.field.SetHint(t.T("machines.keys.hint"))
	k.content = ui.Stack(theme.SizeGapWide, k.folder, k.field)
	return k
}

// ask prepares the field for a form: submit is called for Enter, escape for Escape, changed whenever something was typed.
func (k *keysField) ask(submit, escape, changed func()) fyne.CanvasObject {
	k.secret.Clear()
	k.field.SetProblem(ui.Error, "")
	k.secret.OnSubmit, k.secret.OnEscape, k.changed = submit, escape, changed
	k.drives.Look()
	return k.content
}

func (k *keysField) tell() {
	k.field.SetProblem(ui.Error, "")
	if k.changed != nil {
		k.changed()
	}
}

// ready reports whether a folder is chosen and something typed.
func (k *keysField) ready() bool { return k.drives.Path() != "" && k.secret.Len() > 0 }

// take hands over the passphrase, which the caller must clear.
func (k *keysField) take() []byte { return k.secret.Take() }

// forget wipes what is typed.
func (k *keysField) forget() {
	k.changed = nil
	k.secret.Clear()
}

// refuse shows at the passphrase that it does not open the keys; false for other faults.
func (k *keysField) refuse(err error) bool {
	if fault.Code(err) != "V-PASS" {
		return false
	}
	k.field.SetProblem(ui.Error, k.p.s.Texts.T("machines.keys.wrong"))
	ui.Focus(k.secret)
	return true
}
