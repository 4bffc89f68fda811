package domain

import (
	"fmt"
	"slices"
)

// PartnerRoles are the roles of people who work for a partner: those that hold nothing but `open` and `orientation`.
var PartnerRoles = []Role{NCO, NFA}

// FieldList names fields by type: what a partner is told, or what it may answer (security.md 6.9).
type FieldList map[Type][]string

// PartnerTypes are the types that a partner can be told of: those of the orientation course, whose persons are a projection
// already, and the courses themselves. Nothing of a case and of no higher class is among them.
var PartnerTypes = []Type{"course", "lesson", "roster_person", "enrolment", "attendance", "alternative_measure"}

// Has reports whether a field stands on the list. What says to which object a row belongs, and that it is gone, comes with any
// field of its type.
func (l FieldList) Has(t Type, field string) bool {
	fields, listed := l[t]
	if !listed {
		return false
	}
	info, _ := Info(t)
	return field == "_deleted" || field == info.SubjectField() || slices.Contains(fields, field)
}

// Check says what is wrong with a list: an unknown type or one outside of [PartnerTypes], a field that the type has not, a
// repetition, or a reference to what neither this list nor other names; that would tell of things that the partner must not
// know of. Fields of a list stand in ascending order.
func (l FieldList) Check(other FieldList) error {
	for t, fields := range l {
		info, known := Info(t)
		if !known || !slices.Contains(PartnerTypes, t) {
			return fmt.Errorf("%s cannot be shared with a partner", t)
		}
		if len(fields) == 0 || !slices.IsSorted(fields) || len(slices.Compact(slices.Clone(fields))) != len(fields) {
			return fmt.Errorf("the fields of %s are none, not in order or not distinct", t)
		}
		for _, name := range fields {
			i := slices.IndexFunc(info.Fields, func(f Field) bool { return f.Name == name })
			if i < 0 {
				return fmt.Errorf("%s has no field %s", t, name)
			}
			f := info.Fields[i]
			if f.Kind != Reference && f.Kind != MultiReference {
				continue
			}
			if _, here := l[f.Of]; !here {
				if _, there := other[f.Of]; !there {
					return fmt.Errorf("%s.%s names a %s, which is not shared", t, name, f.Of)
				}
			}
		}
		if info.Subject != "" {
			if _, here := l[info.Subject]; !here {
				if _, there := other[info.Subject]; !there {
					return fmt.Errorf("%s belongs to a %s, which is not shared", t, info.Subject)
				}
			}
		}
	}
	return nil
}
