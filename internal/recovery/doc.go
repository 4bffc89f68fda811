// Package recovery is the way into a vault when nobody knows a passphrase any more: the kit that keeps headquarters' recovery
// identity among custodians, the sheets of paper that they keep, the rehearsal that proves beforehand that kit and backup
// open, and the restoring itself (security.md 4.9, 10.3; pains.md row 6).
//
// A [Kit] is a folder: kit.json says who the custodians are, and for every k of them there is one age file, sealed to
// one after the other. Start with [Make], [Load] and [Kit.Open]; [Rehearse] and [Restore] take a backup and a kit.
//
// Nothing of the format is our own secret sharing: `age -d -i A A-B.age | age -d -i B` opens a kit without Feltbok. The
// recovery identity in the clear is in memory only, never in a file. Limit: the age library keeps identities as texts, which
// cannot be overwritten; they go with the process, so a command ends soon after it has opened a kit.
package recovery
