//go:build goexperiment.runtimesecret && linux && (amd64 || arm64)

package secret

import "runtime/secret"

// Available tells whether [Do] erases what its function leaves behind.
const Available = true

// Do calls f and erases what f leaves on the stack, in registers and, after the next collections, on the heap.
func Do(f func()) { secret.Do(f) }
