package domain

// settlementTypes: practical needs, network, children, advice and the settlement work, compartment `case`
// (domain.md 7.14 as needs without health, 7.17–7.19, 7.21–7.24).
var settlementTypes = []TypeInfo{
	{Type: "dwelling_need", Number: 141, Compartment: Case, Subject: "person", Fields: []Field{
		codes("dwelling_needs", "dwelling_needs", Required, P2, "L2"),
		field(Text, "dwelling_needs_other", Optional, P2, "L2"),
		reference("care_giver", "person", Conditional, P2, "L2"),
	}},
	{Type: "daily_life_need", Number: 142, Compartment: Case, Subject: "person", Fields: []Field{
		field(LongText, "daily_life_summary", Conditional, P2, "L2"), // what must be arranged, no diagnosis
		field(Bool, "need_known_before_settlement", Derived, P2, "L2"),
		code("share_level", "share_level", Required, P2, "L2"), // the special-needs caseworker decides
	}},
	{Type: "network", Number: 143, Compartment: Case, Subject: "person", Rows: true, Fields: []Field{
		field(Text, "relation", Required, P2, "L2"),
		field(Text, "name", Optional, P2, "L2"), // only if the person agrees
		code("municipality", "municipality", Optional, P2, "L2"),
		field(YesNo, "contact_kept", Optional, P2, "L2"),
		code("kind", "network_kind", Required, P2, "L2"),
		// "Must not" is no choice here: it is a keep_apart object (security.md 2.2.1).
		code("want_to_live_near", "want_to_live_near", Required, P2, "L2"),
		field(PartialDateKind, "resident_since", Optional, P2, "L2"),
		field(YesNo, "family_reunification_pending", Optional, P2, "L2"),
	}},
	{Type: "child", Number: 144, Compartment: Case, Subject: "person", Fields: []Field{
		field(YesNo, "school_attended", Required, P1, "L2"),
		field(Int, "years", Conditional, P1, "L2"),
		field(Text, "last_grade", Conditional, P1, "L2"),
		field(YesNo, "interrupted", Optional, P1, "L2"),
		code("instruction_language", "language", Optional, P1, "L2"),
		field(YesNo, "special_education", Optional, P2, "L2"),
		field(YesNo, "kindergarten_experience", Optional, P1, "L2"),
		code("lives_with", "lives_with", Required, P1, "L2"),
		field(YesNo, "parental_responsibility_documented", Conditional, P2, "L2"),
		field(YesNo, "absent_parent_consents", Conditional, P2, "L2"),
		field(LongText, "interests_sports", Optional, P1, "L2"),
		field(YesNo, "vaccination_card", Optional, P1, "L2"),
		field(YesNo, "worked", Optional, P2, "L2"),
		field(LongText, "wants", Optional, P1, "L2"),
		field(Bool, "talked_to_child", Required, P1, "L2"),
		field(LongText, "notes", Optional, P2, "L2"),
	}},
	{Type: "minor", Number: 145, Compartment: Case, Subject: "person", Fields: []Field{
		field(YesNo, "confirmed_unaccompanied", Required, P2, "L2"),
		field(Date, "status_date", Required, P2, "L2"), // explicit, dated, changeable (domain.md 7.19)
		reference("accompanying_person", "person", Conditional, P2, "L2"),
		field(Text, "accompanying_named", Conditional, P2, "L2"), // X5: when not in the program
		field(Text, "relation_to_accompanying", Conditional, P2, "L2"),
		field(YesNo, "relation_documented", Conditional, P2, "L2"),
		field(YesNo, "care_by_accompanying_now", Conditional, P2, "L2"),
		field(YesNo, "wish_to_live_with", Conditional, P2, "L2"),
		field(Text, "guardian_abroad_name", Conditional, P2, "L2"),
		field(Text, "guardian_abroad_role", Conditional, P2, "L2"),
		field(Text, "guardian_abroad_office", Conditional, P2, "L2"),
		code("best_interest_document", "best_interest_document", Required, P2, "L2"),
		code("parents_alive", "parents_alive", Required, P2, "L2"),
		field(Text, "parents_where", Conditional, P2, "L2"),
		field(LongText, "siblings", Required, P2, "L2"),
		code("responsible_agency", "responsible_agency", Derived, P2, "L2"),
		code("care_arrangement_suggestion", "care_arrangement", Required, P2, "L2"),
		field(Text, "school_status", Required, P2, "L2"),
		field(Date, "statsforvalter_notified", Optional, P2, "L2"), // headquarters only
	}},
	{Type: "advice", Number: 146, Compartment: Case, Subject: "case", Rows: true, Fields: []Field{
		reference("case", "case", Required, P2, "L4"),
		references("persons", "person", Optional, P2, "L4"), // empty: the whole case
		code("advice", "advice", Required, P2, "L4"),
		codes("grounds", "advice_grounds", Required, P2, "L4"),
		field(LongText, "text", Required, P2, "L4"),
		code("basis", "advice_basis", Required, P2, "L4"),
		reference("written_by", "staff_card", Required, P2, "L4"),
		reference("approved_by", "staff_card", Conditional, P2, "L4"), // never the author; see [AdviceDigest]
		field(Text, "approved_digest", Derived, P2, "L4"),             // of the words that were approved
		field(DateTime, "sent_at", Conditional, P2, "L4"),
		field(LongText, "udi_response", Optional, P2, "L4"),
		code("visible_to", "advice_visible_to", Required, P2, "L4"),
	}},
	{Type: "decision", Number: 147, Compartment: Case, Subject: "person", Rows: true, Fields: []Field{
		code("outcome", "decision_outcome", Required, P1, "L4"),
		field(Date, "decision_date", Required, P1, "L4"),
		code("refugee_status", "refugee_status", Conditional, P1, "L4"),
		field(Date, "permit_valid_from", Conditional, P1, "L4"),
		field(Date, "permit_valid_to", Conditional, P1, "L4"),
		field(Date, "extended_to", Optional, P1, "L4"),
		field(Bool, "quota_counted", Required, P1, "L4"),
		field(Text, "travel_document", Optional, P1, "L4"),
		field(YesNo, "d_visa", Optional, P1, "L4"),
		field(Text, "reason_code", Optional, P1, "L4"),
	}},
	{Type: "request", Number: 148, Compartment: Case, Subject: "household", Rows: true, Fields: []Field{
		reference("household", "household", Required, P2, "L2", "L8"),
		code("municipality", "municipality", Required, P2, "L2", "L8"),
		field(DateTime, "sent_at", Conditional, P2, "L2", "L8"),
		reference("sent_by", "staff_card", Conditional, P2, "L2", "L8"),
		field(Text, "anonymous_view_version", Conditional, P2, "L2", "L8"),
		code("answer", "request_answer", Conditional, P2, "L2", "L8"),
		field(DateTime, "answered_at", Conditional, P2, "L2", "L8"),
		code("decline_reason", "decline_reason", Conditional, P2, "L2", "L8"),
		field(Text, "proposed_week", Optional, P2, "L2", "L8"), // YYYY-Www
		field(Date, "agreed_date", Conditional, P2, "L2", "L8"),
		field(Bool, "redistributed", Optional, P2, "L2", "L8"),
		field(DateTime, "withdrawn_at", Optional, P2, "L2", "L8"),
		field(LongText, "withdrawn_reason", Conditional, P2, "L2", "L8"),
		codes("grant_flags", "grant_flags", Optional, P2, "L2", "L8"),
		field(Date, "earliest_arrival", Optional, P2, "L2", "L8"),
		field(Date, "entry_deadline", Optional, P2, "L2", "L8"),
		field(YesNo, "hospital_near", Derived, P2, "L2", "L8"),
		field(YesNo, "upper_secondary_in_municipality", Derived, P2, "L2", "L8"),
		field(YesNo, "network_nearby", Derived, P2, "L2", "L8"),
	}},
	{Type: "arrival", Number: 149, Compartment: Case, Subject: "person", Fields: []Field{
		field(Text, "flight", Optional, P1, "L2", "L8"),
		field(Text, "arrival_airport", Optional, P1, "L2", "L8"),
		field(DateTime, "arrival_at", Optional, P1, "L2", "L8"),
		field(Text, "met_by", Optional, P1, "L2", "L8"),
		field(DateTime, "arrival_notified_at", Optional, P1, "L2", "L8"),
		code("escort", "escort", Optional, P1, "L2", "L8"),
		field(Date, "settled_date", Conditional, P1, "L2", "L8"),
		field(Date, "police_registered_at", Optional, P1, "L2", "L8"),
		field(Bool, "fodselsnummer_received", Optional, P1, "L2", "L8"), // never the number itself
		field(Date, "moved_on", Optional, P1, "L2", "L8"),
		field(LongText, "not_arrived_reason", Conditional, P1, "L2", "L8"),
	}},
}
