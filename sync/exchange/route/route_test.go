package route

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/fault"
)

const table = `sysfs /sys sysfs rw,nosuid 0 0
/dev/sda2 / ext4 rw,relatime 0 0
/dev/sdb1 /media/anna/GRÅ\040STICK vfat rw,nosuid,nodev 0 0
/dev/sdc1 /run/media/anna/CARD exfat ro,nosuid 0 0
tmpfs /mnt/ram tmpfs rw 0 0
server:/share /mnt/share nfs4 rw 0 0
/dev/sdd1 /mediathek ext4 rw 0 0
/dev/sde1 /mnt vfat rw 0 0
broken
`

func TestParseMounts(t *testing.T) {
	got := parseMounts(strings.NewReader(table))
	want := []mount{
		{path: "/media/anna/GRÅ STICK", label: "GRÅ STICK"},
		{path: "/run/media/anna/CARD", label: "CARD", readOnly: true},
		{path: "/mnt/share", label: "share"},
		{path: "/mnt", label: "mnt"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mount{})); diff != "" {
		t.Error(diff)
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{`a\040b`: "a b", `a\134`: `a\`, `\999`: `\999`, `\04`: `\04`, `\777`: `\777`, "": ""} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestList_ChosenFirstThenDrivesOnce(t *testing.T) {
	here := t.TempDir()
	stick := filepath.Join(here, "stick")
	card := filepath.Join(here, "card")
	for _, dir := range []string{stick, card, filepath.Join(card, "inner")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(here, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	found := []mount{{path: stick, label: "STICK"}, {path: card, label: "CARD", readOnly: true}}
	free := func(path string) (int64, error) {
		if path == card {
			return 0, errors.New("not told")
		}
		return 42, nil
	}
	chosen := []string{here, stick + "/", filepath.Join(card, "inner"), file, filepath.Join(here, "gone")}
	got := list(found, chosen, free)
	want := []Drive{
		{Path: here, Label: filepath.Base(here), Free: 42},
		{Path: stick, Label: "STICK", Free: 42, Removable: true},
		{Path: filepath.Join(card, "inner"), Label: "inner", Free: 42, ReadOnly: true},
		{Path: card, Label: "CARD", Free: -1, ReadOnly: true, Removable: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBundles_NewestFirstAndOnlyWholeFiles(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for i, name := range []string{"OLD.feltbok", "NEW.FELTBOK", "half.feltbok.part", "list.csv", "feltbok"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, make([]byte, 10+i), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, day, day.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.feltbok"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "OLD.feltbok"), filepath.Join(dir, "link.feltbok")); err != nil {
		t.Skip("no links here")
	}
	got, err := Bundles(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range got {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"NEW.FELTBOK", "OLD.feltbok"}, names); diff != "" {
		t.Fatal(diff)
	}
	if got[0].Size != 11 || !got[0].Modified.Equal(day.Add(time.Hour)) || got[0].Path != filepath.Join(dir, "NEW.FELTBOK") {
		t.Errorf("facts of the newest file: %+v", got[0])
	}
}

func TestBundles_PulledDriveIsAFault(t *testing.T) {
	_, err := Bundles(filepath.Join(t.TempDir(), "pulled"))
	if f, ok := fault.Of(err); !ok || f.Code != "E-PULLED" || f.Where != "pulled" {
		t.Errorf("got %v, want E-PULLED: pulled", err)
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	if err := Writable(dir); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d files left behind", len(left))
	}
	if err := Writable(filepath.Join(dir, "gone")); fault.Code(err) != "E-PULLED" {
		t.Errorf("got %v, want E-PULLED", err)
	}
}

func TestSizeText(t *testing.T) {
	tests := []struct {
		bytes    int64
		lang, nb string
	}{
		{0, "nb", "0 B"},
		{-1, "nb", "0 B"},
		{999, "nb", "999 B"},
		{1000, "nb", "1 kB"},
		{640_400, "nb", "640 kB"},
		{999_600, "nb", "1,0 MB"},
		{1_240_000, "nb", "1,2 MB"},
		{1_240_000, "en", "1.2 MB"},
		{9_960_000, "en", "10 MB"},
		{14_600_000_000, "nn", "15 GB"},
	}
	for _, tc := range tests {
		if got := strings.ReplaceAll(SizeText(tc.bytes, tc.lang), "\u00a0", " "); got != tc.nb {
			t.Errorf("SizeText(%d, %s) = %q, want %q", tc.bytes, tc.lang, got, tc.nb)
		}
	}
}
