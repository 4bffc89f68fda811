package exchange_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// canary is a text that no program would write by itself.
const canary = "Kanarifugl-ÆØÅ-7f3a9c51"

// canaryAnswer puts the canary into whatever text a field can hold: its value, and the reason beside a missing one.
func canaryAnswer(f domain.Field) (domain.Answer, bool) {
	switch f.Kind {
	case domain.Text, domain.LongText:
		return domain.Answer{Value: canary, Reason: canary}, true
	case domain.MultiText:
		return domain.Answer{Value: []string{canary, canary + "2"}}, true
	case domain.Rows:
		if len(f.Columns) == 0 {
			return domain.Answer{Value: []map[string]string{{"x": canary}}}, true
		}
		row := map[string]string{}
		for _, column := range f.Columns {
			row[column] = canary
		}
		return domain.Answer{Value: []map[string]string{row}}, true
	case domain.Data:
		return domain.Answer{Value: json.RawMessage(`{"x":"` + canary + `"}`)}, true
	}
	return domain.Answer{Missing: domain.Declined, Reason: canary}, true
}

// plant writes the canary into every field of every type that the role may write, and returns how many there were.
func plant(t *testing.T, m *machine, caseID, person uuid.UUID) (types, fields int) {
	t.Helper()
	role := m.ws.Me().Role
	for _, info := range domain.Types() {
		if !m.ws.Holds(info.Compartment) || info.Compartment == domain.Audit || workspace.IsMark(info.Type) {
			continue
		}
		if attachment.IsType(info.Type) {
			plantFile(t, m, info.Type, caseID, person)
			types, fields = types+1, fields+len(info.Fields)
			continue
		}
		target := workspace.Target{Type: info.Type, Case: caseID}
		answers := map[string]domain.Answer{}
		for _, field := range info.Fields {
			if field.Name == "mission" || !role.MayWrite(info.Type, field.Name) {
				continue
			}
			if answer, ok := canaryAnswer(field); ok {
				answers[field.Name] = answer
			}
		}
		if len(answers) == 0 {
			continue
		}
		if info.Type == "case" || info.Type == "person" {
			target.ID = map[domain.Type]uuid.UUID{"case": caseID, "person": person}[info.Type]
		} else if info.Subject == "person" {
			target.Subject = person
		}
		if info.Compartment == domain.Open {
			target.Mission = missionID
		}
		record, err := m.ws.Set(t.Context(), target, answers)
		if err != nil {
			t.Errorf("%s: %v", info.Type, err)
			continue
		}
		for name := range answers {
			if a := record.Answer(name); !strings.Contains(a.Text()+a.Reason+strings.Join(a.List(), ""), canary) && a.Value == nil {
				t.Errorf("%s.%s does not hold the canary: %+v", info.Type, name, a)
			}
		}
		types, fields = types+1, fields+len(answers)
	}
	return types, fields
}

// plantFile adds an attachment that says the canary in its content, its title and its name.
func plantFile(t *testing.T, m *machine, kind domain.Type, caseID, person uuid.UUID) {
	t.Helper()
	file := mustFile(t, canary, 90_000)
	record, err := m.ws.AddAttachment(t.Context(), workspace.NewAttachment{
		Case: caseID, Person: person, Type: kind, Kind: "other", Title: canary, FileName: canary + ".pdf", File: file,
	})
	if err != nil {
		t.Errorf("%s: %v", kind, err)
		return
	}
	wantContent(t, m, record, file.Content)
}

// TestCanary_InNoFile: pains.md row 9. What is typed is in no byte of any file that the program leaves anywhere.
func TestCanary_InNoFile(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"TMPDIR", "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP"} {
		dir := filepath.Join(home, strings.ToLower(name))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, dir)
	}
	work := t.TempDir()
	t.Chdir(work)
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	types, fields := plant(t, a, caseID, person)
	if types < 25 || fields < 200 {
		t.Errorf("only %d types with %d fields were written", types, fields)
	}
	look(t, a, caseID)
	out := filepath.Join(work, "stick")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	export := func(m *machine, to string) string {
		exported, err := exchange.Export(t.Context(), m.ws, exchange.ExportOptions{To: []string{to}, Out: out})
		if err != nil {
			t.Fatal(err)
		}
		return exported.File
	}
	mustImport(t, b, export(a, b.name))
	look(t, b, caseID)
	file := export(a, "hq")
	if _, err := exchange.Preview(t.Context(), in.hq.ws, file); err != nil {
		t.Fatal(err)
	}
	scan(t, "while everything is open", home, work, in.dir)
	in.hq.as(t, slotHQC)
	mustImport(t, in.hq, file) // special and sealed are held
	in.hq.as(t, slotHQS)
	if _, err := exchange.ImportHeld(t.Context(), in.hq.ws); err != nil {
		t.Fatal(err)
	}
	if types, _ := plant(t, in.hq, caseID, person); types < 25 {
		t.Errorf("only %d types were written at headquarters", types)
	}
	look(t, in.hq, caseID)
	mustImport(t, a, export(in.hq, a.name))
	for _, m := range in.all() {
		if err := m.ws.Register().Backup(t.Context(), filepath.Join(out, m.name+".backup")); err != nil {
			t.Error(err)
		}
		m.lock(t)
	}
	scan(t, "after locking", home, work, in.dir)

	// The scan must be able to find it.
	planted := filepath.Join(work, "found.txt")
	if err := os.WriteFile(planted, utf16le("x"+canary), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, _ := find(t, work); len(found) != 1 {
		t.Errorf("the scan does not find a planted canary: %v", found)
	}
}

// look does what a person does with a case: search, open, read conflicts.
func look(t *testing.T, m *machine, caseID uuid.UUID) {
	t.Helper()
	if hits, err := m.ws.Search(t.Context(), canary, 10); err != nil || len(hits) == 0 {
		t.Errorf("%s: %d hits, %v", m.name, len(hits), err)
	}
	file, err := m.ws.OpenCase(t.Context(), caseID, workspace.Everything...)
	if err != nil {
		t.Fatal(err)
	}
	if text := file.Persons()[0].Text("family_name"); text != canary {
		t.Errorf("%s: family name %q", m.name, text)
	}
	all, err := m.ws.Attachments(t.Context(), caseID)
	if err != nil || len(all) == 0 {
		t.Errorf("%s: %d attachments, %v", m.name, len(all), err)
	}
	for _, one := range all {
		if content, err := m.ws.AttachmentContent(t.Context(), one.Type(), one.ID()); err != nil || !bytes.Contains(content, []byte(canary)) {
			t.Errorf("%s: %s of %d bytes, %v", m.name, one.Type(), len(content), err)
		}
	}
	if m.name != "laptop-b" && len(file.Sealed()) == 0 {
		t.Errorf("%s: no sealed entry", m.name)
	}
	if _, err := m.ws.Conflicts(t.Context()); err != nil {
		t.Error(err)
	}
}

func utf16le(s string) (b []byte) {
	for _, unit := range utf16.Encode([]rune(s)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}

// find lists the files under the folders that hold the canary in any spelling.
func find(t testing.TB, dirs ...string) (found []string, scanned int) {
	t.Helper()
	escaped, err := oplog.Canonical(canary)
	if err != nil {
		t.Fatal(err)
	}
	ascii := canary[len(canary)-8:]
	big := utf16le(ascii)
	for i := 0; i+1 < len(big); i += 2 {
		big[i], big[i+1] = big[i+1], big[i]
	}
	needles := [][]byte{[]byte(canary), []byte(ascii), bytes.Trim(escaped, `"`), utf16le(ascii), big}
	for _, dir := range dirs {
		for _, name := range files(t, dir) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			scanned++
			for _, needle := range needles {
				if bytes.Contains(content, needle) || strings.Contains(name, string(needle)) {
					found = append(found, name)
					break
				}
			}
		}
	}
	return found, scanned
}

func scan(t *testing.T, when string, dirs ...string) {
	t.Helper()
	found, scanned := find(t, dirs...)
	if len(found) > 0 {
		t.Errorf("%s: the canary is in %v", when, found)
	}
	if scanned < 20 {
		t.Errorf("%s: only %d files were scanned", when, scanned)
	}
}
