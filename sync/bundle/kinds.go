package bundle

import (
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/trust"
)

// checkKind holds what needs no trust: the kind is known, and its parts are among those that somebody may send with it. The
// table is domain's: domain.SendersOf and domain.Role.MaySend (security.md 6.3).
func checkKind(m *Manifest) error {
	if domain.SendersOf(m.Kind) == 0 {
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
	want := domain.SideField
	if device.HQ {
		want = domain.SideHQ
	}
	if domain.SendersOf(m.Kind)&want == 0 {
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
