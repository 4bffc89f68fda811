package exchange_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
)

// mustFile is a PDF file of so many bytes with a word of its own in it.
func mustFile(t testing.TB, word string, size int) *attachment.File {
	t.Helper()
	head, tail := "%PDF-1.4\n", "\n%%EOF"
	raw := []byte(head + strings.Repeat(word+" ", size/(len(word)+1)+1)[:size-len(head)-len(tail)] + tail)
	file, err := attachment.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func mustAttach(t testing.TB, m *machine, caseID, person uuid.UUID, kind domain.Type, file *attachment.File) *workspace.Record {
	t.Helper()
	record, err := m.ws.AddAttachment(t.Context(), workspace.NewAttachment{
		Case: caseID, Person: person, Type: kind, Kind: "school_document", Title: "Vitnemål", FileName: "vitnemål.pdf", File: file,
	})
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func wantContent(t testing.TB, m *machine, record *workspace.Record, want []byte) {
	t.Helper()
	got, err := m.ws.AttachmentContent(t.Context(), record.Type(), record.ID())
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %s has %d bytes, want %d, %v", m.name, record.Type(), len(got), len(want), err)
	}
}

func wantContentCode(t testing.TB, m *machine, record *workspace.Record, code string) {
	t.Helper()
	_, err := m.ws.AttachmentContent(t.Context(), record.Type(), record.ID())
	wantCode(t, m.name+" opens "+string(record.Type()), err, code)
}

// lineOf is the line that names the content of an attachment.
func lineOf(record *workspace.Record) (oplog.Chain, uint64) {
	name := record.Seen("blob")[0]
	return name.Chain(record.Compartment()), name.N
}

func merged(t testing.TB, m *machine, record *workspace.Record) bool {
	t.Helper()
	receipt := mustReceipt(t.(*testing.T), m)
	chain, n := lineOf(record)
	return receipt.Merged.Of(chain).Contains(n)
}

// piecesIn lists the pieces of attachments in files that a machine opens.
func piecesIn(t testing.TB, m *machine, files ...string) (names []string) {
	t.Helper()
	for _, file := range files {
		manifest, err := bundle.Inspect(t.Context(), file, exchange.KeyringOf(m.ws))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range manifest.Files {
			if strings.HasPrefix(entry.Name, "blob/") {
				names = append(names, entry.Name)
			}
		}
	}
	return names
}

// secondOnly reports whether just the second piece of one attachment goes.
func secondOnly(pieces []string) bool {
	return len(pieces) == 1 && strings.HasSuffix(pieces[0], ".000001.age")
}

func mustImportAll(t testing.TB, m *machine, files []string) {
	t.Helper()
	for _, file := range files {
		mustImport(t, m, file)
	}
}

// An attachment goes where its line goes: to colleagues what is of class case, to headquarters all; back from headquarters what it
// adds. Only when the content is there the line counts as merged.
func TestAttachment_GoesWithItsLine(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	open, special := mustFile(t, "Vitnemål", 70_000), mustFile(t, "Epikrise", 150_000)
	ofCase := mustAttach(t, a, caseID, person, "case_attachment", open)
	ofSpecial := mustAttach(t, a, caseID, uuid.Nil, "special_attachment", special)

	send(t, a, b.name, b)
	wantContent(t, b, ofCase, open.Content)
	wantContentCode(t, b, ofSpecial, "E-CASE")

	// A caseworker takes it in: special waits with its content until somebody with the ring unlocks.
	in.hq.as(t, slotHQC)
	file := mustExport(t, a, "hq").File
	plan, err := exchange.Preview(t.Context(), in.hq.ws, file)
	if err != nil || plan.Attachments != 1 || len(plan.Reasons) != 0 {
		t.Errorf("preview: %d attachments, %v, %v", plan.Attachments, plan.Reasons, err)
	}
	if result := mustImport(t, in.hq, file); result.Attachments != 1 || len(result.Reasons) != 0 {
		t.Errorf("%d attachments, %v", result.Attachments, result.Reasons)
	}
	wantContent(t, in.hq, ofCase, open.Content)
	mustTell(t, in, a)
	if !merged(t, a, ofCase) || merged(t, a, ofSpecial) {
		t.Error("merged is not what is there")
	}
	in.hq.as(t, slotHQS)
	if _, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil {
		t.Fatal(err)
	}
	wantContent(t, in.hq, ofSpecial, special.Content)
	mustTell(t, in, a)
	if !merged(t, a, ofSpecial) {
		t.Error("special is there and not merged")
	}
	if again := mustExport(t, a, "hq"); len(piecesIn(t, in.hq, again.File)) != 0 {
		t.Error("what is merged goes out again")
	}

	fromHQ := mustFile(t, "Reisebrev", 3000)
	record := mustAttach(t, in.hq, caseID, person, "case_attachment", fromHQ)
	for _, m := range in.laptops {
		send(t, in.hq, m.name, m)
		wantContent(t, m, record, fromHQ.Content)
	}
	if again := mustExport(t, in.hq, a.name); len(piecesIn(t, a, again.File)) != 1 { // a has not said that it is there
		t.Errorf("headquarters sends other pieces than before: %v", piecesIn(t, a, again.File))
	}
	// Removed here and there, and brought back.
	target := workspace.Target{Type: "case_attachment", ID: ofCase.ID(), Case: caseID}
	if err := a.ws.Remove(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	send(t, a, "hq", in.hq)
	if all, err := in.hq.ws.Attachments(t.Context(), caseID); err != nil || len(all) != 2 {
		t.Errorf("%d attachments are left, %v", len(all), err)
	}
	if err := in.hq.ws.Restore(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	send(t, in.hq, a.name, a)
	wantContent(t, a, ofCase, open.Content)
	if all, err := a.ws.Attachments(t.Context(), caseID); err != nil || len(all) != 3 {
		t.Errorf("%d attachments after bringing one back, %v", len(all), err)
	}
	equalsRebuild(t, in.hq)

	// Erased with the case, everywhere; what still travels brings nothing back.
	late := mustExport(t, b, "hq").File
	if _, err := in.hq.ws.EraseCase(t.Context(), caseID, domain.ErasureReasons[0]); err != nil {
		t.Fatal(err)
	}
	send(t, in.hq, a.name, a)
	mustImport(t, in.hq, late)
	for _, m := range []*machine{in.hq, a} {
		for _, gone := range []*workspace.Record{ofCase, ofSpecial, record} {
			parts, err := m.ws.Register().BlobParts(t.Context(), uuid.MustParse(gone.Text("blob")))
			if err != nil || len(parts) != 0 {
				t.Errorf("%s: of the erased case there is %v, %v", m.name, parts, err)
			}
		}
	}
}

// A large attachment is cut into several files, which may come in any order and more than once. While a piece is missing the
// attachment says that it has not arrived, its line is not merged, no purge throws it away, and only what is missing goes out again.
func TestAttachment_AnyOrderAndResumed(t *testing.T) {
	defer exchange.SplitAt(1 << 20)()
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	file := mustFile(t, "Vitnemål", 2*bundle.MaxBlob+700_000)
	record := mustAttach(t, a, caseID, person, "case_attachment", file)
	mustSet(t, a, workspace.Target{Type: "person", ID: person, Case: caseID}, map[string]domain.Answer{"birth_place": text("Byen")})
	in.hq.lock(t)
	before := in.hq.copyOf(t)
	in.hq.unlock(t, slotHQS)
	files := mustExport(t, a, "hq").Files()
	if len(files) != 3 {
		t.Fatalf("%d files, want 3", len(files))
	}
	random := rand.New(rand.NewPCG(20261122, 23))
	order := append(random.Perm(3), random.Perm(3)...)
	for i, n := range order[:5] {
		if result := mustImport(t, in.hq, files[n]); len(result.Reasons) != 0 {
			t.Errorf("file %d: %v", n, result.Reasons)
		}
		if i < 2 {
			wantContentCode(t, in.hq, record, "A-WAITS")
		} else {
			wantContent(t, in.hq, record, file.Content)
		}
	}
	want := digest(t, in.hq)

	// One file is lost.
	m := before.copyOf(t)
	m.unlock(t, slotHQS)
	mustImport(t, m, files[2])
	mustImport(t, m, files[0])
	wantContentCode(t, m, record, "A-WAITS")
	mustImport(t, a, mustExport(t, m, a.name).File)
	if merged(t, a, record) {
		t.Error("merged though a piece is missing")
	}
	refusesPurge(t, "a piece is missing", a, caseID, false, exchange.PurgeUnmerged)
	again := mustExport(t, a, "hq")
	if pieces := piecesIn(t, m, again.Files()...); !secondOnly(pieces) || again.Lines["case"] != 1 {
		t.Errorf("%v lines go out again, with %v", again.Lines, pieces)
	}
	mustImportAll(t, m, again.Files())
	wantContent(t, m, record, file.Content)
	if digest(t, m) != want {
		t.Error("another order ends in another state")
	}
	mustImport(t, a, mustExport(t, m, a.name).File)
	if !merged(t, a, record) {
		t.Error("not merged though all is there")
	}
	m.lock(t)
}

// The same over a colleague, who passes on what he has, and later what headquarters says it lacks.
func TestAttachment_RelayedAndResumed(t *testing.T) {
	defer exchange.SplitAt(1 << 20)()
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	file := mustFile(t, "Vitnemål", bundle.MaxBlob+700_000)
	record := mustAttach(t, a, caseID, person, "case_attachment", file)
	for _, sent := range mustExport(t, a, b.name).Files() {
		if !secondOnly(piecesIn(t, b, sent)) { // which is lost
			mustImport(t, b, sent)
		}
	}
	wantContentCode(t, b, record, "A-WAITS")
	mustImportAll(t, in.hq, mustExport(t, b, "hq").Files())
	wantContentCode(t, in.hq, record, "A-WAITS")
	send(t, b, a.name, a)
	again := mustExport(t, a, b.name).Files() // for headquarters too, of which a knows nothing: so both pieces
	if pieces := piecesIn(t, b, again...); len(pieces) != 2 {
		t.Errorf("to the colleague go %v", pieces)
	}
	mustImportAll(t, b, again)
	wantContent(t, b, record, file.Content)
	send(t, in.hq, b.name, b) // says what headquarters lacks
	again = mustExport(t, b, "hq").Files()
	if pieces := piecesIn(t, in.hq, again...); !secondOnly(pieces) {
		t.Errorf("from the colleague to headquarters go %v", pieces)
	}
	mustImportAll(t, in.hq, again)
	wantContent(t, in.hq, record, file.Content)
	mustTell(t, in, b)
	send(t, b, a.name, a)
	if !merged(t, a, record) {
		t.Error("the author does not learn that it is merged")
	}
}

// What is not what the line says stays out with a code, the rest of the file goes in, and the right content is taken later.
func TestAttachment_Attacks(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	file := mustFile(t, "Attest", bundle.MaxBlob+3000)
	record := mustAttach(t, a, caseID, person, "case_attachment", file)
	blob := uuid.MustParse(record.Text("blob"))
	in.hq.lock(t)
	before := in.hq.copyOf(t)
	content := func(b []byte) func(context.Context) ([]byte, error) {
		return func(context.Context) ([]byte, error) { return slices.Clone(b), nil }
	}
	spoilt := slices.Clone(file.Content)
	spoilt[bundle.MaxBlob+7] ^= 1
	piece := func(s *bundle.Spec, n int) *bundle.Blob { return &s.Blobs[n] }
	sequence := uint64(100)
	write := func(t *testing.T, change func(*bundle.Spec)) (string, error) {
		t.Helper()
		spec, err := exchange.SpecOf(t.Context(), a.ws, "hq")
		if err != nil {
			t.Fatal(err)
		}
		sequence++
		spec.To[0].Sequence, spec.To[0].Previous = sequence, [32]byte{1}
		slices.SortFunc(spec.Blobs, func(a, b bundle.Blob) int { return a.Piece - b.Piece })
		change(&spec)
		path := filepath.Join(t.TempDir(), bundle.NewFileName())
		_, err = bundle.Write(t.Context(), path, spec, nil)
		return path, err
	}
	for name, attack := range map[string]struct {
		change  func(*bundle.Spec)
		reasons int // E-BLOB
		whole   bool
	}{
		"nothing":       {func(*bundle.Spec) {}, 0, true},
		"wrong hash":    {func(s *bundle.Spec) { piece(s, 1).Content = content(spoilt[bundle.MaxBlob:]) }, 1, false},
		"missing chunk": {func(s *bundle.Spec) { s.Blobs = s.Blobs[:1] }, 0, false},
		"cut chunk": {func(s *bundle.Spec) {
			piece(s, 1).Content, piece(s, 1).Raw = content(file.Content[bundle.MaxBlob:][:2999]), 2999
		}, 1, false},
		"longer chunk": {func(s *bundle.Spec) {
			piece(s, 1).Content, piece(s, 1).Raw = content(append(file.Content[bundle.MaxBlob:], 0)), 3001
		}, 1, false},
		"extra chunk": {func(s *bundle.Spec) {
			extra := *piece(s, 1)
			extra.Piece = 2
			s.Blobs = append(s.Blobs, extra)
		}, 1, true},
		"chunks exchanged": {func(s *bundle.Spec) {
			first, second := piece(s, 0), piece(s, 1)
			first.Content, second.Content, first.Raw, second.Raw = second.Content, first.Content, second.Raw, first.Raw
		}, 2, false},
		"without object": {func(s *bundle.Spec) {
			for i := range s.Blobs {
				s.Blobs[i].ID = uuid.New()
			}
		}, 2, false},
		"beside another": {func(s *bundle.Spec) {
			other := *piece(s, 1)
			other.ID = uuid.New()
			s.Blobs = append(s.Blobs, other)
		}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := before.copyOf(t)
			m.unlock(t, slotHQS)
			path, err := write(t, attack.change)
			if err != nil {
				t.Fatal(err)
			}
			result := mustImport(t, m, path)
			if result.Reasons["E-BLOB"] != attack.reasons || result.New["case"] == 0 {
				t.Errorf("reasons %v, %d new lines", result.Reasons, result.New["case"])
			}
			if attack.whole {
				wantContent(t, m, record, file.Content)
			} else {
				wantContentCode(t, m, record, "A-WAITS")
				receipt, err := bundle.Inspect(t.Context(), mustExport(t, m, a.name).File, exchange.KeyringOf(a.ws))
				if wanted := receipt.Have.Wants.Of(domain.Case, blob); err != nil || wanted.Count() == 0 {
					t.Errorf("nothing is asked for, %v", err)
				}
			}
			right, err := write(t, func(*bundle.Spec) {})
			if err != nil {
				t.Fatal(err)
			}
			if result := mustImport(t, m, right); len(result.Reasons) != 0 {
				t.Errorf("the right file: %v", result.Reasons)
			}
			wantContent(t, m, record, file.Content)
			m.lock(t)
		})
	}
	for name, change := range map[string]func(*bundle.Spec){
		"in a boxed compartment": func(s *bundle.Spec) { piece(s, 1).Compartment = domain.Sealed },
		"twice":                  func(s *bundle.Spec) { s.Blobs = append(s.Blobs, s.Blobs[0]) },
		"oversize": func(s *bundle.Spec) {
			piece(s, 0).Content, piece(s, 0).Raw = content(file.Content), int64(len(file.Content))
		},
	} {
		if _, err := write(t, change); fault.Code(err) != "E-MANIFEST" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is stored and does not open is replaced when the right content comes; a purge at the end of the mission takes it away.
func TestAttachment_DamagedIsReplacedAndPurged(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	file := mustFile(t, "Attest", 200_000)
	record := mustAttach(t, a, caseID, person, "case_attachment", file)
	blob := uuid.MustParse(record.Text("blob"))
	for _, caseOf := range []uuid.UUID{caseID, uuid.New()} { // content of another hash; of another case
		err := b.ws.Register().Update(t.Context(), func(tx *register.Tx) error {
			return tx.PutBlob(domain.Case, caseOf, blob, 200_000, 0, bytes.Repeat([]byte{7}, 200_000))
		})
		if err != nil {
			t.Fatal(err)
		}
		exported, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{b.name}, Out: t.TempDir(), Everything: true})
		if err != nil {
			t.Fatal(err)
		}
		if result := mustImport(t, b, exported.File); len(result.Reasons) != 0 {
			t.Errorf("%v", result.Reasons)
		}
		wantContent(t, b, record, file.Content)
	}
	send(t, a, "hq", in.hq)
	mustTell(t, in, a)
	if !merged(t, a, record) {
		t.Fatal("not merged")
	}
	a.set(today.AddDate(0, 3, 0))
	if p := mustPreview(t, a, caseID, true); len(p.Blocked) != 0 {
		t.Fatalf("the purge is blocked: %v", p.Blocked)
	}
	if _, err := exchange.Purge(t.Context(), a.ws, caseID, true); err != nil {
		t.Fatal(err)
	}
	parts, err := a.ws.Register().BlobParts(t.Context(), blob)
	if err != nil || len(parts) != 0 {
		t.Errorf("after the purge there is %v, %v", parts, err)
	}
	wantContent(t, in.hq, record, file.Content)
}
