package domain

import (
	"slices"
	"time"
)

// ErasureReason says why a case is destroyed. It travels in the order to erase and stays in the deletion protocol for
// ever, so it is a code of a list and never a text in which a name could stand (security.md 5.5).
type ErasureReason string

// The reasons.
const (
	ErasedRetention         ErasureReason = "retention"          // the time for which the case may be kept is over
	ErasedWithdrawn         ErasureReason = "withdrawn"          // the case was withdrawn before it was decided
	ErasedRequestOfPerson   ErasureReason = "request_of_person"  // the person asked for it and may (GDPR article 17)
	ErasedWrongRegistration ErasureReason = "wrong_registration" // the case should never have been registered here
	ErasedOrderOfAuthority  ErasureReason = "order_of_authority" // a supervisory authority or a court ordered it
)

// ErasureReasons lists every reason.
var ErasureReasons = []ErasureReason{ErasedRetention, ErasedWithdrawn, ErasedRequestOfPerson, ErasedWrongRegistration, ErasedOrderOfAuthority}

// Valid reports whether the reason is one of [ErasureReasons].
func (r ErasureReason) Valid() bool { return slices.Contains(ErasureReasons, r) }

// MayErase reports whether the role may order that a case is destroyed: the roles of headquarters that answer for cases
// (security.md 5.5, domain.md 3.4).
func (r Role) MayErase() bool { return slices.Contains(settlement, r) }

// Retention tells how long a case is kept at headquarters after it got a status that nothing follows; ok is false for a
// status that is not an end. domain.md gives no figure for headquarters (its question 20.7 is open), so these are the
// project's own and stand in docs/decisions: five years after settlement, one year after any other end.
func Retention(s Status) (keep time.Duration, ok bool) {
	switch {
	case s == Bosatt:
		return 5 * 365 * 24 * time.Hour, true
	case slices.Contains(ended, s):
		return 365 * 24 * time.Hour, true
	}
	return 0, false
}
