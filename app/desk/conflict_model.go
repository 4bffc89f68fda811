package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"feltbok/app/ui"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// conflict is one conflict in words.
type conflict struct {
	workspace.Conflict
	number  string // of the case
	about   string // the person or record concerned
	kind    string // of the record
	label   string // of the field
	sides   []side
	others  []around
	allowed bool // the user's role may write the field
}

// side is one of the standing values.
type side struct {
	words        string
	who          string
	device       string
	at           time.Time
	suspect      bool // the writer's clock was known to be wrong
	source       string
	verification string
	reason       string
}

// around is another field of the same record, to help deciding.
type around struct{ label, words string }

// aroundMost is how many other fields are shown.
const aroundMost = 6

// aroundFields are the fields that say who or what a record is, in the order of their use for deciding.
var aroundFields = map[domain.Type][]string{
	"person":   {"given_names", "family_name", "name_native_script", "birth", "sex", "relation_to_pa", "nationalities", "civil_status"},
	"case":     {"unhcr_case_no", "status", "submission_cat_primary", "case_size_rrf", "mission"},
	"language": {"language", "level_speak", "level_read", "level_write"},
	"work":     {"occupation", "employer", "from", "until", "country"},
}

// readConflicts lists the conflicts in words.
func readConflicts(ctx context.Context, ws *workspace.Workspace, t *i18n.Texts) ([]*conflict, error) {
	found, err := ws.Conflicts(ctx)
	if err != nil {
		return nil, err
	}
	cases, err := ws.Cases(ctx)
	if err != nil {
		return nil, err
	}
	numbers := map[uuid.UUID]workspace.CaseSummary{}
	for _, c := range cases {
		numbers[c.ID] = c
	}
	devices := aliases(ws)
	role := ws.Me().Role
	out := make([]*conflict, 0, len(found))
	for _, c := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		typ := c.Record.Type()
		one := &conflict{
			Conflict: c, number: numbers[c.Record.Case()].Number, kind: typeLabel(t, typ), label: fieldLabel(t, typ, c.Field),
			about: concerns(ctx, ws, c.Record), allowed: role.MayWrite(typ, c.Field), others: surroundings(ctx, ws, t, c),
		}
		set, item, ofForm, err := ws.Asked(ctx, c.Record, c.Field)
		if err != nil {
			return nil, err
		}
		if ofForm {
			one.kind, one.label = set.Title.In(t.Lang()), item.Label.In(form.Language(set, t.Lang()))
		}
		for _, head := range c.Heads {
			words := answerWords(ctx, ws, t, typ, c.Field, head.Answer)
			if ofForm && head.Answer.HasValue() {
				words = form.Words(set, item.Question, head.Answer, form.Language(set, t.Lang()))
			}
			one.sides = append(one.sides, side{
				words: words, who: ws.AliasOf(head.By), device: devices[head.Name.Device], at: head.HLC.Time(),
				suspect: head.Suspect, source: ui.Lists().Label("source", string(head.Answer.Source), t.Lang()),
				verification: ui.Lists().Label("verification", string(head.Answer.Verification), t.Lang()), reason: sayGround(t, head.Answer.Reason),
			})
		}
		out = append(out, one)
	}
	return out, nil
}

// concerns names the person or record that a conflict is about.
func concerns(ctx context.Context, ws *workspace.Workspace, r *workspace.Record) string {
	if name := recordName(r); name != "" {
		return name
	}
	if subject := r.Subject(); subject != uuid.Nil {
		if person, err := ws.Get(ctx, "person", subject); err == nil && person != nil {
			return recordName(person)
		}
	}
	return ""
}

func surroundings(ctx context.Context, ws *workspace.Workspace, t *i18n.Texts, c workspace.Conflict) []around {
	typ := c.Record.Type()
	fields := aroundFields[typ]
	if fields == nil {
		if info, ok := domain.Info(typ); ok {
			for _, f := range info.Fields {
				fields = append(fields, f.Name)
			}
		}
	}
	var out []around
	for _, field := range fields {
		if field == c.Field || !c.Record.Answer(field).HasValue() || len(out) == aroundMost {
			continue
		}
		out = append(out, around{fieldLabel(t, typ, field), answerWords(ctx, ws, t, typ, field, c.Record.Answer(field))})
	}
	return out
}

// aliases names the machines of all missions known.
func aliases(ws *workspace.Workspace) map[uuid.UUID]string {
	names := map[uuid.UUID]string{}
	if t := ws.Trust(); t != nil {
		for _, mission := range t.Missions() {
			for _, node := range mission.Nodes {
				if id, ok := trust.ParseDeviceName(node.Node); ok {
					names[id] = node.Alias
				}
			}
		}
	}
	me := ws.Me()
	names[me.Device] = me.DeviceAlias
	return names
}

// sayGround says why a value stands: in the words that somebody wrote, or that it was copied.
func sayGround(t *i18n.Texts, reason string) string {
	if reason == domain.ReasonCopied {
		return t.T("desk.copied")
	}
	return reason
}
