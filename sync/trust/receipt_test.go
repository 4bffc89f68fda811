package trust_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"feltbok/assets"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

var update = flag.Bool("update", false, "write the golden files anew")

func wordFile(tb testing.TB, lang string) string {
	tb.Helper()
	return string(must(assets.Words.ReadFile("words/" + lang + ".txt")))
}

func (w *world) receipt() trust.Receipt {
	chain := oplog.Chain{Compartment: domain.Case, Device: w.device.id, Epoch: 7}
	return trust.Receipt{
		At: now, For: trust.DeviceName(w.device.id), HQ: trust.HQName(w.register), Training: w.training, Version: 41,
		Bundles:     []trust.BundleReceipt{{Bundle: w.uuid(), Merged: []string{"case"}, Stored: []string{"special"}}},
		Merged:      trust.Ranges{"case": {chain.Key(): {{1, 812}, {841, 900}}}},
		Gaps:        trust.Ranges{"case": {chain.Key(): {{813, 840}}}},
		Stored:      trust.Ranges{"special": {chain.Key(): {{1, 40}}}},
		Quarantined: []trust.Quarantined{{Code: "E-FORM", Compartment: "case", Operation: chain.Name(17)}},
		Tips:        trust.Tips{"case": {chain.Key(): {"812": strings.Repeat("1a", 32), "900": strings.Repeat("2b", 32)}}, "special": {chain.Key(): {"40": strings.Repeat("3c", 32)}}},
	}
}

func TestReceipt(t *testing.T) {
	w := newWorld(t, 1, false)
	want := w.receipt()
	doc := must(trust.NewReceipt(want, w.hq.key, w.hq.cert))
	got, err := w.trust.Receipt(doc, now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Merged, got.Merged); diff != "" || got.Version != 41 || got.Quarantined[0] != want.Quarantined[0] {
		t.Errorf("receipt %+v %s", got, diff)
	}
	chain := oplog.Chain{Compartment: domain.Case, Device: w.device.id, Epoch: 7}
	if merged := got.Merged.Of(chain); !merged.ContainsRange(841, 900) || merged.Contains(813) {
		t.Errorf("merged %v", merged)
	}
	if got.Merged.Of(oplog.Chain{Compartment: domain.Special, Device: w.device.id, Epoch: 7}) != nil {
		t.Error("merged in another compartment")
	}

	foreign, training := newWorld(t, 2, false), newWorld(t, 1, true)
	_, err = training.trust.Receipt(doc, now)
	wantCode(t, err, "E-WORLD")
	_, err = foreign.trust.Receipt(doc, now)
	wantCode(t, err, "E-CERT")
	if _, err := trust.NewReceipt(want, w.device.key, w.device.cert); err == nil {
		t.Error("a laptop made a receipt")
	}
	byLaptop := doc
	byLaptop.Signatures = [][]byte{must(trust.Sign(w.device.key, w.device.cert, trust.NamespaceReceipt, doc.Bytes))}
	_, err = w.trust.Receipt(byLaptop, now)
	wantCode(t, err, "E-DOC")
	byKey := doc
	byKey.Signatures = [][]byte{must(trust.Sign(w.hq.key, nil, trust.NamespaceReceipt, doc.Bytes))}
	_, err = w.trust.Receipt(byKey, now)
	wantCode(t, err, "E-CERT")
	for name, bad := range map[string]trust.Document{
		"name of another device": {Name: trust.ReceiptFile(w.user.id), Bytes: doc.Bytes, Signatures: doc.Signatures},
		"altered text":           {Name: doc.Name, Bytes: bytes.Replace(doc.Bytes, []byte("[1,812]"), []byte("[1,813]"), 1), Signatures: doc.Signatures},
		"under another namespace": {Name: doc.Name, Bytes: doc.Bytes, Signatures: [][]byte{
			must(trust.Sign(w.hq.key, w.hq.cert, trust.NamespaceBundle, doc.Bytes)),
		}},
		"too long": {Name: doc.Name, Bytes: make([]byte, 2<<20), Signatures: doc.Signatures},
	} {
		if _, err := w.trust.Receipt(bad, now); err == nil {
			t.Errorf("%s passes", name)
		} else {
			wantCode(t, err, "E-DOC")
		}
	}
	for name, change := range map[string]func(*trust.Receipt){
		"unknown compartment": func(r *trust.Receipt) { r.Merged = trust.Ranges{"secret": {}} },
		"chain without name":  func(r *trust.Receipt) { r.Gaps = trust.Ranges{"case": {"x/1": {{1, 2}}}} },
		"version zero":        func(r *trust.Receipt) { r.Version = 0 },
		"for nobody":          func(r *trust.Receipt) { r.For = trust.DeviceName(uuid.Nil) },
	} {
		receipt := w.receipt()
		change(&receipt)
		if _, err := trust.NewReceipt(receipt, w.hq.key, w.hq.cert); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// The documents as they stand on a stick, for people to read; keys and ids come from a seed. Recipients are random by their
// nature and replaced by a fixed one here.
func TestDocuments_Golden(t *testing.T) {
	w := newWorld(t, 9, true)
	clean := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(w.recipient()), []byte("age1pq1…")) }
	w.miss.Revoked = []trust.Revocation{{Cut: now.Add(-time.Hour), Kind: trust.RevokedDevice, Reason: "laptop lost", Serial: 8}}
	mission := must(w.keys.SignMission(w.miss))
	request, _, err := trust.NewRequest(w.requestSpec())
	if err != nil {
		t.Fatal(err)
	}
	parsed := must(trust.ParseRequest(request))
	for name, got := range map[string][]byte{
		"root.json":           w.rootDoc.Bytes,
		"root.json.sig1":      w.rootDoc.Signatures[0],
		"directory.json":      clean(w.directoryDoc.Bytes),
		"mission.json":        clean(mission.Bytes),
		"receipt.json":        must(trust.NewReceipt(w.receipt(), w.hq.key, w.hq.cert)).Bytes,
		"request.json":        bytes.Replace(clean(request.Bytes), []byte(parsed.Nonce), []byte("<nonce>"), 1),
		"allowed_signers.txt": []byte(w.trust.AllowedSigners()),
	} {
		path := filepath.Join("testdata", "golden", name)
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
			t.Fatalf("golden file: %v", err)
		}
		if diff := cmp.Diff(strings.Split(string(want), ","), strings.Split(string(got), ",")); diff != "" {
			t.Errorf("%s (-golden +got):\n%s", name, diff)
		}
	}
}
