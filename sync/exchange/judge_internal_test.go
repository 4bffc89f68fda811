package exchange

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
)

// TestJudge_OneVerdict: a line with several faults has the same code on every machine and every time.
func TestJudge_OneVerdict(t *testing.T) {
	author := uuid.New()
	j := &judge{training: true, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), roles: map[uuid.UUID][]domain.Role{author: {domain.INT}}}
	line := &oplog.Line{
		Kind: oplog.KindSet, Compartment: domain.Case, By: author, Case: uuid.New(), Object: uuid.New(), Type: "person",
		Set: map[string]json.RawMessage{"birth_place": []byte(`7`), "given_names": []byte(`"Test"`), "sex": []byte(`[]`), "tattoo": []byte(`"x"`), "zodiac": []byte(`"x"`)},
	}
	for range 64 {
		if code := j.verdict(line); code != "E-OP" {
			t.Fatalf("%s: a later field spoke first", code)
		}
	}
	delete(line.Set, "birth_place")
	delete(line.Set, "sex")
	if code := j.verdict(line); code != "E-FORM" {
		t.Errorf("unknown fields: %q", code)
	}
}

// TestJudge_Review: what a line says about a review is judged by itself, the same in whatever order files arrive.
func TestJudge_Review(t *testing.T) {
	interviewer, lead := uuid.New(), uuid.New()
	j := &judge{training: true, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), roles: map[uuid.UUID][]domain.Role{
		interviewer: {domain.INT}, lead: {domain.MLD},
	}}
	entry := `[{"at":"2026-11-22T20:00:00Z","by":"u","what":"","why":"misheard"}]`
	for _, tt := range []struct {
		name string
		by   uuid.UUID
		t    domain.Type
		set  map[string]string
		want string
	}{
		{"handed in", interviewer, "interview", map[string]string{"status": `"ready_for_review"`}, ""},
		{"reviewed by the interviewer", interviewer, "interview", map[string]string{"status": `"reviewed"`}, "E-ROLE"},
		{"locked by the interviewer", interviewer, "interview", map[string]string{"status": `"locked"`}, "E-ROLE"},
		{"locked by the lead", lead, "interview", map[string]string{"status": `"locked"`}, ""},
		{"amended without a reason", lead, "interview", map[string]string{"status": `"amended"`}, "E-AMEND"},
		{"amended with an empty reason", lead, "interview", map[string]string{"status": `"amended"`, "amendments": `[{"at":"x","by":"u","why":" "}]`}, "E-AMEND"},
		{"amended with a reason", lead, "interview", map[string]string{"status": `"amended"`, "amendments": entry}, ""},
		{"other words of an interview", interviewer, "interview", map[string]string{"mood_breaks": `"pause"`}, ""},
		{"advice drafted", interviewer, "advice", map[string]string{"text": `"x"`, "written_by": quoted(interviewer)}, ""},
		{"approved by the lead", lead, "advice", map[string]string{"approved_by": quoted(lead), "approved_digest": `"d"`}, ""},
		{"approved by an interviewer", interviewer, "advice", map[string]string{"approved_by": quoted(interviewer), "approved_digest": `"d"`}, "E-ROLE"},
		{"approved in another's name", lead, "advice", map[string]string{"approved_by": quoted(interviewer), "approved_digest": `"d"`}, "E-APPROVAL"},
		{"approved with own words", lead, "advice", map[string]string{"approved_by": quoted(lead), "approved_digest": `"d"`, "text": `"x"`}, "E-APPROVAL"},
		{"approved and written", lead, "advice", map[string]string{"approved_by": quoted(lead), "approved_digest": `"d"`, "written_by": quoted(lead)}, "E-APPROVAL"},
		{"approved without a digest", lead, "advice", map[string]string{"approved_by": quoted(lead)}, "E-APPROVAL"},
		{"approval taken back", lead, "advice", map[string]string{"approved_by": `null`}, ""},
	} {
		set := map[string]json.RawMessage{}
		for field, value := range tt.set {
			set[field] = json.RawMessage(value)
		}
		line := &oplog.Line{Kind: oplog.KindSet, Compartment: domain.Case, By: tt.by, Case: uuid.New(), Object: uuid.New(), Type: tt.t, Set: set}
		if code := j.verdict(line); code != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, code, tt.want)
		}
	}
}

func quoted(id uuid.UUID) string { return `"` + id.String() + `"` }
