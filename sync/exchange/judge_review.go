package exchange

import (
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// reviewed judges what a line says about a review: which role may bring an interview to a status, that a locked one is amended with
// a reason, and that an advice is approved by a second person. It looks at the line alone, so that the verdict is the same in
// whatever order files arrive; whether the approver wrote a word of the advice elsewhere is worked out whenever the advice is read
// (workspace.StageOfAdvice).
func (j *judge) reviewed(line *oplog.Line) string {
	switch line.Type {
	case "interview":
		return j.step(line)
	case "advice":
		return j.approval(line)
	}
	return ""
}

func (j *judge) step(line *oplog.Line) string {
	status, ok := answerIn(line, "status")
	if !ok || !status.HasValue() {
		return ""
	}
	to := domain.InterviewStatus(status.Text())
	if !slices.ContainsFunc(j.roles[line.By], func(r domain.Role) bool { return r.MayEnter(to) }) {
		return "E-ROLE"
	}
	if to == domain.Amended {
		if entries, ok := answerIn(line, "amendments"); !ok || !domain.Amends(entries) {
			return "E-AMEND"
		}
	}
	return ""
}

func (j *judge) approval(line *oplog.Line) string {
	me := line.By.String()
	author, named := answerIn(line, "written_by")
	by, approves := answerIn(line, "approved_by")
	if !approves || !by.HasValue() {
		return ""
	}
	writes := named && author.HasValue()
	for field := range line.Set {
		writes = writes || domain.IsAdviceContent(field)
	}
	if digest, ok := answerIn(line, "approved_digest"); by.Text() != me || writes || !ok || !digest.HasValue() {
		return "E-APPROVAL"
	}
	return ""
}

// answerIn reads a field of a line; false when the line does not write it.
func answerIn(line *oplog.Line, field string) (domain.Answer, bool) {
	value, ok := line.Set[field]
	if !ok {
		return domain.Answer{}, false
	}
	answer, err := domain.DecodeAnswer(value)
	return answer, err == nil
}
