package bundle_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/bundle"
)

// tool finds a program of the system; a missing one fails the test.
func tool(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Fatalf("the auditor's walk needs %s, which is not installed", name)
	}
	return path
}

// ageTool builds the stock age program once.
var ageTool = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "age")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "age")
	out, err := exec.Command("go", "build", "-o", path, "filippo.io/age/cmd/age").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build age: %w: %s", err, out)
	}
	return path, nil
})

// auditorScript is the walk of security.md 6.4, as an auditor would type it.
const auditorScript = `
set -e -o pipefail
mkdir x
age -d -i node.key X.feltbok | tar -xf - -C x
cd x
V="ssh-keygen -Y verify -f ../allowed_signers -r ../revoked -Overify-time=20261122030000Z -n bundle.v1@feltbok"
$V -I "$(jq -r .from bundle.json)" -s bundle.json.sig      < bundle.json
$V -I "$(jq -r .user bundle.json)" -s bundle.json.user.sig < bundle.json
jq -r '.files[]|"\(.sha256)  \(.name)"' bundle.json | sha256sum -c --strict
age -d -i ../inbox-case.key part/case.age | gzip -dc > case.jsonl
link=$(printf '0%.0s' $(seq 64))
while IFS= read -r l; do
  [ "$(printf %s "$l" | jq -r .ph)" = "$link" ] || { echo "break: $(printf %s "$l" | jq -c '[.dev,.ep,.n]')"; exit 1; }
  if [ "$(printf %s "$l" | jq -r .t)" = stub ]; then h=$(printf %s "$l" | jq -r .h); else h=$(printf %s "$l" | sha256sum | cut -c1-64); fi
  link=$(printf %s%s "$link" "$h" | sha256sum | cut -c1-64)
done < case.jsonl; echo "tip $link"
[ "$link" = "$(jq -r '.files[]|select(.name=="part/case.age").chains[0].tip' bundle.json)" ]
age -d -i ../inbox-sealed.key part/sealed.age | gzip -dc | jq -r 'select(.t=="box").box' |
  while read -r b; do printf %s "$b" | base64 -d | age -d -i ../sealed-read.key; echo; done
`

// withStub replaces line n by a stub, as after an erasure: hashes and links stay what they were.
func withStub(lines [][]byte, n int) [][]byte {
	lines = append([][]byte{}, lines...)
	line := must(oplog.Parse(lines[n]))
	stub := oplog.Line{
		Kind: oplog.KindStub, Compartment: line.Compartment, Device: line.Device, Epoch: line.Epoch, N: line.N, Previous: line.Previous,
		Hash: oplog.LineHash(lines[n]), Why: "purged",
	}
	lines[n] = must(stub.Encode())
	return lines
}

func TestAuditor_OpensWithStockTools(t *testing.T) {
	for _, name := range []string{"bash", "tar", "ssh-keygen", "jq", "sha256sum", "gzip", "base64", "seq", "cut"} {
		tool(t, name)
	}
	agePath, err := ageTool()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 1, false)
	spec := w.field(1)
	lines, run := w.chain(w.a, domain.Case, 7, 12)
	spec.Parts[0].Chains, spec.Parts[0].Lines = []bundle.ChainRange{run}, sequence(withStub(lines, 5)...)

	// A sealed compartment with one boxed line.
	reading := must(age.GenerateHybridIdentity())
	secret := `{"note":"kept from the others"}`
	chainLine := oplog.Line{Kind: oplog.KindChain, By: w.a.userID, Compartment: domain.Sealed, Device: w.a.id, Epoch: 7, N: 1, HLC: 1, Audience: "hq", App: "0.1.0"}
	first := must(chainLine.Encode())
	box := oplog.Line{
		Kind: oplog.KindBox, By: w.a.userID, Compartment: domain.Sealed, Case: w.mission, Device: w.a.id, Epoch: 7, N: 2, HLC: 2,
		Previous: oplog.Link(oplog.Genesis, oplog.LineHash(first)), Box: seal([]byte(secret), reading.Recipient()),
	}
	spec.Parts = append(spec.Parts, bundle.Part{
		Compartment: domain.Sealed, Recipients: []string{w.hq.inbox[domain.Sealed].Recipient().String()},
		Chains: []bundle.ChainRange{{Device: w.a.id, Epoch: 7, First: 1, Last: 2}}, Lines: sequence(first, must(box.Encode())),
	})
	path, _ := w.write(t, spec)

	walk := func(t *testing.T, file []byte, revoked []byte) (string, error) {
		dir := t.TempDir()
		for name, content := range map[string][]byte{
			"X.feltbok": file, "node.key": []byte(w.hq.outer.String() + "\n"), "inbox-case.key": []byte(w.hq.inbox[domain.Case].String() + "\n"),
			"inbox-sealed.key": []byte(w.hq.inbox[domain.Sealed].String() + "\n"), "sealed-read.key": []byte(reading.String() + "\n"),
			"allowed_signers": []byte(w.trust.AllowedSigners()), "revoked": revoked,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("bash", "-c", auditorScript)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(agePath)+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	content := must(os.ReadFile(path))
	out, err := walk(t, content, w.trust.RevokedAt(now))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"tip " + bundle.Hash(run.Tip).String(), secret, "part/case.age: OK", "pad: OK", "Good \"bundle.v1@feltbok\" signature for " + w.a.name()} {
		if !strings.Contains(out, want) {
			t.Errorf("the walk does not say %q:\n%s", want, out)
		}
	}
	if _, err := walk(t, content, nil); err != nil {
		t.Errorf("an empty list of revoked keys: %v", err)
	}
	broken := bytes.Clone(content)
	broken[len(broken)/2] ^= 1
	if out, err := walk(t, broken, w.trust.RevokedAt(now)); err == nil {
		t.Errorf("one bit wrong passes:\n%s", out)
	}
	if out, err := walk(t, content[:len(content)-1], w.trust.RevokedAt(now)); err == nil {
		t.Errorf("a cut file passes:\n%s", out)
	}
}

// What tar lists is what the specification says: order, mode, owner, time.
func TestAuditor_TarListing(t *testing.T) {
	w := newWorld(t, 1, false)
	path, _ := w.write(t, w.field(3))
	file := must(os.Open(path))
	defer file.Close()
	cmd := exec.Command(tool(t, "tar"), "--utc", "--full-time", "--numeric-owner", "-tvf", "-")
	cmd.Stdin = must(age.Decrypt(file, w.hq.outer))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"bundle.json", "bundle.json.sig", "bundle.json.user.sig", "doc/root.json", "doc/root.json.sig1", "doc/directory.json",
		"doc/directory.json.sig", "doc/mission-" + w.mission.String() + ".json", "doc/mission-" + w.mission.String() + ".json.sig1",
		"doc/mission-" + w.mission.String() + ".json.sig2", "part/case.age", "pad",
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d entries:\n%s", len(lines), out)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, "-rw------- 0/0 ") || !strings.HasSuffix(line, " 1970-01-01 00:00:00 "+want[i]) {
			t.Errorf("entry %d: %s", i, line)
		}
	}
}
