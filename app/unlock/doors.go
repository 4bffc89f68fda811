package unlock

import "feltbok/internal/workspace"

// withDoors fills in the functions of package workspace that no test replaced.
func (d Options) withDoors() Options {
	if d.Peek == nil {
		d.Peek = workspace.Peek
	}
	if d.Unlock == nil {
		d.Unlock = workspace.Unlock
	}
	if d.PeekDamaged == nil {
		d.PeekDamaged = workspace.PeekDamaged
	}
	if d.Wait == nil {
		d.Wait = workspace.Wait
	}
	if d.Release == nil {
		d.Release = workspace.Release
	}
	if d.Wipe == nil {
		d.Wipe = workspace.Wipe
	}
	if d.Salvage == nil {
		d.Salvage = workspace.Salvage
	}
	return d
}
