//go:build ci

package vault

import "testing"

// Tests unlock thousands of times, so with the tag ci a passphrase costs a small share of what its slot says. Everything
// else is as it is released: what slots say, which costs are refused, when they are raised. A slot made so opens in no
// released program; those of released programs, which are kept among the tests, open here too. No released program is
// built so: one that is not a test ends here.
func init() {
	if !testing.Testing() {
		panic("the tag ci is for tests only")
	}
}

// Spent is what a passphrase really costs: in tests one pass over a 256th of the memory.
func (k KDF) Spent() KDF {
	return KDF{MemoryKiB: max(k.MemoryKiB>>8, 8*uint32(k.Threads)), Time: 1, Threads: k.Threads}
}

// tried lists the costs at which a box may have been made: in a test, or by a released program.
func (k KDF) tried() []KDF { return []KDF{k.Spent(), k} }
