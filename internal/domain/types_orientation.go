package domain

// orientationTypes: roster and attendance of the orientation course, compartment `orientation` (domain.md 7.20, 12).
// roster_person is a projection with an id of its own and exactly these fields (security.md 2.2.5).
var orientationTypes = []TypeInfo{
	{Type: "roster_person", Number: 401, Compartment: Orientation, Fields: []Field{
		field(Text, "given_name", Required, P1, "L7"),
		field(Text, "family_initial", Optional, P1, "L7"),
		field(Int, "birth_year", Required, P1, "L7"),
		code("sex", "sex", Required, P1, "L7"),
		code("language", "language", Required, P1, "L7"),
		field(YesNo, "reads", Required, P1, "L7"),
		codes("accessibility", "enrolment_needs", Optional, P1, "L7"),
		field(Text, "case_number", Optional, P1, "L7"),
		field(Text, "contact", Optional, P1, "L7"),
	}},
	{Type: "enrolment", Number: 402, Compartment: Orientation, Subject: "roster_person", Rows: true, Fields: []Field{
		reference("person", "roster_person", Required, P1, "L7"),
		reference("course", "course", Required, P1, "L7"),
		field(Date, "invited_date", Optional, P1, "L7"),
		field(Text, "reason_for_group", Optional, P1, "L7"),
		field(Text, "seat", Optional, P1, "L7"),
		codes("needs", "enrolment_needs", Optional, P1, "L7"),
		field(Text, "transport", Optional, P1, "L7"),
		field(Bool, "photo_consent", Optional, P1, "L7"),
		code("status", "enrolment_status", Required, P1, "L7"),
	}},
	{Type: "attendance", Number: 403, Compartment: Orientation, Subject: "roster_person", Rows: true, Fields: []Field{
		reference("session", "lesson", Required, P1, "L7"),
		reference("person", "roster_person", Required, P1, "L7"),
		code("state", "attendance_state", Required, P1, "L7"),
		field(Int, "minutes_attended", Optional, P1, "L7"),
		code("reason", "attendance_reason", Conditional, P1, "L7"),
		reference("recorded_by", "staff_card", Required, P1, "L7"),
		reference("corrected_by", "staff_card", Optional, P1, "L7"),
	}},
	{Type: "alternative_measure", Number: 404, Compartment: Orientation, Subject: "roster_person", Rows: true, Fields: []Field{
		reference("person", "roster_person", Required, P1, "L7"),
		code("type", "alternative_measure_type", Conditional, P1, "L7"),
		code("language", "language", Conditional, P1, "L7"),
		field(Int, "minutes", Conditional, P1, "L7"),
		field(Date, "date", Conditional, P1, "L7"),
		reference("given_by", "staff_card", Conditional, P1, "L7"),
		field(YesNo, "understood", Optional, P1, "L7"),
		code("no_info_reason", "no_info_reason", Conditional, P1, "L7"),
	}},
	{Type: "feedback", Number: 405, Compartment: Orientation, Subject: "course", Rows: true, Fields: []Field{
		reference("course", "course", Required, P1, "L7"),
		codes("topics", "orientation_topic", Optional, P1, "L7"),
		field(LongText, "worries", Optional, P1, "L7"),
		field(LongText, "corrections", Optional, P1, "L7"),
	}},
	{Type: "orientation_import", Number: 406, Compartment: Orientation, Fields: importFields},
}

// auditTypes: who did what to which object, compartment `audit`. Never content (security.md 2.1).
var auditTypes = []TypeInfo{
	{Type: "event", Number: 501, Compartment: Audit, Fields: []Field{
		field(Text, "act", Required, P1, "L6"),
		field(Text, "object", Optional, P1, "L6"), // id only
		field(Text, "object_type", Optional, P1, "L6"),
		field(DateTime, "at", Required, P1, "L6"),
		field(Int, "count", Optional, P1, "L6"),
		field(Text, "purpose", Optional, P1, "L6"),
		field(Text, "file", Optional, P1, "L6"), // SHA-256 of what was exported or printed
		field(Text, "reason", Optional, P1, "L6"),
	}},
}
