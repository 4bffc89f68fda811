package exchange

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/workspace"
)

// ImportHeld takes in the parts that waited for the ring of the user who is unlocked now (security.md 6.5, held parts). It is
// called after each unlock. A file that cannot be taken in stays where it is and keeps no other out. One that is damaged goes to
// quarantine/ with its reason, and after all others were taken in E-HELD names it: its sender still has the file, and whoever takes
// that in while signed in here has the part. One that cannot be read at all is named likewise, each time.
func ImportHeld(ctx context.Context, ws *workspace.Workspace) ([]*Result, error) {
	dir := filepath.Join(ws.Dir(), "held")
	names, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New("E-FILE", "held", err)
	}
	if err := asTheyCame(ws, names); err != nil {
		return nil, err
	}
	var results []*Result
	var unread []error
	for _, name := range names {
		if strings.HasSuffix(name.Name(), fsx.PartSuffix) {
			continue
		}
		path := filepath.Join(dir, name.Name())
		by, waits, err := heldBy(ws, name.Name())
		if err != nil {
			return results, err
		}
		in, err := read(ctx, ws, path, by)
		if err != nil {
			if ctx.Err() != nil {
				return results, err
			}
			if damaged(err) {
				unread = append(unread, tellUnread(ctx, ws, name.Name(), by.name, err))
			}
			continue
		}
		if in.known != nil && !waits {
			os.Remove(path) // all of it went in before, and the program ended before the file was gone
			continue
		}
		if in.plan.Repeated || len(in.lines) == 0 {
			continue // still waiting for somebody else
		}
		result, err := importFile(ctx, ws, path, nil, by)
		if _, refused := fault.Of(err); refused {
			continue
		}
		if err != nil {
			return results, err
		}
		if in.known != nil && in.known.Name != "" {
			result.File = in.known.Name // as somebody chose it, not as it lay here
		}
		os.Remove(path) // the import keeps a copy of its own while parts go on waiting
		results = append(results, result)
	}
	if err := leaveBehind(ctx, ws); err != nil { // this user may hold rings that whoever took the receipt in did not
		return results, err
	}
	reconsidered, err := Reconsider(ctx, ws)
	if err != nil {
		return results, err
	}
	return append(results, reconsidered.Files...), errors.Join(unread...)
}

// damaged reports whether a file was refused for what became of its bytes, not for who signed it or what it says.
func damaged(err error) bool {
	switch fault.Code(err) {
	case "E-AGE", "E-TAR", "E-HASH", "E-MANIFEST", "E-SIZE", "E-LIMIT", "E-FILE":
		return true
	}
	return false
}

// tellUnread puts a damaged file of held/ into quarantine/, where it is listed and can be dropped, and says which one it was. A file
// that cannot even be moved stays.
func tellUnread(ctx context.Context, ws *workspace.Workspace, file, name string, cause error) error {
	name = cmp.Or(name, file)
	if err := putAside(ctx, ws, filepath.Join(ws.Dir(), "held", file), name, fault.Code(cause)); err != nil {
		cause = errors.Join(cause, err)
	}
	return fault.New("E-HELD", name, cause)
}

// asTheyCame sorts files in held/ by the imports that laid them aside, whose ids rise with time: lines that came twice belong
// to the first import that brought them. What no import names comes last.
func asTheyCame(ws *workspace.Workspace, files []os.DirEntry) error {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return err
	}
	imports := map[string]string{}
	for _, in := range counters.In {
		for _, t := range in.Manifests {
			imports[t.File] = t.Import.String()
		}
	}
	slices.SortStableFunc(files, func(a, b os.DirEntry) int {
		return cmp.Compare(cmp.Or(imports[a.Name()], "~"), cmp.Or(imports[b.Name()], "~"))
	})
	return nil
}

// heldBy is how a file in held/ is judged, and whether the list still waits for it: by the moment it came, or by the moment
// that headquarters chose when it overruled a refusal.
func heldBy(ws *workspace.Workspace, file string) (by judgedBy, waits bool, err error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return judgedBy{}, false, err
	}
	for _, in := range counters.In {
		for _, t := range in.Manifests {
			if t.File != file {
				continue
			}
			by.lifted, by.name, waits = t.Lifted, t.Name, len(t.Stored) > 0
			moment := t.At
			if t.Judged != "" {
				moment = t.Judged
			}
			if by.seen, err = time.Parse(time.RFC3339, moment); err != nil {
				by.seen = time.Time{}
			}
			return by, waits, nil
		}
	}
	return judgedBy{}, false, nil
}
