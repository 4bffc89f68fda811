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
	problem *ui.Text  // of the folder
	content *fyne.Container
	// changed is called when the folder or the passphrase changed.
	changed func()
}

func newKeysField(p *Place) *keysField {
	t := p.s.Texts
	k := &keysField{p: p}
	k.drives = drivepick.New(p.s, t.T("machines.keys.folder"))
	k.drives.OnChoose = func(string) { k.tell() }
	k.problem = ui.Paragraph("")
	k.problem.Color = theme.ColorError
	k.problem.Hide()
	k.secret = ui.NewSecretEntry(t.T("machines.keys.placeholder"))
	k.secret.OnChange = k.tell
	k.field = ui.NewField(t.T("machines.keys.passphrase"), k.secret)
	k.field.SetHint(t.T("machines.keys.hint"))
	k.content = ui.Stack(theme.SizeGapWide, k.drives, k.problem, k.field)
	return k
}

// ask prepares the field for a form: submit is called for Enter, escape for Escape, changed whenever something was typed.
func (k *keysField) ask(submit, escape, changed func()) fyne.CanvasObject {
	k.secret.Clear()
	k.field.SetProblem(ui.Error, "")
	k.say("")
	k.secret.OnSubmit, k.secret.OnEscape, k.changed = submit, escape, changed
	k.drives.Look()
	return k.content
}

func (k *keysField) tell() {
	k.field.SetProblem(ui.Error, "")
	k.say("")
	if k.changed != nil {
		k.changed()
	}
}

// say shows what is wrong with the keys in the folder; "" nothing.
func (k *keysField) say(words string) {
	k.problem.Hidden = words == ""
	k.problem.SetText(words)
	k.content.Refresh()
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

// refuse shows at the field what is wrong with the keys: a passphrase that does not open them, or keys that are not those
// needed here. It is false for other faults.
func (k *keysField) refuse(err error) bool {
	switch fault.Code(err) {
	case "V-PASS":
		k.field.SetProblem(ui.Error, k.p.s.Texts.T("machines.keys.wrong"))
	case "T-KEY", "T-SIGNED", "T-CA", "T-FEW", "T-PEOPLE":
		k.say(k.p.s.Texts.Sentence(err))
	default:
		return false
	}
	ui.Focus(k.secret)
	return true
}
