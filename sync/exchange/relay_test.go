package exchange_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// mustJoin signs a third machine in: a laptop of the role.
func (in *installation) mustJoin(t testing.TB, name string, role domain.Role) *machine {
	t.Helper()
	m := &machine{dir: filepath.Join(in.dir, name), name: name, pass: []byte("eleven odd words to open " + name), now: today}
	request := in.requestOptions(m, 2)
	request.Role = role
	requested, err := exchange.Request(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	pending, err := exchange.ReadRequest(t.Context(), in.hq.ws, requested.File, wordsLang)
	if err != nil {
		t.Fatal(err)
	}
	answer := in.approveOptions(m, 2, requested.Words)
	answer.Role = role
	file, err := exchange.Approve(t.Context(), in.hq.ws, pending, answer)
	if err != nil {
		t.Fatal(err)
	}
	m.unlock(t, 0)
	if err := exchange.Accept(t.Context(), m.ws, file); err != nil {
		t.Fatal(err)
	}
	return m
}

// lineBytes reads every line of one machine's chains that another machine holds, in order.
func lineBytes(t testing.TB, at, author *machine, compartments ...domain.Compartment) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, c := range compartments {
		for _, state := range at.ws.Register().Chains(c) {
			if state.Chain.Device != author.ws.Me().Device {
				continue
			}
			for line, err := range at.ws.Register().Lines(t.Context(), state.Chain, 1, state.Have.Last()) {
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&all, "%s %s\n", c, line.Bytes)
			}
		}
	}
	return all.Bytes()
}

// mustWrite lets a machine answer something about the person in three compartments.
func (in *installation) mustWrite(t testing.TB, m *machine, target workspace.Target, word string) {
	t.Helper()
	mustSet(t, m, target, map[string]domain.Answer{"birth_place": text(word)})
	mustSet(t, m, workspace.Target{Type: "language", Case: target.Case, Subject: target.ID}, map[string]domain.Answer{"language": text("swa")})
	mustSet(t, m, workspace.Target{Type: "health", Case: target.Case, Subject: target.ID}, map[string]domain.Answer{"note": text(word)})
	mustSet(t, m, workspace.Target{Type: "sealed_note", Case: target.Case, Subject: target.ID}, map[string]domain.Answer{"note": text(word)})
}

// mission is an installation with a third laptop, all with the caseload.
func mustMission(t testing.TB, role domain.Role) (in *installation, third *machine, target workspace.Target) {
	t.Helper()
	in = mustInstall(t)
	third = in.mustJoin(t, "laptop-c", role)
	caseID, person := in.mustCaseload(t)
	send(t, in.hq, third.name, third)
	return in, third, workspace.Target{Type: "person", ID: person, Case: caseID}
}

// TestRelay_ThreeLaptopsBecomeEqual: security.md 5.6; three machines exchange without headquarters, in any order and
// repeatedly, and then show the same.
func TestRelay_ThreeLaptopsBecomeEqual(t *testing.T) {
	in, c, target := mustMission(t, domain.INT)
	all := []*machine{in.laptops[0], in.laptops[1], c}
	for i, m := range all {
		mustSet(t, m, target, map[string]domain.Answer{"birth_place": text(fmt.Sprint("Sted ", i)), "sex": text("female")})
		mustSet(t, m, workspace.Target{Type: "language", Case: target.Case, Subject: target.ID}, map[string]domain.Answer{"language": text("swa")})
	}
	random := rand.New(rand.NewPCG(20261122, 12))
	var files []string
	for range 4 {
		for _, i := range random.Perm(3) {
			to := all[(i+1)%3]
			files = append(files, mustExport(t, all[i], to.name).File)
			mustImport(t, to, files[len(files)-1])
		}
	}
	shared := func(m *machine) string {
		var all bytes.Buffer
		for _, author := range []*machine{in.laptops[0], in.laptops[1], c} {
			all.Write(lineBytes(t, m, author, domain.Open, domain.Case))
		}
		record, err := m.ws.Get(t.Context(), "person", target.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"birth_place", "sex"} {
			fmt.Fprintln(&all, record.Text(field), len(record.Heads(field)), record.Conflicted(field))
		}
		return all.String()
	}
	want := shared(all[0])
	for _, m := range all {
		if got := shared(m); got != want {
			t.Errorf("%s differs from %s:\n%s\n%s", m.name, all[0].name, got, want)
		}
		if _, _, err := m.ws.VerifyChains(t.Context()); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		equalsRebuild(t, m)
		if health, err := m.ws.Objects(t.Context(), "health", target.Case); err != nil || len(health) != 0 {
			t.Errorf("%s holds %d health records, %v", m.name, len(health), err)
		}
	}
	// Everything once more, and in another order: nothing changes (pains.md row 12).
	for _, i := range random.Perm(len(files)) {
		for _, m := range all {
			if result, err := exchange.Import(t.Context(), m.ws, files[i], nil); err == nil && !result.Repeated {
				t.Errorf("%s takes a file in twice", m.name)
			}
		}
	}
	for _, m := range all {
		if got := shared(m); got != want {
			t.Errorf("%s changed by repetition", m.name)
		}
	}
	// Nobody has met headquarters; the third laptop alone brings the work of all.
	result := send(t, c, "hq", in.hq)
	if len(result.Relayed) != 2 || result.Quarantined["case"] != 0 || len(result.Reasons) != 0 {
		t.Errorf("relayed %+v, quarantined %v, reasons %v", result.Relayed, result.Quarantined, result.Reasons)
	}
	for _, author := range all {
		if !bytes.Equal(lineBytes(t, in.hq, author, domain.Case), lineBytes(t, author, author, domain.Case)) {
			t.Errorf("headquarters' lines of %s are not the bytes that it wrote", author.name)
		}
	}
	record, err := in.hq.ws.Get(t.Context(), "person", target.ID)
	if err != nil || len(record.Heads("birth_place")) != 3 {
		t.Errorf("birth place %v, %v", record.Heads("birth_place"), err)
	}
}

// TestRelay_ChainOfFour: security.md 16, "A → B → C → HQ without direct contact"; the receipt goes back by the same way, and
// the next exchange repeats nothing.
func TestRelay_ChainOfFour(t *testing.T) {
	in, c, target := mustMission(t, domain.INT)
	a, b := in.laptops[0], in.laptops[1]
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	send(t, a, b.name, b)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")}) // not in the file: b must not need it
	send(t, b, c.name, c)
	result := send(t, c, "hq", in.hq)
	if len(result.Reasons) != 0 || len(result.Gaps) != 0 {
		t.Fatalf("reasons %v, gaps %v", result.Reasons, result.Gaps)
	}
	record, err := in.hq.ws.Get(t.Context(), "person", target.ID)
	if err != nil || record.Text("birth_place") != "Byen" {
		t.Errorf("birth place %q, %v", record.Text("birth_place"), err)
	}
	before := mustStatus(t, a).Own
	send(t, in.hq, c.name, c)
	send(t, c, b.name, b)
	send(t, b, a.name, a)
	after := mustStatus(t, a).Own
	if after.Merged <= before.Merged || after.Merged == after.Total {
		t.Errorf("the receipt that came by two colleagues changed %+v to %+v", before, after)
	}
	again := mustExport(t, c, "hq")
	if again.Relayed != 0 {
		t.Errorf("%d lines are relayed again after the receipt", again.Relayed)
	}
	receipt, err := exchange.LatestReceipt(a.ws)
	if err != nil || receipt == nil || receipt.For != trust.DeviceName(a.ws.Me().Device) {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
}

// TestRelay_LeadBringsEverything: headquarters gets every compartment of every machine from the lead's laptop alone, by
// forwarded lines and by the original files of what the lead cannot open; each chain is proven by its author.
func TestRelay_LeadBringsEverything(t *testing.T) {
	in, lead, target := mustMission(t, domain.MLD)
	a, b := in.laptops[0], in.laptops[1]
	for _, m := range in.laptops {
		in.mustWrite(t, m, target, m.name)
		result := send(t, m, lead.name, lead)
		if result.New["special"] == 0 || result.New["sealed"] == 0 || result.New["audit"] != 0 {
			t.Errorf("%s to the lead: new %v", m.name, result.New)
		}
	}
	in.mustWrite(t, lead, target, "leder")
	exported := mustExport(t, lead, "hq")
	if len(exported.Carried) != 2 || exported.Relayed == 0 {
		t.Fatalf("carried %v, relayed %d", exported.Carried, exported.Relayed)
	}
	for _, file := range exported.Files() {
		if result := mustImport(t, in.hq, file); len(result.Reasons) != 0 {
			t.Errorf("%s: %v", filepath.Base(file), result.Reasons)
		}
	}
	plain := []domain.Compartment{domain.Open, domain.Case, domain.Special, domain.Sealed, domain.Audit}
	for _, author := range []*machine{a, b, lead} {
		if want := lineBytes(t, author, author, plain[:4]...); !bytes.Equal(lineBytes(t, in.hq, author, plain[:4]...), want) || len(want) == 0 {
			t.Errorf("headquarters' lines of %s are not the bytes that it wrote", author.name)
		}
		if len(lineBytes(t, in.hq, author, domain.Audit)) == 0 {
			t.Errorf("no audit line of %s came", author.name)
		}
	}
	equalsRebuild(t, in.hq)
	if notes, err := in.hq.ws.Objects(t.Context(), "sealed_note", target.Case); err != nil || len(notes) != 3 {
		t.Errorf("%d sealed notes, %v", len(notes), err)
	}
	// The receipts come back by the lead; then nothing is carried any more and both laptops are clear.
	send(t, in.hq, lead.name, lead)
	if again := mustExport(t, lead, "hq"); len(again.Carried) != 0 || again.Relayed != 0 {
		t.Errorf("carried %v, relayed %d after the receipts", again.Carried, again.Relayed)
	}
	if left := files(t, filepath.Join(lead.dir, "carry")); len(left) != 0 {
		t.Errorf("still carried: %v", left)
	}
	for _, m := range in.laptops {
		send(t, lead, m.name, m)
		if p := mustStatus(t, m).Own; p.Merged != p.Total {
			t.Errorf("%s: %+v", m.name, p)
		}
	}
}

// TestRelay_CourierSet: what a colleague may not even see travels with him as a closed file (security.md 6.3, 5.6).
func TestRelay_CourierSet(t *testing.T) {
	in, _, target := mustMission(t, domain.INT)
	a, b := in.laptops[0], in.laptops[1]
	in.mustWrite(t, a, target, "Byen")
	exported := mustExport(t, a, b.name, "hq")
	if len(exported.Further) != 1 {
		t.Fatalf("further files %+v, want one for headquarters", exported.Further)
	}
	rest := exported.Further[0]
	for _, name := range []string{"special", "sealed", "audit"} {
		if exported.Lines[name] != 0 || rest.Lines[name] == 0 {
			t.Errorf("%s: %d lines to the colleague, %d to headquarters", name, exported.Lines[name], rest.Lines[name])
		}
	}
	if !slices.Equal(rest.To, []string{"hq"}) || rest.Lines["case"] != 0 {
		t.Errorf("the other file goes to %v with %v", rest.To, rest.Lines)
	}
	mustImport(t, b, exported.File)
	refusedWithoutTrace(t, b, "closed file", rest.File, "E-AGE")
	wantCode(t, "a file for this machine", errorOf(exchange.Carry(t.Context(), b.ws, mustExport(t, a, b.name).File)), "E-KIND")
	carried, err := exchange.Carry(t.Context(), b.ws, rest.File)
	if err != nil || carried.From != "" {
		t.Fatalf("%+v, %v", carried, err)
	}
	if again, err := exchange.Carry(t.Context(), b.ws, rest.File); err != nil || again.File != carried.File {
		t.Errorf("the same file is carried twice: %+v, %v", again, err)
	}
	set := mustExport(t, b, "hq")
	if len(set.Carried) != 1 {
		t.Fatalf("courier set %v", set.Carried)
	}
	for _, file := range set.Files() {
		mustImport(t, in.hq, file)
	}
	want := lineBytes(t, a, a, domain.Open, domain.Case, domain.Special, domain.Sealed)
	if got := lineBytes(t, in.hq, a, domain.Open, domain.Case, domain.Special, domain.Sealed); !bytes.Equal(got, want) {
		t.Error("headquarters' lines are not the bytes of the author")
	}
	if err := exchange.DropCarried(t.Context(), b.ws, carried.File); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "no such file", exchange.DropCarried(t.Context(), b.ws, carried.File), "E-FILE")
}

// relayed makes a file of one laptop that carries lines of another, past every check of the program.
func relayed(t *testing.T, from, author *machine, in *installation, change func(*bundle.Spec, [][]byte)) string {
	t.Helper()
	var run bundle.ChainRange
	var content [][]byte
	for _, state := range from.ws.Register().Chains(domain.Case) {
		if state.Chain.Device != author.ws.Me().Device {
			continue
		}
		for line, err := range from.ws.Register().Lines(t.Context(), state.Chain, 1, state.Have.Last()) {
			if err != nil {
				t.Fatal(err)
			}
			content = append(content, bytes.Clone(line.Bytes))
		}
		run = bundle.ChainRange{Device: state.Chain.Device, Epoch: state.Chain.Epoch, First: 1, Last: state.Have.Last()}
	}
	written, err := bundle.Inspect(t.Context(), mustExport(t, from, "hq").File, keyringOf(in.hq))
	if err != nil {
		t.Fatal(err)
	}
	node, identity := from.ws.Node(), from.ws.Register().Identity()
	card, _ := node.Card(identity.User)
	mission, _ := from.ws.Trust().Mission(missionID)
	recovery := from.ws.Trust().Directory().Recovery
	spec := bundle.Spec{
		Kind: domain.BundleField, From: trust.DeviceName(node.Device), User: trust.UserName(identity.User), Mission: missionID, Training: true, App: "0.1.0",
		Created: today, HLC: oplog.HLCAt(today), DeviceKey: node.Key, DeviceCert: node.Certificate, UserKey: identity.Sign, UserCert: card.Certificate,
		To:        []bundle.Addressee{{Node: trust.NodeHQ, Sequence: written.To[0].Sequence + 1, Previous: bundle.Hash{1}, Recipients: []string{mission.HQ().Recipient, recovery}}},
		Witnesses: exchange.WitnessesOf(from.ws),
		Parts:     []bundle.Part{{Compartment: domain.Case, Chains: []bundle.ChainRange{run}, Recipients: []string{mission.HQ().Inbox.For(domain.Case), recovery}}},
	}
	change(&spec, content)
	if spec.Parts[0].Lines == nil {
		spec.Parts[0].Lines = func(yield func([]byte, error) bool) {
			for _, line := range content {
				if line != nil && !yield(line, nil) {
					return
				}
			}
		}
	}
	file := filepath.Join(t.TempDir(), bundle.NewFileName())
	if _, err := bundle.Write(t.Context(), file, spec, nil); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRelay_CannotInventChangeOrDrop: a line forged, changed or dropped on the way is refused, the rest of the file goes in.
func TestRelay_CannotInventChangeOrDrop(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	mustSet(t, a, target, map[string]domain.Answer{"sex": text("female")})
	send(t, a, b.name, b)
	// made anew, so that the chain is whole in itself and only its end betrays it
	rewrite := func(content [][]byte, from int, change func(*oplog.Line)) {
		link := oplog.Genesis
		for i := range content {
			line, err := oplog.Parse(content[i])
			if err != nil {
				t.Fatal(err)
			}
			line.Previous = link
			if i == from {
				change(line)
			}
			if content[i], err = line.Encode(); err != nil {
				t.Fatal(err)
			}
			link = oplog.Link(link, oplog.LineHash(content[i]))
		}
	}
	for name, change := range map[string]func(*bundle.Spec, [][]byte){
		"changed": func(_ *bundle.Spec, content [][]byte) {
			rewrite(content, 1, func(l *oplog.Line) { l.Set["birth_place"] = []byte(`"Landsbyen"`) })
		},
		"dropped at the end": func(s *bundle.Spec, content [][]byte) {
			content[len(content)-1] = nil
			s.Parts[0].Chains[0].Last--
		},
		"invented at the end": func(s *bundle.Spec, content [][]byte) {
			last, err := oplog.Parse(content[len(content)-1])
			if err != nil {
				t.Fatal(err)
			}
			var link [32]byte
			for i, l := 0, oplog.Genesis; i < len(content); i++ {
				l = oplog.Link(l, oplog.LineHash(content[i]))
				link = l
			}
			last.N, last.Previous = last.N+1, link
			forged, err := last.Encode()
			if err != nil {
				t.Fatal(err)
			}
			s.Parts[0].Chains[0].Last++
			whole := append(slices.Clone(content), forged)
			s.Parts[0].Lines = func(yield func([]byte, error) bool) {
				for _, line := range whole {
					if !yield(line, nil) {
						return
					}
				}
			}
		},
		"without witness": func(s *bundle.Spec, _ [][]byte) { s.Witnesses = nil },
	} {
		t.Run(name, func(t *testing.T) {
			before := digest(t, in.hq)
			result := mustImport(t, in.hq, relayed(t, b, a, in, change))
			if result.Reasons["E-WITNESS"] != 1 || result.New["case"] != 0 {
				t.Errorf("reasons %v, new %v", result.Reasons, result.New)
			}
			if digest(t, in.hq) != before {
				t.Error("a forged line changed objects")
			}
		})
	}
	if result := mustImport(t, in.hq, relayed(t, b, a, in, func(*bundle.Spec, [][]byte) {})); result.New["case"] == 0 || len(result.Reasons) != 0 {
		t.Errorf("the true lines do not pass: new %v, reasons %v", result.New, result.Reasons)
	}
}

func keyringOf(m *machine) bundle.Keyring {
	return exchange.KeyringOf(m.ws)
}

// TestRelay_CarriedFileIsGone: a restore brings the list of carried files back and not the files. Export goes on with the others and the
// own lines, what is gone says so, and it can be let go.
func TestRelay_CarriedFileIsGone(t *testing.T) {
	in, _, target := mustMission(t, domain.INT)
	a, b := in.laptops[0], in.laptops[1]
	in.mustWrite(t, a, target, "Byen")
	rest := mustExport(t, a, b.name, "hq").Further[0]
	carried, err := exchange.Carry(t.Context(), b.ws, rest.File)
	if err != nil || carried.Gone {
		t.Fatalf("%+v, %v", carried, err)
	}
	if err := os.Remove(filepath.Join(b.ws.Dir(), "carry", carried.File)); err != nil {
		t.Fatal(err)
	}
	if set := mustExport(t, b, "hq"); len(set.Carried) != 0 {
		t.Errorf("courier set %v", set.Carried)
	}
	state, err := exchange.StatusOf(t.Context(), b.ws)
	if err != nil || len(state.Carried) != 1 || !state.Carried[0].Gone {
		t.Errorf("state %+v, %v", state, err)
	}
	if err := exchange.DropCarried(t.Context(), b.ws, carried.File); err != nil {
		t.Error(err)
	}
}
