package exchange_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/version"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// mustWork gives headquarters' case an answer of laptop A and exports it to headquarters.
func (in *installation) mustWork(t *testing.T) (file string, target workspace.Target) {
	t.Helper()
	caseID, person := in.mustCaseload(t)
	target = workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, in.laptops[0], target, map[string]domain.Answer{"birth_place": text("Byen")})
	mustSet(t, in.laptops[0], workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("særlig")})
	return mustExport(t, in.laptops[0], "hq").File, target
}

// refusedWithoutTrace imports a file that must be refused and checks that nothing changed.
func refusedWithoutTrace(t *testing.T, m *machine, what, file string, codes ...string) {
	t.Helper()
	before := counts(t, m)
	_, err := exchange.Preview(t.Context(), m.ws, file)
	wantCode(t, what+", preview", err, codes...)
	_, err = exchange.Import(t.Context(), m.ws, file, nil)
	wantCode(t, what, err, codes...)
	if after := counts(t, m); after != before {
		t.Errorf("%s: a refused file changed the workspace:\n%s\n%s", what, before, after)
	}
}

// TestImport_DamagedFileChangesNothing: cut short and altered at many places.
func TestImport_DamagedFileChangesNothing(t *testing.T) {
	in := mustInstall(t)
	file, _ := in.mustWork(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.feltbok")
	try := func(what string, content []byte) {
		t.Helper()
		if err := os.WriteFile(damaged, content, 0o600); err != nil {
			t.Fatal(err)
		}
		refusedWithoutTrace(t, in.hq, what, damaged, "E-AGE", "E-LIMIT", "E-TAR", "E-MANIFEST", "E-HASH")
	}
	want := digest(t, in.hq)
	for _, share := range []int{0, 1, 10, 50, 90, 99} {
		try("cut short", whole[:len(whole)*share/100])
	}
	try("one byte less", whole[:len(whole)-1])
	try("one byte more", append(slices.Clone(whole), 0))
	for at := 0; at < len(whole); at += len(whole)/40 + 1 {
		altered := slices.Clone(whole)
		altered[at] ^= 1
		try("altered", altered)
	}
	if digest(t, in.hq) != want {
		t.Error("refused files changed objects")
	}
	left, err := os.ReadDir(filepath.Join(in.hq.dir, "inbox"))
	if err != nil || len(left) != 0 {
		t.Errorf("%d files left in inbox, %v", len(left), err)
	}
	if result := mustImport(t, in.hq, file); result.New["case"] == 0 {
		t.Error("the whole file brings nothing after all")
	}
}

func TestImport_ForSomebodyElse(t *testing.T) {
	in := mustInstall(t)
	file, _ := in.mustWork(t)
	refusedWithoutTrace(t, in.laptops[1], "for headquarters, at a colleague", file, "E-AGE")
	refusedWithoutTrace(t, in.laptops[0], "opaque on the sender", file, "E-AGE")
	toA := mustExport(t, in.hq, in.laptops[0].name).File
	refusedWithoutTrace(t, in.laptops[1], "for laptop A, at laptop B", toA, "E-AGE")
	refusedWithoutTrace(t, in.hq, "opaque at headquarters", toA, "E-AGE")
	refusedWithoutTrace(t, in.hq, "enrolment file", filepath.Join(in.dir, "laptop-a-request.feltbok"), "E-AGE", "E-KIND")
	refusedWithoutTrace(t, in.laptops[0], "enrolment answer", filepath.Join(in.dir, "laptop-a-enrol.feltbok"), "E-KIND")
	refusedWithoutTrace(t, in.hq, "missing", filepath.Join(in.dir, "nowhere.feltbok"), "E-FILE")
	refusedWithoutTrace(t, in.hq, "folder", in.dir, "E-FILE", "E-AGE")
}

// TestImport_OtherWorld: security.md 6.10, both ways, with files that the other world's headquarters can open.
func TestImport_OtherWorld(t *testing.T) {
	training, real := mustInstallWorld(t, true), mustInstallWorld(t, false)
	for _, pair := range [][2]*installation{{training, real}, {real, training}} {
		from, at := pair[0], pair[1]
		a := from.laptops[0].ws
		node, identity := a.Node(), a.Register().Identity()
		card, _ := node.Card(identity.User)
		file := filepath.Join(t.TempDir(), "other.feltbok")
		_, err := bundle.Write(t.Context(), file, bundle.Spec{
			Kind: domain.BundleField, From: trust.DeviceName(node.Device), User: trust.UserName(identity.User), Mission: missionID, Training: a.Me().Training,
			App: version.App, Created: today, HLC: oplog.HLCAt(today), Documents: a.Trust().DocumentsFor(missionID),
			To:        []bundle.Addressee{{Node: trust.NodeHQ, Sequence: 1, Recipients: []string{at.hq.ws.Node().Outer[0].Recipient().String()}}},
			DeviceKey: node.Key, DeviceCert: node.Certificate, UserKey: identity.Sign, UserCert: card.Certificate,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		refusedWithoutTrace(t, at.hq, "file of the other world", file, "E-WORLD")
		_, err = exchange.InitHQ(t.Context(), exchange.HQOptions{
			Dir: filepath.Join(t.TempDir(), "hq"), Keys: filepath.Join(from.dir, "keys"), Passphrase: keysPass, Kit: t.TempDir(), Alias: "HQ",
			Training: at.hq.ws.Me().Training, Now: today, Users: []workspace.NewUser{{Alias: "H", Role: domain.HQS, Passphrase: from.hq.pass}},
		})
		wantCode(t, "headquarters on keys of the other world", err, "V-WORLD")
	}
}

// TestPreview_WritesNothing: pains.md row 22; the counts equal the import's.
func TestPreview_WritesNothing(t *testing.T) {
	in := mustInstall(t)
	file, _ := in.mustWork(t)
	before, folder := counts(t, in.hq), files(t, in.hq.dir)
	plan, err := exchange.Preview(t.Context(), in.hq.ws, file)
	if err != nil {
		t.Fatal(err)
	}
	if after := counts(t, in.hq); after != before {
		t.Errorf("preview changed the workspace:\n%s\n%s", before, after)
	}
	if now := files(t, in.hq.dir); !slices.Equal(now, folder) {
		t.Errorf("preview left files: %v, before %v", now, folder)
	}
	result, err := exchange.Import(t.Context(), in.hq.ws, file, plan)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range result.New {
		if plan.New[name] != n {
			t.Errorf("%s: preview says %d new, import %d", name, plan.New[name], n)
		}
	}
	if plan.Conflicts != result.Conflicts || len(plan.Objects) != len(result.Objects) {
		t.Errorf("preview %+v, import %+v", plan, result.Plan)
	}
	again, err := exchange.Import(t.Context(), in.hq.ws, file, plan)
	if err != nil || !again.Repeated || again.Import != result.Import {
		t.Errorf("a second click: %v, %v", again, err)
	}
}

func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestImport_StalePlan(t *testing.T) {
	in := mustInstall(t)
	file, target := in.mustWork(t)
	plan, err := exchange.Preview(t.Context(), in.hq.ws, file)
	if err != nil {
		t.Fatal(err)
	}
	mustSet(t, in.hq, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	before := digest(t, in.hq)
	_, err = exchange.Import(t.Context(), in.hq.ws, file, plan)
	wantCode(t, "register changed", err, "E-PLAN")
	if digest(t, in.hq) != before {
		t.Error("a stale plan changed objects")
	}
	plan, err = exchange.Preview(t.Context(), in.hq.ws, file)
	if err != nil || plan.Conflicts != 1 {
		t.Fatalf("new preview: %+v, %v", plan, err)
	}
	other := mustExport(t, in.laptops[0], "hq")
	_, err = exchange.Import(t.Context(), in.hq.ws, other.File, plan)
	wantCode(t, "plan of another file", err, "E-PLAN")
	if _, err := exchange.Import(t.Context(), in.hq.ws, file, plan); err != nil {
		t.Error(err)
	}
}

// TestExport_OutputRefused: nothing is half done when the file cannot be written; nothing counts as sent.
func TestExport_OutputRefused(t *testing.T) {
	in := mustInstall(t)
	in.mustCaseload(t)
	a := in.laptops[0]
	there := filepath.Join(t.TempDir(), "there.feltbok")
	if err := os.WriteFile(there, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	// A stick that fails while it is written to: what the system says there is what it says of the link's other end.
	stick := t.TempDir()
	failing := func(name, at string) string {
		if err := os.Symlink(at, filepath.Join(stick, name+fsx.PartSuffix)); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(stick, name)
	}
	cases := []struct{ name, out, code string }{
		{"file is there", there, "E-FILE"},
		{"missing folder", filepath.Join(t.TempDir(), "no", "such", "x.feltbok"), "E-FILE"},
		{"a file for a folder", filepath.Join(there, "x.feltbok"), "E-FILE"},
		{"a stick that was pulled", failing("pulled.feltbok", filepath.Join(stick, "gone", "x")), "E-PULLED"},
	}
	if runtime.GOOS == "linux" {
		cases = append(cases, []struct{ name, out, code string }{
			{"a stick that is full", failing("full.feltbok", "/dev/full"), "E-FULL"},
			{"a stick that may not be written", failing("protected.feltbok", "/sys/x.feltbok"), "E-PROTECTED"},
		}...)
	}
	if os.Geteuid() != 0 {
		cases = append(cases, struct{ name, out, code string }{"folder without write permission", locked, "E-PROTECTED"})
	}
	mustSet(t, a, workspace.Target{Type: "case", ID: mustCases(t, a)[0].ID}, map[string]domain.Answer{"unhcr_reference_no": text("R-1")})
	want := mustStatus(t, a)
	for _, c := range cases {
		_, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"hq"}, Out: c.out})
		wantCode(t, c.name, err, c.code)
		if got := mustStatus(t, a); got.Own.InBundle != want.Own.InBundle || got.Copies != want.Copies {
			t.Errorf("%s: counts as sent: %+v", c.name, got.Own)
		}
	}
	if content, err := os.ReadFile(there); err != nil || string(content) != "something else" {
		t.Errorf("an existing file was touched: %q, %v", content, err)
	}
	// sent/ cannot be written: the export is taken back.
	if err := errors.Join(os.RemoveAll(filepath.Join(a.dir, "sent")), os.WriteFile(filepath.Join(a.dir, "sent"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	_, err := exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"hq"}, Out: out})
	wantCode(t, "no place for the copy", err, "E-FILE")
	if left := files(t, out); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	_, err = exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"nobody"}, Out: out})
	wantCode(t, "unknown machine", err, "E-TO")
	a.lock(t)
	_, err = exchange.Export(t.Context(), a.ws, exchange.ExportOptions{To: []string{"hq"}, Out: out})
	wantCode(t, "locked", err, "V-LOCKED")
	_, err = exchange.StatusOf(t.Context(), a.ws)
	wantCode(t, "status of a locked workspace", err, "V-LOCKED")
	_, err = exchange.Import(t.Context(), a.ws, there, nil)
	wantCode(t, "import into a locked workspace", err, "V-LOCKED")
	if fault.Code(exchange.Accept(t.Context(), a.ws, there)) != "V-LOCKED" {
		t.Error("accept in a locked workspace")
	}
}

func mustCases(t testing.TB, m *machine) []workspace.CaseSummary {
	t.Helper()
	cases, err := m.ws.Cases(t.Context())
	if err != nil || len(cases) == 0 {
		t.Fatalf("%s: %d cases, %v", m.name, len(cases), err)
	}
	return cases
}
