package exchange

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/workspace"
)

// ImportHeld takes in the parts that waited for the ring of the user who is unlocked now (security.md 6.5, held parts).
func ImportHeld(ctx context.Context, ws *workspace.Workspace) ([]*Result, error) {
	dir := filepath.Join(ws.Dir(), "held")
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New("E-FILE", "held", err)
	}
	var results []*Result
	for _, name := range names {
		if strings.HasSuffix(name.Name(), fsx.PartSuffix) {
			continue
		}
		path := filepath.Join(dir, name.Name())
		seen, err := firstSeen(ws, name.Name())
		if err != nil {
			return results, err
		}
		in, err := read(ctx, ws, path, seen)
		if err != nil || in.plan.Repeated || len(in.lines) == 0 {
			continue // still waiting for somebody else
		}
		result, err := importFile(ctx, ws, path, nil, seen)
		if err != nil {
			return results, err
		}
		os.Remove(path) // the import keeps a copy of its own while parts go on waiting
		results = append(results, result)
	}
	return results, nil
}

// firstSeen is when a file in held/ came; zero when the list does not know it.
func firstSeen(ws *workspace.Workspace, file string) (time.Time, error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return time.Time{}, err
	}
	for _, in := range counters.In {
		for _, t := range in.Manifests {
			if t.File == file {
				at, err := time.Parse(time.RFC3339, t.At)
				if err != nil {
					return time.Time{}, nil
				}
				return at, nil
			}
		}
	}
	return time.Time{}, nil
}
