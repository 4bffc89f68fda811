package bundle_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/internal/oplog"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The manifest as it stands in a bundle, for people to read. Values that come from encryption are fixed.
func TestManifest_Golden(t *testing.T) {
	device, other, user := uuid.MustParse("b92f6bb1-0eb8-7e42-8d5b-8e148316a001"), uuid.MustParse("c0ffee00-0eb8-7e42-8d5b-8e148316a002"),
		uuid.MustParse("d15ea5e0-0eb8-7e42-8d5b-8e148316a003")
	h := func(b byte) (hash bundle.Hash) { copy(hash[:], bytes.Repeat([]byte{b}, 32)); return hash }
	manifest := &bundle.Manifest{
		App: "0.1.0", Bundle: uuid.MustParse("0193f0a2-c0de-7000-8000-000000000001"), Caps: []string{bundle.CapOperations},
		Created: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Format: "feltbok-bundle/1", From: trust.DeviceName(device), HLC: "0193f0a2c0de0003",
		Kind: "field", Mission: uuid.MustParse("5e98623f-078e-7301-98e8-1e68b6727905"), User: trust.UserName(user),
		Have: bundle.Have{Chains: trust.Ranges{"case": {other.String() + "/7": oplog.Intervals{{1, 812}, {820, 830}}}}, Directory: 12, Mission: 31, Receipt: 41},
		Files: []bundle.File{
			{Name: "doc/mission-5e98623f-078e-7301-98e8-1e68b6727905.json", SHA256: h(1), Size: 5210},
			{Name: "doc/mission-5e98623f-078e-7301-98e8-1e68b6727905.json.sig", SHA256: h(2), Size: 302},
			{
				Name: "part/case.age", Compartment: "case", Raw: 24012484, Size: 3821802, SHA256: h(3), Recipients: []bundle.Hash{h(4), h(5)},
				Chains: []bundle.ChainRange{{Device: device, Epoch: 1369686238, First: 1, Last: 5000, Tip: h(6)}},
			},
			{Name: "pad", SHA256: h(7), Size: 9216},
		},
		To: []bundle.Target{
			{Node: trust.NodeHQ, Previous: h(8), Recipients: []bundle.Hash{h(9), h(10)}, Sequence: 5},
			{Node: trust.DeviceName(other), Recipients: []bundle.Hash{h(11)}, Sequence: 1},
		},
	}
	got := must(trust.EncodeStrict(manifest))
	path := filepath.Join("testdata", "golden", "bundle.json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(bytes.Split(want, []byte(",")), bytes.Split(got, []byte(","))); diff != "" {
		t.Errorf("(-golden +got):\n%s", diff)
	}
	back, err := bundle.ParseManifest(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(manifest, back); diff != "" {
		t.Error(diff)
	}
	if back.Lines() != 5000 || !back.Covers(oplog.Chain{Compartment: 2, Device: device, Epoch: 1369686238}, 5000, h(6)) ||
		back.Covers(oplog.Chain{Compartment: 2, Device: device, Epoch: 1369686238}, 4999, h(6)) {
		t.Error("what the manifest covers")
	}
}
