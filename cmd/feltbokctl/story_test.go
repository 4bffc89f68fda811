package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(cleaning{m}, map[string]func(){"feltbokctl": main})
}

// cleaning removes the shared installation after the last test.
type cleaning struct{ m *testing.M }

func (c cleaning) Run() int {
	defer func() {
		if installation.dir != "" {
			os.RemoveAll(installation.dir)
		}
	}()
	return c.m.Run()
}

// missionID is the mission of the stories; caseID and personID are what headquarters sent to both laptops.
const (
	missionID = "01930000-0000-7000-8000-000000000001"
	caseID    = "01930000-0000-7000-8000-0000000000c1"
	personID  = "01930000-0000-7000-8000-0000000000d1"
)

// farDay is the last day of the stories' mission, two months ahead.
var farDay = time.Now().AddDate(0, 2, 0).Format(time.DateOnly)

// Passphrases of the stories' machines. Everybody in them is invented.
var passphrases = map[string]string{
	"keys": "brygge lampe torsk vindu saft", "hq": "kontor trapp elv kopp bjelle", "laptop-a": "skog melk penn stige hatt",
	"laptop-b": "fjord ovn knapp gate sykkel",
}

var installation struct {
	once sync.Once
	dir  string
	err  error
}

// install makes a training installation by the commands themselves, once, and copies it into a folder: keys, headquarters,
// two laptops that are signed in and know one case with one person.
func install(dir string) error {
	installation.once.Do(func() {
		if installation.dir, installation.err = os.MkdirTemp("", "feltbok-stories-"); installation.err == nil {
			installation.err = build(installation.dir)
		}
	})
	if installation.err != nil {
		return installation.err
	}
	return os.CopyFS(dir, os.DirFS(installation.dir))
}

func build(dir string) error {
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, words := range passphrases {
		if err := os.WriteFile(at(name+".txt"), []byte(words+"\n"), 0o600); err != nil {
			return err
		}
	}
	lines := fmt.Sprintf(`{"type":"mission","id":%[1]q,"set":{"name":"Uttak prøve","mission_code":"2026-UGA-01"}}
{"type":"case","id":%[2]q,"set":{"unhcr_case_no":"200-24C00001","status":"scheduled","mission":%[1]q}}
{"type":"person","id":%[3]q,"case":%[2]q,"set":{"given_names":"Test","family_name":"Mappe","birth":"1990","name_native_script":"تجربة"}}
`, missionID, caseID, personID)
	if err := os.WriteFile(at("caseload.jsonl"), []byte(lines), 0o600); err != nil {
		return err
	}
	steps := [][]string{
		{"init", "root", "--training", "--keys", at("keys"), "--passphrase-file", at("keys.txt")},
		{"init", "hq", "--training", "--workspace", at("hq"), "--keys", at("keys"), "--keys-passphrase-file", at("keys.txt"), "--kit", at("kit"), "--passphrase-file", at("hq.txt")},
	}
	for _, step := range steps {
		if _, err := ctl(step...); err != nil {
			return err
		}
	}
	for _, name := range []string{"laptop-a", "laptop-b"} {
		if err := enrolled(at, name); err != nil {
			return err
		}
	}
	if _, err := ctl("record", "apply", at("caseload.jsonl"), "--workspace", at("hq"), "--passphrase-file", at("hq.txt")); err != nil {
		return err
	}
	for _, name := range []string{"laptop-a", "laptop-b"} {
		file := at("to-" + name + ".feltbok")
		if _, err := ctl("bundle", "export", "--to", name, "--out", file, "--workspace", at("hq"), "--passphrase-file", at("hq.txt")); err != nil {
			return err
		}
		if _, err := ctl("bundle", "import", file, "--workspace", at(name), "--passphrase-file", at(name+".txt")); err != nil {
			return err
		}
	}
	return nil
}

func enrolled(at func(string) string, name string) error {
	label := strings.ToUpper(name[len(name)-1:])
	out, err := ctl("enrol", "request", "--workspace", at(name), "--trust", at("keys/public"), "--alias", name, "--label", label,
		"--passphrase-file", at(name+".txt"), "--out", at(name+"-request.feltbok"), "--json")
	if err != nil {
		return err
	}
	var asked struct{ Words []string }
	if err := json.Unmarshal(out, &asked); err != nil {
		return err
	}
	_, err = ctl("enrol", "approve", at(name+"-request.feltbok"), "--workspace", at("hq"), "--passphrase-file", at("hq.txt"), "--keys", at("keys"),
		"--keys-passphrase-file", at("keys.txt"), "--mission", missionID, "--until", farDay, "--alias", name, "--label", label,
		"--words", strings.Join(asked.Words, " "), "--out", at(name+"-enrol.feltbok"))
	if err != nil {
		return err
	}
	_, err = ctl("enrol", "accept", at(name+"-enrol.feltbok"), "--workspace", at(name), "--passphrase-file", at(name+".txt"))
	return err
}

// ctl runs a command in this process and returns its standard output; anything but exit code 0 is an error.
func ctl(args ...string) ([]byte, error) {
	var out, says bytes.Buffer
	if code := run(context.Background(), args, &out, &says); code != exitDone {
		return nil, fmt.Errorf("%s: exit %d: %s", strings.Join(args[:2], " "), code, says.String())
	}
	return out.Bytes(), nil
}

// TestStories runs the scripts of testdata/script against the real program. Each begins beside an installation of its own:
// keys, kit, hq, laptop-a, laptop-b and a file NAME.txt with the passphrase of each.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOTRACEBACK", "none") // as the program restarts itself with, which would double each start
			e.Setenv("mission", missionID)
			e.Setenv("case", caseID)
			e.Setenv("person", personID)
			e.Setenv("until", farDay)
			e.Setenv("now", time.Now().UTC().Format(time.RFC3339))
			return install(e.WorkDir)
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": jsonIs, "jsonenv": jsonEnv, "flip": flip, "cut": cut, "same": same, "copytree": copyTree, "hide": hide, "spoil": spoil,
		},
		ContinueOnError: false,
	})
}

// exits CODE feltbokctl …: runs a command that must end with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d instead of %s", code, args[0])
	}
}

// document is the one JSON document on the last command's standard output.
func document(ts *testscript.TestScript) any {
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	decoder.UseNumber()
	var doc any
	ts.Check(decoder.Decode(&doc))
	if _, err := decoder.Token(); err != io.EOF {
		ts.Fatalf("more than one JSON document")
	}
	return doc
}

func lookUp(ts *testscript.TestScript, path string) any {
	at := document(ts)
	for _, step := range strings.Split(path, "/") {
		switch value := at.(type) {
		case map[string]any:
			at = value[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(value) {
				ts.Fatalf("%s: no element %s of %d", path, step, len(value))
			}
			at = value[i]
		default:
			ts.Fatalf("%s: nothing there", path)
		}
	}
	return at
}

func shown(value any) string {
	if list, ok := value.([]any); ok {
		texts := make([]string, len(list))
		for i := range list {
			texts[i] = fmt.Sprint(list[i])
		}
		return strings.Join(texts, " ")
	}
	return fmt.Sprint(value)
}

// json array|object: the output is one document of that kind; json array N: with N elements; json PATH VALUE: a member of
// it, found by steps with / between, is the value.
func jsonIs(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case len(args) > 0 && args[0] == "array":
		list, ok := document(ts).([]any)
		if !ok || len(args) > 1 && strconv.Itoa(len(list)) != args[1] {
			ts.Fatalf("not an array like %v: %.200s", args, ts.ReadFile("stdout"))
		}
	case len(args) == 1 && args[0] == "object":
		if _, ok := document(ts).(map[string]any); !ok {
			ts.Fatalf("no object: %.200s", ts.ReadFile("stdout"))
		}
	case len(args) == 2:
		if got := shown(lookUp(ts, args[0])); (got == args[1]) == neg {
			ts.Fatalf("%s is %q, want %v %q", args[0], got, !neg, args[1])
		}
	default:
		ts.Fatalf("usage: json array|object|PATH VALUE")
	}
}

// jsonenv VARIABLE PATH: sets a variable to a member of the output; a list with blanks between.
func jsonEnv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], shown(lookUp(ts, args[1])))
}

// flip FILE TENTHS: turns one bit so many tenths into the file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	content, err := os.ReadFile(path)
	ts.Check(err)
	tenths, err := strconv.Atoi(args[1])
	ts.Check(err)
	content[min(len(content)*tenths/10, len(content)-1)] ^= 1
	ts.Check(os.WriteFile(path, content, 0o600))
}

// cut FILE: throws the second half away.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()/2))
}

// hide FILE: lays the file aside, or back.
func hide(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	if neg {
		ts.Check(os.Rename(path+".hidden", path))
		return
	}
	ts.Check(os.Rename(path, path+".hidden"))
}

// same WORKSPACE NAME: the records, the chains and the case lines of a workspace are as at the first call with that name.
func same(ts *testscript.TestScript, neg bool, args []string) {
	dir, name := ts.MkAbs(args[0]), filepath.Base(args[0])
	records, err := ctl("record", "list", "--json", "--workspace", dir, "--passphrase-file", ts.MkAbs(name+".txt"))
	ts.Check(err)
	remembered := ts.MkAbs(args[1] + ".seen")
	before, err := os.ReadFile(remembered)
	if errors.Is(err, fs.ErrNotExist) {
		ts.Check(os.WriteFile(remembered, records, 0o600))
		return
	}
	ts.Check(err)
	if bytes.Equal(before, records) == neg {
		ts.Fatalf("%s: equal to %s: %v", args[0], args[1], neg)
	}
}

func copyTree(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}
