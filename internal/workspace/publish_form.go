package workspace

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
)

// responseSubjects are whom a form that others made can be about.
var responseSubjects = []domain.Type{"case", "household", "person"}

// OpenForm reads a question set: one of the program's own dialect from a folder of tables, with the code lists in use, or a form that
// others made as [form.Open] does. Faults: E-FILE, and C-SET with the first of the faults of the set; the cause is an *form.Errors with all
// of them.
func (w *Workspace) OpenForm(name string, o form.ImportOptions) (*form.Set, error) {
	name = filepath.Clean(name)
	info, err := os.Stat(name)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(name), err)
	}
	var set *form.Set
	if folder := os.DirFS(filepath.Dir(name)); info.IsDir() && form.IsOwn(folder, filepath.Base(name)) {
		set, err = form.LoadWith(folder, filepath.Base(name), w.Lists())
	} else {
		set, err = form.Open(name, o)
	}
	var faults *form.Errors
	if errors.As(err, &faults) {
		return nil, fault.New("C-SET", faults.Problems[0].String(), faults)
	}
	return set, err
}

// refuseForm keeps forms of others and sets of an interview apart, and a form from becoming less guarded than it was.
func (w *Workspace) refuseForm(set *form.Set) error {
	for _, e := range w.Sets().Editions(set.ID) {
		if e.Set.Foreign != set.Foreign {
			return fault.Newf("C-TAKEN", set.ID, "foreign: %v", e.Set.Foreign)
		}
		if set.Class() < e.Set.Class() {
			return fault.Newf("C-CLASS", set.ID, "%s after %s", set.Class(), e.Set.Class())
		}
	}
	switch {
	case !set.Foreign:
		return nil
	case set.Object == "":
		return fault.Newf("C-SET", "settings, column object", "nobody said of which class the answers are")
	case !slices.Contains(responseSubjects, set.Subject), set.Class() > domain.P2 && set.Subject != "person":
		return fault.Newf("C-ABOUT", string(set.Subject), "class %s", set.Class())
	}
	return nil
}

// numbered gives a form without a version of its own that of the edition which asks the very same, else the next number: the beginning of
// a hash tells two editions apart, but not which is newer.
func (w *Workspace) numbered(set *form.Set, validFrom string) (*form.Set, string, error) {
	if !set.Unnumbered {
		return set, validFrom, nil
	}
	for _, e := range w.Editions() {
		if e.Type != "form" || e.Name != set.ID || e.set == nil {
			continue
		}
		same, err := form.Numbered(set, e.Version)
		if err != nil {
			return nil, "", err
		}
		is, errIs := form.Digest(same)
		was, errWas := form.Digest(e.set)
		if err := errors.Join(errIs, errWas); err != nil {
			return nil, "", err
		}
		if is == was {
			if validFrom == "" {
				validFrom = e.ValidFrom
			}
			return same, validFrom, nil
		}
	}
	set, err := form.Numbered(set, w.nextVersion("form", set.ID))
	return set, validFrom, err
}
