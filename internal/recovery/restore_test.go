package recovery_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/recovery"
	"feltbok/internal/register"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/exchangetest"
)

func (m *mission) restoreOptions(t *testing.T, by ...string) recovery.RestoreOptions {
	return recovery.RestoreOptions{
		Backup: m.backup, Kit: m.kit.Dir, Keys: keys(by...), Dir: filepath.Join(t.TempDir(), "restored"), Label: "A", Passphrase: []byte(words), KDF: vault.TestKDF,
	}
}

func TestRestore_OneUserWithANewPassphrase(t *testing.T) {
	m := mustMission(t)
	before, err := os.ReadFile(m.backup)
	if err != nil {
		t.Fatal(err)
	}
	o := m.restoreOptions(t, "B", "C")
	marked := false
	o.Also = func(ctx context.Context, dir, slot string) error {
		ws, err := workspace.Unlock(ctx, dir, slot, []byte(words), workspace.Options{})
		if err != nil {
			return err
		}
		marked = true
		return errors.Join(ws.ReplaceEpochs(ctx, nil), ws.Close())
	}
	restored, err := recovery.Restore(background, o)
	if err != nil {
		t.Fatal(err)
	}
	if !marked || restored.Role != domain.INT || restored.Device.Alias != "laptop-a" || restored.Lines != m.checked.Operations {
		t.Errorf("%+v", restored)
	}
	if diff := cmp.Diff(domain.INT.Rings(), restored.Rings); diff != "" {
		t.Error(diff)
	}
	info, err := workspace.Peek(o.Dir)
	if err != nil || len(info.Users) != 1 || info.Users[0] != (register.Login{Slot: restored.Slot, Label: "A"}) {
		t.Fatalf("%+v, %v", info, err)
	}
	if _, err := workspace.Unlock(background, o.Dir, restored.Slot, m.Laptops[0].Passphrase(), workspace.Options{}); fault.Code(err) != "V-PASS" {
		t.Errorf("the old passphrase: %v", err)
	}
	later := m.backup
	m.backup = filepath.Join(o.Dir, "vault.db")
	if report := mustRehearse(t, m.options("A", "C")); !report.Passed() {
		t.Errorf("the restored register does not stand the rehearsal: %v", report.Faults)
	}
	m.backup = later
	if after, err := os.ReadFile(m.backup); err != nil || !bytes.Equal(before, after) {
		t.Error("the backup was changed")
	}
	// The old header and its ring files with the new rows open nothing.
	v, err := register.OpenCopy(background, filepath.Join(o.Dir, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for _, proof := range v.ProveRings(m.secret) {
		if proof.Err != nil || proof.Generation < 2 || proof.Readers != 2 {
			t.Errorf("%+v", proof)
		}
	}
	if left, _ := filepath.Glob(o.Dir + "*"); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRestore_WhatWasWrittenIsThere opens the restored workspace as its user and looks for the person's answers.
func TestRestore_WhatWasWrittenIsThere(t *testing.T) {
	m := mustMission(t)
	o := m.restoreOptions(t, "A", "B")
	restored, err := recovery.Restore(background, o)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := workspace.Unlock(background, o.Dir, restored.Slot, []byte(words), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	record, err := ws.Get(background, "person", m.Person)
	if err != nil || record.Text("birth_place") != "Landsbyen" {
		t.Errorf("%v", err)
	}
	if me := ws.Me(); me.User != restored.User || me.Alias != "A" {
		t.Errorf("%+v", me)
	}
}

// TestRestore_TakesTheTravelLockOff: a copy of a locked register is restored by recovery alone, and stays locked itself.
func TestRestore_TakesTheTravelLockOff(t *testing.T) {
	m := mustMission(t, "laptop-a")
	laptop := m.Laptops[0]
	if err := laptop.WS.Register().TravelLock(background, vault.NewTravelCode()); err != nil {
		t.Fatal(err)
	}
	laptop.WS.Close()
	m.backup = filepath.Join(laptop.Dir, "vault.db")
	if got := codes(mustRehearse(t, m.options("A", "B"))); !slices.Equal(got, []string{"V-TRAVEL vault.db"}) {
		t.Errorf("rehearsed under travel lock: %v", got)
	}
	restored, err := recovery.Restore(background, m.restoreOptions(t, "A", "B"))
	if err != nil || restored.Lines < m.checked.Operations {
		t.Errorf("%+v, %v", restored, err)
	}
	if _, err := register.OpenCopy(background, m.backup); fault.Code(err) != "V-TRAVEL" {
		t.Errorf("the original: %v", err)
	}
}

func TestRestore_FewerRings(t *testing.T) {
	m := mustMission(t)
	o := m.restoreOptions(t, "A", "B")
	o.Rings = []domain.Ring{domain.RingCase, domain.RingOpen, domain.RingAudit}
	restored, err := recovery.Restore(background, o)
	if err != nil {
		t.Fatal(err)
	}
	v, err := register.Open(background, o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := v.Unlock(background, restored.Slot, []byte(words))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Lock()
	for _, ring := range r.Rings() {
		if r.Holds(ring) != slices.Contains(o.Rings, ring) {
			t.Errorf("%s: held %v", ring, r.Holds(ring))
		}
	}
}

func TestRestore_RefusesAndLeavesNothing(t *testing.T) {
	m := mustMission(t)
	failed := errors.New("the mark could not be set")
	tests := map[string]struct {
		change func(*recovery.RestoreOptions)
		want   string
	}{
		"one custodian":      {func(o *recovery.RestoreOptions) { o.Keys = keys("A") }, "R-KIT"},
		"a stranger":         {func(o *recovery.RestoreOptions) { o.Keys[0].Identity = identities()["X"] }, "R-KIT"},
		"weak passphrase":    {func(o *recovery.RestoreOptions) { o.Passphrase = []byte("password") }, "V-WEAK"},
		"an unknown user":    {func(o *recovery.RestoreOptions) { o.Label = "Q" }, "E-VALUE"},
		"a ring of no right": {func(o *recovery.RestoreOptions) { o.Rings = []domain.Ring{domain.RingOpen, domain.AuditRead} }, "E-ROLE"},
		"without open":       {func(o *recovery.RestoreOptions) { o.Rings = []domain.Ring{domain.RingCase} }, "E-VALUE"},
		"no backup":          {func(o *recovery.RestoreOptions) { o.Backup += "x" }, "V-MISSING"},
		"a ring without recovery": {func(o *recovery.RestoreOptions) {
			o.Backup = m.edit(t, m.withoutRecovery(t, domain.RingSpecial))
		}, "R-RING"},
		"a damaged backup": {func(o *recovery.RestoreOptions) {
			content, err := os.ReadFile(o.Backup)
			if err != nil {
				t.Fatal(err)
			}
			o.Backup = filepath.Join(t.TempDir(), "damaged.db")
			for at := range 20 {
				content[len(content)/2+at*40] ^= 0xff
			}
			if err := os.WriteFile(o.Backup, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "R-ROWS"},
		"the mark fails": {func(o *recovery.RestoreOptions) {
			o.Also = func(context.Context, string, string) error { return failed }
		}, "failed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := m.restoreOptions(t, "A", "B")
			tc.change(&o)
			_, err := recovery.Restore(background, o)
			if got := fault.Code(err); got != tc.want && (tc.want != "failed" || !errors.Is(err, failed)) {
				t.Errorf("%v, want %s", err, tc.want)
			}
			if left, _ := filepath.Glob(o.Dir + "*"); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	o := m.restoreOptions(t, "A", "B")
	if err := os.WriteFile(o.Dir, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := recovery.Restore(background, o); fault.Code(err) != "V-EXISTS" {
		t.Errorf("over a file: %v", err)
	}
	if content, _ := os.ReadFile(o.Dir); string(content) != "mine" {
		t.Error("the file in the way was changed")
	}
}

func TestReport_NoteIsReadBack(t *testing.T) {
	m := mustMission(t, "hq", "laptop-a")
	report := mustRehearse(t, m.options("A", "B"))
	note, ok := recovery.ParseNote(report.Note())
	if !ok || note.Device != report.Device || note.Vault != report.Vault || note.Kit != m.kit.ID || note.Backup != report.Backup || len(note.Codes) != 0 {
		t.Errorf("%+v of %q", note, report.Note())
	}
	if len(note.Rings) != len(report.Rings) {
		t.Fatalf("%d rings", len(note.Rings))
	}
	for i, ring := range note.Rings {
		if want := report.Rings[i]; ring.Ring != want.Ring || ring.ID != want.ID || ring.Generation != want.Generation {
			t.Errorf("%+v, want %+v", ring, want)
		}
	}
	if _, ok := recovery.ParseNote("rehearsed by hand, all well"); ok {
		t.Error("a note written by hand names no device")
	}

	// Headquarters writes it, and the device gets it with its next bundle.
	written := exchangetest.Write(t, m.HQ, workspace.Target{Type: "rehearsal", Mission: report.Mission}, report.Answers())
	exchangetest.Send(t, m.HQ, "laptop-a", m.Laptops[0])
	got, err := m.Laptops[0].WS.Get(background, "rehearsal", written.ID())
	if err != nil || got.Text("note") != report.Note() {
		t.Errorf("%v", err)
	}
	if succeeded, ok := got.Answer("succeeded").Value.(bool); !ok || !succeeded {
		t.Errorf("succeeded: %v", got.Answer("succeeded"))
	}
}
