package domain

// openTypes: administration without personal data, compartment `open` (domain.md 7.1, 7.2, 7.20, 7.25–7.27, 11).
var openTypes = []TypeInfo{
	{Type: "mission", Number: 1, Compartment: Open, Fields: []Field{
		field(Text, "mission_code", Required, P0, "L9"), // YYYY-CCC-NN
		field(Text, "name", Required, P0, "L9"),
		code("mode", "mission_mode", Required, P0, "L8"),
		code("country_of_asylum", "country", Required, P0, "L4"),
		field(MultiText, "places", Optional, P0, "L9"),
		codes("nationalities", "country", Required, P0, "L4"),
		reference("quota_year", "quota_year", Required, P0, "L4"),
		reference("sub_quota", "sub_quota", Required, P0, "L4"),
		field(Date, "start_date", Required, P0, "L8"),
		field(Date, "end_date", Required, P0, "L8"),
		codes("agencies", "agencies", Required, P0, "L4"),
		field(Text, "unhcr_office", Optional, P0, "L9"),
		field(Text, "iom_office", Optional, P0, "L9"),
		field(Text, "norwegian_mission", Optional, P0, "L9"),
		field(Int, "planned_cases", Optional, P0, "L8"),
		field(Int, "planned_persons", Optional, P0, "L8"),
		field(LongText, "profile_note", Optional, P0, "L4"),
		code("status", "mission_status", Required, P0, "L9"),
		field(LongText, "cooperation_assessment", Optional, P0, "L4", "L8"),
		field(LongText, "security_note", Optional, P0, "L9"),
		// The mission's day: when nobody is interviewed, at local time; weekdays as digits, 1 is Monday, none means every day.
		rows("breaks", []string{"kind", "start", "end", "weekdays"}, Optional, P0, "L9"),
		field(Int, "families_a_day", Optional, P0, "L9"), // most families that one interviewer meets a day
	}},
	// A slot carries no case: slot_case joins them where personal data may stand (security.md 2.2.4). Interviewers stand
	// by alias, interpreters by code. A family that is given a new time keeps the old slot, which then says where it went.
	{Type: "slot", Number: 2, Compartment: Open, Fields: []Field{
		reference("mission", "mission", Required, P0, "L9"),
		field(Date, "date", Required, P0, "L9"),
		field(DateTime, "start", Required, P0, "L9"),
		field(DateTime, "end", Required, P0, "L9"),
		field(Text, "room", Optional, P0, "L9"),
		reference("interviewer", "staff_card", Optional, P0, "L9"),
		field(Text, "interpreter", Optional, P0, "L9"),
		code("agency", "agencies", Optional, P0, "L9"), // whose time it is; none means IMDi
		codes("agency_sequence", "agencies", Optional, P0, "L9"),
		code("mode", "slot_mode", Optional, P0, "L8"), // none means in person
		code("status", "slot_status", Required, P0, "L8"),
		code("reason", "slot_reason", Conditional, P0, "L8"),
		code("part_of_family", "slot_part_of_family", Conditional, P0, "L8"),
		reference("moved_to", "slot", Optional, P0, "L8"),
		field(DateTime, "actual_start", Optional, P0, "L8"),
		field(DateTime, "actual_end", Optional, P0, "L8"),
	}},
	{Type: "code_list", Number: 3, Compartment: Open, Fields: []Field{
		field(Text, "name", Required, P0, "L9"),
		field(Text, "version", Required, P0, "L9"),
		field(Date, "valid_from", Required, P0, "L9"),
		field(Date, "valid_to", Optional, P0, "L9"),
		field(MultiText, "languages", Required, P0, "L9"),
		rows("entries", []string{"code", "nb", "nn", "en", "valid_from", "valid_to", "also"}, Optional, P0, "L9"),
	}},
	{Type: "form", Number: 4, Compartment: Open, Fields: []Field{
		field(Text, "name", Required, P0, "L9"),
		field(Text, "version", Required, P0, "L9"),
		field(Date, "valid_from", Required, P0, "L9"),
		field(Text, "sha256", Required, P0, "L9"),
		rows("survey", nil, Optional, P0, "L9"),
		rows("choices", nil, Optional, P0, "L9"),
		rows("settings", nil, Optional, P0, "L9"),
	}},
	{Type: "course", Number: 5, Compartment: Open, Fields: []Field{
		field(Text, "code", Required, P0, "L7"),
		field(Text, "place", Required, P0, "L7"),
		code("country", "country", Required, P0, "L7"),
		code("delivery", "course_delivery", Required, P0, "L7"),
		code("target_group", "course_target_group", Required, P0, "L7"),
		code("language", "language", Required, P0, "L7"),
		field(Date, "start_date", Required, P0, "L7"),
		field(Date, "end_date", Required, P0, "L7"),
		field(Text, "planned_hours", Required, P0, "L7"), // decimal, steps of 0.25
		rows("day_plan", []string{"day", "start", "end", "hours", "topics"}, Optional, P0, "L7"),
		reference("facilitator", "staff_card", Required, P0, "L7"),
		reference("co_facilitator", "staff_card", Optional, P0, "L7"),
		field(YesNo, "interpreter", Optional, P0, "L7"),
		field(Text, "room", Optional, P0, "L7"),
		field(Int, "capacity", Optional, P0, "L7"),
		codes("special_adaptation", "course_adaptation", Optional, P0, "L7"),
		code("status", "course_status", Required, P0, "L7"),
	}},
	{Type: "lesson", Number: 6, Compartment: Open, Subject: "course", Rows: true, Fields: []Field{
		reference("course", "course", Required, P0, "L7"),
		field(Date, "date", Required, P0, "L7"),
		field(DateTime, "start", Required, P0, "L7"),
		field(DateTime, "end", Required, P0, "L7"),
		field(Text, "hours", Required, P0, "L7"), // decimal, steps of 0.25
		codes("topic_codes", "orientation_topic", Optional, P0, "L7"),
		field(Bool, "held", Optional, P0, "L7"),
		reference("replaced_by", "lesson", Optional, P0, "L7"),
		field(Text, "note", Optional, P0, "L7"),
	}},
	{Type: "quota_year", Number: 7, Compartment: Open, Fields: []Field{
		field(Int, "year", Required, P0, "L4"),
		field(Int, "places", Required, P0, "L4"),
		field(Int, "carried_over", Optional, P0, "L4"), // may be negative
		field(Int, "frame_year", Required, P0, "L4"),   // 1, 2 or 3
		field(Int, "frame_places", Optional, P0, "L4"),
		field(Date, "letter_date", Optional, P0, "L4"),
		field(Bool, "preliminary", Optional, P0, "L4"),
		field(LongText, "note", Optional, P0, "L4"),
	}},
	{Type: "sub_quota", Number: 8, Compartment: Open, Subject: "quota_year", Rows: true, Fields: []Field{
		reference("quota_year", "quota_year", Required, P0, "L4"),
		field(Text, "name", Required, P0, "L4"),
		code("bucket", "quota_bucket", Required, P0, "L4"),
		codes("nationalities", "country", Optional, P0, "L4"),
		code("country_of_asylum", "country", Optional, P0, "L4"),
		field(Int, "places", Required, P0, "L4"),
		field(LongText, "note", Optional, P0, "L4"),
	}},
	{Type: "municipality", Number: 9, Compartment: Open, Fields: []Field{
		code("code", "municipality", Required, P0, "L2"),
		field(Text, "name", Required, P0, "L2"),
		code("county", "county", Required, P0, "L2"),
		field(Text, "hospital", Optional, P0, "L2"),
		field(Text, "emergency_hospital", Optional, P0, "L2"),
		field(YesNo, "upper_secondary", Optional, P0, "L2"),
		field(MultiText, "language_offers", Optional, P0, "L2"),
		field(MultiText, "education_offers", Optional, P0, "L2"),
	}},
	{Type: "aggregate", Number: 10, Compartment: Open, Fields: []Field{
		field(Text, "kind", Required, P0, "L8"),
		field(Int, "year", Optional, P0, "L8"),
		reference("mission", "mission", Optional, P0, "L8"),
		field(LongText, "definition", Required, P0, "L8"),
		rows("figures", []string{"row", "column", "value"}, Required, P0, "L8"),
		field(DateTime, "computed_at", Required, P0, "L8"),
	}},
	{Type: "situation_description", Number: 11, Compartment: Open, Subject: "mission", Fields: []Field{
		field(LongText, "background_country_of_origin", Required, P0, "L8"),
		field(LongText, "situation_country_of_asylum", Required, P0, "L8"),
		field(LongText, "demography", Derived, P0, "L8"),
		field(LongText, "families", Derived, P0, "L8"),
		field(LongText, "languages_and_literacy", Derived, P0, "L8"),
		field(LongText, "education_work", Derived, P0, "L8"),
		field(LongText, "health_and_needs", Derived, P0, "L8"),
		field(LongText, "religion_culture", Optional, P0, "L8"),
		field(LongText, "expectations", Optional, P0, "L8"),
		field(LongText, "special_group_needs", Optional, P0, "L8"),
		field(LongText, "advice_to_municipalities", Required, P0, "L8"),
		field(LongText, "sources", Optional, P0, "L8"),
		reference("approved_by", "staff_card", Conditional, P0, "L8"),
		codes("sent_on_request_to", "municipality", Optional, P0, "L8"),
	}},
	{Type: "seminar", Number: 12, Compartment: Open, Fields: []Field{
		field(Date, "date", Required, P0, "L7", "L8"),
		code("form", "seminar_form", Required, P0, "L7", "L8"),
		code("country", "country", Required, P0, "L7", "L8"),
		codes("municipalities", "municipality", Optional, P0, "L7", "L8"),
		field(Int, "participants", Optional, P0, "L7", "L8"),
		field(LongText, "topics", Optional, P0, "L7", "L8"),
		field(LongText, "evaluation", Optional, P0, "L7", "L8"),
	}},
	{Type: "staff_card", Number: 13, Compartment: Open, Fields: []Field{
		field(Text, "alias", Required, P0, "L9"),
		code("role", "role", Required, P0, "L9"),
		field(Text, "user", Optional, P0, "L9"), // user id of the certificate
		field(MultiText, "languages", Optional, P0, "L9"),
	}},
	{Type: "rehearsal", Number: 14, Compartment: Open, Fields: []Field{
		field(Date, "date", Required, P0, "L6"),
		field(Bool, "succeeded", Required, P0, "L6"),
		field(Int, "shares_used", Optional, P0, "L6"),
		field(LongText, "note", Optional, P0, "L6"),
	}},
	{Type: "backup_record", Number: 15, Compartment: Open, Fields: []Field{
		field(DateTime, "date", Required, P0, "L6"),
		field(Text, "place", Required, P0, "L6"),
		rows("ring_generations", []string{"ring", "generation"}, Required, P0, "L6"),
		field(Text, "sha256", Optional, P0, "L6"),
		field(Bool, "destroyed", Optional, P0, "L6"),
		field(Date, "destroyed_date", Conditional, P0, "L6"),
	}},
	{Type: "open_import", Number: 16, Compartment: Open, Fields: importFields},
}

// importFields: one import as seen from one compartment; the id is the import id (security.md 7.2).
var importFields = []Field{
	field(Bool, "excluded", Optional, P0, "L6"),
	field(Data, "ops", Required, P0, "L6"),    // {"<device>/<epoch>": [[first,last],…]}
	field(Data, "lifted", Optional, P0, "L6"), // those of its quarantined lines that stand after a check (security.md 6.5)
	field(LongText, "reason", Conditional, P0, "L6"),
	field(Text, "file", Required, P0, "L6"), // SHA-256 of the file
}
