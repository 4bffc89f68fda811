//go:build !linux

package shell

// watchSystem hears nothing here; the jump of the wall clock after a sleep locks.
func watchSystem(func()) (stop func()) { return func() {} }
