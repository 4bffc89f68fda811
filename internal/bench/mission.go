package bench

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/argon2"

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
	m, err := newHeadquarters(ctx, dir)
	if err != nil {
		return m, err
	}
	m.laptop, err = m.enrol(ctx, "laptop")
	return m, err
}

// newHeadquarters makes a mission without laptops.
func newHeadquarters(ctx context.Context, dir string) (*mission, error) {
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
	m.hq, err = open(ctx, filepath.Join(dir, "hq"))
	return m, err
}

// enrol makes a laptop of the mission and leaves it open.
func (m *mission) enrol(ctx context.Context, name string) (*workspace.Workspace, error) {
	keys, now, at := filepath.Join(m.dir, "keys"), time.Now(), filepath.Join(m.dir, name)
	requested, err := exchange.Request(ctx, exchange.RequestOptions{
		Dir: at, Trust: filepath.Join(keys, "public"), Alias: name, Role: domain.INT, User: "A",
		Passphrase: bytes.Clone(passphrase), KDF: vault.TestKDF, Now: now, Out: at + "-request.feltbok", Lang: "en",
	})
	if err != nil {
		return nil, err
	}
	pending, err := exchange.ReadRequest(ctx, m.hq, requested.File, "en")
	if err != nil {
		return nil, err
	}
	answer, err := exchange.Approve(ctx, m.hq, pending, exchange.ApproveOptions{
		Keys: keys, Passphrase: passphrase, Mission: m.id, Until: now.AddDate(0, 1, 0), Alias: name, UserAlias: "A", Role: domain.INT,
		Words: requested.Words, Lang: "en", Out: at + "-enrol.feltbok",
	})
	if err != nil {
		return nil, err
	}
	laptop, err := open(ctx, at)
	if err != nil {
		return nil, err
	}
	if err := exchange.Accept(ctx, laptop, answer); err != nil {
		return nil, errors.Join(err, laptop.Close())
	}
	return laptop, nil
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

// linesPerCase is how many operations [fill] writes for a case: one for itself and one for each person.
const linesPerCase = 6

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
			for p := range personsPerCase {
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

// unlockList measures from the end of the key derivation until the list can be shown. What Argon2id takes is measured by
// itself in the same run and subtracted: heads, roots and ledger are checked in what is left.
func unlockList(ctx context.Context, dir string, n sizes) ([]Result, error) {
	m, err := newMission(ctx, dir)
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, m.laptop, n.unlockCases); err != nil {
		return nil, err
	}
	var whole, derived []time.Duration
	for range n.unlocks {
		if err := m.laptop.Close(); err != nil {
			return nil, err
		}
		kdf := vault.TestKDF.Spent()
		began := time.Now()
		argon2.IDKey(passphrase, make([]byte, 16), kdf.Time, kdf.MemoryKiB, kdf.Threads, 32)
		derived = append(derived, time.Since(began))
		began = time.Now()
		if m.laptop, err = open(ctx, filepath.Join(dir, "laptop")); err != nil {
			return nil, err
		}
		cases, err := m.laptop.Cases(ctx)
		if err != nil {
			return nil, err
		}
		if len(cases) != n.unlockCases {
			return nil, fmt.Errorf("%d cases instead of %d", len(cases), n.unlockCases)
		}
		whole = append(whole, time.Since(began))
	}
	all, keys := median(whole), median(derived)
	persons, goal := personsPerCase*n.unlockCases, "–"
	switch {
	case persons <= 5_000:
		goal = "< 0.4 s"
	case persons <= 50_000:
		goal = "< 3 s"
	}
	return []Result{{
		Name: "list after unlock, " + count(persons) + " persons", Measured: short(max(0, all-keys)), Goal: goal,
		Against: fmt.Sprintf("unlock and list (%s) less Argon2id (%s)", short(all), short(keys)),
	}}, nil
}

// importCases measures headquarters' import of cases of five persons, with preview, and the same file again.
func importCases(ctx context.Context, dir string, n sizes) ([]Result, error) {
	cases := n.importCases
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
		{Name: "import with preview at HQ", Measured: fmt.Sprintf("%.0f cases/s", float64(cases)/first.Seconds()), Goal: "≥ 500 cases/s", Against: fmt.Sprintf("%s cases of 5 persons in %s", count(cases), short(first))},
		{Name: "the same file again", Measured: fmt.Sprintf("%.0f %%", 100*again.Seconds()/first.Seconds()), Goal: "< 10 %", Against: "of the first import"},
	}, nil
}

// writeBundle exports operations and, in turns, packs the same lines by tar, gzip and age. Each export sends everything
// again.
func writeBundle(ctx context.Context, dir string, n sizes) ([]Result, error) {
	m, err := newMission(ctx, dir)
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	const batch = 50
	random, phrases := numbers(11), newPhrases()
	caseID := uuid.New()
	if _, err := m.laptop.Set(ctx, workspace.Target{Type: "case", ID: caseID}, map[string]domain.Answer{"status": {Value: "scheduled"}}); err != nil {
		return nil, err
	}
	for at := 0; at < n.operations; at += batch {
		var writes []workspace.Write
		for i := at; i < min(at+batch, n.operations); i++ {
			writes = append(writes, workspace.Write{Target: workspace.Target{Type: "case", ID: caseID}, Answers: map[string]domain.Answer{
				"expectations": {Value: phrases.note(&random)},
			}})
		}
		if _, err := m.laptop.SetMany(ctx, writes); err != nil {
			return nil, err
		}
	}
	raw, err := rawLines(ctx, m.laptop)
	if err != nil {
		return nil, err
	}
	recipient, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, err
	}
	var ours, plain []time.Duration
	lines := 0
	for i := range n.packs {
		began := time.Now()
		exported, err := exchange.Export(ctx, m.laptop, exchange.ExportOptions{To: []string{"hq"}, Out: dir})
		if err != nil {
			return nil, err
		}
		between := time.Now()
		if err := packPlainly(raw, filepath.Join(dir, fmt.Sprintf("plain-%d.age", i)), recipient.Recipient()); err != nil {
			return nil, err
		}
		ours, plain, lines = append(ours, between.Sub(began)), append(plain, time.Since(between)), exported.Lines["case"]
	}
	return []Result{ratio("bundle of "+count(lines)+" operations", median(ours), median(plain), "≤ 1.3 ×", "tar | gzip | age of the same lines, opened beforehand")}, nil
}

// phrases are what notes are made of. Interview lines compress about 6 : 1 (security.md 6.4); so do these.
type phrases []string

func newPhrases() phrases {
	words := strings.Fields("skole vann buss leir by kommune norsk lege hjem arbeid barn mor far søster tolk kurs vinter sommer hus rom dag uke år språk " +
		"bok stol bord vindu dør penn tavle kopp hage vei butikk gård sykkel telefon brev møte venn nabo time klasse håp plan mat")
	random, out := numbers(5), make(phrases, 1500)
	for i := range out {
		for range 5 + random.below(5) {
			out[i] += words[random.below(len(words))] + " "
		}
	}
	return out
}

// note is about 3,800 characters, which is near the longest that an answer may be.
func (p phrases) note(random *numbers) string {
	var note strings.Builder
	for note.Len() < 3750 {
		note.WriteString(p[random.below(len(p))])
	}
	return strings.TrimSpace(note.String())
}

// rawLines are the lines of compartment case, opened.
func rawLines(ctx context.Context, ws *workspace.Workspace) ([]byte, error) {
	var lines bytes.Buffer
	for _, state := range ws.Register().Chains(domain.Case) {
		for line, err := range ws.Register().Lines(ctx, state.Chain, 1, state.Have.Last()) {
			if err != nil {
				return nil, err
			}
			lines.Write(line.Bytes)
			lines.WriteByte('\n')
		}
	}
	return lines.Bytes(), nil
}

// packPlainly is tar | gzip | age with the same libraries over the same lines, which lie in memory already: ours opens the
// sealed rows within its time.
func packPlainly(lines []byte, path string, recipient age.Recipient) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sealed, err := age.Encrypt(file, recipient)
	if err != nil {
		return err
	}
	zipped := gzip.NewWriter(sealed)
	archive := tar.NewWriter(zipped)
	if err := archive.WriteHeader(&tar.Header{Name: "case.jsonl", Mode: 0o600, Size: int64(len(lines))}); err != nil {
		return err
	}
	if _, err := archive.Write(lines); err != nil {
		return err
	}
	return errors.Join(archive.Close(), zipped.Close(), sealed.Close(), file.Sync())
}
