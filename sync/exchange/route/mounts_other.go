//go:build !linux && !darwin && !windows

package route

// mounts knows no table here: the user chooses folders.
func mounts() []mount { return nil }
