package exchange_test

import (
	"slices"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// TestStatus_WhatIsKnownOfADevice: what waits for it, what it wrote with, and which directory it has by its own word.
func TestStatus_WhatIsKnownOfADevice(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a := in.laptops[0]
	target := workspace.Target{Type: "person", ID: person, Case: caseID, Form: "identity@1"}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	send(t, a, "hq", in.hq)
	d := mustDevice(t, in.hq, a.name)
	if d.Pending.Unsent != 0 || d.Pending.Unconfirmed != 0 || !slices.Equal(d.Forms, []string{"identity@1"}) || !d.Informed() || d.Status != trust.NodeActive {
		t.Errorf("in order: %+v", d)
	}
	if want := today.AddDate(0, 1, 30); d.Certificate.Sub(want).Abs() > 24*time.Hour {
		t.Errorf("certificate until %v, want %v", d.Certificate, want)
	}
	mustSet(t, in.hq, target, map[string]domain.Answer{"sex": text("female")})
	d = mustDevice(t, in.hq, a.name)
	if d.Pending.Unsent != 1 || d.Pending.Oldest.IsZero() {
		t.Errorf("one line waits: %+v", d.Pending)
	}
	send(t, in.hq, a.name, a)
	if d = mustDevice(t, in.hq, a.name); d.Pending.Unsent != 0 || d.Pending.Unconfirmed != 1 || !d.Pending.Oldest.IsZero() {
		t.Errorf("one line is under way: %+v", d.Pending)
	}
	send(t, a, "hq", in.hq)
	if d = mustDevice(t, in.hq, a.name); d.Pending != (exchange.Pending{}) {
		t.Errorf("after its own word: %+v", d.Pending)
	}
	// A new directory: known there only once the machine says so.
	in.hq.set(today.Add(2 * time.Hour))
	in.mustRevoke(t, exchange.Revocation{Devices: []string{in.laptops[1].name}, Cut: today, Reason: "lost"})
	if d = mustDevice(t, in.hq, a.name); d.Informed() || d.DirectorySent >= d.Directory {
		t.Errorf("nobody told it yet: %+v", d.Trusted)
	}
	send(t, in.hq, a.name, a)
	if d = mustDevice(t, in.hq, a.name); d.Informed() || d.DirectorySent < d.Directory {
		t.Errorf("under way: %+v", d.Trusted)
	}
	send(t, a, "hq", in.hq)
	if d = mustDevice(t, in.hq, a.name); !d.Informed() {
		t.Errorf("it said so: %+v", d.Trusted)
	}
	lost := mustDevice(t, in.hq, in.laptops[1].name)
	if lost.Revoked == nil || lost.Revoked.Reason != "lost" || !lost.Certificate.IsZero() || lost.Pending != (exchange.Pending{}) {
		t.Errorf("the lost machine: %+v", lost.Trusted)
	}
}

// TestPreviewRevoke_SaysWhatItMeans: it counts what is known, names who must be told, and changes nothing.
func TestPreviewRevoke_SaysWhatItMeans(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	send(t, a, "hq", in.hq)
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Landsbyen")})
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Elva")})
	send(t, a, b.name, b)
	device := trust.DeviceName(a.ws.Me().Device)
	people, err := exchange.PeopleOn(t.Context(), in.hq.ws, device)
	if err != nil || !slices.Equal(people, []string{trust.UserName(a.ws.Me().User)}) {
		t.Errorf("on the machine worked %v, %v", people, err)
	}
	in.hq.set(today.Add(3 * time.Hour))
	before := counts(t, in.hq)
	r := exchange.Revocation{Devices: []string{device}, Users: people, Cut: today.Add(-time.Hour), Reason: "stolen"}
	w, err := exchange.PreviewRevoke(t.Context(), in.hq.ws, r)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.Machines, []string{a.name}) || !slices.Equal(w.People, []string{"A"}) || !slices.Equal(w.Inform, []string{b.name}) || len(w.Since) != 1 || w.Lines == 0 || w.TwoSign {
		t.Errorf("meaning %+v", w)
	}
	if after := counts(t, in.hq); after != before {
		t.Errorf("a preview changed the workspace:\n%s\n%s", before, after)
	}
	r.Cut = today.AddDate(0, 0, 2)
	_, err = exchange.PreviewRevoke(t.Context(), in.hq.ws, r)
	wantCode(t, "a moment to come", err, "T-CUT")
	r.Cut, r.Reason = today, "because"
	_, err = exchange.PreviewRevoke(t.Context(), in.hq.ws, r)
	wantCode(t, "another reason", err, "E-VALUE")
	_, err = exchange.PreviewRevoke(t.Context(), b.ws, r)
	wantCode(t, "in the field", err, "E-ROLE")
	in.mustRevoke(t, exchange.Revocation{Devices: []string{a.name}, Cut: today, Reason: "lost"})
	_, err = exchange.PreviewRevoke(t.Context(), in.hq.ws, exchange.Revocation{Devices: []string{device}, Cut: today.Add(time.Hour), Reason: "lost"})
	wantCode(t, "once more with a later moment", err, "T-REVOKED")
}

// TestPreviewRevoke_KnownToExist: lines that only a colleague has are counted once the colleague has said so, and not any more
// when they have come.
func TestPreviewRevoke_KnownToExist(t *testing.T) {
	in := mustInstall(t)
	caseID, person := in.mustCaseload(t)
	a, b := in.laptops[0], in.laptops[1]
	target := workspace.Target{Type: "person", ID: person, Case: caseID}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Byen")})
	send(t, a, "hq", in.hq)
	coming := func() int {
		t.Helper()
		w, err := exchange.PreviewRevoke(t.Context(), in.hq.ws, exchange.Revocation{Devices: []string{a.name}, Cut: today, Reason: "lost"})
		if err != nil {
			t.Fatal(err)
		}
		return w.Coming
	}
	if n := coming(); n != 0 {
		t.Fatalf("%d lines are said to exist and have all come", n)
	}
	mustSet(t, a, target, map[string]domain.Answer{"birth_place": text("Elva")})
	mustSet(t, a, workspace.Target{Type: "health", Case: caseID, Subject: person}, map[string]domain.Answer{"note": text("særlig")})
	send(t, a, b.name, b) // the colleague gets case, not special
	send(t, b, "hq", in.hq)
	if n := coming(); n == 0 {
		t.Error("what did not come with the colleague is not counted")
	}
	send(t, a, "hq", in.hq)
	if n := coming(); n != 0 {
		t.Errorf("%d lines are still said to be under way", n)
	}
}

// TestApprove_FewerCompartments: a machine is sent no more than was chosen, and an approval that is repeated changes nothing.
func TestApprove_FewerCompartments(t *testing.T) {
	in := mustInstall(t)
	ctx := t.Context()
	m := &machine{dir: t.TempDir() + "/laptop-c", name: "laptop-c", pass: []byte("eleven odd words to open laptop-c"), now: today}
	requested, err := exchange.Request(ctx, in.requestOptions(m, 2))
	if err != nil {
		t.Fatal(err)
	}
	found, err := exchange.Requests(ctx, in.hq.ws, in.dir, wordsLang)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(found, func(f exchange.FoundRequest) bool { return f.Pending != nil && f.Pending.Device == requested.Device })
	if i < 0 {
		t.Fatalf("the request is not among %d found", len(found))
	}
	if f := found[i]; f.Answered || f.Machine != "" || f.Role != domain.INT || !slices.Contains(f.Parts, domain.Special) {
		t.Errorf("found %+v", f)
	}
	o := in.approveOptions(m, 2, requested.Words)
	o.Parts = []domain.Compartment{domain.Open, domain.Case}
	if _, err := exchange.Approve(ctx, in.hq.ws, found[i].Pending, o); err != nil {
		t.Fatal(err)
	}
	mission, _ := in.hq.ws.Trust().Mission(in.mission)
	node, ok := mission.Node(trust.DeviceName(requested.Device))
	if !ok || len(node.Inbox) != 2 || node.Inbox.For(domain.Special) != "" {
		t.Errorf("inboxes %v", node.Inbox)
	}
	found, err = exchange.Requests(ctx, in.hq.ws, in.dir, wordsLang)
	if err != nil || !slices.ContainsFunc(found, func(f exchange.FoundRequest) bool {
		return f.Pending != nil && f.Pending.Device == requested.Device && f.Answered && f.Machine == m.name
	}) {
		t.Errorf("after the approval: %+v, %v", found, err)
	}
	before := mission.Version
	o.Out = t.TempDir() // a folder is enough: the name is random
	if file, err := exchange.Approve(ctx, in.hq.ws, found[i].Pending, o); err != nil || file == o.Out {
		t.Errorf("once more: %q, %v", file, err)
	}
	if mission, _ := in.hq.ws.Trust().Mission(in.mission); mission.Version != before {
		t.Error("an approval that is repeated makes another directory")
	}
	_, err = exchange.Requests(ctx, in.laptops[0].ws, in.dir, wordsLang)
	wantCode(t, "in the field", err, "E-ROLE")
}
