package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
)

// closedEntries are written about the person of the stories by who holds the rings of special and sealed.
const closedEntries = `{"type":"health","case":"` + caseID + `","subject":"` + personID + `","set":{"note":"hviskeord én"}}
{"type":"unhcr_need","case":"` + caseID + `","subject":"` + personID + `","set":{"note":"hviskeord to"}}
{"type":"special_form_response","id":"01930000-0000-7000-8000-0000000000e1","case":"` + caseID + `","subject":"` + personID + `","set":{"form":"harm","version":"1","status":"draft","q.what":"hviskeord fire"}}
{"type":"special_form_row","case":"` + caseID + `","subject":"01930000-0000-7000-8000-0000000000e1","set":{"response":"01930000-0000-7000-8000-0000000000e1","repeat":"harm","q.who":"hviskeord fem"}}
{"type":"sealed_note","case":"` + caseID + `","subject":"` + personID + `","set":{"note":"hviskeord tre"}}
`

// TestSealed_NoTraceOnTheCommandLine: what a settlement caseworker lists, searches, reports and exports is byte for byte the
// same before and after somebody writes in the compartments special and sealed (domain.md 16, pitfall 6).
func TestSealed_NoTraceOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	if err := install(dir); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	hq := []string{"--workspace", at("hq"), "--passphrase-file", at("hq.txt")}
	must := func(args ...string) []byte {
		t.Helper()
		out, err := ctl(args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	with := func(more []string, args ...string) []string { return append(args, more...) }
	must(with(hq, "vault", "users", "add", "--label", "C", "--role", "HQC", "--keys", at("keys"), "--keys-passphrase-file", at("keys.txt"),
		"--new-passphrase-file", at("laptop-a.txt"))...)

	reader := []string{"--workspace", at("hq"), "--user", "C", "--passphrase-file", at("laptop-a.txt")}
	read := func() map[string]string {
		said := map[string]string{}
		say := func(args ...string) {
			var out, says bytes.Buffer
			code := run(context.Background(), with(reader, args...), &out, &says)
			if code != exitDone && code != exitRefused {
				t.Fatalf("%q ends with %d: %s", args, code, says.String())
			}
			said[strings.Join(args, " ")] = out.String() + says.String()
		}
		for _, info := range domain.Types() {
			say("record", "list", "--type", string(info.Type), "--json")
		}
		say("record", "list", "--case", caseID, "--json")
		say("record", "show", personID, "--json")
		say("record", "show", caseID, "--json")
		for _, args := range []string{
			"search hviskeord", "search mappe --json", "conflict list --json", "caseload imports --json", "bundle imports --json", "bundle returned --json",
			"bundle quarantine list --json", "exchange status --json", "exchange status", "roster list --json", "partner list --json", "vault due --json",
			"vault users list --json", "directory show",
		} {
			say(strings.Fields(args)...)
		}
		figures := at("figures.csv")
		say("report", "make", "mission", "--mission", missionID, "--out", figures)
		content, err := os.ReadFile(figures)
		if err != nil {
			t.Fatal(err)
		}
		made := strings.Index(string(content), ";C;") // who made it stands behind the moment, which differs
		if made < 0 {
			t.Fatalf("nobody made the figures: %s", content)
		}
		said["figures"] = strings.ReplaceAll(string(content), string(content[made-len("2026-11-22T17:45:24Z"):made]), "")
		if err := os.Remove(figures); err != nil {
			t.Fatal(err)
		}
		return said
	}
	before := read()
	if err := os.WriteFile(at("closed.jsonl"), []byte(closedEntries), 0o600); err != nil {
		t.Fatal(err)
	}
	must(with(hq, "record", "apply", at("closed.jsonl"))...)
	after := read()
	for view, want := range before {
		if d := cmp.Diff(want, after[view]); d != "" {
			t.Errorf("%s differs:\n%s", view, d)
		}
	}
	if !strings.Contains(before["search mappe --json"], personID) || len(before["figures"]) < 200 {
		t.Errorf("the reader reads too little to prove anything: %q", before)
	}
	for _, typ := range []string{"health", "special_form_response", "special_form_row"} {
		if out := must(with(hq, "record", "list", "--type", typ, "--json")...); !strings.Contains(string(out), "hviskeord") {
			t.Errorf("whoever wrote it does not read it: %s", out)
		}
	}
}
