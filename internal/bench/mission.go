package bench

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// mission is a training installation: headquarters and one laptop, enrolled with each other.
type mission struct {
	id         uuid.UUID
	dir        string
	hq, laptop *workspace.Workspace
}

func newMission(ctx context.Context, dir string) (*mission, error) {
	m := &mission{id: uuid.New(), dir: dir}
	keys, now := filepath.Join(dir, "keys"), time.Now()
	if _, err := exchange.InitRoot(keys, passphrase, true, now); err != nil {
		return nil, err
	}
	_, err := exchange.InitHQ(ctx, exchange.HQOptions{
		Dir: filepath.Join(dir, "hq"), Keys: keys, Passphrase: passphrase, Kit: filepath.Join(dir, "kit"), Alias: "HQ", Training: true,
		KDF: vault.TestKDF, Now: now, Users: []workspace.NewUser{{Alias: "HQ", Role: domain.HQS, Passphrase: bytes.Clone(passphrase)}},
	})
	if err != nil {
		return nil, err
	}
	requested, err := exchange.Request(ctx, exchange.RequestOptions{
		Dir: filepath.Join(dir, "laptop"), Trust: filepath.Join(keys, "public"), Alias: "laptop", Role: domain.INT, User: "A",
		Passphrase: bytes.Clone(passphrase), KDF: vault.TestKDF, Now: now, Out: filepath.Join(dir, "request.feltbok"), Lang: "en",
	})
	if err != nil {
		return nil, err
	}
	if m.hq, err = open(ctx, filepath.Join(dir, "hq")); err != nil {
		return nil, err
	}
	pending, err := exchange.ReadRequest(ctx, m.hq, requested.File, "en")
	if err != nil {
		return m, err
	}
	answer, err := exchange.Approve(ctx, m.hq, pending, exchange.ApproveOptions{
		Keys: keys, Passphrase: passphrase, Mission: m.id, Until: now.AddDate(0, 1, 0), Alias: "laptop", UserAlias: "A", Role: domain.INT,
		Words: requested.Words, Lang: "en", Out: filepath.Join(dir, "enrol.feltbok"),
	})
	if err != nil {
		return m, err
	}
	if m.laptop, err = open(ctx, filepath.Join(dir, "laptop")); err != nil {
		return m, err
	}
	return m, exchange.Accept(ctx, m.laptop, answer)
}

func open(ctx context.Context, dir string) (*workspace.Workspace, error) {
	info, err := workspace.Peek(dir)
	if err != nil {
		return nil, err
	}
	return workspace.Unlock(ctx, dir, info.Users[0].Slot, bytes.Clone(passphrase), workspace.Options{})
}

func (m *mission) close() {
	for _, ws := range []*workspace.Workspace{m.hq, m.laptop} {
		if ws != nil {
			ws.Close()
		}
	}
}

// fill writes cases of five persons each.
func fill(ctx context.Context, ws *workspace.Workspace, cases int) error {
	const batch = 50
	for at := 0; at < cases; at += batch {
		var writes []workspace.Write
		for i := at; i < min(at+batch, cases); i++ {
			id := uuid.New()
			writes = append(writes, workspace.Write{Target: workspace.Target{Type: "case", ID: id}, Answers: map[string]domain.Answer{
				"unhcr_case_no": {Value: fmt.Sprintf("200-24C%05d", i)}, "status": {Value: "scheduled"},
			}})
			for p := range 5 {
				writes = append(writes, workspace.Write{Target: workspace.Target{Type: "person", Case: id}, Answers: map[string]domain.Answer{
					"given_names": {Value: fmt.Sprintf("Test %d", p)}, "family_name": {Value: fmt.Sprintf("Mappe %d", i)}, "sex": {Value: "female"},
					"birth": {Value: fmt.Sprint(1960 + (i+p*7)%60)}, "interpreter_language_1": {Value: "swh"}, "nationalities": {Value: []string{"COD"}},
				}})
			}
		}
		if _, err := ws.SetMany(ctx, writes); err != nil {
			return err
		}
	}
	return nil
}

// unlockList measures from the end of the key derivation until the list of 5,000 persons can be shown.
func unlockList(ctx context.Context, dir string) ([]Result, error) {
	m, err := newMission(ctx, dir)
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, m.laptop, 1000); err != nil {
		return nil, err
	}
	if err := m.laptop.Close(); err != nil {
		return nil, err
	}
	var derived time.Time
	info, err := workspace.Peek(filepath.Join(dir, "laptop"))
	if err != nil {
		return nil, err
	}
	m.laptop, err = workspace.Unlock(ctx, filepath.Join(dir, "laptop"), info.Users[0].Slot, bytes.Clone(passphrase), workspace.Options{Progress: func(stage string) {
		if stage == "records" {
			derived = time.Now()
		}
	}})
	if err != nil {
		return nil, err
	}
	if cases, err := m.laptop.Cases(ctx); err != nil || len(cases) != 1000 {
		return nil, errors.Join(err, fmt.Errorf("%d cases", len(cases)))
	}
	return []Result{{
		Name: "list after unlock, 5,000 persons", Measured: short(time.Since(derived)), Goal: "< 0.4 s",
		Against: "after keys, heads and roots are checked",
	}}, nil
}

// importCases measures headquarters' import of 1,000 cases of five persons, with preview, and the same file again.
func importCases(ctx context.Context, dir string) ([]Result, error) {
	const cases = 1000
	m, err := newMission(ctx, dir)
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, m.laptop, cases); err != nil {
		return nil, err
	}
	exported, err := exchange.Export(ctx, m.laptop, exchange.ExportOptions{To: []string{"hq"}, Out: dir})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	plan, err := exchange.Preview(ctx, m.hq, exported.File)
	if err != nil {
		return nil, err
	}
	if _, err := exchange.Import(ctx, m.hq, exported.File, plan); err != nil {
		return nil, err
	}
	first := time.Since(began)
	began = time.Now()
	if _, err := exchange.Import(ctx, m.hq, exported.File, nil); err != nil {
		return nil, err
	}
	again := time.Since(began)
	return []Result{
		{Name: "import with preview at HQ", Measured: fmt.Sprintf("%.0f cases/s", cases/first.Seconds()), Goal: "≥ 500 cases/s", Against: fmt.Sprintf("%d cases of 5 persons in %s", cases, short(first))},
		{Name: "the same file again", Measured: fmt.Sprintf("%.0f %%", 100*again.Seconds()/first.Seconds()), Goal: "< 10 %", Against: "of the first import"},
	}, nil
}

// writeBundle exports about 5,000 operations and, in the same run, packs the same lines by tar, gzip and age.
func writeBundle(ctx context.Context, dir string) ([]Result, error) {
	m, err := newMission(ctx, dir)
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	note := bytes.Repeat([]byte("En setning om hverdagen, skrevet i felten. "), 90)
	caseID := uuid.New()
	if _, err := m.laptop.Set(ctx, workspace.Target{Type: "case", ID: caseID}, map[string]domain.Answer{"status": {Value: "scheduled"}}); err != nil {
		return nil, err
	}
	for at := range 100 {
		var writes []workspace.Write
		for i := range 50 {
			writes = append(writes, workspace.Write{Target: workspace.Target{Type: "case", ID: caseID}, Answers: map[string]domain.Answer{
				"expectations": {Value: fmt.Sprintf("%d %d %s", at, i, note)},
			}})
		}
		if _, err := m.laptop.SetMany(ctx, writes); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	exported, err := exchange.Export(ctx, m.laptop, exchange.ExportOptions{To: []string{"hq"}, Out: dir})
	if err != nil {
		return nil, err
	}
	ours := time.Since(began)
	began = time.Now()
	if err := packPlainly(ctx, m, filepath.Join(dir, "plain.age")); err != nil {
		return nil, err
	}
	return []Result{ratio(fmt.Sprintf("bundle of %d operations", exported.Lines["case"]), ours, time.Since(began), "≤ 1.3 ×", "tar | gzip | age of the same lines")}, nil
}

// packPlainly is tar | gzip | age with the same libraries over the same lines.
func packPlainly(ctx context.Context, m *mission, path string) error {
	var lines bytes.Buffer
	for _, state := range m.laptop.Register().Chains(domain.Case) {
		for line, err := range m.laptop.Register().Lines(ctx, state.Chain, 1, state.Have.Last()) {
			if err != nil {
				return err
			}
			lines.Write(line.Bytes)
			lines.WriteByte('\n')
		}
	}
	recipient, err := age.GenerateHybridIdentity()
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sealed, err := age.Encrypt(file, recipient.Recipient())
	if err != nil {
		return err
	}
	zipped := gzip.NewWriter(sealed)
	archive := tar.NewWriter(zipped)
	if err := archive.WriteHeader(&tar.Header{Name: "case.jsonl", Mode: 0o600, Size: int64(lines.Len())}); err != nil {
		return err
	}
	if _, err := io.Copy(archive, &lines); err != nil {
		return err
	}
	return errors.Join(archive.Close(), zipped.Close(), sealed.Close(), file.Sync())
}
