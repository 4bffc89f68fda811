// Package crashdisk cuts the power of a disk, for tests only: it records what SQLite writes to the files of a folder and
// builds what could be left of them after a power loss at any moment (security.md 10.1), and it makes single calls fail.
//
// [Watch] puts a recording layer under the files of one folder. All other files keep the system's own file layer with its
// own methods, so that an image written to another folder is opened by the engine as it is delivered. The layer becomes the
// default one of the process when the first folder is watched; the store needs no setting for it and cannot reach it.
//
// The model of the disk: what a file held at its last sync stays. Of the later writes and truncations each is there,
// missing, or there in some of its 512-byte sectors, independently of the others, which covers every reordering between
// two syncs. A name made or removed in the folder stays so once the folder was synced, which SQLite does at the first
// sync of a new log; until then any beginning of the changes of that name may be there.
//
// Known limits: bytes beside a torn write never change (SQLite's "powersafe overwrite"), and what other code than SQLite
// writes, renames or removes in the folder is not recorded.
package crashdisk
