package workspace_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/workspace"
)

// mustPDF is a file of about so many bytes with a word of its own in it.
func mustPDF(t testing.TB, word string, size int) *attachment.File {
	t.Helper()
	file, err := attachment.Read(fmt.Appendf(nil, "%%PDF-1.4\n%s\n%%%%EOF\n", strings.Repeat(word+" ", size/(len(word)+1)+1)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func mustAttach(t testing.TB, m *machine, a workspace.NewAttachment) *workspace.Record {
	t.Helper()
	if a.Type == "" {
		a.Type = "case_attachment"
	}
	if a.Kind == "" {
		a.Kind = "school_document"
	}
	if a.Title == "" {
		a.Title = "Vitnemål"
	}
	record, err := m.ws.AddAttachment(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func mustAttachments(t testing.TB, m *machine, caseID uuid.UUID) []workspace.Attachment {
	t.Helper()
	all, err := m.ws.Attachments(t.Context(), caseID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantContent(t testing.TB, m *machine, record *workspace.Record, want []byte) {
	t.Helper()
	got, err := m.ws.AttachmentContent(t.Context(), record.Type(), record.ID())
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, want %d, %v", record.Text("title"), len(got), len(want), err)
	}
}

func TestAttachment_RoundTrip(t *testing.T) {
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	small, large := mustPDF(t, "Vitnemål", 300), mustPDF(t, "Epikrise", 9<<20)
	first := mustAttach(t, m, workspace.NewAttachment{Case: caseID, Person: person, Title: " Vitnemål 2014 ", FileName: `C:\Bilder\Test Mappe.pdf`, File: small})
	second := mustAttach(t, m, workspace.NewAttachment{Case: caseID, Type: "special_attachment", Kind: "medical_document", Title: "Epikrise", FileName: "/home/x/epikrise.pdf", File: large})
	look := func() {
		t.Helper()
		all := mustAttachments(t, m, caseID)
		if len(all) != 2 || all[0].ID() != first.ID() || all[1].ID() != second.ID() {
			t.Fatalf("%d attachments", len(all))
		}
		for i, a := range all {
			if !a.Whole || !a.Own || a.Claim.MediaType != attachment.PDF || a.Claim.Size != int64(len([]*attachment.File{small, large}[i].Content)) {
				t.Errorf("attachment %d: %+v", i, a.Claim)
			}
		}
		if all[0].Subject() != person || all[1].Subject() != uuid.Nil || all[0].Text("file_name") != "Test Mappe.pdf" || all[1].Text("file_name") != "epikrise.pdf" || all[0].Text("title") != "Vitnemål 2014" {
			t.Errorf("%s %q %q", all[0].Subject(), all[0].Text("file_name"), all[1].Text("file_name"))
		}
		wantContent(t, m, first, small.Content)
		wantContent(t, m, second, large.Content)
	}
	look()
	m.as(t, 0)
	look()

	// Removing is a line, and taken back.
	target := workspace.Target{Type: "case_attachment", ID: first.ID(), Case: caseID}
	if err := m.ws.Remove(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if all := mustAttachments(t, m, caseID); len(all) != 1 || all[0].ID() != second.ID() {
		t.Errorf("after removing one there are %d", len(all))
	}
	if err := m.ws.Restore(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	look()

	// A backup holds them, and so does what is restored from it.
	backup := filepath.Join(t.TempDir(), "b.feltbok-backup")
	if err := m.ws.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	m.lock(t)
	info, err := workspace.Peek(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	restored := &machine{dir: filepath.Join(t.TempDir(), "restored"), now: m.Now()}
	if err := workspace.Restore(t.Context(), backup, restored.dir, info.Users[0].Label, slices.Clone(passphrase), workspace.Options{}); err != nil {
		t.Fatal(err)
	}
	m = restored
	m.unlock(t, 0)
	look()
	m.lock(t)

	// So does what is salvaged.
	salvaged := &machine{dir: filepath.Join(t.TempDir(), "salvaged"), now: m.Now()}
	if _, err := workspace.Salvage(t.Context(), m.dir, salvaged.dir, info.Users[0].Slot, slices.Clone(passphrase), nil); err != nil {
		t.Fatal(err)
	}
	m = salvaged
	m.unlock(t, 0)
	look()
}

func TestAttachment_Refuses(t *testing.T) {
	m := mustLaptop(t)
	caseID, _ := mustCase(t, m)
	file := mustPDF(t, "x", 9)
	record := mustAttach(t, m, workspace.NewAttachment{Case: caseID, File: file})
	before := lineCount(m)
	for name, one := range map[string]struct {
		a    workspace.NewAttachment
		code string
	}{
		"a person":       {workspace.NewAttachment{Case: caseID, Type: "person", Kind: "other", Title: "x", File: file}, "E-FORM"},
		"without a case": {workspace.NewAttachment{Type: "case_attachment", Kind: "other", Title: "x", File: file}, "E-FORM"},
		"without a file": {workspace.NewAttachment{Case: caseID, Type: "case_attachment", Kind: "other", Title: "x"}, "E-FORM"},
		"without title":  {workspace.NewAttachment{Case: caseID, Type: "case_attachment", Kind: "other", Title: "  ", File: file}, "E-VALUE"},
		"unknown kind":   {workspace.NewAttachment{Case: caseID, Type: "case_attachment", Kind: "poem", Title: "x", File: file}, "E-VALUE"},
	} {
		_, err := m.ws.AddAttachment(t.Context(), one.a)
		wantCode(t, name, err, one.code)
	}
	for _, field := range attachment.Written {
		_, err := m.ws.Set(t.Context(), workspace.Target{Type: "case_attachment", ID: record.ID(), Case: caseID}, map[string]domain.Answer{field: record.Answer(field)})
		wantCode(t, field, err, "E-FIELD")
	}
	if n := lineCount(m); n != before {
		t.Errorf("%d lines were written", n-before)
	}
	_, err := m.ws.AttachmentContent(t.Context(), "case_attachment", uuid.New())
	wantCode(t, "an attachment that is not there", err, "E-CASE")
	_, err = m.ws.AttachmentContent(t.Context(), "person", record.ID())
	wantCode(t, "a person's content", err, "E-FORM")
	ws := m.ws
	m.lock(t)
	_, err = ws.AttachmentContent(t.Context(), "case_attachment", record.ID())
	wantCode(t, "content after the lock", err, "V-LOCKED")
	_, err = ws.Attachments(t.Context(), caseID)
	wantCode(t, "list after the lock", err, "V-LOCKED")
	_, err = ws.AddAttachment(t.Context(), workspace.NewAttachment{Case: caseID, Type: "case_attachment", Kind: "other", Title: "x", File: file})
	wantCode(t, "added after the lock", err, "V-LOCKED")
}

// Whoever does not hold special sees nothing of its attachments.
func TestAttachment_SpecialIsNotHintedAt(t *testing.T) {
	m := mustMachine(t, "hq")
	m.unlock(t, slotHQS)
	caseID, person := mustCase(t, m)
	file := mustPDF(t, "Epikrise", 70000)
	mustAttach(t, m, workspace.NewAttachment{Case: caseID, Person: person, File: file})
	special := mustAttach(t, m, workspace.NewAttachment{Case: caseID, Person: person, Type: "special_attachment", Kind: "medical_document", File: file})
	m.as(t, slotHQC)
	if all := mustAttachments(t, m, caseID); len(all) != 1 || all[0].Type() != "case_attachment" {
		t.Errorf("%d attachments", len(all))
	}
	if _, err := m.ws.AttachmentContent(t.Context(), special.Type(), special.ID()); err == nil {
		t.Error("a caseworker without the ring opens it")
	}
	if _, err := m.ws.AddAttachment(t.Context(), workspace.NewAttachment{Case: caseID, Type: "special_attachment", Kind: "other", Title: "x", File: file}); err == nil {
		t.Error("a caseworker without the ring adds one")
	}
	m.as(t, slotHQS)
	if _, err := m.ws.EraseCase(t.Context(), caseID, domain.ErasureReasons[0]); err != nil {
		t.Fatal(err)
	}
	if claims, err := m.ws.Claims(t.Context()); err != nil || len(claims) != 0 {
		t.Errorf("after the erasure %d are claimed, %v", len(claims), err)
	}
}

// A chunk that is damaged or gone says so in one sentence; the list, the case and the other attachments work on.
func TestAttachment_Damaged(t *testing.T) {
	m := mustLaptop(t)
	caseID, _ := mustCase(t, m)
	var records []*workspace.Record
	file := mustPDF(t, "Attest", 200_000)
	for range 3 {
		records = append(records, mustAttach(t, m, workspace.NewAttachment{Case: caseID, File: file}))
	}
	m.lock(t)
	blob := func(i int) string {
		id := uuid.MustParse(records[i].Text("blob"))
		return fmt.Sprintf("blob_id=x'%x'", id[:])
	}
	mustSpoil(t, m, "UPDATE attachment_chunk SET body=zeroblob(length(body)) WHERE part=1 AND "+blob(0))
	mustSpoil(t, m, "DELETE FROM attachment_chunk WHERE part=2 AND "+blob(1))
	m.unlock(t, 0)
	all := mustAttachments(t, m, caseID)
	if len(all) != 3 || !all[0].Whole || all[1].Whole || !all[2].Whole {
		t.Errorf("%+v", all)
	}
	for i := range 2 {
		_, err := m.ws.AttachmentContent(t.Context(), records[i].Type(), records[i].ID())
		wantCode(t, fmt.Sprint("attachment ", i), err, "V-CHUNK")
	}
	wantContent(t, m, records[2], file.Content)
	if _, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...); err != nil {
		t.Error(err)
	}
	mustAttach(t, m, workspace.NewAttachment{Case: caseID, File: file})
	ws := m.ws
	if _, err := ws.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
}

// childAttaches has the child process add attachments.
const childAttaches = "FELTBOK_WORKSPACE_CHILD_ATTACHES"

// attachForEver adds attachments until it is killed, and prints each after it was acknowledged.
func attachForEver(dir string) error {
	ctx := context.Background()
	m := &machine{dir: dir, now: today}
	if err := m.open(0); err != nil {
		return err
	}
	cases, err := m.ws.Cases(ctx)
	if err != nil || len(cases) != 1 {
		return fmt.Errorf("%d cases: %w", len(cases), err)
	}
	for n := 1; ; n++ {
		raw := fmt.Appendf(nil, "%%PDF-1.4 %s %%%%EOF", bytes.Repeat(fmt.Appendf(nil, "%d.", n), 60_000+n))
		file, err := attachment.Read(raw)
		if err != nil {
			return err
		}
		record, err := m.ws.AddAttachment(ctx, workspace.NewAttachment{Case: cases[0].ID, Type: attachment.Types[n%2], Kind: "other", Title: "x", File: file})
		if err != nil {
			return err
		}
		fmt.Println(record.ID())
	}
}

// After kill -9 at any moment what was acknowledged is whole, and of what was not there is all or nothing.
func TestAttachment_KilledWhileAdding(t *testing.T) {
	m := mustLaptop(t)
	caseID := mustSet(t, m, workspace.Target{Type: "case"}, map[string]domain.Answer{"mission": text(missionID.String())}).ID()
	random := rand.New(rand.NewPCG(20261122, 23))
	for range 3 {
		m.lock(t)
		acknowledged := writeAndKill(t, m.dir, 2+random.IntN(6), time.Duration(random.IntN(20_000))*time.Microsecond, childAttaches+"=yes")
		m.unlock(t, 0)
		there := map[uuid.UUID]bool{}
		for _, a := range mustAttachments(t, m, caseID) {
			there[a.ID()] = true
			if !a.Whole {
				t.Error("an attachment without all of its content")
			}
			content, err := m.ws.AttachmentContent(t.Context(), a.Type(), a.ID())
			if err != nil || int64(len(content)) != a.Claim.Size {
				t.Errorf("%d bytes, %v", len(content), err)
			}
		}
		for id := range acknowledged {
			if !there[id] {
				t.Errorf("%s was acknowledged and is gone", id)
			}
		}
	}
	m.lock(t)
	if n := chunkOrphans(t, m); n != 0 {
		t.Errorf("%d attachments have chunks and no line", n)
	}
}

// mustCount asks the file of a locked machine for a number.
func mustCount(t testing.TB, m *machine, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(m.dir, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.QueryRow(query).Scan(&n), db.Close()); err != nil {
		t.Fatal(err)
	}
	return n
}

// chunkOrphans counts attachments in the file beyond those that lines name.
func chunkOrphans(t testing.TB, m *machine) int {
	t.Helper()
	blobs := mustCount(t, m, "SELECT count(DISTINCT blob_id) FROM attachment_chunk")
	m.unlock(t, 0)
	claims, err := m.ws.Claims(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return blobs - len(claims)
}

// The name of the file and its content are in no file that the program leaves.
func TestAttachment_NothingReadable(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "TEMP", "TMP"} {
		t.Setenv(name, home)
	}
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	const canary = "Kanarifugl-7f3a9c51"
	file := mustPDF(t, canary, 300_000)
	record := mustAttach(t, m, workspace.NewAttachment{Case: caseID, Person: person, Title: canary, FileName: canary + ".pdf", File: file})
	wantContent(t, m, record, file.Content)
	look := func(when string) {
		t.Helper()
		for _, dir := range []string{m.dir, home} {
			err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				content, err := os.ReadFile(path)
				if err == nil && (bytes.Contains(content, []byte(canary)) || strings.Contains(path, canary)) {
					t.Errorf("%s: in %s", when, entry.Name())
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	look("open")
	m.lock(t)
	look("locked")
}
