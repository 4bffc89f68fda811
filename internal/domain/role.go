package domain

import "slices"

// Role is what a person does in the program, as stated in the certificate (domain.md 3.2).
type Role string

// The roles.
const (
	INT Role = "INT" // interviewer
	REM Role = "REM" // interviewer of remote interviews, from headquarters
	MLD Role = "MLD" // mission lead
	HQC Role = "HQC" // settlement caseworker
	HQS Role = "HQS" // special-needs caseworker
	HQA Role = "HQA" // analyst
	QLM Role = "QLM" // quota manager
	NCO Role = "NCO" // coordinator of the orientation course at IOM
	NFA Role = "NFA" // facilitator of the orientation course
	ADM Role = "ADM" // administrator
	DPO Role = "DPO" // data protection officer
)

// AllRoles lists the roles in the order of domain.md 3.2.
var AllRoles = []Role{INT, REM, MLD, HQC, HQS, HQA, QLM, NCO, NFA, ADM, DPO}

// Valid reports whether the role is one of [AllRoles].
func (r Role) Valid() bool { return slices.Contains(AllRoles, r) }

// rings is the table of security.md 2.3. Everybody holds `open` and `audit`; the latter lets one append, not read.
var rings = map[Role][]Ring{
	INT: {RingOpen, RingCase, RingSpecial, RingSealed, RingAudit},
	REM: {RingOpen, RingCase, RingSpecial, RingSealed, RingAudit},
	MLD: {RingOpen, RingCase, RingSpecial, RingSealed, RingOrientation, RingAudit},
	HQC: {RingOpen, RingCase, RingOrientation, RingAudit},
	HQS: {RingOpen, RingCase, RingSpecial, RingSealed, RingOrientation, RingAudit, SealedRead},
	HQA: {RingOpen, RingAudit},
	QLM: {RingOpen, RingAudit},
	NCO: {RingOpen, RingOrientation, RingAudit},
	NFA: {RingOpen, RingOrientation, RingAudit},
	ADM: {RingOpen, RingAudit},
	DPO: {RingOpen, RingAudit, AuditRead},
}

// Rings returns the rings that the role may be given, in the order of their numbers.
func (r Role) Rings() []Ring { return slices.Clone(rings[r]) }

// write is one row of the table of who may write what: the fields of a type that the roles may write. No fields named
// means all of them, except says which of all are kept back.
type write struct {
	types  []Type
	roles  []Role
	fields []string
	except []string
}

var (
	interviewers = []Role{INT, REM, MLD}
	everyEditor  = []Role{INT, REM, MLD, HQC, HQS}
	settlement   = []Role{HQC, HQS}
	sealedUsers  = []Role{INT, REM, MLD, HQS}
)

// writes is the one table of domain.md 3.4 and security.md 2.3. A pair of type and role that no row names may not write.
// Whether a record is the writer's own is a matter of who holds the case, not of this table.
var writes = []write{
	{types: []Type{"mission"}, roles: []Role{MLD, HQC, HQS, QLM}},
	{types: []Type{"slot"}, roles: []Role{MLD, HQC, HQS}},
	{types: []Type{"slot"}, roles: []Role{INT, REM}, fields: []string{"status", "reason", "part_of_family", "actual_start", "actual_end"}},
	{types: []Type{"code_list", "form", "staff_card"}, roles: []Role{ADM}},
	{types: []Type{"course", "lesson"}, roles: []Role{NCO}},
	{types: []Type{"quota_year", "sub_quota"}, roles: []Role{QLM}},
	{types: []Type{"municipality", "seminar", "rehearsal"}, roles: settlement},
	{types: []Type{"aggregate", "situation_description"}, roles: []Role{MLD, HQC, HQS}},
	// Whoever can unlock a machine can copy it, so the register of backups must not depend on the role (security.md 10.4).
	{types: []Type{"backup_record"}, roles: AllRoles},

	{types: []Type{"mission_team", "slot_case", "same_as", "interpreter_card"}, roles: []Role{MLD, HQC, HQS}},
	{types: []Type{"staff", "roster_link", "decision", "request", "arrival"}, roles: settlement},
	{types: []Type{"case", "household"}, roles: interviewers, except: []string{"reg_number"}},
	{types: []Type{"case", "household"}, roles: settlement},
	{types: []Type{"person", "relation", "network", "child", "case_attachment", "disqualification"}, roles: everyEditor},
	{types: []Type{"interview", "interpreter_use", "consent", "sitting"}, roles: interviewers},
	{types: []Type{"language", "literacy", "education", "work", "competence", "wish", "dwelling_need"}, roles: everyEditor},
	{types: []Type{"daily_life_need"}, roles: []Role{INT, REM, MLD, HQC}, except: []string{"share_level"}},
	{types: []Type{"daily_life_need"}, roles: []Role{HQS}},
	{types: []Type{"minor"}, roles: interviewers, except: []string{"statsforvalter_notified"}},
	{types: []Type{"minor"}, roles: settlement},
	{types: []Type{"advice"}, roles: []Role{INT, REM}, except: []string{"approved_by", "approved_digest", "sent_at", "udi_response"}},
	{types: []Type{"advice"}, roles: []Role{MLD}, except: []string{"sent_at", "udi_response"}},
	{types: []Type{"advice"}, roles: []Role{HQC}, fields: []string{"approved_by", "approved_digest", "sent_at", "udi_response"}},

	{types: []Type{"remark", "warning_answer"}, roles: everyEditor},
	{types: []Type{"form_response", "form_row"}, roles: everyEditor},
	{types: []Type{"special_form_response", "special_form_row"}, roles: sealedUsers},

	{types: []Type{
		"person_special", "health", "unhcr_need", "interpreter_special", "child_special", "minor_special", "sensitive",
		"special_attachment", "special_remark", "special_warning_answer",
	}, roles: sealedUsers},
	{types: []Type{"sealed_note", "protected_address", "keep_apart", "sensitive_sealed", "guardian_sealed", "sealed_remark"}, roles: sealedUsers},

	{types: []Type{"roster_person"}, roles: []Role{HQC, HQS, NCO}},
	{types: []Type{"enrolment", "attendance", "alternative_measure", "feedback"}, roles: []Role{NCO}},
	{types: []Type{"attendance"}, roles: []Role{NFA}},

	// Only headquarters takes an import back (security.md 7.2), and only where it holds the ring.
	{types: []Type{"open_import", "case_import", "orientation_import"}, roles: settlement},
	{types: []Type{"special_import", "sealed_import"}, roles: []Role{HQS}},

	{types: []Type{"event"}, roles: AllRoles},
}

// MayWrite reports whether the role may write the field of the type. The common fields (parent, about, rank, _deleted)
// follow the type: whoever may write any field of it may write those.
func (r Role) MayWrite(t Type, field string) bool {
	info, ok := Info(t)
	if !ok {
		return false
	}
	if _, ok := info.Field(field); !ok {
		return false
	}
	own := slices.ContainsFunc(info.Fields, func(f Field) bool { return f.Name == field })
	for _, w := range writes {
		if !slices.Contains(w.types, t) || !slices.Contains(w.roles, r) {
			continue
		}
		switch {
		case !own:
			// A role that may write only some fields of a record may neither make nor remove the record.
			if w.fields == nil {
				return true
			}
		case w.fields != nil:
			if slices.Contains(w.fields, field) {
				return true
			}
		case !slices.Contains(w.except, field):
			return true
		}
	}
	return false
}

// MayCreate reports whether the role may make and remove objects of the type.
func (r Role) MayCreate(t Type) bool { return r.MayWrite(t, "_deleted") }
