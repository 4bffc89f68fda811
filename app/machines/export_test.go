package machines

import (
	"feltbok/app/ui"
	"feltbok/app/ui/drivepick"
)

// Drives is the choice of the folder with requests and drafts.
func (p *Place) Drives() *drivepick.Picker { return p.drives }

// Choose goes to a view.
func (p *Place) Choose(view string) { p.choose(view) }

// Keys chooses the folder with keys, unless it is "", and types the passphrase.
func (p *Place) Keys(folder, passphrase string) {
	if folder != "" {
		p.keys.drives.Type(folder)
	}
	ui.Focus(p.keys.secret)
	for _, r := range passphrase {
		p.keys.secret.TypedRune(r)
	}
}

// Fill types the names of the machine and its user into the form of an approval.
func (p *Place) Fill(machine, user string) {
	for _, field := range []struct{ to, text string }{{"machine", machine}, {"user", user}} {
		entry := p.asking.machine
		if field.to == "user" {
			entry = p.asking.user
		}
		entry.SetText(field.text)
	}
}

// Agree types name and end of an agreement with a partner into its form.
func (p *Place) Agree(name, until string) {
	p.agreed.name.SetText(name)
	p.agreed.until.Put(until)
	p.agreed.ready()
}
