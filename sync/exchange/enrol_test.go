package exchange_test

import (
	"path/filepath"
	"slices"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// TestEnrol walks the enrolment with everything that must stop it (security.md 8.4).
func TestEnrol(t *testing.T) {
	in := mustInstall(t)
	ctx := t.Context()
	m := &machine{dir: filepath.Join(in.dir, "laptop-c"), name: "laptop-c", pass: []byte("eleven odd words to open laptop-c"), now: today}
	requested, err := exchange.Request(ctx, in.requestOptions(m, 2))
	if err != nil {
		t.Fatal(err)
	}
	if len(requested.Words) != 8 {
		t.Errorf("%d words, want 8", len(requested.Words))
	}
	_, err = exchange.Request(ctx, in.requestOptions(m, 2))
	wantCode(t, "a second request in the same folder", err, "V-EXISTS")

	pending, err := exchange.ReadRequest(ctx, in.hq.ws, requested.File, wordsLang)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(pending.Words, requested.Words) {
		t.Errorf("headquarters sees %v, the machine shows %v", pending.Words, requested.Words)
	}
	_, err = exchange.ReadRequest(ctx, in.laptops[0].ws, requested.File, wordsLang)
	wantCode(t, "request read in the field", err, "E-ROLE")
	before := counts(t, in.hq)
	wrong := slices.Clone(requested.Words)
	wrong[0], wrong[1] = wrong[1], wrong[0]
	for _, words := range [][]string{wrong, requested.Words[:7], nil, append(slices.Clone(requested.Words), "ord")} {
		o := in.approveOptions(m, 2, words)
		_, err = exchange.Approve(ctx, in.hq.ws, pending, o)
		wantCode(t, "wrong words", err, "E-WORDS")
	}
	if after := counts(t, in.hq); after != before {
		t.Errorf("a refused approval changed the workspace:\n%s\n%s", before, after)
	}

	m.unlock(t, 0)
	_, err = exchange.Export(ctx, m.ws, exchange.ExportOptions{To: []string{"hq"}, Out: t.TempDir()})
	wantCode(t, "export before the answer", err, "E-ENROL")
	_, err = exchange.Import(ctx, m.ws, requested.File, nil)
	wantCode(t, "import before the answer", err, "E-ENROL")
	foreign := filepath.Join(in.dir, "laptop-a-enrol.feltbok")
	wantCode(t, "the answer to another machine", exchange.Accept(ctx, m.ws, foreign), "E-AGE")

	file, err := exchange.Approve(ctx, in.hq.ws, pending, in.approveOptions(m, 2, requested.Words))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, "accept without a request", exchange.Accept(ctx, in.laptops[0].ws, file), "E-ENROL")
	if err := exchange.Accept(ctx, m.ws, file); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "accept twice", exchange.Accept(ctx, m.ws, file), "E-ENROL")
	if me := m.ws.Me(); me.Mission != in.mission || me.Alias != "C" || me.DeviceAlias != "laptop-c" {
		t.Errorf("after the enrolment: %+v", me)
	}
	// The new machine works: headquarters takes its lines, and it headquarters'.
	caseID, person := in.mustCaseload(t)
	send(t, in.hq, m.name, m)
	mustSet(t, m, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	if result := send(t, m, "hq", in.hq); result.New["case"] == 0 {
		t.Errorf("import of the new machine: %+v", result)
	}
}
