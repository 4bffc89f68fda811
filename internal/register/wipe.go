package register

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// The steps that [Wipe] names, in order; between the two it names each of the [Folders] that is there. When the one after WipeKeys is
// named, no wrapped key and no slot box is in any file any more.
const (
	WipeKeys     = "keys"     // header and data keys, in the register and in copies of it
	WipeRegister = "register" // the register's file
)

// bundleEnding ends the names of the files that come and go (security.md 6.1).
const bundleEnding = ".feltbok"

// Wipe removes a vault and all that Feltbok made in its folder, without any passphrase (security.md 4.8). It cannot be
// undone: unsent work in it is lost. The first step makes the vault useless within moments and for ever; from then on
// [Open] says V-WIPED, and a wipe that was stopped at any moment is ended by calling Wipe again. What Feltbok did not
// make stays; [Foreign] names it. The folder itself stays too. progress, which may be nil, is told the step that begins.
// V-MISSING when there is no register, V-BUSY while somebody has it open, V-READONLY; V-WIPED when the keys are gone and some
// file could not be removed.
func Wipe(ctx context.Context, dir string, progress func(step string)) error {
	if progress == nil {
		progress = func(string) {}
	}
	progress(WipeKeys)
	return store.Wipe(ctx, dir, vault.WipedHeader(), func() error {
		folders := ownFolders(dir)
		// Copies of the register first: they have keys of their own.
		var failures error
		for _, folder := range folders {
			failures = errors.Join(failures, shred(filepath.Join(dir, folder), func(path string) bool {
				return store.IsRegister(path) && path != filepath.Join(dir, store.FileName)
			}))
		}
		for _, folder := range folders {
			if folder != "" {
				progress(folder)
			}
			failures = errors.Join(failures, shred(filepath.Join(dir, folder), func(path string) bool { return made(folder, path) }))
			if folder != "" {
				failures = errors.Join(failures, removeFolder(filepath.Join(dir, folder)))
			}
		}
		progress(WipeRegister)
		if failures != nil {
			return fault.New("V-WIPED", dir, failures) // says to run it again
		}
		return nil
	})
}

// Interrupted reports whether a wipe of the vault was begun and not ended.
func Interrupted(dir string) bool {
	if store.Wiped(dir) {
		return true
	}
	_, err := Peek(dir)
	return fault.Code(err) == "V-WIPED"
}

// Foreign names what lies in a vault's folder and was not made by Feltbok, relative to the folder and in order: what
// [Wipe] leaves. A missing folder has nothing.
func Foreign(dir string) ([]string, error) {
	var names []string
	for _, folder := range ownFolders(dir) {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fault.New("E-FILE", folder, err)
		}
		for _, entry := range entries {
			switch path := filepath.Join(dir, folder, entry.Name()); {
			case folder == "" && (entry.Name() == store.FileName || entry.Name() == store.LockName):
			case folder == "" && entry.IsDir() && slices.Contains(Folders, entry.Name()):
			case entry.Type().IsRegular() && (made(folder, path) || store.IsRegister(path)):
			default:
				names = append(names, filepath.Join(folder, entry.Name()))
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// ownFolders are the vault's own, which is "", and those of the [Folders] that are there. A link to a folder is none: what
// lies behind it is not the vault's.
func ownFolders(dir string) []string {
	folders := []string{""}
	for _, folder := range Folders {
		if info, err := os.Lstat(filepath.Join(dir, folder)); err == nil && info.IsDir() {
			folders = append(folders, folder)
		}
	}
	return folders
}

// made reports whether Feltbok gives such names to files in that folder; the empty one is the vault's own.
func made(folder, path string) bool {
	name := filepath.Base(path)
	if folder == "" {
		return strings.HasPrefix(name, store.FileName+fsx.PartSuffix)
	}
	return strings.HasSuffix(name, bundleEnding) || strings.HasSuffix(name, fsx.PartSuffix) || strings.Contains(name, fsx.PartSuffix+"-")
}

// shred removes the regular files of a folder that are chosen, each overwritten first, and makes that durable.
func shred(folder string, chosen func(path string) bool) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var failures error
	var paths []string
	for _, entry := range entries {
		if path := filepath.Join(folder, entry.Name()); entry.Type().IsRegular() && chosen(path) {
			paths = append(paths, path)
		}
	}
	slices.Reverse(paths) // a log goes before the register whose name it bears, without which nobody knows what it is
	for _, path := range paths {
		failures = errors.Join(failures, store.Shred(path))
	}
	if len(paths) == 0 {
		return failures
	}
	return errors.Join(failures, fsx.SyncFolder(folder))
}

// removeFolder removes a folder when it is empty.
func removeFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) > 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(folder)
}
