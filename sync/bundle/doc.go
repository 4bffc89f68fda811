// Package bundle is the file in which registers exchange what they know: written, inspected, verified and read
// (security.md 6.1–6.5).
//
// A bundle is age( ustar( signed manifest, documents, one age file per compartment, padding ) ). Start with [Write] and
// [Verify]; [Inspect] opens the outer layer without judging the sender. [Verified.Lines] reads one part.
//
// Verify writes nothing and takes nothing over: it tells who sent the file, that every byte is what they signed, and which
// parts this machine can open. Whether lines are new, known or to be quarantined, what to do about a gap or a repeated
// sequence number, and every change of the register belong to package exchange.
//
// Promises that last: anything that Verify accepts can be opened by age, tar, ssh-keygen, jq and sha256sum; limits are
// enforced before anything is decrypted or unpacked; a refusal is a *fault.Fault with a code of security.md 6.5; nothing
// is derived from file names or times of entries. Memory stays bounded, however large the parts are.
package bundle
