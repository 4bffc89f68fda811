// Command feltbok is the app: a window on one sealed workspace.
//
//	feltbok [--workspace DIR] [--lang nb|nn|en] [--theme light|dark] [--text-scale 80..200] [--touch on|off] [--size WxH] [--screen PLACE]
//
// Language, theme and text size are remembered; the flags override what is remembered. Without a display it says so and
// exits 1: feltbokctl does the same work without a window.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"feltbok/app/shell"
	"feltbok/app/theme"
	"feltbok/app/ui"
	"feltbok/internal/i18n"
	"feltbok/internal/secret"
	"feltbok/internal/version"
)

const usage = `Usage: feltbok [--workspace DIR] [--lang nb|nn|en] [--theme light|dark]
               [--text-scale 80..200] [--touch on|off] [--size WxH] [--screen PLACE]

Opens the window of Feltbok on a workspace folder (default: the folder Feltbok
in your home folder).

  --workspace DIR     the workspace's folder
  --lang nb|nn|en     bokmål, nynorsk or English
  --theme light|dark  the appearance
  --text-scale N      text size in percent, 80 to 200
  --touch on|off      a screen that is touched: large targets, room for the keyboard on it
  --size WxH          the window's size in points, for example 1280x800
  --screen PLACE      the place to open after unlocking, for example caseload

Example: feltbok --workspace ~/mission-uga --lang nn --text-scale 120
`

// wishes are the command line's choices. Zero values were not given.
type wishes struct {
	dir    string
	screen string
	look   ui.Look
	size   fyne.Size
}

func main() {
	secret.Harden()
	os.Exit(run(os.Args[1:]))
}

func run(args []string) (code int) {
	s, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(os.Stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "feltbok: %v\nRun feltbok --help for the options.\n", err)
		return 2
	}
	texts := i18n.For(s.look.Lang)
	if !hasDisplay() {
		fmt.Fprintln(os.Stderr, texts.T("shell.no_display"))
		return 1
	}
	defer func() {
		if cause := recover(); cause != nil {
			// The window system gives up by panic: no display to reach, or no OpenGL (remote desktops, basic drivers).
			fmt.Fprintln(os.Stderr, texts.T("shell.no_window", "Cause", cause))
			code = 1
		}
	}()
	open(s)
	return 0
}

func parse(args []string) (wishes, error) {
	s := wishes{size: fyne.NewSize(1180, 760)}
	flags := flag.NewFlagSet("feltbok", flag.ContinueOnError)
	flags.SetOutput(discard{})
	var variant, size, touch string
	flags.StringVar(&s.dir, "workspace", "", "")
	flags.StringVar(&s.look.Lang, "lang", "", "")
	flags.StringVar(&variant, "theme", "", "")
	flags.IntVar(&s.look.Percent, "text-scale", 0, "")
	flags.StringVar(&touch, "touch", "", "")
	flags.StringVar(&size, "size", "", "")
	flags.StringVar(&s.screen, "screen", "", "")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.look.Lang != "" && !slices.Contains(i18n.Languages, s.look.Lang):
		return s, fmt.Errorf("--lang must be nb, nn or en, not %q", s.look.Lang)
	case variant != "" && variant != string(theme.Light) && variant != string(theme.Dark):
		return s, fmt.Errorf("--theme must be light or dark, not %q", variant)
	case s.look.Percent != 0 && (s.look.Percent < theme.MinScale || s.look.Percent > theme.MaxScale):
		return s, fmt.Errorf("--text-scale must be between %d and %d, not %d", theme.MinScale, theme.MaxScale, s.look.Percent)
	}
	if touch != "" && touch != string(ui.Touched) && touch != string(ui.NotTouched) {
		return s, fmt.Errorf("--touch must be on or off, not %q", touch)
	}
	s.look.Variant, s.look.Touch = theme.Variant(variant), ui.Touch(touch)
	if size != "" {
		var width, height int
		if n, err := fmt.Sscanf(size+" ", "%dx%d ", &width, &height); err != nil || n != 2 || width < 320 || height < 240 || width > 10000 || height > 10000 {
			return s, fmt.Errorf("--size must be like 1280x800, not %q", size)
		}
		s.size = fyne.NewSize(float32(width), float32(height))
	}
	if s.dir == "" {
		if home, err := os.UserHomeDir(); err == nil {
			s.dir = filepath.Join(home, version.Name)
		}
	}
	if s.dir != "" {
		if absolute, err := filepath.Abs(s.dir); err == nil {
			s.dir = absolute
		}
	}
	return s, nil
}

// discard swallows the flag package's own words; ours are better.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// hasDisplay tells whether there is a display to open a window on. Windows and macOS always have one.
func hasDisplay() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// Names of what is remembered. Nothing of a workspace ever is.
const (
	rememberLang    = "lang"
	rememberVariant = "theme"
	rememberPercent = "text_scale"
	rememberTouch   = "touch"
)

func open(s wishes) {
	app.SetMetadata(fyne.AppMetadata{ID: version.ID, Name: version.Name, Version: version.App, Migrations: map[string]bool{"fyneDo": true}})
	program := app.NewWithID(version.ID)
	remembered := program.Preferences()
	if s.look.Lang == "" {
		s.look.Lang = remembered.String(rememberLang)
	}
	if s.look.Variant == "" {
		s.look.Variant = theme.Variant(remembered.String(rememberVariant))
	}
	if s.look.Percent == 0 {
		s.look.Percent = remembered.Int(rememberPercent)
	}
	if s.look.Touch == "" {
		s.look.Touch = ui.Touch(remembered.String(rememberTouch))
	}
	if s.look.Touch == "" && fyne.CurrentDevice().IsMobile() {
		s.look.Touch = ui.Touched
	}
	window := program.NewWindow(version.Name)
	window.Resize(s.size)
	window.CenterOnScreen()
	frame := shell.New(shell.Options{
		Window: window, Entries: places(), Dir: s.dir, Start: s.screen, Look: s.look,
		OnLook: func(look ui.Look) {
			remembered.SetString(rememberLang, look.Lang)
			remembered.SetString(rememberVariant, string(look.Variant))
			remembered.SetInt(rememberPercent, look.Percent)
			remembered.SetString(rememberTouch, string(look.Touch))
		},
		OnQuit: program.Quit,
	})
	frame.Start()
	window.ShowAndRun()
	frame.Lock(shell.ByClosing) // also when the program ends without the window being closed
}
