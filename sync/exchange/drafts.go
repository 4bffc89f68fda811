package exchange

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/route"
)

// Draft is a folder of documents that people sign one after the other (security.md 8.1, 8.2).
type Draft struct {
	Folder string
	Signed
	// Known reports that this machine believes these documents already, byte for byte.
	Known bool
	// Problem says why the folder is no draft that could be signed; nil when it is one.
	Problem error
}

// Complete reports whether everybody who must sign did.
func (d Draft) Complete() bool { return d.Problem == nil && unsigned(d.Signings) == "" }

// Drafts finds the drafts in a folder: the folder itself, or those directly below it. A folder with other files is none. Faults:
// those of [route.Explain].
func Drafts(ws *workspace.Workspace, folder string) ([]Draft, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, route.Explain(folder, err)
	}
	folders := []string{folder}
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			folders = append(folders, filepath.Join(folder, entry.Name()))
		}
	}
	var out []Draft
	for _, dir := range folders {
		if _, err := os.Stat(filepath.Join(dir, "directory.json")); err != nil {
			continue
		}
		draft := Draft{Folder: dir}
		docs, err := ReadDocuments(dir)
		if err == nil {
			draft.Known = ws.Trust() != nil && len(newIn(ws.Trust(), docs)) == 0
			var signed *Signed
			if signed, err = standing(docs, docs); err == nil {
				draft.Signed = *signed
			}
		}
		draft.Problem = err
		out = append(out, draft)
	}
	slices.SortStableFunc(out, func(a, b Draft) int { return rankDraft(a) - rankDraft(b) })
	return out, nil
}

// rankDraft puts what can be taken in first, then what waits, then what cannot be read or is done.
func rankDraft(d Draft) int {
	switch {
	case d.Problem != nil:
		return 2
	case d.Known:
		return 3
	case d.Complete():
		return 0
	}
	return 1
}

// NewDraftFolder names a folder below another for a new draft: one that is not there. It is made when something is laid into it.
func NewDraftFolder(below, name string) (string, error) {
	for _, end := range []string{"", "-2", "-3", "-4", "-5", "-6", "-7", "-8", "-9"} {
		path := filepath.Join(below, name+end)
		if _, err := os.Lstat(path); os.IsNotExist(err) {
			return path, nil
		} else if err != nil {
			return "", route.Explain(below, err)
		}
	}
	return "", fault.Newf("V-EXISTS", name, "nine drafts of the name are there")
}
