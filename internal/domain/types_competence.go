package domain

// competenceTypes: the competence mapping of the Integration Act § 6, compartment `case` (domain.md 7.9–7.13).
var competenceTypes = []TypeInfo{
	{Type: "language", Number: 121, Compartment: Case, Subject: "person", Rows: true, Fields: []Field{
		code("language", "language", Required, P1, "L1"),
		field(Text, "variety", Optional, P1, "L1"),
		code("kind", "language_kind", Required, P1, "L1"),
		code("listening", "cefr", Conditional, P1, "L1"),
		code("speaking", "cefr", Required, P1, "L1"),
		code("reading", "cefr", Conditional, P1, "L1"),
		code("writing", "cefr", Conditional, P1, "L1"),
		code("assessment", "assessment", Required, P1, "L1"), // self-assessed or observed
		field(Text, "test", Optional, P1, "L1"),
		field(PartialDateKind, "test_date", Optional, P1, "L1"),
		codes("use", "language_use", Optional, P1, "L1"),
		field(YesNo, "can_interpret", Optional, P2, "L2"),
	}},
	{Type: "literacy", Number: 122, Compartment: Case, Subject: "person", Fields: []Field{
		code("literacy", "literacy", Conditional, P1, "L1"), // required from 8 years
		codes("script_known", "script", Optional, P1, "L1"),
	}},
	{Type: "education", Number: 123, Compartment: Case, Subject: "person", Rows: true, Fields: []Field{
		code("level", "isced", Required, P1, "L1", "L8"),
		field(YesNo, "completed", Required, P1, "L1"),
		field(Int, "years_total", Required, P1, "L1"), // 0–30
		code("school_type", "school_type", Optional, P1, "L1"),
		code("field", "isced_f", Conditional, P1, "L1"), // from level 3
		field(Text, "field_own_words", Optional, P1, "L1"),
		field(Text, "name_of_programme", Optional, P1, "L1"),
		field(Text, "institution", Optional, P1, "L1"),
		code("country", "country", Optional, P1, "L1"),
		field(Text, "place", Optional, P1, "L1"),
		field(PartialDateKind, "start", Optional, P1, "L1"),
		field(PartialDateKind, "end", Optional, P1, "L1"),
		code("instruction_language", "language", Optional, P1, "L1"),
		field(Text, "grade_scale", Optional, P1, "L1"),
		field(Text, "result", Optional, P1, "L1"),
		code("documents", "documents", Conditional, P1, "L1"), // from level 3
		field(Bool, "document_seen", Optional, P1, "L1"),
		code("reason_interrupted", "reason_interrupted", Optional, P2, "L1"),
		field(YesNo, "recognition_wish", Optional, P1, "L1"),
		field(YesNo, "regulated_profession", Conditional, P1, "L1"),
	}},
	{Type: "work", Number: 124, Compartment: Case, Subject: "person", Rows: true, Fields: []Field{
		code("occupation", "occupation", Optional, P1, "L1"),
		field(Text, "title_own_words", Required, P1, "L1"),
		field(Text, "employer", Optional, P1, "L1"),
		code("industry", "industry", Optional, P1, "L1"),
		field(YesNo, "self_employed", Optional, P1, "L1"),
		code("country", "country", Optional, P1, "L1"),
		field(PartialDateKind, "start", Optional, P1, "L1"),
		field(PartialDateKind, "end", Optional, P1, "L1"),
		field(Int, "years", Optional, P1, "L1"),
		code("hours", "hours", Optional, P1, "L1"),
		field(LongText, "duties", Optional, P1, "L1"),
		field(Text, "machines_tools", Optional, P1, "L1"),
		field(Int, "led_others", Optional, P1, "L1"), // how many
		code("customer_language", "language", Optional, P1, "L1"),
		field(YesNo, "certificate", Optional, P1, "L1"),
		field(YesNo, "formal", Optional, P1, "L1"),
		field(Bool, "last_job", Optional, P1, "L1"),
		field(YesNo, "wants_to_continue", Optional, P1, "L1"),
	}},
	// One per person: other competence (7.12), and what 7.10 and 7.11 ask once per person.
	{Type: "competence", Number: 125, Compartment: Case, Subject: "person", Fields: []Field{
		code("highest_level", "isced", Derived, P1, "L1", "L8"),
		field(YesNo, "has_completed_upper_secondary", Conditional, P1, "L1"), // required at 18–55
		field(Int, "school_years_total", Optional, P1, "L1"),
		field(YesNo, "ever_worked", Conditional, P1, "L1"), // required from 15
		field(Int, "work_years_total", Optional, P1, "L1"),
		code("current_activity", "current_activity", Optional, P1, "L1"),
		code("driving_licence", "driving_licence", Optional, P1, "L1"),
		codes("driving_licence_classes", "driving_licence_classes", Conditional, P1, "L1"),
		code("driving_licence_country", "country", Conditional, P1, "L1"),
		field(YesNo, "driving_licence_seen", Optional, P1, "L1"),
		field(Int, "driving_experience_years", Optional, P1, "L1"),
		code("digital_phone", "digital_scale", Optional, P1, "L1"),
		code("digital_message", "digital_scale", Optional, P1, "L1"),
		code("digital_search", "digital_scale", Optional, P1, "L1"),
		code("digital_form", "digital_scale", Optional, P1, "L1"),
		code("digital_office", "digital_scale", Optional, P1, "L1"),
		code("digital_level", "digital_scale", Derived, P1, "L1"),
		field(LongText, "courses", Optional, P1, "L1"), // name, length, year, certificate of each
		codes("informal_skills", "informal_skills", Optional, P1, "L1"),
		field(Text, "informal_skills_other", Optional, P1, "L1"),
		field(LongText, "volunteering", Optional, P1, "L1"),
		field(LongText, "public_office_or_leadership", Optional, P1, "L1"),
		field(LongText, "arts_sports_interests", Optional, P1, "L1"),
		field(LongText, "special_talent", Optional, P1, "L1"),
	}},
	{Type: "wish", Number: 126, Compartment: Case, Subject: "person", Fields: []Field{
		field(Text, "work_wish", Optional, P2, "L1", "L2"),
		code("work_wish_occupation", "occupation", Optional, P2, "L1", "L2"),
		field(Text, "education_wish", Optional, P2, "L1", "L2"),
		field(YesNo, "willing_to_start_work_soon", Optional, P2, "L1", "L2"),
		field(Text, "training_wish", Optional, P2, "L1", "L2"),
		codes("barriers", "barriers", Optional, P2, "L1", "L2"),
		code("learning_speed_self", "learning_speed_self", Optional, P2, "L1"),
		field(YesNo, "norwegian_started", Optional, P2, "L1"),
		field(Text, "place_wish", Optional, P2, "L2"),
		code("place_wish_reason", "place_wish_reason", Conditional, P2, "L2"),
		field(Text, "interests", Optional, P2, "L1", "L2"),
		field(LongText, "family_plans", Optional, P2, "L2"), // relation and number, no names (domain.md 7.13)
		field(LongText, "questions", Optional, P2, "L2"),
	}},
}
