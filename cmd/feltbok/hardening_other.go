//go:build !linux

package main

import "runtime/debug"

// harden keeps values out of the traces of a panic (security.md 4.7).
func harden() { debug.SetTraceback("none") }
