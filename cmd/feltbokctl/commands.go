package main

// commands is the one list of verbs (design.md 4).
var commands []*command

func init() {
	commands = []*command{
		{"demo", "--dir D [--cases N] [--seed S] [--fill none|some|all]", "Make a training mission of invented people, interview, exchange and receipts included", "--dir /tmp/feltbok-demo --cases 40 --seed 7", demonstrate},
		{"init root", "--keys DIR", "Make the keys and the first root of an installation", "--keys keys --passphrase-file keys.txt", initRoot},
		{"init hq", "--workspace DIR --keys DIR --kit DIR", "Make the workspace of headquarters, its directory and its recovery kit", "--workspace hq --keys keys --keys-passphrase-file keys.txt --kit kit --passphrase-file hq.txt", initHQ},
		{"enrol request", "--workspace DIR --trust DIR --alias NAME", "Make the workspace of a new machine and the file with which it asks to join", "--workspace laptop --trust public --alias laptop-a --role INT", enrolRequest},
		{"enrol approve", "FILE --workspace HQ --mission ID --words \"…\"", "Sign a new machine in, after the words were compared by voice", "request.feltbok --workspace hq --keys keys --mission 0193… --until 2026-12-20 --alias laptop-a --label A --words \"…\"", enrolApprove},
		{"enrol accept", "FILE --workspace DIR", "Take headquarters' answer in on the new machine", "enrol.feltbok --workspace laptop", enrolAccept},
		{"directory show", "--workspace DIR", "Show root, directory and mission directories", "--workspace hq --auditor auditor", directoryShow},
		{"record list", "--workspace DIR [--type T] [--case ID]", "List objects", "--workspace laptop --type person --json", recordList},
		{"record show", "ID --workspace DIR", "Show one object with who wrote what", "0193f0a2-… --workspace laptop", recordShow},
		{"record apply", "FILE --workspace DIR", "Write objects from JSON lines, all or nothing", "changes.jsonl --workspace laptop", recordApply},
		{"search", "TEXT --workspace DIR", "Find persons and cases by name in any script, or number", "mappe --workspace laptop", search},
		{"bundle export", "--to NAME --workspace DIR [--out F]", "Write what a receiver has not acknowledged into a sealed file", "--to hq --workspace laptop --out /media/stick", bundleExport},
		{"bundle inspect", "FILE --workspace DIR", "Show what a file says of itself, without judging who wrote it", "X.feltbok --workspace hq", bundleInspect},
		{"bundle verify", "FILE --workspace DIR", "Judge sender, signatures and every byte of a file", "X.feltbok --workspace hq", bundleVerify},
		{"bundle import", "FILE… --workspace DIR [--dry-run]", "Take files in; each as a whole or not at all", "X.feltbok Y.feltbok --workspace hq", bundleImport},
		{"exchange status", "--workspace DIR", "Show where the own work is, and what is known of each machine", "--workspace laptop", exchangeStatus},
		{"conflict list", "--workspace DIR", "List fields with several standing values", "--workspace hq", conflictList},
		{"conflict resolve", "ID --field F --take OP|--value JSON --reason R", "Decide a conflict, with the reason", "0193… --workspace hq --field birth --value '\"1990\"' --reason \"passport seen\"", conflictResolve},
		{"report list", "", "List the reports there are", "", reportList},
		{"report make", "KIND --workspace DIR --out FILE [--mission ID]", "Write figures without names into a file that others can read", "mission --workspace hq --out mission.csv --lang nb", reportMake},
		{"vault users", "--workspace DIR", "List who can unlock", "--workspace laptop", vaultUsers},
		{"vault check", "--workspace DIR", "Check every row, root and ledger", "--workspace laptop", vaultCheck},
		{"vault backup", "--workspace DIR --out FILE", "Write a checked, sealed copy", "--workspace laptop --out /media/disk/laptop.db", vaultBackup},
		{"log show", "--workspace DIR --user DPO", "Show the audit log to the data protection officer", "--workspace hq --user DPO", logShow},
		{"log verify", "--workspace DIR", "Walk every chain of operations", "--workspace hq", logVerify},
		{"bench", "[NAME]", "Print the project's figures as ratios to a plain baseline in the same run", "", measure},
	}
}
