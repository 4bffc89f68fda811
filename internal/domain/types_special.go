package domain

// specialTypes: special categories of personal data, compartment `special` (domain.md 7.4, 7.7, 7.14–7.16, 7.18, 7.19).
// A facet holds the fields of a higher class of an object in `case` (security.md 2.2.1).
var specialTypes = []TypeInfo{
	{Type: "person_special", Number: 201, Compartment: Special, Subject: "person", Fields: []Field{
		field(Text, "ethnic_group", Optional, P3, "L2"), // only if necessary for settlement
		field(Text, "religion", Optional, P3, "L2"),     // only if necessary for settlement
		codes("interpreter_wish", "interpreter_wish", Optional, P3, "L5"),
		code("interpreter_wish_not_country", "country", Conditional, P3, "L5"), // X15
		field(PartialDateKind, "pregnant_due", Optional, P3, "L2"),
	}},
	{Type: "health", Number: 202, Compartment: Special, Subject: "person", Fields: []Field{
		field(YesNo, "urgent_before_travel", Required, P3, "L2"),
		field(LongText, "urgent_before_travel_note", Conditional, P3, "L2"),
		code("mobility", "mobility", Required, P3, "L2"),
		codes("senses", "senses", Optional, P3, "L2"),
		field(Text, "aids_used", Optional, P3, "L2"),
		code("care_need", "care_need", Required, P3, "L2"),
		codes("needs_specialist_service", "needs_specialist_service", Optional, P3, "L2"),
		field(Text, "needs_specialist_service_other", Optional, P3, "L2"),
		field(YesNo, "medicines_ongoing", Optional, P3, "L2"), // only that; the list is in the medical form
		code("mental_health_support", "mental_health_support", Optional, P3, "L2"),
		field(YesNo, "torture_or_war_injury", Optional, P3, "L2"), // need for follow-up only, no story
		code("infectious_followup", "infectious_followup", Optional, P3, "L2"),
		codes("documentation", "health_documentation", Conditional, P3, "L2"),
		field(LongText, "note", Optional, P3, "L2"),
	}},
	{Type: "unhcr_need", Number: 203, Compartment: Special, Subject: "person", Rows: true, Fields: []Field{
		code("code", "unhcr_need", Required, P3, "L2", "L4"),
		code("source", "unhcr_need_source", Required, P3, "L2", "L4"),
		field(YesNo, "still_valid", Required, P3, "L2", "L4"),
		field(Text, "note", Optional, P3, "L2", "L4"),
	}},
	{Type: "interpreter_special", Number: 204, Compartment: Special, Subject: "interpreter_use", Fields: []Field{
		code("origin_country", "country", Optional, P3, "L5"), // only for the match with the person's wish
	}},
	{Type: "child_special", Number: 205, Compartment: Special, Subject: "person", Fields: []Field{
		field(LongText, "special_education_need", Optional, P3, "L2"),
		field(LongText, "development_concern", Optional, P3, "L2"),
	}},
	{Type: "minor_special", Number: 206, Compartment: Special, Subject: "person", Fields: []Field{
		field(LongText, "health_need", Optional, P3, "L2"),
	}},
	{Type: "sensitive", Number: 207, Compartment: Special, Subject: "person", Rows: true, Fields: sensitiveFields(P3)},
	{Type: "special_attachment", Number: 208, Compartment: Special, Subject: "person", Rows: true, Fields: attachmentFields(P3)},
	{Type: "special_import", Number: 209, Compartment: Special, Fields: importFields},
}

// sensitiveFields record the consequence for settlement, not the story (domain.md 7.16).
func sensitiveFields(class Class) []Field {
	return []Field{
		code("category", "sensitive_category", Required, class, "L2"),
		code("disclosed_by", "disclosed_by", Optional, class, "L2"),
		field(YesNo, "known_to_family", Optional, class, "L2"),
		codes("may_be_shared_with", "may_be_shared_with", Required, class, "L2"),
		codes("settlement_consequence", "settlement_consequence", Required, class, "L2"),
		field(YesNo, "follow_up_before_travel", Optional, class, "L2"),
		field(Text, "follow_up_by", Conditional, class, "L2"),
		field(Text, "note", Optional, class, "L2"),
	}
}

// sealedTypes: what one person asked to keep from the others, or what could endanger, compartment `sealed`
// (domain.md 3.3, security.md 2.4). Every line is a box to named readers.
var sealedTypes = []TypeInfo{
	{Type: "sealed_note", Number: 301, Compartment: Sealed, Subject: "person", Rows: true, Fields: []Field{
		code("topic", "sealed_topic", Optional, P4, "L2"),
		field(LongText, "note", Required, P4, "L2"),
		codes("settlement_consequence", "settlement_consequence", Optional, P4, "L2"),
		codes("may_be_shared_with", "may_be_shared_with", Optional, P4, "L2"),
	}},
	{Type: "protected_address", Number: 302, Compartment: Sealed, Subject: "person", Fields: []Field{
		field(Bool, "protected_address_risk", Required, P4, "L2"),
		field(Text, "note", Optional, P4, "L2"),
	}},
	{Type: "keep_apart", Number: 303, Compartment: Sealed, Subject: "person", Rows: true, Fields: []Field{
		reference("person", "person", Conditional, P4, "L2"),
		reference("case", "case", Conditional, P4, "L2"),
		field(Text, "who", Conditional, P4, "L2"), // a person or group that is not in the program
		codes("municipalities", "municipality", Optional, P4, "L2"),
		codes("settlement_consequence", "settlement_consequence", Optional, P4, "L2"),
		field(YesNo, "known_to_family", Optional, P4, "L2"),
		codes("may_be_shared_with", "may_be_shared_with", Required, P4, "L2"),
		field(Text, "note", Optional, P4, "L2"),
	}},
	{Type: "sensitive_sealed", Number: 304, Compartment: Sealed, Subject: "person", Rows: true, Fields: sensitiveFields(P4)},
	{Type: "guardian_sealed", Number: 305, Compartment: Sealed, Subject: "person", Fields: []Field{
		field(Text, "guardian_abroad_name", Optional, P4, "L2"),
		field(Text, "guardian_abroad_role", Optional, P4, "L2"),
		field(Text, "guardian_abroad_office", Optional, P4, "L2"),
		field(Text, "note", Optional, P4, "L2"),
	}},
	{Type: "sealed_import", Number: 306, Compartment: Sealed, Fields: importFields},
	{Type: "sealed_remark", Number: 307, Compartment: Sealed, Subject: "person", Rows: true, Fields: remarkFields("sealed_remark", P4)},
}
