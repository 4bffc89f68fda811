package secret

import "runtime/debug"

// Harden is called first in main: no core file and no reading of the process's memory by other programs of the same user
// (Linux), and no stack with its arguments when the program panics (security.md 4.7; a key that is an argument would stand
// there word for word). What fails here is no reason not to work.
//
// runtime/debug can raise how much a panic prints, but not lower it below what the program was started with. So on Linux
// and macOS the program replaces itself once, under the same process number, with GOTRACEBACK=none; on Windows only who
// starts the program can do that.
func Harden() {
	restart()
	seal()
	debug.SetTraceback("none")
}
