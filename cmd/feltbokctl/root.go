package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// files are the values of a flag that may stand several times.
type files []string

// String is for the flag package.
func (f *files) String() string { return "" }

// Set takes one more; commas part several.
func (f *files) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		if name == "" {
			return errors.New("empty")
		}
		*f = append(*f, name)
	}
	return nil
}

// keyKinds are the keys that people hold, as a flag names them.
var keyKinds = map[string]string{"root": trust.KeyRoot, "ca": trust.KeyCA, "admin": trust.KeyAdmin, "content": trust.KeyContent}

func rootKeyNew(ctx context.Context, c *call, args []string) error {
	return newKey(ctx, c, args, "root")
}

func directoryKeyNew(ctx context.Context, c *call, args []string) error {
	return newKey(ctx, c, args, "")
}

// newKey makes one key for one holder in a folder of that holder's own.
func newKey(ctx context.Context, c *call, args []string, kind string) error {
	keys := c.flags.String("keys", "", "the holder's own folder for keys; made when missing")
	if kind == "" {
		c.flags.StringVar(&kind, "kind", "", "ca (signs certificates), admin or content (sign mission directories)")
	}
	c.withPassphrase()
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	name, ok := keyKinds[kind]
	if !ok {
		return fmt.Errorf("--kind is ca, admin or content: %w", errUsage)
	}
	if err := need("keys", *keys); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(*keys, name)); err == nil { // before anybody thinks of a passphrase
		return fault.Newf("V-EXISTS", name, "there already")
	}
	pass, err := c.passphrase(ctx, "Passphrase for the key")
	if err != nil {
		return err
	}
	defer clear(pass)
	if err := vault.CheckPassphrase(pass); err != nil {
		return err
	}
	public, err := trust.NewKey(*keys, name, pass)
	if err != nil {
		return err
	}
	file := filepath.Join(*keys, name+".pub")
	return c.print(map[string]any{"kind": kind, "public": file, "fingerprint": trust.KeyFingerprint(public)}, func(w io.Writer) {
		fmt.Fprintf(w, "Key made. Hand out %s, nothing else of the folder, and read this out to whoever takes it:\n%s\n", file, trust.KeyFingerprint(public))
	})
}

// nextRoot moves an installation to other root keys: init root with --threshold.
func nextRoot(ctx context.Context, c *call, keys, public, draft string, threshold int, holders []string) error {
	if len(holders) == 0 {
		return need("holder", "")
	}
	if err := need("draft", draft); err != nil {
		return err
	}
	if public == "" {
		public = filepath.Join(keys, "public")
	}
	o := exchange.Ceremony{Keys: keys, Public: public, Draft: draft}
	var err error
	if o.Passphrase, err = c.passphrase(ctx, "Passphrase for the keys"); err != nil {
		return err
	}
	defer clear(o.Passphrase)
	signed, err := exchange.NextRoot(o, threshold, holders, time.Now())
	if err != nil {
		return err
	}
	return c.printSigned(signed)
}

func rootShow(_ context.Context, c *call, args []string) error {
	words, err := c.parseWords(args, 1)
	if err != nil {
		return err
	}
	signed, err := exchange.ShowDraft(words[0])
	if err != nil {
		return err
	}
	return c.printSigned(signed)
}

func rootSign(ctx context.Context, c *call, args []string) error {
	keys := c.flags.String("keys", "", "the holder's folder with keys")
	c.withPassphrase()
	words, err := c.parseWords(args, 1)
	if err != nil {
		return err
	}
	if err := need("keys", *keys); err != nil {
		return err
	}
	o := exchange.Ceremony{Keys: *keys}
	if o.Passphrase, err = c.passphrase(ctx, "Passphrase for the keys"); err != nil {
		return err
	}
	defer clear(o.Passphrase)
	signed, err := exchange.Sign(o, words[0], time.Now())
	if err != nil {
		return about(err, words[0])
	}
	return c.printSigned(signed)
}

func directoryTake(ctx context.Context, c *call, args []string) error {
	c.withWorkspace()
	public := c.flags.String("public", "", "folder that new machines start from, brought up to date too")
	c.check = func(folders []string) error {
		if len(folders) == 0 {
			return fmt.Errorf("no folder named: %w", errUsage)
		}
		return nil
	}
	return c.withOpen(ctx, args, -1, func(ws *workspace.Workspace, folders []string) error {
		signed, err := exchange.Take(ctx, ws, exchange.Ceremony{Public: *public}, folders...)
		if err != nil {
			return about(err, folders[0])
		}
		c.weaknesses(ws.Trust())
		return c.printSigned(signed)
	})
}

// ceremony are the flags of commands that change root, directory or mission directories at headquarters.
type ceremony struct {
	keys, passphrase, public, draft string
}

func (c *call) withCeremony() *ceremony {
	o := &ceremony{}
	c.flags.StringVar(&o.keys, "keys", "", "folder with the keys of whoever signs here; without one only the draft is made")
	c.flags.StringVar(&o.passphrase, "keys-passphrase-file", "", "file with the passphrase of the keys")
	c.flags.StringVar(&o.public, "public", "", "folder that new machines start from, brought up to date when all have signed")
	c.flags.StringVar(&o.draft, "draft", "", "folder for the documents when others must sign too")
	return o
}

func (o *ceremony) check() error {
	if o.keys == "" && o.draft == "" {
		return fmt.Errorf("--keys or --draft is missing: %w", errUsage)
	}
	if o.keys != "" {
		return need("keys-passphrase-file", o.passphrase)
	}
	return nil
}

// read gives what the exchange needs; the caller clears the passphrase.
func (o *ceremony) read() (exchange.Ceremony, error) {
	out := exchange.Ceremony{Keys: o.keys, Public: o.public, Draft: o.draft}
	if o.keys == "" {
		return out, nil
	}
	var err error
	out.Passphrase, err = readPassphrase(o.passphrase)
	return out, err
}

// weaknesses warns on standard error of settings that one lost or stolen key breaks.
func (c *call) weaknesses(t *trust.Trust) {
	for _, weakness := range t.Weaknesses() {
		fmt.Fprintln(c.stderr, c.warning(weakness))
	}
}

func (c *call) warning(w trust.Warning) string {
	return i18n.For(c.lang).T("trust.warning."+w.Kind, "Document", w.Document, "Date", w.Since.Format(time.DateOnly))
}

// printSigned says how far the signing of documents has come.
func (c *call) printSigned(s *exchange.Signed) error {
	t := i18n.For(c.lang)
	return c.print(s, func(w io.Writer) {
		for _, signing := range s.Signings {
			fmt.Fprintln(w, t.T("trust.signing", "Document", signing.Document, "Version", signing.Version, "Date", signing.Expires.Format(time.DateOnly)))
			for _, need := range signing.Needs {
				fmt.Fprintln(w, "  "+t.T("trust.need."+need.Who, "Have", len(need.Signed), "Of", need.Threshold))
				for _, key := range need.Signed {
					fmt.Fprintf(w, "    + %s\n", trust.KeyFingerprint(key))
				}
				for _, key := range need.Missing {
					fmt.Fprintf(w, "    - %s\n", trust.KeyFingerprint(key))
				}
			}
		}
		for _, entry := range s.Since {
			fmt.Fprintln(w, t.T("trust.since", "Import", entry.Import, "Sender", entry.Sender, "At", entry.At))
		}
		switch {
		case s.Taken:
			fmt.Fprintln(w, t.T("trust.taken"))
		case s.Draft != "":
			fmt.Fprintln(w, t.T("trust.draft", "Folder", s.Draft))
		default:
			fmt.Fprintln(w, t.T("trust.complete"))
		}
	})
}

// printRoot says that the first root was made.
func (c *call) printRoot(t *trust.Trust, keys string) error {
	fingerprint := sha256.Sum256(t.FirstRoot().Bytes)
	c.weaknesses(t)
	out := map[string]any{"keys": keys, "root": fmt.Sprintf("%x", fingerprint), "threshold": t.Root().Threshold, "training": t.Training()}
	return c.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "Root made, 1 of 1 keys. Print this fingerprint and keep it with the installation:\n%x\n", fingerprint)
	})
}
