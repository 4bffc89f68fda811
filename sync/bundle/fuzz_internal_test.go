package bundle

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/trust"
)

// seeds adds the committed files of a folder and fails when there is none, so that a fuzz target never runs empty.
func seeds(f *testing.F, folder string) {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "seeds", folder, "*"))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds in %s: %v", folder, err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
}

// coded fails unless an error carries a code of the table.
func coded(t *testing.T, err error) {
	t.Helper()
	if err != nil && fault.Code(err) == "" {
		t.Errorf("error without a code: %v", err)
	}
}

// FuzzHeader: the check before decryption stays within its limits and never reads on for ever.
func FuzzHeader(f *testing.F) {
	seeds(f, "header")
	f.Fuzz(func(t *testing.T, b []byte) {
		header, stanzas, err := checkHeader(bufio.NewReaderSize(bytes.NewReader(b), 512), "x")
		coded(t, err)
		if err != nil {
			if header != nil || stanzas != 0 {
				t.Error("a header came back with an error")
			}
			return
		}
		if len(header) > MaxHeader || stanzas > MaxStanzas || !bytes.HasPrefix(b, header) {
			t.Errorf("header of %d bytes with %d stanzas", len(header), stanzas)
		}
	})
}

// FuzzTarWalk: whatever is accepted is written back to the same bytes.
func FuzzTarWalk(f *testing.F) {
	seeds(f, "tar")
	f.Fuzz(func(t *testing.T, b []byte) {
		w := walker{r: bytes.NewReader(b)}
		var again bytes.Buffer
		for {
			name, size, err := w.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				coded(t, err)
				return
			}
			if err := writeEntry(&again, name, size, &w); err != nil {
				coded(t, err)
				return
			}
		}
		again.Write(zeros[:tarEnd])
		if !bytes.Equal(again.Bytes(), b) {
			t.Error("a second spelling of an archive")
		}
	})
}

// FuzzManifest: a manifest that is accepted is written back to the same bytes.
func FuzzManifest(f *testing.F) {
	seeds(f, "manifest")
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManifest(b)
		coded(t, err)
		if err != nil {
			if m != nil {
				t.Error("a manifest came back with an error")
			}
			return
		}
		again, err := trust.EncodeStrict(m)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("a second spelling of a manifest: %v", err)
		}
	})
}

// FuzzUnpack: packed lines of any kind end within the announced size.
func FuzzUnpack(f *testing.F) {
	seeds(f, "packed")
	part := PartInfo{Compartment: domain.Case, Raw: 4096, Chains: []ChainRange{{Device: uuid.Max, Epoch: 7, First: 1, Last: 3}}}
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		err := unpack(bytes.NewReader(b), part, "x", func(line RawLine) error { total += len(line.Bytes) + 1; return nil })
		coded(t, err)
		if int64(total) > part.Raw {
			t.Errorf("%d bytes of lines", total)
		}
		if err == nil {
			t.Error("accepted against a tip of zeros")
		}
	})
}

// The padding in the manifest changes its length; whatever the sizes are, a fitting one is found and of its class.
func TestSizeClass(t *testing.T) {
	for length := int64(0); length < 1<<20; length += 511 {
		class := sizeClass(length)
		if class%tarBlock != 0 || class < length || class < smallestTar || sizeClass(class) != class {
			t.Fatalf("class of %d is %d", length, class)
		}
		if length > smallestTar && class > length+length/8 {
			t.Fatalf("class of %d is %d", length, class)
		}
	}
}

func TestTarHeader_LikeTheStandardLibrary(t *testing.T) {
	header, err := tarHeader("part/case.age", 4711)
	if err != nil || len(header) != tarBlock {
		t.Fatal(err)
	}
	if string(header[257:265]) != "ustar\x0000" || header[156] != '0' {
		t.Errorf("magic %q", header[257:265])
	}
}

// TestSeeds writes the committed seeds anew when the variable is set, and otherwise only looks that they are there.
func TestSeeds(t *testing.T) {
	if os.Getenv("FELTBOK_WRITE_SEEDS") == "" {
		for _, folder := range []string{"header", "tar", "manifest", "packed"} {
			if found, _ := filepath.Glob(filepath.Join("testdata", "seeds", folder, "*")); len(found) < 2 {
				t.Errorf("%d seeds for %s", len(found), folder)
			}
		}
		return
	}
	write := func(folder, name string, content []byte) {
		path := filepath.Join("testdata", "seeds", folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("header", "empty", nil)
	write("header", "one", []byte("age-encryption.org/v1\n-> mlkem768x25519 AAAA\nAAAA\n--- AAAA\nrest"))
	write("header", "classic", []byte("age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n"))
	write("header", "many", append([]byte("age-encryption.org/v1\n"), bytes.Repeat([]byte("-> mlkem768x25519 A\nA\n"), 20)...))
	var archive bytes.Buffer
	for _, name := range []string{nameManifest, nameSignature, "doc/root.json", namePad} {
		if err := writeEntry(&archive, name, int64(len(name)), bytes.NewReader([]byte(name))); err != nil {
			t.Fatal(err)
		}
	}
	write("tar", "cut", archive.Bytes())
	archive.Write(make([]byte, smallestTar-archive.Len()-tarEnd-tarBlock*0))
	write("tar", "long", append(archive.Bytes(), zeros[:tarEnd]...))
	var exact bytes.Buffer
	if err := writeEntry(&exact, nameManifest, 3, bytes.NewReader([]byte("{}\n"))); err != nil {
		t.Fatal(err)
	}
	rest := int64(smallestTar) - int64(exact.Len()) - tarEnd - tarBlock
	if err := writeEntry(&exact, namePad, rest, zeroReader(rest)); err != nil {
		t.Fatal(err)
	}
	write("tar", "exact", append(exact.Bytes(), zeros[:tarEnd]...))
	golden, err := os.ReadFile(filepath.Join("testdata", "golden", "bundle.json"))
	if err != nil {
		t.Fatal(err)
	}
	write("manifest", "golden", golden)
	write("manifest", "future", bytes.Replace(golden, []byte("feltbok-bundle/1"), []byte("feltbok-bundle/2"), 1))
	write("manifest", "empty", []byte("{}\n"))
	for name, content := range map[string]string{"lines": "a\nb\nc\n", "none": "", "zeros": string(make([]byte, 100000))} {
		var packed bytes.Buffer
		zipped := gzip.NewWriter(&packed)
		io.WriteString(zipped, content)
		zipped.Close()
		write("packed", name, packed.Bytes())
		write("packed", name+"-twice", bytes.Repeat(packed.Bytes(), 2))
	}
}
