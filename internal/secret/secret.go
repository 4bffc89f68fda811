// Package secret keeps keys and passphrases out of memory that nobody owns any more (security.md 4.7).
//
// [Do] runs a function whose stack, registers and heap are erased once it is over; [Harden] keeps the whole process out of
// core files, out of other programs' reach and values out of the traces of a panic. Both help only as far as they go and
// nothing depends on them: a key that is held is still cleared by whoever holds it.
//
// Do is runtime/secret.Do where the program was built with GOEXPERIMENT=runtimesecret for Linux on amd64 or arm64, and a
// plain call elsewhere; [Available] tells which. What the runtime promises, and what not:
//
//   - Registers and stack are erased before Do returns. Heap allocations made inside are erased when the collector finds
//     that nothing refers to them: two runs of it after the last reference is gone, which is what locking does.
//   - What a function returns out of Do may be allocated inside. It stays whole while it is used and is erased with the
//     rest later. So an identity that was parsed inside needs no further care than being let go.
//   - Goroutines that the function starts are not covered. Argon2id starts one for each lane; they fill the memory blocks,
//     which the calling goroutine allocated inside and which are erased, but the passphrase and the finished key are read
//     and made on the calling goroutine alone. What stays is a lane's last scratch block on the stack of a goroutine that
//     has ended: one of the 65,536 to 262,144 blocks of a run, from which neither passphrase nor key follows.
//   - Everything allocated inside is erased, also what is no secret. So the function is kept small: no transactions, no
//     parsing of records.
//   - Global variables and memory of the caller are not covered; the caller clears those.
//
// A panic inside goes on outside of Do. Do may be called inside Do.
package secret
