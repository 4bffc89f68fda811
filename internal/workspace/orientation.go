package workspace

import (
	"context"

	"github.com/google/uuid"

	"feltbok/internal/domain"
)

// objectsByType is a [domain.CaseView] of what was read.
type objectsByType map[domain.Type][]domain.ObjectView

// Objects gives what was read of a type.
func (o objectsByType) Objects(t domain.Type) []domain.ObjectView { return o[t] }

// CourseProblems tells, by person of the roster, what the rules X21 and X22 say of courses, lessons, enrolments and attendance (domain.md
// 8.5). Without the orientation ring there is nothing to say.
func (w *Workspace) CourseProblems(ctx context.Context) (map[uuid.UUID][]domain.Problem, error) {
	view, about := objectsByType{}, map[uuid.UUID]uuid.UUID{}
	for _, t := range []domain.Type{"course", "lesson", "enrolment", "attendance"} {
		records, err := w.Objects(ctx, t, uuid.Nil)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			view[t] = append(view[t], r)
			about[r.ID()] = r.Reference("person")
		}
	}
	problems := map[uuid.UUID][]domain.Problem{}
	for _, p := range domain.CheckOrientation(view) {
		problems[about[p.Object]] = append(problems[about[p.Object]], p)
	}
	return problems, nil
}
