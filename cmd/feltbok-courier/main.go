// Command feltbok-courier carries sealed data packages between a folder and an object store.
//
// It is a program of its own because Feltbok itself uses no network: this one has no keys, opens no workspace and cannot
// read what it carries. Run it where the packages lie, on another machine than the register if you like.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "gocloud.dev/blob/fileblob" // stores in a folder: a mounted share, and tests

	"feltbok/cmd/feltbok-courier/store"
	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/sync/exchange/route"
)

const usage = `Usage: feltbok-courier [--every D] [--lang L] push FOLDER STORE
       feltbok-courier [--every D] [--lang L] pull STORE FOLDER

push brings every data package in FOLDER to STORE, pull every one from STORE into FOLDER. What is there already is
not carried again; nothing is removed anywhere. STORE is an address, as file:///srv/exchange; a build with the tag s3
also knows s3://BUCKET?prefix=P. Keys to the store come from its own environment variables.

  --every D   go on, looking again after each D, as 5m
  --lang L    language of sentences: nb, nn or en

Exit: 0 done, 1 failed, 2 wrong words, 3 a package was refused, with the reason code first on standard error.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("feltbok-courier", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	every := flags.Duration("every", 0, "")
	lang := flags.String("lang", "en", "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	words := flags.Args()
	if err != nil || len(words) != 3 || (words[0] != "push" && words[0] != "pull") || *every < 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	address, folder := words[2], words[1]
	if words[0] == "pull" {
		address, folder = folder, address
	}
	there, err := store.Open(ctx, address)
	if err != nil {
		return refuse(stderr, *lang, err)
	}
	defer there.Close()
	for {
		var done route.Carried
		if words[0] == "push" {
			done, err = route.Carry(ctx, folder, there)
		} else {
			done, err = route.Collect(ctx, there, folder)
		}
		if done.Taken > 0 || *every == 0 {
			fmt.Fprintf(stdout, "%s: carried %d, left out %d\n", time.Now().UTC().Format(time.RFC3339), done.Taken, len(done.Failed))
		}
		if ctx.Err() != nil {
			return 0
		}
		code := 0
		if err != nil {
			code = refuse(stderr, *lang, err)
		}
		if *every == 0 {
			return code
		}
		select {
		case <-ctx.Done():
			return 0
		case <-time.After(*every):
		}
	}
}

func refuse(stderr io.Writer, lang string, err error) int {
	f, ok := fault.Of(err)
	if !ok {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintf(stderr, "%s: %s\n", f.Code, i18n.For(lang).Sentence(f))
	return 3
}
