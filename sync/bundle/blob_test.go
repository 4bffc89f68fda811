package bundle_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/sync/bundle"
)

// pieces cuts content into the entries of a bundle.
func pieces(c domain.Compartment, id uuid.UUID, content []byte, recipients []string) (all []bundle.Blob) {
	for piece := range slices.Chunk(content, bundle.MaxBlob) {
		all = append(all, bundle.Blob{
			Compartment: c, ID: id, Piece: len(all), Recipients: recipients, Raw: int64(len(piece)),
			Content: func(context.Context) ([]byte, error) { return bytes.Clone(piece), nil },
		})
	}
	return all
}

// withBlob adds an attachment, and the line that names it, to an ordinary bundle.
func (w *world) withBlob(content []byte) (bundle.Spec, uuid.UUID) {
	spec, id := w.field(1), w.uuid()
	lines, run := w.chain(w.a, domain.Case, 7, 3)
	sum := sha256.Sum256(content)
	line := oplog.Line{
		Kind: oplog.KindSet, By: w.a.userID, Compartment: domain.Case, Case: w.uuid(), Device: w.a.id, Epoch: 7, N: 4, HLC: oplog.HLCAt(now) + 9, Previous: run.Tip,
		Object: w.uuid(), Type: "case_attachment", Set: map[string]json.RawMessage{
			"blob": json.RawMessage(`"` + id.String() + `"`), "media_type": json.RawMessage(`"application/pdf"`),
			"sha256": json.RawMessage(`"` + hex.EncodeToString(sum[:]) + `"`), "size": json.RawMessage(fmt.Sprint(len(content))),
		},
	}
	last := must(line.Encode())
	run.Last, run.Tip = 4, oplog.Link(run.Tip, oplog.LineHash(last))
	spec.Parts[0].Chains, spec.Parts[0].Lines = []bundle.ChainRange{run}, sequence(append(lines, last)...)
	spec.Blobs = pieces(domain.Case, id, content, spec.Parts[0].Recipients)
	return spec, id
}

func someContent(size int) []byte {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i / 251 * 7)
	}
	return content
}

func TestBlob_RoundTrip(t *testing.T) {
	w := newWorld(t, 1, false)
	content := someContent(bundle.MaxBlob + 70_000)
	spec, id := w.withBlob(content)
	small, smallID := someContent(5), w.uuid()
	spec.Blobs = append(pieces(domain.Case, smallID, small, spec.Parts[0].Recipients), spec.Blobs[1], spec.Blobs[0])
	var told []int64
	path := filepath.Join(t.TempDir(), bundle.NewFileName())
	if _, err := bundle.Write(t.Context(), path, spec, func(done, total int64) { told = append(told, done, total) }); err != nil {
		t.Fatal(err)
	}
	if n := len(told); n < 4 || told[n-2] != told[n-1] || told[n-1] < int64(len(content)) {
		t.Errorf("progress %v", told)
	}
	if left := must(os.ReadDir(filepath.Dir(path))); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
	for name, n := range map[string]*node{"hq": w.hq, "b": w.b} {
		policy := w.atHQ()
		policy.Node = ""
		v, err := bundle.Verify(t.Context(), path, n.keyring(), policy)
		if err != nil {
			t.Fatal(err)
		}
		got := map[uuid.UUID][]byte{}
		for _, blob := range v.Blobs {
			piece, err := v.Blob(t.Context(), blob)
			if err != nil || !blob.Openable || blob.Compartment != domain.Case || int64(len(piece)) != blob.Raw {
				t.Fatalf("%s: piece %d of %s: %d bytes, %v", name, blob.Piece, blob.ID, len(piece), err)
			}
			got[blob.ID] = append(got[blob.ID], piece...)
		}
		if len(v.Blobs) != 3 || !bytes.Equal(got[id], content) || !bytes.Equal(got[smallID], small) {
			t.Errorf("%s: %d pieces, %d and %d bytes", name, len(v.Blobs), len(got[id]), len(got[smallID]))
		}
		if len(v.Parts) != 1 {
			t.Errorf("%s: %d parts", name, len(v.Parts))
		}
	}
	// Whoever lacks the compartment's identity sees that there is something and no more.
	keys := w.hq.keyring()
	keys.Inbox = nil
	v, err := bundle.Verify(t.Context(), path, keys, w.atHQ())
	if err != nil || len(v.Blobs) != 3 || v.Blobs[0].Openable {
		t.Fatalf("%v", err)
	}
	_, err = v.Blob(t.Context(), v.Blobs[0])
	if fault.Code(err) != "E-PART" {
		t.Errorf("opened without identity: %v", err)
	}
}

// A file that is changed between the look and the reading is noticed.
func TestBlob_ChangedSince(t *testing.T) {
	w := newWorld(t, 1, false)
	spec, _ := w.withBlob(someContent(300_000))
	path, _ := w.write(t, spec)
	v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
	if err != nil {
		t.Fatal(err)
	}
	file := must(os.ReadFile(path))
	file[len(file)/2] ^= 1
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if content, err := v.Blob(t.Context(), v.Blobs[0]); fault.Code(err) != "E-AGE" || content != nil {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}

// People with real keys cheat with attachments.
func TestBlob_Attacks(t *testing.T) {
	w := newWorld(t, 1, false)
	content := someContent(bundle.MaxBlob + 100)
	spec, id := w.withBlob(content)
	good, _ := w.write(t, spec)
	name := func(c string, piece int) string { return fmt.Sprintf("blob/%s/%x.%06d.age", c, id[:], piece) }
	first, second := name("case", 0), name("case", 1)
	rename := func(to string) func(*forgery) {
		return func(f *forgery) { f.file_(second).Name, f.entry(second).name = to, to }
	}
	for what, attack := range map[string]struct {
		code   string
		change func(*forgery)
	}{
		"unchanged":               {"", func(*forgery) {}},
		"a piece left out":        {"", func(f *forgery) { f.drop(second) }}, // comes with another file
		"in a boxed compartment":  {"E-MANIFEST", rename(name("sealed", 1))},
		"in the audit log":        {"E-MANIFEST", rename(name("audit", 1))},
		"without its part":        {"E-MANIFEST", rename(name("special", 1))},
		"a name of another shape": {"E-MANIFEST", rename("blob/case/photo.jpg")},
		"pieces out of order":     {"E-MANIFEST", func(f *forgery) { f.swap(first, second) }},
		"a piece twice": {"E-MANIFEST", func(f *forgery) {
			f.add(second, forgedEntry{first, f.entry(first).content}, *f.file_(first))
		}},
		"for more readers than the part": {"E-MANIFEST", func(f *forgery) {
			f.file_(second).Recipients = append(slices.Clone(f.file_(second).Recipients), bundle.Fingerprint("age1pq1x"))
		}},
		"for fewer readers than named":  {"E-TO", func(f *forgery) { f.entry(second).content = seal(content[bundle.MaxBlob:], w.partTo()[:2]...) }},
		"larger than allowed":           {"E-MANIFEST", func(f *forgery) { f.file_(first).Raw = bundle.MaxBlob + 1 }},
		"of no size":                    {"E-MANIFEST", func(f *forgery) { f.file_(first).Raw = 0 }},
		"with lines":                    {"E-MANIFEST", func(f *forgery) { f.file_(first).Chains = f.file_("part/case.age").Chains }},
		"changed behind the manifest":   {"E-HASH", func(f *forgery) { f.keepHashes = true; f.entry(second).content[len(f.entry(second).content)-1] ^= 1 }},
		"not sealed at all":             {"E-AGE", func(f *forgery) { f.entry(second).content = content[:500] }},
		"before the part":               {"E-MANIFEST", func(f *forgery) { f.swap("part/case.age", first) }},
		"fewer bytes than the manifest": {"read E-BLOB", func(f *forgery) { f.entry(second).content = seal(content[:99], w.partTo()...) }},
		"more bytes than the manifest":  {"read E-BLOB", func(f *forgery) { f.entry(second).content = seal(content[:101], w.partTo()...) }},
		"wants of a boxed compartment": {"E-MANIFEST", func(f *forgery) {
			f.manifest.Have.Wants = bundle.Wants{"sealed": {id.String(): oplog.Intervals{{1, 1}}}}
		}},
		"wants of no attachment": {"E-MANIFEST", func(f *forgery) { f.manifest.Have.Wants = bundle.Wants{"case": {"x": oplog.Intervals{{1, 1}}}} }},
		"wants of nothing":       {"E-MANIFEST", func(f *forgery) { f.manifest.Have.Wants = bundle.Wants{"case": {id.String(): nil}} }},
		"too many wants": {"E-MANIFEST", func(f *forgery) {
			f.manifest.Have.Wants = bundle.Wants{"case": {}}
			for range bundle.MaxWants + 1 {
				f.manifest.Have.Wants["case"][w.uuid().String()] = oplog.Intervals{{1, 1}}
			}
		}},
	} {
		t.Run(what, func(t *testing.T) {
			f := w.open(t, good)
			attack.change(f)
			path := f.write(t)
			v, err := bundle.Verify(t.Context(), path, w.hq.keyring(), w.atHQ())
			if code, atReading := strings.CutPrefix(attack.code, "read "); atReading {
				if err != nil {
					t.Fatal(err)
				}
				if got, err := v.Blob(t.Context(), v.Blobs[1]); fault.Code(err) != code || got != nil {
					t.Errorf("%d bytes, %v, want %s", len(got), err, code)
				}
				return
			}
			if fault.Code(err) != attack.code {
				t.Errorf("got %v, want %q", err, attack.code)
			}
		})
	}
}

// drop takes an entry out of tar and manifest.
func (f *forgery) drop(name string) {
	f.entries = slices.DeleteFunc(f.entries, func(e forgedEntry) bool { return e.name == name })
	f.manifest.Files = slices.DeleteFunc(f.manifest.Files, func(e bundle.File) bool { return e.Name == name })
}

// swap exchanges two entries, in tar and manifest.
func (f *forgery) swap(a, b string) {
	at := func(name string) (int, int) {
		return slices.IndexFunc(f.entries, func(e forgedEntry) bool { return e.name == name }),
			slices.IndexFunc(f.manifest.Files, func(e bundle.File) bool { return e.Name == name })
	}
	i, m := at(a)
	j, n := at(b)
	f.entries[i], f.entries[j] = f.entries[j], f.entries[i]
	f.manifest.Files[m], f.manifest.Files[n] = f.manifest.Files[n], f.manifest.Files[m]
}

// The writer keeps the rules too, and leaves no file when it cannot.
func TestBlob_WriterRefuses(t *testing.T) {
	w := newWorld(t, 1, false)
	for what, attack := range map[string]struct {
		code   string
		change func(*bundle.Spec)
	}{
		"boxed":         {"E-MANIFEST", func(s *bundle.Spec) { s.Blobs[0].Compartment = domain.Sealed }},
		"without part":  {"E-MANIFEST", func(s *bundle.Spec) { s.Blobs[0].Compartment = domain.Special }},
		"other readers": {"E-MANIFEST", func(s *bundle.Spec) { s.Blobs[0].Recipients = s.Blobs[0].Recipients[1:] }},
		"twice":         {"E-MANIFEST", func(s *bundle.Spec) { s.Blobs = append(s.Blobs, s.Blobs[0]) }},
		"another size":  {"E-BLOB", func(s *bundle.Spec) { s.Blobs[0].Raw++ }},
		"an odd number": {"E-MANIFEST", func(s *bundle.Spec) { s.Blobs[0].Piece = 1_000_000 }},
		"content missing": {"V-CHUNK", func(s *bundle.Spec) {
			s.Blobs[0].Content = func(context.Context) ([]byte, error) { return nil, fault.New("V-CHUNK", "", nil) }
		}},
	} {
		spec, _ := w.withBlob(someContent(9))
		attack.change(&spec)
		path := filepath.Join(t.TempDir(), bundle.NewFileName())
		if _, err := bundle.Write(t.Context(), path, spec, nil); fault.Code(err) != attack.code {
			t.Errorf("%s: %v, want %s", what, err, attack.code)
		}
		if left := must(os.ReadDir(filepath.Dir(path))); len(left) != 0 {
			t.Errorf("%s: files are left", what)
		}
	}
}

// An auditor proves attachments with common programs (docs/verify.sh): sizes, readers, and the hash in the signed line.
func TestAuditor_ProvesAttachments(t *testing.T) {
	for _, name := range []string{"bash", "tar", "ssh-keygen", "jq", "sha256sum", "gzip", "base64"} {
		tool(t, name)
	}
	agePath, err := ageTool()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 1, false)
	content := someContent(bundle.MaxBlob + 4000)
	spec, id := w.withBlob(content)
	good, _ := w.write(t, spec)
	prove := func(path string, more ...string) (string, error) {
		dir := t.TempDir()
		files := map[string]string{"node.key": w.hq.outer.String(), "case.key": w.hq.inbox[domain.Case].String(), "signers": string(w.trust.AllowedSigners())}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		arguments := []string{filepath.Join("..", "..", "docs", "verify.sh"), "-i", filepath.Join(dir, "node.key"), "-s", filepath.Join(dir, "signers"), "-t", "20261122030000Z"}
		if len(more) == 0 {
			arguments = append(arguments, "-i", filepath.Join(dir, "case.key"))
		}
		cmd := exec.Command("bash", append(arguments, path)...)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(agePath)+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	whole := fmt.Sprintf("case: attachment %x, %d bytes", id[:], len(content))
	if out, err := prove(good); err != nil || !strings.Contains(out, whole) || !strings.Contains(out, "proven: kind field") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := prove(good, "without the identity"); err != nil || strings.Contains(out, "attachment") {
		t.Errorf("%v\n%s", err, out)
	}
	second := fmt.Sprintf("blob/case/%x.000001.age", id[:])
	f := w.open(t, good)
	f.drop(second)
	if out, err := prove(f.write(t)); err != nil || !strings.Contains(out, fmt.Sprintf("a part of %d bytes", len(content))) {
		t.Errorf("one piece: %v\n%s", err, out)
	}
	f = w.open(t, good)
	f.entry(second).content = seal(bytes.Repeat([]byte{7}, 4000), w.partTo()...)
	if out, err := prove(f.write(t)); err == nil || !strings.Contains(out, "not the one that was signed") {
		t.Errorf("another content: %v\n%s", err, out)
	}
	f = w.open(t, good)
	other := strings.Replace(second, fmt.Sprintf("%x", id[:4]), "ffffffff", 1)
	f.file_(second).Name, f.entry(second).name = other, other
	if out, err := prove(f.write(t)); err == nil || !strings.Contains(out, "no line names the attachment") {
		t.Errorf("of nothing: %v\n%s", err, out)
	}
}
