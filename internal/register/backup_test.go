package register_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store"
)

func TestBackup_OpensWithTheSamePassphrase(t *testing.T) {
	s := mustScene(t)
	r := mustUnlock(t, s.dir, "A")
	restored := filepath.Join(t.TempDir(), "restored")
	if err := os.Mkdir(restored, 0o700); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(restored, store.FileName)
	if err := r.Backup(background, out); err != nil {
		t.Fatal(err)
	}
	if err := r.Backup(background, out); fault.Code(err) != "V-EXISTS" {
		t.Errorf("over another backup: %v", err)
	}
	// The register goes on, the copy stays as it was.
	newWriter(t, r, domain.Case).save(t, r, s.caseID, s.first, "person", "given_names", "Layla")
	want, err := r.Check(background)
	if err != nil {
		t.Fatal(err)
	}
	mustLock(t, r)
	if err := register.CheckBackup(background, out); err != nil {
		t.Fatal(err)
	}
	if r, err = unlockByPassphrase(t, restored, "A"); err != nil {
		t.Fatal(err)
	}
	got, err := r.Check(background)
	if err != nil || got.Operations != want.Operations-2 || got.Objects != 3 || got.Values != want.Values {
		t.Errorf("copy %+v, original %+v, %v", got, want, err)
	}
	mustLock(t, r)
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	// One flipped bit anywhere in a sealed row is found.
	e := mustEdit(t, restored)
	body := e.blob("SELECT body FROM operation WHERE seq=3")
	e.close()
	at := bytes.Index(content, body)
	if at < 0 {
		t.Fatal("body is not in one piece")
	}
	content[at+50] ^= 1
	if err := os.WriteFile(out, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mustUnlock(t, restored, "A").Check(background); fault.Code(err) != "V-ROW" {
		t.Errorf("after a flipped bit: %v", err)
	}
}

func TestCheck_CanBeCancelled(t *testing.T) {
	r := mustUnlock(t, mustScene(t).dir, "A")
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := r.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Nothing that was entered, and no key, is in any file of the folder in the clear, while open and afterwards.
func TestCanary_NoPlaintextInAnyFile(t *testing.T) {
	dir := mustVault(t)
	r := mustUnlock(t, dir, "C")
	caseID := uuid.New()
	const canary = "KANARIFUGL-7f3a"
	for _, c := range []struct {
		compartment domain.Compartment
		kind        domain.Type
		field       string
	}{{domain.Open, "mission", "country"}, {domain.Case, "person", "given_names"}, {domain.Special, "health", "ability_to_speak"}} {
		w := newWriter(t, r, c.compartment)
		scope := caseID
		if c.compartment == domain.Open {
			scope = uuid.Nil
		}
		for range 3 {
			w.save(t, r, scope, uuid.New(), c.kind, c.field, canary)
		}
	}
	if err := r.Update(background, func(tx *register.Tx) error {
		return tx.SetSystem(domain.RingOpen, register.SystemNode, []byte(canary))
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Backup(background, filepath.Join(dir, "backup", "copy.db")); err != nil {
		t.Fatal(err)
	}
	own := r.Identity()
	secrets := map[string][]byte{
		"answer": []byte(canary), "case id": caseID[:], "case id as text": []byte(caseID.String()), "field": []byte("given_names"),
		"age identity": []byte(own.Age.String()), "signing seed": bytes.Clone(own.Sign.Seed()), "user": []byte(own.User.String()),
	}
	scan := func(when string) {
		t.Helper()
		count := 0
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			count++
			for name, secret := range secrets {
				if bytes.Contains(content, secret) {
					t.Errorf("%s: %s is in %s", when, name, d.Name())
				}
			}
			return nil
		})
		if err != nil || count < 3 {
			t.Errorf("%s: scanned %d files, %v", when, count, err)
		}
	}
	scan("while open")
	mustLock(t, r)
	scan("after locking")
}
