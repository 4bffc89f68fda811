package main

import (
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// harden keeps the process's memory out of core files and from other programs of the same user, and keeps values out of
// the traces of a panic (security.md 4.7). What fails here is no reason not to work.
func harden() {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	debug.SetTraceback("none")
}
