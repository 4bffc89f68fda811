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
