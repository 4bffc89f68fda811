package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"feltbok/internal/fault"
	"feltbok/internal/i18n"
	"feltbok/internal/recovery"
)

func recoverCustodian(ctx context.Context, c *call, args []string) error {
	c.withPassphrase()
	label := c.flags.String("label", "", "who it is: letters and digits, such as A")
	out := c.flags.String("out", "", "new file for the key, under a passphrase")
	public := c.flags.String("public", "", "new file for the part that is no secret, which the kit is made with")
	page := c.flags.String("page", "", "new PDF file with the key for paper, in the clear: print it and delete it")
	keeper := c.flags.String("keeper-page", "", "new PDF file with the page for the keeper of the kit, without secrets")
	identity := c.flags.String("identity", "", "an existing file with the key, to print it again (default: a new key is made)")
	kitDir := c.flags.String("kit", "", "the kit that the custodian belongs to, for its number on the sheet; with --identity")
	training := c.flags.Bool("training", false, "for a training installation")
	if _, err := c.parseWords(args, 0); err != nil {
		return err
	}
	if err := need("label", *label); err != nil {
		return err
	}
	targets := []string{*out, *public, *page, *keeper}
	switch {
	case *identity == "" && *kitDir != "":
		return fmt.Errorf("--kit goes with --identity, since a new key belongs to no kit yet: %w", errUsage)
	case *identity == "" && *public == "":
		return need("public", "")
	case *identity == "" && *out == "" && *page == "":
		return fmt.Errorf("--out or --page is missing, and the key would be lost: %w", errUsage)
	case *identity != "" && *out != "":
		return fmt.Errorf("--identity is the key already, --out would make another: %w", errUsage)
	case !slices.ContainsFunc(targets, func(path string) bool { return path != "" }):
		return fmt.Errorf("nothing to write: give --public, --page or --keeper-page: %w", errUsage)
	}
	for _, path := range targets {
		if _, err := os.Lstat(path); path != "" && err == nil {
			return fault.New("V-EXISTS", filepath.Base(path), nil)
		}
	}
	sheet, err := c.custodianKey(ctx, *label, *identity, *kitDir)
	if err != nil {
		return c.explained(err)
	}
	sheet.Date, sheet.Lang = time.Now(), c.lang
	sheet.Training = sheet.Training || *training
	var files []file
	if *out != "" {
		pass, err := c.passphrase(ctx, "New passphrase for the key of custodian "+*label)
		if err != nil {
			return err
		}
		sealed, err := recovery.SealKey(sheet.Identity, *label, pass, workFactor(sheet.Training), sheet.Date)
		clear(pass)
		if err != nil {
			return err
		}
		files = append(files, file{*out, sealed})
	}
	if *public != "" {
		files = append(files, file{*public, recovery.PublicText(sheet.Custodian)})
	}
	if *page != "" {
		drawn, err := draw(sheet)
		if err != nil {
			return err
		}
		defer clear(drawn)
		files = append(files, file{*page, drawn})
	}
	if *keeper != "" {
		open := sheet
		open.Identity = nil
		drawn, err := draw(open)
		if err != nil {
			return err
		}
		files = append(files, file{*keeper, drawn})
	}
	if err := writeAll(files); err != nil {
		return err
	}
	fingerprint := recovery.Fingerprint(sheet.Custodian.Recipient)
	value := map[string]any{"label": *label, "recipient": sheet.Custodian.Recipient, "fingerprint": fingerprint, "out": *out, "public": *public, "page": *page}
	if *page != "" {
		fmt.Fprintln(c.stderr, i18n.For(c.lang).T("recovery.page_warning", "File", *page))
	}
	return c.print(value, func(w io.Writer) {
		fmt.Fprintf(w, "Custodian %s, fingerprint of the key:\n  %s\n", *label, fingerprint)
		for _, f := range files {
			fmt.Fprintf(w, "  wrote %s\n", f.path)
		}
	})
}

// custodianKey makes a new key, or takes an existing one and its place in a kit.
func (c *call) custodianKey(ctx context.Context, label, identity, kitDir string) (recovery.Sheet, error) {
	sheet := recovery.Sheet{Custodian: recovery.Custodian{Label: label}}
	var err error
	if identity == "" {
		sheet.Identity, err = age.GenerateHybridIdentity()
	} else {
		sheet.Identity, err = recovery.ReadKey(identity, func() ([]byte, error) { return c.passphrase(ctx, "Passphrase of custodian "+label) })
	}
	if err != nil {
		return sheet, err
	}
	sheet.Custodian.Recipient = sheet.Identity.Recipient().String()
	if kitDir == "" {
		return sheet, nil
	}
	if sheet.Kit, err = recovery.Load(kitDir); err != nil {
		return sheet, err
	}
	sheet.Training = sheet.Kit.Training
	return sheet, sheet.Kit.Knows(sheet.Custodian)
}

type file struct {
	path    string
	content []byte
}

// writeAll creates all files or none.
func writeAll(files []file) error {
	for i, f := range files {
		if err := recovery.WriteNew(f.path, f.content); err != nil {
			for _, made := range files[:i] {
				err = errors.Join(err, os.Remove(made.path))
			}
			return err
		}
	}
	return nil
}

func draw(s recovery.Sheet) ([]byte, error) {
	var out strings.Builder
	if err := recovery.WriteSheet(&out, s); err != nil {
		return nil, err
	}
	return []byte(out.String()), nil
}

// workFactor is the cost of guessing the passphrase of a custodian's file; a training world holds nobody real.
func workFactor(training bool) recovery.WorkFactor {
	if training {
		return recovery.TrainingWorkFactor
	}
	return recovery.DefaultWorkFactor
}
