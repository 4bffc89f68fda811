package domain

// caseTypes: the case, its people, the interviews and who works on them, compartment `case` (domain.md 7.1–7.8, 7.27).
var caseTypes = []TypeInfo{
	{Type: "mission_team", Number: 101, Compartment: Case, Subject: "mission", Fields: []Field{
		reference("mission", "mission", Required, P1, "L9"),
		reference("lead", "staff", Required, P1, "L9"),
		references("team", "staff", Required, P1, "L9"),
	}},
	{Type: "slot_case", Number: 102, Compartment: Case, Subject: "slot", Fields: []Field{
		reference("slot", "slot", Required, P1, "L9"),
		reference("case", "case", Required, P1, "L9"),
		reference("household", "household", Optional, P1, "L9"), // when the family is split over several slots
	}},
	{Type: "case", Number: 103, Compartment: Case, Fields: []Field{
		field(Text, "unhcr_case_no", Conditional, P1, "L4"),
		field(Text, "unhcr_reference_no", Optional, P1, "L4"),
		code("submitted_by", "submitted_by", Required, P1, "L4"),
		code("submission_priority", "submission_priority", Required, P1, "L4"),
		code("submission_cat_primary", "submission_category", Conditional, P2, "L4"),
		code("submission_cat_secondary", "submission_category", Conditional, P2, "L4"),
		field(Int, "case_size_rrf", Conditional, P1, "L4"),
		field(Text, "case_size_reason", Conditional, P1, "L4"), // X3
		// "Must not be near" is never a relation here: it is a keep_apart object (domain.md 7.3).
		rows("linked_cases", []string{"case", "unhcr_case_no", "relation"}, Optional, P2, "L2"),
		reference("mission", "mission", Conditional, P1, "L4"),
		code("channel", "channel", Required, P1, "L4"),
		code("quota_bucket", "quota_bucket", Required, P0, "L4"),
		code("country_of_asylum", "country", Required, P1, "L2"),
		field(Text, "place_of_stay", Required, P1, "L2"),
		field(PartialDateKind, "arrived_country_of_asylum", Optional, P1, "L2"),
		code("living_conditions", "living_conditions", Optional, P2, "L2"),
		field(LongText, "living_conditions_note", Optional, P2, "L2"),
		field(Text, "contact_channel", Optional, P2, "L9"),
		field(YesNo, "contact_safe", Optional, P2, "L9"),
		field(Int, "household_count", Derived, P1, "L2"),
		field(Text, "reg_number", Optional, P1, "L8"), // headquarters only
		field(Text, "udi_case_ref", Optional, P1, "L4"),
		field(Bool, "limited_information", Required, P0, "L2"),
		code("status", "status", Required, P1, "L2"),
		field(LongText, "status_reason", Conditional, P1, "L2"),
		field(Date, "status_date", Conditional, P1, "L2"),
		field(LongText, "expectations", Optional, P2, "L2"),
		field(LongText, "pa_family_left_behind", Optional, P2, "L2"), // 7.17: relation, country and count, no names
	}},
	{Type: "household", Number: 104, Compartment: Case, Subject: "case", Rows: true, Fields: []Field{
		reference("case", "case", Required, P1, "L2"),
		field(Text, "name", Optional, P1, "L2"), // what staff call it on screen
		field(Text, "reg_number", Optional, P1, "L8"),
		code("status", "status", Conditional, P1, "L2"), // from fordelingsklar on (domain.md 4)
		field(LongText, "status_reason", Conditional, P1, "L2"),
		field(Date, "status_date", Conditional, P1, "L2"),
		field(Text, "absence_reason", Conditional, P1, "L8"), // X2
		field(LongText, "note", Optional, P2, "L2"),
	}},
	{Type: "person", Number: 105, Compartment: Case, Fields: []Field{
		field(Text, "unhcr_individual_no", Conditional, P1, "L4"),
		field(Text, "duf_no", Optional, P1, "L2"),
		rows("other_ids", []string{"type", "number", "country", "seen"}, Optional, P1, "L2"),
		field(Text, "family_name", Conditional, P1, "L2"),
		field(Text, "given_names", Conditional, P1, "L2"),
		field(Bool, "one_name", Optional, P1, "L2"),
		field(Text, "father_name", Optional, P1, "L2"),
		field(Text, "grandfather_name", Optional, P1, "L2"),
		field(Text, "mother_name", Optional, P1, "L2"),
		field(Text, "name_native_script", Optional, P1, "L2"),
		field(Text, "name_called", Optional, P1, "L9"),
		field(MultiText, "other_spellings", Optional, P1, "L2"),
		code("sex", "sex", Required, P1, "L2", "L8"),
		field(PartialDateKind, "birth", Required, P1, "L2"),
		code("birth_certainty", "birth_certainty", Required, P1, "L2"),
		field(MultiText, "birth_alternative", Optional, P2, "L2"), // each: the date and where it comes from
		field(Text, "birth_original", Optional, P1, "L2"),         // as said in another calendar (domain.md 8.4)
		code("birth_country", "country", Optional, P1, "L2"),
		field(Text, "birth_place", Optional, P1, "L2"),
		codes("nationalities", "country", Conditional, P1, "L2", "L8"),
		field(YesNo, "stateless", Required, P1, "L2", "L8"),
		code("country_of_origin", "country", Required, P1, "L8"),
		code("civil_status", "civil_status", Conditional, P1, "L2"),
		field(YesNo, "civil_status_documented", Conditional, P1, "L2"),
		code("relation_to_pa", "relation_to_pa", Required, P1, "L2"),
		reference("household", "household", Required, P1, "L2"),
		code("present_at_interview", "present_at_interview", Required, P1, "L8"),
		code("mother_tongue", "language", Required, P1, "L1", "L2"),
		codes("mother_tongue_other", "language", Optional, P1, "L1", "L2"), // "at least one" (domain.md 7.4)
		code("interpreter_language_1", "language", Required, P1, "L2", "L5"),
		code("interpreter_language_2", "language", Optional, P1, "L2", "L5"),
		field(Text, "interpreter_dialect", Optional, P1, "L5"),
		code("travel_docs", "travel_docs", Optional, P1, "L2"),
		field(Bool, "research_opt_out", Optional, P1, "L6"),
		codes("target_groups", "target_groups", Derived, P1, "L2"),
		code("status", "status", Conditional, P1, "L2"), // granted, refused, bosatt, frafalt (domain.md 4)
		field(Date, "status_date", Conditional, P1, "L2"),
		code("left_case", "left_case", Optional, P1, "L9"),
		field(Date, "left_case_date", Conditional, P1, "L9"),
		field(Text, "whereabouts", Optional, P1, "L2"), // where somebody is who is not with the others: place and country
	}},
	// person_b is `type` of person_a: type "parent" reads "person_b is a parent of person_a".
	{Type: "relation", Number: 106, Compartment: Case, Fields: []Field{
		reference("person_a", "person", Required, P1, "L2"),
		reference("person_b", "person", Required, P1, "L2"),
		code("type", "relation_type", Required, P1, "L2"),
		code("legal", "relation_legal", Conditional, P1, "L2"),
		field(YesNo, "care_responsibility", Optional, P1, "L2"),
		field(YesNo, "documented", Optional, P1, "L2"),
		code("dna_test", "dna_test", Optional, P1, "L2"),
		field(PartialDateKind, "since", Optional, P1, "L2"),
		field(PartialDateKind, "until", Optional, P1, "L2"),
		code("living_together_in_norway", "living_together", Optional, P1, "L2"),
		field(Text, "note", Optional, P2, "L2"),
	}},
	{Type: "interview", Number: 107, Compartment: Case, Subject: "person", Rows: true, Fields: []Field{
		reference("case", "case", Required, P1, "L2"),
		references("persons_present", "person", Required, P1, "L2"),
		code("type", "interview_type", Required, P1, "L8"),
		reference("interviewer", "staff_card", Required, P1, "L9"),
		reference("second_official", "staff_card", Optional, P1, "L9"),
		field(DateTime, "start", Required, P1, "L8"),
		field(DateTime, "end", Required, P1, "L8"),
		rows("pauses", []string{"start", "end"}, Optional, P1, "L8"),
		code("place_kind", "place_kind", Required, P0, "L9"),
		field(YesNo, "alone_with_person", Required, P1, "L6"),
		field(Text, "others_in_room", Conditional, P1, "L6"),
		field(YesNo, "interpreter_needed", Required, P1, "L5"),
		code("shared_language", "language", Conditional, P1, "L5"), // X7
		reference("interpreter_use", "interpreter_use", Conditional, P1, "L5"),
		codes("information_given", "information_given", Required, P1, "L6"),
		field(Date, "information_date", Required, P1, "L6"),
		code("information_language", "language", Required, P1, "L6"),
		references("consents", "consent", Conditional, P2, "L6"),
		field(LongText, "mood_breaks", Optional, P2, "L2"),
		field(Int, "completeness", Derived, P1, "L9"),
		field(Bool, "read_back_done", Required, P1, "L6"),
		field(Text, "read_back_reason", Conditional, P1, "L6"),
		field(LongText, "questions_from_person", Optional, P2, "L7"),
		rows("time_spent_blocks", []string{"block", "seconds"}, Derived, P0, "L9"), // the sum of the sittings
		field(MultiText, "come_back", Optional, P1, "L9"),                          // questions marked "come back to this"
		code("status", "interview_status", Required, P1, "L6"),
		field(Bool, "returned", Derived, P1, "L6"), // the lead sent it back, and it has not been handed in again
		rows("amendments", []string{"by", "at", "what", "why"}, Conditional, P1, "L6"),
	}},
	{Type: "interpreter_use", Number: 108, Compartment: Case, Subject: "interview", Rows: true, Fields: []Field{
		field(Text, "interpreter_ref", Required, P1, "L5"), // a code, never the name
		code("language_from", "language", Required, P1, "L5"),
		code("language_to", "language", Required, P1, "L5"),
		code("mode", "interpreter_mode", Required, P1, "L5"),
		code("provider", "interpreter_provider", Required, P1, "L5"),
		code("register_category", "register_category", Required, P1, "L5"),
		code("gender", "sex", Optional, P1, "L5"),
		code("tie", "interpreter_tie", Required, P1, "L5"), // X14: child, family, fellow applicant or none of these
		field(Text, "exception_reason", Conditional, P1, "L5"),
		field(Bool, "confidentiality_declared", Required, P1, "L5"),
		field(Bool, "disqualification_checked", Required, P1, "L5"),
		field(YesNo, "person_accepts", Required, P1, "L5"),
		code("quality", "interpreter_quality", Optional, P1, "L5"),
		field(LongText, "problem_note", Conditional, P2, "L5"),
		field(Bool, "changed_during", Optional, P1, "L5"),
	}},
	{Type: "consent", Number: 109, Compartment: Case, Subject: "person", Rows: true, Fields: []Field{
		reference("interview", "interview", Optional, P1, "L6"),
		code("kind", "consent_kind", Required, P2, "L6"),
		field(YesNo, "given", Required, P2, "L6"),
		field(Date, "date", Required, P2, "L6"),
		code("language", "language", Required, P2, "L6"),
		code("how", "consent_how", Required, P2, "L6"),
		field(LongText, "scope", Conditional, P2, "L6"),
		reference("by_guardian", "person", Conditional, P2, "L6"),
		field(DateTime, "withdrawn_at", Optional, P2, "L6"),
	}},
	{Type: "staff", Number: 110, Compartment: Case, Fields: []Field{
		reference("staff_card", "staff_card", Required, P1, "L9"),
		field(Text, "name", Required, P1, "L9"),
		code("role", "role", Required, P1, "L9"),
		field(Text, "unit", Optional, P1, "L9"),
		field(Text, "key", Optional, P1, "L9"), // fingerprint
		field(Date, "training_date", Optional, P1, "L9"),
	}},
	{Type: "case_attachment", Number: 111, Compartment: Case, Subject: "person", Rows: true, Fields: attachmentFields(P2)},
	{Type: "same_as", Number: 112, Compartment: Case, Fields: []Field{
		reference("person_a", "person", Required, P1, "L2"),
		reference("person_b", "person", Required, P1, "L2"),
		field(Text, "reason", Required, P1, "L2"),
	}},
	{Type: "roster_link", Number: 113, Compartment: Case, Subject: "person", Fields: []Field{
		reference("roster_person", "roster_person", Required, P1, "L7"),
	}},
	{Type: "case_import", Number: 114, Compartment: Case, Fields: importFields},
	// Which interpreters the mission has and what they speak, by code. Names stand in the mission's own papers (domain.md 7.7).
	{Type: "interpreter_card", Number: 115, Compartment: Case, Fields: []Field{
		field(Text, "code", Required, P1, "L5"),
		codes("languages", "language", Required, P1, "L5"),
		field(MultiText, "dialects", Optional, P1, "L5"),
		code("gender", "sex", Optional, P1, "L5"),
		code("mode", "interpreter_mode", Optional, P1, "L5"),
		code("provider", "interpreter_provider", Optional, P1, "L5"),
		code("register_category", "register_category", Optional, P1, "L5"),
	}},
	// Somebody who must not work on a case, because of a tie to the family (Public Administration Act § 6; domain.md 7.7): an official by
	// card or an interpreter by code.
	{Type: "disqualification", Number: 116, Compartment: Case, Subject: "case", Rows: true, Fields: []Field{
		reference("staff_card", "staff_card", Conditional, P1, "L5", "L6"),
		field(Text, "interpreter", Conditional, P1, "L5", "L6"),
		code("tie", "disqualification_tie", Required, P1, "L5", "L6"),
	}},
	// How long each block of an interview was on screen while one machine had it open; the closed part counts as the block before it. One
	// object a sitting, so that two machines and two evenings add up and never conflict (domain.md 7.6).
	{Type: "sitting", Number: 117, Compartment: Case, Subject: "interview", Rows: true, Fields: []Field{
		rows("time_spent_blocks", []string{"block", "seconds"}, Derived, P0, "L9"),
	}},
}

// attachmentFields describe a sealed file that belongs to a person; photos of persons are not kept (domain.md 7.4).
func attachmentFields(class Class) []Field {
	return []Field{
		code("kind", "attachment_kind", Required, class, "L1", "L2"),
		field(Text, "title", Required, class, "L1", "L2"),
		field(Text, "file_name", Optional, class, "L1", "L2"), // as it was called where it came from
		field(Text, "media_type", Required, P0, "L9"),
		field(Int, "size", Required, P0, "L9"), // bytes
		field(Text, "sha256", Required, P0, "L6"),
		field(Text, "blob", Required, P0, "L9"), // id of the sealed parts
	}
}
