// Package domain holds the words of the field: object types with their fields and compartments, roles and what each may
// write, statuses, age groups, identity numbers, partial dates and the rules that an interview must keep (domain.md 7–9).
//
// Start with [Info], the one table of object types, and [Answer], the value of one field with what is known about it.
// The package is pure: no files, no clock, no texts. A rule that is broken is reported as a [Problem] whose sentence
// stands in the text catalogue. Code lists live in feltbok/internal/codelist, which knows which codes a list has.
//
// Type numbers, type names, field names and codes are stored for decades and signed; they are never changed or reused.
package domain

import (
	"fmt"
	"slices"
)

// Compartment is one of the six logs that a register is divided into, each with its own keys and readers
// (security.md 2.1). The number is part of the stored format.
type Compartment byte

// The six compartments.
const (
	Open        Compartment = 1 // administration without personal data (class P0)
	Case        Compartment = 2 // identity, competence, practical needs, settlement (P1–P2)
	Special     Compartment = 3 // health, ethnicity, religion, orientation, criminal matters, violence (P3)
	Sealed      Compartment = 4 // what one person asked to keep from the others, or what could endanger (P4)
	Orientation Compartment = 5 // roster and attendance of the orientation course (P1, few fields)
	Audit       Compartment = 6 // who did what, when, to which object; never content
)

// AllCompartments lists the compartments in the order of their numbers.
var AllCompartments = []Compartment{Open, Case, Special, Sealed, Orientation, Audit}

var compartmentNames = [...]string{Open: "open", Case: "case", Special: "special", Sealed: "sealed", Orientation: "orientation", Audit: "audit"}

// String gives the name used in files: "open", "case", "special", "sealed", "orientation", "audit".
func (c Compartment) String() string {
	if c < Open || c > Audit {
		return fmt.Sprintf("compartment %d", byte(c))
	}
	return compartmentNames[c]
}

// ParseCompartment reads a name as written by [Compartment.String].
func ParseCompartment(name string) (Compartment, error) {
	if i := slices.Index(compartmentNames[:], name); i > 0 {
		return Compartment(i), nil
	}
	return 0, fmt.Errorf("no compartment is called %q", name)
}

// Boxed reports whether the payload of every line is a small encrypted file to named readers, so that the key of the
// compartment shows only that a line exists (security.md 2.1, 5.4).
func (c Compartment) Boxed() bool { return c == Sealed || c == Audit }

// HighestClass is the most sensitive class that a field stored in the compartment may have (security.md 2.2.1).
func (c Compartment) HighestClass() Class {
	switch c {
	case Open:
		return P0
	case Case:
		return P2
	case Special:
		return P3
	case Sealed:
		return P4
	default:
		return P1 // orientation: the few fields of domain.md 7.20; audit: who did what
	}
}

// MayName reports whether an object in c may hold the id of an object in other. References point downwards only: an id
// in a compartment that more people read would show that the other object exists (security.md 2.2.2).
func (c Compartment) MayName(other Compartment) bool { return other.depth() <= c.depth() }

// depth orders compartments by how few may read them.
func (c Compartment) depth() int {
	switch c {
	case Open:
		return 0
	case Orientation:
		return 1
	case Case:
		return 2
	case Special:
		return 3
	case Sealed:
		return 4
	default:
		return 5
	}
}

// Ring is a key ring: one for each compartment, and two that open all boxes and exist only at headquarters
// (security.md 2.1). The number is part of the stored format.
type Ring byte

// The eight rings.
const (
	RingOpen        = Ring(Open)
	RingCase        = Ring(Case)
	RingSpecial     = Ring(Special)
	RingSealed      = Ring(Sealed)
	RingOrientation = Ring(Orientation)
	RingAudit       = Ring(Audit)
	SealedRead      = Ring(7)
	AuditRead       = Ring(8)
)

// RingOf returns the ring that guards a compartment.
func RingOf(c Compartment) Ring { return Ring(c) }

// String gives the name of the compartment, or "sealed-read" and "audit-read".
func (r Ring) String() string {
	switch r {
	case SealedRead:
		return "sealed-read"
	case AuditRead:
		return "audit-read"
	}
	if r < RingOpen || r > RingAudit {
		return fmt.Sprintf("ring %d", byte(r))
	}
	return Compartment(r).String()
}

// ParseRing reads a name as written by [Ring.String].
func ParseRing(name string) (Ring, error) {
	switch name {
	case "sealed-read":
		return SealedRead, nil
	case "audit-read":
		return AuditRead, nil
	}
	c, err := ParseCompartment(name)
	if err != nil {
		return 0, fmt.Errorf("no ring is called %q", name)
	}
	return RingOf(c), nil
}

// Class is the sensitivity of a field (domain.md 3.3).
type Class byte

// The classes, the least sensitive first.
const (
	P0 Class = iota // no personal data
	P1              // identity and ordinary facts
	P2              // confidential settlement and competence data
	P3              // special categories, violence, trafficking, honour-related matters
	P4              // sealed: kept from other members of the household, or could endanger the person
)

// String gives "P0" … "P4".
func (c Class) String() string { return fmt.Sprintf("P%d", byte(c)) }
