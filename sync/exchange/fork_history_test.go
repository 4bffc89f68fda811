package exchange_test

import (
	"path/filepath"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// everWritten lists the values of a field in all lines that a machine holds, replaced ones too.
func everWritten(t testing.TB, m *machine, c domain.Compartment, field string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, v := range lines(t, m, c) {
		if value, ok := v.Line.Set[field]; ok {
			answer, err := domain.DecodeAnswer(value)
			if err != nil {
				t.Fatal(err)
			}
			out[answer.Text()] = true
		}
	}
	return out
}

// Every save reaches headquarters, also one that a later save on the same machine replaced (security.md 6.7, 16): a clone that
// leaves its epoch writes the whole history of a field anew, not its end alone.
func TestFork_ReplacedAnswersReachHeadquarters(t *testing.T) {
	for _, c := range []struct {
		name string
		// restored begins a new epoch between the two answers, so that only the first is in doubt.
		restored bool
	}{{"both in doubt", false}, {"the first in doubt", true}} {
		t.Run(c.name, func(t *testing.T) {
			in := mustInstall(t)
			file, target := in.mustWork(t)
			a := in.laptops[0]
			mustImport(t, in.hq, file)
			send(t, in.hq, a.name, a)
			clone := mustClone(t, a)
			health := workspace.Target{Type: "health", Case: target.Case, Subject: target.ID}
			note := workspace.Target{Type: "sealed_note", Case: target.Case, Subject: target.ID}
			mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
			mustSet(t, a, health, map[string]domain.Answer{"aids_used": text("rullestol")})
			send(t, a, "hq", in.hq)

			mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Første svar")})
			mustSet(t, clone, health, map[string]domain.Answer{"note": text("første helse")})
			note.ID = mustSet(t, clone, note, map[string]domain.Answer{"note": text("første forseglede")}).ID()
			if c.restored {
				if err := clone.ws.ReplaceEpochs(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			mustSet(t, clone, target, map[string]domain.Answer{"birth_place": text("Andre svar")})
			mustSet(t, clone, health, map[string]domain.Answer{"note": text("andre helse")})
			mustSet(t, clone, note, map[string]domain.Answer{"note": text("andre forseglede")})

			clone.set(today.Add(time.Hour))
			mustImport(t, clone, mustExport(t, in.hq, a.name).File)
			// The log that the clone kept under doubled numbers cannot be written anew. It goes out once, into quarantine.
			if result := send(t, clone, "hq", in.hq); result.Reasons["E-FORK"] == 0 || len(files(t, filepath.Join(in.hq.dir, "quarantine"))) != 1 {
				t.Errorf("the clone's log did not go out: %v", result.Reasons)
			}
			mustImport(t, clone, mustExport(t, in.hq, a.name).File)
			crossing, err := exchange.CrossingOf(t.Context(), clone.ws)
			if err != nil || crossing.Lost != 0 {
				t.Errorf("after its own receipt the clone would lose something: %+v, %v", crossing, err)
			}
			if result := send(t, clone, "hq", in.hq); result.Reasons["E-FORK"] != 0 {
				t.Errorf("the clone's log goes out again: %v", result.Reasons)
			}

			for field, want := range map[string]string{"birth_place": "Første svar", "sex": "female"} {
				if got := everWritten(t, in.hq, domain.Case, field); !got[want] {
					t.Errorf("%s at headquarters was ever %v, want %q among them", field, got, want)
				}
			}
			if got := everWritten(t, in.hq, domain.Special, "note"); !got["første helse"] || !got["andre helse"] {
				t.Errorf("health note at headquarters was ever %v", got)
			}
			boxes := 0
			for _, v := range lines(t, in.hq, domain.Sealed) {
				if v.Line.Kind == oplog.KindBox {
					boxes++
				}
			}
			if boxes < 2 {
				t.Errorf("%d sealed lines at headquarters, want both versions of the note", boxes)
			}
			// The old answers stay replaced: nobody has to decide between two answers of one person.
			for _, m := range []*machine{clone, in.hq} {
				if got := values(t, m, target, "birth_place"); len(got) != 1 || !got["Andre svar"] {
					t.Errorf("birth place at %s: %v", m.name, got)
				}
				health.ID = domain.SingletonID(target.ID, "health")
				if got := values(t, m, health, "note"); len(got) != 1 || !got["andre helse"] {
					t.Errorf("health note at %s: %v", m.name, got)
				}
				notes, err := m.ws.Objects(t.Context(), "sealed_note", target.Case)
				if err != nil || len(notes) != 1 || len(notes[0].Heads("note")) != 1 || notes[0].Text("note") != "andre forseglede" {
					t.Errorf("%d sealed notes at %s, %v", len(notes), m.name, err)
				}
				equalsRebuild(t, m)
			}
			if _, _, err := clone.ws.VerifyChains(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
