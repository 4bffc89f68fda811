package domain

import "slices"

// Side says on whose machines something is made: at headquarters, in the field, or on a machine that asks to join.
type Side byte

// The sides; a set of them is their sum.
const (
	SideField     Side = 1 << iota // a device of the mission, or IOM's
	SideHQ                         // a machine of headquarters
	SideApplicant                  // a device without certificate yet
)

// Works reports whether people with the role work on machines of the side. An interviewer of remote interviews works on both.
func (r Role) Works(s Side) bool {
	var own Side
	switch r {
	case INT, MLD, NCO, NFA:
		own = SideField
	case REM:
		own = SideField | SideHQ
	default:
		own = SideHQ
	}
	return r.Valid() && own&s != 0
}

// The kinds of bundle (security.md 6.3).
const (
	BundleEnrolRequest = "enrol-request"
	BundleEnrol        = "enrol"
	BundleField        = "field"
	BundleCaseload     = "caseload"
	BundleRoster       = "roster"
	BundleOrientation  = "orientation"
	BundleService      = "service"
	BundlePartnerOut   = "partner-out"
	BundlePartnerIn    = "partner-in"
)

// send is one row of the table of which role sends which kind of bundle, from whose machines, with parts of which compartments.
type send struct {
	kind  string
	side  Side
	roles []Role
	parts []Compartment
}

// sends is the one table of security.md 6.3 for whole bundles. A part is never sent by a role without the ring (2.3); Audit
// goes to headquarters only, so it is in no bundle that headquarters sends. IOM is a partner
// whose kinds are "roster" and "orientation"; whose machine sends which is a matter of its directory.
var sends = []send{
	{BundleEnrolRequest, SideApplicant, AllRoles, nil},
	{BundleEnrol, SideHQ, []Role{ADM, HQC, HQS}, nil},
	{BundleService, SideField | SideHQ, AllRoles, nil},
	{BundleField, SideField, []Role{INT, REM, MLD}, []Compartment{Open, Case, Special, Sealed, Audit}},
	{BundleCaseload, SideHQ, []Role{HQC}, []Compartment{Open, Case}},
	{BundleCaseload, SideHQ, []Role{HQS}, []Compartment{Open, Case, Special, Sealed, Orientation}},
	{BundleRoster, SideHQ, []Role{HQC, HQS}, []Compartment{Open, Orientation}},
	{BundleOrientation, SideField, []Role{NCO, NFA}, []Compartment{Open, Orientation, Audit}},
	{BundlePartnerOut, SideHQ, []Role{HQC, HQS}, []Compartment{Open, Orientation}},
	{BundlePartnerIn, SideField, PartnerRoles, []Compartment{Open, Orientation, Audit}},
}

// AllBundles lists the kinds of bundle in the order of the table.
func AllBundles() []string {
	var kinds []string
	for _, s := range sends {
		if !slices.Contains(kinds, s.kind) {
			kinds = append(kinds, s.kind)
		}
	}
	return kinds
}

// SendersOf says from whose machines a kind of bundle comes; 0 for an unknown kind.
func SendersOf(kind string) Side {
	var side Side
	for _, s := range sends {
		if s.kind == kind {
			side |= s.side
		}
	}
	return side
}

// MaySend reports whether the role may send a bundle of the kind with a part of the compartment. Compartment 0 asks for
// the bundle itself, with documents only.
func (r Role) MaySend(kind string, c Compartment) bool {
	for _, s := range sends {
		if s.kind == kind && slices.Contains(s.roles, r) && (c == 0 || slices.Contains(s.parts, c)) {
			return true
		}
	}
	return false
}

// Kinds of lines (security.md 5.1), as they stand in the line's member "t".
const (
	LineChain   = "chain"
	LineSet     = "set"
	LineBox     = "box"
	LineSignoff = "signoff"
	LineRedact  = "redact"
	LineErase   = "erase"
	LineStub    = "stub"
)

// AllLines lists the kinds of lines.
var AllLines = []string{LineChain, LineSet, LineBox, LineSignoff, LineRedact, LineErase, LineStub}

// made is one row of the table of which role makes which kind of line in which compartments, on whose machines.
type made struct {
	line  string
	side  Side
	roles []Role
	parts []Compartment
}

var plain = []Compartment{Open, Case, Special, Orientation}

// lines is the one table of security.md 6.3 and 5.4 to 5.5 for single lines, whichever bundle brings them: what counts is who
// wrote the line and on whose machine, not who carried it. Types and fields of a set line are [Role.MayWrite]'s. A row gives
// nothing to a role without the ring, nor to one that does not work on such machines.
var lines = []made{
	{LineChain, SideField | SideHQ, AllRoles, AllCompartments},
	{LineSet, SideField | SideHQ, AllRoles, plain},
	{LineSet, SideHQ, []Role{HQS}, []Compartment{Sealed}}, // the word on an import is no box (5.4)
	{LineBox, SideField | SideHQ, sealedUsers, []Compartment{Sealed}},
	{LineBox, SideField | SideHQ, AllRoles, []Compartment{Audit}},
	{LineSignoff, SideField | SideHQ, interviewers, []Compartment{Case, Special, Sealed}},
	{LineRedact, SideField | SideHQ, AllRoles, []Compartment{Open, Case, Special, Sealed, Orientation}}, // own lines; HQS anybody's
	{LineErase, SideHQ, settlement, []Compartment{Open, Case, Special, Sealed, Orientation}},
	{LineStub, SideField | SideHQ, AllRoles, AllCompartments}, // justified by the order that it names, not by a role
}

// MayMake reports whether somebody with the role may have made a line of the kind in the compartment, on a machine of the side.
func (r Role) MayMake(line string, c Compartment, side Side) bool {
	if !r.Works(side) || line != LineStub && !slices.Contains(rings[r], RingOf(c)) {
		return false
	}
	return slices.ContainsFunc(lines, func(m made) bool {
		return m.line == line && m.side&side != 0 && slices.Contains(m.roles, r) && slices.Contains(m.parts, c)
	})
}
