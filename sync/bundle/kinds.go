package bundle

import (
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/trust"
)

// side says which machines send a kind.
type side byte

const (
	fromField     side = 1 << iota // a device of the mission or of a partner
	fromHQ                         // a machine of HQ
	fromApplicant                  // a device without certificate yet
)

// senders is the side of each kind (security.md 6.3); which role may send it with which parts is domain.Role.MaySend.
var senders = map[string]side{
	domain.BundleEnrolRequest: fromApplicant,
	domain.BundleEnrol:        fromHQ,
	domain.BundleField:        fromField,
	domain.BundleCaseload:     fromHQ,
	domain.BundleRoster:       fromHQ,
	domain.BundleOrientation:  fromField,
	domain.BundleService:      fromField | fromHQ,
	domain.BundlePartnerOut:   fromHQ,
	domain.BundlePartnerIn:    fromField,
}

// checkKind holds what needs no trust: the kind is known, and its parts are among those that somebody may send with it.
func checkKind(m *Manifest) error {
	if _, known := senders[m.Kind]; !known {
		return fault.Newf("E-KIND", nameManifest, "unknown kind of bundle")
	}
	for _, file := range m.Files {
		c := compartmentOf(file.Name)
		switch sectionOf(file.Name) {
		case sectionPart, sectionBlob:
			if !slices.ContainsFunc(domain.AllRoles, func(r domain.Role) bool { return r.MaySend(m.Kind, c) }) {
				return fault.Newf("E-KIND", file.Name, "no bundle of this kind has such a part")
			}
		}
	}
	return nil
}

// checkSender holds the side of the kind against the machine that signed.
func checkSender(m *Manifest, device trust.Device) error {
	want := fromField
	if device.HQ {
		want = fromHQ
	}
	if senders[m.Kind]&want == 0 {
		return fault.Newf("E-KIND", nameManifest, "this machine does not send bundles of this kind")
	}
	return nil
}

// checkRoles holds kind and parts against the roles of the user who signed.
func checkRoles(m *Manifest, roles []domain.Role) error {
	may := func(c domain.Compartment) bool {
		return slices.ContainsFunc(roles, func(r domain.Role) bool { return r.MaySend(m.Kind, c) })
	}
	if !may(0) {
		return fault.Newf("E-ROLE", nameUserSignature, "the user's role does not send bundles of this kind")
	}
	for _, file := range m.Files {
		if place := sectionOf(file.Name); (place == sectionPart || place == sectionBlob) && !may(compartmentOf(file.Name)) {
			return fault.Newf("E-ROLE", file.Name, "the user's role does not send this part")
		}
	}
	return nil
}
