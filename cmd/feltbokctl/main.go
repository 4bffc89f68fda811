// Command feltbokctl does Feltbok's work without a window: training demo, enrolment, records, exchange, checks and figures.
// It needs no display and builds without cgo. `feltbokctl help` lists the commands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"feltbok/internal/secret"
)

// Exit codes of design.md 4.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
)

// command is one verb, or two words such as "bundle import".
type command struct {
	name    string
	args    string
	does    string
	example string
	// run parses its own flags from args. It returns errUsage for wrong words.
	run func(ctx context.Context, c *call, args []string) error
}

// errUsage asks for the usage text and exit code 2.
var errUsage = errors.New("wrong words")

// errRefused ends a command that has already said why on standard error; exit code 3.
var errRefused = errors.New("refused")

func main() {
	secret.Harden()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl+C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitUsage
	}
	if slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		if len(args) == 1 {
			usage(stdout)
			return exitDone
		}
		args = append(slices.Clone(args[1:]), "--help")
	}
	chosen, rest := find(args)
	if chosen == nil {
		fmt.Fprintf(stderr, "feltbokctl: no command is called %q; see 'feltbokctl help'\n", strings.Join(args[:min(2, len(args))], " "))
		return exitUsage
	}
	c := newCall(chosen, stdout, stderr)
	defer func() { _, _ = c.notes.WriteTo(stderr) }()
	err := chosen.run(ctx, c, rest)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		fmt.Fprintln(stderr, "feltbokctl: stopped before the end; what was not finished was undone")
		return exitFailed
	case errors.Is(err, flag.ErrHelp):
		c.help(stdout)
		return exitDone
	case errors.Is(err, errUsage):
		if text := err.Error(); text != errUsage.Error() {
			fmt.Fprintln(stderr, "feltbokctl:", strings.ReplaceAll(text, ": "+errUsage.Error(), ""))
		}
		c.help(stderr)
		return exitUsage
	}
	if errors.Is(err, errRefused) {
		return exitRefused
	}
	return c.refuse(err)
}

// find takes the longest command that the words begin with.
func find(args []string) (*command, []string) {
	for n := min(3, len(args)); n > 0; n-- {
		name := strings.Join(args[:n], " ")
		if i := slices.IndexFunc(commands, func(c *command) bool { return c.name == name }); i >= 0 {
			return commands[i], args[n:]
		}
	}
	return nil, nil
}

func usage(w io.Writer) {
	fmt.Fprint(w, `feltbokctl does Feltbok's work without a window.

Usage: feltbokctl COMMAND [options]

`)
	for _, c := range commands {
		fmt.Fprintf(w, "  %-24s %s\n", c.name, c.does)
	}
	fmt.Fprint(w, `
Options that every command with a workspace takes:
  --workspace DIR         folder of the workspace
  --user LABEL            user, when the workspace has several (default: the first)
  --passphrase-file FILE  file with the passphrase; else FELTBOK_PASSPHRASE_FILE, else a prompt
  --json                  one JSON document on standard output
  --lang nb|nn|en         language of the sentences that explain a refusal, and of report labels (default en)

'feltbokctl help COMMAND' explains one command.
Exit: 0 done, 1 failed, 2 wrong words, 3 refused with the reason code first on standard error.
Example: feltbokctl demo --dir /tmp/feltbok-demo --cases 40 --seed 7
`)
}
