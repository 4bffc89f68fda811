package domain

// reviewTypes: what is said about records in the evening review, and how warnings were answered (domain.md 4 step 4, 5 and 8).
// What concerns a record of compartment `special` or `sealed` lies there too: a remark must not tell those who may not read the record
// that it exists.
var reviewTypes = []TypeInfo{
	{Type: "remark", Number: 161, Compartment: Case, Subject: "case", Rows: true, Fields: remarkFields("remark", P2)},
	{Type: "warning_answer", Number: 162, Compartment: Case, Subject: "case", Rows: true, Fields: warningAnswerFields(P2)},
	{Type: "special_remark", Number: 221, Compartment: Special, Subject: "case", Rows: true, Fields: remarkFields("special_remark", P3)},
	{Type: "special_warning_answer", Number: 222, Compartment: Special, Subject: "case", Rows: true, Fields: warningAnswerFields(P3)},
}

// remarkFields: a remark on a family, an interview or one field, or the answer to another remark. The object stands as text, for
// it may be of any type of the same compartment or a lower one.
func remarkFields(own Type, class Class) []Field {
	return []Field{
		field(Text, "concerns", Required, class, "L6"),      // id of the object
		field(Text, "concerns_type", Required, class, "L6"), // its type
		field(Text, "field", Optional, class, "L6"),         // one of its fields; empty: the whole object
		field(LongText, "text", Required, class, "L6"),
		reference("answers", own, Optional, class, "L6"), // the first remark of the thread
		field(Bool, "settled", Optional, class, "L6"),    // on the first remark of a thread
	}
}

// warningAnswerFields: why a warning may stand (domain.md 8, severity W). The answer holds for the warning as it was told: when
// the record changes so that the sentence says something else, the warning asks again.
func warningAnswerFields(class Class) []Field {
	return []Field{
		field(Text, "rule", Required, class, "L6"),
		field(Text, "concerns", Required, class, "L6"),
		field(Text, "concerns_type", Required, class, "L6"),
		field(Text, "field", Optional, class, "L6"),
		field(Text, "told", Optional, class, "L6"), // the arguments of the sentence; see [Problem.Told]
		field(LongText, "reason", Required, class, "L6"),
	}
}
