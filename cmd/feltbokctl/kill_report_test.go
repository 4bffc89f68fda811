package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"feltbok/internal/fsx"
)

// report writes what was counted so far into the file that the environment names.
func (k *killScene) report(t *testing.T, seed int, took time.Duration) {
	t.Helper()
	path := os.Getenv(killReport)
	if path == "" {
		return
	}
	var sum killTally
	var rows strings.Builder
	row := func(name string, c killTally) {
		fmt.Fprintf(&rows, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d |\n", name, c.kills(), c.Before, c.Within, c.After, c.Ended, c.Lost, c.Mixed, c.Broken, c.Litter)
	}
	for _, o := range k.operations {
		c := o.tally
		row("`"+o.name+"`", c)
		sum.Before, sum.Within, sum.After, sum.Ended = sum.Before+c.Before, sum.Within+c.Within, sum.After+c.After, sum.Ended+c.Ended
		sum.Lost, sum.Mixed, sum.Broken, sum.Litter = sum.Lost+c.Lost, sum.Mixed+c.Mixed, sum.Broken+c.Broken, sum.Litter+c.Litter
	}
	row("all", sum)
	text := fmt.Sprintf(killText, sum.kills(), time.Now().UTC().Format(time.DateOnly), took.Round(time.Minute).String(), sum.Lost, sum.Mixed, sum.Broken, rows.String(), sum.kills(), seed)
	if err := fsx.WriteFile(path, []byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
}

// killText is the report. It is written by the run itself, so that its figures are those that were counted.
const killText = "# Killing the program\n" + `
%d times the real ` + "`feltbokctl`" + ` was ended by SIGKILL in the middle of its work (%s, %s on a shared 2-core machine). Saves lost:
**%d**. Values at another record: **%d**. Anything else out of order: **%d**.

| Command | kills | before its first byte reached the disk | within | wholly done, not yet said | ended before the kill | lost | mixed up | other faults | copy left |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
%s
Repeat it with the same moments, which the machine's speed then turns into other places of the work:

` + "```sh\n.ci/kill.sh %d %d\n```" + `

## What is done
* A training laptop with 40 persons and as many health notes that were never sent, headquarters, and a bundle between them are
  prepared once and copied for every round. ` + "`record apply`" + ` writes 40 persons and 40 notes, half of them new, half changed.
* How long a command takes, and until its first written byte, is measured before and again on the way. In every second round
  of a command the moment is drawn evenly over the whole duration, in the others over the time from the first byte on: most of
  the duration nothing is written.
* A round whose command had ended before the kill is no kill; it is counted apart, and its result must be there.
* SQLite writes a transaction when it commits it, in one go. A kill while the records are still being put together in memory
  therefore counts as before the first byte, and few kills land within.

## What is checked after each kill
* Everything that ` + "`vault check`" + ` checks: SQLite's integrity, every key, row, chain, root and the ledger, by the same code in the
  test's own process, opened by the recovery identity, which reads every ring and spares the key derivation.
* Every line that was there before is there, proven by the links of all chains; the records are those before the command or
  those after it, value by value, nothing between; no value stands at another record than the one it names.
* The command run again succeeds by passphrase, and the end state equals that of an undisturbed run. In every fifth round of a
  command ` + "`vault check` and `record list --json`" + ` are run on it too, and print what they print after an undisturbed run.
* Export: no part file is offered as a bundle. In every fifth round, and whenever the kill left a finished file, headquarters
  takes in all finished files, the interrupted command's and the repeated one's, and then has everything.
* "Copy left" counts rounds after which a sealed copy of the imported file, to which nothing refers, stayed in inbox/: no loss,
  but space.

Not covered: a power cut, where what was not flushed is lost too (the power-loss images do that), and a disk that lies.
`
