package simulation_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRecord writes down what the recorded runs came to. It is no test of anything; .ci/simulate.sh calls it.
func TestRecord(t *testing.T) {
	path := os.Getenv("FELTBOK_SIMULATION_REPORT")
	if path == "" {
		t.Skip("FELTBOK_SIMULATION_REPORT names no file")
	}
	var played [4]measurement
	for i, name := range []string{"light", "full", "files", "partners"} {
		content, err := os.ReadFile(filepath.Join(os.Getenv("FELTBOK_SIMULATION_RECORD"), name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &played[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(page(played[0], played[1], played[2], played[3])), 0o644); err != nil {
		t.Fatal(err)
	}
}

// recordRows are the lines of the table: what is counted, and how the page calls it.
var recordRows = [][2]string{
	{"steps", "steps"},
	{"saves", "acknowledged saves"},
	{"attached", "of them attachments"},
	{"answers", "of them answers of partners"},
	{"forged", "lines forged by partners' machines"},
	{"decided", "conflicts decided"},
	{"contested", "fields in conflict at the end"},
	{"files", "files made"},
	{"imports", "imports"},
	{"repeated", "of them of a file known before"},
	{"carried", "files carried for somebody else"},
	{"damaged", "damaged copies brought"},
	{"refused", "files refused"},
	{"waiting", "parts that waited for their ring"},
	{"kills", "kills"},
	{"killedInside", "of them in the middle of the work"},
	{"putBack", "machines put back to an older state"},
	{"clones", "machines cloned"},
	{"forks", "files refused as forked"},
	{"erasures", "cases erased"},
	{"undone", "imports undone or brought in again"},
	{"lostWithDisk", "saves that went with a disk and lay nowhere else"},
	{"converged", "histories that ended equal everywhere"},
	{"claims", "lines a cloned machine wrongly took as merged"},
}

func page(light, full, files, partners measurement) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Simulated missions

%d random histories of missions with 2 to %d laptops and headquarters were played in memory, %d with 2 to %d laptops on the program
itself, %d there with attachments and %d with partners (%s, on a shared 2-core machine). Broken promises: **%d**, **%d**, **%d** and **%d**.%s

| | in memory | the program | with attachments | with partners |
| --- | --- | --- | --- | --- |
`, light.Histories, levels["light"].most, full.Histories, levels["full"].most, files.Histories, partners.Histories, today.Format(time.DateOnly),
		light.Failed, full.Failed, files.Failed, partners.Failed, short(light))
	row := func(name string, value func(measurement) any) {
		fmt.Fprintf(&b, "| %s | %v | %v | %v | %v |\n", name, value(light), value(full), value(files), value(partners))
	}
	row("histories", func(m measurement) any { return m.Histories })
	row("broken promises", func(m measurement) any { return m.Failed })
	row("time", func(m measurement) any { return rounded(m) })
	row("each, of the clock", func(m measurement) any {
		return fmt.Sprintf("%.0f ms", 1000*m.Seconds/float64(max(1, m.Histories)))
	})
	for _, counted := range recordRows {
		row(counted[1], func(m measurement) any { return m.Counts[counted[0]] })
	}
	for _, m := range []measurement{light, full, files, partners} {
		for _, seed := range slices.Sorted(maps.Keys(m.Broken)) {
			fmt.Fprintf(&b, "\nBroken in `FELTBOK_REPLAY=%s:%d`:\n%s\n", m.Level, seed, m.Broken[seed])
		}
	}
	fmt.Fprintf(&b, `
Repeat them, and the first one alone:

`+"```sh\n.ci/simulate.sh %d %d %d %d %d\nFELTBOK_REPLAY=light:%d go test -tags ci -count 1 -v -run TestReplay ./sync/simulation\n```"+`

`, light.Histories, light.Seed, full.Histories, files.Histories, partners.Histories, light.Seed)
	b.WriteString(recordText)
	return b.String()
}

// short says so when fewer histories were played than there should be.
func short(light measurement) string {
	if light.Histories >= 100_000 {
		return ""
	}
	return " The aim is\n100,000 histories in memory; the machine was busy with other work, and this is how far the run had come when it was recorded."
}

func rounded(m measurement) time.Duration {
	return time.Duration(m.Seconds * float64(time.Second)).Round(time.Second)
}

// recordText is what stands on the page whatever the figures are.
const recordText = `## What is done
* One seed draws a history of 16 to 80 steps: people write persons, health notes and sealed notes, on what they see or on what their
  screen showed a while ago, remove persons and decide conflicts; machines write files for headquarters and colleagues; files arrive
  where they should, elsewhere, late, twice, never, cut short or with a wrong bit; clocks jump by up to 11 days; headquarters' users
  take turns, one without the special ring; machines are killed, put back by hand, restored from a backup, cloned; headquarters
  erases a case and undoes imports.
* Where there are attachments, people put letters of 40 to 160 KB into cases, for all on the case or for those who hold P3.
* Where there are partners, headquarters puts people on the roster, takes them off, changes what is told of them, and tells two partners
  with one machine each. They answer, decide and make notes, on what they see or saw a while ago. Their machines also write past
  every check what they may not: fields that are not on the list, under identifiers of the register or of the other partner, in
  other cases, somebody else's line said again. Their files and machines take the same roads as all others.
* A kill takes what the folder holds at one of the moments when the program looks at its clock, drops the process state without
  locking, and goes on from there. What had not returned is not counted as acknowledged.
* In the end everybody sends to everybody until a round changes nothing.
* Keys, nonces and names of epochs come from the system's random source, so a replay differs in bytes and not in what happens.
* A passphrase costs a small share of what it costs in a released program, as in all tests.

## What must hold after every step
* Every acknowledged save is in its author's register. What went with a disk that was put back is where it had come by then.
* The heads of every field are those of the definition, computed from the lines by other code; each value is a head, was replaced by a
  visible write, or is invisible for a reason on record.
* Machines with the same lines show the same objects.
* A file that is damaged or for somebody else is refused and changes nothing.
* A receipt never speaks of a line that headquarters does not have, and no machine takes more of its lines as merged than have come.
* No value stands in a compartment that it does not belong to; a user without a ring sees nothing of it.
* A partner's machine holds nothing that it did not write itself but the fields of its list, for it alone, without a source, under
  identifiers that neither the register nor the other partner has; no other directory, receipt or compartment. Nothing that a
  partner forged stands in the record of headquarters or of a laptop.

## And at the end
* Every save has reached headquarters, under its name or, from a machine that was cloned or put back, written anew; but for what
  headquarters ordered to be destroyed.
* All machines hold the same lines in open and case. Left out are lines of machines that were put back, and both machines of a pair
  of clones.
* No machine opens a file or a part that is not addressed to it: every file is tried with the keys of all machines, and with those for
  the compartments of one machine after the other in turn. No file holds a word that somebody wrote.
* Every attachment that a machine has all of is what was put in, and headquarters has all of each, but for what lay on a disk that was
  put back.
* Sealed entries are open to the author and headquarters only.
* Headquarters and each partner show the same of everybody on the roster, on the fields of the list; where headquarters has several
  values, the partner shows one of them. Every answer about somebody on the roster stands in the register's record.

With last-writer-wins in place of the merge rule, 30 of 30 histories report dropped values (TestHistories_LastWriterWinsIsCaught).

When one more field is projected than the list names, the first step of a history says so (tried once); TestToldLine_FindsWhatLeaks
holds the checks themselves.

Not covered: several machines of one partner, partners in memory, removal of users, rotation, travel lock, purge. A power cut is in power-loss.md, a kill of the real program in kill.md.
`
