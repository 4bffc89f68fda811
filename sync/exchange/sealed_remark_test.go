package exchange_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// TestSealedRemark_ThereAndBack: an interviewer seals something, headquarters asks about it, the interviewer answers. Colleagues and the
// lead, who hold the compartment too, read none of it, and what they see of the case does not change.
func TestSealedRemark_ThereAndBack(t *testing.T) {
	in, lead, _ := mustMission(t, domain.MLD)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	send(t, in.hq, lead.name, lead)
	note := mustSet(t, a, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("hviskeord")})
	send(t, a, "hq", in.hq)
	say := func(m *machine, words string) {
		t.Helper()
		file := mustFileOf(t, m, caseID)
		at := slices.IndexFunc(file.Sealed(), func(r *workspace.Record) bool { return r.ID() == note.ID() })
		if at < 0 {
			t.Fatalf("%s does not see the entry", m.name)
		}
		about := file.Sealed()[at]
		if threads := file.SealedThreads(note.ID()); len(threads) > 0 {
			about = threads[0].First
		}
		if _, err := m.ws.RemarkSealed(t.Context(), file, about, words); err != nil {
			t.Fatal(err)
		}
	}
	say(in.hq, "Vet ektefellen dette?")
	plain := map[*machine][]string{}
	for _, m := range []*machine{b, lead} {
		plain[m] = remarksOf(t, m, caseID)
	}
	deliver := func() {
		t.Helper()
		first := mustExport(t, in.hq, a.name, b.name, lead.name)
		for _, m := range []*machine{a, b, lead} {
			for _, one := range append([]exchange.Exported{*first}, first.Further...) {
				if slices.Contains(one.To, trust.DeviceName(m.ws.Me().Device)) {
					mustImport(t, m, one.File)
				}
			}
		}
	}
	deliver()
	say(a, "Nei, og skal ikke vite det.")
	send(t, a, "hq", in.hq)
	if err := in.hq.ws.SettleSealed(t.Context(), mustFileOf(t, in.hq, caseID), mustFileOf(t, in.hq, caseID).SealedThreads(note.ID())[0].First, true); err != nil {
		t.Fatal(err)
	}
	deliver()
	for _, m := range []*machine{in.hq, a} {
		file := mustFileOf(t, m, caseID)
		threads := file.SealedThreads(note.ID())
		if len(threads) != 1 || len(threads[0].Answers) != 1 || threads[0].Answers[0].Text("text") != "Nei, og skal ikke vite det." || !threads[0].Settled {
			t.Errorf("%s reads %+v", m.name, threads)
		}
		if len(file.Sealed()) != 1 {
			t.Errorf("%s takes a comment for an entry", m.name)
		}
	}
	for _, m := range []*machine{b, lead} {
		if threads := mustFileOf(t, m, caseID).SealedThreads(note.ID()); len(threads) != 0 {
			t.Errorf("%s reads %+v", m.name, threads)
		}
		if n := m.ws.Register().Count(domain.Sealed); n != 0 {
			t.Errorf("%s has %d lines in sealed", m.name, n)
		}
		if after := remarksOf(t, m, caseID); !slices.Equal(plain[m], after) {
			t.Errorf("%s: the review changed from %q to %q", m.name, plain[m], after)
		}
	}
}

// TestSealedRemark_NamedReader: a reader who is named hears the comment without the entry; plain remarks refuse sealed entries.
func TestSealedRemark_NamedReader(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	b := in.laptops[1]
	note := mustSet(t, in.hq, workspace.Target{Type: "sealed_note", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("hviskeord")})
	file := mustFileOf(t, in.hq, caseID)
	if _, err := in.hq.ws.Remark(t.Context(), caseID, "sealed_note", note.ID(), "", "Hva nå?"); err == nil {
		t.Error("a plain remark on a sealed entry is taken")
	}
	if _, err := in.hq.ws.RemarkSealed(t.Context(), file, file.Person(person), "Om personen."); err == nil {
		t.Error("a person is taken for a sealed entry")
	}
	remark, err := in.hq.ws.RemarkSealed(t.Context(), file, file.Sealed()[0], "Til deg.", b.ws.Me().User)
	if err != nil || remark.Type() != "sealed_remark" {
		t.Fatalf("it is %v, %v", remark, err)
	}
	send(t, in.hq, b.name, b)
	heard := mustFileOf(t, b, caseID)
	if threads := heard.SealedElsewhere(); len(heard.Sealed()) != 0 || len(threads) != 1 || threads[0].First.Text("text") != "Til deg." {
		t.Fatalf("the reader reads %+v and %d entries", threads, len(heard.Sealed()))
	}
	if _, err := b.ws.RemarkSealed(t.Context(), heard, heard.SealedElsewhere()[0].First, "Forstått."); err != nil {
		t.Fatal(err)
	}
	send(t, b, "hq", in.hq)
	if threads := mustFileOf(t, in.hq, caseID).SealedThreads(note.ID()); len(threads) != 1 || len(threads[0].Answers) != 1 {
		t.Errorf("headquarters reads %+v", threads)
	}
}

func mustFileOf(t testing.TB, m *machine, caseID uuid.UUID) *workspace.CaseFile {
	t.Helper()
	file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// remarksOf is what a machine's review says of a case: comments and problems.
func remarksOf(t testing.TB, m *machine, caseID uuid.UUID) (said []string) {
	t.Helper()
	review, err := m.ws.ReviewCase(t.Context(), caseID, workspace.Part{Compartment: domain.Special})
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range review.Threads {
		said = append(said, thread.First.Text("text"))
	}
	for _, problem := range review.Problems {
		said = append(said, problem.Rule)
	}
	return said
}
