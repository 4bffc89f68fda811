package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/recovery"
	"feltbok/internal/register"
	"feltbok/sync/exchange/route"
)

// importedMachine is headquarters with the laptop's bundle taken in.
const importedMachine = "hq-imported"

// killPersons is how many persons are written before the killing begins, and again by the command that is killed.
const killPersons = 40

// killScene is a prepared pair of workspaces, which is copied for each round.
type killScene struct {
	dir        string
	recovery   *age.HybridIdentity
	operations []*killOperation
	pictures   map[string]killPicture // of the prepared workspaces, by name
	imported   killPicture            // headquarters after the bundle of the laptop
	undone     string                 // the import that is taken back
}

// killOperation is a command that is killed.
type killOperation struct {
	name    string // the words of the command
	machine string // the workspace that it works on
	// args are the words that follow, for a round's folder.
	args func(work string) []string
	// done reports whether the change is wholly there; nil when the records show it.
	done          func(o *killOperation, now killPicture, work string) bool
	before, after killPicture
	undisturbed   string              // folder in which the command was left to its end
	listed        string              // what 'record list --json' shows there, once it was asked for
	files         map[string][32]byte // of the workspace before the command
	usual         usualTimes
	tally         killTally
}

// killPicture is what a workspace shows, and where each of its chains ends: the link proves every line before it.
type killPicture struct {
	records     string
	tips        map[oplog.Name]killTip
	generations map[domain.Ring]uint32
}

type killTip struct {
	compartment domain.Compartment
	link        [32]byte
}

func (k *killScene) path(parts ...string) string {
	return filepath.Join(append([]string{k.dir}, parts...)...)
}

func (k *killScene) secret(machine string) string { return k.path(machine + ".txt") }

// personLines are JSON lines of persons with a health note each; every value ends with the identifier of whom it is about.
func personLines(first, count, version int) string {
	var out strings.Builder
	for i := first; i < first+count; i++ {
		id := fmt.Sprintf("01930000-0000-7000-8000-0000000b%04x", i)
		for _, line := range []map[string]any{
			{"type": "person", "id": id, "case": caseID, "set": map[string]any{"given_names": "Prøve", "family_name": "Person " + id, "birth_place": fmt.Sprint(version, " ", id)}},
			{"type": "health", "case": caseID, "subject": id, "set": map[string]any{"note": fmt.Sprint(version, " ", id)}},
		} {
			encoded, err := json.Marshal(line)
			if err != nil {
				panic(err) // texts only
			}
			out.Write(append(encoded, '\n'))
		}
	}
	return out.String()
}

// mustKillScene prepares a laptop with work that was never sent, headquarters, and a bundle from one to the other.
func mustKillScene(t *testing.T) *killScene {
	t.Helper()
	k := &killScene{dir: t.TempDir(), pictures: map[string]killPicture{}}
	if err := install(k.dir); err != nil {
		t.Fatal(err)
	}
	kit, err := recovery.Load(k.path("kit"))
	if err != nil {
		t.Fatal(err)
	}
	custodian, err := recovery.ReadKey(k.path("kit", "custodian-A.key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if k.recovery, _, err = kit.Open([]recovery.Key{{Identity: custodian}}); err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string]string{
		"before.jsonl": personLines(0, killPersons, 1),
		"apply.jsonl":  personLines(0, killPersons/2, 2) + personLines(killPersons, killPersons/2, 1),
	} {
		if err := os.WriteFile(k.path(name), []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k.mustRun(t, "laptop-a", k.dir, "record apply", k.path("before.jsonl"))
	// The bundle is written by a copy, so that the laptop itself has everything left to send.
	copied := k.path("sender")
	mustCopyTree(t, filepath.Join(copied, "laptop-a"), k.path("laptop-a"))
	k.mustRun(t, "laptop-a", copied, "bundle export", "--to", "hq", "--out", k.path("field.feltbok"))
	k.mustImported(t)
	for _, machine := range []string{"laptop-a", "hq", importedMachine} {
		k.pictures[machine] = k.mustPicture(t, machine, k.dir)
	}
	for _, o := range k.allOperations() {
		if chosen, _ := find(strings.Fields(o.name)); chosen == nil || chosen.name != o.name {
			t.Logf("%s is not among the commands and is left out", o.name)
			continue
		}
		k.operations = append(k.operations, o)
		o.before, o.files = k.pictures[o.machine], filesOf(t, k.path(o.machine))
		work := t.TempDir()
		k.mustPrepare(t, o, work)
		k.mustRun(t, o.machine, work, o.name, o.args(work)...)
		o.after, o.undisturbed = k.mustPicture(t, o.machine, work), work
		if o.isDone(o.before, k.dir) || !o.isDone(o.after, work) {
			t.Fatalf("%s: what it does is not seen", o.name)
		}
		if o.name == "bundle import" {
			k.imported = o.after
		}
	}
	return k
}

// mustImported makes importedMachine.
func (k *killScene) mustImported(t *testing.T) {
	t.Helper()
	mustCopyTree(t, k.path(importedMachine), k.path("hq"))
	if err := os.WriteFile(k.secret(importedMachine), []byte(passphrases["hq"]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := ctl(k.words(importedMachine, k.dir, "bundle import", k.path("field.feltbok"), "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	var results []struct{ Import string }
	if err := json.Unmarshal(out, &results); err != nil || len(results) != 1 {
		t.Fatalf("%d imports, %v", len(results), err)
	}
	k.undone = results[0].Import
}

func (k *killScene) allOperations() []*killOperation {
	return []*killOperation{
		{name: "record apply", machine: "laptop-a", args: func(string) []string { return []string{k.path("apply.jsonl")} }},
		{name: "bundle export", machine: "laptop-a", args: func(work string) []string { return []string{"--to", "hq", "--out", filepath.Join(work, "out")} }, done: exported},
		{name: "bundle import", machine: "hq", args: func(string) []string { return []string{k.path("field.feltbok")} }},
		{name: "vault rotate", machine: "laptop-a", args: func(string) []string { return nil }, done: rotated},
		{name: "bundle undo", machine: importedMachine, args: func(string) []string { return []string{k.undone, "--reason", "fra feil enhet"} }},
		{name: "vault erase-case", machine: "hq", args: func(string) []string { return []string{caseID, "--reason", "request_of_person"} }},
	}
}

func (o *killOperation) isDone(now killPicture, work string) bool {
	if o.done != nil {
		return o.done(o, now, work)
	}
	return now.records == o.after.records
}

// exported reports whether a finished file lies in the folder of the stick.
func exported(_ *killOperation, _ killPicture, work string) bool {
	found, err := route.Bundles(filepath.Join(work, "out"))
	return err == nil && len(found) > 0
}

// rotated reports whether every ring that the command rotates has a new generation.
func rotated(o *killOperation, now killPicture, _ string) bool {
	for ring, generation := range now.generations {
		if generation == o.before.generations[ring] {
			return false
		}
	}
	return true
}

// mustPrepare lays the workspace of an operation and an empty stick into a round's folder.
func (k *killScene) mustPrepare(t *testing.T, o *killOperation, work string) {
	t.Helper()
	mustCopyTree(t, filepath.Join(work, o.machine), k.path(o.machine))
	if err := os.Mkdir(filepath.Join(work, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func mustCopyTree(t *testing.T, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// words are those of a command on a machine in a folder.
func (k *killScene) words(machine, dir, name string, args ...string) []string {
	return slices.Concat(strings.Fields(name), []string{"--workspace", filepath.Join(dir, machine), "--passphrase-file", k.secret(machine)}, args)
}

func (k *killScene) mustRun(t *testing.T, machine, dir, name string, args ...string) {
	t.Helper()
	if _, err := ctl(k.words(machine, dir, name, args...)...); err != nil {
		t.Fatal(err)
	}
}

// mustPicture is [killScene.picture] of a workspace that must be whole.
func (k *killScene) mustPicture(t *testing.T, machine, dir string) killPicture {
	t.Helper()
	picture, err := k.picture(t, machine, dir, killPicture{})
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// picture opens a workspace by headquarters' recovery identity, which spares the key derivation, checks all that 'vault
// check' checks, and reads every object. Every chain that known knows must still be there, line by line.
func (k *killScene) picture(t *testing.T, machine, dir string, known killPicture) (picture killPicture, err error) {
	t.Helper()
	v, err := register.Open(t.Context(), filepath.Join(dir, machine))
	if err != nil {
		return killPicture{}, err
	}
	picture.generations = map[domain.Ring]uint32{}
	for _, proof := range v.ProveRings(k.recovery) {
		picture.generations[proof.Ring] = proof.Generation
	}
	reg, err := v.Recover(t.Context(), k.recovery)
	if err != nil {
		return killPicture{}, errors.Join(err, v.Close())
	}
	defer func() { err = errors.Join(err, reg.Lock()) }()
	if _, err := reg.Check(t.Context()); err != nil {
		return killPicture{}, err
	}
	for name, tip := range known.tips {
		if head, ok := reg.Head(tip.compartment, name); !ok || head.Link != tip.link {
			return killPicture{}, fmt.Errorf("%s %s: %w", tip.compartment, name, errLost)
		}
	}
	picture.tips = map[oplog.Name]killTip{}
	var records []string
	for _, c := range domain.AllCompartments {
		if !reg.Holds(domain.RingOf(c)) { // the laptop has no ring of orientation
			continue
		}
		for _, chain := range reg.Chains(c) {
			if n := len(chain.Have); n > 0 {
				name := chain.Chain.Name(chain.Have[n-1][1])
				head, _ := reg.Head(c, name)
				picture.tips[name] = killTip{c, head.Link}
			}
		}
		for object, err := range reg.Objects(t.Context(), c, register.Filter{}) {
			if err != nil {
				return killPicture{}, err
			}
			if err := unmixed(object); err != nil {
				return killPicture{}, err
			}
			records = append(records, shownObject(object))
		}
	}
	slices.Sort(records)
	picture.records = strings.Join(records, "\n")
	return picture, nil
}

// shownObject is an object with every standing value of every field.
func shownObject(o *oplog.Object) string {
	values := []string{}
	for name, field := range o.Fields {
		for _, head := range field.Heads {
			values = append(values, name+"="+string(head.Value))
		}
	}
	slices.Sort(values)
	return fmt.Sprintf("%s %s %s %s", o.Type, o.ID, o.Case, strings.Join(values, " "))
}

// unmixed checks that what an object says of itself is about itself.
func unmixed(o *oplog.Object) error {
	value := func(field string) (text string) {
		if f := o.Fields[field]; f != nil && len(f.Heads) > 0 {
			_ = json.Unmarshal(f.Heads[0].Value, &text) // another kind of value is none of the scene's
		}
		return text
	}
	if value("given_names") == "Prøve" && (value("family_name") != "Person "+o.ID.String() || !strings.HasSuffix(value("birth_place"), " "+o.ID.String())) {
		return fmt.Errorf("person %s: %w", o.ID, errMixed)
	}
	if note := value("note"); o.Type == "health" && note != "" {
		_, person, _ := strings.Cut(note, " ")
		id, err := uuid.Parse(person)
		if err != nil || domain.SingletonID(id, "health") != o.ID {
			return fmt.Errorf("health %s: %w", o.ID, errMixed)
		}
	}
	return nil
}

// mustListUndisturbed is what the command left to itself leads to. Few rounds ask, and it takes two unlocks.
func (k *killScene) mustListUndisturbed(t *testing.T, o *killOperation) string {
	t.Helper()
	if o.listed == "" {
		var err error
		if o.listed, err = k.listed(o.machine, o.undisturbed); err != nil {
			t.Fatal(err)
		}
	}
	return o.listed
}

// listed is what 'record list --json' shows of a workspace whose 'vault check' succeeds.
func (k *killScene) listed(machine, dir string) (string, error) {
	if _, err := ctl(k.words(machine, dir, "vault check")...); err != nil {
		return "", err
	}
	out, err := ctl(k.words(machine, dir, "record list", "--json")...)
	return string(out), err
}

// filesOf gives the hash of every file of a folder, empty ones and locks left out.
func filesOf(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	files := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if len(content) > 0 {
			name, _ := filepath.Rel(dir, path)
			files[name] = sha256.Sum256(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
