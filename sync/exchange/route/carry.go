package route

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
)

// Route carries data packages from one place to another: a folder, a stick, a store on a network that a program of its own
// reaches. It sees names and sizes. What it carries is sealed and proves itself, so a route needs no keys and no trust;
// it may lose, repeat, delay and reorder (security.md 6.7).
type Route interface {
	// Name is what people call the place.
	Name() string
	// List names the packages there, the newest first, at most [Most].
	List(ctx context.Context) ([]Found, error)
	// Fetch copies a package into a folder of this machine, whole or not at all, and returns its path. One that is there
	// under this name stays.
	Fetch(ctx context.Context, name, folder string) (string, error)
	// Put offers a package under its own name, whole or not at all. One that is there under this name stays: the names are
	// random, so it is the same.
	Put(ctx context.Context, path string) error
}

// Folder is a folder or a drive as a route: E-PULLED when it is gone, E-PROTECTED when it may not be written, E-FULL without
// room.
type Folder struct{ Path string }

var _ Route = Folder{}

// Name implements [Route].
func (f Folder) Name() string { return filepath.Base(f.Path) }

// List implements [Route].
func (f Folder) List(context.Context) ([]Found, error) { return Bundles(f.Path) }

// Fetch implements [Route].
func (f Folder) Fetch(ctx context.Context, name, folder string) (string, error) {
	return carried(ctx, filepath.Join(f.Path, name), folder)
}

// Put implements [Route].
func (f Folder) Put(ctx context.Context, path string) error {
	_, err := carried(ctx, path, f.Path)
	return err
}

func carried(ctx context.Context, from, folder string) (string, error) {
	if err := CheckName(filepath.Base(from)); err != nil {
		return "", err
	}
	to := filepath.Join(folder, filepath.Base(from))
	if _, err := os.Lstat(to); err == nil {
		return to, nil
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return to, Explain(folder, fsx.Copy(to, from))
}

// CheckName refuses what is no name of a data package, so that a hostile store cannot choose a place on the disk: E-FILE.
func CheckName(name string) error {
	if name != filepath.Base(name) || strings.ContainsAny(name, `/\:`) || strings.HasPrefix(name, ".") || !strings.EqualFold(filepath.Ext(name), Extension) {
		return fault.Newf("E-FILE", "", "not the name of a data package")
	}
	return nil
}

// Carried counts what [Carry] did.
type Carried struct {
	Taken  int      // packages that are there now and were not before
	Failed []string // packages that were left out, each because of an error of its own
}

// Carry brings every package that lies in a folder of this machine to a route. A package that fails does not keep the
// others; the first error is returned beside what was done.
func Carry(ctx context.Context, folder string, to Route) (Carried, error) {
	here, err := Bundles(folder)
	if err != nil {
		return Carried{}, err
	}
	there, err := to.List(ctx)
	if err != nil {
		return Carried{}, err
	}
	return each(here, there, func(f Found) error { return to.Put(ctx, f.Path) })
}

// Collect brings every package from a route into a folder of this machine, like [Carry].
func Collect(ctx context.Context, from Route, folder string) (Carried, error) {
	there, err := from.List(ctx)
	if err != nil {
		return Carried{}, err
	}
	here, err := Bundles(folder)
	if err != nil {
		return Carried{}, err
	}
	return each(there, here, func(f Found) error {
		_, err := from.Fetch(ctx, f.Name, folder)
		return err
	})
}

func each(all, known []Found, take func(Found) error) (done Carried, first error) {
	names := map[string]bool{}
	for _, f := range known {
		names[f.Name] = true
	}
	for _, f := range all {
		if names[f.Name] {
			continue
		}
		if err := take(f); err != nil {
			done.Failed = append(done.Failed, f.Name)
			if first == nil {
				first = err
			}
			continue
		}
		done.Taken++
	}
	return done, first
}
