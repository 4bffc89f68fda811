#!/usr/bin/env bash
# Plays random histories of a mission on several machines and holds every state against the promises of the exchange:
# simulate.sh [HISTORIES] [SEED] [FULL] [FILES] [PARTNERS]. HISTORIES are played in memory, FULL (a hundredth of them) on the program
# itself with its files, FILES (a quarter of those) there with attachments, PARTNERS (as many) there with partners. With 10000
# histories or more the result is written to docs/measurements/simulation.md. What an interrupted run has come to is in
# build/simulation/ and is written down by simulate.sh record.
set -euo pipefail
cd "$(dirname "$0")/.."
record=$PWD/build/simulation
report=$PWD/docs/measurements/simulation.md
mkdir -p "$record" docs/measurements

play() {
	CGO_ENABLED=0 go test -tags ci -count 1 -timeout 12h "$@" ./sync/simulation
}

if [ "${1:-}" = record ]; then
	FELTBOK_SIMULATION_RECORD=$record FELTBOK_SIMULATION_REPORT=$report play -v -run '^TestRecord$'
	exit
fi
histories=${1:-10000}
seed=${2:-20261122}
full=${3:-$(((histories + 99) / 100))}
files=${4:-$(((full + 3) / 4))}
partners=${5:-$files}

rm -f "$record"/*.json
FELTBOK_HISTORIES=$histories FELTBOK_FULL_HISTORIES=$full FELTBOK_FILES_HISTORIES=$files FELTBOK_PARTNER_HISTORIES=$partners FELTBOK_SEED=$seed FELTBOK_SIMULATION_RECORD=$record \
	play -v -run '^TestHistories'
if [ "$histories" -ge 10000 ]; then
	"$0" record
fi
