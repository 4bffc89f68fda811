package exchange

import "feltbok/app/ui/drivepick"

// Drives is the choice of folder.
func (p *Place) Drives() *drivepick.Picker { return p.drives }

// OpenRow opens a file of the list.
func (p *Place) OpenRow(row int) { p.receive.open(row) }

// CanSend reports whether the button that makes a file is on.
func (p *Place) CanSend() bool { return !p.send.button.Disabled() }
