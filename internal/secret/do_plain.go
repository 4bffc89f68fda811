//go:build !(goexperiment.runtimesecret && linux && (amd64 || arm64))

package secret

// Available tells whether [Do] erases what its function leaves behind.
const Available = false

// Do calls f. This build has nothing to erase with.
func Do(f func()) { f() }
