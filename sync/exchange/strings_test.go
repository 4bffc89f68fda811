package exchange_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/workspace"
)

// hardStrings break programs that take words for something else. FELTBOK_STRINGS names a file with a list of many more, which
// .ci/evaluator.sh fetches: then every one of them goes through.
func hardStrings(t *testing.T) []string {
	t.Helper()
	name := os.Getenv("FELTBOK_STRINGS")
	if name == "" {
		return []string{
			"null", "-1/0", "{\"value\":\"x\",\"missing\":\"declined\"}", "'; DROP TABLE objects;--", "=1+1", "<script>alert(1)</script>",
			"\u202eetterstilt\u202c", "ثم نفس سقطت", "𝓽𝓮𝓼𝓽", "e\u0301\u0301\u0301", "\u200b", "👩‍👩‍👧‍👦", "../../../etc/passwd%00", "a\tb\nc",
		}
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 400 {
		t.Fatalf("%d strings", len(all))
	}
	return slices.DeleteFunc(all, func(text string) bool { return text == "" }) // no answer, as everywhere
}

// wordField is a field of words that a question set asks for.
type wordField struct {
	form string
	of   domain.Type
	row  bool
	name string
	list bool
}

func wordFields(t *testing.T) map[domain.Type][]wordField {
	t.Helper()
	sets, err := form.All()
	if err != nil {
		t.Fatal(err)
	}
	fields := map[domain.Type][]wordField{}
	for _, set := range sets {
		for _, item := range set.Flat() {
			if item.Kind != form.Text && item.Kind != form.LongText && item.Kind != form.MultiText {
				continue
			}
			f := wordField{set.FormRef(), set.Object, item.Repeat != "", item.Name, item.Kind == form.MultiText}
			if f.row {
				f.of = domain.Type(item.Repeat)
			}
			if !slices.ContainsFunc(fields[f.of], func(other wordField) bool { return other.name == f.name }) {
				fields[f.of] = append(fields[f.of], f)
			}
		}
	}
	return fields
}

// TestNaughtyStrings writes strings into every field of words of every question set at a laptop, locks and unlocks it, sends them to
// headquarters, and finds each as it was typed: after the write, after the reopening and at headquarters.
func TestNaughtyStrings(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	all := hardStrings(t)
	fields := wordFields(t)
	household := mustSet(t, in.hq, workspace.Target{Type: "household", Case: caseID}, map[string]domain.Answer{"case": text(caseID.String()), "name": text("H1")}).ID()
	interview, err := a.ws.StartInterview(t.Context(), caseID, person, "individual_adult")
	if err != nil {
		t.Fatal(err)
	}
	send(t, in.hq, a.name, a)
	subjects := map[domain.Type]uuid.UUID{"person": person, "case": caseID, "household": household, "interview": interview}

	// Each string goes into a field of some types, in turn; the last ones go into all fields of all types.
	order := slices.Sorted(maps.Keys(fields))
	const atOnce = 4
	written := map[uuid.UUID]map[string]domain.Answer{}
	types := map[uuid.UUID]domain.Type{}
	for round, hard := range all {
		last := round >= len(all)-2
		for at, of := range order {
			if !last && (at+len(order)-round*atOnce%len(order))%len(order) >= atOnce {
				continue
			}
			list := fields[of]
			info, _ := domain.Info(of)
			target := workspace.Target{Type: of, Case: caseID, Form: list[0].form, Subject: subjects[info.Subject]}
			if id, ok := subjects[of]; ok {
				target.ID, target.Subject = id, uuid.Nil
			} else if !info.Rows {
				target.ID = domain.SingletonID(target.Subject, of)
			} else {
				target.ID = uuid.NewSHA1(person, []byte{byte(len(of)), of[0], byte(round % 7)})
			}
			answers := map[string]domain.Answer{}
			for i, f := range list {
				if !last && i != round/2%len(list) {
					continue
				}
				answers[f.name] = domain.Answer{Value: hard}
				if f.list {
					answers[f.name] = domain.Answer{Value: []string{hard}}
				}
			}
			record := mustSet(t, a, target, answers)
			types[record.ID()] = of
			for name, answer := range answers {
				if got := record.Answer(name); got.Text() != answer.Text() {
					t.Fatalf("%s %s: string %d comes back as %q", of, name, round, got.Text())
				}
				if written[record.ID()] == nil {
					written[record.ID()] = map[string]domain.Answer{}
				}
				written[record.ID()][name] = answer
			}
		}
	}
	if err := a.ws.Close(); err != nil {
		t.Fatal(err)
	}
	a.unlock(t, 0)
	result := send(t, a, "hq", in.hq)
	if len(result.Refused) > 0 || len(result.Quarantined) > 0 {
		t.Errorf("headquarters refuses %v, keeps back %v", result.Refused, result.Quarantined)
	}
	for _, m := range []*machine{a, in.hq} {
		for id, answers := range written {
			record, err := m.ws.Get(t.Context(), types[id], id)
			if err != nil || record == nil {
				t.Fatalf("%s: %s is not there: %v", m.name, types[id], err)
			}
			for name, answer := range answers {
				if got := record.Answer(name); got.Text() != answer.Text() {
					t.Errorf("%s: %s of %s is %q, was %q", m.name, name, types[id], got.Text(), answer.Text())
				}
			}
		}
	}
}
