// Package oplog holds the operation, the one thing everything else in the register is derived from: its line on the
// wire, its name, its hash chain, the logical clock, and the merge rule that turns a set of operations into records
// (security.md 5 and 7).
//
// Start with [Line] (one operation), [Parse] and [Line.Encode], [ChainVerifier] (a run of lines of one device) and
// [Object] (what a set of lines says about one record). [Rebuild] is the definition of the merge; [Object.Apply] is
// its incremental form.
//
// The package is pure: it reads no file and no clock, keeps no state of its own and decides nothing about trust,
// roles or erasure. Whoever calls it says which lines are visible.
//
// Promises that last. The bytes of a line never change once written: [Parse] accepts exactly the bytes that
// [Line.Encode] writes, so a line has one form and one hash. What a set of lines shows does not depend on the order,
// repetition or route of their arrival, nor on any clock, save for which of several concurrent values stands first.
//
// Unless a type says otherwise, values are not safe for concurrent use.
package oplog
