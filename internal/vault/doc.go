// Package vault holds the formats that seal a register: envelope, keys, slots, rings, header, row heads, state roots,
// ledger, identities and boxes.
//
// It follows security.md 3.3 to 3.5 and 4 byte for byte, touches no file and keeps no state: given the same keys,
// nonces and values it gives the same bytes. Everything that is refused carries a reason code ([feltbok/internal/fault]):
// V-PASS, V-RING, V-HEADER, V-KEY, V-ROW, V-ROOT, V-LEDGER, V-TRAVEL, V-RELEASED, V-CODE, V-WIPED or V-WEAK.
//
// Known limits: Go may leave copies of a key in memory after [Key.Clear], and keys inside filippo.io/age identities
// cannot be cleared at all; both go when the garbage collector reuses the memory (security.md 4.7).
package vault
