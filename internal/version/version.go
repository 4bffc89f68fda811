// Package version names this build: the program's identifier and its version.
package version

const (
	// App is the version in semantic form; FyneApp.toml holds the same, and a test compares them.
	App = "0.1.0"
	// ID is the reverse-domain identifier under which the desktop stores window size and the like.
	ID = "no.feltbok.app"
	// Name is the program's name.
	Name = "Feltbok"
)
