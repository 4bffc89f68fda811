package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// call is one run of a command: its flags and where it writes.
type call struct {
	command   *command
	flags     *flag.FlagSet
	stdout    io.Writer
	stderr    io.Writer
	workspace string
	user      string
	passFile  string
	json      bool
	verbose   bool
	lang      string
	// notes are said on standard error after the command: there the code of a refusal stands first.
	notes bytes.Buffer
	// check judges the words of a command before anybody is asked for a passphrase; nil when there is nothing to judge.
	check func(words []string) error
}

func newCall(chosen *command, stdout, stderr io.Writer) *call {
	c := &call{command: chosen, stdout: stdout, stderr: stderr, lang: "en"}
	c.flags = flag.NewFlagSet(chosen.name, flag.ContinueOnError)
	c.flags.SetOutput(io.Discard)
	c.flags.BoolVar(&c.json, "json", false, "one JSON document on standard output")
	c.flags.BoolVar(&c.verbose, "verbose", false, "also print the technical cause of a refusal")
	c.flags.StringVar(&c.lang, "lang", "en", "language of sentences: nb, nn or en")
	return c
}

// withWorkspace adds the flags of commands that open a workspace.
func (c *call) withWorkspace() *call {
	c.flags.StringVar(&c.workspace, "workspace", "", "folder of the workspace")
	c.flags.StringVar(&c.user, "user", "", "label of the user")
	c.withPassphrase()
	return c
}

func (c *call) withPassphrase() {
	c.flags.StringVar(&c.passFile, "passphrase-file", os.Getenv("FELTBOK_PASSPHRASE_FILE"), "file with the passphrase")
}

// parse reads flags, which may stand before, between and after the other words, and returns those words.
func (c *call) parse(args []string) ([]string, error) {
	var words []string
	for {
		if err := c.flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %w", err, errUsage)
		}
		rest := c.flags.Args()
		if len(rest) == 0 {
			break
		}
		words, args = append(words, rest[0]), rest[1:]
	}
	if !slices.Contains(i18n.Languages, c.lang) {
		return nil, fmt.Errorf("--lang %s is not one of %s: %w", c.lang, strings.Join(i18n.Languages, ", "), errUsage)
	}
	return words, nil
}

// parseWords is parse with an exact number of words.
func (c *call) parseWords(args []string, n int) ([]string, error) {
	words, err := c.parse(args)
	if err != nil {
		return nil, err
	}
	if len(words) != n {
		return nil, fmt.Errorf("%d words given instead of %d: %w", len(words), n, errUsage)
	}
	return words, nil
}

func need(name, value string) error {
	if value == "" {
		return fmt.Errorf("--%s is missing: %w", name, errUsage)
	}
	return nil
}

func (c *call) help(w io.Writer) {
	fmt.Fprintf(w, "Usage: feltbokctl %s %s\n\n%s.\n\nOptions:\n", c.command.name, c.command.args, c.command.does)
	c.flags.VisitAll(func(f *flag.Flag) { fmt.Fprintf(w, "  --%-18s %s\n", f.Name, f.Usage) })
	fmt.Fprintf(w, "\nExit: 0 done, 1 failed, 2 wrong words, 3 refused with the reason code first on standard error.\nExample: feltbokctl %s\n",
		strings.TrimSpace(c.command.name+" "+c.command.example))
}

// refuse says on standard error why a command was not carried out, the reason code first, and returns the exit code.
func (c *call) refuse(err error) int {
	f, ok := fault.Of(err)
	if !ok {
		fmt.Fprintln(c.stderr, "feltbokctl:", err)
		return exitFailed
	}
	fmt.Fprintf(c.stderr, "%s: %s\n", f.Code, i18n.For(c.lang).Sentence(err))
	if c.verbose {
		fmt.Fprintln(c.stderr, err)
	}
	return exitRefused
}

// passphrase reads the passphrase from the file named, or asks on the terminal. It is never an argument.
func (c *call) passphrase(ctx context.Context, prompt string) ([]byte, error) {
	if c.passFile != "" {
		return readPassphrase(c.passFile)
	}
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return nil, fmt.Errorf("no passphrase: give --passphrase-file or FELTBOK_PASSPHRASE_FILE: %w", errUsage)
	}
	fmt.Fprint(c.stderr, prompt+": ")
	defer fmt.Fprintln(c.stderr)
	shown, err := term.GetState(in)
	if err != nil {
		return nil, fmt.Errorf("ask for a passphrase: %w", err)
	}
	type answer struct {
		pass []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		pass, err := term.ReadPassword(in)
		typed <- answer{pass, err}
	}()
	select {
	case a := <-typed:
		return a.pass, a.err
	case <-ctx.Done(): // reading cannot be stopped, but the program ends here; the terminal must show again what is typed
		return nil, errors.Join(ctx.Err(), term.Restore(in, shown))
	}
}

func readPassphrase(file string) ([]byte, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(file), err)
	}
	return bytes.TrimRight(content, "\r\n"), nil
}

// peek reads what a locked workspace shows. A file in the place of the folder is no workspace.
func peek(dir string) (workspace.Info, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return workspace.Info{}, fault.Newf("V-MISSING", filepath.Base(dir), "not a folder")
	}
	return workspace.Peek(dir)
}

// unlock opens the workspace that the flags name.
func (c *call) unlock(ctx context.Context) (*workspace.Workspace, error) {
	if err := need("workspace", c.workspace); err != nil {
		return nil, err
	}
	info, err := peek(c.workspace)
	if err != nil {
		return nil, err
	}
	slot := ""
	for _, login := range info.Users {
		if slot == "" && (c.user == "" || strings.EqualFold(c.user, login.Label)) {
			slot = login.Slot
		}
	}
	if slot == "" {
		return nil, fmt.Errorf("no user is called %q; 'vault users' lists them: %w", c.user, errUsage)
	}
	pass, err := c.passphrase(ctx, "Passphrase")
	if err != nil {
		return nil, err
	}
	defer clear(pass)
	var ws *workspace.Workspace
	err = c.patiently(ctx, func() (err error) {
		ws, err = workspace.Unlock(ctx, c.workspace, slot, pass, workspace.Options{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return ws, c.takeHeld(ctx, ws)
}

// takeHeld takes in what waited for the rings of this user (security.md 6.5), as the app does after each unlock. That a file
// cannot be taken in keeps nobody from the command; it is said, and the workspace is locked only when the call was stopped.
func (c *call) takeHeld(ctx context.Context, ws *workspace.Workspace) error {
	results, err := exchange.ImportHeld(ctx, ws)
	for _, result := range results {
		describe(&c.notes, &result.Plan, false)
	}
	if err != nil && ctx.Err() != nil {
		return errors.Join(err, ws.Close())
	}
	if err != nil {
		fmt.Fprintln(&c.notes, "what waited for this user was not taken in:", i18n.For(c.lang).Sentence(err))
	}
	return nil
}

// withOpen parses flags and words, opens the workspace, does the work and locks again.
func (c *call) withOpen(ctx context.Context, args []string, n int, do func(ws *workspace.Workspace, words []string) error) error {
	words, err := c.parse(args)
	if err != nil {
		return err
	}
	if n >= 0 && len(words) != n {
		return fmt.Errorf("%d words given instead of %d: %w", len(words), n, errUsage)
	}
	if c.check != nil {
		if err := c.check(words); err != nil {
			return err
		}
	}
	ws, err := c.unlock(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(ws, words), ws.Close())
}

// print writes a value as JSON, or text for people.
func (c *call) print(value any, text func(w io.Writer)) error {
	if !c.json {
		text(c.stdout)
		return nil
	}
	encoder := json.NewEncoder(c.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
