package recovery_test

import (
	"bytes"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"feltbok/internal/i18n"
	"feltbok/internal/recovery"
)

func mustSheet(t *testing.T, s recovery.Sheet) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := recovery.WriteSheet(&out, s); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sheetOf(t *testing.T, label, lang string, kit *recovery.Kit) recovery.Sheet {
	t.Helper()
	return recovery.Sheet{Custodian: custodians(label)[0], Identity: identities()[label], Kit: kit, Date: today, Lang: lang}
}

// pages gives the text of each page as pdftotext reads it, with white space as single blanks.
func pages(t *testing.T, pdf []byte) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sheet.pdf") // of an identity made for this test
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	var all []string
	for page := range strings.SplitSeq(strings.TrimSuffix(string(out), "\f"), "\f") {
		all = append(all, strings.Join(strings.Fields(page), " "))
	}
	return all
}

func TestSheet_SaysEverythingInEachLanguage(t *testing.T) {
	kit := mustKit(t, 2, "A", "B", "C")
	for _, lang := range i18n.Languages {
		t.Run(lang, func(t *testing.T) {
			identity := identities()["B"]
			got := pages(t, mustSheet(t, sheetOf(t, "B", lang, kit)))
			if len(got) != 2 {
				t.Fatalf("%d pages", len(got))
			}
			texts := i18n.For(lang)
			both := []string{recovery.Fingerprint(identity.Recipient().String())[:9], kit.ID[:4] + " " + kit.ID[4:8], "2026-11-22", "A, B, C"}
			for _, key := range []string{"title", "secret", "do", "dont", "check"} {
				if text := texts.T("recovery.sheet."+key, "Label", "B"); !strings.Contains(got[0], text) {
					t.Errorf("no %q on the secret page:\n%s", text, got[0])
				}
			}
			for line := range strings.Lines(recovery.TypedText(identity)) {
				if !strings.Contains(got[0], strings.TrimSpace(line)) {
					t.Errorf("a line of the key is not on the secret page:\n%s", got[0])
				}
			}
			if !strings.Contains(got[0], "age -d -i A.key A-B.age | age -d -i B.key > recovery.key") {
				t.Errorf("the command is not on the secret page:\n%s", got[0])
			}
			for _, key := range []string{"public_title", "keeper", "sign_given"} {
				if text := texts.T("recovery.sheet."+key, "Label", "B"); !strings.Contains(got[1], text) {
					t.Errorf("no %q on the public page:\n%s", text, got[1])
				}
			}
			if !strings.Contains(got[1], "A-B.age, B-C.age") {
				t.Errorf("files of the kit are not on the public page:\n%s", got[1])
			}
			for i, page := range got {
				for _, text := range both {
					if !strings.Contains(page, text) {
						t.Errorf("no %q on page %d:\n%s", text, i+1, page)
					}
				}
				if strings.ContainsAny(page, "⟦⟧{}") {
					t.Errorf("a text is missing on page %d:\n%s", i+1, page)
				}
			}
		})
	}
}

func TestSheet_PublicPageHasNoSecret(t *testing.T) {
	secret := identities()["A"].String()
	s := sheetOf(t, "A", "nb", mustKit(t, 2, "A", "B"))
	s.Identity = nil
	got := pages(t, mustSheet(t, s))
	if len(got) != 1 {
		t.Fatalf("%d pages", len(got))
	}
	whole := pages(t, mustSheet(t, sheetOf(t, "A", "nb", s.Kit)))
	if got[0] != whole[1] {
		t.Error("the public page alone is another than with the key")
	}
	for at := 20; at+4 <= len(secret); at += 4 {
		if strings.Contains(got[0], secret[at:at+4]) {
			t.Errorf("the public page shows group %d of the key", at/4)
		}
	}
}

func TestSheet_SameBytesTwice(t *testing.T) {
	kit := mustKit(t, 2, "A", "B", "C")
	first, second := mustSheet(t, sheetOf(t, "A", "nn", kit)), mustSheet(t, sheetOf(t, "A", "nn", kit))
	if !bytes.Equal(first, second) {
		t.Error("two sheets of the same key and day differ")
	}
	if bytes.Equal(first, mustSheet(t, sheetOf(t, "B", "nn", kit))) {
		t.Error("two sheets of different keys are equal")
	}
}

// scanned renders a page as a printer would and reads the code off the picture; "" when none is read. One in some hundred keys is not
// read off the coarse picture by the library of this test, so it gets a second look, as a camera would.
func scanned(t *testing.T, sheet, page string) string {
	t.Helper()
	for _, dots := range []string{"110", "160"} {
		out := filepath.Join(t.TempDir(), "page")
		if said, err := exec.Command("pdftoppm", "-r", dots, "-f", page, "-l", page, "-singlefile", "-png", sheet, out).CombinedOutput(); err != nil {
			t.Fatalf("pdftoppm: %v %s", err, said)
		}
		content, err := os.ReadFile(out + ".png")
		if err != nil {
			t.Fatal(err)
		}
		picture, _, err := image.Decode(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil); err == nil {
			return result.GetText()
		}
	}
	return ""
}

func TestSheet_CodeScans(t *testing.T) {
	for _, label := range []string{"A", "B"} {
		sheet := filepath.Join(t.TempDir(), "sheet.pdf")
		if err := os.WriteFile(sheet, mustSheet(t, sheetOf(t, label, "nb", nil)), 0o600); err != nil {
			t.Fatal(err)
		}
		for number, want := range map[string]string{"1": identities()[label].String(), "2": ""} {
			if got := scanned(t, sheet, number); got != want {
				t.Errorf("the code on page %s of %s reads %d characters, want %d", number, label, len(got), len(want))
			}
		}
		page, err := recovery.ParseKey([]byte(identities()[label].String()), "code")
		if err != nil || page.String() != identities()[label].String() {
			t.Errorf("what the code says is not read as a key: %v", err)
		}
	}
}
