package bench

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"filippo.io/age"

	"feltbok/sync/exchange"
)

// importDevices measures how headquarters takes in one file from each of many machines, with preview, and the same files
// again. The baseline opens the same lines from tar | gzip | age, parses each and writes it and its object as plain rows, one
// transaction a file.
func importDevices(ctx context.Context, dir string, n sizes) ([]Result, error) {
	m, err := newHeadquarters(ctx, dir)
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	reader, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, err
	}
	cases := max(1, n.perDevice/linesPerCase)
	var sealed, plain []string
	for i := range n.devices {
		file, packed, err := m.send(ctx, fmt.Sprintf("laptop-%d", i+1), cases, reader)
		if err != nil {
			return nil, err
		}
		sealed, plain = append(sealed, file), append(plain, packed)
	}
	debug.FreeOSMemory()
	resetPeak()
	before := peak()
	var ours []time.Duration
	for _, file := range sealed {
		began := time.Now()
		plan, err := exchange.Preview(ctx, m.hq, file)
		if err != nil {
			return nil, err
		}
		if _, err := exchange.Import(ctx, m.hq, file, plan); err != nil {
			return nil, err
		}
		ours = append(ours, time.Since(began))
	}
	most := peak()
	began := time.Now()
	for _, file := range sealed {
		if _, err := exchange.Import(ctx, m.hq, file, nil); err != nil {
			return nil, err
		}
	}
	again := time.Since(began)
	plainly, err := importPlainly(dir, plain, reader)
	if err != nil {
		return nil, err
	}
	first, tenth := sum(ours), max(1, len(ours)/10)
	rate := Result{
		Name:     fmt.Sprintf("import from %s devices", count(n.devices)),
		Measured: fmt.Sprintf("%.0f cases/s", float64(cases*n.devices)/first.Seconds()), Goal: "≥ 500 cases/s",
		Against: fmt.Sprintf("%s cases of 5 persons, %s operations a device, with preview, in %s", count(cases*n.devices), count(cases*linesPerCase), short(first)),
	}
	results := []Result{
		rate,
		ratio("the same", first, plainly, "–", "the same lines from tar | gzip | age into plain rows"),
		ratio("the last tenth of the files", sum(ours[len(ours)-tenth:]), sum(ours[:tenth]), "–", "the first tenth"),
		{Name: "all files again", Measured: fmt.Sprintf("%.1f %%", 100*again.Seconds()/first.Seconds()), Goal: "< 10 %", Against: "of the first import"},
	}
	return append(results, Result{
		Name: "most memory meanwhile", Measured: megabytes(most), Goal: "–", Against: fmt.Sprintf("resident, %s of it before the first file", megabytes(before)),
	}), nil
}

// send makes a laptop with cases and exports them, once as a bundle for headquarters and once packed plainly.
func (m *mission) send(ctx context.Context, name string, cases int, reader *age.HybridIdentity) (file, packed string, err error) {
	laptop, err := m.enrol(ctx, name)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, laptop.Close()) }()
	if err := fill(ctx, laptop, cases); err != nil {
		return "", "", err
	}
	exported, err := exchange.Export(ctx, laptop, exchange.ExportOptions{To: []string{"hq"}, Out: m.dir})
	if err != nil {
		return "", "", err
	}
	lines, err := rawLines(ctx, laptop)
	if err != nil {
		return "", "", err
	}
	packed = filepath.Join(m.dir, name+".age")
	return exported.File, packed, packPlainly(lines, packed, reader.Recipient())
}

// importPlainly is how long the baseline takes.
func importPlainly(dir string, files []string, reader age.Identity) (time.Duration, error) {
	db, err := plainDatabase(dir)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE line(id INTEGER PRIMARY KEY, json BLOB NOT NULL) STRICT"); err != nil {
		return 0, err
	}
	began := time.Now()
	for _, file := range files {
		if err := unpackPlainly(db, file, reader); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func unpackPlainly(db *sql.DB, path string, reader age.Identity) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	opened, err := age.Decrypt(file, reader)
	if err != nil {
		return err
	}
	unzipped, err := gzip.NewReader(opened)
	if err != nil {
		return err
	}
	archive := tar.NewReader(unzipped)
	if _, err := archive.Next(); err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	lines := bufio.NewScanner(archive)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := storePlainly(tx, lines.Bytes()); err != nil {
			return err
		}
	}
	return errors.Join(lines.Err(), tx.Commit())
}

// storePlainly writes a line and, when it says something of an object, that object.
func storePlainly(tx *sql.Tx, line []byte) error {
	var parsed struct {
		Object string                     `json:"obj"`
		Set    map[string]json.RawMessage `json:"set"`
	}
	if err := json.Unmarshal(line, &parsed); err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO line(json) VALUES(?)", bytes.Clone(line)); err != nil || parsed.Object == "" {
		return err
	}
	fields, err := json.Marshal(parsed.Set)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO record(id, json) VALUES(?,?) ON CONFLICT(id) DO UPDATE SET json=excluded.json", []byte(parsed.Object), string(fields))
	return err
}

func sum(times []time.Duration) (all time.Duration) {
	for _, t := range times {
		all += t
	}
	return all
}

// megabytes writes a number of bytes; zero is not known.
func megabytes(bytes int) string {
	if bytes == 0 {
		return "not told"
	}
	return count(bytes>>20) + " MiB"
}
