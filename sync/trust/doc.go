// Package trust decides whose word counts: it holds the root, the directory and the mission directories, issues and
// judges certificates, makes and checks signatures, enrols devices and signs receipts (security.md 6.8 and 8).
//
// Start with [Trust], which walks root → directory → certificate authority → certificate, and with [Sign] and [Verify],
// which write and read the signatures of ssh-keygen. [Keys] holds the private keys of an HQ; [Request] and [Grant] are
// the two halves of an enrolment without network.
//
// The package reads no clock and, [NewKeys] and [LoadKeys] apart, no file: times and bytes are handed in. It does not
// know bundles, and it never decides what happens to lines of somebody whom it refuses.
//
// A [Trust] never changes; [Trust.Accept] gives a new one. It may be used by several goroutines at once.
//
// Promises that last. A document has one spelling: what [DecodeStrict] accepts is exactly what [EncodeStrict] writes.
// A lower version of a document never replaces a higher one, and an expired document warns but locks nobody out.
package trust
