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
	"strings"

	"golang.org/x/term"

	"feltbok/internal/fault"
	"feltbok/internal/workspace"
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
			return words, nil
		}
		words, args = append(words, rest[0]), rest[1:]
	}
}

// parseWords is parse with an exact number of words.
func (c *call) parseWords(args []string, n int) ([]string, error) {
	words, err := c.parse(args)
	if err != nil {
		return nil, err
	}
	if len(words) != n {
		return nil, fmt.Errorf("%d words instead of %d: %w", len(words), n, errUsage)
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
	if c.command.example != "" {
		fmt.Fprintf(w, "\nExample: feltbokctl %s %s\n", c.command.name, c.command.example)
	}
	fmt.Fprintln(w, "\nExit: 0 done, 1 failed, 2 wrong words, 3 refused with the reason code first on standard error.")
}

// passphrase reads the passphrase from the file named, or asks on the terminal. It is never an argument.
func (c *call) passphrase(prompt string) ([]byte, error) {
	if c.passFile != "" {
		content, err := os.ReadFile(c.passFile)
		if err != nil {
			return nil, fault.New("E-FILE", filepath.Base(c.passFile), err)
		}
		return bytes.TrimRight(content, "\r\n"), nil
	}
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return nil, fmt.Errorf("no passphrase: give --passphrase-file or FELTBOK_PASSPHRASE_FILE: %w", errUsage)
	}
	fmt.Fprint(c.stderr, prompt+": ")
	defer fmt.Fprintln(c.stderr)
	return term.ReadPassword(in)
}

// unlock opens the workspace that the flags name.
func (c *call) unlock(ctx context.Context) (*workspace.Workspace, error) {
	if err := need("workspace", c.workspace); err != nil {
		return nil, err
	}
	info, err := workspace.Peek(c.workspace)
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
		return nil, fault.Newf("V-PASS", c.user, "no such user")
	}
	pass, err := c.passphrase("Passphrase")
	if err != nil {
		return nil, err
	}
	defer clear(pass)
	return workspace.Unlock(ctx, c.workspace, slot, pass, workspace.Options{})
}

// withOpen parses flags and words, opens the workspace, does the work and locks again.
func (c *call) withOpen(ctx context.Context, args []string, n int, do func(ws *workspace.Workspace, words []string) error) error {
	words, err := c.parse(args)
	if err != nil {
		return err
	}
	if n >= 0 && len(words) != n {
		return fmt.Errorf("%d words instead of %d: %w", len(words), n, errUsage)
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
