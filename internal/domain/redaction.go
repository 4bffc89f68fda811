package domain

import "slices"

// RedactionReason says why somebody took the content of lines back. It stays on record for ever, also before people who may not read
// what was there, so it is a code of a list and never a text in which a name could stand. None of the codes tells whether the content
// was written anew elsewhere: nothing may hint at a sealed entry (security.md 2.2, 5.5).
type RedactionReason string

// The reasons.
const (
	RedactedWrongPerson     RedactionReason = "wrong_person"      // it was written about somebody else
	RedactedWrongField      RedactionReason = "wrong_field"       // it was written where it does not belong
	RedactedSensitive       RedactionReason = "sensitive"         // too sensitive for those who can read it there
	RedactedRequestOfPerson RedactionReason = "request_of_person" // the person took it back
)

// RedactionReasons lists every reason.
var RedactionReasons = []RedactionReason{RedactedWrongPerson, RedactedWrongField, RedactedSensitive, RedactedRequestOfPerson}

// Valid reports whether the reason is one of [RedactionReasons].
func (r RedactionReason) Valid() bool { return slices.Contains(RedactionReasons, r) }

// MayRedactAll reports whether the role may take back what others wrote, on headquarters' own machine (security.md 5.5).
func (r Role) MayRedactAll() bool { return r == HQS }
