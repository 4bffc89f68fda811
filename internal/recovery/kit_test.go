package recovery_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/recovery"
)

func TestKit_EveryQuorumOpensAndNobodyElse(t *testing.T) {
	tests := []struct {
		k      int
		labels []string
		files  []string
	}{
		{1, []string{"A"}, []string{"A.age"}},
		{2, []string{"A", "B"}, []string{"A-B.age"}},
		{2, []string{"A", "B", "C"}, []string{"A-B.age", "A-C.age", "B-C.age"}},
		{3, []string{"A", "B", "C", "D"}, []string{"A-B-C.age", "A-B-D.age", "A-C-D.age", "B-C-D.age"}},
		{3, []string{"A", "B", "C", "D", "E"}, []string{
			"A-B-C.age", "A-B-D.age", "A-B-E.age", "A-C-D.age", "A-C-E.age", "A-D-E.age", "B-C-D.age", "B-C-E.age", "B-D-E.age", "C-D-E.age",
		}},
	}
	for _, tc := range tests {
		made := mustKit(t, tc.k, tc.labels...)
		kit, err := recovery.Load(made.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, kit); diff != "" {
			t.Errorf("read is not what was made:\n%s", diff)
		}
		if err := kit.Check(); err != nil {
			t.Error(err)
		}
		var names []string
		for _, file := range kit.Files {
			names = append(names, file.Name)
		}
		if diff := cmp.Diff(tc.files, names); diff != "" {
			t.Errorf("files:\n%s", diff)
		}
		for chosen := range 1 << len(tc.labels) {
			var labels []string
			for i, label := range tc.labels {
				if chosen&(1<<i) != 0 {
					labels = append(labels, label)
				}
			}
			identity, file, err := kit.Open(keys(labels...))
			switch {
			case len(labels) < tc.k:
				if cause(t, err) != "custodian-few kit" {
					t.Errorf("%d of %v by %v: %v", tc.k, tc.labels, labels, err)
				}
			case err != nil:
				t.Errorf("%d of %v by %v: %v", tc.k, tc.labels, labels, err)
			default:
				if identity.String() != identities()["recovery"].String() || len(file.Custodians) != tc.k {
					t.Errorf("%d of %v by %v: another identity, by %v", tc.k, tc.labels, labels, file.Custodians)
				}
			}
		}
		if kit.Alone() != (tc.k == 1) {
			t.Errorf("alone %v with %d of %d", kit.Alone(), tc.k, len(tc.labels))
		}
	}
}

// TestKit_OpensWithAgeAlone opens the files one custodian after the other, in the order of their names, and in no other.
func TestKit_OpensWithAgeAlone(t *testing.T) {
	kit := mustKit(t, 2, "A", "B", "C")
	decrypt := func(content []byte, label string) ([]byte, error) {
		r, err := age.Decrypt(bytes.NewReader(content), identities()[label])
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	for _, pair := range []string{"A-B", "A-C", "B-C"} {
		content, err := os.ReadFile(filepath.Join(kit.Dir, pair+".age"))
		if err != nil {
			t.Fatal(err)
		}
		first, second, _ := strings.Cut(pair, "-")
		if _, err := decrypt(content, second); err == nil {
			t.Errorf("%s opens by %s first", pair, second)
		}
		inner, err := decrypt(content, first)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := decrypt(inner, second)
		if err != nil {
			t.Fatal(err)
		}
		if string(plain) != identities()["recovery"].String()+"\n" {
			t.Errorf("%s holds something else", pair)
		}
		if _, err := decrypt(inner, first); err == nil {
			t.Errorf("%s opens by %s alone", pair, first)
		}
	}
}

// TestKit_RecoveryIdentityIsInNoFile looks for the secret, and for its bytes, in every file of the folder.
func TestKit_RecoveryIdentityIsInNoFile(t *testing.T) {
	kit := mustKit(t, 2, "A", "B", "C")
	entries, err := os.ReadDir(kit.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 4 {
		t.Errorf("%d files in a kit of 2 of 3", len(entries))
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(kit.Dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("AGE-SECRET-KEY")) {
			t.Errorf("%s has a secret in the clear", entry.Name())
		}
	}
}

func TestKit_SaysWhatIsWrong(t *testing.T) {
	other := mustKit(t, 2, "A", "B", "C") // another kit of the same people and the same recovery identity
	strangers := mustKit(t, 2, "C", "D", "E")
	put := func(t *testing.T, kit *recovery.Kit, name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(kit.Dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	get := func(t *testing.T, kit *recovery.Kit, name string) []byte {
		t.Helper()
		content, err := os.ReadFile(filepath.Join(kit.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	tests := []struct {
		name   string
		change func(*testing.T, *recovery.Kit)
		by     []recovery.Key
		open   string // what opening says
		check  string // what comparing the files says
	}{
		{"whole", nil, keys("A", "B"), "", ""},
		{"whole, labels left out", nil, []recovery.Key{{Identity: identities()["C"]}, {Identity: identities()["A"]}}, "", ""},
		{"one custodian alone", nil, keys("A"), "custodian-few kit", ""},
		{"nobody", nil, nil, "custodian-few kit", ""},
		{"the same twice", nil, append(keys("A"), recovery.Key{Identity: identities()["A"]}), "custodian-twice A", ""},
		{"one key for two labels", nil, append(keys("A"), recovery.Key{Label: "B", Identity: identities()["A"]}), "custodian-twice A", ""},
		{"a stranger", nil, append(keys("A"), recovery.Key{Label: "B", Identity: identities()["X"]}), "custodian-foreign B", ""},
		{"keys exchanged", nil, []recovery.Key{{Label: "A", Identity: identities()["B"]}, {Label: "B", Identity: identities()["A"]}}, "custodian-other A", ""},
		{"a label of another kit", nil, keys("A", "D"), "custodian-unknown D", ""},
		{"file missing", func(t *testing.T, k *recovery.Kit) {
			if err := os.Remove(filepath.Join(k.Dir, "A-B.age")); err != nil {
				t.Fatal(err)
			}
		}, keys("A", "B"), "file-missing A-B.age", "file-missing A-B.age"},
		{"file damaged", func(t *testing.T, k *recovery.Kit) {
			content := get(t, k, "A-C.age")
			content[len(content)-1] ^= 1
			put(t, k, "A-C.age", content)
		}, keys("A", "C"), "file-damaged A-C.age", "file-damaged A-C.age"},
		{"file cut short", func(t *testing.T, k *recovery.Kit) {
			put(t, k, "A-C.age", get(t, k, "A-C.age")[:900])
		}, keys("A", "C"), "file-damaged A-C.age", "file-damaged A-C.age"},
		{"file of another kit of the same people", func(t *testing.T, k *recovery.Kit) {
			put(t, k, "B-C.age", get(t, other, "B-C.age"))
		}, keys("B", "C"), "file-foreign B-C.age", "file-damaged B-C.age"},
		{"file of a kit of others", func(t *testing.T, k *recovery.Kit) {
			put(t, k, "A-B.age", get(t, strangers, "D-E.age"))
		}, keys("A", "B"), "file-foreign A-B.age", "file-damaged A-B.age"},
		{"files of a pair exchanged", func(t *testing.T, k *recovery.Kit) {
			ab, ac := get(t, k, "A-B.age"), get(t, k, "A-C.age")
			put(t, k, "A-B.age", ac)
			put(t, k, "A-C.age", ab)
		}, keys("A", "B"), "file-foreign A-B.age", "file-damaged A-B.age"},
		{"another file damaged", func(t *testing.T, k *recovery.Kit) {
			put(t, k, "B-C.age", []byte("x"))
		}, keys("A", "B"), "", "file-damaged B-C.age"},
		{"one file damaged, a third custodian there", func(t *testing.T, k *recovery.Kit) {
			put(t, k, "A-B.age", []byte("x"))
		}, keys("A", "B", "C"), "", "file-damaged A-B.age"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			kit := mustKit(t, 2, "A", "B", "C")
			if tc.change != nil {
				tc.change(t, kit)
			}
			if got := cause(t, kit.Check()); got != tc.check {
				t.Errorf("comparing says %q, want %q", got, tc.check)
			}
			identity, _, err := kit.Open(tc.by)
			if got := cause(t, err); got != tc.open {
				t.Errorf("opening says %q, want %q", got, tc.open)
			}
			if (err == nil) != (identity != nil) {
				t.Errorf("identity %v with error %v", identity, err)
			}
			if err != nil {
				for _, lang := range i18n.Languages {
					if text := recovery.Sentence(i18n.For(lang), err); strings.Contains(text, "⟦") || !strings.HasSuffix(text, ".") {
						t.Errorf("%s: %q", lang, text)
					}
				}
			}
		})
	}
}

func TestLoad_RefusesWhatIsNoKit(t *testing.T) {
	if _, err := recovery.Load(t.TempDir()); !strings.HasPrefix(cause(t, err), "kit-missing") {
		t.Errorf("empty folder: %v", err)
	}
	kit := mustKit(t, 2, "A", "B", "C")
	path := filepath.Join(kit.Dir, recovery.KitFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, with string) []byte {
		if !bytes.Contains(whole, []byte(old)) {
			t.Fatalf("kit.json has no %q", old)
		}
		return bytes.Replace(whole, []byte(old), []byte(with), 1)
	}
	for name, content := range map[string][]byte{
		"empty":                 nil,
		"no JSON":               []byte("kit"),
		"unknown member":        replace(`{"created"`, `{"a":1,"created"`),
		"white space":           replace(`,"k":2`, `, "k":2`),
		"version from tomorrow": replace(`"v":1`, `"v":2`),
		"lower threshold":       replace(`"k":2`, `"k":1`),
		"higher threshold":      replace(`"k":2`, `"k":3`),
		"file elsewhere":        replace(`"name":"A-B.age"`, `"name":"../A-B.age"`),
		"file for others":       replace(`"custodians":["A","B"]`, `"custodians":["B","A"]`),
		"label with a slash":    replace(`{"label":"A"`, `{"label":"/"`),
		"recovery exchanged":    replace(kit.Recovery, "age1"+kit.Recovery[5:]),
		"date":                  replace("2026-11-22", "2026-11-32"),
		"too long":              append(bytes.Clone(whole), bytes.Repeat([]byte(" "), 70<<10)...),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := recovery.Load(kit.Dir); cause(t, err) != "kit-damaged kit" {
			t.Errorf("%s: %v", name, err)
		}
	}

	// A kit.json that names another recovery identity is found out when the kit is opened.
	content := replace(kit.Recovery, identities()["X"].Recipient().String())
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := recovery.Load(kit.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := changed.Open(keys("A", "B")); cause(t, err) != "kit-foreign A-B.age" {
		t.Errorf("other recovery: %v", err)
	}
}

// TestLoad_OneBitAnywhere: no single bit of kit.json may go unnoticed when the kit is loaded, compared and opened, except in
// what names nothing that is checked: id and date, and the letters of labels.
func TestLoad_OneBitAnywhere(t *testing.T) {
	kit := mustKit(t, 2, "A", "B", "C")
	path := filepath.Join(kit.Dir, recovery.KitFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	free := map[int]bool{}
	for _, text := range []string{kit.ID, kit.Created, `"training":true`} {
		at := bytes.Index(whole, []byte(text))
		for i := range text {
			free[at+i] = true
		}
	}
	random := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		at := random.IntN(len(whole))
		if free[at] {
			continue
		}
		content := bytes.Clone(whole)
		content[at] ^= 1 << random.IntN(8)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		changed, err := recovery.Load(kit.Dir)
		if err == nil {
			err = changed.Check()
		}
		for _, pair := range [][]string{{"A", "B"}, {"A", "C"}, {"B", "C"}} {
			if err == nil {
				_, _, err = changed.Open(keys(pair...))
			}
		}
		if err == nil {
			t.Errorf("byte %d: %q", at, content[max(0, at-20):min(len(content), at+20)])
		}
	}
}

func TestMake_Refuses(t *testing.T) {
	secret := identities()["recovery"]
	tests := []struct {
		name      string
		threshold int
		who       []recovery.Custodian
		code      string
	}{
		{"nobody", 1, nil, "E-VALUE"},
		{"six", 2, append(custodians("A", "B", "C", "D", "E"), recovery.Custodian{Label: "F", Recipient: secret.Recipient().String()}), "E-VALUE"},
		{"four needed", 4, custodians("A", "B", "C", "D", "E"), "E-VALUE"},
		{"none needed", 0, custodians("A", "B"), "E-VALUE"},
		{"more needed than there are", 3, custodians("A", "B"), "E-VALUE"},
		{"label twice", 2, []recovery.Custodian{custodians("A")[0], {Label: "a", Recipient: custodians("B")[0].Recipient}}, "R-KIT"},
		{"person twice", 2, []recovery.Custodian{custodians("A")[0], {Label: "B", Recipient: custodians("A")[0].Recipient}}, "R-KIT"},
		{"label with a folder", 1, []recovery.Custodian{{Label: "../A", Recipient: custodians("A")[0].Recipient}}, "E-VALUE"},
		{"no recipient", 1, []recovery.Custodian{{Label: "A", Recipient: "age1xyz"}}, "E-VALUE"},
	}
	for _, tc := range tests {
		dir := filepath.Join(t.TempDir(), "kit")
		_, err := recovery.Make(dir, secret, recovery.MakeOptions{Custodians: tc.who, Threshold: tc.threshold, Now: today})
		if fault.Code(err) != tc.code {
			t.Errorf("%s: %v", tc.name, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: something was written", tc.name)
		}
	}
	kit := mustKit(t, 2, "A", "B")
	o := recovery.MakeOptions{Custodians: custodians("A", "B"), Threshold: 2, Training: true, Now: today}
	if _, err := recovery.Make(kit.Dir, secret, o); fault.Code(err) != "V-EXISTS" {
		t.Errorf("over another kit: %v", err)
	}
	// A file in the way leaves nothing behind, and stays what it is.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "B-C.age"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Custodians = custodians("A", "B", "C")
	if _, err := recovery.Make(dir, secret, o); fault.Code(err) != "V-EXISTS" {
		t.Errorf("over a file: %v", err)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*")); len(found) != 1 {
		t.Errorf("left behind: %v", found)
	}
	if content, _ := os.ReadFile(filepath.Join(dir, "B-C.age")); string(content) != "mine" {
		t.Error("the file in the way was changed")
	}
}

func TestReplace(t *testing.T) {
	old := mustKit(t, 2, "A", "B", "C")
	dir := filepath.Join(t.TempDir(), "new")
	o := recovery.MakeOptions{Custodians: custodians("A", "B", "D"), Threshold: 2, Training: true, Now: today}
	if _, err := recovery.Replace(old, keys("A"), dir, o); cause(t, err) != "custodian-few kit" {
		t.Errorf("by one alone: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused replacement left a folder")
	}
	o.Training = false
	if _, err := recovery.Replace(old, keys("A", "B"), dir, o); cause(t, err) != "kit-world kit" {
		t.Errorf("from training to real: %v", err)
	}
	o.Training = true
	kit, err := recovery.Replace(old, keys("A", "B"), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if kit.ID == old.ID || kit.Recovery != old.Recovery {
		t.Error("a replaced kit is a new kit of the same identity")
	}
	for pair, want := range map[string]string{"AB": "", "AD": "", "BD": "", "AC": "custodian-unknown C"} {
		if _, _, err := kit.Open(keys(strings.Split(pair, "")...)); cause(t, err) != want {
			t.Errorf("%s: %v", pair, err)
		}
	}
	if _, _, err := kit.Open([]recovery.Key{{Identity: identities()["A"]}, {Label: "D", Identity: identities()["C"]}}); cause(t, err) != "custodian-foreign D" {
		t.Errorf("who left: %v", err)
	}
}
