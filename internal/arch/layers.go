package arch

import "strings"

// layers lists the rooms of the program from the bottom up (design.md 2). A package may import what stands on a lower
// line; rooms on one line do not import each other. A room covers the packages inside its folder, which may import each
// other freely; Go itself refuses a cycle.
var layers = [][]string{
	{"assets"},
	{"internal/fault", "internal/clock", "internal/version", "internal/arch", "internal/secret"},
	{"internal/fsx"},
	{"internal/i18n", "internal/sheet"},
	{"internal/domain"},
	{"internal/match", "internal/kinship"},
	{"internal/codelist", "internal/household", "internal/second"}, // household: changes to who belongs together, planned
	{"internal/demo", "internal/oplog", "internal/form", "internal/attachment"},
	{"internal/vault"},
	{"internal/store"},
	{"internal/register", "internal/pin"}, // register: the only place where vault and store meet
	{"sync/trust"},
	{"sync/bundle"},
	{"internal/recovery"},
	{"internal/workspace"}, // the only door for app and cmd
	{"internal/intake", "internal/schedule"},
	{"internal/desk"},
	{"internal/report"},
	{"sync/exchange"},
	{"internal/bench", "sync/simulation"},
	{"app/theme"},
	{"app/ui"},
	{"app/record"}, // one record field by field: other places call its fields what it does
	{
		"app/unlock", "app/today", "app/dayplan", "app/caseload", "app/casefile", "app/interview", "app/orientation", "app/exchange",
		"app/desk", "app/lists", "app/machines", "app/reports", "app/review", "app/roster", "app/settings", "app/travel",
	},
	{"app/shell"},
	{"cmd/feltbok", "cmd/feltbokctl", "cmd/feltbok-courier"},
}

// forbiddenNames say nothing about what is inside (design.md 2, examples.md 1.4).
var forbiddenNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "base", "models", "types"}

// hiddenFromApp lists what screens reach only through the workspace: keys, files, databases.
var hiddenFromApp = []string{
	"feltbok/internal/store", "feltbok/internal/vault", "feltbok/internal/register", "crypto", "golang.org/x/crypto",
	"filippo.io/age", "database/sql", "modernc.org/sqlite",
}

const (
	module = "feltbok"
	// maxLines is the length above which a file is no longer read in one go (examples.md 1.4).
	maxLines = 600
)

// layerOf returns the line and the room of a package path relative to the module, or -1 when it has none.
func layerOf(pkg string) (line int, room string) {
	best := -1
	for i, rooms := range layers {
		for _, r := range rooms {
			if within(pkg, r) && len(r) > len(room) {
				best, room = i, r
			}
		}
	}
	return best, room
}

// within reports whether a package is the named one or lies in its folder.
func within(pkg, root string) bool {
	return pkg == root || strings.HasPrefix(pkg, root+"/")
}
