package version_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"feltbok/internal/version"
)

// TestVersion_MatchesFyneApp: plain `go build` embeds no metadata, so the program takes it from this package; the
// packaging tool takes it from FyneApp.toml (examples.md 2.4). They must not drift apart.
func TestVersion_MatchesFyneApp(t *testing.T) {
	root := filepath.Join("..", "..")
	content, err := os.ReadFile(filepath.Join(root, "FyneApp.toml"))
	if err != nil {
		t.Fatal(err)
	}
	value := func(section, key string) string {
		pattern := regexp.MustCompile(`(?s)\[` + section + `\][^\[]*?\n` + key + ` = ([^\n]*)`)
		m := pattern.FindStringSubmatch(string(content))
		if m == nil {
			t.Fatalf("FyneApp.toml has no %s in [%s]", key, section)
		}
		return strings.Trim(m[1], `"`)
	}
	for _, tc := range []struct{ section, key, want string }{
		{"Details", "Version", version.App},
		{"Details", "ID", version.ID},
		{"Details", "Name", version.Name},
		{"Migrations", "fyneDo", "true"}, // examples.md 1.6, do 3
	} {
		if got := value(tc.section, tc.key); got != tc.want {
			t.Errorf("FyneApp.toml has %s = %q, the program %q", tc.key, got, tc.want)
		}
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(value("Details", "Icon")))); err != nil {
		t.Error(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(makefile), "migrated_fynedo") {
		t.Error("the Makefile does not build with the tag migrated_fynedo; FyneApp.toml alone does not reach `go build`")
	}
}
