package lists

import "feltbok/app/ui/drivepick"

// Drives is where files are taken from.
func (p *Place) Drives() *drivepick.Picker { return p.issue.drives }
